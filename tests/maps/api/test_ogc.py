"""The abstract tests of OGC API - Features, Part 1 (OGC 17-069r4, annex A) and Part 2 (OGC 18-058r1, annex A), by their numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from geo_registry.geodata.errors import GeodataError
from maps.api.collections import COLLECTIONS
from maps.cql2 import parse

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
NOT_THERE = f"{EPSG}3857"


def links(body: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [link for link in body["links"] if link["rel"] == rel]


def read(client, address: str, accept: str = "application/json") -> dict[str, Any]:
    response = client.get(address, headers={"accept": accept})
    assert response.status_code == 200, address
    return json.loads(response.content)


@pytest.fixture
def openapi(client, registry) -> dict[str, Any]:
    return read(client, "/api/openapi")


class TestPart1Core:
    def test_a_2_2_http(self, client, registry) -> None:
        """A.1 (/conf/core/http): HTTP 1.1, with the methods and statuses it has."""
        assert client.head("/api/").status_code == 200
        assert client.post("/api/").status_code == 405

    def test_a_2_landing_page_retrieval(self, client, registry) -> None:
        """A.2 and A.3 (/conf/core/root-op, root-success): links to the API's definition, conformance and data."""
        body = read(client, "/api/")
        assert links(body, "service-desc")
        assert links(body, "service-doc")
        assert links(body, "conformance")
        assert links(body, "data")
        assert links(body, "self")
        for link in body["links"]:
            assert link["href"].startswith("http://testserver/api/")
            assert client.get(link["href"].removeprefix("http://testserver")).status_code == 200

    def test_a_4_api_definition(self, client, openapi) -> None:
        """A.4 and A.5 (/conf/core/api-definition-op, -success): the linked document is a valid OpenAPI 3.0 document."""
        (link,) = links(read(client, "/api/"), "service-desc")
        response = client.get(link["href"])
        assert response["Content-Type"] == link["type"] == "application/vnd.oai.openapi+json;version=3.0"
        assert openapi["openapi"].startswith("3.0")
        assert openapi["paths"]

    def test_a_6_conformance(self, client, registry) -> None:
        """A.6 and A.7 (/conf/core/conformance-op, -success)."""
        classes = read(client, "/api/conformance")["conformsTo"]
        for part in ("core", "oas30", "html", "geojson"):
            assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" in classes
        assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in classes

    def test_a_8_collections(self, client, registry) -> None:
        """A.8 and A.9 (/conf/core/fc-md-op, -success): every collection, with links to its items in every encoding."""
        body = read(client, "/api/collections")
        assert links(body, "self")
        assert links(body, "alternate")
        assert {one["id"] for one in body["collections"]} == set(COLLECTIONS)
        for one in body["collections"]:
            assert {link["type"] for link in links(one, "items")} == {"application/geo+json", "text/html"}
            assert one["extent"]["spatial"]["bbox"][0][0] <= one["extent"]["spatial"]["bbox"][0][2]
            assert one["extent"]["spatial"]["crs"] == CRS84

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_a_10_collection(self, client, registry, name: str) -> None:
        """A.10 and A.11 (/conf/core/sfc-md-op, -success): one collection says the same as in the list."""
        listed = {one["id"]: one for one in read(client, "/api/collections")["collections"]}
        assert read(client, f"/api/collections/{name}") == listed[name]

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_a_12_features(self, client, registry, name: str) -> None:
        """A.12, A.22 (/conf/core/fc-op, fc-response): features, self, alternate, counts."""
        body = read(client, f"/api/collections/{name}/items", "application/geo+json")
        assert body["type"] == "FeatureCollection"
        assert links(body, "self")
        assert links(body, "alternate")
        assert body["numberReturned"] == len(body["features"]) <= body["numberMatched"]
        assert body["features"]

    def test_a_13_bbox_definition(self, openapi) -> None:
        """A.13 (/conf/core/fc-bbox-definition): an array of four to six numbers, form, not exploded."""
        parameter = openapi["components"]["parameters"]["bbox"]
        assert parameter["in"] == "query"
        assert parameter["style"] == "form"
        assert parameter["explode"] is False
        assert parameter["schema"] | {"items": {"type": "number"}} == {
            "type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"},
        }  # fmt: skip

    def test_a_14_bbox_response(self, client, registry) -> None:
        """A.14 (/conf/core/fc-bbox-response): only what touches the box; what has no place never."""
        address = "/api/collections/facilities/items?bbox="
        assert len(read(client, address + "106.0,37.9,106.025,38.1")["features"]) == 2
        assert read(client, address + "-10,-10,-9,-9")["features"] == []
        for wrong in ("1,2,3", "a,b,c,d", "0,2,0,1"):
            assert client.get(address + wrong).status_code == 400

    def test_a_15_limit(self, client, openapi) -> None:
        """A.15 and A.16 (/conf/core/fc-limit-definition, -response)."""
        schema = openapi["components"]["parameters"]["limit"]["schema"]
        assert (schema["type"], schema["minimum"]) == ("integer", 1)
        assert schema["minimum"] <= schema["default"] <= schema["maximum"]
        body = read(client, "/api/collections/facilities/items?limit=2")
        assert body["numberReturned"] == len(body["features"]) == 2
        # More than the maximum is no fault: as many as there may be are given.
        assert client.get("/api/collections/facilities/items?limit=1000000").status_code == 200

    def test_a_17_datetime(self, client, openapi) -> None:
        """A.17 and A.18 (/conf/core/fc-time-definition, -response): instants, intervals, half-open ones."""
        assert openapi["components"]["parameters"]["datetime"]["schema"] == {"type": "string"}
        address = "/api/collections/facilities/items?datetime="
        for fits in ("2000-01-01/..", "2000-01-01T00:00:00Z/", "../2999-12-31T00:00:00Z", "/2999-01-01"):
            assert read(client, address + fits)["numberMatched"] == 5
        assert read(client, address + "../2000-01-01")["numberMatched"] == 0
        for wrong in (
            "2026",
            "2026-13-01",
            "x/y",
            "2026-01-02/2026-01-01",
            "2026-01-01/2026-01-02/2026-01-03",
        ):
            assert client.get(address + wrong).status_code == 400

    def test_a_19_unknown_parameters(self, client, registry) -> None:
        """A.19 and A.20 (/conf/core/query-param-unknown, -invalid): 400."""
        for address in (
            "",
            "conformance",
            "collections",
            "collections/facilities",
            "collections/facilities/items",
        ):
            assert client.get(f"/api/{address}?not-a-parameter=1").status_code == 400
        assert client.get("/api/collections/facilities/items/F-1?not-a-parameter=1").status_code == 400
        assert client.get("/api/collections/facilities/items?limit=many").status_code == 400

    def test_a_21_links_lead_on(self, client, registry) -> None:
        """A.23 to A.25 (/conf/core/fc-links, fc-numberMatched, fc-numberReturned): next until the end, then no more."""
        address, count = "/api/collections/facilities/items?limit=3&f=json", 0
        while address:
            body = read(client, address)
            count += body["numberReturned"]
            address = links(body, "next")[0]["href"] if links(body, "next") else ""
        assert count == 5

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_a_26_feature(self, client, registry, name: str) -> None:
        """A.26 and A.27 (/conf/core/f-op, f-success): one feature is that of the collection; self, alternate, collection."""
        for feature in read(client, f"/api/collections/{name}/items")["features"]:
            body = read(client, f"/api/collections/{name}/items/{feature['id']}")
            assert {key: body[key] for key in feature} == feature
            for rel in ("self", "alternate", "collection"):
                assert links(body, rel)


