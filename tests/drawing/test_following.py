"""What a change does to others, what does not fit, and a phone's track."""

from __future__ import annotations

import math

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from geo_registry.accounts.models import Role
from geo_registry.drawing.models import EditSet
from geo_registry.imports.services import run_import
from geo_registry.territory.models import Road
from geo_registry.territory.services.network import road_network, travel_profile
from tests import factories
from tests.imports.files import vector_file

from .conftest import area_json, change_of, client_of, line_json, new, post, road, save

pytestmark = pytest.mark.django_db

BENT = ((106.1, 38.0), (106.15, 38.0), (106.16, 38.05), (106.15, 38.1), (106.1, 38.1))


@pytest.fixture
def planner(ground):
    return client_of(ground.people[Role.PLANNER])


@pytest.fixture
def clerk(ground):
    return client_of(ground.people[Role.CLERK])


def check(client, *changes):
    return post(client, "/office/ground/check/", changes=list(changes)).json()


def corners(row) -> set[tuple[float, float]]:
    return {(round(x, 6), round(y, 6)) for x, y in row.boundary[0][0].coords}


def test_where_three_villages_meet_all_three_move_and_undo_brings_all_back(planner, ground):
    assert save(planner, change_of(ground.left, area_json(*BENT))).status_code == 201
    for village in (ground.left, ground.upper, ground.lower):
        village.refresh_from_db()
        assert (106.16, 38.05) in corners(village)
    assert ground.upper.geometry_method == ""
    planner.post(f"/office/ground/sets/{EditSet.objects.latest('pk').pk}/undo/")
    for village in (ground.left, ground.upper, ground.lower):
        village.refresh_from_db()
        assert (106.15, 38.05) in corners(village)


def test_a_check_says_who_moves_along_and_writes_nothing(planner, ground):
    found = check(planner, change_of(ground.left, area_json(*BENT)))
    assert {companion["title"] for companion in found["companions"]} == {"上村", "下村"}
    assert found["problems"] == []
    ground.upper.refresh_from_db()
    assert (106.15, 38.05) in corners(ground.upper)


def test_a_clerk_moves_no_border_of_the_neighbours(clerk, ground):
    outward = ((106.095, 38.0), (106.15, 38.0), (106.15, 38.05), (106.15, 38.1), (106.1, 38.1))
    problems = check(clerk, change_of(ground.left, area_json(*outward)))["problems"]
    assert any("西镇" in problem["text"] for problem in problems)


def test_an_overlap_drawn_anew_is_an_error_shown_where_it_is(planner, ground):
    far = ((106.101, 38.001), (106.17, 38.02), (106.17, 38.06), (106.101, 38.099))
    # Redrawn from end to end: what it gains is taken from its neighbours, so that nothing overlaps.
    found = check(planner, change_of(ground.left, area_json(*far)))
    assert not [problem for problem in found["problems"] if "重叠" in problem["text"]]
    outside = ((106.1, 38.0), (106.15, 38.0), (106.15, 38.05), (106.15, 38.12), (106.1, 38.1))
    # The township follows its village, and the county its township: nothing reaches out.
    names = {
        companion["title"]
        for companion in check(planner, change_of(ground.left, area_json(*outside)))["companions"]
    }
    assert {"东镇", "甲县"} <= names


def test_a_new_road_on_another_makes_a_junction_in_both(planner):
    there = road((106.12, 38.02), (106.14, 38.02), name="大路")
    save(planner, new("road", line_json((106.13, 38.02), (106.13, 38.03))))
    there.refresh_from_db()
    assert there.geometry.coords == ((106.12, 38.02), (106.13, 38.02), (106.14, 38.02))


def test_routing_joins_what_was_drawn_and_keeps_bridges_apart(planner):
    road((106.12, 38.02), (106.14, 38.02), source=factories.SourceFactory(), source_ref="way/1")
    profile = travel_profile(factories.TravelProfileFactory())
    save(planner, new("road", line_json((106.13, 38.01), (106.13, 38.02), (106.13, 38.03)), name="相接路"))
    joined = road_network(profile)
    save(
        planner,
        new("road", line_json((106.135, 38.01), (106.135, 38.02), (106.135, 38.03)), bridge=True),
    )
    with_bridge = road_network(profile)
    assert joined.version["crossings"] == with_bridge.version["crossings"] == "keep"
    assert joined.version["roads_sha256"] != with_bridge.version["roads_sha256"]
    assert (joined.version["edges"], with_bridge.version["edges"]) == (4, 5)


