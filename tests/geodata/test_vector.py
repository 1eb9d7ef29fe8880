from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import geopandas
import pytest
import shapely

from geo_registry.geodata.errors import (
    HostileFile,
    LayerChoiceNeeded,
    LimitExceeded,
    UnknownEncoding,
    UnreadableFile,
    UnsupportedFormat,
)
from geo_registry.geodata.readers import DEFAULT_LIMITS, open_source, vector
from geo_registry.geodata.records import Severity

from .files import places, shapefile

NAMES = ["崇兴镇", "郝家桥镇", "榛子沟"]


def read(path: Path, **options):
    with open_source(path, **options) as source:
        return source, list(source.rows())


@pytest.fixture(params=["gpkg", "geojson", "shp"])
def layer(request, tmp_path):
    path = tmp_path / f"设施.{request.param}"
    if request.param == "shp":
        return shapefile(tmp_path)
    places().to_file(path, engine="pyogrio")
    return path


def test_every_vector_format_gives_the_same_features(layer):
    source, rows = read(layer)
    assert source.columns == ("名称", "床位", "面积")
    assert source.row_count == 3
    assert source.declared_crs == "EPSG:4490"
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.values for row in rows] == [
        {"名称": "崇兴镇", "床位": 30, "面积": 220.5},
        {"名称": "郝家桥镇", "床位": 12, "面积": 90},
        {"名称": "榛子沟", "床位": 7, "面积": 61.25},
    ]
    assert shapely.equals_exact(rows[0].geometry, shapely.Point(106.30, 38.02), tolerance=1e-9)


def test_blocks_do_not_change_the_result(layer, monkeypatch):
    expected = [(row.number, row.values, row.geometry.wkt) for row in read(layer)[1]]
    for block in (1, 2, 3):
        monkeypatch.setattr(vector, "_BLOCK_FEATURES", block)
        monkeypatch.setattr(vector, "_MIN_BLOCK_FEATURES", block)
        assert [(row.number, row.values, row.geometry.wkt) for row in read(layer)[1]] == expected


@pytest.mark.parametrize(
    ("written", "cpg", "guessed"),
    [
        ("UTF-8", None, False),
        ("GBK", None, False),
        ("GBK", "936", False),
        ("GBK", "", True),
        ("UTF-8", "", True),
        ("GBK", "UTF-8", True),  # the declaration lies
        ("BIG5", "", True),
    ],
)
def test_the_encoding_of_a_shapefile_is_found(tmp_path, written, cpg, guessed):
    if written == "BIG5":
        frame = geopandas.GeoDataFrame(
            {"name": ["中山路社區", "人民路三十二巷", "安和里"]}, geometry=places().geometry, crs=4490
        )
        frame.to_file(tmp_path / "a.shp", engine="pyogrio", encoding="BIG5")
        (tmp_path / "a.cpg").unlink()
        source, rows = read(tmp_path / "a.shp")
        assert [row.values["name"] for row in rows] == list(frame["name"])
        assert source.encoding == "big5"
        return
    source, rows = read(shapefile(tmp_path, encoding=written, cpg=cpg))
    assert [row.values["名称"] for row in rows] == NAMES
    assert source.encoding == ("utf-8" if written == "UTF-8" else "gb18030")
    assert source.encoding_guessed is guessed
    assert bool(source.issues) is guessed
    if cpg == "UTF-8":
        assert source.issues[0].severity is Severity.WARNING
        assert "UTF-8" in str(source.issues[0].message)


def test_the_language_byte_of_the_table_is_believed(tmp_path):
    path = shapefile(tmp_path, encoding="GBK", cpg="")
    dbf = path.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    content[29] = 0x4D
    dbf.write_bytes(bytes(content))
    source, rows = read(path)
    assert (source.encoding, source.encoding_guessed) == ("gb18030", False)
    assert [row.values["名称"] for row in rows] == NAMES


