"""What is asked of a collection, read from the address.

Whatever is not understood is refused: an answer to another question than the one that was asked would be wrong
(OGC API - Features, Part 1, requirement 8).
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from geo_registry.geodata.errors import GeodataError
from geo_registry.territory.models.divisions import SRID

from ..cql2 import Node, parse, properties_of
from .collections import BOOLEAN, DAY, INTEGER, NUMBER, Collection, Property
from .crs import CRS84, SUPPORTED, Crs, crs_of
from .filtering import GEOMETRY_NAMES
from .problems import Problem

DEFAULT_LIMIT: Final = 100
MOST: Final = 10_000
NEAREST_M: Final = 1_000
FARTHEST_M: Final = 100_000
DISTANCE: Final = "distance_m"
_LONGEST = 500

ITEM_PARAMETERS: Final = ("f", "crs")
ITEMS_PARAMETERS: Final = (
    "f", "limit", "after", "bbox", "bbox-crs", "crs", "datetime", "near", "radius", "fields", "sortby", "filter", "filter-lang",
    "filter-crs",
)  # fmt: skip

FILE_PARAMETERS: Final = (
    "bbox", "bbox-crs", "datetime", "near", "radius", "fields", "filter", "filter-lang", "filter-crs",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question to a collection.

    ``boxes`` are in EPSG:4490, longitude first; ``days`` are the ends of an interval, ``None`` is open.
    """

    limit: int = DEFAULT_LIMIT
    after: Sequence[Any] | None = None
    boxes: Sequence[tuple[float, float, float, float]] = ()
    days: tuple[datetime.date | None, datetime.date | None] | None = None
    near: Point | None = None
    radius_m: float = NEAREST_M
    fields: Sequence[Property] | None = None
    sort: str = ""
    descending: bool = False
    equal: Mapping[str, Any] = field(default_factory=dict)
    filter: Node | None = None
    filter_crs: Crs = CRS84
    crs: Crs = CRS84

    def named(self) -> set[str]:
        """Return the properties that conditions and the order need."""
        names = {*self.equal, *(properties_of(self.filter) if self.filter is not None else ())}
        return (names | ({self.sort} if self.sort else set())) - GEOMETRY_NAMES - {DISTANCE}


def read_items(query: QueryDict, collection: Collection) -> Asked:
    """Return what is asked of a collection.

    Raises
    ------
    Problem
        If any parameter is not known, or its value does not fit.
    """
    known = {*ITEMS_PARAMETERS, *collection.by_name}
    values = single_values(query, known)
    near = _near(values)
    sort, descending = _sort(values, collection, has_near=near is not None)
    return Asked(
        limit=limit_of(values.get("limit")),
        after=_after(values, has_sort=bool(sort)),
        boxes=_boxes(values),
        days=_days(values),
        near=near,
        radius_m=_radius(values, has_near=near is not None),
        fields=_fields(values, collection),
        sort=sort,
        descending=descending,
        equal={
            name: _typed(values[name], collection.by_name[name])
            for name in collection.by_name
            if name in values
        },
        filter=_filter(values),
        filter_crs=_crs(values, "filter-crs"),
        crs=_crs(values, "crs"),
    )


def read_file(query: QueryDict, collection: Collection) -> Asked:
    """Return what of a collection is wanted as a file: the conditions of `read_items`; a file has no pages and one order.

    Raises
    ------
    Problem
        If any parameter is not known, or its value does not fit.
    """
    single_values(query, {*FILE_PARAMETERS, *collection.by_name})
    return read_items(query, collection)


def read_item(query: QueryDict) -> Crs:
    """Return the system in which a single feature is wanted.

    Raises
    ------
    Problem
        If a parameter is not known.
    """
    return _crs(single_values(query, set(ITEM_PARAMETERS)), "crs")


def single_values(query: QueryDict, known: set[str]) -> dict[str, str]:
    """Return the values of parameters, each given once.

    Raises
    ------
    Problem
        For a parameter that is not known, is given twice, is too long, or has a character that no text has.
    """
    values: dict[str, str] = {}
    for name, given in query.lists():
        shown = name[:40]
        if name not in known:
            raise Problem(400, _("There is no parameter “%(name)s”.") % {"name": shown}, parameter=shown)
        if len(given) > 1:
            raise Problem(400, _("The parameter is given more than once."), parameter=name)
        if "\x00" in given[0] or (len(given[0]) > _LONGEST and name not in {"filter", "after", "fields"}):
            raise Problem(
                400, _("The value is too long, or holds a character that no text has."), parameter=name
            )
        values[name] = given[0]
    return values


def limit_of(text: str | None, *, most: int = MOST, usual: int = DEFAULT_LIMIT) -> int:
    """Return how many are asked for at once: more than ``most`` is that many.

    Raises
    ------
    Problem
        If it is no whole number from 1 on.
    """
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise Problem(400, _("A whole number from 1 on is needed."), parameter="limit")
    return min(int(text), most)


def cursor_of(values: Sequence[Any]) -> str:
    """Return the place after which the next page begins, as an address holds it."""
    return (
        base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False, default=str).encode())
        .decode()
        .rstrip("=")
    )


def _after(values: Mapping[str, str], *, has_sort: bool) -> list[Any] | None:
    text = values.get("after")
    if text is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _bad_page() from error
    fits = isinstance(found, list) and len(found) == 1 + has_sort
    if not fits or not all(
        isinstance(one, str | int | float | None) and one not in {math.inf, -math.inf} for one in found
    ):
        raise _bad_page()
    if any(isinstance(one, float) and not math.isfinite(one) for one in found) or "\\u0000" in json.dumps(
        found
    ):
        raise _bad_page()
    return list(found)


