"""Place names as the one search finds them: villages, roads and whatever else has a name."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import PointOnSurface
from django.contrib.gis.geos import Point, Polygon
from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Length
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit, scope_path
from geo_registry.search import registry
from geo_registry.search.geocoding import register_locator
from geo_registry.search.queries import fit_of_keys, fit_of_stage, lies_in, wanted_of
from geo_registry.search.registry import Asked, Hit, Stage, What
from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Division, Installation, LocationMethod
from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.search_keys import Holds, Matches, TextSearchQuery
from geo_registry.text.search import Wanted, query_text
from placenames.naming.generic import without_committee

from ..models import Name, NameQuerySet, Place, PlaceKind, PlaceQuerySet, PlaceRoad
from .locating import locate_names
from .narrowing import OneOf, narrowed, places_under
from .public import public_names

# Names looked at for each one shown: a place may be found by several of its names, and some are near misses.
_NAMES_A_HIT: Final = 4
_MOST_LOOKED_AT: Final = 400
# Kept names come of each of some readings, and tell what may be missing only if most of them are read.
_MOST_KEPT: Final = 1_200
# An area of no more places is looked through place by place.
_MOST_PLACES: Final = 8_000
# Name, place, text, status, how it fits, whether it is in force.
_Row = tuple[int, int, str, str, int, int]
_GEOMETRY: GeometryField[Any, Any] = GeometryField(srid=SRID)
# About twenty kilometres.
_AROUND_DEGREES: Final = 0.2
_IN_FORCE: Final = (Name.Status.STANDARD, Name.Status.RECORDED)


def find(asked: Asked, stage: Stage) -> Sequence[Hit]:
    """Return places that one of their names finds."""
    wanted = wanted_of(asked.text, stage)
    if not wanted or not asked.what & {What.VILLAGE, What.ROAD, What.NAME}:
        return []
    fits: dict[int, tuple[Any, ...]] = {}
    found_by: dict[int, str] = {}
    for _pk, place_id, text, status, right, current in _rows(asked, stage, wanted):
        fit = fit_of_stage(stage, asked.text, text, right)
        order = (fit, not current, status != Name.Status.STANDARD, len(text))
        if fit is not None and (place_id not in fits or order < fits[place_id]):
            fits[place_id], found_by[place_id] = order, text
    # The rows came in the order of the hits: what would not be shown is not read.
    fits = dict(itertools.islice(fits.items(), asked.limit))
    places = _with_point(Place.objects.filter(pk__in=fits), asked)
    # Whoever asks as nobody has found nothing else.
    public = set(fits) if asked.user is None else _public(fits)
    return [
        hit
        for place in places
        if (hit := _hit(place, fits[place.pk], found_by[place.pk], public=place.pk in public)) is not None
    ]


def _rows(asked: Asked, stage: Stage, wanted: Wanted) -> list[_Row]:
    """Return the names that come first: out of the few of a small area, or those that something rare or what is kept leads to."""
    names = _visible(asked)
    if asked.paths:
        inside = places_under(asked.paths, most=_MOST_PLACES)
        if inside is not None:
            holds = Q(Holds("keys", query_text(wanted)))
            return _best(names.filter(holds, OneOf("place_id", inside)), asked, stage)
        names = names.filter(lies_in(asked.paths, "place__division__path", "place__named_division__path"))
    matching = Q(Matches("keys", TextSearchQuery(query_text(wanted))))
    loosely = stage is Stage.NEAR
    # What is kept is of all kinds, and of all names or those that everybody sees.
    if asked.what >= {What.VILLAGE, What.ROAD, What.NAME} and (asked.user is None or _sees_all(asked.user)):
        few = narrowed(wanted, public=asked.user is None, loosely=loosely)
        if few is not None:
            condition = few.condition
            if few.kept and asked.near is not None:
                around = _around(asked.near)
                holds = (
                    matching
                    if around is None
                    else Q(Holds("keys", query_text(wanted)), OneOf("place_id", around))
                )
                condition |= holds
            rows = _best(names.filter(condition), asked, stage, most=_MOST_KEPT if few.kept else None)
            if loosely or all(_places_of(rows, kept) >= asked.limit for kept in few.kept):
                return rows
    return _best(names.filter(matching), asked, stage)


def _public(place_pks: Iterable[int]) -> set[int]:
    rows = Place.objects.public().filter(pk__in=place_pks)
    return set(rows.order_by().values_list("pk", flat=True))


def _places_of(rows: Sequence[_Row], names: Collection[int]) -> int:
    return len({place for pk, place, *_others in rows if pk in names})


def _sees_all(user: User) -> bool:
    """Whether a person's scope takes in the whole home: then nothing of it is hidden that the public sees not either."""
    scope, home = scope_path(user), Installation.home()
    return scope == "" or (scope is not None and home is not None and home.path.startswith(scope))


