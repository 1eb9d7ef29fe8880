"""Features of a collection: which, in what order, how many, and as GeoJSON.

Pages follow a key, not an offset: a row that comes or goes while somebody reads page after page neither doubles nor hides another.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import Polygon
from django.db import DataError
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.utils.translation import gettext as _

from geo_registry.reference.models import Source
from geo_registry.territory.geography import DistanceM, WithinM
from geo_registry.territory.models.divisions import SRID

from .asking import DISTANCE, Asked, cursor_of
from .collections import DAY, INTEGER, NUMBER, TEXT, Collection, Property
from .crs import CRS84, Crs
from .filtering import PREFIX, SHAPE, condition
from .problems import Problem

# Seven decimals of a degree are about a centimetre.
_DECIMALS = 7
_ANSWER = "geojson"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of features, how many there are in all, and where the next one begins ("" at the end)."""

    features: Sequence[dict[str, Any]]
    matched: int
    following: str = ""
    sources: Sequence[Source] = field(default_factory=tuple)

    @property
    def has_demo_data(self) -> bool:
        """Whether anything on it is openly invented."""
        return any(feature["properties"].get("demo") for feature in self.features) or any(
            source.is_demo for source in self.sources
        )


def page(collection: Collection, asked: Asked) -> Page:
    """Return a page of a collection.

    Raises
    ------
    Problem
        If the filter does not fit the collection.
    """
    rows = matching(collection, asked)
    shown = collection.properties if asked.fields is None else asked.fields
    try:
        matched = rows.order_by().count()
        found = _read(_ordered(rows, collection, asked), collection, asked, shown)
    except DataError as error:
        raise Problem(400, _("A value is out of range.")) from error
    more, found = len(found) > asked.limit, found[: asked.limit]
    features = [_feature(row, collection, shown) for row in found]
    following = cursor_of(_position(found[-1], collection, asked)) if more else ""
    sources = Source.objects.filter(pk__in={row["source_id"] for row in found} - {None})
    return Page(features=features, matched=matched, following=following, sources=list(sources))


def feature(
    collection: Collection, key: str, *, crs: Crs = CRS84
) -> tuple[dict[str, Any], Source | None] | None:
    """Return one feature and where it is from, or ``None``: what is not public is as if it were not there."""
    value: str | int = key
    if collection.key_property.type == INTEGER:
        if not (key.isascii() and key.isdecimal() and len(key) < 19):
            return None
        value = int(key)
    elif "\x00" in key:
        return None
    rows = with_properties(collection, collection.by_name).filter(**{f"{PREFIX}{collection.key}": value})
    found = _read(rows, collection, Asked(crs=crs, limit=1), collection.properties)
    if not found:
        return None
    source = Source.objects.filter(pk=found[0]["source_id"]).first()
    return _feature(found[0], collection, collection.properties), source


def features_by_key(
    collection: Collection, keys: Sequence[str]
) -> tuple[dict[str, dict[str, Any]], list[Source]]:
    """Return those of these features that are public, by their keys as text, and what they are from."""
    wanted: Sequence[str | int] = keys
    if collection.key_property.type == INTEGER:
        wanted = [int(key) for key in keys]
    rows = with_properties(collection, collection.by_name).filter(**{f"{PREFIX}{collection.key}__in": wanted})
    found = _read(rows, collection, Asked(limit=len(keys)), collection.properties) if keys else []
    sources = Source.objects.filter(pk__in={row["source_id"] for row in found} - {None})
    features = [_feature(row, collection, collection.properties) for row in found]
    return {str(one["id"]): one for one in features}, list(sources)


def with_properties(collection: Collection, names: Any) -> QuerySet[Any]:
    """Return the public rows with properties under `PREFIX` and their name, and the geometry as `SHAPE`."""
    annotations = {f"{PREFIX}{name}": collection.by_name[name].expression for name in names}
    rows: QuerySet[Any] = collection.rows().annotate(**annotations, **{SHAPE: collection.geometry})
    return rows


def matching(collection: Collection, asked: Asked) -> QuerySet[Any]:
    """Return the rows that fit a question, in no order."""
    known = {name for name in asked.named() if name in collection.by_name}
    shown = {one.name for one in (collection.properties if asked.fields is None else asked.fields)}
    rows = with_properties(collection, known | shown | {collection.key, "updated_on"})
    for name, value in asked.equal.items():
        rows = rows.filter(**{f"{PREFIX}{name}": value})
    if asked.boxes:
        rows = rows.filter(Q(*(Q(_intersects(box)) for box in asked.boxes), _connector=Q.OR))
    if asked.days is not None:
        begin, end = asked.days
        rows = rows.filter(**({f"{PREFIX}updated_on__gte": begin} if begin else {}))
        rows = rows.filter(**({f"{PREFIX}updated_on__lte": end} if end else {}))
    if asked.near is not None:
        rows = rows.filter(WithinM(F(SHAPE), asked.near, asked.radius_m))
        rows = rows.annotate(**{DISTANCE: DistanceM(F(SHAPE), asked.near)})
    if asked.filter is not None:
        rows = rows.filter(condition(asked.filter, collection=collection, crs=asked.filter_crs))
    return rows


