"""Looking reference rows up, typed."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import ReferenceValue, TravelProfile
from .models.values import ReferenceValueQuerySet


class ReferenceMissing(ObjectDoesNotExist):
    """A row that a computation needs is not in the tables; the message says which, and what to do."""


def effective_value(key: str, on: datetime.date | None = None) -> Decimal:
    """Return the number that holds on a day.

    Parameters
    ----------
    key
        The value's key, such as ``suppression-threshold``. Its unit is the row's.
    on
        The day; today if not given.

    Raises
    ------
    ReferenceMissing
        If no row of this key holds on that day. There is no number in the code to fall back on.
    """
    return effective_row(key, on).value


def effective_row(key: str, on: datetime.date | None = None) -> ReferenceValue:
    """Return the row that `effective_value` takes its number from: with unit, source, and whether it is verified.

    Raises
    ------
    ReferenceMissing
        As for `effective_value`.
    """
    day = on or timezone.localdate()
    row = ReferenceValue.objects.effective(key, on=day)
    if row is None:
        raise ReferenceMissing(
            _(
                "There is no reference value “%(key)s” for %(day)s. Add one, or run “manage.py load_reference”."
            )
            % {"key": key, "day": day}
        )
    return row


def coverage_limits_min(on: datetime.date | None = None) -> list[int]:
    """Return the limits that coverage is computed for unless others are asked for, in minutes, ascending.

    Raises
    ------
    ReferenceMissing
        If one of them has no row.
    """
    keys = [f"coverage-limit-{number}-min" for number in (1, 2, 3)]
    day = on or timezone.localdate()
    rows = ReferenceValue.objects.filter(key__in=keys).on(day).order_by(*ReferenceValueQuerySet.LATEST_FIRST)
    # Of a key's rows the first is the one that holds: written last, it stays.
    found = {row.key: row.value for row in reversed(rows)}
    return sorted(int(found[key] if key in found else effective_value(key, day)) for key in keys)


def profile(code: str) -> TravelProfile:
    """Return a way to travel by its code, with its speeds by class of road at hand.

    Raises
    ------
    ReferenceMissing
        If there is none of this code; the message lists those that there are.
    """
    found = TravelProfile.objects.prefetch_related("road_speeds").filter(code=code).first()
    if found is None:
        known = ", ".join(TravelProfile.objects.values_list("code", flat=True))
        raise ReferenceMissing(
            _("There is no travel profile “%(code)s”. There are: %(known)s.")
            % {"code": code, "known": known or _("none")}
        )
    return found


def default_profile(people: str = "") -> TravelProfile:
    """Return the way to travel that is offered first.

    Parameters
    ----------
    people
        Code of the group that travels: its first way by position, if it has one of its own. Else the first of all.

    Raises
    ------
    ReferenceMissing
        If there is none at all.
    """
    rows = TravelProfile.objects.prefetch_related("road_speeds")
    first = (rows.filter(people=people).first() if people else None) or rows.first()
    if first is None:
        raise ReferenceMissing(_("There is no travel profile. Run “manage.py load_reference”."))
    return first
