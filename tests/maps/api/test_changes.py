"""The change feed: a copy that follows it stays equal; what is gone is told as gone and nothing more."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from django.utils.http import http_date

from facilities.models import Facility, FacilityStatus, Kind
from maps.api import ledger
from maps.api.collections import COLLECTIONS
from maps.models import PublicFeature, PublicLook
from placenames.models import Name, Place
from tests import factories

ADDRESS = "collections/facilities/changes"


@pytest.fixture
def changes(get):
    def ask(**query: Any) -> list[tuple[str, str]]:
        return [(one["id"], one["change"]) for one in get(ADDRESS, **query)["changes"]]

    return ask


class Mirror:
    """A copy of a collection at somebody else's, kept by the feed alone."""

    def __init__(self, client, name: str, limit: int = 2) -> None:
        self.client, self.name, self.limit = client, name, limit
        self.features: dict[Any, Any] = {}
        self.query: dict[str, str] = {}

    def follow(self, between=lambda: None) -> None:
        while True:
            body = self.client.get(
                f"/api/collections/{self.name}/changes",
                {**self.query, "limit": self.limit, "f": "json"},
            ).json()
            for one in body["changes"]:
                if one["change"] == "gone":
                    self.features.pop(one["id"], None)
                    self.features.pop(int(one["id"]) if str(one["id"]).isdecimal() else None, None)
                else:
                    self.features[one["id"]] = one["feature"]
            links = {link["rel"]: link["href"] for link in body["links"]}
            self.query = {
                key: value for key, value in parse_qsl(urlsplit(links["resume"]).query) if key == "after"
            }
            if "next" not in links:
                return
            between()

    def is_equal(self) -> bool:
        body = self.client.get(f"/api/collections/{self.name}/items", {"limit": 10000, "f": "json"}).json()
        return self.features == {one["id"]: one for one in body["features"]}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_copy_that_follows_is_equal(client, registry, name: str) -> None:
    ledger.look()
    mirror = Mirror(client, name)
    mirror.follow()
    assert mirror.features
    assert mirror.is_equal()
    Facility.objects.filter(number="F-2").update(name="改名")
    Facility.objects.filter(number="F-3").update(published=False)
    factories.FacilityFactory(number="F-6", division=registry.village)
    Place.objects.filter(names__text="小山").update(origin="因形得名")
    Name.objects.filter(text="西湖路").update(text="东湖路")
    registry.village.name = "东湖社区"
    registry.village.save()
    assert not mirror.is_equal() or name == "roads"
    ledger.look(anew=True)
    mirror.follow()
    assert mirror.is_equal()


def test_pages_stay_whole_while_things_change(client, registry) -> None:
    """Between any two pages one thing changes, one goes and one comes: nothing is missed, and at the end all is equal."""
    ledger.look()
    mirror, counter = Mirror(client, "facilities", limit=1), iter(range(10, 14))

    def meanwhile() -> None:
        number = next(counter, None)
        if number is None:
            return
        factories.FacilityFactory(number=f"F-{number}", division=registry.village)
        Facility.objects.filter(number="F-1").update(address=f"第{number}次")
        if number == 11:
            FacilityStatus.objects.filter(facility__number="F-5").delete()
            Facility.objects.filter(number="F-5").delete()
        ledger.look(anew=True)

    mirror.follow(between=meanwhile)
    assert "F-13" in mirror.features
    assert "F-5" not in mirror.features
    assert mirror.features["F-1"]["properties"]["address"] == "第13次"
    assert mirror.is_equal()


@pytest.mark.parametrize(
    "hide",
    [
        lambda facility: Facility.objects.filter(pk=facility.pk).update(secret=True),
        lambda facility: Facility.objects.filter(pk=facility.pk).update(published=False),
        lambda facility: Kind.objects.filter(pk=facility.kind_id).update(protective=True),
    ],
)
def test_what_became_secret_is_gone_at_once_and_nothing_more_is_told(client, registry, hide) -> None:
    ledger.look()
    facility = registry.facilities[1]
    Facility.objects.filter(pk=facility.pk).update(name="一个名字", address="一个地址")
    ledger.look(anew=True)
    hide(facility)
    for looked in (False, True):
        if looked:
            ledger.look(anew=True)
        body = client.get(f"/api/{ADDRESS}", {"f": "json"}).json()
        (said,) = [one for one in body["changes"] if one["id"] == "F-2"]
        assert set(said) == {"id", "change", "at"}
        assert said["change"] == "gone"
        for form in ("json", "html", "atom", "rss"):
            text = client.get(f"/api/{ADDRESS}", {"f": form}).content.decode()
            assert "一个名字" not in text
            assert "一个地址" not in text


def test_what_was_never_public_is_not_in_it(client, registry, get) -> None:
    ledger.look()
    Facility.objects.filter(number__startswith="HIDDEN").update(note="y")
    ledger.look(anew=True)
    for name in COLLECTIONS:
        for form in ("json", "html", "atom", "rss"):
            said = client.get(f"/api/collections/{name}/changes", {"f": form}).content.decode()
            assert "HIDDEN" not in said
            assert "PRIVATE" not in said
    assert not PublicFeature.objects.filter(key__startswith="HIDDEN").exists()