def test_a_crossing_without_a_junction_is_pointed_at_and_a_bridge_is_not(planner):
    road((106.12, 38.02), (106.14, 38.02), name="大路")
    across = line_json((106.13, 38.01), (106.13, 38.03))
    (problem,) = check(planner, new("road", across))["problems"]
    assert problem["severity"] == "warning"
    assert problem["fix"]["do"] == "join"
    assert problem["place"] == pytest.approx([106.13, 38.02])
    assert check(planner, new("road", across, bridge=True))["problems"] == []


def test_an_end_just_short_of_a_road_is_pointed_at(planner):
    road((106.12, 38.02), (106.14, 38.02), name="大路")
    (problem,) = check(planner, new("road", line_json((106.13, 38.02005), (106.13, 38.03))))["problems"]
    assert problem["fix"]["do"] == "snap"


def test_a_junction_that_moves_takes_the_other_roads_along(planner):
    there = road((106.12, 38.02), (106.13, 38.02), (106.14, 38.02))
    side = road((106.13, 38.02), (106.13, 38.03))
    save(planner, change_of(there, line_json((106.12, 38.02), (106.13, 38.021), (106.14, 38.02))))
    side.refresh_from_db()
    assert side.geometry.coords[0] == (106.13, 38.021)


def test_a_file_does_not_redraw_what_was_drawn_by_hand(planner, tmp_path, ground):
    import shapely

    source = factories.SourceFactory()
    rows, line = [{"road_id": "R1", "name": "老路"}], shapely.LineString([(106.12, 38.02), (106.14, 38.02)])
    run_import(kind="roads", path=vector_file(tmp_path / "r.gpkg", rows, [line]), source=source)
    there = Road.objects.get()
    save(planner, change_of(there, line_json((106.12, 38.02), (106.13, 38.025), (106.14, 38.02))))
    newer = vector_file(
        tmp_path / "s.gpkg",
        [{"road_id": "R1", "name": "新名"}],
        [shapely.LineString([(106.12, 38.02), (106.141, 38.02)])],
    )
    run_import(kind="roads", path=newer, source=source)
    there.refresh_from_db()
    assert (there.name, len(there.geometry)) == ("新名", 3)
    Road.objects.update(geometry_method="")
    run_import(kind="roads", path=newer, source=source)
    there.refresh_from_db()
    assert len(there.geometry) == 2


def test_features_are_those_in_view_and_say_what_may_be_changed(clerk, ground, django_assert_max_num_queries):
    road((106.12, 38.02), (106.13, 38.02), name="本镇路", division=ground.left)
    road((106.09, 38.02), (106.099, 38.02), name="邻镇路", division=ground.west)
    road((106.01, 38.09), (106.02, 38.09), name="远路", division=ground.west)
    with django_assert_max_num_queries(20):
        found = clerk.get("/office/ground/features/road/?bbox=106.08,38.0,106.2,38.05").json()
    names = {
        feature["properties"]["title"]: feature["properties"]["editable"] for feature in found["features"]
    }
    assert names == {"本镇路": True, "邻镇路": False}


def test_more_than_can_be_shown_is_said(planner, monkeypatch):
    monkeypatch.setattr("geo_registry.drawing.services.features.MAX_FEATURES", 1)
    road((106.12, 38.02), (106.13, 38.02))
    road((106.12, 38.03), (106.13, 38.03))
    found = planner.get("/office/ground/features/road/?bbox=106.1,38.0,106.2,38.1").json()
    assert (len(found["features"]), found["truncated"]) == (1, True)


@pytest.mark.parametrize("bbox", ["", "1,2,3", "9,9,1,1", "nan,0,1,1", "a,b,c,d"])
def test_a_part_of_the_map_that_is_none_gets_one_sentence(planner, bbox):
    assert planner.get(f"/office/ground/features/road/?bbox={bbox}").status_code == 422


