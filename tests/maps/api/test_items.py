"""Features: which, in what order, on which page, in which system of co-ordinates."""

from __future__ import annotations

import datetime
import json

import pytest
from django.utils import timezone

from facilities.models import Facility, FacilityStatus
from tests import factories

ALL = ["F-1", "F-2", "F-3", "F-4", "F-5"]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG4490 = "http://www.opengis.net/def/crs/EPSG/0/4490"
EPSG4326 = "http://www.opengis.net/def/crs/EPSG/0/4326"


def test_all_public_facilities_are_features(get) -> None:
    found = get("collections/facilities/items")
    assert [feature["id"] for feature in found["features"]] == ALL
    assert found["numberMatched"] == found["numberReturned"] == 5
    first = found["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [106.01, 38]}
    assert first["properties"]["name"] == "西湖1号助餐点"
    assert first["properties"]["status"] == "open"
    assert first["properties"]["in_operation"] is True
    assert found["licences"] == [
        {"source": "来源", "publisher": "民政局", "licence": "CC BY 4.0", "url": None}
    ]
    assert found["demo"] is False


def test_what_is_invented_is_marked_in_the_answer_and_in_the_feature(get) -> None:
    found = get("collections/place-names/items")
    assert found["demo"] is True
    assert found["notice"] == "示范数据"
    assert [feature["properties"]["demo"] for feature in found["features"]].count(True) == 1


def test_pages_lead_through_everything_once(client, registry) -> None:
    address, seen = "/api/collections/facilities/items?limit=2", []
    while address:
        body = json.loads(client.get(address, headers={"accept": "application/geo+json"}).content)
        assert body["numberMatched"] == 5
        seen += [feature["id"] for feature in body["features"]]
        following = [link["href"] for link in body["links"] if link["rel"] == "next"]
        address = following[0] if following else ""
    assert seen == ALL


@pytest.mark.parametrize(
    "sortby", ["", "name", "-name", "status_since", "-opened_on", "updated_on", "in_operation"]
)
def test_pages_stay_whole_while_rows_come_and_go(client, registry, sortby: str) -> None:
    """What is there all the time is seen exactly once, whatever goes or comes between two pages."""
    Facility.objects.filter(number="F-2").update(opened_on=datetime.date(2020, 1, 1))
    address, seen = f"/api/collections/facilities/items?limit=1&sortby={sortby}", []
    if not sortby:
        address = "/api/collections/facilities/items?limit=1"
    while address:
        body = json.loads(client.get(address, headers={"accept": "application/geo+json"}).content)
        seen += [feature["id"] for feature in body["features"]]
        if len(seen) == 1:
            FacilityStatus.objects.filter(facility__number=seen[0]).delete()
            Facility.objects.filter(number=seen[0]).delete()
            factories.FacilityFactory(number="A-0", name="后来的", division=registry.village)
        following = [link["href"] for link in body["links"] if link["rel"] == "next"]
        address = following[0] if following else ""
    assert sorted(one for one in seen if one != "A-0") == ALL
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("crs", "expected"),
    [(None, [106.01, 38]), (CRS84, [106.01, 38]), (EPSG4490, [38, 106.01]), (EPSG4326, [38, 106.01])],
)
def test_coordinates_follow_the_order_of_axes_of_their_system(client, registry, crs, expected) -> None:
    query = {"crs": crs} if crs else {}
    for address in ("/api/collections/facilities/items/F-1", "/api/collections/facilities/items"):
        response = client.get(address, query, headers={"accept": "application/geo+json"})
        body = json.loads(response.content)
        feature = body["features"][0] if "features" in body else body
        assert feature["geometry"]["coordinates"] == expected
        assert response["Content-Crs"] == f"<{crs or CRS84}>"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"bbox": "106.015,37.9,106.035,38.1"}, ["F-2", "F-3"]),
        ({"bbox": "106.015,37.9,-5,106.035,38.1,900"}, ["F-2", "F-3"]),
        ({"bbox": "37.9,106.015,38.1,106.035", "bbox-crs": EPSG4490}, ["F-2", "F-3"]),
        ({"bbox": "37.9,106.015,38.1,106.035", "bbox-crs": EPSG4326}, ["F-2", "F-3"]),
        ({"bbox": "170,37.9,106.015,38.1"}, ["F-1"]),
        ({"bbox": "0,0,1,1"}, []),
        ({"near": "106.03,38", "radius": "900"}, ["F-2", "F-3", "F-4"]),
        ({"near": "106.03,38", "radius": "800"}, ["F-3"]),
        ({"near": "106.049,38", "radius": "3000", "sortby": "distance_m"}, ["F-5", "F-4", "F-3", "F-2"]),
        ({"number": "F-3"}, ["F-3"]),
        ({"kind": "canteen", "in_operation": "true", "limit": "2"}, ["F-1", "F-2"]),
        ({"in_operation": "false"}, []),
        ({"status_since": "2022-01-01"}, ALL),
        ({"filter": "number = 'F-1' OR \"number\" = 'F-4'"}, ["F-1", "F-4"]),
        ({"filter": "name LIKE '西湖_号%' AND NOT number IN ('F-1','F-2')"}, ["F-3", "F-4", "F-5"]),
        ({"filter": "CASEI(number) LIKE CASEI('f-5')"}, ["F-5"]),
        (
            {"filter": "status_since BETWEEN DATE('2021-01-01') AND DATE('2022-12-31') AND number > 'F-4'"},
            ["F-5"],
        ),
        ({"filter": "opened_on IS NULL AND address IS NOT NULL AND number < 'F-2'"}, ["F-1"]),
        ({"filter": "T_AFTER(status_since, DATE('2021-12-31')) AND number = 'F-1'"}, ["F-1"]),
        ({"filter": "T_DURING(status_since, INTERVAL('2023-01-01', '..'))"}, []),
        ({"filter": "S_INTERSECTS(geometry, BBOX(106.015,37.9,106.035,38.1))"}, ["F-2", "F-3"]),
        (
            {
                "filter": "S_WITHIN(geometry, POLYGON((37.9 106.0,38.1 106.0,38.1 106.025,37.9 106.0)))",
                "filter-crs": EPSG4490,
            },
            ["F-1"],
        ),
        ({"filter": "S_DISJOINT(POINT(106.01 38), geometry) AND TRUE"}, ["F-2", "F-3", "F-4", "F-5"]),
        ({"filter": "in_operation = TRUE AND number <> 'F-1'"}, ["F-2", "F-3", "F-4", "F-5"]),
    ],
)
def test_a_question_finds_what_fits(ids, query, expected) -> None:
    assert ids(**query) == expected


