"""Attempts to get out what is not public: by filter, order, paging, fields, errors, other spellings of a name."""

from __future__ import annotations

import base64
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilities.models import Facility
from geo_registry.territory.models import PopulatedPlace, PopulationCount
from maps.api.collections import COLLECTIONS
from placenames.models import Place
from tests import factories

PRIVATE = (
    "private_phone", "note", "social_credit_code", "location_note", "contact_role", "secret", "published", "secrecy", "restricted",
    "duplicate_of", "source_ref", "id", "pk", "founder", "funding", "kind__protective", "division__path", "source_id", "keys",
    "name_pk", "road_lines", "kept_back", "division_shape", "population", "people", "readings", "password", "shape", "p_number",
    "published_", "facilities_facility.private_phone", "location",
)  # fmt: skip


def everything(client, address: str, **query) -> str:
    """What an address says in JSON and as a page, headers too."""
    said = ""
    for accept in ("application/json", "text/html"):
        response = client.get(address, query, headers={"accept": accept})
        assert response.status_code < 500
        said += response.content.decode() + json.dumps(dict(response.items()))
    return said


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_no_answer_holds_anything_hidden_or_private(client, registry, collection: str) -> None:
    for query in (
        {}, {"limit": "1"}, {"sortby": "name"}, {"sortby": "-name"}, {"filter": "TRUE"}, {"filter": "NOT FALSE"},
        {"filter": "name LIKE '%HIDDEN%' OR TRUE"}, {"near": "106,38", "radius": "100000"}, {"bbox": "-180,-90,180,90"},
        {"datetime": "../2999-12-31"},
    ):  # fmt: skip
        said = everything(client, f"/api/collections/{collection}/items", **query)
        assert "HIDDEN" not in said.replace("%HIDDEN%", "").replace("%25HIDDEN%25", "")
        assert "PRIVATE" not in said
    for address in (
        "",
        "collections",
        f"collections/{collection}",
        f"collections/{collection}/queryables",
        "openapi",
        "terms",
    ):
        said = everything(client, f"/api/{address}")
        assert "HIDDEN" not in said
        assert "PRIVATE" not in said


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_what_is_hidden_does_not_count(client, registry, collection: str) -> None:
    """A filter that fits only hidden rows finds nothing, and says so as if there were none."""
    for text in (
        "name LIKE '%HIDDEN%'",
        "CASEI(name) LIKE CASEI('hidden%')",
        "NOT (name NOT LIKE 'HIDDEN%')",
    ):
        response = client.get(f"/api/collections/{collection}/items", {"filter": text})
        body = json.loads(response.content)
        assert (body["numberMatched"], body["features"]) == (0, [])


def test_a_hidden_feature_is_as_if_it_were_not_there(client, registry) -> None:
    """Not found in the same words as what never was."""
    never = client.get("/api/collections/facilities/items/NEVER")
    for facility in Facility.objects.filter(number__startswith="HIDDEN"):
        found = client.get(f"/api/collections/facilities/items/{facility.number}")
        assert (found.status_code, found.content) == (404, never.content)
    for place in Place.objects.exclude(published=True, secrecy=""):
        assert client.get(f"/api/collections/place-names/items/{place.short_id}").status_code == 404


@pytest.mark.parametrize("name", PRIVATE)
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_private_column_cannot_be_named(client, registry, collection: str, name: str) -> None:
    """Neither read, nor filtered or sorted by; the refusal says no more than that it is not known."""
    if name in COLLECTIONS[collection].by_name:
        pytest.skip("a public property of this name")
    quoted = name.replace('"', '""')
    queries = [
        {name: "1"}, {"fields": name}, {"sortby": name}, {"sortby": f"-{name}"}, {"filter": f"\"{quoted}\" = 'x'"},
        {"filter": f'"{quoted}" IS NULL'}, {"filter": f"CASEI(\"{quoted}\") LIKE 'x%'"}, {"filter": f'name = "{quoted}"'},
    ]  # fmt: skip
    for query in queries:
        response = client.get(f"/api/collections/{collection}/items", query)
        assert response.status_code == 400, query
        assert "PRIVATE" not in response.content.decode()


def test_errors_tell_nothing_of_the_database(client, registry) -> None:
    for query in (
        {"filter": "name = 'x'; DROP TABLE facilities_facility; --'"}, {"filter": "name = '' OR 1=1"}, {"sortby": "name;select"},
        {"after": base64.urlsafe_b64encode(b'["x\' OR 1=1"]').decode()}, {"filter": "S_INTERSECTS(geometry, POINT(1e400 0))"},
        {"filter": "number BETWEEN 1 AND 2"}, {"bbox": "1e999,0,1,1"}, {"filter": "name LIKE '%' AND pg_sleep(10) = 1"},
    ):  # fmt: skip
        response = client.get("/api/collections/facilities/items", query)
        said = response.content.decode().lower()
        assert response.status_code in {200, 400}
        for word in (
            "select",
            "psycopg",
            "traceback",
            "column",
            "relation",
            "facilities_facility.",
            "syntax",
        ):
            assert word not in said.replace("name;select", "").replace("drop table facilities_facility", "")


@pytest.mark.parametrize("number", ["HIDDEN-0", "E", "HIDDEN-1\uffff"])
def test_a_page_may_begin_anywhere_and_still_shows_only_what_is_public(client, registry, number: str) -> None:
    after = base64.urlsafe_b64encode(json.dumps([number]).encode()).decode().rstrip("=")
    body = client.get("/api/collections/facilities/items", {"after": after}).content.decode()
    assert "HIDDEN" not in body


def test_people_and_their_numbers_are_in_no_collection(client, registry) -> None:
    """Small counts are told through `disclosure` alone; the interface has none, so that none can be asked for."""
    place = factories.PopulatedPlaceFactory(division=registry.village, name="HIDDEN people")
    PopulationCount.objects.create(place=place, group="residents", as_of="2024-12-31", people=3)
    for collection in COLLECTIONS:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            everything(client, f"/api/collections/{collection}/items")
        tables = {PopulatedPlace._meta.db_table, PopulationCount._meta.db_table, "facilities_coverageshare"}
        assert not [
            query for query in asked.captured_queries if any(table in query["sql"] for table in tables)
        ]


def test_private_columns_never_leave_the_database(client, registry) -> None:
    with CaptureQueriesContext(connection) as asked:
        for collection in COLLECTIONS:
            client.get(f"/api/collections/{collection}/items", {"filter": "name LIKE '%x%'"})
    for query in asked.captured_queries:
        for column in ("private_phone", '"note"', "social_credit_code", "location_note", "contact_role"):
            assert column not in query["sql"]


def test_an_office_signed_in_sees_the_same(client, registry) -> None:
    address = "/api/collections/facilities/items"
    before = client.get(address, headers={"accept": "application/json"}).content
    client.force_login(factories.UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address, headers={"accept": "application/json"}).content == before
