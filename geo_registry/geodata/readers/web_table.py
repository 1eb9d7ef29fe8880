"""What is called XLS and is none: the HTML table or XML Spreadsheet 2003 that many office systems write as “Excel”.

Spreadsheet programs open both after a warning, so nobody notices. HTML is read by Python's own forgiving parser, the XML by
expat; tables are held in memory, so their cells are counted from the first on.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import (
    LayerChoiceNeeded,
    LimitExceeded,
    Message,
    UnknownEncoding,
    UnreadableFile,
    UnsupportedFormat,
    gettext_noop,
)
from .base import MIB, LayerInfo, Limits
from .encodings import detect_file, lookup
from .layers import numbered
from .markup import MarkupParser
from .merged import FillDown, Merges
from .table import NumberedCells, TableSource, clean_cell, column_letter, too_many_columns
from .xml_text import open_xml

HTML, XML = "html", "xml-spreadsheet"

_BLOCK_BYTES = 256 * 1024
_MAX_BYTES = 128 * MIB
_MAX_CELLS = 2_000_000
_MAX_SPAN = 65_536
_MAX_ROWS = 1_048_576  # of a sheet
_MAX_DEPTH = 50
_SHEET_NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_CHARSET_WITHIN = 4096
_BLANKS = re.compile(r"\s+")
_BREAKS = {"br", "p", "div", "li"}
_CELLS = {"td", "th"}

_TOO_LARGE = gettext_noop(
    "“{file}” is no real spreadsheet but a web page or XML, and has more than the {limit} that are read of those. Open it in a "
    "spreadsheet program and save it as XLSX."
)
_CELLS_WORD = gettext_noop("{count} cells")
_NO_TABLE = gettext_noop(
    "The file “{file}” is a web page without a table in it, although some systems call such a page a spreadsheet. Open it in a "
    "spreadsheet program and save it as XLSX."
)
_ALL_EMPTY = gettext_noop(
    "None of the sheets of “{file}” has anything in it. Check that the right file was saved."
)
_DAMAGED = gettext_noop(
    "The spreadsheet “{file}” is damaged or cut off. Open it in a spreadsheet program and save it again as XLSX."
)
_CHOOSE = gettext_noop("“{file}” has several sheets with data: {layers}. Choose one.")
_NO_SUCH_SHEET = gettext_noop("“{file}” has no sheet “{layer}”. It has: {layers}.")
_TOO_MANY = gettext_noop("“{file}” has {count} sheets, more than the {limit} that are read.")
_FILLED_DOWN = gettext_noop(
    "Cell {cell} is merged over rows {first} to {last}; its value was taken for each of them."
)


@dataclass(slots=True)
class Table:
    """A table or sheet: its cells by row, and which of them reach over several rows."""

    name: str = ""
    rows: dict[int, list[object]] = field(default_factory=dict)
    merges: Merges = field(default_factory=dict)
    row: int = -1
    column: int = 0
    reserved: dict[int, int] = field(default_factory=dict)  # column → last row that a cell above reaches over

    def new_row(self, row: int | None = None) -> None:
        """Begin the next row, or the one of a number from 0."""
        self.row = self.row + 1 if row is None else row
        self.column = 0

    def put(self, value: object, *, across: int = 1, down: int = 1, column: int | None = None) -> None:
        """Put a value into the next free cell, or into one of a number from 0; it may reach over several."""
        if column is not None:
            self.column = column
        while self.reserved.get(self.column, -1) >= self.row:
            self.column += 1
        if value is not None:
            cells = self.rows.setdefault(self.row, [])
            cells.extend([None] * (self.column + 1 - len(cells)))
            cells[self.column] = value
        if down > 1:
            last = self.row + down - 1
            self.reserved |= dict.fromkeys(range(self.column, self.column + across), last)
            if across == 1:
                self.merges.setdefault(self.row, []).append((self.column, last))
        self.column += across

    @property
    def width(self) -> int:
        """Columns that the widest row has."""
        return max((len(cells) for cells in self.rows.values()), default=0)


class _Bounds:
    """Counts cells, and stops before they fill the memory."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits, self.cells = path, limits, 0
        self.most = min(limits.max_cells, _MAX_CELLS)

    def count(self, table: Table, across: int) -> None:
        self.cells += 1
        if self.cells > self.most:
            params = {"file": self.path.name, "limit": Message(_CELLS_WORD, {"count": self.most})}
            raise LimitExceeded(Message(_TOO_LARGE, params), file=self.path.name)
        if table.column + across > self.limits.max_columns:
            raise too_many_columns(self.path.name, table.column + across, self.limits)


