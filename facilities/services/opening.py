"""Opening hours in plain words, right on holidays and make-up working days.

Hours are written in OpenStreetMap's syntax and read by ``opening_hours``, whose own calendar for China is wrong. The calendar
is therefore the registry's (``reference.CalendarDay``), and a day is read in three ways:

- an ordinary day: as written; ``PH`` matches nothing;
- a public holiday: every ``PH`` selector matches, and a rule for ``PH`` alone counts last, wherever it was written;
- a make-up working day on a weekend: the hours of the working day beside it, if that has any, else its own.

A span that runs past midnight ends at 24:00 and goes on at 00:00, read by the rules of its second day. Times are local.
"""

from __future__ import annotations

import datetime
import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import opening_hours
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from opening_hours import OpeningHours

from geo_registry.reference.models import CalendarDay

# How far ahead the next opening is looked for.
HORIZON_DAYS = 14
_DAY_MIN = 24 * 60
_WEEKDAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_ITEM = rf"(?:PH|SH|{_WEEKDAY}(?:\s*-\s*{_WEEKDAY})?(?:\[[^\]]*\])?)"
_SELECTOR = re.compile(rf"\b{_ITEM}(?:\s*,\s*{_ITEM})*\b")
_HOLIDAY_ON_WEEKDAY = re.compile(rf"\s*PH\s+{_WEEKDAY}")
_SEASON = re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|week|easter|\d{4})\b")
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, order=True)
class Span:
    """From a minute of the day to a later one; 1440 is midnight at its end."""

    start_min: int
    end_min: int

    def __str__(self) -> str:
        return f"{clock(self.start_min)}–{clock(self.end_min)}"


ALL_DAY = Span(0, _DAY_MIN)


@dataclass(frozen=True)
class Calendar:
    """Holidays and make-up working days around a day, and the years of which any are known."""

    days: Mapping[datetime.date, CalendarDay] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_holiday(self, day: datetime.date) -> bool:
        """Whether ``day`` is a public holiday."""
        return day in self.days and self.days[day].kind == CalendarDay.Kind.HOLIDAY

    def is_makeup_workday(self, day: datetime.date) -> bool:
        """Whether ``day`` is a weekend day on which people work."""
        return day in self.days and self.days[day].kind == CalendarDay.Kind.WORKDAY

    def name(self, day: datetime.date) -> str:
        """Return what the day is called, or nothing."""
        return self.days[day].name if day in self.days else ""


def calendar_around(day: datetime.date) -> Calendar:
    """Read the calendar from the day before ``day`` to the horizon. Two queries."""
    rows = CalendarDay.objects.filter(
        day__range=(day - datetime.timedelta(days=1), day + datetime.timedelta(days=HORIZON_DAYS))
    )
    years = CalendarDay.objects.order_by().values_list("day__year", flat=True).distinct()
    return Calendar(days={row.day: row for row in rows}, years=frozenset(years))


class State(enum.StrEnum):
    """What one needs to know before setting out."""

    OPEN = "open"
    LATER = "later"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class OpenNow:
    """Whether a place is open at a moment, in words; ``note`` is what to beware of."""

    state: State
    text: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DayHours:
    """One line of a week: which days, and when they are open."""

    days: str
    hours: str


def is_valid(hours: str) -> bool:
    """Whether ``hours`` can be read; empty hours cannot."""
    return _parsed(hours) is not None


def spans_on(hours: str, day: datetime.date, calendar: Calendar) -> tuple[Span, ...] | None:
    """Return when a place is open on ``day``, in order; ``None`` where its hours cannot be read."""
    if calendar.is_holiday(day):
        return _spans(_on_holidays(hours), day)
    hours = _on_ordinary_days(hours)
    own = _spans(hours, day)
    if own is not None and calendar.is_makeup_workday(day) and day.weekday() >= 5:
        beside = day + datetime.timedelta(days=-1 if day.weekday() == 5 else 1)
        return _spans(hours, beside) or own
    return own


