"""Opening hours and telephones as people write them: read, checked, said in words. The card and the rounds both ask here."""

from __future__ import annotations

import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geo_registry.geodata.identity import is_mobile
from geo_registry.geodata.values import BadValue, Noted, fold
from geo_registry.geodata.values import phone as as_phone

from ..importers.hours import hours_from_words, hours_to_words
from .opening import is_valid, week_in_words


def read_hours(typed: str) -> str:
    """Return opening hours in OpenStreetMap's syntax, whichever of the two ways they are written.

    Raises
    ------
    ValueError
        With a sentence.
    """
    text = fold(typed)
    if not text or is_valid(text):
        return text
    written = hours_from_words(text)
    if written is not None and is_valid(written):
        return written
    raise ValueError(
        _(
            "These hours cannot be read. Write them like 周一至周五 8:30-17:30；节假日休息, or as OpenStreetMap does: "
            "Mo-Fr 08:30-17:30; PH off"
        )
    )


def hours_to_edit(hours: str) -> str:
    """Return opening hours as a form shows them: clerks read and write Chinese; what cannot be said in it stays as it is kept."""
    in_words = hours_to_words(hours) if (get_language() or "").startswith("zh") else None
    return in_words or hours


def hours_in_words(hours: str, *, day: datetime.date) -> str:
    """Return opening hours in one line that reads aloud; nothing where they cannot be read."""
    return _("; ").join(f"{line.days} {line.hours}" for line in week_in_words(hours, day=day))


def read_phones(typed: str, *, public: bool) -> str:
    """Return telephone numbers, several joined by “; ”.

    Raises
    ------
    ValueError
        With a sentence: it is none, or one for the public is a personal mobile's.
    """
    text = fold(typed)
    if not text:
        return ""
    try:
        read = as_phone(text)
    except BadValue as error:
        raise ValueError(_("“%(phone)s” is not a telephone number.") % {"phone": typed}) from error
    numbers = str(read.value) if isinstance(read, Noted) else read
    if public and any(is_mobile(part.strip()) for part in numbers.split(";")):
        raise ValueError(
            _(
                "“%(phone)s” looks like a personal mobile number, which is never shown to the public. Write it as "
                "the telephone for the office only."
            )
            % {"phone": numbers}
        )
    return numbers
