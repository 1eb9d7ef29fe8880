"""A composed map for the browser's script: GeoJSON, colours, and the steps of its story. Words stand in the page itself."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from facilities.models import Kind

from ..exports.palette import UNKNOWN
from ..models import MapVersion
from . import drawing
from .composition import BASE, read, read_story
from .content import Content, extent
from .telling import NAMED_COLOUR


def on_screen(version: MapVersion, content: Content) -> dict[str, Any]:
    """Return what the script draws.

    Returns
    -------
    dict
        ``extent`` (west, south, east, north or ``None``), ``hidden`` (layers of the base tiles that are left out), ``facilities``
        (a FeatureCollection), ``divisions`` and ``dots`` (features with ``fill`` or ``colour``; ``null`` is hatched), ``story``.
    """
    composition = read(version.composition)
    bounds = extent(composition)
    return {
        "extent": list(bounds) if bounds else None,
        "hidden": [name for key, (names, _words) in BASE.items() if key not in composition.base for name in names],
        "facilities": {"type": "FeatureCollection", "features": _facilities(content)},
        "divisions": _divisions(content),
        "dots": _dots(version, content),
        "story": [
            {"extent": list(step.extent) if step.extent else None, "layers": list(step.layers)}
            for step in read_story(version.story)
        ],
    }  # fmt: skip


def _facilities(content: Content) -> list[dict[str, Any]]:
    kinds = {kind.code: kind for kind in Kind.objects.all()}
    return [
        {
            "type": "Feature",
            "id": row["number"],
            "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
            "properties": {
                "number": row["number"],
                "name": row["name"],
                "kind": kinds[row["kind"]].name,
                "shape": kinds[row["kind"]].shape,
                "glyph": kinds[row["kind"]].glyph,
                "in_operation": True,
                "phone": row["phone"],
                "url": reverse("maps:facility", args=[row["number"]]),
            },
        }
        for row in content["facilities"]
        if row["lon"] is not None and row["kind"] in kinds
    ]


def _divisions(content: Content) -> list[dict[str, Any]]:
    fills = drawing.fills(content)
    words = {row["code"]: row for row in (content["coverage"]["rows"] if content["coverage"] else [])}
    return [
        {
            "type": "Feature",
            "geometry": row["outline"],
            "properties": {
                "name": row["name"],
                "level": row["level"],
                "has_figure": row["code"] in fills,
                "fill": fills.get(row["code"]),
                "share": words[row["code"]]["share"] if row["code"] in fills else None,
            },
        }
        for row in content["divisions"]
    ]


def _dots(version: MapVersion, content: Content) -> list[dict[str, Any]]:
    colours = drawing.colours_of(version)
    coverage = content["coverage"]
    dots = [
        (row, "coverage", None if row["step"] == UNKNOWN else colours[row["step"]])
        for row in (coverage["villages"] if coverage else [])
    ]
    dots += [(row, "places", NAMED_COLOUR) for row in content["places"]]
    return [
        {
            "layer": layer,
            "name": row["name"],
            "at": [row["lat"], row["lon"]],
            "colour": colour,
        }
        for row, layer, colour in dots
    ]
