"""The office's lists of words from a file: one word a line, what else is known of it after a tab."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.text.normal import normal_form
from placenames.models import ListWord, WordList


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What became of the lines."""

    added: int
    known: int


@transaction.atomic
def bring_words(*, name: str, lines: Iterable[str], source: str, verified: bool = False) -> Brought:
    """Add words to a list; those that are there stay as they are. All lines, or none.

    Parameters
    ----------
    name
        Which list: ``brand``, ``leader`` …
    lines
        ``word`` or ``word<TAB>note``; of characters that look alike ``大/太``. Empty lines and those that begin with # are skipped.
    source
        Where the list comes from.
    verified
        Whether somebody has compared it with its source: no other word may block a name.

    Raises
    ------
    ValidationError
        If there is no such list, the source is missing, or a line is wrong: it says which.
    """
    if name not in WordList.values:
        raise ValidationError(
            _("There is no list “%(name)s”. There are: %(known)s.")
            % {"name": name, "known": ", ".join(WordList.values)}
        )
    if not source.strip():
        raise ValidationError(_("Say where the list comes from."))
    added = known = 0
    for number, line in enumerate(lines, start=1):
        word, _tab, note = line.strip().partition("\t")
        if not word or word.startswith("#"):
            continue
        text, _slash, other = normal_form(word).partition("/")
        row = ListWord.objects.filter(list=name, text=text, other=other).first()
        if row is not None:
            known += 1
            continue
        row = ListWord(list=name, text=text, other=other, note=note.strip(), source=source, verified=verified)
        try:
            row.full_clean()
        except ValidationError as error:
            raise ValidationError(
                _("Line %(number)d: %(problem)s") % {"number": number, "problem": " ".join(error.messages)}
            ) from error
        row.save()
        added += 1
    return Brought(added=added, known=known)
