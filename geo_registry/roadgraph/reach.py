"""The road that is reached: edges cut into short steps, each with the time of its middle.

A step knows every way that the :mod:`cost matrix <.matrix>` knows: through the two ends of its edge, and along the edge from a
facility that stands at it. Nobody walks to a step across a field: the road a facility is snapped to is the nearest one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import RoadGraph
from .kernels import LABEL_BITS, UNREACHED, Engine
from .profiles import Profile
from .radius import nearest_of_pairs, times_within_radius
from .snapping import Snaps
from .times import TravelState, limit_in_ms, node_keys
from .ways import Direction, ways_on_one_edge

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class NearNodes:
    """What a search from the facilities found.

    Attributes
    ----------
    time_ms
        Of each node of the graph, milliseconds; :data:`~geo_registry.roadgraph.kernels.UNREACHED` beyond the limit.
    edges
        Edges with an end in reach, and those that facilities stand at: the others cannot be reached.
    limit_s, direction
        What was searched.
    """

    time_ms: IntArray
    edges: IntArray
    limit_s: float
    direction: Direction


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Short pieces of edges.

    Attributes
    ----------
    xy
        Middle of each step, metres in the graph's plane.
    length_m
        Its length on the ground.
    time_ms
        Milliseconds to the nearest facility; -1 beyond the limit.
    """

    xy: FloatArray
    length_m: FloatArray
    time_ms: IntArray


def nodes_in_reach(
    graph: RoadGraph, facilities: Snaps, *, limit_s: float, direction: Direction, engine: Engine
) -> NearNodes:
    """Search from the facilities as far as the limit.

    Raises
    ------
    NetworkError
        On a limit that is negative or not a number.
    """
    label = np.flatnonzero(facilities.is_snapped)
    keys = node_keys(
        graph, facilities.take(label), label, direction=direction, limit_ms=limit_in_ms(limit_s), engine=engine
    )  # fmt: skip
    reached = keys != UNREACHED
    chosen = reached[graph.edge_from] | reached[graph.edge_to]
    chosen[facilities.edge[label]] = True
    return NearNodes(
        time_ms=np.where(reached, keys >> LABEL_BITS, UNREACHED),
        edges=np.flatnonzero(chosen),
        limit_s=limit_s,
        direction=direction,
    )


def timed_steps(
    graph: RoadGraph,
    facilities: Snaps,
    near: NearNodes,
    *,
    step_m: float,
    radius: tuple[Profile, float] | None,
    engine: Engine,
) -> Steps:
    """Cut the edges that may be reached into steps of at most ``step_m`` and time the middle of each.

    Parameters
    ----------
    radius
        Metres along the roads that the service travels at most, and the profile of the graph; None: no bound but the limit.
    """
    from .isochrone_kernel import cut_into_steps  # importing numba takes half a second

    pieces = np.maximum(1, np.ceil(graph.edge_length_m[near.edges] / step_m - 1e-9)).astype(np.int64)
    vertex_start, vertex_xy = _vertices_of(graph, near.edges)
    xy, time_ms = cut_into_steps(
        near.edges, pieces, vertex_start, vertex_xy, graph.edge_from, graph.edge_to, graph.edge_forward_ms,
        graph.edge_backward_ms, near.time_ms, near.direction == "to-facility",
    )  # fmt: skip
    limit_ms = round(near.limit_s * 1000)
    if radius is None:
        _along_own_edge(graph, facilities, near, pieces, xy, time_ms)
        time_ms[time_ms > limit_ms] = -1
    else:
        time_ms = _times_within(graph, facilities, near, _as_places(graph, near, pieces, xy), radius, engine)
    return Steps(xy=xy, length_m=np.repeat(graph.edge_length_m[near.edges] / pieces, pieces), time_ms=time_ms)


def _vertices_of(graph: RoadGraph, edges: IntArray) -> tuple[IntArray, FloatArray]:
    """Where each edge's vertices begin, and their positions in the plane."""
    counts = np.diff(graph.vertex_start)[edges]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    member = np.repeat(graph.vertex_start[edges] - start[:-1], counts) + np.arange(start[-1])
    return start, graph.plane.xy(graph.vertex_lonlat[member])


def _along_own_edge(
    graph: RoadGraph, facilities: Snaps, near: NearNodes, pieces: IntArray, xy: FloatArray, time_ms: IntArray
) -> None:
    """Lower the times of steps on edges that a facility stands at."""
    sources = facilities.take(np.flatnonzero(facilities.is_snapped))
    at_facility = np.zeros(graph.edge_count, dtype=np.bool_)
    at_facility[sources.edge] = True
    steps = np.flatnonzero(np.repeat(at_facility[near.edges], pieces))
    targets = _as_places(graph, near, pieces, xy, steps)
    for _source, target, milliseconds in ways_on_one_edge(graph, sources, targets, near.direction):
        np.minimum.at(time_ms, steps[target], milliseconds)


def _as_places(
    graph: RoadGraph, near: NearNodes, pieces: IntArray, xy: FloatArray, some: IntArray | None = None
) -> Snaps:
    """Steps as places that stand at the road."""
    steps = np.arange(len(xy)) if some is None else some
    row = np.repeat(np.arange(len(near.edges)), pieces)[steps]
    number = steps - (np.cumsum(pieces) - pieces)[row]
    lonlat = graph.plane.lonlat(xy[steps])
    return Snaps(
        lonlat=lonlat,
        edge=near.edges[row].astype(np.int32),
        fraction=(number + 0.5) / pieces[row],
        off_road_m=np.zeros(len(steps)),
        off_road_ms=np.zeros(len(steps), dtype=np.int64),
        road_lonlat=lonlat,
        graph_edges=graph.edge_count,
    )


def _times_within(
    graph: RoadGraph,
    facilities: Snaps,
    near: NearNodes,
    steps: Snaps,
    radius: tuple[Profile, float],
    engine: Engine,
) -> IntArray:
    profile, metres = radius
    pairs = times_within_radius(
        graph,
        facilities,
        steps,
        profile,
        radius_m=metres,
        limit_s=near.limit_s,
        direction=near.direction,
        engine=engine,
    )
    times = nearest_of_pairs(pairs, is_limited=True)
    return np.where(times.state == TravelState.REACHED, times.time_ms, -1)
