"""Headers of tables may say which co-ordinates stand below them."""

from __future__ import annotations

import pytest

from geo_registry.geodata.readers import open_source
from geo_registry.geodata.readers.header_crs import system_in


@pytest.mark.parametrize(
    ("headers", "system"),
    [
        (["名称", "经度（CGCS2000）", "纬度（CGCS2000）"], "EPSG:4490"),
        (["经度(WGS-84)", "纬度(WGS-84)"], "EPSG:4326"),
        (["高德经度", "高德纬度"], "GCJ-02"),
        (["lon_bd09", "lat_bd09"], "BD-09"),
        (["ＧＣＪ０２经度", "GCJ02纬度"], "GCJ-02"),
        (["经度", "纬度"], None),
        (["高德经度", "百度纬度"], None),
        (["经度", "纬度", "高德经度", "高德纬度"], None),
        (["X坐标（CGCS2000）", "Y坐标（CGCS2000）"], None),
        (["坐标（EPSG:4490）"], "EPSG:4490"),
        (["X坐标（EPSG:4544）", "Y坐标（EPSG:4544）"], "EPSG:4544"),
        (["高德坐标"], "GCJ-02"),
        (["坐标(BD-09)", "坐标来源"], "BD-09"),
        (["坐标（WGS84）"], "EPSG:4326"),
        (["百度百科", "经度", "platform_wgs84"], None),
    ],
)
def test_the_system_is_read_where_headers_of_degrees_name_one(headers, system):
    assert system_in(headers) == system


def test_a_table_declares_what_its_headers_say(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度（CGCS2000）,纬度（CGCS2000）\n甲,106.3,38.1\n", encoding="utf-8")
    with open_source(path) as source:
        assert source.declared_crs == "EPSG:4490"
