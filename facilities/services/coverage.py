"""Coverage: how long people are on their way to the nearest open facility, and what share is within each limit.

Formula (``docs/methods/coverage.md``): coverage = Σ people·1[time ≤ limit] ÷ Σ people, over populated places. People whose place is
too far from any road are *unknown*: counted in the divisor, never as covered. A limit includes its own last millisecond.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.work import JobFailure, Progress
from geo_registry.reference.models import TravelProfile
from geo_registry.roadgraph import (
    EdgeIndex,
    Profile,
    Snaps,
    TravelState,
    TravelTimes,
    straight_line_times,
    times_to_nearest,
)
from geo_registry.territory.models import AgeGroup, Division, Installation, PopulatedPlace

from ..analysis.coverage import coverage_by_division
from ..frames import ancestors, digest, open_facilities, populated_places
from ..models import (
    CoveragePlace,
    CoverageReach,
    CoverageRun,
    CoverageSet,
    CoverageShare,
    Facility,
    Kind,
    Network,
    ReachState,
    Tier,
)
from . import network as networks

_BATCH = 5_000
# People and places that lie in no known division are added up here; it is stored as no division at all.
_NOWHERE = 0
_GROUPS = tuple(group.value for group in AgeGroup)
_STATE = {
    TravelState.REACHED: ReachState.REACHED,
    TravelState.UNREACHABLE: ReachState.UNREACHABLE,
    TravelState.UNKNOWN: ReachState.UNKNOWN,
}


class CoverageError(JobFailure):
    """Nothing can be computed, and why, in the reader's language."""


class Silent:
    """Tells nobody how far the work is."""

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class CoverageRequest:
    """What is asked: to which network, how people travel, within which limits, on which day, for whom.

    ``kinds`` empty: all of the network, each tier, and every kind that has an open facility.
    ``division`` ``None``: the installation's home, or everybody where there is no home.
    """

    network: Network
    profile: TravelProfile
    thresholds_s: tuple[int, ...]
    day: datetime.date
    kinds: tuple[Kind, ...] = ()
    division: Division | None = None
    winter: bool = False


