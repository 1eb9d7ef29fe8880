"""Where a name's place is, and where stories are told of, as drawings: for paper, and for whoever has no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Polygon

from geo_registry.territory.models import Division, Level
from placenames.services.stories.reading import Bounds, ToldPlace, bounds_of

from ..exports import composed, layers
from ..exports.layers import Layers
from ..published.telling import NAMED, NAMED_COLOUR
from .run_layers import ground_built_up, ground_roads

# The whole home, where a place is nowhere, is no drawing.
_LINES: Final = ("LineString", "MultiLineString")
_AREAS: Final = ("Polygon", "MultiPolygon")


def drawing(places: Sequence[tuple[ToldPlace, str]]) -> str | None:
    """Return an SVG of places on the registry's ground, each with the words that stand beside it; ``None`` where none is anywhere.

    Only what is public of the ground is drawn; of the places, what their pages show.
    """
    bounds = bounds_of([told for told, _words in places])
    if bounds is None:
        return None
    marked = [
        shapely.from_wkb(bytes(shape.geometry.wkb))
        for told, _words in places
        for shape in told.shapes
        if shape.geometry.geom_type in (*_LINES, *_AREAS)
    ]
    return composed.picture(
        _layers(bounds, places), bounds, fills={}, colours={NAMED: NAMED_COLOUR}, marked=marked
    )


def _layers(bounds: Bounds, places: Sequence[tuple[ToldPlace, str]]) -> Layers:
    box = Polygon.from_bbox(bounds)
    box.srid = 4490
    return Layers(
        places=layers.frame(_dots(places), layers.PLACES),
        facilities=layers.frame([], layers.FACILITIES),
        divisions=layers.frame(_divisions(box), layers.DIVISIONS),
        roads=layers.frame(ground_roads(box), layers.ROADS),
        built_up=layers.frame(ground_built_up(box), layers.BUILT_UP),
    )


def _dots(places: Sequence[tuple[ToldPlace, str]]) -> list[dict[str, Any]]:
    return [
        {"name": words, "step": NAMED, "state": "places", "geometry": shapely.Point(told.point)}
        for told, words in places
        if told.point is not None
    ]


def _divisions(box: Polygon) -> list[dict[str, Any]]:
    """Return the outlines of the home, its townships and villages that a box touches; townships are named."""
    rows = Division.objects.public().filter(boundary__bboverlaps=box).annotate(wkb=AsWKB("boundary"))
    found = []
    for code, name, level, wkb in rows.order_by("level", "code").values_list("code", "name", "level", "wkb"):
        outline = shapely.from_wkb(bytes(wkb))
        seen = shapely.intersection(outline, shapely.box(*box.extent))
        at = seen.point_on_surface() if level == Level.TOWNSHIP and not seen.is_empty else None
        found.append(
            {
                "name": name, "code": code, "level": int(level), "geometry": outline,
                "lon": at.x if at is not None else None, "lat": at.y if at is not None else None,
            }
        )  # fmt: skip
    return found
