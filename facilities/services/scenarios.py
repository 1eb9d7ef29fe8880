"""Scenarios on the register's data: what openings, closings, moves and sizes come to, beside today."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from geo_registry.territory.models import Division

from ..analysis.scenarios import Action, Change, Outcome, WhatIf
from ..models import PlanningAnswer
from .coverage import Silent, parents_of_inputs
from .coverage_inputs import GROUPS, CoverageRequest, lonlat
from .planning import PlanningError, Today, save_answer, today


@dataclass(frozen=True, kw_only=True)
class NamedChange:
    """A change that names its facility by number; ``into`` is the number of the one that a merged facility goes into."""

    action: Action
    number: str = ""
    lonlat: tuple[float, float] | None = None
    capacity: float | None = None
    into: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as saved with an answer."""
        return {
            "action": self.action.value,
            "number": self.number or None,
            "lonlat": list(self.lonlat) if self.lonlat else None,
            "capacity": self.capacity,
            "into": self.into or None,
        }


def compare_scenarios(
    *,
    request: CoverageRequest,
    set_key: str,
    scenarios: Mapping[str, Sequence[NamedChange]],
    user: User | None = None,
    progress: Progress | None = None,
) -> PlanningAnswer:
    """Compute today and each scenario, and save them side by side. Stopped before the end, nothing is saved.

    Raises
    ------
    PlanningError
        If there is no scenario, or one names a facility that is not in operation.
    AnalysisError
        On changes that cannot be carried out together.
    """
    started = time.perf_counter()
    if not scenarios:
        raise PlanningError(_("Give at least one change or scenario."))
    report, steps = progress or Silent(), len(scenarios) + 2
    report.step(0, steps, _("Reading places, facilities and roads"))
    now = today(request, set_key=set_key)
    asked = what_if_of(now, request)
    report.step(1, steps, _("Computing today"))
    before = asked.answer([])
    columns = {}
    for number, (name, changes) in enumerate(scenarios.items(), start=2):
        report.step(number, steps, _("Computing “%(scenario)s”") % {"scenario": name})
        columns[name] = asked.answer(changes_of(now, changes))
    answer = {
        "rows": _rows(before, columns, now),
        "capacity": _capacity(before, columns) if request.capacity else None,
        "facilities": {"today": len(now.ids)} | {name: len(one.lonlat) for name, one in columns.items()},
        "unsnapped_or_without_point": {
            name: len(one.travel.facilities_unsnapped) for name, one in {"today": before, **columns}.items()
        },
    }
    return save_answer(
        now,
        subject=PlanningAnswer.Subject.SCENARIOS,
        parameters={
            "thresholds_s": sorted(request.thresholds_s),
            "capacity": request.capacity.value if request.capacity else None,
            "scenarios": {name: [one.as_json() for one in changes] for name, changes in scenarios.items()},
        },
        answer=answer,
        duration_s=time.perf_counter() - started,
        user=user,
    )


def what_if_of(now: Today, request: CoverageRequest, *, groups: Sequence[str] = GROUPS) -> WhatIf:
    """Return today as a baseline for changes, counting ``groups``."""
    points = now.inputs.where.points
    return WhatIf(
        now.inputs.index,
        now.inputs.profile,
        facilities=now.lonlat,
        places=lonlat(points),
        people=points,
        division_column="division_id",
        groups=groups,
        parents=parents_of_inputs(now.inputs),
        thresholds_s=sorted(request.thresholds_s),
        capacity=now.capacity(request.capacity) if request.capacity else None,
        capacity_group=request.counted_group.value if request.capacity else None,
        direction=request.direction,
        radius_m=now.inputs.radius_m,
    )


def changes_of(now: Today, changes: Sequence[NamedChange]) -> list[Change]:
    """Return changes with the rows of the facilities that they name.

    Raises
    ------
    PlanningError
        If one is not in operation.
    """
    return [
        Change(
            action=one.action,
            facility=None if one.action is Action.OPEN else now.row(one.number),
            lonlat=one.lonlat,
            capacity=float("nan") if one.capacity is None else one.capacity,
            into=now.row(one.into) if one.into else None,
        )
        for one in changes
    ]


def _rows(before: Outcome, columns: Mapping[str, Outcome], now: Today) -> list[dict[str, Any]]:
    """Return people covered today and in each scenario, by division, for the group and each limit."""
    group = now.inputs.request.counted_group.value

    def of(outcome: Outcome) -> list[dict[str, Any]]:
        rows = outcome.shares
        kept = rows[(rows["group"] == group) & (rows["population"] > 0)]
        return [{str(name): value for name, value in row.items()} for row in kept.to_dict("records")]

    base, after = of(before), {name: of(outcome) for name, outcome in columns.items()}
    codes = {
        pk: (code, name)
        for pk, code, name in Division.objects.filter(
            pk__in={int(row["division"]) for row in base}
        ).values_list("pk", "code", "name")
    }
    found = []
    # The same people by the same divisions and limits: the rows of all outcomes stand in the same order.
    for position, row in enumerate(base):
        code, label = codes.get(int(row["division"]), (None, ""))
        found.append(
            {
                "division": code,
                "name": label,
                "threshold_s": int(row["threshold_s"]),
                "people": int(row["population"]),
                "unknown": int(row["unknown"]),
                "today": int(row["covered"]),
                "scenarios": {name: int(rows[position]["covered"]) for name, rows in after.items()},
            }
        )
    return sorted(
        found, key=lambda row: (len(row["division"] or ""), row["division"] or "", row["threshold_s"])
    )


def _capacity(before: Outcome, columns: Mapping[str, Outcome]) -> dict[str, dict[str, int]]:
    answer: dict[str, dict[str, int]] = {}
    for name, outcome in {"today": before, **columns}.items():
        one = outcome.allocation
        if one is None:
            continue
        answer[name] = {
            "served": int(one.served.sum()),
            "full": int(one.full.sum()),
            "out_of_reach": int(one.out_of_reach.sum()),
            "unknown": int(one.unknown.sum()),
            "room": int(np.nansum(outcome.capacity[np.isfinite(outcome.capacity)])),
        }
    return answer
