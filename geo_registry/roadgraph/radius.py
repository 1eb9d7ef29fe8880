"""A bound on metres beside the bound on time: how far a service travels to people's homes.

A place is within the radius of a facility if the shortest way between them along the open roads, both off-road ends included,
has no more metres than that (to the millimetre, inclusive). The time is that of the fastest way, which may be another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import NetworkError, gettext_noop
from .graph import CLOSED, Adjacency, RoadGraph
from .kernels import LABEL_BITS, LABEL_MASK, UNREACHED, Engine, pack
from .matrix import LIMIT_MAX_S, TimeMatrix, times_within
from .profiles import Profile
from .snapping import Snaps
from .times import TravelState, TravelTimes
from .ways import Direction

RADIUS_MAX_M = 2_000_000
"""Lengths are kept as whole millimetres in 32 bits."""


def times_within_radius(
    graph: RoadGraph,
    facilities: Snaps,
    places: Snaps,
    profile: Profile,
    *,
    radius_m: float,
    limit_s: float | None = None,
    direction: Direction = "to-facility",
    engine: Engine = "auto",
    threads: int | None = None,
    check_stop: Callable[[], None] | None = None,
) -> TimeMatrix:
    """All pairs of a facility and a place within a length of the way, and within a limit of time if one is given.

    Parameters
    ----------
    graph, facilities, places, direction, engine, threads, check_stop
        As in :func:`~geo_registry.roadgraph.matrix.times_within`.
    profile
        The profile of the graph: its speed off the road.
    radius_m
        Metres along the roads and off them, inclusive.
    limit_s
        Seconds, inclusive; None: however long it takes.

    Raises
    ------
    SnapError
        If the places or facilities were snapped to another graph.
    NetworkError
        If the radius is not above 0 or is larger than :data:`RADIUS_MAX_M`, or the limit means nothing.

    Examples
    --------
    >>> import shapely
    >>> from geo_registry.roadgraph import Mode, Profile, RoadLines, build_graph, snap_places, times_within_radius
    >>> tricycle = Profile(code="tricycle", mode=Mode.BICYCLE, speed_m_s=4.0, off_road_speed_m_s=1.0, snap_limit_m=100,
    ...                    respects_oneway=False, detour_factor=1.3)
    >>> street = shapely.LineString([(106.0, 38.0), (106.02, 38.0)])  # about 1,757 m
    >>> graph = build_graph(RoadLines.from_columns([street]), tricycle, crossings="join", tolerance_m=0.5)
    >>> kitchen = snap_places(graph, [(106.0, 38.0)], tricycle)
    >>> homes = snap_places(graph, [(106.005, 38.0), (106.018, 38.0)], tricycle)
    >>> times_within_radius(graph, kitchen, homes, tricycle, radius_m=1000).place.tolist()
    [0]
    """
    if not (np.isfinite(radius_m) and 0 < radius_m <= RADIUS_MAX_M):
        raise NetworkError(
            gettext_noop("A radius must be above 0 m and at most {maximum} m; it is {value}."),
            maximum=RADIUS_MAX_M,
            value=radius_m,
        )
    options: dict[str, Any] = {
        "direction": direction,
        "engine": engine,
        "threads": threads,
        "check_stop": check_stop,
    }
    near = times_within(
        _by_length(graph), _by_length_off_road(facilities), _by_length_off_road(places), limit_s=radius_m, **options
    )  # fmt: skip
    bound_s = _longest_s(graph, profile, radius_m) if limit_s is None else limit_s
    timed = times_within(graph, facilities, places, limit_s=bound_s, **options)
    keep = np.isin(_keys(timed), _keys(near), assume_unique=True)
    counts = np.bincount(timed.facility[keep], minlength=timed.facilities)
    return replace(
        timed,
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        place=timed.place[keep],
        time_ms=timed.time_ms[keep],
    )


def nearest_of_pairs(matrix: TimeMatrix, *, is_limited: bool) -> TravelTimes:
    """The nearest facility of each place among pairs, the lower index of two equally near.

    A place in no pair is beyond the limit, unless it (or every facility) is not on the network: then it is unknown.

    Parameters
    ----------
    matrix
        The pairs that come into question.
    is_limited
        Whether the matrix was searched up to a limit of time only.
    """
    keys = np.full(matrix.places, UNREACHED, dtype=np.int64)
    np.minimum.at(keys, matrix.place, pack(matrix.time_ms.astype(np.int64), matrix.facility.astype(np.int64)))
    unknown = np.zeros(matrix.places, dtype=np.bool_)
    unknown[matrix.places_unknown] = True
    if matrix.facilities and len(matrix.facilities_unsnapped) == matrix.facilities:
        unknown[:] = True
    reached = (keys != UNREACHED) & ~unknown
    state = np.full(matrix.places, TravelState.BEYOND_LIMIT)
    state[reached], state[unknown] = TravelState.REACHED, TravelState.UNKNOWN
    return TravelTimes(
        time_ms=np.where(reached, keys >> LABEL_BITS, -1),
        facility=np.where(reached, keys & LABEL_MASK, -1),
        state=state.astype(np.int8),
        on_foot_directly=np.zeros(matrix.places, dtype=np.bool_),
        facilities_unsnapped=matrix.facilities_unsnapped,
        limit_ms=matrix.limit_ms if is_limited else None,
        method=matrix.method,
    )


def _keys(matrix: TimeMatrix) -> NDArray[np.int64]:
    return matrix.facility.astype(np.int64) * max(matrix.places, 1) + matrix.place


def _by_length(graph: RoadGraph) -> RoadGraph:
    """The same graph with millimetres for milliseconds, in the directions that are open."""
    millimetres = np.maximum(np.rint(1000 * graph.edge_length_m), 1).astype(np.int32)
    ahead = np.where(graph.edge_forward_ms == CLOSED, CLOSED, millimetres).astype(np.int32)
    back = np.where(graph.edge_backward_ms == CLOSED, CLOSED, millimetres).astype(np.int32)
    start, end = graph.edge_from, graph.edge_to
    outward, inward = (start != end) & (ahead != CLOSED), (start != end) & (back != CLOSED)
    tail = np.concatenate([start[outward], end[inward]])
    head = np.concatenate([end[outward], start[inward]])
    length = np.concatenate([ahead[outward], back[inward]])
    return replace(
        graph,
        edge_forward_ms=ahead,
        edge_backward_ms=back,
        forward=Adjacency.from_arcs(graph.node_count, tail, head, length),
        reverse=Adjacency.from_arcs(graph.node_count, head, tail, length),
    )


def _by_length_off_road(snaps: Snaps) -> Snaps:
    off_road = np.where(snaps.is_snapped, np.rint(1000 * np.where(snaps.is_snapped, snaps.off_road_m, 0)), -1)
    return replace(snaps, off_road_ms=off_road.astype(np.int64))


def _longest_s(graph: RoadGraph, profile: Profile, radius_m: float) -> float:
    """No way of so many metres takes longer: every metre at the slowest pace, and a millisecond of rounding an edge."""
    ms = np.maximum(graph.edge_forward_ms, graph.edge_backward_ms).astype(np.float64)
    long = graph.edge_length_m >= 1.0
    pace = float((ms[long] / graph.edge_length_m[long]).max(initial=0.0))
    slowest = max(pace, 1000 / profile.off_road_speed_m_s)
    return float(min((radius_m * slowest + len(ms)) / 1000 + 1, LIMIT_MAX_S))
