from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.geodata.geometry import Family, area_m2, clean, distance_m, length_m, to_multi


def column(*geometries: object) -> np.ndarray:
    result = np.empty(len(geometries), dtype=object)
    result[:] = geometries
    return result


BOWTIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)])


def test_what_is_good_stays_as_it_is():
    good = column(shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1))
    cleaned, problems = clean(good)
    assert problems == []
    assert shapely.equals_exact(cleaned[2], good[2])
    assert cleaned[1] is None


def test_heights_and_measures_are_dropped_and_told():
    cleaned, problems = clean(column(shapely.Point(1, 2, 3), shapely.from_wkt("LINESTRING M (0 0 1, 1 1 2)")))
    assert not shapely.has_z(cleaned).any()
    assert not shapely.has_m(cleaned).any()
    assert [(p.index, p.fatal) for p in problems] == [(0, False), (1, False)]


def test_a_self_crossing_area_is_repaired_and_stays_an_area():
    cleaned, problems = clean(column(BOWTIE), family=Family.POLYGON)
    assert cleaned[0].is_valid
    assert cleaned[0].geom_type == "MultiPolygon"
    assert cleaned[0].area == pytest.approx(0.5)
    assert [p.fatal for p in problems] == [False]
    assert "crosses itself" in str(problems[0].message)


def test_an_area_with_a_spike_loses_the_spike_and_not_its_type():
    spiky = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 5), (1, 1), (0, 1)])
    cleaned, _ = clean(column(spiky))
    assert cleaned[0].geom_type == "Polygon"
    assert cleaned[0].area == pytest.approx(1)


def test_an_area_without_an_area_is_refused():
    cleaned, problems = clean(column(shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])))
    assert cleaned[0] is None
    assert problems[0].fatal


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e308, -1e308])
def test_numbers_that_are_no_coordinates_are_refused(bad):
    with np.errstate(invalid="ignore"):
        line = shapely.LineString([(0, 0), (bad, 1)])
    cleaned, problems = clean(column(shapely.Point(106, 38), line))
    assert cleaned[0] is not None
    assert cleaned[1] is None
    assert (problems[0].index, problems[0].fatal) == (1, True)
    assert "no numbers" in str(problems[0].message)


def test_empty_geometries_are_refused():
    cleaned, problems = clean(column(shapely.Polygon(), shapely.Point()))
    assert list(cleaned) == [None, None]
    assert all(p.fatal for p in problems)


def test_too_many_vertices_are_refused_before_any_work_is_done_on_them():
    line = shapely.LineString(np.column_stack([np.arange(50.0), np.zeros(50)]))
    cleaned, problems = clean(column(line), max_vertices=49)
    assert cleaned[0] is None
    assert "50 vertices" in str(problems[0].message)


def test_a_point_where_an_area_is_needed_is_refused_with_both_names():
    cleaned, problems = clean(column(shapely.Point(0, 0)), family="polygon")
    assert cleaned[0] is None
    assert "“a point”" in str(problems[0].message)
    assert "“an area”" in str(problems[0].message)


def test_the_wanted_parts_of_a_collection_are_kept():
    mixed = shapely.GeometryCollection(
        [shapely.box(0, 0, 1, 1), shapely.Point(9, 9), shapely.box(2, 0, 3, 1)]
    )
    cleaned, problems = clean(column(mixed), family=Family.POLYGON)
    assert cleaned[0].geom_type == "MultiPolygon"
    assert len(cleaned[0].geoms) == 2
    assert not problems[0].fatal


def test_a_closed_ring_counts_as_a_line():
    cleaned, problems = clean(column(shapely.LinearRing([(0, 0), (1, 0), (1, 1)])), family=Family.LINE)
    assert problems == []
    assert to_multi(cleaned, Family.LINE)[0].geom_type == "MultiLineString"


