"""A spelling as the program understands it: words, syllables, and what a person should look at."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from geo_registry.geodata.errors import Message, gettext_noop
from geo_registry.text.pinyin import strip_tones

# a, o, e with any tone or none: before these an apostrophe parts two syllables.
_VOWELS = frozenset("aāáǎàoōóǒòeēéěè")


class SplitMode(enum.StrEnum):
    """How 专名 and 通名 are written ((84)中地字第17号): apart (1), or solid as one word (3: hamlets and villages)."""

    APART = "apart"
    SOLID = "solid"


class Basis(enum.StrEnum):
    """What a syllable rests on."""

    DICTIONARY = "dictionary"
    SURNAME = "surname"
    GENERIC = "generic"
    FIGURE = "figure"
    SUFFIX = "suffix"
    CHOSEN = "chosen"
    PLAIN = "plain"
    UNKNOWN = "unknown"


class DoubtCode(enum.StrEnum):
    """Why a person should look before the spelling is confirmed."""

    POLYPHONE = "polyphone"
    FORTRESS = "fortress"
    SURNAME = "surname"
    NO_READING = "no_reading"
    NOT_HAN = "not_han"
    NUMERAL = "numeral"
    BREAK = "break"
    ERHUA = "erhua"
    NO_GENERIC = "no_generic"
    LONG_SPECIFIC = "long_specific"


_SENTENCES = {
    DoubtCode.POLYPHONE: gettext_noop("“{characters}” has several readings: {options}."),
    DoubtCode.FORTRESS: gettext_noop("“堡” is read {options} in different places: ask on the spot."),
    DoubtCode.SURNAME: gettext_noop(
        "“{characters}” is taken for a surname and read {reading}; other readings: {options}."
    ),
    DoubtCode.NO_READING: gettext_noop("No reading is known for “{characters}”: write it by hand."),
    DoubtCode.NOT_HAN: gettext_noop("“{characters}” is no Chinese character."),
    DoubtCode.NUMERAL: gettext_noop(
        "“{characters}” may be an ordinal (in figures) or part of the name (in Pinyin)."
    ),
    DoubtCode.BREAK: gettext_noop("“{characters}” may belong to the name or to the generic term after it."),
    DoubtCode.ERHUA: gettext_noop("“儿” is taken for the ending -r; as a syllable of its own it is ér."),
    DoubtCode.NO_GENERIC: gettext_noop(
        "No generic term is known at the end: the name is written as one word."
    ),
    DoubtCode.LONG_SPECIFIC: gettext_noop(
        "“{characters}” is long: it may have to be written as several words."
    ),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to look at, and where in the name.

    Parameters
    ----------
    code : DoubtCode
        What it is.
    index : int
        Position of the first character it concerns, in the name's normal form.
    characters : str
        The characters it concerns.
    options : tuple of str
        Readings to choose from, the one taken first; empty where no reading is in question.
    """

    code: DoubtCode
    index: int
    characters: str
    options: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        """The sentence for the officer."""
        others = self.options[1:] if self.code is DoubtCode.SURNAME else self.options
        params = {
            "characters": self.characters,
            "reading": self.options[0] if self.options else "",
            "options": " / ".join(others),
        }
        return Message(_SENTENCES[self.code], params)

    def as_row(self) -> dict[str, object]:
        """Return the doubt as plain values, to be kept as JSON."""
        return {
            "code": self.code.value,
            "index": self.index,
            "characters": self.characters,
            "options": list(self.options),
        }


@dataclass(
    slots=True, unsafe_hash=True
)  # not frozen: one is made for each character, and that would take three times as long
class Syllable:
    """One written syllable, figure or foreign run.

    Parameters
    ----------
    characters : str
        What it stands for: one Chinese character, or a run of figures or letters.
    index : int
        Position of the first of them in the name's normal form.
    reading : str
        How it is written, lower case with its tone.
    options : tuple of str
        Readings to choose from, the one taken first.
    basis : Basis
        What the reading rests on.
    doubtful : bool
        Whether the dictionary could not decide.
    """

    characters: str
    index: int
    reading: str
    options: tuple[str, ...]
    basis: Basis
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """Syllables written together."""

    syllables: tuple[Syllable, ...]

    @property
    def text(self) -> str:
        """The word with tones, apostrophes and a capital at its beginning."""
        written = ""
        for position, syllable in enumerate(self.syllables):
            if position and syllable.basis is Basis.FIGURE:
                written += "-"
            elif position and _begins_with_vowel(syllable.reading):
                written += "'"
            written += syllable.reading
        return written[:1].upper() + written[1:]


def _begins_with_vowel(reading: str) -> bool:
    return reading[:1] in _VOWELS


@dataclass(frozen=True, slots=True)
class Romanisation:
    """A name in Latin letters, with what it rests on.

    Parameters
    ----------
    name : str
        The name in its normal form, without spaces.
    words : tuple of Word
        The words as they are written apart.
    doubts : tuple of Doubt
        What a person should look at; empty if nothing is in doubt. Confirming remains the officer's in any case.
    """

    name: str
    words: tuple[Word, ...]
    doubts: tuple[Doubt, ...]

    @property
    def text(self) -> str:
        """With tones: ``Xī'ān Lù``."""
        return " ".join(word.text for word in self.words)

    @property
    def plain(self) -> str:
        """Without tones: ``Xi'an Lu``; ü stays."""
        return strip_tones(self.text)

    @property
    def capitals(self) -> str:
        """As signs may have it, in capitals without tones: ``XI'AN LU``."""
        return self.plain.upper()

    @property
    def syllables(self) -> tuple[Syllable, ...]:
        """All syllables in order."""
        return tuple(syllable for word in self.words for syllable in word.syllables)
