"""A geometry, and what changed in it, in words: for histories and for readers without a map."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from geo_registry.geodata import geometry as measures

_GEOD = pyproj.Geod(ellps="GRS80")
_DIRECTIONS: tuple[Promise, ...] = (
    gettext_lazy("north"),
    gettext_lazy("north-east"),
    gettext_lazy("east"),
    gettext_lazy("south-east"),
    gettext_lazy("south"),
    gettext_lazy("south-west"),
    gettext_lazy("west"),
    gettext_lazy("north-west"),
)
_M_PER_KM, _M2_PER_KM2 = 1000.0, 1_000_000.0


def describe(geometry: GEOSGeometry | None) -> str:
    """Say what a geometry is: a point's co-ordinates, a line's length, an area's size.

    Parameters
    ----------
    geometry
        In degrees of EPSG:4490, longitude first; ``None`` gives an empty text.
    """
    shape = _shape(geometry)
    if shape is None:
        return ""
    family = _family(shape)
    if family == "point":
        return _("%(lon)s° E, %(lat)s° N") % {
            "lon": f"{shape.centroid.x:.6f}",
            "lat": f"{shape.centroid.y:.6f}",
        }
    if family == "line":
        return _("line of %(length)s, %(points)s points") % {
            "length": _length(_length_m(shape)), "points": number_format(_points(shape))
        }  # fmt: skip
    if family == "area":
        return _("area of %(area)s, %(points)s points") % {
            "area": _area(_area_m2(shape)),
            "points": number_format(_points(shape)),
        }
    return _("%(parts)s shapes, %(points)s points") % {
        "parts": number_format(len(shapely.get_parts(shape))), "points": number_format(_points(shape))
    }  # fmt: skip


def describe_change(before: GEOSGeometry | None, after: GEOSGeometry | None) -> str:
    """Say how one geometry became another: moved how far and where to, longer, larger, how much of it is the same.

    Both are in degrees of EPSG:4490; distances are metres on the ellipsoid.
    """
    old, new = _shape(before), _shape(after)
    if new is None:
        return _("taken away") if old is not None else ""
    if old is None:
        return _("drawn: %(geometry)s") % {"geometry": describe(after)}
    families = {_family(old), _family(new)}
    if families == {"point"}:
        return _point_moved(old, new)
    if families == {"line"}:
        return _line_changed(old, new)
    if families == {"area"}:
        return _area_changed(old, new)
    return _("%(before)s → %(after)s") % {"before": describe(before), "after": describe(after)}


def _point_moved(old: BaseGeometry, new: BaseGeometry) -> str:
    a, b = old.centroid, new.centroid
    azimuth, _back, metres = _GEOD.inv(a.x, a.y, b.x, b.y)
    step = 360 / len(_DIRECTIONS)
    direction = _DIRECTIONS[round((azimuth % 360) / step) % len(_DIRECTIONS)]
    return _("moved %(distance)s to the %(direction)s") % {
        "distance": _length(metres),
        "direction": direction,
    }


def _line_changed(old: BaseGeometry, new: BaseGeometry) -> str:
    # In a plane about the place itself a degree of longitude is shorter than one of latitude; the farthest shift is
    # measured there, and is for reading, not for computing.
    shift_m = float(shapely.hausdorff_distance(_local(old, old), _local(new, old)))
    return _("length %(before)s → %(after)s, moved by up to %(shift)s") % {
        "before": _length(_length_m(old)),
        "after": _length(_length_m(new)),
        "shift": _length(shift_m),
    }


def _area_changed(old: BaseGeometry, new: BaseGeometry) -> str:
    old_valid, new_valid = shapely.make_valid(old), shapely.make_valid(new)
    kept = _area_m2(old_valid.intersection(new_valid)) / (_area_m2(old_valid) or 1)
    return _("area %(before)s → %(after)s, %(kept)s %% of the former area is still in it") % {
        "before": _area(_area_m2(old)),
        "after": _area(_area_m2(new)),
        "kept": _number(kept * 100, 1),
    }


def _local(shape: BaseGeometry, about: BaseGeometry) -> BaseGeometry:
    lon, lat = about.centroid.x, about.centroid.y
    forward = pyproj.Transformer.from_crs(
        "EPSG:4490", f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=GRS80 +units=m", always_xy=True
    ).transform
    return shapely.transform(shape, lambda xy: np.column_stack(forward(xy[:, 0], xy[:, 1])))


def _shape(geometry: GEOSGeometry | None) -> BaseGeometry | None:
    if geometry is None or geometry.empty:
        return None
    return shapely.from_wkb(bytes(geometry.wkb))


def _family(shape: BaseGeometry) -> str:
    return {
        "Point": "point",
        "MultiPoint": "point",
        "LineString": "line",
        "MultiLineString": "line",
        "Polygon": "area",
        "MultiPolygon": "area",
    }.get(shape.geom_type, "mixed")


def _points(shape: BaseGeometry) -> int:
    return int(shapely.get_num_coordinates(shape))


def _length_m(shape: BaseGeometry) -> float:
    return float(measures.length_m(np.array([shape], dtype=object))[0])


def _area_m2(shape: BaseGeometry) -> float:
    return float(measures.area_m2(np.array([shape], dtype=object))[0])


def _length(metres: float) -> str:
    if metres < _M_PER_KM:
        return _("%(number)s m") % {"number": _number(metres, 0 if metres >= 10 else 1)}
    return _("%(number)s km") % {"number": _number(metres / _M_PER_KM, 2)}


def _area(square_metres: float) -> str:
    if square_metres < _M2_PER_KM2 / 10:
        return _("%(number)s m²") % {"number": _number(square_metres, 0)}
    return _("%(number)s km²") % {"number": _number(square_metres / _M2_PER_KM2, 2)}


def _number(value: float, decimals: int) -> str:
    # Django cuts decimals off; people round.
    return number_format(round(value, decimals), decimal_pos=decimals)