def test_where_a_point_lies_is_told(planner):
    assert planner.get("/office/ground/where/?lon=106.17&lat=38.07").json()["divisions"] == [
        "甲县",
        "东镇",
        "上村",
    ]


# -- tools -------------------------------------------------------------------------------------


def test_tools_answer_with_shapes_or_with_one_sentence_and_its_place(planner):
    line = line_json((106.12, 38.02), (106.14, 38.02))
    parts = post(planner, "/office/ground/operate/split_line/", line=line, at=[106.13, 38.02]).json()["parts"]
    assert [len(part["coordinates"]) for part in parts] == [2, 2]
    refused = post(planner, "/office/ground/operate/split_line/", line=line, at=[106.13, 38.03])
    assert refused.status_code == 422
    assert refused.json()["place"] == [106.13, 38.03]
    assert post(planner, "/office/ground/operate/nothing/").status_code == 422
    assert post(planner, "/office/ground/operate/join_areas/", first=line, second=None).status_code == 422


# -- tracks ------------------------------------------------------------------------------------


def gpx(points: list[tuple[float, float, int]]) -> SimpleUploadedFile:
    body = "".join(
        f'<trkpt lat="{lat}" lon="{lon}"><time>2024-06-01T08:{second // 60:02d}:{second % 60:02d}Z</time></trkpt>'
        for lon, lat, second in points
    )
    text = f'<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{body}</trkseg></trk></gpx>'
    return SimpleUploadedFile("走.gpx", text.encode())


WALK = [(106.12 + 0.0001 * n, 38.02, 10 * n) for n in range(20)]


def test_a_phones_track_is_cleaned_and_measured(planner):
    jumped = [*WALK[:10], (106.19, 38.09, 95), *WALK[10:]]
    found = planner.post("/office/ground/track/", {"file": gpx(jumped), "system": "WGS84"}).json()
    assert found["counts"]["jumps"] == 1
    assert found["timed"] is True
    (piece,) = found["pieces"]
    assert piece["points"] == 2
    assert piece["length_m"] == pytest.approx(0.0019 * 111_320 * math.cos(math.radians(38.02)), rel=0.01)


def test_a_track_of_an_offset_map_is_put_right(planner):
    found = planner.post("/office/ground/track/", {"file": gpx(WALK), "system": "GCJ-02"}).json()
    lon, lat = found["pieces"][0]["geometry"]["coordinates"][0]
    assert 200 < math.hypot((lon - 106.12) * 87_700, (lat - 38.02) * 111_000) < 900


def test_kml_and_geojson_are_tracks_too(planner):
    coordinates = " ".join(f"{lon},{lat}" for lon, lat, _second in WALK)
    kml = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><LineString><coordinates>{coordinates}</coordinates></LineString></Placemark></kml>'
    pairs = ",".join(f"[{lon},{lat}]" for lon, lat, _second in WALK)
    geojson = (
        '{"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[' + pairs + "]}}"
    )
    for name, text in (("a.kml", kml), ("a.geojson", geojson)):
        upload = SimpleUploadedFile(name, text.encode())
        found = planner.post("/office/ground/track/", {"file": upload, "system": "WGS84"})
        assert found.status_code == 200, found.content
        assert len(found.json()["pieces"]) == 1
        assert found.json()["timed"] is False


@pytest.mark.parametrize(
    ("name", "content", "more"),
    [
        ("a.gpx", b"not xml", {}), ("a.gpx", b"", {}), ("a.csv", "名称,经度\n一,2\n".encode(), {}),
        ("a.gpx", None, {"system": "Mars"}), ("a.gpx", None, {"gap_m": "x"}), ("a.gpx", None, {"least_m": "100000"}),
    ],
)  # fmt: skip
def test_a_file_that_is_no_track_gets_one_sentence(planner, name, content, more):
    upload = gpx(WALK) if content is None else SimpleUploadedFile(name, content)
    answer = planner.post("/office/ground/track/", {"file": upload, "system": "WGS84", **more})
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_track_far_away_is_doubted(planner):
    far = [(116.3 + 0.0001 * n, 39.9, 10 * n) for n in range(20)]
    answer = planner.post("/office/ground/track/", {"file": gpx(far), "system": "WGS84"})
    assert answer.status_code == 422
    assert "116.3" in answer.json()["error"]
