"""Merged cells of an ODS, which calamine does not tell."""

from __future__ import annotations

import xml.parsers.expat
import zipfile
from pathlib import Path

Cell = tuple[int, int]
_BLOCK_BYTES = 256 * 1024


def merged_ranges(path: Path, sheet: str) -> list[tuple[Cell, Cell]]:
    """Return the merged cells of one sheet.

    Parameters
    ----------
    path : Path
        An ODS that `spreadsheet_guard` has looked through.
    sheet : str

    Returns
    -------
    list of ((top, left), (bottom, right))
        From 0, the last ones included.

    Raises
    ------
    OSError, ValueError, zipfile.BadZipFile
        If the file is damaged.
    """
    reader = _Reader(sheet)
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as stream:
        try:
            while not reader.is_done and (block := stream.read(_BLOCK_BYTES)):
                reader.parser.Parse(block, False)
        except xml.parsers.expat.ExpatError as error:
            raise ValueError(str(error)) from error
    return reader.found


class _Reader:
    """Counts rows and columns of a table, the repeated ones too."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.found: list[tuple[Cell, Cell]] = []
        self.is_done = False
        self._inside = False
        self._row = self._next_row = self._column = 0
        self.parser = xml.parsers.expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._inside = attributes.get("table:name") == self.sheet
            self._next_row = 0
        elif not self._inside:
            return
        elif name == "table:table-row":
            self._row, self._column = self._next_row, 0
            self._next_row += int(attributes.get("table:number-rows-repeated", 1))
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            rows = int(attributes.get("table:number-rows-spanned", 1))
            columns = int(attributes.get("table:number-columns-spanned", 1))
            if rows > 1 or columns > 1:
                self.found.append(
                    ((self._row, self._column), (self._row + rows - 1, self._column + columns - 1))
                )
            self._column += int(attributes.get("table:number-columns-repeated", 1))

    def _end(self, name: str) -> None:
        if name == "table:table" and self._inside:
            self.is_done, self._inside = True, False
