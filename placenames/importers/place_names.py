"""Place names: the fields of the national database and of the survey form that are kept here."""

from __future__ import annotations

import re

from geo_registry.geodata.declarations import (
    LAT,
    LON,
    POSITION,
    SOURCE_REF,
    TOWNSHIP,
    VILLAGE,
    Column,
    Declaration,
    Match,
    Record,
)
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.readers.base import Value
from geo_registry.geodata.values import (
    boolean,
    choice,
    code_list,
    date,
    digits,
    fold,
    integer,
    long_text,
    text,
)

_CODE_LENGTH = gettext_noop("The place code “{code}” has {length} digits; a national place code has 20.")
_CONFIRMED_NOTHING = gettext_noop("The spelling is said to be confirmed, but none is given.")
PLACE_CODE_DIGITS = 20
_LONG = long_text()
# A name that a file says nothing else of is taken for the standard one.
NAME_STATUSES = {"standard": ("标准地名", "标准"), "recorded": ("登记名称", "登记", "未批准")}


def _code_is_whole(record: Record, match: Match) -> None:
    code = record.values.get("place_code")
    if code is not None and len(code) != PLACE_CODE_DIGITS:
        message = Message(_CODE_LENGTH, {"code": code, "length": len(code)})
        record.refuse(message, column=match.header("place_code"), value=code)


def _secrecy(value: Value) -> str:
    """Return the secrecy level; “公开” and “无” are none."""
    level = fold(str(value))
    return "" if level in {"公开", "无", "无密级", "非密"} else level[:20]


def _phrases(value: Value) -> tuple[str, ...]:
    """Return what a cell says of relations: each a name or words as they stand, for a comma or a bracket is part of words."""
    parts = (part.strip() for part in re.split(r"[;；\n]+", str(_LONG(value))))
    return tuple(dict.fromkeys(part for part in parts if part))


def _confirmed_has_spelling(record: Record, match: Match) -> None:
    if record.values.get("pinyin_confirmed") and "pinyin" not in record.values:
        record.refuse(Message(_CONFIRMED_NOTHING), column=match.header("pinyin_confirmed"))


PLACE_NAMES = Declaration(
    kind="place-names",
    columns=(
        Column("place_code", ("地名代码", "place_code", "国家地名代码"), digits(), looks_like_phones=True),
        Column("name", ("标准名称", "standard_name", "name", "地名", "名称"), text(120), required=True),
        Column("name_status", ("名称状态", "name_status"), choice(NAME_STATUSES)),
        Column(
            "pinyin", ("罗马字母拼写", "roman_alphabet_spelling", "pinyin", "汉语拼音", "拼音"), text(200)
        ),
        Column("pinyin_confirmed", ("拼写已确认", "pinyin_confirmed"), boolean),
        Column("kind", ("类别", "place_type", "kind", "地名类别", "类型"), text(60)),
        Column("category_code", ("类别代码", "place_type_code", "category_code", "类别名称代码"), digits(5)),
        Column("division_code", ("所属政区", "行政区划代码", "division_code", "所属区划代码"), digits()),
        TOWNSHIP,
        VILLAGE,
        Column("names_division", ("对应区划代码", "names_division"), digits()),
        Column("names_road", ("对应道路编号", "names_road"), code_list()),
        Column("origin", ("地名来历", "来历", "place_origin", "origin"), long_text()),
        Column("meaning", ("地名含义", "含义", "place_meaning", "meaning"), long_text()),
        Column("history", ("历史沿革", "government_history", "history"), long_text()),
        Column("former_names", ("曾用名", "old_name", "former_names"), code_list()),
        Column("aliases", ("别名", "aliases", "alias"), code_list()),
        Column("short_names", ("简称", "short_names", "short_name"), code_list()),
        Column(
            "minority_writing",
            ("少数民族语书写形式", "少数民族文字", "ethnic_minorities_writing", "minority_writing"),
            code_list(),
        ),
        Column("renamed_from", ("更名自", "renamed_from"), _phrases),
        Column("part_of", ("从属于", "part_of"), _phrases),
        Column("named_after", ("因何得名", "得名于", "named_after"), _phrases),
        Column("language", ("语种", "language", "name_language"), text(60)),
        Column("description", ("描述", "地理实体描述", "description"), long_text()),
        Column("used_when", ("使用时间", "used_when"), text(120)),
        Column("named_when", ("命名时间", "named_when"), text(120)),
        Column("set_up_when", ("设立年份", "设立时间", "set_up_when"), text(60)),
        Column("ended_when", ("废止年份", "废止时间", "ended_when"), text(60)),
        Column("sign_count", ("标牌个数", "sign_count", "标志牌个数"), integer()),
        Column("from_position", ("起点坐标", "from_position"), text(120)),
        Column("to_position", ("止点坐标", "终点坐标", "to_position"), text(120)),
        Column("measured_crs", ("坐标系", "measured_crs"), text(60)),
        Column("measured_how", ("测量方法", "measured_how"), text(120)),
        Column("media_listed", ("多媒体", "多媒体信息", "media_listed"), long_text()),
        Column("data_source", ("资料来源", "资料来源及出处", "data_source"), text(300)),
        Column("registered_by", ("登记人", "registered_by"), text(60)),
        Column("registered_unit", ("登记单位", "registered_unit"), text(120)),
        Column("registered_on", ("登记时间", "登记日期", "registered_on"), date),
        Column("approved_by", ("批准机关", "approved_by"), text(120)),
        Column("approved_on", ("批准时间", "approved_on", "批准日期"), date),
        Column("secrecy", ("密级", "secrecy"), _secrecy),
        Column("published", ("公开", "是否公开", "published"), boolean),
        LON,
        LAT,
        POSITION,
        SOURCE_REF,
    ),
    key=("place_code", "source_ref", "names_division", "names_road", "division_code", "name"),
    shapes=frozenset({Family.POINT, Family.LINE, Family.POLYGON}),
    many_points=True,
    near_home=True,
    twins=("name", "kind"),
    checks=(_code_is_whole, _confirmed_has_spelling),
)
