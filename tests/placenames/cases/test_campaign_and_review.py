"""The campaign in figures, and many names looked through and changed together."""

from __future__ import annotations

import datetime
import time

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo_registry.jobs.models import Job
from geo_registry.territory.models import Division
from placenames.models import (
    CampaignGoal,
    CampaignVillage,
    Name,
    NameBatch,
    NameCase,
    NameReview,
    Place,
    Spelling,
)
from placenames.models.campaign import Measure
from placenames.services import batches, reviewing
from placenames.services.batches import checked, chunks, steps
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
    row = village_progress(people["clerk"])[0]
    road = row.unnamed_roads[0]
    assert [lane.road for lane in row.lanes] == [road]
    assert row.not_listed == 0
    assert f"?roads={road.pk}&amp;in=" in page
    form = client.get(reverse("naming:new"), {"roads": road.pk, "in": pilot.division.code}).context["form"]
    assert (form.initial["roads"], form.initial["division"]) == (str(road.pk), pilot.division_id)


def test_an_unnamed_lane_is_told_by_the_roads_it_lies_between_and_a_nameless_place_is_listed(
    village, people, kinds
):
    CampaignVillage.objects.create(division=village)
    RoadFactory(name="", geometry=line((106.0, 38.0), (106.005, 38.0)), division=village)
    RoadFactory(name="", geometry=line((106.1, 38.0), (106.105, 38.0)), division=village)
    RoadFactory(name="解放路", geometry=line((106.0, 37.999), (106.0, 38.001)), division=village)
    nameless = Place.objects.create(kind=kinds["hamlet"], division=village)
    with CaptureQueriesContext(connection) as few:
        (row,) = village_progress(people["officer"])
    assert sorted(lane.where for lane in row.lanes) == ["", "东起端点，西至解放路"]
    assert row.nameless == [nameless]
    other = Division.objects.get(name="甲西村")
    CampaignVillage.objects.create(division=other)
    RoadFactory(name="", geometry=line((106.0, 38.0), (106.005, 38.0)), division=other)
    with CaptureQueriesContext(connection) as more:
        village_progress(people["officer"])
    assert len(more.captured_queries) == len(few.captured_queries)


def test_who_approves_is_led_from_the_cases_to_accepting_recorded_names(client, village, named, people):
    named("古城路", village, (106.0, 38.0), (106.005, 38.0), status="recorded")
    client.force_login(people["reviewer"], backend="geo_registry.accounts.backends.PolicyBackend")
    address = reverse("naming:review_preview") + "?action=accept"
    assert address in client.get(reverse("naming:queue")).content.decode()
    page = client.get(address, {"action": "accept", "kind": "road", "in": village.code})
    assert page.context["shown"].count == 1
    assert f'<option value="{village.code}" selected>' in page.content.decode()
    assert reverse("naming:queue") in page.content.decode()
    client.force_login(people["officer"], backend="geo_registry.accounts.backends.PolicyBackend")
    assert address not in client.get(reverse("naming:queue")).content.decode()


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


def test_the_next_name_comes_with_the_answer_by_a_number_of_statements_that_does_not_grow(
    client, village, named, people
):
    client.force_login(people["officer"], backend="geo_registry.accounts.backends.PolicyBackend")
    address = reverse("naming:review")

    def step():
        page = client.get(address)
        with CaptureQueriesContext(connection) as context:
            answer = client.post(
                address, {"name": page.context["name"].pk, "outcome": "fine"}, headers={"X-Part": "queue"}
            )
        assert answer.status_code == 200
        assert b"<select" not in answer.content
        return answer.context["name"].text, len(context.captured_queries)

    for i, text in enumerate(("兴业路", "星业路", "新业路", "古城路")):
        named(text, village, (106.0, 38.0 + i / 1000), (106.005, 38.0 + i / 1000))
    step()
    text, few = step()
    for i in range(40):
        named(f"第{i}星业路", village, (106.0, 38.1 + i / 1000), (106.005, 38.1 + i / 1000))
    named("星叶路", village, (106.0, 38.2), (106.005, 38.2))
    NameReview.objects.all().delete()
    step()
    assert (text, step()) == ("新业路", ("新业路", few))
    assert few <= 50


