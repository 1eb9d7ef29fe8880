"""The county decides by exception: what is unusual waits for it, and of any answer it may doubt single facts; the rest stands."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.worklist.services import notify

from ...models import Confirmation, Verification
from .confirming import OvertakenError, apply, lock
from .opening import current_round

RETURNED: Final = "round-returned"
APPROVED: Final = "round-approved"
LONGEST_REASON: Final = 300
State = Confirmation.State


def may_doubt(row: Confirmation, user: User, *, day: datetime.date) -> bool:
    """Say whether a person may doubt facts of an answer: of one that waits, or holds already in the present round."""
    answered = row.state == State.APPROVING or (row.state == State.DONE and row.round == current_round(day))
    return (
        answered
        and row.confirmed_by_id != user.pk
        and may(user, Action.APPROVE, division=row.facility.division)
    )


@transaction.atomic
def approve(
    *,
    confirmation: Confirmation,
    user: User,
    version: int,
    doubts: Mapping[str, str] | None = None,
    day: datetime.date | None = None,
) -> Confirmation:
    """Let the unusual part of an answer hold, but for the facts that are doubted: those go back to whoever answered.

    Parameters
    ----------
    confirmation
        One that waits; or, with doubts, one that holds already.
    user
        Who decides.
    version
        Of the confirmation, as the page showed it.
    doubts
        By the code of a fact, what is doubtful about it. A doubted fact is not confirmed, whatever the register holds.
    day
        Today, if not given.

    Raises
    ------
    ValidationError
        If there is nothing to decide, or a doubt concerns nothing that was answered.
    PermissionDenied
        If the person may not approve here, or has confirmed it.
    OvertakenError
        If it was decided meanwhile, or answered again.
    """
    said = {code: " ".join(words.split())[:LONGEST_REASON] for code, words in (doubts or {}).items()}
    states = {State.APPROVING, State.DONE} if said else {State.APPROVING}
    row = _to_decide(confirmation, user, version, states=states, day=day)
    if not all(said.values()) or not said.keys() <= row.answers.keys():
        raise ValidationError(_("Say what is doubtful, at the fact that is."))
    apply(row, [code for code in row.unusual if code not in said])
    Verification.objects.filter(confirmation=row, code__in=said).delete()
    row.unusual = {code: reason for code, reason in row.unusual.items() if not said or code in said}
    row.disputed, row.reason = said, ""
    return _decided(row, user, State.RETURNED if said else State.DONE)


@transaction.atomic
def send_back(*, confirmation: Confirmation, user: User, version: int, reason: str) -> Confirmation:
    """Return an answer to whoever gave it, with a reason; its usual part holds already.

    Raises
    ------
    ValidationError
        Without a reason.
    PermissionDenied
        If the person may not approve here, or has confirmed it.
    OvertakenError
        If it was decided meanwhile, or answered again.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ValidationError(_("Say what is to be mended: the clerk reads it beside the form."))
    row = _to_decide(confirmation, user, version, states={State.APPROVING})
    row.disputed, row.reason = {}, reason[:LONGEST_REASON]
    return _decided(row, user, State.RETURNED)


def _to_decide(
    confirmation: Confirmation,
    user: User,
    version: int,
    *,
    states: Collection[str],
    day: datetime.date | None = None,
) -> Confirmation:
    row = lock(confirmation)
    if not may(user, Action.APPROVE, division=row.facility.division) or row.confirmed_by == user:
        raise PermissionDenied
    over = row.state == State.DONE and row.round != current_round(day or timezone.localdate())
    if row.state not in states or over or row.version != version:
        who = row.decided_by or row.confirmed_by
        raise OvertakenError(
            _("%(who)s was quicker: this is %(state)s now.")
            % {"who": who or "", "state": row.get_state_display()}
        )
    return row


def _decided(row: Confirmation, user: User, state: str) -> Confirmation:
    row.state = state
    row.decided_by, row.decided_at = user, timezone.now()
    row.version += 1
    row.save()
    if row.confirmed_by is not None:
        params = {"facility": row.facility.name, "by": str(user)}
        returned = state == State.RETURNED
        notify(
            code=RETURNED if returned else APPROVED,
            params=params | ({"reason": row.reason, "doubts": row.disputed} if returned else {}),
            link=reverse("rounds:entry", args=[row.pk]),
            person=row.confirmed_by,
        )
    return row
