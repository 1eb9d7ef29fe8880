"""Names of roads drawn by hand are checked like any other: beside the draft and beside the set; nothing is refused for it."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.drawing.models import EditSet
from geo_registry.drawing.services.versions import versions_of
from geo_registry.territory.models import Division, Road
from placenames.models import Name
from tests.factories import OfficeFactory, UserFactory, line, square

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
THERE = ((106.0, 38.0), (106.005, 38.0))
APART = ((106.0, 38.01), (106.005, 38.01))


def signed_in(role, division):
    client = Client()
    user = UserFactory(role=role, office=OfficeFactory(division=division))
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def planner(town, village):
    outline = square(106.0, 38.0, half_deg=0.1)
    Division.objects.filter(pk__in=[town.parent_id, town.pk, village.pk]).update(boundary=outline)
    return signed_in(Role.PLANNER, town.parent)


def new(name, coordinates, key="road:new-1"):
    geometry = {"type": "LineString", "coordinates": [list(each) for each in coordinates]}
    attributes = {"name": name, "road_class": "residential"}
    return {"key": key, "layer": "road", "action": "create", "id": None, "version": 0, "geometry": geometry,
            "attributes": attributes}  # fmt: skip


def renamed(road, name):
    return {"key": f"road:{road.pk}", "layer": "road", "action": "update", "id": road.pk,
            "version": versions_of(Road, [road.pk])[road.pk], "geometry": None, "attributes": {"name": name}}  # fmt: skip


def sent(client, address, **body):
    return client.post(reverse(address), json.dumps(body), content_type="application/json")


def problems(client, *changes):
    answer = sent(client, "drawing:check", changes=list(changes))
    assert answer.status_code == 200, answer.content
    return answer.json()["problems"]


def warnings(client, *changes):
    return [each for each in problems(client, *changes) if each["severity"] == "warning"]


def test_a_name_that_is_there_already_is_said_beside_the_field_and_where(planner, village, named):
    named("兴业路", village, *THERE)
    found = warnings(planner, new("兴业路", APART))
    assert [(each["key"], each["field"]) for each in found] == [("road:new-1", "name")] * len(found)
    duplicate = next(each for each in found if each["text"].startswith("检查1“"))
    assert "兴业路" in duplicate["text"]
    assert "1110米" in duplicate["text"]
    assert duplicate["place"] == pytest.approx([106.0025, 38.0])


def test_what_could_not_be_checked_is_said_once_and_is_nothing_to_mend(planner, village, named):
    found = problems(planner, new("东风路", THERE), new("和平路", APART, key="road:new-2"))
    notes = [each for each in found if each["severity"] == "note"]
    assert len(notes) == 1
    assert "10 " in notes[0]["text"]
    assert not [each for each in found if each["severity"] != "note"]


def test_a_road_without_a_name_is_asked_nothing(planner, village, named):
    assert problems(planner, new("", THERE)) == []


def test_a_stretch_that_goes_on_from_its_road_brings_no_new_name(planner, village, named):
    named("兴业路", village, *THERE)
    assert problems(planner, new("兴业路", (THERE[1], (106.01, 38.0)))) == []


def test_two_roads_of_one_drawing_are_held_against_one_another(planner, village, named):
    found = warnings(planner, new("兴业路", THERE), new("星业路", APART, key="road:new-2"))
    assert {each["key"] for each in found if each["text"].startswith("检查3“")} == {
        "road:new-1",
        "road:new-2",
    }


def test_stretches_of_one_new_road_are_checked_as_one(planner, village, named):
    named("星业路", village, *APART)
    found = warnings(
        planner, new("兴业路", THERE), new("兴业路", (THERE[1], (106.01, 38.0)), key="road:new-2")
    )
    assert [each["key"] for each in found if each["text"].startswith("检查3“")] == ["road:new-1"]


def test_a_road_that_is_called_otherwise_is_not_held_against_itself(planner, village, named):
    old = named("兴业路", village, *THERE, status=Name.Status.RECORDED)
    assert warnings(planner, renamed(old.place.roads.get(), "星业路")) == []


def test_an_approved_name_is_not_changed_by_the_map(planner, village, named):
    old = named("兴业路", village, *THERE, status=Name.Status.STANDARD)
    (found,) = warnings(planner, renamed(old.place.roads.get(), "星业路"))
    assert "已有批准的地名“兴业路”" in found["text"]


def test_whoever_decides_on_a_proposal_reads_the_same_and_so_does_who_looks_later(planner, village, named):
    named("兴业路", village, *THERE)
    other = signed_in(Role.PLANNER, Division.objects.get(code="990000"))
    answer = sent(other, "drawing:save", changes=[new("兴业路", APART)], why="实地核对", propose=True)
    assert answer.status_code == 201, answer.content
    waiting = EditSet.objects.get()
    page = planner.get(reverse("drawing:set", args=[waiting.pk])).content.decode()
    assert "检查1“" in page
    assert "106.002500,38.000000" in page
    assert not Road.objects.filter(geometry__intersects=line(*APART)).exists()
    planner.post(reverse("drawing:set_decide", args=[waiting.pk]), {"decision": "approve"})
    waiting.refresh_from_db()
    assert waiting.state == EditSet.State.APPLIED
    assert "检查1“" in planner.get(reverse("drawing:set", args=[waiting.pk])).content.decode()


def test_the_number_of_statements_does_not_grow_with_the_roads(planner, village, named):
    def statements(count):
        changes = [
            new(
                f"{first}{second}路",
                ((106.0, 38.0 + i / 1000), (106.005, 38.0 + i / 1000)),
                key=f"road:new-{i}",
            )
            for i, (first, second) in enumerate(
                zip("东西南北和平建设光明", "风风风风安定国立荣亮", strict=True)
            )
        ][:count]
        with CaptureQueriesContext(connection) as context:
            problems(planner, *changes)
        return [each for each in context.captured_queries if "placenames_" in each["sql"]]

    assert len(statements(10)) <= len(statements(5))
