"""XLSX, XLS and ODS through calamine."""

from __future__ import annotations

import errno
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import python_calamine

from ..errors import LayerChoiceNeeded, LimitExceeded, Message, UnreadableFile, gettext_noop
from .base import LayerInfo, Limits
from .merged import FillDown, Merges
from .ods_merges import merged_ranges
from .table import NumberedCells, TableSource, clean_cell, column_letter
from .xls_guard import guard_xls

_DAMAGED = gettext_noop(
    "The spreadsheet “{file}” is damaged or cut off. Open it in a spreadsheet program and save it again as "
    "XLSX."
)
_PASSWORD = gettext_noop("The spreadsheet “{file}” is protected by a password. Save it without one.")
_CHOOSE = gettext_noop("“{file}” has several sheets with data: {layers}. Choose one.")
_NO_SUCH_SHEET = gettext_noop("“{file}” has no sheet “{layer}”. It has: {layers}.")
_ALL_EMPTY = gettext_noop(
    "None of the sheets of “{file}” has anything in it. Check that the right file was saved."
)
_TOO_BIG = gettext_noop(
    "The sheet “{layer}” of “{file}” spans {rows} rows and {columns} columns, more than can be read. Delete "
    "what is empty, or save the table alone."
)
_TOO_MANY = gettext_noop("“{file}” has {count} sheets, more than the {limit} that are read.")
_FILLED_DOWN = gettext_noop(
    "Cell {cell} is merged over rows {first} to {last}; its value was taken for each of them."
)


# As Rust's library and that of zip archives say it; an error of the system comes without its number.
_OUT_OF_MEMORY = re.compile(
    r"allocate memory|memory allocation|out of memory|\(os error 12\)|\bMemError\b", re.IGNORECASE
)


class SheetSource(TableSource):
    """One sheet of a workbook."""

    def __init__(
        self, path: Path, *, kind: str, workbook: Any, sheet: str, layers: tuple[str, ...], limits: Limits
    ) -> None:
        super().__init__(path, limits=limits)
        self.format = kind
        self.layers = layers
        self.layer = sheet
        self._workbook = workbook
        self._sheet = workbook.get_sheet_by_name(sheet)
        start, end = self._sheet.start, self._sheet.end
        self._first_column = start[1] if start else 0
        rows, columns = (end[0] + 1, end[1] + 1) if end else (0, 0)
        if rows * columns > limits.max_cells:
            params = {"layer": sheet, "file": path.name, "rows": rows, "columns": columns}
            raise LimitExceeded(Message(_TOO_BIG, params), file=path.name)
        merged = merged_ranges(path, sheet) if kind == "ods" else self._sheet.merged_cell_ranges
        self._merged = _vertical_merges(merged or [])

    def raw_rows(self) -> Iterator[NumberedCells]:
        """Yield (spreadsheet row, cells from column A)."""
        lead: list[object] = [None] * self._first_column
        fill = FillDown(self._merged)
        with damage_as_error(self.path):
            for index, cells in enumerate(self._sheet.iter_rows()):
                row = lead + list(cells)
                fill.into(row, index, below_header=bool(self.header_row) and index >= self.header_row)
                yield index + 1, row

    def note_merged(self) -> None:
        """Tell which values below the header stand for several rows."""
        for top, merges in sorted(self._merged.items()):
            if top < self.header_row:
                continue
            for column, last in merges:
                cell = f"{column_letter(column)}{top + 1}"
                self.note(
                    Message(_FILLED_DOWN, {"cell": cell, "first": top + 1, "last": last + 1}), row=top + 1
                )

    def close(self) -> None:
        """Release the workbook."""
        self._workbook.close()
        super().close()