def open_now(hours: str, *, now: datetime.datetime, calendar: Calendar) -> OpenNow:
    """Say whether a place is open.

    Parameters
    ----------
    hours
        Opening hours in OpenStreetMap's syntax; may be empty or unreadable.
    now
        Local time.
    calendar
        The calendar around ``now``.
    """
    today = now.date()
    spans = spans_on(hours, today, calendar)
    if spans is None:
        return OpenNow(state=State.UNKNOWN, text=_("Hours not known: please telephone first"))
    minute = now.hour * 60 + now.minute
    note = _holiday_note(hours, today, calendar) if spans and spans != (ALL_DAY,) else ""
    current = next((span for span in spans if span.start_min <= minute < span.end_min), None)
    if current == ALL_DAY:
        return OpenNow(state=State.OPEN, text=_("Open all day"), note=note)
    if current is not None:
        text = _("Open now, until %(end)s") % {"end": clock(current.end_min)}
        return OpenNow(state=State.OPEN, text=text, note=note)
    later = [span for span in spans if span.start_min > minute]
    if later:
        return OpenNow(state=State.LATER, text=_("Open today %(spans)s") % {"spans": join(later)}, note=note)
    return OpenNow(state=State.CLOSED, text=_closed_until(hours, today, calendar))


def is_open(hours: str, *, now: datetime.datetime, calendar: Calendar) -> bool:
    """Whether a place is open at a moment; hours that cannot be read promise nothing."""
    minute = now.hour * 60 + now.minute
    return any(
        span.start_min <= minute < span.end_min for span in spans_on(hours, now.date(), calendar) or ()
    )


def week_in_words(hours: str, *, day: datetime.date) -> list[DayHours]:
    """Return the ordinary week that ``day`` lies in, equal days that follow one another together, then holidays.

    Empty where the hours cannot be read.
    """
    monday = day - datetime.timedelta(days=day.weekday())
    week = [_spans(_on_ordinary_days(hours), monday + datetime.timedelta(days=i)) for i in range(7)]
    if any(spans is None for spans in week):
        return []
    lines: list[DayHours] = []
    start = 0
    for i in range(1, 8):
        if i == 7 or week[i] != week[start]:
            lines.append(DayHours(days=_weekday_range(start, i - 1), hours=_words(week[start] or ())))
            start = i
    if week[0] == (ALL_DAY,) and len(lines) == 1 and "PH" not in hours:
        return [DayHours(days=_("Every day"), hours=_("all day"))]
    return [*lines, _holiday_line(hours, monday)]


def special_days(hours: str, *, day: datetime.date, calendar: Calendar) -> list[DayHours]:
    """Return the holidays and make-up working days from ``day`` to the horizon, with the hours of each."""
    lines = []
    for offset in range(HORIZON_DAYS + 1):
        special = day + datetime.timedelta(days=offset)
        spans = spans_on(hours, special, calendar) if calendar.name(special) else None
        if spans is not None:
            lines.append(DayHours(days=f"{day_words(special)} {calendar.name(special)}", hours=_words(spans)))
    return lines


def varies_by_season(hours: str) -> bool:
    """Whether other parts of the year have other hours."""
    return bool(_SEASON.search(_QUOTED.sub("", hours)))


def clock(minute: int) -> str:
    """Return a minute of the day as 08:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def join(spans: Sequence[Span]) -> str:
    """Return spans one after the other, in the reader's punctuation."""
    return pgettext("between hours", ", ").join(str(span) for span in spans)


def day_words(day: datetime.date) -> str:
    """Return a day of this year: 10月1日."""
    return date_format(day, "n月j日" if _chinese() else "j F")


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _words(spans: Sequence[Span]) -> str:
    if not spans:
        return _("closed")
    return _("all day") if tuple(spans) == (ALL_DAY,) else join(spans)


def _weekday_names() -> list[str]:
    return [
        pgettext("weekday", "Mon"), pgettext("weekday", "Tue"), pgettext("weekday", "Wed"), pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"), pgettext("weekday", "Sat"), pgettext("weekday", "Sun"),
    ]  # fmt: skip


