"""Next sites on the register's data: candidates, what may close, and an answer with its bound and gap."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from geo_registry.roadgraph import TimeMatrix
from geo_registry.territory.models import Division, Level

from ..analysis.siting import (
    Objective,
    Reach,
    SitingAnswer,
    SitingProblem,
    max_cover,
    p_center,
    p_median,
    set_cover,
)
from ..analysis.siting.problem import StopCheck, never
from ..models import PlanningAnswer
from .coverage import Silent, parents_of_inputs
from .coverage_pairs import pairs_of
from .planning import Today, save_answer, today
from .siting_sites import ALL, Sites, SitingRequest, check_numbers, money_of, sites_of

__all__ = ["ALL", "SitingRequest", "propose_sites"]


def propose_sites(
    *,
    request: SitingRequest,
    user: User | None = None,
    progress: Progress | None = None,
    stop: StopCheck = never,
    threads: int | None = 1,
) -> PlanningAnswer:
    """Choose sites and save the answer. Stopped before the end, nothing is saved.

    Raises
    ------
    PlanningError
        If a facility is not there, is named twice, nothing may be decided, or a number means nothing.
    AnalysisError
        If the question has no answer: floors that cannot be met, more sites than candidates.
    StoppedError
        If ``stop`` says so.
    """
    started = time.perf_counter()
    check_numbers(request)
    report = progress or Silent()
    report.step(0, 4, _("Reading places, facilities and roads"))
    now = today(request.coverage, set_key=request.set_key)
    sites = sites_of(now, request)
    report.step(1, 4, _("Finding the way to every site"))
    matrix = _matrix(now, request, sites, threads=threads)
    report.step(2, 4, _("Choosing sites"))
    problem, townships = _problem(now, request, sites, matrix)
    limit_ms = 1000 * max(request.coverage.thresholds_s)
    found = _solve(request, problem, limit_ms=limit_ms, beyond_ms=matrix.limit_ms + 1, stop=stop)
    report.step(3, 4, _("Saving"))
    saved = save_answer(
        now,
        subject=PlanningAnswer.Subject.SITES,
        parameters=_parameters(request),
        answer=_answer(sites, problem, found, matrix, townships, limit_ms),
        duration_s=time.perf_counter() - started,
        user=user,
    )
    report.step(4, 4, _("Done"))
    return saved


def _matrix(now: Today, request: SitingRequest, sites: Sites, *, threads: int | None) -> TimeMatrix:
    inputs = now.inputs
    where = np.array(sites.lonlat, dtype=np.float64).reshape(-1, 2)
    return pairs_of(
        inputs,
        where,
        None if inputs.index is None else inputs.index.snap(where, inputs.profile),
        inputs.where.points[["lon", "lat"]].to_numpy(dtype=np.float64),
        inputs.point_snaps,
        limit_s=request.looked_at_s,
        threads=threads,
    )


def _problem(
    now: Today, request: SitingRequest, sites: Sites, matrix: TimeMatrix
) -> tuple[SitingProblem, tuple[NDArray[np.int64], list[tuple[str, str]]]]:
    people = now.inputs.where.points[request.coverage.counted_group.value].to_numpy(dtype=np.float64)
    area, townships = _townships(now)
    capacity = None
    if request.capacity is not None:
        by_number = dict(zip(now.numbers, now.capacity(request.capacity), strict=True))
        new = np.inf if request.new_capacity is None else request.new_capacity
        known = [by_number.get(number, new) for number in sites.number]
        capacity = np.where(np.isnan(known), np.inf, known)
    cost, budget = money_of(request, sites)
    problem = SitingProblem(
        people=people,
        reach=Reach.from_matrix(matrix),
        roles=np.array(sites.role, dtype=np.int8),
        open_at_most=request.sites,
        close_exactly=request.close,
        cost=cost,
        budget=budget,
        capacity=capacity,
        area=None if request.floor is None else area,
        floors=None if request.floor is None else np.full(len(townships), request.floor),
        area_names=[name for _code, name in townships],
    )
    return problem, (area, townships)


def _of_unknown_room(problem: SitingProblem) -> int | None:
    if problem.capacity is None:
        return None
    return int((problem.open_today & np.isinf(problem.capacity)).sum())


def _townships(now: Today) -> tuple[NDArray[np.int64], list[tuple[str, str]]]:
    """Return the township of each point by number, -1 for none, and their codes and names."""
    parents = parents_of_inputs(now.inputs)
    known = {
        pk: (code, name)
        for pk, code, name in Division.objects.filter(
            pk__in=[pk for pk in parents if isinstance(pk, int)], level=Level.TOWNSHIP
        )
        .order_by("code")
        .values_list("pk", "code", "name")
    }
    number = {pk: position for position, pk in enumerate(known)}

    def of(division: Hashable | None) -> int:
        while division is not None:
            if division in number:
                return number[division]
            division = parents[division]
        return -1

    lowest = now.inputs.where.points["division_id"].tolist()
    found = {division: of(division) for division in set(lowest)}
    return np.array([found[division] for division in lowest], dtype=np.int64), list(known.values())


def _solve(
    request: SitingRequest, problem: SitingProblem, *, limit_ms: int, beyond_ms: int, stop: StopCheck
) -> SitingAnswer:
    common: dict[str, Any] = {"effort": request.effort, "time_limit_s": request.time_limit_s, "stop": stop}
    if request.objective is Objective.MAX_COVER:
        return max_cover(problem, limit_ms=limit_ms, **common)
    if request.objective is Objective.P_MEDIAN:
        return p_median(problem, beyond_ms=beyond_ms, limit_ms=limit_ms, **common)
    if request.objective is Objective.SET_COVER:
        return set_cover(problem, limit_ms=limit_ms, share=request.share, **common)
    return p_center(problem, **common)


def _parameters(request: SitingRequest) -> dict[str, Any]:
    return {
        "objective": request.objective.value,
        "limit_s": max(request.coverage.thresholds_s),
        "farthest_s": request.looked_at_s,
        "sites": request.sites,
        "candidates": list(request.candidates),
        "points": [list(point) for point in request.points],
        "forced": [list(point) for point in request.forced],
        "fixed": list(request.fixed),
        "closable": list(request.closable),
        "close": request.close,
        "floor": request.floor,
        "share": request.share,
        "capacity": request.capacity.value if request.capacity else None,
        "new_capacity": request.new_capacity,
        "cost": request.cost,
        "costs": dict(request.costs),
        "budget": request.budget,
        "effort": request.effort,
        "time_limit_s": request.time_limit_s,
    }


def _answer(
    sites: Sites,
    problem: SitingProblem,
    found: SitingAnswer,
    matrix: TimeMatrix,
    townships: tuple[NDArray[np.int64], list[tuple[str, str]]],
    limit_ms: int,
) -> dict[str, Any]:
    near = problem.reach.within(limit_ms)
    before = near.best_times(problem.open_today, beyond_ms=limit_ms + 1) <= limit_ms
    after = near.best_times(found.is_open, beyond_ms=limit_ms + 1) <= limit_ms
    area, names = townships

    def line(site: int, worth: float) -> dict[str, Any]:
        rows = slice(int(near.start[site]), int(near.start[site + 1]))
        within = near.place[rows]
        people = problem.people[within]
        return {
            "site": sites.number[site] or sites.name[site],
            "name": sites.name[site],
            "of": sites.kind[site],
            "lonlat": [round(value, 6) for value in sites.lonlat[site]],
            "worth": round(worth, 3),
            "cost": None if problem.cost is None else float(problem.cost[site]),
            "people_within_limit": int(people.sum()),
            "of_them_covered_today": int(people[before[within]].sum()),
        }

    return {
        "objective": found.objective.value,
        "value": found.value,
        "bound": found.bound if np.isfinite(found.bound) else None,
        "gap": found.gap if np.isfinite(found.gap) else None,
        "proof": found.proof.value,
        "method": found.method,
        "worth_in": "people"
        if found.objective in (Objective.MAX_COVER, Objective.SET_COVER)
        else "person-ms",
        "opened": [
            line(int(site), float(worth)) for site, worth in zip(found.opened, found.gain, strict=True)
        ],
        "closed": [
            line(int(site), float(worth)) for site, worth in zip(found.closed, found.loss, strict=True)
        ],
        "people": int(problem.people.sum()),
        "covered_before": int(problem.people[before].sum()),
        "covered_after": int(problem.people[after].sum()),
        "cost": None if problem.cost is None else float(problem.cost[found.opened].sum()),
        "served": None if found.served is None else round(float(found.served.sum()), 3),
        "people_out_of_reach": int(problem.people[found.out_of_reach].sum()),
        "people_unknown": int(problem.people[matrix.places_unknown].sum()),
        # Their room counts as endless: that many answers of “served” may be too good.
        "sites_of_unknown_room": _of_unknown_room(problem),
        "candidates": int(problem.may_open.sum()),
        "sites_off_the_network": len(matrix.facilities_unsnapped),
        "townships": [
            {
                "division": code,
                "name": name,
                "people": int(problem.people[area == number].sum()),
                "covered_before": int(problem.people[(area == number) & before].sum()),
                "covered_after": int(problem.people[(area == number) & after].sum()),
            }
            for number, (code, name) in enumerate(names)
        ],
    }
