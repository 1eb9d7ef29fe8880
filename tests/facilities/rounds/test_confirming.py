"""An answer is taken in: what is usual at once, what is unusual after the county's approval, nothing twice."""

from __future__ import annotations

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from facilities.models import CapacityReading, Confirmation, FacilityStatus, Round, Status, Verification
from facilities.services.rounds import confirming, facts
from facilities.services.rounds.confirming import Outcome, OvertakenError, Stopped, confirm
from facilities.services.rounds.deciding import approve, may_doubt, send_back
from geo_registry.worklist.models import Notification
from tests.factories import CapacityReadingFactory, FacilityFunctionFactory

from .conftest import DAY, answer

pytestmark = pytest.mark.django_db
State = Confirmation.State


def latest(facility, measure: str) -> CapacityReading:
    return facility.readings.filter(measure=measure).order_by("-as_of").first()


def test_confirmed_unchanged_a_figure_has_the_new_day_and_the_method(town, confirmation):
    outcome = confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation), day=DAY)
    assert outcome is Outcome.DONE
    confirmation.refresh_from_db()
    assert (confirmation.state, confirmation.confirmed_by, confirmation.is_changed) == (
        State.DONE,
        town.clerk,
        False,
    )
    reading = latest(confirmation.facility, "beds")
    assert (reading.total, reading.vacant, reading.as_of) == (30, 9, DAY)
    hours = Verification.objects.get(code="opening_hours")
    assert (hours.value, hours.as_of, hours.method) == ("Mo-Fr 08:30-17:30; PH off", DAY, "telephone")


def test_a_usual_correction_holds_at_once(town, confirmation):
    given = answer(confirmation, beds=[30, 12], opening_hours="24/7")
    assert confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY) is Outcome.DONE
    confirmation.facility.refresh_from_db()
    assert confirmation.facility.opening_hours == "24/7"
    assert latest(confirmation.facility, "beds").vacant == 12


def test_the_unusual_part_waits_and_the_rest_holds(town, confirmation):
    given = answer(confirmation, beds=[30, 12], public_phone="0951-7654321")
    assert confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY) is Outcome.APPROVING
    confirmation.facility.refresh_from_db()
    assert confirmation.facility.public_phone == "0951-0000001"
    assert latest(confirmation.facility, "beds").vacant == 12
    confirmation.refresh_from_db()
    assert confirmation.unusual == {"public_phone": "phone_changed"}
    approve(confirmation=confirmation, user=town.reviewer, version=confirmation.version)
    confirmation.facility.refresh_from_db()
    assert confirmation.facility.public_phone == "0951-7654321"
    assert Verification.objects.get(code="public_phone").as_of == DAY
    assert Notification.objects.unread_by(town.clerk).get().code == "round-approved"


def test_what_is_returned_comes_back_with_its_reason_and_can_be_sent_again(town, confirmation):
    given = answer(confirmation, public_phone="0951-7654321")
    confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY)
    confirmation.refresh_from_db()
    with pytest.raises(ValidationError):
        send_back(confirmation=confirmation, user=town.reviewer, version=confirmation.version, reason="  ")
    send_back(confirmation=confirmation, user=town.reviewer, version=confirmation.version, reason="打不通")
    confirmation.refresh_from_db()
    assert (confirmation.state, confirmation.reason) == (State.RETURNED, "打不通")
    assert "打不通" in str(Notification.objects.unread_by(town.clerk).get())
    again = answer(confirmation, public_phone="0951-0000001")
    assert confirm(confirmation=confirmation, user=town.clerk, answer=again, day=DAY) is Outcome.DONE
    confirmation.refresh_from_db()
    assert (confirmation.decided_by, confirmation.reason) == (None, "")


def test_one_doubted_fact_goes_back_and_the_rest_stands(town, confirmation):
    given = answer(confirmation, public_phone="0951-7654321", beds=[60, 12], opening_hours="24/7")
    confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY)
    confirmation.refresh_from_db()
    assert set(confirmation.unusual) == {"public_phone", "beds"}
    for doubts in ({"public_phone": "  "}, {"residents": "没有问过"}):
        with pytest.raises(ValidationError):
            approve(
                confirmation=confirmation, user=town.reviewer, version=confirmation.version, doubts=doubts
            )
    approve(
        confirmation=confirmation, user=town.reviewer, version=confirmation.version,
        doubts={"public_phone": "打不通"}, day=DAY,
    )  # fmt: skip
    confirmation.refresh_from_db()
    assert (confirmation.state, confirmation.disputed) == (State.RETURNED, {"public_phone": "打不通"})
    assert latest(confirmation.facility, "beds").total == 60
    confirmation.facility.refresh_from_db()
    assert confirmation.facility.public_phone == "0951-0000001"
    assert confirmation.facility.opening_hours == "24/7"
    assert not Verification.objects.filter(code="public_phone").exists()
    assert "打不通" in str(Notification.objects.unread_by(town.clerk).get())
    mended = answer(confirmation, public_phone="0951-0000002")
    assert confirm(confirmation=confirmation, user=town.clerk, answer=mended, day=DAY) is Outcome.APPROVING
    confirmation.refresh_from_db()
    assert (set(confirmation.unusual), confirmation.disputed) == ({"public_phone"}, {})


