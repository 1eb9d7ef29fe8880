"""Population: dated counts by age group on hamlets, housing blocks, cells or whole divisions."""

from __future__ import annotations

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
from geo_registry.geodata.values import choice, date, digits, identifier, integer, text

PLACE_KINDS = {
    "hamlet": ("自然村", "村", "村组", "村民小组", "庄点"),
    "residential": ("小区", "居民小区", "住宅小区", "楼院"),
    "cell": ("网格", "格网", "cell", "hexagon"),
    "division": ("行政区", "行政村", "社区", "区划"),
}

# Groups of the registry, and which of them is part of which. Households may outnumber residents: people
# move away.
GROUPS = ("residents", "age60", "age65", "age80", "children", "households", "special_elders")
_PARTS_OF = {
    "age60": "residents",
    "age65": "age60",
    "age80": "age65",
    "children": "residents",
    "special_elders": "age60",
}

_NO_COUNT = gettext_noop("The row counts nobody. Fill at least one of: {columns}.")
_MORE_THAN_WHOLE = gettext_noop(
    "{part} is {part_count}, more than {whole} with {whole_count}, of which it is a part."
)

_PEOPLE = integer(units=("人", "户", "名", "口"))


def _counts_somebody(record: Record, match: Match) -> None:
    if not any(group in record.values for group in GROUPS) and not record.refused:
        shown = "、".join(match.header(group) for group in GROUPS)
        record.refuse(Message(_NO_COUNT, {"columns": shown}), column=match.header("residents"))


def _parts_within_wholes(record: Record, match: Match) -> None:
    for part, whole in _PARTS_OF.items():
        if part not in record.values or whole not in record.values:
            continue
        if record.values[part] > record.values[whole]:
            params = {
                "part": match.header(part),
                "part_count": record.values[part],
                "whole": match.header(whole),
                "whole_count": record.values[whole],
            }
            record.refuse(
                Message(_MORE_THAN_WHOLE, params), column=match.header(part), value=record.values[part]
            )


POPULATION = Declaration(
    kind="population",
    columns=(
        Column(
            "code",
            ("编号", "code", "id", "网格编号", "代码"),
            identifier(60),
            required=True,
            looks_like_phones=True,
        ),
        Column("name", ("名称", "name", "自然村名称", "小区名称"), text(100)),
        Column("kind", ("类型", "kind"), choice(PLACE_KINDS)),
        Column("division_code", ("行政区划代码", "xzqdm", "division_code", "所属区划代码"), digits()),
        TOWNSHIP,
        VILLAGE,
        Column("as_of", ("统计日期", "as_of", "统计时间", "数据日期"), date, required=True),
        Column("residents", ("常住人口", "residents", "population", "人口", "总人口"), _PEOPLE),
        Column("age60", ("60岁及以上", "age60", "60岁以上", "60+"), _PEOPLE),
        Column("age65", ("65岁及以上", "age65", "65岁以上", "65+"), _PEOPLE),
        Column("age80", ("80岁及以上", "age80", "80岁以上", "80+"), _PEOPLE),
        Column("children", ("儿童", "children", "儿童人数", "未成年人"), _PEOPLE),
        Column("households", ("户数", "households", "家庭户数"), _PEOPLE),
        Column("special_elders", ("特殊困难老年人", "special_elders", "特困老人"), _PEOPLE),
        LON,
        LAT,
        POSITION,
        SOURCE_REF,
    ),
    key=("code",),
    shapes=frozenset({Family.POINT, Family.POLYGON}),
    near_home=True,
    twins=("name", "kind"),
    checks=(_counts_somebody, _parts_within_wholes),
)
