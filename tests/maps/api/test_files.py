"""A collection as one file: everything that fits, nothing that is not public, and its licence within."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import osmium
import pyogrio
import pytest

from facilities.models import Facility
from geo_registry.reference.models import Source
from maps.api import files, views_more
from maps.api.collections import COLLECTIONS


@pytest.fixture
def fetch(client, registry, tmp_path: Path):
    """Download a file, and return where it lies."""

    def ask(name: str, ending: str, **query: str) -> Path:
        answer = client.get(
            f"/api/collections/{name}/download.{ending}", query, headers={"accept-language": "en"}
        )
        assert answer.status_code == 200, answer
        assert answer["Content-Disposition"].startswith("attachment")
        assert 'rel="license"' in answer["Link"]
        target = tmp_path / f"{name}.{files.FORMATS[ending].suffix}"
        target.write_bytes(b"".join(answer.streaming_content))
        return target

    return ask


KINDS = [(name, ending) for name, one in COLLECTIONS.items() for ending in files.formats_of(one)]


@pytest.mark.parametrize(("name", "ending"), KINDS)
def test_every_file_holds_what_is_public_and_no_more(client, fetch, registry, name: str, ending: str) -> None:
    expected = client.get(f"/api/collections/{name}/items", {"f": "json"}).json()["numberMatched"]
    path = fetch(name, ending)
    content = path.read_bytes()
    if ending == "shp":
        with zipfile.ZipFile(path) as archive:
            content = b"".join(archive.read(part) for part in archive.namelist())
    for word in ("HIDDEN", "PRIVATE"):
        assert word.encode() not in content
    assert count(path, ending, name) == expected


def count(path: Path, ending: str, name: str) -> int:
    if ending == "csv":
        return len(list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))))
    if ending == "shp":
        with zipfile.ZipFile(path) as archive:
            shapes = [part for part in archive.namelist() if part.endswith(".shp")]
        return sum(len(pyogrio.read_dataframe(f"/vsizip/{path}/{shape}")) for shape in shapes)
    if ending == "osm":
        found = [one for one in osmium.FileProcessor(str(path)) if len(one.tags)]
        return len(found)
    return len(pyogrio.read_dataframe(path, layer=name if ending == "gpkg" else None))


def test_a_geopackage_has_types_a_system_and_its_licence(fetch) -> None:
    path = fetch("facilities", "gpkg")
    frame = pyogrio.read_dataframe(path, layer="facilities")
    assert frame.crs.to_epsg() == 4490
    assert frame["in_operation"].dtype == bool
    assert str(frame["status_since"].dtype).startswith("datetime64")
    assert frame.geometry.x.min() > 100
    about = pyogrio.read_dataframe(path, layer="about")
    assert "CC BY 4.0" in " ".join(about["value"])


def test_geojson_says_its_licence_and_whether_it_is_invented(fetch) -> None:
    body = json.loads(fetch("place-names", "geojson").read_text("utf-8"))
    assert body["demo"] is True
    assert body["notice"] == "示范数据"
    assert json.loads(fetch("facilities", "geojson").read_text("utf-8"))["licences"].endswith("CC BY 4.0")


def test_what_is_invented_is_marked_in_the_files_name_and_in_each_row(client, registry, fetch) -> None:
    Source.objects.update(is_demo=True)
    answer = client.get("/api/collections/facilities/download.csv")
    assert b"".join(answer.streaming_content)
    assert "%E7%A4%BA%E8%8C%83%E6%95%B0%E6%8D%AE" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(fetch("facilities", "csv").read_text("utf-8-sig"))))
    assert {row["notice"] for row in rows} == {"示范数据"}
    with zipfile.ZipFile(fetch("facilities", "shp")) as archive:
        assert "示范数据" in archive.read("README.txt").decode("utf-8-sig")


def test_no_cell_of_a_table_is_a_formula(registry, fetch) -> None:
    Facility.objects.filter(number="F-1").update(name="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(fetch("facilities", "csv").read_text("utf-8-sig"))))
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert (rows[0]["lon"], rows[0]["lat"]) == ("106.01", "38.0")


def test_a_shapefile_has_its_sidecars_and_says_what_was_cut(registry, fetch) -> None:
    Facility.objects.filter(number="F-1").update(address="长" * 100)
    Facility.objects.filter(number="F-2").update(location=None)
    path = fetch("facilities", "shp")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        assert {f"facilities-point.{ending}" for ending in ("shp", "shx", "dbf", "prj", "cpg")} <= names
        readme = archive.read("README.txt").decode("utf-8-sig")
    assert "1 texts were cut" in readme
    frame = pyogrio.read_dataframe(f"/vsizip/{path}/facilities-point.shp")
    assert len(frame) == 5
    assert frame.geometry.isna().sum() == 1
    assert frame["name"].iloc[0] == "西湖1号助餐点"


def test_a_file_holds_what_the_conditions_fit(fetch) -> None:
    path = fetch("facilities", "csv", bbox="106.015,37.9,106.035,38.1", fields="number,name")
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert [row["number"] for row in rows] == ["F-2", "F-3"]
    assert set(rows[0]) == {"number", "name", "lon", "lat", "licence", "notice"}
    path = fetch("facilities", "geojson", filter="number > 'F-3'")
    assert len(json.loads(path.read_text("utf-8"))["features"]) == 2


def test_a_file_of_nothing_is_a_file(fetch) -> None:
    for ending in files.FORMATS:
        path = fetch("facilities", ending, filter="name = 'nothing'")
        assert count(path, ending, "facilities") == 0


def test_openstreetmaps_tags_are_those_of_the_kind_and_roads_share_their_nodes(registry, fetch) -> None:
    registry.facilities[0].kind.__class__.objects.update(
        osm_tags={"amenity": "social_facility", "social_facility": "outreach"}
    )
    registry.facilities[0].__class__.objects.filter(number="F-1").update(step_free_entrance="no")
    path = fetch("facilities", "osm")
    assert 'upload="false"' in path.read_text("utf-8")
    tags = {one.tags["ref"]: dict(one.tags) for one in osmium.FileProcessor(str(path))}
    assert tags["F-1"]["wheelchair"] == "no"
    assert not [ref for ref, found in tags.items() if ref != "F-1" and "wheelchair" in found]
    assert tags["F-1"]["amenity"] == "social_facility"
    assert tags["F-1"]["name"] == "西湖1号助餐点"
    ways = [
        (one.tags["name"], len(one.nodes))
        for one in osmium.FileProcessor(str(fetch("roads", "osm")))
        if one.is_way()
    ]
    assert [name for name, _nodes in ways] == ["西湖路"]
    assert ways[0][1] >= 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": "1"}, 400),
        ({"sortby": "name"}, 400),
        ({"private_phone": "1"}, 400),
        ({"filter": "x ="}, 400),
    ],
)
def test_what_is_not_understood_is_refused(get, query, status) -> None:
    get("collections/facilities/download.csv", status=status, **query)
    get("collections/facilities/download.exe", status=404)
    get("collections/divisions/download.osm", status=404)


def test_too_much_is_refused_and_a_full_disk_is_said(get, monkeypatch, settings) -> None:
    monkeypatch.setattr(files, "MOST", 3)
    body = get("collections/facilities/download.csv", status=413)
    assert "3 features" in body["detail"]
    monkeypatch.undo()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(
        files.FORMATS, "csv", files.Format(words="x", media=files.CSV, suffix="csv", write=full)
    )
    get("collections/facilities/download.csv", status=503)
    monkeypatch.undo()
    monkeypatch.setattr(views_more.settings, "ATTACHMENTS_RESERVE_MB", 10**9)
    get("collections/facilities/download.csv", status=503)


def test_nothing_is_left_behind(settings, fetch) -> None:
    fetch("facilities", "gpkg")
    assert list(Path(settings.EXPORTS_DIR).glob("download-*")) == []


def test_the_tiles_are_described_as_they_are(client, registry) -> None:
    body = client.get("/api/tiles.json").json()
    assert body["tilejson"] == "3.0.0"
    assert body["tiles"] == ["http://testserver/tiles/base/{z}/{x}/{y}.mvt"]
    assert {layer["id"] for layer in body["vector_layers"]} == {
        "home",
        "built",
        "roads",
        "boundaries",
        "names",
        "places",
    }
    roads = next(layer for layer in body["vector_layers"] if layer["id"] == "roads")
    assert roads["fields"]["name"] == "String"
    assert roads["fields"]["bridge"] == "Boolean"
    assert roads["minzoom"] == 5
    assert "示范数据" in body["attribution"]
    assert client.get("/api/tiles.json?x=1").status_code == 400
    west, south, east, north = body["bounds"]
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90
    answer = client.get("/tiles/base/5/25/12.mvt")
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_tables_file_reads_back(fetch) -> None:
    text = fetch("roads", "csv").read_text("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert row["wkt"].startswith("LINESTRING")
