"""The vector tiles described for programs (TileJSON 3.0.0), from the same declarations that make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from geo_registry.territory.models import Installation

from ..tiles import LAYER_SETS, MAX_ZOOM, LayerMaker, Tile
from .collections import DIVISIONS
from .documents import DEMO, all_sources, marks, site_name
from .extents import extent_of
from .files import licences_in_words

_NUMBERS: Final = {
    "BigAutoField",
    "IntegerField",
    "PositiveSmallIntegerField",
    "SmallIntegerField",
    "FloatField",
}


def tilejson(absolute: Callable[[str], str]) -> dict[str, Any]:
    """Return the document of the base map's tiles."""
    template = reverse("maps:tile", args=["base", 1, 2, 3]).replace("/1/2/3.", "/{z}/{x}/{y}.")
    sources = all_sources()
    told = marks(sources)
    attribution = " · ".join(
        part
        for part in (
            Installation.current().office_name,
            licences_in_words(sources),
            DEMO if told["demo"] else "",
        )
        if part
    )
    spatial = extent_of(DIVISIONS).get("spatial")
    with Installation.read_once():
        layers = [_layer(name, make) for name, make in LAYER_SETS["base"].items()]
    # The braces of the template must not be escaped.
    root = absolute("/").rstrip("/")
    return {
        "tilejson": "3.0.0",
        "name": site_name(),
        "description": _("The registry's own ground: roads, divisions, built-up areas, names."),
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [f"{root}{template}"],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        **({"bounds": spatial["bbox"][0]} if spatial else {}),
        "attribution": attribution,
        "vector_layers": layers,
        **told,
    }


def _layer(name: str, make: LayerMaker) -> dict[str, Any]:
    zooms = [zoom for zoom in range(MAX_ZOOM + 1) if make(Tile(zoom, 0, 0)) is not None]
    layer = make(Tile(zooms[-1], 0, 0)) if zooms else None
    fields: Mapping[str, str] = {}
    if layer is not None:
        fields = {target: _type(layer.rows.model, source) for target, source in layer.columns.items()}
    return {
        "id": name,
        "fields": fields,
        **({"minzoom": zooms[0], "maxzoom": zooms[-1]} if zooms else {}),
    }


def _type(model: type[Model], column: str) -> str:
    try:
        field: Any = model._meta.get_field(column)
        kind = field.get_internal_type()
    except FieldDoesNotExist:
        return "String"
    return "Number" if kind in _NUMBERS else "Boolean" if kind == "BooleanField" else "String"
