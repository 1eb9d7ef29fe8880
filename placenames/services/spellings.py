"""Spellings in Latin letters: proposed by the program, confirmed by a person.

A name has at most one confirmed spelling; only that one is ever published. A proposal carries its doubts, so that the officer sees
at once where to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, limit, may_touch
from geo_registry.text import normal_form, strip_tones
from placenames.naming import Lexicon, Romanisation, romanise
from placenames.naming.proposing import lexicon_of_kind, proposed

from ..models import Name, PlaceKind, Spelling
from .index import refresh_keys

_BATCH = 1000
# What a spelling may hold once its tone marks are off.
_WRITTEN = re.compile(r"[A-Za-zÜüÊê0-9 '-]*[A-Za-zÜüÊê][A-Za-zÜüÊê0-9 '-]*")


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What became of the names that spellings were asked for."""

    created: int
    renewed: int
    unchanged: int


def romanise_name(
    name: Name,
    *,
    lexicon: Lexicon | None = None,
    split_mode: str | None = None,
    readings: Mapping[int, str] | None = None,
    breaks: Sequence[int] | None = None,
) -> Romanisation:
    """Spell a name as the kind of its place wants it, unless told otherwise.

    Parameters
    ----------
    name
        With its place and kind.
    lexicon
        Generic terms, if the caller has them already.
    split_mode, readings, breaks
        A person's choices (see `placenames.naming.romanise`).
    """
    known = lexicon if lexicon is not None else PlaceKind.objects.lexicon()
    kind = name.place.kind
    return romanise(
        name.text,
        lexicon=lexicon_of_kind(known, tuple(kind.generic_terms)),
        split_mode=split_mode or kind.split_mode,
        readings=readings,
        breaks=breaks,
    )


def fill_proposal(spelling: Spelling, text: str, *, kind: PlaceKind, lexicon: Lexicon) -> Spelling:
    """Make an unsaved spelling the proposal for a name of a kind of place."""
    spelling.text, doubts = proposed(text, lexicon, tuple(kind.generic_terms), kind.split_mode)
    # Each spelling has its own.
    spelling.doubts = [dict(row) for row in doubts]
    spelling.split_mode = kind.split_mode
    return spelling


@transaction.atomic
def propose_spellings(*, name_ids: Iterable[int] | None = None) -> Proposed:
    """Propose a spelling for every Chinese name that has none confirmed, and renew proposals that the rules now spell otherwise.

    Nothing confirmed is touched. The number of queries does not grow with the names, save for batches of a thousand.

    Parameters
    ----------
    name_ids
        Primary keys; without them, every name.
    """
    names = Name.objects.filter(language="zh").exclude(spellings__status=Spelling.Status.CONFIRMED)
    if name_ids is not None:
        names = names.filter(pk__in=list(name_ids))
    proposals = {
        spelling.name_id: spelling
        for spelling in Spelling.objects.filter(
            name__in=names.values("pk"), status=Spelling.Status.PROPOSED
        ).order_by("-pk")
    }
    lexicon = PlaceKind.objects.lexicon()
    created: list[Spelling] = []
    renewed: list[Spelling] = []
    unchanged = 0
    for name in names.select_related("place__kind").order_by("pk").iterator(chunk_size=_BATCH):
        spelled = romanise_name(name, lexicon=lexicon)
        proposal = proposals.get(name.pk)
        if proposal is None:
            created.append(_fill(Spelling(name=name), spelled, name.place.kind.split_mode))
        elif proposal.text != spelled.text or proposal.doubts != _rows(spelled):
            renewed.append(_fill(proposal, spelled, name.place.kind.split_mode))
        else:
            unchanged += 1
    Spelling.objects.bulk_create(created, batch_size=_BATCH)
    Spelling.objects.bulk_update(renewed, ["text", "doubts", "split_mode"], batch_size=_BATCH)
    refresh_keys(name_ids=[spelling.name_id for spelling in (*created, *renewed)])
    return Proposed(created=len(created), renewed=len(renewed), unchanged=unchanged)


def _fill(spelling: Spelling, spelled: Romanisation, split_mode: str) -> Spelling:
    spelling.text = spelled.text
    spelling.doubts = _rows(spelled)
    spelling.split_mode = split_mode
    return spelling


def _rows(spelled: Romanisation) -> list[dict[str, object]]:
    return [doubt.as_row() for doubt in spelled.doubts]


def clean_spelling(text: str) -> str:
    """Return a spelling as it is kept, or say what is wrong with it.

    Raises
    ------
    ValidationError
        If it is empty or holds anything but letters of Pinyin, figures, apostrophes, hyphens and spaces.
    """
    cleaned = normal_form(text).replace("’", "'")
    if not cleaned:
        raise ValidationError(_("Write the spelling in Latin letters."))
    if not _WRITTEN.fullmatch(strip_tones(cleaned)):
        raise ValidationError(
            _(
                "Only letters of Hanyu Pinyin, figures, apostrophes, hyphens and spaces may stand in a spelling."
            )
        )
    return cleaned


@transaction.atomic
def confirm_spelling(*, name: Name, text: str, user: User, split_mode: str = "") -> Spelling:
    """Make a spelling the confirmed one of a name; what was confirmed before is kept as replaced.

    Parameters
    ----------
    name
        The name.
    text
        The spelling as the officer wants it.
    user
        Who confirms.
    split_mode
        How the parts are written; as the kind of place has it if not given.

    Raises
    ------
    PermissionDenied
        If the person may not confirm spellings where the place lies.
    ValidationError
        If the text is no spelling (see `clean_spelling`).
    """
    if not may_touch(user, Action.CONFIRM_SPELLING, name.place):
        raise PermissionDenied
    cleaned = clean_spelling(text)
    # Two officers at the same name: the second waits here, and replaces what the first has confirmed.
    locked = Name.objects.select_for_update().get(pk=name.pk)
    confirmed = Spelling.objects.filter(name=locked, status=Spelling.Status.CONFIRMED).first()
    if confirmed is not None and confirmed.text == cleaned:
        return confirmed
    if confirmed is not None:
        confirmed.status = Spelling.Status.REPLACED
        confirmed.save()
    spelling = Spelling.objects.filter(name=locked, status=Spelling.Status.PROPOSED).order_by(
        "-pk"
    ).first() or Spelling(name=locked)
    spelling.text = cleaned
    spelling.split_mode = split_mode or name.place.kind.split_mode
    spelling.status = Spelling.Status.CONFIRMED
    spelling.confirmed_by = user
    spelling.confirmed_at = timezone.now()
    spelling.full_clean()
    spelling.save()
    return spelling


def waiting_names(user: User) -> QuerySet[Name]:
    """Return the names in force, within the person's scope, whose spelling waits for a person; in the order they came.

    Parameters
    ----------
    user
        Who is to confirm.
    """
    done = Spelling.objects.filter(name=OuterRef("pk"), status=Spelling.Status.CONFIRMED)
    names = Name.objects.filter(
        ~Exists(done),
        language="zh",
        valid_to__isnull=True,
        status__in=[Name.Status.STANDARD, Name.Status.RECORDED],
    )
    return limit(names, user).order_by("pk")


def with_doubts(names: QuerySet[Name]) -> QuerySet[Name]:
    """Narrow names to those whose proposed spelling has doubts."""
    doubtful = Spelling.objects.filter(name=OuterRef("pk"), status=Spelling.Status.PROPOSED).exclude(
        doubts=[]
    )
    return names.filter(Exists(doubtful))
