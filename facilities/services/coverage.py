"""Coverage: how long people are on their way to the nearest open facility, and what share is within each limit.

Formula (``docs/methods/coverage.md``): coverage = Σ people·1[time ≤ limit] ÷ Σ people, over populated places. People whose place is
too far from any road are *unknown*: counted in the divisor, never as covered. A limit includes its own last millisecond.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence

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
    Snaps,
    TravelTimes,
    nearest_of_pairs,
    straight_line_times,
    times_to_nearest,
)
from geo_registry.territory.models import Division, Installation, PopulatedPlace
from geo_registry.territory.services import network as networks

from ..analysis.coverage import coverage_by_division
from ..frames import ancestors, open_facilities, populated_places
from ..models import (
    CoverageRun,
    Facility,
    FacilityQuerySet,
    Kind,
)
from .assessments.scoring import failing_on
from .coverage_figures import Figures, figures_of, times_of_pairs
from .coverage_inputs import (
    GROUPS,
    NOWHERE,
    AccessChoice,
    Answer,
    CoverageRequest,
    FacilitySet,
    Inputs,
    lonlat,
)
from .coverage_pairs import pairs_of
from .coverage_store import save_answers, save_figures, save_run
from .coverage_where import where_people_are
from .register_stamp import register_stamp

__all__ = ["AccessChoice", "CoverageError", "CoverageRequest", "compute_coverage"]


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
    threads: int | None = 1,
) -> CoverageRun:
    """Compute and save one run. It is written in one transaction: a stopped computation leaves nothing behind.

    Parameters
    ----------
    threads
        How many facilities are searched at once: one beside a web server's other work, ``None`` for all processors.

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
    report.step(0, 5, _("Reading places, facilities and roads"))
    inputs = read_inputs(request)
    report.step(1, 5, _("Finding the way from every place"))
    answers = [_travel(inputs, one) for one in inputs.sets]
    report.step(2, 5, _("Adding up people by division"))
    parents = parents_of_inputs(inputs)
    shares = _shares(inputs, answers, parents)
    report.step(3, 5, _("Who has one of its own, who finds room"))
    matrix = times_of_pairs(inputs, threads=threads, check_stop=lambda: report.step(3, 5))
    figures = [
        figures_of(inputs, one, answer, parents, matrix)
        for one, answer in zip(inputs.sets, answers, strict=True)
    ]
    report.step(4, 5, _("Saving"))
    with transaction.atomic():
        run = _save(inputs, answers, shares, figures, user=user, job=job)
        run.duration_s = round(time.perf_counter() - started, 3)
        run.finished_at = timezone.now()
        run.save(update_fields=["duration_s", "finished_at"])
    report.step(5, 5, _("Done"))
    return run


def _save(
    inputs: Inputs,
    answers: Sequence[Answer],
    shares: pd.DataFrame,
    figures: Sequence[Figures],
    *,
    user: User | None,
    job: Job | None,
) -> CoverageRun:
    run = save_run(inputs, user=user, job=job)
    sets = save_answers(run, inputs, answers, shares, [one.access for one in figures])
    save_figures(sets, figures, group=inputs.request.counted_group)
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
            % {"kinds": _(", ").join(foreign), "network": request.network}
        )


def read_places(request: CoverageRequest) -> pd.DataFrame:
    """Read the people that are asked about.

    Raises
    ------
    CoverageError
        If there are none.
    """
    queryset = PopulatedPlace.objects.all()
    places = populated_places(
        queryset.under(request.division) if request.division else queryset.at_home(), day=request.day
    )
    if places.empty:
        raise CoverageError(_("There are no populated places here. Import population first."))
    return places


def read_inputs(request: CoverageRequest) -> Inputs:
    """Read people, facilities and roads, and snap the first two to the third."""
    division = request.division or Installation.home()
    # Taken before anything is read: what changes meanwhile is seen as a change afterwards.
    register_state = register_stamp()
    places = read_places(request)
    facilities, failing = counted_facilities(request)
    profile = networks.travel_profile(request.profile, winter=request.winter)
    network = networks.road_network(profile)
    where = where_people_are(places, request=request, top=division)
    index = EdgeIndex(network.graph) if network.graph is not None else None

    def snapped(frame: pd.DataFrame) -> Snaps | None:
        return index.snap(lonlat(frame), profile) if index is not None else None

    place_snaps = snapped(places)
    return Inputs(
        request=request,
        division=division,
        places=places,
        where=where,
        facilities=facilities,
        sets=tuple(sets_of(request, facilities)),
        profile=profile,
        network=network,
        index=index,
        place_snaps=place_snaps,
        point_snaps=snapped(where.points) if where.is_spread else place_snaps,
        village_snaps=snapped(where.villages),
        facility_snaps=snapped(facilities),
        failing=failing,
        radius_m=networks.delivery_radius_m(request.profile) if request.delivery else None,
        register=register_state,
    )


