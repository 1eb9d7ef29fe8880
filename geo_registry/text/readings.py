"""How Chinese characters are read: the most likely reading of each, and what else it could be.

The dictionaries (pypinyin's words and characters, and the readings of the 8105 standard characters in ``ktghz2013``) take
some tens of megabytes and are loaded when first asked for.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from .normal import is_han
from .pinyin import strip_tones
from .place_readings import SETTLED, USUAL, WORDS

_LONGEST_WORD = 6
# Names are read once to be spelled and once to be searched by, and many have a part in common.
_READ_LATELY = 16_384
# Spoken changes of tone that word lists carry here and not there; names are spelled with the tone of the character.
_UNCHANGED = {"一": "yī", "不": "bù"}
# 子 after a noun is a suffix without a tone (台子, 海子), unless a word says otherwise.
_SUFFIX = "子"


class Basis(enum.StrEnum):
    """What a reading rests on."""

    ONLY = "only"
    """The character has one reading."""
    WORD = "word"
    """A known word or place."""
    NEUTRAL = "neutral"
    """A suffix without a tone; with its tone it is the same on a sign."""
    SETTLED = "settled"
    """Names use this reading only."""
    USUAL = "usual"
    """The likeliest of several: doubtful."""
    UNKNOWN = "unknown"
    """No dictionary has the character."""
    PLAIN = "plain"
    """No Chinese character: a letter, a figure, a sign."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One character of a text and how it is read.

    Parameters
    ----------
    character : str
        The character.
    pinyin : str
        Its likeliest reading with tone, lower case; the character itself where no Pinyin applies.
    options : tuple of str
        All readings it may have, the likeliest first.
    basis : Basis
        What the first one rests on.
    """

    character: str
    pinyin: str
    options: tuple[str, ...]
    basis: Basis

    def __hash__(self) -> int:
        """Return what tells most readings apart: they are looked up for each character of each name."""
        return hash((self.character, self.pinyin))

    @property
    def doubtful(self) -> bool:
        """Whether a person should look: several readings and no word to go by, or none."""
        return self.basis is Basis.USUAL or self.basis is Basis.UNKNOWN


_NEUTRAL_SUFFIX = Reading(_SUFFIX, "zi", ("zi", "zǐ"), Basis.NEUTRAL)


@cache
def _standard_readings() -> dict[int, str]:
    from pypinyin_dict.pinyin_data import ktghz2013

    readings: dict[int, str] = ktghz2013.pinyin_dict
    return readings


@cache
def _all_readings() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    readings: dict[int, str] = pinyin_dict
    return readings


@cache
def _words() -> dict[str, list[list[str]]]:
    from pypinyin.phrases_dict import phrases_dict

    words: dict[str, list[list[str]]] = phrases_dict
    return words


@cache
def options_of(character: str) -> tuple[str, ...]:
    """Return every reading a character may have, the likeliest in a name first.

    Parameters
    ----------
    character : str
        One character.

    Returns
    -------
    tuple of str
        Readings of the standard of 2013 where it has the character, else of the general dictionary; empty where
        neither has it.
    """
    point = ord(character)
    general = [reading for reading in _all_readings().get(point, "").split(",") if reading]
    standard = [reading for reading in _standard_readings().get(point, "").split(",") if reading]
    preferred = SETTLED.get(character) or USUAL.get(character)
    if preferred is None and standard:
        # The standard lists readings by alphabet; the general dictionary, by how common they are.
        preferred = next((reading for reading in general if reading in standard), standard[0])
    ranked = [*([preferred] if preferred else []), *(standard or general[:1])]
    return tuple(dict.fromkeys(ranked))


@cache
def _beginnings() -> frozenset[str]:
    """Return the first two characters of all words: most places of a text begin none, and need no further look."""
    return frozenset(word[:2] for words in (WORDS, _words()) for word in words)


def _options_in_word(word: str) -> list[tuple[str, ...]]:
    """Return the readings of each character of a known word. Own words go before the general list."""
    own = WORDS.get(word)
    if own is not None:
        return [(reading,) for reading in own]
    return [tuple(readings) for readings in _words()[word]]


def is_word(text: str) -> bool:
    """Say whether the dictionaries have ``text`` as a word or place of two characters or more."""
    return len(text) > 1 and (text in WORDS or text in _words())


def _longest_word(text: str, start: int) -> str:
    if text[start : start + 2] not in _beginnings():
        return ""
    for length in range(min(_LONGEST_WORD, len(text) - start), 1, -1):
        candidate = text[start : start + length]
        if is_word(candidate):
            return candidate
    return ""


@cache
def _of_word(word: str) -> tuple[Reading, ...]:
    return tuple(
        _in_word(character, options) for character, options in zip(word, _options_in_word(word), strict=True)
    )


@cache
def _of_character(character: str) -> Reading:
    if not is_han(character):
        return Reading(character, character.casefold(), (character.casefold(),), Basis.PLAIN)
    options = options_of(character)
    if not options:
        return Reading(character, character, (), Basis.UNKNOWN)
    if character in _UNCHANGED:
        return Reading(character, _UNCHANGED[character], (_UNCHANGED[character],), Basis.ONLY)
    if len(options) == 1:
        return Reading(character, options[0], options, Basis.ONLY)
    return Reading(character, options[0], options, Basis.SETTLED if character in SETTLED else Basis.USUAL)


def _in_word(character: str, readings: Sequence[str]) -> Reading:
    alone = _of_character(character)
    if character in _UNCHANGED or alone.basis in {Basis.PLAIN, Basis.UNKNOWN}:
        return alone
    if character == _SUFFIX and readings[0] == _NEUTRAL_SUFFIX.pinyin:
        return _NEUTRAL_SUFFIX
    options = tuple(dict.fromkeys([*readings, *alone.options]))
    several = len({strip_tones(reading) for reading in readings}) > 1
    return Reading(character, readings[0], options, Basis.USUAL if several else Basis.WORD)


@lru_cache(maxsize=_READ_LATELY)
def read(text: str) -> tuple[Reading, ...]:
    """Read a text character by character, known words first (longest match from the left).

    Parameters
    ----------
    text : str
        Any text, in its normal form.

    Returns
    -------
    tuple of Reading
        One for each character, in order. Nothing is raised for characters that no dictionary has.
    """
    readings: list[Reading] = []
    start = 0
    while start < len(text):
        word = _longest_word(text, start)
        if word:
            readings.extend(_of_word(word))
        else:
            word = text[start]
            is_suffix = word == _SUFFIX and bool(readings) and is_han(readings[-1].character)
            readings.append(_NEUTRAL_SUFFIX if is_suffix else _of_character(word))
        start += len(word)
    return tuple(readings)
