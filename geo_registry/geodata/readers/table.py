"""What all tables share: cleaning cells, finding the header row, numbering rows."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ..errors import LimitExceeded, Message, MissingColumns, UnreadableFile, gettext_noop
from .base import DEFAULT_CHUNK, Limits, Row, Source, Value
from .header_crs import system_in

NumberedCells = tuple[int, Sequence[object]]

# Nothing is seen of them, or they turn the text around them about: a name with them is another than it looks.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANK = " \t\r\n\f\v\u3000\u00a0"
_NUMBER = re.compile(r"[+-]?[\d,.]+(?:e[+-]?\d+)?%?", re.IGNORECASE)
_EXACT_INTEGERS = 2**53

# A header row fills at least this share of the table's width, and at most this share of its cells are
# numbers.
_HEADER_MIN_FILLED = 0.6
_HEADER_MAX_NUMBERS = 0.3
_HEADER_MIN_DISTINCT = 0.5
# A title fills one cell.
_UPPER_MIN_FILLED = 2
# A name over names over names.
_ROWS_OF_NAMES = 3
# Between the two names of a column whose name stands in two rows.
GROUP_SIGN = "·"

_TOTAL = re.compile(
    r"[\s(（【]*(?:合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|汇\s*总|总\s*数|grand total|sub ?total|totals?|sum)[\s)）】:]*",
    re.IGNORECASE,
)
_TOTAL_AMONG_FIRST = 2
_FOOTER = re.compile(
    r"\s*(?:(?:备?\s*注|说\s*明|附\s*注|注\s*释|数据来源|资料来源|来源|note)\s*\d*\s*[:.、]"
    r"|(?:填\s*表|制\s*表|填\s*报|审\s*核|统\s*计|复\s*核|经\s*办|单位|分管)\s*(?:人员?|日期|时间|单位|负责人|领导)\s*(?:\(.*?\))?\s*[:(]"
    r"|(?:联系人|联系电话|负责人|盖章)\s*:)",
    re.IGNORECASE,
)
_FOOTER_MIN_WIDTH = 3
_SECTION = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}\s*[、.,:]|\([一二三四五六七八九十]{1,3}\))")

_NO_HEADER = gettext_noop(
    "No row of column names was found in the first {rows} rows of “{file}”. Put the names in one row "
    "directly above the data, or say which row they are in."
)
_EMPTY_HEADER_ROW = gettext_noop(
    "Row {row} of “{file}” was given as the row of column names, but it is empty."
)
_NO_ROWS = gettext_noop("“{file}” has nothing in it{where}. Check that the right file and sheet were saved.")
_TOO_MANY_COLUMNS = gettext_noop(
    "“{file}” has {columns} columns, more than the {limit} that are read. Delete those not needed."
)
_TOO_MANY_ROWS = gettext_noop("“{file}” has more than the {limit} rows that are read at once. Split it.")
_TEXT_TOO_LONG = gettext_noop(
    "The cell in column “{column}”, row {row}, holds more than {limit} characters. Shorten it."
)
_TWICE = gettext_noop(
    "The column name “{column}” occurs more than once; the later one is called “{renamed}”."
)
_TOTAL_LEFT_OUT = gettext_noop("Row {row} is a row of totals (“{text}”) and was left out.")
_FOOTER_LEFT_OUT = gettext_noop("Row {row} is a remark below the table (“{text}”) and was left out.")
_SECTION_LEFT_OUT = gettext_noop("Row {row} is a heading within the table (“{text}”) and was left out.")
_TWO_ROWS = gettext_noop(
    "The column names stand in the rows {first} and {second}; they were joined, like “{example}”."
)
_MORE_ROWS = gettext_noop(
    "The column names stand in the rows {first} to {second}; they were joined, like “{example}”."
)
_NAMELESS = gettext_noop("Column {letter} has values but no name in the header row {row}; it is not read.")


@dataclass(frozen=True, slots=True)
class Header:
    """Where a table's names stand.

    Parameters
    ----------
    row : int
        As the user sees it.
    names : tuple of str or None
        Name by position; None where the header cell is empty.
    upper_row : int or None
        The first of the rows that the names stand in, if there are several.
    """

    row: int
    names: tuple[str | None, ...]
    upper_row: int | None = None


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees and that make two texts differ all the same."""
    return _INVISIBLE.sub("", text)


