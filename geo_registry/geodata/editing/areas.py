"""Areas: cut in two, joined, pierced; and where they overlap, leave gaps or reach out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from ..errors import Message, gettext_noop
from ..geometry import area_m2
from .errors import EditingError
from .plane import LocalPlane, Point
from .shared import as_multi

_NOT_CUT = gettext_noop(
    "The line does not cut the area in two: begin and end it outside of the area, and have it cross from side to side."
)
_APART = gettext_noop(
    "The two areas are {metres} m apart, so they cannot be joined: draw one of them up to the other first."
)
_HOLE_OUTSIDE = gettext_noop("The hole does not lie within the area.")
_HOLE_EATS = gettext_noop("The hole would leave nothing of the area.")
_NOTHING_COMMON = gettext_noop("The piece drawn does not lie in the area that is to give it away.")
_NOTHING_LEFT = gettext_noop(
    "The piece drawn is all of the area that is to give it away: nothing would be left of it."
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A place where areas do not fit together.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
    area_m2 : float
    at : (lon, lat)
        Inside of it.
    """

    shape: BaseGeometry
    area_m2: float
    at: Point


def split_area(area: MultiPolygon, cut: LineString) -> list[MultiPolygon]:
    """Cut an area along a line; holes stay holes.

    Parts of the area that the line does not cross stay with the larger piece.

    Returns
    -------
    list of MultiPolygon
        Two or more, the largest first.

    Raises
    ------
    EditingError
        If the line leaves the area in one piece.
    """
    pieces: list[Polygon] = []
    whole: list[Polygon] = []
    for polygon in area.geoms:
        edges = shapely.union(polygon.boundary, cut)
        faces = [
            face
            for face in shapely.get_parts(shapely.polygonize([edges]))
            if polygon.contains(face.representative_point())
        ]
        if len(faces) > 1:
            pieces += faces
        else:
            whole.append(polygon)
    if len(pieces) < 2:
        raise EditingError(Message(_NOT_CUT), place=(cut.coords[0][0], cut.coords[0][1]))
    pieces.sort(key=lambda piece: piece.area, reverse=True)
    return [MultiPolygon([pieces[0], *whole]), *(MultiPolygon([piece]) for piece in pieces[1:])]


def join_areas(first: MultiPolygon, second: MultiPolygon, *, tolerance_m: float) -> MultiPolygon:
    """Return two areas as one; a seam no wider than the tolerance is closed, holes stay.

    Raises
    ------
    EditingError
        If they lie farther apart.
    """
    plane = LocalPlane.around(first, second)
    gap_m = plane.to_metres(first).distance(plane.to_metres(second))
    if gap_m > tolerance_m:
        x, y = shapely.get_coordinates(shapely.shortest_line(first, second))[0]
        raise EditingError(Message(_APART, {"metres": f"{gap_m:,.1f}"}), place=(float(x), float(y)))
    if gap_m > 0:
        moved = shapely.snap(plane.to_metres(second), plane.to_metres(first), tolerance_m)
        second = as_multi(shapely.make_valid(plane.to_degrees(moved)))
    return _without_seams(as_multi(shapely.union(first, second)), (first, second), tolerance_m, plane)


def _without_seams(
    joined: MultiPolygon, parts: Sequence[MultiPolygon], tolerance_m: float, plane: LocalPlane
) -> MultiPolygon:
    """Close new holes that are no wider than the tolerance: where outlines were meant to be one line."""
    meant = {shapely.to_wkb(shapely.normalize(hole)) for area in parts for hole in _holes(area)}
    polygons = []
    for polygon in joined.geoms:
        kept = [
            ring
            for ring in polygon.interiors
            if shapely.to_wkb(shapely.normalize(Polygon(ring))) in meant
            or not plane.to_metres(Polygon(ring)).buffer(-tolerance_m / 2).is_empty
        ]
        polygons.append(Polygon(polygon.exterior, kept))
    return MultiPolygon(polygons)


def _holes(area: BaseGeometry) -> list[Polygon]:
    return [Polygon(ring) for polygon in as_multi(area).geoms for ring in polygon.interiors]


def pierce(area: MultiPolygon, hole: Polygon) -> MultiPolygon:
    """Take a hole out of an area.

    Raises
    ------
    EditingError
        If the hole does not lie within it, or is all of it.
    """
    at = hole.representative_point()
    place = (float(at.x), float(at.y))
    if not area.covers(hole):
        raise EditingError(Message(_HOLE_OUTSIDE), place=place)
    left = as_multi(shapely.difference(area, hole))
    if left.is_empty:
        raise EditingError(Message(_HOLE_EATS), place=place)
    return left


def hand_over(giver: MultiPolygon, taker: MultiPolygon, piece: Polygon) -> tuple[MultiPolygon, MultiPolygon]:
    """Give what lies in a drawn piece from one area to another, so that their border runs along the piece.

    Returns
    -------
    giver, taker : MultiPolygon

    Raises
    ------
    EditingError
        If the piece holds nothing, or everything, of the giver.
    """
    at = piece.representative_point()
    place = (float(at.x), float(at.y))
    given = shapely.intersection(giver, piece)
    if as_multi(given).is_empty:
        raise EditingError(Message(_NOTHING_COMMON), place=place)
    left = as_multi(shapely.difference(giver, piece))
    if left.is_empty:
        raise EditingError(Message(_NOTHING_LEFT), place=place)
    return left, as_multi(shapely.union(taker, given))


def overlaps(
    area: MultiPolygon, others: Sequence[BaseGeometry], *, least_m2: float
) -> dict[int, list[Piece]]:
    """Return where an area lies over others, by their number; pieces smaller than ``least_m2`` are drawing noise."""
    found: dict[int, list[Piece]] = {}
    for number, other in enumerate(others):
        pieces = _pieces(shapely.intersection(area, other), least_m2)
        if pieces:
            found[number] = pieces
    return found


def outside(area: MultiPolygon, holder: BaseGeometry, *, least_m2: float) -> list[Piece]:
    """Return where an area reaches out of the one that holds it."""
    return _pieces(shapely.difference(area, holder), least_m2)


def gaps(
    areas: Sequence[BaseGeometry], *, holder: BaseGeometry | None = None, least_m2: float
) -> list[Piece]:
    """Return what lies between areas and belongs to none.

    Parameters
    ----------
    areas : sequence of geometry
        Siblings.
    holder : geometry, optional
        What they should fill together; without it, only gaps that they enclose are found.
    least_m2 : float
        Smaller ones are drawing noise.
    """
    together = shapely.union_all(np.array(list(areas), dtype=object))
    if holder is not None:
        return _pieces(shapely.difference(holder, together), least_m2)
    holes = _holes(together)
    own = [hole for area in areas for hole in _holes(area)]
    # A hole that one of them has by itself (a lake, an exclave) is meant.
    meant = shapely.union_all(np.array(own, dtype=object)) if own else Polygon()
    return [piece for hole in holes for piece in _pieces(shapely.difference(hole, meant), least_m2)]


def _pieces(shape: BaseGeometry, least_m2: float) -> list[Piece]:
    parts = list(as_multi(shape).geoms)
    sizes = area_m2(np.array(parts, dtype=object))
    found = []
    for part, size in zip(parts, sizes, strict=True):
        if size >= least_m2:
            at = part.representative_point()
            found.append(Piece(part, float(size), (float(at.x), float(at.y))))
    return sorted(found, key=lambda piece: piece.area_m2, reverse=True)
