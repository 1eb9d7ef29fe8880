"""A computed coverage run is written to the database: its row, its sets, the way from every place, the shares.

The answers are many plain numbers and no record of the register, so they are streamed with ``COPY``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import Model
from numpy.typing import NDArray

from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.roadgraph import TravelState
from geo_registry.territory.models import AgeGroup, Division, PopulatedPlace
from geo_registry.territory.services import network as networks

from ..frames import digest
from ..models import (
    CoverageCapacity,
    CoverageEquity,
    CoverageOwn,
    CoveragePlace,
    CoverageReach,
    CoverageRun,
    CoverageSet,
    CoverageShare,
    Facility,
    ReachState,
)
from .coverage_figures import Figures
from .coverage_inputs import GROUPS, NOWHERE, Answer, CoverageRequest, FacilitySet, Inputs

_STATE = {
    TravelState.REACHED: ReachState.REACHED,
    TravelState.UNREACHABLE: ReachState.UNREACHABLE,
    TravelState.BEYOND_LIMIT: ReachState.BEYOND_RADIUS,
    TravelState.UNKNOWN: ReachState.UNKNOWN,
}


def save_run(inputs: Inputs, *, user: User | None, job: Job | None) -> CoverageRun:
    """Write the run's own row: its parameters, the versions of its inputs, what is missing under its figures."""
    request = inputs.request
    counted = inputs.places["as_of"].dropna()
    run = CoverageRun.objects.create(
        network=request.network,
        profile=request.profile,
        division=inputs.division,
        day=request.day,
        population_as_of=counted.max() if len(counted) else None,
        thresholds_s=sorted(request.thresholds_s),
        parameters=_parameters(request)
        | {
            "profile": inputs.profile.canonical(),
            "method": "road" if inputs.network.graph is not None else "straight-line",
            "left_out_failing": list(inputs.failing),
            "delivery_radius_m": inputs.radius_m,
            "spread": inputs.where.spread,
        },
        input_versions=input_versions(inputs),
        summary=_summary(inputs),
        has_demo_data=has_demo_data(inputs),
        job=job,
        created_by=user,
    )
    run.kinds.set(request.kinds)
    return run


def input_versions(inputs: Inputs) -> dict[str, Any]:
    """Return how many of each input there are, with a digest of them."""
    return {
        "network": inputs.network.version,
        "places": {"count": len(inputs.places), "sha256": digest(inputs.places)},
        "points": {"count": len(inputs.where.points), "sha256": digest(inputs.where.points)},
        "facilities": {"count": len(inputs.facilities), "sha256": _facility_digest(inputs.facilities)},
        "register": {name: list(numbers) for name, numbers in inputs.register.items()},
    }


def _parameters(request: CoverageRequest) -> dict[str, Any]:
    access = request.access
    return {
        "winter": request.winter,
        "kinds": [kind.code for kind in request.kinds],
        "functions": [function.code for function in request.functions],
        "delivery": request.delivery,
        "leave_out_failing": request.leave_out_failing,
        "group": request.counted_group.value,
        "capacity": request.capacity.value if request.capacity else None,
        "access": {
            "measure": access.measure.value,
            "decay": access.decay,
            "supply": access.supply.value,
        }
        if access
        else None,
    }


def _facility_digest(facilities: pd.DataFrame) -> str:
    def joined(column: str) -> list[str]:
        return [",".join(map(str, sorted(ids))) for ids in facilities[column]]

    return digest(facilities.assign(tier_ids=joined("tier_ids"), function_ids=joined("function_ids")))


def _summary(inputs: Inputs) -> dict[str, Any]:
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
        "points": len(inputs.where.points),
        "places_spread": len(inputs.where.spread),
        "failing_left_out": len(inputs.failing),
        "groups_counted": [group for group in GROUPS if int(inputs.places[group].sum()) > 0],
    }


def has_demo_data(inputs: Inputs) -> bool:
    """Whether anything that the figures rest on is openly invented."""
    invented = PopulatedPlace.objects.filter(source__is_demo=True)
    within = invented.under(inputs.division) if inputs.division else invented
    return (
        within.exists()
        or Facility.objects.filter(pk__in=list(inputs.facilities.index), source__is_demo=True).exists()
        or networks.has_demo_roads()
    )


def save_answers(
    run: CoverageRun,
    inputs: Inputs,
    answers: Sequence[Answer],
    shares: pd.DataFrame,
    access: Sequence[NDArray[np.float64] | None],
) -> list[CoverageSet]:
    """Write sets, places, the way from every place, and the shares. Must run in the run's own transaction."""
    sets = CoverageSet.objects.bulk_create(
        CoverageSet(
            run=run,
            tier=one.tier,
            kind=one.kind,
            function=one.function,
            position=position,
            facility_count=len(one.rows),
            unsnapped_count=len(answers[position].by_road.facilities_unsnapped),
            facility_ids=inputs.facilities.index.to_numpy()[one.rows].tolist(),
        )
        for position, one in enumerate(inputs.sets)
    )
    _copy(CoveragePlace, _place_rows(run, inputs))
    for row, one, answer, values in zip(sets, inputs.sets, answers, access, strict=True):
        _copy(CoverageReach, _reach_rows(row, one, answer, inputs).assign(access=values))
    _copy(CoverageShare, _share_rows(sets, shares))
    return sets


