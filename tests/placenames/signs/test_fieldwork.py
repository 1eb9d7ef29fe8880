"""Entries of the telephone: once each, conflicts told, new signs, tracks."""

from __future__ import annotations

import datetime
import json
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.drawing.models import EditSet
from geo_registry.territory.models import Division
from placenames.models import Sign, SignInspection, SignOrder
from placenames.services.signs import work
from tests.factories import OfficeFactory, UserFactory, square

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def send(client, people):
    """Send an entry as the clerk: the answer's status and what it says."""
    client.force_login(people["clerk"], backend=BACKEND)

    def sent(**values):
        body = {"key": str(uuid.uuid4()), "on_day": timezone.localdate().isoformat(), **values}
        answer = client.post(reverse("signs:field_send"), body)
        return answer.status_code, answer.json()

    return sent


@pytest.fixture
def colleague(town):
    return UserFactory(role=Role.CLERK, office=OfficeFactory(division=town))


def test_what_a_colleague_saw_meanwhile_is_told_and_not_written_over(send, standing, colleague):
    before = timezone.now().isoformat()
    work.inspect(
        sign=standing[0], by=colleague, key=uuid.uuid4(), on_day=timezone.localdate(), defects=["rust"]
    )
    entry = {"what": "seen", "sign": standing[0].pk, "key": str(uuid.uuid4())}
    status, said = send(**entry, since=before)
    assert status == 409
    assert str(colleague) in said["conflict"]
    assert SignInspection.objects.count() == 1
    assert send(**entry, since="")[0] == 200
    assert SignInspection.objects.count() == 2
    assert send(**entry, since=before)[0] == 200
    assert SignInspection.objects.count() == 2
    standing[0].refresh_from_db()
    assert standing[0].status == "damaged"


def test_ones_own_earlier_entry_is_no_conflict(send, standing):
    before = timezone.now().isoformat()
    assert send(what="seen", sign=standing[0].pk, defects=["rust"], since=before)[0] == 200
    assert send(what="seen", sign=standing[0].pk, defects=["faded"], since=before)[0] == 200
    assert SignOrder.objects.count() == 1


def spotted(**values):
    return {
        "what": "found",
        "name": "兴业路",
        "reason": "junction",
        "lon": "106.005",
        "lat": "38.0",
        "accuracy": "6",
        **values,
    }


def test_a_new_sign_sent_twice_is_one_and_its_finder_has_seen_it(send, road):
    entry = spotted(key=str(uuid.uuid4()), note="村口")
    assert send(**entry) == (200, {"kept": entry["key"]})
    assert send(**entry) == (200, {"kept": entry["key"]})
    sign = Sign.objects.get()
    assert (sign.status, sign.site.accuracy_m, sign.inspections.get().note) == ("installed", 6, "村口")


def test_a_new_sign_beside_a_recorded_one_is_asked_about(send, standing):
    point = standing[0].site.point
    entry = spotted(lon=str(point.x), lat=str(point.y), key=str(uuid.uuid4()))
    status, said = send(**entry)
    assert (status, standing[0].asset_number in said["conflict"]) == (409, True)
    assert send(**entry, sure="1")[0] == 200
    assert Sign.objects.count() == 5


def test_a_new_sign_of_no_known_name_or_without_a_position_is_refused(send, road):
    assert send(**spotted(name="没有路"))[0] == 422
    entry = spotted()
    del entry["lon"]
    assert send(**entry)[0] == 422
    assert not Sign.objects.exists()


def walk(count=30):
    start = datetime.datetime(2026, 3, 1, 8, tzinfo=datetime.UTC)
    return [
        [106.02 + at * 0.0001, 38.01, (start + datetime.timedelta(seconds=8 * at)).isoformat()]
        for at in range(count)
    ]


def test_a_lane_becomes_one_proposal_however_often_it_is_sent(send, road, village):
    # Whose ground it is must be known: a lane outside of every outline is nobody's to propose.
    Division.objects.filter(pk=village.pk).update(boundary=square(106.02, 38.01))
    entry = {"what": "track", "key": str(uuid.uuid4()), "note": "水井旁", "fixes": json.dumps(walk())}
    status, said = send(**entry)
    assert status == 200, said
    assert send(**entry)[1]["kept"] == entry["key"]
    proposal = EditSet.objects.get()
    assert (proposal.state, "水井旁" in proposal.why, proposal.method) == ("proposed", True, "track")
    assert said["url"] == reverse("drawing:set", args=[proposal.pk])


@pytest.mark.parametrize(
    "fixes", ["[]", "{}", "no", json.dumps([[106, 38, ""]]), json.dumps([["a", 38, ""]] * 3)]
)
def test_a_track_that_is_none_is_refused(send, road, fixes):
    assert send(what="track", fixes=fixes)[0] == 422
    assert not EditSet.objects.exists()


def test_an_officer_who_draws_nothing_cannot_send_a_track(client, people, road):
    client.force_login(people["officer"], backend=BACKEND)
    page = client.get(reverse("signs:field")).content.decode()
    assert "field-track-send" not in page
    body = {"what": "track", "key": str(uuid.uuid4()), "fixes": json.dumps(walk())}
    assert client.post(reverse("signs:field_send"), body).status_code == 422


def test_the_page_can_be_installed(client, people, road):
    client.force_login(people["clerk"], backend=BACKEND)
    manifest = client.get(reverse("signs:field_manifest")).json()
    assert (manifest["display"], manifest["start_url"]) == ("standalone", reverse("signs:field"))
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert 'crossorigin="use-credentials"' in client.get(reverse("signs:field")).content.decode()


def test_the_page_says_when_it_does_not_hold_all_signs(client, people, standing, monkeypatch):
    client.force_login(people["clerk"], backend=BACKEND)
    assert client.get(reverse("signs:field")).context["left_out"] == 0
    monkeypatch.setattr("placenames.views.sign_field._MOST", 3)
    answer = client.get(reverse("signs:field"))
    assert (answer.context["left_out"], len(answer.context["signs"])) == (1, 3)
    assert "另有1块" in answer.content.decode()
