"""Opening hours in plain words, on ordinary days, holidays and make-up working days (2024's National Day)."""

from __future__ import annotations

import datetime

import pytest
from django.utils import translation

from facilities.services.opening import (
    Calendar,
    Span,
    State,
    calendar_around,
    is_valid,
    open_now,
    spans_on,
    special_days,
    varies_by_season,
    week_in_words,
)
from geo_registry.reference.models import CalendarDay
from tests.factories import CalendarDayFactory

OFFICE = "Mo-Fr 08:30-11:30,14:00-17:30; PH off"
CANTEEN = "Mo-Su 11:30-13:00"


def _days() -> dict[datetime.date, CalendarDay]:
    first = datetime.date(2024, 10, 1)
    days = [(first + datetime.timedelta(days=i), CalendarDay.Kind.HOLIDAY, "国庆节") for i in range(7)]
    days += [(datetime.date(2024, 9, 29), CalendarDay.Kind.WORKDAY, "调休上班")]
    days += [(datetime.date(2024, 10, 12), CalendarDay.Kind.WORKDAY, "调休上班")]
    return {day: CalendarDay(day=day, kind=kind, name=name) for day, kind, name in days}


CALENDAR = Calendar(days=_days(), years=frozenset({2024}))


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "state", "text"),
    [
        ("2024-09-25 09:00", State.OPEN, "Open now, until 11:30"),
        ("2024-09-25 11:30", State.LATER, "Open today 14:00–17:30"),
        ("2024-09-25 07:00", State.LATER, "Open today 08:30–11:30, 14:00–17:30"),
        ("2024-09-25 18:00", State.CLOSED, "Closed now, opens tomorrow 08:30"),
        ("2024-09-20 18:00", State.CLOSED, "Closed now, opens Mon 08:30"),
        ("2024-09-30 18:00", State.CLOSED, "Closed now, opens 8 October 08:30"),
        ("2024-10-02 09:00", State.CLOSED, "Closed for 国庆节, opens Tue 08:30"),
    ],
)
def test_an_office_says_when_it_opens(moment: str, state: State, text: str) -> None:
    now = open_now(OFFICE, now=at(moment), calendar=CALENDAR)
    assert (now.state, now.text, now.note) == (state, text, "")


@pytest.mark.parametrize("sunday_or_saturday", [datetime.date(2024, 9, 29), datetime.date(2024, 10, 12)])
def test_a_make_up_working_day_has_the_hours_of_a_working_day(sunday_or_saturday: datetime.date) -> None:
    assert spans_on(OFFICE, sunday_or_saturday, CALENDAR) == (Span(510, 690), Span(840, 1050))
    assert spans_on(OFFICE, sunday_or_saturday, Calendar()) == ()


def test_a_place_open_only_at_weekends_is_open_on_a_make_up_working_day() -> None:
    assert spans_on("Sa-Su 09:00-16:00", datetime.date(2024, 10, 12), CALENDAR) == (Span(540, 960),)


def test_a_rule_for_holidays_counts_wherever_it_is_written() -> None:
    holiday = datetime.date(2024, 10, 2)
    assert spans_on("PH off; Mo-Fr 08:30-17:30", holiday, CALENDAR) == ()
    assert spans_on("Mo-Fr 08:30-17:30; PH 10:00-12:00", holiday, CALENDAR) == (Span(600, 720),)
    assert spans_on("Mo-Sa,PH 11:00-13:00", datetime.date(2024, 10, 6), CALENDAR) == (Span(660, 780),)


def test_holidays_on_certain_weekdays_say_nothing_of_ordinary_days() -> None:
    hours = "Mo-Fr 08:30-17:30; PH Mo-Fr 10:00-12:00"
    assert spans_on(hours, datetime.date(2024, 9, 25), CALENDAR) == (Span(510, 1050),)
    assert spans_on(hours, datetime.date(2024, 10, 2), CALENDAR) == (Span(600, 720),)


