"""Normal forms: how a text is kept, and how two texts are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Names are these characters and nothing else, nearly always, and every normal form leaves them as they are.
_UNIFIED = re.compile(r"[\u4e00-\u9fff]+")
_HAN_RANGES = (
    (0x3007, 0x3007),  # 〇, written in numbers
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


@cache
def is_han(character: str) -> bool:
    """Say whether one character is a Chinese character, in or outside the Basic Multilingual Plane.

    Parameters
    ----------
    character : str
        One code point.

    Returns
    -------
    bool
        ``True`` for CJK ideographs of any extension and for 〇.
    """
    point = ord(character)
    return any(first <= point <= last for first, last in _HAN_RANGES)


def is_plain(text: str) -> bool:
    """Say whether a text is nothing but the usual Chinese characters, as most names are: then it is its own normal form."""
    return _UNIFIED.fullmatch(text) is not None


def normal_form(text: str) -> str:
    """Return the text as it is kept: NFKC, no invisible characters, no space at the ends or doubled.

    Full-width letters and digits become plain ones, compatibility ideographs the ones they stand for; variation
    selectors and other format characters, control characters and lone surrogates go.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The normal form; applying it twice changes nothing more.
    """
    if _UNIFIED.fullmatch(text):
        return text
    kept = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFKC", text)
        if character.isspace() or not _is_invisible(character)
    )
    # Taking a selector out can bring two characters together that compose.
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def _is_invisible(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Cf", "Cc", "Cs"}
        or 0xFE00 <= ord(character) <= 0xFE0F
        or (0xE0100 <= ord(character) <= 0xE01EF)
    )


def match_form(text: str) -> str:
    """Return what is compared when two names are asked to be the same: letters and digits only, case folded.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The normal form without spaces, punctuation and symbols, case folded. Marks on letters stay.
    """
    if _UNIFIED.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKC", normal_form(text).casefold())
    letters = "".join(character for character in folded if unicodedata.category(character)[0] in "LNM")
    return unicodedata.normalize("NFKC", letters)
