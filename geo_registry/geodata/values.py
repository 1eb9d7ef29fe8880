"""What people write in cells, read as they mean it.

A parser takes one cell that is not empty and returns the value, or `Noted` where reading it took an
interpretation that the
user should see, or raises `BadValue` with a sentence. Parsers are plain functions; those with options are
made by one.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import Message, gettext_noop
from .readers.base import Value

Parser = Callable[[Value], Any]

_EMPTY_WORDS = frozenset({"", "-", "--", "—", "——", "/", "\\", "无数据", "n/a", "na", "null", "none", "#n/a"})

_NOT_TEXT_LENGTH = gettext_noop("The text has {length} characters; at most {limit} fit here.")
_NOT_A_NUMBER = gettext_noop("“{value}” is not a number.")
_NOT_WHOLE = gettext_noop("“{value}” is not a whole number.")
_TOO_SMALL = gettext_noop("{value} is less than {limit}, the least that is possible here.")
_TOO_LARGE = gettext_noop("{value} is more than {limit}, the most that is possible here.")
_NOT_A_DATE = gettext_noop("“{value}” is not a date. Write it like 2024-03-25 or 2024年3月25日.")
_NOT_YES_NO = gettext_noop("“{value}” is neither yes nor no. Write 是 or 否.")
_NOT_A_CHOICE = gettext_noop("“{value}” is not known here. Possible: {choices}.")
_NOT_DIGITS = gettext_noop("“{value}” is not a code: it may have digits only.")
_ROUNDED = gettext_noop(
    "“{value}” has been rounded by the spreadsheet: a number of more than 15 digits must be kept as text. "
    "Format the column as "
    "text and enter it again."
)
_NOT_A_PHONE = gettext_noop("“{value}” is not a telephone number.")
_NOT_AN_ANGLE = gettext_noop(
    "“{value}” is not a longitude or latitude. Write degrees with decimals, like 106.340172."
)
_READ_AS = gettext_noop("“{value}” was read as {result}.")
_READ_AS_FIRST_DAY = gettext_noop("“{value}” gives no day; {result} was taken.")


class BadValue(ValueError):  # noqa: N818 - a cell's fault, not the program's
    """A cell that cannot be read; carries the sentence that says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Noted:
    """A value that took an interpretation, and the sentence that reports it."""

    value: Any
    message: Message


def fold(text: str) -> str:
    """Return ``text`` with full-width letters, digits and spaces made ordinary, and blanks trimmed."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def is_empty(value: Value) -> bool:
    """Tell whether a cell says nothing: empty, blank, or one of the usual dashes."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value or (len(value) <= 6 and fold(value).casefold() in _EMPTY_WORDS)
    return isinstance(value, float) and value != value  # NaN


def _shown(value: Value) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


# -- text ------------------------------------------------------------------------------------------


def text(limit: int = 200) -> Parser:
    """Return a parser of one-line text; numbers lose a ``.0`` that a spreadsheet added.

    Raises (the parser)
    -------------------
    BadValue
        If the text is longer: it is never cut in silence.
    """

    def parse(value: Value) -> str:
        result = " ".join(value.split()) if isinstance(value, str) else _shown(value)
        if len(result) > limit:
            raise BadValue(Message(_NOT_TEXT_LENGTH, {"length": len(result), "limit": limit}))
        return result

    return parse


def long_text(limit: int = 20_000) -> Parser:
    """Return a parser of text that keeps its line breaks."""

    def parse(value: Value) -> str:
        result = str(value).strip().replace("\r\n", "\n")
        if len(result) > limit:
            raise BadValue(Message(_NOT_TEXT_LENGTH, {"length": len(result), "limit": limit}))
        return result

    return parse


_FLOAT_DIGITS = 15


def identifier(limit: int = 80) -> Parser:
    """Return a parser of numbers used as names: ``640181001.0`` becomes ``640181001``, a rounded one is refused."""

    def parse(value: Value) -> str:
        if isinstance(value, str):
            result = fold(value).replace(" ", "") if value.isascii() else fold(value)
            if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", result):
                raise BadValue(Message(_ROUNDED, {"value": result}))
            if result.endswith(".0") and result[:-2].isdigit():
                result = result[:-2]
        elif isinstance(value, float):
            if not value.is_integer() or abs(value) >= 10**_FLOAT_DIGITS:
                raise BadValue(Message(_ROUNDED, {"value": value}))
            result = str(int(value))
        else:
            result = str(value)
        if len(result) > limit:
            raise BadValue(Message(_NOT_TEXT_LENGTH, {"length": len(result), "limit": limit}))
        return result

    return parse


def digits(limit: int = 20) -> Parser:
    """Return a parser of codes that have digits only (divisions, national place codes)."""
    base = identifier(limit)

    def parse(value: Value) -> str:
        result: str = base(value)
        if not (result.isascii() and result.isdigit()):
            raise BadValue(Message(_NOT_DIGITS, {"value": _shown(value)}))
        return result

    return parse


