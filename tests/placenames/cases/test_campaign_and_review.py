"""The campaign in figures, and many names looked through and changed together."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from placenames.models import CampaignGoal, CampaignVillage, Name, NameReview, Place, Spelling
from placenames.models.campaign import Measure
from placenames.services import reviewing
from placenames.services.campaign import goal_progress, village_progress
from placenames.services.reviewing import Chosen
from placenames.services.spellings import propose_spellings
from tests.factories import RoadFactory, line

from .test_flow import people

pytestmark = pytest.mark.django_db
__all__ = ["people"]


@pytest.fixture
def pilot(village, named):
    """A pilot village with a road that has a standard name and a meaning, one only recorded, and one unnamed stretch."""
    first = named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    Place.objects.filter(pk=first.place_id).update(meaning="兴办产业")
    named("任家路", village, (106.0, 38.01), (106.005, 38.01), status=Name.Status.RECORDED)
    RoadFactory(name="", geometry=line((106.0, 38.02), (106.005, 38.02)), division=village)
    return CampaignVillage.objects.create(division=village)


def test_a_village_is_counted_by_what_is_on_record(pilot, people):
    (row,) = village_progress(people["officer"])
    assert (row.places, row.counts["named"], row.counts["collected"], row.counts["mapped"]) == (2, 1, 1, 2)
    assert "signed" not in row.counts
    assert len(row.unnamed_roads) == 1
    pilot.signs_needed, pilot.signs_standing = 10, 4
    pilot.save()
    assert (4, 10) in village_progress(people["officer"])[0].cells()


def test_a_goal_says_how_far_it_is(pilot, people):
    CampaignGoal.objects.all().delete()
    day = datetime.date(2027, 12, 31)
    CampaignGoal.objects.create(title="道路命名过半", due_on=day, measure=Measure.NAMED, target_percent=50)
    CampaignGoal.objects.create(title="标牌齐全", due_on=day, measure=Measure.SIGNED, target_percent=90)
    named, signed = goal_progress(village_progress(people["officer"]))
    assert (named.percent, named.met) == (50, True)
    assert (signed.percent, signed.met) == (None, None)


def test_the_campaign_s_page_leads_from_an_unnamed_road_to_a_draft(client, pilot, people):
    client.force_login(people["clerk"], backend="geo_registry.accounts.backends.PolicyBackend")
    page = client.get(reverse("naming:campaign")).content.decode()
    road = village_progress(people["clerk"])[0].unnamed_roads[0]
    assert f"?roads={road.pk}&amp;in=" in page
    form = client.get(reverse("naming:new"), {"roads": road.pk, "in": pilot.division.code}).context["form"]
    assert (form.initial["roads"], form.initial["division"]) == (str(road.pk), pilot.division_id)


def test_names_are_looked_through_one_after_another(client, pilot, people):
    client.force_login(people["officer"], backend="geo_registry.accounts.backends.PolicyBackend")
    address = reverse("naming:review")
    first = client.get(address).context["name"]
    answer = client.post(address, {"name": first.pk, "outcome": "fine"})
    second = client.get(answer.url).context["name"]
    assert (first.text, second.text) == ("兴业路", "任家路")
    assert client.post(address, {"name": second.pk, "outcome": "doubted", "note": ""}).status_code == 422
    client.post(address, {"name": second.pk, "outcome": "doubted", "note": "问村里怎么读"})
    assert client.get(address).context["waiting"] == 0
    assert set(NameReview.objects.values_list("outcome", flat=True)) == {"fine", "doubted"}


def test_a_batch_does_what_its_preview_showed_or_nothing(pilot, people):
    propose_spellings()
    officer = people["officer"]
    shown = reviewing.preview(user=officer, action="confirm", chosen=Chosen())
    doubtful = Spelling.objects.exclude(doubts=[]).count()
    assert (shown.count, shown.left_out) == (2 - doubtful, doubtful)
    Name.objects.filter(pk=shown.name_ids[0]).update(text="新业路")
    with pytest.raises(ValidationError):
        reviewing.carry_out(user=officer, action="confirm", chosen=Chosen(), token=shown.token)
    again = reviewing.preview(user=officer, action="confirm", chosen=Chosen())
    assert (
        reviewing.carry_out(user=officer, action="confirm", chosen=Chosen(), token=again.token) == again.count
    )
    assert Spelling.objects.filter(status="confirmed", confirmed_by=officer).count() == again.count


def test_recorded_names_are_accepted_by_an_approver_with_author_and_day(pilot, people):
    with pytest.raises(PermissionDenied):
        reviewing.preview(user=people["officer"], action="accept", chosen=Chosen())
    shown = reviewing.preview(user=people["reviewer"], action="accept", chosen=Chosen())
    values = {"user": people["reviewer"], "action": "accept", "chosen": Chosen(), "token": shown.token}
    with pytest.raises(ValidationError):
        reviewing.carry_out(**values)
    day = datetime.date(2025, 5, 1)
    assert reviewing.carry_out(**values, authority="甲县人民政府", approved_on=day) == 1
    name = Name.objects.get(text="任家路")
    assert (name.status, name.place.approved_by, name.place.approved_on) == ("standard", "甲县人民政府", day)


def test_the_preview_page_shows_and_the_button_does(client, pilot, people):
    client.force_login(people["officer"], backend="geo_registry.accounts.backends.PolicyBackend")
    page = client.get(reverse("naming:review_preview"), {"action": "fine"})
    token = page.context["shown"].token
    client.post(reverse("naming:review_apply"), {"action": "fine", "token": token})
    assert NameReview.objects.filter(outcome="fine").count() == 2
    assert client.post(reverse("naming:review_apply"), {"action": "drop"}).status_code == 403
