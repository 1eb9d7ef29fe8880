"""Opening hours as clerks write them."""

from __future__ import annotations

import pytest

from facilities.importers.hours import hours_from_words, hours_to_words
from facilities.services.opening import is_valid


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("周一至周五 8:30-11:30、14:30-17:30；节假日休息", "Mo-Fr 08:30-11:30,14:30-17:30; PH off"),
        ("每天11:00-13:00", "Mo-Su 11:00-13:00"),
        ("工作日 上午8点半-下午5点半；双休日休息", "Mo-Fr 08:30-17:30; Sa-Su off"),
        ("星期一至星期五：08:30—18:00", "Mo-Fr 08:30-18:00"),
        ("周一到周六早上8:00到晚上8:00。", "Mo-Sa 08:00-20:00"),
        ("周一三五 9:00-10:00", "Mo,We,Fr 09:00-10:00"),
        ("周六日 9:00-12:00", "Sa,Su 09:00-12:00"),
        ("11:30-13:00,17:00-18:30", "Mo-Su 11:30-13:00,17:00-18:30"),
        ("24小时", "24/7"),
        ("全天", "24/7"),
    ],
)
def test_what_clerks_write_is_understood(words, hours):
    assert hours_from_words(words) == hours
    assert is_valid(hours)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "随时",
        "8:30-5:30",
        "每天 25:00-26:00",
        "周五至周一 9:00-10:00",
        "周一 9:00-10:00 有时不开",
        "周一",
    ],
)
def test_what_is_not_understood_in_full_is_not_understood(words):
    assert hours_from_words(words) is None


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("Mo-Fr 08:30-11:30,14:00-17:30; PH off", "周一至周五 08:30-11:30、14:00-17:30；节假日 休息"),
        ("Mo-Su 00:00-24:00", "每天 00:00-24:00"),
        ("24/7", "全天"),
    ],
)
def test_hours_are_shown_in_words_that_read_back_the_same(hours, words):
    assert hours_to_words(hours) == words
    assert hours_from_words(words) == hours


@pytest.mark.parametrize(
    "hours", ["", "Jan-Mar Mo 09:00-10:00", 'Mo-Su 11:00-13:00 "预约"', "sunrise-sunset"]
)
def test_hours_that_words_would_change_stay_as_they_are(hours):
    assert hours_to_words(hours) is None
