"""Two past quarters and the present one: checks and drills, what was found, and what became of it."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle
from typing import Final

from geo_registry.accounts.models import Role

from ...models import CheckItem, CheckResult, Facility, Finding, Hazard, Inspection
from ..inspections.plan import Lists, Period, period_of, previous_period
from ..inspections.visits import BEFORE, MENDED, days_to_mend
from .fieldwork import MARK, Setting, chance_of

State = Finding.State

# A word of the item → what was not in order, how it was mended, and whose it is to mend.
_FOUND: Final = {
    "疏散通道": ("安全出口前堆放杂物，通道变窄", "杂物已清走，通道畅通", "设施负责人"),
    "灭火器": ("一具灭火器压力指针在红区", "已更换两具灭火器，并登记有效期", "设施负责人"),
    "烟感": ("走廊尽头的应急照明灯不亮", "已更换灯具，断电试验正常", "维修电工"),
    "电气线路": ("活动室插线板串接使用", "已拆除串接，加装墙面插座", "维修电工"),
    "燃气报警器": ("燃气软管接头处老化", "已更换软管和管箍，检漏无泄漏", "后厨负责人"),
    "气瓶": ("备用气瓶未固定", "已加装防倒链", "后厨负责人"),
    "留样": ("留样盒标签缺少日期", "已补贴标签，重新培训留样员", "后厨负责人"),
    "过期": ("冷柜内有一袋冻品过期", "已销毁并登记，冷柜每周清点", "后厨负责人"),
    "值班": ("夜间巡查记录缺两晚", "已补充巡查表，值班表上墙", "护理负责人"),
    "防滑": ("卫生间防滑垫破损", "已更换防滑垫，加装扶手", "护理负责人"),
    "药品": ("发药记录缺签字", "已建立双人签字的发药登记", "护理负责人"),
    "应急预案": ("应急联系电话未更新", "已更换联系牌", "设施负责人"),
}
_DRILLS: Final = {
    Hazard.FIRE: "消防疏散演练：从发现火情到全部到达集合点用时{minutes}分钟",
    Hazard.FOOD: "食品安全应急演练：停供、留样封存、报告，用时{minutes}分钟",
    Hazard.CARE: "老人突发疾病应急演练：呼救、送医、通知家属，用时{minutes}分钟",
    Hazard.GAS: "燃气泄漏应急演练：关阀、通风、疏散，用时{minutes}分钟",
}
# The demo clerk meets every state of a finding, whatever chance says of the rest.
_OWN: Final = ("late", "returned", "look", "handed-on", "soon", "done", "done", "done", "done")


@dataclass
class _Found:
    """A finding before it is saved, with what its state asks for."""

    row: Finding
    item: CheckItem
    becomes: str


def make(setting: Setting) -> dict[str, int]:
    """Make inspections, their results and their findings."""
    present = period_of(setting.today)
    past = previous_period(present)
    lists = Lists()
    items = {
        check_list.pk: list(check_list.items.all())
        for check_list in {lists.of(row.kind_id) for row in setting.facilities} - {None}
        if check_list is not None
    }
    rows = [
        _inspection(setting, facility, kind, period, lists)
        for period in (previous_period(past), past, present)
        for facility in setting.facilities
        for kind in Inspection.Kind
    ]
    Inspection.objects.bulk_create(rows)
    results, found = [], []
    own = cycle(_OWN)
    for row in rows:
        if row.state != Inspection.State.DONE or row.check_list_id is None:
            continue
        more, bad = _results(setting, row, items[row.check_list_id], past)
        results += more
        found += [_finding(setting, row, item, own, past) for item in bad]
    CheckResult.objects.bulk_create(results)
    Finding.objects.bulk_create([each.row for each in found])
    for each in found:
        _photos(setting, each)
    return {"inspections": len(rows), "results": len(results), "findings": len(found)}


def _inspection(
    setting: Setting, facility: Facility, kind: Inspection.Kind, period: Period, lists: Lists
) -> Inspection:
    chance = chance_of(period.first, kind, facility.number)
    check_list = lists.of(facility.kind_id) if kind == Inspection.Kind.CHECK else None
    row = Inspection(
        facility=facility, kind=kind, period_from=period.first, due=period.last, check_list=check_list
    )
    over = setting.today > period.last
    share = chance_of("diligence", setting.town(facility.division)).uniform(0.93, 0.99)
    if setting.today > period.last + datetime.timedelta(days=92):
        share = 1.0
    passed = (min(setting.today, period.last) - period.first).days
    if chance.random() > (
        share if over else share * 0.8 * passed / max(1, (period.last - period.first).days)
    ):
        return row
    # Within the first two months, so that whatever was found then is due by now.
    row.done_on = period.first + datetime.timedelta(days=chance.randint(0, min(passed, 60)))
    row.state, row.done_by = Inspection.State.DONE, setting.keeper(facility.division)
    row.revision = 1
    if kind == Inspection.Kind.DRILL:
        row.drill = chance.choice(list(_DRILLS))
        row.participants = chance.randint(6, 38)
        row.summary = _DRILLS[Hazard(row.drill)].format(minutes=chance.randint(3, 9)) + MARK
    else:
        row.summary = "逐项检查，现场反馈给设施负责人" + MARK
    return row


def _results(
    setting: Setting, row: Inspection, items: list[CheckItem], past: Period
) -> tuple[list[CheckResult], list[CheckItem]]:
    chance = chance_of("results", row.period_from, row.facility.number)
    own = setting.is_own(row.facility.division)
    likely = 0.6 if own and row.period_from >= past.first else 0.22
    may_be_bad = [item for item in items if _words(item) is not None]
    bad = []
    if may_be_bad and chance.random() < likely:
        bad = chance.sample(may_be_bad, k=min(len(may_be_bad), chance.choice((1, 1, 1, 2))))
    results = []
    for item in items:
        outcome = CheckResult.Outcome.OK
        if item in bad:
            outcome = CheckResult.Outcome.BAD
        elif item.hazard == Hazard.GAS and chance_of("gas", row.facility.number).random() < 0.4:
            outcome = CheckResult.Outcome.NONE
        number = Decimal(chance.randint(20, 60)) / 10 if item.measured_in == "°C" else None
        results.append(CheckResult(inspection=row, item=item, outcome=outcome, number=number))
    return results, bad


def _words(item: CheckItem) -> tuple[str, str, str] | None:
    return next((words for key, words in _FOUND.items() if key in item.text_zh), None)


def _finding(setting: Setting, row: Inspection, item: CheckItem, own: Iterator[str], past: Period) -> _Found:
    words = _words(item)
    assert words is not None  # noqa: S101 - only such items are found bad
    assert row.done_on is not None  # noqa: S101 - of inspections that are done
    text, how, role = words
    chance = chance_of("finding", row.period_from, row.facility.number, item.position)
    finding = Finding(
        inspection=row,
        item=item,
        hazard=item.hazard,
        text=text + MARK,
        severity=item.severity,
        deadline=days_to_mend(item.severity, row.done_on),
        responsible_role=role,
    )
    if setting.is_own(row.facility.division) and row.period_from >= past.first:
        becomes = next(own)
    elif row.period_from > past.last:
        becomes = chance.choice(("soon", "soon", "look", "done"))
    elif row.period_from >= past.first:
        becomes = chance.choice(("done",) * 12 + ("late", "look"))
    else:
        becomes = "done"
    _become(setting, finding, becomes, how, chance)
    return _Found(finding, item, becomes)


def _become(setting: Setting, row: Finding, becomes: str, how: str, chance: random.Random) -> None:
    """Put a finding into a state that its days allow."""
    found_on, today = row.inspection.done_on, setting.today
    assert found_on is not None  # noqa: S101 - of inspections that are done
    keeper, county = setting.keeper(row.inspection.facility.division), setting.person(Role.PLANNER)
    if becomes == "late" and found_on < today - datetime.timedelta(days=3):
        # Late by some days, not by months: the day was put off once.
        row.deadline = max(found_on, today - datetime.timedelta(days=chance.randint(2, 9)))
        return
    if becomes in {"late", "soon", "returned"}:
        row.deadline = max(row.deadline, today + datetime.timedelta(days=chance.randint(3, 20)))
        if becomes == "returned":
            row.returned_reason = "照片看不出是否已更换，请补拍近照" + MARK
            row.revision = 2
        return
    days = max(0, (min(row.deadline, today) - found_on).days)
    row.mended_on = found_on + datetime.timedelta(days=chance.randint(0, days))
    row.mended_note, row.state, row.revision = how + MARK, State.MENDED, 1
    row.mended_by = county if becomes == "look" else keeper
    if becomes == "done":
        row.state, row.revision = State.VERIFIED, 2
        row.verified_on = min(today, row.mended_on + datetime.timedelta(days=chance.randint(1, 5)))
        row.verified_by = setting.person(Role.REVIEWER)


def _photos(setting: Setting, each: _Found) -> None:
    row = each.row
    by = setting.keeper(row.inspection.facility.division)
    if each.item.photo_required or row.state != State.VERIFIED:
        setting.album.add("blocked", owner=row, purpose=BEFORE, by=by)
    if row.state != State.OPEN:
        setting.album.add("clear", owner=row, purpose=MENDED, by=row.mended_by)
