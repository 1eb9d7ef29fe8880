"""Look through an XLSX or ODS before a library that holds a sheet as one dense block is let near it.

A sheet with one cell in A1 and one in XFD1048576 is a few hundred bytes, and 17 thousand million cells in
memory. So the extent of each sheet is counted from its XML while the archive's real size is counted.
"""

from __future__ import annotations

import re
import xml.parsers.expat
from collections.abc import Iterator
from pathlib import Path

from ..errors import HostileFile, LimitExceeded, Message, UnreadableFile, gettext_noop
from .base import Limits

_OVERLAP_BYTES = 512
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Cells with content only: <c r="B7" s="1"/> is mere formatting.
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,40})(\d{1,40})["'](?:[^<>]*[^/<>])?>""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^<>]*?\br\s*=\s*["'](\d{1,40})["']""")
# The format's own end. calamine counts from the first row to wherever a file says that it goes on.
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
# calamine reserves memory for as many things as a file claims to have (uniqueCount, count).
_COUNT = re.compile(rb"""[cC]ount\s*=\s*["']\s*(\d{1,30})""")
_SHEET = re.compile(r"xl/worksheets/.*\.xml", re.IGNORECASE)

_ENTITIES = gettext_noop(
    "The spreadsheet “{file}” declares XML entities, which no spreadsheet needs. Save it again as XLSX."
)
_TOO_WIDE = gettext_noop(
    "A sheet of “{file}” spans {rows} rows and {columns} columns, more than can be read. Delete what stands "
    "far away from the table, or save the table alone."
)
_DAMAGED = gettext_noop(
    "The spreadsheet “{file}” is damaged. Open it in a spreadsheet program and save it again as XLSX."
)


def guard_spreadsheet(path: Path, kind: str, blocks: Iterator[tuple[str, bytes]], limits: Limits) -> None:
    """Read all members once and refuse what would not fit into memory.

    Parameters
    ----------
    path : Path
        For messages.
    kind : str
        ``xlsx`` or ``ods``.
    blocks : iterator of (member name, bytes)
        Unpacked content in order.
    limits : Limits

    Raises
    ------
    HostileFile, LimitExceeded, UnreadableFile
    """
    sheet = _OdsExtent(path, limits) if kind == "ods" else None
    current, tail = "", b""
    extent = _XlsxExtent(path, limits)
    for name, block in blocks:
        if name != current:
            current, tail = name, b""
            extent = _XlsxExtent(path, limits)
        window = tail + block
        if name.lower().endswith((".xml", ".rels")) and _ENTITY.search(window):
            raise HostileFile(Message(_ENTITIES, {"file": path.name}), file=path.name)
        if sheet is not None and name == "content.xml":
            sheet.feed(block)
        elif sheet is None and _SHEET.fullmatch(name):
            extent.feed(window)
        if sheet is None and any(int(count) > limits.max_cells for count in _COUNT.findall(window)):
            raise _damaged(path)
        tail = window[-_OVERLAP_BYTES:]


class _XlsxExtent:
    """The rectangle of one worksheet's cells, found by pattern: ten times as fast as parsing."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.rows = self.columns = 0

    def feed(self, window: bytes) -> None:
        found = _CELL.findall(window)
        if max(map(int, _ROW.findall(window)), default=0) > _LAST_ROW:
            raise _damaged(self.path)
        if not found:
            return
        self.rows = max(self.rows, max(int(row) for _, row in found))
        self.columns = max(
            self.columns, max(_column_number(letters) for letters in {letters for letters, _ in found})
        )
        if self.rows > _LAST_ROW or self.columns > _LAST_COLUMN:
            raise _damaged(self.path)
        _check(self.path, self.rows, self.columns, self.limits)


class _OdsExtent:
    """The rectangle of each table of an ODS, with its repeated cells and rows counted out."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.rows = self.columns = self._pending_rows = self._column = self._last = self._repeat = 0
        self._parser = xml.parsers.expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def feed(self, block: bytes) -> None:
        try:
            self._parser.Parse(block, False)
        except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
            raise _damaged(self.path) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self.rows = self.columns = self._pending_rows = 0
        elif name == "table:table-row":
            self._repeat = int(attributes.get("table:number-rows-repeated", 1))
            self._column = self._last = 0
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._column += int(attributes.get("table:number-columns-repeated", 1))
            if "office:value-type" in attributes:
                self._last = self._column
        elif name == "text:p":
            self._last = self._column

    def _end(self, name: str) -> None:
        if name != "table:table-row":
            return
        self._pending_rows += self._repeat
        if self._last:
            self.rows = self._pending_rows
            self.columns = max(self.columns, self._last)
            _check(self.path, self.rows, self.columns, self.limits)


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(Message(_DAMAGED, {"file": path.name}), file=path.name)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _check(path: Path, rows: int, columns: int, limits: Limits) -> None:
    if rows * columns > limits.max_cells:
        params = {"file": path.name, "rows": rows, "columns": columns}
        raise LimitExceeded(Message(_TOO_WIDE, params), file=path.name)
