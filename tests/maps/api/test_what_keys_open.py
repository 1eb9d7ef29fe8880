"""What a key opens: of each collection the own division's rows, for as far as its scopes go, and nothing secret by any of them."""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.operations.keys import make_key
from geo_registry.operations.models import AccessKey, Departure, Scope
from geo_registry.territory.models import Division
from maps.api.office_collections import KEPT
from placenames.models import Name, Sign, SignSite
from tests import factories

COLLECTIONS = sorted(KEPT)
OPENS = {
    "office-facilities": Scope.FACILITIES,
    "office-place-names": Scope.PLACE_NAMES,
    "office-signs": Scope.SIGNS,
    "office-roads": Scope.ROADS,
    "office-divisions": Scope.DIVISIONS,
}
# What must never come back, whatever a key opens: the secret, the protective, another division's, and columns that are nobody's.
NEVER = ("SECRET", "ELSEWHERE", "PRIVATE-NOTE", "PRIVATE-CODE", "PRIVATE-PLACE")


@pytest.fixture
def kept(registry) -> Division:
    """The county's rows that are not public: the village's own, secret ones, and the same in another township."""
    township, village = registry.township, registry.village
    other = factories.TownshipFactory(parent=registry.home, name="ELSEWHERE镇")
    factories.FacilityFactory(number="DRAFT-F", name="DRAFT facility", division=village, published=False)
    factories.FacilityFactory(number="SECRET-F", name="SECRET facility", division=village, secret=True)
    factories.FacilityFactory(
        number="SHELTER-F", name="SECRET shelter", division=village, kind__protective=True
    )
    for where, word in ((village, "OWN"), (other, "ELSEWHERE")):
        for level, mark in (("", ""), ("秘密", "SECRET ")):
            place = factories.PlaceFactory(
                division=where, published=False, secrecy=level, geometry=factories.point(106.03, 38.02),
                origin=f"{mark}{word} origin",
            )  # fmt: skip
            factories.NameFactory(place=place, text=f"{mark}{word} draft", status=Name.Status.DRAFT)
            road = factories.RoadFactory(name=f"{mark}{word} road", division=where, restricted=True)
            if level:
                place.roads.add(road)
            site = SignSite.objects.create(place=place, division=where, point=factories.point(106.03, 38.02))
            Sign.objects.create(
                asset_number=f"{mark}{word}-1", site=site, text=f"{mark}{word} sign",
                status=Sign.Status.PLANNED, status_on=datetime.date(2026, 1, 1),
            )  # fmt: skip
    ended = datetime.date(2020, 1, 1)
    factories.DivisionFactory(parent=township, name="OWN former village", code="990000000009", valid_to=ended)
    factories.DivisionFactory(parent=other, name="ELSEWHERE village", code="990000000099")
    return township


@pytest.fixture
def made(kept):
    office = factories.OfficeFactory(division=kept)
    administrator = factories.UserFactory(role=Role.ADMINISTRATOR)

    def make(*scopes: str) -> tuple[str, AccessKey]:
        day = timezone.localdate() + datetime.timedelta(days=30)
        found = make_key(office=office, label="测绘院系统", scopes=scopes, expires_on=day, by=administrator)
        return found.secret, found.key

    return make


def ask(secret: str | None, address: str, **query: str) -> Any:
    headers = {"accept": "application/json", "accept-language": "en"}
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    return Client().get(f"/api/{address}", query, headers=headers)


