"""What is said of a set beside its shares: own or a neighbour's, room, access, equity."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from geo_registry.roadgraph import TimeMatrix, TravelState, TravelTimes
from geo_registry.territory.models import Division

from ..analysis import accessibility, decay, neighbours
from ..analysis.capacity import allocate_nearest_first, capacity_by_division
from ..analysis.equity import Equity, equity
from ..frames import readings
from ..models import CoverageEquity, CoverageRun, Measure
from .coverage_inputs import AccessChoice, Answer, FacilitySet, Inputs, lonlat
from .coverage_pairs import pairs_of

DECAYS: Mapping[str, Callable[[float], decay.Decay]] = {
    "step": decay.step,
    "gaussian": decay.gaussian,
    "linear": decay.linear,
    "epanechnikov": decay.epanechnikov,
    "exponential": lambda limit_s: decay.exponential(limit_s, half_s=limit_s / 3),
    "power": lambda limit_s: decay.power(limit_s, exponent=1.0),
    # Luo and Qi (2009): three rings, their weights the slower of the two sets that the paper tries.
    "zones": lambda limit_s: decay.zones([limit_s / 3, limit_s * 2 / 3, limit_s], [1.0, 0.68, 0.22]),
}
"""Weights by time, up to the longest limit of a run."""


def access_label(run: CoverageRun) -> str:
    """Say what was measured: “Accessibility (E2SFCA): meals that can be served a day for each person”."""
    choice = run.parameters.get("access") or {}
    supply = Measure(choice["supply"]).label if choice.get("supply") else ""
    words = {"measure": choice.get("measure", "").upper(), "supply": supply}
    if choice.get("measure") in {"gravity", "cumulative"}:
        return _("Accessibility (%(measure)s): %(supply)s in reach") % words
    return _("Accessibility (%(measure)s): %(supply)s for each person") % words


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One set's figures: frames by division, and the access of each place."""

    own: pd.DataFrame | None
    capacity: pd.DataFrame | None
    equity: list[dict[str, Any]]
    access: NDArray[np.float64] | None
    notes: dict[str, Any]


def times_of_pairs(
    inputs: Inputs, *, threads: int | None, check_stop: Callable[[], None] | None
) -> TimeMatrix | None:
    """Return all pairs of a facility and a point within the longest limit, where anything needs them."""
    request = inputs.request
    if request.capacity is None and request.access is None:
        return None
    return pairs_of(
        inputs,
        lonlat(inputs.facilities),
        inputs.facility_snaps,
        lonlat(inputs.where.points),
        inputs.point_snaps,
        limit_s=float(max(request.thresholds_s)),
        threads=threads,
        check_stop=check_stop,
    )


def figures_of(
    inputs: Inputs,
    one: FacilitySet,
    answer: Answer,
    parents: Mapping[Hashable, Hashable | None],
    matrix: TimeMatrix | None,
) -> Figures:
    """Compute what is asked of one set."""
    of_set = matrix.take(one.rows) if matrix is not None else None
    access, notes = _access(inputs, one, of_set)
    room, room_notes = _capacity(inputs, one, of_set, parents)
    return Figures(
        own=_own(inputs, one, answer, parents),
        capacity=room,
        equity=_equity(inputs, answer.of_points, access, parents),
        access=None if access is None else _by_place(inputs, access),
        notes=notes | room_notes,
    )


def _people(inputs: Inputs) -> NDArray[np.int64]:
    return inputs.where.points[inputs.request.counted_group.value].to_numpy(dtype=np.int64)


def _own(
    inputs: Inputs, one: FacilitySet, answer: Answer, parents: Mapping[Hashable, Hashable | None]
) -> pd.DataFrame | None:
    """Count the divisions of the set's tier that have one of their own, and whom the others' people reach."""
    tier = one.unit_tier
    if tier is None:
        return None
    units = Division.objects.counted(inputs.request.day).filter(level=tier.level)
    if inputs.division is not None:
        units = units.under(inputs.division)
    known = [pk for pk in units.order_by("pk").values_list("pk", flat=True) if pk in parents]
    return neighbours.own_and_neighbour(
        answer.of_points,
        people=_people(inputs),
        division=inputs.where.points["division_id"].tolist(),
        parents=parents,
        units=known,
        with_own=inputs.facilities["division_id"].to_numpy()[one.rows].tolist(),
        thresholds_s=sorted(inputs.request.thresholds_s),
    )


def _capacity(
    inputs: Inputs,
    one: FacilitySet,
    matrix: TimeMatrix | None,
    parents: Mapping[Hashable, Hashable | None],
) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    if inputs.request.capacity is None or matrix is None:
        return None, {}
    ids = inputs.facilities.index.to_numpy()[one.rows].tolist()
    capacity = readings(ids, measure=inputs.request.capacity, day=inputs.request.day).to_numpy()
    blocks = []
    for limit_s in sorted(inputs.request.thresholds_s):
        allocation = allocate_nearest_first(
            matrix, people=_people(inputs), capacity=capacity, limit_s=limit_s
        )
        rows = capacity_by_division(
            allocation, division=inputs.where.points["division_id"].tolist(), parents=parents
        )
        blocks.append(rows.assign(threshold_s=limit_s))
    known = capacity[~np.isnan(capacity)]
    notes = {"room": int(known.sum()), "capacity_unknown": int(np.isnan(capacity).sum())}
    return pd.concat(blocks, ignore_index=True), notes


