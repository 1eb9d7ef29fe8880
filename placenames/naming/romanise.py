"""Chinese place names in Latin letters by (84)中地字第17号 《中国地名汉语拼音字母拼写规则（汉语地名部分）》.

The work has two halves: where the words are (rules 1-4, 6-7, 14-16) and how each character is read (rules 8, 9, 12). Rules for
writing a word down (10, 11: capitals, apostrophes) are `Word.text`. What the rules leave to knowledge of the place becomes a
`Doubt`; nothing is raised for a name that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from geo_registry.text.normal import is_han, is_plain, normal_form
from geo_registry.text.readings import Basis as ReadingBasis
from geo_registry.text.readings import Reading, is_word, options_of, read

from .breaks import Piece, officer_pieces, pieces_of
from .generic import Lexicon, split_name
from .spelled import Basis, Doubt, DoubtCode, Romanisation, SplitMode, Syllable, Word
from .surnames import SURNAMES, surname_position

_FORTRESS = "堡"
_GENERIC_READINGS: Mapping[str, tuple[str, ...]] = {
    "胡同": ("hú", "tong"),
    "弄": ("lòng",),
    "巷": ("xiàng",),
    "场": ("chǎng",),
}
# 儿 is a syllable of its own in these; elsewhere, after another character, it is the ending -r (rule 12).
_ER_WORDS = frozenset({"女儿", "婴儿", "幼儿", "孤儿", "少儿", "健儿", "男儿", "胎儿", "哈儿", "混儿"})
_ER_FOLLOWERS = frozenset("童子女科歌")
_LONG_SPECIFIC = 5


class _Context(NamedTuple):
    """What every step needs to know of the name."""

    name: str
    lexicon: Lexicon
    chosen: Mapping[int, str]


def romanise(
    name: str,
    *,
    lexicon: Lexicon,
    split_mode: str = SplitMode.APART,
    readings: Mapping[int, str] | None = None,
    breaks: Sequence[int] | None = None,
) -> Romanisation:
    """Spell a Chinese place name in Hanyu Pinyin.

    Parameters
    ----------
    name : str
        The name. Its normal form (NFKC, no spaces) is what positions refer to.
    lexicon : Lexicon
        Generic terms (通名), and which of them take ordinals in figures.
    split_mode : str, default "apart"
        ``"apart"`` writes 专名 and 通名 apart (rule 1), ``"solid"`` the whole as one word (rule 3: villages, hamlets).
    readings : mapping of int to str, optional
        Readings that a person has chosen, by position. They are taken as they are.
    breaks : sequence of int, optional
        Positions at which a person wants a new word to begin; the words are then taken from these alone.

    Returns
    -------
    Romanisation
        Words, syllables and doubts. A character without a known reading stands for itself and is a doubt.
    """
    text = normal_form(name).replace(" ", "")
    context = _Context(text, lexicon, readings or {})
    doubts: list[Doubt] = []
    if breaks is not None:
        pieces = officer_pieces(text, breaks=breaks, lexicon=lexicon)
    else:
        pieces, unsure = pieces_of(text, lexicon=lexicon, solid=split_mode == SplitMode.SOLID)
        doubts.extend(unsure)
        doubts.extend(_long_specifics(pieces))
    read_characters = _read(context)
    words = tuple(
        Word(syllables)
        for piece in pieces
        if (syllables := tuple(_syllables(piece, context, read_characters)))
    )
    doubts.extend(_doubts_of(words))
    doubts.extend(_signs(text))
    if len(doubts) > 1:
        doubts.sort(key=lambda doubt: (doubt.index, doubt.code))
    return Romanisation(name=text, words=words, doubts=tuple(doubts))


def _signs(text: str) -> list[Doubt]:
    """Return the characters that are neither Chinese nor letters nor figures."""
    if is_plain(text):
        return []
    return [
        Doubt(DoubtCode.NOT_HAN, index, character)
        for index, character in enumerate(text)
        if not is_han(character) and not (character.isascii() and character.isalnum())
    ]


def _read(context: _Context) -> list[Syllable]:
    """Return one syllable for each character of the name, as if none stood for a figure."""
    name = context.name
    generic = split_name(name, context.lexicon).generic
    start_of_generic = len(name) - len(generic)
    readings = read(name)
    # A word found in the whole name wins (十里堡); else the parts are read apart, so that no word spans both.
    known = True
    for reading in readings:
        if reading.basis is ReadingBasis.USUAL:
            known = False
            readings = (*read(name[:start_of_generic]), *read(name[start_of_generic:]))
            break
    syllables = [_of_reading(reading, index) for index, reading in enumerate(readings)]
    if generic:
        _read_generic(syllables, generic)
    if _FORTRESS in name:
        _read_fortress(syllables, whole=known)
    _read_surname(syllables, context)
    if "儿" in name:
        _read_suffix(syllables, context)
    for index, chosen in context.chosen.items():
        if 0 <= index < len(syllables):
            old = syllables[index]
            options = tuple(dict.fromkeys([chosen, *old.options]))
            syllables[index] = Syllable(old.characters, index, chosen, options, Basis.CHOSEN)
    return syllables


def _of_reading(reading: Reading, index: int) -> Syllable:
    known = reading.basis
    basis = Basis.DICTIONARY
    if known is ReadingBasis.PLAIN:
        basis = Basis.PLAIN
    elif known is ReadingBasis.UNKNOWN:
        basis = Basis.UNKNOWN
    return Syllable(reading.character, index, reading.pinyin, reading.options, basis, reading.doubtful)


def _read_generic(syllables: list[Syllable], generic: str) -> None:
    """Read a generic term as generic terms are read, whatever the dictionary prefers."""
    for term, term_readings in _GENERIC_READINGS.items():
        if generic.endswith(term):
            start = len(syllables) - len(term)
            for offset, reading in enumerate(term_readings):
                old = syllables[start + offset]
                options = tuple(dict.fromkeys([reading, *old.options]))
                syllables[start + offset] = replace(
                    old, reading=reading, options=options, basis=Basis.GENERIC, doubtful=False
                )


def _read_fortress(syllables: list[Syllable], *, whole: bool) -> None:
    """堡 after 里 is pù (a post station), elsewhere bǎo is proposed; a known place's stays. It is a doubt in any case."""
    for index, syllable in enumerate(syllables):
        if syllable.characters == _FORTRESS:
            reading = "pù" if index and syllables[index - 1].characters == "里" else syllable.reading
            options = tuple(dict.fromkeys([reading, *options_of(_FORTRESS)]))
            syllables[index] = replace(
                syllable, reading=reading, options=options, doubtful=not whole or syllable.doubtful
            )


