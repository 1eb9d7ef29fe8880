"""Chinese numerals as they stand in names: 十二 is 12, 三八 is no number but two figures."""

from __future__ import annotations

import re

_FIGURES = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CARDINAL = re.compile(
    r"(?:(?P<thousands>[一二三四五六七八九])千)?"
    r"(?:零?(?P<hundreds>[一二三四五六七八九])百)?"
    r"(?:零?(?P<tens>[一二三四五六七八九])?(?P<ten>十))?"
    r"(?:零?(?P<ones>[一二三四五六七八九]))?"
)
_RUN = re.compile(r"[〇零一二三四五六七八九十百千]+")


def cardinal(text: str) -> int | None:
    """Return the number that a Chinese numeral says, if it is a whole number below ten thousand written out properly.

    Parameters
    ----------
    text : str
        Numerals only, such as ``十二`` or ``一百零一``.

    Returns
    -------
    int or None
        12, 101. ``None`` for figures put side by side (``三八``, ``九一八``), for 百 or 千 without a figure, for nothing.
    """
    found = _CARDINAL.fullmatch(text)
    if not text or found is None:
        return None
    tens = (_FIGURES[found["tens"]] if found["tens"] else 1) * 10 if found["ten"] else 0
    return (
        1000 * _FIGURES.get(found["thousands"] or "", 0)
        + 100 * _FIGURES.get(found["hundreds"] or "", 0)
        + tens
        + _FIGURES.get(found["ones"] or "", 0)
    ) or None


def trailing_numeral(text: str) -> str:
    """Return the run of Chinese numerals that ``text`` ends with, or nothing."""
    start = len(text)
    while start and _RUN.fullmatch(text[start - 1]):
        start -= 1
    return text[start:]


def in_figures(text: str) -> str:
    """Return ``text`` with every Chinese numeral that is a number in Arabic figures.

    Parameters
    ----------
    text : str
        A name, such as ``十二巷``.

    Returns
    -------
    str
        ``12巷``; ``三八路`` stays.
    """

    def figures(found: re.Match[str]) -> str:
        number = cardinal(found[0])
        return found[0] if number is None else str(number)

    return _RUN.sub(figures, text)
