from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.geodata.crs import Converter
from geo_registry.geodata.crs_checks import Suspicion, check_coordinates

COUNTY = (105.5, 37.0, 107.5, 38.8)


@pytest.mark.parametrize(
    ("declared", "x", "y", "suspicion", "says"),
    [
        ("EPSG:4490", 38.1, 106.33, Suspicion.SWAPPED, "swapped"),
        ("EPSG:4490", 39.5, 76.0, Suspicion.SWAPPED, "swapped"),  # Kashgar: 76 would be a latitude
        ("gcj02", 38.1, 106.33, Suspicion.SWAPPED, "swapped"),
        ("EPSG:4490", 200.0, 38.1, Suspicion.OUT_OF_RANGE, "−180 to 180"),
        ("EPSG:4490", 35_616_000.0, 4_218_000.0, Suspicion.METRES_AS_DEGREES, "EPSG:4523"),
        (
            "EPSG:4490",
            616_000.0,
            4_218_000.0,
            Suspicion.METRES_AS_DEGREES,
            "looks like metres, but degrees (CGCS2000)",
        ),
        ("EPSG:4544", 106.33, 38.1, Suspicion.DEGREES_AS_METRES, "looks like degrees"),
        ("EPSG:4523", 616_000.0, 4_218_000.0, Suspicion.ZONE_PREFIX_MISSING, "EPSG:4544"),
        ("EPSG:4544", 35_616_000.0, 4_218_000.0, Suspicion.ZONE_PREFIX_UNEXPECTED, "EPSG:4523"),
        ("EPSG:4544", 4_218_000.0, 616_000.0, Suspicion.SWAPPED, "swapped"),
        ("EPSG:4523", 4_218_000.0, 35_616_000.0, Suspicion.SWAPPED, "swapped"),
        ("EPSG:4490", float("nan"), 38.1, Suspicion.NOT_FINITE, "no numbers"),
        ("EPSG:4490", float("inf"), 38.1, Suspicion.NOT_FINITE, "no numbers"),
        ("EPSG:3857", 1e30, 1e30, Suspicion.NOT_CONVERTIBLE, "cannot be a place"),
        ("EPSG:4490", 1e308, -1e308, Suspicion.OUT_OF_RANGE, "1e+308, -1e+308 is no longitude"),
        # Zone 35 taken for 36: an easting that names its zone names it for certain.
        ("EPSG:4524", 35_616_000.0, 4_218_000.0, Suspicion.OTHER_ZONE_PREFIX, "Choose EPSG:4523 instead"),
        ("EPSG:2360", 35_616_000.0, 4_218_000.0, Suspicion.OTHER_ZONE_PREFIX, "Choose EPSG:2359 instead"),
        ("EPSG:4523", 18_616_000.0, 4_218_000.0, Suspicion.OTHER_ZONE_PREFIX, "Choose EPSG:4496 instead"),
    ],
)
def test_lies_are_named(declared, x, y, suspicion, says):
    (problem,) = check_coordinates([x], [y], Converter(declared))
    assert problem.suspicion is suspicion
    assert problem.fatal
    assert says in str(problem.message)


@pytest.mark.parametrize(
    ("declared", "x", "y"),
    [
        ("EPSG:4490", 106.33, 38.1),
        ("EPSG:4326", -51.2, -30.0),
        ("bd09", 106.34, 38.106),
        ("EPSG:4544", 616_000.0, 4_218_000.0),
        ("EPSG:4523", 35_616_000.0, 4_218_000.0),
        ("EPSG:3857", 11_836_000.0, 4_590_000.0),
        ("EPSG:31982", 480_000.0, 6_676_000.0),
    ],
)
def test_honest_coordinates_pass(declared, x, y):
    assert check_coordinates([x], [y], Converter(declared)) == []


def test_knowing_the_area_tells_far_places_and_swaps_that_are_no_nonsense_in_themselves():
    problems = check_coordinates(
        [106.33, 116.4, 37.9], [38.1, 39.9, 106.2], Converter("EPSG:4490"), expected=COUNTY
    )
    assert [(p.index, p.suspicion, p.fatal) for p in problems] == [
        (1, Suspicion.ELSEWHERE, False),
        (2, Suspicion.SWAPPED, True),
    ]


def test_swaps_are_told_in_a_city_on_the_other_side_of_the_world():
    problems = check_coordinates(
        [-30.03], [-51.2], Converter("EPSG:4326"), expected=(-51.4, -30.3, -51.0, -29.9)
    )
    assert [p.suspicion for p in problems] == [Suspicion.SWAPPED]


def test_a_wrong_zone_is_seen_from_where_the_place_lands():
    x, y = Converter("EPSG:4544").coordinates_back([106.33], [38.1])
    (problem,) = check_coordinates(x, y, Converter("EPSG:4545"), expected=COUNTY)
    assert problem.suspicion is Suspicion.WRONG_ZONE


@settings(max_examples=200, deadline=None)
@given(
    x=st.floats(allow_nan=True, allow_infinity=True, width=64),
    y=st.floats(allow_nan=True, allow_infinity=True, width=64),
    declared=st.sampled_from(["EPSG:4490", "EPSG:4544", "EPSG:4523", "gcj02", "bd09", "EPSG:3857"]),
)
def test_whatever_is_not_reported_can_be_converted(x, y, declared):
    converter = Converter(declared)
    problems = check_coordinates([x], [y], converter)
    if not problems:
        lon, lat = converter.coordinates([x], [y])
        assert np.isfinite([lon[0], lat[0]]).all()
    else:
        assert str(problems[0].message)
