"""What is proposed for a name: its spelling, the doubts about it, and the keys that it is found by."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from geo_registry.text.search import search_keys, vector_text

from .generic import Lexicon
from .romanise import romanise

_SPELLED_LATELY = 8_192


class Wanted(NamedTuple):
    """A name to be spelled, and what of the kind of its place counts."""

    text: str
    generic_terms: tuple[str, ...]
    split_mode: str


class Proposal(NamedTuple):
    """A spelling with its doubts, as rows of JSON, and the search keys of the name as the text of a ``tsvector``."""

    text: str
    doubts: list[dict[str, object]]
    vector: str


@lru_cache(maxsize=256)
def lexicon_of_kind(lexicon: Lexicon, generic_terms: tuple[str, ...]) -> Lexicon:
    """Return a lexicon for names of things of a kind, by its generic terms."""
    return lexicon.ending_in(generic_terms)


@lru_cache(maxsize=_SPELLED_LATELY)
def proposed(
    text: str, lexicon: Lexicon, generic_terms: tuple[str, ...], split_mode: str
) -> tuple[str, list[dict[str, object]]]:
    """Return a spelling and its doubts: of the villages of a country a quarter are called as one shortly before."""
    spelled = romanise(text, lexicon=lexicon_of_kind(lexicon, generic_terms), split_mode=split_mode)
    return spelled.text, [doubt.as_row() for doubt in spelled.doubts]


@lru_cache(maxsize=_SPELLED_LATELY)
def proposal(wanted: Wanted, lexicon: Lexicon) -> Proposal:
    """Return everything that is proposed for a new name."""
    text, doubts = proposed(wanted.text, lexicon, wanted.generic_terms, wanted.split_mode)
    keys = search_keys(wanted.text, spellings=[text] if text else [])
    return Proposal(text, doubts, vector_text(keys))
