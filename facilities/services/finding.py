"""Facilities as the one search finds them: by name in characters, Pinyin or initials, by number, by address."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.policy import limit as policy_limit
from geo_registry.search import registry
from geo_registry.search.geocoding import register_locator
from geo_registry.search.nearby import register_nearby
from geo_registry.search.queries import fit_of_stage, fit_of_typed, lies_in, query_of
from geo_registry.search.registry import Asked, Fit, Hit, Stage, What
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Division, Level
from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.prepared import Given, Prepared
from geo_registry.territory.search_keys import Matches, TextSearchQuery

from ..models import Facility, FacilityKeys, FacilityQuerySet, Status
from .list_search import refresh_keys
from .locating import locate_facilities
from .public import NOT_OPEN_SHOWN

_MOST_LOOKED_AT: Final = 200
_MOST_REFRESHED: Final = 1000
_SHORTEST_ADDRESS: Final = 2


def find(asked: Asked, stage: Stage) -> Sequence[Hit]:
    """Return facilities that fit: what is public, and what lies in the scope of whoever asks."""
    if What.FACILITY not in asked.what:
        return []
    if stage is Stage.RIGHT and not asked.paths:
        # The other questions of the same search come after.
        refresh_keys(most=_MOST_REFRESHED)
    found: dict[int, Fit] = {}
    for pk, name, right in _by_keys(asked, stage):
        fit = fit_of_stage(stage, asked.text, name, right)
        if fit is not None:
            found[pk] = fit
    if stage is Stage.RIGHT:
        for pk, fit in _by_number_or_address(asked):
            found.setdefault(pk, fit)
    return _hits(found, asked)


def _visible(asked: Asked) -> FacilityQuerySet:
    shown = [Status.OPEN, *NOT_OPEN_SHOWN]
    rows = Facility.objects.public().with_status(timezone.localdate()).filter(Q(status__in=shown))
    if asked.user is not None:
        scope = policy_limit(Facility.objects.all(), asked.user).order_by().values("pk")
        rows = Facility.objects.filter(Q(pk__in=rows.order_by().values("pk")) | Q(pk__in=scope))
    return rows.filter(lies_in(asked.paths, "division__path"))


def _by_keys(asked: Asked, stage: Stage) -> list[tuple[int, str, int]]:
    query = query_of(asked.text, stage)
    if not query or not _any_named().rows(query=query):
        # As for most of what is typed: who may see what need not be asked then, which is the longer question.
        return []
    keys = FacilityKeys.objects.filter(Matches("keys", TextSearchQuery(query)))
    keys = keys.filter(facility__in=_visible(asked).order_by().values("pk"))
    keys = keys.annotate(fits=fit_of_typed(asked.text, "keys"))
    order: list[Any] = ["fits"]
    if asked.near is not None:
        keys = keys.annotate(far=DistanceM("facility__location", Point(*asked.near, srid=SRID)))
        order.append(F("far").asc(nulls_last=True))
    return list(keys.order_by(*order, "name", "pk").values_list("pk", "name", "fits")[:_MOST_LOOKED_AT])


def _by_number_or_address(asked: Asked) -> list[tuple[int, Fit]]:
    typed = asked.text
    with_address = len(typed) >= _SHORTEST_ADDRESS
    if not _any_numbered(with_address=with_address).rows(typed=typed):
        return []
    numbered = Q(number__iexact=typed)
    wanted = numbered | Q(address__icontains=typed) if with_address else numbered
    by_number = Case(When(numbered, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = _visible(asked).filter(wanted).order_by(by_number, "pk")
    found = rows.values_list("pk", "number")[:_MOST_LOOKED_AT]
    return [(pk, Fit.EXACT if number.upper() == typed.upper() else Fit.WITHIN) for pk, number in found]


@lru_cache(maxsize=1)
def _any_named() -> Prepared:
    matching = FacilityKeys.objects.filter(Matches("keys", Given("query", "tsquery")))
    return Prepared.of(matching.order_by().values_list("pk")[:1])


@lru_cache(maxsize=2)
def _any_numbered(*, with_address: bool) -> Prepared:
    typed = Given("typed")
    wanted = (
        Q(number__iexact=typed) | Q(address__icontains=typed) if with_address else Q(number__iexact=typed)
    )
    rows = Facility.objects.filter(wanted).order_by().values_list("pk")[:1]
    return Prepared.of(rows, planned_once=not with_address)


def _hits(found: dict[int, Fit], asked: Asked) -> list[Hit]:
    if not found:
        # Most of what is typed is no facility.
        return []
    rows = Facility.objects.with_status(timezone.localdate()).filter(pk__in=found)
    rows = rows.select_related("kind", "division__parent", "source").defer(
        "division__boundary", "division__parent__boundary"
    )
    if asked.near is not None:
        rows = rows.annotate(distance_m=DistanceM("location", Point(*asked.near, srid=SRID)))
    return [_hit(row, found[row.pk], asked) for row in rows]


def _hit(row: Facility, fit: Fit, asked: Asked) -> Hit:
    page = "maps:facility" if asked.user is None else "facilities:record"
    point = row.location
    is_open = row.status == Status.OPEN  # type: ignore[attr-defined]
    return Hit(
        what=What.FACILITY, key=row.number, text=row.name, kind=row.kind.name, where=_where(row.division),
        url=reverse(page, args=[row.number]), fit=fit, current=is_open,
        lon=point.x if point is not None else None, lat=point.y if point is not None else None,
        precision=row.location_method if point is not None else "",
        distance_m=getattr(row, "distance_m", None), is_demo=row.is_demo,
    )  # fmt: skip


def _where(division: Division) -> str:
    above = division.parent.name if division.level == Level.VILLAGE and division.parent is not None else ""
    return f"{above} {division.name}".strip()


def nearest(lon: float, lat: float, limit: int) -> list[Hit]:
    """Return the public facilities in operation that are nearest to a point, by their straight line."""
    rows = Facility.objects.public().with_status(timezone.localdate()).filter(Q(status__in=[Status.OPEN]))
    rows = rows.filter(location__isnull=False).select_related("kind", "division__parent", "source")
    rows = rows.defer("division__boundary", "division__parent__boundary")
    rows = rows.annotate(distance_m=DistanceM("location", Point(lon, lat, srid=SRID)))
    asked = Asked(text="")
    return [_hit(row, Fit.EXACT, asked) for row in rows.order_by("distance_m", "pk")[:limit]]


def register() -> None:
    """Let facilities be found, and told as near."""
    registry.register("facilities", find)
    register_locator(locate_facilities)
    register_nearby(nearest)