def test_what_holds_already_can_be_doubted_and_answered_the_same_it_waits(town, confirmation):
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation, beds=[30, 12]), day=DAY)
    confirmation.refresh_from_db()
    assert may_doubt(confirmation, town.reviewer, day=DAY)
    assert not may_doubt(confirmation, town.clerk, day=DAY)
    approve(
        confirmation=confirmation, user=town.reviewer, version=confirmation.version, doubts={"beds": "上月才9张空"},
        day=DAY,
    )  # fmt: skip
    confirmation.refresh_from_db()
    assert confirmation.state == State.RETURNED
    assert latest(confirmation.facility, "beds").vacant == 12, "the register keeps it, unconfirmed"
    assert not Verification.objects.filter(code="beds").exists()
    again = answer(confirmation, beds=[30, 12])
    assert confirm(confirmation=confirmation, user=town.clerk, answer=again, day=DAY) is Outcome.APPROVING
    confirmation.refresh_from_db()
    assert confirmation.unusual == {"beds": "insisted"}
    approve(confirmation=confirmation, user=town.reviewer, version=confirmation.version)
    assert Verification.objects.get(code="beds").value == [30, 12]


def test_an_answer_of_a_round_that_is_over_is_not_doubted_any_more(town, confirmation):
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation), day=DAY)
    confirmation.refresh_from_db()
    later = DAY + datetime.timedelta(days=40)
    Round.objects.create(opens_on=later, due_on=later)
    assert not may_doubt(confirmation, town.reviewer, day=later)
    with pytest.raises(OvertakenError):
        approve(
            confirmation=confirmation, user=town.reviewer, version=confirmation.version, doubts={"staff": "?", "beds": "?"},
            day=later,
        )  # fmt: skip


def test_nobody_approves_the_own_answer_not_even_an_administrator(town, confirmation):
    town.clerk.role = "administrator"
    town.clerk.save()
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation, public_phone=""), day=DAY)
    confirmation.refresh_from_db()
    with pytest.raises(PermissionDenied):
        approve(confirmation=confirmation, user=town.clerk, version=confirmation.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.update(decided_by=town.clerk)


def test_who_may_confirm_and_approve_is_the_policys_word(town, confirmation):
    for stranger in (town.west_clerk, town.reviewer):
        with pytest.raises(PermissionDenied):
            confirm(confirmation=confirmation, user=stranger, answer=answer(confirmation), day=DAY)
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation, public_phone=""), day=DAY)
    confirmation.refresh_from_db()
    for stranger in (town.west_clerk, town.planner):
        with pytest.raises(PermissionDenied):
            approve(confirmation=confirmation, user=stranger, version=confirmation.version)


def test_the_same_form_sent_twice_is_one_answer(town, confirmation):
    given = answer(confirmation, token=uuid.uuid4(), beds=[30, 12])
    confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY)
    assert confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY) is Outcome.ALREADY
    assert Confirmation.pgh_event_models["update"].objects.filter(pgh_label="update").count() == 1  # type: ignore[attr-defined]
    assert confirmation.facility.readings.filter(measure="beds").count() == 2


def test_the_second_of_two_people_sees_what_the_first_has_said(town, confirmation):
    mine, others = answer(confirmation, beds=[30, 1]), answer(confirmation, beds=[30, 12])
    confirm(confirmation=confirmation, user=town.planner, answer=others, day=DAY)
    with pytest.raises(OvertakenError) as stopped:
        confirm(confirmation=confirmation, user=town.clerk, answer=mine, day=DAY)
    assert str(town.planner) in str(stopped.value)
    assert ("床位", "30，其中空余12") in stopped.value.changes
    assert latest(confirmation.facility, "beds").vacant == 12


def test_a_record_that_was_edited_meanwhile_is_shown_before_it_is_overwritten(town, confirmation):
    given = answer(confirmation)
    confirmation.facility.public_phone = "0951-9999999"
    confirmation.facility.save()
    with pytest.raises(OvertakenError) as stopped:
        confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY)
    assert ("公开电话", "0951-9999999") in stopped.value.changes


