"""The outline of the ground within some metres of points: a grid of distances, its contour, simplified rings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def outline_around(
    xy: FloatArray, *, width: float, cell: float, tolerance: float, least_hole: float
) -> BaseGeometry:
    """Polygons around points, in the plane that the points are in.

    Parameters
    ----------
    xy
        Points, shape (n, 2).
    width
        How far from a point is within.
    cell
        Side of the grid's cells.
    tolerance
        How far an outline may move when it is simplified.
    least_hole
        Holes of a smaller area are not drawn.
    """
    from contourpy import FillType, contour_generator

    from .isochrone_kernel import distances_around

    if not len(xy):
        return shapely.MultiPolygon()
    margin = width + 2 * cell
    west, south = np.floor((xy.min(axis=0) - margin) / cell) * cell
    columns = math.ceil((xy[:, 0].max() + margin - west) / cell) + 1
    rows = math.ceil((xy[:, 1].max() + margin - south) / cell) + 1
    # The contour runs between a node within the width and its neighbour: both must be exact, and nothing farther.
    distance = distances_around(xy, west, south, cell, columns, rows, width + 1.01 * cell)
    generator = contour_generator(
        west + np.arange(columns) * cell,
        south + np.arange(rows) * cell,
        distance,
        fill_type=FillType.ChunkCombinedOffsetOffset,
    )
    filled: Any = generator.filled(-1.0, width)
    (points,), (ring_start,), (first_ring,) = filled
    if points is None:
        return shapely.MultiPolygon()
    return _simplified(
        points, ring_start.astype(np.int64), first_ring.astype(np.int64), tolerance, least_hole
    )


def polygons_of(geometry: BaseGeometry) -> BaseGeometry:
    """Polygons alone, as one multipolygon."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[shapely.get_type_id(parts) == 3]
    return shapely.MultiPolygon(list(parts))


def _simplified(
    points: FloatArray, ring_start: IntArray, first_ring: IntArray, tolerance: float, least_hole: float
) -> BaseGeometry:
    """Fewer vertices and no holes too small to be seen, ring by ring: the whole at once takes minutes for a town's blocks."""
    counts = np.diff(ring_start)
    is_outer = np.zeros(len(counts), dtype=np.bool_)
    is_outer[first_ring[:-1]] = True
    owner = np.cumsum(is_outer) - 1
    kept = is_outer | (_ring_areas(points, ring_start) >= least_hole)
    member = np.repeat(np.cumsum(kept) - 1, counts)[np.repeat(kept, counts)]
    rings: Any = shapely.linearrings(points[np.repeat(kept, counts)], indices=member)
    lines: Any = shapely.simplify(rings, tolerance, preserve_topology=False)
    # A part too small for a ring of its own keeps its outline.
    lines = np.where(shapely.get_num_coordinates(lines) >= 4, lines, rings)
    outer, number = is_outer[kept], owner[kept]
    holes, of = lines[~outer], number[~outer]
    bounds = np.searchsorted(of, np.arange(len(first_ring)))
    built = [
        shapely.Polygon(shell, holes[begin:end].tolist())
        for shell, begin, end in zip(lines[outer], bounds[:-1], bounds[1:], strict=True)
    ]
    return polygons_of(shapely.make_valid(shapely.MultiPolygon(built)))


def _ring_areas(points: FloatArray, ring_start: IntArray) -> FloatArray:
    """Area of each closed ring, by Gauss's formula."""
    x, y = (points - points[0]).T
    cross = np.zeros(len(points))
    cross[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    cross[ring_start[1:] - 1] = 0.0  # from the last point of a ring to the first of the next
    areas: FloatArray = np.abs(np.add.reduceat(cross, ring_start[:-1])) / 2
    return areas
