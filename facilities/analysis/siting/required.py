"""Set cover and p-center: everybody is served, by fewest sites or with the shortest longest way.

Set cover: Toregas and others (1971). p-center: Hakimi (1964), by set covers at rising limits (Minieka 1970).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import gettext_noop
from .answer import Objective, Proof, SitingAnswer, finish
from .cover import EXACT_PAIRS, Effort
from .mip import INFINITY, Solution
from .problem import (
    FloatArray,
    Reach,
    SitingError,
    SitingProblem,
    StopCheck,
    StoppedError,
    never,
)
from .programs import (
    Draft,
    check_floors_possible,
    draft,
    meets_floors,
    no_choice,
    no_time,
    uncovered_rows,
)


def set_cover(
    problem: SitingProblem,
    *,
    limit_ms: int,
    share: float = 1.0,
    effort: Effort = "auto",
    time_limit_s: float = 60.0,
    stop: StopCheck = never,
) -> SitingAnswer:
    """Choose the fewest sites (the cheapest, where costs are given) that cover everybody who can be covered.

    Sites that are fixed count nothing; each closable one that stays counts like each new one, so that what can be spared closes.

    Parameters
    ----------
    problem
        The question. ``open_at_most`` and the budget are upper limits.
    limit_ms
        What counts as covered.
    share
        The part of the people within anybody's reach who must be covered.
    effort, time_limit_s, stop
        As in :func:`~facilities.analysis.siting.max_cover`.

    Raises
    ------
    SitingError
        If it takes more than what is allowed, or least shares cannot be met.
    StoppedError
        If ``stop`` says so.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.siting import Reach, SiteRole, SitingProblem, set_cover
    >>> reach = Reach.from_pairs(
    ...     site=[0, 1, 1, 2], place=[0, 0, 1, 1], time_ms=[1, 1, 1, 1], sites=3, places=3)
    >>> problem = SitingProblem(
    ...     people=np.array([5.0, 3.0, 2.0]), reach=reach, roles=np.full(3, SiteRole.CANDIDATE), open_at_most=3)
    >>> answer = set_cover(problem, limit_ms=1)
    >>> answer.opened.tolist(), answer.value, answer.out_of_reach.tolist()
    ([1], 1.0, [2])
    """
    if not 0 <= share <= 1:
        raise SitingError(
            gettext_noop("The share of people to cover must lie between 0 and 1; it is {value}."), value=share
        )
    if problem.capacity is not None:
        raise SitingError(gettext_noop("Capacities are considered by max-cover only."))
    problem = problem.with_(reach=problem.reach.within(limit_ms))
    check_floors_possible(problem, problem.reach)
    weights = np.ones(problem.sites) if problem.cost is None else problem.cost
    need = share * _reachable_people(problem)
    quick = _greedy_cover(problem, weights, need=need, stop=stop)
    if effort == "quick" or (effort == "auto" and len(problem.reach.place) > EXACT_PAIRS):
        is_open, bound, proof, method = *_bounded(problem, quick, weights, need=need), "heuristic"
    else:
        is_open, bound, proof = _prove(
            problem, weights, quick, share=share, need=need, stop=stop, time_limit_s=time_limit_s
        )
        method = "exact"
    value = _price(problem, weights, is_open)
    if bound >= value - 1e-6:
        proof = Proof.OPTIMAL
    return finish(
        problem,
        is_open,
        objective=Objective.SET_COVER,
        value=value,
        bound=value if proof is Proof.OPTIMAL else bound,
        proof=proof,
        method=method,
        beyond_ms=limit_ms + 1,
        counts_cover=True,
    )


def p_center(
    problem: SitingProblem,
    *,
    effort: Effort = "auto",
    time_limit_s: float = 60.0,
    stop: StopCheck = never,
) -> SitingAnswer:
    """Choose the sites for which the longest way is shortest.

    Places that no site reaches at all are named in ``out_of_reach`` and left out: no choice helps them.

    Parameters
    ----------
    problem
        The question; its longest times are the farthest that is looked at. Least shares and capacities are not considered.
    effort, time_limit_s, stop
        As in :func:`~facilities.analysis.siting.max_cover`; the time is for each limit that is tried.

    Raises
    ------
    SitingError
        If the sites allowed cannot serve everybody within the farthest time that is known.
    StoppedError
        If ``stop`` says so.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.siting import Reach, SiteRole, SitingProblem, p_center
    >>> reach = Reach.from_pairs(
    ...     site=[0, 0, 1, 1], place=[0, 1, 0, 1], time_ms=[0, 9, 6, 5], sites=2, places=2)
    >>> problem = SitingProblem(
    ...     people=np.array([5.0, 3.0]), reach=reach, roles=np.full(2, SiteRole.CANDIDATE), open_at_most=1)
    >>> answer = p_center(problem)
    >>> answer.opened.tolist(), answer.value
    ([1], 6.0)
    """
    if problem.capacity is not None or problem.floors is not None:
        raise SitingError(gettext_noop("Capacities and least shares are not considered by p-center."))
    limits = np.unique(problem.reach.time_ms[problem.people[problem.reach.place] > 0])
    if not len(limits):
        raise SitingError(gettext_noop("No site reaches anybody."))
    exact = effort == "exact" or (effort == "auto" and len(problem.reach.place) <= EXACT_PAIRS)
    everybody = _reachable_people(problem)
    low, high = -1, len(limits) - 1
    best: NDArray[np.bool_] | None = None
    refuted = -1
    while high - low > 1 or best is None:
        middle = high if best is None else (low + high) // 2
        limit_ms = int(limits[middle])
        is_open, is_proved = _cover_within(
            problem.with_(reach=problem.reach.within(limit_ms)),
            need=everybody,
            exact=exact,
            time_limit_s=time_limit_s,
            stop=stop,
        )
        if is_open is not None:
            best = is_open
            reached = problem.reach.best_times(best, beyond_ms=int(limits[-1]))
            longest = int(reached[_reachable(problem)].max())
            high = min(middle, int(np.searchsorted(limits, longest)))
        elif best is None:
            raise SitingError(
                gettext_noop(
                    "{count} new sites cannot serve everybody within {minutes} minutes, the farthest that was looked at."
                ),
                count=problem.open_at_most,
                minutes=round(limit_ms / 60_000, 1),
            )
        else:
            low = middle
            if is_proved:
                refuted = max(refuted, middle)
    value = float(limits[high])
    bound = float(limits[refuted + 1])
    return finish(
        problem,
        best,
        objective=Objective.P_CENTER,
        value=value,
        bound=bound,
        proof=Proof.OPTIMAL if bound == value else Proof.BOUNDED,
        method="exact" if exact else "heuristic",
        beyond_ms=int(limits[-1]) + 1,
        counts_cover=False,
    )


def _reachable(problem: SitingProblem) -> NDArray[np.bool_]:
    reached = np.zeros(problem.reach.places, dtype=np.bool_)
    reached[problem.reach.place] = True
    return reached & (problem.people > 0)


def _reachable_people(problem: SitingProblem) -> float:
    return float(problem.people[_reachable(problem)].sum())


def _price(problem: SitingProblem, weights: FloatArray, is_open: NDArray[np.bool_]) -> float:
    return float(weights[is_open & (problem.roles != 0)].sum())


def _covered(reach: Reach, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
    covered = np.zeros(reach.places, dtype=np.bool_)
    covered[reach.place[is_open[reach.site]]] = True
    return covered


def _greedy_cover(
    problem: SitingProblem, weights: FloatArray, *, need: float, stop: StopCheck
) -> NDArray[np.bool_] | None:
    """Open what covers most for its price until enough is covered, then drop what is not needed.

    ``None`` if that takes more sites or money than is allowed.
    """
    reach, people = problem.reach, problem.people
    is_open = problem.always_open.copy()
    covered = _covered(reach, is_open)
    free = problem.may_open | problem.may_close
    while float(people[covered].sum()) < need - 1e-6:
        if stop():
            raise StoppedError
        open_pairs = ~covered[reach.place]
        gain = np.bincount(
            reach.site[open_pairs], weights=people[reach.place[open_pairs]], minlength=problem.sites
        )
        gain[~free | is_open] = 0
        if gain.max() <= 0:
            return None
        site = int(np.argmax(gain / np.maximum(weights, 1e-12)))
        is_open[site] = True
        covered[reach.place[reach.start[site] : reach.start[site + 1]]] = True
    for site in np.flatnonzero(is_open & free)[::-1]:
        without = is_open.copy()
        without[site] = False
        if float(people[_covered(reach, without)].sum()) >= need - 1e-6:
            is_open = without
    new = is_open & ~problem.open_today
    if int(new.sum()) > problem.open_at_most:
        return None
    if (
        problem.cost is not None
        and problem.budget is not None
        and problem.cost[new].sum() > problem.budget + 1e-9
    ):
        return None
    return is_open if meets_floors(problem, reach, is_open) else None


def _bounded(
    problem: SitingProblem, quick: NDArray[np.bool_] | None, weights: FloatArray, *, need: float
) -> tuple[NDArray[np.bool_], float, Proof]:
    """Bound the greedy answer: it costs at most H(d) times the least, d the most places of one site (Chvátal 1979)."""
    if quick is None:
        raise SitingError(
            gettext_noop(
                "The quick search found no choice within the number of sites and the budget; ask for the exact one."
            )
        )
    largest = int(np.diff(problem.reach.start).max(initial=1))
    harmonic = math.log(largest) + 0.5772156649 + 1 / (2 * largest)
    price = _price(problem, weights, quick)
    forced = _price(problem, weights, problem.always_open)
    whole_need = need >= _reachable_people(problem) - 1e-6
    return quick, forced + (price - forced) / harmonic if whole_need else forced, Proof.BOUNDED


def _program(problem: SitingProblem, weights: FloatArray, *, share: float, need: float) -> Draft:
    program = draft(problem, site_cost=weights, keep_counts=False)
    merged, _given = uncovered_rows(problem, problem.reach)
    if share >= 1:
        inhabited = np.flatnonzero(merged.weight > 0)
        number = np.full(merged.count, -1)
        number[inhabited] = np.arange(len(inhabited))
        pairs = number[merged.row] >= 0
        program.rows.add_block(
            number[merged.row[pairs]],
            program.column[merged.site[pairs]],
            np.ones(int(pairs.sum())),
            lower=np.ones(len(inhabited)),
            upper=np.full(len(inhabited), INFINITY),
        )
    else:
        always = float(problem.people[_covered(problem.reach, problem.always_open)].sum())
        number = program.add_cover(merged, np.zeros(merged.count))
        program.rows.add(number, merged.weight, lower=need - always - 1e-6, upper=INFINITY)
    program.require_floors(problem.reach)
    return program


def _prove(
    problem: SitingProblem,
    weights: FloatArray,
    quick: NDArray[np.bool_] | None,
    *,
    share: float,
    need: float,
    stop: StopCheck,
    time_limit_s: float,
) -> tuple[NDArray[np.bool_], float, Proof]:
    program = _program(problem, weights, share=share, need=need)
    found = program.solve(stop=stop, time_limit_s=time_limit_s)
    if found is None:
        raise no_choice(problem)
    is_open = quick if found.x is None else program.is_open(found.x)
    if is_open is None:
        raise no_time(time_limit_s)
    if quick is not None and _price(problem, weights, quick) < _price(problem, weights, is_open) - 1e-9:
        is_open = quick
    # Time may be up before any bound is known; a price is never negative.
    bound = max(_rounded(found, weights), 0.0)
    return is_open, bound + _price(problem, weights, problem.always_open), _proof(found)


def _rounded(found: Solution, weights: FloatArray) -> float:
    """A bound on a count of sites may be rounded up."""
    return (
        math.ceil(found.bound - 1e-6) if (weights == 1).all() and math.isfinite(found.bound) else found.bound
    )


def _proof(found: Solution) -> Proof:
    return Proof.OPTIMAL if found.is_optimal else Proof.BOUNDED


def _cover_within(
    problem: SitingProblem, *, need: float, exact: bool, time_limit_s: float, stop: StopCheck
) -> tuple[NDArray[np.bool_] | None, bool]:
    """A choice that covers everybody within the limit, or ``None``; and whether that there is none is proved."""
    if _reachable_people(problem) < need - 1e-6:
        return None, True
    keeps_counts = problem.close_exactly > 0
    weights = np.ones(problem.sites)
    if not keeps_counts:
        kept = problem.with_(roles=np.where(problem.roles == 1, 0, problem.roles).astype(np.int8))
        quick = _greedy_cover(kept, weights, need=need, stop=stop)
        if quick is not None:
            return quick, False
    if not exact:
        return None, False
    program = draft(problem)
    merged, _given = uncovered_rows(problem, problem.reach)
    inhabited = np.flatnonzero(merged.weight > 0)
    number = np.full(merged.count, -1)
    number[inhabited] = np.arange(len(inhabited))
    pairs = number[merged.row] >= 0
    program.rows.add_block(
        number[merged.row[pairs]],
        program.column[merged.site[pairs]],
        np.ones(int(pairs.sum())),
        lower=np.ones(len(inhabited)),
        upper=np.full(len(inhabited), INFINITY),
    )
    found = program.solve(stop=stop, time_limit_s=time_limit_s)
    if found is None:
        return None, True
    if found.x is None:
        return None, False
    return program.is_open(found.x), False