def test_a_change_of_what_is_not_public_is_no_change(registry) -> None:
    ledger.look()
    before = PublicFeature.objects.aggregate(last=ledger.Max("number"))
    Facility.objects.filter(number="F-1").update(private_phone="139", note="x", social_credit_code="y")
    assert ledger.look(anew=True) == 0
    assert PublicFeature.objects.aggregate(last=ledger.Max("number")) == before


def test_a_status_that_begins_by_its_day_is_a_change(registry, changes, monkeypatch) -> None:
    """History has no event of it: the day comes, and the public sees another state."""
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    FacilityStatus.objects.create(facility=registry.facilities[0], status="paused", valid_from=tomorrow)
    ledger.look()
    moment = timezone.now() + datetime.timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert ledger.look() == 1
    assert changes(since=(moment - datetime.timedelta(hours=1)).isoformat()) == [("F-1", "changed")]


def test_since_a_moment(registry, changes, get) -> None:
    ledger.look()
    assert len(changes()) == 5
    assert len(changes(since="2000-01-01")) == 5
    assert changes(since="2999-01-01T00:00:00Z") == []
    assert get(ADDRESS, limit="2")["numberReturned"] == 2
    for wrong in ("yesterday", "2026-13-01", "2026-01-01T00:00:00", ""):
        get(ADDRESS, status=400, since=wrong)
    for query in (
        {"after": "x"},
        {"after": "-1"},
        {"after": "1", "since": "2026-01-01"},
        {"limit": "0"},
        {"f": "xml"},
        {"bbox": "1"},
    ):
        get(ADDRESS, status=400, **query)
    get("collections/nothing/changes", status=404)
    get("collections/office-facilities/changes", status=404)


def test_a_second_look_notes_nothing_and_one_at_a_time_looks(registry) -> None:
    assert ledger.look() > 10
    assert ledger.look() == 0
    assert ledger.look(anew=True) == 0


def test_a_collection_that_takes_long_is_left_to_rest(registry) -> None:
    ledger.look()
    PublicLook.objects.update(took_s=3600)
    Facility.objects.filter(number="F-1").update(name="改名")
    assert ledger.look() == 0
    PublicLook.objects.update(took_s=0)
    assert ledger.look() == 1


def test_feeds_tell_the_newest_first_and_bury_what_is_gone(client, registry) -> None:
    ledger.look()
    Facility.objects.filter(number="F-4").update(published=False)
    Facility.objects.filter(number="F-1").update(name="改了名的")
    ledger.look(anew=True)
    answer = client.get(f"/api/{ADDRESS}", {"f": "atom"})
    assert answer["Content-Type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(answer.content)
    assert feed.find(f"{atom}entry/{atom}title").text == "改了名的"
    (buried,) = feed.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert buried.get("ref").endswith("/api/collections/facilities/items/F-4")
    assert len(feed.findall(f"{atom}entry")) == 4
    assert "CC BY 4.0" in feed.find(f"{atom}rights").text
    answer = client.get(f"/api/{ADDRESS}", {"f": "rss"})
    channel = ElementTree.fromstring(answer.content).find("channel")
    assert len(channel.findall("item")) == 5
    assert "F-4" in answer.content.decode()
    names = client.get("/api/collections/place-names/changes", {"f": "atom"}).content.decode()
    assert "示范数据" in names


def test_when_something_last_changed_is_told_and_believed(client, registry) -> None:
    headers = {"accept": "application/geo+json"}
    items, item = "/api/collections/facilities/items", "/api/collections/facilities/items/F-1"
    assert "Last-Modified" not in client.get(items, headers=headers)  # nobody has looked yet
    ledger.look()
    for address in (items, item, "/api/collections/facilities", "/api/collections", f"/api/{ADDRESS}?f=json"):
        first = client.get(address, headers=headers)
        known = first["Last-Modified"]
        assert client.get(address, headers={**headers, "if-modified-since": known}).status_code == 304, (
            address
        )
        older = http_date(timezone.now().timestamp() - 86_400)
        assert client.get(address, headers={**headers, "if-modified-since": older}).status_code == 200
        # An ETag that differs goes before a moment that does not.
        both = {**headers, "if-modified-since": known, "if-none-match": '"other"'}
        assert client.get(address, headers=both).status_code == 200
    assert "Last-Modified" not in client.get(items, headers={"accept": "text/html"})
    PublicFeature.objects.update(changed_at=timezone.now() - datetime.timedelta(hours=1))
    known = client.get(items, headers=headers)["Last-Modified"]
    Facility.objects.filter(number="F-1").update(name="改名")
    ledger.look(anew=True)
    assert client.get(items, headers={**headers, "if-modified-since": known}).status_code == 200
    # Where the worker is dead nobody knows, and nothing is claimed.
    PublicLook.objects.update(looked_at=timezone.now() - datetime.timedelta(hours=1))
    assert "Last-Modified" not in client.get(items, headers=headers)


def test_numbers_are_given_in_order(registry) -> None:
    ledger.look()
    numbers = list(PublicFeature.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    Facility.objects.filter(number="F-1").update(name="改名")
    ledger.look(anew=True)
    assert PublicFeature.objects.get(collection="facilities", key="F-1").number == len(numbers) + 1
