"""Geometry of a file → geometry of a kind: one point, a line, or an outline."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from .errors import Message, gettext_noop
from .geometry import Family, Geometries, GeometryProblem, to_multi

_WRONG_SHAPE = gettext_noop("The row has {found}, but {wanted} is needed.")
_TOO_SHORT = gettext_noop("The line has no length.")
_NO_AREA = gettext_noop("The outline encloses nothing.")
_POINT_INSIDE = gettext_noop("The row has an outline; a point inside it was taken.")

_NAMES = {
    Family.POINT: gettext_noop("a point"),
    Family.LINE: gettext_noop("a line"),
    Family.POLYGON: gettext_noop("an outline"),
}
_OTHER = gettext_noop("a mixture of geometries")
_OR = gettext_noop("{first} or {second}")
_FAMILIES = {
    "Point": Family.POINT,
    "MultiPoint": Family.POINT,
    "LineString": Family.LINE,
    "LinearRing": Family.LINE,
    "MultiLineString": Family.LINE,
    "Polygon": Family.POLYGON,
    "MultiPolygon": Family.POLYGON,
}


def fit(
    geometries: Geometries, families: frozenset[Family], *, many_points: bool = False
) -> tuple[Geometries, list[GeometryProblem]]:
    """Bring clean geometries (see `geometry.clean`) to the form in which a kind takes them in.

    Parameters
    ----------
    geometries : ndarray of geometries, shape (n,)
        In EPSG:4490, valid; None where there is none.
    families : frozenset of Family
        What the kind takes in.
    many_points : bool
        Several points are one place, too.

    Returns
    -------
    fitted : ndarray of geometries, shape (n,)
        A Point, or a MultiPoint of several; a LineString, or a MultiLineString whose parts do not meet; or a MultiPolygon. An
        outline where only a point is wanted becomes a point inside it. None where nothing fits.
    remarks : list of GeometryProblem
    """
    result = np.array(geometries, dtype=object)
    remarks: list[GeometryProblem] = []
    simple = set()
    if Family.POINT in families:
        simple.add(int(shapely.GeometryType.POINT))
    for index in np.flatnonzero(
        ~shapely.is_missing(result) & ~np.isin(shapely.get_type_id(result), list(simple))
    ).tolist():
        result[index], remark = _fit_one(result[index], families, many_points=many_points)
        if remark is not None:
            remarks.append(GeometryProblem(index, fatal=result[index] is None, message=remark))
    return result, remarks


def _fit_one(geometry: Any, families: frozenset[Family], *, many_points: bool) -> tuple[Any, Message | None]:
    family = _FAMILIES.get(geometry.geom_type)
    if family is Family.POLYGON and Family.POLYGON not in families and Family.POINT in families:
        return shapely.point_on_surface(geometry), Message(_POINT_INSIDE)
    if family not in families:
        return None, _wrong_shape(family, families)
    if family is Family.POLYGON:
        outline = to_multi(np.array([geometry], dtype=object), Family.POLYGON)[0]
        return (outline, None) if outline.area > 0 else (None, Message(_NO_AREA))
    if family is Family.LINE:
        return _one_line(geometry)
    parts = shapely.get_parts(geometry)
    if many_points and len(parts) > 1:
        return geometry, None
    return (parts[0], None) if len(parts) == 1 else (None, _wrong_shape(None, families))


def _one_line(geometry: Any) -> tuple[Any, Message | None]:
    if geometry.geom_type == "MultiLineString":
        geometry = shapely.line_merge(geometry)
        parts = [part for part in shapely.get_parts(geometry) if part.length > 0]
        geometry = parts[0] if len(parts) == 1 else shapely.multilinestrings(parts)
    return (geometry, None) if geometry.length > 0 else (None, Message(_TOO_SHORT))


def _wrong_shape(found: Family | None, families: frozenset[Family]) -> Message:
    names = [Message(_NAMES[family]) for family in Family if family in families]
    wanted = names[0]
    for name in names[1:]:
        wanted = Message(_OR, {"first": wanted, "second": name})
    return Message(_WRONG_SHAPE, {"found": Message(_NAMES[found] if found else _OTHER), "wanted": wanted})