def _around(near: tuple[float, float]) -> list[int] | None:
    """Return the places around somebody, which of names that fit equally well come first; ``None`` where they are very many."""
    lon, lat = near
    box = Polygon.from_bbox(
        (lon - _AROUND_DEGREES, lat - _AROUND_DEGREES, lon + _AROUND_DEGREES, lat + _AROUND_DEGREES)
    )
    box.srid = SRID
    places = Place.objects.order_by()
    # Each by its own index: together in one condition they have none.
    drawn = places.filter(geometry__bboverlaps=box).values_list("pk")
    villages = places.filter(named_division__point__bboverlaps=box).values_list("pk")
    roads = PlaceRoad.objects.order_by().filter(road__geometry__bboverlaps=box, road__restricted=False)
    found = [pk for (pk,) in drawn.union(villages, roads.values_list("place"), all=True)[: _MOST_PLACES + 1]]
    return found if len(found) <= _MOST_PLACES else None


def _visible(asked: Asked) -> NameQuerySet:
    """Return the names that whoever asks may see, of the kinds asked for."""
    places: PlaceQuerySet = Place.objects.public().order_by()
    names = Name.objects.announced()
    if asked.user is not None:
        scope = limit(Place.objects.all(), asked.user).order_by()
        names = Name.objects.exclude(status=Name.Status.DRAFT)
        places = Place.objects.filter(Q(pk__in=places.values("pk")) | Q(pk__in=scope.values("pk")))
    return names.filter(place__in=places.filter(_of_kinds(asked)).values("pk"))


def _of_kinds(asked: Asked) -> Q:
    ground = PlaceKind.Ground
    kinds = {
        What.VILLAGE: Q(kind__ground=ground.DIVISION),
        What.ROAD: Q(kind__ground=ground.ROAD),
        What.NAME: Q(kind__ground=ground.NONE),
    }
    if all(what in asked.what for what in kinds):
        return Q()
    wanted = Q(pk__in=[])
    for what, condition in kinds.items():
        if what in asked.what:
            wanted |= condition
    return wanted


def _best(names: NameQuerySet, asked: Asked, stage: Stage, *, most: int | None = None) -> list[_Row]:
    """Return the names that come first."""
    today = timezone.localdate()
    in_force = Q(status__in=_IN_FORCE) & (Q(valid_to__isnull=True) | Q(valid_to__gt=today))
    rows = names.annotate(
        fits=Value(0, output_field=IntegerField()) if stage is Stage.NEAR else fit_of_keys(asked.text, "keys", stage),
        current=Case(When(in_force, then=Value(1)), default=Value(0), output_field=IntegerField()),
        approved=Case(When(status=Name.Status.STANDARD, then=Value(1)), default=Value(0), output_field=IntegerField()),
    )  # fmt: skip
    order: list[Any] = ["fits", "-current", "-approved"]
    if asked.near is not None:
        point = Point(*asked.near, srid=SRID)
        somewhere = Coalesce(
            "place__geometry",
            "place__named_division__point",
            _longest_stretch("place"),
            output_field=_GEOMETRY,
        )
        rows = rows.annotate(far=DistanceM(somewhere, point))
        order.append(F("far").asc(nulls_last=True))
    rows = rows.order_by(*order, Length("text"), "text", "pk")
    if most is None:
        most = _MOST_LOOKED_AT if stage is Stage.NEAR else min(_MOST_LOOKED_AT, asked.limit * _NAMES_A_HIT)
    return list(rows.values_list("pk", "place_id", "text", "status", "fits", "current")[:most])


