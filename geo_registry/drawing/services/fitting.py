"""Whether what is drawn fits what is around it: overlaps, gaps, borders reached over, roads that cross without meeting."""

from __future__ import annotations

from collections import defaultdict

import shapely
from django.contrib.gis.geos import Polygon as GeosPolygon
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from shapely import LineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo_registry.geodata.editing.areas import Piece, gaps, outside, overlaps
from geo_registry.geodata.editing.checks import Severity
from geo_registry.geodata.editing.lines import crossings_without_vertex, nearest_on, vertices
from geo_registry.geodata.editing.plane import LocalPlane
from geo_registry.geodata.editing.shared import as_multi
from geo_registry.territory.models import BuiltUpArea, Division, Road
from geo_registry.territory.models.divisions import SRID

from ..geometries import to_shape
from .changes import Action, Change, Prepared
from .following import level
from .settings import Tolerances

_M2_PER_HA = 10_000


def fit(prepared: Prepared, tolerances: Tolerances) -> None:
    """Add to what was found whatever does not fit; what did not fit before and got no worse is only pointed at."""
    by_model: defaultdict[object, list[Change]] = defaultdict(list)
    for change in prepared.changes:
        if change.row is not None and change.action != Action.DELETE and change.geometry is not None:
            by_model[change.layer.model].append(change)
    if by_model[Division]:
        _fit_divisions(prepared, by_model[Division], tolerances.piece_m2)
    if by_model[BuiltUpArea]:
        _fit_builtup(prepared, by_model[BuiltUpArea], tolerances.piece_m2)
    if by_model[Road]:
        _fit_roads(prepared, by_model[Road], tolerances.join_m)


# -- divisions ---------------------------------------------------------------------------------


def _fit_divisions(prepared: Prepared, changes: list[Change], least_m2: float) -> None:
    after = {change.pk: as_multi(change.geometry) for change in changes if change.geometry is not None}
    parents = {change.row.parent_id for change in changes} - {None}
    siblings = Division.objects.filter(valid_to__isnull=True, parent__in=parents)
    rows = {row.pk: row for row in siblings} | {change.pk: change.row for change in changes}
    before = {
        pk: as_multi(to_shape(row.boundary)) for pk, row in rows.items() if row.boundary and pk not in after
    }
    old = {change.pk: as_multi(change.old_shape) for change in changes if change.old_shape is not None}
    holders = {
        pk: after.get(pk) or as_multi(to_shape(row.boundary))
        for pk, row in Division.objects.in_bulk(list(parents)).items()
        if row.boundary
    }
    seen: set[frozenset[int | None]] = set()
    for change in changes:
        shape = after[change.pk]
        others = {
            pk: after.get(pk) or before.get(pk)
            for pk, row in rows.items()
            if pk != change.pk and row.parent_id == change.row.parent_id and row.level == change.row.level
        }
        present = {pk: area for pk, area in others.items() if area is not None}
        keys = list(present)
        for number, pieces in overlaps(shape, [present[key] for key in keys], least_m2=least_m2).items():
            pair = frozenset({change.pk, keys[number]})
            if pair in seen:
                continue
            seen.add(pair)
            theirs = old.get(keys[number]) or before.get(keys[number])
            was = old.get(change.pk)
            former = was.intersection(theirs) if was is not None and theirs is not None else None
            for piece in pieces:
                _say(
                    prepared, change, piece, former,
                    _("%(first)s and %(second)s overlap here: %(area)s.")
                    % {"first": change.row, "second": rows[keys[number]], "area": _area(piece)},
                )  # fmt: skip
        holder = holders.get(change.row.parent_id)
        if holder is not None:
            was = old.get(change.pk)
            former = was.difference(holder) if was is not None else None
            for piece in outside(shape, holder, least_m2=least_m2):
                _say(
                    prepared, change, piece, former,
                    _("%(name)s reaches out of %(parent)s here: %(area)s.")
                    % {"name": change.row, "parent": change.row.parent, "area": _area(piece)},
                )  # fmt: skip
        if not change.companion and len(present) == len(others):
            for piece in gaps([shape, *present.values()], holder=holder, least_m2=least_m2):
                if piece.shape.intersects(shape):
                    _point_at(
                        prepared, change, piece,
                        _("Here is a gap of %(area)s that belongs to no division beside %(name)s.")
                        % {"name": change.row, "area": _area(piece)},
                    )  # fmt: skip


