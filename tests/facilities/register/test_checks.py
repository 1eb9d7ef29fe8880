"""What the checks of a card say: of figures, days, codes, places, hours, telephones, and records that look alike."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from facilities.models import Status
from facilities.services.checks import (
    Severity,
    Situation,
    blocking,
    contact,
    dates,
    figures,
    findings,
    identity,
)
from facilities.services.facts import FACTS, facts_of
from geo_registry.geodata.identity import credit_code_check_digit
from geo_registry.reference.models import ReferenceValue
from geo_registry.text import likeness
from tests import factories

TODAY = datetime.date(2026, 6, 1)


def situation(*, changed: tuple[str, ...] = (), **facts: Any) -> Situation:
    """A card with nothing on it but what is given; limits that no test needs a database for."""
    made = Situation(
        facts={**dict.fromkeys(FACTS), "clients": [], **facts},
        day=TODAY,
        changed=frozenset(changed),
        figures_as_of=TODAY,
    )
    made.__dict__["limits"] = {
        "facility-beds-most": 1000, "facility-count-most": 5000, "facility-area-most-m2": 100000,
        "facility-earliest-year": 1949,
    }  # fmt: skip
    return made


def said(checks: Any, made: Situation) -> set[tuple[str, str]]:
    return {(f.fact, f.severity.value) for check in checks for f in check(made)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"beds": [10, 11]}, {("beds", "block")}),
        ({"beds": [10, 10]}, set()),
        ({"beds": [None, 3]}, {("beds", "block")}),
        ({"beds": [-1, None]}, {("beds", "block")}),
        ({"beds": [10, None], "ordinary_beds": [6, None], "nursing_beds": [5, None]}, {("beds", "block")}),
        ({"beds": [10, 2], "residents": [9, None]}, {("residents", "warn")}),
        ({"beds": [10, None], "residents": [11, None]}, {("residents", "warn")}),
        ({"staff": [3, None], "care_staff": [4, None]}, {("care_staff", "block")}),
        ({"meals_capacity": [20, None], "meals_served": [30, None]}, {("meals_served", "warn")}),
        ({"beds": [1001, None]}, {("beds", "warn")}),
        ({"floor_area_m2": 0.0}, {("floor_area_m2", "block")}),
        ({"floor_area_m2": 2e6}, {("floor_area_m2", "warn")}),
    ],
)
def test_figures_that_cannot_be_are_refused_and_odd_ones_doubted(facts, expected):
    assert said(figures.CHECKS, situation(**facts)) == expected


def test_figures_have_a_day_that_has_been_and_is_not_older_than_what_is_known():
    made = situation(changed=("beds",), beds=[10, 1])
    made.figures_as_of = None
    assert ("figures_as_of", "block") in said(figures.CHECKS, made)
    made.figures_as_of = TODAY + datetime.timedelta(days=1)
    assert ("figures_as_of", "block") in said(figures.CHECKS, made)
    made.figures_as_of, made.latest_figures = TODAY, {"beds": TODAY + datetime.timedelta(days=1)}
    assert ("figures_as_of", "block") in said(figures.CHECKS, made)
    made.latest_figures = {"beds": TODAY}
    assert said(figures.CHECKS, made) == set()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"built_on": "2020-05-01", "opened_on": "2020-04-30"}, {("opened_on", "block")}),
        ({"built_on": "2020-05-01", "opened_on": "2020-05-01"}, set()),
        (
            {"lease_from": "2024-01-01", "lease_to": "2024-01-01"},
            {("lease_to", "block"), ("lease_to", "warn")},
        ),
        ({"lease_from": "2024-01-01", "lease_to": "2030-01-01", "tenure": "owned"}, {("tenure", "warn")}),
        ({"opened_on": "1911-10-10"}, {("opened_on", "warn")}),
        ({"built_on": "2027-01-01"}, {("built_on", "warn")}),
    ],
)
def test_days_stand_in_their_order(facts, expected):
    assert said(dates.CHECKS, situation(**facts)) == expected


def test_nothing_closes_before_it_opens():
    made = situation(opened_on="2024-01-01")
    made.statuses = [(datetime.date(2023, 1, 1), Status.CLOSED.value)]
    assert said(dates.CHECKS, made) == {("opened_on", "block")}


def test_a_social_credit_code_has_the_check_digit_of_gb_32100():
    body = "52640181MJX123456"
    right = body + credit_code_check_digit(body)
    wrong = body + ("0" if right[-1] != "0" else "1")
    base = {"name": "甲", "division": 1}
    assert said(identity.CHECKS, situation(**base, social_credit_code=right)) == set()
    assert said(identity.CHECKS, situation(**base, social_credit_code=wrong)) == {
        ("social_credit_code", "block")
    }
    assert said(identity.CHECKS, situation(**base)) == {("social_credit_code_absent", "warn")}
    assert said(identity.CHECKS, situation(**base, social_credit_code_absent="村级点")) == set()


def test_a_citizens_number_may_not_come_in_by_any_text():
    number = "11010519491231002X"
    made = situation(name="甲", division=1, social_credit_code_absent="无", note=f"联系人 {number}")
    assert ("note", "block") in said(identity.CHECKS, made)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"opening_hours": "Mo-Fr 08:30-17:30; PH off"}, set()),
        ({"opening_hours": "早八点到晚五点"}, {("opening_hours", "block")}),
        ({"public_phone": "0951-4021234"}, set()),
        ({"public_phone": "打电话"}, {("public_phone", "block")}),
        ({"public_phone": "13912345678"}, {("public_phone", "block")}),
        ({"private_phone": "13912345678"}, set()),
        ({"published": True}, {("public_phone", "warn")}),
    ],
)
def test_hours_can_be_read_and_telephones_dialled_and_mobiles_stay_with_the_office(facts, expected):
    assert said(contact.CHECKS, situation(**facts)) == expected


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("崇兴镇助餐点", "崇兴镇助餐点", 1, 1),
        ("崇兴镇 助餐点", "崇兴镇助餐点", 1, 1),
        ("东一村老饭桌", "东一村老饭桌（二）", 0.85, 0.95),
        ("崇兴镇综合养老服务中心", "崇兴综合养老服务中心", 0.8, 0.95),
        ("东一村老饭桌", "西湖社区日间照料中心", 0, 0.1),
        ("", "甲", 0, 0),
    ],
)
def test_likeness_of_names(one, other, least, most):
    assert least <= likeness(one, other) <= most
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.django_db
class TestOnTheGround:
    def judge(self, register, facility=None, **facts: Any) -> list[Any]:
        values = {**facts_of(register.facility), **facts}
        return findings(Situation(facts=values, day=TODAY, facility=facility, figures_as_of=TODAY))

    def test_a_point_outside_of_its_division_is_doubted_with_the_distance(self, register):
        found = self.judge(register, register.facility, location=[105.95, 38.0])
        (outside,) = [f for f in found if f.fact == "location"]
        assert outside.severity is Severity.WARN
        assert "东镇" in outside.text
        assert any(character.isdigit() for character in outside.text)
        assert not [f for f in self.judge(register, register.facility) if f.fact == "location"]

    def test_a_like_name_close_by_is_probably_the_same_facility(self, register):
        near = [106.0505, 38.0003]
        alike = [
            f for f in self.judge(register, name="东一村老饭桌（新）", location=near) if f.fact == "name"
        ]
        assert "T-1" in alike[0].text
        assert not [f for f in self.judge(register, name="人民街日照", location=near) if f.fact == "name"]
        far = [
            f for f in self.judge(register, name="东一村老饭桌", location=[106.06, 38.0]) if f.fact == "name"
        ]
        assert far == []

    def test_a_check_tells_nobody_where_a_secret_place_is(self, register):
        near = [106.0505, 38.0003]
        assert [f for f in self.judge(register, name="东一村老饭桌（新）", location=near) if f.fact == "name"]
        type(register.facility).objects.filter(pk=register.facility.pk).update(secret=True)
        assert not [
            f for f in self.judge(register, name="东一村老饭桌（新）", location=near) if f.fact == "name"
        ]

    def test_a_record_is_not_its_own_duplicate(self, register):
        assert not [f for f in self.judge(register, register.facility) if f.fact == "name"]

    def test_without_its_reference_value_a_check_says_that_it_was_not_made(self, register):
        ReferenceValue.objects.filter(key="facility-duplicate-distance-m").delete()
        assert any("facility-duplicate-distance-m" in f.text for f in self.judge(register, register.facility))

    def test_an_old_mistake_elsewhere_does_not_hold_up_what_is_changed_today(self, register):
        found = self.judge(register, register.facility, public_phone="13912345678", opening_hours="???")
        assert {f.fact for f in blocking(found, {"opening_hours"})} == {"opening_hours"}
        assert blocking(found, {"note"}) == []

    def test_the_checks_of_a_card_cost_so_many_queries(self, register, django_assert_num_queries):
        for n in range(5):
            factories.FacilityFactory(kind=register.canteen, division=register.east_village, name=f"邻居{n}")
        values = facts_of(register.facility)
        with django_assert_num_queries(3):
            findings(Situation(facts=values, day=TODAY, facility=register.facility, figures_as_of=TODAY))
