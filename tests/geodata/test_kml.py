from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from geo_registry.geodata.errors import HostileFile, LimitExceeded, UnreadableFile
from geo_registry.geodata.readers import DEFAULT_LIMITS, open_source

from .files import kml, kml_text

POINT = "<Point><coordinates>106.3,38.1,1100</coordinates></Point>"
RING = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
SQUARE = RING.format("106,38 106.1,38 106.1,38.1 106,38.1 106,38")
HOLE = RING.format("106.02,38.02 106.04,38.02 106.04,38.04 106.02,38.02")


def placemark(geometry: str, extra: str = "<name>甲</name>") -> str:
    return f"<Placemark>{extra}{geometry}</Placemark>"


def read(path: Path, **options):
    with open_source(path, **options) as source:
        return source, list(source.rows())


def test_columns_with_chinese_names_folders_and_both_kinds_of_data_are_kept(tmp_path):
    data = (
        '<name>甲</name><description><![CDATA[<b>x</b>]]></description><ExtendedData><Data name="类型"><value>助餐点</value></Data>'
        '<SchemaData schemaUrl="#s"><SimpleData name="床位数">12</SimpleData></SchemaData></ExtendedData>'
    )
    body = f"<Folder><name>灵武</name><Folder><name>崇兴镇</name>{placemark(POINT, data)}</Folder></Folder>{placemark(POINT)}"
    source, rows = read(kml(tmp_path / "a.kml", body))
    assert source.columns == ("name", "description", "folder", "类型", "床位数")
    assert source.declared_crs == "EPSG:4326"
    assert source.row_count == 2
    assert rows[0].values == {
        "name": "甲",
        "description": "x",
        "folder": "灵武 / 崇兴镇",
        "类型": "助餐点",
        "床位数": "12",
    }
    assert rows[1].values == {"name": "甲", "description": None, "folder": None, "类型": None, "床位数": None}


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        (POINT, "POINT (106.3 38.1)"),
        (
            "<LineString><coordinates>106,38,0\n 107,39,0 </coordinates></LineString>",
            "LINESTRING (106 38, 107 39)",
        ),
        (
            f"<Polygon><outerBoundaryIs>{SQUARE}</outerBoundaryIs><innerBoundaryIs>{HOLE}</innerBoundaryIs></Polygon>",
            (
                "POLYGON ((106 38, 106.1 38, 106.1 38.1, 106 38.1, 106 38), "
                "(106.02 38.02, 106.04 38.02, 106.04 38.04, 106.02 38.02))"
            ),
        ),
        (f"<MultiGeometry>{POINT}{POINT}</MultiGeometry>", "MULTIPOINT ((106.3 38.1), (106.3 38.1))"),
        (
            f"<MultiGeometry>{POINT}<LineString><coordinates>1,2 3,4</coordinates></LineString></MultiGeometry>",
            "GEOMETRYCOLLECTION (POINT (106.3 38.1), LINESTRING (1 2, 3 4))",
        ),
        ("", None),
    ],
)
def test_geometries(tmp_path, geometry, wkt):
    _, rows = read(kml(tmp_path / "a.kml", placemark(geometry)))
    assert (rows[0].geometry.wkt if rows[0].geometry else None) == wkt


@pytest.mark.parametrize("text", ["", "106.3", "a,b", "nan,1 2,3", "inf,1 2,3"])
def test_a_geometry_that_cannot_be_read_is_named_and_the_row_is_kept(tmp_path, text):
    bad = f"<LineString><coordinates>{text}</coordinates></LineString>"
    source, rows = read(kml(tmp_path / "a.kml", placemark(POINT) + placemark(bad)))
    assert rows[1].geometry is None
    assert rows[0].geometry is not None
    assert [(issue.row, str(issue.message)[:12]) for issue in source.issues] == [(2, "The geometry")]


def test_a_kmz_is_read_through_its_doc_kml(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", kml_text(placemark(POINT)))
        archive.writestr("files/other.kml", kml_text("<Style id='s'/>"))
        archive.writestr("files/picture.png", b"\x89PNG")
    source, rows = read(tmp_path / "a.kmz")
    assert source.format == "kmz"
    assert rows[0].geometry is not None


def test_other_encodings_are_declared_by_the_xml(tmp_path):
    path = tmp_path / "a.kml"
    path.write_bytes(kml_text(placemark(POINT)).encode("utf-16"))
    path.write_bytes(
        kml_text(placemark(POINT)).replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    )
    assert read(path)[1][0].values["name"] == "甲"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE kml [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused(tmp_path, prolog):
    with pytest.raises(HostileFile, match="entities"):
        open_source(kml(tmp_path / "a.kml", placemark(POINT), prolog=prolog))


@pytest.mark.parametrize("keep", [0.4, 0.7, 0.99])
def test_a_cut_file_is_named_with_its_line(tmp_path, keep):
    path = kml(tmp_path / "a.kml", placemark(POINT) * 3)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(UnreadableFile, match="near line 1"):
        open_source(path)


def test_a_file_without_placemarks_is_called_so(tmp_path):
    with pytest.raises(UnreadableFile, match="no placemarks"):
        open_source(kml(tmp_path / "a.kml", "<Folder/>"))


@pytest.mark.parametrize("limits", [{"max_rows": 2}, {"max_text_chars": 3}])
def test_limits_end_in_one_sentence(tmp_path, limits):
    path = kml(tmp_path / "a.kml", placemark(POINT, "<name>四个汉字</name>") * 3)
    with pytest.raises(LimitExceeded):
        open_source(path, limits=replace(DEFAULT_LIMITS, **limits))


TRACK = (
    "<gx:Track xmlns:gx='http://www.google.com/kml/ext/2.2'><when>2026-05-01T08:00:00Z</when>"
    "<when>2026-05-01T08:00:10Z</when><gx:coord>106.001 38.001 1100</gx:coord><gx:coord>106.0012 38.0011 1100</gx:coord></gx:Track>"
)


def test_a_phones_track_is_a_line_with_the_time_of_each_position(tmp_path):
    _, (row,) = read(kml(tmp_path / "a.kml", placemark(TRACK, "<name>巡查</name>")))
    assert row.geometry.wkt == "LINESTRING (106.001 38.001, 106.0012 38.0011)"
    assert row.times == ("2026-05-01T08:00:00Z", "2026-05-01T08:00:10Z")
    assert row.values["name"] == "巡查"


def test_several_tracks_of_one_placemark_stay_several(tmp_path):
    wrapped = f"<gx:MultiTrack xmlns:gx='http://www.google.com/kml/ext/2.2'>{TRACK}{TRACK}</gx:MultiTrack>"
    _, (row,) = read(kml(tmp_path / "a.kml", placemark(wrapped)))
    assert row.geometry.geom_type == "MultiLineString"
    assert len(row.times) == 4


@pytest.mark.parametrize("coord", ["", "106.0", "a b c", "nan 38 0"])
def test_a_position_of_a_track_that_cannot_be_read_is_named(tmp_path, coord):
    bad = TRACK.replace("106.001 38.001 1100", coord)
    source, (row,) = read(kml(tmp_path / "a.kml", placemark(bad)))
    assert row.geometry is None
    assert [issue.row for issue in source.issues] == [1]


def test_a_track_with_a_time_too_few_keeps_its_line(tmp_path):
    _, (row,) = read(
        kml(tmp_path / "a.kml", placemark(TRACK.replace("<when>2026-05-01T08:00:10Z</when>", "")))
    )
    assert row.geometry.geom_type == "LineString"
    assert row.times == ()
