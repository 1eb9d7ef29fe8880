"""Search keys of a name, and what a person types turned into a query for them.

A name is found by any run of its characters, by Pinyin with or without tones, and by initials, from any syllable on. All of
it is one mechanism: every *tail* of the name is a key (兴业路, 业路, 路), and a query asks for keys that *begin* with what was
typed. "兴业", "业路", "xingy", "yelu" and "xyl" are each the beginning of a tail. PostgreSQL keeps the keys as the lexemes of a
``tsvector`` and answers with the prefix scan of a GIN index.

The first letter of a key says what it is: text, toned, plain or initials. A capital marks the whole name, from its
beginning: such a key tells an exact match and a match at the beginning from one in the middle. With tones, only whole names
are keys: who types tones knows the name.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from .normal import is_han, match_form
from .numerals import in_figures
from .pinyin import has_tones, marks_from_numbers, plain_letters, strip_tones, toned_letters
from .readings import Basis, Reading, read

TEXT, TONED, PLAIN, INITIALS = "h", "t", "p", "i"
# A name of ten polyphones has a thousand spellings; the likeliest come first, and these are enough to be found by.
_MOST_VARIANTS = 16
_LONGEST_KEY = 60
# Villages of one name are many.
_KEPT_LATELY = 8_192
_RUNS = re.compile(r"\S+")
_QUOTED = re.compile(r"[\\']")
_SHORTEST_LATIN = 2

# A token: beginnings of keys, one of which a name must have.
Token = tuple[str, ...]
# Alternatives, in each of which every token must be there.
Wanted = tuple[tuple[Token, ...], ...]


def _variants(options: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return up to `_MOST_VARIANTS` ways to choose one option each, the first options first."""
    if all(len(choice) == 1 for choice in options):
        return [tuple(choice[0] for choice in options)]
    return list(itertools.islice(_by_deviation(options), _MOST_VARIANTS))


def _by_deviation(options: Sequence[Sequence[str]]) -> Iterable[tuple[str, ...]]:
    """Choose the first everywhere, then differ in one place, then in two, and so on."""
    first = tuple(choice[0] if choice else "" for choice in options)
    open_places = [place for place, choice in enumerate(options) if len(choice) > 1]
    for count in range(len(open_places) + 1):
        for places in itertools.combinations(open_places, count):
            for chosen in itertools.product(*(options[place][1:] for place in places)):
                variant = list(first)
                for place, value in zip(places, chosen, strict=True):
                    variant[place] = value
                yield tuple(variant)


def _tails(kind: str, parts: Sequence[str]) -> Iterable[str]:
    """Yield the tails of one spelling as keys, and its whole with a capital."""
    whole = "".join(parts)
    if not whole:
        return
    yield kind.upper() + whole[:_LONGEST_KEY]
    start = 0
    for part in parts:
        if part:
            yield kind + whole[start : start + _LONGEST_KEY]
            start += len(part)


def _distinct(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(options))


