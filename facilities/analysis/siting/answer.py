"""What comes out: which sites open and close, what that is worth, and how far from the best it can be at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .problem import MAX_TIME_MS, FloatArray, IntArray, SiteRole, SitingProblem


class Objective(StrEnum):
    """What is sought."""

    MAX_COVER = "max-cover"
    """Most people within the limit."""
    P_MEDIAN = "p-median"
    """Least time in all, over all people."""
    SET_COVER = "set-cover"
    """Fewest (or cheapest) new sites that cover what must be covered."""
    P_CENTER = "p-center"
    """Shortest way for whoever has the longest."""


class Proof(StrEnum):
    """How sure the answer is."""

    OPTIMAL = "optimal"
    """No choice is better."""
    BOUNDED = "bounded"
    """Perhaps one is better, by the gap at most."""


@dataclass(frozen=True, kw_only=True)
class SitingAnswer:
    """A choice of sites.

    Attributes
    ----------
    objective
        What was sought.
    value
        What the choice is worth: people covered; person-milliseconds; sites or cost; milliseconds.
    bound
        No choice is worth more (max-cover) or takes less (the others) than this.
    gap
        |bound - value| ÷ |value|; 0 where the choice is proved to be best.
    proof
        Whether it is.
    method
        How it was found: ``exact`` or ``heuristic``.
    opened
        Sites that open, the most useful first (see ``gain``).
    closed
        Sites that close, the least missed first.
    gain
        For each opened site what it adds to those before it: people covered, or person-milliseconds saved.
    loss
        For each closed site what its closing takes, in their order, after all that opened.
    is_open
        Whether each site is open in the end.
    time_ms
        Milliseconds from each place to its nearest open site; -1 where none is within what was looked at.
    site
        That site, the lower number of two equally near; -1 where there is none.
    served
        People of each place who are served where capacity counts, else ``None``.
    out_of_reach
        Places with people that no site reaches, whatever is opened.
    """

    objective: Objective
    value: float
    bound: float
    proof: Proof
    method: str
    opened: IntArray
    closed: IntArray
    gain: FloatArray
    loss: FloatArray
    is_open: NDArray[np.bool_]
    time_ms: IntArray
    site: IntArray
    out_of_reach: IntArray
    served: FloatArray | None = None

    @property
    def gap(self) -> float:
        """How much better another choice could be, as a share of this one's value; 0 is a proof."""
        if self.proof is Proof.OPTIMAL or self.bound == self.value:
            return 0.0
        return abs(self.bound - self.value) / abs(self.value) if self.value else float("inf")


def finish(
    problem: SitingProblem,
    is_open: NDArray[np.bool_],
    *,
    objective: Objective,
    value: float,
    bound: float,
    proof: Proof,
    method: str,
    beyond_ms: int,
    counts_cover: bool,
    served: FloatArray | None = None,
) -> SitingAnswer:
    """Rank what opens and closes, and say who goes where.

    Parameters
    ----------
    counts_cover
        Gains and losses in people covered; otherwise in person-milliseconds, a place without a site at
        ``beyond_ms``.
    """
    chosen = np.flatnonzero(is_open & ~problem.open_today)
    gone = np.flatnonzero(~is_open & problem.open_today)
    weigh = _people_covered if counts_cover else _person_milliseconds_saved
    opened, gain = _ranked_openings(problem, chosen, beyond_ms=beyond_ms, weigh=weigh)
    closed, loss = _ranked_closings(problem, is_open, gone, beyond_ms=beyond_ms, weigh=weigh)
    site = problem.reach.nearest(is_open)
    reached = np.zeros(problem.reach.places, dtype=np.bool_)
    reached[problem.reach.place] = True
    return SitingAnswer(
        objective=objective,
        value=value,
        bound=bound,
        proof=proof,
        method=method,
        opened=opened,
        closed=closed,
        gain=gain,
        loss=loss,
        is_open=is_open,
        time_ms=np.where(site < 0, -1, problem.reach.best_times(is_open, beyond_ms=MAX_TIME_MS)),
        site=site,
        out_of_reach=np.flatnonzero(~reached & (problem.people > 0)),
        served=served,
    )


Weigh = Callable[[FloatArray, IntArray, IntArray, int], float]
"""What it is worth that some people's times fall from the first to the second; the number is ``beyond_ms``."""


def _people_covered(people: FloatArray, before: IntArray, after: IntArray, beyond_ms: int) -> float:
    return float(people[(before >= beyond_ms) & (after < beyond_ms)].sum())


def _person_milliseconds_saved(
    people: FloatArray, before: IntArray, after: IntArray, beyond_ms: int
) -> float:
    del beyond_ms  # whoever is out of reach counts with it in ``before``
    return float((people * (before - np.minimum(after, before))).sum())


def _gain(problem: SitingProblem, best: IntArray, site: int, *, beyond_ms: int, weigh: Weigh) -> float:
    reach = problem.reach
    rows = slice(int(reach.start[site]), int(reach.start[site + 1]))
    place = reach.place[rows]
    return weigh(problem.people[place], best[place], reach.time_ms[rows].astype(np.int64), beyond_ms)


def _ranked_openings(
    problem: SitingProblem, chosen: IntArray, *, beyond_ms: int, weigh: Weigh
) -> tuple[IntArray, FloatArray]:
    """Order sites by what each adds to today's network and those before it; ties to the lower number."""
    reach = problem.reach
    best = reach.best_times(problem.open_today, beyond_ms=beyond_ms)
    left, order, gains = [int(site) for site in chosen], [], []
    while left:
        added = [_gain(problem, best, site, beyond_ms=beyond_ms, weigh=weigh) for site in left]
        pick = int(np.argmax(added))
        gains.append(added[pick])
        site = left.pop(pick)
        order.append(site)
        rows = slice(int(reach.start[site]), int(reach.start[site + 1]))
        best[reach.place[rows]] = np.minimum(best[reach.place[rows]], reach.time_ms[rows])
    return np.array(order, dtype=np.int64), np.array(gains, dtype=np.float64)


def _ranked_closings(
    problem: SitingProblem, is_open: NDArray[np.bool_], gone: IntArray, *, beyond_ms: int, weigh: Weigh
) -> tuple[IntArray, FloatArray]:
    """Order closings by what each takes, after all openings and the closings before it: the least missed first.

    Counted backwards: what the last one to close would add if it opened again is what its closing took.
    """
    reach = problem.reach
    best = reach.best_times(is_open, beyond_ms=beyond_ms)
    left, order, losses = [int(site) for site in gone], [], []
    while left:
        added = [_gain(problem, best, site, beyond_ms=beyond_ms, weigh=weigh) for site in left]
        pick = int(np.argmax(added))
        losses.append(added[pick])
        site = left.pop(pick)
        order.append(site)
        rows = slice(int(reach.start[site]), int(reach.start[site + 1]))
        best[reach.place[rows]] = np.minimum(best[reach.place[rows]], reach.time_ms[rows])
    return np.array(order[::-1], dtype=np.int64), np.array(losses[::-1], dtype=np.float64)


__all__ = ["Objective", "Proof", "SiteRole", "SitingAnswer", "finish"]
