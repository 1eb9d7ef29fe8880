"""A run's figures as everything that is taken away shows them: read once from the run, never computed again.

Map, sheet, workbook and yearbook table take their figures from here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from facilities.models import CoverageShare, Facility, ReachState
from geo_registry.territory.models import AgeGroup, Division

from . import coverage_page as page
from .coverage_public import Record, public_records


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One division's people within one limit; ``None`` is a figure that must not be published."""

    covered: int | None
    uncovered: int | None
    share: float | None


@dataclass(frozen=True, kw_only=True)
class DivisionRow:
    """One division, or what of a division lies in none below it (``is_rest``). ``depth`` 0 is the whole."""

    division: Division | None
    name: str
    township: str
    depth: int
    people: int | None
    unknown: int | None
    by_limit: Mapping[int, Figure]
    groups: Mapping[AgeGroup, int | None]
    is_rest: bool = False


@dataclass(frozen=True, kw_only=True)
class GapRow:
    """A village with people out of reach, and why."""

    rank: int
    name: str
    township: str
    people: int
    nearest: str
    minutes: float | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class NumberedFacility:
    """A facility of the run under its number on the map and in the list."""

    number: int
    facility: Facility
    township: str
    top: Division | None


@dataclass(frozen=True, kw_only=True)
class RunTables:
    """All figures of one choice of a run. ``rows`` come as a tree is read: the whole, a township, its villages, the next."""

    choice: page.Choice
    is_public: bool
    rows: Sequence[DivisionRow]
    gaps: Sequence[GapRow]
    facilities: Sequence[NumberedFacility]
    reaches: pd.DataFrame

    @property
    def lowest(self) -> list[DivisionRow]:
        """The rows that nothing is below: they add up to the whole."""
        deepest = max((row.depth for row in self.rows), default=0)
        return [row for row in self.rows if row.depth == deepest or (row.is_rest and row.depth == 1)]

    @property
    def upper(self) -> list[DivisionRow]:
        """The whole and the divisions directly below it: the rows of the map's own table."""
        return [row for row in self.rows if row.depth <= 1]


def tables_of(choice: page.Choice, *, is_public: bool) -> RunTables:
    """Read everything that a file of a run shows.

    Parameters
    ----------
    is_public
        Small counts and all that would give them away are hidden; nothing below the first level of divisions, no gap list and
        no count at a place is in it; only public facilities are.
    """
    shares = _shares(choice, deep=not is_public)
    hidden = public_records(choice) if is_public else None
    rows = _rows(choice, shares, hidden)
    reaches = _reaches(choice)
    tops = {row.division.path: row.division for row in rows if row.depth == 1 and row.division}
    return RunTables(
        choice=choice,
        is_public=is_public,
        rows=rows,
        gaps=[] if is_public else _gaps(choice, rows, reaches),
        facilities=_facilities(choice, tops, is_public=is_public),
        reaches=reaches,
    )


def _shares(choice: page.Choice, *, deep: bool) -> list[CoverageShare]:
    """Return the shares of the whole, of what is directly below it and, if ``deep``, of what is below that."""
    rows = choice.set.shares.select_related("division__parent").order_by("division__path", "threshold_s")
    if choice.parent is not None:
        rows = rows.filter(division__path__startswith=choice.parent.path)
    top = choice.parent.path.count("/") if choice.parent else 0
    return [
        row
        for row in rows
        if row.division is None or row.division.path.count("/") - top <= (2 if deep else 1)
    ]