def test_hours_silent_about_holidays_carry_a_note_on_them() -> None:
    now = open_now(CANTEEN, now=at("2024-10-02 09:00"), calendar=CALENDAR)
    assert now.text == "Open today 11:30–13:00"
    assert now.note == "Today is a holiday (国庆节): please telephone first"
    assert open_now(CANTEEN, now=at("2024-09-25 09:00"), calendar=CALENDAR).note == ""


def test_a_home_is_open_all_day_and_needs_no_note() -> None:
    now = open_now("24/7", now=at("2024-10-02 03:00"), calendar=CALENDAR)
    assert (now.state, now.text, now.note) == (State.OPEN, "Open all day", "")


@pytest.mark.parametrize("hours", ["", "  ", "每天上午", "Mo-Fr 25:99"])
def test_hours_that_cannot_be_read_are_unknown_and_not_closed(hours: str) -> None:
    assert not is_valid(hours)
    assert open_now(hours, now=at("2024-09-25 09:00"), calendar=CALENDAR).state == State.UNKNOWN
    assert week_in_words(hours, day=datetime.date(2024, 9, 25)) == []


def test_a_place_closed_for_the_season_is_not_promised_for_tomorrow() -> None:
    now = open_now("Apr-Oct Mo-Su 09:00-17:00", now=at("2024-12-01 12:00"), calendar=CALENDAR)
    assert (now.state, now.text) == (State.CLOSED, "Not open in the coming days")
    assert varies_by_season("Apr-Oct Mo-Su 09:00-17:00")
    assert not varies_by_season('Mo-Su 09:00-17:00 "2024 起"')


def test_hours_past_midnight_are_open_on_both_sides_of_it() -> None:
    hours = "Mo-Su 20:00-02:00"
    assert open_now(hours, now=at("2024-09-25 01:00"), calendar=CALENDAR).state == State.OPEN
    assert open_now(hours, now=at("2024-09-25 23:30"), calendar=CALENDAR).text == "Open now, until 24:00"


def test_the_week_is_told_in_as_few_lines_as_it_has_differences() -> None:
    lines = week_in_words(OFFICE, day=datetime.date(2024, 10, 2))
    assert [(line.days, line.hours) for line in lines] == [
        ("Mon to Fri", "08:30–11:30, 14:00–17:30"),
        ("Sat, Sun", "closed"),
        ("Public holidays", "closed"),
    ]
    every_day = week_in_words(CANTEEN, day=datetime.date(2024, 10, 2))
    assert [line.days for line in every_day] == ["Every day", "Public holidays"]
    assert every_day[1].hours == "not stated: please telephone first"


def test_the_week_is_told_in_chinese() -> None:
    with translation.override("zh-hans"):
        lines = week_in_words(OFFICE, day=datetime.date(2024, 10, 2))
        now = open_now(CANTEEN, now=at("2024-09-25 09:00"), calendar=CALENDAR)
    assert [(line.days, line.hours) for line in lines] == [
        ("周一至周五", "08:30–11:30，14:00–17:30"),
        ("周六、周日", "不开放"),
        ("法定节假日", "不开放"),
    ]
    assert now.text == "今天11:30–13:00开放"


def test_special_days_ahead_are_named_with_their_hours() -> None:
    lines = special_days(OFFICE, day=datetime.date(2024, 9, 28), calendar=CALENDAR)
    assert len(lines) == 9
    assert (lines[0].days, lines[0].hours) == ("29 September 调休上班", "08:30–11:30, 14:00–17:30")
    assert (lines[1].days, lines[1].hours) == ("1 October 国庆节", "closed")


@pytest.mark.django_db
def test_the_calendar_is_read_from_the_registry(django_assert_num_queries) -> None:
    CalendarDayFactory(day=datetime.date(2024, 10, 1))
    CalendarDayFactory(day=datetime.date(2025, 1, 1), name="元旦")
    with django_assert_num_queries(2):
        calendar = calendar_around(datetime.date(2024, 9, 30))
    assert calendar.is_holiday(datetime.date(2024, 10, 1))
    assert calendar.name(datetime.date(2024, 10, 1)) == "国庆节"
    assert not calendar.is_holiday(datetime.date(2025, 1, 1)), "beyond the horizon nothing is promised"
    assert calendar.years >= {2024, 2025}
