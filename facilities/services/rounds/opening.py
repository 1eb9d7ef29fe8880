"""Rounds open by themselves: the worker runs this, and so may anybody at any time; two at once do no harm.

A facility that opens, or opens again, while a round runs joins it; one that is closed or paused meanwhile leaves it, and what
was already confirmed of it stays.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pghistory
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.reference.services import ReferenceMissing
from geo_registry.territory.models import Division, Installation
from geo_registry.worklist.services import notify

from ...models import Confirmation, Facility, FacilityStatus, Round, Status
from .progress import Townships
from .settings import RoundSettings, round_settings

COMMAND: Final = "open_rounds"
OPENED: Final = "round-opened"
REMINDER: Final = "round-reminder"
OVERDUE: Final = "round-overdue"
OVERDUE_COUNTY: Final = "round-overdue-county"
# Workers wait for one another on this number.
_ADVISORY_LOCK: Final = 7_461_003
_BATCH: Final = 2000


@dataclass(frozen=True, kw_only=True)
class OpenReport:
    """What a run has done. ``round`` is the present one, opened now if ``opened``."""

    round: Round
    opened: bool
    joined: int
    left: int
    came_back: int
    told: int


def period_start(day: datetime.date, interval_months: int) -> datetime.date:
    """Return the first day of the interval that a day lies in; intervals of a year divide it from January on."""
    months = day.year * 12 + day.month - 1
    year, month = divmod(months - months % interval_months, 12)
    return datetime.date(year, month + 1, 1)


def current_round(day: datetime.date) -> Round | None:
    """Return the newest round that has opened by a day."""
    return Round.objects.filter(opens_on__lte=day).order_by("-opens_on").first()


def open_if_possible() -> None:
    """Open what is due, for the worker: an installation without a home or without the settings has no rounds yet."""
    try:
        open_rounds()
    except ReferenceMissing:
        return


@transaction.atomic
def open_rounds(*, day: datetime.date | None = None) -> OpenReport | None:
    """Open the round that is due, bring the present one up to date with the register, and tell whom it concerns.

    Parameters
    ----------
    day
        Today, if not given.

    Returns
    -------
    OpenReport or None
        ``None`` where the installation has no home yet.

    Raises
    ------
    ReferenceMissing
        If the office has not said how often a round opens.
    """
    if Installation.home() is None:
        return None
    today = day or timezone.localdate()
    settings = round_settings(today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
    with pghistory.context(command=COMMAND):
        opens_on = period_start(today, settings.interval_months)
        current, opened = Round.objects.get_or_create(
            opens_on=opens_on, defaults={"due_on": opens_on + datetime.timedelta(days=settings.due_days)}
        )
        left, came_back = _leave_and_come_back(current, today)
        joined = _join(current, today)
    told = _tell(current, today, settings)
    return OpenReport(round=current, opened=opened, joined=joined, left=left, came_back=came_back, told=told)


def _join(current: Round, today: datetime.date) -> int:
    """Give every open facility at home that has none a row in the round."""
    missing = (
        Facility.objects.at_home().open_on(today).exclude(confirmations__round=current).order_by("number")
    )
    pks = list(missing.values_list("pk", flat=True))
    for start in range(0, len(pks), _BATCH):
        rows = [Confirmation(round=current, facility_id=pk) for pk in pks[start : start + _BATCH]]
        Confirmation.objects.bulk_create(rows, ignore_conflicts=True)
    return len(pks)


def _leave_and_come_back(current: Round, today: datetime.date) -> tuple[int, int]:
    latest = FacilityStatus.objects.filter(facility=OuterRef("facility"), valid_from__lte=today)
    status = Subquery(latest.order_by("-valid_from", "-pk").values("status")[:1])
    rows = Confirmation.objects.filter(round=current).annotate(status_today=status)
    leaving = rows.open().exclude(status_today=Status.OPEN).values_list("pk", flat=True)
    back = rows.filter(state=Confirmation.State.LAPSED, status_today=Status.OPEN).values_list("pk", flat=True)
    leaving_pks, back_pks = list(leaving), list(back)
    Confirmation.objects.filter(pk__in=leaving_pks).update(state=Confirmation.State.LAPSED)
    Confirmation.objects.filter(pk__in=back_pks).update(state=Confirmation.State.WAITING)
    return len(leaving_pks), len(back_pks)


def _tell(current: Round, today: datetime.date, settings: RoundSettings) -> int:
    """Tell each township once that the round is open, once before it is due, once when it is overdue."""
    days_left = (current.due_on - today).days
    code = OVERDUE if days_left < 0 else REMINDER if days_left <= settings.reminder_days else OPENED
    left = Counter(
        Confirmation.objects.filter(round=current).open().values_list("facility__division__path", flat=True)
    )
    if not left:
        return 0
    by_town: Counter[Division | None] = Counter()
    townships = Townships.read()
    for path, count in left.items():
        by_town[townships.of(path)] += count
    told = 0
    for town, count in by_town.items():
        # What lies in no township is the county's own to confirm.
        role, where = (Role.CLERK, town) if town is not None else (Role.PLANNER, None)
        told += _tell_once(code, current, role, where, {"count": count, "where": town.name if town else ""})
    if code == OVERDUE:
        params = {"count": left.total(), "townships": sum(town is not None for town in by_town)}
        for role in (Role.REVIEWER, Role.PLANNER):
            told += _tell_once(OVERDUE_COUNTY, current, role, None, params)
    return told


def _tell_once(
    code: str, current: Round, role: Role, where: Division | None, params: Mapping[str, Any]
) -> int:
    key = f"{code}:{current.opens_on}:{role}:{where.code if where is not None else ''}"
    page = "rounds:queue" if code != OVERDUE_COUNTY else "rounds:detail"
    notification = notify(
        code=code,
        params={"round": current.opens_on.isoformat(), "due": current.due_on.isoformat(), **params},
        link=reverse(page, args=[] if page == "rounds:queue" else [current.opens_on]),
        role=role,
        division=where,
        key=key,
    )
    return int(notification is not None)
