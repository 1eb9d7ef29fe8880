"""Names found although something was typed wrong: a character that sounds the same, one wrong letter or character.

An index cannot be asked for "nearly". It is asked for what must be right if only one sign is wrong (what stands before it, or
after it), and `one_sign_off` then looks at each answer.
"""

from __future__ import annotations

import itertools

from .normal import is_han, match_form
from .pinyin import plain_letters
from .readings import read
from .search import PLAIN, TEXT, Token, Wanted, match_form_of_typed, search_keys

# Fewer right signs than these say too little.
_LEAST_HAN = 3
_LEAST_LETTERS = 5
_LEAST_PIECE_LETTERS = 3
_MOST_READINGS = 8


def sound_wanted(typed: str) -> Wanted:
    """Return the keys of names with a part that sounds like the characters typed, tones aside; nothing for anything else."""
    form = match_form_of_typed(typed)
    if len(form) < 2 or not all(map(is_han, form)):
        return ()
    options = [reading.options or (reading.pinyin,) for reading in read(form)]
    spelled = itertools.islice(itertools.product(*options), _MOST_READINGS)
    return ((tuple(dict.fromkeys(PLAIN + plain_letters("".join(variant)) for variant in spelled)),),)


def near_wanted(typed: str) -> Wanted:
    """Return the keys of names that may have what was typed with one sign wrong, missing or too many; nothing if too short."""
    form = match_form_of_typed(typed)
    if any(map(is_han, form)):
        return _around_each(form) if len(form) >= _LEAST_HAN else ()
    letters = plain_letters(form)
    if len(letters) < _LEAST_LETTERS:
        return ()
    half = (len(letters) + 1) // 2
    tails = (letters[start:] for start in range(1, len(letters) - _LEAST_PIECE_LETTERS + 1))
    pieces = dict.fromkeys([letters[:half], *tails])
    return tuple(((PLAIN + piece,),) for piece in pieces if len(piece) >= _LEAST_PIECE_LETTERS)


def _around_each(form: str) -> Wanted:
    """For each character, what must be there if that one is wrong: the part before it and the part after it."""
    found: dict[tuple[Token, ...], None] = {}
    for wrong in range(len(form)):
        pieces = [piece for piece in (form[:wrong], form[wrong + 1 :]) if piece]
        # Two pieces of one character each are in too many names, unless the first begins the name.
        keys = [TEXT + piece for piece in pieces]
        if all(len(piece) == 1 for piece in pieces):
            keys[0] = keys[0].upper()[0] + keys[0][1:]
        found[tuple((key,) for key in keys)] = None
    return tuple(found)


def one_sign_off(typed: str, name: str) -> bool:
    """Whether a part of a name is what was typed but for one sign (in characters, or in Pinyin without tones)."""
    form = match_form_of_typed(typed)
    if any(map(is_han, form)):
        whole = match_form(name)
        return any(nearly_begins(form, whole[start:]) for start in range(len(whole)))
    letters = plain_letters(form)
    return any(nearly_begins(letters, key[1:]) for key in search_keys(name) if key[0] == PLAIN)


def nearly_begins(wanted: str, text: str) -> bool:
    """Whether a text begins with what is wanted, but for one sign at most: another, one missing, one too many."""
    for at, (one, other) in enumerate(zip(wanted, text, strict=False)):
        if one != other:
            rest, left = wanted[at + 1 :], text[at + 1 :]
            return left.startswith((rest, wanted[at:])) or text[at:].startswith(rest)
    # Everything that is there fits: at most the last sign wanted may be missing.
    return len(wanted) <= len(text) + 1
