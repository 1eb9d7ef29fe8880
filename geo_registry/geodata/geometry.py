"""Geometry as the registry keeps it: two-dimensional, valid, of one type a layer; measured on the ellipsoid.

Shapely's arrays are used throughout: a column of geometries is one ``ndarray`` of objects, shape (n,), with
None where there is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .errors import Message, gettext_noop

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]

MAX_VERTICES = 1_000_000
# Degrees and metres of any projection stay far below; ±1e308 would overflow in the first sum.
MAX_ABSOLUTE_COORDINATE = 1e9
# A tenth of a millimetre in degrees, and less than any survey tells in metres.
_GRID = 1e-9

# Honest outlines cross themselves here and there; with more crossings than this, telling whether they are valid and
# repairing them takes minutes and gigabytes.
_CROSSINGS_FROM_SEGMENTS = 200
_SEGMENTS_LOOKED_AT = 2_000
_MAX_CROSSINGS = 20_000
_AREA = 2

# Type numbers of multi-part geometries and collections begin here.
_COLLECTIONS_FROM = 4
METRES_PER_DEGREE = 111_195.0
"""Of a great circle on a sphere of the earth's mean radius: for planes about a place, and for boxes that are looked into."""
_GEOD = pyproj.Geod(ellps="GRS80")  # CGCS2000's ellipsoid: a = 6 378 137 m, 1/f = 298.257222101

_NOT_FINITE = gettext_noop(
    "The geometry has co-ordinates that are no numbers (NaN, infinite or absurdly large). Redraw or export "
    "it again."
)
_TOO_MANY_VERTICES = gettext_noop(
    "The geometry has {vertices} vertices, more than the {limit} that are read. Simplify or split it."
)
_EMPTY = gettext_noop("The geometry is empty.")
_WRONG_TYPE = gettext_noop(
    "The geometry is of the kind “{found}”, but “{wanted}” is needed. Check that it is the right layer."
)
_TANGLE = gettext_noop(
    "The outline crosses itself thousands of times; nobody can tell what is inside. Redraw it, or export it again."
)
_BEYOND_REPAIR = gettext_noop(
    "The geometry is not valid ({reason}) and nothing of it is left when repaired. Redraw it."
)
_REPAIRED = gettext_noop("The geometry was not valid ({reason}) and was repaired; look at it on the map.")
_PARTS_DROPPED = gettext_noop("Of a mixed geometry only the parts of the kind “{wanted}” were kept.")
_FLATTENED = gettext_noop("Heights or measures were dropped.")


