"""What the pages of history leave out of tables of place names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser

from geo_registry.accounts import history
from geo_registry.accounts.history import Manner
from geo_registry.accounts.policy import Person

from ..models import NameCase, Place, PlaceRelation, StoryPlace
from .checking.secrecy import is_told


def register() -> None:
    """Leave out what no person wrote: what the checks found is told anew to each reader, as far as he or she may know it."""
    history.register(NameCase, Manner(left_out=frozenset({"findings"})))
    history.register(PlaceRelation, Manner(told=_whose_places_are_told("place_id", "other_id")))
    history.register(StoryPlace, Manner(told=_whose_places_are_told("place_id")))


def _whose_places_are_told(*keys: str) -> Callable[[Person | None, Sequence[Any]], Callable[[Any], bool]]:
    """Return what leaves out rows that lead to a secret place which the reader may not be told of."""

    def told(reader: Person | None, events: Sequence[Any]) -> Callable[[Any], bool]:
        wanted = {getattr(event, key) for event in events for key in keys} - {None}
        secret = Place.objects.filter(pk__in=wanted).exclude(secrecy="").select_related("division")
        kept = {
            place.pk
            for place in secret.defer("division__boundary")
            if not is_told(reader or AnonymousUser(), place)
        }
        return lambda event: kept.isdisjoint(getattr(event, key) for key in keys)

    return told
