"""The ground out again, as its files have it: divisions, built-up areas, roads, population."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import shapely
from django.utils import timezone

from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.territory.models import (
    BuiltUpArea,
    DenominatorFlag,
    Division,
    Level,
    LocationMethod,
    PopulatedPlace,
    PopulationCount,
    Road,
)

from ..registry import ExportRow, ExportScope

_CHUNK = 2_000
_LEVELS = {
    Level.NATION: "nation", Level.PROVINCE: "province", Level.PREFECTURE: "prefecture", Level.COUNTY: "county",
    Level.TOWNSHIP: "township", Level.VILLAGE: "village",
}  # fmt: skip
_ROAD_FIELDS = (
    "source_ref", "name", "ref", "road_class", "speed_kmh", "oneway", "bridge", "tunnel", "layer", "width_m", "surface",
    "foot", "bicycle", "motor", "restricted",
)  # fmt: skip

ONLY_LATEST_COUNTS = gettext_noop(
    "counts of earlier days: each place is written with those of its latest day; places without any count."
)
_MANY_SOURCES = gettext_noop(
    "There are roads of several sources: {sources}. A road is known by its number at its source: choose one source."
)


def to_shapely(shape: Any) -> Any:
    """Return a GeoDjango geometry as shapely has it."""
    # What is empty lies nowhere; an empty point has no WKB either.
    return None if shape is None or shape.empty else shapely.from_wkb(bytes(shape.wkb))


def chunks(rows: Any, size: int) -> Iterator[list[Any]]:
    """Yield the rows of a query in lists, so that what belongs to them is looked up for many at once."""
    every = rows.iterator(chunk_size=size)
    while chunk := list(islice(every, size)):
        yield chunk


def export_divisions(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield divisions from the highest to the lowest, those that have ended too."""
    today = timezone.localdate()
    flags = DenominatorFlag.objects.on(today).order_by("valid_from", "pk")
    counted = dict(flags.values_list("division_id", "counted"))
    rows = scope.narrow(Division.objects.all(), "").select_related("parent").defer("parent__boundary")
    for row in rows.order_by("level", "code", "pk").iterator(chunk_size=_CHUNK):
        values: dict[str, Any] = {
            "code": row.code, "name": row.name, "short_name": row.short_name, "level": _LEVELS[Level(row.level)],
            "kind": row.kind, "parent_code": row.parent.code if row.parent else None, "urban_rural": row.urban_rural,
            "counted": counted.get(row.pk), "valid_from": row.valid_from, "valid_to": row.valid_to, "source_ref": row.source_ref,
        }  # fmt: skip
        # A point inside the boundary is found again by itself.
        if row.point is not None and not (
            row.boundary is not None and row.point_method == LocationMethod.DIVISION
        ):
            values |= {"lon": row.point.x, "lat": row.point.y}
        yield ExportRow(values, to_shapely(row.boundary))


def export_built_up_areas(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield built-up areas by their codes."""
    rows = scope.narrow(BuiltUpArea.objects.select_related("division").defer("division__boundary"))
    for row in rows.order_by("code").iterator(chunk_size=_CHUNK):
        values = {
            "code": row.code, "name": row.name, "division_code": row.division.code if row.division else None,
            "as_of": row.as_of, "restricted": row.restricted, "source_ref": row.source_ref,
        }  # fmt: skip
        yield ExportRow(values, to_shapely(row.geometry))


def export_roads(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield roads of one source.

    Raises
    ------
    GeodataError
        If there are several and none was named.
    """
    rows = scope.narrow(Road.objects.all())
    sources = list(rows.order_by().values_list("source__code", flat=True).distinct()[:6])
    if len(sources) > 1:
        raise GeodataError(Message(_MANY_SOURCES, {"sources": "、".join(str(code) for code in sources)}))
    for row in rows.order_by("pk").iterator(chunk_size=_CHUNK):
        yield ExportRow({name: getattr(row, name) for name in _ROAD_FIELDS}, to_shapely(row.geometry))


def export_population(scope: ExportScope) -> Iterator[ExportRow]:
    """Yield populated places by their codes, each with its latest counts."""
    rows = scope.narrow(PopulatedPlace.objects.select_related("division").defer("division__boundary"))
    for chunk in chunks(rows.order_by("code"), _CHUNK):
        yield from _with_counts(chunk)


def _with_counts(places: list[PopulatedPlace]) -> Iterator[ExportRow]:
    latest: dict[int, tuple[Any, dict[str, int]]] = {}
    counts = PopulationCount.objects.filter(place__in=[place.pk for place in places]).order_by("as_of")
    for place_id, group, as_of, people in counts.values_list("place_id", "group", "as_of", "people"):
        held = latest.get(place_id)
        if held is None or held[0] != as_of:
            latest[place_id] = (as_of, {})
        latest[place_id][1][group] = people
    for place in places:
        if place.pk not in latest:
            continue
        as_of, groups = latest[place.pk]
        values: dict[str, Any] = {
            "code": place.code, "name": place.name, "kind": place.kind,
            "division_code": place.division.code if place.division else None, "as_of": as_of, "source_ref": place.source_ref,
            **groups,
        }  # fmt: skip
        values |= {"lon": place.point.x, "lat": place.point.y}
        yield ExportRow(values, to_shapely(place.area))