class Family(StrEnum):
    """What a column of geometries holds."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


_SINGLE = {
    Family.POINT: shapely.GeometryType.POINT,
    Family.LINE: shapely.GeometryType.LINESTRING,
    Family.POLYGON: shapely.GeometryType.POLYGON,
}
_MULTI = {
    Family.POINT: shapely.GeometryType.MULTIPOINT,
    Family.LINE: shapely.GeometryType.MULTILINESTRING,
    Family.POLYGON: shapely.GeometryType.MULTIPOLYGON,
}
_FAMILY_OF = {int(kind): family for kinds in (_SINGLE, _MULTI) for family, kind in kinds.items()} | {
    int(shapely.GeometryType.LINEARRING): Family.LINE
}


_WORDS = {
    Family.POINT: gettext_noop("a point"),
    Family.LINE: gettext_noop("a line"),
    Family.POLYGON: gettext_noop("an area"),
}
_MIXED = gettext_noop("a mixture of kinds")
# GEOS's reasons, in the words of someone who draws.
_REASONS = {
    "Self-intersection": gettext_noop("its outline crosses itself"),
    "Ring Self-intersection": gettext_noop("its outline touches itself"),
    "Hole lies outside shell": gettext_noop("a hole lies outside of it"),
    "Holes are nested": gettext_noop("a hole lies in another hole"),
    "Nested shells": gettext_noop("one part lies in another"),
    "Interior is disconnected": gettext_noop("its holes cut it in two"),
    "Duplicate Rings": gettext_noop("an outline occurs twice"),
    "Too few points in geometry component": gettext_noop("an outline has too few points"),
}
_OTHER_REASON = gettext_noop("its outline is faulty")


@dataclass(frozen=True, slots=True)
class GeometryProblem:
    """What was wrong with one geometry.

    Parameters
    ----------
    index : int
        Its place in the array.
    fatal : bool
        True if it was refused (None in the result), False if it was mended.
    message : Message
    """

    index: int
    fatal: bool
    message: Message


def clean(
    geometries: Geometries, *, family: Family | str | None = None, max_vertices: int = MAX_VERTICES
) -> tuple[Geometries, list[GeometryProblem]]:
    """Make geometries fit to be stored.

    Height and measure are dropped, what is not valid is repaired with its type kept, parts of another family
    are taken out of collections. NaN, infinite, absurdly large, empty, oversized and wrong ones are refused.
    Missing ones stay missing.

    Parameters
    ----------
    geometries : ndarray of geometries, shape (n,)
        As read, in any co-ordinates. Not changed.
    family : Family, optional
        What is wanted; by default each geometry keeps its own.
    max_vertices : int
        Larger ones are refused.

    Returns
    -------
    cleaned : ndarray of geometries, shape (n,)
        Two-dimensional and valid, or None. Not yet promoted: see `to_multi`.
    problems : list of GeometryProblem
        In the order of the array; at most a few for each geometry.
    """
    result = np.array(geometries, dtype=object)
    wanted = Family(family) if family is not None else None
    problems = _refuse_hopeless(result, max_vertices)
    problems += _flatten(result)
    problems += _repair(result, wanted)
    if wanted is not None:
        problems += _keep_family(result, wanted)
    return result, sorted(problems, key=lambda problem: problem.index)


def _refuse_hopeless(result: Geometries, max_vertices: int) -> list[GeometryProblem]:
    problems: list[GeometryProblem] = []

    def refuse(indices: NDArray[np.intp], template: str) -> None:
        for index in indices.tolist():
            params = {"vertices": int(vertices[index]), "limit": max_vertices}
            problems.append(GeometryProblem(index, fatal=True, message=Message(template, params)))
            result[index] = None

    vertices = shapely.get_num_coordinates(result)
    refuse(np.flatnonzero(vertices > max_vertices), _TOO_MANY_VERTICES)
    refuse(np.flatnonzero(~_finite(result)), _NOT_FINITE)
    refuse(np.flatnonzero(shapely.is_empty(result)), _EMPTY)
    large = np.flatnonzero((vertices > _CROSSINGS_FROM_SEGMENTS) & (shapely.get_dimensions(result) == _AREA))
    refuse(np.array([i for i in large.tolist() if _crosses_too_often(result[i])], dtype=np.intp), _TANGLE)
    return problems


def _finite(geometries: Geometries) -> NDArray[np.bool_]:
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    with np.errstate(invalid="ignore"):
        bad = ~np.all(np.abs(coordinates) <= MAX_ABSOLUTE_COORDINATE, axis=1)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owners[bad]] = False
    return finite


def _flatten(result: Geometries) -> list[GeometryProblem]:
    raised = np.flatnonzero(shapely.has_z(result) | shapely.has_m(result))
    result[raised] = shapely.force_2d(result[raised])
    return [GeometryProblem(index, fatal=False, message=Message(_FLATTENED)) for index in raised.tolist()]


def _repair(result: Geometries, wanted: Family | None) -> list[GeometryProblem]:
    broken = np.flatnonzero(~shapely.is_valid(result) & ~shapely.is_missing(result))
    problems = []
    for index in broken.tolist():
        original = result[index]
        reason = {"reason": _reason(original)}
        family = wanted or _FAMILY_OF.get(int(shapely.get_type_id(original)))
        mended = _mended(original)
        if mended is not None and family is not None:
            mended = _parts_of(mended, family)
        usable = mended is not None and not mended.is_empty and mended.is_valid
        result[index] = mended if usable else None
        message = Message(_REPAIRED if usable else _BEYOND_REPAIR, reason)
        problems.append(GeometryProblem(index, fatal=not usable, message=message))
    return problems


def _crosses_too_often(geometry: BaseGeometry) -> bool:
    """Tell whether validation and repair would drown: n segments may cross n² times, and each crossing becomes a vertex.

    Some segments are looked at; how many others each of them meets tells how many crossings there are about.
    """
    starts, ends = _segments(geometry)
    count = len(starts)
    if count < _CROSSINGS_FROM_SEGMENTS:
        return False
    lows, highs = np.minimum(starts, ends), np.maximum(starts, ends)
    boxes: Any = shapely.box(lows[:, 0], lows[:, 1], highs[:, 0], highs[:, 1])
    tree = shapely.STRtree(boxes)
    looked_at = min(count, _SEGMENTS_LOOKED_AT)
    met = 0
    for index in np.linspace(0, count - 1, looked_at).astype(np.intp).tolist():
        # Each segment meets its own neighbours, which are no crossings.
        met += max(len(tree.query(boxes[index])) - 3, 0)
        if met * count / looked_at / 2 > _MAX_CROSSINGS:
            return True
    return False


def _segments(geometry: BaseGeometry) -> tuple[Floats, Floats]:
    points, owners = shapely.get_coordinates(
        shapely.get_parts(shapely.get_rings(np.array(_flat_parts(geometry), dtype=object))), return_index=True
    )
    same = owners[1:] == owners[:-1]
    return points[:-1][same], points[1:][same]


def _mended(original: BaseGeometry) -> BaseGeometry | None:
    """Return a valid geometry, or None: what GEOS makes is not always valid, so ever coarser ways are tried."""
    try:
        mended = shapely.make_valid(original, method="structure", keep_collapsed=False)
        if not mended.is_valid:  # parts that share an edge
            mended = shapely.union_all(_flat_parts(mended))
        if not mended.is_valid:  # vertices closer together than numbers can tell
            snapped = shapely.set_precision(original, _GRID, mode="pointwise")
            mended = shapely.make_valid(snapped, method="linework")
    except shapely.errors.GEOSException:
        return None
    return mended if mended.is_valid else None


def _reason(geometry: BaseGeometry) -> Message:
    said = str(shapely.is_valid_reason(geometry)).split("[")[0].strip()
    return Message(_REASONS.get(said, _OTHER_REASON))


def _named(kind: int) -> Message:
    family = _FAMILY_OF.get(kind)
    return Message(_WORDS[family] if family else _MIXED)


def _keep_family(result: Geometries, wanted: Family) -> list[GeometryProblem]:
    problems = []
    kinds = shapely.get_type_id(result)
    right = {kind for kind, family in _FAMILY_OF.items() if family is wanted}
    for index in np.flatnonzero((kinds >= 0) & ~np.isin(kinds, list(right))).tolist():
        params = {"found": _named(int(kinds[index])), "wanted": Message(_WORDS[wanted])}
        is_mixed = kinds[index] == shapely.GeometryType.GEOMETRYCOLLECTION
        kept = _parts_of(result[index], wanted) if is_mixed else None
        usable = kept is not None and not kept.is_empty
        result[index] = kept if usable else None
        message = Message(_PARTS_DROPPED if usable else _WRONG_TYPE, params)
        problems.append(GeometryProblem(index, fatal=not usable, message=message))
    return problems


def _parts_of(geometry: BaseGeometry, family: Family) -> BaseGeometry | None:
    """Return the parts of one family: None, a single geometry, or a multi if there are several."""
    parts = _flat_parts(geometry)
    kept = [part for part in parts if _FAMILY_OF.get(int(shapely.get_type_id(part))) is family]
    if len(kept) <= 1:
        return kept[0] if kept else None
    multi: BaseGeometry = to_multi(np.array([shapely.GeometryCollection(kept)], dtype=object), family)[0]
    return multi


def _flat_parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    if shapely.get_type_id(geometry) < shapely.GeometryType.MULTIPOINT:
        return [geometry]
    return [leaf for part in shapely.get_parts(geometry) for leaf in _flat_parts(part)]


def to_multi(geometries: Geometries, family: Family | str) -> Geometries:
    """Promote single geometries of a family to their multi type; multi ones and None are kept.

    Parameters
    ----------
    geometries : ndarray of geometries, shape (n,)
        All of `family` (see `clean`).
    family : Family

    Returns
    -------
    ndarray of geometries, shape (n,)
    """
    wanted = Family(family)
    result = np.array(geometries, dtype=object)
    make: Any = {
        Family.POINT: shapely.multipoints,
        Family.LINE: shapely.multilinestrings,
        Family.POLYGON: shapely.multipolygons,
    }[wanted]
    single = ~shapely.is_missing(result) & (shapely.get_type_id(result) != _MULTI[wanted])
    for index in np.flatnonzero(single).tolist():
        result[index] = make(_flat_parts(result[index]))
    return result


def length_m(geometries: Geometries) -> Floats:
    """Return lengths on the ellipsoid in metres (of polygons the outer ring), shape (n,).

    Geometries are in degrees of EPSG:4490. None and points have length 0.
    """
    shapes = np.asarray(geometries, dtype=object)
    # Every run of points by itself: lines as they are, polygons by their outer rings, collections by their members.
    parts, shape = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) >= _COLLECTIONS_FROM).any():
        inner, of = shapely.get_parts(parts, return_index=True)
        parts, shape = inner, shape[of]
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts[is_area] = shapely.get_exterior_ring(parts[is_area])
    points, run = shapely.get_coordinates(parts, return_index=True)
    joined = run[1:] == run[:-1]
    begin, end = points[:-1][joined], points[1:][joined]
    _forth, _back, metres = _GEOD.inv(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])
    lengths: Floats = np.zeros(len(shapes))
    np.add.at(lengths, shape[run[1:][joined]], metres)
    return lengths


def area_m2(geometries: Geometries) -> Floats:
    """Return areas on the ellipsoid in square metres, shape (n,), holes taken off.

    Geometries are in degrees of EPSG:4490. None, points and lines have area 0;
    the direction of rings does not matter.
    """
    oriented = shapely.orient_polygons(np.asarray(geometries, dtype=object))
    return np.array([0.0 if g is None else abs(_signed_area(g)) for g in oriented], dtype=np.float64)


def _signed_area(geometry: BaseGeometry) -> float:
    if _FAMILY_OF.get(int(shapely.get_type_id(geometry))) not in {Family.POLYGON, None}:
        return 0.0
    return float(_GEOD.geometry_area_perimeter(geometry)[0])


def distance_m(lon1: object, lat1: object, lon2: object, lat2: object) -> Floats:
    """Return distances between points on the ellipsoid in metres.

    Parameters
    ----------
    lon1, lat1, lon2, lat2 : array_like of float
        Degrees of EPSG:4490; they are broadcast against each other.

    Returns
    -------
    ndarray of float
    """
    a, b, c, d = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in (lon1, lat1, lon2, lat2))
    )
    return np.asarray(_GEOD.inv(a, b, c, d)[2], dtype=np.float64)
