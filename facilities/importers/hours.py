"""Opening hours as people write them in Chinese, turned into OpenStreetMap's syntax. Pure.

``周一至周五 8:30-11:30、14:30-17:30；节假日休息`` becomes ``Mo-Fr 08:30-11:30,14:30-17:30; PH off``. What is not understood in
full is not understood at all.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DAYS: Final = {
    "一": "Mo",
    "二": "Tu",
    "三": "We",
    "四": "Th",
    "五": "Fr",
    "六": "Sa",
    "日": "Su",
    "天": "Su",
}
_NAMES: Final = {
    "Mo": "周一",
    "Tu": "周二",
    "We": "周三",
    "Th": "周四",
    "Fr": "周五",
    "Sa": "周六",
    "Su": "周日",
}
_ORDER: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_EVERY_DAY: Final = ("每天", "每日", "天天", "全周", "周一至周日", "星期一至星期日")
_WEEK: Final = r"(?:周|星期|礼拜)"
_TO: Final = r"(?:至|到|-|~)"
_DAY_PART: Final = re.compile(rf"{_WEEK}([一二三四五六日天])(?:{_TO}{_WEEK}?([一二三四五六日天]))?")
# 周一三五, 周六日
_RUN: Final = re.compile(rf"{_WEEK}([一二三四五六日天]{{2,}})")
_DAYS_AHEAD: Final = re.compile(
    rf"^(?:{_WEEK}[一二三四五六日天](?:{_TO}{_WEEK}?[一二三四五六日天])?(?:、|,|和|及)?|{'|'.join(_EVERY_DAY)}"
    r"|工作日|双休日|周末|(?:法定)?节假日(?:、|,|和|及)?)+"
)
_TIME: Final = r"(上午|下午|晚上|中午|早上)?(\d{1,2})(?:[:点时](\d{1,2}|半)?分?)"
_SPAN: Final = re.compile(rf"{_TIME}{_TO}{_TIME}")
_CLOSED: Final = ("休息", "不开", "不开放", "关门", "停业", "不营业", "休")
_ALL_DAY: Final = ("全天", "24小时", "全天开放", "24小时开放", "24小时服务")


def hours_from_words(text: str) -> str | None:
    """Return opening hours in OpenStreetMap's syntax, or ``None`` where they are not understood."""
    folded = unicodedata.normalize("NFKC", text).replace("—", "-").replace("–", "-").replace("－", "-")
    folded = re.sub(r"-+", "-", re.sub(r"\s+", "", folded)).rstrip("。.;")
    if not folded:
        return None
    folded = _RUN.sub(lambda run: "、".join(f"周{day}" for day in run[1]), folded)
    rules = []
    for part in re.split(r"[;。]", folded):
        rule = _rule(part)
        if rule is None:
            return None
        rules.append(rule)
    return "; ".join(rules)


def hours_to_words(hours: str) -> str | None:
    """Return opening hours in Chinese words that `hours_from_words` reads back as they were, or ``None``."""
    if hours == "24/7":
        return "全天"
    words = "；".join(_rule_in_words(rule.strip()) for rule in hours.split(";"))
    return words if hours_from_words(words) == hours else None


def _rule_in_words(rule: str) -> str:
    days, _space, rest = rule.partition(" ")
    rest = "休息" if rest == "off" else rest.replace(",", "、")
    return f"{'、'.join(_days_in_words(item) for item in days.split(','))} {rest}"


def _days_in_words(item: str) -> str:
    if item == "Mo-Su":
        return "每天"
    if item == "PH":
        return "节假日"
    return "至".join(_NAMES.get(day, day) for day in item.split("-"))


def _rule(part: str) -> str | None:
    part = re.sub(r"^(?:开放|营业|服务)时间:?", "", part)
    ahead = _DAYS_AHEAD.match(part)
    days = _selector(ahead[0]) if ahead else "Mo-Su"
    rest = part[ahead.end() :] if ahead else part
    rest = rest.lstrip(":,、")
    if days is None or (ahead is None and not rest):
        return None
    if rest in _CLOSED:
        return f"{days} off"
    if rest in _ALL_DAY:
        return "24/7" if days == "Mo-Su" else f"{days} 00:00-24:00"
    spans = _spans(rest)
    return f"{days} {spans}" if spans else None


def _selector(text: str) -> str | None:
    if text in _EVERY_DAY:
        return "Mo-Su"
    found: list[str] = []
    if "节假日" in text:
        found.append("PH")
    if "工作日" in text:
        found.append("Mo-Fr")
    if "双休日" in text or "周末" in text:
        found.append("Sa-Su")
    for first, last in _DAY_PART.findall(text.replace("周末", "")):
        start, end = _DAYS[first], _DAYS[last] if last else ""
        if end and _ORDER.index(end) < _ORDER.index(start):
            return None
        found.append(f"{start}-{end}" if end else start)
    return ",".join(found) or None


def _spans(text: str) -> str | None:
    found = []
    position = 0
    for match in _SPAN.finditer(text):
        if text[position : match.start()].strip("、,和及"):
            return None
        start, end = _minute(*match.groups()[:3]), _minute(*match.groups()[3:])
        if start is None or end is None:
            return None
        if end <= start:
            # 8:30-5:30: the afternoon may be meant, or the next morning. Nobody should have to guess.
            return None
        found.append(f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
        position = match.end()
    return ",".join(found) if found and position == len(text) else None


def _minute(half: str | None, hour: str, minute: str | None) -> int | None:
    hours, minutes = int(hour), 30 if minute == "半" else int(minute or 0)
    if half in ("下午", "晚上") and hours < 12:
        hours += 12
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        return None
    return hours * 60 + minutes
