"""What if, at once: a baseline is kept warm in the process, and every change on the map is answered from it.

A baseline is the roads, people and facilities of one question, read and snapped once. It is thrown away as soon as the register's
stamp differs, so that an answer never speaks of facilities that are no longer so.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_registry.roadgraph import TravelState
from geo_registry.territory.models import Division

from ..analysis.scenarios import Outcome, WhatIf
from .coverage_inputs import CoverageRequest
from .planning import Today, today
from .register_stamp import kept_stamp
from .scenarios import NamedChange, changes_of, what_if_of

# Baselines that a process keeps: a county's takes some tens of megabytes.
KEPT = 4
UNKNOWN_STEP = -1


@dataclass(frozen=True, kw_only=True)
class DivisionShare:
    """People of one division within the limit, before and after."""

    code: str | None
    name: str
    level: int
    people: int
    before: int
    after: int

    @property
    def gained(self) -> int:
        """How many more, or fewer."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class WhatIfAnswer:
    """What some changes come to.

    Attributes
    ----------
    whole
        All people counted.
    divisions
        Townships and whatever else lies directly below the whole, in the order of their codes.
    steps
        For each point the position of the first limit that its time is within; the number of limits if none, -1 if unknown.
    capacity
        Served, full, out of reach, unknown, where places that fill up are asked for; else ``None``.
    unsnapped
        How many of the facilities, after the changes, are too far from any road and serve nobody.
    """

    whole: DivisionShare
    divisions: list[DivisionShare]
    steps: NDArray[np.int8]
    capacity: dict[str, int] | None
    unsnapped: int


class Baseline:
    """One question's roads, people and facilities, ready for changes.

    Parameters
    ----------
    request
        The question; its longest threshold bounds what is looked at.
    set_key
        Which of the network's facilities are moved about.
    limit_s
        The limit that people are counted within.

    Raises
    ------
    PlanningError
        If there is no such set, or nobody to count.
    """

    def __init__(self, request: CoverageRequest, *, set_key: str, limit_s: int) -> None:
        self.request, self.limit_s = request, limit_s
        self.now: Today = today(request, set_key=set_key)
        self._what_if: WhatIf = what_if_of(self.now, request, groups=[request.counted_group.value])
        self._before = self._what_if.answer([])
        self._names = self._divisions()

    def answer(self, changes: Sequence[NamedChange]) -> WhatIfAnswer:
        """Compute what changes together come to.

        Raises
        ------
        PlanningError, AnalysisError
            On a facility that is not there, or changes that cannot be carried out together.
        """
        after = self._what_if.answer(changes_of(self.now, changes)) if changes else self._before
        rows = self._rows(after)
        return WhatIfAnswer(
            whole=rows[0],
            divisions=rows[1:],
            steps=self._steps(after),
            capacity=_capacity(after),
            unsnapped=len(after.travel.facilities_unsnapped),
        )

    @property
    def points(self) -> Any:
        """Where people are counted: a frame with ``lon``, ``lat``, ``row`` of the place and a column a group."""
        return self.now.inputs.where.points

    def _divisions(self) -> dict[int, tuple[str | None, str, int]]:
        """The whole and what lies directly below it, by key."""
        top = self.now.inputs.division
        if top is None:
            return {0: (None, "", 0)}
        found: dict[int, tuple[str | None, str, int]] = {top.pk: (top.code, top.name, top.level)}
        below = Division.objects.filter(parent=top).order_by("code")
        for pk, code, name, level in below.values_list("pk", "code", "name", "level"):
            found[pk] = (code, name, level)
        return found

    def _rows(self, after: Outcome) -> list[DivisionShare]:
        found = []
        then, now = self._of_limit(self._before), self._of_limit(after)
        for pk, (code, name, level) in self._names.items():
            if pk in now:
                people, covered = now[pk]
                found.append(
                    DivisionShare(
                        code=code, name=name, level=level, people=people, before=then[pk][1], after=covered
                    )
                )
        return found

    def _of_limit(self, outcome: Outcome) -> Mapping[int, tuple[int, int]]:
        rows = outcome.shares
        kept = rows[rows["threshold_s"] == self.limit_s]
        return {
            int(division): (int(people), int(covered))
            for division, people, covered in zip(
                kept["division"], kept["population"], kept["covered"], strict=True
            )
        }

    def _steps(self, outcome: Outcome) -> NDArray[np.int8]:
        limits_ms = np.array(sorted(self.request.thresholds_s), dtype=np.int64) * 1000
        travel = outcome.travel
        steps = np.searchsorted(limits_ms, travel.time_ms, side="left").astype(np.int8)
        states = np.asarray(travel.state)
        steps[states != TravelState.REACHED] = len(limits_ms)
        steps[states == TravelState.UNKNOWN] = UNKNOWN_STEP
        return steps


def _capacity(outcome: Outcome) -> dict[str, int] | None:
    one = outcome.allocation
    if one is None:
        return None
    return {
        "served": int(one.served.sum()),
        "full": int(one.full.sum()),
        "out_of_reach": int(one.out_of_reach.sum()),
        "unknown": int(one.unknown.sum()),
    }


_kept: OrderedDict[tuple[Any, ...], Baseline] = OrderedDict()
_building: dict[tuple[Any, ...], threading.Lock] = {}
_guard = threading.Lock()


def baseline_of(request: CoverageRequest, *, set_key: str, limit_s: int) -> Baseline:
    """Return the warm baseline of a question; the first time, and after each change of the register, it is read anew."""
    key = (
        request.network.pk, request.profile.pk, set_key, limit_s, request.thresholds_s, request.day, request.winter,
        request.delivery, request.leave_out_failing, request.capacity, request.counted_group,
        kept_stamp(),
    )  # fmt: skip
    with _guard:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
        lock = _building.setdefault(key, threading.Lock())
    # Whoever asks for the same while it is read waits for it, and does not read it again.
    with lock:
        with _guard:
            if key in _kept:
                return _kept[key]
        made = Baseline(request, set_key=set_key, limit_s=limit_s)
        with _guard:
            _kept[key] = made
            _building.pop(key, None)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return made
