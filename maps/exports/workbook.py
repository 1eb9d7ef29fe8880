"""Tables of a run as a workbook for an office: printed as it stands, summed as it stands, no formula and no macro in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | None
TEXT: Final = "@"
COUNT: Final = "#,##0"
PERCENT: Final = "0.0%"
MINUTES: Final = "0.0"
NUMBER: Final = "0.0000"

_RULE = Side(style="medium")
_LINE = Side(style="thin")
_NAME: Final = "宋体"
_WIDEST: Final = 44


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its words, how its figures are written, and the words above several columns that belong together."""

    title: str
    form: str = TEXT
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class BookSheet:
    """One sheet of a workbook.

    Attributes
    ----------
    name
        On the tab; at most 31 characters.
    above
        Lines above the table.
    unit
        What the figures are counted in, at the right above the table.
    rows
        As many values as columns each; ``None`` stays empty. A share is a fraction of one.
    strong
        Positions of rows that are totals.
    below
        Lines below the table.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    above: Sequence[str] = ()
    unit: str = ""
    strong: Sequence[int] = field(default_factory=tuple)
    below: Sequence[str] = ()


def workbook(sheets: Sequence[BookSheet], *, title: str, about: str) -> bytes:
    """Return a workbook of sheets; ``title`` and ``about`` stand in its properties."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        _write(book.create_sheet(title=sheet.name[:31]), sheet)
    book.properties.title = title
    book.properties.description = about
    book.properties.creator = ""
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _write(page: Worksheet, sheet: BookSheet) -> None:
    last = max(len(sheet.columns), 1)
    row = 1
    _line(page, row, last, sheet.title, Font(name=_NAME, bold=True, size=14), "center")
    for text in sheet.above:
        row += 1
        _line(page, row, last, text, Font(name=_NAME, size=10), "left")
    if sheet.unit:
        row += 1
        _line(page, row, last, sheet.unit, Font(name=_NAME, size=10), "right")
    first_head = row + 1
    row = _head(page, first_head, sheet.columns)
    page.freeze_panes = page.cell(row=row + 1, column=2)
    page.print_title_rows = f"{first_head}:{row}"
    first_row = row + 1
    for position, values in enumerate(sheet.rows):
        row += 1
        for number, (column, value) in enumerate(zip(sheet.columns, values, strict=True), start=1):
            cell = page.cell(row=row, column=number)
            _fill(cell, value, column.form)
            cell.font = Font(name=_NAME, size=10.5, bold=position in sheet.strong)
            cell.border = Border(bottom=_LINE if row > first_row or len(sheet.rows) > 1 else None)
    for number in range(1, last + 1):
        cell = page.cell(row=row, column=number)
        cell.border = Border(bottom=_RULE, top=cell.border.top)
    for text in sheet.below:
        row += 1
        _line(page, row, last, text, Font(name=_NAME, size=10), "left")
    _measure(page, sheet)
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = "&P / &N"


def _line(page: Worksheet, row: int, last: int, text: str, font: Font, side: str) -> None:
    cell = page.cell(row=row, column=1)
    _fill(cell, text, TEXT)
    cell.font = font
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=side == "left")
    if last > 1:
        page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)


def _head(page: Worksheet, first: int, columns: Sequence[Column]) -> int:
    """Write one line of words above the columns, or two where columns belong together; return the last line's number."""
    two = any(column.group for column in columns)
    last = first + 1 if two else first
    for number, column in enumerate(columns, start=1):
        for row in range(first, last + 1):
            cell = page.cell(row=row, column=number)
            cell.font = Font(name=_NAME, bold=True, size=10.5)
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            cell.border = Border(
                top=_RULE if row == first else (_LINE if column.group else None),
                bottom=_LINE if row == last else None,
            )
        if two and not column.group:
            _fill(page.cell(row=first, column=number), column.title, TEXT)
            page.merge_cells(start_row=first, start_column=number, end_row=last, end_column=number)
        else:
            _fill(page.cell(row=last, column=number), column.title, TEXT)
    if two:
        _groups(page, first, columns)
    return last


def _groups(page: Worksheet, row: int, columns: Sequence[Column]) -> None:
    start = 0
    while start < len(columns):
        end = start
        while end + 1 < len(columns) and columns[end + 1].group == columns[start].group:
            end += 1
        if columns[start].group:
            _fill(page.cell(row=row, column=start + 1), columns[start].group, TEXT)
            if end > start:
                page.merge_cells(start_row=row, start_column=start + 1, end_row=row, end_column=end + 1)
        start = end + 1


def _fill(cell: Any, value: Value, form: str) -> None:
    if value is None:
        return
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        # Text stays text, whatever it begins with.
        cell.data_type = "s"
        cell.number_format = TEXT
        cell.alignment = Alignment(horizontal="left" if form == TEXT else "right", vertical="center")
        return
    cell.value = value
    cell.number_format = form


def _measure(page: Worksheet, sheet: BookSheet) -> None:
    """Make each column as wide as its longest text, within reason; titles above may break."""
    for number, column in enumerate(sheet.columns):
        longest = max(
            [_width(column.title) * 0.6, *(_width(_shown(row[number], column.form)) for row in sheet.rows), 6]
        )
        page.column_dimensions[get_column_letter(number + 1)].width = min(longest + 2.5, _WIDEST)


def _shown(value: Value, form: str) -> str:
    if isinstance(value, (int, float)):
        return f"{value:,.0f}" if form == COUNT else "000.0%"
    return value or ""


def _width(text: str) -> float:
    return sum(2.1 if ord(sign) > 0x2E80 else 1.1 for sign in text)