def _weekday_range(first: int, last: int) -> str:
    names = _weekday_names()
    if (first, last) == (0, 6):
        return _("Every day")
    if first == last:
        return names[first]
    if last == first + 1:
        return pgettext("between days", "%(first)s, %(last)s") % {"first": names[first], "last": names[last]}
    return _("%(first)s to %(last)s") % {"first": names[first], "last": names[last]}


def _holiday_line(hours: str, monday: datetime.date) -> DayHours:
    if "PH" not in hours:
        return DayHours(days=_("Public holidays"), hours=_("not stated: please telephone first"))
    kinds = {_spans(_on_holidays(hours), monday + datetime.timedelta(days=i)) for i in range(7)}
    if len(kinds) == 1:
        return DayHours(days=_("Public holidays"), hours=_words(kinds.pop() or ()))
    return DayHours(days=_("Public holidays"), hours=_("as on the same day of the week"))


def _holiday_note(hours: str, day: datetime.date, calendar: Calendar) -> str:
    if not calendar.is_holiday(day) or "PH" in hours:
        return ""
    return _("Today is a holiday (%(name)s): please telephone first") % {"name": calendar.name(day)}


def _closed_until(hours: str, today: datetime.date, calendar: Calendar) -> str:
    holiday = calendar.name(today) if calendar.is_holiday(today) else ""
    for offset in range(1, HORIZON_DAYS + 1):
        day = today + datetime.timedelta(days=offset)
        spans = spans_on(hours, day, calendar)
        if not spans:
            continue
        if offset == 1:
            when = _("tomorrow")
        elif offset < 7:
            when = _weekday_names()[day.weekday()]
        else:
            when = day_words(day)
        values = {"when": when, "start": clock(spans[0].start_min), "holiday": holiday}
        if holiday:
            return _("Closed for %(holiday)s, opens %(when)s %(start)s") % values
        return _("Closed now, opens %(when)s %(start)s") % values
    return _("Not open in the coming days")


@lru_cache(maxsize=2048)
def _parsed(hours: str) -> OpeningHours | None:
    try:
        return OpeningHours(hours) if hours.strip() else None
    except opening_hours.ParserError:  # type: ignore[attr-defined]
        return None


@lru_cache(maxsize=16384)
def _spans(hours: str, day: datetime.date) -> tuple[Span, ...] | None:
    parsed = _parsed(hours)
    if parsed is None:
        return None
    midnight = datetime.datetime.combine(day, datetime.time())
    end = midnight + datetime.timedelta(days=1)
    spans = []
    for start, stop, state, _comment in parsed.intervals(midnight, end):
        if str(state) != "open":
            continue
        stop_min = _DAY_MIN if stop is None or stop >= end else _minutes(stop)
        spans.append(Span(_minutes(start), stop_min))
    return tuple(_merged(spans))


def _minutes(moment: datetime.datetime) -> int:
    return moment.hour * 60 + moment.minute


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_min <= merged[-1].end_min:
            merged[-1] = Span(merged[-1].start_min, max(merged[-1].end_min, span.end_min))
        else:
            merged.append(span)
    return merged


@lru_cache(maxsize=2048)
def _on_holidays(hours: str) -> str:
    """Rewrite hours so that they say, without ``PH``, what holds on a public holiday."""
    first: list[str] = []
    last: list[str] = []
    for rule in hours.split(";"):
        rewritten = _SELECTOR.sub(_match_every_day, rule)
        (last if rule.strip().startswith("PH") else first).append(rewritten)
    return ";".join(first + last)


@lru_cache(maxsize=2048)
def _on_ordinary_days(hours: str) -> str:
    """Leave out rules for holidays that fall on certain weekdays: the library would read them as those weekdays."""
    rules = [rule for rule in hours.split(";") if not _HOLIDAY_ON_WEEKDAY.match(rule)]
    return ";".join(rules)


def _match_every_day(selector: re.Match[str]) -> str:
    items = [item.strip() for item in selector[0].split(",")]
    if "PH" not in items:
        return selector[0]
    # "PH Mo-Fr" means holidays that fall on these weekdays: the weekdays that follow are what is left of it.
    followed = _SELECTOR.match(selector.string[selector.end() :].lstrip())
    return "" if followed else "Mo-Su"
