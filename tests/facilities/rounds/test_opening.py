"""Rounds open by themselves, once, and follow the register."""

from __future__ import annotations

import datetime

import pytest
from django.core.management import CommandError, call_command

from facilities.models import Confirmation, FacilityStatus, Round, Status
from facilities.services.rounds.opening import current_round, open_if_possible, open_rounds, period_start
from facilities.services.rounds.settings import months_before
from geo_registry.accounts.models import Role
from geo_registry.reference.models import ReferenceValue
from geo_registry.reference.services import ReferenceMissing
from geo_registry.worklist.models import Notification

from .conftest import DAY, OPENS_ON

pytestmark = pytest.mark.django_db
State = Confirmation.State


@pytest.mark.parametrize(
    ("day", "months", "start"),
    [
        ("2026-11-20", 1, "2026-11-01"),
        ("2026-11-20", 2, "2026-11-01"),
        ("2026-12-31", 2, "2026-11-01"),
        ("2026-02-28", 3, "2026-01-01"),
        ("2026-06-30", 12, "2026-01-01"),
    ],
)
def test_a_year_is_divided_from_january_on(day, months, start):
    assert period_start(datetime.date.fromisoformat(day), months) == datetime.date.fromisoformat(start)


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [("2026-11-30", 3, "2026-08-30"), ("2026-05-31", 3, "2026-02-28"), ("2026-01-15", 1, "2025-12-15")],
)
def test_three_months_ago_is_a_day_that_there_was(day, months, before):
    assert months_before(datetime.date.fromisoformat(day), months) == datetime.date.fromisoformat(before)


def test_every_open_facility_at_home_is_asked_about_and_no_other(town):
    asked = town.facility("A1")
    town.facility("A2", status=Status.PAUSED)
    town.facility("A3", status=Status.PLANNED)
    report = open_rounds(day=OPENS_ON)
    assert report.opened
    assert report.joined == 1
    assert [row.facility for row in Confirmation.objects.all()] == [asked]
    assert report.round.due_on == OPENS_ON + datetime.timedelta(days=14)


def test_running_it_again_does_nothing_again(town):
    town.facility()
    open_rounds(day=OPENS_ON)
    again = open_rounds(day=OPENS_ON)
    assert (again.opened, again.joined, again.left, again.came_back, again.told) == (False, 0, 0, 0, 0)
    assert Round.objects.count() == Confirmation.objects.count() == 1


def test_the_next_interval_opens_the_next_round(town):
    town.facility()
    open_rounds(day=OPENS_ON)
    assert open_rounds(day=datetime.date(2026, 12, 1)).opened
    assert Confirmation.objects.count() == 2
    assert current_round(DAY).opens_on == OPENS_ON


def test_what_closes_meanwhile_leaves_and_what_opens_joins(town):
    closing, answered = town.facility("A1"), town.facility("A2")
    open_rounds(day=OPENS_ON)
    Confirmation.objects.filter(facility=answered).update(state=State.DONE)
    for facility in (closing, answered):
        FacilityStatus.objects.create(facility=facility, status=Status.PAUSED, valid_from=DAY)
    opening = town.facility("A3", status=Status.PLANNED)
    FacilityStatus.objects.create(facility=opening, status=Status.OPEN, valid_from=DAY)
    report = open_rounds(day=DAY)
    assert (report.joined, report.left) == (1, 1)
    states = dict(Confirmation.objects.values_list("facility__number", "state"))
    assert states == {"A1": State.LAPSED, "A2": State.DONE, "A3": State.WAITING}
    FacilityStatus.objects.create(
        facility=closing, status=Status.OPEN, valid_from=DAY + datetime.timedelta(days=2)
    )
    assert open_rounds(day=DAY + datetime.timedelta(days=2)).came_back == 1


def test_a_change_that_is_still_to_come_changes_nothing_yet(town):
    facility = town.facility()
    FacilityStatus.objects.create(
        facility=facility, status=Status.CLOSED, valid_from=DAY + datetime.timedelta(days=1)
    )
    open_rounds(day=DAY)
    assert Confirmation.objects.get().state == State.WAITING


def codes(role: Role) -> list[str]:
    return list(Notification.objects.filter(role=role).order_by("pk").values_list("code", flat=True))


def test_each_township_is_told_of_its_own_once_at_the_opening_before_the_end_and_after_it(town):
    town.facility("A1"), town.facility("A2", division=town.west)
    for day in (1, 2, 12, 13, 16, 17):
        open_rounds(day=datetime.date(2026, 11, day))
    told = Notification.objects.filter(role=Role.CLERK)
    for township in (town.east, town.west):
        assert list(told.filter(division=township).order_by("pk").values_list("code", flat=True)) == [
            "round-opened",
            "round-reminder",
            "round-overdue",
        ]
    assert codes(Role.REVIEWER) == ["round-overdue-county"]
    assert "东镇有1处设施没有核实" in str(told.filter(division=town.east).first())
    county = Notification.objects.filter(role=Role.REVIEWER).get()
    assert "2个乡镇（街道）有2处设施没有核实" in str(county)


def test_who_has_answered_all_is_not_reminded(town):
    town.facility()
    open_rounds(day=OPENS_ON)
    Confirmation.objects.update(state=State.DONE)
    open_rounds(day=datetime.date(2026, 11, 16))
    assert codes(Role.CLERK) == ["round-opened"]
    assert codes(Role.REVIEWER) == []


def test_what_lies_in_no_township_is_the_countys_own(town):
    town.facility(division=town.home)
    open_rounds(day=OPENS_ON)
    assert codes(Role.CLERK) == []
    assert codes(Role.PLANNER) == ["round-opened"]


def test_without_settings_the_worker_waits_and_the_command_says_which_is_missing(town):
    ReferenceValue.objects.filter(key="confirmation-due-days").delete()
    open_if_possible()
    assert not Round.objects.exists()
    with pytest.raises(ReferenceMissing, match="confirmation-due-days"):
        open_rounds(day=DAY)
    with pytest.raises(CommandError, match="confirmation-due-days"):
        call_command("open_rounds")


def test_without_a_home_there_is_nothing_to_ask(agreed):
    assert open_rounds(day=DAY) is None


def test_queries_do_not_grow_with_the_facilities(
    town, django_assert_num_queries, django_assert_max_num_queries
):
    town.facility("B0")
    with django_assert_max_num_queries(45) as first:
        open_rounds(day=OPENS_ON)
    for number in range(1, 30):
        town.facility(f"B{number}")
    with django_assert_num_queries(len(first)):
        open_rounds(day=datetime.date(2026, 12, 1))


def test_the_joining_is_written_into_history_with_the_command(town):
    town.facility()
    open_rounds(day=OPENS_ON)
    event = Confirmation.pgh_event_models["insert"].objects.get()  # type: ignore[attr-defined]
    assert event.pgh_context["command"] == "open_rounds"
