"""Buildings, rooms and equipment: the columns of an inventory, and what cannot be."""

from __future__ import annotations

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
from geo_registry.geodata.values import AREA_UNITS, choice, date, digits, identifier, integer, number, text

from .words import ASSET_KINDS, ASSET_TENURES, ASSET_USES

_ITSELF = gettext_noop(
    "{number} cannot stand in itself. Write the number of the building, or leave it empty."
)
_RETIRED_FIRST = gettext_noop("It is said to be given up on {retired}, before it was acquired on {acquired}.")
_LEASE_OF_OWN = gettext_noop(
    "A lease ends on {day}, but the row does not say that it is leased. Both were kept as written; look at it."
)


def _not_in_itself(record: Record, match: Match) -> None:
    if record.values.get("parent") == record.values.get("number"):
        message = Message(_ITSELF, {"number": record.values.get("number")})
        record.refuse(message, column=match.header("parent"), value=record.values.get("parent"))


def _dates_in_order(record: Record, match: Match) -> None:
    acquired, retired = record.values.get("acquired_on"), record.values.get("retired_on")
    if acquired and retired and retired < acquired:
        params = {"retired": retired.isoformat(), "acquired": acquired.isoformat()}
        record.refuse(Message(_RETIRED_FIRST, params), column=match.header("retired_on"), value=retired)


def _lease_is_of_something_leased(record: Record, match: Match) -> None:
    day = record.values.get("lease_to")
    if day is not None and record.values.get("tenure", "leased") != "leased":
        message = Message(_LEASE_OF_OWN, {"day": day.isoformat()})
        record.warn(message, column=match.header("lease_to"), value=day)


ASSETS = Declaration(
    kind="assets",
    columns=(
        Column(
            "number",
            ("资产编号", "number", "固定资产编号", "资产编码"),
            identifier(40),
            required=True,
            looks_like_phones=True,
        ),
        Column("kind", ("资产类别", "kind", "资产类型", "类别"), choice(ASSET_KINDS), required=True),
        Column("name", ("资产名称", "name", "名称"), text(120), required=True),
        Column(
            "parent",
            ("所在资产编号", "parent", "所属房屋编号", "上级资产编号"),
            identifier(40),
            looks_like_phones=True,
        ),
        Column(
            "facility",
            ("使用设施编号", "facility", "设施编号", "使用单位编号"),
            identifier(40),
            looks_like_phones=True,
        ),
        Column("division_code", ("行政区划代码", "区划代码", "division_code", "所属区划代码"), digits()),
        Column("address", ("地址", "坐落", "存放地点", "address"), text(200)),
        LON,
        LAT,
        POSITION,
        Column("area_m2", ("面积", "建筑面积", "area_m2"), number(least=0.01, units=AREA_UNITS), unit="m²"),
        Column("idle_area_m2", ("闲置面积", "idle_area_m2"), number(least=0, units=AREA_UNITS), unit="m²"),
        Column(
            "quantity",
            ("数量", "quantity", "件数"),
            integer(most=100_000, units=("台", "件", "套", "张", "个", "间", "栋", "把", "口")),
        ),
        Column("owner", ("产权单位", "owner", "产权人", "所有权人"), text(120)),
        Column("tenure", ("权属", "tenure", "房屋性质", "产权性质"), choice(ASSET_TENURES)),
        Column("lease_to", ("租约到期", "lease_to", "租赁到期", "租期至"), date),
        Column("use", ("使用情况", "use", "使用状态", "使用状况"), choice(ASSET_USES)),
        Column("acquired_on", ("取得日期", "acquired_on", "购置日期", "建成日期"), date),
        Column("retired_on", ("退出日期", "retired_on", "报废日期", "处置日期"), date),
        Column("note", ("备注", "note", "说明"), text(300)),
        SOURCE_REF,
    ),
    key=("number",),
    shapes=frozenset({Family.POINT}),
    near_home=True,
    checks=(_not_in_itself, _dates_in_order, _lease_is_of_something_leased),
)