def clean_cell(value: object) -> Value:
    """Turn what a spreadsheet or CSV library returns into a plain value.

    Text loses blanks around it (full-width ones too) and invisible characters; nothing else is changed. Whole
    floats become int, since spreadsheets know no integers. An empty cell is None.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = visible(value).strip(_BLANK)
        return text or None
    if isinstance(value, float):
        if value != value:
            return None
        return int(value) if value.is_integer() and abs(value) < _EXACT_INTEGERS else value
    if isinstance(value, (int, dt.datetime, dt.date)):
        return value
    if isinstance(value, dt.time):
        return value.isoformat("minutes") if not value.second else value.isoformat("seconds")
    return str(value)


def column_letter(position: int) -> str:
    """Return the spreadsheet letter of a column position from 0: A, B … Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def too_many_columns(file: str, columns: int, limits: Limits) -> LimitExceeded:
    """Return the error about a table that is wider than any."""
    params = {"file": file, "columns": columns, "limit": limits.max_columns}
    return LimitExceeded(Message(_TOO_MANY_COLUMNS, params), file=file)


def is_total(values: Sequence[Value]) -> str | None:
    """Tell a row of totals (合计, 小计 …) by one of its first texts; return that text, or None."""
    for value in [value for value in values if value is not None][:_TOTAL_AMONG_FIRST]:
        if isinstance(value, str) and _TOTAL.fullmatch(unicodedata.normalize("NFKC", value)):
            return value
    return None


