"""Relations of places, from both ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit, may_touch
from placenames.models import Name, Place, PlaceRelation, Relation
from placenames.models.records import INVERSE

from ..checking.secrecy import is_told
from ..public import public_names

MOST_FOUND: Final = 20
_LOCK: Final = 0x7265_6C61


@dataclass(frozen=True, kw_only=True)
class Related:
    """A relation as one end sees it.

    Parameters
    ----------
    row
        The relation.
    label
        What the other end is to this one: “part of”, “has as its part”.
    place, name
        The other end and the name it goes by today; ``None`` where it is not in the register.
    is_veiled
        Whether there is another end that the reader may not be told of; what is written beside the relation may name it, too.
    """

    row: PlaceRelation
    label: str | Promise
    place: Place | None
    name: Name | None
    is_veiled: bool = False

    @property
    def text(self) -> str:
        """What the other end is called."""
        if self.is_veiled:
            return _("a place that is not public")
        return self.name.text if self.name is not None else self.row.other_text or str(self.place or "")


def relations_of(place: Place, *, reader: User | None) -> list[Related]:
    """Return a place's relations from both ends; to the public, only those whose other end is public and named.

    Parameters
    ----------
    place
        It must be the reader's to see, which its page has seen to.
    reader
        Who of the office reads them, and is told of a secret place elsewhere only that there is one; ``None``: the public.
    """
    public = reader is None
    rows = PlaceRelation.objects.filter(Q(place=place) | Q(other=place))
    names: QuerySet[Name] = public_names() if public else Name.objects.order_by("pk")
    if public:
        rows = rows.public()
    for end in ("place", "other"):
        rows = rows.select_related(f"{end}__kind", f"{end}__division__parent").prefetch_related(
            Prefetch(f"{end}__names", queryset=names)
        )
    rows = rows.defer("place__division__boundary", "other__division__boundary")
    found = []
    for row in rows:
        inverse = row.other_id == place.pk
        other = row.place if inverse else row.other
        name = other.current_name() if other is not None else None
        if public and other is not None and name is None:
            continue
        veiled = reader is not None and other is not None and not is_told(reader, other)
        label = INVERSE[Relation(row.relation)] if inverse else row.get_relation_display()
        if veiled:
            other = name = None
        found.append(Related(row=row, label=label, place=other, name=name, is_veiled=veiled))
    return found


def find_places(user: User, typed: str, *, but: Place) -> list[tuple[Place, Name]]:
    """Return places that a person may relate one to, by a name: those of the scope, and public ones elsewhere."""
    if not typed.strip():
        return []
    own = limit(Place.objects.all(), user).order_by().values("pk")
    names = Name.objects.announced().matching(typed).exclude(place=but)
    names = names.filter(Q(place__in=own) | Q(place__in=Place.objects.public().order_by().values("pk")))
    later = Name.objects.filter(place=OuterRef("place"), pk__lt=OuterRef("pk")).announced().matching(typed)
    rows = names.filter(~Exists(later)).select_related("place__kind", "place__division__parent")
    rows = rows.defer("place__division__boundary", "place__division__parent__boundary")
    return [(name.place, name) for name in rows.order_by("text", "pk")[:MOST_FOUND]]


@transaction.atomic
def relate(
    *,
    place: Place,
    relation: str,
    user: User,
    other: Place | None = None,
    other_text: str = "",
    inverse: bool = False,
    note: str = "",
    source_text: str = "",
) -> PlaceRelation:
    """Put a relation on record.

    Parameters
    ----------
    place
        The place whose page it is written on.
    relation
        What ``place`` is to the other; with ``inverse``, what the other is to ``place``.
    user
        Who writes it.
    other, other_text
        The other end: a place of the register, or words for what is none.
    inverse
        Whether the other end comes first.
    note, source_text
        What more is known, and where from.

    Raises
    ------
    PermissionDenied
        If the person does not keep names where ``place`` lies, or may not be told of the other.
    ValidationError
        If it is on record already, has no other end, or would make a place a part of itself by way of others.
    """
    if not may_touch(user, "change", place) or (other is not None and not is_told(user, other)):
        raise PermissionDenied
    if relation not in Relation.values:
        raise ValidationError({"relation": _("Choose what the one is to the other.")})
    if inverse and other is None:
        raise ValidationError({"other": _("Choose a place of the register.")})
    first, second = (other, place) if inverse and other is not None else (place, other)
    row = PlaceRelation(
        place=first, relation=relation, other=second, other_text=other_text.strip() if second is None else "",
        note=note.strip(), source_text=source_text.strip(), created_by=user,
    )  # fmt: skip
    if second is not None and relation != Relation.NAMED_AFTER:
        # Two people who write the two halves of a ring at the same moment: the second sees the first.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if _leads_to(second.pk, first.pk, relation):
            raise ValidationError(
                _("The other one is on record the other way round already: it would go round in a ring.")
            )
    row.full_clean(exclude=["created_by"])
    row.save()
    return row


def _leads_to(start: int, goal: int, relation: str) -> bool:
    """Whether relations of a kind lead from one place to another."""
    seen: set[int] = set()
    front = {start}
    while front:
        if goal in front:
            return True
        seen |= front
        rows = PlaceRelation.objects.filter(place__in=front, relation=relation, other__isnull=False)
        front = {pk for pk in rows.values_list("other_id", flat=True) if pk is not None} - seen
    return False


@transaction.atomic
def unrelate(*, row: PlaceRelation, user: User) -> None:
    """Take a relation off the record; its history stays.

    Raises
    ------
    PermissionDenied
        If the person keeps names at neither end.
    """
    ends: Sequence[Place | None] = (row.place, row.other)
    if not any(end is not None and may_touch(user, "change", end) for end in ends):
        raise PermissionDenied
    row.delete()
