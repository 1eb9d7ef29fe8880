"""Signs with the sites where they stand: an inventory that an office has, or one that was walked with a list in the hand."""

from __future__ import annotations

from geo_registry.geodata.declarations import (
    LAT,
    LON,
    POSITION,
    SOURCE_REF,
    Column,
    Declaration,
)
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.values import boolean, choice, date, digits, identifier, integer, number, text

SORTS = {"road": ("路名牌", "路牌", "街牌"), "village": ("村牌", "村名牌")}
STATES = {
    "planned": ("计划", "已计划"),
    "ordered": ("已订购", "订购"),
    "installed": ("已安装", "安装"),
    "accepted": ("已验收", "验收", "完好"),
    "damaged": ("损坏", "破损"),
    "removed": ("已拆除", "拆除", "缺失"),
}
REASONS = {
    "start": ("起点",),
    "end": ("终点", "止点"),
    "junction": ("路口", "交叉口"),
    "repeat": ("路段中间", "中间"),
    "village": ("村口",),
    "other": ("其他",),
}
SIDES = {"left": ("左侧", "左"), "right": ("右侧", "右")}
COLOURS = {"blue": ("蓝", "蓝色"), "green": ("绿", "绿色")}

SIGNS = Declaration(
    kind="signs",
    columns=(
        Column(
            "asset_number", ("标志牌编号", "asset_number", "标牌编号", "资产编号", "牌号"), identifier(40), required=True,
            looks_like_phones=True,
        ),
        Column("text", ("牌面文字", "text", "牌面汉字"), text(120), required=True),
        Column("spelling", ("牌面拼音", "spelling"), text(200)),
        Column("place", ("地名", "place", "道路名称", "村名"), text(120)),
        Column("place_id", ("地名页编号", "place_id"), identifier(20)),
        Column("sort", ("牌类", "sort", "标志牌类型"), choice(SORTS)),
        Column("status", ("状态", "status", "标志牌状态", "标牌状态"), choice(STATES)),
        Column("status_on", ("状态日期", "status_on"), date),
        Column("due", ("应设日期", "due"), date),
        Column("reason", ("设在", "reason", "设置原因", "设置位置"), choice(REASONS)),
        Column("division_code", ("行政区划代码", "区划代码", "division_code", "所属区划代码"), digits()),
        LON,
        LAT,
        POSITION,
        Column("accuracy_m", ("定位精度", "accuracy_m"), number(least=0, units=("m", "米")), unit="m"),
        Column("measure_m", ("距起点", "measure_m", "里程"), number(least=0, units=("m", "米")), unit="m"),
        Column("side", ("路侧", "side", "道路哪侧"), choice(SIDES)),
        Column("bearing_deg", ("道路走向", "bearing_deg", "方位角"), number(least=0, most=360, units=("°", "度")), unit="°"),
        Column("numbers_back", ("起点方向门牌号", "numbers_back"), text(20)),
        Column("numbers_on", ("终点方向门牌号", "numbers_on"), text(20)),
        Column("pole_number", ("杆号", "pole_number", "立柱编号"), identifier(40), looks_like_phones=True),
        Column("pole_owner", ("杆权属", "pole_owner", "立柱权属单位"), text(80)),
        Column("width_mm", ("牌宽", "width_mm"), integer(least=100, most=10_000, units=("mm", "毫米")), unit="mm"),
        Column("height_mm", ("牌高", "height_mm"), integer(least=100, most=10_000, units=("mm", "毫米")), unit="mm"),
        Column("material", ("材料", "material", "材质"), text(80)),
        Column("colour", ("底色", "colour", "颜色"), choice(COLOURS)),
        Column("faces", ("面数", "faces"), integer(least=1, most=8, units=("面",))),
        Column("has_qr", ("有二维码", "has_qr"), boolean),
        Column("batch", ("批次", "batch", "采购批次"), text(40)),
        SOURCE_REF,
    ),
    key=("asset_number",),
    shapes=frozenset({Family.POINT}),
    near_home=True,
)  # fmt: skip
