"""Spreadsheets that people fill in: a template for each kind, and refused rows with their reasons."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from geo_registry.geodata.declarations import Column
from geo_registry.geodata.identity import credit_code
from geo_registry.geodata.values import boolean, date
from geo_registry.territory.models import Installation

from ..models import Batch, BatchRow
from ..registry import Kind
from .neutral import said
from .rows import EXAMPLE
from .spool import Spool
from .storage import preview_path
from .texts import carried

_HEADER = PatternFill("solid", fgColor="E4EFF0")
_REQUIRED = PatternFill("solid", fgColor="FBF1DA")
_EXAMPLE_FONT = Font(italic=True, color="808080")
_TEXT, _DATE = "@", "yyyy-mm-dd"
_NOTE_CHARS, _NOTE_LINE_PX, _NOTE_WIDTH_PX = 20, 22, 320
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ROWS = 5_000
_WIDTH = 16
_TITLE_CHARS = 31
_BROAD = 60
_MAX_REFUSED = 100_000


def put(cell: Cell, value: Any) -> None:
    """Write a value as what it is: text that looks like a formula stays text, here and when somebody edits the cell.

    Control characters, which no cell holds, are left out.
    """
    if isinstance(value, str):
        # A text that reads like a spreadsheet's own way to write a character is no such character.
        value = _LIKE_AN_ESCAPE.sub("_x005F_", carried(value)[0])
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        if value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
            cell.quotePrefix = True


def template_xlsx(kind: Kind) -> bytes:
    """Return the template of a kind: headers with notes, drop-downs, an example row, and a sheet that explains the columns."""
    book = Workbook()
    sheet: Worksheet = book.active
    sheet.title = title_of(kind)
    lists = book.create_sheet("_")
    lists.sheet_state = "hidden"
    columns = list(kind.declaration.columns)
    here = Installation.home()
    home = here.code if here is not None else "000000"
    for position, column in enumerate(columns, start=1):
        cell = sheet.cell(1, position)
        put(cell, column.headers[0])
        cell.font, cell.fill = Font(bold=True), _REQUIRED if column.required else _HEADER
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.comment = _note(explained(kind, column))
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = _WIDTH
        written_as = _written_as(column)
        if written_as:
            # For the whole column: however many rows are filled in, or pasted.
            sheet.column_dimensions[letter].number_format = written_as
        example = sheet.cell(2, position)
        text = kind.example.get(column.field)
        if isinstance(text, str):
            text = text.replace("{home}", home)
        put(example, f"{EXAMPLE}{text}" if position == 1 else text)
        example.font = _EXAMPLE_FONT
        _validate(sheet, lists, position, column, words_for(kind, column))
        if written_as:
            example.number_format = written_as
    if kind.example and columns[0].field not in kind.example:
        put(sheet.cell(2, 1), f"{EXAMPLE}…")
    sheet.freeze_panes = "B2"
    _explain(book.create_sheet(_("How to fill in")), kind)
    return _bytes(book)


def title_of(kind: Kind) -> str:
    """Return what the sheet of a kind's records is called."""
    return str(kind.label)[:_TITLE_CHARS]


def sheet_of(kind: Kind, layers: Sequence[str]) -> str | None:
    """Return the one of several sheets that a template calls the kind's, in whatever language it was made; or ``None``."""
    titles = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            titles.add(title_of(kind))
    found = [layer for layer in layers if layer in titles]
    return found[0] if len(found) == 1 else None


def _written_as(column: Column) -> str:
    """Return the format of a column's cells: long numbers are names, not numbers, and a spreadsheet would round them."""
    if column.looks_like_phones or column.field.endswith("code") or column.parse is credit_code:
        return _TEXT
    return _DATE if column.parse is date else ""


