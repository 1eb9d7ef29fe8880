"""What the office has agreed on for its rounds: rows of ``reference`` with their source, read here and nowhere else."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import F

from geo_registry.reference.models import ReferenceValue
from geo_registry.reference.services import ReferenceMissing, effective_value

from .exceptions import Thresholds

INTERVAL_MONTHS: Final = "confirmation-interval-months"
DUE_DAYS: Final = "confirmation-due-days"
REMINDER_DAYS: Final = "confirmation-reminder-days"
HOLD_MINUTES: Final = "confirmation-hold-minutes"
STALE_MONTHS: Final = "confirmation-stale-months"
_THRESHOLDS: Final = {
    "vacancy_jump_percent": "confirmation-vacancy-jump-percent",
    "vacancy_jump_least": "confirmation-vacancy-jump-least",
    "capacity_change_percent": "confirmation-capacity-change-percent",
    "capacity_change_least": "confirmation-capacity-change-least",
    "count_change_percent": "confirmation-count-change-percent",
    "count_change_least": "confirmation-count-change-least",
    "phone_changed": "confirmation-phone-approval",
    "emptied": "confirmation-emptied-approval",
}


@dataclass(frozen=True, kw_only=True)
class RoundSettings:
    """How often a round opens, and how long it takes."""

    interval_months: int
    due_days: int
    reminder_days: int


def round_settings(day: datetime.date) -> RoundSettings:
    """Read them as they hold on a day.

    Raises
    ------
    ReferenceMissing
        If one of them has no row.
    """
    return RoundSettings(
        interval_months=max(1, int(effective_value(INTERVAL_MONTHS, day))),
        due_days=max(0, int(effective_value(DUE_DAYS, day))),
        reminder_days=max(0, int(effective_value(REMINDER_DAYS, day))),
    )


def thresholds(day: datetime.date) -> Thresholds:
    """Read from which change on an answer is unusual. One query.

    Raises
    ------
    ReferenceMissing
        If one of them has no row.
    """
    rows = ReferenceValue.objects.filter(key__in=_THRESHOLDS.values()).on(day)
    values: dict[str, Decimal] = {
        row.key: row.value for row in rows.order_by(F("valid_from").asc(nulls_first=True), "pk")
    }
    for key in _THRESHOLDS.values():
        if key not in values:
            # Says which, and what to do.
            effective_value(key, day)
    return Thresholds(**{name: float(values[key]) for name, key in _THRESHOLDS.items()})


def hold_for(day: datetime.date) -> datetime.timedelta:
    """Return how long a facility is held for whoever has it open without a sign of life."""
    return datetime.timedelta(minutes=max(1, int(effective_value(HOLD_MINUTES, day))))


def stale_months(day: datetime.date) -> int | None:
    """Return after how many months a figure is said to be stale; ``None`` where nobody has agreed on any."""
    try:
        return max(1, int(effective_value(STALE_MONTHS, day)))
    except ReferenceMissing:
        return None


def months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months earlier, or the last of a month that is too short for it."""
    month = day.year * 12 + day.month - 1 - months
    year, number = divmod(month, 12)
    first_of_next = datetime.date(year + number // 11, (number + 1) % 12 + 1, 1)
    last = (first_of_next - datetime.timedelta(days=1)).day
    return datetime.date(year, number + 1, min(day.day, last))
