"""Next sites on the register's data: candidates, what may close, and an answer with its bound and gap."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from geo_registry.roadgraph import TimeMatrix, straight_line_within, times_within
from geo_registry.territory.models import Division, Level, PopulatedPlace

from ..analysis.siting import (
    Objective,
    Reach,
    SiteRole,
    SitingAnswer,
    SitingProblem,
    max_cover,
    p_center,
    p_median,
    set_cover,
)
from ..analysis.siting.problem import StopCheck, never
from ..models import Asset, Facility, Measure, PlanningAnswer, Status
from .coverage import Silent, parents_of_inputs
from .coverage_inputs import CoverageRequest
from .planning import PlanningError, Today, save_answer, today

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class SitingRequest:
    """What is asked.

    ``coverage`` says where, when, how and for whom; its one threshold is the limit. Facilities of the set are fixed, but those in
    ``closable`` (``("all",)``: every one). ``candidates`` are ``villages``, ``assets``, ``nodes``; ``points`` come on top, and
    ``forced`` open in every answer. ``floor`` is the least share of every township.
    """

    coverage: CoverageRequest
    objective: Objective
    sites: int
    set_key: str = "any"
    candidates: tuple[str, ...] = ("villages",)
    points: tuple[tuple[float, float], ...] = ()
    forced: tuple[tuple[float, float], ...] = ()
    fixed: tuple[str, ...] = (ALL,)
    closable: tuple[str, ...] = ()
    close: int = 0
    floor: float | None = None
    share: float = 1.0
    capacity: Measure | None = None
    new_capacity: float | None = None
    cost: float | None = None
    budget: float | None = None
    farthest_s: float | None = None
    effort: str = "auto"
    time_limit_s: float = 60.0

    @property
    def looked_at_s(self) -> float:
        """Seconds up to which ways are looked at: the limit; four times that where times themselves are weighed."""
        limit_s = float(max(self.coverage.thresholds_s))
        if self.objective in (Objective.P_MEDIAN, Objective.P_CENTER):
            return max(self.farthest_s or 4 * limit_s, limit_s)
        return limit_s


@dataclass(kw_only=True)
class _Sites:
    """Sites in the order of the program: today's facilities, then candidates."""

    lonlat: list[tuple[float, float]] = field(default_factory=list)
    role: list[SiteRole] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    number: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)

    def add(self, where: tuple[float, float], role: SiteRole, name: str, number: str, kind: str) -> None:
        self.lonlat.append(where)
        self.role.append(role)
        self.name.append(name)
        self.number.append(number)
        self.kind.append(kind)


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
        If a facility is not there, is named twice, or nothing may be decided.
    AnalysisError
        If the question has no answer: floors that cannot be met, more sites than candidates.
    StoppedError
        If ``stop`` says so.
    """
    started = time.perf_counter()
    report = progress or Silent()
    report.step(0, 4, _("Reading places, facilities and roads"))
    now = today(request.coverage, set_key=request.set_key)
    sites = _sites(now, request)
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


def _sites(now: Today, request: SitingRequest) -> _Sites:
    closable = set(range(len(now.ids)) if ALL in request.closable else now.rows(request.closable))
    fixed = set(range(len(now.ids)) if ALL in request.fixed else now.rows(request.fixed)) - (
        closable if ALL in request.fixed or ALL in request.closable else set()
    )
    both = closable & fixed
    if both:
        raise PlanningError(
            _("Both fixed and closable: %(numbers)s.")
            % {"numbers": "、".join(now.numbers[row] for row in sorted(both))}
        )
    sites = _Sites()
    for row, where in enumerate(now.lonlat):
        if row in fixed or row in closable:
            role = SiteRole.CLOSABLE if row in closable else SiteRole.FIXED
            sites.add((float(where[0]), float(where[1])), role, now.names[row], now.numbers[row], "facility")
    taken = set(request.forced)
    for where in request.forced:
        sites.add(where, SiteRole.FORCED, _point_name(where), "", "point")
    for kind in request.candidates:
        if kind not in _CANDIDATES:
            raise PlanningError(
                _("Candidates are %(known)s, not “%(kind)s”.")
                % {"known": "、".join(_CANDIDATES), "kind": kind}
            )
        for where, name, number in _CANDIDATES[kind](now):
            if where not in taken:
                taken.add(where)
                sites.add(where, SiteRole.CANDIDATE, name, number, kind)
    for where in request.points:
        if where not in taken:
            taken.add(where)
            sites.add(where, SiteRole.CANDIDATE, _point_name(where), "", "point")
    return sites


Candidate = tuple[tuple[float, float], str, str]


def _point_name(where: tuple[float, float]) -> str:
    return f"{where[0]:.6f}, {where[1]:.6f}"


def _villages(now: Today) -> list[Candidate]:
    rows = PopulatedPlace.objects.filter(pk__in=now.inputs.places.index.to_list()).select_related("division")
    return [
        (
            (place.point.x, place.point.y),
            f"{place.division.name} {place}" if place.division else str(place),
            place.code,
        )
        for place in rows.order_by("pk")
    ]


def _assets(now: Today) -> list[Candidate]:
    """Idle buildings, and facilities that stand idle."""
    day = now.inputs.request.day
    buildings = Asset.objects.at_home().kept(day).idle_buildings().filter(location__isnull=False)
    idle = Facility.objects.at_home().standing().located().with_status(day).filter(Q(status=Status.IDLE))
    found = [
        ((one.location.x, one.location.y), one.name, one.number)
        for one in buildings.order_by("pk")
        if one.location
    ]
    return found + [
        ((one.location.x, one.location.y), one.name, one.number)
        for one in idle.order_by("pk")
        if one.location
    ]


def _nodes(now: Today) -> list[Candidate]:
    graph = now.inputs.network.graph
    if graph is None:
        raise PlanningError(_("There are no roads in the registry: it has no crossings to choose from."))
    return [
        ((float(lon), float(lat)), _point_name((float(lon), float(lat))), f"node-{number}")
        for number, (lon, lat) in enumerate(graph.node_lonlat)
    ]


_CANDIDATES: Mapping[str, Callable[[Today], list[Candidate]]] = {
    "villages": _villages,
    "assets": _assets,
    "nodes": _nodes,
}


def _matrix(now: Today, request: SitingRequest, sites: _Sites, *, threads: int | None) -> TimeMatrix:
    inputs = now.inputs
    where = np.array(sites.lonlat, dtype=np.float64).reshape(-1, 2)
    limit_s = request.looked_at_s
    if inputs.index is None or inputs.point_snaps is None:
        points = inputs.where.points[["lon", "lat"]].to_numpy(dtype=np.float64)
        return straight_line_within(where, points, inputs.profile, limit_s=limit_s)
    return times_within(
        inputs.index.graph,
        inputs.index.snap(where, inputs.profile),
        inputs.point_snaps,
        limit_s=limit_s,
        direction=request.coverage.direction,
        threads=threads,
    )


def _problem(
    now: Today, request: SitingRequest, sites: _Sites, matrix: TimeMatrix
) -> tuple[SitingProblem, tuple[NDArray[np.int64], list[tuple[str, str]]]]:
    people = now.inputs.where.points[request.coverage.counted_group.value].to_numpy(dtype=np.float64)
    area, townships = _townships(now)
    capacity = None
    if request.capacity is not None:
        by_number = dict(zip(now.numbers, now.capacity(request.capacity), strict=True))
        new = np.inf if request.new_capacity is None else request.new_capacity
        known = [by_number.get(number, new) for number in sites.number]
        capacity = np.where(np.isnan(known), np.inf, known)
    problem = SitingProblem(
        people=people,
        reach=Reach.from_matrix(matrix),
        roles=np.array(sites.role, dtype=np.int8),
        open_at_most=request.sites,
        close_exactly=request.close,
        cost=None if request.budget is None else np.full(len(sites.role), request.cost or 0.0),
        budget=request.budget,
        capacity=capacity,
        area=None if request.floor is None else area,
        floors=None if request.floor is None else np.full(len(townships), request.floor),
    )
    return problem, (area, townships)


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
        "budget": request.budget,
        "effort": request.effort,
        "time_limit_s": request.time_limit_s,
    }


def _answer(
    sites: _Sites,
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
        "served": None if found.served is None else round(float(found.served.sum()), 3),
        "people_out_of_reach": int(problem.people[found.out_of_reach].sum()),
        "people_unknown": int(problem.people[matrix.places_unknown].sum()),
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