@lru_cache(maxsize=8_192)
def _forms_of(reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return how a character of this reading is typed: with tones, without, by its initial."""
    readings = _searched(reading)
    toned = _distinct(toned_letters(one) for one in readings)
    plain = _distinct(form for one in readings for form in _keyboard_forms(plain_letters(one)))
    return toned, plain, _distinct(form[:1] for form in plain)


@lru_cache(maxsize=8_192)
def _only_form_of(reading: Reading) -> tuple[str, str, str] | None:
    """Return the one way in which a character is typed, as most are; ``None`` where there are several."""
    toned, plain, initials = _forms_of(reading)
    return (toned[0], plain[0], initials[0]) if len(toned) == len(plain) == len(initials) == 1 else None


@lru_cache(maxsize=_KEPT_LATELY)
def _keys_of(written: str) -> tuple[str, ...]:
    """Return the keys of one way to write a name: its characters and what they are typed by."""
    readings = read(written)
    sure = [_only_form_of(reading) for reading in readings]
    forms = [form for form in sure if form is not None]
    if len(forms) < len(sure):
        return (*_tails(TEXT, written), *_keys_of_syllables([_forms_of(reading) for reading in readings]))
    keys: list[str] = []
    text = toned = plain = initials = ""
    for character, (own_toned, own_plain, own_initial) in zip(
        reversed(written), reversed(forms), strict=True
    ):
        text, toned = character + text, own_toned + toned
        keys.append(TEXT + text[:_LONGEST_KEY])
        if own_plain:
            plain, initials = own_plain + plain, own_initial + initials
            keys += (PLAIN + plain[:_LONGEST_KEY], INITIALS + initials[:_LONGEST_KEY])
    keys.append(TONED + toned[:_LONGEST_KEY])
    if text:
        keys.append(TEXT.upper() + text[:_LONGEST_KEY])
    if plain:
        keys += (PLAIN.upper() + plain[:_LONGEST_KEY], INITIALS.upper() + initials[:_LONGEST_KEY])
    return tuple(keys)


def _keys_of_syllables(forms: Sequence[tuple[tuple[str, ...], ...]]) -> Iterable[str]:
    toned, plain, initials = zip(*forms, strict=True)
    for variant in _variants(toned):
        yield TONED + "".join(variant)[:_LONGEST_KEY]
    for kind, choices in ((PLAIN, plain), (INITIALS, initials)):
        for variant in _variants(choices):
            yield from _tails(kind, variant)


def _keyboard_forms(plain: str) -> tuple[str, ...]:
    """Return how a syllable is typed: ü is v on most keyboards, and u to those who do not know."""
    return (plain, plain.replace("v", "u")) if "v" in plain else (plain,)


def search_keys(text: str, *, spellings: Iterable[str] = ()) -> list[str]:
    """Return the keys that a name is found by.

    Parameters
    ----------
    text : str
        The name.
    spellings : iterable of str, optional
        Spellings a person has chosen, so that a name is also found by a reading that no dictionary has.

    Returns
    -------
    list of str
        Sorted, each once. Every reading of a doubtful character counts, up to 16 spellings of a name.
    """
    keys: set[str] = set()
    form = match_form(text)
    for written in dict.fromkeys([form, in_figures(form)]):
        keys.update(_keys_of(written))
    for spelling in spellings:
        plain = plain_letters(spelling)[:_LONGEST_KEY]
        if plain:
            keys.update(
                (TONED + toned_letters(spelling)[:_LONGEST_KEY], PLAIN + plain, PLAIN.upper() + plain)
            )
    return sorted(keys)


def vector_text(keys: Sequence[str]) -> str:
    """Return keys as PostgreSQL writes a ``tsvector`` without positions."""
    if _QUOTED.search("".join(keys)) is not None:
        keys = [key.replace("\\", "\\\\").replace("'", "''") for key in keys]
    return ("'" + "' '".join(keys) + "'") if keys else ""


def _searched(reading: Reading) -> tuple[str, ...]:
    """Return the readings a character is searched by: all of a doubtful one, else the one that is sure."""
    return reading.options if reading.basis in {Basis.USUAL, Basis.NEUTRAL} else (reading.pinyin,)


def exact_keys(typed: str) -> list[str]:
    """Return the keys that a name has if what was typed is the whole of it, in characters or in Pinyin."""
    keys = keys_typed(match_form_of_typed(typed))
    return [
        key if key[0] == TONED else key[0].upper() + key[1:] for key in keys if key[0].lower() != INITIALS
    ]


def match_form_of_typed(typed: str) -> str:
    """Return what was typed as it is compared: tone numbers made into marks, spaces and signs gone.

    A query that is all letters keeps its figures as tones only if each follows a syllable (``xing1ye4``).
    """
    folded = typed.casefold()
    if has_tones(folded) and not any(is_han(character) for character in folded):
        return match_form(marks_from_numbers(folded))
    return match_form(folded)


def keys_typed(token: str) -> list[str]:
    """Return the beginnings of keys that one token, in its match form, asks for."""
    if not token:
        return []
    token = token[:_LONGEST_KEY]
    if any(is_han(character) for character in token):
        return [TEXT + token]
    if strip_tones(token) != token:
        return [TONED + toned_letters(token)]
    plain = plain_letters(token)
    if not plain:
        return [TEXT + token]
    if len(plain) < _SHORTEST_LATIN:
        return [INITIALS.upper() + plain, TEXT + plain]
    return [
        PLAIN + plain,
        INITIALS + plain,
        *([TEXT + plain] if any(letter.isdigit() for letter in plain) else []),
    ]


def split_scripts(typed: str) -> list[str]:
    """Split at spaces, and where Chinese characters meet letters (``lingwu兴业``); figures stay with their neighbours."""
    tokens = []
    for run in _RUNS.findall(typed):
        previous = ""
        token = ""
        for character in run:
            script = "han" if is_han(character) else "latin" if character.isalpha() else previous
            if token and previous and script != previous:
                tokens.append(token)
                token = ""
            token += character
            previous = script
        tokens.append(token)
    return tokens


def keys_wanted(typed: str) -> Wanted:
    """Return what `search_keys` of a name must have to be found by what was typed.

    Parameters
    ----------
    typed : str
        Characters, Pinyin with tones as marks or numbers or without, initials, or several of them with spaces.

    Returns
    -------
    Wanted
        All tokens must match; ``xing ye`` also matches as one word. Empty where nothing searchable was typed.
    """
    tokens = tuple(
        tuple(keys) for token in split_scripts(typed) if (keys := keys_typed(match_form_of_typed(token)))
    )
    together = keys_typed(match_form_of_typed(typed)) if len(tokens) > 1 else []
    if not tokens:
        return ()
    return (tokens, (tuple(together),)) if together else (tokens,)


def text_search_query(typed: str) -> str:
    """Return what was typed as the text of a PostgreSQL ``tsquery`` over `search_keys`; empty where nothing searchable was."""
    return query_text(keys_wanted(typed))


def query_text(wanted: Wanted) -> str:
    """Return what is wanted as the text of a ``tsquery``."""
    return " | ".join(
        "(" + " & ".join("(" + " | ".join(map(prefix_term, keys)) + ")" for keys in tokens) + ")"
        for tokens in wanted
    )


def prefix_term(key: str) -> str:
    """Return the term of a ``tsquery`` that keys beginning with one fit."""
    escaped = key.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}':*"
