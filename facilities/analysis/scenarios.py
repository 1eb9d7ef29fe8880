"""What if: one facility more, one less, one moved, one larger, two made one.

A baseline is read once; each answer is computed anew, exactly.
Roads, places and people are snapped and kept. A scenario snaps only what it moves or opens, and searches the roads only from there:
what the facilities that stay where they are come to is kept from one question to the next, and put together with it. So the answer
for a county comes at once (``docs/benchmarks.md``), and it is the one that a full run with the changed register would give.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo_registry.roadgraph import (
    EdgeIndex,
    Profile,
    Snaps,
    TimeMatrix,
    TravelTimes,
    joined_pairs,
    nearer_of,
    nearest_of_pairs,
    straight_line_times,
    straight_line_within,
    times_to_nearest,
    times_within,
    times_within_radius,
)
from geo_registry.roadgraph.plane import as_lonlat
from geo_registry.roadgraph.ways import Direction

from .capacity import Allocation, allocate_nearest_first
from .coverage import PeopleByDivision
from .errors import AnalysisError, gettext_noop

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Value = TypeVar("Value")

# While one facility is dragged, the others are the same from step to step; a few sets of others are kept, for several who drag.
_KEPT: Final = 4


class Action(StrEnum):
    """What is done with a facility."""

    OPEN = "open"
    CLOSE = "close"
    MOVE = "move"
    RESIZE = "resize"
    MERGE = "merge"
    """Closes, and its room goes to another that stays."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change.

    Attributes
    ----------
    action
        What is done.
    facility
        Row of the facility that closes, moves, is resized, or is merged into another.
    lonlat
        Where it opens or moves to, degrees.
    capacity
        What an opened or resized one has room for; NaN is unknown.
    into
        Row of the facility that a merged one goes into.
    """

    action: Action
    facility: int | None = None
    lonlat: tuple[float, float] | None = None
    capacity: float = float("nan")
    into: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a scenario comes to.

    Attributes
    ----------
    lonlat, capacity
        The facilities after all changes: those of today that stay, in their order, then those that open.
    facility
        Row of each among today's; -1 for one that opens.
    travel
        Times of all places, within the longest threshold.
    shares
        From :func:`~facilities.analysis.coverage.coverage_by_division`; the set is called ``what-if``.
    allocation
        Who finds room within the longest threshold, where capacities are given.
    """

    lonlat: FloatArray
    capacity: FloatArray
    facility: NDArray[np.int64]
    travel: TravelTimes
    shares: pd.DataFrame
    allocation: Allocation | None


