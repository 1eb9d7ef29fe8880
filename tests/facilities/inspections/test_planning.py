"""Each facility in operation has a check and a drill in each period; how long a period is, is a setting."""

from __future__ import annotations

import datetime

import pytest

from facilities.models import Inspection, Status, VersionState
from facilities.services import composed
from facilities.services.inspections import plan, visits
from geo_registry.reference.models import ReferenceValue
from tests.factories import (
    CheckItemFactory,
    CheckListFactory,
    DivisionFactory,
    FacilityFactory,
    InspectionFactory,
    KindFactory,
)

DAY = datetime.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("months", "day", "first", "last"),
    [
        (3, "2026-11-25", "2026-10-01", "2026-12-31"),
        (3, "2026-01-01", "2026-01-01", "2026-03-31"),
        (1, "2024-02-29", "2024-02-01", "2024-02-29"),
        (6, "2026-06-30", "2026-01-01", "2026-06-30"),
        (12, "2026-06-30", "2026-01-01", "2026-12-31"),
        (5, "2026-12-01", "2026-11-01", "2026-12-31"),
    ],
)
def test_the_setting_says_how_long_a_period_is(months, day, first, last):
    ReferenceValue.objects.filter(key=plan.INTERVAL).update(value=months)
    period = plan.period_of(datetime.date.fromisoformat(day))
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)
    assert plan.previous_period(plan.next_period(period)) == period


def test_every_facility_in_operation_gets_a_check_and_a_drill_once(facility, planner, here, check_list):
    FacilityFactory(division=here, kind=facility.kind, status=Status.PLANNED)
    period = plan.period_of(DAY)
    assert plan.plan(period=period, by=planner) == 2
    assert plan.plan(period=period, by=planner) == 0
    rows = Inspection.objects.filter(facility=facility)
    assert set(rows.values_list("kind", "due", "check_list")) == {
        ("check", datetime.date(2026, 12, 31), check_list.pk),
        ("drill", datetime.date(2026, 12, 31), None),
    }
    assert Inspection.objects.count() == 2


def test_what_has_opened_since_is_added(facility, planner, here):
    period = plan.period_of(DAY)
    plan.plan(period=period, by=planner)
    FacilityFactory(division=here, kind=facility.kind)
    assert plan.plan(period=period, by=planner) == 2


def test_planning_covers_the_planners_own_scope_only(facility, planner, there):
    planner.office.division = there
    planner.office.save()
    assert plan.plan(period=plan.period_of(DAY), by=planner) == 0


def test_a_kind_with_a_list_of_its_own_is_checked_by_that(facility, check_list, here):
    own = CheckListFactory(code="meals")
    own.kinds.add(facility.kind)
    lists = plan.Lists()
    assert lists.of(facility.kind_id) == own
    assert lists.of(KindFactory().pk) == check_list


def test_a_version_that_was_used_never_changes_and_a_check_not_begun_follows_the_new_one(
    inspection, check_list
):
    draft = composed.new_version(check_list)
    assert (draft.version, draft.state, draft.items.count()) == (2, VersionState.DRAFT, 2)
    item = draft.items.first()
    item.text_zh = "新的检查项"
    item.save()
    assert [str(i) for i in visits.items_of(inspection)] == [str(i) for i in check_list.items.all()]
    composed.put_in_use(draft)
    check_list.refresh_from_db()
    assert check_list.state == VersionState.RETIRED
    assert visits.items_of(inspection)[0].text_zh == "新的检查项"


def test_two_lists_are_not_in_use_for_the_same_kind(facility, check_list):
    other = CheckListFactory(code="other", state=VersionState.DRAFT)
    CheckItemFactory(check_list=other)
    with pytest.raises(composed.ValidationError):
        composed.put_in_use(other)
    other.kinds.add(facility.kind)
    composed.put_in_use(other)


def test_the_plan_of_a_whole_county_takes_few_queries(planner, here, django_assert_max_num_queries):
    kind = KindFactory()
    division = DivisionFactory(parent=here)
    for _each in range(12):
        FacilityFactory(division=division, kind=kind)
    InspectionFactory(facility=FacilityFactory(division=division, kind=kind))
    with django_assert_max_num_queries(14):
        plan.plan(period=plan.period_of(DAY), by=planner)
