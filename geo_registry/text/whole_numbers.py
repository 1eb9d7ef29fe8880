"""Whole numbers in addresses and forms, where anybody may write anything."""

from __future__ import annotations

from collections.abc import Iterable

_DIGITS_OF_A_KEY = 18
"""A bigint of PostgreSQL holds every number of so many digits."""


def whole_number(text: str, *, digits: int = _DIGITS_OF_A_KEY) -> int | None:
    """Return a number written in ASCII digits alone; ``None`` for anything else.

    ``str.isdigit`` is true of “²”, which is no number to ``int``, and of “１”, and says nothing of how long it is.

    Parameters
    ----------
    text
        As it came.
    digits
        How many there may be.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def whole_numbers(texts: Iterable[str], *, digits: int = _DIGITS_OF_A_KEY) -> list[int]:
    """Return the numbers among texts, in their order."""
    return [number for text in texts if (number := whole_number(text, digits=digits)) is not None]
