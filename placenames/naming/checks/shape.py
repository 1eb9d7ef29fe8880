"""When two names look alike."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

_LONGEST_ANAGRAM = 4


def one_edit(one: str, other: str) -> bool:
    """Whether one character more, less or other makes the one into the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    shorter, longer = sorted((one, other), key=len)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def anagram(one: str, other: str) -> bool:
    """Whether both have the same characters in another order."""
    return one != other and len(one) > 1 and sorted(one) == sorted(other)


def folded_shape(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return the text with each character that looks like another replaced by the first of its group."""
    first: dict[str, str] = {}
    for one, other in pairs:
        head = first.get(one, one)
        first.setdefault(one, head)
        first[other] = head
    return "".join(first.get(character, character) for character in text)


def anagrams(text: str) -> list[str]:
    """Return the orders of a short name's characters, without the name itself."""
    if not 1 < len(text) <= _LONGEST_ANAGRAM:
        return []
    orders = {"".join(order) for order in itertools.permutations(text)}
    return sorted(orders - {text})


def one_edit_patterns(text: str) -> list[str]:
    """Return LIKE patterns that match whatever is one edit from a name of two characters or more."""
    if len(text) < 2:
        return []
    other = [text[:i] + "_" + text[i + 1 :] for i in range(len(text))]
    more = [text[:i] + "_" + text[i:] for i in range(len(text) + 1)]
    less = [text[:i] + text[i + 1 :] for i in range(len(text))] if len(text) > 2 else []
    return list(dict.fromkeys([*other, *more, *less]))
