"""The lines of shortest ways, to be drawn: from a place to another, along the roads that the times are counted on.

Times between many places are searched without keeping the way (:mod:`~geo_registry.roadgraph.matrix`); the ways that somebody looks
at are few, and are searched again here, one by one, with Dijkstra's tree. Both take the same ways, to the millisecond.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .graph import CLOSED, RoadGraph
from .plane import segment_lengths_m
from .snapping import Snaps
from .times import check_snaps
from .ways import NO_WAY, direct_walks, ends_ms, ways_on_one_edge

_NOWHERE = -9999
_SAME_DEGREES = 1e-9
"""A tenth of a millimetre: what snapping to a road moves a point that lies on it."""


@dataclass(frozen=True, kw_only=True)
class WayLine:
    """A way between two places.

    Attributes
    ----------
    lonlat
        Its points in degrees, shape (n, 2), both places included; empty where there is no way.
    time_ms
        Milliseconds; -1 where there is no way.
    """

    lonlat: NDArray[np.float64]
    time_ms: int


_NONE = WayLine(lonlat=np.empty((0, 2)), time_ms=-1)


def way_lines(
    graph: RoadGraph, origins: Snaps, targets: Snaps, *, limit_s: float = math.inf
) -> list[WayLine]:
    """Find the shortest way from each origin to the target of the same number.

    Parameters
    ----------
    graph
        The graph both were snapped to.
    origins, targets
        As many of one as of the other, from :func:`~geo_registry.roadgraph.snapping.snap_places`.
    limit_s
        Ways that take longer, in seconds, need not be found: a bound spares the search of a whole country.

    Raises
    ------
    SnapError
        If they were snapped to another graph.
    """
    check_snaps(graph, origins, targets)
    finder = _Finder(graph, limit_s * 1000)
    return [
        finder.find(origins.take(np.array([i])), targets.take(np.array([i]))) for i in range(len(origins))
    ]


class _Finder:
    """Finds ways one by one on one graph."""

    def __init__(self, graph: RoadGraph, limit_ms: float) -> None:
        self._graph, self._limit_ms = graph, limit_ms
        arcs = graph.forward
        # Weights of nothing would be no arcs at all to some versions of scipy: two points of one place are a microsecond apart.
        weights = np.maximum(arcs.milliseconds.astype(np.float64), 1e-3)
        nodes = graph.node_count
        self._matrix = csr_array((weights, arcs.heads, arcs.indptr), shape=(nodes, nodes))
        tail = np.concatenate([graph.edge_from, graph.edge_to]).astype(np.int64)
        head = np.concatenate([graph.edge_to, graph.edge_from]).astype(np.int64)
        time = np.concatenate([graph.edge_forward_ms, graph.edge_backward_ms])
        usable = np.flatnonzero(time != CLOSED)
        key = tail[usable] * nodes + head[usable]
        # Of several edges between two nodes the quickest comes first.
        order = np.lexsort((time[usable], key))
        self._keys, self._arcs = key[order], usable[order]

    def find(self, origin: Snaps, target: Snaps) -> WayLine:
        """Return the way from the only origin to the only target."""
        if not (origin.is_snapped[0] and target.is_snapped[0]):
            return _NONE
        best = _NONE
        off_ms = int(origin.off_road_ms[0] + target.off_road_ms[0])
        for _source, _target, time in ways_on_one_edge(self._graph, origin, target, "from-facility"):
            if len(time) and (best.time_ms < 0 or int(time.min()) < best.time_ms):
                part = self._part(int(origin.edge[0]), float(origin.fraction[0]), float(target.fraction[0]))
                best = self._way([part], origin, target, int(time.min()))
        best = self._through_nodes(origin, target, off_ms, best)
        for _source, _target, time in direct_walks(self._graph, origin, target):
            if len(time) and (best.time_ms < 0 or int(time.min()) < best.time_ms):
                line = np.vstack([origin.lonlat, target.lonlat])
                best = WayLine(lonlat=line, time_ms=int(time.min()))
        return best

    def _through_nodes(self, origin: Snaps, target: Snaps, off_ms: int, best: WayLine) -> WayLine:
        graph = self._graph
        out = [int(each[0]) for each in ends_ms(graph, origin, arriving=False)]
        into = [int(each[0]) for each in ends_ms(graph, target, arriving=True)]
        starts = self._ends(origin)
        ends = self._ends(target)
        for (node, at), spent in zip(starts, out, strict=True):
            if spent >= NO_WAY or 0 <= best.time_ms <= off_ms + spent:
                continue
            # Half a millisecond more than the bound: weights of nothing are a little more than nothing.
            most = float(best.time_ms) if best.time_ms >= 0 else self._limit_ms
            limit = max(most - off_ms - spent, 0.0) + 0.5
            reach, before = dijkstra(self._matrix, indices=node, return_predecessors=True, limit=limit)
            for (last, to), leg in zip(ends, into, strict=True):
                if leg >= NO_WAY or not np.isfinite(reach[last]):
                    continue
                time = off_ms + spent + round(float(reach[last])) + leg
                if best.time_ms < 0 or time < best.time_ms:
                    parts = [
                        self._part(int(origin.edge[0]), float(origin.fraction[0]), at),
                        self._graph.node_lonlat[[node]],
                        *self._between(before, node, last),
                        self._graph.node_lonlat[[last]],
                        self._part(int(target.edge[0]), to, float(target.fraction[0])),
                    ]
                    best = self._way(parts, origin, target, time)
        return best

    def _ends(self, snaps: Snaps) -> list[tuple[int, float]]:
        """Return both ends of the edge a place is at: the node, and how far along the edge it lies."""
        edge = int(snaps.edge[0])
        return [(int(self._graph.edge_from[edge]), 0.0), (int(self._graph.edge_to[edge]), 1.0)]

    def _between(self, before: NDArray[np.int32], first: int, last: int) -> list[NDArray[np.float64]]:
        """Return the edges from a node to another, back through the tree."""
        parts = []
        node = last
        while node != first:
            previous = int(before[node])
            if previous == _NOWHERE:  # pragma: no cover - it was reached
                return []
            arc = int(self._arcs[np.searchsorted(self._keys, previous * self._graph.node_count + node)])
            edge, ahead = arc % self._graph.edge_count, arc < self._graph.edge_count
            vertices = self._vertices(edge)
            parts.append(vertices if ahead else vertices[::-1])
            node = previous
        return parts[::-1]

    def _vertices(self, edge: int) -> NDArray[np.float64]:
        graph = self._graph
        vertices: NDArray[np.float64] = graph.vertex_lonlat[
            graph.vertex_start[edge] : graph.vertex_start[edge + 1]
        ]
        return vertices

    def _part(self, edge: int, start: float, stop: float) -> NDArray[np.float64]:
        """Return the vertices of an edge strictly between two fractions of its length, in the direction gone."""
        vertices = self._vertices(edge)
        along = np.concatenate([[0.0], np.cumsum(segment_lengths_m(vertices[:-1], vertices[1:]))])
        share = along / along[-1] if along[-1] > 0 else along
        low, high = min(start, stop), max(start, stop)
        inner = vertices[(share > low) & (share < high)]
        return inner if start <= stop else inner[::-1]

    @staticmethod
    def _way(parts: list[NDArray[np.float64]], origin: Snaps, target: Snaps, time: int) -> WayLine:
        line = np.vstack([origin.lonlat, origin.road_lonlat, *parts, target.road_lonlat, target.lonlat])
        kept = np.concatenate([[True], (np.abs(np.diff(line, axis=0)) > _SAME_DEGREES).any(axis=1)])
        return WayLine(lonlat=line[kept], time_ms=time)
