"""The names that a proposal is compared with: those in force, or still to come, of what it may be mistaken for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import NamedTuple, Self

from django.db.models import BigIntegerField, Q
from django.utils import timezone

from geo_registry.search.queries import lies_in
from geo_registry.territory.prepared import Given
from placenames.models import Name, NameQuerySet, PlaceKind

from .subject import Subject


class Among(NamedTuple):
    """Which names, apart from where they are; statements that are written once are kept by it.

    Parameters
    ----------
    family
        What the thing may be mistaken for; of a kind without a procedure its own kind alone.
    kind
        The key of such a kind, else 0.
    day
        Names whose time was over before it are left out.
    """

    family: str
    kind: int
    day: datetime.date

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """Return it for a subject, as of today."""
        family = subject.family
        own = subject.kind.pk if family.startswith("kind:") else 0
        return cls(family=family, kind=own, day=timezone.localdate())

    def names(self) -> NameQuerySet:
        """Return the names."""
        kinds = Q(pk=self.kind) if self.kind else Q(procedure__family=self.family)
        return Name.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=self.day),
            status__in=[Name.Status.STANDARD, Name.Status.RECORDED],
            language="zh",
            place__kind__in=PlaceKind.objects.filter(kinds),
        )

    def given(self, *, within: bool) -> NameQuerySet:
        """Return them for a statement: without those of a ``place``, and in divisions with ``paths`` if that is wanted."""
        own = Q(place_id=Given("place", "bigint", BigIntegerField()))
        names = self.names().filter(~own)
        return names.filter(in_divisions(Given("paths", "text[]"))) if within else names


def in_divisions(paths: Iterable[str] | Given) -> Q:
    """Return the condition that a name's place lies in one of some divisions, or in none that anybody entered."""
    given = paths if isinstance(paths, Given) else tuple(paths)
    return Q(place__division__isnull=True) | lies_in(given, "place__division__path")