def test_a_name_changed_by_hand_is_checked_again(village, named, people):
    named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    name = named("古城路", village, (106.0, 38.01), (106.005, 38.01))
    assert not any("兴业路" in sentence for sentence in reviewing.check_again(name, user=people["officer"]))
    name.text, name.specific = "星业路", "星业"
    name.save()
    assert any("兴业路" in sentence for sentence in reviewing.check_again(name, user=people["officer"]))


def change(user, action, token, chosen=None, **more):
    """Make a change of many as the page does."""
    batch = batches.begin(user=user, action=action, chosen=chosen or Chosen(), token=token, **more)
    return batches.carry_out(batch=batch, user=user)


def changed(user, action, **more):
    shown = reviewing.preview(user=user, action=action, chosen=Chosen())
    return change(user, action, shown.token, **more)


def outcomes(batch):
    return {row.name.text: row.outcome for row in batch.rows.select_related("name")}


def test_a_batch_does_what_its_preview_showed_or_nothing(pilot, people):
    propose_spellings()
    officer = people["officer"]
    shown = reviewing.preview(user=officer, action="confirm", chosen=Chosen())
    doubtful = Spelling.objects.exclude(doubts=[]).count()
    assert (shown.count, shown.left_out) == (2 - doubtful, doubtful)
    Name.objects.filter(pk=shown.name_ids[0]).update(text="新业路")
    with pytest.raises(ValidationError):
        change(officer, "confirm", shown.token)
    again = reviewing.preview(user=officer, action="confirm", chosen=Chosen())
    assert change(officer, "confirm", again.token).count == again.count
    assert Spelling.objects.filter(status="confirmed", confirmed_by=officer).count() == again.count


def test_recorded_names_are_accepted_by_an_approver_with_author_and_day(pilot, people):
    with pytest.raises(PermissionDenied):
        reviewing.preview(user=people["officer"], action="accept", chosen=Chosen())
    shown = reviewing.preview(user=people["reviewer"], action="accept", chosen=Chosen())
    with pytest.raises(ValidationError):
        change(people["reviewer"], "accept", shown.token)
    day = datetime.date(2025, 5, 1)
    batch = change(people["reviewer"], "accept", shown.token, authority="甲县人民政府", approved_on=day)
    assert batch.count == 1
    name = Name.objects.get(text="任家路")
    assert (name.status, name.place.approved_by, name.place.approved_on) == ("standard", "甲县人民政府", day)


def test_spellings_confirmed_together_are_taken_back_but_never_a_later_one(village, named, people):
    names = [
        named(text, village, (106.0, lat), (106.005, lat), status="recorded")
        for text, lat in (("古城路", 38.0), ("南大路", 38.01), ("星光路", 38.02))
    ]
    propose_spellings()
    officer = people["officer"]
    batch = changed(officer, "confirm")
    later = Spelling.objects.get(name=names[1], status="confirmed")
    later.text = "Nándà Lù bis"
    later.save()
    batches.undo(batch=batch, user=officer)
    assert outcomes(batch) == {"古城路": "undone", "南大路": "kept", "星光路": "undone"}
    assert set(Spelling.objects.values_list("name__text", "status")) == {
        ("古城路", "proposed"), ("南大路", "confirmed"), ("星光路", "proposed"),
    }  # fmt: skip
    with pytest.raises(ValidationError):
        batches.undo(batch=batch, user=officer)


