from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_registry.geodata.crs import Converter, CrsKind, datum_of, resolve
from geo_registry.geodata.errors import UnknownCrs
from geo_registry.geodata.gauss_kruger import (
    parse_gauss_kruger,
    zone_at,
    zone_named,
    zone_of_epsg,
    zone_of_number,
    zones,
)
from geo_registry.geodata.geometry import distance_m

ESRI_GK = (
    'PROJCS["CGCS2000_3_Degree_GK_CM_105E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)
ESRI_XIAN = (
    'PROJCS["local",GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",106.5],'
    'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


@pytest.mark.parametrize(
    ("declared", "key", "kind"),
    [
        ("EPSG:4490", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("4490", "EPSG:4490", CrsKind.GEOGRAPHIC),
        (4544, "EPSG:4544", CrsKind.PROJECTED),
        ("epsg:4326", "EPSG:4326", CrsKind.GEOGRAPHIC),
        ("EPSG:4979", "EPSG:4326", CrsKind.GEOGRAPHIC),
        ("CGCS2000", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("国家2000", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("WGS 84", "EPSG:4326", CrsKind.GEOGRAPHIC),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", CrsKind.GEOGRAPHIC),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("gcj02", "GCJ-02", CrsKind.GCJ02),
        ("GCJ-02", "GCJ-02", CrsKind.GCJ02),
        ("火星坐标系", "GCJ-02", CrsKind.GCJ02),
        ("bd09", "BD-09", CrsKind.BD09),
        ("百度", "BD-09", CrsKind.BD09),
        ("CGCS2000 3-degree zone 35", "EPSG:4523", CrsKind.PROJECTED),
        ("CGCS2000 / 3-degree Gauss-Kruger CM 105E", "EPSG:4544", CrsKind.PROJECTED),
        ("CGCS2000_3_Degree_GK_Zone_35", "EPSG:4523", CrsKind.PROJECTED),
        ("西安80 3度带 中央经线105", "EPSG:2380", CrsKind.PROJECTED),
        ("北京54 6度带 18带", "EPSG:21418", CrsKind.PROJECTED),
        ("EPSG:7405", "EPSG:27700", CrsKind.PROJECTED),
        ("EPSG:4480", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("EPSG:4490+5737", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("CGCS2000坐标系", "EPSG:4490", CrsKind.GEOGRAPHIC),
        ("wgs84坐标系", "EPSG:4326", CrsKind.GEOGRAPHIC),
        ("西安1980坐标系", "EPSG:4610", CrsKind.GEOGRAPHIC),
        ("1954年北京坐标系", "EPSG:4214", CrsKind.GEOGRAPHIC),
        ("高德坐标", "GCJ-02", CrsKind.GCJ02),
        ("百度坐标系", "BD-09", CrsKind.BD09),
        ("CGCS2000 3度分带 35", "EPSG:4523", CrsKind.PROJECTED),
        ("CGCS2000/3度带/105", "EPSG:4544", CrsKind.PROJECTED),
        ("WGS_1984_UTM_Zone_48N", "EPSG:32648", CrsKind.PROJECTED),
    ],
)
def test_declarations_are_understood(declared, key, kind):
    found = resolve(declared)
    assert (found.key, found.kind) == (key, kind)
    assert resolve(found.key).key == key


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (None, "does not say"),
        ("  ", "does not say"),
        ("my own", "not known"),
        ("EPSG:999999", "not known"),
        ("EPSG:4978", "no place on the map"),
        ("EPSG:5703", "no place on the map"),
        ("bd09mc", "Baidu's metres"),
        ("CGCS2000 6-degree zone 35", "not known"),
        ("x" * 5000, "not known"),
    ],
)
def test_what_is_not_understood_is_one_sentence(declared, says):
    with pytest.raises(UnknownCrs, match=says) as caught:
        resolve(declared)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "epsg", [*range(4491, 4555), *range(2327, 2391), *range(21413, 21424), *range(2401, 2443)]
)
def test_every_zone_is_what_the_epsg_register_says(epsg):
    zone = zone_of_epsg(epsg)
    crs = pyproj.CRS.from_epsg(epsg)
    values = {p.name: p.value for p in crs.coordinate_operation.params}
    assert zone is not None
    assert zone.epsg == epsg
    assert values["Longitude of natural origin"] == zone.central_meridian
    assert values["False easting"] == 500_000 + (zone.number * 1_000_000 if zone.prefixed else 0)
    assert datum_of(resolve(epsg)) == zone.datum


def test_the_county_straddles_two_three_degree_zones():
    assert zone_at(106.33, degrees=3).epsg == 4544
    assert zone_at(106.61, degrees=3).epsg == 4545
    assert zone_at(106.33, degrees=6).epsg == 4507
    assert zone_at(20.0, degrees=3) is None
    assert zone_of_number(24) is None


@pytest.mark.parametrize(
    "text", ["CGCS2000 zone 24", "CGCS2000 CM 106E", "zone 35", "UTM zone 48N", "+proj=utm +zone=48"]
)
def test_no_zone_is_guessed_from_half_a_description(text):
    assert parse_gauss_kruger(text) is None


def test_esri_wkt_is_read_as_the_zone_it_describes():
    source = resolve(ESRI_GK.format(meridian="105.0"))
    lon, lat = Converter(source).coordinates([585_000.0], [4_218_000.0])
    expected = Converter("EPSG:4544").coordinates([585_000.0], [4_218_000.0])
    assert distance_m(lon, lat, *expected)[0] < 1e-6
    assert Converter(source).accuracy_note is None


def test_wkt_with_a_meridian_of_its_own_is_read():
    converter = Converter(ESRI_GK.format(meridian="106.5"))
    lon, _ = converter.coordinates([500_000.0], [4_218_000.0])
    assert lon[0] == pytest.approx(106.5, abs=1e-9)
    assert converter.accuracy_note is None


@pytest.mark.parametrize("declared", ["EPSG:4490", "EPSG:4326", "EPSG:4544"])
def test_no_note_where_nothing_is_lost(declared):
    assert Converter(declared).accuracy_note is None


@pytest.mark.parametrize(
    ("declared", "metres"),
    [("EPSG:4610", "127"), ("EPSG:2380", "127"), (ESRI_XIAN, "127"), ("北京54", "105")],
)
def test_old_datums_say_how_far_they_may_be_off(declared, metres):
    note = Converter(declared).accuracy_note
    assert note is not None
    assert metres in str(note)


def test_a_coarse_datum_shift_elsewhere_in_the_world_is_told_too():
    assert "about" in str(Converter("EPSG:4267").accuracy_note)
    assert Converter("EPSG:4674").accuracy_note is None  # SIRGAS 2000, of the worked example


def test_wgs84_degrees_are_taken_over_unchanged():
    converter = Converter("WGS84")
    assert converter.is_identity
    assert converter.coordinates([106.33], [38.1])[0][0] == 106.33


def test_longitude_always_comes_first():
    x, y = Converter("EPSG:4544").coordinates_back([106.33], [38.1])
    assert 600_000 < x[0] < 700_000
    assert 4_200_000 < y[0] < 4_300_000


CHINESE = [
    "EPSG:4490",
    "EPSG:4326",
    "EPSG:4544",
    "EPSG:4523",
    "EPSG:4507",
    "EPSG:4496",
    "EPSG:3857",
    "EPSG:2380",
    "gcj02",
    "bd09",
]


@pytest.mark.parametrize("declared", CHINESE)
@settings(max_examples=60, deadline=None)
@given(lon=st.floats(103.5, 107.5), lat=st.floats(34.0, 42.0))
def test_there_and_back_is_the_same_place(declared, lon, lat):
    converter = Converter(declared)
    back = converter.coordinates(*converter.coordinates_back([lon], [lat]))
    assert distance_m([lon], [lat], *back)[0] < 0.001


def test_geometries_of_all_kinds_are_converted_without_their_heights():
    source = Converter("gcj02")
    shapes = np.array(
        [
            shapely.Point(106.3, 38.1, 1100),
            shapely.LineString([(106.3, 38.1), (106.4, 38.1)]),
            shapely.MultiPolygon([shapely.box(106, 38, 106.1, 38.1)]),
            None,
            shapely.Point(),
        ],
        dtype=object,
    )
    result = source.geometries(shapes)
    assert result[3] is None
    assert result[4].is_empty
    assert not shapely.has_z(result[:3]).any()
    assert [g.geom_type for g in result[:3]] == ["Point", "LineString", "MultiPolygon"]
    expected = source.coordinates([106.3], [38.1])
    assert (result[0].x, result[0].y) == (expected[0][0], expected[1][0])
    assert shapely.has_z(shapes[0])


def test_one_geometry_is_converted_like_many():
    converter = Converter("EPSG:4544")
    point = converter.geometry(shapely.Point(616_000, 4_218_000))
    assert isinstance(point, shapely.Point)
    assert 106 < point.x < 107
    assert 38 < point.y < 39


def test_a_point_outside_of_the_projection_is_not_finite():
    lon, lat = Converter("EPSG:4544").coordinates([1e30], [1e30])
    assert not np.isfinite(lon[0])
    assert not np.isfinite(lat[0])


# Ellipsoids of the three datums: semi-major axis in metres, reciprocal of the flattening.
ELLIPSOIDS = {
    "CGCS2000": (6_378_137.0, 298.257222101),
    "Xian80": (6_378_140.0, 298.257),
    "Beijing54": (6_378_245.0, 298.3),
}


def gauss_kruger(lon, lat, *, a, reciprocal, meridian, false_easting):
    """Krüger's series to the sixth order (Karney 2011, equations 7, 8, 11 and 35), written anew and not by way of PROJ."""
    f = 1 / reciprocal
    n, e = f / (2 - f), np.sqrt(f * (2 - f))
    radius = a / (1 + n) * (1 + n**2 / 4 + n**4 / 64 + n**6 / 256)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180 - 127 * n**5 / 288 + 7891 * n**6 / 37800,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440 + 281 * n**5 / 630 - 1983433 * n**6 / 1935360,
        61 * n**3 / 240 - 103 * n**4 / 140 + 15061 * n**5 / 26880 + 167603 * n**6 / 181440,
        49561 * n**4 / 161280 - 179 * n**5 / 168 + 6601661 * n**6 / 7257600,
        34729 * n**5 / 80640 - 3418889 * n**6 / 1995840,
        212378941 * n**6 / 319334400,
    )
    phi, lam = np.radians(lat), np.radians(lon - meridian)
    tau = np.sinh(np.arctanh(np.sin(phi)) - e * np.arctanh(e * np.sin(phi)))
    xi, eta = np.arctan2(tau, np.cos(lam)), np.arcsinh(np.sin(lam) / np.hypot(tau, np.cos(lam)))
    north, east = xi.copy(), eta.copy()
    for j, factor in enumerate(alpha, start=1):
        north += factor * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        east += factor * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
    return false_easting + radius * east, radius * north


@pytest.mark.parametrize("prefixed", [True, False])
def test_every_zone_of_every_datum_agrees_with_a_series_of_its_own(prefixed):
    for zone in zones(prefixed=prefixed):
        lon, lat = (
            axis.ravel()
            for axis in np.meshgrid(
                zone.central_meridian + np.array([-2.9, -1.5, 0.0, 0.7, 1.5]), [18.0, 33.0, 38.1, 53.0]
            )
        )
        a, reciprocal = ELLIPSOIDS[zone.datum]
        front = zone.number * 1_000_000 if prefixed else 0
        east, north = gauss_kruger(
            lon,
            lat,
            a=a,
            reciprocal=reciprocal,
            meridian=zone.central_meridian,
            false_easting=front + 500_000,
        )
        converter = Converter(f"EPSG:{zone.epsg}")
        assert distance_m(*converter.coordinates(east, north), lon, lat).max() < 1e-4
        assert (converter.accuracy_note is None) == (zone.datum == "CGCS2000")
        assert zone_named(converter.source.name) == zone
