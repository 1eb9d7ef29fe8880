"""Divisions: codes by GB/T 2260 and GB/T 10114, levels and parents read from the code where nobody says them."""

from __future__ import annotations

from functools import lru_cache

from geo_registry.geodata.declarations import (
    LAT,
    LON,
    POSITION,
    SOURCE_REF,
    Column,
    Declaration,
    Match,
    Record,
)
from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.values import boolean, choice, date, digits, text

PROVINCE, PREFECTURE, COUNTY, TOWNSHIP, VILLAGE = "province", "prefecture", "county", "township", "village"

LEVELS = {
    "nation": ("国家级", "国家", "国", "0"),
    PROVINCE: ("省级", "省", "自治区", "直辖市", "1"),
    PREFECTURE: ("地级", "地级市", "市级", "地区", "盟", "自治州", "2"),
    COUNTY: ("县级", "县", "县级市", "区", "市辖区", "旗", "区县级", "3"),
    TOWNSHIP: ("乡级", "乡镇级", "乡镇", "街道", "镇", "乡", "4"),
    VILLAGE: ("村级", "村", "社区", "村居", "村（社区）", "5"),
}
# The second and third rows are the classes of the statistical code: 1xx is town, 2xx is country.
_URBAN = ("城镇", "城", "城市", "111", "112", "121", "122", "123")
_RURAL = ("乡村", "乡", "农村", "210", "220")

URBAN_RURAL = {"urban": _URBAN, "rural": _RURAL}

_NO_LEVEL = gettext_noop(
    "The level cannot be told from the code “{code}”: official codes have 2, 4, 6, 9 or 12 digits. Fill the "
    "column {column}."
)
_OWN_PARENT = gettext_noop("The division cannot belong to itself.")
_ENDS_FIRST = gettext_noop("The division ends on {end}, before it begins on {begin}.")


def level_of_code(code: str) -> str | None:
    """Return the level that an official code's length says, or ``None``.

    Six digits may be a province (…0000), a prefecture (…00) or a county; the statistical office writes the
    first two
    with 2 and 4 digits too.
    """
    if len(code) == 6:
        return PROVINCE if code.endswith("0000") else PREFECTURE if code.endswith("00") else COUNTY
    return {2: PROVINCE, 4: PREFECTURE, 9: TOWNSHIP, 12: VILLAGE}.get(len(code))


@lru_cache(maxsize=16_384)
def ancestor_codes(code: str) -> tuple[str, ...]:
    """Return the codes that a division's ancestors may have, the nearest first.

    ``640181001002`` → ``640181001``, ``640181``, ``640100``, ``6401``, ``640000``, ``64``.
    """
    found = []
    if len(code) == 12:
        found.append(code[:9])
    if len(code) in {9, 12}:
        found.append(code[:6])
    if len(code) >= 6:
        found += [code[:4] + "00", code[:4], code[:2] + "0000", code[:2]]
    elif len(code) == 4:
        found += [code[:2] + "0000", code[:2]]
    return tuple(other for other in dict.fromkeys(found) if other != code)


def _complete(record: Record, match: Match) -> None:
    """Derive the level from the code; refuse a row whose level nobody knows."""
    code = record.values.get("code")
    if code is None:
        return
    if "level" not in record.values:
        level = level_of_code(code)
        if level is None:
            message = Message(_NO_LEVEL, {"code": code, "column": match.header("level")})
            record.refuse(message, column=match.header("code"), value=code)
        else:
            record.values["level"] = level
    if record.values.get("parent_code") == code:
        record.refuse(Message(_OWN_PARENT), column=match.header("parent_code"), value=code)


def _dates_in_order(record: Record, match: Match) -> None:
    begin, end = record.values.get("valid_from"), record.values.get("valid_to")
    if begin is not None and end is not None and end <= begin:
        params = {"begin": begin.isoformat(), "end": end.isoformat()}
        record.refuse(Message(_ENDS_FIRST, params), column=match.header("valid_to"), value=end)


DIVISIONS = Declaration(
    kind="divisions",
    columns=(
        Column(
            "code",
            ("代码", "行政区划代码", "区划代码", "xzqdm", "code", "统计用区划代码"),
            digits(),
            required=True,
        ),
        Column("name", ("名称", "行政区名称", "xzqmc", "name", "区划名称"), text(100), required=True),
        Column("short_name", ("简称", "short_name"), text(60)),
        Column("level", ("级别", "行政级别", "level"), choice(LEVELS)),
        Column("kind", ("类型", "kind", "区划类型"), text(40)),
        Column("parent_code", ("上级代码", "上级", "parent_code", "所属代码"), digits()),
        Column(
            "urban_rural",
            ("城乡", "城乡分类", "城乡分类代码", "urban_rural"),
            choice(URBAN_RURAL),
        ),
        Column("counted", ("计入分母", "计入", "counted"), boolean),
        Column("valid_from", ("设立日期", "valid_from", "设立时间"), date),
        Column("valid_to", ("撤销日期", "valid_to", "撤销时间"), date),
        LON,
        LAT,
        POSITION,
        SOURCE_REF,
    ),
    key=("code", "valid_to"),
    shapes=frozenset({Family.POINT, Family.POLYGON}),
    checks=(_complete, _dates_in_order),
)