def test_an_acceptance_is_taken_back_with_the_approval_but_not_over_another_one(village, named, people):
    one, other = (
        named(text, village, (106.0, lat), (106.005, lat), status="recorded")
        for text, lat in (("古城路", 38.0), ("南大路", 38.01))
    )
    one.place.approved_by = "乡政府"
    one.place.save()
    reviewer = people["reviewer"]
    batch = changed(reviewer, "accept", authority="甲县人民政府", approved_on=datetime.date(2025, 5, 1))
    Place.objects.filter(pk=other.place_id).update(approved_by="市民政局")
    batches.undo(batch=batch, user=reviewer)
    assert outcomes(batch) == {"古城路": "undone", "南大路": "kept"}
    one.refresh_from_db()
    other.refresh_from_db()
    place = Place.objects.get(pk=one.place_id)
    assert (one.status, place.approved_by, place.approved_on) == ("recorded", "乡政府", None)
    assert other.status == "standard"


def test_a_place_with_a_standard_name_gets_no_second_one(village, named, people):
    name = named("古城路", village, (106.0, 38.0), (106.005, 38.0))
    Name.objects.create(place=name.place, text="古城大路", status="recorded")
    assert reviewing.preview(user=people["reviewer"], action="accept", chosen=Chosen()).count == 0


def test_reviews_made_together_are_taken_back_but_not_a_doubt_that_came_later(pilot, people):
    officer = people["officer"]
    batch = changed(officer, "fine")
    doubted = Name.objects.get(text="兴业路")
    reviewing.review(name=doubted, outcome="doubted", user=officer, note="问村里怎么读")
    batches.undo(batch=batch, user=officer)
    assert outcomes(batch) == {"兴业路": "kept", "任家路": "undone"}
    assert list(NameReview.objects.values_list("name__text", "outcome")) == [("兴业路", "doubted")]


def test_a_large_batch_runs_in_the_background_in_one_history_context(
    client, village, named, people, monkeypatch
):
    for i, text in enumerate(("古城路", "南大路", "星光路")):
        named(text, village, (106.0, 38.0 + i / 100), (106.005, 38.0 + i / 100), status="recorded")
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    monkeypatch.setattr(chunks, "AT_A_TIME", 2)
    told = []
    for module in (steps, checked):
        monkeypatch.setattr(
            module, "tell", lambda _progress, done, total, _message: told.append((done, total))
        )
    client.force_login(people["reviewer"], backend="geo_registry.accounts.backends.PolicyBackend")
    page = client.get(reverse("naming:review_preview"), {"action": "accept"})
    sent = {"action": "accept", "token": page.context["shown"].token}
    answer = client.post(reverse("naming:review_apply"), sent)
    assert answer.url == reverse("jobs:detail", args=[Job.objects.latest("pk").pk])
    batch = NameBatch.objects.get()
    assert (batch.state, batch.rows.filter(outcome="chosen").count()) == ("waiting", 3)
    assert Name.objects.filter(status="standard").count() == 0
    said = client.post(
        reverse("naming:batch_apply", args=[batch.pk]), {"authority": "县政府", "on_day": "2025-05-01"}
    )
    assert said.url.startswith("/office/jobs/") or "jobs" in said.url
    # Checked for the preview, changed, and checked once more.
    assert told == [(2, 3), (3, 3)] * 3
    events = Name.pgh_event_model.objects.filter(pgh_label="update", status="standard")
    assert len(set(events.values_list("pgh_context_id", flat=True))) == 1
    assert {row["name_batch"] for row in events.values_list("pgh_context", flat=True)} == {str(batch.pk)}
    shown = client.get(reverse("naming:batch", args=[batch.pk]))
    assert (shown.context["batch"].state, shown.context["may_undo"]) == ("done", True)
    client.force_login(people["clerk"], backend="geo_registry.accounts.backends.PolicyBackend")
    assert client.get(reverse("naming:batch", args=[batch.pk])).status_code == 404


