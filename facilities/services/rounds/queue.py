"""One facility at a time: which is next for a person, and who has which open."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, limit, may

from ...models import Confirmation, ConfirmationHold, Round
from .settings import hold_for

_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Held:
    """Who has a facility open, since when; ``mine`` if it is the person who asks."""

    person: User
    since: datetime.datetime
    mine: bool


def waiting(round_: Round, user: User, *, town: str = "") -> QuerySet[Confirmation]:
    """Return what a person may still confirm of a round, by number; narrowed to one township's code, if given."""
    if not may(user, Action.EDIT_FACILITIES):
        return Confirmation.objects.none()
    rows = limit(Confirmation.objects.filter(round=round_).open(), user)
    if town:
        rows = rows.filter(facility__division__path__contains=f"/{town}/")
    return rows.order_by("facility__number")


def next_in_queue(
    rows: QuerySet[Confirmation], user: User, *, after: str = "", now: datetime.datetime | None = None
) -> Confirmation | None:
    """Return the next facility that nobody else has open, and take it.

    Parameters
    ----------
    rows
        As `waiting` returns them.
    user
        For whom.
    after
        The number of the facility that was left for later: go on behind it.
    now
        The present moment, if not given.
    """
    moment = now or timezone.now()
    others = ConfirmationHold.objects.filter(confirmation=OuterRef("pk"), until__gt=moment).exclude(
        person=user
    )
    free = rows.filter(~Exists(others)).select_related("facility")
    for _attempt in range(_TRIES):
        found = _first(free, after)
        if found is None:
            return None
        if take(found, user, now=moment).mine:
            return found
        after = found.facility.number
    return None


def _first(free: QuerySet[Confirmation], after: str) -> Confirmation | None:
    if after:
        return free.filter(facility__number__gt=after).first()
    # What came back is first: somebody waits for it.
    return free.filter(state=Confirmation.State.RETURNED).first() or free.first()


@transaction.atomic
def take(
    confirmation: Confirmation, user: User, *, by_force: bool = False, now: datetime.datetime | None = None
) -> Held:
    """Hold a facility for a person, unless another holds it; say who has it.

    Parameters
    ----------
    confirmation
        Which.
    user
        Who wants it.
    by_force
        Take it although another has it open: that one's form is then told so when it is sent.
    now
        The present moment, if not given.
    """
    moment = now or timezone.now()
    until = moment + hold_for(timezone.localdate(moment))
    ConfirmationHold.objects.bulk_create(
        [ConfirmationHold(confirmation=confirmation, person=user, since=moment, until=until)],
        ignore_conflicts=True,
    )
    hold = (
        ConfirmationHold.objects.select_for_update(of=("self",))
        .select_related("person")
        .get(confirmation=confirmation)
    )
    if hold.person_id != user.pk and hold.until > moment and not by_force:
        return Held(person=hold.person, since=hold.since, mine=False)
    if hold.person_id != user.pk or hold.until <= moment:
        hold.person, hold.since = user, moment
    hold.until = until
    hold.save()
    return Held(person=user, since=hold.since, mine=True)


def release(confirmation: Confirmation, user: User) -> None:
    """Let a facility go that a person leaves for later."""
    ConfirmationHold.objects.filter(confirmation=confirmation, person=user).delete()


def held_by_others(rows: QuerySet[Confirmation], user: User) -> int:
    """Return how many of some rows others have open just now."""
    holds = ConfirmationHold.objects.filter(until__gt=timezone.now()).exclude(person=user)
    return rows.filter(Q(pk__in=holds.values("confirmation"))).count()
