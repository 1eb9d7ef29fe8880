"""Sections of reference files that are the app's own."""

from __future__ import annotations

import datetime
from typing import Any

from .loading import Entry, Loading, day, mark, register_section, take
from .models import CalendarDay, NameRule, ReferenceValue, RoadSpeed, Severity, Source, TravelProfile

CALENDAR_SOURCE = "国务院办公厅通知（待核对）"


def load_source(run: Loading, entry: Entry) -> None:
    """``[[source]]``: where rows come from."""
    fields = take(
        entry, "code", "title", publisher="", licence="", url="", dated=None, is_demo=False, note=""
    )
    run.row(Source, key={"code": fields.pop("code")}, values=fields)


def load_value(run: Loading, entry: Entry) -> None:
    """``[[value]]``: a threshold, target, setting or fact."""
    fields = take(
        entry, "key", "group", "title_zh", "title_en", "value", "mark",
        unit="", source="", note="", valid_from=None, valid_to=None,
    )  # fmt: skip
    fields["mark"] = mark(fields["mark"])
    key = {"key": fields.pop("key"), "valid_from": day(fields.pop("valid_from"))}
    run.row(ReferenceValue, key=key, values=fields)


def load_profile(run: Loading, entry: Entry) -> None:
    """``[[profile]]``: a way to travel, with ``[profile.road_speeds_kmh]`` for single classes of road."""
    fields = take(
        entry, "code", "name_zh", "name_en", "mode", "speed_m_s", "off_road_speed_m_s", "snap_limit_m",
        "detour_factor", "mark", winter_factor=1, respects_oneway=False, position=100, source="", road_speeds_kmh={},
        delivery_radius_m=None, people="",
    )  # fmt: skip
    fields["mark"] = mark(fields["mark"])
    speeds: dict[str, Any] = fields.pop("road_speeds_kmh")
    profile = run.row(TravelProfile, key={"code": fields.pop("code")}, values=fields)
    if profile is None:
        return
    for road_class, speed_kmh in speeds.items():
        run.row(
            RoadSpeed, key={"profile": profile, "road_class": road_class}, values={"speed_kmh": speed_kmh}
        )


def load_rule(run: Loading, entry: Entry) -> None:
    """``[[rule]]``: a check on a proposed name."""
    fields = take(
        entry, "number", "code", "title_zh", "title_en", "severity", "article", "mark",
        version=1, severity_elsewhere=Severity.OFF.value, note="",
    )  # fmt: skip
    fields["mark"] = mark(fields["mark"])
    key = {"number": fields.pop("number"), "version": fields.pop("version")}
    run.row(NameRule, key=key, values=fields)


def load_holiday(run: Loading, entry: Entry) -> None:
    """``[[holiday]]``: from a first to a last day, both free."""
    fields = take(entry, "name", "first", "last", source=CALENDAR_SOURCE)
    first, last = day(fields["first"]), day(fields["last"])
    if first is None or last is None or last < first:
        raise ValueError("“last” lies before “first”")
    for offset in range((last - first).days + 1):
        _calendar_day(run, first + datetime.timedelta(days=offset), CalendarDay.Kind.HOLIDAY, fields)


def load_workday(run: Loading, entry: Entry) -> None:
    """``[[workday]]``: a Saturday or Sunday that is worked to make up for a holiday."""
    fields = take(entry, "name", "day", source=CALENDAR_SOURCE)
    worked = day(fields["day"])
    if worked is None:
        raise KeyError("day")
    _calendar_day(run, worked, CalendarDay.Kind.WORKDAY, fields)


def _calendar_day(run: Loading, on: datetime.date, kind: CalendarDay.Kind, fields: dict[str, Any]) -> None:
    run.row(
        CalendarDay,
        key={"day": on},
        values={"kind": kind, "name": fields["name"], "source": fields["source"]},
    )


def register() -> None:
    """Make this app responsible for its sections."""
    register_section("source", load_source)
    register_section("value", load_value)
    register_section("profile", load_profile)
    register_section("rule", load_rule)
    register_section("holiday", load_holiday)
    register_section("workday", load_workday)