class WhatIf:
    """A baseline, ready for questions.

    Parameters
    ----------
    index
        The index of the graph that people travel on; ``None``: straight lines with the detour factor.
    profile
        How they travel.
    facilities
        Degrees of today's facilities, shape (n, 2).
    places
        Degrees of the places, shape (m, 2).
    people
        A division and whole counts for each place.
    division_column, groups, parents, thresholds_s
        As in :func:`~facilities.analysis.coverage.coverage_by_division`.
    capacity, capacity_group
        What today's facilities have room for, and which group looks for a place; ``None``: not considered.
    direction
        Who travels.
    radius_m
        How far the service travels at most, metres; ``None``: no bound but the time.

    Examples
    --------
    >>> import pandas as pd, shapely
    >>> from facilities.analysis.scenarios import Action, Change, WhatIf
    >>> from geo_registry.roadgraph import EdgeIndex, Mode, Profile, RoadLines, build_graph
    >>> walk = Profile(code="walk", mode=Mode.FOOT, speed_m_s=1.0, off_road_speed_m_s=1.0, snap_limit_m=100,
    ...                respects_oneway=False, detour_factor=1.3)
    >>> street = shapely.LineString([(106.0, 38.0), (106.02, 38.0)])  # about 1757 m
    >>> graph = build_graph(RoadLines.from_columns([street]), walk, crossings="join", tolerance_m=0.5)
    >>> people = pd.DataFrame({"division": ["A", "A"], "age60": [80, 20]})
    >>> today = WhatIf(EdgeIndex(graph), walk, facilities=[(106.0, 38.0)], places=[(106.002, 38.0), (106.02, 38.0)],
    ...                people=people, division_column="division", groups=["age60"], parents={"A": None}, thresholds_s=[600])
    >>> int(today.answer([]).shares["covered"][0])
    80
    >>> int(today.answer([Change(action=Action.OPEN, lonlat=(106.018, 38.0))]).shares["covered"][0])
    100
    """

    def __init__(
        self,
        index: EdgeIndex | None,
        profile: Profile,
        *,
        facilities: ArrayLike,
        places: ArrayLike,
        people: pd.DataFrame,
        division_column: str,
        groups: Sequence[str],
        parents: Mapping[Hashable, Hashable | None],
        thresholds_s: Sequence[float],
        capacity: ArrayLike | None = None,
        capacity_group: str | None = None,
        direction: Direction = "to-facility",
        radius_m: float | None = None,
    ) -> None:
        self._index, self._profile = index, profile
        self._facilities, self._places = as_lonlat(facilities), as_lonlat(places)
        self._people = people
        self._by_division = PeopleByDivision(
            people, division_column=division_column, groups=groups, parents=parents
        )
        self._thresholds_s, self._direction = thresholds_s, direction
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        if not thresholds_s:
            raise AnalysisError(gettext_noop("A scenario needs at least one threshold."))
        if (capacity is None) != (capacity_group is None):
            raise AnalysisError(gettext_noop("Capacities and the group that looks for places go together."))
        self._group, self._radius_m = capacity_group, radius_m
        self._capacity = (
            np.full(len(self._facilities), np.nan)
            if capacity is None
            else np.asarray(capacity, dtype=np.float64)
        )
        if len(self._capacity) != len(self._facilities):
            raise AnalysisError(
                gettext_noop("There are {values} values; {expected} are expected."),
                values=len(self._capacity),
                expected=len(self._facilities),
            )
        self._facility_snaps = self._snap(self._facilities)
        self._place_snaps = self._snap(self._places)

    def answer(self, changes: Sequence[Change]) -> Outcome:
        """Compute what some changes together come to.

        Raises
        ------
        AnalysisError
            On a facility that is not there or is changed twice, a place without coordinates, or a negative capacity.
        """
        check_changes(changes, facilities=len(self._facilities))
        after = self._after(changes)
        fresh = self._snap(after.lonlat[after.fresh])
        limit_s = float(max(self._thresholds_s))
        travel = self._travel(after, fresh, limit_s)
        return Outcome(
            lonlat=after.lonlat,
            capacity=after.capacity,
            facility=after.facility,
            travel=travel,
            shares=self._by_division.shares({"what-if": travel}, self._thresholds_s),
            allocation=self._allocated(after, fresh, limit_s),
        )

    def _after(self, changes: Sequence[Change]) -> _After:
        closed = {change.facility for change in changes if change.action in (Action.CLOSE, Action.MERGE)}
        lonlat, capacity = self._facilities.copy(), self._capacity.copy()
        stands = np.ones(len(lonlat), dtype=np.bool_)
        for change in changes:
            if change.action is Action.MOVE:
                lonlat[change.facility], stands[change.facility] = change.lonlat, False
            elif change.action is Action.MERGE:
                capacity[change.into] += capacity[change.facility]
        # A size that is given is the size in the end, whatever was merged before.
        for change in changes:
            if change.action is Action.RESIZE:
                capacity[change.facility] = change.capacity
        kept = np.array([row for row in range(len(lonlat)) if row not in closed], dtype=np.int64)
        opened = [change for change in changes if change.action is Action.OPEN]
        new = np.array([change.lonlat for change in opened], dtype=np.float64).reshape(-1, 2)
        stood = np.concatenate([stands[kept], np.zeros(len(new), dtype=np.bool_)])
        return _After(
            lonlat=np.vstack([lonlat[kept], new]),
            capacity=np.concatenate([capacity[kept], [change.capacity for change in opened]]),
            facility=np.concatenate([kept, np.full(len(new), -1, dtype=np.int64)]),
            stood=np.flatnonzero(stood),
            fresh=np.flatnonzero(~stood),
        )

    def _snap(self, lonlat: FloatArray) -> Snaps | None:
        return None if self._index is None else self._index.snap(lonlat, self._profile)

    def _of_standing(self, what: str, after: _After, compute: Callable[[], Value]) -> Value:
        """Return what was computed from the facilities that stay where they are, kept from the last questions."""
        key = (what, after.facility[after.stood].tobytes())
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = compute()
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        value: Value = found
        return value

    def _travel(self, after: _After, fresh: Snaps | None, limit_s: float) -> TravelTimes:
        if self._radius_m is not None:
            return nearest_of_pairs(self._pairs(after, fresh, limit_s), is_limited=True)
        if self._index is None or fresh is None or self._place_snaps is None or self._facility_snaps is None:
            return straight_line_times(after.lonlat, self._places, self._profile, limit_s=limit_s)
        graph, places = self._index.graph, self._place_snaps
        standing = self._facility_snaps.take(after.facility[after.stood])

        def times(facilities: Snaps) -> TravelTimes:
            return times_to_nearest(graph, facilities, places, limit_s=limit_s, direction=self._direction)

        return nearer_of(
            self._of_standing("times", after, lambda: times(standing)),
            times(fresh),
            first_numbers=after.stood,
            second_numbers=after.fresh,
        )

    def _allocated(self, after: _After, fresh: Snaps | None, limit_s: float) -> Allocation | None:
        if self._group is None:
            return None
        people = self._people[self._group].to_numpy()
        matrix = self._pairs(after, fresh, limit_s)
        return allocate_nearest_first(matrix, people=people, capacity=after.capacity, limit_s=limit_s)

    def _pairs(self, after: _After, fresh: Snaps | None, limit_s: float) -> TimeMatrix:
        """All pairs within the longest threshold, and within the radius if there is one."""
        rows = after.facility[after.stood]
        standing = None if self._facility_snaps is None else self._facility_snaps.take(rows)
        return joined_pairs(
            self._of_standing(
                "pairs", after, lambda: self._pairs_of(after.lonlat[after.stood], standing, limit_s)
            ),
            self._pairs_of(after.lonlat[after.fresh], fresh, limit_s),
            first_numbers=after.stood,
            second_numbers=after.fresh,
        )

    def _pairs_of(self, lonlat: FloatArray, snaps: Snaps | None, limit_s: float) -> TimeMatrix:
        if self._index is None or snaps is None or self._place_snaps is None:
            bound_s = limit_s
            if self._radius_m is not None:
                bound_s = min(limit_s, self._radius_m / self._profile.speed_in_a_straight_line_m_s())
            matrix = straight_line_within(lonlat, self._places, self._profile, limit_s=bound_s)
            return replace(matrix, limit_ms=round(limit_s * 1000))
        graph, places = self._index.graph, self._place_snaps
        if self._radius_m is None:
            return times_within(graph, snaps, places, limit_s=limit_s, direction=self._direction, threads=1)
        return times_within_radius(
            graph,
            snaps,
            places,
            self._profile,
            radius_m=self._radius_m,
            limit_s=limit_s,
            direction=self._direction,
            threads=1,
        )


