"""A CQL2 filter as a condition on a collection's rows.

Only declared properties can be named; what they are compared with must fit.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from geo_registry.territory.models.divisions import SRID

from ..cql2 import (
    And,
    Between,
    CaseInsensitive,
    Comparison,
    Constant,
    Geometry,
    In,
    Interval,
    IsNull,
    Like,
    Literal,
    Node,
    Not,
    Operand,
    Or,
    Property,
    Spatial,
    Temporal,
)
from .collections import BOOLEAN, DAY, INTEGER, NUMBER, TEXT, Collection
from .crs import Crs
from .problems import Problem

GEOMETRY_NAMES: Final = frozenset({"geometry", "geom"})
PREFIX: Final = "p_"
"""Properties are annotated under their names with this before them, so that none is taken for a column."""
SHAPE: Final = "shape"
_MOST_VERTICES = 20_000
_BIGGEST_INTEGER = 2**63 - 1
# Of "left S_WITHIN right" and the like, what PostGIS calls it.
_FUNCTIONS = {
    "S_INTERSECTS": "ST_Intersects", "S_DISJOINT": "ST_Disjoint", "S_EQUALS": "ST_Equals", "S_TOUCHES": "ST_Touches",
    "S_CROSSES": "ST_Crosses", "S_WITHIN": "ST_Within", "S_CONTAINS": "ST_Contains", "S_OVERLAPS": "ST_Overlaps",
}  # fmt: skip


class Operator(Func):
    """Two expressions with an operator between them, as a condition."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, left: Combinable, sign: str, right: Combinable) -> None:
        super().__init__(left, right)
        self.arg_joiner = f" {sign} "


def wrong_filter(detail: str) -> Problem:
    """Return a refusal that names the filter."""
    return Problem(400, detail, parameter="filter")


def condition(node: Node, *, collection: Collection, crs: Crs) -> Q:
    """Return a tree as a condition.

    Parameters
    ----------
    node
        The tree.
    collection
        Whose properties are meant. They are annotated under `PREFIX` and their name, the geometry as `SHAPE`.
    crs
        The system of the filter's geometries.

    Raises
    ------
    Problem
        If a property is not declared, or a value does not fit.
    """
    return _Reader(collection, crs).read(node)


class _Reader:
    def __init__(self, collection: Collection, crs: Crs) -> None:
        self.collection, self.crs = collection, crs
        self.readers: Mapping[type, Callable[[Any], Q]] = {
            And: self._all, Or: self._any, Not: lambda node: ~self.read(node.node), Constant: _constant,
            Comparison: self._comparison, Like: self._like, Between: self._between, In: self._in,
            IsNull: self._is_null, Spatial: self._spatial, Temporal: self._temporal,
        }  # fmt: skip

    def read(self, node: Node) -> Q:
        return self.readers[type(node)](node)

    def _all(self, node: And) -> Q:
        return _joined([self.read(one) for one in node.nodes], Q.AND)

    def _any(self, node: Or) -> Q:
        return _joined([self.read(one) for one in node.nodes], Q.OR)

    # -- values

    def _type(self, *operands: Operand) -> str:
        """Return the type of the property among operands."""
        for operand in operands:
            inner = operand.operand if isinstance(operand, CaseInsensitive) else operand
            if isinstance(inner, Property):
                found = self.collection.by_name.get(inner.name)
                if found is None:
                    raise wrong_filter(_("There is no property “%(name)s”.") % {"name": inner.name})
                return found.type
        raise wrong_filter(_("One side of each comparison must be a property."))

    def _value(self, operand: Operand, type_: str) -> Combinable:
        if isinstance(operand, CaseInsensitive):
            if type_ != TEXT:
                raise wrong_filter(_("CASEI is for texts only."))
            return Lower(self._value(operand.operand, TEXT))
        if isinstance(operand, Property):
            if self._type(operand) != type_:
                raise wrong_filter(_("“%(name)s” is of another type.") % {"name": operand.name})
            return F(f"{PREFIX}{operand.name}")
        return Value(fitting(operand.value, type_))

    def _comparison(self, node: Comparison) -> Q:
        type_ = self._type(node.left, node.right)
        left, right = (self._value(side, type_) for side in (node.left, node.right))
        return Q(Operator(left, node.operator, right))

    def _like(self, node: Like) -> Q:
        if self._type(node.left) != TEXT:
            raise wrong_filter(_("LIKE is for texts only."))
        pattern = node.pattern.operand if isinstance(node.pattern, CaseInsensitive) else node.pattern
        text = pattern.value if isinstance(pattern, Literal) else None
        if not isinstance(text, str) or _ends_in_escape(text):
            raise wrong_filter(_("The pattern of LIKE must be a text that does not end in a backslash."))
        return Q(Operator(self._value(node.left, TEXT), "LIKE", self._value(node.pattern, TEXT)))

    def _between(self, node: Between) -> Q:
        type_ = self._type(node.left)
        left, low, high = (self._value(one, type_) for one in (node.left, node.low, node.high))
        return Q(Operator(left, ">=", low)) & Q(Operator(left, "<=", high))

    def _in(self, node: In) -> Q:
        type_ = self._type(node.left)
        left = self._value(node.left, type_)
        return _joined([Q(Operator(left, "=", self._value(one, type_))) for one in node.values], Q.OR)

    def _is_null(self, node: IsNull) -> Q:
        if isinstance(node.left, Property) and node.left.name in GEOMETRY_NAMES:
            return Q(**{f"{SHAPE}__isnull": True})
        type_ = self._type(node.left)
        inner = node.left.operand if isinstance(node.left, CaseInsensitive) else node.left
        column = f"{PREFIX}{inner.name}" if isinstance(inner, Property) else ""
        nothing = Q(**{f"{column}__isnull": True})
        # A text that is not known is null in the answers.
        return nothing | Q(**{column: ""}) if type_ == TEXT else nothing

    # -- space and time

    def _shape(self, side: Property | Geometry) -> Combinable:
        if isinstance(side, Property):
            if side.name not in GEOMETRY_NAMES:
                raise wrong_filter(_("“%(name)s” is no geometry.") % {"name": side.name})
            return F(SHAPE)
        return Value(geometry_of(side.wkt, self.crs), output_field=GeometryField(srid=SRID))

    def _spatial(self, node: Spatial) -> Q:
        return Q(
            Func(
                self._shape(node.left),
                self._shape(node.right),
                function=_FUNCTIONS[node.function],
                output_field=BooleanField(),
            )
        )

    def _temporal(self, node: Temporal) -> Q:
        left, right, function = node.left, node.right, node.function
        if not isinstance(left, Property):
            if not isinstance(right, Property):
                raise wrong_filter(_("One side of each comparison must be a property."))
            left, right = right, left
            function = {"T_AFTER": "T_BEFORE", "T_BEFORE": "T_AFTER"}.get(function, function)
        if isinstance(right, Property) or self._type(left) != DAY:
            raise wrong_filter(_("Functions of time compare a date with a given date or interval."))
        begin, end = (right.begin, right.end) if isinstance(right, Interval) else (right.value, right.value)
        return _in_time(function, f"{PREFIX}{left.name}", begin, end)