def _vertical_merges(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> Merges:
    """Return merges of one column over several rows."""
    merges: Merges = {}
    for (top, left), (bottom, right) in ranges:
        if left == right and bottom > top:
            merges.setdefault(top, []).append((left, bottom))
    return merges


def open_sheet(
    path: Path, *, kind: str, sheet: str | None, header_row: int | None, limits: Limits
) -> SheetSource:
    """Open a spreadsheet with its sheet chosen (see `open_source`).

    Hidden sheets (lists for drop-downs, notes) are read only if named. Of the visible ones the only one with
    cells is taken; if there are several, the user chooses.

    Raises
    ------
    UnreadableFile, LayerChoiceNeeded, MissingColumns, LimitExceeded
    """
    with damage_as_error(path):
        workbook = _load(path, kind)
        try:
            chosen, layers = _choose(workbook, path, sheet, limits)
            source = SheetSource(
                path, kind=kind, workbook=workbook, sheet=chosen, layers=layers, limits=limits
            )
            source.find_columns(header_row)
            source.note_merged()
        except BaseException:
            workbook.close()
            raise
    return source


def _load(path: Path, kind: str) -> Any:
    if kind == "xls":
        guard_xls(path)
    try:
        return python_calamine.CalamineWorkbook.from_path(str(path))
    except python_calamine.PasswordError as error:
        raise UnreadableFile(Message(_PASSWORD, {"file": path.name}), file=path.name) from error


@contextmanager
def damage_as_error(path: Path) -> Iterator[None]:
    """Turn calamine's errors into ours, its panics too: those derive from BaseException, and under no public name.

    Raises
    ------
    MemoryError
        If what is wrong is the memory, not the file.
    """
    try:
        yield
    except BaseException as error:
        if getattr(error, "errno", None) == errno.ENOMEM or _OUT_OF_MEMORY.search(str(error)):
            raise MemoryError from error
        damage = isinstance(error, (python_calamine.CalamineError, OSError, ValueError, zipfile.BadZipFile))
        if damage or type(error).__name__ == "PanicException":
            raise UnreadableFile(Message(_DAMAGED, {"file": path.name}), file=path.name) from error
        raise


def list_sheets(path: Path, *, kind: str, limits: Limits) -> tuple[LayerInfo, ...]:
    """Return the sheets of a workbook (see `list_layers`), hidden and empty ones among them.

    Raises
    ------
    UnreadableFile, LimitExceeded, UnsupportedFormat
    """
    with damage_as_error(path):
        workbook = _load(path, kind)
        try:
            names = tuple(workbook.sheet_names)
            if len(names) > limits.max_layers:
                params = {"file": path.name, "count": len(names), "limit": limits.max_layers}
                raise LimitExceeded(Message(_TOO_MANY, params), file=path.name)
            hidden = _hidden(workbook)
            found = []
            for name in names:
                end = workbook.get_sheet_by_name(name).end
                rows, columns = (end[0] + 1, end[1] + 1) if end else (0, 0)
                found.append(LayerInfo(name, rows=rows, columns=columns, hidden=name in hidden))
            return tuple(found)
        finally:
            workbook.close()


def _hidden(workbook: Any) -> set[str]:
    return {
        meta.name
        for meta in workbook.sheets_metadata
        if str(meta.visible) != str(python_calamine.SheetVisibleEnum.Visible)
    }


def _choose(workbook: Any, path: Path, wanted: str | None, limits: Limits) -> tuple[str, tuple[str, ...]]:
    names = tuple(workbook.sheet_names)
    params = {"file": path.name, "count": len(names), "limit": limits.max_layers}
    if len(names) > limits.max_layers:
        raise LimitExceeded(Message(_TOO_MANY, params), file=path.name)
    if wanted is not None:
        if wanted not in names:
            message = Message(_NO_SUCH_SHEET, {"file": path.name, "layer": wanted, "layers": _listed(names)})
            raise LayerChoiceNeeded(message, layers=names, file=path.name)
        return wanted, names
    hidden = _hidden(workbook)
    visible = tuple(name for name in names if name not in hidden)
    filled = tuple(name for name in visible if _has_cells(workbook.get_sheet_by_name(name)))
    if len(filled) == 1:
        return filled[0], visible
    if not filled:
        raise UnreadableFile(Message(_ALL_EMPTY, params), file=path.name)
    message = Message(_CHOOSE, {"file": path.name, "layers": _listed(filled)})
    raise LayerChoiceNeeded(message, layers=filled, file=path.name)


def _has_cells(sheet: Any) -> bool:
    return any(clean_cell(cell) is not None for row in sheet.iter_rows() for cell in row)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
