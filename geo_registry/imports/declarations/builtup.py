"""Built-up areas: an outline, whose it is, and the day it was drawn."""

from __future__ import annotations

from geo_registry.geodata.declarations import POSITION, SOURCE_REF, Column, Declaration
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.values import boolean, date, digits, identifier, text

BUILT_UP_AREAS = Declaration(
    kind="built-up-areas",
    columns=(
        Column(
            "code",
            ("编号", "code", "bh", "建成区编号"),
            identifier(40),
            required=True,
            looks_like_phones=True,
        ),
        Column("name", ("名称", "name", "mc", "建成区名称"), text(100), required=True),
        Column("division_code", ("行政区划代码", "xzqdm", "division_code", "所属区划代码"), digits()),
        Column("as_of", ("数据日期", "sjrq", "as_of", "日期"), date),
        Column("restricted", ("不公开", "restricted"), boolean),
        POSITION,
        SOURCE_REF,
    ),
    key=("code",),
    shapes=frozenset({Family.POLYGON}),
    geometry_required=True,
)