def said(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace") + json.dumps(dict(response.items()))


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_scope_opens_its_collection_and_no_other(made, collection: str) -> None:
    secret, _key = made(OPENS[collection])
    assert ask(None, f"collections/{collection}/items").status_code == 401
    for other in COLLECTIONS:
        for rest in ("", "/items", "/queryables", "/download.csv"):
            answer = ask(secret, f"collections/{other}{rest}")
            assert answer.status_code == (200 if other == collection else 403), (other, rest)
            said(answer)
    listed = {one["id"] for one in ask(secret, "collections").json()["collections"]}
    assert listed & set(COLLECTIONS) == {collection}
    assert not {one["id"] for one in ask(None, "collections").json()["collections"]} & set(COLLECTIONS)


@pytest.mark.parametrize(
    ("collection", "words"),
    [
        ("office-facilities", {"DRAFT facility"}),
        ("office-place-names", {"OWN draft", "OWN origin", "西湖路"}),
        ("office-signs", {"OWN sign", "OWN-1"}),
        ("office-roads", {"OWN road", "西湖路"}),
        ("office-divisions", {"OWN former village", "西湖社区"}),
    ],
)
def test_the_own_rows_are_there_in_every_form(made, collection: str, words: set[str]) -> None:
    secret, _key = made(OPENS[collection])
    for rest in ("items", "download.csv", "download.geojson"):
        answer = ask(secret, f"collections/{collection}/{rest}")
        assert answer["Cache-Control"] == "private, no-store"
        text = said(answer)
        assert all(word in text for word in words), (rest, words)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_nothing_secret_comes_out_however_it_is_asked(made, collection: str) -> None:
    secret, _key = made(*Scope.values)
    every = base64.urlsafe_b64encode(b'["A"]').decode().rstrip("=")
    for query in (
        {}, {"limit": "1"}, {"sortby": "name"}, {"sortby": "-name"}, {"filter": "NOT FALSE"}, {"after": every},
        {"filter": "name LIKE '%ECRE%' OR name IS NULL"}, {"near": "106.03,38.02", "radius": "100000"},
        {"bbox": "-180,-90,180,90"}, {"datetime": "../2999-12-31"}, {"filter": "S_INTERSECTS(geometry, POINT(106.03 38.02))"},
        {"secrecy": "秘密"}, {"filter": "secrecy = '秘密'"}, {"sortby": "note"}, {"fields": "note"}, {"filter": "note LIKE 'P%'"},
    ):  # fmt: skip
        answer = ask(secret, f"collections/{collection}/items", **query)
        assert answer.status_code in {200, 400}, query
        for word in NEVER:
            assert word not in said(answer), (word, query)
    for rest in ("", "/queryables", "/download.csv", "/download.geojson"):
        text = said(ask(secret, f"collections/{collection}{rest}"))
        assert not [word for word in NEVER if word in text], rest


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_what_is_secret_does_not_count(made, collection: str) -> None:
    secret, _key = made(*Scope.values)
    for text in ("name LIKE 'SECRET%'", "CASEI(name) LIKE CASEI('elsewhere%')"):
        body = ask(secret, f"collections/{collection}/items", filter=text).json()
        assert (body["numberMatched"], body["features"]) == (0, [])


def test_a_single_secret_feature_is_as_if_it_never_was(made) -> None:
    secret, _key = made(*Scope.values)
    for collection, keys in {
        "office-facilities": ["SECRET-F", "SHELTER-F"],
        "office-place-names": list(
            factories.PlaceFactory._meta.model.objects.exclude(secrecy="").values_list("short_id", flat=True)
        ),
        "office-signs": list(Sign.objects.filter(text__contains="SECRET").values_list("pk", flat=True)),
        "office-divisions": list(
            Division.objects.filter(name__contains="ELSEWHERE").values_list("pk", flat=True)
        ),
    }.items():
        never = ask(secret, f"collections/{collection}/items/999999999")
        assert keys
        for key in keys:
            found = ask(secret, f"collections/{collection}/items/{key}")
            assert (found.status_code, found.content) == (404, never.content), (collection, key)


def test_the_line_of_a_secret_place_is_not_told_by_a_place_that_shares_its_road(made, registry) -> None:
    secret, _key = made(Scope.PLACE_NAMES)
    place = factories.PlaceFactory(division=registry.village, published=True, geometry=factories.point(1, 2))
    factories.NameFactory(place=place, text="同路", status=Name.Status.STANDARD)
    hidden = factories.PlaceFactory(division=registry.village, secrecy="机密")
    road = factories.RoadFactory(name="x", division=registry.village)
    place.roads.add(road)
    hidden.roads.add(road)
    found = ask(secret, f"collections/office-place-names/items/{place.short_id}").json()
    assert found["geometry"] is None


def test_each_reading_is_on_record_with_its_rows(made) -> None:
    secret, key = made(*Scope.values)
    matched = {}
    for collection in COLLECTIONS:
        body = ask(secret, f"collections/{collection}/items", limit="1").json()
        matched[collection] = body["numberMatched"]
        said(ask(secret, f"collections/{collection}/download.geojson"))
    noted = [(row.what, row.rows, row.key_id) for row in Departure.objects.order_by("pk")]
    wanted = []
    for collection in COLLECTIONS:
        wanted += [
            (f"api {collection}", 1, key.pk),
            (f"api {collection}.geojson", matched[collection], key.pk),
        ]
    assert noted == wanted
    assert all(row.words for row in Departure.objects.all())


def test_a_key_that_has_expired_or_was_withdrawn_opens_none(made) -> None:
    secret, key = made(*Scope.values)
    for changes in (
        {"expires_on": timezone.localdate() - datetime.timedelta(days=1)},
        {"revoked_at": timezone.now()},
    ):
        AccessKey.objects.filter(pk=key.pk).update(
            **{"expires_on": timezone.localdate() + datetime.timedelta(days=1), "revoked_at": None, **changes}
        )
        assert {ask(secret, f"collections/{one}/items").status_code for one in COLLECTIONS} == {401}


def test_the_openapi_document_describes_them_all(made) -> None:
    paths = ask(None, "openapi").json()["paths"]
    for collection in COLLECTIONS:
        for rest in ("", "/queryables", "/items", "/items/{featureId}", "/download.gpkg"):
            described = paths[f"/collections/{collection}{rest}"]["get"]
            assert described["security"] == [{"key": []}]
            assert "403" in described["responses"]


def test_every_scope_opens_something() -> None:
    assert set(OPENS) == set(COLLECTIONS)
    assert set(OPENS.values()) | {Scope.CONTACTS} == set(Scope)
