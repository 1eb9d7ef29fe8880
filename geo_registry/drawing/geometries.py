"""Between what the database keeps, what is computed with, and what a page carries."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import models
from django.utils.translation import gettext as _
from shapely import MultiPolygon, Polygon
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from geo_registry.geodata.geometry import Family
from geo_registry.territory.models.divisions import SRID

MAX_COORDINATES = 200_000


class BadGeometryError(ValueError):
    """What a page sent is no geometry; the message is for people."""


def to_shape(geometry: GEOSGeometry) -> BaseGeometry:
    """Return a stored geometry as shapely's."""
    return shapely.from_wkb(bytes(geometry.wkb))


def to_stored(geometry: BaseGeometry) -> GEOSGeometry:
    """Return shapely's geometry as it is stored."""
    if isinstance(geometry, Polygon):
        geometry = MultiPolygon([geometry])
    return GEOSGeometry(memoryview(shapely.to_wkb(geometry)), srid=SRID)


def to_geojson(geometry: BaseGeometry | None) -> dict[str, Any] | None:
    """Return a geometry as GeoJSON with all its digits."""
    return None if geometry is None else json.loads(json.dumps(mapping(geometry)))


def from_geojson(value: Any, family: Family) -> BaseGeometry:
    """Read a geometry that a page sent; whether it is fit to be kept is asked elsewhere.

    Raises
    ------
    BadGeometryError
    """
    try:
        kind = value["type"]
        points = list(_positions(value["coordinates"]))
        if len(points) > MAX_COORDINATES or not all(math.isfinite(n) for point in points for n in point[:2]):
            raise ValueError(kind)  # noqa: TRY301 - one sentence for all that can be wrong
        found = shapely.force_2d(shape({"type": kind, "coordinates": value["coordinates"]}))
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        RecursionError,
        shapely.errors.ShapelyError,
    ) as error:
        raise BadGeometryError(_("The shape that arrived is damaged. Draw it again.")) from error
    if family is Family.POLYGON and isinstance(found, Polygon):
        found = MultiPolygon([found])
    return found


def _positions(coordinates: Any) -> Any:
    if isinstance(coordinates, list) and coordinates and isinstance(coordinates[0], int | float):
        yield [float(number) for number in coordinates]
    elif isinstance(coordinates, list | tuple):
        for part in coordinates:
            yield from _positions(part)
    else:
        raise TypeError(coordinates)


def as_json(row: models.Model, name: str) -> Any:
    """Return the value of a row's column as JSON has it."""
    value = getattr(row, name)
    if isinstance(value, GEOSGeometry):
        return to_geojson(to_shape(value))
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return value


def set_from_json(row: models.Model, field: models.Field[Any, Any], value: Any) -> None:
    """Give a row's column what `as_json` took from it."""
    if isinstance(value, dict) and "coordinates" in value:
        setattr(row, field.attname, to_stored(shape(value)))
    elif value is None:
        setattr(row, field.attname, None)
    elif isinstance(field, models.ForeignKey):
        setattr(row, field.attname, field.target_field.to_python(value))
    else:
        setattr(row, field.attname, field.to_python(value))