def test_names_are_checked_before_they_are_accepted_and_what_is_blocked_is_left_alone(
    client, village, named, people
):
    standing = named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    same, alike, plain = (
        named(text, village, (106.0, lat), (106.005, lat), status="recorded")
        for text, lat in (("兴业路", 38.004), ("星业路", 38.008), ("古城路", 38.015))
    )
    client.force_login(people["reviewer"], backend="geo_registry.accounts.backends.PolicyBackend")
    shown = client.get(reverse("naming:review_preview"), {"action": "accept"}).context["shown"]
    answer = client.post(reverse("naming:review_apply"), {"action": "accept", "token": shown.token})
    batch = NameBatch.objects.get()
    page = client.get(answer.url)
    assert answer.url == reverse("naming:batch", args=[batch.pk])
    # Of three one is left alone; a reviewer, who has no review of names, is led back to the cases.
    assert "2条地名" in page.content.decode()
    assert f'href="{reverse("naming:review")}"' not in page.content.decode()
    assert page.context["counts"] == {"chosen": 2, "left": 1, "found": 1, "kept": 0, "new": 0}
    told = {row.name.text: " ".join(findings) for row, findings in page.context["listed"]}
    assert "兴业路" in told["兴业路"]
    assert "兴业路" in told["星业路"]
    assert told["古城路"] == ""
    address = reverse("naming:batch_apply", args=[batch.pk])
    assert client.post(address, {"authority": "", "on_day": "2025-05-01"}).status_code == 422
    client.post(address, {"authority": "县政府", "on_day": "2025-05-01"})
    assert outcomes(batch) == {"兴业路": "left", "星业路": "changed", "古城路": "changed"}
    assert {name.status for name in Name.objects.filter(pk__in=[alike.pk, plain.pk])} == {"standard"}
    same.refresh_from_db()
    assert same.status == "recorded"
    batch.refresh_from_db()
    batches.undo(batch=batch, user=people["reviewer"])
    assert outcomes(batch) == {"兴业路": "left", "星业路": "undone", "古城路": "undone"}
    assert set(Name.objects.exclude(pk=standing.pk).values_list("status", flat=True)) == {"recorded"}


@pytest.fixture
def accepting(village, named, people):
    """An acceptance of three names whose reviewer has seen the checks and said who accepted them."""
    for text, lat in (("星光路", 38.004), ("古城路", 38.008), ("南大路", 38.012)):
        named(text, village, (106.0, lat), (106.005, lat), status="recorded")
    shown = reviewing.preview(user=people["reviewer"], action="accept", chosen=Chosen())
    batch = batches.begin(user=people["reviewer"], action="accept", chosen=Chosen(), token=shown.token)
    batches.check(batch=batch, user=people["reviewer"])
    batch.refresh_from_db()
    assert batches.counts(batch)["found"] == 0
    return batches.decide(
        batch=batch, user=people["reviewer"], authority="县政府", approved_on=datetime.date(2025, 5, 1)
    )


def test_what_comes_up_between_preview_and_acceptance_does_not_slip_in(
    client, accepting, village, named, people
):
    named("兴光路", village, (106.0, 38.015), (106.005, 38.015))
    named("南大路", village, (106.0, 37.99), (106.005, 37.99))
    reviewer = people["reviewer"]
    client.force_login(reviewer, backend="geo_registry.accounts.backends.PolicyBackend")
    before = accepting.checked_at
    page = client.post(
        reverse("naming:batch_apply", args=[accepting.pk]), {"authority": "县政府", "on_day": "2025-05-01"}
    )
    assert page.status_code == 422
    assert set(Name.objects.filter(text__in=["星光路", "古城路"]).values_list("status", flat=True)) == {
        "recorded"
    }
    assert not Place.objects.exclude(approved_by="").exists()
    assert page.context["batch"].checked_at > before
    told = {row.name.text: (row.outcome, " ".join(said)) for row, said in page.context["listed"]}
    assert "2" in page.context["problem"]
    assert told["南大路"][0] == "left"
    assert "兴光路" in told["星光路"][1]
    assert told["古城路"] == ("chosen", "")
    assert page.context["counts"]["new"] == 2
    # Seen now: the reviewer decides again, and what is blocked is left alone.
    assert batches.carry_out(batch=accepting, user=reviewer).count == 2
    assert outcomes(accepting) == {"星光路": "changed", "古城路": "changed", "南大路": "left"}


