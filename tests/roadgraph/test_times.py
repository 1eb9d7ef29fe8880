import numpy as np
import pyproj
import pytest

from geo_registry.roadgraph import (
    Method,
    NetworkError,
    SnapError,
    TravelState,
    snap_places,
    straight_line_times,
    times_to_nearest,
)

from .conftest import line, lonlat_of_metres, profile
from .test_graph import graph_of

GRID = [line((0, 100 * i), (400, 100 * i)) for i in range(5)] + [
    line((100 * i, 0), (100 * i, 400)) for i in range(5)
]
"""Five streets across five, 100 m apart: walking distances are those of a taxi."""


def times(graph, travel, facilities, places, **options):
    index = [snap_places(graph, lonlat_of_metres(points), travel) for points in (facilities, places)]
    return times_to_nearest(graph, *index, **options)


def seconds(result):
    return np.round(result.time_ms / 1000).tolist()


@pytest.mark.parametrize("engine", ["numba", "scipy", "auto"])
def test_times_on_a_grid_are_those_counted_by_hand(walk, engine):
    graph = graph_of(GRID, walk)
    places = [(0, 0), (400, 400), (200, 0), (50, 0), (250, 300), (0, 150)]
    result = times(graph, walk, [(0, 0), (300, 300)], places, engine=engine)
    assert seconds(result) == [0, 200, 200, 50, 50, 150]
    assert result.facility.tolist() == [0, 1, 0, 0, 1, 0]
    assert (result.state == TravelState.REACHED).all()
    assert result.method is Method.ROAD


