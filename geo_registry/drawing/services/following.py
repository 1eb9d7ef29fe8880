"""What follows of a change for others: neighbours of a moved border, roads at a moved junction, roads that a new one meets."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from django.contrib.gis.geos import Polygon as GeosPolygon
from django.db.models import QuerySet
from shapely import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo_registry.geodata.editing.lines import insert_vertex, vertices
from geo_registry.geodata.editing.plane import LocalPlane
from geo_registry.geodata.editing.shared import (
    Neighbour,
    as_multi,
    move_border,
    moved_vertices,
    pull_vertices,
)
from geo_registry.territory.models import Division, Road
from geo_registry.territory.models.divisions import SRID

from ..geometries import to_shape
from ..registry import layer_of
from .changes import Action, Change
from .settings import Tolerances
from .versions import versions_of

# A road that is to meet another has a vertex on it; drawn at the farthest zoom at which one snaps, it is this near.
ON_LINE_M = 0.3


def follow(changes: Sequence[Change], tolerances: Tolerances) -> list[Change]:
    """Return the changes of others that follow; those drawn are adjusted where another border ends on them."""
    return [*_borders(changes, tolerances.border_m), *_roads(changes)]


# -- borders -----------------------------------------------------------------------------------


def _borders(changes: Sequence[Change], tolerance_m: float) -> list[Change]:
    moved = [
        change
        for change in changes
        if change.layer.model is Division and change.geometry is not None and change.old_shape is not None
    ]
    if not moved:
        return []
    drawn = {change.pk for change in moved}
    around = Division.objects.filter(
        valid_to__isnull=True,
        boundary__bboverlaps=_box([s for c in moved for s in (c.old_shape, c.geometry)], tolerance_m),
    ).exclude(pk__in=drawn)
    rows = {row.pk: row for row in around}
    shapes: dict[int, MultiPolygon] = {pk: as_multi(to_shape(row.boundary)) for pk, row in rows.items()}
    now = dict(shapes)
    levels = {change.pk: change.row.level for change in moved}
    for change in moved:
        pks = list(now)
        neighbours = [Neighbour(now[pk], beside=rows[pk].level == levels[change.pk]) for pk in pks]
        result = move_border(
            as_multi(change.old_shape or MultiPolygon()),
            as_multi(change.geometry or MultiPolygon()),
            neighbours,
            tolerance_m=tolerance_m,
        )
        change.geometry = result.area
        for number, area in result.others.items():
            now[pks[number]] = area
    touched = [pk for pk in now if now[pk] is not shapes[pk]]
    versions = versions_of(Division, touched)
    return [_companion("division", rows[pk], shapes[pk], now[pk], versions[pk]) for pk in touched]


# -- roads -------------------------------------------------------------------------------------


def _roads(changes: Sequence[Change]) -> list[Change]:
    drawn = [change for change in changes if change.layer.model is Road and change.geometry is not None]
    if not drawn:
        return []
    known = {change.pk for change in changes if change.layer.model is Road and change.pk is not None}
    around: QuerySet[Road] = Road.objects.filter(
        geometry__bboverlaps=_box([s for c in drawn for s in (c.old_shape, c.geometry)], ON_LINE_M)
    ).exclude(pk__in=known)
    rows = {road.pk: road for road in around}
    shapes = {pk: LineString(to_shape(road.geometry).coords) for pk, road in rows.items()}
    now = dict(shapes)
    for change in drawn:
        if not isinstance(change.geometry, LineString):
            continue
        moves = (
            moved_vertices(change.old_shape, change.geometry)
            if isinstance(change.old_shape, LineString)
            else {}
        )
        for pk, line in now.items():
            if moves:
                now[pk] = pull_vertices(line, moves) or line
        _meet(change, rows, now)
    _meet_one_another(drawn)
    touched = [pk for pk in now if now[pk] is not shapes[pk]]
    versions = versions_of(Road, touched)
    return [_companion("road", rows[pk], shapes[pk], now[pk], versions[pk]) for pk in touched]


def _meet(change: Change, rows: dict[int, Road], now: dict[int, LineString]) -> None:
    """Give roads of the same level a vertex where one of the drawn road lies on them: there the two meet."""
    line = change.geometry
    if not isinstance(line, LineString):
        return
    margin = ON_LINE_M / min(LocalPlane.around(line).scale)
    for pk, other in now.items():
        if level(rows[pk]) != level(change.row) or not line.dwithin(other, margin):
            continue
        for vertex in vertices(line):
            other = insert_vertex(other, vertex, tolerance_m=ON_LINE_M) or other
        now[pk] = other


def _meet_one_another(drawn: Sequence[Change]) -> None:
    for change in drawn:
        for other in drawn:
            line, theirs = change.geometry, other.geometry
            if other is change or not isinstance(line, LineString) or not isinstance(theirs, LineString):
                continue
            if level(other.row) == level(change.row):
                for vertex in vertices(line):
                    theirs = insert_vertex(theirs, vertex, tolerance_m=ON_LINE_M) or theirs
                other.geometry = theirs


def level(road: Road) -> tuple[bool, bool, int]:
    """Return what keeps roads apart that cross: a bridge, a tunnel, another layer."""
    return bool(road.bridge), bool(road.tunnel), int(road.layer or 0)


def _companion(code: str, row: object, old: BaseGeometry, new: BaseGeometry, version: int) -> Change:
    from .preparing import _copy

    pk = row.pk  # type: ignore[attr-defined]
    return Change(
        key=f"{code}:{pk}", layer=layer_of(code), action=Action.UPDATE, pk=pk, version=version, geometry=new, companion=True,
        row=_copy(row), before=row, old_shape=old,
    )  # fmt: skip


def _box(shapes: Sequence[BaseGeometry | None], margin_m: float) -> GeosPolygon:
    there = [shape for shape in shapes if shape is not None]
    margin = 2 * margin_m / min(LocalPlane.around(*there).scale)
    west, south, east, north = shapely.total_bounds(there)
    box = GeosPolygon.from_bbox((west - margin, south - margin, east + margin, north + margin))
    box.srid = SRID
    return box
