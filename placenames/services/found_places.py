"""What the search tells of places that it found: two statements for however many."""

from __future__ import annotations

import datetime
import itertools
import struct
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.contrib.gis.db.models.functions import AsWKB, PointOnSurface
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from geo_registry.territory.geography import DistanceM
from geo_registry.territory.models import Level, LocationMethod
from geo_registry.territory.models.divisions import SRID
from geo_registry.territory.prepared import Given, Prepared, array_of
from geo_registry.territory.search_keys import OneOf
from placenames.naming.generic import without_committee

from ..models import Name, Place, PlaceKind, PlaceRoad, Spelling
from ..models.names import holds_on
from ..models.places import kind_in_words
from .ranking import GEOMETRY, IN_FORCE, here, longest_stretch


class FoundName(NamedTuple):
    """The name that a place goes by today, with its confirmed spelling or ""."""

    text: str
    spelling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """A place as the search tells it.

    Parameters
    ----------
    pk, short_id, ground
        As the place and its kind have them.
    kind, where
        In words.
    name
        The name it goes by today.
    lon, lat
        A point of it (EPSG:4490), if known; what was drawn for a road is left out if any of it is restricted.
    precision
        How the point is known (`LocationMethod`), or ""; a road's is the middle of a stretch, and says so.
    distance_m
        From where somebody is, if that was given.
    is_demo
        Whether it is openly invented.
    """

    pk: int
    short_id: str
    ground: str
    kind: str
    where: str
    name: FoundName | None
    lon: float | None
    lat: float | None
    precision: str
    distance_m: float | None
    is_demo: bool


def read_places(
    pks: Collection[int], *, near: tuple[float, float] | None, day: datetime.date
) -> list[FoundPlace]:
    """Return places that were found, with the names they go by on a day.

    Parameters
    ----------
    pks
        Their keys.
    near
        Longitude and latitude (EPSG:4490) that distances are told from.
    day
        Names hold on it.
    """
    given = {"places": array_of(pks)}
    if near is not None:
        given["here"] = "SRID={};POINT({:f} {:f})".format(SRID, *near)
    names = _names(given, day)
    return [_place(row, names) for row in _places(has_here=near is not None).rows(**given)]


def public_among(pks: Collection[int], *, home: str | None) -> set[int]:
    """Return which of some places the public may see, in a home of this path."""
    return {pk for (pk,) in _public(home).rows(places=array_of(pks))}


@lru_cache(maxsize=4)
def _public(home: str | None) -> Prepared:
    """Return the statement of a home with this path, which is written into it."""
    del home
    rows = Place.objects.public().filter(_these("pk")).order_by()
    return Prepared.of(rows.values_list("pk"))


def _these(column: str) -> OneOf:
    return OneOf(column, Given("places", "bigint[]"))


class _PlaceRow(NamedTuple):
    pk: int
    short_id: str
    ground: str
    kind_zh: str
    kind_en: str
    level: int | None
    division: str | None
    above: str | None
    method: str
    division_method: str | None
    is_demo: bool | None
    spot: memoryview | None
    distance_m: float | None = None


@lru_cache(maxsize=2)
def _places(*, has_here: bool) -> Prepared:
    restricted = Exists(PlaceRoad.objects.filter(place=OuterRef("pk"), road__restricted=True))
    own = Case(When(~restricted, then=F("geometry")), default=Value(None), output_field=GEOMETRY)
    shape = Coalesce(own, "named_division__point", longest_stretch("pk"), output_field=GEOMETRY)
    rows = Place.objects.filter(_these("pk")).order_by().annotate(spot=AsWKB(PointOnSurface(shape)))
    columns = [
        "pk", "short_id", "kind__ground", "kind__name_zh", "kind__name_en", "division__level", "division__name",
        "division__parent__name", "geometry_method", "named_division__point_method", "source__is_demo", "spot",
    ]  # fmt: skip
    if has_here:
        rows, columns = rows.annotate(distance_m=DistanceM(shape, here())), [*columns, "distance_m"]
    return Prepared.of(rows.values_list(*columns))


def _place(values: Sequence[object], names: Mapping[int, FoundName]) -> FoundPlace:
    row = _PlaceRow(*values)  # type: ignore[arg-type]
    lon, lat = _coordinates(bytes(row.spot)) if row.spot is not None else (None, None)
    method = row.method or row.division_method or ""
    if row.ground == PlaceKind.Ground.ROAD:
        method = LocationMethod.ESTIMATED.value
    above = row.above if row.level == Level.VILLAGE else None
    return FoundPlace(
        pk=row.pk, short_id=row.short_id, ground=row.ground, kind=kind_in_words(row.kind_zh, row.kind_en),
        where=f"{above or ''} {without_committee(row.division or '')}".strip(), name=names.get(row.pk),
        lon=lon, lat=lat, precision=method if row.spot is not None else "", distance_m=row.distance_m,
        is_demo=bool(row.is_demo),
    )  # fmt: skip


def _coordinates(wkb: bytes) -> tuple[float, float]:
    """Return longitude and latitude of a point as PostGIS writes it: the order of bytes, the type, two numbers."""
    lon, lat = struct.unpack_from("<dd" if wkb[0] == 1 else ">dd", wkb, 5)
    return lon, lat


class _NameRow(NamedTuple):
    pk: int
    place_pk: int
    text: str
    status: str
    valid_from: datetime.date | None
    valid_to: datetime.date | None
    spelling: str | None


@lru_cache(maxsize=2)
def _names_of(day: datetime.date) -> Prepared:
    """Return the statement of names that may be told on a day, which is written into it."""
    del day
    confirmed = FilteredRelation("spellings", condition=Q(spellings__status=Spelling.Status.CONFIRMED))
    rows = (
        Name.objects.announced().filter(_these("place_id"), status__in=IN_FORCE).annotate(confirmed=confirmed)
    )
    columns = ("pk", "place_id", "text", "status", "valid_from", "valid_to", "confirmed__text")
    return Prepared.of(rows.order_by("pk").values_list(*columns))


def _names(given: Mapping[str, str], day: datetime.date) -> dict[int, FoundName]:
    """Return the name that each place goes by: its standard one, or else what is recorded without approval."""
    found: defaultdict[str, dict[int, FoundName]] = defaultdict(dict)
    for row in itertools.starmap(_NameRow, _names_of(day).rows(**given)):
        if holds_on(row.valid_from, row.valid_to, day):
            found[row.status].setdefault(row.place_pk, FoundName(row.text, row.spelling or ""))
    return found[Name.Status.RECORDED] | found[Name.Status.STANDARD]