def save_figures(sets: Sequence[CoverageSet], figures: Sequence[Figures], *, group: AgeGroup) -> None:
    """Write what is said of each set beside its shares. Must run in the run's own transaction."""
    for row, one in zip(sets, figures, strict=True):
        for model, frame in ((CoverageOwn, one.own), (CoverageCapacity, one.capacity)):
            if frame is None:
                continue
            inhabited = frame[(frame["population"] > 0) | (frame.get("units", 0) > 0)]
            counts = inhabited.drop(columns=["division", "population", "share"], errors="ignore").astype(int)
            _copy(
                model,
                counts.assign(
                    set_id=row.pk,
                    division_id=_division_ids(inhabited),
                    group=group.value,
                    people=inhabited["population"].astype(int),
                ),
            )
        CoverageEquity.objects.bulk_create(
            CoverageEquity(
                set=row,
                division_id=values.pop("division") or None,
                worst_id=values.pop("worst") or None,
                group=group.value,
                **values,
            )
            for values in (dict(found) for found in one.equity)
        )
    CoverageSet.objects.bulk_update(
        [_noted(row, one) for row, one in zip(sets, figures, strict=True)], ["notes"]
    )


def _noted(row: CoverageSet, one: Figures) -> CoverageSet:
    row.notes = one.notes
    return row


def _division_ids(frame: pd.DataFrame) -> pd.Series:
    numbers = frame["division"].astype("Int64")
    return numbers.mask(numbers == NOWHERE)


def _place_rows(run: CoverageRun, inputs: Inputs) -> pd.DataFrame:
    off_road_m = inputs.place_snaps.off_road_m if inputs.place_snaps is not None else np.nan
    template = "{" + ", ".join(f"{json.dumps(group)}: %d" for group in GROUPS) + "}"
    counts = zip(*(inputs.places[group].tolist() for group in GROUPS), strict=True)
    return pd.DataFrame(
        {
            "run_id": str(run.pk),
            "place_id": inputs.places.index,
            "people": [template % row for row in counts],
            "access_m": np.where(np.isfinite(off_road_m), np.round(off_road_m, 1), np.nan),
        }
    )


def _reach_rows(row: CoverageSet, one: FacilitySet, answer: Answer, inputs: Inputs) -> pd.DataFrame:
    facility_ids = inputs.facilities.index.to_numpy(dtype=np.int64)[one.rows]
    metres_a_second = inputs.profile.speed_in_a_straight_line_m_s() / inputs.profile.detour_factor
    by_road, straight = answer.by_road, answer.straight
    facility = pd.array([pd.NA] * len(by_road), dtype="Int64")
    found = by_road.facility >= 0
    facility[found] = facility_ids[by_road.facility[found]]
    return pd.DataFrame(
        {
            "set_id": row.pk,
            "place_id": inputs.places.index,
            "state": [_STATE[TravelState(state)].value for state in by_road.state],
            "time_ms": pd.Series(by_road.time_ms, dtype="Int64").mask(by_road.time_ms < 0),
            "facility_id": facility,
            "straight_line_m": pd.Series(np.round(straight.time_ms / 1000 * metres_a_second, 1)).mask(
                straight.time_ms < 0
            ),
        }
    )


def _share_rows(sets: Sequence[CoverageSet], shares: pd.DataFrame) -> pd.DataFrame:
    inhabited = shares[shares["population"] > 0]
    ids = np.array([row.pk for row in sets])
    return pd.DataFrame(
        {
            "set_id": ids[inhabited["set"].astype(int)],
            "division_id": _division_ids(inhabited),
            "group": inhabited["group"],
            "threshold_s": inhabited["threshold_s"].astype(int),
            "people": inhabited["population"].astype(int),
            "covered": inhabited["covered"].astype(int),
            "uncovered": inhabited["uncovered"].astype(int),
            "unknown": inhabited["unknown"].astype(int),
            "at_points": inhabited["at_points"].astype(int),
        }
    )


def _copy(model: type[Model], rows: pd.DataFrame) -> None:
    """Stream rows into a table; the columns are named as the table names them, missing values are NULL."""
    stream = io.StringIO()
    rows.to_csv(stream, header=False, index=False)
    stream.seek(0)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in rows.columns)
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN WITH (FORMAT csv)"
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(statement, stream)