def _access(
    inputs: Inputs, one: FacilitySet, matrix: TimeMatrix | None
) -> tuple[NDArray[np.float64] | None, dict[str, Any]]:
    choice = inputs.request.access
    if choice is None or matrix is None:
        return None, {}
    ids = inputs.facilities.index.to_numpy()[one.rows].tolist()
    supply = readings(ids, measure=choice.supply, day=inputs.request.day).to_numpy()
    answer = _measured(choice, matrix, _people(inputs), supply, float(max(inputs.request.thresholds_s)))
    notes = {
        "supply": float(np.nansum(supply)),
        "supply_unknown": len(answer.supply_unknown),
        "supply_unreached": len(answer.supply_unreached),
        "decay": answer.decay,
    }
    return answer.access, notes


def _measured(
    choice: AccessChoice,
    matrix: TimeMatrix,
    people: NDArray[np.int64],
    supply: NDArray[np.float64],
    limit_s: float,
) -> accessibility.Access:
    weights = DECAYS[choice.decay](limit_s)
    if choice.measure is accessibility.Measure.TWO_STEP:
        return accessibility.two_step(matrix, people=people, supply=supply, limit_s=limit_s)
    if choice.measure is accessibility.Measure.ENHANCED:
        return accessibility.enhanced_two_step(matrix, people=people, supply=supply, decay=weights)
    if choice.measure is accessibility.Measure.THREE_STEP:
        return accessibility.three_step(matrix, people=people, supply=supply, decay=weights)
    if choice.measure is accessibility.Measure.GRAVITY:
        return accessibility.gravity(matrix, supply=supply, decay=weights)
    return accessibility.cumulative(matrix, supply=supply, limit_s=limit_s)


def _by_place(inputs: Inputs, access: NDArray[np.float64]) -> NDArray[np.float64]:
    """Access of each place: the mean of its points, by their people; NaN where any of them is unknown."""
    row = inputs.where.points["row"].to_numpy()
    weight = _people(inputs).astype(np.float64)
    places = len(inputs.places)
    empty = np.bincount(row, weights=weight, minlength=places) == 0
    weight = np.where(empty[row], 1.0, weight)
    total = np.bincount(row, weights=weight * access, minlength=places)
    return total / np.bincount(row, weights=weight, minlength=places)


def _equity(
    inputs: Inputs,
    travel: TravelTimes,
    access: NDArray[np.float64] | None,
    parents: Mapping[Hashable, Hashable | None],
) -> list[dict[str, Any]]:
    """Describe how evenly time and access are shared out, in every division that has others in it."""
    people = _people(inputs)
    minutes = travel.time_ms / 60_000
    minutes = np.where(travel.state == TravelState.REACHED, minutes, np.inf)
    minutes = np.where(travel.state == TravelState.UNKNOWN, np.nan, minutes)
    limit = max(inputs.request.thresholds_s) / 60
    subjects: list[tuple[str, NDArray[np.float64], str, float]] = [
        (CoverageEquity.Subject.TIME, minutes, "less", limit)
    ]
    if access is not None:
        known = ~np.isnan(access) & (people > 0)
        # What falls to each if all had the same: a threshold that needs no convention.
        even = float(np.average(access[known], weights=people[known])) if known.any() else 0.0
        subjects.append((CoverageEquity.Subject.ACCESS, access, "more", even))
    rows = []
    for division, members, child in _members(inputs, parents):
        if not people[members].sum():
            continue
        for subject, values, better, threshold in subjects:
            found = equity(
                values[members],
                people[members],
                division=child,
                better=better,  # type: ignore[arg-type]
                threshold=threshold,
            )
            rows.append(_equity_row(division, subject, threshold, found))
    return rows


def _members(
    inputs: Inputs, parents: Mapping[Hashable, Hashable | None]
) -> list[tuple[Hashable, NDArray[np.int64], Sequence[Hashable]]]:
    """Each division that has others in it: its points, and in which of those each lies."""
    lowest, number = np.unique(inputs.where.points["division_id"].to_numpy(), return_inverse=True)
    holders = {parent for parent in parents.values() if parent is not None}
    children: dict[Hashable, NDArray[np.object_]] = {}
    # For each holder and each of the lowest divisions: in which of the holder's own children it lies, if in any.
    for position, code in enumerate(lowest.tolist()):
        below: Hashable = code
        at: Hashable | None = code
        while at is not None:
            if at in holders:
                column = children.setdefault(at, np.full(len(lowest), None, dtype=object))
                column[position] = below
            below, at = at, parents[at]
    found = []
    for holder in (one for one in holders if one in children):
        column = children[holder]
        inside = np.array([child is not None for child in column])
        rows = np.flatnonzero(inside[number])
        found.append((holder, rows, column[number[rows]].tolist()))
    return found


def _equity_row(division: Hashable, subject: str, threshold: float, found: Equity) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    worst = found.worst_division
    return {
        "division": division,
        "subject": str(subject),
        "people": int(found.people),
        "known": int(found.people - found.people_unknown - found.people_beyond),
        "beyond": int(found.people_beyond),
        "mean": number(found.mean),
        "gini": number(found.gini),
        "p90": number(found.p90),
        "good_enough": number(found.share_above),
        "threshold": threshold,
        "worst": None if worst == division else worst,
        "worst_mean": number(found.worst_mean),
    }
