"""Reference rows that somebody must look at: not verified yet, about to end, ended with nothing after them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Max, Model, Q
from django.urls import NoReverseMatch, reverse

from geo_registry.reference.models import CalendarDay

SOON: Final = datetime.timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Due:
    """A table of reference rows, with how many of them wait for somebody."""

    title: str
    rows: int
    unverified: int
    expiring: int
    address: str


def due(today: datetime.date) -> list[Due]:
    """Return the tables of which rows are not verified, or end within `SOON`; those with the most first."""
    found = [_of(model, today) for model in _reference_tables()]
    return sorted((one for one in found if one.unverified or one.expiring), key=lambda one: -one.unverified)


def calendar_ends_on() -> datetime.date | None:
    """Return the last day that the calendar of holidays knows; after it, weekends are all it knows."""
    last: datetime.date | None = CalendarDay.objects.aggregate(last=Max("day"))["last"]
    return last


def _reference_tables() -> Iterator[type[Model]]:
    """Yield the tables whose rows say whether anybody has verified them: the event tables of history are not among them."""
    for model in apps.get_models():
        if _has(model, "verified") and model in admin.site._registry:
            yield model


def _of(model: type[Model], today: datetime.date) -> Due:
    rows = model._default_manager.all()
    if _has(model, "valid_to"):
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=today))
    elif model is CalendarDay:
        rows = rows.filter(day__gte=today)
    expiring = rows.filter(valid_to__lte=today + SOON).count() if _has(model, "valid_to") else 0
    return Due(
        title=str(model._meta.verbose_name_plural),
        rows=rows.count(),
        unverified=rows.filter(verified=False).count(),
        expiring=expiring,
        address=_list_of(model),
    )


def _list_of(model: type[Model]) -> str:
    options: Any = model._meta
    query = "?verified__exact=0" if "verified" in (admin.site._registry[model].list_filter or ()) else ""
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_changelist") + query
    except NoReverseMatch:
        return ""


def _has(model: type[Model], field: str) -> bool:
    try:
        model._meta.get_field(field)
    except FieldDoesNotExist:
        return False
    return True
