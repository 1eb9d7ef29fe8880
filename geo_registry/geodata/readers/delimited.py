"""CSV, TSV and their relations."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ..errors import LimitExceeded, Message, UnreadableFile, gettext_noop
from .base import MIB, Limits
from .encodings import detect_file
from .table import NumberedCells, TableSource, too_many_columns

_DELIMITERS = ",\t;|，"
_SNIFFED_ROWS = 40
_LINE_CHARS = 8 * MIB
# Empty cells behind the table are no columns, up to a point.
_WIDEST = 20

_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')

_UNWRAPPED = gettext_noop("Texts written as formulas, like {value}, were read as the texts: {result}.")
_GUESSED = gettext_noop(
    "The text encoding was guessed as {encoding}. If the characters look wrong, choose another one."
)
_QUOTE_NOT_CLOSED = gettext_noop(
    "A quotation mark in or before row {row} of “{file}” is never closed, so the rows after it run together. "
    "Correct it and try again."
)
_LINE_TOO_LONG = gettext_noop(
    "Line {line} of “{file}” has more than {limit} characters, which no table has. Save the file as CSV UTF-8 or XLSX."
)
_BROKEN_ROW = gettext_noop(
    "Row {row} of “{file}” cannot be taken apart into columns. Save the file as CSV UTF-8 or XLSX."
)


class DelimitedSource(TableSource):
    """A delimited text.

    Attributes
    ----------
    delimiter : str
        One of comma, tab, semicolon, bar, full-width comma.
    """

    format = "csv"
    delimiter: str

    def __init__(self, path: Path, *, content: Path, encoding: str, limits: Limits) -> None:
        super().__init__(path, limits=limits)
        self._content = content
        self._told_of_formulas = False
        self.encoding = encoding
        self.layers = (path.stem,)
        self.layer = path.stem
        with self._open() as stream:
            self.delimiter = sniff_delimiter(stream.read(limits.sample_bytes))

    def _open(self) -> io.TextIOWrapper:
        return self._content.open(encoding=self.encoding, newline="")

    def raw_rows(self) -> Iterator[NumberedCells]:
        """Yield (record number from 1, cells)."""
        csv.field_size_limit(self.limits.max_text_chars + 2)
        number = 0
        with self._open() as stream:
            try:
                lines = _lines(stream, self.name)
                for number, cells in enumerate(csv.reader(lines, delimiter=self.delimiter), start=1):
                    if len(cells) > _WIDEST * self.limits.max_columns:
                        raise too_many_columns(self.name, len(cells), self.limits)
                    yield number, self._without_formulas(cells)
            except csv.Error as error:
                params = {"row": number + 1, "file": self.name}
                if "field larger" in str(error):
                    raise LimitExceeded(
                        Message(_QUOTE_NOT_CLOSED, params), file=self.name, row=number + 1
                    ) from error
                raise UnreadableFile(Message(_BROKEN_ROW, params), file=self.name, row=number + 1) from error

    def _without_formulas(self, cells: list[str]) -> list[str]:
        """Read ``="0951"``, which keeps spreadsheets from making a number of a text, as the text."""
        if not any(cell.startswith('="') for cell in cells):
            return cells
        for at, cell in enumerate(cells):
            if (match := _AS_TEXT.fullmatch(cell)) is not None:
                cells[at] = match[1].replace('""', '"')
                if not self._told_of_formulas:
                    self._told_of_formulas = True
                    self.note(Message(_UNWRAPPED, {"value": cell[:40], "result": cells[at][:40]}))
        return cells


def _lines(stream: io.TextIOWrapper, file: str) -> Iterator[str]:
    """Yield the lines of a text, and stop at one that no table has: a reader would hold it in memory three times."""
    for number, line in enumerate(iter(lambda: stream.readline(_LINE_CHARS), ""), start=1):
        if len(line) >= _LINE_CHARS:
            params = {"line": number, "file": file, "limit": _LINE_CHARS}
            raise LimitExceeded(Message(_LINE_TOO_LONG, params), file=file, row=number)
        yield line


def sniff_delimiter(sample: str) -> str:
    """Tell the delimiter: the one that cuts most rows into the same number of columns, more than one.

    Parameters
    ----------
    sample : str
        The beginning of the text; its last row may be cut.

    Returns
    -------
    str
        A comma if nothing speaks for another.
    """
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        try:
            rows = list(islice(csv.reader(io.StringIO(sample), delimiter=delimiter), _SNIFFED_ROWS))
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
        score = max((width * n for width, n in widths.items() if width > 1), default=0) / max(len(rows), 1)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def open_delimited(
    path: Path, *, content: Path, encoding: str | None, header_row: int | None, limits: Limits
) -> DelimitedSource:
    """Open a delimited text (see `open_source`); `content` is where its bytes are, if `path` is an archive.

    Raises
    ------
    UnknownEncoding, MissingColumns, UnreadableFile, LimitExceeded
    """
    found = detect_file(content, declared=encoding, file=path.name)
    source = DelimitedSource(path, content=content, encoding=found.name, limits=limits)
    source.encoding_guessed = found.guessed
    if found.guessed:
        source.note(Message(_GUESSED, {"encoding": found.name.upper()}))
    source.find_columns(header_row)
    return source
