"""XLSX and CSV on the way out."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from geo_registry.geodata.declarations import Column
from geo_registry.geodata.errors import Message

from ..registry import ExportRow, Kind
from .export_cells import POINT, Rows, as_text, cell, columns_of, only_points, placed
from .sheets import put
from .texts import CONTROL_CHARACTERS, carried, continued, continued_header, neutralised

# A text is a text for whoever opens it, whatever it looks like.
_TEXT_FORMAT, _DATE_FORMAT = "@", "yyyy-mm-dd"


def write_xlsx(kind: Kind, rows: Rows, target: Path) -> list[Message]:
    """Write a workbook of one sheet; nothing is lost but control characters."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(kind.label)[:31])
    sheet.freeze_panes = "A2"
    lost = 0
    for number, cells in enumerate(_table(kind, rows)):
        line = []
        for value in cells:
            made = WriteOnlyCell(sheet)
            if isinstance(value, str):
                lost += carried(value)[1]
            put(made, value)
            if isinstance(value, datetime.date):
                made.number_format = _DATE_FORMAT
            elif isinstance(value, str):
                made.number_format = _TEXT_FORMAT
            if number == 0:
                made.font = Font(bold=True)
            line.append(made)
        sheet.append(line)
    book.save(target)
    return [Message(CONTROL_CHARACTERS, {"count": lost})] if lost else []


def write_csv(kind: Kind, rows: Rows, target: Path) -> list[Message]:
    """Write CSV in UTF-8 with the mark by which spreadsheets know it; nothing is lost."""
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        for cells in _table(kind, rows):
            writer.writerow(
                [neutralised(value) if isinstance(value, str) else as_text(value) for value in cells]
            )
    return []


def _table(kind: Kind, rows: Rows) -> Iterator[list[Any]]:
    """Yield header and rows; shapes other than points stand in as many cells as the longest one needs."""
    columns = columns_of(kind, table=True)
    if not kind.declaration.shapes or only_points(kind):
        yield [_header(column) for column in columns]
        for row in rows():
            here = placed(kind, row, table=True)
            yield [cell(kind, column, here) for column in columns]
        return
    position = next(column for column in kind.declaration.columns if column.field == "position")
    longest = max((len(_shape(kind, row)) for row in rows()), default=0)
    breadth = max(1, len(continued("x" * longest)))
    yield [_header(column) for column in columns] + [
        continued_header(_header(position), at) for at in range(breadth)
    ]
    for row in rows():
        here = placed(kind, row, table=True)
        parts: list[Any] = [*continued(_shape(kind, row))]
        yield [*(cell(kind, column, here) for column in columns), *parts, *[None] * (breadth - len(parts))]


def _header(column: Column) -> str:
    """Return a column's header; those of co-ordinates say which they are, and an import reads it there."""
    says = column.field in POINT or column.field == "position"
    return f"{column.headers[0]}（CGCS2000）" if says else column.headers[0]


def _shape(kind: Kind, row: ExportRow) -> str:
    shape = placed(kind, row, table=True).geometry
    return shape.wkt if shape is not None else ""
