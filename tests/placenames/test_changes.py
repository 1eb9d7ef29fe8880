"""What map makers are told: new, renamed, changed and ended names, and nothing that is not public."""

from __future__ import annotations

import csv
import datetime
import io
import xml.etree.ElementTree as ET

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from geo_registry.territory.models import Division
from placenames.models import Name, Place, PlaceKind, Spelling
from placenames.services.publishing_out import changes
from tests.factories import DemoSourceFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def hamlet(county):
    kind = PlaceKind.objects.create(code="hamlet", name_zh="自然村")

    def make(text, **fields):
        village = Division.objects.get(name="甲东村")
        values = {"published": True, "division": village, "geometry": Point(106.1, 38.1, srid=4490)} | fields
        place = Place.objects.create(kind=kind, **values)
        Name.objects.create(place=place, text=text, status=Name.Status.STANDARD)
        return place

    return make


def long_ago(place):
    """As if it had been entered, and last changed, a year before."""
    moment = timezone.now() - datetime.timedelta(days=365)
    Place.objects.filter(pk=place.pk).update(created_at=moment)
    for model, condition in ((Place, {"pgh_obj_id": place.pk}), (Name, {"place_id": place.pk})):
        for events in set(model.pgh_event_models.values()):
            events.objects.filter(**condition).update(pgh_created_at=moment)


def told():
    return [(row.name.text, str(row.change), row.former) for row in changes(TODAY())]


def test_a_new_one_a_renamed_one_and_an_ended_one(hamlet):
    hamlet("新庄")
    old = hamlet("老庄")
    long_ago(old)
    assert told() == [("新庄", "new", "")]
    name = old.names.get()
    name.status, name.valid_to = Name.Status.FORMER, TODAY()
    name.save()
    assert told()[0] == ("老庄", "retired", "")
    Name.objects.create(place=old, text="兴庄", status=Name.Status.STANDARD, valid_from=TODAY())
    assert told()[0] == ("兴庄", "renamed", "老庄")


def test_a_confirmed_spelling_is_a_change_and_search_keys_are_none(hamlet):
    place = hamlet("老庄")
    long_ago(place)
    name = place.names.get()
    name.save()
    assert told() == []
    Spelling.objects.create(name=name, text="Lǎozhuāng", status=Spelling.Status.CONFIRMED)
    assert told() == [("老庄", "changed", "")]


@pytest.mark.parametrize("fields", [{"published": False}, {"secrecy": "秘密"}])
def test_what_is_not_public_is_in_none_of_them(client, hamlet, fields):
    place = hamlet("藏龙屯", **fields)
    addresses = [reverse("placenames:changes")]
    addresses += [reverse("placenames:changes_file", args=[ending]) for ending in ("csv", "geojson", "atom")]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "藏龙屯" not in answer.content.decode()
        assert place.short_id not in answer.content.decode()


def test_the_files_say_the_same_and_no_cell_is_a_formula(client, hamlet):
    hamlet("=新庄", approved_by="甲县人民政府")
    table = client.get(reverse("placenames:changes_file", args=["csv"])).content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert (row["name"], row["change"], row["lon"], row["lat"]) == ("'=新庄", "new", "106.1", "38.1")
    (feature,) = client.get(reverse("placenames:changes_file", args=["geojson"])).json()["features"]
    assert feature["geometry"]["coordinates"] == [106.1, 38.1]
    assert feature["properties"]["address"].endswith(f"/names/{feature['id']}/")
    feed = ET.fromstring(client.get(reverse("placenames:changes_file", args=["atom"])).content)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert "新庄" in entry.find(f"{ATOM}title").text
    assert entry.find(f"{ATOM}id").text


def test_the_feed_has_what_every_feed_must_have(client, hamlet):
    """RFC 4287, 4.1: an id, a title, a time, an author; entries with an id, a title, a time and a link."""
    hamlet("新庄")
    feed = ET.fromstring(client.get(reverse("placenames:changes_file", args=["atom"])).content)
    for element in ("id", "title", "updated", "author/{http://www.w3.org/2005/Atom}name"):
        assert feed.find(f"{ATOM}{element}").text, element
    for element in ("id", "title", "updated"):
        assert feed.find(f"{ATOM}entry/{ATOM}{element}").text, element
    assert feed.find(f"{ATOM}entry/{ATOM}link[@rel='alternate']") is not None


def test_what_is_invented_is_called_so(client, hamlet):
    Place.objects.filter(pk=hamlet("虚庄").pk).update(source=DemoSourceFactory())
    table = client.get(reverse("placenames:changes_file", args=["csv"])).content.decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(table)))["invented"] == "yes"
    feed = client.get(
        reverse("placenames:changes_file", args=["atom"]), headers={"accept-language": "zh-hans"}
    )
    assert "示范数据" in feed.content.decode()


@pytest.mark.parametrize("ending", ["csv", "geojson", "atom"])
def test_who_has_it_already_is_sent_nothing_and_a_day_that_is_none_is_refused(client, hamlet, ending):
    hamlet("新庄")
    address = reverse("placenames:changes_file", args=[ending])
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for since in ("2026/01/01", "9999-01-01", "x"):
        refused = client.get(address, {"since": since})
        assert refused.status_code == 400
        assert "2026-03-25" in refused.content.decode()


@pytest.mark.parametrize("since", ["", "x", "2026-02-30", "9999-01-01", "0001-01-01", "\x00"])
def test_a_day_that_is_none_is_the_usual_one(client, hamlet, since):
    hamlet("新庄")
    assert "新庄" in client.get(reverse("placenames:changes"), {"since": since}).content.decode()


def test_an_unknown_ending_is_not_found(client, db):
    assert client.get("/names/changes.exe").status_code == 404


def test_a_names_page_tells_the_nearest_service_points(client, hamlet):
    from tests import factories

    village = Division.objects.get(name="甲东村")
    for number, lon in ((1, 106.2), (2, 106.11)):
        factories.FacilityFactory(
            number=f"F-{number}",
            name=f"第{number}助餐点",
            division=village,
            location=Point(lon, 38.1, srid=4490),
        )
    factories.FacilityFactory(
        number="F-3", name="内部点", division=village, location=Point(106.1, 38.1, srid=4490), published=False
    )
    text = client.get(reverse("placenames:place", args=[hamlet("新庄").short_id])).content.decode()
    assert text.index("第2助餐点") < text.index("第1助餐点")
    assert "内部点" not in text


def test_many_changes_are_read_with_no_more_queries_than_few(hamlet, django_assert_num_queries):
    for number in range(2):
        hamlet(f"第{number}庄")
    with CaptureQueriesContext(connection) as few:
        assert len(changes(TODAY())) == 2
    for number in range(2, 20):
        hamlet(f"第{number}庄")
    with django_assert_num_queries(len(few)):
        rows = changes(TODAY())
    assert len(rows) == 20
    assert {(row.lon, row.lat) for row in rows} == {(106.1, 38.1)}
