"""So many requests a minute: counted over all processes, told clearly, forgotten."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError
from django.utils import timezone

from geo_registry.operations import limits
from geo_registry.operations.keys import make_key
from geo_registry.operations.models import RateWindow
from tests import factories

pytestmark = pytest.mark.django_db
HEADERS = {"accept": "application/json", "accept-language": "en"}


@pytest.fixture(autouse=True)
def limited(settings, monkeypatch) -> None:
    settings.API_RATE_PER_MINUTE, settings.API_KEY_RATE_PER_MINUTE = 3, 5
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_010.0)
    factories.InstallationFactory()


def test_one_too_many_is_told_when_to_come_again(client) -> None:
    for _number in range(3):
        assert client.get("/api/", headers=HEADERS).status_code == 200
    answer = client.get("/api/", headers=HEADERS)
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) == 60 - 1_000_000_010 % 60
    assert answer.json()["title"] == "Too many requests"
    assert "3 requests" in answer.json()["detail"]
    # Another machine is not the one that asked too often.
    assert client.get("/api/", headers=HEADERS, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_the_next_minute_begins_anew(client, monkeypatch) -> None:
    for _number in range(4):
        client.get("/api/")
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_070.0)
    assert client.get("/api/").status_code == 200


def test_a_key_has_a_count_of_its_own(client, administrator) -> None:
    office = factories.OfficeFactory()
    day = timezone.localdate() + datetime.timedelta(days=1)
    made = make_key(office=office, label="x", scopes=["facilities"], expires_on=day, by=administrator)
    for _number in range(4):
        client.get("/api/")
    headers = {**HEADERS, "authorization": f"Bearer {made.secret}"}
    answers = [client.get("/api/", headers=headers).status_code for _number in range(6)]
    assert answers == [200] * 5 + [429]


def test_trying_out_keys_is_counted(client) -> None:
    headers = {**HEADERS, "authorization": f"Bearer gr_00000000_{'a' * 40}"}
    assert [client.get("/api/", headers=headers).status_code for _number in range(4)] == [401, 401, 401, 429]


def test_a_file_costs_as_much_as_many_pages(client) -> None:
    assert client.get("/api/collections/facilities/download.csv", headers=HEADERS).status_code == 429


def test_no_address_is_kept_and_old_counts_go(client, monkeypatch) -> None:
    client.get("/api/", REMOTE_ADDR="10.0.0.9")
    row = RateWindow.objects.get()
    assert "10.0.0.9" not in row.bucket
    assert limits.forget() == 0
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_010.0 + 300)
    assert limits.forget() == 1


def test_what_cannot_be_counted_is_let_through(client, monkeypatch) -> None:
    def full(*_args):
        raise DatabaseError("No space left on device")

    monkeypatch.setattr(limits, "_add", full)
    assert client.get("/api/").status_code == 200
