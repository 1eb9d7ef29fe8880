"""Letters of Hanyu Pinyin: tones on and off."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_TONES = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
_MARKS = {tone: mark for mark, tone in _TONES.items()}
_NUMBERED = re.compile(r"([a-zü]+?)([0-5])(?![0-9])")
_UMLAUT = re.compile(r"u:|v")
# What spellings are written with, each letter with its tone as one character: these can be looked up one by one.
_LETTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '-"
    "āáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜêńňǹĀÁǍÀĒÉĚÈĪÍǏÌŌÓǑÒŪÚǓÙÜǕǗǙǛÊŃŇǸ"
)
_WRITTEN = re.compile(f"[{re.escape(_LETTERS)}]+")


@lru_cache(maxsize=8_192)
def strip_tones(text: str) -> str:
    """Return ``text`` without tone marks; ü stays ü.

    Parameters
    ----------
    text : str
        Pinyin with or without tone marks, any case.

    Returns
    -------
    str
        ``Xī'ān Lù`` becomes ``Xi'an Lu``, ``Lǜ`` becomes ``Lü``.
    """
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(letter for letter in decomposed if letter not in _TONES))


def with_tone(letters: str, tone: int) -> str:
    """Put a tone mark on one syllable where the scheme wants it.

    Parameters
    ----------
    letters : str
        The syllable in lower case without a tone; ü as ü.
    tone : int
        1 to 4; any other number leaves the syllable as it is.

    Returns
    -------
    str
        ``with_tone("lü", 4)`` is ``lǜ``. The mark stands on a, else on e, else on the o of ou, else on the last vowel.
    """
    if tone not in _MARKS:
        return letters
    place = next((letters.index(vowel) for vowel in ("a", "e", "ou") if vowel in letters), -1)
    if place < 0:
        place = max((letters.rfind(vowel) for vowel in "iouü"), default=-1)
    if place < 0:
        return letters
    return unicodedata.normalize("NFC", letters[: place + 1] + _MARKS[tone] + letters[place + 1 :])


def marks_from_numbers(text: str) -> str:
    """Return Pinyin with tones written as numbers (``xing1ye4``, ``lv4``) with marks instead.

    Parameters
    ----------
    text : str
        Lower-case letters, a number from 0 to 5 after each syllable that has a tone; ``v`` or ``u:`` for ü.

    Returns
    -------
    str
        ``xīngyè``, ``lǜ``. Numbers that follow no letters stay.
    """
    return _NUMBERED.sub(lambda found: with_tone(found[1], int(found[2])), _UMLAUT.sub("ü", text))


def plain_letters(text: str) -> str:
    """Return the key of a spelling without tones: a to z and digits only, ü as v, as keyboards have it.

    Parameters
    ----------
    text : str
        Pinyin in any case, with or without tones and apostrophes.

    Returns
    -------
    str
        ``Xī'ān 2 Lù`` becomes ``xian2lu``; ``Lǜ`` becomes ``lv``.
    """
    if _WRITTEN.fullmatch(text):
        return text.translate(_plain_table())
    return _plain_letters(text)


def _plain_letters(text: str) -> str:
    lowered = strip_tones(text.casefold()).replace("ü", "v")
    ascii_letters = unicodedata.normalize("NFD", lowered)
    return "".join(letter for letter in ascii_letters if letter.isascii() and letter.isalnum())


def toned_letters(text: str) -> str:
    """Return the key of a spelling with its tones: letters and digits only, lower case, marks kept.

    Parameters
    ----------
    text : str
        Pinyin with tone marks.

    Returns
    -------
    str
        ``Xī'ān 2 Lù`` becomes ``xīān2lù``.
    """
    if _WRITTEN.fullmatch(text):
        return text.translate(_toned_table())
    return _toned_letters(text)


def _toned_letters(text: str) -> str:
    composed = unicodedata.normalize("NFC", text.casefold())
    return "".join(letter for letter in composed if letter.isalnum())


@cache
def _plain_table() -> dict[int, str]:
    return {ord(letter): _plain_letters(letter) for letter in _LETTERS}


@cache
def _toned_table() -> dict[int, str]:
    return {ord(letter): _toned_letters(letter) for letter in _LETTERS}


def has_tones(text: str) -> bool:
    """Say whether a text carries tone marks, or numbers in the place of tones."""
    lowered = text.casefold()
    return any(mark in _TONES for mark in unicodedata.normalize("NFD", lowered)) or bool(
        _NUMBERED.search(lowered)
    )
