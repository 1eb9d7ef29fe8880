"""Next sites, the competing answers side by side: most people, the townships that have least, and service to the person.

Each is a saved answer of its own (`propose_sites`), computed with the same number of sites and the same limit; beside it stands
what every site adds, one after the other, by township and by way to travel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from geo_registry.reference.models import TravelMode, TravelProfile
from geo_registry.territory.models import Division, Level, PopulatedPlace
from geo_registry.territory.models.divisions import SRID

from ..analysis.scenarios import Action
from ..models import PlanningAnswer
from .coverage import Silent
from .coverage_inputs import CoverageRequest
from .planning import PlanningError
from .saved_scenarios import profiles_beside
from .scenarios import NamedChange
from .siting import propose_sites
from .siting_sites import SitingRequest
from .what_if import Baseline

LonLat = tuple[float, float]
# What each site adds is computed one after the other, and shown of so many.
MOST_SHOWN = 10


class Way(StrEnum):
    """Which of the competing answers."""

    PEOPLE = "people"
    TOWNSHIPS = "townships"
    DELIVERY = "delivery"

    @property
    def label(self) -> str | Promise:
        """What it is called on the page."""
        return _WAYS[self]


_WAYS = {
    Way.PEOPLE: gettext_lazy("Most people"),
    Way.TOWNSHIPS: gettext_lazy("The townships that have least"),
    Way.DELIVERY: gettext_lazy("Brought to the person"),
}


@dataclass(frozen=True, kw_only=True)
class StudyRequest:
    """What is asked: a question of siting, and by which ways it is answered."""

    siting: SitingRequest
    ways: tuple[Way, ...] = (Way.PEOPLE, Way.TOWNSHIPS, Way.DELIVERY)


def study_sites(
    *, request: StudyRequest, user: User | None = None, progress: Progress | None = None
) -> list[PlanningAnswer]:
    """Compute each of the competing answers, with what every site adds. An answer that is ready stays, should a later one fail.

    Raises
    ------
    PlanningError, AnalysisError
        If the question itself has no answer.
    """
    report = progress or Silent()
    made = []
    for done, way in enumerate(request.ways):
        report.step(done, len(request.ways), str(way.label))
        siting = _siting_of(request.siting, way)
        if siting is not None:
            made.append(_answered(siting, way, user))
    report.step(len(request.ways), len(request.ways), _("Done"))
    return made


def _answered(siting: SitingRequest, way: Way, user: User | None) -> PlanningAnswer:
    with transaction.atomic():
        answer = propose_sites(request=siting, user=user)
        answer.parameters = answer.parameters | {"way": way.value}
        answer.answer = answer.answer | {"effects": _effects(siting, answer)}
        answer.save(update_fields=["parameters", "answer"])
    return answer


def _siting_of(siting: SitingRequest, way: Way) -> SitingRequest | None:
    if way is Way.PEOPLE:
        return siting
    if way is Way.TOWNSHIPS:
        points = _least_served(siting)
        return (
            replace(siting, candidates=(), points=tuple(points), closable=(), close=0, floor=None)
            if points
            else None
        )
    rider = TravelProfile.objects.filter(mode=TravelMode.BICYCLE).prefetch_related("road_speeds").first()
    if rider is None:
        return None
    return replace(siting, coverage=replace(siting.coverage, profile=rider, delivery=True))


def _baseline(siting: SitingRequest, coverage: CoverageRequest) -> Baseline:
    return Baseline(coverage, set_key=siting.set_key, limit_s=max(coverage.thresholds_s))


def _least_served(siting: SitingRequest) -> list[LonLat]:
    """Return the best place in each of the townships with the least share in reach, one a township.

    Townships come in the order of their share; in each the largest place of the village is taken from which most people of the
    county are gained, those that were chosen before being open already.
    """
    baseline = _baseline(siting, siting.coverage)
    rows = [row for row in baseline.answer([]).divisions if row.level == Level.TOWNSHIP and row.people]
    rows.sort(key=lambda row: (row.before / row.people, row.code or ""))
    chosen: list[LonLat] = []
    for row in rows:
        if len(chosen) == siting.sites:
            break
        best, gain = _best_in(baseline, row.code or "", chosen)
        if best is not None and gain > 0:
            chosen.append(best)
    return chosen


def _best_in(baseline: Baseline, code: str, chosen: Sequence[LonLat]) -> tuple[LonLat | None, int]:
    """Return the largest place of the village from which most people are gained, and how many."""
    places = baseline.now.inputs.places
    within = Division.objects.filter(Q(code=code) | Q(parent__code=code)).values_list("pk", flat=True)
    there = places[places["division_id"].isin(list(within))]
    if there.empty:
        return None, 0
    people = there[baseline.request.counted_group.value]
    largest = there.loc[people.groupby(there["division_id"]).idxmax().sort_values()]
    opened = [NamedChange(action=Action.OPEN, lonlat=point) for point in chosen]
    best, most = None, 0
    for lon, lat in zip(largest["lon"].tolist(), largest["lat"].tolist(), strict=True):
        where = (float(lon), float(lat))
        gained = baseline.answer([*opened, NamedChange(action=Action.OPEN, lonlat=where)]).whole.gained
        if gained > most:
            best, most = where, gained
    return best, most


def _effects(siting: SitingRequest, answer: PlanningAnswer) -> list[dict[str, Any]]:
    """Return, for each site in its rank, where it lies and what it adds to those before it, by way to travel and township."""
    sites = [tuple(line["lonlat"]) for line in answer.answer["opened"]][:MOST_SHOWN]
    closed = [NamedChange(action=Action.CLOSE, number=str(line["site"])) for line in answer.answer["closed"]]
    profiles = (
        [siting.coverage.profile] if siting.coverage.delivery else profiles_beside(siting.coverage.profile)
    )
    found: list[dict[str, Any]] = [{"where": _where(site), "profiles": []} for site in sites]
    for profile in profiles:
        try:
            baseline = _baseline(siting, replace(siting.coverage, profile=profile))
        except PlanningError:
            continue
        changes = list(closed)
        before = baseline.answer(changes)
        for effect, site in zip(found, sites, strict=True):
            changes.append(NamedChange(action=Action.OPEN, lonlat=site))
            after = baseline.answer(changes)
            was = {row.code: row.after for row in before.divisions}
            effect["profiles"].append(
                {
                    "profile": profile.code,
                    "name": str(profile),
                    "gained": after.whole.after - before.whole.after,
                    "townships": [
                        {"code": row.code, "name": row.name, "gained": row.after - was.get(row.code, 0)}
                        for row in after.divisions
                        if row.after != was.get(row.code, 0)
                    ],
                }
            )
            before = after
    return found


def _where(site: LonLat) -> dict[str, str | None]:
    """Return the division that a point lies in, by outline, else by the nearest populated place."""
    point = Point(*site, srid=SRID)
    inside = Division.objects.public().filter(boundary__contains=point).order_by("-level").first()
    if inside is not None and inside.level >= Level.TOWNSHIP:
        return {"code": inside.code, "name": inside.name}
    near = (
        PopulatedPlace.objects.at_home()
        .filter(division__isnull=False, point__dwithin=(point, 0.05))
        .select_related("division")
    )
    places = sorted(near, key=lambda place: float(place.point.distance(point)))
    division = places[0].division if places else inside
    return {"code": division.code if division else None, "name": division.name if division else None}
