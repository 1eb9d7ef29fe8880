"""The ways between snapped places that no search of nodes finds: to an edge's ends, along one edge, across a field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .graph import CLOSED, RoadGraph
from .plane import segment_lengths_m
from .snapping import Snaps

Direction = Literal["to-facility", "from-facility"]

NO_WAY = np.int64(2**38)
"""Milliseconds of an end of an edge that cannot be used; more than any sum of real times."""
_PAIRS_AT_ONCE = 2_000_000

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Source, target, milliseconds with both off-road ends. A pair may come more than once."""


def part_ms(whole_ms: NDArray[np.int32], fraction: NDArray[np.float64]) -> NDArray[np.int64]:
    """Milliseconds from an edge's start to a fraction of it, in whole numbers that add up."""
    return np.rint(whole_ms.astype(np.float64) * fraction).astype(np.int64)


def ends_ms(graph: RoadGraph, snaps: Snaps, *, arriving: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Milliseconds between a point on an edge and the edge's two ends, without the way to the road.

    ``arriving``: from the ends to the point; otherwise from the point to the ends. A point exactly at an end
    is at that node, whatever the direction of the street.
    """
    ahead, back = graph.edge_forward_ms[snaps.edge], graph.edge_backward_ms[snaps.edge]
    before_ahead, before_back = part_ms(ahead, snaps.fraction), part_ms(back, snaps.fraction)
    along_ahead, along_back = (before_ahead, before_back) if arriving else (before_back, before_ahead)
    open_at_start, open_at_end = (ahead, back) if arriving else (back, ahead)
    at_start = np.where(open_at_start != CLOSED, along_ahead, NO_WAY)
    at_end = np.where(open_at_end != CLOSED, open_at_end - along_back, NO_WAY)
    return np.where(snaps.fraction == 0.0, 0, at_start), np.where(snaps.fraction == 1.0, 0, at_end)


def _matches(
    low: NDArray[np.int64], high: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs (i, j) with ``low[i] <= j < high[i]``, a bounded number at a time."""
    counts = high - low
    total = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        done = total[begin - 1] if begin else 0
        stop = max(int(np.searchsorted(total, done + _PAIRS_AT_ONCE, side="right")), begin + 1)
        some = counts[begin:stop]
        left = np.repeat(np.arange(begin, stop), some)
        first = np.repeat(np.cumsum(some) - some, some)
        yield left, np.arange(len(left)) - first + low[left]
        begin = stop


def ways_on_one_edge(
    graph: RoadGraph, sources: Snaps, targets: Snaps, direction: Direction
) -> Iterator[Pairs]:
    """Ways along one edge, never past its ends."""
    order = np.argsort(sources.edge, kind="stable")
    edges = sources.edge[order]
    low = np.searchsorted(edges, targets.edge, side="left")
    high = np.searchsorted(edges, targets.edge, side="right")
    sign = 1 if direction == "to-facility" else -1
    for target, position in _matches(low, high):
        source = order[position]
        edge = targets.edge[target]
        off_road_ms = sources.off_road_ms[source] + targets.off_road_ms[target]
        gap = sign * (sources.fraction[source] - targets.fraction[target])
        for whole, ways in (
            (graph.edge_forward_ms[edge], gap >= 0),
            (graph.edge_backward_ms[edge], gap <= 0),
        ):
            apart = part_ms(whole, sources.fraction[source]) - part_ms(whole, targets.fraction[target])
            possible = ways & ((whole != CLOSED) | (gap == 0))
            yield source[possible], target[possible], (np.abs(apart) + off_road_ms)[possible]


def direct_walks(graph: RoadGraph, sources: Snaps, targets: Snaps) -> Iterator[Pairs]:
    """Walks that never touch the road.

    Only where place and facility are no farther from each other than the sum of their ways to the road:
    such a walk is of the kind the two ways are, and shorter. It never cuts through between two places that
    stand at the road.
    """
    if len(sources) == 0 or len(targets) == 0:
        return
    plane = graph.plane
    tree = cKDTree(plane.xy(sources.lonlat))
    xy = plane.xy(targets.lonlat)
    farthest_m = float(sources.off_road_m.max())
    # Two per cent over the local scale, for the change of scale within a snap limit; the ellipsoid decides.
    radius = 1.02 * (targets.off_road_m + farthest_m) / plane.ground_metres(targets.lonlat[:, 1]) + 0.01
    # Most places are far from any such facility: a box says so before the tree is asked.
    low, high = tree.mins - radius.max(), tree.maxes + radius.max()
    boxed = (
        np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1)) if len(xy) else np.empty(0, dtype=np.int64)
    )
    candidates = boxed[tree.query(xy[boxed])[0] <= radius[boxed]] if len(boxed) else boxed
    for begin in range(0, len(candidates), 50_000):
        some = candidates[begin : begin + 50_000]
        found = tree.query_ball_point(xy[some], radius[some])
        counts = np.fromiter((len(one) for one in found), dtype=np.int64, count=len(found))
        source = np.concatenate([np.asarray(one, dtype=np.int64) for one in found])
        target = np.repeat(some, counts)
        apart_m = segment_lengths_m(targets.lonlat[target], sources.lonlat[source])
        off_road_m = targets.off_road_m[target] + sources.off_road_m[source]
        off_road_ms = targets.off_road_ms[target] + sources.off_road_ms[source]
        near = (apart_m <= off_road_m) & (off_road_m > 0)
        walk_ms = np.rint(off_road_ms[near] * (apart_m[near] / off_road_m[near])).astype(np.int64)
        yield source[near], target[near], walk_ms
