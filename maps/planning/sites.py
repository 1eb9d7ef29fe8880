"""Next sites as pages show them: the job, the answers side by side, what stands idle nearby, which target moves."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from facilities.analysis.siting import Objective
from facilities.models import Asset, Commitment, PlanningAnswer
from facilities.services.commitments.found import unit_of
from facilities.services.commitments.network import TierStanding, tiers_on
from facilities.services.commitments.standing import standing_of
from facilities.services.planning import facilities_of_set
from facilities.services.site_study import StudyRequest, Way, study_sites
from facilities.services.siting_sites import ALL, SitingRequest
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, job_task
from geo_registry.reference.services import ReferenceMissing, effective_value
from geo_registry.territory.geography import DistanceM, WithinM
from geo_registry.territory.models import Division, Level
from geo_registry.territory.models.divisions import SRID

from ..services.coverage_page import decimals
from .question import Question, read_question
from .runs import changed_since

NEAR = "idle-building-near-m"
# What a planner may seek, and how it is called.
SOUGHT: Final[Mapping[Objective, str | Promise]] = {
    Objective.MAX_COVER: gettext_lazy("most people within the limit"),
    Objective.P_MEDIAN: gettext_lazy("the shortest way for all together"),
    Objective.P_CENTER: gettext_lazy("the shortest longest way"),
}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a planner wants of the sites, beside the question."""

    sites: int
    objective: str
    candidates: tuple[str, ...]
    ways: tuple[str, ...]
    floor_percent: float | None = None
    close: int = 0
    closable: tuple[str, ...] = ()

    def siting(self, question: Question) -> SitingRequest:
        """Return it as a question of siting: one limit, today's facilities fixed but those that may close."""
        coverage = question.request(of_group=True)
        limit = (question.limit_s,)
        return SitingRequest(
            coverage=type(coverage)(**{**vars_of(coverage), "thresholds_s": limit}),
            objective=Objective(self.objective),
            sites=self.sites,
            set_key=question.set_key,
            candidates=self.candidates,
            closable=self.closable or ((ALL,) if self.close else ()),
            close=self.close,
            floor=None if self.floor_percent is None else self.floor_percent / 100,
        )


def vars_of(coverage: Any) -> dict[str, Any]:
    """Return a request's fields."""
    return {name: getattr(coverage, name) for name in coverage.__dataclass_fields__}


def may_close(question: Question) -> list[tuple[str, str]]:
    """Return today's facilities that the question is about, township by township: number, and township and name."""

    def town(division: Division) -> str:
        above = division.parent if division.level == Level.VILLAGE else None
        return (above or division).name

    rows = facilities_of_set(question.request(of_group=True), set_key=question.set_key)
    return [(row.number, f"{town(row.division)} {row.name}") for row in rows]


@job_task(restartable=True)
def sites_job(
    progress: Progress, *, question: Mapping[str, str], wish: Mapping[str, Any], user_id: int | None = None
) -> JobOutcome:
    """Compute the competing answers; the page shows them side by side."""
    asked = read_question(question)
    wanted = Wish(**{**wish, **{name: tuple(wish[name]) for name in ("candidates", "ways", "closable")}})
    answers = study_sites(
        request=StudyRequest(siting=wanted.siting(asked), ways=tuple(Way(way) for way in wanted.ways)),
        user=User.objects.filter(pk=user_id).first() if user_id else None,
        progress=progress,
    )
    ids = ",".join(str(one.pk) for one in answers)
    return JobOutcome(
        url=f"{reverse('maps:planner_sites')}?{asked.query(answers=ids)}",
        result={"answers": ids},
        message="" if answers else lambda: _("There is no answer: no township could gain anything."),
    )


def enqueue_sites(*, question: Question, wish: Wish, user: User) -> Job:
    """Ask for the answers in the background."""
    return enqueue(
        task=sites_job,
        title=lambda: (
            _("Next sites: %(network)s, %(sites)d") % {"network": question.network, "sites": wish.sites}
        ),
        created_by=user,
        kwargs={
            "question": question.parameters(),
            "wish": {name: getattr(wish, name) for name in wish.__dataclass_fields__},
            "user_id": user.pk,
        },
    )


@dataclass(frozen=True, kw_only=True)
class Idle:
    """An idle building near a site."""

    asset: Asset
    metres: int


