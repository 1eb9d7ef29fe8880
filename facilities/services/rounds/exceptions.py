"""Which answers are unusual. Pure: values before and after, thresholds, and out come reasons.

A figure is ``[total, vacant]`` with ``vacant`` ``None`` where it has no meaning; other facts are texts.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What can be let, or served: a change of it is building work, not a day's fluctuation.
CAPACITIES = frozenset({"beds", "ordinary_beds", "nursing_beds", "daycare_places", "meals_capacity"})
TELEPHONES = frozenset({"public_phone"})
NOT_TO_EMPTY = frozenset({"opening_hours", "public_phone"})


class Reason(enum.StrEnum):
    """Why an answer waits for approval."""

    VACANCY_JUMP = "vacancy_jump"
    CAPACITY_CHANGED = "capacity_changed"
    COUNT_CHANGED = "count_changed"
    PHONE_CHANGED = "phone_changed"
    EMPTIED = "emptied"
    # The county has doubted it, and it is answered the same.
    INSISTED = "insisted"


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From which change on an answer is unusual: both the percentage and the least number must be reached.

    ``phone_changed`` and ``emptied`` are switches: 1 waits for approval, 0 does not.
    """

    vacancy_jump_percent: float
    vacancy_jump_least: float
    capacity_change_percent: float
    capacity_change_least: float
    count_change_percent: float
    count_change_least: float
    phone_changed: float
    emptied: float


def unusual(
    before: Mapping[str, Any], after: Mapping[str, Any], *, thresholds: Thresholds
) -> dict[str, Reason]:
    """Return the facts whose new value is unusual, each with the reason.

    Parameters
    ----------
    before
        What held, by the code of the fact.
    after
        What was answered.
    thresholds
        From which change on.
    """
    found = {}
    for code, value in after.items():
        reason = _why(code, before.get(code), value, thresholds)
        if reason is not None:
            found[code] = reason
    return found


def _why(code: str, before: Any, after: Any, thresholds: Thresholds) -> Reason | None:
    if before == after or not before:
        # What was not known before is no jump.
        return None
    if not after:
        return Reason.EMPTIED if code in NOT_TO_EMPTY and thresholds.emptied else None
    if isinstance(after, str):
        return Reason.PHONE_CHANGED if code in TELEPHONES and thresholds.phone_changed else None
    return _figure(code, before, after, thresholds)


def _figure(
    code: str, before: Sequence[int | None], after: Sequence[int | None], thresholds: Thresholds
) -> Reason | None:
    was, now = before[0] or 0, after[0] or 0
    if code in CAPACITIES:
        if _far(
            was,
            now,
            of=was,
            percent=thresholds.capacity_change_percent,
            least=thresholds.capacity_change_least,
        ):
            return Reason.CAPACITY_CHANGED
    elif _far(was, now, of=was, percent=thresholds.count_change_percent, least=thresholds.count_change_least):
        return Reason.COUNT_CHANGED
    if before[1] is None or after[1] is None:
        return None
    percent, least = thresholds.vacancy_jump_percent, thresholds.vacancy_jump_least
    return (
        Reason.VACANCY_JUMP
        if _far(before[1], after[1], of=max(was, now), percent=percent, least=least)
        else None
    )


def _far(was: int, now: int, *, of: int, percent: float, least: float) -> bool:
    change = abs(now - was)
    return change >= max(least, 1) and change * 100 >= percent * of
