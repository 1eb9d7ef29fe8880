import numpy as np
import pytest

from geo_registry.roadgraph import NetworkError, RoadGraph, RoadLines, build_graph, graph_of_noded, node_roads
from geo_registry.roadgraph.ordering import hilbert_order

from .conftest import line, profile


def graph_of(lines, travel, *, crossings="join", **columns):
    return build_graph(RoadLines.from_columns(lines, **columns), travel, crossings=crossings, tolerance_m=0.5)


def test_a_hundred_metres_at_one_metre_a_second_take_a_hundred_seconds(walk):
    graph = graph_of([line((0, 0), (100, 0))], walk)
    assert graph.edge_forward_ms[0] == pytest.approx(100_000, abs=5)
    assert graph.edge_backward_ms[0] == graph.edge_forward_ms[0]
    assert graph.forward.milliseconds.tolist() == [graph.edge_forward_ms[0]] * 2


def test_speed_goes_by_road_class_and_a_posted_limit_only_lowers_it(drive):
    graph = graph_of(
        [line((0, 100 * i), (1000, 100 * i)) for i in range(4)],
        drive,
        road_class=["primary", "residential", "primary", "residential"],
        speed_limit_m_s=[None, None, 5.0, 30.0],
    )
    seconds = dict(zip(graph.edge_line, graph.edge_forward_ms / 1000, strict=True))
    assert [round(seconds[i]) for i in range(4)] == [50, 100, 200, 100]


def test_a_limit_for_cars_does_not_bind_walkers(walk):
    graph = graph_of([line((0, 0), (100, 0))], walk, speed_limit_m_s=[0.1])
    assert graph.edge_forward_ms[0] == pytest.approx(100_000, abs=5)


@pytest.mark.parametrize(
    ("oneway", "forward_open", "backward_open"), [(0, True, True), (1, True, False), (-1, False, True)]
)
def test_a_one_way_street_binds_drivers_and_not_walkers(walk, drive, oneway, forward_open, backward_open):
    columns = {"road_class": ["primary"], "oneway": [oneway]}
    driven = graph_of([line((0, 0), (100, 0))], drive, **columns)
    assert (driven.edge_forward_ms[0] > 0, driven.edge_backward_ms[0] > 0) == (forward_open, backward_open)
    assert len(driven.forward.heads) == forward_open + backward_open
    assert len(graph_of([line((0, 0), (100, 0))], walk, **columns).forward.heads) == 2


def test_reverse_arcs_are_the_forward_arcs_turned_round(drive):
    lines = [line((0, 0), (100, 0)), line((100, 0), (100, 100)), line((100, 100), (0, 0))]
    graph = graph_of(lines, drive, road_class=["primary"] * 3, oneway=[1, -1, 0])

    def arcs(adjacency):
        return sorted(zip(adjacency.tails, adjacency.heads, adjacency.milliseconds, strict=True))

    assert arcs(graph.reverse) == sorted((head, tail, ms) for tail, head, ms in arcs(graph.forward))


def test_tags_go_before_classes(walk, drive):
    lines = [line((0, 100 * i), (100, 100 * i)) for i in range(4)]
    columns = {"road_class": ["motorway", "motorway", "primary", "footway"]}
    walked = graph_of(lines, walk, foot=[None, 1, 0, None], **columns)
    assert sorted(walked.edge_line) == [1, 3]
    driven = graph_of(lines, drive, motor=[None, 1, 0, None], **columns)
    assert sorted(driven.edge_line) == [1]


def test_a_class_without_a_speed_is_closed_and_its_length_reported(drive):
    graph = graph_of(
        [line((0, 0), (1000, 0)), line((0, 50), (300, 50))], drive, road_class=["primary", "gravel"]
    )
    assert graph.edge_count == 1
    assert graph.report().closed_length_m_by_class == {"gravel": pytest.approx(300, rel=1e-3)}


def test_an_expressly_open_road_without_a_speed_gets_the_slowest_of_the_table(drive):
    graph = graph_of([line((0, 0), (100, 0))], drive, road_class=["gravel"], motor=[1])
    assert graph.edge_forward_ms[0] == pytest.approx(10_000, abs=5)


def test_a_network_closed_to_the_profile_says_so(walk):
    with pytest.raises(NetworkError, match="None of the 1 road pieces is open to the profile “walk”"):
        graph_of([line((0, 0), (100, 0))], walk, road_class=["motorway"])
    with pytest.raises(NetworkError, match="None of the 0"):
        graph_of([], walk)


def test_an_edge_that_takes_weeks_is_a_mistake():
    with pytest.raises(NetworkError, match="days"):
        graph_of([line((0, 0), (30_000, 0))], profile(speed_m_s=0.001))


def test_islands_are_reported_longest_first(walk):
    lines = [line((0, 0), (1000, 0)), line((0, 500), (300, 500)), line((0, 900), (10, 900), (20, 900))]
    report = graph_of(lines, walk).report()
    assert [round(island.length_m) for island in report.islands] == [300, 20]
    assert [island.nodes for island in report.islands] == [2, 2]
    assert report.nodes == 6
    assert report.edges == 3
    assert report.length_m == pytest.approx(1320, rel=1e-3)


def test_small_islands_can_be_left_out_of_snapping(walk):
    lines = [line((0, 0), (1000, 0)), line((0, 500), (300, 500))]
    graph = graph_of(lines, walk)
    assert sorted(graph.edge_line[graph.edges_on_large_components(minimum_length_m=400)]) == [0]
    assert graph.edges_on_large_components(minimum_length_m=100).all()


def test_a_loop_is_an_edge_to_snap_to_and_no_arc(walk):
    graph = graph_of([line((0, 0), (100, 0), (100, 100), (0, 0))], walk)
    assert graph.edge_count == 1
    assert len(graph.forward.heads) == 0


def test_two_profiles_share_one_noding(walk, drive):
    roads = RoadLines.from_columns([line((0, 0), (100, 0))], road_class=["primary"])
    noded = node_roads(roads, crossings="join", tolerance_m=0.5)
    assert graph_of_noded(noded, roads, walk).edge_forward_ms[0] == pytest.approx(100_000, abs=5)
    assert graph_of_noded(noded, roads, drive).edge_forward_ms[0] == pytest.approx(5_000, abs=5)


def test_a_graph_survives_being_taken_apart(drive):
    graph = graph_of(
        [line((0, 0), (100, 0)), line((0, 50), (9, 50))], drive, road_class=["primary", "gravel"]
    )
    again = RoadGraph.from_arrays(graph.to_arrays())
    assert again.closed_length_m_by_class == graph.closed_length_m_by_class
    assert np.array_equal(again.reverse.arcs, graph.reverse.arcs)
    assert np.array_equal(again.vertex_lonlat, graph.vertex_lonlat)


def test_hilbert_order_walks_a_grid_in_steps_of_one():
    side = 16
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)
    order = hilbert_order(np.vstack([xy, [[15.999, 15.999]]]))
    walk = xy[order[order < side * side]]
    assert sorted(order.tolist()) == list(range(side * side + 1))
    assert np.abs(np.diff(walk, axis=0)).sum(axis=1).max() == 1


def test_hilbert_order_of_nothing_and_of_one_point():
    assert hilbert_order(np.empty((0, 2))).tolist() == []
    assert hilbert_order(np.array([[5.0, 5.0]])).tolist() == [0]
