"""Which of two columns is the easting: the numbers tell, where headers say X and Y."""

from __future__ import annotations

import numpy as np
import pytest

from geo_registry.geodata.axes import are_exchanged, are_x_and_y
from geo_registry.geodata.crs import Converter
from geo_registry.geodata.declarations import LAT, LON, Declaration, match_columns
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.interpretation import Interpreter
from geo_registry.geodata.readers.base import Row

LINGWU = (105.0, 36.5, 107.5, 39.0)
PLACES = np.array([106.30, 106.27, 106.61]), np.array([38.02, 37.95, 37.90])
KIND = Declaration("places", (LON, LAT), key=("lon",), shapes=frozenset({Family.POINT}), near_home=True)
# With and without the zone's number in front, 3° and 6°, three datums, web maps, UTM, degrees.
SYSTEMS = [
    "EPSG:4523", "EPSG:4544", "EPSG:4496", "EPSG:4507", "EPSG:2359", "EPSG:2380", "EPSG:21418", "EPSG:2411", "EPSG:3857",
    "EPSG:32648", "EPSG:4490", "GCJ-02",
]  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_exchanged_numbers_are_told_in_every_system(system):
    converter = Converter(system)
    x, y = converter.coordinates_back(*PLACES)
    assert are_exchanged(y, x, converter, expected=LINGWU)
    assert not are_exchanged(x, y, converter, expected=LINGWU)


@pytest.mark.parametrize(
    ("first", "second", "say_so"),
    [
        ("X", "Y", True),
        ("Y坐标", "X坐标", True),
        ("x（m）", "y（m）", True),
        ("经度", "纬度", False),
        ("X", "纬度", False),
        ("横坐标", "纵坐标", False),
    ],
)
def test_only_x_and_y_leave_it_open(first, second, say_so):
    assert are_x_and_y(first, second) is say_so


def interpreted(headers, x, y, system, **more):
    rows = [
        Row(n + 2, dict(zip(headers, pair, strict=True)), None)
        for n, pair in enumerate(zip(x.tolist(), y.tolist(), strict=True))
    ]
    interpreter = Interpreter(
        match_columns(KIND, headers), converter=Converter(system), expected=LINGWU, **more
    )
    return interpreter, interpreter.records(rows)


def lie_there(records):
    return all(
        record.point is not None and abs(record.point.x - lon) < 1e-8 and abs(record.point.y - lat) < 1e-8
        for record, lon, lat in zip(records, *PLACES, strict=True)
    )


@pytest.mark.parametrize("system", SYSTEMS[:-2])
@pytest.mark.parametrize("headers", [("X", "Y"), ("X坐标", "Y坐标")])
def test_surveyors_x_is_read_as_the_northing_and_it_is_said(system, headers):
    x, y = Converter(system).coordinates_back(*PLACES)
    interpreter, records = interpreted(headers, y, x, system)
    assert lie_there(records)
    assert "as surveyors write X and Y" in str(interpreter.axes.note)
    interpreter, records = interpreted(headers, x, y, system)
    assert lie_there(records)
    assert interpreter.axes.note is None


@pytest.mark.parametrize(
    "headers",
    [
        ("横坐标", "纵坐标"),
        ("东", "北"),
        ("东坐标", "北坐标"),
        ("Easting", "Northing"),
        ("横坐标Y", "纵坐标X"),
    ],
)
def test_the_words_of_surveys_are_known(headers):
    x, y = Converter("EPSG:4544").coordinates_back(*PLACES)
    assert lie_there(interpreted(headers, x, y, "EPSG:4544")[1])


def test_east_and_north_among_four_sides_are_no_co_ordinates():
    assert not match_columns(KIND, ["东", "南", "西", "北"]).headers


def test_what_says_longitude_is_refused_and_read_the_other_way_round_once_somebody_says_so():
    interpreter, records = interpreted(("经度", "纬度"), PLACES[1], PLACES[0], "EPSG:4490")
    assert all(record.refused for record in records)
    assert interpreter.seem_exchanged
    interpreter, records = interpreted(("经度", "纬度"), PLACES[1], PLACES[0], "EPSG:4490", exchanged=True)
    assert lie_there(records)
    assert not interpreter.seem_exchanged
    assert "exchanged" in str(interpreter.axes.note)
