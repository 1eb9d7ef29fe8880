"""A village's people spread over where it lives: whole people, the same total, on the ground that was meant."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from facilities.analysis.errors import AnalysisError
from facilities.analysis.spreading import (
    SpreadMethod,
    Support,
    apportion,
    area_support,
    frontage_support,
    single_points,
    spread_totals,
    surroundings,
)
from tests.roadgraph.conftest import line, lonlat_of_metres

GEOD = Geod(ellps="GRS80")


def square(west: float, south: float, side: float) -> shapely.Polygon:
    return shapely.Polygon(
        lonlat_of_metres(
            [(west, south), (west + side, south), (west + side, south + side), (west, south + side)]
        )
    )


@given(
    total=st.integers(0, 10_000),
    weights=st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40).filter(
        lambda values: sum(values) > 1e-3
    ),
)
def test_shares_are_whole_add_up_and_are_within_one_of_the_exact_share(total, weights):
    shares = apportion(total, weights)
    assert shares.sum() == total
    exact = total * np.array(weights) / sum(weights)
    assert (np.abs(shares - exact) < 1 + 1e-6).all()


@pytest.mark.parametrize(
    ("total", "weights"),
    [(-1, [1]), (3, []), (3, [0, 0]), (3, [1, -1]), (3, [float("nan")]), (3, [float("inf")])],
)
def test_what_cannot_be_shared_out_is_refused(total, weights):
    with pytest.raises(AnalysisError):
        apportion(total, weights)


def test_built_up_areas_are_cut_into_pieces_that_weigh_their_square_metres():
    area = square(30, 40, 250)
    support = area_support(area, spacing_m=100)
    expected = abs(GEOD.geometry_area_perimeter(area)[0])
    assert support.weight.sum() == pytest.approx(expected, rel=1e-3)
    assert 9 <= len(support) <= 16
    assert all(area.contains(shapely.Point(point)) for point in support.lonlat)


def test_a_lake_inside_a_built_up_area_gets_nobody():
    lake = square(100, 100, 100)
    area = square(0, 0, 300).difference(lake)
    support = area_support(area, spacing_m=50)
    assert not any(lake.contains(shapely.Point(point)) for point in support.lonlat)


def test_frontage_is_the_road_within_the_outline_in_pieces_no_longer_than_asked():
    support = frontage_support(
        [line((-100, 50), (450, 50)), line((900, 0), (900, 300))], within=square(0, 0, 300), spacing_m=70
    )
    assert support.weight.sum() == pytest.approx(300, abs=0.1)
    assert support.weight.max() <= 70
    assert len(support) == 5


def test_frontage_without_an_outline_is_the_road_around_the_point():
    centre = lonlat_of_metres([(0, 0)])[0]
    support = frontage_support(
        [line((-900, 0), (900, 0))], within=surroundings(tuple(centre), 250), spacing_m=100
    )
    assert support.weight.sum() == pytest.approx(500, rel=0.01)


def test_a_village_without_support_stays_at_its_point():
    nothing = frontage_support([], within=square(0, 0, 10), spacing_m=10)
    spread = spread_totals([[7]], point_lonlat=[(106, 38)], supports=[[nothing]])
    assert (spread.people.tolist(), spread.method) == ([[7]], (SpreadMethod.POINT,))


def test_the_first_support_that_has_a_point_is_taken():
    hamlet = Support(method=SpreadMethod.HAMLETS, lonlat=np.array([[106.0, 38.0]]), weight=np.array([1.0]))
    empty = Support(method=SpreadMethod.HAMLETS, lonlat=np.empty((0, 2)), weight=np.empty(0))
    front = frontage_support([line((0, 0), (100, 0))], within=square(-10, -10, 200), spacing_m=25)
    answer = spread_totals(
        [[8], [8]], point_lonlat=[(106, 38)] * 2, supports=[[hamlet, front], [empty, front]]
    )
    assert answer.method == (SpreadMethod.HAMLETS, SpreadMethod.FRONTAGE)
    assert answer.people[answer.village == 1].sum() == 8


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 80)), min_size=1, max_size=8), st.integers(0, 99)
)
def test_every_total_of_every_group_is_kept(totals, seed):
    random = np.random.default_rng(seed)
    supports = [
        [
            Support(
                method=SpreadMethod.BUILT_UP,
                lonlat=random.uniform(0, 1, (size, 2)) + 50,
                weight=random.uniform(0.1, 9, size),
            )
        ]
        for size in random.integers(1, 6, len(totals))
    ]
    spread = spread_totals(totals, point_lonlat=[(50, 50)] * len(totals), supports=supports)
    for row, total in enumerate(totals):
        assert spread.people[spread.village == row].sum(axis=0).tolist() == list(total)


@pytest.mark.parametrize("people", [[[1.5]], [[-1]], [[float("nan")]]])
def test_counts_that_are_no_whole_people_are_refused_with_their_row(people):
    with pytest.raises(AnalysisError, match="row 0"):
        spread_totals(people, point_lonlat=[(106, 38)], supports=[[]])


def test_a_single_point_is_the_place_nearest_to_the_peoples_centre_and_the_first_of_two():
    where = lonlat_of_metres([(0, 0), (100, 0), (1000, 0), (0, 0)])
    assert single_points(where, [1, 1, 1, 5], [0, 0, 0, 1], villages=2).tolist() == [1, 3]
    assert single_points(where, [0, 0, 0, 0], [0, 0, 0, 1], villages=2).tolist() == [1, 3]


@pytest.mark.parametrize("spacing", [0, -1, float("nan")])
def test_a_spacing_that_means_nothing_is_refused(spacing):
    with pytest.raises(AnalysisError):
        area_support(square(0, 0, 10), spacing_m=spacing)