@dataclass(frozen=True, kw_only=True)
class _After:
    """The facilities after all changes, as in :class:`Outcome`; which of them stand where they stood, which moved or are new."""

    lonlat: FloatArray
    capacity: FloatArray
    facility: IntArray
    stood: IntArray
    fresh: IntArray


def check_changes(changes: Sequence[Change], *, facilities: int) -> None:
    """Refuse changes that cannot be carried out together.

    Raises
    ------
    AnalysisError
        Naming the change, counted from 1.
    """
    seen: set[tuple[int, str]] = set()
    gone = (Action.CLOSE, Action.MERGE)
    for number, change in enumerate(changes, start=1):
        if change.action is not Action.OPEN:
            row = change.facility
            if row is None or not 0 <= row < facilities:
                raise AnalysisError(
                    gettext_noop("Change {number} names a facility that is not there."), number=number
                )
            # A facility may move and be resized; it cannot move twice, nor do anything once it is gone.
            if any(
                other == row and (kind == change.action or kind in gone or change.action in gone)
                for other, kind in seen
            ):
                raise AnalysisError(
                    gettext_noop("Change {number} is of a facility that another change has dealt with."),
                    number=number,
                )
            seen.add((row, change.action))
        _check_values(change, number)
    _check_mergers(changes, facilities)


def _check_values(change: Change, number: int) -> None:
    if change.action in (Action.OPEN, Action.MOVE):
        where = change.lonlat
        if where is None or not (np.isfinite(where).all() and abs(where[0]) <= 360 and abs(where[1]) <= 88):
            raise AnalysisError(
                gettext_noop("Change {number} needs a longitude and a latitude."), number=number
            )
    if change.capacity < 0 or (change.action is Action.RESIZE and np.isnan(change.capacity)):
        raise AnalysisError(gettext_noop("Change {number} needs a capacity of 0 or more."), number=number)


def _check_mergers(changes: Sequence[Change], facilities: int) -> None:
    """A facility is merged into another one that is there in the end."""
    gone = {change.facility for change in changes if change.action in (Action.CLOSE, Action.MERGE)}
    for number, change in enumerate(changes, start=1):
        if change.action is not Action.MERGE:
            continue
        if change.into is None or not 0 <= change.into < facilities or change.into in gone:
            raise AnalysisError(
                gettext_noop("Change {number} merges a facility into one that does not stay open."),
                number=number,
            )
