"""专名 and 通名: a name is split by the longest generic term that it ends with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

# A committee is not the place that it is elected in: 城一村委会 sits in 城一村.
_COMMITTEES = (
    ("村民委员会", "村"),
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("村委会", "村"),
)


# A name is split several times on its way.
_SPLIT_LATELY = 8_192


@dataclass(frozen=True)
class Lexicon:
    """Generic terms (通名), as the rows of the kinds of place list them.

    Parameters
    ----------
    terms : frozenset of str
        Every generic term.
    numbered : frozenset of str
        Those whose ordinals are written in figures: 路, 巷, 弄 ((84)中地字第17号, 7).
    endings : frozenset of str
        Those that count first at the end of a name, since the thing named is of their kind: 华新村, a village, is 华新 + 村
        although 新村 is a term for estates.
    """

    terms: frozenset[str]
    numbered: frozenset[str] = field(default_factory=frozenset)
    endings: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, terms: Iterable[str], *, numbered: Iterable[str] = ()) -> Lexicon:
        """Return a lexicon of ``terms`` and ``numbered``; the latter are terms too."""
        figures = frozenset(numbered)
        return cls(terms=frozenset(terms) | figures, numbered=figures)

    def ending_in(self, terms: Iterable[str]) -> Lexicon:
        """Return the same lexicon for names of things of a kind, whose generic terms these are."""
        return _ending_in(self, frozenset(terms))

    def __hash__(self) -> int:
        """Return what was computed once: every name is looked up with its lexicon."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.terms, self.numbered, self.endings))

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.terms | self.endings), default=0)

    @cached_property
    def of_villages(self) -> frozenset[str]:
        """Terms whose ordinals are no figures."""
        return self.terms - self.numbered

    @cached_property
    def within(self) -> Lexicon:
        """The same lexicon for what stands within a name, where no ending counts before another."""
        return replace(self, endings=frozenset())

    def longest_suffix(self, text: str) -> str:
        """Return the longest term that ``text`` ends with and that leaves something before it, or nothing."""
        begin, end = max(1, len(text) - self._longest), len(text)
        for terms in (self.endings, self.terms) if self.endings else (self.terms,):
            for start in range(begin, end):
                if (tail := text[start:]) in terms:
                    return tail
        return ""


@lru_cache(maxsize=256)
def _ending_in(lexicon: Lexicon, endings: frozenset[str]) -> Lexicon:
    """Return one and the same lexicon each time, with what it has worked out: it is asked for several times a name."""
    return replace(lexicon, endings=endings)


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name in its two parts; ``generic`` is empty where the name has no known generic term."""

    specific: str
    generic: str


@lru_cache(maxsize=_SPLIT_LATELY)
def split_name(name: str, lexicon: Lexicon) -> NameParts:
    """Split a name into 专名 and 通名.

    Parameters
    ----------
    name : str
        The name in its normal form.
    lexicon : Lexicon
        The generic terms to look for.

    Returns
    -------
    NameParts
        ``三环路`` is ``三`` + ``环路`` where 环路 is a term: the longest one counts, and 专名 is never empty.
        ``解放路南小街`` is ``解放路南`` + ``小街``.
    """
    generic = lexicon.longest_suffix(name)
    return NameParts(specific=name[: len(name) - len(generic)], generic=generic)


def with_committee(place: str, *, like: str) -> str:
    """Return what the committee in a place is called, if another is called like that.

    Parameters
    ----------
    place : str
        The place: ``兴业村``.
    like : str
        How the list has the committee of before: ``城一村委会``.

    Returns
    -------
    str
        ``兴业村委会``; the place itself where ``like`` names no committee, or one of another kind of place.
    """
    for committee, term in _COMMITTEES:
        if like.endswith(committee) and place.endswith(term):
            return place.removesuffix(term) + committee
    return place


def without_committee(name: str) -> str:
    """Return the place that a committee is named after.

    Parameters
    ----------
    name : str
        A division's name as code lists have it: ``城一村委会``, ``西湖社区居委会``.

    Returns
    -------
    str
        ``城一村``, ``西湖社区``; other names unchanged.
    """
    for committee, place in _COMMITTEES:
        if name.endswith(committee) and len(name) > len(committee):
            return name.removesuffix(committee) + place
    return name