def _in_time(function: str, column: str, begin: datetime.date | None, end: datetime.date | None) -> Q:
    if function == "T_AFTER":
        return Q(**{f"{column}__gt": end}) if end else Q(pk__in=[])
    if function == "T_BEFORE":
        return Q(**{f"{column}__lt": begin}) if begin else Q(pk__in=[])
    within = Q(**{f"{column}__isnull": False})
    if begin:
        within &= Q(**{f"{column}__gte": begin})
    if end:
        within &= Q(**{f"{column}__lte": end})
    return ~within if function == "T_DISJOINT" else within


def _constant(node: Constant) -> Q:
    return ~Q(pk__in=[]) if node.value else Q(pk__in=[])


def _joined(parts: list[Q], connector: str) -> Q:
    """Join conditions side by side: a chain of operators would nest them."""
    return Q(*parts, _connector=connector)


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def fitting(value: object, type_: str) -> Any:
    """Return a value as one of a type.

    Raises
    ------
    Problem
        If it does not fit.
    """
    if type_ == BOOLEAN and isinstance(value, bool):
        return value
    if type_ in {NUMBER, INTEGER} and isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value) and abs(value) <= _BIGGEST_INTEGER:
            return value
    elif type_ == DAY:
        if isinstance(value, datetime.date):
            return value
        if isinstance(value, str):
            try:
                return datetime.date.fromisoformat(value[:10])
            except ValueError:
                pass
    elif type_ == TEXT and isinstance(value, str) and "\x00" not in value:
        return value
    raise wrong_filter(
        _("“%(value)s” is not of the type %(type)s.") % {"value": str(value)[:40], "type": type_}
    )


def geometry_of(wkt: str, crs: Crs) -> GEOSGeometry:
    """Return well-known text as a geometry in EPSG:4490, longitude first.

    Raises
    ------
    Problem
        If it is none, lies outside the earth, or has too many vertices.
    """
    try:
        shape = GEOSGeometry(wkt)
    except (GEOSException, GDALException, ValueError, TypeError) as error:
        raise wrong_filter(_("The geometry cannot be read.")) from error
    if shape.empty or shape.num_coords > _MOST_VERTICES or not shape.valid:
        raise wrong_filter(_("The geometry is empty, crosses itself, or has too many corners."))
    if crs.latitude_first:
        shape = flipped(shape)
    west, south, east, north = shape.extent
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise wrong_filter(
            _("The geometry lies outside the range of degrees. Longitude first, or latitude first?")
        )
    shape.srid = SRID
    return shape


def flipped(shape: GEOSGeometry) -> GEOSGeometry:
    """Return a geometry with its axes exchanged."""
    turned = shapely.transform(shapely.from_wkb(bytes(shape.wkb)), lambda xy: xy[:, ::-1])
    return GEOSGeometry(shapely.to_wkb(turned).hex())
