"""A run's figures as everything that is taken away shows them: read once from the run, never computed again.

Map, sheet, workbook and yearbook table take their figures from here, so that they cannot differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from django.utils.translation import gettext as _

from facilities.models import CoverageShare, Facility
from geo_registry.territory.models import AgeGroup, Division

from ..planning.gaps import gaps_of
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
    """A village whose people are not all served: the row of the workspace's gap list in words."""

    rank: int
    name: str
    township: str
    uncovered: int
    full: int
    unknown: int
    nearest: str
    minutes: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class NumberedFacility:
    """A facility of the run under its number on the map and in the list: ``None`` where its place is not on record."""

    number: int | None
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
    def on_map(self) -> list[NumberedFacility]:
        """The facilities that have a place; all of them are counted, these are drawn."""
        return [one for one in self.facilities if one.number is not None]

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
        gaps=[] if is_public else _gaps(choice),
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


def _gaps(choice: page.Choice) -> list[GapRow]:
    """Return the workspace's own gap list, without the villages of which nothing is known."""
    counted = [gap for gap in gaps_of(choice).rows if gap.not_served]
    return [
        GapRow(
            rank=rank,
            name=gap.division.name,
            township=gap.division.parent.name if gap.division.parent else "",
            uncovered=gap.uncovered,
            full=gap.full,
            unknown=gap.unknown,
            nearest=gap.nearest.name if gap.nearest else "",
            minutes=gap.minutes,
            reason=_("、").join(str(reason.label) for reason in dict.fromkeys(why.reason for why in gap.why)),
        )
        for rank, gap in enumerate(counted, start=1)
    ]


def _facilities(
    choice: page.Choice, tops: Mapping[str, Division], *, is_public: bool
) -> list[NumberedFacility]:
    rows = page.counted_facilities(choice).select_related("division__parent")
    if is_public:
        rows = rows.filter(pk__in=Facility.objects.public().values("pk"))
    found = []
    numbers = itertools.count(1)
    for facility in rows.order_by("division__path", "kind__position", "number"):
        top = next((one for path, one in tops.items() if facility.division.path.startswith(path)), None)
        found.append(
            NumberedFacility(
                number=next(numbers) if facility.location is not None else None,
                facility=facility,
                township=top.name if top else "",
                top=top,
            )
        )
    return found
