"""Where a named thing is, from files of every kind and from a phone; and in words."""

from __future__ import annotations

import json

import pytest
import shapely
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from geo_registry.territory.models import Division
from placenames.services.cases.shapes import ChooseLayer, read_shapes
from tests.factories import square
from tests.imports.files import csv_file, vector_file

from .test_flow import people, road_at

pytestmark = pytest.mark.django_db
__all__ = ["people"]
RING = [[106.001, 38.001], [106.003, 38.001], [106.003, 38.003], [106.001, 38.003], [106.001, 38.001]]
AREA = {"type": "Polygon", "coordinates": [RING]}
TRACK = """<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{body}</gpx>"""


def sent(name, content):
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def collection(*geometries):
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry in geometries]
    return {"type": "FeatureCollection", "features": features}


def test_of_an_area_with_its_label_the_area_is_meant(county):
    label = {"type": "Point", "coordinates": [106.002, 38.002]}
    found = read_shapes(upload=sent("a.geojson", collection(AREA, label)))
    assert (found.family, len(found.parts), found.left_out) == ("area", 1, 1)
    assert {tuple(c) for c in found.parts[0]["coordinates"][0]} == {tuple(c) for c in RING}


def test_several_lines_stay_several(county):
    lines = {"type": "MultiLineString", "coordinates": [RING[:2], RING[2:4]]}
    found = read_shapes(upload=sent("a.geojson", lines))
    assert (found.family, [part["type"] for part in found.parts]) == ("line", ["LineString", "LineString"])


def test_a_phones_track_is_cleaned_and_waypoints_are_points(county, kinds):
    fixes = "".join(f'<trkpt lat="38.{i:04d}" lon="106.001"/>' for i in range(10, 40))
    track = read_shapes(upload=sent("t.gpx", TRACK.format(body=f"<trk><trkseg>{fixes}</trkseg></trk>")))
    assert (track.family, len(track.parts)) == ("line", 1)
    assert len(track.parts[0]["coordinates"]) < 30
    marks = read_shapes(upload=sent("w.gpx", TRACK.format(body='<wpt lat="38.001" lon="106.001"/>')))
    assert (marks.family, marks.parts[0]["coordinates"]) == ("point", [106.001, 38.001])


def test_a_table_with_positions_is_read_once_its_co_ordinates_are_said(county, tmp_path):
    path = csv_file(tmp_path / "p.csv", [{"名称": "甲家庄", "经度": 106.001, "纬度": 38.001}])
    with pytest.raises(ValidationError):
        read_shapes(upload=sent("p.csv", path.read_bytes()))
    found = read_shapes(upload=sent("p.csv", path.read_bytes()), system="CGCS2000")
    assert (found.family, found.parts[0]["coordinates"]) == ("point", [106.001, 38.001])
    shifted = read_shapes(upload=sent("p.csv", path.read_bytes()), system="GCJ-02").parts[0]["coordinates"]
    assert 0.0005 < abs(shifted[0] - 106.001) < 0.02


def test_of_several_layers_one_is_chosen(county, tmp_path):
    for layer, x in (("甲", 106.001), ("乙", 106.002)):
        vector_file(tmp_path / "l.gpkg", [{"名称": "甲"}], [shapely.Point(x, 38.001)], layer=layer)
    content = (tmp_path / "l.gpkg").read_bytes()
    with pytest.raises(ChooseLayer) as choice:
        read_shapes(upload=sent("l.gpkg", content))
    assert set(choice.value.layers) == {"甲", "乙"}
    found = read_shapes(upload=sent("l.gpkg", content), layer="乙")
    assert found.parts[0]["coordinates"] == [106.002, 38.001]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", {"type": "Point", "coordinates": [10.0, 50.0]}),
        ("a.geojson", collection()),
        ("a.geojson", "{"),
        ("a.gpx", TRACK.format(body="")),
        ("a.exe", b"MZ" + bytes(200)),
        ("a.geojson", {"type": "MultiPoint", "coordinates": [[106 + i / 1e5, 38] for i in range(300)]}),
    ],
    ids=["far", "empty", "broken", "no track", "program", "too many"],
)
def test_what_cannot_be_a_place_is_refused_with_a_sentence(county, kinds, name, content, client, people):
    county.boundary = square(106.0, 38.0, half_deg=0.2)
    county.save()
    with pytest.raises(ValidationError) as refused:
        read_shapes(upload=sent(name, content))
    client.force_login(people["clerk"], backend="geo_registry.accounts.backends.PolicyBackend")
    answer = client.post(reverse("naming:shape"), {"file": sent(name, content)})
    assert (answer.status_code, answer.json()["error"]) == (422, " ".join(refused.value.messages))


def describe(client, geometry):
    return client.post(reverse("naming:describe"), {"geometry": json.dumps(geometry)}).json()


def test_what_was_drawn_is_told_in_words(client, people, village):
    client.force_login(people["clerk"], backend="geo_registry.accounts.backends.PolicyBackend")
    road_at(village, 38.0, name="兴业路")
    line = {"type": "LineString", "coordinates": [[106.002, 38.0], [106.002, 38.004]]}
    told = describe(client, line)
    assert told["extent"] == "南起兴业路，北至端点"
    assert told["course"].startswith("南北走向，长约440米")
    assert describe(client, AREA) == {"extent": "南至兴业路", "course": "占地约3.9公顷", "division": None}
    point = {"type": "Point", "coordinates": [106.002, 38.0005]}
    assert describe(client, point)["extent"] == "位于兴业路北侧约56米"
    away = {"type": "Point", "coordinates": [106.002, 38.1]}
    assert describe(client, away) == {"extent": "", "course": "", "division": None}


def test_the_division_that_it_lies_in_is_told_with_what_that_belongs_to(client, people, village):
    client.force_login(people["clerk"], backend="geo_registry.accounts.backends.PolicyBackend")
    Division.objects.filter(pk=village.pk).update(boundary=square(106.0, 38.0))
    point = {"type": "Point", "coordinates": [106.002, 38.0005]}
    told = describe(client, point)["division"]
    assert told == {"pk": village.pk, "name": "乙一镇 甲东村", "within": told["within"]}
    above = {village.pk, village.parent_id, village.parent.parent_id}
    assert set(told["within"]) == above, "a case may be of any of them"
    assert client.get(reverse("naming:roads"), {"division": str(village.pk)}).json()["box"][
        0
    ] == pytest.approx(105.95)
    elsewhere = Division.objects.get(name="丙东村")
    assert client.get(reverse("naming:roads"), {"division": str(elsewhere.pk)}).json()["box"] is None


def test_roads_that_are_left_out_of_a_wide_view_are_counted(client, people, village, monkeypatch):
    client.force_login(people["clerk"], backend="geo_registry.accounts.backends.PolicyBackend")
    monkeypatch.setattr("placenames.services.cases.ground.MOST_ROADS", 2)
    for i in range(3):
        road_at(village, 38.0 + i / 1000)
    found = client.get(reverse("naming:roads"), {"bbox": "105,37,107,39"}).json()
    assert (len(found["features"]), found["shown"], found["total"]) == (2, 2, 3)
