"""Roads split, joined, redrawn in part, brought together: on a plane that can be computed by hand."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from geo_registry.geodata.editing import EditingError, LocalPlane
from geo_registry.geodata.editing.lines import (
    crossings_without_vertex,
    insert_vertex,
    join,
    merge_ends,
    replace_stretch,
    self_crossing,
    split_at,
    vertices,
)
from geo_registry.geodata.editing.snapping import snap_ends, snap_point
from geo_registry.geodata.geometry import distance_m

PLANE = LocalPlane(106.0, 38.0)


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """A position so many metres east and north of 106° E, 38° N."""
    lon, lat = PLANE.degrees([(x_m, y_m)])[0]
    return float(lon), float(lat)


def line(*xy_m: tuple[float, float]) -> LineString:
    return LineString([at(*xy) for xy in xy_m])


def metres(shape: shapely.Geometry) -> list[tuple[float, float]]:
    return [(round(x, 3), round(y, 3)) for x, y in PLANE.metres(shapely.get_coordinates(shape))]


def test_the_plane_agrees_with_the_ellipsoid():
    for x, y in ((1000, 0), (0, 1000), (700, 700)):
        a, b = at(0, 0), at(x, y)
        assert distance_m(*a, *b)[0] == pytest.approx((x**2 + y**2) ** 0.5, rel=1e-4)


def test_a_line_is_split_where_one_points():
    first, second = split_at(line((0, 0), (100, 0), (100, 100)), at(60, 3), tolerance_m=5)
    assert metres(first) == [(0, 0), (60, 0)]
    assert metres(second) == [(60, 0), (100, 0), (100, 100)]
    assert vertices(first)[-1] == vertices(second)[0]


def test_what_was_not_touched_keeps_its_numbers():
    road = line((0, 0), (100, 0), (100, 100))
    first, second = split_at(road, at(60, 0), tolerance_m=5)
    assert vertices(first)[0] == vertices(road)[0]
    assert vertices(second)[1:] == vertices(road)[1:]


def test_split_at_a_vertex_makes_no_second_one_beside_it():
    first, second = split_at(line((0, 0), (100, 0), (100, 100)), at(100, 0), tolerance_m=5)
    assert (len(vertices(first)), len(vertices(second))) == (2, 2)


@pytest.mark.parametrize(("place", "said"), [((60, 9), "9.0 m from the line"), ((0.1, 0), "at least 0.5 m")])
def test_a_split_elsewhere_is_refused_with_its_place(place, said):
    with pytest.raises(EditingError, match=said) as refused:
        split_at(line((0, 0), (100, 0)), at(*place), tolerance_m=5)
    assert refused.value.place is not None


@pytest.mark.parametrize(
    ("second", "wanted", "turned"),
    [
        ([(100, 0), (200, 0)], [(0, 0), (100, 0), (200, 0)], False),
        ([(200, 0), (100, 0)], [(0, 0), (100, 0), (200, 0)], True),
        ([(-100, 0), (0, 0)], [(-100, 0), (0, 0), (100, 0)], False),
        ([(0, 0), (-100, 0)], [(-100, 0), (0, 0), (100, 0)], True),
    ],
)
def test_two_lines_become_one_that_runs_as_the_first(second, wanted, turned):
    joined = join(line((0, 0), (100, 0)), line(*second), tolerance_m=1)
    assert (metres(joined.line), joined.turned) == (wanted, turned)


def test_a_small_gap_is_bridged_and_a_large_one_named():
    assert metres(join(line((0, 0), (100, 0)), line((102, 0), (200, 0)), tolerance_m=5).line) == [
        (0, 0), (100, 0), (102, 0), (200, 0),
    ]  # fmt: skip
    with pytest.raises(EditingError, match=r"20\.0 m apart"):
        join(line((0, 0), (100, 0)), line((120, 0), (200, 0)), tolerance_m=5)


def test_a_line_is_not_joined_to_itself():
    with pytest.raises(EditingError, match="itself"):
        join(line((0, 0), (100, 0)), line((0, 0), (100, 0)), tolerance_m=5)


def test_a_track_takes_the_place_of_a_stretch():
    track = line((70, 2), (50, 20), (30, -1))
    replaced = replace_stretch(line((0, 0), (100, 0)), track, tolerance_m=10)
    assert metres(replaced) == [(0, 0), (30, 0), (50, 20), (70, 0), (100, 0)]


def test_a_track_that_reaches_beyond_the_end_lengthens_the_line():
    replaced = replace_stretch(line((0, 0), (100, 0)), line((80, 1), (150, 0), (180, 5)), tolerance_m=10)
    assert metres(replaced) == [(0, 0), (80, 0), (150, 0), (180, 5)]


def test_a_track_far_from_the_line_replaces_nothing():
    with pytest.raises(EditingError, match=r"50\.0 m from the line"):
        replace_stretch(line((0, 0), (100, 0)), line((30, 50), (70, 0)), tolerance_m=10)


def test_a_vertex_is_put_exactly_where_another_road_meets():
    place = at(40, 0)
    got = insert_vertex(line((0, 0), (100, 0)), place, tolerance_m=0.5)
    assert got is not None
    assert vertices(got)[1] == place
    assert insert_vertex(got, place, tolerance_m=0.5) is None
    assert insert_vertex(got, at(40, 3), tolerance_m=0.5) is None


def test_ends_meet_at_the_through_road_which_stays():
    through = line((0, 0), (50, 0), (100, 0))
    side, other = line((51, 40), (51, 1)), line((48, -40), (49, -1))
    changed = merge_ends([through, side, other], at(50, 0), tolerance_m=5)
    assert set(changed) == {1, 2}
    assert metres(changed[1])[-1] == metres(changed[2])[-1] == (50, 0)


def test_ends_without_a_through_road_meet_at_the_nearest_end():
    changed = merge_ends([line((0, 0), (50, 0)), line((53, 0), (90, 0))], at(50, 0), tolerance_m=5)
    assert {number: metres(shape) for number, shape in changed.items()} == {1: [(50, 0), (90, 0)]}


def test_one_end_alone_is_not_brought_together():
    with pytest.raises(EditingError, match="Only 1 end"):
        merge_ends([line((0, 0), (50, 0))], at(50, 0), tolerance_m=5)


def test_crossings_are_found_until_there_is_a_vertex():
    road, other = line((0, 0), (100, 0)), line((40, -50), (40, 50))
    (place,) = crossings_without_vertex(road, other)
    assert metres(shapely.Point(place)) == [(40, 0)]
    with_vertex = [insert_vertex(each, place, tolerance_m=0.5) for each in (road, other)]
    assert crossings_without_vertex(*with_vertex) == []


def test_a_line_that_crosses_itself_says_where():
    place = self_crossing(line((0, 0), (100, 0), (100, 50), (40, 50), (40, -50)))
    assert place is not None
    assert metres(shapely.Point(place)) == [(40, 0)]


def test_a_ring_road_does_not_cross_itself():
    assert self_crossing(line((0, 0), (100, 0), (100, 50), (0, 0))) is None


def test_a_vertex_goes_before_an_edge():
    network = [line((0, 0), (100, 0)), line((55, 0), (55, 80))]
    assert metres(shapely.Point(snap_point(at(52, 1), network, tolerance_m=5))) == [(55, 0)]
    assert metres(shapely.Point(snap_point(at(30, 1), network, tolerance_m=5))) == [(30, 0)]
    assert snap_point(at(30, 9), network, tolerance_m=5) is None


def test_only_the_ends_are_snapped():
    snapped = snap_ends(line((30, 2), (40, 2), (60, 40)), [line((0, 0), (100, 0))], tolerance_m=5)
    assert metres(snapped) == [(30, 0), (40, 2), (60, 40)]


whole = st.integers(-200, 200)
paths = st.lists(st.tuples(whole, whole), min_size=3, max_size=12, unique=True)


@given(paths, st.floats(0.1, 0.9))
def test_split_and_joined_again_a_line_is_as_long_as_before(path, share):
    road = line(*path)
    place = shapely.get_coordinates(road.interpolate(share, normalized=True))[0]
    first, second = split_at(road, (float(place[0]), float(place[1])), tolerance_m=1, least_m=0)
    again = join(first, second, tolerance_m=0.05)
    length = PLANE.to_metres(road).length
    assert PLANE.to_metres(first).length + PLANE.to_metres(second).length == pytest.approx(length, abs=0.05)
    assert PLANE.to_metres(again.line).length == pytest.approx(length, abs=0.05)


@given(paths, paths)
def test_joining_keeps_the_first_line_as_it_runs(one, other):
    first, second = line(*one), line(*other)
    if first.equals(second):
        return
    run = vertices(join(first, second, tolerance_m=10_000).line)
    kept = vertices(first)
    at_start = next(i for i, point in enumerate(run) if point == kept[1])
    assert run[at_start : at_start + len(kept) - 2] == kept[1:-1]
