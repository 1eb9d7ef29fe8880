"""When two names sound the same, or nearly so."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import lru_cache

from geo_registry.text.pinyin import plain_letters, strip_tones
from geo_registry.text.readings import read

# What many speakers do not tell apart: initials with and without h, finals in -n and -ng.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_FINALS = (("ing", "in"), ("eng", "en"))
_MOST_KEYS = 64

Options = tuple[tuple[str, ...], ...]


def readings_of(text: str, chosen: Mapping[int, str] | None = None) -> Options:
    """Return every reading of each character, the likeliest first; what a person chose is the only one."""
    picked = chosen or {}
    return tuple(
        (picked[index],) if index in picked else (reading.options or (reading.pinyin,))
        for index, reading in enumerate(read(text))
    )


def first_readings(options: Options) -> tuple[str, ...]:
    """Return the likeliest reading of each character."""
    return tuple(choice[0] for choice in options)


def same_sound(one: Options, other: Options) -> bool:
    """Whether two names are read the same with tones, each as it is likeliest read."""
    return len(one) == len(other) and first_readings(one) == first_readings(other)


def may_sound_same(one: Options, other: Options) -> bool:
    """Whether some reading of the one is a reading of the other, tones and all."""
    return len(one) == len(other) and all(set(a) & set(b) for a, b in zip(one, other, strict=True))


@lru_cache(maxsize=4096)
def folded(syllable: str) -> str:
    """Return a syllable without tone, and without what many speakers do not tell apart: ``xīng`` is ``xin``."""
    plain = plain_letters(strip_tones(syllable))
    for full, short in _INITIALS:
        if plain.startswith(full):
            plain = short + plain[len(full) :]
    for full, short in _FINALS:
        if plain.endswith(full):
            plain = plain[: -len(full)] + short
    return plain


def nearly_same(one: Options, other: Options) -> bool:
    """Whether two names sound nearly the same: toneless, zh/z ch/c sh/s and ing/in eng/en as one."""
    return len(one) == len(other) and all(
        {folded(r) for r in a} & {folded(r) for r in b} for a, b in zip(one, other, strict=True)
    )


def _unfolded(syllable: str) -> list[str]:
    """Return the toneless syllables that are folded to the same as this one."""
    plain = folded(syllable)
    heads = [plain]
    for full, short in _INITIALS:
        if plain.startswith(short):
            heads.append(full + plain[1:])
    tails = [head[: -len(short)] + full for head in heads for full, short in _FINALS if head.endswith(short)]
    return [*heads, *tails]


def plain_keys(options: Options) -> list[str]:
    """Return the toneless spellings, as `text.search` keys have them, that sound nearly like the name."""
    choices: Sequence[list[str]] = [
        list(dict.fromkeys(form for reading in choice for form in _unfolded(reading))) for choice in options
    ]
    keys = ("".join(combination) for combination in itertools.product(*choices))
    return list(itertools.islice(dict.fromkeys(keys), _MOST_KEYS * 8))
