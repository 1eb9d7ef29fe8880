"""Every public address of the site, whoever asks: no session is looked into, none is set, and proxies are told how long to keep it.

The addresses are those of ``tests/accounts/expected_access.py``: a new public page is held to this without being named here.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from geo_registry.accounts.models import Role
from tests import little_county
from tests.accounts.expected_access import EVERYBODY, expected
from tests.accounts.test_every_address import addresses

from . import test_every_page as walk

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Addresses that are somebody's own, or are about this very moment: kept by nobody, and said so.
OWN = {
    # who signs in has a session to come; the language is set by a form
    "accounts:login", "admin:login", "set_language",
    # a form has a token against forged posts; what became of a report is read by who has its code
    "reports:new", "reports:ask", "reports:state",
    # files of records: the record's own app says who may see them
    "attachments:shown", "attachments:small", "attachments:original",
    # machines ask whether the site lives
    "health", "ready",
}  # fmt: skip
# What a page is made of may differ from answer to answer: the nonce of its scripts.
_NONCE = re.compile(rb'nonce="[^"]+"')
# The language is in a cookie; an interface also answers in the form that is asked for, and to keys.
VARY = {"accept-language", "cookie", "accept", "authorization", "accept-encoding", "origin"}


def more_arguments(county: little_county.LittleCounty) -> dict[str, list[object]]:
    """What the addresses need that are no pages."""
    version = walk.map_of(county)
    return {
        "maps:tile": ["base", 12, 3254, 1577],
        "maps:published_data": [version.map.code, 1],
        "maps:published_file": [version.map.code, 1, "html"],
        "maps:name_drawing": [county.place.short_id],
        "maps:story_drawing": [walk.story_of(county).short_id],
        "maps:collection_drawing": [walk.collection_of(county).short_id],
        "placenames:geometry": [county.place.short_id],
        "placenames:changes_file": ["csv"],
        "api:download": ["facilities", "csv"],
        "api:nothing": ["nothing"],
        "guide:picture": ["finder-phone"],
        "sitemap_part": ["pages", 1],
    }


def body(response) -> bytes:
    return _NONCE.sub(b"", b"".join(response.streaming_content) if response.streaming else response.content)


def test_no_public_address_depends_on_a_session() -> None:
    county = little_county.make()
    needs = walk.arguments(county) | more_arguments(county)
    stranger, somebody = Client(), Client()
    somebody.force_login(
        county.people[Role.ADMINISTRATOR], backend="geo_registry.accounts.backends.PolicyBackend"
    )
    asked, wrong, table = 0, [], expected()
    for name in sorted(set(addresses(get_resolver()))):
        if table.get(name) != EVERYBODY or name in OWN:
            continue
        try:
            path = reverse(name, args=needs.get(name, []))
        except NoReverseMatch:
            wrong.append(f"{name}: say in more_arguments() what it needs")
            continue
        plain, found = stranger.get(path), somebody.get(path)
        asked += 1
        if plain.status_code >= 400 and name not in {"api:nothing", "guide:picture"}:
            wrong.append(f"{name}: {path} answers {plain.status_code}")
        if found.wsgi_request.session.accessed:
            wrong.append(f"{name}: {path} looks into the session")
        if found.cookies or plain.cookies:
            wrong.append(f"{name}: {path} sets a cookie")
        if body(plain) != body(found):
            wrong.append(f"{name}: {path} is another page for who is signed in")
        kept = found.headers.get("Cache-Control", "")
        if found.status_code < 400 and not ("public" in kept and re.search(r"max-age=[1-9]", kept)):
            wrong.append(f"{name}: {path} does not say how long it may be kept ({kept!r})")
        vary = {one.strip().lower() for one in found.headers.get("Vary", "").split(",") if one.strip()}
        if vary - VARY:
            wrong.append(f"{name}: {path} varies by {sorted(vary - VARY)}")
    assert wrong == []
    assert asked > 30


def test_what_is_somebodys_own_is_kept_by_nobody() -> None:
    county = little_county.make()
    needs = walk.arguments(county)
    for name in ("accounts:login", "reports:new", "reports:state", "ready"):
        kept = Client().get(reverse(name, args=needs.get(name, []))).headers.get("Cache-Control", "")
        assert "public" not in kept, name
        assert "no-store" in kept or "private" in kept or "no-cache" in kept, (name, kept)
