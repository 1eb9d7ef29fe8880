"""The two loops of isochrones, compiled by numba: over the steps of edges, and over the grid's nodes around each step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .compiling import compiled
from .graph import CLOSED
from .kernels import UNREACHED

_CLOSED = np.int64(CLOSED)
_FAR = np.int64(UNREACHED)


def _cut_into_steps(
    edges: NDArray[np.int64],
    pieces: NDArray[np.int64],
    vertex_start: NDArray[np.int64],
    vertex_xy: NDArray[np.float64],
    edge_from: NDArray[np.int32],
    edge_to: NDArray[np.int32],
    forward_ms: NDArray[np.int32],
    backward_ms: NDArray[np.int32],
    node_ms: NDArray[np.int64],
    toward: bool,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Middle of each step in the plane, and its time through the ends of its edge (:func:`~.ways.ends_ms`, step by step)."""
    count = pieces.sum()
    xy = np.empty((count, 2))
    time_ms = np.full(count, _FAR)
    at = 0
    for row in range(edges.size):
        edge = edges[row]
        first, last = vertex_start[row], vertex_start[row + 1] - 1
        length = 0.0
        for v in range(first, last):
            length += math.hypot(vertex_xy[v + 1, 0] - vertex_xy[v, 0], vertex_xy[v + 1, 1] - vertex_xy[v, 1])
        # Who travels to the facility leaves a step by the edge's start against its direction.
        by_start = np.int64(backward_ms[edge] if toward else forward_ms[edge])
        by_end = np.int64(forward_ms[edge] if toward else backward_ms[edge])
        start_ms, end_ms = node_ms[edge_from[edge]], node_ms[edge_to[edge]]
        segment, before = first, 0.0
        span = math.hypot(
            vertex_xy[first + 1, 0] - vertex_xy[first, 0], vertex_xy[first + 1, 1] - vertex_xy[first, 1]
        )
        for number in range(pieces[row]):
            fraction = (number + 0.5) / pieces[row]
            wanted = fraction * length
            while before + span < wanted and segment + 1 < last:
                before += span
                segment += 1
                span = math.hypot(
                    vertex_xy[segment + 1, 0] - vertex_xy[segment, 0],
                    vertex_xy[segment + 1, 1] - vertex_xy[segment, 1],
                )
            part = min((wanted - before) / span, 1.0) if span > 0.0 else 0.0
            for axis in range(2):
                xy[at, axis] = vertex_xy[segment, axis] + part * (
                    vertex_xy[segment + 1, axis] - vertex_xy[segment, axis]
                )
            if by_start != _CLOSED and start_ms != _FAR:
                time_ms[at] = start_ms + np.int64(np.rint(by_start * fraction))
            if by_end != _CLOSED and end_ms != _FAR:
                time_ms[at] = min(time_ms[at], end_ms + by_end - np.int64(np.rint(by_end * fraction)))
            at += 1
    return xy, time_ms


def _distances_around(
    xy: NDArray[np.float64],
    west: float,
    south: float,
    cell: float,
    columns: int,
    rows: int,
    farthest: float,
) -> NDArray[np.float64]:
    """Distance from each node of a grid to the nearest point; ``farthest`` stands where it is no less."""
    reach = farthest / cell
    squared = np.full((rows, columns), reach * reach)
    for point in range(len(xy)):
        x, y = (xy[point, 0] - west) / cell, (xy[point, 1] - south) / cell
        for row in range(max(0, math.ceil(y - reach)), min(rows - 1, math.floor(y + reach)) + 1):
            up = (row - y) * (row - y)
            half = math.sqrt(max(reach * reach - up, 0.0))
            for column in range(max(0, math.ceil(x - half)), min(columns - 1, math.floor(x + half)) + 1):
                apart = (column - x) * (column - x) + up
                squared[row, column] = min(squared[row, column], apart)
    distance: NDArray[np.float64] = np.sqrt(squared) * cell
    return distance


cut_into_steps = compiled(_cut_into_steps)
distances_around = compiled(_distances_around)