class TestPart1Encodings:
    def test_a_28_html(self, client, registry) -> None:
        """A.28 and A.29 (/conf/html/definition, content): every resource as HTML, for whoever asks for it."""
        for address in ("", "conformance", "collections", "collections/roads", "collections/roads/items"):
            for response in (
                client.get(f"/api/{address}", headers={"accept": "text/html"}),
                client.get(f"/api/{address}?f=html"),
            ):
                assert response["Content-Type"].startswith("text/html")
                assert b"<h1>" in response.content

    def test_a_30_geojson(self, client, registry) -> None:
        """A.30 and A.31 (/conf/geojson/definition, content): RFC 7946, longitude first, no ``crs`` member."""
        response = client.get("/api/collections/facilities/items", headers={"accept": "application/geo+json"})
        assert response["Content-Type"] == "application/geo+json"
        body = json.loads(response.content)
        assert "crs" not in body
        for feature in body["features"]:
            assert set(feature) >= {"type", "id", "geometry", "properties"}
            assert "crs" not in feature["geometry"]
            assert feature["geometry"]["coordinates"][0] > 90

    def test_a_32_openapi(self, client, openapi) -> None:
        """A.32 to A.36 (/conf/oas30): complete: every address under it answers as it says."""
        for path, methods in openapi["paths"].items():
            assert set(methods) == {"get"}
            address = path.replace("{featureId}", "nothing")
            response = client.get(f"/api{address}".replace("/api//", "/api/"))
            if response.streaming:
                b"".join(response.streaming_content)
            assert str(response.status_code) in methods["get"]["responses"]
        assert openapi["servers"] == [{"url": "http://testserver/api"}]


