"""Lists of signs: what a person may see of them, narrowed and in order."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.territory.models import Division, Level
from placenames.models import STANDING, Place, Sign, SignOrder

from . import settings


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is asked for."""

    status: str = ""
    division: Division | None = None
    text: str = ""
    show: str = ""


def signs_for(user: User) -> QuerySet[Sign]:
    """Return the signs that a person may see, ready to be shown."""
    rows = limit(Sign.objects.all(), user)
    return rows.select_related(
        "site__place", "site__division", "site__source", "batch", "source", "name"
    ).defer("site__division__boundary")


def listed(user: User, wanted: Filter, *, day: datetime.date | None = None) -> QuerySet[Sign]:
    """Return signs by state, division and text; ``late`` and ``unseen`` are those that should stand, or be looked at, by now."""
    today = day or timezone.localdate()
    rows = signs_for(user)
    if wanted.status in Sign.Status.values:
        rows = rows.filter(status=wanted.status)
    elif wanted.show == "late":
        rows = rows.filter(status__in=[Sign.Status.PLANNED, Sign.Status.ORDERED], due__lt=today)
    elif wanted.show == "unseen":
        rows = unseen(rows, today)
    if wanted.division is not None:
        rows = rows.filter(site__division__path__startswith=wanted.division.path)
    if wanted.text:
        rows = rows.filter(Q(text__icontains=wanted.text) | Q(asset_number__icontains=wanted.text))
    return rows.order_by("asset_number")


def unseen(rows: QuerySet[Sign], day: datetime.date) -> QuerySet[Sign]:
    """Return signs that stand and that nobody has looked at within ``sign-inspection-days``."""
    since = day - (settings.days_after("inspection", day) - day)
    seen = rows.filter(status__in=STANDING, status_on__lt=since).annotate(seen_on=Max("inspections__on_day"))
    return seen.filter(Q(seen_on__isnull=True) | Q(seen_on__lt=since))


def orders_for(user: User) -> QuerySet[SignOrder]:
    """Return the work that a person may see."""
    rows = limit(SignOrder.objects.all(), user)
    return rows.select_related(
        "sign__site__place", "sign__site__division", "sign__source", "opened_by", "done_by"
    ).defer("sign__site__division__boundary")


def counts(user: User) -> dict[str, int]:
    """Return how many signs there are in each state."""
    found = dict(limit(Sign.objects.all(), user).order_by().values_list("status").annotate(Count("pk")))
    return {status: found.get(status, 0) for status in Sign.Status.values}


def progress(user: User) -> list[dict[str, Any]]:
    """Return, by township, how many signs stand, are under way and are damaged. One query for the signs, one for the townships."""
    rows = limit(Sign.objects.kept(), user).order_by().values_list("site__division__path", "status")
    towns = list(
        limit(Division.objects.filter(level=Level.TOWNSHIP, valid_to__isnull=True), user)
        .defer("boundary")
        .order_by("path")
    )
    found = {town.path: {"division": town, "standing": 0, "under_way": 0, "damaged": 0} for town in towns}
    for path, status in rows.iterator(chunk_size=5000):
        town = next((key for key in found if (path or "").startswith(key)), None)
        if town is not None:
            counted = found[town]
            kind = "standing" if status in STANDING else "under_way"
            counted[kind] = int(counted[kind]) + 1
            if status == Sign.Status.DAMAGED:
                counted["damaged"] = int(counted["damaged"]) + 1
    return [row for row in found.values() if row["standing"] or row["under_way"]]


def places_called(text: str, user: User) -> QuerySet[Place]:
    """Return places of a person's area with this name in force, or with it in former times."""
    return limit(Place.objects.all(), user).filter(names__text=text).distinct().order_by("pk")