def _longest_stretch(place: str) -> Subquery:
    """Return the geometry of a place's longest public stretch of road."""
    stretches = PlaceRoad.objects.filter(place=OuterRef(place), road__restricted=False)
    return Subquery(
        stretches.order_by("-road__length_m", "pk").values("road__geometry")[:1],
        output_field=_GEOMETRY,
    )


def _with_point(places: QuerySet[Place], asked: Asked) -> QuerySet[Place]:
    """Read places with names, kind, division, and a point; what was drawn for a road is left out if any of it is restricted."""
    restricted = Exists(PlaceRoad.objects.filter(place=OuterRef("pk"), road__restricted=True))
    own = Case(When(~restricted, then=F("geometry")), default=Value(None), output_field=_GEOMETRY)
    shape = Coalesce(own, "named_division__point", _longest_stretch("pk"), output_field=_GEOMETRY)
    rows = places.annotate(spot=PointOnSurface(shape))
    if asked.near is not None:
        rows = rows.annotate(distance_m=DistanceM(shape, Point(*asked.near, srid=SRID)))
    rows = rows.select_related("kind", "division__parent", "named_division", "source")
    rows = rows.defer(
        "geometry", "division__boundary", "division__parent__boundary", "named_division__boundary"
    )
    return rows.prefetch_related(Prefetch("names", queryset=public_names()))


def _hit(place: Place, order: tuple[Any, ...], found_by: str, *, public: bool) -> Hit | None:
    name = place.current_name()
    fit, not_current, not_approved, _length = order
    spelling = name.confirmed_spelling() if name is not None and name.text == found_by else None
    spot = place.spot  # type: ignore[attr-defined]
    text = name.text if name is not None else found_by
    return Hit(
        what=_what(place), key=place.short_id, text=text, found_as=found_by if found_by != text else "",
        spelling=spelling.text if spelling is not None else "", kind=place.kind.name, where=_where(place.division),
        url=_url(place, public=public and name is not None), fit=fit, current=not not_current, approved=not not_approved,
        lon=spot.x if spot is not None else None, lat=spot.y if spot is not None else None,
        precision=_precision(place, has_spot=spot is not None),
        distance_m=getattr(place, "distance_m", None), is_demo=place.is_demo,
    )  # fmt: skip


def _what(place: Place) -> What:
    ground = place.kind.ground
    if ground == PlaceKind.Ground.DIVISION:
        return What.VILLAGE
    return What.ROAD if ground == PlaceKind.Ground.ROAD else What.NAME


def _where(division: Division | None) -> str:
    if division is None:
        return ""
    above = division.parent.name if division.level == 5 and division.parent is not None else ""
    return f"{above} {without_committee(division.name)}".strip()


def _url(place: Place, *, public: bool) -> str:
    if public:
        return reverse("placenames:place", args=[place.short_id])
    return reverse("admin:placenames_place_change", args=[place.pk])


def _precision(place: Place, *, has_spot: bool) -> str:
    """Return how the point is known: a road's is the middle of a stretch, and says so."""
    if not has_spot:
        return ""
    if place.kind.ground == PlaceKind.Ground.ROAD:
        return str(LocationMethod.ESTIMATED)
    division = place.named_division
    return place.geometry_method or (division.point_method if division is not None else "")


def register() -> None:
    """Let place names be found, and addresses be placed by them."""
    registry.register("placenames", find)
    register_locator(locate_names)