class TestPart2Crs:
    def test_a_1_collections_say_their_systems(self, client, registry) -> None:
        """Part 2, A.1 and A.2 (/conf/crs/crs-uri, fc-md-crs-list): CRS84 first, then the others."""
        for one in read(client, "/api/collections")["collections"]:
            assert one["crs"] == [CRS84, f"{EPSG}4490", f"{EPSG}4326"]

    def test_a_2_storage(self, client, registry) -> None:
        """Part 2, A.3 (/conf/crs/fc-md-storageCrs-valid-value): it is in the list of systems."""
        for one in read(client, "/api/collections")["collections"]:
            assert one["storageCrs"] in one["crs"]

    def test_a_4_crs_parameter(self, client, openapi) -> None:
        """Part 2, A.6 to A.9 (/conf/crs/fc-crs-definition, -valid-value, -default-value, -action)."""
        assert openapi["components"]["parameters"]["crs"]["schema"]["default"] == CRS84
        assert client.get("/api/collections/roads/items", {"crs": NOT_THERE}).status_code == 400
        by_default = read(client, "/api/collections/facilities/items")["features"][0]["geometry"][
            "coordinates"
        ]
        for code in ("4490", "4326"):
            asked = client.get("/api/collections/facilities/items", {"crs": f"{EPSG}{code}"})
            (turned, *_rest) = json.loads(asked.content)["features"]
            assert turned["geometry"]["coordinates"] == by_default[::-1]

    def test_a_10_bbox_crs(self, client, openapi) -> None:
        """Part 2, A.10 to A.13 (/conf/crs/fc-bbox-crs-definition, -valid-value, -default-value, -action)."""
        assert openapi["components"]["parameters"]["bbox-crs"]["schema"]["default"] == CRS84
        query = {"bbox": "37.9,106.0,38.1,106.025", "bbox-crs": f"{EPSG}4490"}
        body = json.loads(client.get("/api/collections/facilities/items", query).content)
        assert [feature["id"] for feature in body["features"]] == ["F-1", "F-2"]
        wrong = {"bbox": "0,0,1,1", "bbox-crs": NOT_THERE}
        assert client.get("/api/collections/facilities/items", wrong).status_code == 400

    def test_a_14_content_crs(self, client, registry) -> None:
        """Part 2, A.14 and A.15 (/conf/crs/ogc-crs-header, -value): the header names the system, also of CRS84."""
        for address in ("/api/collections/facilities/items", "/api/collections/facilities/items/F-1"):
            assert client.get(address)["Content-Crs"] == f"<{CRS84}>"
            assert client.get(address, {"crs": f"{EPSG}4490"})["Content-Crs"] == f"<{EPSG}4490>"

    def test_a_16_geojson_in_another_system(self, client, registry) -> None:
        """Part 2, A.16 (/conf/crs/geojson): every geometry of an answer is in the system that was asked for."""
        for name in COLLECTIONS:
            body = json.loads(client.get(f"/api/collections/{name}/items", {"crs": f"{EPSG}4490"}).content)
            for feature in body["features"]:
                position: Any = (feature["geometry"] or {"coordinates": [38]})["coordinates"]
                while isinstance(position, list):
                    position = position[0]
                assert position < 90


def test_part_3_queryables(client, registry) -> None:
    """Part 3, A.1 (/conf/queryables): a JSON schema; each of its properties can be filtered by."""
    for name in COLLECTIONS:
        response = client.get(f"/api/collections/{name}/queryables")
        assert response["Content-Type"] == "application/schema+json"
        for item in json.loads(response.content)["properties"]:
            asked = client.get(
                f"/api/collections/{name}/items", {"filter": f'"{item}" IS NOT NULL', "limit": 1}
            )
            assert asked.status_code == 200, (name, item)


@pytest.mark.parametrize("wrong", ["a b", "= 1", "a =", "a = 1 AND", "()", "a IN ()", "S_INTERSECTS(a)"])
def test_part_3_a_filter_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(GeodataError):
        parse(wrong)
