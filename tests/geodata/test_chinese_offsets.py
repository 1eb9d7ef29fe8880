from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.geodata import chinese_offsets as offsets
from geo_registry.geodata.geometry import distance_m

# All of China, its southern islands included.
china = st.tuples(st.floats(73.4, 135.1), st.floats(3.8, 53.6))
WAYS = [
    pytest.param(offsets.wgs84_to_gcj02, offsets.gcj02_to_wgs84, id="gcj02"),
    pytest.param(offsets.wgs84_to_bd09, offsets.bd09_to_wgs84, id="bd09"),
]


def one(value: float) -> np.ndarray:
    return np.array([value])


@pytest.mark.parametrize(("forward", "inverse"), WAYS)
@settings(max_examples=400, deadline=None)
@given(point=china)
def test_round_trip_is_better_than_a_millimetre_over_all_china(forward, inverse, point):
    lon, lat = one(point[0]), one(point[1])
    back = inverse(*forward(lon, lat))
    assert distance_m(lon, lat, *back)[0] < 0.001
    again = forward(*inverse(lon, lat))
    assert distance_m(lon, lat, *again)[0] < 0.001


@pytest.mark.parametrize(("forward", "inverse"), WAYS)
def test_round_trip_holds_on_a_dense_grid(forward, inverse):
    lon, lat = (
        axis.ravel() for axis in np.meshgrid(np.linspace(73.4, 135.1, 400), np.linspace(3.8, 53.6, 300))
    )
    back = inverse(*forward(lon, lat))
    assert distance_m(lon, lat, *back).max() < 0.001


def test_gcj02_agrees_with_published_values():
    # Golden values of coordtransform and gcoord for the middle of Beijing.
    lon, lat = offsets.wgs84_to_gcj02(one(116.404), one(39.915))
    assert lon[0] == pytest.approx(116.41024449916938, abs=1e-11)
    assert lat[0] == pytest.approx(39.91640428150164, abs=1e-11)


def test_bd09_agrees_with_published_values():
    # coordtransform: GCJ-02 116.404, 39.915 is BD-09 116.41036949371029, 39.92133699351021.
    wgs = offsets.gcj02_to_wgs84(one(116.404), one(39.915))
    lon, lat = offsets.wgs84_to_bd09(*wgs)
    assert lon[0] == pytest.approx(116.41036949371029, abs=1e-10)
    assert lat[0] == pytest.approx(39.92133699351021, abs=1e-10)


def test_offset_in_the_county_is_about_400_metres():
    lon, lat = one(106.33), one(38.10)
    assert 300 < distance_m(lon, lat, *offsets.wgs84_to_gcj02(lon, lat))[0] < 500


@pytest.mark.parametrize(("forward", "inverse"), WAYS)
@pytest.mark.parametrize("point", [(-51.2, -30.0), (139.7, 35.7), (2.3, 48.9), (100.0, -0.5)])
def test_nothing_moves_outside_of_china(forward, inverse, point):
    lon, lat = one(point[0]), one(point[1])
    for way in (forward, inverse):
        moved = way(lon, lat)
        assert (moved[0][0], moved[1][0]) == point


@pytest.mark.parametrize(("forward", "inverse"), WAYS)
def test_inputs_are_not_changed_and_missing_numbers_stay_missing(forward, inverse):
    lon, lat = np.array([106.33, np.nan]), np.array([38.1, 38.1])
    for way in (forward, inverse):
        out = way(lon, lat)
        assert lon[0] == 106.33
        assert lat[0] == 38.1
        assert np.isnan(out[0][1])
        assert np.isfinite(out[0][0])


def test_empty_arrays_are_allowed():
    assert len(offsets.bd09_to_wgs84(np.array([]), np.array([]))[0]) == 0
