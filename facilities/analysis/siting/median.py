"""p-median: least time in all (Hakimi 1964)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import gettext_noop
from .answer import Objective, Proof, SitingAnswer, finish
from .cover import Effort
from .exchange import Costs, good_choice, lagrangian_bound, without_useless
from .mip import INFINITY
from .problem import IntArray, Reach, SitingError, SitingProblem, StopCheck, never
from .programs import (
    Draft,
    check_floors_possible,
    draft,
    meets_floors,
    no_choice,
    no_time,
    quick_is_not_enough,
)

EXACT_PAIRS = 60_000
"""Pairs up to which ``auto`` tries for a proof: this program is larger than max-cover's."""


def p_median(
    problem: SitingProblem,
    *,
    beyond_ms: int,
    limit_ms: int | None = None,
    effort: Effort = "auto",
    time_limit_s: float = 60.0,
    stop: StopCheck = never,
) -> SitingAnswer:
    """Choose the sites from which people are nearest on the whole: least Σ people × time.

    Parameters
    ----------
    problem
        The question. Capacities are not considered: max-cover does that.
    beyond_ms
        The time charged to people whom no open site reaches; no less than the longest time in ``problem.reach``.
    limit_ms
        What counts as covered for the least share of an area; needed where there are any.
    effort, time_limit_s, stop
        As in :func:`~facilities.analysis.siting.max_cover`.

    Raises
    ------
    SitingError
        If ``beyond_ms`` is too short, capacities are given, or least shares or the budget cannot be met.
    StoppedError
        If ``stop`` says so.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.siting import Reach, SiteRole, SitingProblem, p_median
    >>> reach = Reach.from_pairs(
    ...     site=[0, 0, 1, 1], place=[0, 1, 0, 1], time_ms=[0, 9_000, 9_000, 0], sites=2, places=2)
    >>> problem = SitingProblem(
    ...     people=np.array([5.0, 3.0]), reach=reach, roles=np.full(2, SiteRole.CANDIDATE), open_at_most=1)
    >>> answer = p_median(problem, beyond_ms=60_000)
    >>> answer.opened.tolist(), answer.value
    ([0], 27000.0)
    """
    if problem.capacity is not None:
        raise SitingError(gettext_noop("Capacities are considered by max-cover only."))
    if len(problem.reach.time_ms) and beyond_ms < problem.reach.time_ms.max():
        raise SitingError(
            gettext_noop(
                "People out of reach are charged {beyond_ms} ms, less than a way of {longest_ms} ms that is known."
            ),
            beyond_ms=beyond_ms,
            longest_ms=int(problem.reach.time_ms.max()),
        )
    if problem.floors is not None and limit_ms is None:
        raise SitingError(gettext_noop("A least share needs a limit of time to be counted within."))
    cover = problem.reach.within(beyond_ms if limit_ms is None else limit_ms)
    check_floors_possible(problem, cover)
    costs = Costs(problem=problem, time=problem.reach.time_ms, beyond=beyond_ms)
    quick = good_choice(costs, stop=stop)
    is_open, value = quick, costs.total(quick)
    allowed = meets_floors(problem, cover, quick)
    whole = bool((problem.people == np.floor(problem.people)).all())
    # Without the least shares there is more to choose from: what nothing undercuts there nothing undercuts here.
    bound = lagrangian_bound(costs, value=value, stop=stop, is_whole=whole)
    proof, method = Proof.BOUNDED, "heuristic"
    small = len(problem.reach.place) <= EXACT_PAIRS
    if effort == "exact" or (effort == "auto" and (bound < value or not allowed) and (small or not allowed)):
        found, mip_bound, proof = _prove(
            problem, quick if allowed else None, cover=cover, beyond_ms=beyond_ms, stop=stop, time_limit_s=time_limit_s
        )  # fmt: skip
        if proof is Proof.OPTIMAL or not allowed or costs.total(found) < value:
            is_open = without_useless(
                costs, found, is_allowed=lambda some: meets_floors(problem, cover, some)
            )
            value = costs.total(is_open)
        method, bound = "exact", max(bound, mip_bound)
    elif not allowed:
        raise quick_is_not_enough()
    if bound >= value - 1e-9 * max(abs(value), 1.0):
        proof = Proof.OPTIMAL
    return finish(
        problem,
        is_open,
        objective=Objective.P_MEDIAN,
        value=value,
        bound=value if proof is Proof.OPTIMAL else bound,
        proof=proof,
        method=method,
        beyond_ms=beyond_ms,
        counts_cover=False,
    )


def _prove(
    problem: SitingProblem,
    quick: NDArray[np.bool_] | None,
    *,
    cover: Reach,
    beyond_ms: int,
    stop: StopCheck,
    time_limit_s: float,
) -> tuple[NDArray[np.bool_], float, Proof]:
    program = draft(problem)
    constant = _add_levels(program, beyond_ms=beyond_ms)
    program.require_floors(cover)
    found = program.solve(stop=stop, time_limit_s=time_limit_s)
    if found is None:
        raise no_choice(problem)
    is_open = quick if found.x is None else program.is_open(found.x)
    if is_open is None:
        raise no_time(time_limit_s)
    return is_open, found.bound + constant, Proof.OPTIMAL if found.is_optimal else Proof.BOUNDED


def _add_levels(program: Draft, *, beyond_ms: int) -> float:
    """Add a column for each place and distinct time: 1 unless a site at least that near is open.

    A place then costs its nearest time and every step up to the first open site; each level is held up by the one below it unless
    one of its own sites is open (Elloumi 2010, a tighter formulation of the p-median problem). Returns the cost that
    no choice avoids.
    """
    problem, reach = program.problem, program.problem.reach
    ceiling = problem.reach.best_times(problem.always_open, beyond_ms=beyond_ms)
    free = (problem.may_open | problem.may_close)[reach.site]
    below = reach.time_ms < ceiling[reach.place]
    rows = np.flatnonzero(free & below)
    order = rows[np.lexsort((reach.site[rows], reach.time_ms[rows], reach.place[rows]))]
    place, time = reach.place[order].astype(np.int64), reach.time_ms[order].astype(np.int64)
    if not len(order):
        return float((problem.people * ceiling).sum())
    new_place = np.r_[True, place[1:] != place[:-1]]
    new_level = new_place | np.r_[True, time[1:] != time[:-1]]
    level = np.cumsum(new_level) - 1
    level_place, level_time = place[new_level], time[new_level]
    last = np.r_[level_place[1:] != level_place[:-1], True]
    following = np.where(last, ceiling[level_place], np.r_[level_time[1:], 0])
    number = program.add_columns(problem.people[level_place] * (following - level_time))
    first_level = np.flatnonzero(new_place[new_level])
    starts = np.zeros(len(level_place), dtype=np.bool_)
    starts[first_level] = True
    chained = np.flatnonzero(~starts)
    program.rows.add_block(
        np.concatenate([np.arange(len(number)), level, chained]),
        np.concatenate([number, program.column[reach.site[order]], number[chained - 1]]),
        np.concatenate([np.ones(len(number)), np.ones(len(order)), np.full(len(chained), -1.0)]),
        lower=np.where(starts, 1.0, 0.0),
        upper=np.full(len(number), INFINITY),
    )
    base = _base_times(ceiling, level_place[first_level], level_time[first_level])
    return float((problem.people * base).sum())


def _base_times(ceiling: IntArray, place: IntArray, time: IntArray) -> IntArray:
    base = ceiling.copy()
    base[place] = time
    return base
