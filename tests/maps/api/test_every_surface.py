"""Every surface of the site, asked in every way for a secret, a draft and a telephone of the office's: none tells.

What is typed here is never the whole word that must not come back: an answer that holds it has told.
"""

from __future__ import annotations

import json

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from facilities.models import Facility
from geo_registry.jobs import beat
from maps.api import ledger
from placenames.models import Place
from tests.accounts.expected_access import EVERYBODY, expected
from tests.accounts.test_every_address import addresses
from tests.reference_rows import load_shipped_reference

WORDS = ("HIDDEN", "PRIVATE")
PARTS = ("HIDDE", "hidde", "PRIVAT", "139-PRIVAT", "西湖", "西湖1")
TRICKS = (
    {}, {"sort": "private_phone"}, {"sortby": "-note"}, {"page": "2"}, {"page": "-1"}, {"limit": "1", "offset": "1"},
    {"order": "secret"}, {"secret": "1"}, {"published": "false"}, {"all": "1"}, {"sel": "HIDDE"}, {"since": "2000-01-01"},
    {"village": "990000000001"}, {"lat": "38.0", "lon": "106.0"},
)  # fmt: skip
TILES = [
    (z, x, y)
    for z, x, y in ((8, 203, 98), (10, 813, 394), (12, 3254, 1577), (14, 13017, 6310), (14, 13018, 6310))
]


def said_by(response) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace") + json.dumps(dict(response.items()))


def assert_tells_nothing(response, asked: object) -> None:
    assert response.status_code < 500, asked
    said = said_by(response)
    for word in WORDS:
        assert word not in said, (asked, word)


@pytest.fixture
def ready(registry):
    load_shipped_reference()
    ledger.look()
    beat.beat()
    Facility.objects.filter(number="F-1").update(private_phone="139-PRIVATE")
    return registry


@pytest.mark.slow
def test_no_public_address_tells_however_it_is_asked(client, ready) -> None:
    asked = 0
    table = expected()
    for name in sorted(set(addresses(get_resolver()))):
        if table.get(name) != EVERYBODY:
            continue
        try:
            path = reverse(name)
        except NoReverseMatch:
            continue
        for query in (*TRICKS, *({"q": part} for part in PARTS)):
            assert_tells_nothing(client.get(path, query), (name, query))
            asked += 1
    assert asked > 100


def test_addresses_of_single_things_answer_alike_for_what_is_hidden_and_what_never_was(client, ready) -> None:
    for pattern in (
        "/facility/{}/",
        "/report/facility/{}/",
        "/api/collections/facilities/items/{}",
        "/?sel={}",
    ):
        never = client.get(pattern.format("NEVERX-0"))
        for number in ("HIDDEN-0", "HIDDEN-1", "HIDDEN-2"):
            found = client.get(pattern.format(number))
            assert found.status_code == never.status_code, (pattern, number)
            text, other = found.content.decode(), never.content.decode()
            assert text.count("HIDDEN") == other.count("NEVERX"), pattern
    for place in Place.objects.exclude(published=True, secrecy=""):
        for pattern in ("/place/{}/", "/names/{}/", "/p/{}/"):
            assert client.get(pattern.format(place.short_id)).status_code == 404


@pytest.mark.parametrize("tile", TILES)
def test_no_tile_holds_a_hidden_name(client, ready, tile) -> None:
    assert_tells_nothing(client.get("/tiles/base/{}/{}/{}.mvt".format(*tile)), tile)


@pytest.mark.parametrize("ending", ["csv", "geojson", "atom"])
def test_no_file_of_changes_tells(client, ready, ending: str) -> None:
    assert_tells_nothing(client.get(f"/names/changes.{ending}", {"since": "2000-01-01"}), ending)


def test_a_filter_cannot_be_used_to_guess_what_it_may_not_see(client, ready) -> None:
    """Guessing letter by letter, as one would a telephone: right and wrong guesses are answered alike."""
    address = "/api/collections/facilities/items"
    for column in ("private_phone", "note", "social_credit_code"):
        right = client.get(address, {"filter": f"{column} LIKE '139%'"})
        wrong = client.get(address, {"filter": f"{column} LIKE 'zzz%'"})
        assert (right.status_code, right.content) == (wrong.status_code, wrong.content)
        assert right.status_code == 400
    # A hidden number as the place where a page begins says nothing of whether it is there.
    for collection in ("facilities", "place-names"):
        first = client.get(f"/api/collections/{collection}/items", {"after": "WyJISURERU4tMCJd"})
        second = client.get(f"/api/collections/{collection}/items", {"after": "WyJISURERU4tWCJd"})
        assert first.json()["features"] == second.json()["features"]
