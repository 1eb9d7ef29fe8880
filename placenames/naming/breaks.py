"""Where the words of a name begin and end ((84)中地字第17号, rules 1-4, 6, 7, 14-16)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from geo_registry.text.numerals import cardinal, trailing_numeral

from .generic import Lexicon, NameParts, split_name
from .spelled import Doubt, DoubtCode

# Rule 2: modifiers of one syllable are joined with what they modify: 潮白/新河, 南横/东街, 修文/西小巷.
_MODIFIERS = "东南西北中前后左右新老旧大小横直正斜"
# Of a village or a river only these: 潮白/新河, but 泾灵南/村, where the direction tells one village from another.
_MODIFIERS_ELSEWHERE = "新老旧大小"
# With these the character is part of the word before it, not of the generic term after it.
_WORDS_ENDING_IN_MODIFIER = frozenset("创新 革新 更新 维新 迎新 高新 敬老 养老 长老 元老 光大 远大".split())  # noqa: SIM905
# Here the two characters are a known place, and the last may yet be the direction of the street.
_PLACES_ENDING_IN_MODIFIER = frozenset(
    "山东 山西 河南 河北 湖南 湖北 广东 广西 海南 云南 江南 江北 江东 江西 辽东 河东 河西 陕西 陕北 苏北 淮北 淮南 济南 "  # noqa: SIM905
    "华东 华南 华西 华北 华中 远东 关东 关中 湘西".split()
)
# Numerals that are part of a word.
_NUMERAL_WORDS = tuple("统一 唯一 专一 同一 如一 合一 归一 划一 东四 西四 丈八 腊八".split())  # noqa: SIM905
_ORDINAL = re.compile(r"第([一二三四五六七八九十百千零〇]+)")
# 三环/南路: the ring is an ordinal as in 三环路, yet no longer before its generic term.
_RING = re.compile(r"[一二三四五六七八九十]+环")
_LATIN = re.compile(r"[0-9A-Za-z]")
_RUNS = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]+")
_AMBIGUOUS_ORDINALS = frozenset({"十一", "十"})
# 经五路 is the fifth of its series; 沈十路 may be the road from 沈家湖 to 十里墩.
_NUMBERED_SERIES = frozenset("经纬")


class Piece(NamedTuple):
    """A stretch of the name that is written as one word.

    Parameters
    ----------
    text : str
        Its characters.
    start : int
        Position of the first.
    figures : str
        What the numeral at its end is in figures, or nothing.
    figure_length : int
        How many characters that numeral has.
    solid : bool
        Whether the piece is the whole name, written as one word on purpose.
    """

    text: str
    start: int
    figures: str = ""
    figure_length: int = 0
    solid: bool = False

    @property
    def end(self) -> int:
        """Position after the last character."""
        return self.start + len(self.text)


def officer_pieces(name: str, *, breaks: Sequence[int], lexicon: Lexicon) -> list[Piece]:
    """Return the words that a person has chosen; a numeral on its own before a numbered term is still a figure."""
    edges = sorted({0, len(name), *(edge for edge in breaks if 0 < edge < len(name))})
    pieces = []
    for start, end in itertools.pairwise(edges):
        text = name[start:end]
        number = cardinal(text) if name[end:] in lexicon.numbered else None
        pieces.append(Piece(text, start, str(number or ""), len(text) if number else 0))
    return pieces


def pieces_of(name: str, *, lexicon: Lexicon, solid: bool) -> tuple[list[Piece], list[Doubt]]:
    """Return the words of a name by the rules, and where the rules leave a choice.

    Parameters
    ----------
    name : str
        The name in its normal form, without spaces.
    lexicon : Lexicon
        Generic terms.
    solid : bool
        Write one word (rule 3), save for figures and letters.

    Returns
    -------
    tuple of list of Piece and list of Doubt
        Pieces cover the name from end to end.
    """
    if solid:
        return [Piece(text, start, solid=True) for text, start in _latin_apart(name, 0)], []
    parts = split_name(name, lexicon)
    if not parts.generic:
        doubts = [Doubt(DoubtCode.NO_GENERIC, 0, name)] if name else []
        return [Piece(text, start, solid=True) for text, start in _latin_apart(name, 0)], doubts
    if parts.generic in lexicon.numbered:
        numbered = _numbered(parts, lexicon)
        if numbered is not None:
            return numbered
    head, doubts = _modified(parts, street=parts.generic in lexicon.numbered)
    if _RING.fullmatch(head):
        doubts.append(Doubt(DoubtCode.NUMERAL, 0, head))
    return [*_inner_generic_apart(head, lexicon), Piece(name[len(head) :], len(head))], doubts


def _inner_generic_apart(head: str, lexicon: Lexicon) -> list[Piece]:
    """Rule 4: a 通名 that became part of the name stays joined (解放路), unless it has two syllables (包头/胡同)."""
    parts = split_name(head, lexicon.within)
    if len(parts.generic) > 1:
        return [*_inner_generic_apart(parts.specific, lexicon), Piece(parts.generic, len(parts.specific))]
    return [Piece(text, start) for text, start in _ordinal_apart(head)]


def _numbered(parts: NameParts, lexicon: Lexicon) -> tuple[list[Piece], list[Doubt]] | None:
    """Rule 7: an ordinal before the generic term of a street is a figure: 二马路, 经五路, 大川淀一巷, 第九弄."""
    numeral = trailing_numeral(parts.specific)
    word = next((word for word in _NUMERAL_WORDS if _overlaps(parts.specific, numeral, word)), "")
    if word:
        numeral = numeral[parts.specific.rindex(word) + len(word) - (len(parts.specific) - len(numeral)) :]
    number = cardinal(numeral)
    if number is None:
        return None
    head = parts.specific[: len(parts.specific) - len(numeral)]
    generic = Piece(parts.generic, len(parts.specific))
    if head.endswith("第"):
        before = _specific_pieces(head[:-1], lexicon)
        figure = Piece("第" + numeral, len(head) - 1, str(number), len(numeral))
        return [*before, figure, generic], []
    doubts = []
    if numeral in _AMBIGUOUS_ORDINALS and not head:
        doubts.append(Doubt(DoubtCode.NUMERAL, 0, numeral))
    elif word or (len(head) == 1 and head not in _NUMBERED_SERIES):
        doubts.append(Doubt(DoubtCode.NUMERAL, max(len(head) - 1, 0), head[-1:] + numeral))
    return [
        *_specific_pieces(head, lexicon),
        Piece(numeral, len(head), str(number), len(numeral)),
        generic,
    ], doubts


def _overlaps(specific: str, numeral: str, word: str) -> bool:
    """Say whether ``word`` ends inside the numeral that ``specific`` ends with."""
    at = specific.rfind(word)
    return bool(numeral) and at >= 0 and at + len(word) > len(specific) - len(numeral)


def _specific_pieces(head: str, lexicon: Lexicon) -> list[Piece]:
    """Return the words before an ordinal: 天宁寺/西里, 中山/东; a 通名 that became part of the name stays in it (rule 4)."""
    if not head:
        return []
    parts = split_name(head, lexicon.within)
    if parts.generic:
        stem, _doubts = _modified(parts, street=True)
        if stem != parts.specific:
            return [Piece(stem, 0), Piece(head[len(stem) :], len(stem))]
    stem = head.rstrip(_MODIFIERS)
    if len(stem) > 1 and stem != head:
        return [Piece(stem, 0), Piece(head[len(stem) :], len(stem))]
    return _inner_generic_apart(head, lexicon)


def _modified(parts: NameParts, *, street: bool) -> tuple[str, list[Doubt]]:
    """Return 专名 without the modifiers that go with 通名 (rule 2), and what is unsure about them."""
    specific = parts.specific
    stem = specific.rstrip(_MODIFIERS if street else _MODIFIERS_ELSEWHERE)
    if stem == specific:
        direction = not street and len(specific) > 2 and specific[-1] in _MODIFIERS
        return specific, [Doubt(DoubtCode.BREAK, len(specific) - 1, specific[-1])] if direction else []
    if not stem:
        # Nothing but modifiers: the last goes with a street's generic term, if it is not alone (南横/东街, 小/南街).
        return (specific[:-1] if street and len(specific) > 1 else specific), []
    taken = len(stem)
    if specific[taken - 1 : taken + 1] in _WORDS_ENDING_IN_MODIFIER or taken == 1:
        taken += 1
    doubts = []
    if specific[len(stem) - 1 : len(stem) + 1] in _PLACES_ENDING_IN_MODIFIER and len(stem) > 1:
        doubts.append(Doubt(DoubtCode.BREAK, len(stem), specific[len(stem)]))
    return specific[:taken], doubts


def _ordinal_apart(text: str) -> Iterator[tuple[str, int]]:
    """Yield 专名 with a leading ordinal as a word of its own: 第二/松花 (rule 6), and letters apart."""
    found = _ORDINAL.match(text) if text.startswith("第") else None
    start = found.end() if found is not None and found.end() < len(text) else 0
    if start:
        yield text[:start], 0
    yield from _latin_apart(text[start:], start)


def _latin_apart(text: str, offset: int) -> Iterator[tuple[str, int]]:
    """Yield runs of figures and letters, and what is between them, each with its position."""
    if _LATIN.search(text) is None:
        if text:
            yield text, offset
        return
    for run in _RUNS.finditer(text):
        yield run[0], offset + run.start()