def _fit_builtup(prepared: Prepared, changes: list[Change], least_m2: float) -> None:
    known = {change.pk for change in prepared.changes if change.layer.model is BuiltUpArea and change.pk}
    for change in changes:
        shape = as_multi(change.geometry or MultiPolygon())
        others = list(BuiltUpArea.objects.filter(geometry__bboverlaps=_box(shape)).exclude(pk__in=known))
        areas = [as_multi(to_shape(other.geometry)) for other in others]
        mates = [other for other in changes if other is not change and other.key > change.key]
        areas += [as_multi(mate.geometry or MultiPolygon()) for mate in mates]
        names = [str(other) for other in others] + [str(mate.row) for mate in mates]
        for number, pieces in overlaps(shape, areas, least_m2=least_m2).items():
            for piece in pieces:
                _point_at(
                    prepared, change, piece,
                    _("%(first)s and %(second)s overlap here: %(area)s.")
                    % {"first": change.row, "second": names[number], "area": _area(piece)},
                )  # fmt: skip


def _say(prepared: Prepared, change: Change, piece: Piece, former: BaseGeometry | None, text: str) -> None:
    """An error if it is worse than before, else something to look at."""
    is_old = former is not None and shapely.intersection(former, piece.shape).area > 0.99 * piece.shape.area
    severity = Severity.WARNING if is_old else Severity.ERROR
    prepared.add(change, text, severity=severity, place=piece.at, shape=piece.shape)


def _point_at(prepared: Prepared, change: Change, piece: Piece, text: str) -> None:
    prepared.add(change, text, severity=Severity.WARNING, place=piece.at, shape=piece.shape)


def _area(piece: Piece) -> str:
    if piece.area_m2 < _M2_PER_HA:
        return _("%(number)s m²") % {"number": number_format(round(piece.area_m2), force_grouping=True)}
    return _("%(number)s ha") % {"number": number_format(piece.area_m2 / _M2_PER_HA, decimal_pos=1)}


# -- roads -------------------------------------------------------------------------------------


def _fit_roads(prepared: Prepared, changes: list[Change], join_m: float) -> None:
    changed = {
        change.pk for change in prepared.changes if change.layer.model is Road and change.pk is not None
    }
    drawn = [change for change in changes if not change.companion]
    for change in drawn:
        line = change.geometry
        if not isinstance(line, LineString):
            continue
        rows = list(Road.objects.filter(geometry__bboverlaps=_box(line, join_m)).exclude(pk__in=changed))
        others = [(road, to_shape(road.geometry)) for road in rows]
        others += [
            (mate.row, mate.geometry) for mate in changes if mate is not change and mate.geometry is not None
        ]
        for road, other in others:
            if not isinstance(other, LineString):
                continue
            if line.equals(other):
                prepared.add(
                    change, _("“%(name)s” runs here already.") % {"name": road}, severity=Severity.WARNING,
                    place=vertices(line)[0],
                )  # fmt: skip
            elif level(road) == level(change.row):
                for place in crossings_without_vertex(line, other):
                    prepared.add(
                        change,
                        _("The road crosses “%(name)s” here without meeting it. Join them, or mark the one above as a bridge.")
                        % {"name": road},
                        severity=Severity.WARNING, place=place, fix={"do": "join", "at": list(place)},
                    )  # fmt: skip
        _near_misses(
            prepared,
            change,
            line,
            [other for _road, other in others if isinstance(other, LineString)],
            join_m,
        )
        _lost_meetings(prepared, change, line, [(r, o) for r, o in others if isinstance(o, LineString)])


def _near_misses(
    prepared: Prepared, change: Change, line: LineString, others: list[LineString], join_m: float
) -> None:
    plane, points = LocalPlane.around(line), vertices(line)
    for index in (0, -1):
        end = points[index]
        best: tuple[float, tuple[float, float]] | None = None
        for other in others:
            at = nearest_on(vertices(other), end, plane)
            if best is None or at.distance_m < best[0]:
                best = (at.distance_m, at.point)
        if best is not None and 0.3 < best[0] <= join_m:
            prepared.add(
                change,
                _("The road ends %(metres)s m short of the next one here.")
                % {"metres": number_format(best[0], decimal_pos=1)},
                severity=Severity.WARNING, place=end, fix={"do": "snap", "end": index, "at": list(best[1])},
            )  # fmt: skip


def _lost_meetings(
    prepared: Prepared, change: Change, line: LineString, others: list[tuple[Road, LineString]]
) -> None:
    """Where the road met another before and does not any more."""
    if not isinstance(change.old_shape, LineString):
        return
    here = set(vertices(line))
    lost = set(vertices(change.old_shape)) - here
    for road, other in others:
        for vertex in lost & set(vertices(other)):
            if not here & set(vertices(other)):
                prepared.add(
                    change, _("The road no longer meets “%(name)s” here.") % {"name": road}, severity=Severity.WARNING,
                    place=vertex,
                )  # fmt: skip
                break


def _box(shape: BaseGeometry, margin_m: float = 0.0) -> GeosPolygon:
    margin = margin_m / min(LocalPlane.around(shape).scale)
    west, south, east, north = shape.bounds
    box = GeosPolygon.from_bbox((west - margin, south - margin, east + margin, north + margin))
    box.srid = SRID
    return box
