"""Many names looked through one after another, and changed together once what would become of each has been seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, limit, may, may_touch
from geo_registry.territory.models import Division, Road
from placenames.models import Name, NameReview, Spelling
from placenames.models.names import NameQuerySet
from placenames.naming.checks import Act

from .checking import RoadLine, Subject, check_name
from .checking.words import finding_message, to_be_looked_at
from .standing import standing_at

MOST_ROWS: Final = 20_000
CONFIRM, ACCEPT, FINE = "confirm", "accept", "fine"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which names are looked through: those of a division and below, of a kind, with a status."""

    division: Division | None = None
    kind: str = ""
    text: str = ""


def reviewable(user: User, chosen: Chosen) -> NameQuerySet:
    """Return names in force within the person's scope, in the order they came."""
    scope = limit(Name.objects.all(), user).order_by().values("pk")
    rows = Name.objects.filter(pk__in=scope, valid_to__isnull=True, status__in=["standard", "recorded"])
    if chosen.division is not None:
        rows = rows.filter(place__division__path__startswith=chosen.division.path)
    if chosen.kind:
        rows = rows.filter(place__kind__code=chosen.kind)
    if chosen.text:
        rows = rows.matching(chosen.text)
    return rows.order_by("pk")


def waiting(names: NameQuerySet) -> NameQuerySet:
    """Narrow names to those that nobody has looked at."""
    return names.filter(~Exists(NameReview.objects.filter(name=OuterRef("pk"))))


def how_many(names: NameQuerySet) -> dict[str, int]:
    """Return how many names there are, how many nobody has looked at, and how many are to be looked into. One statement."""
    return names.order_by().aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=Q(review__isnull=True)),
        doubted=Count("pk", filter=Q(review__outcome=NameReview.Outcome.DOUBTED)),
    )


def subject_of_name(name: Name, *, roads: Sequence[Road | RoadLine] | None = None) -> Subject:
    """Return what the checks take of a name that is there: it is no candidate for itself, and lists of words exempt it.

    Parameters
    ----------
    name
        See `with_what_checks_need`.
    roads
        The stretches of road that its place is, where they were read already.
    """
    place = name.place
    return Subject(
        text=name.text, kind=place.kind, division=place.named_division or place.division, act=Act.NAMING, place=place,
        old_text=name.text, geometry=standing_at(place),
        roads=list(place.roads.all()) if roads is None else roads, spelling_confirmed=name.confirmed_spelling() is not None,
        spelling=getattr(name.confirmed_spelling(), "text", ""),
    )  # fmt: skip


def with_what_checks_need(names: NameQuerySet, *, roads: bool = True) -> NameQuerySet:
    """Read all that `subject_of_name` asks of names, however many, in five statements; the roads only if they are wanted."""
    rows = names.select_related("place__kind__procedure", "place__division", "place__named_division")
    rows = rows.defer("place__division__boundary", "place__named_division__boundary")
    return rows.prefetch_related("spellings", *(["place__roads"] if roads else []))


def check_again(name: Name, *, user: User) -> list[str]:
    """Check a name that was changed by hand, and return a sentence for each finding that the person should look at.

    Spellings that wait and days of the procedure have their own queues. A name that is not in force is not checked.
    """
    if name.status not in {Name.Status.STANDARD, Name.Status.RECORDED} or name.valid_to is not None:
        return []
    rows = with_what_checks_need(Name.objects.filter(pk=name.pk))
    checked = check_name(subject_of_name(rows.get())).told_to(user)
    return [finding_message(finding).render(_) for finding in checked.findings if to_be_looked_at(finding)]


@transaction.atomic
def review(*, name: Name, outcome: str, user: User, note: str = "") -> NameReview:
    """Write down what a person says of a name.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person does not keep names there; if a doubt says nothing.
    """
    if not may_touch(user, "change", name):
        raise PermissionDenied
    if outcome == NameReview.Outcome.DOUBTED and not note.strip():
        raise ValidationError(_("Say what is to be looked into."))
    values = {"outcome": outcome, "note": note.strip(), "by": user}
    row, _made = NameReview.objects.update_or_create(name=name, defaults=values)
    return row


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a batch would do.

    Parameters
    ----------
    action
        What is done to each.
    name_ids
        The names that it would change, in order.
    left_out
        How many it would leave alone, since nothing is to be done or a person must look.
    token
        What the batch is called by when it is carried out: it stands for these names as they are now.
    """

    action: str
    name_ids: Sequence[int]
    left_out: int
    token: str

    @property
    def count(self) -> int:
        """How many would be changed."""
        return len(self.name_ids)


def preview(*, user: User, action: str, chosen: Chosen) -> Preview:
    """Say what a batch would do.

    Raises
    ------
    PermissionDenied
        If the person may not do it at all.
    ValidationError
        If there are too many names, or the action is unknown.
    """
    require(user, action)
    names = reviewable(user, chosen)
    total = names.count()
    fitting = list(_fitting(names, action).values_list("pk", "text")[: MOST_ROWS + 1])
    if len(fitting) > MOST_ROWS:
        raise ValidationError(
            _("At most %(count)d names at a time: narrow the choice.") % {"count": MOST_ROWS}
        )
    digest = hashlib.sha256("|".join(f"{pk}:{text}" for pk, text in fitting).encode()).hexdigest()[:32]
    return Preview(
        action=action, name_ids=[pk for pk, _text in fitting], left_out=total - len(fitting), token=f"{action}-{digest}"
    )  # fmt: skip


def require(user: User, action: str) -> None:
    """Let those through who may do a thing to many names.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not; if there is no such thing.
    """
    needs = {CONFIRM: Action.CONFIRM_SPELLING, ACCEPT: Action.APPROVE, FINE: Action.HANDLE_NAMES}
    if action not in needs:
        raise ValidationError(_("There is no such action."))
    if not may(user, needs[action]):
        raise PermissionDenied


def _fitting(names: NameQuerySet, action: str) -> QuerySet[Name]:
    """Return the names that an action would change: a spelling in doubt is for a person, and so is a doubted name."""
    doubted = NameReview.objects.filter(name=OuterRef("pk"), outcome=NameReview.Outcome.DOUBTED)
    names = names.filter(~Exists(doubted))
    if action == CONFIRM:
        own = Spelling.objects.filter(name=OuterRef("pk"))
        sure = own.filter(status=Spelling.Status.PROPOSED, doubts=[])
        return names.filter(Exists(sure), ~Exists(own.filter(status=Spelling.Status.CONFIRMED)))
    if action == ACCEPT:
        others = Name.objects.filter(place=OuterRef("place"), valid_to__isnull=True).exclude(
            pk=OuterRef("pk")
        )
        standing = others.filter(status=Name.Status.STANDARD)
        earlier = others.filter(status=Name.Status.RECORDED, pk__lt=OuterRef("pk"))
        # A place has one standard name: of several recorded ones a person must choose.
        return names.filter(~Exists(standing), ~Exists(earlier), status=Name.Status.RECORDED)
    return waiting(names)
