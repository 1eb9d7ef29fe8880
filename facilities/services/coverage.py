"""Coverage: how long people are on their way to the nearest open facility, and what share is within each limit.

Formula (``docs/methods/coverage.md``): coverage = Σ people·1[time ≤ limit] ÷ Σ people, over populated places. People whose place is
too far from any road are *unknown*: counted in the divisor, never as covered. A limit includes its own last millisecond.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.work import JobFailure, Progress
from geo_registry.roadgraph import (
    EdgeIndex,
    straight_line_times,
    times_to_nearest,
)
from geo_registry.territory.models import Division, Installation, PopulatedPlace

from ..analysis.coverage import coverage_by_division
from ..frames import ancestors, open_facilities, populated_places
from ..models import (
    CoverageRun,
    Facility,
    Kind,
)
from . import network as networks
from .coverage_inputs import GROUPS, Answer, CoverageRequest, FacilitySet, Inputs
from .coverage_store import save_answers, save_run

__all__ = ["CoverageError", "CoverageRequest", "compute_coverage"]

# People and places that lie in no known division are added up here; it is stored as no division at all.
_NOWHERE = 0


class CoverageError(JobFailure):
    """Nothing can be computed, and why, in the reader's language."""


class Silent:
    """Tells nobody how far the work is."""

    def step(self, done: int, total: int | None = None, message: str = "") -> None:
        """Do nothing."""


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
        run = save_run(inputs, user=user, job=job)
        save_answers(run, inputs, answers, shares)
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


def _read(request: CoverageRequest) -> Inputs:
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
    return Inputs(
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


def _sets(request: CoverageRequest, facilities: pd.DataFrame) -> list[FacilitySet]:
    """Form the sets: everything first, then tiers from above, then kinds."""
    kinds = request.kinds or tuple(Kind.objects.filter(tier__network=request.network).select_related("tier"))
    chosen = np.ones(len(facilities), dtype=bool)
    if request.kinds:
        chosen = facilities["kind_id"].isin([kind.pk for kind in kinds]).to_numpy()
    sets = [FacilitySet(tier=None, kind=None, rows=np.flatnonzero(chosen))]
    for tier in request.network.tiers.order_by("level"):
        serves = np.array([tier.pk in tiers for tiers in facilities["tier_ids"]], dtype=bool) & chosen
        if serves.any() or not request.kinds:
            sets.append(FacilitySet(tier=tier, kind=None, rows=np.flatnonzero(serves)))
    for kind in kinds:
        rows = np.flatnonzero((facilities["kind_id"] == kind.pk).to_numpy())
        if len(rows) or request.kinds:
            sets.append(FacilitySet(tier=None, kind=kind, rows=rows))
    return sets


def _travel(inputs: Inputs, one: FacilitySet) -> Answer:
    facility_lonlat = _lonlat(inputs.facilities)[one.rows]
    straight = straight_line_times(facility_lonlat, _lonlat(inputs.places), inputs.profile)
    if inputs.network.graph is None or inputs.place_snaps is None or inputs.facility_snaps is None:
        return Answer(by_road=straight, straight=straight)
    by_road = times_to_nearest(inputs.network.graph, inputs.facility_snaps.take(one.rows), inputs.place_snaps)
    return Answer(by_road=by_road, straight=straight)


def _shares(inputs: Inputs, answers: Sequence[Answer]) -> pd.DataFrame:
    """Add people up for every division from the home down; places that lie in none count for the whole only."""
    people = inputs.places.copy()
    top = inputs.division.pk if inputs.division else _NOWHERE
    people["division_id"] = people["division_id"].fillna(top).astype(np.int64)
    below = [int(pk) for pk in people["division_id"].unique() if pk != _NOWHERE]
    return coverage_by_division(
        people,
        division_column="division_id",
        groups=GROUPS,
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
