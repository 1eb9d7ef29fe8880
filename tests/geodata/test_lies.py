"""What a file says of its co-ordinates, against what is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.geodata.chinese_offsets import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geo_registry.geodata.crs import Converter
from geo_registry.geodata.crs_checks import Suspicion, check_coordinates
from geo_registry.geodata.doubles import near_doubles
from geo_registry.geodata.geometry import distance_m
from geo_registry.geodata.shift import find_shift, pair_by_name, shifted_row

LINGWU = (105.0, 36.5, 107.5, 39.0)
RANDOM = np.random.default_rng(7)
KNOWN_LON, KNOWN_LAT = RANDOM.uniform(106.1, 106.9, 40), RANDOM.uniform(37.6, 38.3, 40)


def jittered(lon, lat, metres=8.0):
    return lon + RANDOM.normal(0, metres / 88_000, len(lon)), lat + RANDOM.normal(
        0, metres / 111_000, len(lat)
    )


@pytest.mark.parametrize(("offset", "crs"), [(wgs84_to_gcj02, "GCJ-02"), (wgs84_to_bd09, "BD-09")])
def test_points_of_a_web_map_labelled_wgs84_are_found_out(offset, crs):
    found = find_shift(*jittered(*offset(KNOWN_LON, KNOWN_LAT)), KNOWN_LON, KNOWN_LAT)
    assert found.crs == crs
    assert found.metres > 300
    assert found.left_m < 20
    assert f"as if the co-ordinates were {crs} and not WGS 84" in str(found.message)


@pytest.mark.parametrize("undo", [gcj02_to_wgs84, bd09_to_wgs84])
def test_an_offset_undone_that_never_was_is_found_out(undo):
    found = find_shift(*jittered(*undo(KNOWN_LON, KNOWN_LAT)), KNOWN_LON, KNOWN_LAT, declared="GCJ-02")
    assert found.crs is None
    assert "undone although it was never there" in str(found.message)


def test_a_constant_shift_of_another_cause_is_told_without_a_guess():
    found = find_shift(*jittered(KNOWN_LON + 110 / 88_000, KNOWN_LAT - 30 / 111_000), KNOWN_LON, KNOWN_LAT)
    assert found.crs is None
    assert found.metres == pytest.approx(114, abs=10)
    assert "towards one side" in str(found.message)


def test_some_places_that_have_really_moved_do_not_hide_the_shift():
    lon, lat = jittered(*wgs84_to_gcj02(KNOWN_LON, KNOWN_LAT))
    lon[:10] += 0.05
    assert find_shift(lon, lat, KNOWN_LON, KNOWN_LAT).crs == "GCJ-02"


def test_places_that_lie_where_they_should_or_anywhere_are_no_shift():
    assert find_shift(*jittered(KNOWN_LON, KNOWN_LAT, 25), KNOWN_LON, KNOWN_LAT) is None
    assert find_shift(*jittered(KNOWN_LON, KNOWN_LAT, 900), KNOWN_LON, KNOWN_LAT) is None
    assert find_shift(KNOWN_LON[:3] + 0.005, KNOWN_LAT[:3], KNOWN_LON[:3], KNOWN_LAT[:3]) is None
    assert find_shift([], [], [], []) is None


@pytest.mark.parametrize(
    ("true", "declared", "chosen"),
    [("EPSG:4490", "GCJ-02", "EPSG:4490"), ("BD-09", "GCJ-02", "BD-09"), ("EPSG:4490", "BD-09", "EPSG:4490"),
     ("GCJ-02", "BD-09", "GCJ-02"), ("BD-09", "EPSG:4490", "BD-09"), ("GCJ-02", "EPSG:4326", "GCJ-02")],
)  # fmt: skip
def test_whatever_was_declared_the_right_system_is_found(true, declared, chosen):
    raw = Converter(true).coordinates_back(KNOWN_LON, KNOWN_LAT)
    read = Converter(declared)
    found = find_shift(
        *jittered(*read.coordinates(*raw)), KNOWN_LON, KNOWN_LAT, declared=declared, source=read.source
    )
    assert found.crs == chosen
    assert declared in str(found.message)


def test_metres_made_of_a_web_maps_degrees_are_told_and_no_choice_is_offered():
    read = Converter("EPSG:4544")
    found = find_shift(*wgs84_to_gcj02(KNOWN_LON, KNOWN_LAT), KNOWN_LON, KNOWN_LAT, source=read.source)
    assert found.crs is None
    assert "turned into metres" in str(found.message)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_places_say_it_too_if_all_of_them_do_and_clearly(count):
    lon, lat = wgs84_to_gcj02(KNOWN_LON[:count], KNOWN_LAT[:count])
    assert find_shift(lon, lat, KNOWN_LON[:count], KNOWN_LAT[:count]).crs == "GCJ-02"
    assert find_shift(lon + 0.002, lat, KNOWN_LON[:count], KNOWN_LAT[:count]) is None


def test_some_rows_of_a_web_map_among_others_are_told_apart():
    lon, lat = KNOWN_LON.copy(), KNOWN_LAT.copy()
    lon[::5], lat[::5] = wgs84_to_gcj02(KNOWN_LON[::5], KNOWN_LAT[::5])
    found = find_shift(*jittered(lon, lat), KNOWN_LON, KNOWN_LAT)
    assert (found.crs, found.agreeing, found.pairs) == (None, 8, 40)
    assert "mixes two systems" in str(found.message)
    told = [
        shifted_row(here, there) is not None
        for here, there in zip(
            zip(lon, lat, strict=True), zip(KNOWN_LON, KNOWN_LAT, strict=True), strict=True
        )
    ]
    assert told == [at % 5 == 0 for at in range(40)]


def test_places_are_paired_by_names_that_occur_once():
    mine, theirs = pair_by_name(["甲 ", "乙", "丙", "丙", None], ["丙", "甲", "乙", "丁"])
    assert (mine.tolist(), theirs.tolist()) == ([0, 1], [1, 2])


# -- zones -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("true", "declared"), [(4544, 4545), (4544, 4543), (4523, 4524), (2359, 2360)])
def test_a_wrong_zone_is_told_with_the_right_one(true, declared):
    x, y = Converter(f"EPSG:{true}").coordinates_back(KNOWN_LON[:5], KNOWN_LAT[:5])
    found = check_coordinates(x, y, Converter(f"EPSG:{declared}"), expected=LINGWU)
    assert [problem.suspicion for problem in found] == [Suspicion.WRONG_ZONE] * 5
    assert f"Choose EPSG:{true} instead" in str(found[0].message)
    assert found[0].fatal


def test_a_single_point_far_away_is_no_wrong_zone():
    x, y = Converter("EPSG:4544").coordinates_back(
        np.array([116.4, *KNOWN_LON]), np.array([39.9, *KNOWN_LAT])
    )
    found = check_coordinates(x, y, Converter("EPSG:4544"), expected=LINGWU)
    assert [(problem.index, problem.suspicion) for problem in found] == [(0, Suspicion.ELSEWHERE)]


# -- doubles -----------------------------------------------------------------------------------------------


def test_places_of_one_name_near_one_another_are_doubles():
    names = ["崇兴镇养老院", "崇兴镇 养老院", "崇兴镇养老院", "卫生室", None]
    lon, lat = [106.300, 106.301, 106.400, 106.300, 106.3], [38.0, 38.0, 38.0, 38.0, 38.0]
    (found,) = near_doubles(names, lon, lat)
    assert (found.first, found.second) == (0, 1)
    assert found.metres == pytest.approx(88, abs=2)
    assert near_doubles(names, lon, lat, within_m=50) == []
    assert near_doubles(names, [float("nan")] * 5, lat) == []


# -- the offsets of web maps, over the whole country --------------------------------------------------------


@given(st.floats(73.5, 135.1), st.floats(3.8, 53.6))
def test_offsets_are_undone_to_better_than_a_millimetre_anywhere_in_the_country(lon, lat):
    x, y = np.array([lon]), np.array([lat])
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        assert distance_m(*back(*there(x, y)), x, y)[0] < 0.001
        assert distance_m(*there(*back(x, y)), x, y)[0] < 0.001


def test_offsets_are_undone_on_a_grid_of_the_whole_country():
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(73.5, 135.1, 500), np.linspace(3.8, 53.6, 500)))
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        assert distance_m(*back(*there(x, y)), x, y).max() < 0.001
