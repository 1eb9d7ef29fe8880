"""Where lines that share no vertex meet all the same: ends on lines, and crossings.

Works on segments, vectorised. Only segments on the same level (bridge, tunnel, layer) meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

COINCIDENT_M = 0.01
"""Interior vertices and crossings nearer to each other than this are one point."""


@dataclass(frozen=True)
class Vertices:
    """All vertices of all lines, one after the other.

    Attributes
    ----------
    line
        Line of each vertex, ascending.
    position
        Index into the table of positions.
    """

    line: NDArray[np.int64]
    position: NDArray[np.int64]

    def ends(self) -> NDArray[np.bool_]:
        """Mark the first and last vertex of every line."""
        ends = np.ones(len(self.line), dtype=np.bool_)
        change = self.line[1:] != self.line[:-1]
        ends[1:-1] = change[:-1] | change[1:]
        return ends

    def without_repeats(self) -> Vertices:
        """Drop a vertex that repeats the one before it, then lines left with one vertex."""
        keep = np.ones(len(self.line), dtype=np.bool_)
        keep[1:] = (self.line[1:] != self.line[:-1]) | (self.position[1:] != self.position[:-1])
        line, position = self.line[keep], self.position[keep]
        long_enough = np.bincount(line, minlength=1)[line] > 1
        return Vertices(line[long_enough], position[long_enough])


@dataclass(frozen=True)
class Insertions:
    """Vertices to add: after which vertex, how far along that segment, at which position."""

    after: NDArray[np.int64]
    fraction: NDArray[np.float64]
    position: NDArray[np.int64]

    def into(self, vertices: Vertices) -> Vertices:
        """Add them in their order along each line."""
        owner = np.concatenate([np.arange(len(vertices.line)), self.after])
        fraction = np.concatenate([np.full(len(vertices.line), -1.0), self.fraction])
        position = np.concatenate([vertices.position, self.position])
        order = np.lexsort((position, fraction, owner))
        return Vertices(vertices.line[owner[order]], position[order]).without_repeats()


def merge_close(xy: NDArray[np.float64], tolerance_m: float) -> NDArray[np.int64]:
    """Give every point the lowest index among the points it is chained to within the tolerance.

    Parameters
    ----------
    xy
        Plane metres, shape (n, 2).
    tolerance_m
        Largest gap, inclusive.
    """
    count = len(xy)
    if count < 2 or tolerance_m <= 0:
        return np.arange(count)
    pairs = cKDTree(xy).query_pairs(tolerance_m, output_type="ndarray")
    if len(pairs) == 0:
        return np.arange(count)
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    label = connected_components(links, directed=False)[1]
    lowest = np.full(label.max() + 1, count)
    np.minimum.at(lowest, label, np.arange(count))
    merged: NDArray[np.int64] = lowest[label].astype(np.int64)
    return merged


class SegmentPairs:
    """The pairs of segments on one level that come within the tolerance of each other."""

    def __init__(
        self,
        vertices: Vertices,
        position_xy: NDArray[np.float64],
        level: NDArray[np.int64],
        tolerance_m: float,
    ) -> None:
        self.vertices = vertices
        self.xy = position_xy[vertices.position]
        self.tolerance_m = max(tolerance_m, COINCIDENT_M)
        self.start = np.flatnonzero(vertices.line[1:] == vertices.line[:-1])
        segments = segments_as_lines(self.xy[self.start], self.xy[self.start + 1])
        tree = shapely.STRtree(segments)
        left, right = tree.query(segments, predicate="dwithin", distance=self.tolerance_m)
        on_level = level[vertices.line[self.start]]
        keep = (left != right) & (on_level[left] == on_level[right])
        self.left, self.right = left[keep], right[keep]

    def ends_and_vertices_on_segments(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Vertices that lie on another segment: line ends within the tolerance, others exactly.

        Returns
        -------
        tuple
            The vertex, the vertex that starts the segment it lies on, the fraction along that segment. One
            vertex meets one line once, where it is nearest.
        """
        position, line = self.vertices.position, self.vertices.line
        first, last = self.start[self.left], self.start[self.left] + 1
        is_end = self.vertices.ends()
        closing = is_end[last]
        vertex = np.concatenate([first, last[closing]])
        segment = self.start[np.concatenate([self.right, self.right[closing]])]
        fraction, gap_m = _foot_point(self.xy[vertex], self.xy[segment], self.xy[segment + 1])
        limit_m = np.where(is_end[vertex], self.tolerance_m, COINCIDENT_M)
        touches = (gap_m <= limit_m) & (position[vertex] != position[segment])
        touches &= position[vertex] != position[segment + 1]
        touches &= (line[vertex] != line[segment]) | self._far_along(vertex, segment)
        vertex, segment, fraction, gap_m = (a[touches] for a in (vertex, segment, fraction, gap_m))
        already = self._positions_on_line()
        known = np.isin(position[vertex] * (line.max() + 1) + line[segment], already)
        known &= line[vertex] != line[segment]
        vertex, segment, fraction, gap_m = (a[~known] for a in (vertex, segment, fraction, gap_m))
        order = np.lexsort((segment, gap_m, line[segment], position[vertex]))
        vertex, segment, fraction = vertex[order], segment[order], fraction[order]
        new = np.ones(len(vertex), dtype=np.bool_)
        new[1:] = (position[vertex][1:] != position[vertex][:-1]) | (line[segment][1:] != line[segment][:-1])
        return vertex[new], segment[new], fraction[new]

    def crossings(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Pairs that cross away from their vertices.

        Returns
        -------
        tuple
            The vertices that start the two segments, and the fractions along them.
        """
        one = self.left < self.right
        a, b = self.start[self.left[one]], self.start[self.right[one]]
        along_a, along_b = self.xy[a + 1] - self.xy[a], self.xy[b + 1] - self.xy[b]
        apart = self.xy[b] - self.xy[a]
        across = along_a[:, 0] * along_b[:, 1] - along_a[:, 1] * along_b[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (apart[:, 0] * along_b[:, 1] - apart[:, 1] * along_b[:, 0]) / across
            u = (apart[:, 0] * along_a[:, 1] - apart[:, 1] * along_a[:, 0]) / across
        inside = (across != 0) & (t > 0) & (t < 1) & (u > 0) & (u < 1)
        a, b, t, u = a[inside], b[inside], t[inside], u[inside]
        clear = self._clear_of_vertices(a, t) & self._clear_of_vertices(b, u)
        clear &= ~self._touches(a, b) & ~self._touches(b, a)
        return a[clear], b[clear], t[clear], u[clear]

    def _positions_on_line(self) -> NDArray[np.int64]:
        return np.unique(self.vertices.position * (self.vertices.line.max() + 1) + self.vertices.line)

    def _far_along(self, vertex: NDArray[np.int64], segment: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether an end is far enough along its own line from a segment to close a loop there."""
        steps = np.hypot(*np.diff(self.xy, axis=0, prepend=self.xy[:1]).T)
        along = np.cumsum(steps)
        gap = np.minimum(np.abs(along[segment] - along[vertex]), np.abs(along[segment + 1] - along[vertex]))
        far: NDArray[np.bool_] = self.vertices.ends()[vertex] & (gap > 4 * self.tolerance_m)
        return far

    def _clear_of_vertices(
        self, start: NDArray[np.int64], fraction: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        length = np.hypot(*(self.xy[start + 1] - self.xy[start]).T)
        clear: NDArray[np.bool_] = np.minimum(fraction, 1 - fraction) * length > COINCIDENT_M
        return clear

    def _touches(self, start: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a line's end within the tolerance of the other segment already joins the two."""
        is_end = self.vertices.ends()
        result = np.zeros(len(start), dtype=np.bool_)
        for vertex in (start, start + 1):
            gap_m = _foot_point(self.xy[vertex], self.xy[other], self.xy[other + 1])[1]
            result |= is_end[vertex] & (gap_m <= self.tolerance_m)
        return result


def segments_as_lines(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.object_]:
    """Two-point lines for a spatial index."""
    lines: NDArray[np.object_] = np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), dtype=object)
    return lines


def _foot_point(
    point: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fraction along each segment of the point nearest to each point, and how far that is (metres)."""
    along = end - start
    squared = (along**2).sum(axis=1)
    fraction = ((point - start) * along).sum(axis=1) / np.where(squared > 0, squared, 1.0)
    fraction = np.clip(fraction, 0.0, 1.0)
    return fraction, np.hypot(*(point - start - fraction[:, None] * along).T)
