"""Which sites a question of siting is about: today's facilities, candidates of every kind, and what each would cost."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from geo_registry.territory.models import Division, PopulatedPlace

from ..analysis.siting import Objective, SiteRole
from ..models import Asset, Facility, Measure, Status
from .coverage_inputs import CoverageRequest
from .planning import PlanningError, Today

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class SitingRequest:
    """What is asked.

    ``coverage`` says where, when, how and for whom; its one threshold is the limit. Facilities of the set are fixed, but those in
    ``closable`` (``("all",)``: every one). ``candidates`` are ``villages``, ``assets``, ``nodes``; ``points`` come on top, and
    ``forced`` open in every answer. ``floor`` is the least share of every township. ``costs`` are by a site's code or number (of a
    point: longitude and latitude with a comma), ``cost`` is that of every other new site; without a ``budget`` they count in set
    cover only.
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
    costs: Mapping[str, float] = field(default_factory=dict)
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


def check_numbers(request: SitingRequest) -> None:
    """Refuse numbers that mean nothing, before anything is read: each by its name.

    Raises
    ------
    PlanningError
        On a time that is not above 0, or room that is negative or not a number.
    """
    farthest, room = request.farthest_s, request.new_capacity
    if not (np.isfinite(request.time_limit_s) and request.time_limit_s > 0):
        raise PlanningError(
            _("The time for the proof must be above 0 seconds; it is %(value)s.")
            % {"value": request.time_limit_s}
        )
    if farthest is not None and not (np.isfinite(farthest) and farthest > 0):
        raise PlanningError(
            _("How far is looked must be above 0 minutes; it is %(value)s.") % {"value": farthest / 60}
        )
    if room is not None and not room >= 0:
        raise PlanningError(_("The room of a new site must be 0 or more; it is %(value)s.") % {"value": room})


@dataclass(kw_only=True)
class Sites:
    """Sites in the order of the program: today's facilities, then candidates."""

    lonlat: list[tuple[float, float]] = field(default_factory=list)
    role: list[SiteRole] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    number: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)

    def add(self, where: tuple[float, float], role: SiteRole, name: str, number: str, kind: str) -> None:
        """Put one more at the end."""
        self.lonlat.append(where)
        self.role.append(role)
        self.name.append(name)
        self.number.append(number)
        self.kind.append(kind)


def sites_of(now: Today, request: SitingRequest) -> Sites:
    """Return today's facilities, then what may or must open.

    Raises
    ------
    PlanningError
        On a facility that is not there, or is both fixed and closable, and on candidates of no known kind.
    """
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
    sites = Sites()
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
    if len(sites.role) > MOST_SITES:
        raise PlanningError(
            _(
                "%(count)d sites are too many to weigh against each other; at most %(most)d. Name fewer candidates."
            )
            % {"count": len(sites.role), "most": MOST_SITES}
        )
    return sites


Candidate = tuple[tuple[float, float], str, str]


def _point_name(where: tuple[float, float]) -> str:
    return f"{where[0]:.6f}, {where[1]:.6f}"


MOST_SITES = 150_000
"""As many as the crossings of a large county; more would take more memory than they are worth."""
MOST_PLACES = 5_000
"""With more populated places than this each village is one candidate: the ways from each to each are a matrix of billions."""


def _villages(now: Today) -> list[Candidate]:
    """Every populated place; where there are very many, every division's single point."""
    places = now.inputs.places
    if len(places) > MOST_PLACES:
        return _single_points(now)
    rows = (
        PopulatedPlace.objects.filter(pk__in=places.index.to_list())
        .order_by("pk")
        .values_list("pk", "code", "name", "division__name")
    )
    where = dict(zip(places.index.to_list(), places[["lon", "lat"]].to_numpy().tolist(), strict=True))
    return [
        ((where[pk][0], where[pk][1]), " ".join(part for part in (division, name or code) if part), code)
        for pk, code, name, division in rows
    ]


def _single_points(now: Today) -> list[Candidate]:
    villages = now.inputs.where.villages
    keys = villages["division_id"].tolist()
    names = {
        pk: (code, name)
        for pk, code, name in Division.objects.filter(pk__in=set(keys)).values_list("pk", "code", "name")
    }
    return [
        ((lon, lat), names[pk][1], names[pk][0])
        for pk, (lon, lat) in zip(keys, villages[["lon", "lat"]].to_numpy().tolist(), strict=True)
        if pk in names
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


def money_of(request: SitingRequest, sites: Sites) -> tuple[NDArray[np.float64] | None, float | None]:
    """Return what each site costs and what may be spent; nothing where money is not considered.

    Raises
    ------
    PlanningError
        If a new site has no cost, a cost is of no site, or is negative.
    """
    if request.budget is None and request.cost is None and not request.costs:
        return None, None
    if request.cost is None and not request.costs:
        raise PlanningError(_("A budget needs the cost of the new sites."))
    wrong = [name for name, value in request.costs.items() if not (np.isfinite(value) and value >= 0)]
    if wrong:
        raise PlanningError(_("The cost of %(sites)s must be 0 or more.") % {"sites": "、".join(wrong)})
    # A point is named by its co-ordinates, however many digits they are written with.
    given = {_cost_key(name): value for name, value in request.costs.items()}
    cost = np.zeros(len(sites.role))
    used, without = set(), []
    for row, role in enumerate(sites.role):
        if role in (SiteRole.FIXED, SiteRole.CLOSABLE):
            continue
        key = _cost_key(sites.number[row] or "{},{}".format(*sites.lonlat[row]))
        value = given.get(key, request.cost)
        used.add(key)
        if value is None:
            without.append(sites.number[row] or sites.name[row])
        else:
            cost[row] = value
    unknown = [name for name in request.costs if _cost_key(name) not in used]
    if unknown:
        raise PlanningError(
            _("A cost is given for what is no new site: %(sites)s.") % {"sites": "、".join(unknown[:10])}
        )
    if without:
        raise PlanningError(
            _("Without a cost: %(sites)s. Give each its own, or one for all.")
            % {"sites": "、".join(without[:10])}
        )
    return cost, float(cost.sum()) if request.budget is None else request.budget


def _cost_key(text: str) -> Hashable:
    parts = text.split(",")
    try:
        return tuple(round(float(part), 6) for part in parts) if len(parts) == 2 else text.strip()
    except ValueError:
        return text.strip()
