"""Finding facilities by what somebody types: name in characters, Pinyin or initials, number, address, village, operator."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Q
from django.utils import timezone

from geo_registry.territory.models import Division, Installation
from geo_registry.territory.search_keys import Matches, TextSearchQuery, keys_value
from geo_registry.text.search import text_search_query

from ..models import Facility, FacilityKeys, FacilityOperator
from .public import sounds_like

_BATCH: Final = 500
# What one search brings up to date; more has come by a file, and `refresh_keys` is called after files.
_MOST_AT_ONCE: Final = 1000


def fits(typed: str) -> Q | None:
    """Return the condition that every word typed fits a facility; ``None`` where nothing was typed.

    Each word is looked up by its own indexes, and the answers are joined: one condition over five tables would be read
    row by row.
    """
    words = list(dict.fromkeys(typed.split()))
    if not words:
        return None
    refresh_keys(most=_MOST_AT_ONCE)
    condition = Q()
    for word in words:
        condition &= _word_fits(word)
    return condition


def _word_fits(word: str) -> Q:
    query = text_search_query(word)
    today = timezone.localdate()
    found = (
        Q(pk__in=Facility.objects.filter(number__icontains=word).order_by().values("pk"))
        | Q(pk__in=Facility.objects.filter(address__icontains=word).order_by().values("pk"))
        | Q(division__in=_divisions_named(word))
        | Q(pk__in=FacilityOperator.objects.on(today).filter(name__icontains=word).values("facility_id"))
    )
    if query:
        named = FacilityKeys.objects.filter(Matches("keys", TextSearchQuery(query)))
        found |= Q(pk__in=named.values("facility_id"))
    return found


def _divisions_named(word: str) -> list[int]:
    """Return the divisions whose name has a word in it, in characters or in Pinyin: there are some hundred, not fifty thousand."""
    rows = Division.objects.order_by()
    if not (word.isascii() and any(map(str.isalpha, word))):
        return list(rows.filter(name__icontains=word).values_list("pk", flat=True))
    home = Installation.home()
    named = (rows.under(home) if home else rows).values_list("pk", "name")
    return [pk for pk, name in named if sounds_like(name, word)]


def refresh_keys(*, most: int | None = None) -> int:
    """Write the search keys of facilities that have none yet, or another name than when theirs were written.

    Parameters
    ----------
    most
        How many at most; without it, all.

    Returns
    -------
    int
        How many were written.
    """
    stale = Facility.objects.filter(~Q(keys__name=F("name")) | Q(keys__isnull=True)).order_by("pk")
    rows = stale.values_list("pk", "name")
    written = 0
    batch = [
        FacilityKeys(facility_id=pk, name=name, keys=keys_value(name))
        for pk, name in (rows[:most] if most else rows)
    ]
    for start in range(0, len(batch), _BATCH):
        FacilityKeys.objects.bulk_create(
            batch[start : start + _BATCH],
            update_conflicts=True,
            unique_fields=["facility"],
            update_fields=["name", "keys"],
        )
        written += len(batch[start : start + _BATCH])
    return written