def test_a_change_is_found_by_its_day(ids) -> None:
    today = timezone.localdate()
    assert ids(datetime=f"{today}/..") == ALL
    assert ids(datetime=today.isoformat()) == ALL
    assert ids(datetime=f"{timezone.now().isoformat().replace('+00:00', 'Z')}") == ALL
    assert ids(datetime=f"../{today - datetime.timedelta(days=1)}") == []


def test_only_the_fields_asked_for_are_told(get) -> None:
    (feature,) = get("collections/facilities/items", fields="name,phone", number="F-1")["features"]
    assert feature["properties"] == {"name": "西湖1号助餐点", "phone": "0000-0000001"}


def test_a_road_a_division_and_a_name_have_their_shapes(get) -> None:
    (road,) = get("collections/roads/items")["features"]
    assert road["geometry"]["type"] == "LineString"
    assert get(f"collections/roads/items/{road['id']}")["properties"]["name"] == "西湖路"
    divisions = {one["properties"]["level"]: one for one in get("collections/divisions/items")["features"]}
    assert divisions["township"]["geometry"]["type"] == "MultiPolygon"
    assert divisions["village"]["geometry"]["type"] == "Point"
    assert divisions["village"]["properties"]["parent_code"] == divisions["township"]["id"]
    names = {one["properties"]["name"]: one for one in get("collections/place-names/items")["features"]}
    assert names["西湖路"]["geometry"]["type"] in {"MultiLineString", "LineString"}
    assert names["小山"]["geometry"]["coordinates"] == [106.02, 38.01]
    assert names["小山"]["properties"]["spelling"] is None


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"unknown": "1"}, "unknown"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "1,2,3,x"}, "bbox"),
        ({"bbox": "0,5,1,4"}, "bbox"),
        ({"bbox": "nan,0,1,1"}, "bbox"),
        ({"bbox": "0,0,1,1", "bbox-crs": "EPSG:4979"}, "bbox-crs"),
        ({"crs": "http://example.org"}, "crs"),
        ({"datetime": "yesterday"}, "datetime"),
        ({"datetime": "2026-02-01/2026-01-01"}, "datetime"),
        ({"datetime": "../.."}, "datetime"),
        ({"near": "1"}, "near"),
        ({"near": "200,0"}, "near"),
        ({"radius": "5"}, "radius"),
        ({"near": "1,1", "radius": "inf"}, "radius"),
        ({"fields": "name,private_phone"}, "fields"),
        ({"sortby": "private_phone"}, "sortby"),
        ({"sortby": "distance_m"}, "sortby"),
        ({"after": "x"}, "after"),
        ({"after": "W10"}, "after"),
        ({"after": "W1tdXQ"}, "after"),
        ({"after": "WzEsMl0"}, "after"),
        ({"in_operation": "perhaps"}, "in_operation"),
        ({"status_since": "2026"}, "status_since"),
        ({"f": "xml"}, "f"),
        ({"filter": "number ="}, "filter"),
        ({"filter": "nothing = 1"}, "filter"),
        ({"filter": "1 = 1"}, "filter"),
        ({"filter": "number = 1"}, "filter"),
        ({"filter": "number LIKE 'x\\'"}, "filter"),
        ({"filter": "(" * 100}, "filter"),
        ({"filter": "NOT " * 300 + "TRUE"}, "filter"),
        ({"filter": "S_INTERSECTS(geometry, POINT(500 0))"}, "filter"),
        ({"filter": "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))"}, "filter"),
        ({"filter": "S_INTERSECTS(name, POINT(0 0))"}, "filter"),
        ({"filter": "x" * 9000}, "filter"),
        ({"filter": "TRUE", "filter-lang": "cql2-json"}, "filter-lang"),
        ({"filter": "status_since = DATE('x')"}, "filter"),
        ({"filter": "T_AFTER(name, DATE('2026-01-01'))"}, "filter"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a" * 600}, "name"),
    ],
)
def test_what_is_not_understood_is_refused_and_said(client, registry, query, parameter) -> None:
    for language, word in (("en", "The request cannot be understood"), ("zh-hans", "无法理解这个请求")):
        response = client.get(
            "/api/collections/facilities/items", query, headers={"accept-language": language}
        )
        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        body = json.loads(response.content)
        assert body["title"] == word
        assert body["parameter"] == parameter