def counted_facilities(request: CoverageRequest) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the facilities that a request counts, and the numbers of those that it leaves out because they did not pass."""
    register: FacilityQuerySet = Facility.objects.all()
    failing: tuple[str, ...] = ()
    if request.leave_out_failing:
        out = failing_on(request.day)
        still_open = register.filter(pk__in=out.values("pk")).open_on(request.day)
        failing = tuple(still_open.order_by("number").values_list("number", flat=True))
        register = register.exclude(pk__in=out.values("pk"))
    return open_facilities(register, network=request.network, day=request.day), failing


def sets_of(request: CoverageRequest, facilities: pd.DataFrame) -> list[FacilitySet]:
    """Form the sets: everything first, then tiers from above, then kinds, then functions."""
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
    for function in request.functions:
        does = np.array([function.pk in ones for ones in facilities["function_ids"]], dtype=bool) & chosen
        sets.append(FacilitySet(tier=None, kind=None, function=function, rows=np.flatnonzero(does)))
    return sets


def _travel(inputs: Inputs, one: FacilitySet) -> Answer:
    facility_lonlat = lonlat(inputs.facilities)[one.rows]

    def straight(frame: pd.DataFrame) -> TravelTimes:
        return straight_line_times(facility_lonlat, lonlat(frame), inputs.profile)

    def by_road(snaps: Snaps | None, frame: pd.DataFrame) -> TravelTimes:
        facility_snaps = None if inputs.facility_snaps is None else inputs.facility_snaps.take(one.rows)
        if inputs.radius_m is not None:
            pairs = pairs_of(inputs, facility_lonlat, facility_snaps, lonlat(frame), snaps)
            return nearest_of_pairs(pairs, is_limited=False)
        if inputs.network.graph is None or snaps is None or facility_snaps is None:
            return straight(frame)
        return times_to_nearest(
            inputs.network.graph,
            facility_snaps,
            snaps,
            direction=inputs.request.direction,
        )

    of_places = by_road(inputs.place_snaps, inputs.places)
    return Answer(
        by_road=of_places,
        straight=straight(inputs.places),
        of_points=by_road(inputs.point_snaps, inputs.where.points) if inputs.where.is_spread else of_places,
        of_villages=by_road(inputs.village_snaps, inputs.where.villages),
    )


def _shares(
    inputs: Inputs, answers: Sequence[Answer], parents: Mapping[Hashable, Hashable | None]
) -> pd.DataFrame:
    """Add people up for every division from the home down; places that lie in none count for the whole only."""

    def added_up(frame: pd.DataFrame, times: Sequence[TravelTimes]) -> pd.DataFrame:
        return coverage_by_division(
            frame,
            division_column="division_id",
            groups=GROUPS,
            parents=parents,
            times={str(position): one for position, one in enumerate(times)},
            thresholds_s=sorted(inputs.request.thresholds_s),
        )

    shares = added_up(inputs.where.points, [answer.of_points for answer in answers])
    at_points = added_up(inputs.where.villages, [answer.of_villages for answer in answers])
    return shares.assign(at_points=at_points["covered"])


def parents_of_inputs(inputs: Inputs) -> Mapping[Hashable, Hashable | None]:
    """Return every division that people or facilities are in, with the one it lies in."""
    below = [int(pk) for pk in inputs.where.points["division_id"].unique() if pk != NOWHERE]
    standing = inputs.facilities["division_id"].dropna().astype(int)
    if inputs.division is not None:
        inside = Division.objects.under(inputs.division).filter(pk__in=standing.unique().tolist())
        below += [pk for pk in inside.values_list("pk", flat=True) if pk not in below]
    units = _units_below(inputs)
    return parents_of([*below, *(pk for pk in units if pk not in below)], inputs.division)


def _units_below(inputs: Inputs) -> list[int]:
    """Divisions that ought to have a facility each, also those that nobody is counted in."""
    levels = {one.unit_tier.level for one in inputs.sets if one.unit_tier is not None}
    if inputs.division is None or not levels:
        return []
    counted = Division.objects.counted(inputs.request.day).under(inputs.division)
    return list(counted.filter(level__in=levels).values_list("pk", flat=True))


def parents_of(divisions: Sequence[int], root: Division | None) -> Mapping[Hashable, Hashable | None]:
    """Return every division at or above ``divisions``, up to ``root``, with the one it lies in."""
    pairs = ancestors([*divisions, *([root.pk] if root else [])], root=root)
    chain = dict(Division.objects.filter(pk__in=set(pairs["ancestor_id"])).values_list("pk", "parent_id"))
    parents: dict[Hashable, Hashable | None] = {} if root else {NOWHERE: None}
    top = None if root else NOWHERE
    for pk, parent in chain.items():
        parents[pk] = parent if parent in chain and not (root and pk == root.pk) else (None if root else top)
    return parents