def _note(text: str) -> Comment:
    """Return a note that is shown as a whole: programs make room for two lines."""
    lines = -(-len(text) // _NOTE_CHARS)
    return Comment(text, "", height=_NOTE_LINE_PX * (lines + 1), width=_NOTE_WIDTH_PX)


def words_for(kind: Kind, column: Column) -> list[str]:
    """Return the words that may stand in a column, or nothing where anything may."""
    if column.field in kind.catalogue:
        return list(kind.catalogue[column.field]())
    if column.field in kind.words:
        return [next(iter(words), value) for value, words in kind.words[column.field].items()]
    # What files of these columns say is data, not the interface's: it is Chinese for everybody.
    return ["是", "否"] if column.parse is boolean else []


def explained(kind: Kind, column: Column) -> str:
    """Return what a column holds, in a few words."""
    parts = [_("Required.") if column.required else _("May be empty.")]
    words = words_for(kind, column)
    if words:
        parts.append(
            _("One of: %(words)s") % {"words": "、".join(words[:40]) + ("…" if len(words) > 40 else "")}
        )
    if column.parse is date:
        parts.append(_("A date like 2024-03-25."))
    if column.unit:
        parts.append(_("In %(unit)s.") % {"unit": column.unit})
    if column.field in {"lon", "lat"}:
        parts.append(
            _(
                "Degrees with decimals in CGCS2000, or empty: then the row is placed by its address or division."
            )
        )
    if column.field == "position":
        parts.append(_position_explained(kind))
    if column.looks_like_phones or column.parse is credit_code:
        parts.append(_("Written as text, so that no figure is lost."))
    return " ".join(parts)


def _position_explained(kind: Kind) -> str:
    if kind.declaration.column("lon") is not None:
        return _(
            "Instead of the two columns: longitude and latitude in one cell, like 106.340172,38.102931; or WKT."
        )
    return _(
        "The shape as WKT, like LINESTRING(106.34 38.10, 106.35 38.11). Shapes are easier to bring as GeoPackage, shapefile or KML."
    )


def _validate(
    sheet: Worksheet, lists: Worksheet, position: int, column: Column, words: Sequence[str]
) -> None:
    letter = get_column_letter(position)
    if words:
        for row, word in enumerate(words, start=1):
            put(lists.cell(row, position), word)
        rule = DataValidation(
            type="list",
            formula1=f"'{lists.title}'!${letter}$1:${letter}${len(words)}",
            allow_blank=not column.required,
        )
        # Other usual words are understood too: a warning, not a wall.
        rule.errorStyle = "warning"
        rule.errorTitle, rule.error = column.headers[0], _("This word is not in the list. It may be refused.")
    elif column.parse is date:
        rule = DataValidation(type="date", operator="greaterThan", formula1="1", allow_blank=True)
        rule.errorStyle = "warning"
        rule.errorTitle, rule.error = column.headers[0], _("A date like 2024-03-25.")
    else:
        return
    rule.add(f"{letter}2:{letter}{_ROWS}")
    sheet.add_data_validation(rule)


def _explain(sheet: Worksheet, kind: Kind) -> None:
    lines = [
        _(
            "Fill in the first sheet, one record a row. Do not change the headers in row 1; columns may be left out or moved."
        ),
        _("The row that begins with “%(word)s” is an example. It is left out by itself; you may delete it.")
        % {"word": EXAMPLE},
        _(
            "Names of persons, ID-card numbers and private telephone numbers of elderly people are refused: do not fill them in."
        ),
    ]
    for row, line in enumerate(lines, start=1):
        put(sheet.cell(row, 1), line)
    head = len(lines) + 2
    for position, text in enumerate(
        (_("Column"), _("Explanation"), _("Other headers that are understood")), start=1
    ):
        put(sheet.cell(head, position), text)
        sheet.cell(head, position).font = Font(bold=True)
    for row, column in enumerate(kind.declaration.columns, start=head + 1):
        put(sheet.cell(row, 1), column.headers[0])
        put(sheet.cell(row, 2), explained(kind, column))
        put(sheet.cell(row, 3), "、".join(column.headers[1:]))
        sheet.cell(row, 2).alignment = Alignment(wrap_text=True, vertical="top")
    for letter, width in (("A", 20), ("B", _BROAD), ("C", _BROAD)):
        sheet.column_dimensions[letter].width = width


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was, or would be, refused.

    Parameters
    ----------
    number : int
        As the user sees it.
    issues : list
        Remarks, as `neutral` writes them.
    cells : dict
        Header → what the file has there.
    """

    number: int
    issues: list[dict[str, Any]]
    cells: dict[str, Any]


def refused_rows(batch: Batch) -> list[RefusedRow]:
    """Return the refused rows of a batch, or of its preview, in the order of the file that was read."""
    preview = preview_path(batch.pk)
    if batch.state in {Batch.State.PREVIEW, Batch.State.SUBMITTED}:
        if not preview.exists():
            return []
        with Spool(preview) as spool:
            found = spool.rows("refused", limit=_MAX_REFUSED)
        return [RefusedRow(row.row, row.issues, row.cells) for row in found]
    rows = batch.rows.filter(action=BatchRow.Action.REFUSED).order_by("row", "pk")[:_MAX_REFUSED]
    return [RefusedRow(row.row, row.issues, dict(row.cells)) for row in rows]


def refused_rows_xlsx(rows: Sequence[RefusedRow]) -> bytes:
    """Return refused rows, each with its row in the file and the reasons, in columns that an import leaves out."""
    headers = list(dict.fromkeys(header for row in rows for header in row.cells))
    book = Workbook()
    sheet: Worksheet = book.active
    sheet.title = _("Refused rows")[:31]
    own = (_("Reason for refusal"), _("Row in the file"))
    for position, header in enumerate((*own, *headers), start=1):
        put(sheet.cell(1, position), header)
        sheet.cell(1, position).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(position)].width = _BROAD if position == 1 else _WIDTH
    for at, row in enumerate(rows, start=2):
        reasons = [
            f"{issue['c']}: {said(issue['m'])}" if issue.get("c") else said(issue["m"])
            for issue in row.issues
            if issue["s"] == "error"
        ]
        put(sheet.cell(at, 1), "\n".join(reasons))
        sheet.cell(at, 1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(at, 2, row.number)
        marked = {issue.get("c") for issue in row.issues if issue["s"] == "error"}
        for position, header in enumerate(headers, start=3):
            cell = sheet.cell(at, position)
            put(cell, row.cells.get(header))
            if header in marked:
                cell.fill = _REQUIRED
    sheet.freeze_panes = "C2"
    return _bytes(book)


def _bytes(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
