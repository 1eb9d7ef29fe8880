"""Real names and codes on invented areas that fit together."""

from __future__ import annotations

import shapely

from .conftest import DEMO

COUNTY = "640181"
KIND = {"village": "村", "community": "社区", "living_area": "生活区"}


def test_every_unit_keeps_its_official_name_code_and_kind(divisions, units):
    villages = divisions[divisions["级别"] == "村级"]
    assert dict(villages["名称"]) == dict(units["name"])
    assert dict(villages["类型"]) == {code: KIND[kind] for code, kind in units["kind"].items()}
    assert (villages["上级"] == villages.index.str[:9]).all()


def test_the_ten_townships_hang_under_the_county_and_it_under_city_and_region(divisions, towns):
    townships = divisions[divisions["级别"] == "乡级"]
    assert dict(townships["名称"]) == dict(towns["name"])
    assert set(townships["上级"]) == {COUNTY}
    assert divisions.loc[COUNTY, "上级"] == "640100"
    assert divisions.loc["640100", "上级"] == "640000"


def test_only_the_farm_is_left_out_of_denominators(divisions):
    assert divisions.index[divisions["计入"] == "否"].to_list() == ["640181400"]


def test_region_and_city_have_no_area_and_all_others_do(divisions):
    assert divisions.index[divisions.geometry.isna()].to_list() == ["640000", "640100"]
    assert divisions.geometry.dropna().is_valid.all()


def test_villages_meet_without_gap_or_overlap(divisions):
    villages = divisions[divisions["级别"] == "村级"].geometry
    assert shapely.coverage_is_valid(villages.to_numpy())
    assert shapely.equals(shapely.union_all(villages.to_numpy()), divisions.loc[COUNTY, "geometry"])


def test_townships_are_the_union_of_their_villages(divisions):
    for code, area in divisions[divisions["级别"] == "乡级"].geometry.items():
        own = divisions[divisions["上级"] == code].geometry.to_numpy()
        assert shapely.equals(shapely.union_all(own), area), code


def test_each_unit_is_one_piece_and_holds_its_seat(divisions):
    villages = divisions[divisions["级别"] == "村级"]
    assert (shapely.get_num_geometries(villages.geometry.to_numpy()) == 1).all()
    seats = shapely.points(villages["经度"].to_numpy(), villages["纬度"].to_numpy())
    assert shapely.covers(villages.geometry.to_numpy(), seats).all()


def test_township_centres_of_the_sources_lie_in_their_townships(divisions, towns):
    for code, town in towns[towns["lon"].notna()].iterrows():
        centre = shapely.Point(float(town["lon"]), float(town["lat"]))
        assert divisions.loc[code, "geometry"].covers(centre), town["name"]


def test_the_county_lies_within_its_published_extent_and_has_a_published_area(divisions):
    west, south, east, north = divisions.loc[COUNTY, "geometry"].bounds
    assert west > 106.17
    assert south > 37.59
    assert east < 106.88
    assert north < 38.36
    area_km2 = divisions.to_crs("EPSG:6933").loc[COUNTY, "geometry"].area / 1e6
    assert 3009 < area_km2 < 4639


def test_shapefiles_say_their_datum_and_encoding(divisions, roads, population):
    assert {frame.crs.to_epsg() for frame in (divisions, roads, population)} == {4490}
    encodings = {path.stem: path.read_text(encoding="ascii") for path in DEMO.glob("*.cpg")}
    assert encodings == {"divisions": "UTF-8", "roads": "UTF-8", "built_up_areas": "GBK"}
