"""Saving a card: who may, what waits for the county, and two people at once."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from facilities.frames import readings
from facilities.models import CapacityReading, Facility, FactRule, Proposal
from facilities.services.editing import Blocked, EditedMeanwhile, merge, save_card
from facilities.services.exports import export_facilities
from facilities.services.facts import facts_of, latest_readings
from geo_registry.imports.registry import ExportScope

from .conftest import make_register


def test_what_only_one_side_changed_is_taken_from_that_side():
    merged = merge(
        base={"a": 1, "b": 1, "c": 1, "d": 1, "e": 1},
        typed={"a": 2, "b": 1, "c": 2, "d": 2},
        theirs={"a": 1, "b": 2, "c": 2, "d": 3, "e": 5},
    )
    assert merged.facts["a"] == 2
    assert merged.facts["b"] == 2
    assert merged.facts["c"] == 2
    assert merged.facts["e"] == 5
    assert (merged.changed, merged.taken) == ({"a", "d"}, {"b"})
    (conflict,) = merged.conflicts
    assert (conflict.code, conflict.base, conflict.mine, conflict.theirs) == ("d", 1, 2, 3)


def test_a_conflict_is_settled_as_was_chosen():
    states = {"base": {"d": 1}, "typed": {"d": 2}, "theirs": {"d": 3}}
    assert merge(**states, choices={"d": "mine"}).facts == {"d": 2}
    taken = merge(**states, choices={"d": "theirs"})
    assert (taken.facts, taken.changed, taken.conflicts) == ({"d": 3}, frozenset(), [])


pytestmark = pytest.mark.django_db


def edited(facility: Facility, user, **typed):
    base = facts_of(facility)
    return save_card(
        facility=facility, base=base, typed={**base, **typed}, user=user, figures_as_of=timezone.localdate()
    )


def test_the_county_changes_a_facility_at_once(register):
    outcome = edited(register.facility, register.planner, name="东一村老年食堂", note="改名")
    register.facility.refresh_from_db()
    assert (register.facility.name, outcome.saved, outcome.proposal) == (
        "东一村老年食堂",
        {"name", "note"},
        None,
    )


def test_what_a_clerk_changes_holds_at_once_or_waits_as_the_rules_say(register):
    outcome = edited(register.facility, register.clerk, name="新名字", public_phone="0951-4029999")
    register.facility.refresh_from_db()
    assert register.facility.public_phone == "0951-4029999"
    assert register.facility.name == "东一村老饭桌"
    assert outcome.proposal.facts == {"name": "新名字"}
    assert outcome.proposal.state == Proposal.State.SUBMITTED


def test_the_line_is_drawn_by_rows_not_by_code(register):
    FactRule.objects.filter(code="name").update(needs_approval=False)
    FactRule.objects.filter(code="public_phone").delete()
    outcome = edited(register.facility, register.clerk, name="新名字", public_phone="0951-4029999")
    assert (outcome.saved, set(outcome.proposal.facts)) == ({"name"}, {"public_phone"})


def test_a_draft_saves_nothing_and_may_be_wrong(register):
    base = facts_of(register.facility)
    outcome = save_card(
        facility=register.facility, base=base, typed={**base, "name": "", "opening_hours": "???"},
        user=register.clerk, send=False,
    )  # fmt: skip
    register.facility.refresh_from_db()
    assert outcome.proposal.state == Proposal.State.DRAFT
    assert register.facility.name == "东一村老饭桌"


def test_a_second_change_of_a_clerk_joins_the_first_that_waits(register):
    edited(register.facility, register.clerk, name="新名字")
    edited(register.facility, register.clerk, address="新地址2号")
    (proposal,) = Proposal.objects.all()
    assert proposal.facts == {"name": "新名字", "address": "新地址2号"}


def test_a_clerk_keeps_only_the_own_township_and_moves_nothing_out_of_it_or_in(register):
    with pytest.raises(PermissionDenied):
        edited(register.facility, register.other_clerk, note="x")
    with pytest.raises(PermissionDenied):
        edited(register.facility, register.clerk, division=register.west_village.pk)
    with pytest.raises(PermissionDenied):
        edited(register.facility, register.viewer, note="x")
    with pytest.raises(PermissionDenied):
        edited(register.facility, register.reviewer, note="x")


def test_nobody_publishes_by_the_form(register):
    Facility.objects.filter(pk=register.facility.pk).update(published=False)
    register.facility.refresh_from_db()
    edited(register.facility, register.administrator, published=True, note="x")
    register.facility.refresh_from_db()
    assert not register.facility.published


def test_what_cannot_be_is_not_saved(register):
    with pytest.raises(Blocked) as caught:
        edited(
            register.facility,
            register.planner,
            meals_capacity=[10, None],
            staff=[1, None],
            care_staff=[2, None],
        )
    assert [f.fact for f in caught.value.findings] == ["care_staff"]
    assert not CapacityReading.objects.exists()


def test_figures_are_written_as_readings_of_their_day(register):
    edited(register.facility, register.clerk, meals_capacity=[60, None])
    (reading,) = register.facility.readings.all()
    assert (reading.measure, reading.total, reading.as_of) == ("meals_capacity", 60, timezone.localdate())


def test_a_figure_that_is_cleared_is_not_known_from_that_day_on_and_no_older_one_comes_back(register):
    today = timezone.localdate()
    for days, total in ((400, 30), (20, 45)):
        CapacityReading.objects.create(
            facility=register.facility,
            measure="beds",
            as_of=today - datetime.timedelta(days=days),
            total=total,
            vacant=5,
        )
    edited(register.facility, register.planner, beds=None)
    newest = register.facility.readings.order_by("-as_of").first()
    assert (newest.as_of, newest.total, newest.vacant) == (today, None, None)
    assert register.facility.readings.count() == 3, "what was known is kept"
    assert facts_of(register.facility)["beds"] is None
    assert latest_readings(register.facility) == []
    assert not CapacityReading.objects.standing().exists()
    (values,) = [row.values for row in export_facilities(ExportScope())]
    assert "beds_total" not in values
    beds = readings([register.facility.pk], measure="beds", day=today)
    assert beds.isna().all()
    assert (
        readings([register.facility.pk], measure="beds", day=today - datetime.timedelta(days=1)).item() == 45
    )
    edited(register.facility, register.planner, beds=[50, 2])
    assert facts_of(register.facility)["beds"] == [50, 2]
    assert register.facility.readings.count() == 3


def test_the_second_editor_is_told_what_changed_and_loses_nothing(register):
    base = facts_of(register.facility)
    edited(register.facility, register.planner, name="先存的", address="先存的地址")
    typed = {**base, "name": "后存的", "note": "后写的"}
    with pytest.raises(EditedMeanwhile) as caught:
        save_card(facility=register.facility, base=base, typed=typed, user=register.administrator)
    (conflict,) = caught.value.conflicts
    assert (conflict.code, conflict.mine, conflict.theirs) == ("name", "后存的", "先存的")
    # The form comes back based on the card as it is by now, with what was typed and what the other has changed beside it.
    again = caught.value.merged.facts
    assert (again["name"], again["note"], again["address"]) == ("后存的", "后写的", "先存的地址")
    with pytest.raises(EditedMeanwhile):
        save_card(
            facility=register.facility, base=caught.value.theirs, typed=again, user=register.administrator,
            asked=["name"],
        )  # fmt: skip
    outcome = save_card(
        facility=register.facility,
        base=caught.value.theirs,
        typed=again,
        user=register.administrator,
        choices={"name": "mine"},
        asked=["name"],
    )
    register.facility.refresh_from_db()
    assert (register.facility.name, register.facility.address) == ("后存的", "先存的地址")
    assert outcome.saved == {"name", "note"}


def test_changes_of_different_facts_are_both_kept_and_said(register):
    base = facts_of(register.facility)
    edited(register.facility, register.planner, address="甲路1号")
    outcome = save_card(
        facility=register.facility, base=base, typed={**base, "note": "乙"}, user=register.administrator
    )
    register.facility.refresh_from_db()
    assert (register.facility.address, register.facility.note, outcome.taken) == (
        "甲路1号",
        "乙",
        {"address"},
    )


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_the_same_moment_do_not_overwrite_one_another():
    register = make_register()
    base = facts_of(register.facility)
    start = threading.Barrier(2)
    outcomes: dict[str, str] = {}

    def save(name: str, user) -> None:
        try:
            start.wait(timeout=10)
            save_card(
                facility=register.facility,
                base=base,
                typed={**base, "name": name, "note": base["note"]},
                user=user,
            )
            outcomes[name] = "saved"
        except EditedMeanwhile as error:
            outcomes[name] = error.theirs["name"]
        finally:
            connection.close()

    people = {"甲的": register.planner, "乙的": register.administrator}
    threads = [threading.Thread(target=save, args=item) for item in people.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    register.facility.refresh_from_db()
    winner = register.facility.name
    loser = next(name for name in people if name != winner)
    assert outcomes == {winner: "saved", loser: winner}


def test_an_import_in_between_is_noticed_too(register):
    base = facts_of(register.facility)
    Facility.objects.filter(pk=register.facility.pk).update(address="文件里的地址")
    with pytest.raises(EditedMeanwhile):
        save_card(
            facility=register.facility, base=base, typed={**base, "address": "手填的"}, user=register.planner
        )


def test_a_newer_figure_is_not_put_behind_an_older_one(register):
    today = timezone.localdate()
    CapacityReading.objects.create(facility=register.facility, measure="staff", as_of=today, total=5)
    base = facts_of(register.facility)
    with pytest.raises(Blocked):
        save_card(
            facility=register.facility, base=base, typed={**base, "staff": [6, None]}, user=register.clerk,
            figures_as_of=today - datetime.timedelta(days=30),
        )  # fmt: skip
