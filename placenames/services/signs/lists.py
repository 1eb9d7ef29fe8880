"""Lists of signs: what a person may see of them, narrowed and in order."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.contrib.gis.geos import Point
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.territory.models import Division, Level
from placenames.models import STANDING, Name, Place, Sign, SignOrder

from ..checking.subject import distances_m
from . import settings
from .planning import Scope, road_places


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
        "sign__site__place", "sign__site__division", "sign__source", "sign__batch", "opened_by", "done_by"
    ).defer("sign__site__division__boundary")


WORK: Final = {
    "open": gettext_lazy("Open"),
    "late": gettext_lazy("Overdue"),
    "claims": gettext_lazy("Under warranty"),
    "done": gettext_lazy("Done"),
}


def work_shown(user: User, show: str, day: datetime.date) -> QuerySet[SignOrder]:
    """Return the work that a key of `WORK` stands for: the most urgent first, what is over by the day it ended."""
    rows = orders_for(user)
    if show == "done":
        return rows.exclude(state=SignOrder.State.OPEN).order_by(F("done_on").desc(nulls_last=True), "-pk")
    if show == "claims":
        return (
            rows.filter(under_warranty=True)
            .exclude(state=SignOrder.State.CANCELLED)
            .order_by("-state", "due", "pk")
        )
    rows = rows.filter(state=SignOrder.State.OPEN)
    return rows.filter(due__lt=day) if show == "late" else rows


def counts(user: User) -> dict[str, int]:
    """Return how many signs there are in each state."""
    found = dict(limit(Sign.objects.all(), user).order_by().values_list("status").annotate(Count("pk")))
    return {status: found.get(status, 0) for status in Sign.Status.values}


def progress(user: User, day: datetime.date | None = None) -> list[dict[str, Any]]:
    """Return, by township, how many signs stand, are damaged, were not looked at in time, and are under way; open and overdue work.

    Four queries, however many townships.
    """
    today = day or timezone.localdate()
    towns = limit(Division.objects.filter(level=Level.TOWNSHIP, valid_to__isnull=True), user)
    zero = {"standing": 0, "under_way": 0, "damaged": 0, "unseen": 0, "open": 0, "late": 0}
    found: dict[str, dict[str, Any]] = {
        town.path: {"division": town, **zero} for town in towns.defer("boundary").order_by("path")
    }

    def add(path: str | None, kind: str) -> None:
        # A township's path is the beginning of those of all that lies in it.
        row = found.get("/".join((path or "").split("/")[:depth]) + "/")
        if row is not None:
            row[kind] += 1

    depth = len(next(iter(found), "").strip("/").split("/"))
    signs = limit(Sign.objects.kept(), user).order_by()
    for path, status in signs.values_list("site__division__path", "status").iterator(chunk_size=5000):
        add(path, "standing" if status in STANDING else "under_way")
        if status == Sign.Status.DAMAGED:
            add(path, "damaged")
    for path in unseen(signs, today).values_list("site__division__path", flat=True):
        add(path, "unseen")
    work = limit(SignOrder.objects.open(), user).order_by().values_list("sign__site__division__path", "due")
    for path, due in work.iterator(chunk_size=5000):
        add(path, "open")
        if due is not None and due < today:
            add(path, "late")
    return [row for row in found.values() if row["standing"] or row["under_way"] or row["open"]]


def places_called(text: str, user: User) -> QuerySet[Place]:
    """Return places of a person's area with this name in force, or with it in former times."""
    return places_of(user).filter(names__text=text).distinct().order_by("pk")


def places_of(user: User) -> QuerySet[Place]:
    """Return the places of a person's area, and the roads that run through it."""
    own = limit(Place.objects.all(), user).order_by().values("pk")
    through = road_places(Scope(), user).order_by().values("pk")
    return Place.objects.filter(Q(pk__in=own) | Q(pk__in=through))


def place_called(text: str, user: User, point: Point) -> Place | None:
    """Return the place of a person's area that a sign at a point names: of several of one name, the nearest.

    Parameters
    ----------
    text
        What the sign says, a name in force or a former one.
    user
        Whose area bounds the places.
    point
        Where it stands, in degrees (EPSG:4490).
    """
    there = list(
        places_called(text, user).select_related("named_division", "division").prefetch_related("roads")
    )
    return min(there, key=lambda place: _metres_to(place, point), default=None)


def _metres_to(place: Place, point: Point) -> float:
    division = place.named_division
    shapes = [place.geometry, *(road.geometry for road in place.roads.all())]
    shapes += [division.boundary or division.point] if division is not None else []
    known = [shapely.from_wkb(bytes(shape.wkb)) for shape in shapes if shape is not None]
    return min(distances_m(shapely.Point(point.x, point.y), known), default=math.inf)


def roads_called(text: str, user: User) -> QuerySet[Place]:
    """Return the roads through a person's area that bear a name now and are drawn on the map, with their length in ``metres``."""
    rows = road_places(Scope(), user).filter(
        names__text=text,
        names__valid_to__isnull=True,
        names__status__in=[Name.Status.STANDARD, Name.Status.RECORDED],
    )
    links = Place.roads.through.objects.filter(place=OuterRef("pk")).order_by().values("place")
    metres = Subquery(links.annotate(sum=Sum("road__length_m")).values("sum"))  # type: ignore[misc]
    return rows.annotate(metres=metres).select_related("division__parent").distinct().order_by("pk")


def places_with_signs(user: User) -> QuerySet[Place]:
    """Return the places of a person's area that signs name: roads and villages."""
    rows = limit(Place.objects.all(), user)
    return rows.filter(Q(roads__isnull=False) | Q(named_division__level=Level.VILLAGE)).distinct()