@dataclass(frozen=True, kw_only=True)
class _FacilitySet:
    """One set to reach one of, and the rows of the facility frame that belong to it."""

    tier: Tier | None
    kind: Kind | None
    rows: np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What was computed for one set: times along the roads, and beside them in a straight line."""

    by_road: TravelTimes
    straight: TravelTimes


@dataclass(frozen=True, kw_only=True)
class _Inputs:
    """Everything one run is computed from."""

    request: CoverageRequest
    division: Division | None
    places: pd.DataFrame
    facilities: pd.DataFrame
    sets: tuple[_FacilitySet, ...]
    profile: Profile
    network: networks.Network
    place_snaps: Snaps | None
    facility_snaps: Snaps | None


def compute_coverage(
    *,
    request: CoverageRequest,
    user: User | None = None,
    job: Job | None = None,
    progress: Progress | None = None,
) -> CoverageRun:
    """Compute and save one run. It is written in one transaction: a stopped computation leaves nothing behind.

    Raises
    ------
    CoverageError
        If there are no limits or no people, or a kind does not belong to the network.
    RoadGraphError
        If a speed is out of range, or no road is open to the profile.
    """
    started = time.perf_counter()
    report = progress or Silent()
    _check(request)
    report.step(0, 4, _("Reading places, facilities and roads"))
    inputs = _read(request)
    report.step(1, 4, _("Finding the way from every place"))
    answers = [_travel(inputs, one) for one in inputs.sets]
    report.step(2, 4, _("Adding up people by division"))
    shares = _shares(inputs, answers)
    report.step(3, 4, _("Saving"))
    with transaction.atomic():
        run = _save_run(inputs, user=user, job=job)
        _save_answers(run, inputs, answers, shares)
        run.duration_s = round(time.perf_counter() - started, 3)
        run.finished_at = timezone.now()
        run.save(update_fields=["duration_s", "finished_at"])
    report.step(4, 4, _("Done"))
    return run


def _check(request: CoverageRequest) -> None:
    if not request.thresholds_s or any(limit <= 0 for limit in request.thresholds_s):
        raise CoverageError(_("Give at least one limit, in whole minutes above zero."))
    if len(set(request.thresholds_s)) != len(request.thresholds_s):
        raise CoverageError(_("A limit is given twice."))
    if len(request.thresholds_s) > 4:
        raise CoverageError(_("At most four limits: an eye tells no more colours apart."))
    foreign = [kind.name for kind in request.kinds if kind.tier.network_id != request.network.pk]
    if foreign:
        raise CoverageError(
            _("%(kinds)s does not belong to the network “%(network)s”.")
            % {"kinds": "、".join(foreign), "network": request.network}
        )


def _read(request: CoverageRequest) -> _Inputs:
    """Read people, facilities and roads, and snap the first two to the third."""
    division = request.division or Installation.home()
    queryset = PopulatedPlace.objects.all()
    places = populated_places(
        queryset.under(request.division) if request.division else queryset.at_home(), day=request.day
    )
    if places.empty:
        raise CoverageError(_("There are no populated places here. Import population first."))
    facilities = open_facilities(Facility.objects.all(), network=request.network, day=request.day)
    profile = networks.travel_profile(request.profile, winter=request.winter)
    network = networks.road_network(profile)
    place_snaps = facility_snaps = None
    if network.graph is not None:
        index = EdgeIndex(network.graph)
        place_snaps = index.snap(_lonlat(places), profile)
        facility_snaps = index.snap(_lonlat(facilities), profile)
    return _Inputs(
        request=request,
        division=division,
        places=places,
        facilities=facilities,
        sets=tuple(_sets(request, facilities)),
        profile=profile,
        network=network,
        place_snaps=place_snaps,
        facility_snaps=facility_snaps,
    )


def _lonlat(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    return frame[["lon", "lat"]].to_numpy(dtype=np.float64)


def _sets(request: CoverageRequest, facilities: pd.DataFrame) -> list[_FacilitySet]:
    """Form the sets: everything first, then tiers from above, then kinds."""
    kinds = request.kinds or tuple(Kind.objects.filter(tier__network=request.network).select_related("tier"))
    chosen = np.ones(len(facilities), dtype=bool)
    if request.kinds:
        chosen = facilities["kind_id"].isin([kind.pk for kind in kinds]).to_numpy()
    sets = [_FacilitySet(tier=None, kind=None, rows=np.flatnonzero(chosen))]
    for tier in request.network.tiers.order_by("level"):
        serves = np.array([tier.pk in tiers for tiers in facilities["tier_ids"]], dtype=bool) & chosen
        if serves.any() or not request.kinds:
            sets.append(_FacilitySet(tier=tier, kind=None, rows=np.flatnonzero(serves)))
    for kind in kinds:
        rows = np.flatnonzero((facilities["kind_id"] == kind.pk).to_numpy())
        if len(rows) or request.kinds:
            sets.append(_FacilitySet(tier=None, kind=kind, rows=rows))
    return sets


def _travel(inputs: _Inputs, one: _FacilitySet) -> _Answer:
    facility_lonlat = _lonlat(inputs.facilities)[one.rows]
    straight = straight_line_times(facility_lonlat, _lonlat(inputs.places), inputs.profile)
    if inputs.network.graph is None or inputs.place_snaps is None or inputs.facility_snaps is None:
        return _Answer(by_road=straight, straight=straight)
    by_road = times_to_nearest(inputs.network.graph, inputs.facility_snaps.take(one.rows), inputs.place_snaps)
    return _Answer(by_road=by_road, straight=straight)


def _shares(inputs: _Inputs, answers: Sequence[_Answer]) -> pd.DataFrame:
    """Add people up for every division from the home down; places that lie in none count for the whole only."""
    people = inputs.places.copy()
    top = inputs.division.pk if inputs.division else _NOWHERE
    people["division_id"] = people["division_id"].fillna(top).astype(np.int64)
    below = [int(pk) for pk in people["division_id"].unique() if pk != _NOWHERE]
    return coverage_by_division(
        people,
        division_column="division_id",
        groups=_GROUPS,
        parents=_parents(below, inputs.division),
        times={str(position): answer.by_road for position, answer in enumerate(answers)},
        thresholds_s=sorted(inputs.request.thresholds_s),
    )


def _parents(divisions: Sequence[int], root: Division | None) -> Mapping[Hashable, Hashable | None]:
    """Return every division at or above ``divisions``, up to ``root``, with the one it lies in."""
    pairs = ancestors([*divisions, *([root.pk] if root else [])], root=root)
    chain = dict(Division.objects.filter(pk__in=set(pairs["ancestor_id"])).values_list("pk", "parent_id"))
    parents: dict[Hashable, Hashable | None] = {} if root else {_NOWHERE: None}
    top = None if root else _NOWHERE
    for pk, parent in chain.items():
        parents[pk] = parent if parent in chain and not (root and pk == root.pk) else (None if root else top)
    return parents


def _save_run(inputs: _Inputs, *, user: User | None, job: Job | None) -> CoverageRun:
    request = inputs.request
    counted = inputs.places["as_of"].dropna()
    run = CoverageRun.objects.create(
        network=request.network,
        profile=request.profile,
        division=inputs.division,
        day=request.day,
        population_as_of=counted.max() if len(counted) else None,
        thresholds_s=sorted(request.thresholds_s),
        parameters={
            "profile": inputs.profile.canonical(),
            "method": "road" if inputs.network.graph is not None else "straight-line",
            "winter": request.winter,
            "kinds": [kind.code for kind in request.kinds],
        },
        input_versions={
            "network": inputs.network.version,
            "places": {"count": len(inputs.places), "sha256": digest(inputs.places)},
            "facilities": {"count": len(inputs.facilities), "sha256": _facility_digest(inputs.facilities)},
        },
        summary=_summary(inputs),
        has_demo_data=_has_demo_data(inputs),
        job=job,
        created_by=user,
    )
    run.kinds.set(request.kinds)
    return run


def _facility_digest(facilities: pd.DataFrame) -> str:
    return digest(
        facilities.assign(tier_ids=[",".join(map(str, sorted(tiers))) for tiers in facilities["tier_ids"]])
    )


def _summary(inputs: _Inputs) -> dict[str, Any]:
    """Say what the figures rest on, and what is missing under them."""
    located = inputs.facilities[["lon", "lat"]].notna().all(axis=1).to_numpy()
    unknown = np.zeros(len(inputs.places), dtype=bool)
    facilities_off_road = np.zeros(len(inputs.facilities), dtype=bool)
    if inputs.place_snaps is not None and inputs.facility_snaps is not None:
        unknown = ~inputs.place_snaps.is_snapped
        facilities_off_road = ~inputs.facility_snaps.is_snapped & located
    residents = inputs.places[AgeGroup.RESIDENTS.value]
    with_people = set(inputs.places["division_id"].dropna().astype(int))
    divisions = Division.objects.on(inputs.request.day)
    lowest = divisions.under(inputs.division) if inputs.division else divisions
    return {
        "places": len(inputs.places),
        "residents": int(residents.sum()),
        "places_unsnapped": int(unknown.sum()),
        "residents_unsnapped": int(residents[unknown].sum()),
        "facilities_open": len(inputs.facilities),
        "facilities_without_location": int((~located).sum()),
        "facilities_unsnapped": int(facilities_off_road.sum()),
        "divisions_without_population": sorted(
            lowest.filter(children__isnull=True).exclude(pk__in=with_people).values_list("code", flat=True)
        ),
        "groups_counted": [group for group in _GROUPS if int(inputs.places[group].sum()) > 0],
    }


def _has_demo_data(inputs: _Inputs) -> bool:
    return (
        PopulatedPlace.objects.filter(
            pk__in=list(inputs.places.index[:50_000]), source__is_demo=True
        ).exists()
        or Facility.objects.filter(pk__in=list(inputs.facilities.index), source__is_demo=True).exists()
        or networks.has_demo_roads()
    )


def _save_answers(
    run: CoverageRun, inputs: _Inputs, answers: Sequence[_Answer], shares: pd.DataFrame
) -> None:
    """Write sets, the way from every place, and the shares."""
    sets = CoverageSet.objects.bulk_create(
        CoverageSet(
            run=run,
            tier=one.tier,
            kind=one.kind,
            position=position,
            facility_count=len(one.rows),
            unsnapped_count=len(answers[position].by_road.facilities_unsnapped),
            facility_ids=inputs.facilities.index.to_numpy()[one.rows].tolist(),
        )
        for position, one in enumerate(inputs.sets)
    )
    CoveragePlace.objects.bulk_create(_run_places(run, inputs), batch_size=_BATCH)
    for row, one, answer in zip(sets, inputs.sets, answers, strict=True):
        CoverageReach.objects.bulk_create(_reaches(row, one, answer, inputs), batch_size=_BATCH)
    inhabited = shares[shares["population"] > 0]
    columns = ["set", "division", "group", "threshold_s", "population", "covered", "uncovered", "unknown"]
    CoverageShare.objects.bulk_create(
        (
            CoverageShare(
                set=sets[int(number)],
                division_id=int(division) or None,
                group=group,
                threshold_s=int(limit),
                people=int(people),
                covered=int(covered),
                uncovered=int(uncovered),
                unknown=int(unknown),
            )
            for number, division, group, limit, people, covered, uncovered, unknown in inhabited[columns]
            .to_numpy()
            .tolist()
        ),
        batch_size=_BATCH,
    )


def _run_places(run: CoverageRun, inputs: _Inputs) -> list[CoveragePlace]:
    off_road_m = (
        inputs.place_snaps.off_road_m
        if inputs.place_snaps is not None
        else np.full(len(inputs.places), np.nan)
    )
    people = inputs.places[list(_GROUPS)].to_dict("records")
    return [
        CoveragePlace(
            run=run,
            place_id=int(place_id),
            people={str(group): int(count) for group, count in people[i].items()},
            access_m=round(float(off_road_m[i]), 1) if np.isfinite(off_road_m[i]) else None,
        )
        for i, place_id in enumerate(inputs.places.index)
    ]


def _reaches(row: CoverageSet, one: _FacilitySet, answer: _Answer, inputs: _Inputs) -> list[CoverageReach]:
    facility_ids = inputs.facilities.index.to_numpy()[one.rows]
    metres_a_second = inputs.profile.speed_in_a_straight_line_m_s() / inputs.profile.detour_factor
    by_road, straight = answer.by_road, answer.straight
    return [
        CoverageReach(
            set=row,
            place_id=int(place_id),
            state=_STATE[TravelState(by_road.state[i])],
            time_ms=int(by_road.time_ms[i]) if by_road.time_ms[i] >= 0 else None,
            facility_id=int(facility_ids[by_road.facility[i]]) if by_road.facility[i] >= 0 else None,
            straight_line_m=round(float(straight.time_ms[i]) / 1000 * metres_a_second, 1)
            if straight.time_ms[i] >= 0
            else None,
        )
        for i, place_id in enumerate(inputs.places.index)
    ]
