"""The layers of a run's files: from the run's rows and the register's ground to frames in degrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Polygon

from facilities.models import ReachState
from geo_registry.territory.models import BuiltUpArea, Division, Road, RoadClass

from ..exports import layers
from ..exports.layers import Layers
from ..exports.palette import step_of
from .run_tables import DivisionRow, RunTables

# How a class of road is drawn: towns' smaller streets look alike on paper.
DRAWN_AS: Final[Mapping[str, str]] = {
    RoadClass.MOTORWAY: "motorway",
    RoadClass.TRUNK: "trunk",
    RoadClass.PRIMARY: "primary",
    RoadClass.SECONDARY: "secondary",
    RoadClass.TERTIARY: "tertiary",
    RoadClass.UNCLASSIFIED: "unclassified",
    RoadClass.RESIDENTIAL: "residential",
    RoadClass.LIVING_STREET: "residential",
    RoadClass.PEDESTRIAN: "residential",
}
_MOST_ROADS: Final = 40_000


def layers_of(tables: RunTables) -> Layers:
    """Return the layers of one choice of a run; of what is for the public no place has a count. Three queries."""
    return Layers(
        places=layers.frame(_places(tables), layers.PLACES),
        facilities=layers.frame(_facilities(tables), layers.FACILITIES),
        divisions=layers.frame(_divisions(tables), layers.DIVISIONS),
        roads=layers.frame(ground_roads(), layers.ROADS),
        built_up=layers.frame(ground_built_up(), layers.BUILT_UP),
    )


def _places(tables: RunTables) -> list[dict[str, Any]]:
    run = tables.choice.run
    townships = {row.division.path: row.name for row in tables.rows if row.depth == 1 and row.division}
    rows = []
    for reach in tables.reaches.to_dict("records"):
        time_ms = None if pd.isna(reach["time_ms"]) else int(reach["time_ms"])
        place, path = reach["place"], reach["path"]
        rows.append(
            {
                "name": place.name,
                "division": place.division.name if place.division else "",
                "township": next((name for start, name in townships.items() if path.startswith(start)), ""),
                "people": None if tables.is_public else int(reach["people"]),
                "step": step_of(
                    time_ms,
                    thresholds_s=run.thresholds_s,
                    reached=reach["state"] == ReachState.REACHED,
                    known=reach["state"] != ReachState.UNKNOWN,
                ),
                "minutes": None if time_ms is None else round(time_ms / 60_000, 1),
                # A facility that the public may not see is not named to it either.
                "nearest": "" if tables.is_public else reach["nearest"],
                "state": reach["state"],
                "geometry": shapely.Point(place.point.x, place.point.y),
            }
        )
    return rows


def _facilities(tables: RunTables) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "code": one.facility.number,
            "name": one.facility.name,
            "kind": one.facility.kind.name,
            "shape": one.facility.kind.shape,
            "glyph": one.facility.kind.glyph,
            "division": one.facility.division.name,
            "township": one.township,
            "geometry": shapely.Point(one.facility.location.x, one.facility.location.y),
        }
        for one in tables.on_map
        if one.facility.location is not None
    ]


def _divisions(tables: RunTables) -> list[dict[str, Any]]:
    """The whole without a name, and the divisions directly below it with theirs."""
    rows = []
    for row in tables.upper:
        if row.division is None:
            continue
        division: Division = row.division
        outline = shapely.from_wkb(bytes(division.boundary.wkb)) if division.boundary else None
        at = _where_named(division, outline) if row.depth == 1 else None
        rows.append(
            {**_figures(row, tables), "geometry": outline}
            | {"lon": at[0] if at else None, "lat": at[1] if at else None}
        )
    return rows


def _where_named(division: Division, outline: Any) -> tuple[float, float] | None:
    """A name stands in the middle of its area, where there is one; else at its point."""
    if outline is not None:
        point = shapely.point_on_surface(outline)
        return float(point.x), float(point.y)
    if division.point is not None:
        return float(division.point.x), float(division.point.y)
    return None


def _figures(row: DivisionRow, tables: RunTables) -> dict[str, Any]:
    figure = row.by_limit[tables.choice.limit_s]
    division = row.division
    return {
        "name": division.name if division else row.name,
        "code": division.code if division else "",
        "level": int(division.level) if division else 0,
        "people": row.people,
        "covered": figure.covered,
        "uncovered": figure.uncovered,
        "unknown": row.unknown,
        "share": figure.share,
    }


def ground_built_up(within: Polygon | None = None) -> list[dict[str, Any]]:
    """Return the built-up areas that everybody may see; with a box, those that it touches."""
    rows = BuiltUpArea.objects.public()
    if within is not None:
        rows = rows.filter(geometry__bboverlaps=within)
    named = rows.annotate(wkb=AsWKB("geometry")).values_list("name", "wkb")
    return [{"name": name, "geometry": shapely.from_wkb(bytes(wkb))} for name, wkb in named]


def ground_roads(within: Polygon | None = None) -> list[dict[str, Any]]:
    """Return the roads that everybody may see, larger classes first where there are too many; with a box, those that it touches."""
    roads = Road.objects.public()
    if within is not None:
        roads = roads.filter(geometry__bboverlaps=within)
    classes = list(DRAWN_AS)
    while len(classes) > 1 and roads.filter(road_class__in=classes).count() > _MOST_ROADS:
        classes.pop()
    return [
        {
            "name": name,
            "ref": ref,
            "road_class": DRAWN_AS[road_class],
            "geometry": shapely.from_wkb(bytes(wkb)),
        }
        for name, ref, road_class, wkb in roads.filter(road_class__in=classes)
        .order_by("pk")
        .annotate(wkb=AsWKB("geometry"))
        .values_list("name", "ref", "road_class", "wkb")
        .iterator(chunk_size=10_000)
    ]
