"""Max-cover: most people within the limit (Church and ReVelle 1974), also with places that fill up."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import gettext_noop
from .answer import Objective, Proof, SitingAnswer, finish
from .exchange import Costs, good_choice, lagrangian_bound, without_useless
from .mip import INFINITY, Program, Rows, solve
from .problem import FloatArray, SitingError, SitingProblem, StopCheck, never, weighed
from .programs import (
    check_floors_possible,
    draft,
    meets_floors,
    no_choice,
    no_time,
    quick_is_not_enough,
    uncovered_rows,
)

Effort = Literal["auto", "exact", "quick"]

EXACT_PAIRS = 3_000_000
"""Pairs up to which ``auto`` tries for a proof."""


def max_cover(
    problem: SitingProblem,
    *,
    limit_ms: int,
    effort: Effort = "auto",
    time_limit_s: float = 60.0,
    stop: StopCheck = never,
) -> SitingAnswer:
    """Choose the sites that together cover most people.

    A place is covered if an open site reaches it within the limit, to the millisecond.

    Parameters
    ----------
    problem
        The question. With capacities, people are sent where there is room (not to the nearest), each within the limit.
    limit_ms
        Milliseconds.
    effort
        ``quick``: greedy and exchange, with a bound. ``exact``: until it is proved or time is up. ``auto``: exact where
        the question is small enough.
    time_limit_s
        For the proof; when it ends, the best choice found and its gap are the answer.
    stop
        Asked now and then whether to end.

    Raises
    ------
    SitingError
        If least shares or the budget cannot be met, or no choice was found in time.
    StoppedError
        If ``stop`` says so.

    Examples
    --------
    Three hamlets on one road, one station to build; the one in the middle reaches all of them in ten minutes.

    >>> import numpy as np
    >>> from facilities.analysis.siting import Reach, SiteRole, SitingProblem, max_cover
    >>> reach = Reach.from_pairs(
    ...     site=[0, 0, 1, 1, 1, 2, 2], place=[0, 1, 0, 1, 2, 1, 2],
    ...     time_ms=[0, 600_000, 600_000, 0, 600_000, 600_000, 0], sites=3, places=3)
    >>> problem = SitingProblem(
    ...     people=np.array([50.0, 20.0, 40.0]), reach=reach, roles=np.full(3, SiteRole.CANDIDATE), open_at_most=1)
    >>> answer = max_cover(problem, limit_ms=600_000)
    >>> answer.opened.tolist(), answer.value, answer.proof.value
    ([1], 110.0, 'optimal')
    """
    problem = problem.with_(reach=problem.reach.within(limit_ms))
    check_floors_possible(problem, problem.reach)
    if problem.capacity is not None:
        return _with_capacity(problem, limit_ms=limit_ms, effort=effort, time_limit_s=time_limit_s, stop=stop)
    costs = Costs(problem=problem, time=np.zeros_like(problem.reach.time_ms), beyond=1)
    quick = good_choice(costs, stop=stop)
    quick_is_allowed = meets_floors(problem, problem.reach, quick)
    is_open, bound, proof, method = quick, problem.total_people, Proof.BOUNDED, "heuristic"
    if effort == "exact" or (effort == "auto" and len(problem.reach.place) <= EXACT_PAIRS):
        is_open, bound, proof = _prove(
            problem, quick if quick_is_allowed else None, stop=stop, time_limit_s=time_limit_s
        )
        method = "exact"
        if proof is Proof.BOUNDED and quick_is_allowed and costs.total(quick) < costs.total(is_open):
            is_open = quick
        is_open = without_useless(
            costs, is_open, is_allowed=lambda some: meets_floors(problem, problem.reach, some)
        )
    elif not quick_is_allowed:
        raise quick_is_not_enough()
    if proof is Proof.BOUNDED:
        whole = bool((problem.people == np.floor(problem.people)).all())
        uncovered = lagrangian_bound(costs, value=costs.total(quick), stop=stop, is_whole=whole)
        bound = min(bound, problem.total_people - uncovered)
    value = problem.total_people - costs.total(is_open)
    if proof is Proof.BOUNDED and bound <= value + 1e-6:
        bound, proof = value, Proof.OPTIMAL
    return finish(
        problem,
        is_open,
        objective=Objective.MAX_COVER,
        value=value,
        bound=value if proof is Proof.OPTIMAL else bound,
        proof=proof,
        method=method,
        beyond_ms=limit_ms + 1,
        counts_cover=True,
    )


def _prove(
    problem: SitingProblem, quick: NDArray[np.bool_] | None, *, stop: StopCheck, time_limit_s: float
) -> tuple[NDArray[np.bool_], float, Proof]:
    program = draft(problem)
    merged, _given = uncovered_rows(problem, problem.reach)
    program.add_cover(merged, -merged.weight)
    program.require_floors(problem.reach)
    found = program.solve(stop=stop, time_limit_s=time_limit_s)
    if found is None:
        raise no_choice(problem)
    is_open = quick if found.x is None else program.is_open(found.x)
    if is_open is None:
        raise no_time(time_limit_s)
    always = np.zeros(problem.reach.places, dtype=np.bool_)
    always[problem.reach.place[problem.always_open[problem.reach.site]]] = True
    bound = float(problem.people[always].sum()) - found.bound
    return is_open, bound, Proof.OPTIMAL if found.is_optimal else Proof.BOUNDED


def _with_capacity(
    problem: SitingProblem, *, limit_ms: int, effort: Effort, time_limit_s: float, stop: StopCheck
) -> SitingAnswer:
    """Choose sites and whom each serves: a flow of people along pairs, no more than a site has room for."""
    reach = problem.reach
    if effort == "quick" or (effort == "auto" and len(reach.place) > EXACT_PAIRS // 10):
        costs = Costs(problem=problem, time=np.zeros_like(reach.time_ms), beyond=1)
        is_open = good_choice(costs, stop=stop)
        if not meets_floors(problem, reach, is_open):
            raise quick_is_not_enough()
        value, served = most_served(problem, is_open, stop=stop)
        room = _most_room(problem)
        bound = min(
            room, problem.total_people - lagrangian_bound(costs, value=costs.total(is_open), stop=stop)
        )
        proof, method = (Proof.OPTIMAL if bound <= value + 1e-6 else Proof.BOUNDED), "heuristic"
    else:
        is_open, value, bound, proof = _prove_with_capacity(problem, stop=stop, time_limit_s=time_limit_s)
        value, served = most_served(problem, is_open, stop=stop)
        method = "exact"
    return finish(
        problem,
        is_open,
        objective=Objective.MAX_COVER,
        value=value,
        bound=value if proof is Proof.OPTIMAL else bound,
        proof=proof,
        method=method,
        beyond_ms=limit_ms + 1,
        counts_cover=True,
        served=served,
    )


def _room(problem: SitingProblem) -> FloatArray:
    if problem.capacity is None:
        raise SitingError(gettext_noop("The capacity of the sites is not given."))
    return problem.capacity


def _most_room(problem: SitingProblem) -> float:
    """All the room there can be, whatever is chosen."""
    room = _room(problem)
    candidates = np.sort(room[problem.may_open])[::-1][: problem.open_at_most - problem.forced]
    kept = int(problem.may_close.sum()) - problem.close_exactly
    closable = np.sort(room[problem.may_close])[::-1][:kept]
    return float(room[problem.always_open].sum() + candidates.sum() + closable.sum())


def _flow_rows(rows: Rows, problem: SitingProblem, flow: np.ndarray, site_column: np.ndarray | None) -> None:
    """Nobody is served twice, and no site serves more than it has room for (nobody while it is closed)."""
    reach = problem.reach
    rows.add_block(
        reach.place.astype(np.int64),
        flow,
        np.ones(len(flow)),
        lower=np.full(reach.places, -INFINITY),
        upper=problem.people,
    )
    everyone = np.bincount(reach.site, weights=problem.people[reach.place], minlength=reach.sites)
    room = np.minimum(_room(problem), everyone)
    decided = np.zeros(reach.sites, dtype=np.bool_) if site_column is None else site_column >= 0
    sites = np.flatnonzero(decided)
    columns = np.zeros(0, dtype=np.int64) if site_column is None else site_column[sites]
    rows.add_block(
        np.concatenate([reach.site.astype(np.int64), sites]),
        np.concatenate([flow, columns]),
        np.concatenate([np.ones(len(flow)), -room[sites]]),
        lower=np.full(reach.sites, -INFINITY),
        upper=np.where(decided, 0.0, room),
    )


def _prove_with_capacity(
    problem: SitingProblem, *, stop: StopCheck, time_limit_s: float
) -> tuple[NDArray[np.bool_], float, float, Proof]:
    reach = problem.reach
    program = draft(problem)
    flow = program.add_columns(np.full(len(reach.place), -1.0), upper=INFINITY)
    _flow_rows(program.rows, problem, flow, program.column)
    # A closed site serves nobody, place by place: without these the relaxation is too weak to prove anything.
    column = program.column[reach.site]
    pairs = np.flatnonzero(column >= 0)
    program.rows.add_block(
        np.tile(np.arange(len(pairs)), 2),
        np.concatenate([flow[pairs], column[pairs]]),
        np.concatenate([np.ones(len(pairs)), -problem.people[reach.place[pairs]]]),
        lower=np.full(len(pairs), -INFINITY),
        upper=np.zeros(len(pairs)),
    )
    if problem.floors is not None and problem.area is not None:
        need = problem.floor_people()
        of_pair = problem.area[reach.place]
        for area in np.flatnonzero(need > 1e-9):
            program.rows.add(flow[of_pair == area], 1.0, lower=need[area] - 1e-6, upper=INFINITY)
    found = program.solve(stop=stop, time_limit_s=time_limit_s)
    if found is None:
        raise no_choice(problem)
    if found.x is None:
        raise no_time(time_limit_s)
    proof = Proof.OPTIMAL if found.is_optimal else Proof.BOUNDED
    return program.is_open(found.x), -found.value, -found.bound, proof


def most_served(
    problem: SitingProblem, is_open: NDArray[np.bool_], *, stop: StopCheck = never
) -> tuple[float, FloatArray]:
    """Return how many people the open sites can serve at most, and how many of each place.

    Raises
    ------
    SitingError
        If the problem has no capacities.
    """
    capacity = _room(problem)
    rows_kept = is_open[problem.reach.site]
    if not rows_kept.any():
        return 0.0, np.zeros(problem.reach.places)
    opened = np.flatnonzero(is_open)
    part = problem.with_(
        reach=problem.reach.take(opened),
        roles=np.zeros(len(opened), dtype=np.int8),
        capacity=capacity[opened],
        cost=None,
        budget=None,
        open_at_most=0,
        close_exactly=0,
    )
    rows = Rows()
    pairs = len(part.reach.place)
    _flow_rows(rows, part, np.arange(pairs), None)
    found = solve(
        Program(
            cost=np.full(pairs, -1.0),
            lower=np.zeros(pairs),
            upper=np.full(pairs, INFINITY),
            whole=np.zeros(pairs, dtype=np.bool_),
            rows=rows,
        ),
        stop=stop,
        time_limit_s=600.0,
    )
    if found is None or found.x is None:
        raise no_time(600.0)
    served = weighed(part.reach.place, found.x, count=part.reach.places)
    return float(served.sum()), served
