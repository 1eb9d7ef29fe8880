"""What every choice of sites has to keep to, as columns and rows of a program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import gettext_noop
from .merging import MergedRows, merge_places
from .mip import INFINITY, Program, Rows, Solution, solve
from .problem import FloatArray, IntArray, Reach, SitingError, SitingProblem, StopCheck


@dataclass(kw_only=True)
class Draft:
    """A program in the making: one whole column for each site that is free to open or close, then more.

    Attributes
    ----------
    problem
        The question.
    free
        The sites that are decided, ascending; they are the first columns.
    column
        The column of each site; -1 if it is not decided.
    cost, upper, whole
        Of the columns so far.
    rows
        The constraints so far.
    """

    problem: SitingProblem
    free: IntArray
    column: IntArray
    cost: list[FloatArray]
    upper: list[FloatArray]
    whole: list[NDArray[np.bool_]]
    rows: Rows
    columns: int

    def add_columns(self, cost: FloatArray, *, upper: float = 1.0) -> IntArray:
        """Add columns between 0 and ``upper`` that need not be whole; return their numbers."""
        number = np.arange(self.columns, self.columns + len(cost))
        self.columns += len(cost)
        self.cost.append(np.asarray(cost, dtype=np.float64))
        self.upper.append(np.full(len(cost), upper))
        self.whole.append(np.zeros(len(cost), dtype=np.bool_))
        return number

    def require_floors(self, cover: Reach) -> None:
        """Require the least share of every area, counted within ``cover``."""
        problem = self.problem
        if problem.floors is None or problem.area is None:
            return
        merged, given = uncovered_rows(problem, cover, area=problem.area)
        number = self.add_cover(merged, np.zeros(merged.count))
        need = problem.floor_people() - given
        for area in np.flatnonzero(need > 1e-9):
            rows = np.flatnonzero(merged.area == area)
            self.rows.add(number[rows], merged.weight[rows], lower=need[area] - 1e-6, upper=INFINITY)

    def add_cover(self, merged: MergedRows, cost: FloatArray) -> IntArray:
        """Add a column for each merged row that is 1 only where one of its sites is open."""
        number = self.add_columns(cost)
        self.rows.add_block(
            np.concatenate([np.arange(merged.count), merged.row]),
            np.concatenate([number, self.column[merged.site]]),
            np.concatenate([np.ones(merged.count), np.full(len(merged.row), -1.0)]),
            lower=np.full(merged.count, -INFINITY),
            upper=np.zeros(merged.count),
        )
        return number

    def is_open(self, x: FloatArray) -> NDArray[np.bool_]:
        """Read which sites are open."""
        opened = self.problem.always_open.copy()
        opened[self.free] = x[: len(self.free)] > 0.5
        return opened

    def solve(self, *, stop: StopCheck, time_limit_s: float) -> Solution | None:
        """Solve what has been gathered; ``None`` if no choice satisfies it."""
        cost = np.concatenate(self.cost)
        program = Program(
            cost=cost,
            lower=np.zeros(len(cost)),
            upper=np.concatenate(self.upper),
            whole=np.concatenate(self.whole),
            rows=self.rows,
        )
        return solve(program, stop=stop, time_limit_s=time_limit_s)


def draft(problem: SitingProblem, *, site_cost: FloatArray | None = None, keep_counts: bool = True) -> Draft:
    """Begin a program: the free sites, how many may open and must close, and the budget.

    Parameters
    ----------
    site_cost
        What each open site adds to the objective; nothing if not given.
    keep_counts
        Whether exactly ``close_exactly`` sites close; otherwise as many as the objective likes.
    """
    free = np.flatnonzero(problem.may_open | problem.may_close)
    column = np.full(problem.sites, -1, dtype=np.int64)
    column[free] = np.arange(len(free))
    rows = Rows()
    candidates, closable = np.flatnonzero(problem.may_open), np.flatnonzero(problem.may_close)
    if len(candidates):
        rows.add(column[candidates], 1.0, lower=0.0, upper=float(problem.open_at_most - problem.forced))
    if len(closable) and keep_counts:
        kept = float(len(closable) - problem.close_exactly)
        rows.add(column[closable], 1.0, lower=kept, upper=kept)
    if problem.cost is not None and problem.budget is not None and len(candidates):
        forced = float(problem.cost[problem.always_open & ~problem.open_today].sum())
        rows.add(column[candidates], problem.cost[candidates], lower=0.0, upper=problem.budget - forced)
    return Draft(
        problem=problem,
        free=free,
        column=column,
        cost=[np.zeros(len(free)) if site_cost is None else site_cost[free]],
        upper=[np.ones(len(free))],
        whole=[np.ones(len(free), dtype=np.bool_)],
        rows=rows,
        columns=len(free),
    )


def uncovered_rows(
    problem: SitingProblem, cover: Reach, *, area: IntArray | None = None
) -> tuple[MergedRows, FloatArray]:
    """Merge the places that sites open in every answer do not cover; and the people of each area whom those do."""
    given = np.zeros(cover.places, dtype=np.bool_)
    given[cover.place[problem.always_open[cover.site]]] = True
    pairs = ~given[cover.place]
    start = np.zeros(cover.sites + 1, dtype=np.int64)
    start[1:] = np.cumsum(np.bincount(cover.site[pairs], minlength=cover.sites))
    left = Reach(places=cover.places, start=start, place=cover.place[pairs], time_ms=cover.time_ms[pairs])
    free = problem.may_open | problem.may_close
    return merge_places(left, problem.people, sites=free, area=area), problem.people_by_area(given)


def check_floors_possible(problem: SitingProblem, cover: Reach) -> None:
    """Refuse least shares that could not be met with every site open.

    Raises
    ------
    SitingError
        Naming the first such area.
    """
    if problem.floors is None:
        return
    anywhere = np.zeros(cover.places, dtype=np.bool_)
    anywhere[cover.place] = True
    most, need = problem.people_by_area(anywhere), problem.floor_people()
    short = most < need - 1e-6
    if short.any():
        area = int(short.argmax())
        raise SitingError(
            gettext_noop(
                "{area} cannot have its least share: with every site open {most} people are covered, and {need} must be."
            ),
            area=problem.area_names[area] if problem.area_names else f"#{area}",
            most=round(float(most[area]), 1),
            need=round(float(need[area]), 1),
        )


def meets_floors(problem: SitingProblem, cover: Reach, is_open: NDArray[np.bool_]) -> bool:
    """Whether a choice gives every area its least share."""
    if problem.floors is None:
        return True
    covered = np.zeros(cover.places, dtype=np.bool_)
    covered[cover.place[is_open[cover.site]]] = True
    return bool((problem.people_by_area(covered) >= problem.floor_people() - 1e-6).all())


def no_choice(problem: SitingProblem) -> SitingError:
    """The error for constraints that contradict each other."""
    return SitingError(
        gettext_noop("No choice of {count} new sites meets every least share and the budget."),
        count=problem.open_at_most,
    )


def no_time(time_limit_s: float) -> SitingError:
    """The error for a search that found nothing in its time."""
    return SitingError(
        gettext_noop(
            "No answer was found within {seconds} s. Allow more time, fewer candidates or smaller least shares."
        ),
        seconds=time_limit_s,
    )


def quick_is_not_enough() -> SitingError:
    """The error for a quick choice that leaves an area below its least share."""
    return SitingError(
        gettext_noop("The quick search does not give every area its least share; ask for the exact one.")
    )