def test_the_way_to_the_road_is_charged_at_both_ends(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    result = times(graph, walk, [(800, 50)], [(300, 40)])
    # 40 m and 50 m at 0.5 m/s, 500 m at 1 m/s
    assert seconds(result) == [80 + 500 + 100]


def test_a_trip_within_one_edge_does_not_go_round_by_its_ends(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    result = times(graph, walk, [(500, 0)], [(450, 0), (550, 0), (500, 0)])
    assert seconds(result) == [50, 50, 0]


def test_on_a_one_way_street_the_facility_behind_means_going_round_the_block(drive):
    block = [
        line((0, 0), (400, 0)),
        line((400, 0), (400, 100)),
        line((400, 100), (0, 100)),
        line((0, 100), (0, 0)),
    ]
    graph = graph_of(block, drive, road_class=["residential"] * 4, oneway=[1, 1, 1, 1])
    ahead, behind = [(300, 0)], [(100, 0)]
    assert seconds(times(graph, drive, ahead, behind)) == [20]
    assert seconds(times(graph, drive, behind, ahead)) == [10 + 10 + 40 + 10 + 10]
    assert seconds(times(graph, drive, behind, ahead, direction="from-facility")) == [20]
    assert seconds(times(graph, drive, ahead, behind, direction="from-facility")) == [80]


def test_at_the_end_of_a_one_way_street_a_place_stands_at_the_junction(drive):
    lines = [line((0, 0), (100, 0)), line((100, 0), (100, 300))]
    graph = graph_of(lines, drive, road_class=["residential"] * 2, oneway=[1, 0])
    # (100, 0) is the end of the one-way street 0 and the start of street 1; it may leave by street 1.
    assert seconds(times(graph, drive, [(100, 200)], [(100, 0)])) == [20]
    assert seconds(times(graph, drive, [(100, 0)], [(100, 200)])) == [20]
    away = times(graph, drive, [(50, 0)], [(100, 200)])
    assert away.state.tolist() == [TravelState.UNREACHABLE]


def test_the_start_of_a_one_way_street_is_also_its_junction(drive):
    lines = [line((0, 0), (100, 0)), line((0, 0), (0, 300))]
    graph = graph_of(lines, drive, road_class=["residential"] * 2, oneway=[1, 0])
    assert seconds(times(graph, drive, [(0, 200)], [(0, 0)])) == [20]


def test_the_limit_is_inclusive_to_the_millisecond(walk):
    graph = graph_of(GRID, walk)
    facilities, places = [(0, 0)], [(400, 250), (50, 0)]
    exact_s = times(graph, walk, facilities, places).time_ms / 1000
    at_limit = times(graph, walk, facilities, places, limit_s=exact_s[0])
    assert at_limit.state.tolist() == [TravelState.REACHED] * 2
    below = times(graph, walk, facilities, places, limit_s=exact_s[0] - 0.001)
    assert below.state.tolist() == [TravelState.BEYOND_LIMIT, TravelState.REACHED]
    assert below.time_ms[0] == -1
    assert below.facility[0] == -1
    assert below.limit_ms == round(exact_s[0] * 1000) - 1


def test_unknown_and_unreachable_are_different_answers(walk):
    graph = graph_of([line((0, 0), (100, 0)), line((0, 1000), (100, 1000))], walk)
    result = times(graph, walk, [(0, 0)], [(50, 0), (50, 1000), (50, 500), (50, 190)])
    assert result.state.tolist() == [
        TravelState.REACHED,
        TravelState.UNREACHABLE,
        TravelState.UNKNOWN,
        TravelState.REACHED,
    ]
    assert result.time_ms[1:3].tolist() == [-1, -1]


def test_without_any_facility_every_place_is_unreachable(walk):
    graph = graph_of(GRID, walk)
    result = times(graph, walk, [], [(0, 0), (5000, 0)])
    assert result.state.tolist() == [TravelState.UNREACHABLE, TravelState.UNKNOWN]


def test_when_no_facility_could_be_placed_nothing_is_known(walk):
    graph = graph_of(GRID, walk)
    result = times(graph, walk, [(9000, 0)], [(0, 0)])
    assert result.state.tolist() == [TravelState.UNKNOWN]
    assert result.facilities_unsnapped.tolist() == [0]


def test_a_facility_off_the_network_is_left_out_and_reported(walk):
    graph = graph_of(GRID, walk)
    result = times(graph, walk, [(9000, 0), (0, 0)], [(100, 0)])
    assert result.facility.tolist() == [1]
    assert result.facilities_unsnapped.tolist() == [0]


@pytest.mark.parametrize("engine", ["numba", "scipy"])
def test_of_two_facilities_equally_near_the_first_wins_every_time(walk, engine):
    graph = graph_of(GRID, walk)
    corner = [(0, 0), (0, 0), (400, 0)]
    for facilities, winner in ((corner, 0), (corner[::-1], 1)):
        result = times(graph, walk, facilities, [(0, 0), (0, 300), (50, 0)], engine=engine)
        assert result.facility.tolist() == [winner] * 3


def test_no_place_is_no_answer_and_no_error(walk):
    graph = graph_of(GRID, walk)
    assert len(times(graph, walk, [(0, 0)], [])) == 0


def test_neighbours_far_from_the_road_walk_to_each_other_directly(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    result = times(graph, walk, [(500, 150)], [(500, 150), (530, 150), (900, 150), (500, -150)])
    # The same spot: 0 s. 30 m at 0.5 m/s: 60 s. By the road: 300 + 400 + 300. Across it: 300 m at 0.5 m/s.
    assert seconds(result) == [0, 60, 1000, 600]
    assert result.on_foot_directly.tolist()[:3] == [True, True, False]


def test_places_at_the_road_never_cut_through_the_block(walk):
    graph = graph_of([line((0, 0), (0, 300)), line((0, 300), (50, 300)), line((50, 300), (50, 0))], walk)
    result = times(graph, walk, [(50, 0)], [(0, 0)])
    assert seconds(result) == [650]
    assert not result.on_foot_directly.any()


def test_times_never_grow_with_one_more_facility(walk):
    graph = graph_of(GRID, walk)
    random = np.random.default_rng(3)
    places, sites = random.uniform(-50, 450, (60, 2)), random.uniform(-50, 450, (8, 2))
    before = times(graph, walk, sites[:1], places).time_ms
    for count in range(2, 9):
        after = times(graph, walk, sites[:count], places).time_ms
        assert (after <= before).all()
        before = after


def test_places_snapped_to_another_graph_are_refused(walk):
    one, other = graph_of(GRID, walk), graph_of(GRID[:3], walk)
    snaps = snap_places(one, lonlat_of_metres([(0, 0)]), walk)
    with pytest.raises(SnapError, match="40 edges"):
        times_to_nearest(other, snaps, snaps)


@pytest.mark.parametrize("limit_s", [-1.0, float("nan"), float("inf")])
def test_a_limit_that_is_no_time_is_refused(walk, limit_s):
    graph = graph_of(GRID, walk)
    with pytest.raises(NetworkError, match="limit"):
        times(graph, walk, [(0, 0)], [(0, 0)], limit_s=limit_s)


def test_a_straight_line_is_the_geodesic_times_the_detour_and_says_so():
    geod = pyproj.Geod(a=6378137.0, rf=298.257222101)
    place = (106.3, 38.1)
    near, far = geod.fwd(*place, 30.0, 600.0)[:2], geod.fwd(*place, 200.0, 5000.0)[:2]
    result = straight_line_times([far, near], [place], profile(detour_factor=1.3, speed_m_s=0.8))
    assert result.time_ms[0] == pytest.approx(600 * 1.3 / 0.8 * 1000, abs=1)
    assert result.facility.tolist() == [1]
    assert result.method is Method.STRAIGHT_LINE


def test_a_straight_line_knows_limits_ties_and_missing_coordinates():
    place, nowhere = (106.3, 38.1), (float("nan"), 38.1)
    result = straight_line_times(
        [nowhere, place, place], [place, nowhere, (106.4, 38.1)], profile(), limit_s=60
    )
    assert result.state.tolist() == [TravelState.REACHED, TravelState.UNKNOWN, TravelState.BEYOND_LIMIT]
    assert result.facility.tolist() == [1, -1, -1]
    assert result.facilities_unsnapped.tolist() == [0]
    assert straight_line_times([nowhere], [place], profile()).state.tolist() == [TravelState.UNKNOWN]
    assert straight_line_times([], [place], profile()).state.tolist() == [TravelState.UNREACHABLE]


def test_a_straight_line_crosses_the_antimeridian():
    result = straight_line_times(
        [(179.999, 0.0), (-179.0, 0.0)], [(-179.999, 0.0)], profile(detour_factor=1.0)
    )
    assert result.facility.tolist() == [0]
    assert result.time_ms[0] == pytest.approx(222.6e3, rel=1e-3)
