"""What is unusual, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.services.rounds.exceptions import Reason, Thresholds, unusual

T = Thresholds(
    vacancy_jump_percent=40,
    vacancy_jump_least=5,
    capacity_change_percent=10,
    capacity_change_least=3,
    count_change_percent=50,
    count_change_least=10,
    phone_changed=1,
    emptied=1,
)


@pytest.mark.parametrize(
    ("code", "before", "after", "reason"),
    [
        ("beds", [30, 9], [30, 9], None),
        ("beds", [30, 9], [30, 20], None),
        ("beds", [30, 9], [30, 21], Reason.VACANCY_JUMP),
        ("beds", [10, 0], [10, 4], None),
        ("beds", [10, 0], [10, 5], Reason.VACANCY_JUMP),
        ("beds", [30, None], [30, 30], None),
        ("beds", None, [30, 30], None),
        ("beds", [30, 9], [32, 9], None),
        ("beds", [30, 9], [33, 9], Reason.CAPACITY_CHANGED),
        ("beds", [100, 9], [108, 9], None),
        ("beds", [30, 9], [0, 0], Reason.CAPACITY_CHANGED),
        ("meals_served", [20, None], [29, None], None),
        ("meals_served", [20, None], [30, None], Reason.COUNT_CHANGED),
        ("staff", [6, None], [9, None], None),
        ("public_phone", "0951-1", "0951-2", Reason.PHONE_CHANGED),
        ("public_phone", "", "0951-2", None),
        ("public_phone", "0951-1", "", Reason.EMPTIED),
        ("private_phone", "0951-1", "0951-2", None),
        ("opening_hours", "Mo 08:00-09:00", "", Reason.EMPTIED),
        ("opening_hours", "Mo 08:00-09:00", "Tu 08:00-09:00", None),
        ("contact_role", "院长", "", None),
    ],
)
def test_what_is_unusual(code, before, after, reason):
    assert unusual({code: before}, {code: after}, thresholds=T) == ({code: reason} if reason else {})


def test_switches_let_telephones_and_emptied_fields_pass():
    off = replace(T, phone_changed=0, emptied=0)
    before = {"public_phone": "1", "opening_hours": "Mo 08:00-09:00"}
    assert unusual(before, {"public_phone": "2", "opening_hours": ""}, thresholds=off) == {}


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_what_is_confirmed_unchanged_is_never_unusual(total, vacant, staff):
    values = {"beds": [total, min(vacant, total)], "staff": [staff, None], "public_phone": "0951-1"}
    assert unusual(values, values, thresholds=T) == {}


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 300))
def test_a_higher_threshold_never_stops_more(was, now, total):
    values = {"beds": [total, min(was, total)]}, {"beds": [total, min(now, total)]}
    strict, lax = replace(T, vacancy_jump_percent=20), replace(T, vacancy_jump_percent=60)
    assert set(unusual(*values, thresholds=lax)) <= set(unusual(*values, thresholds=strict))