@pytest.mark.parametrize(
    ("family", "single", "kind"),
    [
        ("point", shapely.Point(0, 0), "MultiPoint"),
        ("line", shapely.LineString([(0, 0), (1, 1)]), "MultiLineString"),
        ("polygon", shapely.box(0, 0, 1, 1), "MultiPolygon"),
    ],
)
def test_promotion_keeps_multis_and_missing_ones(family, single, kind):
    result = to_multi(column(single, None), family)
    assert result[0].geom_type == kind
    assert result[1] is None
    assert shapely.equals(result[0], single)
    assert to_multi(result, family)[0] == result[0]


finite = st.floats(-170, 170)


@settings(max_examples=150, deadline=None)
@given(points=st.lists(st.tuples(finite, st.floats(-80, 80)), min_size=3, max_size=12))
def test_cleaning_ends_in_valid_areas_or_in_nothing_and_is_done_once(points):
    cleaned, _ = clean(column(shapely.Polygon(points)), family=Family.POLYGON)
    if cleaned[0] is not None:
        assert cleaned[0].is_valid
        assert cleaned[0].geom_type in {"Polygon", "MultiPolygon"}
        again, problems = clean(cleaned, family=Family.POLYGON)
        assert problems == []
        assert again[0].equals(cleaned[0])


def test_measures_are_taken_on_the_ellipsoid():
    # A degree of longitude at 38° N on GRS 80: cos φ · a / sqrt(1 − e² sin² φ) · π/180.
    degree = (
        np.cos(np.radians(38))
        * 6378137
        / np.sqrt(1 - 0.00669438002290 * np.sin(np.radians(38)) ** 2)
        * np.pi
        / 180
    )
    assert distance_m(106, 38, 107, 38)[0] == pytest.approx(degree, rel=1e-4)
    lines = column(shapely.LineString([(106, 38), (106, 39)]), None, shapely.Point(0, 0))
    assert length_m(lines) == pytest.approx([111_009.0, 0, 0], abs=30)


def test_area_is_positive_whatever_the_direction_of_the_ring_and_without_the_hole():
    outer = [(106, 38), (106.01, 38), (106.01, 38.01), (106, 38.01)]
    hole = [(106.002, 38.002), (106.002, 38.004), (106.004, 38.004), (106.004, 38.002)]
    whole, reversed_, holed, hole_itself = area_m2(
        column(
            shapely.Polygon(outer),
            shapely.Polygon(outer[::-1]),
            shapely.Polygon(outer, [hole]),
            shapely.Polygon(hole),
        )
    )
    assert whole == pytest.approx(reversed_)
    assert whole == pytest.approx(877.6 * 1110, rel=0.01)
    assert holed == pytest.approx(whole - hole_itself)
    assert list(area_m2(column(None, shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])))) == [0, 0, 0]


def test_distances_are_broadcast():
    assert distance_m(106, 38, [106, 106, 106], [38, 38.1, 38.2]).shape == (3,)


def tangle(strokes: int, outline: int = 0) -> shapely.Polygon:
    """An outline of strokes up and down, and then to and fro over them; `outline` honest vertices follow."""
    across = [(i % 2, i / strokes) for i in range(strokes)]
    along = [(i / strokes, i % 2) for i in range(strokes, 0, -1)]
    turns = np.linspace(0, np.pi, outline)
    return shapely.Polygon(
        [*across, *along, *np.column_stack([0.5 - 9 * np.sin(turns), -9 * (1 - np.cos(turns))])]
    )


@pytest.mark.parametrize(("strokes", "outline"), [(500, 0), (20_000, 0), (2_000, 100_000)])
def test_an_outline_that_crosses_itself_without_end_is_refused_before_it_takes_all_time_and_memory(
    strokes, outline
):
    (cleaned,), (problem,) = clean(np.array([tangle(strokes, outline)], dtype=object))
    assert cleaned is None
    assert problem.fatal
    assert "crosses itself thousands of times" in str(problem.message)


def test_a_large_honest_outline_is_repaired_where_it_touches_itself():
    turns = np.linspace(0, 2 * np.pi, 50_000)
    points = np.column_stack([np.cos(turns), np.sin(turns)])
    points[20_000] = points[20_005]
    (cleaned,), (problem,) = clean(np.array([shapely.Polygon(points)], dtype=object))
    assert cleaned.is_valid
    assert not problem.fatal
