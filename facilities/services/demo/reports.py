"""Reports from the public: in every state, some with a photo, some late. Openly invented."""

from __future__ import annotations

import datetime
from typing import Final

from django.contrib.gis.geos import Point
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.reports.models import Contact, Report, State, Step, What
from geo_registry.reports.registry import Topic, kind_of
from geo_registry.reports.services.receiving import keep
from geo_registry.reports.services.routing import due_day
from geo_registry.territory.models.divisions import SRID

from ...models import Facility
from ..reports import KIND, find
from .fieldwork import MARK, Setting

# What, how many days ago, what became of it, a place some degrees off, the picture.
_TOLD: Final[tuple[tuple[Topic, str, int, str, bool, str], ...]] = (
    (Topic.PHONE, "电话打过去是空号，门口贴的是另一个号码。", 1, "open", False, ""),
    (Topic.PLACE, "地图上的位置不对，实际在路对面的院子里。", 2, "open", True, "house"),
    (Topic.HOURS, "星期六上午去过，没有开门，和网上写的不一样。", 3, "doing", False, ""),
    (Topic.GONE, "听邻居说上个月就停了，门一直锁着。", 2, "doing", False, "clear"),
    (Topic.NAME, "门口的牌子和这里写的名称不一样。", 9, "done", False, "house"),
    (Topic.PHONE, "这个电话是私人手机，机主说不是他们的。", 12, "done", False, ""),
    (Topic.OTHER, "希望晚饭也能供应。", 8, "refused", False, ""),
    (Topic.PLACE, "导航到了另一个村，老人走错了路。", 7, "climbed", True, ""),
    (Topic.HOURS, "国庆节期间到底开不开，请写清楚。", 4, "passed_up", False, ""),
)
_ANSWERS: Final = {
    "done": "已核实并更正，谢谢您的反映。（示范答复）",
    "refused": "供餐时间由运营方安排，暂不能增加晚餐，已转告运营方。（示范答复）",
    "passed_up": "涉及全县统一的放假安排，请县里答复。（示范）",
}


def make(setting: Setting) -> dict[str, int]:
    """Make up what the public reported of the demo's facilities, first of those where the demo clerk works."""
    if Report.objects.exists():
        return {}
    public = set(Facility.objects.public().values_list("pk", flat=True))
    shown = [row for row in setting.facilities if row.pk in public and row.location is not None]
    own = [row for row in shown if setting.is_own(row.division)]
    chosen = (own[:6] + [row for row in shown if row not in own])[: len(_TOLD)]
    made = [_make(setting, facility, *told) for facility, told in zip(chosen, _TOLD, strict=False)]
    return {"reports": len(made)}


def _make(
    setting: Setting, facility: Facility, topic: Topic, text: str, days_ago: int, end: str, elsewhere: bool, scene: str
) -> Report:  # fmt: skip
    kind, subject = kind_of(KIND), find(facility.number)
    if kind is None or subject is None:
        raise LookupError(facility.number)
    at = timezone.now() - datetime.timedelta(days=days_ago)
    point = Point(facility.location.x + 0.002, facility.location.y + 0.001, srid=SRID) if elsewhere else None  # type: ignore[union-attr]
    report, _code = keep(kind=kind, subject=subject, topic=topic, text=f"{text}{MARK}", point=point, at=at)
    if scene:
        setting.album.add(scene, owner=report, purpose="photo", by=None)
    if topic == Topic.GONE:
        Contact.objects.create(report=report, text="0951-0002000（示范号码）")
    _go_on(setting, report, end, at)
    return report


def _go_on(setting: Setting, report: Report, end: str, at: datetime.datetime) -> None:
    """Let it go as far as it got."""
    division = report.division
    by = setting.keeper(division) if division is not None else setting.person(Role.PLANNER)
    later = at + datetime.timedelta(hours=20)
    if end in {"doing", "done", "refused"}:
        report.state = State.DOING
        Step.objects.create(report=report, what=What.TAKEN, by=by, handler=report.handler, at=later)
    if end in {"done", "refused"}:
        report.state, report.answer = State(end), _ANSWERS[end]
        report.ended_at = later + datetime.timedelta(days=1)
        Step.objects.create(
            report=report,
            what=What(end),
            by=by,
            handler=report.handler,
            note=report.answer,
            at=report.ended_at,
        )
    if end in {"passed_up", "climbed"}:
        report.handler = None
        moment = later if end == "passed_up" else at + datetime.timedelta(days=6)
        report.due = due_day(handler=None, day=timezone.localdate(moment))
        Step.objects.create(
            report=report, what=What(end), by=by if end == "passed_up" else None, handler=None, note=_ANSWERS.get(end, ""),
            at=moment,
        )  # fmt: skip
    report.revision = report.steps.count() - 1
    report.save()
