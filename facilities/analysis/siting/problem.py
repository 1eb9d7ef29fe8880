"""What is asked: people in places, sites that could serve them, and what may be decided about each site.

Everything is an array; times are whole milliseconds, so that a limit includes its own last millisecond and ties are ties.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo_registry.roadgraph import TimeMatrix

from ..errors import AnalysisError, gettext_noop

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MAX_TIME_MS = 2**31 - 1


class SiteRole(IntEnum):
    """What may be decided about a site."""

    FIXED = 0
    """Open, and stays open."""
    CLOSABLE = 1
    """Open today; may close."""
    CANDIDATE = 2
    """Not open today; may open."""
    FORCED = 3
    """Not open today; opens in every answer, and counts among the new ones."""


class SitingError(AnalysisError):
    """A question that has no answer, and why."""


class StoppedError(Exception):
    """The caller asked to stop; nothing was decided."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which places each site reaches, and in what time: a sparse matrix by site.

    Attributes
    ----------
    places
        How many places there are, reached or not.
    start
        int64, sites + 1: the pairs of site ``j`` are ``start[j]`` to ``start[j + 1]``.
    place
        int32, the place of each pair; ascending within a site, each once.
    time_ms
        int32, its time.
    """

    places: int
    start: IntArray
    place: NDArray[np.int32]
    time_ms: NDArray[np.int32]

    @classmethod
    def from_pairs(
        cls, site: ArrayLike, place: ArrayLike, time_ms: ArrayLike, *, sites: int, places: int
    ) -> Self:
        """Sort pairs by site and place; of two times for one pair the shorter is kept.

        Raises
        ------
        SitingError
            On a site or place that is not there, or a time that is negative or not finite.
        """
        site_of, place_of = np.asarray(site, dtype=np.int64), np.asarray(place, dtype=np.int64)
        times = np.asarray(time_ms)
        if not (len(site_of) == len(place_of) == len(times)):
            raise SitingError(gettext_noop("Sites, places and times of pairs differ in number."))
        if len(site_of) and (site_of.min() < 0 or site_of.max() >= sites):
            raise SitingError(gettext_noop("A pair names a site that is not there."))
        if len(place_of) and (place_of.min() < 0 or place_of.max() >= places):
            raise SitingError(gettext_noop("A pair names a place that is not there."))
        if len(times) and not (np.isfinite(times).all() and times.min() >= 0 and times.max() <= MAX_TIME_MS):
            raise SitingError(gettext_noop("A time between a site and a place is negative or not a number."))
        milliseconds = np.rint(times).astype(np.int32)
        order = np.lexsort((milliseconds, place_of, site_of))
        site_of, place_of, milliseconds = site_of[order], place_of[order], milliseconds[order]
        first = np.ones(len(order), dtype=np.bool_)
        first[1:] = (site_of[1:] != site_of[:-1]) | (place_of[1:] != place_of[:-1])
        start = np.zeros(sites + 1, dtype=np.int64)
        start[1:] = np.cumsum(np.bincount(site_of[first], minlength=sites))
        return cls(
            places=places,
            start=start,
            place=place_of[first].astype(np.int32),
            time_ms=milliseconds[first],
        )

    @classmethod
    def from_matrix(cls, matrix: TimeMatrix) -> Self:
        """Take a cost matrix as it is: its facilities are the sites."""
        return cls(places=matrix.places, start=matrix.start, place=matrix.place, time_ms=matrix.time_ms)

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return len(self.start) - 1

    @cached_property
    def site(self) -> NDArray[np.int32]:
        """The site of each pair."""
        return np.repeat(np.arange(self.sites, dtype=np.int32), np.diff(self.start))

    def within(self, limit_ms: int) -> Reach:
        """The pairs within a limit; the limit itself is."""
        keep = self.time_ms <= limit_ms
        start = np.zeros(self.sites + 1, dtype=np.int64)
        start[1:] = np.cumsum(np.bincount(self.site[keep], minlength=self.sites))
        return Reach(places=self.places, start=start, place=self.place[keep], time_ms=self.time_ms[keep])

    def take(self, sites: Sequence[int] | IntArray) -> Reach:
        """The pairs of some sites, in the order given."""
        chosen = np.asarray(sites, dtype=np.int64)
        counts = (self.start[1:] - self.start[:-1])[chosen]
        start = np.zeros(len(chosen) + 1, dtype=np.int64)
        start[1:] = np.cumsum(counts)
        rows = np.arange(start[-1]) - np.repeat(start[:-1] - self.start[chosen], counts)
        return Reach(places=self.places, start=start, place=self.place[rows], time_ms=self.time_ms[rows])

    def best_times(self, is_open: NDArray[np.bool_], *, beyond_ms: int) -> IntArray:
        """Milliseconds from each place to the nearest open site; ``beyond_ms`` where none is near."""
        best = np.full(self.places, beyond_ms, dtype=np.int64)
        rows = is_open[self.site]
        np.minimum.at(best, self.place[rows], self.time_ms[rows].astype(np.int64))
        return best

    def nearest(self, is_open: NDArray[np.bool_]) -> IntArray:
        """The nearest open site of each place, the lower number of two equally near; -1 where none is near."""
        none = np.int64(2**62)
        keys = np.full(self.places, none, dtype=np.int64)
        rows = is_open[self.site]
        packed = self.time_ms[rows].astype(np.int64) * self.sites + self.site[rows]
        np.minimum.at(keys, self.place[rows], packed)
        return np.where(keys == none, -1, keys % max(self.sites, 1))


@dataclass(frozen=True, kw_only=True)
class SitingProblem:
    """Places with people, sites with roles, and what a choice of sites has to keep to.

    Attributes
    ----------
    people
        Weight of each place, 0 or more: people of the age group that is asked about.
    reach
        Pairs within the farthest time that is looked at.
    roles
        A :class:`SiteRole` each.
    open_at_most
        How many sites may open, forced ones among them.
    close_exactly
        How many closable sites close. Set cover closes as many as it can spare, whatever this says.
    cost, budget
        Cost of each site that opens (forced ones too), and what may be spent. ``None``: not counted.
    capacity
        How many people each site can serve, infinite where that is not known; ``None``: not considered.
    area, floors
        Area (a township) of each place, -1 for none, and for each area the least share of its people that
        must be covered; people out of everybody's reach are in the divisor.
    area_names
        What each area is called, for whoever reads a refusal; without them an area is told by its number.

    Raises
    ------
    SitingError
        When made with lengths that differ, weights that are not numbers, or numbers that cannot be met.
    """

    people: FloatArray
    reach: Reach
    roles: NDArray[np.int8]
    open_at_most: int
    close_exactly: int = 0
    cost: FloatArray | None = None
    budget: float | None = None
    capacity: FloatArray | None = None
    area: IntArray | None = None
    floors: FloatArray | None = None
    area_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        people = np.asarray(self.people, dtype=np.float64)
        object.__setattr__(self, "people", people)
        object.__setattr__(self, "roles", np.asarray(self.roles, dtype=np.int8))
        _check_lengths(self)
        _check_numbers(self)
        _check_counts(self)

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return len(self.roles)

    @property
    def may_open(self) -> NDArray[np.bool_]:
        """Sites that may open and need not."""
        return np.equal(self.roles, SiteRole.CANDIDATE)

    @property
    def may_close(self) -> NDArray[np.bool_]:
        """Sites that may close."""
        return np.equal(self.roles, SiteRole.CLOSABLE)

    @property
    def always_open(self) -> NDArray[np.bool_]:
        """Sites that are open in every answer."""
        return np.isin(self.roles, (SiteRole.FIXED, SiteRole.FORCED))

    @property
    def open_today(self) -> NDArray[np.bool_]:
        """Sites that are open before anything is decided."""
        return np.isin(self.roles, (SiteRole.FIXED, SiteRole.CLOSABLE))

    @property
    def forced(self) -> int:
        """How many sites open in every answer."""
        return int((self.roles == SiteRole.FORCED).sum())

    @property
    def total_people(self) -> float:
        """Everybody, in reach of any site or not."""
        return float(self.people.sum())

    def floor_people(self) -> FloatArray:
        """For each area the people who must be covered."""
        if self.area is None or self.floors is None:
            return np.zeros(0)
        return self.floors * self.people_by_area(np.ones(len(self.people), dtype=np.bool_))

    def people_by_area(self, chosen: NDArray[np.bool_]) -> FloatArray:
        """People of the chosen places in each area."""
        if self.area is None or self.floors is None:
            return np.zeros(0)
        rows = chosen & (self.area >= 0)
        return weighed(self.area[rows], self.people[rows], count=len(self.floors))

    def with_(self, **changes: Any) -> SitingProblem:
        """The same question with some of its parts changed."""
        return replace(self, **changes)


def _check_lengths(problem: SitingProblem) -> None:
    expected = {
        "people": (len(problem.people), problem.reach.places),
        "roles": (len(problem.roles), problem.reach.sites),
    }
    for name in ("cost", "capacity"):
        values = getattr(problem, name)
        if values is not None:
            object.__setattr__(problem, name, np.asarray(values, dtype=np.float64))
            expected[name] = (len(values), problem.reach.sites)
    if problem.area is not None:
        object.__setattr__(problem, "area", np.asarray(problem.area, dtype=np.int64))
        expected["area"] = (len(problem.area), problem.reach.places)
    for name, (found, wanted) in expected.items():
        if found != wanted:
            raise SitingError(
                gettext_noop("“{name}” has {found} values; there are {wanted}."),
                name=name,
                found=found,
                wanted=wanted,
            )
    if (problem.floors is None) != (problem.area is None):
        raise SitingError(gettext_noop("Least shares and the areas they are for go together."))
    if problem.floors is not None and problem.area is not None:
        object.__setattr__(problem, "floors", np.asarray(problem.floors, dtype=np.float64))
        if len(problem.area) and problem.area.max() >= len(problem.floors):
            raise SitingError(gettext_noop("A place lies in an area that has no least share."))


def _check_numbers(problem: SitingProblem) -> None:
    wrong = ~(np.isfinite(problem.people) & (problem.people >= 0))
    if wrong.any():
        raise SitingError(
            gettext_noop("The place in row {row} has {value} people."),
            row=int(wrong.argmax()),
            value=float(problem.people[wrong.argmax()]),
        )
    if problem.total_people <= 0:
        raise SitingError(gettext_noop("Nobody lives in these places: there is nobody to serve."))
    if problem.cost is not None and not (np.isfinite(problem.cost).all() and (problem.cost >= 0).all()):
        raise SitingError(gettext_noop("A site's cost is negative or not a number."))
    if problem.budget is not None and not (np.isfinite(problem.budget) and problem.budget >= 0):
        raise SitingError(gettext_noop("The budget is {value}."), value=problem.budget)
    if (problem.budget is None) != (problem.cost is None):
        raise SitingError(gettext_noop("A budget and the costs of sites go together."))
    if problem.capacity is not None and (np.isnan(problem.capacity) | (problem.capacity < 0)).any():
        raise SitingError(gettext_noop("A site's capacity is negative or not a number."))
    floors = problem.floors
    if floors is not None and not ((floors >= 0) & (floors <= 1)).all():
        raise SitingError(gettext_noop("A least share must lie between 0 and 1."))


def _check_counts(problem: SitingProblem) -> None:
    candidates = int(problem.may_open.sum())
    if problem.open_at_most < 0:
        raise SitingError(gettext_noop("The number of new sites is {count}."), count=problem.open_at_most)
    if problem.forced > problem.open_at_most:
        raise SitingError(
            gettext_noop("{forced} sites must open, and only {count} may."),
            forced=problem.forced,
            count=problem.open_at_most,
        )
    if problem.open_at_most > candidates + problem.forced:
        raise SitingError(
            gettext_noop("{count} new sites are asked for, and there are {candidates} candidates."),
            count=problem.open_at_most,
            candidates=candidates + problem.forced,
        )
    closable = int(problem.may_close.sum())
    if not 0 <= problem.close_exactly <= closable:
        raise SitingError(
            gettext_noop("{count} sites shall close, and {closable} may."),
            count=problem.close_exactly,
            closable=closable,
        )
    if problem.cost is not None and problem.budget is not None:
        needed = float(problem.cost[problem.roles == SiteRole.FORCED].sum())
        if needed > problem.budget:
            raise SitingError(
                gettext_noop("The sites that must open cost {needed}; the budget is {budget}."),
                needed=needed,
                budget=problem.budget,
            )


def weighed(number: NDArray[Any], weights: FloatArray, *, count: int) -> FloatArray:
    """Sum weights by a number from 0 to ``count`` - 1."""
    return np.bincount(number, weights=weights, minlength=count).astype(np.float64)


StopCheck = Callable[[], bool]


def never() -> bool:
    """Nobody asks to stop."""
    return False
