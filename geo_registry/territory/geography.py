"""Metres on the ellipsoid. Geometry is stored in degrees (EPSG:4490); PostGIS measures it as ``geography``.

GeoDjango's own distance functions compute on a sphere outside EPSG:4326 (0.3 % off) or refuse, so every query that needs metres
uses these.
"""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db.models import Extent, PointField
from django.contrib.gis.geos import Point
from django.db.models import BooleanField, FloatField, Func, QuerySet, Value
from django.db.models.expressions import Combinable

from .models.divisions import SRID, Division, Installation


class AsGeography(Func):
    """A geometry as geography: the index on ``(column::geography)`` fits it."""

    template = "%(expressions)s::geography"
    arity = 1
    output_field = PointField(srid=SRID)


class DistanceM(Func):
    """Metres between two geometries along the ellipsoid."""

    function = "ST_Distance"
    output_field = FloatField()

    def __init__(self, column: str | Combinable, other: Point | Combinable, **extra: Any) -> None:
        super().__init__(AsGeography(column), AsGeography(as_value(other)), **extra)


class WithinM(Func):
    """Whether two geometries are at most some metres apart along the ellipsoid."""

    function = "ST_DWithin"
    output_field = BooleanField()

    def __init__(
        self, column: str | Combinable, other: Point | Combinable, distance_m: float, **extra: Any
    ) -> None:
        super().__init__(AsGeography(column), AsGeography(as_value(other)), Value(distance_m), **extra)


def as_value(other: Point | Combinable) -> Combinable:
    """Return a point as an expression; its SRID must be that of the stored geometry.

    Raises
    ------
    ValueError
        If the point is in another co-ordinate system.
    """
    if not isinstance(other, Point):
        return other
    if other.srid != SRID:
        raise ValueError(f"the point is in EPSG:{other.srid}, not in EPSG:{SRID}")
    return Value(other, output_field=PointField(srid=SRID))


def box_of(divisions: QuerySet[Division]) -> list[float] | None:
    """Return west, south, east and north of divisions in degrees (EPSG:4490); ``None`` where nobody has drawn any."""
    box = divisions.order_by().aggregate(box=Extent("boundary"))["box"]
    return list(box) if box else None


def home_extent() -> list[list[float]] | None:
    """Return the south-west and north-east corners of the home as [lat, lon], or ``None`` before anything is known of it.

    The home's boundary counts; without one, the points of the divisions under it.
    """
    home = Installation.home()
    if home is None:
        return None
    # One row by its key: every page with a map asks.
    extent = box_of(Division.objects.filter(pk=home.pk))
    if extent is None:
        extent = Division.objects.under(home).aggregate(points=Extent("point"))["points"]
    if extent is None:
        return None
    west, south, east, north = extent
    return [[south, west], [north, east]]