def code_list(separators: str = ";；,，、|") -> Parser:
    """Return a parser of several short words in one cell, kept in order without repetitions."""
    pattern = re.compile("[" + re.escape(separators) + r"\n]+")

    def parse(value: Value) -> tuple[str, ...]:
        words = (fold(word) for word in pattern.split(value if isinstance(value, str) else _shown(value)))
        return tuple(dict.fromkeys(word for word in words if word))

    return parse


# -- numbers ---------------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"[约近]?([+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]?\.\d+)\s*(万|千|亿)?\s*([^\d\s]\S*)?"
)
_TIMES = {"万": 10_000, "千": 1_000, "亿": 100_000_000}


def _to_number(value: Value, units: frozenset[str]) -> tuple[float, bool]:
    """Return the number in a cell, and whether it took an interpretation (unit, 万, 约)."""
    if isinstance(value, bool | dt.date):
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    if isinstance(value, int | float):
        number = float(value)
        if number - number != 0:
            raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
        return number, False
    folded = fold(str(value))
    try:
        plain = float(folded)
    except ValueError:
        pass
    else:
        if plain - plain == 0 and "_" not in folded:
            return plain, False
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    match = _NUMBER.fullmatch(folded)
    if match is None or (match[3] and match[3].casefold() not in units):
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    number = round(float(match[1].replace(",", "")) * _TIMES.get(match[2] or "", 1), 6)
    return number, bool(match[2] or match[3] or folded[0] in "约近")


def _within(number: float, least: float | None, most: float | None, shown: str) -> None:
    if least is not None and number < least:
        raise BadValue(Message(_TOO_SMALL, {"value": shown, "limit": f"{least:g}"}))
    if most is not None and number > most:
        raise BadValue(Message(_TOO_LARGE, {"value": shown, "limit": f"{most:g}"}))


def _units(units: Iterable[str]) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFKC", unit).casefold() for unit in units)


def number(*, least: float | None = None, most: float | None = None, units: Iterable[str] = ()) -> Parser:
    """Return a parser of numbers, also like ``约200㎡`` (its unit among ``units``), ``1.2万`` or ``１，２００``."""
    allowed = _units(units)

    def parse(value: Value) -> float | Noted:
        result, interpreted = _to_number(value, allowed)
        _within(result, least, most, _shown(value))
        return (
            Noted(result, Message(_READ_AS, {"value": _shown(value), "result": f"{result:g}"}))
            if interpreted
            else result
        )

    return parse


def integer(*, least: int | None = 0, most: int | None = 2_147_483_647, units: Iterable[str] = ()) -> Parser:
    """Return a parser of whole numbers, also like ``30张``, ``２０``, ``12.0`` or ``1.2万``."""
    allowed = _units(units)

    def parse(value: Value) -> int | Noted:
        if type(value) is int:
            _within(value, least, most, str(value))
            return value
        result, interpreted = _to_number(value, allowed)
        if not result.is_integer():
            raise BadValue(Message(_NOT_WHOLE, {"value": _shown(value)}))
        _within(result, least, most, _shown(value))
        whole = int(result)
        return (
            Noted(whole, Message(_READ_AS, {"value": _shown(value), "result": whole}))
            if interpreted
            else whole
        )

    return parse


_DMS = re.compile(
    r"""([EWNS东西南北])?[经纬]?\s*([+-]?\d+(?:\.\d+)?)\s*[°度]\s*(?:(\d+(?:\.\d+)?)\s*['′’分]\s*)?(?:(\d+(?:\.\d+)?)\s*(?:["″”秒]|[′']{2})\s*)?([EWNS])?""",
    re.IGNORECASE,
)


def angle(value: Value) -> float | Noted:
    """Return degrees: a plain number, or like ``106°20′24″E`` or ``东经106度20分24秒``.

    Also takes metres, since a table's two columns may hold either: only the converter knows.

    Raises
    ------
    BadValue
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    folded = fold(str(value))
    match = _DMS.fullmatch(folded)
    if match is not None:
        minutes, seconds = float(match[3] or 0), float(match[4] or 0)
        degrees = float(match[2])
        size = abs(degrees) + minutes / 60 + seconds / 3600
        west_or_south = {(match[1] or "").upper(), (match[5] or "").upper()} & {"W", "S", "西", "南"}
        result = -size if degrees < 0 or west_or_south else size
        return Noted(result, Message(_READ_AS, {"value": folded, "result": f"{result:.6f}"}))
    try:
        return _to_number(folded, frozenset({"°", "度"}))[0]
    except BadValue as error:
        raise BadValue(Message(_NOT_AN_ANGLE, {"value": _shown(value)})) from error


# -- dates -----------------------------------------------------------------------------------------

_YMD = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_YM = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_Y = re.compile(r"((?:18|19|20|21)\d{2})\s*年?")
_COMPACT = re.compile(r"((?:18|19|20|21)\d{2})(\d{2})(\d{2})")
# Day 0 of spreadsheets; serials outside this range (1927 to 2119) are no dates that an office writes.
_SERIAL_ZERO = dt.date(1899, 12, 30)
_SERIALS = range(10_000, 80_000)


def date(value: Value) -> dt.date | Noted:
    """Return a date from a date cell, a text in any usual form, or a spreadsheet's serial number.

    Raises
    ------
    BadValue
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, bool):
        raise BadValue(Message(_NOT_A_DATE, {"value": _shown(value)}))
    return _date_of(_shown(value) if isinstance(value, float) else str(value))


