"""Which proposals a name may be mistaken for, where there are many: the register is read through once, and asked nothing.

One proposal asks the database by its search keys. A thousand would have it look a thousand times; here the proposals are laid
out by what they sound and look like, and each name of the register is held against them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from geo_registry.text.normal import match_form
from placenames.naming.checks.sound import folded, readings_of

_MOST_SOUNDS: Final = 64


class ProposalIndex:
    """Proposals by the keys of their specific parts. What shares no key is found by none of checks 1 to 5.

    Parameters
    ----------
    proposals
        Each one's specific part, and the readings that an officer has chosen by position.
    looks
        Whether names that only look like them are wanted, too (check 5).
    """

    def __init__(self, proposals: Sequence[tuple[str, Mapping[int, str]]], *, looks: bool = True) -> None:
        self._looks = looks
        self._by_key: defaultdict[str, set[int]] = defaultdict(set)
        for number, (specific, readings) in enumerate(proposals):
            chosen = {i: reading for i, reading in readings.items() if i < len(specific)}
            keys = sounds_of(specific, chosen) if chosen else heard(specific)
            for key in (*keys, *(looked_for(specific) if looks else ())):
                self._by_key[key].add(number)

    def near(self, specific: str) -> set[int]:
        """Return the numbers of the proposals that a name of the register may be mistaken for."""
        found: set[int] = set()
        for key in (*heard(specific), *(looks_of(specific) if self._looks else ())):
            found |= self._by_key.get(key, _NONE)
        return found


_NONE: Final[frozenset[int]] = frozenset()


@lru_cache(maxsize=65_536)
def heard(specific: str) -> tuple[str, ...]:
    """Return the keys of a name as it is likely to be read; names are read through again for the next thousand proposals."""
    return tuple(sounds_of(specific, {}))


def sounds_of(specific: str, chosen: Mapping[int, str]) -> Iterator[str]:
    """Yield itself, and its sounds by any reading, nearly the same ones as one."""
    yield "=" + match_form(specific)
    options = [sorted({folded(reading) for reading in choice}) for choice in readings_of(specific, chosen)]
    for sounds in itertools.islice(itertools.product(*options), _MOST_SOUNDS):
        yield "p" + "-".join(sounds)


def looks_of(specific: str) -> Iterator[str]:
    """Yield a name's characters in any order, itself but for one character, without one, and whole."""
    yield "a" + "".join(sorted(specific))
    if len(specific) > 1:
        for i in range(len(specific)):
            yield "w" + specific[:i] + "_" + specific[i + 1 :]
            yield "d" + specific[:i] + specific[i + 1 :]
    yield "f" + specific


def looked_for(specific: str) -> Iterator[str]:
    """Yield the keys by which names of other orders, another character, one more, and one less are found."""
    yield "a" + "".join(sorted(specific))
    if len(specific) > 1:
        yield "d" + specific
        for i in range(len(specific)):
            yield "w" + specific[:i] + "_" + specific[i + 1 :]
            if len(specific) > 2:
                yield "f" + specific[:i] + specific[i + 1 :]