def _rows(
    choice: page.Choice,
    shares: Sequence[CoverageShare],
    hidden: Mapping[tuple[int, str, int], Record] | None,
) -> list[DivisionRow]:
    by_division: dict[int, dict[str, dict[int, CoverageShare]]] = {}
    divisions: dict[int, Division | None] = {}
    for share in shares:
        key = share.division_id or 0
        divisions[key] = share.division
        by_division.setdefault(key, {}).setdefault(share.group, {})[share.threshold_s] = share
    whole = choice.parent.pk if choice.parent else 0
    top = choice.parent.path.count("/") if choice.parent else 0
    order = sorted(divisions, key=lambda key: (key != whole, _path(divisions[key])))
    found = []
    for key in order:
        mine = by_division[key].get(choice.group.value)
        if mine is None:
            continue
        division = divisions[key]
        depth = 0 if key == whole else _path(division).count("/") - top
        found.append(_row(choice, division, depth, mine, by_division[key], hidden))
    return found if hidden is not None else _with_rests(found)


def _path(division: Division | None) -> str:
    return division.path if division else ""


def _row(
    choice: page.Choice,
    division: Division | None,
    depth: int,
    mine: Mapping[int, CoverageShare],
    groups: Mapping[str, Mapping[int, CoverageShare]],
    hidden: Mapping[tuple[int, str, int], Record] | None,
) -> DivisionRow:
    key = division.pk if division else 0
    longest = max(mine)

    def record(group: str, limit: int, share: CoverageShare) -> Record:
        if hidden is not None:
            return hidden[key, group, limit]
        return Record(
            people=share.people, covered=share.covered, uncovered=share.uncovered, unknown=share.unknown, share=share.share
        )  # fmt: skip

    figures = {limit: record(choice.group.value, limit, share) for limit, share in sorted(mine.items())}
    parent = division.parent if division and depth == 2 else None
    return DivisionRow(
        division=division,
        name=_("All together") if depth == 0 else (division.name if division else _("Everywhere")),
        township=parent.name if parent else (division.name if division and depth == 1 else ""),
        depth=depth,
        people=figures[longest].people,
        unknown=figures[longest].unknown,
        by_limit={
            limit: Figure(covered=one.covered, uncovered=one.uncovered, share=one.share)
            for limit, one in figures.items()
        },
        groups={
            AgeGroup(group): record(group, max(limits), limits[max(limits)]).people
            for group, limits in groups.items()
        },
    )


def _with_rests(rows: Sequence[DivisionRow]) -> list[DivisionRow]:
    """Add, after the parts of each division, the people who are counted in it and in none of its parts: so that parts add up."""
    found: list[DivisionRow] = []
    for position, row in enumerate(rows):
        found.append(row)
        last = position + 1 == len(rows)
        following = rows[position + 1].depth if not last else 0
        # A division's parts end where the next row is no deeper than it is.
        for depth in range(row.depth, following - 1, -1):
            owner = next(one for one in reversed(rows[: position + 1]) if one.depth <= depth)
            if owner.depth == depth and (rest := _rest(owner, rows)) is not None:
                found.append(rest)
    return found


def _rest(owner: DivisionRow, rows: Sequence[DivisionRow]) -> DivisionRow | None:
    start = next(i for i, row in enumerate(rows) if row is owner) + 1
    parts = []
    for row in rows[start:]:
        if row.depth <= owner.depth:
            break
        if row.depth == owner.depth + 1:
            parts.append(row)
    deepest = max(row.depth for row in rows)
    if not parts and not (owner.depth == 1 and deepest == 2 and not owner.is_rest):
        return None

    def left(total: int | None, values: Sequence[int | None]) -> int:
        return (total or 0) - sum(value or 0 for value in values)

    people = left(owner.people, [row.people for row in parts])
    if people == 0:
        return None
    by_limit = {}
    for limit, figure in owner.by_limit.items():
        covered = left(figure.covered, [row.by_limit[limit].covered for row in parts])
        uncovered = left(figure.uncovered, [row.by_limit[limit].uncovered for row in parts])
        by_limit[limit] = Figure(covered=covered, uncovered=uncovered, share=covered / people)
    return DivisionRow(
        division=None,
        name=_("in none of these"),
        township=owner.name if owner.depth == 1 else "",
        depth=owner.depth + 1,
        people=people,
        unknown=left(owner.unknown, [row.unknown for row in parts]),
        by_limit=by_limit,
        groups={
            group: left(total, [row.groups.get(group) for row in parts])
            for group, total in owner.groups.items()
        },
        is_rest=True,
    )


