import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.roadgraph import RoadLines, RoadLinesError, node_roads

from .conftest import line


def noded(lines, *, crossings="join", tolerance_m=0.5, **columns):
    return node_roads(RoadLines.from_columns(lines, **columns), crossings=crossings, tolerance_m=tolerance_m)


def size(network):
    return len(network.node_lonlat), len(network.edge_from)


CROSS = [line((-100, 0), (100, 0)), line((0, -100), (0, 100))]


def test_lines_that_cross_meet_at_a_junction_of_their_own():
    assert size(noded(CROSS)) == (5, 4)


def test_lines_that_cross_in_openstreetmap_do_not_meet():
    assert size(noded(CROSS, crossings="keep", tolerance_m=0)) == (4, 2)


@pytest.mark.parametrize("column", [{"bridge": [1, 0]}, {"tunnel": [0, 1]}, {"layer": [1, 0]}])
def test_a_bridge_or_tunnel_does_not_meet_what_it_crosses(column):
    assert size(noded(CROSS, **column)) == (4, 2)


def test_two_bridges_of_one_level_meet():
    assert size(noded(CROSS, bridge=[1, 1])) == (5, 4)


def test_a_bridge_does_not_meet_the_road_below_in_a_vertex_they_share():
    lines = [line((-100, 0), (0, 0), (100, 0)), line((0, -100), (0, 0), (0, 100))]
    assert size(noded(lines, bridge=[1, 0])) == (4, 2)
    assert size(noded(lines)) == (5, 4)


def test_a_bridge_meets_the_road_it_ends_on():
    lines = [line((-100, 0), (0, 0), (100, 0)), line((0, 0), (0, 100))]
    assert size(noded(lines, bridge=[0, 1])) == (4, 3)


def test_a_lane_that_ends_under_a_bridge_does_not_meet_it():
    lines = [line((-100, 0), (100, 0)), line((0, 0.2), (0, 100))]
    assert size(noded(lines, bridge=[1, 0])) == (4, 2)
    assert size(noded(lines, bridge=[0, 0])) == (4, 3)


def test_a_bridge_meets_the_roads_it_continues():
    lines = [line((0, 0), (100, 0)), line((100, 0), (200, 0)), line((200, 0), (300, 0))]
    assert size(noded(lines, bridge=[0, 1, 0])) == (4, 3)


def test_ground_roads_meet_under_a_bridge_that_passes_through_their_junction():
    lines = [
        line((-100, 0), (0, 0), (100, 0)),
        line((0, 0), (0, 100)),
        line((-50, -50), (0, 0), (50, 50)),
    ]
    network = noded(lines, bridge=[0, 0, 1])
    assert size(network) == (6, 4)


def test_a_line_that_ends_on_another_cuts_it():
    assert size(noded([line((0, 0), (100, 0)), line((50, 0), (50, 80))])) == (4, 3)


@pytest.mark.parametrize(("gap_m", "nodes", "edges"), [(0.4, 4, 3), (0.6, 4, 2), (-0.4, 4, 3)])
def test_an_end_within_the_tolerance_of_a_line_lies_on_it(gap_m, nodes, edges):
    assert size(noded([line((0, 0), (100, 0)), line((50, gap_m), (50, 80))])) == (nodes, edges)


def test_an_end_near_another_end_is_the_same_node():
    assert size(noded([line((0, 0), (100, 0)), line((100.3, 0.2), (200, 0))])) == (3, 2)
    assert size(noded([line((0, 0), (100, 0)), line((100.6, 0.2), (200, 0))])) == (4, 2)


def test_tolerance_joins_ends_but_leaves_crossings_alone_where_they_are_kept():
    lines = [*CROSS, line((100.2, 0), (200, 0))]
    assert size(noded(lines, crossings="keep", tolerance_m=0.5)) == (5, 3)


def test_a_vertex_touching_a_line_from_the_side_meets_it():
    assert size(noded([line((0, 0), (100, 0)), line((20, 50), (50, 0), (80, 50))])) == (5, 4)


def test_shared_vertices_in_the_middle_are_junctions_of_openstreetmap():
    lines = [line((-100, 0), (0, 0), (100, 0)), line((0, -100), (0, 0), (0, 100))]
    assert size(noded(lines, crossings="keep", tolerance_m=0)) == (5, 4)


def test_a_line_that_closes_on_itself_keeps_its_whole_length():
    square = line((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))
    network = noded([square], crossings="keep", tolerance_m=0)
    assert size(network) == (1, 1)
    assert network.edge_length_m.sum() == pytest.approx(400, rel=1e-3)