@dataclass(frozen=True, kw_only=True)
class Site:
    """One proposed site, in its rank."""

    rank: int
    name: str
    code: str
    lonlat: tuple[float, float]
    people: int
    overlap: int
    by_profile: list[dict[str, Any]]
    idle: list[Idle]

    @property
    def overlap_percent(self) -> str:
        """How many of those within its limit are covered today, of all of them."""
        return f"{decimals(100 * self.overlap / self.people, 0)}%" if self.people else "—"

    @property
    def gained(self) -> int:
        """People it adds to those before it, by the way to travel that was asked about."""
        return int(self.by_profile[0]["gained"]) if self.by_profile else 0


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A target that the sites move: divisions with one of their own, before and after."""

    name: str
    before: int
    after: int
    units: int
    target: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One of the competing answers."""

    answer: PlanningAnswer
    title: str
    sites: list[Site]
    closed: list[dict[str, Any]]
    people: int
    before: int
    after: int
    worth: str
    proof: str
    moved: list[Moved]
    changed: list[str]
    what_if_url: str

    @property
    def gained(self) -> int:
        """How many more are within the limit."""
        return self.after - self.before


def proposals_of(answers: list[PlanningAnswer], question: Question) -> list[Proposal]:
    """Return answers as the page shows them, in the order given."""
    return [_proposal(one, question) for one in answers]


def _proposal(answer: PlanningAnswer, question: Question) -> Proposal:
    said = answer.answer
    effects = said.get("effects") or []
    sites = [
        _site(rank, line, effects[rank - 1] if rank <= len(effects) else {}, answer.day)
        for rank, line in enumerate(said.get("opened", []), start=1)
    ]
    way = answer.parameters.get("way")
    do = ";".join(f"open,{site.lonlat[0]:.6f},{site.lonlat[1]:.6f}" for site in sites)
    do = ";".join(
        part for part in (do, *(f"close,{line['site']}" for line in said.get("closed", []))) if part
    )
    asked = question.parameters(
        do=do, profile=answer.profile.code, delivery="1" if answer.parameters.get("delivery") else None
    )
    return Proposal(
        answer=answer,
        title=title_of(answer),
        sites=sites,
        closed=[line | {"lost": _lost(line, said)} for line in said.get("closed", [])],
        people=int(said.get("people", 0)),
        before=int(said.get("covered_before", 0)),
        after=int(said.get("covered_after", 0)),
        worth=_worth(answer),
        proof=_proof(said, way),
        moved=_moved(answer, sites),
        changed=changed_since(answer.input_versions),
        what_if_url=f"{reverse('maps:planner_whatif')}?{_encoded(asked)}",
    )


def title_of(answer: PlanningAnswer) -> str:
    """Name an answer by how it was come by; that of most people by what was sought, if that was not most people."""
    way, objective = answer.parameters.get("way"), answer.answer.get("objective")
    if way not in set(Way):
        return str(answer)
    if way == Way.PEOPLE and objective != Objective.MAX_COVER and objective in SOUGHT:
        return str(SOUGHT[Objective(objective)])
    return str(Way(way).label)


def _worth(answer: PlanningAnswer) -> str:
    """Say what the choice comes to in what was sought, and what none can undercut; empty where that is people in reach."""
    said = answer.answer
    objective, people, bound = said.get("objective"), float(said.get("people") or 0), said.get("bound")
    if objective == Objective.P_CENTER:
        return _("the longest way takes %(minutes)s minutes; no choice has one under %(bound)s") % {
            "minutes": _minutes(said["value"]),
            "bound": _minutes(bound),
        }
    if objective != Objective.P_MEDIAN or not people:
        return ""
    return _(
        "%(minutes)s minutes to the nearest on average, no choice comes to less than %(bound)s; whoever is farther than "
        "%(farthest)s minutes, or on no road, counts with these"
    ) % {
        "minutes": _minutes(said["value"] / people),
        "bound": _minutes(None if bound is None else bound / people),
        "farthest": decimals(float(answer.parameters["farthest_s"]) / 60, 0),
    }


def _minutes(milliseconds: float | None) -> str:
    return "—" if milliseconds is None else decimals(milliseconds / 60_000, 1)