def test_what_was_paused_meanwhile_is_not_asked_for_any_more(town, confirmation):
    FacilityStatus.objects.create(facility=confirmation.facility, status=Status.PAUSED, valid_from=DAY)
    with pytest.raises(Stopped, match="暂停"):
        confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation), day=DAY)


def test_a_round_that_is_over_takes_no_answers(town, confirmation):
    Round.objects.create(opens_on=datetime.date(2026, 12, 1), due_on=datetime.date(2026, 12, 15))
    later = datetime.date(2026, 12, 2)
    with pytest.raises(Stopped):
        confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation), day=later)


def test_a_figure_left_empty_keeps_its_old_day(town, confirmation):
    given = answer(confirmation)
    values = {code: value for code, value in given.values.items() if code != "beds"}
    given = confirming.Answer(**{**given.__dict__, "values": values})
    confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY)
    assert latest(confirmation.facility, "beds").as_of == datetime.date(2024, 12, 31)


def test_an_older_approval_does_not_overwrite_what_was_confirmed_since(town, confirmation):
    confirm(
        confirmation=confirmation,
        user=town.clerk,
        answer=answer(confirmation, public_phone="0951-1111111"),
        day=DAY,
    )
    december = Round.objects.create(opens_on=datetime.date(2026, 12, 1), due_on=datetime.date(2026, 12, 15))
    newer = Confirmation.objects.create(round=december, facility=confirmation.facility)
    later = datetime.date(2026, 12, 2)
    confirm(confirmation=newer, user=town.clerk, answer=answer(newer, as_of=later), day=later)
    confirmation.refresh_from_db()
    approve(confirmation=confirmation, user=town.reviewer, version=confirmation.version)
    confirmation.facility.refresh_from_db()
    assert confirmation.facility.public_phone == "0951-0000001"


def test_two_reviewers_at_once_decide_once(town, confirmation):
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation, public_phone=""), day=DAY)
    confirmation.refresh_from_db()
    version = confirmation.version
    send_back(confirmation=confirmation, user=town.reviewer, version=version, reason="打不通")
    with pytest.raises(OvertakenError):
        approve(confirmation=confirmation, user=town.reviewer, version=version)


def test_what_is_asked_depends_on_what_the_kind_does_and_the_facility_declares(town, confirmation):
    facility = confirmation.facility
    assert facts.questions(facility, day=DAY) == [
        "opening_hours",
        "public_phone",
        "beds",
        "staff",
        "private_phone",
    ]
    FacilityFunctionFactory(facility=facility, function=town.meals)
    assert facts.questions(facility, day=DAY) == [
        "opening_hours",
        "public_phone",
        "meals_served",
        "staff",
        "private_phone",
    ]


def test_a_fact_that_was_changed_since_it_was_confirmed_is_not_confirmed(town, confirmation):
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation), day=DAY)
    facility = confirmation.facility
    facility.refresh_from_db()
    [hours, phone] = facts.known(facility, ["opening_hours", "public_phone"])
    assert hours.as_of == phone.as_of == DAY
    facility.public_phone = "0951-2222222"
    facility.save()
    [hours, phone] = facts.known(facility, ["opening_hours", "public_phone"])
    assert (hours.as_of, phone.as_of) == (DAY, None)


def test_a_reading_that_came_later_by_another_way_has_its_own_day_and_no_method(town, confirmation):
    confirm(confirmation=confirmation, user=town.clerk, answer=answer(confirmation), day=DAY)
    newer = DAY + datetime.timedelta(days=3)
    CapacityReadingFactory(facility=confirmation.facility, measure="beds", total=28, vacant=2, as_of=newer)
    [beds] = facts.known(confirmation.facility, ["beds"])
    assert (beds.value, beds.as_of, beds.method) == ([28, 2], newer, "")


def test_every_change_is_in_history_with_who_made_it(client, town, confirmation):
    client.force_login(town.clerk, backend="geo_registry.accounts.backends.PolicyBackend")
    given = answer(confirmation, opening_hours="24/7")
    confirm(confirmation=confirmation, user=town.clerk, answer=given, day=DAY)
    for model in (Confirmation, Verification, CapacityReading):
        assert model.pgh_event_models["insert"].objects.exists()  # type: ignore[attr-defined]
    events = confirmation.facility.pgh_event_models["update"].objects.filter(pgh_obj=confirmation.facility)
    assert events.last().opening_hours == "24/7"
