import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.roadgraph import EdgeIndex, RoadLines, SnapError, build_graph, snap_places

from .conftest import line, lonlat_of_metres, profile
from .test_graph import graph_of

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)


def test_a_place_snaps_to_the_nearest_point_of_an_edge_not_to_a_node(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    snaps = snap_places(graph, lonlat_of_metres([(300, 40)]), walk)
    assert snaps.edge.tolist() == [0]
    assert snaps.fraction[0] == pytest.approx(0.3, abs=1e-3)
    assert snaps.off_road_m[0] == pytest.approx(40, rel=1e-3)
    assert snaps.off_road_ms[0] == pytest.approx(80_000, rel=1e-3)
    assert snaps.road_lonlat[0] == pytest.approx(lonlat_of_metres([(300, 0)])[0], abs=1e-7)


def test_the_snap_limit_is_inclusive_and_the_distance_beyond_it_still_reported(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    place = lonlat_of_metres([(300, 250)])
    off_road_m = snap_places(graph, place, profile(snap_limit_m=1e4)).off_road_m[0]
    at_limit = snap_places(graph, place, profile(snap_limit_m=off_road_m))
    assert at_limit.is_snapped.all()
    below = snap_places(graph, place, profile(snap_limit_m=off_road_m - 0.001))
    assert below.edge.tolist() == [-1]
    assert below.off_road_m[0] == off_road_m
    assert below.off_road_ms.tolist() == [-1]
    assert np.isnan(below.fraction[0])


def test_a_place_without_a_usable_coordinate_is_unsnapped(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    snaps = snap_places(graph, [(np.nan, 38.0), (106.0, np.inf), (38.0, 106.0)], walk)
    assert not snaps.is_snapped.any()
    assert np.isnan(snaps.off_road_m).all()


def test_no_places_snap_to_no_places(walk):
    graph = graph_of([line((0, 0), (1000, 0))], walk)
    assert len(snap_places(graph, [], walk)) == 0


def test_two_edges_equally_near_the_lower_number_wins_every_time(walk):
    graph = graph_of([line((0, 0), (100, 0)), line((100, 0), (200, 0)), line((100, 0), (100, -90))], walk)
    for _ in range(3):
        assert snap_places(graph, lonlat_of_metres([(100, 30)] * 5), walk).edge.tolist() == [0] * 5


def test_edges_outside_the_mask_are_not_snapped_to(walk):
    graph = graph_of([line((0, 0), (1000, 0)), line((0, 50), (30, 50))], walk)
    place = lonlat_of_metres([(10, 49)])
    allowed = graph.edges_on_large_components(minimum_length_m=100)
    everywhere, mainland = snap_places(graph, place, walk), snap_places(graph, place, walk, allowed=allowed)
    assert graph.edge_line[everywhere.edge[0]] == 1
    assert graph.edge_line[mainland.edge[0]] == 0
    assert mainland.off_road_m[0] == pytest.approx(49, rel=1e-3)
    nowhere = snap_places(graph, place, walk, allowed=np.zeros(2, dtype=bool))
    assert nowhere.edge.tolist() == [-1]
    assert np.isinf(nowhere.off_road_m[0])
    with pytest.raises(SnapError, match="3 values for 2 edges"):
        EdgeIndex(graph, allowed=np.ones(3, dtype=bool))


def test_the_ends_of_winding_edges_are_exactly_at_their_nodes(walk):
    random = np.random.default_rng(5)
    bends = [
        np.cumsum(random.uniform(-30, 40, (9, 2)), axis=0) + np.array([0, 1000 * number])
        for number in range(200)
    ]
    graph = graph_of([line(*points) for points in bends], walk, crossings="keep")
    for vertex, at in ((graph.vertex_start[:-1], 0.0), (graph.vertex_start[1:] - 1, 1.0)):
        snaps = snap_places(graph, graph.vertex_lonlat[vertex], walk)
        assert (snaps.fraction == at).all()


@pytest.mark.parametrize("lon", [-180.0, -179.9995, -51.2, 0.0, 106.5, 179.9995])
@pytest.mark.parametrize("lat", [-55.0, 0.0, 38.1, 66.0])
def test_distances_are_right_within_a_thousandth_at_any_longitude(lon, lat):
    start = GEOD.fwd(lon, lat, 70.0, 900.0)[:2]
    end = GEOD.fwd(lon, lat, 250.0, 600.0)[:2]
    travel = profile(snap_limit_m=1000.0)
    roads = RoadLines.from_columns([shapely.LineString([start, end])])
    graph = build_graph(roads, travel, crossings="join", tolerance_m=0.5)
    assert graph.edge_length_m[0] == pytest.approx(1500, rel=1e-3)
    place = GEOD.fwd(lon, lat, 340.0, 120.0)[:2]
    snaps = snap_places(graph, [place], travel)
    assert snaps.off_road_m[0] == pytest.approx(120, rel=1e-3)
    assert snaps.fraction[0] == pytest.approx(0.6, abs=1e-3)


@given(
    st.lists(st.tuples(*[st.integers(-500, 500)] * 4), min_size=1, max_size=8),
    st.lists(st.tuples(*[st.integers(-600, 600)] * 2), min_size=1, max_size=8),
)
def test_no_edge_is_nearer_than_the_one_a_place_is_snapped_to(segments, places):
    lines = [((a, b), (c, d)) for a, b, c, d in segments if abs(a - c) + abs(b - d) > 5]
    if not lines:
        return
    travel = profile(snap_limit_m=5000.0)
    graph = graph_of([line(*ends) for ends in lines], travel, crossings="keep")
    snaps = snap_places(graph, lonlat_of_metres(places), travel)
    union = shapely.MultiLineString(lines)
    expected = shapely.distance(union, shapely.points(np.array(places, dtype=float)))
    assert snaps.off_road_m == pytest.approx(expected, rel=1e-3, abs=0.6)
