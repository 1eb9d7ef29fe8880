"""Planning: for each facility in operation a safety check and a drill in each period."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from facilities.models import CheckList, Facility, Inspection
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.reference.services import effective_value

INTERVAL = "inspection-interval-months"


@dataclass(frozen=True, slots=True)
class Period:
    """The months in which everything is inspected once."""

    first: datetime.date
    last: datetime.date

    @property
    def label(self) -> str:
        """What it is called: a quarter by its number, anything else by its months."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        if months == 3 and self.first.month % 3 == 1:
            return _("quarter %(number)d of %(year)d") % {
                "number": self.first.month // 3 + 1,
                "year": self.first.year,
            }
        return _("%(first)s to %(last)s") % {
            "first": date_format(self.first, "Y-m"),
            "last": date_format(self.last, "Y-m"),
        }


def period_of(day: datetime.date | None = None) -> Period:
    """Return the period that a day lies in. Its length is the reference value ``inspection-interval-months``.

    Raises
    ------
    ReferenceMissing
        If there is no such value.
    """
    day = day or timezone.localdate()
    months = min(max(int(effective_value(INTERVAL, day)), 1), 12)
    index = (day.month - 1) // months
    first = datetime.date(day.year, index * months + 1, 1)
    return Period(first, _month_before(day.year, min(index * months + months, 12) + 1))


def _month_before(year: int, month: int) -> datetime.date:
    """Return the last day of the month before, where month 13 is next January."""
    following = datetime.date(year + (month > 12), (month - 1) % 12 + 1, 1)
    return following - datetime.timedelta(days=1)


def next_period(period: Period) -> Period:
    """Return the period after one."""
    return period_of(period.last + datetime.timedelta(days=1))


def previous_period(period: Period) -> Period:
    """Return the period before one."""
    return period_of(period.first - datetime.timedelta(days=1))


@transaction.atomic
def plan(*, period: Period, by: User) -> int:
    """Plan a check and a drill of every facility in the person's scope that is in operation; return how many are new.

    What is planned already stays as it is, also when two people plan at once.
    """
    today = timezone.localdate()
    day = min(max(today, period.first), period.last)
    there = Inspection.objects.filter(period_from=period.first).values_list("facility_id", "kind")
    known = set(there)
    rows = policy.limit(Facility.objects.open_on(day).filter(duplicate_of__isnull=True), by)
    lists = Lists()
    fresh = [
        Inspection(
            facility=facility,
            kind=kind,
            period_from=period.first,
            due=period.last,
            check_list=lists.of(facility.kind_id) if kind == Inspection.Kind.CHECK else None,
        )
        for facility in rows.only("pk", "kind_id", "number")
        for kind in Inspection.Kind.values
        if (facility.pk, kind) not in known
    ]
    before = Inspection.objects.filter(period_from=period.first).count()
    Inspection.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=2000)
    return Inspection.objects.filter(period_from=period.first).count() - before


class Lists:
    """The check-lists in use, by kind of facility; read once."""

    def __init__(self) -> None:
        self._by_kind: dict[int, CheckList] = {}
        self._general: CheckList | None = None
        for check_list in CheckList.objects.in_use().prefetch_related("kinds").order_by("code"):
            kinds = list(check_list.kinds.all())
            self._by_kind |= {kind.pk: check_list for kind in kinds}
            if not kinds and self._general is None:
                self._general = check_list

    def of(self, kind_id: int) -> CheckList | None:
        """Return the list for a kind of facility: its own, or the general one."""
        return self._by_kind.get(kind_id, self._general)
