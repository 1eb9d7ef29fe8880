"""The cost matrix: all pairs within a limit, held to a naive router, to scipy, and to the time to the nearest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.roadgraph import (
    Method,
    NetworkError,
    TravelState,
    snap_places,
    straight_line_times,
    straight_line_within,
    times_to_nearest,
    times_within,
)
from geo_registry.roadgraph import pair_search as module
from geo_registry.roadgraph.graph import Adjacency
from geo_registry.roadgraph.pair_search import Sources, search_pairs

from .conftest import line, lonlat_of_metres
from .test_against_naive import CORNERS, SPOTS, STREETS, naive_arcs, naive_distances
from .test_graph import graph_of

ENGINES = ["numba", "scipy"]


def naive_pairs(graph, facilities, places, direction):
    """Every pair by its own search, and by the walk across the field where that is of the allowed kind."""
    from geo_registry.roadgraph.plane import segment_lengths_m

    arcs, node_of = naive_arcs(graph, {"facility": facilities, "place": places})
    found = {}
    for facility in np.flatnonzero(facilities.is_snapped):
        for place in np.flatnonzero(places.is_snapped):
            here, there = node_of["place", int(place)], node_of["facility", int(facility)]
            start, goal = (here, there) if direction == "to-facility" else (there, here)
            ways_ms = int(places.off_road_ms[place] + facilities.off_road_ms[facility])
            ways_m = places.off_road_m[place] + facilities.off_road_m[facility]
            apart_m = segment_lengths_m(places.lonlat[[place]], facilities.lonlat[[facility]])[0]
            on_road = naive_distances(arcs, start).get(goal)
            options = [] if on_road is None else [on_road + ways_ms]
            if ways_m > 0 and apart_m <= ways_m:
                options.append(int(np.rint(ways_ms * (apart_m / ways_m))))
            if options:
                found[int(facility), int(place)] = min(options)
    return found


def pairs_of(matrix):
    return {
        (int(f), int(p)): int(t)
        for f, p, t in zip(matrix.facility, matrix.place, matrix.time_ms, strict=True)
    }


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("direction", ["to-facility", "from-facility"])
@settings(max_examples=60)
@given(streets=STREETS, facilities=SPOTS, places=SPOTS, limit=st.integers(0, 12))
def test_all_pairs_equal_the_naive_ones_and_the_limit_itself_is_within(
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
    naive = naive_pairs(graph, at_facilities, at_places, direction)
    times = sorted(naive.values())
    limit_ms = times[min(limit, len(times) - 1)] if times else 60_000
    matrix = times_within(
        graph,
        at_facilities,
        at_places,
        limit_s=limit_ms / 1000,
        direction=direction,
        engine=engine,
        threads=2,
    )
    assert pairs_of(matrix) == {pair: ms for pair, ms in naive.items() if ms <= limit_ms}
    assert len(pairs_of(matrix)) == len(matrix)
    for facility in range(matrix.facilities):
        row = matrix.place[matrix.start[facility] : matrix.start[facility + 1]]
        assert (np.diff(row) > 0).all()
    assert matrix.places_unknown.tolist() == np.flatnonzero(~at_places.is_snapped).tolist()
    assert matrix.facilities_unsnapped.tolist() == np.flatnonzero(~at_facilities.is_snapped).tolist()
    nearest = times_to_nearest(graph, at_facilities, at_places, limit_s=limit_ms / 1000, direction=direction)
    for place in range(len(at_places)):
        column = [ms for (_, where), ms in pairs_of(matrix).items() if where == place]
        if nearest.state[place] == TravelState.REACHED:
            assert min(column) == nearest.time_ms[place]
        else:
            assert not column


ARC = st.tuples(
    st.integers(0, 140), st.integers(0, 140), st.one_of(st.integers(1, 9), st.integers(1, 2_000_000_000))
)


@settings(max_examples=80)
@given(
    arcs=st.lists(ARC, max_size=300),
    starts=st.lists(st.integers(0, 140), min_size=1, max_size=9),
    limit_ms=st.one_of(st.integers(0, 40), st.integers(0, 2**31 - 2)),
)
def test_nodes_within_a_limit_equal_those_of_scipy_on_random_one_way_graphs(arcs, starts, limit_ms):
    tail, head, ms = (
        np.array(column, dtype=np.int32) for column in (zip(*arcs, strict=True) if arcs else ((),) * 3)
    )
    graph = Adjacency.from_arcs(141, tail, head, ms)
    sources = Sources.at_nodes(np.array(starts, dtype=np.int32))
    by_numba = search_pairs(graph, sources, limit_ms=limit_ms, engine="numba", threads=2)
    by_scipy = search_pairs(graph, sources, limit_ms=limit_ms, engine="scipy")
    for one, other in zip(by_numba, by_scipy, strict=True):
        assert one.tolist() == other.tolist()


def large_graph(nodes=4_000, arcs=14_000):
    random = np.random.default_rng(5)
    return Adjacency.from_arcs(
        nodes,
        random.integers(0, nodes, arcs).astype(np.int32),
        random.integers(0, nodes, arcs).astype(np.int32),
        random.choice([1, 50, 9_000, 400_000], arcs).astype(np.int32),
    )


def test_small_output_rooms_small_pools_and_many_threads_change_nothing(monkeypatch):
    graph = large_graph()
    sources = Sources.at_nodes(np.random.default_rng(3).integers(0, 4_000, 90).astype(np.int32))
    expected = search_pairs(graph, sources, limit_ms=30_000, engine="scipy")
    assert len(expected[1]) > 10_000

    class Cramped(module._Workspace):
        def __init__(self, **sizes):
            super().__init__(**sizes)
            self.pool = np.empty(8, dtype=np.int32)
            self.out_index, self.out_ms = self.out_index[:4_100], self.out_ms[:4_100]

    monkeypatch.setattr(module, "_Workspace", Cramped)
    for threads in (1, 3):
        found = search_pairs(graph, sources, limit_ms=30_000, engine="numba", threads=threads)
        for one, other in zip(found, expected, strict=True):
            assert np.array_equal(one, other)


def test_a_search_that_is_stopped_ends_and_says_why():
    class StopError(Exception):
        pass

    def stop():
        raise StopError

    sources = Sources.at_nodes(np.arange(50, dtype=np.int32))
    for engine, threads in (("numba", 1), ("numba", 2), ("scipy", None)):
        with pytest.raises(StopError):
            search_pairs(large_graph(), sources, limit_ms=10, engine=engine, threads=threads, check_stop=stop)


def test_no_facility_and_no_place_give_an_empty_matrix(walk):
    graph = graph_of([line((0, 0), (300, 0))], walk)
    nobody = snap_places(graph, np.empty((0, 2)), walk)
    here = snap_places(graph, lonlat_of_metres([(100, 0)]), walk)
    for engine in ENGINES:
        assert len(times_within(graph, nobody, here, limit_s=60, engine=engine)) == 0
        assert len(times_within(graph, here, nobody, limit_s=60, engine=engine)) == 0
        assert len(times_within(graph, here, here, limit_s=0, engine=engine)) == 1


@pytest.mark.parametrize("limit_s", [-1, float("nan"), float("inf"), 2_147_484])
def test_a_limit_that_cannot_be_searched_is_refused_with_its_value(walk, limit_s):
    graph = graph_of([line((0, 0), (300, 0))], walk)
    here = snap_places(graph, lonlat_of_metres([(100, 0)]), walk)
    with pytest.raises(NetworkError, match=str(limit_s)):
        times_within(graph, here, here, limit_s=limit_s)


def test_unknown_engines_and_no_threads_are_refused():
    sources = Sources.at_nodes(np.array([0], dtype=np.int32))
    with pytest.raises(NetworkError, match="steam"):
        search_pairs(large_graph(), sources, limit_ms=1, engine="steam")
    with pytest.raises(NetworkError, match="0"):
        search_pairs(large_graph(), sources, limit_ms=1, threads=0)


def test_without_roads_pairs_are_geodesics_times_the_detour_and_agree_with_the_nearest(walk):
    random = np.random.default_rng(2)
    facilities = lonlat_of_metres(random.uniform(0, 2_000, (12, 2)))
    places = lonlat_of_metres(random.uniform(0, 2_000, (60, 2)))
    places[7] = np.nan
    facilities[3] = np.nan
    matrix = straight_line_within(facilities, places, walk, limit_s=800)
    nearest = straight_line_times(facilities, places, walk, limit_s=800)
    assert matrix.method is Method.STRAIGHT_LINE
    assert matrix.facilities_unsnapped.tolist() == [3]
    assert matrix.places_unknown.tolist() == [7]
    best = np.full(60, 2**31 - 1)
    np.minimum.at(best, matrix.place, matrix.time_ms)
    assert np.where(best == 2**31 - 1, -1, best).tolist() == nearest.time_ms.tolist()
    assert (nearest.time_ms >= 0).sum() > 30


def test_a_matrix_is_a_reach_for_siting(walk):
    from facilities.analysis.siting import Reach

    graph = graph_of([line((0, 0), (300, 0))], walk)
    at = snap_places(graph, lonlat_of_metres([(0, 0), (120, 0)]), walk)
    matrix = times_within(graph, at, at, limit_s=300)
    again = Reach.from_pairs(matrix.facility, matrix.place, matrix.time_ms, sites=2, places=2)
    reach = Reach.from_matrix(matrix)
    assert (reach.start.tolist(), reach.place.tolist(), reach.time_ms.tolist()) == (
        again.start.tolist(),
        again.place.tolist(),
        again.time_ms.tolist(),
    )
