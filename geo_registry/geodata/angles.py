"""Longitudes and latitudes as people write them: 106.34, “106°20′24″E”, 106-20-24, 东经106度20分24秒, 106 20 24.

Whoever typed them had a keyboard without the signs for degrees, minutes and seconds, so that anything that looks like one is one.
Minutes and seconds from 60 on, or decimals before a smaller unit, are nobody's angle and are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import Message, gettext_noop
from .readers.base import Value
from .values import BadValue, Noted, fold, plain_number

_NOT_AN_ANGLE = gettext_noop(
    "“{value}” is not a longitude or latitude. Write degrees with decimals, like 106.340172."
)
_NO_SIXTIETHS = gettext_noop(
    "“{value}” is no angle: minutes and seconds go up to 60, and only the last number may have decimals."
)
_READ_AS = gettext_noop("“{value}” was read as {result}.")
_SHOWN_CHARS = 60
# What is longer is no angle: no expression has to try each of its blanks.
_MOST_CHARACTERS = 100
_SIXTY = 60.0

# Whatever looks like the sign, before Unicode's compatibility forms make letters and blanks of some of them.
_SIGNS = str.maketrans(
    dict.fromkeys("º˚ᵒ゜〬度", "°")
    | dict.fromkeys("′’‘ʹ´`ˊ＇分", "'")
    | dict.fromkeys("″“”ʺ〞〃ˮ˝＂秒", '"')
    | dict.fromkeys("‐‑‒–—−－", "-")
)
_TWO_MINUTES = re.compile(r"'\s?'")

# 度 is the sign of degrees by now, in 经度 as well.
_WORD = r"东经|西经|北纬|南纬|经°|纬°|LONGITUDE|LATITUDE|LON|LNG|LAT|[EWNS东西南北]"
_PLAIN = r"\d+(?:\.\d+)?"
_SIGNED = rf"{_PLAIN}\s*°(?:\s*{_PLAIN}(?:\s*'|(?![\d.°]))(?:\s*{_PLAIN}(?:\s*\"|(?![\d.°'])))?)?"
# Without signs only where nothing else can be meant: three numbers, with the same between them.
_BARE = r"\d{1,3}(?P<between>\s*[-:]\s*|\s+|\.)\d{1,2}(?P=between)\d{1,2}(?:\.\d+)?"
_ANGLE = re.compile(
    rf"(?:(?P<before>{_WORD})\s*[:=]?\s*)?(?P<sign>[+-])?(?P<body>{_SIGNED}|{_BARE})"
    # A letter in front of another number belongs to that one.
    rf"(?:\s*\(?(?P<after>[EWNS东西南北])\)?(?!\s*[:=]?\s*[A-Z\d经纬]))?",
    re.IGNORECASE,
)
_WITH_LETTER = re.compile(
    rf"(?:(?P<before>{_WORD})\s*[:=]?\s*)?(?P<number>[+-]?{_PLAIN})\s*°?\s*\(?(?P<after>[EWNS东西南北])?\)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(_PLAIN)


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle as it was written.

    Parameters
    ----------
    degrees : float
        Negative in the west and south.
    direction : str
        ``E`` or ``N`` where letters or words say along which axis it counts, else empty.
    """

    degrees: float
    direction: str


def folded(text: str) -> str:
    """Return a text of angles with ordinary figures, and with one sign each for degrees, minutes and seconds."""
    plain = fold(text.translate(_SIGNS)).translate(_SIGNS)
    return _TWO_MINUTES.sub('"', plain)


def angles_in(text: str) -> tuple[list[Angle], str]:
    """Return the angles with minutes in a folded text, and what stands between and around them.

    Raises
    ------
    BadValue
        If one has sixty minutes or more.
    """
    return [_read(match) for match in _ANGLE.finditer(text)], _ANGLE.sub(" ", text).strip()


def angle(value: Value) -> float | Noted:
    """Return degrees: a plain number, or like ``106°20′24″E``, ``106-20-24`` or ``东经106度20分24秒``.

    Also takes metres, since a table's two columns may hold either: only the converter knows.

    Raises
    ------
    BadValue
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = " ".join(folded(str(value)).split())
    if len(text) > _MOST_CHARACTERS:
        raise BadValue(Message(_NOT_AN_ANGLE, {"value": _shown(value)}))
    match = _ANGLE.fullmatch(text)
    read = _read(match) if match is not None else _with_letter(text)
    if read is not None:
        params = {"value": _shown(value), "result": f"{read.degrees:.8f}".rstrip("0").rstrip(".")}
        return Noted(read.degrees, Message(_READ_AS, params))
    try:
        return plain_number(text)
    except BadValue as error:
        raise BadValue(Message(_NOT_AN_ANGLE, {"value": _shown(value)})) from error


def _shown(value: Value) -> str:
    text = str(value).strip()
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def _with_letter(text: str) -> Angle | None:
    """Return a decimal number with a direction: 106.34E, 东经106.34."""
    match = _WITH_LETTER.fullmatch(text)
    if match is None or not (match["before"] or match["after"]):
        return None
    return _directed(float(match["number"]), match["before"], match["after"])


def _read(match: re.Match[str]) -> Angle:
    body = match["body"]
    # The points of 106.20.24 are no decimal points, but for one after the seconds.
    numbers = _NUMBER.findall(" ".join(body.split(".", 2)) if match["between"] == "." else body)
    minutes, seconds = (float(numbers[at]) if len(numbers) > at else 0.0 for at in (1, 2))
    # 60 seconds are what 59.99 are rounded to.
    if minutes >= _SIXTY or seconds > _SIXTY or any("." in number for number in numbers[:-1]):
        raise BadValue(Message(_NO_SIXTIETHS, {"value": _shown(match[0])}))
    size = float(numbers[0]) + minutes / _SIXTY + seconds / _SIXTY**2
    return _directed(-size if match["sign"] == "-" else size, match["before"], match["after"])


def _directed(degrees: float, before: str | None, after: str | None) -> Angle:
    letters = {_letter(word) for word in (before, after) if word}
    axes = {"E" if letter in "EW" else "N" for letter in letters}
    return Angle(-abs(degrees) if letters & set("WS") else degrees, axes.pop() if len(axes) == 1 else "")


def _letter(word: str) -> str:
    """Return E, W, N or S for a word or letter that says where an angle counts."""
    if word.upper().startswith(("LON", "LNG")):
        return "E"
    return {"东": "E", "经": "E", "西": "W", "北": "N", "纬": "N", "L": "N", "南": "S"}.get(
        word[0].upper(), word[0].upper()
    )
