"""Which stretches are one road, on lines that can be measured by hand: 0.001° of latitude is 111.2 m."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from placenames.naming.continuity import common_path, continuous_groups

METRE = 1 / 111_195


def eastward(start_m, end_m, north_m=0.0):
    """A line along the equator, in metres."""
    return LineString([(start_m * METRE, north_m * METRE), (end_m * METRE, north_m * METRE)])


def labels(*stretches, gap_m=60.0):
    names, lines, paths = zip(*stretches, strict=True)
    return continuous_groups(names, lines, paths, gap_m=gap_m).tolist()


def test_stretches_that_touch_are_one_road():
    assert labels(("兴业路", eastward(0, 100), "9/1/"), ("兴业路", eastward(100, 200), "9/1/")) == [0, 0]


def test_stretches_of_other_names_are_other_roads():
    assert labels(("兴业路", eastward(0, 100), "9/1/"), ("兴旺路", eastward(100, 200), "9/1/")) == [0, 1]


def test_a_crossing_or_a_divided_road_does_not_end_a_road_and_a_field_does():
    road = ("兴业路", eastward(0, 100), "9/1/")
    assert labels(road, ("兴业路", eastward(155, 200), "9/1/")) == [0, 0]
    assert labels(road, ("兴业路", eastward(0, 100, north_m=40), "9/1/")) == [0, 0]
    assert labels(road, ("兴业路", eastward(165, 200), "9/1/")) == [0, 1]


def test_a_village_and_its_township_are_on_one_line_and_two_villages_are_not():
    lane = ("一巷", eastward(0, 100), "9/1/a/")
    assert labels(lane, ("一巷", eastward(140, 200), "9/1/")) == [0, 0]
    assert labels(lane, ("一巷", eastward(140, 200), "")) == [0, 0]
    assert labels(lane, ("一巷", eastward(140, 200), "9/1/b/")) == [0, 1]


def test_a_road_goes_on_across_a_boundary():
    assert labels(("兴业路", eastward(0, 100), "9/1/a/"), ("兴业路", eastward(100, 200), "9/1/b/")) == [0, 0]


def test_a_road_is_one_from_end_to_end_through_its_middle():
    ends = [
        ("兴业路", eastward(0, 100), "9/"),
        ("甲路", eastward(0, 1), "9/"),
        ("兴业路", eastward(150, 300), "9/"),
    ]
    assert labels(*ends, ("兴业路", eastward(300, 400), "9/")) == [0, 1, 0, 0]


def test_no_roads_are_no_groups():
    assert continuous_groups([], [], [], gap_m=60).tolist() == []


@given(
    st.lists(st.tuples(st.sampled_from(["甲路", "乙路"]), st.integers(0, 20)), min_size=1, max_size=12),
    st.randoms(),
)
def test_the_order_of_stretches_does_not_matter(stretches, random):
    rows = [(name, eastward(start * 50, start * 50 + 30), "9/") for name, start in stretches]
    order = list(range(len(rows)))
    random.shuffle(order)
    one, other = labels(*rows), labels(*(rows[i] for i in order))
    back = {position: other[at] for at, position in enumerate(order)}
    for a in range(len(rows)):
        for b in range(len(rows)):
            assert (one[a] == one[b]) == (back[a] == back[b])


def test_the_lowest_common_division():
    assert common_path(["9/1/a/", "9/1/b/"]) == "9/1/"
    assert common_path(["9/1/", "9/1/b/", ""]) == "9/1/"
    assert common_path(["9/1/", "8/1/"]) == ""
    assert common_path(["9/12/", "9/1/"]) == "9/"
    assert common_path([]) == ""