def test_a_declared_encoding_outranks_the_file(tmp_path):
    path = shapefile(tmp_path, encoding="GBK", cpg="UTF-8")
    source, rows = read(path, encoding="GBK")
    assert (source.encoding, source.encoding_guessed, source.issues) == ("gb18030", False, [])
    assert [row.values["名称"] for row in rows] == NAMES
    with pytest.raises(UnknownEncoding, match="klingon"):
        open_source(path, encoding="klingon")


def test_a_text_cut_in_the_middle_of_a_character_costs_only_that_character(tmp_path):
    path = shapefile(tmp_path, encoding="GBK")
    dbf = path.with_suffix(".dbf")
    content = dbf.read_bytes()
    whole = "郝家桥镇".encode("gbk")
    assert whole in content
    dbf.write_bytes(content.replace(whole, whole[:-1] + b" "))
    source, rows = read(path)
    assert [row.values["名称"] for row in rows] == ["崇兴镇", "郝家桥", "榛子沟"]
    assert [(issue.row, issue.column) for issue in source.issues] == [(2, "名称")]


def test_a_missing_part_of_a_shapefile_is_named(tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(UnreadableFile, match=r"its .dbf part is missing"):
        open_source(path)


def test_a_shapefile_without_prj_declares_no_coordinate_system(tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    assert read(path)[0].declared_crs is None


def test_parts_with_extensions_in_capitals_belong_together(tmp_path):
    path = shapefile(tmp_path)
    for part in list(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    source, rows = read(path.with_suffix(".SHP"))
    assert [row.values["名称"] for row in rows] == NAMES
    assert len(source.parts) == 5


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("keep", [0.2, 0.6, 0.97])
def test_a_cut_part_of_a_shapefile_is_named(tmp_path, part, keep):
    path = shapefile(tmp_path)
    content = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(UnreadableFile, match=rf"\{part}"):
        open_source(path)


def test_parts_of_two_shapefiles_are_not_mixed(tmp_path):
    path = shapefile(tmp_path / "a")
    places().iloc[:2].to_file(tmp_path / "b.shp", engine="pyogrio", encoding="UTF-8")
    path.with_suffix(".dbf").write_bytes((tmp_path / "b.dbf").read_bytes())
    with pytest.raises(UnreadableFile, match="3 shapes, but 2 rows"):
        open_source(path)


def test_only_a_part_of_a_shapefile_is_asked_for_the_rest(tmp_path):
    path = shapefile(tmp_path)
    with pytest.raises(UnsupportedFormat, match="one part of a shapefile"):
        open_source(path.with_suffix(".shx"))


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.8])
def test_a_cut_file_is_called_damaged(tmp_path, suffix, keep):
    path = tmp_path / f"a{suffix}"
    places().to_file(path, engine="pyogrio")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises((UnreadableFile, UnsupportedFormat)) as caught, open_source(path) as source:
        list(source.rows())
    assert "a." in str(caught.value)


def test_layers_are_chosen_by_name(tmp_path):
    path = tmp_path / "a.gpkg"
    places().to_file(path, layer="设施", engine="pyogrio")
    places().iloc[:1].to_file(path, layer="村", engine="pyogrio")
    with pytest.raises(LayerChoiceNeeded) as caught:
        open_source(path)
    assert set(caught.value.layers) == {"设施", "村"}
    assert len(read(path, layer="村")[1]) == 1
    with pytest.raises(LayerChoiceNeeded, match="no layer “路”"):
        open_source(path, layer="路")


def test_a_zip_with_two_shapefiles_needs_a_choice(tmp_path):
    from .files import zipped

    shapefile(tmp_path / "s", name="点")
    shapefile(tmp_path / "s", name="面")
    path = zipped(tmp_path / "a.zip", tmp_path / "s")
    with pytest.raises(LayerChoiceNeeded, match="several layers"):
        open_source(path)
    assert read(path, layer="面")[0].layer == "面"


def test_values_of_geojson_are_plain(tmp_path):
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [106.3, 38.1, 1100]},
            "properties": first,
        }
        for first in (
            {
                "i": 1,
                "f": 1.5,
                "b": True,
                "s": "x ",
                "l": ["甲", "乙"],
                "d": "2024-01-02",
                "t": "2024-01-02T03:04:05Z",
            },
            {"i": None, "f": None, "b": None, "s": None, "l": None, "d": None, "t": None},
        )
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    source, rows = read(path)
    assert rows[0].values == {
        "i": 1,
        "f": 1.5,
        "b": True,
        "s": "x",
        "l": "甲;乙",
        "d": dt.date(2024, 1, 2),
        "t": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
    }
    assert (type(rows[0].values["i"]), type(rows[0].values["b"])) == (int, bool)
    assert set(rows[1].values.values()) == {None}
    assert rows[0].geometry.has_z
    assert source.geometry_type == "Point Z"


