"""All that the public is told of one facility."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from ..models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityStatus,
    Function,
    Status,
    fact_label,
)
from ..models.facility import ACCESSIBILITY
from .freshness import PUBLIC_CODES, Verified, verified
from .merging import resolve
from .opening import (
    DayHours,
    OpenNow,
    calendar_around,
    open_now,
    special_days,
    varies_by_season,
    week_in_words,
)
from .public import PUBLIC_FIELDS


@dataclass(frozen=True, kw_only=True)
class FacilityPage:
    """A facility with its dated history as of a day. Reasons and documents of a status are the office's own."""

    facility: Facility
    status: Status | None
    status_since: datetime.date | None
    functions: Sequence[Function]
    operator: FacilityOperator | None
    readings: Sequence[CapacityReading]
    statuses: Sequence[FacilityStatus]
    verified: Mapping[str, Verified]
    upcoming: FacilityStatus | None
    opening: OpenNow | None
    week: Sequence[DayHours]
    special: Sequence[DayHours]
    seasonal: bool
    holidays_known: bool

    @property
    def is_open_status(self) -> bool:
        """Whether it is in operation."""
        return self.status == Status.OPEN

    @property
    def data_date(self) -> datetime.date | None:
        """The day of the newest figure, else of the source."""
        days = [reading.as_of for reading in self.readings]
        source = self.facility.source
        return max(days) if days else source.dated if source else None


def facility_page(*, number: str, now: datetime.datetime) -> FacilityPage:
    """Return what the public is told of the facility with a number.

    Raises
    ------
    Facility.DoesNotExist
        If there is none, or none that is public.
    """
    day = now.date()
    rows = (
        Facility.objects.public()
        .with_status(day)
        .select_related("kind__tier__network", "division__parent", "source")
    )
    facility = rows.only(
        *PUBLIC_FIELDS, "floor_area_m2", "ownership", "division__parent__name", "kind__tier__network__name_zh",
        "kind__tier__network__name_en", "kind__tier__name_zh", "kind__tier__name_en", "kind__tier__level",
    ).get(number=number)  # fmt: skip
    status = Status(facility.status) if facility.status else None  # type: ignore[attr-defined]
    calendar = calendar_around(day)
    hours = facility.opening_hours if status == Status.OPEN else ""
    return FacilityPage(
        facility=facility,
        status=status,
        status_since=facility.status_since,  # type: ignore[attr-defined]
        functions=functions_of(facility, day=day),
        operator=FacilityOperator.objects.on(day).filter(facility=facility).order_by("-valid_from").first(),
        readings=latest_readings(facility),
        statuses=past_statuses(facility, day=day),
        verified=verified(facility, facility.verifications.filter(code__in=PUBLIC_CODES)),
        upcoming=next_status(facility, day=day),
        opening=open_now(hours, now=now, calendar=calendar) if status == Status.OPEN else None,
        week=week_in_words(hours, day=day),
        special=special_days(hours, day=day, calendar=calendar),
        seasonal=varies_by_season(hours),
        holidays_known=day.year in calendar.years,
    )


@dataclass(frozen=True, kw_only=True)
class Access:
    """One thing that makes a place accessible, and whether it is there, in words; not known is a value of its own."""

    code: str
    label: str
    value: str
    words: str


def access_of(facility: Facility) -> list[Access]:
    """Return what is known of a facility's accessibility, and what is not; empty where nothing is known at all."""
    found = [
        Access(
            code=code,
            label=fact_label(code),
            value=value,
            words=str(Facility.Provision(value).label) if value else pgettext("accessibility", "not known"),
        )
        for code in ACCESSIBILITY
        for value in [getattr(facility, code)]
    ]
    return found if any(one.value for one in found) else []


def stands_for(number: str) -> str | None:
    """Return the number of the public facility that a record was merged into, or ``None``."""
    try:
        found = resolve(number)
    except ValueError:
        return None
    if found is None or found.number == number:
        return None
    return found.number if Facility.objects.public().filter(pk=found.pk).exists() else None


def next_status(facility: Facility, *, day: datetime.date) -> FacilityStatus | None:
    """Return what a facility is going to be, and from when: the day alone, no reasons."""
    rows = facility.statuses.filter(valid_from__gt=day).only("status", "valid_from", "facility")
    return rows.order_by("valid_from").first()


def past_statuses(facility: Facility, *, day: datetime.date) -> list[FacilityStatus]:
    """Return what a facility has been until ``day``, newest first: status and day, no reasons."""
    rows = facility.statuses.filter(valid_from__lte=day).only("status", "valid_from", "facility")
    return list(rows.order_by("-valid_from"))


def functions_of(facility: Facility, *, day: datetime.date) -> list[Function]:
    """Return the public functions a facility declares on ``day``, or its kind's usual ones where it declares none."""
    declared = FacilityFunction.objects.on(day).filter(facility=facility)
    functions = Function.objects.filter(public=True)
    own = list(functions.filter(pk__in=declared.values("function_id")))
    if own or declared.exists():
        return own
    return list(functions.filter(kinds=facility.kind_id))


def latest_readings(facility: Facility) -> list[CapacityReading]:
    """Return the newest reading of each measure, in the order in which measures are declared."""
    latest = facility.readings.order_by("measure", "-as_of").distinct("measure")
    order = [value for value, _label in CapacityReading._meta.get_field("measure").flatchoices]
    known = [reading for reading in latest if reading.total is not None]
    return sorted(known, key=lambda reading: order.index(reading.measure))


_STATUS_WORDS: Final[Mapping[Status, str]] = {
    Status.PLANNED: gettext_noop("only planned"),
    Status.BUILDING: gettext_noop("being built, not open yet"),
    Status.OPEN: gettext_noop("in operation"),
    Status.PAUSED: gettext_noop("closed for the time being"),
    Status.IDLE: gettext_noop("not in use"),
    Status.MERGED: gettext_noop("merged into another place"),
    Status.CLOSED: gettext_noop("closed for good"),
}


def status_words(status: Status | None) -> str:
    """Say a status as one would tell a visitor."""
    if status is None:
        return _("not known whether it is open")
    return _(_STATUS_WORDS[status])
