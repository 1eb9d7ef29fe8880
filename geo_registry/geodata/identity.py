"""Numbers that identify: an organisation's may be kept, a person's may not even come in.

The unified social credit code is checked as GB 32100-2015 says; the citizen's number as GB 11643-1999 says.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from .errors import GeodataError, Message, gettext_noop
from .readers.base import Row, Value
from .values import BadValue, fold

_NOT_A_CREDIT_CODE = gettext_noop(
    "“{value}” is not a unified social credit code: that has 18 digits and capital letters without I, O, S, "
    "V and Z."
)
_WRONG_CHECK_DIGIT = gettext_noop(
    "The check digit of the code “{value}” is wrong: it should end in {expected}."
)
_CITIZEN_NUMBERS = gettext_noop(
    "The column “{column}” holds citizens' identity numbers (row {row} is one). Such a file is not taken in. "
    "Remove the column and "
    "try again."
)
_CITIZEN_COLUMN = gettext_noop(
    "The column “{column}” is one for citizens' identity numbers, and is filled. Such a file is not taken "
    "in. Remove the column and try "
    "again."
)
_MOBILES = gettext_noop(
    "The column “{column}” holds personal mobile numbers (row {row} is one). Such a file is not taken in. "
    "Remove the column and try again."
)


class PersonalData(GeodataError):  # noqa: N818 - what is in the file, not what went wrong
    """The file holds what identifies persons. It is refused as a whole."""


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_RANK = {character: rank for rank, character in enumerate(_ALPHABET)}


def credit_code_check_digit(body: str) -> str:
    """Return the last character that belongs to the first 17 of a unified social credit code (GB 32100-2015).

    Parameters
    ----------
    body : str
        17 characters of ``0-9`` and capital letters without I, O, S, V, Z.

    Returns
    -------
    str
        One character. Weights are the powers of 3 modulo 31.
    """
    total = sum(_RANK[character] * pow(3, place, 31) for place, character in enumerate(body))
    return _ALPHABET[(31 - total % 31) % 31]


def credit_code(value: Value) -> str:
    """Return a unified social credit code, checked by its last character.

    Raises
    ------
    BadValue
    """
    code = fold(str(value)).replace(" ", "").upper()
    if len(code) != 18 or any(character not in _RANK for character in code):
        raise BadValue(Message(_NOT_A_CREDIT_CODE, {"value": str(value)[:40]}))
    expected = credit_code_check_digit(code[:17])
    if code[17] != expected:
        raise BadValue(Message(_WRONG_CHECK_DIGIT, {"value": code, "expected": expected}))
    return code


_CITIZEN = re.compile(
    r"(?<!\d)[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOBILE = re.compile(r"(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})")
_PERSONAL_HEADERS = re.compile(r"身份证|公民身份|证件号|id\s*card|identity\s*(card|number)", re.IGNORECASE)
# No number that is looked for is shorter.
_SHORTEST = 11
# So many mobile numbers, and so large a share of the cells filled, make a column one of personal numbers.
_MOBILES_AT_LEAST = 3
_MOBILES_SHARE = 0.5


def is_citizen_number(text: str) -> bool:
    """Tell whether 18 characters are a citizen's number: the date exists, the check digit is right."""
    try:
        dt.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _CITIZEN_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def holds_citizen_number(value: Value) -> bool:
    """Tell whether a cell is or contains a citizen's number."""
    if isinstance(value, float):
        return False  # 18 digits do not survive in a float
    text = value if isinstance(value, str) else str(value)
    if len(text) < 18:
        return False
    return any(is_citizen_number(match[0]) for match in _CITIZEN.finditer(fold(text)))


def is_mobile(value: Value) -> bool:
    """Tell whether a cell is one mobile number of the mainland."""
    if value is None or isinstance(value, bool | dt.date):
        return False
    if isinstance(value, str):
        return 11 <= len(value) <= 20 and _MOBILE.fullmatch(fold(value)) is not None
    return float(value).is_integer() and 13_000_000_000 <= value < 20_000_000_000


class Guard:
    """Watches the cells of a whole file go by, and stops it when a column identifies persons.

    Parameters
    ----------
    columns : iterable of str
        Headers of the file.
    may_hold_phones : iterable of str
        Headers of columns where an office's telephone, even a mobile, belongs, or whose numbers only look
        like one.
    file : str
        Name of the file, for the message.
    """

    def __init__(
        self, columns: Iterable[str], *, may_hold_phones: Iterable[str] = (), file: str = ""
    ) -> None:
        self.file = file
        self._may_hold_phones = frozenset(may_hold_phones)
        self._personal_headers = frozenset(column for column in columns if _PERSONAL_HEADERS.search(column))
        self._filled: dict[str, int] = {}
        self._mobiles: dict[str, tuple[int, int]] = {}

    def look_at(self, rows: Iterable[Row]) -> None:
        """Look at some more rows.

        Raises
        ------
        PersonalData
            At the first citizen's number.
        """
        filled = self._filled
        for row in rows:
            for column, value in row.values.items():
                if value is None or value == "":
                    continue
                filled[column] = filled.get(column, 0) + 1
                if isinstance(value, str):
                    if len(value) < _SHORTEST:
                        continue
                elif isinstance(value, dt.date) or not 10 ** (_SHORTEST - 1) <= value < 1e18:
                    continue
                self._look_closer(row.number, column, value)
        for column in self._personal_headers:
            if filled.get(column):
                raise self._refusal(_CITIZEN_COLUMN, column, None)

    def _look_closer(self, number: int, column: str, value: Value) -> None:
        if holds_citizen_number(value):
            raise self._refusal(_CITIZEN_NUMBERS, column, number)
        if column not in self._may_hold_phones and is_mobile(value):
            count, first = self._mobiles.get(column, (0, number))
            self._mobiles[column] = (count + 1, first)

    def finish(self) -> None:
        """Judge the columns once all rows have gone by.

        Raises
        ------
        PersonalData
            If most cells of a column are mobile numbers.
        """
        for column, (count, first) in self._mobiles.items():
            if count >= _MOBILES_AT_LEAST and count > _MOBILES_SHARE * self._filled[column]:
                raise self._refusal(_MOBILES, column, first)

    def _refusal(self, template: str, column: str, row: int | None) -> PersonalData:
        params: Mapping[str, object] = {"column": column, "row": row}
        return PersonalData(Message(template, params), file=self.file, row=row, column=column)