@lru_cache(maxsize=4096)
def _date_of(raw: str) -> dt.date | Noted:
    folded = fold(raw)
    try:
        if (match := _YMD.fullmatch(folded)) or (match := _COMPACT.fullmatch(folded)):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        if match := _YM.fullmatch(folded):
            first = dt.date(int(match[1]), int(match[2]), 1)
            return Noted(first, Message(_READ_AS_FIRST_DAY, {"value": folded, "result": first.isoformat()}))
        if match := _Y.fullmatch(folded):
            first = dt.date(int(match[1]), 1, 1)
            return Noted(first, Message(_READ_AS_FIRST_DAY, {"value": folded, "result": first.isoformat()}))
    except ValueError:
        raise BadValue(Message(_NOT_A_DATE, {"value": folded})) from None
    try:
        serial = int(float(folded))
    except (ValueError, OverflowError):
        serial = 0
    if serial in _SERIALS:
        day = _SERIAL_ZERO + dt.timedelta(days=serial)
        return Noted(day, Message(_READ_AS, {"value": folded, "result": day.isoformat()}))
    raise BadValue(Message(_NOT_A_DATE, {"value": folded}))


# -- words with a meaning --------------------------------------------------------------------------

_YES = frozenset(
    {"是", "有", "对", "y", "yes", "true", "t", "1", "1.0", "√", "✓", "允许", "可", "公开", "已确认"}
)
_NO = frozenset(
    {"否", "无", "不", "n", "no", "false", "f", "0", "0.0", "×", "x", "✗", "禁止", "不可", "不公开", "未确认"}
)


def boolean(value: Value) -> bool:
    """Return yes or no from 是/否, 有/无, √/×, true/false, 1/0.

    Raises
    ------
    BadValue
    """
    if isinstance(value, bool):
        return value
    word = fold(_shown(value)).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue(Message(_NOT_YES_NO, {"value": _shown(value)}))


def choice(words: Mapping[str, Iterable[str]]) -> Parser:
    """Return a parser of one word out of several.

    Parameters
    ----------
    words : mapping of str to iterable of str
        Value → what files call it; the first word is what is shown to people. The value itself is always
        understood.
    """
    known: dict[str, str] = {}
    for result, names in words.items():
        for name in (result, *names):
            known[fold(name).casefold()] = result
    shown = "、".join(next(iter(names), result) for result, names in words.items())
    exact: dict[Value, str] = {}

    def parse(value: Value) -> str:
        found = exact.get(value) if isinstance(value, str) else None
        if found is None:
            found = known.get(fold(_shown(value)).casefold())
            if found is None:
                raise BadValue(Message(_NOT_A_CHOICE, {"value": _shown(value), "choices": shown}))
            if isinstance(value, str) and len(exact) < 1000:
                exact[value] = found
        return found

    return parse


# -- telephones ------------------------------------------------------------------------------------

_PHONE = re.compile(r"[+\d][\d\-() ]{2,}(?:(?:转|ext\.?|x|#)\s*\d+)?", re.IGNORECASE)


def phone(value: Value) -> str | Noted:
    """Return telephone numbers as text, several joined by “; ”; one mangled to a float is mended and reported.

    Raises
    ------
    BadValue
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not value.is_integer():
            raise BadValue(Message(_NOT_A_PHONE, {"value": _shown(value)}))
        result = str(int(value))
        if not 3 <= len(result) <= 15:
            raise BadValue(Message(_NOT_A_PHONE, {"value": result}))
        return (
            result
            if isinstance(value, int)
            else Noted(result, Message(_READ_AS, {"value": value, "result": result}))
        )
    folded = fold(str(value)).replace("—", "-").replace("–", "-").replace("－", "-")
    if re.fullmatch(r"\d+\.0|\d(?:\.\d+)?[eE]\+?\d+", folded):
        return phone(float(folded))
    parts = [part.strip() for part in re.split(r"[;,、/\n]+", folded) if part.strip()]
    if not parts or not all(_PHONE.fullmatch(part) for part in parts):
        raise BadValue(Message(_NOT_A_PHONE, {"value": _shown(value)}))
    return "; ".join(parts)
