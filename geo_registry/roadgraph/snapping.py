"""Places on roads: the nearest point of an edge, how far off, and what the way there costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .crossings import segments_as_lines
from .errors import SnapError, gettext_noop
from .graph import RoadGraph
from .plane import MAX_LATITUDE, as_lonlat, segment_lengths_m
from .profiles import Profile

UNSNAPPED = -1


@dataclass(frozen=True)
class Snaps:
    """Where places meet a graph.

    Attributes
    ----------
    lonlat
        The places themselves, degrees, shape (n, 2).
    edge
        Edge of the graph, or :data:`UNSNAPPED`: nothing within the limit, or no usable coordinate.
    fraction
        How far along the edge, 0 at its start to 1 at its end (NaN if unsnapped).
    off_road_m
        Distance to the nearest open road in metres: also reported where it is beyond the limit; NaN without a
        usable coordinate, infinite where no edge was allowed.
    off_road_ms
        Milliseconds that distance takes; -1 if unsnapped.
    road_lonlat
        The point on the road, degrees (NaN if unsnapped).
    graph_edges
        Number of edges of the graph they were snapped to.
    """

    lonlat: NDArray[np.float64]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    off_road_m: NDArray[np.float64]
    off_road_ms: NDArray[np.int64]
    road_lonlat: NDArray[np.float64]
    graph_edges: int

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def is_snapped(self) -> NDArray[np.bool_]:
        """Which places are on the network."""
        snapped: NDArray[np.bool_] = self.edge != UNSNAPPED
        return snapped

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Snaps:
        """Return some of them, by index or mask."""
        return Snaps(
            lonlat=self.lonlat[index],
            edge=self.edge[index],
            fraction=self.fraction[index],
            off_road_m=self.off_road_m[index],
            off_road_ms=self.off_road_ms[index],
            road_lonlat=self.road_lonlat[index],
            graph_edges=self.graph_edges,
        )


class EdgeIndex:
    """A spatial index of a graph's edges, built once for many places.

    Parameters
    ----------
    graph
        The graph; all its edges are open to its profile in one direction at least.
    allowed
        Mask of edges that may be snapped to; None allows all. Leaving small islands out
        (:meth:`RoadGraph.edges_on_large_components`) keeps a place from being cut off by a stray path.
    """

    def __init__(self, graph: RoadGraph, *, allowed: NDArray[np.bool_] | None = None) -> None:
        if allowed is not None and allowed.shape != (graph.edge_count,):
            raise SnapError(
                gettext_noop("The mask has {found} values for {expected} edges."),
                found=len(allowed),
                expected=graph.edge_count,
            )
        self.graph = graph
        vertex_count = np.diff(graph.vertex_start)
        edge_of_vertex = np.repeat(np.arange(graph.edge_count), vertex_count)
        inner = edge_of_vertex[:-1] == edge_of_vertex[1:]
        if allowed is not None:
            inner &= allowed[edge_of_vertex[:-1]]
        self._start = np.flatnonzero(inner)
        self._edge = edge_of_vertex[self._start]
        self._xy = graph.plane.xy(graph.vertex_lonlat)
        step_m = np.zeros(len(graph.vertex_lonlat))
        step_m[1:] = segment_lengths_m(graph.vertex_lonlat[:-1], graph.vertex_lonlat[1:])
        step_m[graph.vertex_start[:-1]] = 0.0
        self._along_m = np.cumsum(step_m)
        self._tree = shapely.STRtree(segments_as_lines(self._xy[self._start], self._xy[self._start + 1]))

    def snap(self, lonlat: ArrayLike, profile: Profile) -> Snaps:
        """Snap places to the nearest point of an edge.

        Two edges equally near: the one with the lower number, so that the answer is always the same.

        Parameters
        ----------
        lonlat
            Degrees, shape (n, 2); a place that is not finite stays unsnapped.
        profile
            For its snap limit (inclusive) and its off-road speed.
        """
        places = as_lonlat(lonlat)
        count = len(places)
        # NaN compares as false: a place without a coordinate is not usable either.
        usable = (np.abs(places[:, 0]) <= 360.0) & (np.abs(places[:, 1]) <= MAX_LATITUDE)
        edge = np.full(count, UNSNAPPED, dtype=np.int32)
        fraction = np.full(count, np.nan)
        off_road_m = np.where(usable, np.inf, np.nan)
        road_lonlat = np.full((count, 2), np.nan)
        asked = np.flatnonzero(usable)
        if len(asked) and len(self._start):
            segment = self._nearest_segment(places[asked])
            point, part = self._project(places[asked], segment)
            off_road_m[asked] = segment_lengths_m(places[asked], point)
            near = off_road_m[asked] <= profile.snap_limit_m
            hit = asked[near]
            edge[hit] = self._edge[segment[near]]
            fraction[hit] = self._fraction(segment[near], part[near])
            road_lonlat[hit] = point[near]
        off_road_ms = np.full(count, -1, dtype=np.int64)
        snapped = edge != UNSNAPPED
        off_road_ms[snapped] = np.rint(1000 * off_road_m[snapped] / profile.off_road_speed_m_s)
        return Snaps(places, edge, fraction, off_road_m, off_road_ms, road_lonlat, self.graph.edge_count)

    def _nearest_segment(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        points = shapely.points(self.graph.plane.xy(places))
        place, segment = self._tree.query_nearest(points, all_matches=True)
        lowest = np.full(len(places), len(self._start), dtype=np.int64)
        np.minimum.at(lowest, place, segment)
        return lowest

    def _project(
        self, places: NDArray[np.float64], segment: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Nearest point on each segment in degrees, and its fraction along the segment."""
        first = self._start[segment]
        origin, along = self._xy[first], self._xy[first + 1] - self._xy[first]
        squared = (along**2).sum(axis=1)
        part = ((self.graph.plane.xy(places) - origin) * along).sum(axis=1) / np.where(
            squared > 0, squared, 1.0
        )
        part = np.clip(part, 0.0, 1.0)
        start, end = self.graph.vertex_lonlat[first], self.graph.vertex_lonlat[first + 1]
        step = end - start
        step[:, 0] = (step[:, 0] + 180.0) % 360.0 - 180.0
        return start + step * part[:, None], part

    def _fraction(self, segment: NDArray[np.int64], part: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fraction along the whole edge."""
        first = self._start[segment]
        edge = self._edge[segment]
        begin_m = self._along_m[self.graph.vertex_start[edge]]
        end_m = self._along_m[self.graph.vertex_start[edge + 1] - 1]
        at_m = self._along_m[first] + part * (self._along_m[first + 1] - self._along_m[first])
        length_m = end_m - begin_m
        fraction = (at_m - begin_m) / np.where(length_m > 0, length_m, 1.0)
        # Rounded so that an end is exactly 0 or 1: a point at a node is at it, also on a one-way street.
        rounded: NDArray[np.float64] = np.clip(np.round(fraction, 8), 0.0, 1.0)
        return rounded


def snap_places(
    graph: RoadGraph, lonlat: ArrayLike, profile: Profile, *, allowed: NDArray[np.bool_] | None = None
) -> Snaps:
    """Snap places once; for many calls on one graph keep an :class:`EdgeIndex`."""
    return EdgeIndex(graph, allowed=allowed).snap(lonlat, profile)