def test_a_line_that_ends_on_its_own_middle_is_cut_there():
    lollipop = line((0, 0), (100, 0), (200, 0), (200, 100), (100, 100), (100, 0))
    assert size(noded([lollipop], crossings="keep", tolerance_m=0)) == (2, 2)
    drawn_without_vertex = line((0, 0), (200, 0), (200, 100), (100, 100), (100, 0))
    assert size(noded([drawn_without_vertex])) == (2, 2)


def test_a_line_that_crosses_itself_has_a_junction_there():
    eight = line((0, 0), (100, 100), (100, 0), (0, 100))
    network = noded([eight])
    assert size(network) == (3, 3)


def test_several_lines_through_one_point_meet_in_one_node():
    angles = np.radians([0, 36, 72, 108, 144])
    star = [line((-90 * np.cos(a), -90 * np.sin(a)), (110 * np.cos(a), 110 * np.sin(a))) for a in angles]
    assert size(noded(star)) == (11, 10)


def test_a_line_drawn_over_part_of_another_shares_its_ends_with_it():
    network = noded([line((0, 0), (300, 0)), line((100, 0), (200, 0))])
    assert size(network) == (4, 4)


def test_lines_without_length_are_left_out_and_counted():
    network = noded([line((0, 0), (100, 0)), line((50, 50), (50.1, 50))])
    assert network.report.lines_without_length == 1
    assert len(network.edge_from) == 1


def test_a_grid_drawn_straight_through_has_the_nodes_and_edges_of_a_grid():
    streets = [line((0, 100 * i), (700, 100 * i)) for i in range(6)]
    streets += [line((100 * i, 0), (100 * i, 500)) for i in range(8)]
    network = noded(streets)
    assert size(network) == (48, 6 * 7 + 8 * 5)
    # 4 of the 48 are corners, where ends meet; 20 more lie on the rim, where an end lies on a line.
    assert network.report.crossings_joined == 4 * 6
    assert network.edge_length_m == pytest.approx(np.full(82, 100.0), rel=1e-3)


@given(
    st.lists(st.tuples(*[st.integers(0, 1000)] * 4), min_size=1, max_size=12),
    st.sampled_from(["join", "keep"]),
)
def test_cutting_keeps_the_length_of_every_line(segments, crossings):
    lines = [line((a, b), (c, d)) for a, b, c, d in segments if abs(a - c) + abs(b - d) > 20]
    if not lines:
        return
    network = noded(lines, crossings=crossings, tolerance_m=0.0)
    whole = noded(lines, crossings="keep", tolerance_m=0.0).edge_length_m
    pieces = np.bincount(network.edge_line, weights=network.edge_length_m, minlength=len(lines))
    assert pieces == pytest.approx(whole, rel=1e-4, abs=0.05)


@given(st.lists(st.tuples(*[st.integers(0, 1000)] * 4), min_size=2, max_size=10))
def test_joined_lines_are_connected_exactly_where_their_union_is(segments):
    lines = [line((a, b), (c, d)) for a, b, c, d in segments if abs(a - c) + abs(b - d) > 20]
    if len(lines) < 2:
        return
    gaps = [a.distance(b) for i, a in enumerate(lines) for b in lines[:i]]
    if any(1e-12 < gap < 1e-6 for gap in gaps):
        return  # nearer than the tolerance but apart: for the tests above
    network = noded(lines, tolerance_m=0.02)
    parent = list(range(len(network.node_lonlat)))

    def root(node):
        while parent[node] != node:
            node = parent[node]
        return node

    for start, end in zip(network.edge_from, network.edge_to, strict=True):
        parent[root(start)] = root(end)
    components = {root(node) for node in range(len(parent))}
    touching = shapely.union_all([each.buffer(1e-9) for each in lines])
    assert len(components) == len(shapely.get_parts(touching))


def test_a_road_across_the_antimeridian_is_short():
    network = noded([shapely.LineString([(179.999, 10.0), (-179.999, 10.0)])])
    assert network.edge_length_m[0] == pytest.approx(219.3, abs=0.5)
    crossing = [
        shapely.LineString([(179.999, 10.0), (-179.999, 10.0)]),
        shapely.LineString([(180.0, 9.999), (-180.0, 10.001)]),
    ]
    assert size(noded(crossing)) == (5, 4)


@pytest.mark.parametrize("tolerance_m", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_length_is_refused(tolerance_m):
    with pytest.raises(RoadLinesError, match="tolerance"):
        noded(CROSS, tolerance_m=tolerance_m)


def test_an_unknown_way_of_noding_is_refused():
    with pytest.raises(RoadLinesError, match="perhaps"):
        noded(CROSS, crossings="perhaps")


def test_no_lines_make_an_empty_network():
    assert size(noded([])) == (0, 0)
    assert size(noded([], crossings="keep")) == (0, 0)