def _reaches(choice: page.Choice) -> pd.DataFrame:
    """Return a row for each populated place: where, who, how long, to which facility."""
    people = {place.place_id: place.people for place in choice.run.places.all()}
    rows = [
        {
            "place": reach.place,
            "division_id": reach.place.division_id or 0,
            "path": reach.place.division.path if reach.place.division else "",
            "people": people[reach.place_id].get(choice.group.value, 0),
            "state": reach.state,
            "time_ms": reach.time_ms,
            "nearest": reach.facility.name if reach.facility else "",
        }
        for reach in page.reaches(choice)
        if choice.parent is None
        or (reach.place.division and reach.place.division.path.startswith(choice.parent.path))
        or (choice.within is None and choice.parent == choice.run.division)
    ]
    columns = ["place", "division_id", "path", "people", "state", "time_ms", "nearest"]
    return pd.DataFrame(rows, columns=columns)


def _gaps(choice: page.Choice, rows: Sequence[DivisionRow], reaches: pd.DataFrame) -> list[GapRow]:
    """Return the lowest divisions of the table with anybody out of reach or unknown, most people first."""
    lowest = max((row.depth for row in rows if row.division), default=0)
    found = []
    for row in rows:
        figure = row.by_limit[choice.limit_s]
        people = (figure.uncovered or 0) + (row.unknown or 0)
        if row.division is None or row.depth != lowest or lowest == 0 or people == 0:
            continue
        mine = reaches[reaches["path"].str.startswith(row.division.path)]
        found.append((people, row, _main_place(mine)))
    found.sort(key=lambda one: (-one[0], one[1].division.code if one[1].division else ""))
    return [
        GapRow(
            rank=rank,
            name=row.name,
            township=row.township if row.depth == 2 else "",
            people=people,
            nearest=str(main["nearest"]) if main is not None else "",
            minutes=_minutes(main),
            reason=_reason(row, choice, main),
        )
        for rank, (people, row, main) in enumerate(found, start=1)
    ]


def _main_place(places: pd.DataFrame) -> Mapping[Hashable, Any] | None:
    """Return the place where most people of the group live; among equals the first."""
    if places.empty:
        return None
    return max(places.to_dict("records"), key=lambda place: int(place["people"]))


def _minutes(place: Mapping[Hashable, Any] | None) -> float | None:
    if place is None or pd.isna(place["time_ms"]):
        return None
    return float(place["time_ms"]) / 60_000


def _reason(row: DivisionRow, choice: page.Choice, place: Mapping[Hashable, Any] | None) -> str:
    figure = row.by_limit[choice.limit_s]
    if (row.unknown or 0) >= (figure.uncovered or 0):
        return _("too far from any road to know")
    if place is not None and place["state"] == ReachState.UNREACHABLE:
        return _("no way by road")
    if (figure.covered or 0) > 0:
        return _("part of it too far")
    return _("too far")


def _facilities(
    choice: page.Choice, tops: Mapping[str, Division], *, is_public: bool
) -> list[NumberedFacility]:
    rows = page.facilities_of(choice).select_related("division__parent")
    if choice.parent is not None and choice.parent != choice.run.division:
        rows = rows.filter(division__path__startswith=choice.parent.path)
    if is_public:
        rows = rows.filter(pk__in=Facility.objects.public().values("pk"))
    found = []
    ordered = rows.order_by("division__path", "kind__position", "number")
    for position, facility in enumerate(ordered, start=1):
        top = next((one for path, one in tops.items() if facility.division.path.startswith(path)), None)
        found.append(
            NumberedFacility(number=position, facility=facility, township=top.name if top else "", top=top)
        )
    return found
