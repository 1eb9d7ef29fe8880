"""Keys to data that is not public: shown once, kept as a digest, opening no more than they say, for no longer."""

from __future__ import annotations

import datetime
import json
import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.operations.keys import make_key, revoke_key, valid_key
from geo_registry.operations.models import AccessKey, Departure, Scope
from tests import factories

ITEMS = "/api/collections/office-facilities/items"
TOMORROW = datetime.timedelta(days=1)


@pytest.fixture
def county(db):
    installation = factories.InstallationFactory()
    home = installation.home_division
    mine = factories.TownshipFactory(parent=home, name="甲镇")
    other = factories.TownshipFactory(parent=home, name="乙镇")
    for township, where in ((mine, "MINE"), (other, "OTHER")):
        for what, changes in {
            "OPEN": {}, "DRAFT": {"published": False}, "SECRET": {"secret": True}, "PROTECTED": {"kind__protective": True},
        }.items():  # fmt: skip
            factories.FacilityFactory(
                number=f"{where}-{what}",
                division=township,
                private_phone=f"PHONE-{where}-{what}",
                note="NOTE",
                **changes,
            )
    return mine


@pytest.fixture
def made(county, administrator):
    office = factories.OfficeFactory(division=county)

    def make(*scopes: str, days: int = 30):
        day = timezone.localdate() + datetime.timedelta(days=days)
        return make_key(
            office=office,
            label="卫健局系统",
            scopes=scopes or [Scope.FACILITIES],
            expires_on=day,
            by=administrator,
        )

    return make


def ask(secret: str | None, address: str = ITEMS, **query: str):
    headers = {"accept": "application/json", "accept-language": "en"}
    if secret is not None:
        headers["authorization"] = f"Bearer {secret}"
    return Client().get(address, query, headers=headers)


def test_without_a_key_nothing_is_opened_and_with_one_only_the_own_division(made) -> None:
    answer = ask(None)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    answer = ask(made().secret)
    numbers = {one["id"] for one in answer.json()["features"]}
    assert numbers == {"MINE-OPEN", "MINE-DRAFT"}
    assert answer["Cache-Control"] == "private, no-store"
    assert "PHONE" not in answer.content.decode()
    assert "NOTE" not in answer.content.decode()


def test_contacts_are_opened_by_their_own_scope(made) -> None:
    for query in (
        {"filter": "office_phone IS NOT NULL"},
        {"sortby": "office_phone"},
        {"fields": "office_phone"},
        {"office_phone": "x"},
    ):
        assert ask(made().secret, **query).status_code == 400, query
    body = ask(made(Scope.FACILITIES, Scope.CONTACTS).secret).json()
    assert {one["properties"]["office_phone"] for one in body["features"]} == {
        "PHONE-MINE-OPEN",
        "PHONE-MINE-DRAFT",
    }


def test_a_secret_place_is_opened_by_no_key(made) -> None:
    secret = made(Scope.FACILITIES, Scope.CONTACTS).secret
    for number in ("MINE-SECRET", "MINE-PROTECTED", "OTHER-OPEN", "NEVER"):
        answer = ask(secret, f"{ITEMS}/{number}")
        assert answer.status_code == 404
        assert answer.content == ask(secret, f"{ITEMS}/NEVER").content
    assert ask(secret, filter="name LIKE '%'").json()["numberMatched"] == 2


def test_a_key_that_is_wrong_old_or_withdrawn_opens_nothing_not_even_what_is_public(made) -> None:
    new = made()
    wrong = new.secret[:-1] + ("A" if new.secret[-1] != "A" else "B")
    for given in (wrong, "x", "", new.key.prefix, f"{new.key.prefix}_{'a' * 40}"):
        for address in (ITEMS, "/api/collections/facilities/items"):
            answer = ask(given, address)
            assert answer.status_code == 401, given
            assert answer.json()["title"] == "The key is not valid"
    assert ask(new.secret).status_code == 200
    AccessKey.objects.filter(pk=new.key.pk).update(expires_on=timezone.localdate() - TOMORROW)
    assert ask(new.secret).status_code == 401
    AccessKey.objects.filter(pk=new.key.pk).update(expires_on=timezone.localdate())
    assert ask(new.secret).status_code == 200
    revoke_key(key=AccessKey.objects.get(pk=new.key.pk))
    assert ask(new.secret).status_code == 401


def test_only_a_digest_is_kept(made, django_assert_num_queries) -> None:
    new = made()
    row = AccessKey.objects.values().get(pk=new.key.pk)
    random = new.secret.removeprefix(f"{new.key.prefix}_")
    assert random not in json.dumps(row, default=str)
    history = AccessKey.pgh_event_models["insert"].objects.values().first()
    assert "digest" not in history
    assert valid_key(new.secret) == new.key
    assert AccessKey.objects.get(pk=new.key.pk).last_used_on == timezone.localdate()
    # A use is noted once a day, not with each request.
    with django_assert_num_queries(1):
        valid_key(new.secret)


@pytest.mark.parametrize(
    ("days", "scopes"),
    [(-1, ["facilities"]), (3000, ["facilities"]), (30, ["contacts"]), (30, ["everything"]), (30, [])],
)
def test_what_does_not_fit_makes_no_key(county, administrator, days, scopes) -> None:
    office = factories.OfficeFactory(division=county)
    day = timezone.localdate() + datetime.timedelta(days=days)
    with pytest.raises(ValidationError):
        make_key(office=office, label="x", scopes=scopes, expires_on=day, by=administrator)
    assert not AccessKey.objects.exists()


def test_each_use_is_on_record(made) -> None:
    new = made()
    ask(new.secret, limit="1")
    ask(new.secret, f"{ITEMS}/MINE-DRAFT")
    ask(new.secret, "/api/collections/facilities/items")  # public: nothing to note
    assert b"MINE-DRAFT" in b"".join(
        ask(new.secret, "/api/collections/office-facilities/download.csv").streaming_content
    )
    noted = [(row.what, row.rows, row.key) for row in Departure.objects.order_by("pk")]
    assert noted == [
        ("api office-facilities", 1, new.key), ("api office-facilities", 1, new.key), ("api office-facilities.csv", 2, new.key),
    ]  # fmt: skip
    assert "卫健局系统" in Departure.objects.first().who


def test_an_administrator_makes_one_sees_its_secret_once_and_withdraws_it(admin_client, county) -> None:
    office = factories.OfficeFactory(division=county)
    form = {
        "office": office.pk, "label": "卫健局系统", "scopes": ["facilities"],
        "expires_on": (timezone.localdate() + TOMORROW).isoformat(),
    }  # fmt: skip
    shown = admin_client.post(reverse("operations:keys"), form).content.decode()
    secret = re.search(r"data-key>(gr_[^<]+)<", shown)[1]
    assert ask(secret).status_code == 200
    listed = admin_client.get(reverse("operations:keys")).content.decode()
    key = AccessKey.objects.get()
    assert key.prefix in listed
    assert secret not in listed
    admin_client.post(reverse("operations:key_revoke", args=[key.pk]))
    assert ask(secret).status_code == 401
    wrong = admin_client.post(reverse("operations:keys"), {**form, "expires_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert AccessKey.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_makes_one(client, county, role) -> None:
    person = factories.UserFactory(role=role, office=factories.OfficeFactory(division=county))
    client.force_login(person, backend="geo_registry.accounts.backends.PolicyBackend")
    assert client.post(reverse("operations:keys"), {}).status_code == 403
