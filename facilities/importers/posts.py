"""Who fills which post: one row for each post at a place."""

from __future__ import annotations

from geo_registry.geodata.declarations import Column, Declaration
from geo_registry.geodata.values import date, digits, identifier, phone, text

POSTS = Declaration(
    kind="posts",
    columns=(
        Column("post", ("岗位代码", "post", "岗位编码", "岗位", "岗位名称"), identifier(80), required=True),
        Column("division_code", ("行政区划代码", "区划代码", "division_code"), digits()),
        Column("number", ("设施编号", "number"), identifier(40), looks_like_phones=True),
        Column("ask_for", ("称呼", "ask_for"), text(20)),
        Column("office_phone", ("办公电话", "office_phone", "电话"), phone, looks_like_phones=True),
        Column("valid_from", ("任职日期", "valid_from", "开始日期"), date),
        Column("valid_to", ("离任日期", "valid_to", "结束日期"), date),
    ),
    key=("post", "division_code", "number", "valid_from"),
)
