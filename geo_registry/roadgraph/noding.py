"""Lines into edges: cut where roads meet, and only there.

Two habits of drawing roads exist. In OpenStreetMap a junction is a shared node, and lines that cross
without one do not meet (``crossings="keep"``). In most other layers lines are drawn from end to end or
straight through each other, and meet where they cross (``crossings="join"``) unless one is a bridge, a
tunnel or on another layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from .crossings import COINCIDENT_M, Insertions, SegmentPairs, Vertices, merge_close
from .errors import RoadLinesError, gettext_noop
from .plane import Plane, segment_lengths_m
from .roads import RoadLines

Crossings = Literal["join", "keep"]

DEGREES_OF_IDENTITY = 1e-7
"""Coordinates are the same point when they agree to this (OpenStreetMap's own resolution, 1.1 cm)."""


@dataclass(frozen=True)
class NodingReport:
    """What noding did, for the person who loads a layer.

    Attributes
    ----------
    lines
        Lines that came in.
    lines_without_length
        Of these, lines shorter than the tolerance, left out.
    ends_merged
        Line ends moved onto another line's end.
    ends_on_lines
        Lines cut because another line ends on them.
    crossings_joined
        Crossings made into junctions.
    """

    lines: int
    lines_without_length: int
    ends_merged: int
    ends_on_lines: int
    crossings_joined: int


@dataclass(frozen=True)
class NodedRoads:
    """Edges between junctions.

    Attributes
    ----------
    node_lonlat
        Degrees, shape (nodes, 2).
    edge_from, edge_to
        Node of each edge's start and end.
    edge_line
        The line (index into :class:`RoadLines`) an edge is a piece of.
    edge_length_m
        Length on the ellipsoid, in metres.
    vertex_lonlat, vertex_start
        The vertices of edge ``i``, ends included, are rows ``vertex_start[i]`` to ``vertex_start[i + 1]``.
    report
        What was cut and joined.
    """

    node_lonlat: NDArray[np.float64]
    edge_from: NDArray[np.int32]
    edge_to: NDArray[np.int32]
    edge_line: NDArray[np.int64]
    edge_length_m: NDArray[np.float64]
    vertex_lonlat: NDArray[np.float64]
    vertex_start: NDArray[np.int64]
    report: NodingReport


def node_roads(roads: RoadLines, *, crossings: Crossings, tolerance_m: float) -> NodedRoads:
    """Cut lines into edges between junctions.

    Parameters
    ----------
    roads
        The lines.
    crossings
        ``"keep"``: junctions are positions that lines share, whatever their level (OpenStreetMap).
        ``"join"``: also where lines of one level cross, touch, or end on one another; a vertex that a bridge
        shares with the road under it joins them only where one of the two ends there.
    tolerance_m
        Line ends within this distance of each other are one node, and, with ``"join"``, an end within this
        distance of a line lies on it. 0 for OpenStreetMap.

    Raises
    ------
    RoadLinesError
        On an unknown choice or a tolerance that is negative or not finite.
    """
    if crossings not in ("join", "keep"):
        raise RoadLinesError(
            gettext_noop("Crossings can be joined (“join”) or kept (“keep”), not “{choice}”."),
            choice=crossings,
        )
    if not (np.isfinite(tolerance_m) and tolerance_m >= 0):
        raise RoadLinesError(
            gettext_noop("The tolerance must be 0 m or more; it is {value}."), value=tolerance_m
        )
    lonlat, line = shapely.get_coordinates(roads.lines, return_index=True)
    position_lonlat, vertex_position = _positions(lonlat)
    plane = Plane.around(position_lonlat)
    position_xy = plane.xy(position_lonlat)
    vertices = Vertices(line.astype(np.int64), vertex_position).without_repeats()
    vertices, ends_merged = _merge_ends(vertices, position_xy, tolerance_m)
    level = np.zeros(len(roads), dtype=np.int64)
    ends_on_lines = crossings_joined = 0
    if crossings == "join" and len(vertices.line):
        level = _levels(roads)
        pairs = SegmentPairs(vertices, position_xy, level, tolerance_m)
        vertices, position_lonlat, ends_on_lines, crossings_joined = _insert_meetings(
            pairs, vertices, position_lonlat, position_xy
        )
    report = NodingReport(
        lines=len(roads),
        lines_without_length=len(roads) - len(np.unique(vertices.line)),
        ends_merged=ends_merged,
        ends_on_lines=ends_on_lines,
        crossings_joined=crossings_joined,
    )
    return _split(vertices, position_lonlat, level, report)


def _positions(lonlat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return distinct positions in a fixed order, and each vertex's index among them."""
    cell = np.rint(lonlat / DEGREES_OF_IDENTITY).astype(np.int64)
    cell[:, 0] = (cell[:, 0] + 1_800_000_000) % 3_600_000_000
    key = cell[:, 0] * (1 << 31) + (cell[:, 1] + 900_000_000)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return lonlat[first], inverse.astype(np.int64)


def _levels(roads: RoadLines) -> NDArray[np.int64]:
    """One number for each combination of bridge, tunnel and layer."""
    key = roads.layer.astype(np.int64) * 4 + roads.bridge * 2 + roads.tunnel
    level: NDArray[np.int64] = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return level


def _merge_ends(
    vertices: Vertices, position_xy: NDArray[np.float64], tolerance_m: float
) -> tuple[Vertices, int]:
    if tolerance_m <= 0 or len(vertices.line) == 0:
        return vertices, 0
    ends = np.unique(vertices.position[vertices.ends()])
    canonical = ends[merge_close(position_xy[ends], tolerance_m)]
    moved = int((canonical != ends).sum())
    target = np.arange(len(position_xy))
    target[ends] = canonical
    return Vertices(vertices.line, target[vertices.position]).without_repeats(), moved


def _insert_meetings(
    pairs: SegmentPairs,
    vertices: Vertices,
    position_lonlat: NDArray[np.float64],
    position_xy: NDArray[np.float64],
) -> tuple[Vertices, NDArray[np.float64], int, int]:
    """Add a vertex to every line that another one ends on, touches or crosses."""
    touching, segment, fraction = pairs.ends_and_vertices_on_segments()
    a, b, t, u = pairs.crossings()
    start, end = vertices.position[a], vertices.position[a + 1]
    lonlat = _between(position_lonlat[start], position_lonlat[end], t)
    xy = position_xy[start] + (position_xy[end] - position_xy[start]) * t[:, None]
    new = len(position_lonlat) + merge_close(xy, COINCIDENT_M)
    insertions = Insertions(
        after=np.concatenate([segment, a, b]),
        fraction=np.concatenate([fraction, t, u]),
        position=np.concatenate([vertices.position[touching], new, new]),
    )
    joined = insertions.into(vertices)
    return joined, np.concatenate([position_lonlat, lonlat]), len(touching), len(np.unique(new))


def _between(
    start: NDArray[np.float64], end: NDArray[np.float64], fraction: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points along segments in degrees, also across the antimeridian."""
    step = end - start
    step[:, 0] = (step[:, 0] + 180.0) % 360.0 - 180.0
    return start + step * fraction[:, None]


def _junctions(vertices: Vertices, level: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Group vertices that are one node, and tell which vertices are nodes.

    At one position, the vertices of one level are a cluster. Clusters in which a line ends are joined; a
    single end alone on its level joins whatever else is there (the foot of a bridge). Otherwise different
    levels stay apart.
    """
    levels = int(level.max(initial=0)) + 1
    is_end = vertices.ends()
    cluster_key, cluster, size = np.unique(
        vertices.position * levels + level[vertices.line], return_inverse=True, return_counts=True
    )
    has_end = np.zeros(len(cluster_key), dtype=np.bool_)
    has_end[cluster[is_end]] = True
    place = cluster_key // levels
    distinct, place_index = np.unique(place, return_inverse=True)
    clusters_with_end = np.bincount(place_index, weights=has_end, minlength=len(distinct))
    lone_end = np.zeros(len(distinct), dtype=np.bool_)
    lone_end[place_index[has_end & (size == 1)]] = True
    lone_end &= clusters_with_end == 1
    shared = has_end | lone_end[place_index]
    group_key = place * (levels + 1) + np.where(shared, levels, cluster_key % levels)
    return group_key[cluster], (shared | (size > 1))[cluster]


def _split(
    vertices: Vertices, position_lonlat: NDArray[np.float64], level: NDArray[np.int64], report: NodingReport
) -> NodedRoads:
    group, is_node = _junctions(vertices, level)
    cut = np.flatnonzero(is_node)
    same_line = vertices.line[cut[1:]] == vertices.line[cut[:-1]]
    first, last = cut[:-1][same_line], cut[1:][same_line]
    counts = last - first + 1
    vertex_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    member = np.repeat(first - vertex_start[:-1], counts) + np.arange(vertex_start[-1])
    vertex_lonlat = position_lonlat[vertices.position[member]]

    used, node_of = np.unique(np.concatenate([group[first], group[last]]), return_inverse=True)
    representative = np.zeros(len(used), dtype=np.int64)
    representative[node_of] = np.concatenate([vertices.position[first], vertices.position[last]])
    lengths_m = np.zeros(len(vertex_lonlat))
    lengths_m[1:] = segment_lengths_m(vertex_lonlat[:-1], vertex_lonlat[1:])
    lengths_m[vertex_start[:-1]] = 0.0
    edge_length_m = np.add.reduceat(lengths_m, vertex_start[:-1]) if len(first) else np.empty(0)
    return NodedRoads(
        node_lonlat=position_lonlat[representative],
        edge_from=node_of[: len(first)].astype(np.int32),
        edge_to=node_of[len(first) :].astype(np.int32),
        edge_line=vertices.line[first],
        edge_length_m=edge_length_m,
        vertex_lonlat=vertex_lonlat,
        vertex_start=vertex_start,
        report=report,
    )
