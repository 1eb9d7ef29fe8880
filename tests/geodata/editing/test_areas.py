"""Areas cut, joined, pierced, and where they do not fit."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from geo_registry.geodata.editing import EditingError
from geo_registry.geodata.editing.areas import (
    gaps,
    hand_over,
    join_areas,
    outside,
    overlaps,
    pierce,
    split_area,
)
from geo_registry.geodata.editing.checks import Limits, Severity, problems_of
from geo_registry.geodata.geometry import Family, area_m2

from .test_borders import area, box
from .test_lines import at, line, metres

LIMITS = Limits(max_vertices=100, least_length_m=1, least_area_m2=10, bounds=(105.0, 37.0, 107.0, 39.0))


def size(shape: shapely.Geometry) -> float:
    return float(area_m2(np.array([shape], dtype=object))[0])


def with_hole() -> MultiPolygon:
    return pierce(box(0, 0), box(40, 60, 20, 20).geoms[0])


def test_an_area_is_cut_in_two_the_larger_first():
    first, second = split_area(box(0, 0), line((30, -10), (30, 110)))
    assert size(first) == pytest.approx(7000, rel=1e-3)
    assert size(second) == pytest.approx(3000, rel=1e-3)


def test_a_hole_stays_with_the_part_it_lies_in():
    parts = split_area(with_hole(), line((-10, 50), (110, 50)))
    assert sorted(len(part.geoms[0].interiors) for part in parts) == [0, 1]


def test_a_line_that_ends_inside_cuts_nothing():
    with pytest.raises(EditingError, match="does not cut"):
        split_area(box(0, 0), line((30, -10), (30, 50)))


def test_parts_that_the_line_does_not_cross_stay():
    two = MultiPolygon([*box(0, 0).geoms, *box(300, 0).geoms])
    parts = split_area(two, line((30, -10), (30, 110)))
    assert [len(part.geoms) for part in parts] == [2, 1]


def test_joined_areas_keep_their_holes():
    joined = join_areas(with_hole(), box(100, 0), tolerance_m=1)
    assert len(joined.geoms) == 1
    assert len(joined.geoms[0].interiors) == 1
    assert size(joined) == pytest.approx(20_000 - 400, rel=1e-3)


def test_a_narrow_seam_is_closed_and_a_wide_gap_refused():
    joined = join_areas(box(0, 0), area((100.4, 0), (200, 0), (200, 100), (100.4, 100)), tolerance_m=1)
    assert len(joined.geoms) == 1
    with pytest.raises(EditingError, match=r"30\.0 m apart"):
        join_areas(box(0, 0), box(130, 0), tolerance_m=1)


def test_a_seam_inside_is_closed():
    left = area((0, 0), (100, 0), (99.8, 50), (100, 100), (0, 100))
    assert len(join_areas(left, box(100, 0), tolerance_m=1).geoms[0].interiors) == 0


def test_a_hole_must_lie_inside():
    with pytest.raises(EditingError, match="within the area"):
        pierce(box(0, 0), box(90, 90, 20, 20).geoms[0])


def test_a_piece_is_handed_over_and_nothing_is_lost():
    giver, taker = hand_over(box(100, 0), box(0, 0), box(90, 20, 40, 30).geoms[0])
    assert size(giver) == pytest.approx(10_000 - 900, rel=1e-3)
    assert size(taker) == pytest.approx(10_000 + 900, rel=1e-3)
    with pytest.raises(EditingError, match="does not lie in"):
        hand_over(box(100, 0), box(0, 0), box(0, 0, 10, 10).geoms[0])
    with pytest.raises(EditingError, match="nothing would be left"):
        hand_over(box(100, 0), box(0, 0), box(90, -10, 200, 200).geoms[0])


def test_overlaps_and_what_reaches_out_are_shown_with_their_place():
    (piece,) = overlaps(box(0, 0), [box(300, 0), box(90, 0)], least_m2=10)[1]
    assert piece.area_m2 == pytest.approx(1000, rel=1e-3)
    x, y = metres(shapely.Point(piece.at))[0]
    assert 90 < x < 100
    assert 0 < y < 100
    assert outside(box(0, 0), box(0, 0, 200, 80), least_m2=10)[0].area_m2 == pytest.approx(2000, rel=1e-3)
    assert overlaps(box(0, 0), [box(100, 0)], least_m2=1) == {}


def test_a_gap_between_villages_is_found_and_a_lake_of_one_is_not_a_gap():
    ring = [box(0, 0, 300, 100), box(0, 200, 300, 100), box(0, 100, 100, 100), box(200, 100, 100, 100)]
    assert [round(piece.area_m2, -1) for piece in gaps(ring, least_m2=10)] == [10_000]
    assert gaps([with_hole()], least_m2=10) == []
    (left,) = gaps([box(0, 0)], holder=box(0, 0, 150, 100), least_m2=10)
    assert left.area_m2 == pytest.approx(5000, rel=1e-3)


def test_an_outline_that_crosses_itself_says_where():
    (problem,) = problems_of(area((0, 0), (100, 100), (100, 0), (0, 100)), Family.POLYGON, LIMITS)
    assert problem.severity is Severity.ERROR
    assert metres(shapely.Point(problem.place)) == [(50, 50)]


@pytest.mark.parametrize(
    ("shape", "family", "said"),
    [
        (line((0, 0), (0.5, 0)), Family.LINE, "only 0.50 m"),
        (box(0, 0, 2, 2), Family.POLYGON, "only 4.0 m²"),
        (line(*((i, i % 2) for i in range(101))), Family.LINE, "101 points"),
        (shapely.Point(100.0, 38.0), Family.POINT, "far outside"),
        (shapely.Point(190.0, 38.0), Family.POINT, "valid co-ordinates"),
        (shapely.Point(106.0, 38.0), Family.LINE, "another kind"),
        (shapely.LineString(), Family.LINE, "two points"),
        (shapely.Point(float("nan"), 38.0), Family.POINT, ""),
    ],
)
def test_what_cannot_be_is_an_error(shape, family, said):
    problems = problems_of(shape, family, LIMITS)
    assert problems[0].severity is Severity.ERROR
    assert said in str(problems[0].message)


def test_a_road_that_crosses_itself_is_only_pointed_at():
    (problem,) = problems_of(line((0, 0), (50, 0), (50, 50), (20, 50), (20, -50)), Family.LINE, LIMITS)
    assert problem.severity is Severity.WARNING


def test_nothing_is_wrong_with_a_plain_shape():
    assert problems_of(box(0, 0), Family.POLYGON, LIMITS) == []
    assert problems_of(line((0, 0), (100, 0)), Family.LINE, LIMITS) == []


@given(st.integers(1, 99), st.integers(1, 99))
def test_cut_and_joined_again_an_area_is_as_large_as_before(left, right):
    parts = split_area(with_hole(), line((-10, left), (110, right)))
    joined = parts[0]
    for part in parts[1:]:
        joined = join_areas(joined, part, tolerance_m=0.01)
    assert size(joined) == pytest.approx(size(with_hole()), rel=1e-6)
    assert isinstance(joined, MultiPolygon)
    assert joined.is_valid
    assert not joined.covers(shapely.Point(at(50, 70)))


def test_a_polygon_without_points_is_refused():
    assert problems_of(Polygon(), Family.POLYGON, LIMITS)[0].severity is Severity.ERROR