def test_a_feature_without_a_geometry_is_a_row(tmp_path):
    path = tmp_path / "a.geojson"
    feature = {"type": "Feature", "geometry": None, "properties": {"名称": "甲"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False))
    _, rows = read(path)
    assert (rows[0].values, rows[0].geometry) == ({"名称": "甲"}, None)


def test_a_projected_layer_says_so(tmp_path):
    places().to_crs(4544).to_file(tmp_path / "a.gpkg", engine="pyogrio")
    assert read(tmp_path / "a.gpkg")[0].declared_crs == "EPSG:4544"


@pytest.mark.parametrize("name", ["a!b.gpkg", "a?b.gpkg", "有 空格.zip.gpkg", "http:a.gpkg"])
def test_a_files_name_is_never_an_instruction(tmp_path, name):
    places().to_file(tmp_path / "plain.gpkg", layer="plain", engine="pyogrio")
    path = (tmp_path / "plain.gpkg").rename(tmp_path / name)
    assert len(read(path)[1]) == 3


VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{other}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("suffix", [".csv", ".vrt", ".kml", ".geojson", ".shp", ".gpkg", ".xlsx"])
@pytest.mark.parametrize("wrap", ["{vrt}", "<kml><!-- {vrt} --></kml>"])
def test_no_file_can_make_another_one_be_read(tmp_path, suffix, wrap):
    places().to_file(tmp_path / "secret.geojson", engine="pyogrio")
    path = tmp_path / f"a{suffix}"
    path.write_text(wrap.format(vrt=VRT.format(other=tmp_path / "secret.geojson")))
    with pytest.raises((UnsupportedFormat, HostileFile)):
        open_source(path)


def test_a_pipeline_dressed_as_geojson_is_refused(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read secret", "x": {"type": "Point"}}'
    )
    with pytest.raises(UnsupportedFormat):
        open_source(path)


def test_the_vrt_driver_is_not_even_registered_however_things_are_imported():
    for first in ("import geo_registry, geopandas", "import geo_registry.geodata.readers.vector"):
        code = f"{first}; import pyogrio; print('OGR_VRT' in pyogrio.list_drivers())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "False"


def test_the_reader_refuses_to_work_where_the_vrt_driver_is_registered(tmp_path, monkeypatch):
    places().to_file(tmp_path / "a.gpkg", engine="pyogrio")
    monkeypatch.setattr(vector.pyogrio, "list_drivers", lambda: {"OGR_VRT": "r"})
    with pytest.raises(RuntimeError, match="GDAL_SKIP"):
        open_source(tmp_path / "a.gpkg")


@pytest.mark.parametrize(
    ("limits", "says"), [({"max_rows": 2}, "3 features"), ({"max_columns": 2}, "3 columns")]
)
def test_limits_end_in_one_sentence(layer, limits, says):
    with pytest.raises(LimitExceeded, match=says):
        open_source(layer, limits=replace(DEFAULT_LIMITS, **limits))


def test_gpx_shows_only_the_layers_that_have_something(tmp_path):
    path = tmp_path / "a.gpx"
    path.write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="38.1" lon="106.3"><name>甲</name></wpt></gpx>'
    )
    source, rows = read(path)
    assert source.layers == ("waypoints",)
    assert (rows[0].values["name"], rows[0].geometry.x) == ("甲", 106.3)