def test_what_another_case_proposes_meanwhile_does_not_slip_in_either(accepting, village, kinds, people):
    NameCase.objects.create(
        kind=kinds["road"], division=village, text="古成路", state="approved", created_by=people["officer"],
        geometry=line((106.0, 38.015), (106.005, 38.015)), reason="新建",
    )  # fmt: skip
    with pytest.raises(batches.FoundOtherwise):
        batches.carry_out(batch=accepting, user=people["reviewer"])
    assert not Name.objects.filter(status="standard").exists()
    row = accepting.rows.get(name__text="古城路")
    assert (row.outcome, row.weight > 0, row.trace) == ("chosen", True, {"new": True})


def test_the_worker_s_page_leads_to_what_has_come_up(accepting, village, named, people):
    named("兴光路", village, (106.0, 38.015), (106.005, 38.015))
    job = batches.in_background(batch=accepting, step="apply", count=3, user=people["reviewer"])
    job.refresh_from_db()
    assert job.result_url == reverse("naming:batch", args=[accepting.pk])
    assert "1" in job.message
    assert not Name.objects.filter(text="古城路", status="standard").exists()


def test_only_who_began_a_change_says_the_word_and_another_beginning_lets_it_go(client, pilot, people):
    reviewer = people["reviewer"]
    shown = reviewing.preview(user=reviewer, action="accept", chosen=Chosen())
    first = batches.begin(user=reviewer, action="accept", chosen=Chosen(), token=shown.token)
    batches.check(batch=first, user=reviewer)
    assert list(batches.last_of(reviewer)) == [first]
    with pytest.raises(PermissionDenied):
        batches.decide(
            batch=first, user=people["officer"], authority="县政府", approved_on=datetime.date(2025, 5, 1)
        )
    second = batches.begin(user=reviewer, action="accept", chosen=Chosen(), token=shown.token)
    assert list(NameBatch.objects.all()) == [second]


@pytest.mark.slow
def test_ten_thousand_names_are_changed_and_taken_back_in_minutes(village, people, kinds, record_property):
    """Processor time of this process; what the database takes comes on top, and is of the same size."""
    kind = kinds["hamlet"]
    places = Place.objects.bulk_create(
        Place(kind=kind, division=village, short_id=f"t{i:07d}") for i in range(10_000)
    )
    # A hundred characters, hardly two of one sound: names that no check blocks.
    signs = (
        "安白北本冰才草长成春大丹德东多方丰福高歌工古关光海河红花黄火吉家江金京酒开宽兰老雷里林流龙马满美门明木南宁牛农平前青清秋泉人日荣"
        "山上石水松塔台太堂天同土王文乌西夏先小新星秀雪牙羊业银永友玉元月云麦桥沙"
    )
    assert len(set(signs)) == 100
    texts = [f"{first}{second}庄" for first in signs for second in signs]
    Name.objects.bulk_create(
        Name(place=place, text=text, status="recorded") for place, text in zip(places, texts, strict=True)
    )
    begun = time.process_time()
    batch = changed(people["reviewer"], "accept", authority="县政府", approved_on=datetime.date(2025, 5, 1))
    made = time.process_time()
    batches.undo(batch=batch, user=people["reviewer"])
    record_property("changed_s", made - begun)
    record_property("taken_back_s", time.process_time() - made)
    assert batch.count == 10_000
    assert not Name.objects.exclude(status="recorded").exists()
    assert time.process_time() - begun < 120


def test_the_preview_page_shows_and_the_button_does(client, pilot, people):
    client.force_login(people["officer"], backend="geo_registry.accounts.backends.PolicyBackend")
    page = client.get(reverse("naming:review_preview"), {"action": "fine"})
    token = page.context["shown"].token
    client.post(reverse("naming:review_apply"), {"action": "fine", "token": token})
    assert NameReview.objects.filter(outcome="fine").count() == 2
    assert client.post(reverse("naming:review_apply"), {"action": "drop"}).status_code == 403
