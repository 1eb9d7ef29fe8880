"""Dated status of facilities: one row for each change."""

from __future__ import annotations

from geo_registry.geodata.declarations import Column, Declaration
from geo_registry.geodata.values import choice, date, identifier, text

from .words import STATUSES

FACILITY_STATUS = Declaration(
    kind="facility-status",
    columns=(
        Column(
            "number", ("设施编号", "number", "编号"), identifier(40), required=True, looks_like_phones=True
        ),
        Column("status", ("状态", "status", "运营状态"), choice(STATUSES), required=True),
        Column("valid_from", ("开始日期", "valid_from", "状态日期", "变动日期"), date, required=True),
        Column("reason", ("原因", "reason", "变动原因"), text(200)),
        Column("document", ("依据文件", "document", "文件", "文号"), text(200)),
    ),
    key=("number", "valid_from"),
)