def _bad_page() -> Problem:
    return Problem(
        400,
        _("This page's address is damaged. Follow the links from one page to the next."),
        parameter="after",
    )


def _numbers(text: str, parameter: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = [math.nan]
    if not all(math.isfinite(number) for number in numbers):
        raise Problem(400, _("Numbers with commas between them are needed."), parameter=parameter)
    return numbers


def _boxes(values: Mapping[str, str]) -> list[tuple[float, float, float, float]]:
    text, crs = values.get("bbox"), _crs(values, "bbox-crs")
    if text is None:
        return []
    numbers = _numbers(text, "bbox")
    if len(numbers) not in {4, 6}:
        raise Problem(400, _("A box has four numbers (or six, with heights)."), parameter="bbox")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if crs.latitude_first:
        west, south, east, north = south, west, north, east
    if not (
        south <= north
        and all(-90 <= y <= 90 for y in (south, north))
        and all(-180 <= x <= 180 for x in (west, east))
    ):
        raise Problem(
            400,
            _("The box lies outside the range of degrees, or its corners are exchanged."),
            parameter="bbox",
        )
    if west <= east:
        return [(west, south, east, north)]
    # A box across the 180th meridian.
    return [(west, south, 180, north), (-180, south, east, north)]


def _days(values: Mapping[str, str]) -> tuple[datetime.date | None, datetime.date | None] | None:
    text = values.get("datetime")
    if text is None:
        return None
    ends = text.split("/")
    if len(ends) > 2 or not any(end.strip(".") for end in ends):
        raise _bad_time()
    begin, end = _day(ends[0]), _day(ends[-1])
    if begin and end and begin > end:
        raise _bad_time()
    return begin, end


def _bad_time() -> Problem:
    detail = _("A date (2026-01-31), a moment with its time zone, or an interval (2026-01-01/..) is needed.")
    return Problem(400, detail, parameter="datetime")


def _day(text: str) -> datetime.date | None:
    """Return the day of a date or moment, in the installation's time zone."""
    if text in {"", ".."}:
        return None
    try:
        if len(text) == 10:
            return datetime.date.fromisoformat(text)
        moment = parse_datetime(text)
        if moment is not None and moment.tzinfo is not None:
            return timezone.localtime(moment, timezone.get_default_timezone()).date()
    except (ValueError, OverflowError):
        pass
    raise _bad_time()


def _near(values: Mapping[str, str]) -> Point | None:
    text = values.get("near")
    if text is None:
        return None
    numbers = _numbers(text, "near")
    if len(numbers) != 2 or not (-180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90):
        raise Problem(
            400, _("Longitude and latitude with a comma between them are needed."), parameter="near"
        )
    return Point(numbers[0], numbers[1], srid=SRID)


def _radius(values: Mapping[str, str], *, has_near: bool) -> float:
    text = values.get("radius")
    if text is None:
        return NEAREST_M
    numbers = _numbers(text, "radius")
    if not has_near or len(numbers) != 1 or not 0 < numbers[0] <= FARTHEST_M:
        detail = _("Metres up to %(most)d around what “near” says are needed.") % {"most": FARTHEST_M}
        raise Problem(400, detail, parameter="radius")
    return numbers[0]


def _sort(values: Mapping[str, str], collection: Collection, *, has_near: bool) -> tuple[str, bool]:
    text = values.get("sortby", "")
    name = text.lstrip("+-") if text[:1] in {"+", "-"} else text
    if text and name not in collection.by_name and not (name == DISTANCE and has_near):
        raise Problem(400, _("There is no property “%(name)s”.") % {"name": name[:40]}, parameter="sortby")
    return name, text.startswith("-")


def _fields(values: Mapping[str, str], collection: Collection) -> list[Property] | None:
    text = values.get("fields")
    if text is None:
        return None
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    for name in wanted:
        if name not in collection.by_name:
            raise Problem(
                400, _("There is no property “%(name)s”.") % {"name": name[:40]}, parameter="fields"
            )
    return [one for one in collection.properties if one.name in wanted]


def _typed(text: str, one: Property) -> Any:
    """Return the value that a property is to have."""
    try:
        if one.type == BOOLEAN:
            return {"true": True, "false": False}[text.lower()]
        if one.type == DAY:
            return datetime.date.fromisoformat(text)
        if one.type in {INTEGER, NUMBER}:
            number = int(text) if one.type == INTEGER else float(text)
            # What is beyond the range of the database's whole numbers, or is no number, fits nothing.
            return {True: number}[math.isfinite(number) and abs(number) < 2**63]
    except (ValueError, KeyError, OverflowError) as error:
        detail = _("“%(value)s” is not of the type %(type)s.") % {"value": text[:40], "type": one.type}
        raise Problem(400, detail, parameter=one.name) from error
    return text


def _filter(values: Mapping[str, str]) -> Node | None:
    if values.get("filter-lang", "cql2-text") != "cql2-text":
        raise Problem(400, _("Filters are read as cql2-text only."), parameter="filter-lang")
    text = values.get("filter")
    if text is None:
        return None
    try:
        return parse(text)
    except GeodataError as error:
        raise Problem(400, error.render(_), parameter="filter") from error


def _crs(values: Mapping[str, str], parameter: str) -> Crs:
    text = values.get(parameter)
    found = CRS84 if text is None else crs_of(text)
    if found is None:
        known = ", ".join(crs.uri for crs in SUPPORTED)
        raise Problem(400, _("Known co-ordinate systems: %(known)s") % {"known": known}, parameter=parameter)
    return found