def test_a_parameter_given_twice_is_refused(client, registry) -> None:
    assert client.get("/api/collections/facilities/items?limit=1&limit=2").status_code == 400


def test_an_answer_that_is_known_is_not_sent_again(client, registry) -> None:
    for address in ("", "collections", "collections/facilities/items", "collections/facilities/items/F-1"):
        first = client.get(f"/api/{address}")
        again = client.get(f"/api/{address}", headers={"if-none-match": f'W/"x", {first["ETag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert "max-age=60" in again["Cache-Control"]
    Facility.objects.filter(number="F-1").update(name="改名")
    address = "/api/collections/facilities/items/F-1"
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_only_reading_is_possible(client, registry) -> None:
    for method in ("post", "put", "patch", "delete", "options"):
        response = getattr(client, method)("/api/collections/facilities/items")
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"
        assert response["Content-Type"] == "application/problem+json"


def test_nothing_is_at_other_addresses(get) -> None:
    get("nothing", status=404)
    get("collections/nothing", status=404)
    get("collections/nothing/items", status=404)
    get("collections/facilities/items/F-9", status=404)
    get("collections/roads/items/x", status=404)
    get(f"collections/roads/items/{9 * 10**17}", status=404)
    get("collections/roads/items/99999999999999999999", status=404)


def test_a_page_costs_a_handful_of_queries(client, registry, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(8):
        client.get("/api/collections/facilities/items", headers={"accept": "application/geo+json"})


def test_pages_anywhere_may_read_it(client, registry) -> None:
    response = client.get("/api/collections/facilities/items")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
