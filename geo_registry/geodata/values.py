"""What people write in cells, read as they mean it.

A parser takes one cell that is not empty and returns the value, or `Noted` where reading it took an
interpretation that the
user should see, or raises `BadValue` with a sentence. Parsers are plain functions; those with options are
made by one.
"""

from __future__ import annotations

import calendar
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

# What people write where there is nothing to write; no number, no day, and a word of its own in a column of words.
_NOTHING_WORDS = frozenset({"无", "没有", "暂无", "不详", "未知", "待定", "未统计", "不清楚"})
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


# What stands in a cell whose formula failed, in every spreadsheet program.
_ERRORS = frozenset({"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})


def is_failed_formula(value: Value) -> bool:
    """Tell whether a cell holds what a spreadsheet shows for a formula that failed: ``#REF!``, ``#DIV/0!``."""
    return isinstance(value, str) and value.startswith("#") and value.strip().upper() in _ERRORS


def says_nothing(value: Value) -> bool:
    """Tell whether a cell says in words that there is nothing to say: 无, 不详."""
    return isinstance(value, str) and fold(value) in _NOTHING_WORDS


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

# Cautious words around a number (约30张左右) are told to the user and not kept.
_NUMBER = re.compile(
    r"(?:大约|大概|约|近|共计|共|≈|~)?\s*([+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?|[+-]?\.\d+|[零〇一二两三四五六七八九十百千]+)"
    r"\s*(万|千|亿|百)?\s*[余多]?\s*([^\d\s]\S*?)?\s*(?:左右|上下|以上)?"
)
# What is longer is no number, whatever it holds: nobody waits for an expression to try each of its blanks.
_MOST_CHARACTERS = 100
_TIMES = {"万": 10_000, "千": 1_000, "亿": 100_000_000, "百": 100}
Units = Iterable[str] | Mapping[str, float]

# What a unit is in square metres and in metres; the first of each is the registry's own.
AREA_UNITS = {
    "㎡": 1.0, "平方米": 1.0, "平米": 1.0, "平": 1.0, "m2": 1.0, "m²": 1.0, "亩": 10_000 / 15, "公顷": 10_000.0,
    "ha": 10_000.0, "平方公里": 1_000_000.0, "平方千米": 1_000_000.0, "km2": 1_000_000.0,
}  # fmt: skip
LENGTH_UNITS = {
    "m": 1.0, "米": 1.0, "公里": 1_000.0, "千米": 1_000.0, "km": 1_000.0, "里": 500.0, "华里": 500.0, "厘米": 0.01, "cm": 0.01,
}  # fmt: skip


def _to_number(value: Value, units: Mapping[str, float]) -> tuple[float, bool]:
    """Return the number in a cell, and whether it took an interpretation (unit, 万, 约)."""
    if isinstance(value, bool | dt.date):
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    if isinstance(value, int | float):
        number = float(value)
        if number - number != 0:
            raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
        return number, False
    folded = " ".join(fold(str(value)).split())
    if len(folded) > _MOST_CHARACTERS:
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    try:
        plain = float(folded)
    except ValueError:
        pass
    else:
        if plain - plain == 0 and "_" not in folded:
            return plain, folded != str(value).strip()
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    match = _NUMBER.fullmatch(folded)
    factor = units.get((match[3] or "").casefold()) if match is not None else None
    digits = _digits_of(match[1]) if match is not None and factor is not None else None
    if match is None or factor is None or digits is None:
        raise BadValue(Message(_NOT_A_NUMBER, {"value": _shown(value)}))
    return round(digits * _TIMES.get(match[2] or "", 1) * factor, 6), True


_CHINESE_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_TENS = {"十": 10, "百": 100, "千": 1_000}


def _digits_of(written: str) -> float | None:
    if written[-1].isdecimal():
        return float(written.replace(",", ""))
    number = chinese_number(written)
    return None if number is None else float(number)


def chinese_number(written: str) -> int | None:
    """Return what 三十五 or 一百零二 means, below ten thousand; None for anything that is not written so."""
    total, digit = 0, None
    last = 10_000
    for character in written:
        if character in _CHINESE_TENS:
            tens = _CHINESE_TENS[character]
            if tens >= last or (digit is None and character != "十"):
                return None
            total, digit, last = total + (1 if digit is None else digit) * tens, None, tens
        elif character in _CHINESE_DIGITS and not digit:
            digit = _CHINESE_DIGITS[character]
        else:
            return None
    return total + (digit or 0)


def _within(number: float, least: float | None, most: float | None, shown: str) -> None:
    if least is not None and number < least:
        raise BadValue(Message(_TOO_SMALL, {"value": shown, "limit": f"{least:g}"}))
    if most is not None and number > most:
        raise BadValue(Message(_TOO_LARGE, {"value": shown, "limit": f"{most:g}"}))


def _units(units: Units) -> dict[str, float]:
    factors = units if isinstance(units, Mapping) else dict.fromkeys(units, 1.0)
    return {"": 1.0} | {
        unicodedata.normalize("NFKC", unit).casefold(): factor for unit, factor in factors.items()
    }


def number(*, least: float | None = None, most: float | None = None, units: Units = ()) -> Parser:
    """Return a parser of numbers, also like ``约200㎡`` (its unit among ``units``), ``1.2万``, ``三十`` or ``１，２００``.

    Units may be a mapping to what they are in the column's own unit (`AREA_UNITS`, `LENGTH_UNITS`): ``3公里`` is 3000 m.
    """
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


def integer(*, least: int | None = 0, most: int | None = 2_147_483_647, units: Units = ()) -> Parser:
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


def plain_number(value: Value) -> float:
    """Return a number without a unit, or with the sign of degrees.

    Raises
    ------
    BadValue
    """
    return _to_number(value, {"": 1.0, "°": 1.0})[0]


# -- dates -----------------------------------------------------------------------------------------

_YMD = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?\s*"
    r"(?:[(（]?(?:星期|周)[一二三四五六日天][)）]?)?(?:[ T]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_YM = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_Y = re.compile(r"((?:18|19|20|21)\d{2})\s*年?")
# 2024年末, 2024年6月底: the day that figures of a year or month are of.
_AT_THE_END = re.compile(r"((?:19|20)\d{2})\s*年\s*(?:(\d{1,2})\s*月\s*)?(?:年?末|年?底|月末|月底)")
# 24年3月25日; 二〇二四年三月二十五日; 3/25/2024 where only one of the two can be the month.
_SHORT_YEAR = re.compile(r"['’]?(\d{2})\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日?)?")
_CHINESE = re.compile(
    r"([〇零一二三四五六七八九]{4})年(?:([一二三四五六七八九十]{1,3})月)?(?:([一二三四五六七八九十]{1,3})[日号])?"
)
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]((?:19|20)\d{2})")
_THIS_CENTURY_UP_TO = 50
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
        if match := _AT_THE_END.fullmatch(folded):
            year, month = int(match[1]), int(match[2] or 12)
            return _noted_date(folded, year, month, calendar.monthrange(year, month)[1])
        if match := _YM.fullmatch(folded):
            first = dt.date(int(match[1]), int(match[2]), 1)
            return Noted(first, Message(_READ_AS_FIRST_DAY, {"value": folded, "result": first.isoformat()}))
        if match := _Y.fullmatch(folded):
            first = dt.date(int(match[1]), 1, 1)
            return Noted(first, Message(_READ_AS_FIRST_DAY, {"value": folded, "result": first.isoformat()}))
        if (unusual := _unusual_date(folded)) is not None:
            return unusual
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


def _unusual_date(folded: str) -> Noted | None:
    """Return a date that is written so that a person should see how it was read.

    Raises
    ------
    ValueError
        If there is no such day.
    """
    if match := _SHORT_YEAR.fullmatch(folded):
        short = int(match[1])
        year = short + (2000 if short <= _THIS_CENTURY_UP_TO else 1900)
        return _noted_date(folded, year, int(match[2]), int(match[3]) if match[3] else None)
    if match := _CHINESE.fullmatch(folded):
        year = int("".join(str(_CHINESE_DIGITS[word]) for word in match[1]))
        month, day = (chinese_number(part) if part else None for part in (match[2], match[3]))
        return _noted_date(folded, year, month or 1, day if month else None)
    if match := _YEAR_LAST.fullmatch(folded):
        first, second, year = (int(part) for part in match.groups())
        if first != second and max(first, second) <= 12:
            raise ValueError(folded)  # 3/4/2024: nobody can tell
        month, day = (first, second) if first <= 12 else (second, first)
        return _noted_date(folded, year, month, day)
    return None


def _noted_date(written: str, year: int, month: int, day: int | None) -> Noted:
    found = dt.date(year, month, day or 1)
    template = _READ_AS if day else _READ_AS_FIRST_DAY
    return Noted(found, Message(template, {"value": written, "result": found.isoformat()}))


# -- words with a meaning --------------------------------------------------------------------------

_YES = frozenset(
    {"是", "有", "对", "y", "yes", "true", "t", "1", "1.0", "√", "✓", "允许", "可", "公开", "已确认"}
)
_NO = frozenset(
    {"否", "无", "不", "n", "no", "false", "f", "0", "0.0", "×", "x", "✗", "禁止", "不可", "不公开", "未确认"}
)


# Words that say yes and no themselves; of others the user is told how they were read.
_PLAIN_WORDS = frozenset(
    {"是", "否", "y", "yes", "true", "t", "1", "1.0", "n", "no", "false", "f", "0", "0.0"}
)
_READ_AS_YES = gettext_noop("“{value}” was read as yes.")
_READ_AS_NO = gettext_noop("“{value}” was read as no.")


def boolean(value: Value) -> bool | Noted:
    """Return yes or no from 是/否, 有/无, √/×, true/false, 1/0.

    Raises
    ------
    BadValue
    """
    if isinstance(value, bool):
        return value
    word = fold(_shown(value)).casefold()
    if word in _YES or word in _NO:
        template = _READ_AS_YES if word in _YES else _READ_AS_NO
        yes = word in _YES
        return yes if word in _PLAIN_WORDS else Noted(yes, Message(template, {"value": _shown(value)}))
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

# An area code (10, 2x or three digits of which the first is 3 to 9) and a number of seven or eight digits.
_AREA_WITHOUT_ZERO = re.compile(r"(?:10|2\d)[2-9]\d{7}|[3-9]\d{2}[2-9]\d{6,7}")
_NO_AREA = re.compile(r"[48]00\d{7}$")
_PHONE_ROUNDED = gettext_noop(
    "“{value}” is a telephone number of which the spreadsheet has lost digits. Format the column as text and enter it again."
)
_ZERO_PUT_BACK = gettext_noop("“{value}” has lost the 0 of its area code; it was read as {result}.")


def phone(value: Value) -> str | Noted:
    """Return telephone numbers as text, several joined by “; ”; one mangled to a float is mended and reported.

    Raises
    ------
    BadValue
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not value.is_integer():
            raise BadValue(Message(_NOT_A_PHONE, {"value": _shown(value)}))
        return _number_as_phone(int(value), value)
    folded = fold(str(value)).replace("—", "-").replace("–", "-").replace("－", "-")
    if mangled := re.fullmatch(r"(\d)(?:\.(\d+))?[eE]\+?(\d+)", folded):
        if len(mangled[2] or "") < int(mangled[3]):
            raise BadValue(Message(_PHONE_ROUNDED, {"value": folded}))
        return _number_as_phone(int(float(folded)), folded)
    if re.fullmatch(r"\d+\.0", folded):
        return _number_as_phone(int(float(folded)), folded)
    parts = [part.strip() for part in re.split(r"[;,、/\n]+", folded) if part.strip()]
    if not parts or not all(_PHONE.fullmatch(part) for part in parts):
        raise BadValue(Message(_NOT_A_PHONE, {"value": _shown(value)}))
    return "; ".join(parts)


def _number_as_phone(digits: int, value: Value) -> str | Noted:
    """Return a telephone number that a spreadsheet took for a number, with the 0 of its area code put back."""
    result = str(digits)
    if not 3 <= len(result) <= 15:
        raise BadValue(Message(_NOT_A_PHONE, {"value": result}))
    if _AREA_WITHOUT_ZERO.fullmatch(result) and not _NO_AREA.match(result):
        result = f"0{result}"
        return Noted(result, Message(_ZERO_PUT_BACK, {"value": _shown(value), "result": result}))
    if isinstance(value, int):
        return result
    return Noted(result, Message(_READ_AS, {"value": value, "result": result}))
