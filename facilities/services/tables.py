"""Tables to take away as XLSX: plain cells, a frozen head, and nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its columns, its rows, and a line above them."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    remark: str = ""


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook of sheets."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(title=sheet.title[:31])
        rows = [list(row) for row in sheet.rows]
        for number, title in enumerate(sheet.columns):
            longest = max([_width(title), *(_width(row[number]) for row in rows[:500])])
            page.column_dimensions[get_column_letter(number + 1)].width = min(longest + 2, _WIDEST)
        page.freeze_panes = "A3" if sheet.remark else "A2"
        if sheet.remark:
            page.append([_cell(page, sheet.remark)])
        page.append([_cell(page, title, bold=True) for title in sheet.columns])
        for row in rows:
            page.append([_cell(page, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(page: Any, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).replace(tzinfo=None)
    elif value is not None and not isinstance(value, (int, float, datetime.date)):
        value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    cell = WriteOnlyCell(page, value=value)
    if isinstance(value, str):
        # Text stays text, whatever it begins with.
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _width(value: Any) -> int:
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in str("" if value is None else value))