def _lost(line: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Say what the closing of a site takes, in what was sought."""
    worth = float(line["worth"])
    if said.get("worth_in") == "people":
        return _("%(n)s people lose it") % {"n": decimals(worth, 0)}
    return _("all together are %(hours)s hours longer on the way") % {"hours": decimals(worth / 3_600_000, 1)}


def _encoded(parameters: Mapping[str, str]) -> str:
    return urlencode(parameters)


def _proof(said: Mapping[str, Any], way: str | None) -> str:
    """Say how far from the best the answer can be at most."""
    if way == Way.TOWNSHIPS:
        # The solver was given these places alone: that it took them proves nothing about others.
        return _(
            "chosen by rule, not the best of all choices: of each of the townships with the least share in reach the village "
            "that gains most"
        )
    if said.get("proof") == "optimal":
        return _("proved: no choice is better")
    gap = said.get("gap")
    if gap is None:
        return _("not proved: how much better another choice could be is not known")
    percent = 100 * float(gap)
    # A small gap is no proof: it is not rounded to nothing.
    return _("another choice could be better by %(gap)s%% at most") % {
        "gap": decimals(percent, 1 if percent >= 0.1 else 4)
    }


def _site(rank: int, line: Mapping[str, Any], effect: Mapping[str, Any], day: datetime.date) -> Site:
    lon, lat = line["lonlat"]
    where = effect.get("where") or {}
    return Site(
        rank=rank,
        name=line["name"] if line.get("of") != "point" else (where.get("name") or line["name"]),
        code=where.get("code") or "",
        lonlat=(lon, lat),
        people=int(line["people_within_limit"]),
        overlap=int(line["of_them_covered_today"]),
        by_profile=list(effect.get("profiles", [])),
        idle=idle_near((lon, lat), day),
    )


def idle_near(lonlat: tuple[float, float], day: datetime.date) -> list[Idle]:
    """Return buildings that stand idle near a site, the nearest first; how near is a reference value."""
    try:
        near_m = float(effective_value(NEAR, day))
    except ReferenceMissing:
        return []
    point = Point(*lonlat, srid=SRID)
    rows = (
        Asset.objects.at_home()
        .kept(day)
        .idle_buildings()
        .filter(WithinM("location", point, near_m))
        .annotate(metres=DistanceM("location", point))
        .order_by("metres")[:3]
    )
    return [Idle(asset=row, metres=round(getattr(row, "metres", 0.0))) for row in rows]


def _moved(answer: PlanningAnswer, sites: list[Site]) -> list[Moved]:
    """Return how many divisions of each tier would have one of their own, if a facility of that tier opened there."""
    if answer.parameters.get("delivery"):
        return []
    key = str(answer.parameters.get("set", "any"))
    found = []
    for standing in tiers_on(answer.network, answer.day):
        if standing.tier.level < Level.TOWNSHIP or not standing.units or not _of_tier(standing, key):
            continue
        after = _units_after(standing, sites)
        found.append(
            Moved(
                name=standing.tier.name,
                before=len(standing.with_own),
                after=after,
                units=len(standing.units),
                target=_target(answer, standing),
            )
        )
    return found


def _of_tier(standing: TierStanding, key: str) -> bool:
    if key in ("any", f"tier-{standing.tier.level}") or key.startswith("function-"):
        return True
    return standing.tier.kinds.filter(code=key).exists()


def _units_after(standing: TierStanding, sites: list[Site]) -> int:
    by_path = {unit.division.path: unit.division for unit in standing.units}
    own = {unit.division.pk for unit in standing.with_own}
    for site in sites:
        division = Division.objects.public().filter(code=site.code).first() if site.code else None
        unit = unit_of(division.path, by_path) if division else None
        if unit is not None:
            own.add(unit.pk)
    return len(own)


def _target(answer: PlanningAnswer, standing: TierStanding) -> str:
    rows = answer.network.commitments.of_networks().filter(
        level=standing.tier.level, query=Commitment.Query.DIVISIONS_WITH_OWN
    )
    open_ones = [standing_of(row, answer.day) for row in rows]
    names = [
        f"{one.commitment.name} {decimals(float(one.target), 0)}%"
        for one in open_ones
        if one.target is not None
    ]
    return _("、").join(names)
