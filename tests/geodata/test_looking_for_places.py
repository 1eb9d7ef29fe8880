"""Where a table says where its rows lie, under whatever header, a first look finds it and what speaks for each system."""

from __future__ import annotations

import pytest

from geo_registry.geodata.looking import look
from geo_registry.geodata.readers.header_crs import system_in

LINE = "LINESTRING (106.30 38.10, 106.31 38.11)"
AREA = "POLYGON ((106.3 38.1, 106.31 38.1, 106.31 38.11, 106.3 38.1))"


def looked(tmp_path, header, *cells, **options):
    path = tmp_path / "a.csv"
    lines = [f"名称\t{header}", *(f"第{at}条\t{cell}" for at, cell in enumerate(cells))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return look(path, **options)


@pytest.mark.parametrize("header", ["坐标", "wkt", "线位", "边界范围"])
def test_lines_and_areas_in_a_column_of_text_are_found_and_asked_about(tmp_path, header):
    seen = looked(tmp_path, header, LINE, AREA)
    assert seen.position == header
    assert seen.declared_crs is None
    assert {candidate.key for candidate in seen.crs} >= {"EPSG:4490", "GCJ-02", "BD-09"}
    assert all(candidate.lon == pytest.approx(106.3, abs=0.02) for candidate in seen.crs)


def test_a_column_of_other_texts_is_no_column_of_places(tmp_path):
    seen = looked(tmp_path, "起止点", LINE, "东起西昌街")
    assert (seen.position, seen.crs) == (None, ())


def test_a_column_that_the_user_names_is_looked_at(tmp_path):
    seen = looked(tmp_path, "起止点", "106.30,38.10", position_column="起止点")
    assert seen.position == "起止点"
    assert seen.crs


def test_cells_that_all_name_one_system_declare_it(tmp_path):
    assert looked(tmp_path, "wkt", f"SRID=4490;{LINE}", f"SRID=4490;{AREA}").declared_crs == "EPSG:4490"
    assert looked(tmp_path, "wkt", f"SRID=4490;{LINE}", AREA).declared_crs is None
    assert looked(tmp_path, "wkt", f"SRID=4490;{LINE}", f"SRID=4326;{AREA}").declared_crs is None


def test_columns_of_names_in_two_rows_tell_their_system(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称;坐标·经度;坐标·纬度\n甲;106.3;38.1\n", encoding="utf-8")
    assert look(path).crs[0].key == "EPSG:4490"


@pytest.mark.parametrize(
    ("header", "system"),
    [
        ("坐标（CGCS2000）", "EPSG:4490"),
        ("wkt_gcj02", "GCJ-02"),
        ("百度坐标", "BD-09"),
        ("坐标（CGCS2000）（续1）", "EPSG:4490"),
        ("坐标来源（CGCS2000）", None),
        ("坐标系CGCS2000", None),
        ("Y坐标（WGS84）", None),
        ("坐标", None),
    ],
)
def test_headers_of_places_in_one_cell_name_their_system(header, system):
    assert system_in(["名称", header]) == system
    assert system_in(["经度（CGCS2000）", "纬度（CGCS2000）", header]) == (
        "EPSG:4490" if system in {None, "EPSG:4490"} else None
    )
