"""Tables as XLSX files that are safe to open: what somebody typed stays text, whatever it looks like.

A cell that begins with ``=`` is a formula to every spreadsheet, and so a way to run something on the machine of whoever opens
the file. Here all texts are written as texts, and marked so that editing the cell does not turn them into formulas either.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

Cell = str | int | float | bool | datetime.date | None

_BOLD = Font(bold=True)
_TOP = Alignment(vertical="top", wrap_text=True)
_LONGEST_TEXT = 32_767
_DAY = "yyyy-mm-dd"
_FIRST_OF_FORMULAS = frozenset("=+-@\t\r\n")
_WIDEST, _NARROWEST = 50, 8
_ROWS_MEASURED = 100


class WorkbookWriter:
    """Writes one workbook, row by row, without holding it in memory."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)

    def sheet(
        self,
        title: str,
        *,
        header: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        above: Sequence[str] = (),
        below: Sequence[Sequence[Cell]] = (),
    ) -> int:
        """Write a sheet.

        Parameters
        ----------
        title
            What its tab says.
        header
            The headings: bold, kept in sight when the rows are scrolled, with a filter.
        rows
            The rows, read once.
        above
            Lines above the headings: what the table is, and that its data are invented, if they are.
        below
            Rows below the last one, bold: totals.

        Returns
        -------
        int
            How many rows there were.
        """
        sheet = self._book.create_sheet(_tab(title))
        first, rest = _look_ahead(rows)
        for i, width in enumerate(_widths(header, first), start=1):
            sheet.column_dimensions[get_column_letter(i)].width = width
        sheet.freeze_panes = f"A{len(above) + 2}"
        for text in above:
            sheet.append([_cell(sheet, text, bold=True)])
        sheet.append([_cell(sheet, text, bold=True) for text in header])
        count = 0
        for row in _chain(first, rest):
            sheet.append([_cell(sheet, value) for value in row])
            count += 1
        top = len(above) + 1
        if header:
            sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(header))}{top + count}"
        for row in below:
            sheet.append([_cell(sheet, value, bold=True) for value in row])
        return count

    def save(self, target: IO[bytes] | Path) -> None:
        """Write the file; nothing can be added afterwards."""
        self._book.save(target)


def _cell(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    """Return what openpyxl is to write: the value itself where it needs no mark, many times quicker than a cell of its own."""
    if isinstance(value, str):
        text: str = ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_TEXT]
        value = text
        if not bold and "\n" not in text and text[:1] not in _FIRST_OF_FORMULAS and text not in ERROR_CODES:
            return text
    elif not bold and (type(value) is datetime.date or not isinstance(value, datetime.date)):
        # A day gets the format of `_DAY` from openpyxl itself.
        return value
    cell = WriteOnlyCell(sheet, value=None)
    cell.value = value
    if isinstance(value, str):
        # Whatever it begins with, it is a text; the mark keeps it one when somebody edits the cell.
        cell.data_type = "s"
        if value[:1] in _FIRST_OF_FORMULAS:
            cell.quotePrefix = True
        if "\n" in value:
            cell.alignment = _TOP
    elif isinstance(value, datetime.date):
        cell.number_format = _DAY
    if bold:
        cell.font = _BOLD
    return cell


def _tab(title: str) -> str:
    return "".join(" " if character in "[]:*?/\\" else character for character in title)[:31] or "1"


def _look_ahead(rows: Iterable[Sequence[Cell]]) -> tuple[list[Sequence[Cell]], Iterable[Sequence[Cell]]]:
    iterator = iter(rows)
    first = [row for _i, row in zip(range(_ROWS_MEASURED), iterator, strict=False)]
    return first, iterator


def _chain(first: Iterable[Sequence[Cell]], rest: Iterable[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    yield from first
    yield from rest


def _widths(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[float]:
    """Return how wide columns must be for their headings and first rows; a Chinese character is two letters wide."""
    widths = [_width(text) for text in header]
    for row in rows:
        for i, value in enumerate(row[: len(widths)]):
            widths[i] = max(widths[i], _width(value))
    return [min(max(width + 2, _NARROWEST), _WIDEST) for width in widths]


def _width(value: Cell) -> float:
    if isinstance(value, datetime.date):
        return 10
    return sum(2 if ord(character) > 0x2E7F else 1 for character in str(value if value is not None else ""))
