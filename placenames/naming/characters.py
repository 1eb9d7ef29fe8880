"""The 8105 characters of 《通用规范汉字表》 (State Council, 2013) and their three levels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from geo_registry.text.normal import is_han, normal_form

LEVEL_SIZES = (3500, 3000, 1605)


@cache
def _levels() -> dict[str, int]:
    text = resources.files(__package__).joinpath("data/general_standard_characters.txt").read_text("utf-8")
    characters = "".join(line.strip() for line in text.splitlines() if not line.startswith("#"))
    levels: dict[str, int] = {}
    start = 0
    for level, size in enumerate(LEVEL_SIZES, start=1):
        levels.update(dict.fromkeys(characters[start : start + size], level))
        start += size
    return levels


def level_of(character: str) -> int | None:
    """Return the level of a character in the standard.

    Parameters
    ----------
    character : str
        One character.

    Returns
    -------
    int or None
        1 common, 2 less common, 3 for names and special words; ``None`` outside the standard's 8105.
    """
    return _levels().get(character)


def standard_characters() -> frozenset[str]:
    """Return the 8105 characters."""
    return frozenset(_levels())


@dataclass(frozen=True, slots=True)
class CharacterFindings:
    """What is unusual about a name's characters.

    Parameters
    ----------
    outside : tuple of str
        Chinese characters that the standard does not have (traditional, variant or very rare ones).
    third_level : tuple of str
        Characters of the third level, known from names.
    not_han : tuple of str
        Letters, figures and signs.
    outside_bmp : tuple of str
        Characters outside the Basic Multilingual Plane, which some fonts and programs lack.
    """

    outside: tuple[str, ...]
    third_level: tuple[str, ...]
    not_han: tuple[str, ...]
    outside_bmp: tuple[str, ...]


def examine_characters(name: str) -> CharacterFindings:
    """Return what is unusual about the characters of ``name``, each character once, in order."""
    characters = tuple(dict.fromkeys(normal_form(name).replace(" ", "")))
    han = tuple(character for character in characters if is_han(character))
    return CharacterFindings(
        outside=tuple(character for character in han if level_of(character) is None),
        third_level=tuple(character for character in han if level_of(character) == 3),
        not_han=tuple(character for character in characters if not is_han(character)),
        outside_bmp=tuple(character for character in han if ord(character) > 0xFFFF),
    )
