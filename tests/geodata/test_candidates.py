from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_registry.geodata.crs import Converter
from geo_registry.geodata.crs_guess import crs_candidates
from geo_registry.geodata.gauss_kruger import zones
from geo_registry.geodata.readers import open_source
from geo_registry.geodata.readers.encoding_choice import encoding_candidates

from .files import shapefile, xlsx

LINGWU = (105.0, 36.5, 107.5, 39.0)
LON, LAT = np.array([106.30, 106.27, 106.61]), np.array([38.02, 37.95, 37.90])
TEXT = "名称,地址\n崇兴镇养老院,崇兴镇中心村\n郝家桥镇卫生院,郝家桥镇\n"


# -- co-ordinate systems -----------------------------------------------------------------------------------


def test_degrees_may_be_any_of_four_and_the_official_one_stands_first():
    found = crs_candidates(LON, LAT)
    assert [candidate.key for candidate in found] == ["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"]
    assert found[0].lon == pytest.approx(106.30)
    assert abs(found[2].lon - found[0].lon) > 0.003  # GCJ-02 would lie hundreds of metres beside


@pytest.mark.parametrize(
    ("name", "key"), [("高德经度", "GCJ-02"), ("百度坐标", "BD-09"), ("wgs84_lon", "EPSG:4326")]
)
def test_a_name_in_the_file_decides_between_them(name, key):
    found = crs_candidates(LON, LAT, names=[name])
    assert found[0].key == key
    assert name[:2] in str(found[0].reason) or name[:3] in str(found[0].reason)


def test_what_the_file_declares_stands_first_if_it_can_be():
    assert crs_candidates(LON, LAT, declared="EPSG:4326")[0].key == "EPSG:4326"
    found = crs_candidates(LON, LAT, declared="EPSG:4544", expected=LINGWU)
    assert found[0].key == "EPSG:4490"
    assert found[-1].key == "EPSG:4544"
    assert "100 per cent of its co-ordinates cannot be that" in str(found[-1].reason)


@pytest.mark.parametrize("prefixed", [True, False])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_zone_of_metres_is_found(prefixed, swapped):
    for zone in zones(prefixed=prefixed):
        if zone.datum != "CGCS2000" or not abs(zone.central_meridian - 106.4) < zone.degrees / 2 + 0.2:
            continue
        x, y = Converter(f"EPSG:{zone.epsg}").coordinates_back(LON, LAT)
        found = crs_candidates(*((y, x) if swapped else (x, y)), expected=LINGWU)
        assert found[0].swapped is swapped
        keys = [candidate.key for candidate in found]
        assert f"EPSG:{zone.epsg}" in keys
        assert next(c for c in found if c.key == f"EPSG:{zone.epsg}").lon == pytest.approx(106.30, abs=1e-6)
        if prefixed:
            assert keys[0] == f"EPSG:{zone.epsg}"


def test_an_old_datum_comes_with_its_error():
    x, y = Converter("EPSG:2359").coordinates_back(LON, LAT)
    found = {
        candidate.key: candidate for candidate in crs_candidates(x, y, names=["西安80坐标"], expected=LINGWU)
    }
    assert next(iter(found)) == "EPSG:2359"
    assert "127 m" in str(found["EPSG:2359"].accuracy_note)


def test_without_knowing_where_no_zone_without_prefix_is_guessed():
    x, y = Converter("EPSG:4544").coordinates_back(LON, LAT)
    assert crs_candidates(x, y) == ()


def test_metres_of_web_maps_are_told():
    x, y = Converter("EPSG:3857").coordinates_back(LON, LAT)
    assert crs_candidates(x, y, expected=LINGWU)[0].key == "EPSG:3857"


@pytest.mark.parametrize("numbers", [[], [np.nan], [np.inf], [1e308], [0.0]])
def test_no_numbers_are_no_candidates(numbers):
    assert crs_candidates(numbers, numbers, expected=LINGWU) == ()


# -- encodings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "first"),
    [
        ("utf-8", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_the_likeliest_encoding_stands_first_with_what_it_would_read(tmp_path, encoding, first):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    found = encoding_candidates(path)
    assert found[0].name == first
    assert "崇兴镇养老院,崇兴镇中心村" in found[0].sample
    confidences = [candidate.confidence for candidate in found]
    assert confidences == sorted(confidences, reverse=True)
    with open_source(path) as source:
        assert source.encoding == first
        assert source.columns == ("名称", "地址")


def test_big5_is_offered_first_for_traditional_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("名稱,地址\n中山路社區,中山路三十二巷九十九號\n".encode("big5"))
    assert encoding_candidates(path)[0].name == "big5"


def test_a_shapefiles_text_is_shown_in_each_encoding(tmp_path):
    declared = encoding_candidates(shapefile(tmp_path / "a", encoding="GBK"))
    assert declared[0].name == "gb18030"
    assert ".cpg" in str(declared[0].reason)
    assert "崇兴镇" in declared[0].sample
    silent = encoding_candidates(shapefile(tmp_path / "b", encoding="GBK", cpg=""))
    assert silent[0].name == "gb18030"
    lied = encoding_candidates(shapefile(tmp_path / "c", encoding="GBK", cpg="UTF-8"))
    assert lied[0].name == "gb18030"
    assert not next(candidate for candidate in lied if candidate.name == "utf-8").fits


def test_a_spreadsheet_leaves_no_choice_of_encoding(tmp_path):
    assert encoding_candidates(xlsx(tmp_path / "a.xlsx", [["名称"], ["甲"]])) == ()


def test_the_centre_of_shapes_is_looked_at(tmp_path):
    import geopandas

    from geo_registry.geodata.looking import look

    areas = geopandas.GeoDataFrame(geometry=[shapely.box(106.2, 37.9, 106.4, 38.1)], crs="EPSG:4490")
    areas.to_file(tmp_path / "a.gpkg", engine="pyogrio")
    seen = look(tmp_path / "a.gpkg", expected=LINGWU)
    assert (seen.crs[0].key, seen.crs[0].lon) == ("EPSG:4490", pytest.approx(106.3))