class _HtmlTables(MarkupParser):
    """Collects the tables of a page; one that is inside of another is a table of its own."""

    def __init__(self, bounds: _Bounds) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self._bounds = bounds
        self._open: list[Table] = []
        self._cells: list[tuple[int, int, list[str]] | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        if tag == "table" and len(self._open) < _MAX_DEPTH:
            table = Table()
            self.tables.append(table)
            self._open.append(table)
            self._cells.append(None)
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            self._open[-1].new_row()
        elif tag in _CELLS:
            self._end_cell()
            if self._open[-1].row < 0:
                self._open[-1].new_row()
            given = dict(attrs)
            self._cells[-1] = (_span(given.get("colspan")), _span(given.get("rowspan")), [])
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a cell or a table."""
        if self._open and tag in {"td", "th", "tr"}:
            self._end_cell()
        elif self._open and tag == "table":
            self._end_cell()
            self._open.pop()
            self._cells.pop()

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._cells and (cell := self._cells[-1]) is not None:
            cell[2].append(data)

    def _end_cell(self) -> None:
        if (cell := self._cells[-1]) is None:
            return
        across, down, texts = cell
        self._cells[-1] = None
        table = self._open[-1]
        self._bounds.count(table, across)
        table.put(_BLANKS.sub(" ", "".join(texts)).strip() or None, across=across, down=down)

    def finish(self) -> None:
        """Take what was never closed: such pages are often cut short, and say so nowhere."""
        self.close()
        while self._open:
            self.handle_endtag("table")


def _span(given: str | None) -> int:
    text = (given or "").strip()
    return min(max(int(text[:9]), 1), _MAX_SPAN) if text.isascii() and text.isdigit() else 1


class _XmlSheets:
    """Collects the worksheets of an XML Spreadsheet 2003."""

    def __init__(self, bounds: _Bounds, *, encoding: str | None) -> None:
        self.tables: list[Table] = []
        self._bounds = bounds
        self._table: Table | None = None
        self._cell: tuple[int, int, int | None] = (1, 1, None)
        self._type = ""
        self._value: object = None
        self._text: list[str] | None = None
        self.parser = xml.parsers.expat.ParserCreate(encoding, namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace != _SHEET_NAMESPACE:
            return
        given = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if tag == "Worksheet":
            self._table = Table(given.get("Name", ""))
            self.tables.append(self._table)
        elif self._table is None:
            return
        elif tag == "Row":
            self._table.new_row(_place(given.get("Index"), after=self._table.row))
            if self._table.row >= _MAX_ROWS:
                raise ValueError(self._table.row)
        elif tag == "Cell":
            if self._table.row < 0:
                self._table.new_row()
            place = _place(given.get("Index"), after=self._table.column - 1)
            across, down = _plus(given.get("MergeAcross")), _plus(given.get("MergeDown"))
            self._cell, self._value = (across, down, place), None
        elif tag == "Data":
            self._type, self._text = given.get("Type", "String"), []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        namespace, _, tag = name.rpartition(" ")
        if namespace != _SHEET_NAMESPACE or self._table is None:
            return
        if tag == "Data" and self._text is not None:
            self._value, self._text = _typed("".join(self._text), self._type), None
        elif tag == "Cell":
            across, down, place = self._cell
            if place is not None:
                self._table.column = place
            self._bounds.count(self._table, across)
            self._table.put(self._value, across=across, down=down)
        elif tag == "Worksheet":
            self._table = None


def _place(given: str | None, *, after: int) -> int | None:
    """Return the row or column, from 0, that an ``Index`` counts from 1; none where the next one is meant.

    Raises
    ------
    ValueError
        If it is no number, or would write over what there is up to ``after``.
    """
    if given is None:
        return None
    place = int(given) - 1
    if place <= after:
        raise ValueError(given)
    return place


def _plus(given: str | None) -> int:
    text = (given or "").strip()
    return min(int(text[:9]), _MAX_ROWS) + 1 if text.isascii() and text.isdigit() else 1


def _typed(text: str, kind: str) -> object:
    """Return a cell's value: a number as a number; a day as ``2024-03-25``, which is how the format writes it."""
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime":
        return text.removesuffix("T00:00:00.000").removesuffix("T00:00:00")
    return text


class WebTableSource(TableSource):
    """One table of a web page, or one sheet of an XML Spreadsheet 2003."""

    def __init__(
        self, path: Path, *, kind: str, layers: tuple[str, ...], table: Table, limits: Limits
    ) -> None:
        super().__init__(path, limits=limits)
        self.format = kind
        self.layers, self.layer = layers, table.name
        self._table = table

    def raw_rows(self) -> Iterator[NumberedCells]:
        """Yield (row from 1, cells from the first column)."""
        fill = FillDown(self._table.merges)
        for index in self._filled_rows():
            row = list(self._table.rows.get(index, ()))
            fill.into(row, index, below_header=bool(self.header_row) and index >= self.header_row)
            if row:
                yield index + 1, row

    def _filled_rows(self) -> Iterator[int]:
        """Yield the rows, from 0, that have cells of their own or of merges from above, down to the last with its own."""
        following = reach = 0
        for index in sorted(self._table.rows):
            yield from range(following, min(reach, index - 1) + 1)
            yield index
            following = index + 1
            reach = max([reach, *(last for _, last in self._table.merges.get(index, ()))])

    def note_merged(self) -> None:
        """Tell which values below the header stand for several rows."""
        for top, merges in sorted(self._table.merges.items()):
            for column, last in merges:
                if top >= self.header_row and top in self._table.rows:
                    cell = f"{column_letter(column)}{top + 1}"
                    params = {"cell": cell, "first": top + 1, "last": last + 1}
                    self.note(Message(_FILLED_DOWN, params), row=top + 1)


def open_web_table(
    path: Path, *, kind: str, sheet: str | None, encoding: str | None, header_row: int | None, limits: Limits
) -> WebTableSource:
    """Open a page or XML workbook with its table chosen (see `open_source`).

    Raises
    ------
    UnreadableFile, UnsupportedFormat, LayerChoiceNeeded, MissingColumns, LimitExceeded, UnknownEncoding
    """
    tables, found = _tables(path, kind, encoding, limits)
    names = tuple(table.name for table in tables)
    params: dict[str, object] = {"file": path.name, "layer": sheet, "layers": ", ".join(names)}
    if sheet is not None and sheet not in names:
        raise LayerChoiceNeeded(Message(_NO_SUCH_SHEET, params), layers=names, file=path.name)
    if sheet is None and len(names) > 1:
        raise LayerChoiceNeeded(Message(_CHOOSE, params), layers=names, file=path.name)
    chosen = tables[names.index(sheet)] if sheet is not None else tables[0]
    source = WebTableSource(path, kind=kind, layers=names, table=chosen, limits=limits)
    source.encoding = found
    source.find_columns(header_row)
    source.note_merged()
    return source


def list_web_tables(path: Path, *, kind: str, limits: Limits) -> tuple[LayerInfo, ...]:
    """Return the tables with something in them (see `list_layers`).

    Raises
    ------
    GeodataError
    """
    tables, _ = _tables(path, kind, None, limits)
    return tuple(LayerInfo(table.name, rows=max(table.rows) + 1, columns=table.width) for table in tables)


def _tables(path: Path, kind: str, encoding: str | None, limits: Limits) -> tuple[list[Table], str]:
    """Return the tables that may be meant, and the encoding.

    Of a page those count that are more than one cell wide and high, if there are any: the rest holds titles and buttons.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise LimitExceeded(
            Message(_TOO_LARGE, {"file": path.name, "limit": f"{_MAX_BYTES // MIB} MB"}), file=path.name
        )
    bounds = _Bounds(path, limits)
    found = _encoding(path, encoding) if kind == HTML else "utf-8"
    tables = _of_page(path, found, bounds) if kind == HTML else _of_xml(path, bounds)
    filled = [table for table in tables if _is_filled(table)]
    large = [table for table in filled if len(table.rows) > 1 and table.width > 1]
    if not filled and kind == HTML:
        raise UnsupportedFormat(Message(_NO_TABLE, {"file": path.name}), file=path.name)
    if not filled:
        raise UnreadableFile(Message(_ALL_EMPTY, {"file": path.name}), file=path.name)
    chosen = large or filled
    if len(chosen) > limits.max_layers:
        params = {"file": path.name, "count": len(chosen), "limit": limits.max_layers}
        raise LimitExceeded(Message(_TOO_MANY, params), file=path.name)
    names = numbered([table.name.strip()[:100] or str(n) for n, table in enumerate(chosen, start=1)])
    for table, name in zip(chosen, names, strict=True):
        table.name = name
    return chosen, found


def _is_filled(table: Table) -> bool:
    return any(clean_cell(cell) is not None for cells in table.rows.values() for cell in cells)


def _encoding(path: Path, declared: str | None) -> str:
    """Return what the user says, or the page, if the text can be read so; else what the bytes look like."""
    with path.open("rb") as stream:
        said = _CHARSET.search(stream.read(_CHARSET_WITHIN))
    if declared is None and said is not None:
        # A page that lies about its letters is still a page.
        with contextlib.suppress(UnknownEncoding):
            return detect_file(path, declared=lookup(said[1].decode("ascii")), file=path.name).name
    return detect_file(path, declared=declared, file=path.name).name


def _of_page(path: Path, encoding: str, bounds: _Bounds) -> list[Table]:
    parser = _HtmlTables(bounds)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            parser.feed(decoder.decode(block))
    parser.feed(decoder.decode(b"", final=True))
    parser.finish()
    return parser.tables


def _of_xml(path: Path, bounds: _Bounds) -> list[Table]:
    stream, declared = open_xml(path)
    sheets = _XmlSheets(bounds, encoding="utf-8" if declared else None)
    more = True
    with stream:
        while more:
            try:
                block = stream.read(_BLOCK_BYTES)
                more = bool(block)
                sheets.parser.Parse(block, not more)
            except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
                raise UnreadableFile(Message(_DAMAGED, {"file": path.name}), file=path.name) from error
    return sheets.tables