def is_footer(values: Sequence[Value]) -> str | None:
    """Tell a line below the table (注：…, 填表人：…) that fills few of its columns; return its text, or None."""
    filled = [value for value in values if value is not None]
    first = filled[0] if filled else None
    if (
        not isinstance(first, str)
        or len(filled) > max(1, len(values) // 2)
        or len(values) < _FOOTER_MIN_WIDTH
    ):
        return None
    return first if _FOOTER.match(unicodedata.normalize("NFKC", first)) else None


def is_section(values: Sequence[Value]) -> str | None:
    """Tell a heading within the table (一、城区街道), which fills one of its columns; return its text, or None."""
    filled = [value for value in values if value is not None]
    if len(filled) != 1 or len(values) < _FOOTER_MIN_WIDTH or not isinstance(filled[0], str):
        return None
    return filled[0] if _SECTION.match(unicodedata.normalize("NFKC", filled[0])) else None


def join_header_rows(upper: Sequence[object], lower: Sequence[object]) -> tuple[str | None, ...] | None:
    """Join column names that stand in two rows: 床位 over 总数 and 护理型 gives 床位·总数 and 床位·护理型.

    A name over several columns is a merged cell, or a cell with empty ones behind it; a name that stands alone reaches over
    both rows.

    Returns
    -------
    tuple of str or None, or None
        The names; None if the lower row is no row of names.
    """
    width = max(len(upper), len(lower))
    above = [_as_name(cell) for cell in [*upper, *[None] * (width - len(upper))]]
    below = [clean_cell(cell) for cell in [*lower, *[None] * (width - len(lower))]]
    names_below = [value for value in below if value is not None]
    if not names_below or any(not isinstance(v, str) or _NUMBER.fullmatch(v) for v in names_below):
        return None
    first = next((at for at, name in enumerate(above) if name is not None), 0)
    if below[first] is not None:
        return None
    joined: list[str | None] = []
    group: str | None = None
    reaches_over = False
    for at, (name, under) in enumerate(zip(above, below, strict=True)):
        if name is not None and under is not None:
            if GROUP_SIGN not in name and not _goes_on(above, below, at):
                return None  # a name over a single other cell is a header over data
            group = name
        elif name is not None:
            group = None
        elif under is not None and group is not None:
            reaches_over = True
        elif under is not None:
            return None
        sub = _as_name(under)
        joined.append(f"{group}{GROUP_SIGN}{sub}" if group is not None and sub is not None else name)
    return tuple(joined) if reaches_over else None


def _goes_on(above: Sequence[object], below: Sequence[object], at: int) -> bool:
    """Tell whether a name reaches over more than one name below it."""
    for further in range(at + 1, len(above)):
        if above[further] is not None:
            return False
        if below[further] is not None:
            return True
    return False


def find_header(sample: Sequence[NumberedCells], *, wanted: int | None, file: str, limits: Limits) -> Header:
    """Find the row of column names below title rows.

    The first row is taken that fills most of the table's width with distinct words. A title (one merged cell)
    and a line such as “填表单位… 填表日期…” fill too little of it; a row of data has numbers in it.

    Parameters
    ----------
    sample : sequence of (row number, cells)
        The first rows.
    wanted : int or None
        The row that the user named.
    file : str
        Name for messages.
    limits : Limits

    Raises
    ------
    MissingColumns, LimitExceeded
    """
    if wanted is not None:
        named = next((cells for number, cells in sample if number == wanted), ())
        names = [_as_name(cell) for cell in named]
        if not any(names):
            raise MissingColumns(
                Message(_EMPTY_HEADER_ROW, {"row": wanted, "file": file}), file=file, row=wanted
            )
        return _in_several_rows(sample, wanted) or Header(wanted, tuple(names))
    filled = {number: [v for v in map(clean_cell, cells) if v is not None] for number, cells in sample}
    width = max((len(values) for values in filled.values()), default=0)
    if width > limits.max_columns:
        raise too_many_columns(file, width, limits)
    for number, cells in sample:
        if _looks_like_header(filled[number], width):
            found = _in_several_rows(sample, number)
            return found or Header(number, tuple(_as_name(cell) for cell in cells))
        found = _below_each_other(sample, number)
        if found is not None and _looks_like_header([name for name in found.names if name], width):
            return found
    raise MissingColumns(Message(_NO_HEADER, {"rows": limits.header_search_rows, "file": file}), file=file)


def _below_each_other(sample: Sequence[NumberedCells], row: int) -> Header | None:
    """Join a row of names with the one or two rows below it that go on with them."""
    rows = dict(sample)
    names: Sequence[object] = rows[row]
    if sum(clean_cell(cell) is not None for cell in names) < _UPPER_MIN_FILLED:
        return None
    last, joined = row, None
    while last - row < _ROWS_OF_NAMES - 1 and last + 1 in rows:
        found = join_header_rows(names, rows[last + 1])
        if found is None:
            break
        names, joined, last = found, found, last + 1
    return Header(last, joined, upper_row=row) if joined is not None else None


def _in_several_rows(sample: Sequence[NumberedCells], row: int) -> Header | None:
    """Join the header row with those below it, or with those above it where they are no titles."""
    if (found := _below_each_other(sample, row)) is not None:
        return found
    rows = dict(sample)
    # Whoever names the row of three names the lowest, as the page does.
    for above in range(_ROWS_OF_NAMES - 1, 0, -1):
        if row - above not in rows:
            continue
        found = _below_each_other(sample, row - above)
        if found is not None and found.row == row:
            return found
    return None


def _looks_like_header(values: Sequence[Value], width: int) -> bool:
    if len(values) < max(min(2, width), _HEADER_MIN_FILLED * width):
        return False
    numbers = sum(not isinstance(v, str) or _NUMBER.fullmatch(v) is not None for v in values)
    distinct = len({str(v) for v in values})
    return numbers <= _HEADER_MAX_NUMBERS * len(values) and distinct >= _HEADER_MIN_DISTINCT * len(values)


def _as_name(cell: object) -> str | None:
    value = clean_cell(cell)
    return None if value is None else re.sub(r"\s+", " ", str(value))


class TableSource(Source):
    """A table: a spreadsheet's sheet or a delimited text."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._names: tuple[str | None, ...] = ()

    @abstractmethod
    def raw_rows(self) -> Iterator[NumberedCells]:
        """Yield (row number as the user sees it, cells) from the very top; empty rows may be left out."""

    def find_columns(self, header_row: int | None) -> None:
        """Read the top of the table and settle `columns` and `header_row`.

        Raises
        ------
        UnreadableFile, MissingColumns, LimitExceeded
        """
        depth = max(self.limits.header_search_rows, header_row or 0)
        sample = [
            (number, cells)
            for number, cells in islice(self.raw_rows(), depth + 1)
            if any(clean_cell(cell) is not None for cell in cells)
        ]
        if not sample:
            raise UnreadableFile(
                Message(_NO_ROWS, {"file": self.name, "where": self._where()}), file=self.name
            )
        header = find_header(sample, wanted=header_row, file=self.name, limits=self.limits)
        self.header_row = header.row
        self._names = self._distinct(header.names)
        if header.upper_row is not None:
            example = next(name for name in header.names if name is not None and GROUP_SIGN in name)
            params = {"first": header.upper_row, "second": header.row, "example": example}
            template = _TWO_ROWS if header.row == header.upper_row + 1 else _MORE_ROWS
            self.note(Message(template, params), row=header.row)
        self.columns = tuple(name for name in self._names if name is not None)
        self.declared_crs = system_in(self.columns)
        self._warn_of_nameless(sample)

    def _where(self) -> str:
        return f" ({self.layer})" if len(self.layers) > 1 else ""

    def _distinct(self, names: tuple[str | None, ...]) -> tuple[str | None, ...]:
        seen: Counter[str] = Counter()
        result: list[str | None] = []
        for name in names:
            if name is None:
                result.append(None)
                continue
            seen[name] += 1
            renamed = name if seen[name] == 1 else f"{name} ({seen[name]})"
            if renamed != name:
                params = {"column": name, "renamed": renamed}
                self.warn(Message(_TWICE, params), row=self.header_row, column=name)
            result.append(renamed)
        return tuple(result)

    def _warn_of_nameless(self, sample: Sequence[NumberedCells]) -> None:
        below = [cells for number, cells in sample if number > self.header_row]
        width = max((len(cells) for cells in below), default=0)
        for position in range(width):
            if position < len(self._names) and self._names[position] is not None:
                continue
            if any(position < len(cells) and clean_cell(cells[position]) is not None for cells in below):
                params = {"letter": column_letter(position), "row": self.header_row}
                self.warn(Message(_NAMELESS, params), row=self.header_row, column=column_letter(position))

    def rows(self, chunk: int = DEFAULT_CHUNK) -> Iterator[Row]:  # noqa: ARG002 - a table streams by itself
        """Yield the rows below the header; wholly empty ones are left out (see `Source.rows`)."""
        named = [(position, name) for position, name in enumerate(self._names) if name is not None]
        count = 0
        for number, cells in self.raw_rows():
            if number <= self.header_row:
                continue
            width = len(cells)
            values = {name: clean_cell(cells[at]) if at < width else None for at, name in named}
            if all(value is None for value in values.values()) or self._is_beside(number, values):
                continue
            count += 1
            if count > self.limits.max_rows:
                params = {"file": self.name, "limit": self.limits.max_rows}
                raise LimitExceeded(Message(_TOO_MANY_ROWS, params), file=self.name, row=number)
            self._check_lengths(number, values)
            yield Row(number, values)

    def _is_beside(self, number: int, values: dict[str, Value]) -> bool:
        """Tell, and say, that a row is no record but a total, a remark or a heading."""
        cells = list(values.values())
        for test, template in (
            (is_total, _TOTAL_LEFT_OUT),
            (is_footer, _FOOTER_LEFT_OUT),
            (is_section, _SECTION_LEFT_OUT),
        ):
            text = test(cells)
            if text is not None:
                self.note(Message(template, {"row": number, "text": text[:60]}), row=number)
                return True
        return False

    def _check_lengths(self, number: int, values: dict[str, Value]) -> None:
        limit = self.limits.max_text_chars
        for name, value in values.items():
            if isinstance(value, str) and len(value) > limit:
                params = {"column": name, "row": number, "limit": limit}
                raise LimitExceeded(Message(_TEXT_TOO_LONG, params), file=self.name, row=number, column=name)
