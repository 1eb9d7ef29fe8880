"""How alike two names are."""

from __future__ import annotations

from collections import Counter

from .normal import match_form


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1: twice the pairs of neighbouring signs they share, by all there are (Dice).

    A name that is wholly within the other counts by the shorter one alone, at nine tenths: 崇兴助餐点 is probably 崇兴镇助餐点's
    short form, and certainly not proved so.
    """
    a, b = match_form(one), match_form(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) > 2 and shorter in longer:
        return 0.9
    pairs_a, pairs_b = _pairs(a), _pairs(b)
    shared = sum((pairs_a & pairs_b).values())
    return 2 * shared / (pairs_a.total() + pairs_b.total())


def _pairs(text: str) -> Counter[str]:
    return Counter(text[i : i + 2] for i in range(len(text) - 1)) if len(text) > 1 else Counter([text])
