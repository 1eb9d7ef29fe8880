"""The cells of a record on its way out: in the words of its kind's declaration, each value as what it is."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import shapely

from geo_registry.geodata.declarations import Column
from geo_registry.geodata.geometry import Family

from ..registry import ExportRow, Kind

POINT = frozenset({"lon", "lat"})

Rows = Callable[[], Iterable[ExportRow]]
"""Gives the rows anew, from the first, each time that it is called."""


def only_points(kind: Kind) -> bool:
    """Tell whether records of a kind lie at points and nothing else."""
    return kind.declaration.shapes == {Family.POINT}


def columns_of(kind: Kind, *, table: bool) -> list[Column]:
    """Return the columns that are written: tables have points in columns, other files have them as shapes."""
    left_out = {"position"} | (POINT if not table and only_points(kind) else frozenset())
    return [column for column in kind.declaration.columns if column.exported and column.field not in left_out]


def cell(kind: Kind, column: Column, row: ExportRow) -> Any:
    """Return what stands in a cell: a number, a date, or words that the importer reads back; ``None`` where nobody knows."""
    value = row.values.get(column.field)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple | list):
        return "；".join(_word(kind, column, item) for item in value) or None
    return _word(kind, column, value) if isinstance(value, str) else value


def _word(kind: Kind, column: Column, value: Any) -> str:
    words = kind.words.get(column.field, {}).get(value)
    return next(iter(words), str(value)) if words else str(value)


def as_text(value: Any) -> str | None:
    """Return a cell as text from which the same value is read."""
    if value is None:
        return None
    if isinstance(value, datetime.date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def placed(kind: Kind, row: ExportRow, *, table: bool) -> ExportRow:
    """Return a row whose point stands where its file has it: in two columns, or as a shape."""
    shape = row.geometry
    if table and shape is not None and shape.geom_type == "Point" and "lon" not in row.values:
        return ExportRow({**row.values, "lon": shape.x, "lat": shape.y}, None)
    if not table and only_points(kind) and shape is None and "lon" in row.values:
        return ExportRow(row.values, shapely.Point(row.values["lon"], row.values["lat"]))
    return row


def types_of(columns: Iterable[Column], kind: Kind, rows: Iterable[ExportRow]) -> dict[str, type]:
    """Return what the values of each column are as long as they are all the same: ``int``, ``float``, ``date``; else text."""
    found: dict[str, set[type]] = {column.field: set() for column in columns}
    wanted = [column for column in columns if column.field in found]
    for row in rows:
        for column in wanted:
            value = cell(kind, column, row)
            if value is not None:
                found[column.field].add(type(value))
    return {name: _common(types) for name, types in found.items()}


def _common(types: set[type]) -> type:
    if types == {int}:
        return int
    if types and types <= {int, float}:
        return float
    return datetime.date if types == {datetime.date} else str