def _intersects(box: tuple[float, float, float, float]) -> Func:
    outline = Polygon.from_bbox(box)
    outline.srid = SRID
    return Func(
        F(SHAPE),
        Value(outline, output_field=GeometryField(srid=SRID)),
        function="ST_Intersects",
        output_field=BooleanField(),
    )


def _ordered(rows: QuerySet[Any], collection: Collection, asked: Asked) -> QuerySet[Any]:
    """Put rows in order, and leave out those up to where the page begins."""
    key = f"{PREFIX}{collection.key}"
    sort = (asked.sort if asked.sort == DISTANCE else f"{PREFIX}{asked.sort}") if asked.sort else ""
    if asked.after is not None:
        rows = rows.filter(_later(asked, collection, sort, key))
    if not sort:
        return rows.order_by(key)
    column = F(sort)
    return rows.order_by(
        column.desc(nulls_last=True) if asked.descending else column.asc(nulls_last=True), key
    )


def _later(asked: Asked, collection: Collection, sort: str, key: str) -> Q:
    *values, last = asked.after or ()
    last = _of_cursor(last, collection.key_property.type)
    beyond = Q(**{f"{key}__gt": last})
    if not sort:
        return beyond
    (value,) = values
    if value is None:
        return Q(**{f"{sort}__isnull": True}) & beyond
    type_ = NUMBER if sort == DISTANCE else collection.by_name[asked.sort].type
    value = _of_cursor(value, type_)
    further = Q(**{f"{sort}__{'lt' if asked.descending else 'gt'}": value})
    return further | (Q(**{sort: value}) & beyond) | Q(**{f"{sort}__isnull": True})


def _of_cursor(value: Any, type_: str) -> Any:
    try:
        if type_ == DAY:
            return datetime.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Problem(400, parameter="after") from error
    fits = {TEXT: str, INTEGER: int, NUMBER: int | float}.get(type_, bool | str)
    if not isinstance(value, fits) or (isinstance(value, int) and abs(value) >= 2**63):
        raise Problem(400, parameter="after")
    return value


def _position(row: dict[str, Any], collection: Collection, asked: Asked) -> list[Any]:
    key = row[f"{PREFIX}{collection.key}"]
    if not asked.sort:
        return [key]
    return [row[asked.sort if asked.sort == DISTANCE else f"{PREFIX}{asked.sort}"], key]


def _read(
    rows: QuerySet[Any], collection: Collection, asked: Asked, shown: Sequence[Property]
) -> list[dict[str, Any]]:
    """Read one row more than wanted, which tells whether another page follows. Only what is shown leaves the database."""
    shape: Any = F(SHAPE)
    if asked.crs.latitude_first:
        shape = Func(shape, function="ST_FlipCoordinates", output_field=GeometryField(srid=SRID))
    names = {one.name for one in shown} | {
        collection.key,
        *([asked.sort] if asked.sort not in {"", DISTANCE} else []),
    }
    columns = [f"{PREFIX}{name}" for name in sorted(names)]
    extra = [DISTANCE] if asked.near is not None else []
    rows = rows.annotate(**{_ANSWER: AsGeoJSON(shape, precision=_DECIMALS)})
    return list(rows.values(*columns, *extra, _ANSWER, "source_id")[: asked.limit + 1])


def _feature(row: dict[str, Any], collection: Collection, shown: Sequence[Property]) -> dict[str, Any]:
    properties = {one.name: _told(row[f"{PREFIX}{one.name}"]) for one in shown}
    if DISTANCE in row:
        properties[DISTANCE] = round(row[DISTANCE], 1) if row[DISTANCE] is not None else None
    geometry = row[_ANSWER]
    return {
        "type": "Feature",
        "id": row[f"{PREFIX}{collection.key}"],
        "geometry": json.loads(geometry) if geometry else None,
        "properties": properties,
    }


def _told(value: Any) -> Any:
    """Return a value as JSON has it; a text that is not known is null."""
    if value == "":
        return None
    return value.isoformat() if isinstance(value, datetime.date) else value
