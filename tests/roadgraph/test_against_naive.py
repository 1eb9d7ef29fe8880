"""The engine against a second, naive one: cut the streets at every place, then Dijkstra with a heap."""

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.roadgraph import TravelState, snap_places, times_to_nearest
from geo_registry.roadgraph.plane import segment_lengths_m

from .conftest import line, lonlat_of_metres
from .test_graph import graph_of

CORNERS = [(300 * x, 300 * y) for x in range(4) for y in range(3)]
STREETS = st.lists(
    st.tuples(
        st.integers(0, len(CORNERS) - 1),
        st.integers(0, len(CORNERS) - 1),
        st.sampled_from([-1, 0, 0, 1]),
        st.sampled_from(["primary", "residential"]),
    ).filter(lambda street: street[0] != street[1]),
    min_size=1,
    max_size=14,
)
SPOTS = st.lists(
    st.one_of(
        st.sampled_from(CORNERS),
        st.tuples(st.integers(-250, 1150), st.integers(-250, 850)),
        st.tuples(st.sampled_from([75, 150, 225, 375]), st.sampled_from([0, 300])),
    ),
    min_size=1,
    max_size=7,
)


def part(whole_ms, fraction):
    return int(np.rint(float(whole_ms) * fraction))


def naive_arcs(graph, snaps_of):
    """Cut every edge at every snapped point; points at one fraction are one node, ends are the junctions."""
    arcs, node_of = {}, {}
    for edge in range(graph.edge_count):
        start, end = ("node", int(graph.edge_from[edge])), ("node", int(graph.edge_to[edge]))
        stops = {0.0: start, 1.0: end}
        for kind, snaps in snaps_of.items():
            for number in np.flatnonzero(snaps.edge == edge):
                fraction = float(snaps.fraction[number])
                node_of[kind, int(number)] = stops.setdefault(fraction, ("on", edge, fraction))
        ordered = sorted(stops.items())
        for (low, a), (high, b) in itertools.pairwise(ordered):
            for whole, tail, head in (
                (graph.edge_forward_ms[edge], a, b),
                (graph.edge_backward_ms[edge], b, a),
            ):
                if whole >= 0:
                    arcs.setdefault(tail, []).append((head, part(whole, high) - part(whole, low)))
    return arcs, node_of


def naive_distances(arcs, start):
    distance, queue = {}, [(0, repr(start), start)]
    while queue:
        ms, _, node = heapq.heappop(queue)
        if node in distance:
            continue
        distance[node] = ms
        for head, step in arcs.get(node, []):
            heapq.heappush(queue, (ms + step, repr(head), head))
    return distance


def naive_times(graph, facilities, places, direction):
    arcs, node_of = naive_arcs(graph, {"facility": facilities, "place": places})
    answer = []
    for place in range(len(places)):
        best = (float("inf"), -1)
        for facility in range(len(facilities)):
            if ("place", place) not in node_of or ("facility", facility) not in node_of:
                continue
            here, there = node_of["place", place], node_of["facility", facility]
            start, goal = (here, there) if direction == "to-facility" else (there, here)
            ways_ms = int(places.off_road_ms[place] + facilities.off_road_ms[facility])
            on_road = naive_distances(arcs, start).get(goal)
            if on_road is not None:
                best = min(best, (on_road + ways_ms, facility))
            ways_m = places.off_road_m[place] + facilities.off_road_m[facility]
            apart_m = segment_lengths_m(places.lonlat[[place]], facilities.lonlat[[facility]])[0]
            if ways_m > 0 and apart_m <= ways_m:
                best = min(best, (int(np.rint(ways_ms * (apart_m / ways_m))), facility))
        answer.append(best)
    return answer


@pytest.mark.parametrize("engine", ["numba", "scipy"])
@pytest.mark.parametrize("direction", ["to-facility", "from-facility"])
@given(streets=STREETS, facilities=SPOTS, places=SPOTS, limit=st.one_of(st.none(), st.integers(0, 6)))
def test_times_facilities_and_states_equal_the_naive_ones(
    drive, engine, direction, streets, facilities, places, limit
):
    graph = graph_of(
        [line(CORNERS[a], CORNERS[b]) for a, b, _, _ in streets],
        drive,
        crossings="keep",
        road_class=[road_class for *_, road_class in streets],
        oneway=[oneway for _, _, oneway, _ in streets],
    )
    at_facilities = snap_places(graph, lonlat_of_metres(facilities), drive)
    at_places = snap_places(graph, lonlat_of_metres(places), drive)
    expected = naive_times(graph, at_facilities, at_places, direction)
    finite = sorted(ms for ms, _ in expected if ms != float("inf"))
    # A limit that is exactly one of the answers: what lies on it must be kept.
    limit_s = finite[min(limit, len(finite) - 1)] / 1000 if limit is not None and finite else None
    result = times_to_nearest(
        graph, at_facilities, at_places, limit_s=limit_s, direction=direction, engine=engine
    )
    for place, (ms, facility) in enumerate(expected):
        if not at_places.is_snapped[place] or not at_facilities.is_snapped.any():
            assert result.state[place] == TravelState.UNKNOWN
        elif ms == float("inf") or (limit_s is not None and ms > round(limit_s * 1000)):
            assert result.state[place] == (
                TravelState.UNREACHABLE if limit_s is None else TravelState.BEYOND_LIMIT
            )
            assert (result.time_ms[place], result.facility[place]) == (-1, -1)
        else:
            assert result.state[place] == TravelState.REACHED
            assert (result.time_ms[place], result.facility[place]) == (ms, facility)