def _read_surname(syllables: list[Syllable], context: _Context) -> None:
    position = surname_position(context.name, follows=context.lexicon.of_villages)
    if position is None:
        return
    old = syllables[position]
    of_surname = SURNAMES[old.characters]
    options = tuple(dict.fromkeys([*of_surname, *old.options]))
    syllables[position] = replace(
        old, reading=of_surname[0], options=options, basis=Basis.SURNAME, doubtful=False
    )


def _read_suffix(syllables: list[Syllable], context: _Context) -> None:
    """Rule 12: 儿 written in a name for the sound at the end of the syllable before it is r."""
    name = context.name
    for index, syllable in enumerate(syllables):
        if syllable.characters != "儿" or index == 0 or not is_han(name[index - 1]):
            continue
        if name[index - 1 : index + 1] in _ER_WORDS or name[index + 1 : index + 2] in _ER_FOLLOWERS:
            continue
        syllables[index] = replace(syllable, reading="r", options=("r", "ér"), basis=Basis.SUFFIX)


def _syllables(piece: Piece, context: _Context, characters: Sequence[Syllable]) -> Iterable[Syllable]:
    """Return the syllables of one word; a figure and a run of letters are one each."""
    if not piece.figures and is_plain(piece.text):
        return characters[piece.start : piece.end]
    return _mixed_syllables(piece, context, characters)


def _mixed_syllables(piece: Piece, context: _Context, characters: Sequence[Syllable]) -> Iterable[Syllable]:
    if piece.figures:
        start = piece.end - piece.figure_length
        yield from characters[piece.start : start]
        yield Syllable(context.name[start : piece.end], start, piece.figures, (piece.figures,), Basis.FIGURE)
        return
    run = ""
    for index in range(piece.start, piece.end):
        syllable = characters[index]
        if syllable.basis is not Basis.PLAIN:
            yield syllable
        elif syllable.characters.isascii() and syllable.characters.isalnum():
            run += syllable.characters
            if index + 1 == piece.end or characters[index + 1].basis is not Basis.PLAIN:
                yield Syllable(run, index + 1 - len(run), run.upper(), (run.upper(),), Basis.PLAIN)
                run = ""
    if run:
        yield Syllable(run, piece.end - len(run), run.upper(), (run.upper(),), Basis.PLAIN)


def _doubts_of(words: Iterable[Word]) -> list[Doubt]:
    return [
        Doubt(code, syllable.index, syllable.characters, syllable.options)
        for word in words
        for syllable in word.syllables
        # Most syllables are such.
        if (syllable.doubtful or syllable.basis is not Basis.DICTIONARY or syllable.characters == _FORTRESS)
        and (code := _doubt_code(syllable)) is not None
    ]


def _doubt_code(syllable: Syllable) -> DoubtCode | None:
    if syllable.basis is Basis.PLAIN or syllable.basis is Basis.FIGURE or syllable.basis is Basis.CHOSEN:
        return None
    if syllable.basis is Basis.UNKNOWN:
        return DoubtCode.NO_READING
    if syllable.characters == _FORTRESS:
        return DoubtCode.FORTRESS
    if syllable.basis is Basis.SUFFIX:
        return DoubtCode.ERHUA
    if syllable.basis is Basis.SURNAME:
        return DoubtCode.SURNAME if len(syllable.options) > 1 else None
    return DoubtCode.POLYPHONE if syllable.doubtful else None


def _long_specifics(pieces: Sequence[Piece]) -> Iterable[Doubt]:
    """A long 专名 may be several words, as may one made of two known ones (武汉长江/大桥 is 武汉/长江/大桥)."""
    for piece in pieces[:1]:
        if piece.solid:
            continue
        half = len(piece.text) // 2
        two_words = half > 1 and is_word(piece.text[:half]) and is_word(piece.text[half:])
        if two_words or len(piece.text) >= _LONG_SPECIFIC:
            yield Doubt(DoubtCode.LONG_SPECIFIC, piece.start, piece.text)
