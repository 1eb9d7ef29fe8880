from __future__ import annotations

import contextlib
import math
import warnings

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.geodata.positions import position
from geo_registry.geodata.values import BadValue, Noted

PLACE = shapely.Point(106.34, 38.10)


def read(text):
    found = position(text)
    return found.value if isinstance(found, Noted) else found


@pytest.mark.parametrize(
    "text",
    [
        "106.34,38.10", "106.34 38.10", "（106.34，38.10）", "[106.34, 38.1]", "106.34;38.10;1100", "38.10,106.34",
        "E106.34 N38.10", "106.34E,38.10N", "38.10N 106.34E", "106.34°E 38.1°N", "经度:106.34,纬度:38.10",
        "东经106.34 北纬38.10", '{"lng":106.34,"lat":38.1}', "106°20′24″E, 38°6′0″N", "N38°06'00\" E106°20'24\"",
        "东经106度20分24秒，北纬38度6分0秒", "106°20.4′ 38°6′", "POINT(106.34 38.1)", "point z (106.34 38.1 1100)",
        "SRID=4490;POINT(106.34 38.1)", '{"type":"Point","coordinates":[106.34,38.1]}', shapely.to_wkb(PLACE, hex=True),
        shapely.to_wkb(shapely.set_srid(PLACE, 4490), hex=True, include_srid=True).lower(),
        "106-20-24,38-6-0", "38-06-00 106-20-24", "北纬38°06′00″东经106°20′24″", "38°06′00″N106°20′24″E", "106º20´24´´E 38º6´0´´N",
        "(38°06′00″N, 106°20′24″E)", "纬度：38°06′00″；经度：106°20′24″", "106 20 24 38 06 00", "106.34,38.10,1110米",
        "POINTZ(106.34 38.1 1100)", "POINT M (106.34 38.1 5)", "POINT ZM(106.34 38.1 1100 5)",
    ],
)  # fmt: skip
def test_a_place_in_one_cell_is_read_as_it_is_meant(text):
    assert shapely.force_2d(read(text)).equals_exact(PLACE, 1e-9)


@pytest.mark.parametrize("text", ["38.10,106.34", "东经106度20分24秒，北纬38度6分0秒", "E106.34 N38.10"])
def test_what_took_an_interpretation_is_said(text):
    assert "longitude 106.34, latitude 38.1" in str(position(text).message)


@pytest.mark.parametrize(
    "text",
    [
        "4218000.5,35616000",
        "4218000.5 35616000",
        "X:4218000.5,Y:35616000",
        "35616000,4218000.5",
        "Y=35616000;X=4218000.5",
    ],
)
def test_surveyors_northing_may_stand_first(text):
    assert (read(text).x, read(text).y) == (35616000, 4218000.5)


def test_within_a_zone_a_northing_is_told_by_its_size():
    assert read("4218000,616000").wkt == read("616000,4218000").wkt == "POINT (616000 4218000)"
    assert "northing first" in str(position("4218000,616000").message)


def test_outlines_and_the_system_that_they_name_are_kept():
    found = read("SRID=4326;POLYGON((106 38,106.1 38,106.1 38.1,106 38))")
    assert (found.geom_type, shapely.get_srid(found)) == ("Polygon", 4326)


@pytest.mark.parametrize(
    "text",
    [
        "灵武市东塔镇", "106.34", "0101", "POINT(", "POINT EMPTY", "1,2,3,4", 106.34, True, "106-20-24",
        "GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 2)" + ")" * 100_000,
        ("0107000000" + "01000000") * 100_000 + "0101000000" + "00" * 16,
        '{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}',
        '{"coordinates":' + "[" * 100_000, "SRID=4490;", "E106.34 E38.10", "010200000000FFFFFF" + "00" * 8,
    ],
)  # fmt: skip
def test_what_is_no_place_is_refused_and_harms_nothing(text):
    with pytest.raises(BadValue, match="is no place"):
        position(text)


@given(st.text(max_size=60) | st.text(alphabet="0123456789.,°′″EN东北经纬度()POINT ", max_size=40))
def test_any_text_is_a_place_or_refused(text):
    try:
        found = read(text)
    except BadValue:
        return
    assert not found.is_empty


@given(st.integers(0, 10_000), st.binary(max_size=8))
def test_a_damaged_wkb_is_refused_or_read(at, damage):
    data = bytearray(shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]).wkb)
    at %= len(data)
    data[at : at + len(damage)] = damage
    with contextlib.suppress(BadValue):
        read(bytes(data).hex())


def test_a_signalling_number_in_a_wkb_is_read_in_silence():
    """The processor complains of such a number; that it is none is told where all co-ordinates are looked at."""
    data = bytearray(shapely.Point(0, 0).wkb)
    data[-8:] = bytes.fromhex("000000000000f17f")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert math.isnan(read(bytes(data).hex()).y)
