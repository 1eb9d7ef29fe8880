"""Sentences of the program's own that are kept with a record: each reader gets them in the own language.

What a person has written is kept as it was written. What the program says of it (why a row was refused, what a notification is
about) is kept in each of the site's languages; what an earlier version kept in one language stays readable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.translation import get_language, override

Said = str | Mapping[str, str]
Sentence = str | Callable[[], str]
"""What is said once, as a text; or how it is said, so that it can be said in any language."""


def in_each_language(say: Callable[[], object]) -> dict[str, str]:
    """Return what is said in each language of the site, by its code."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found[code] = str(say())
    return found


def in_readers_language(said: Said) -> str:
    """Return a kept sentence in the language that is active; a plain text as it is."""
    if isinstance(said, str):
        return said
    found = said.get(get_language() or "") or said.get(settings.LANGUAGE_CODE)
    return found or next(iter(said.values()), "")


def kept(sentence: Sentence) -> Said:
    """Return a sentence as it is kept: in each language of the site, or as the text that it is."""
    return sentence if isinstance(sentence, str) else in_each_language(sentence)


def said_now(sentence: Sentence) -> str:
    """Return a sentence in the language that is active."""
    return sentence if isinstance(sentence, str) else str(sentence())
