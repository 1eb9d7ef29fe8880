"""What happens to a facility: status, operator, kind and functions change on a day; the facility stays the same.

An event writes rows into the dated tables, where everything else looks; it remembers which, so that a wrong one can be withdrawn,
and stays itself as the trace. A day to come is entered like any other: the dated tables are asked by day.

One facility or many: what may be is judged facility by facility (`judge`, `judge_withdrawal`), what is written is written together.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may

from ..models import Facility, FacilityStatus, LifeEvent, Proposal, StatusRule, What
from .life_checks import check, check_sequence, needs_approval
from .life_deeds import Deed, plan, take_back, write, written
from .life_rows import Lives
from .life_words import Event
from .proposing import event_proposal, keep_all


@transaction.atomic
def enter(*, facility: Facility, event: Event, user: User, note: str = "") -> LifeEvent | Proposal:
    """Enter an event; where it needs approval that the person cannot give, propose it.

    Raises
    ------
    PermissionDenied
        If the person does not keep facilities where it lies.
    ValidationError
        If the event is not possible, by the field that it concerns.
    """
    locked = _locked(facility)
    return enter_judged([judge(locked, event, user, Lives([locked]), note=note)], user=user)[0]


def judge(facility: Facility, event: Event, user: User, lives: Lives, *, note: str = "") -> Deed | Proposal:
    """Return what would come of an event of a locked facility: a deed, or where it needs approval, a proposal. Nothing is written.

    Raises
    ------
    PermissionDenied, ValidationError
        As for `enter`.
    """
    if not may(user, Action.EDIT_FACILITIES, division=facility.division):
        raise PermissionDenied
    check(facility, event, lives)
    at_once = may(user, Action.EDIT_FACILITIES_AT_ONCE, division=facility.division)
    if at_once or not needs_approval(facility, event, lives):
        return plan(facility, event, lives)
    return event_proposal(facility=facility, event=event.as_json(), author=user, note=note)


@transaction.atomic
def enter_judged(judged: Sequence[Deed | Proposal], *, user: User) -> list[LifeEvent | Proposal]:
    """Write what `judge` returned, each of another facility, together; return what was made, in the same order."""
    events = iter(write([one for one in judged if isinstance(one, Deed)], user=user))
    proposals = iter(keep_all([one for one in judged if isinstance(one, Proposal)]))
    return [next(events) if isinstance(one, Deed) else next(proposals) for one in judged]


def enter_unasked(facility: Facility, event: Event, user: User, *, approved: bool = False) -> LifeEvent:
    """Enter an event of a locked facility for a caller that has asked whether it may: a beginning, or what the county has approved.

    Raises
    ------
    ValidationError
        If the event is not possible.
    """
    lives = Lives([facility])
    check(facility, event, lives)
    return write([plan(facility, event, lives)], user=user, approved=approved)[0]


@transaction.atomic
def withdraw(*, event: LifeEvent, user: User, reason: str) -> LifeEvent:
    """Take an event back that was wrong: what it wrote goes, the event stays with who said so and why.

    Raises
    ------
    PermissionDenied
        If the person could not have entered it without asking.
    ValidationError
        If it was withdrawn already, has no reason, or what remains would not fit together.
    """
    found, lives = _held(event)
    judge_withdrawal(found, user, reason, lives)
    take_back([found], user=user, reason=reason.strip()[:200], lives=lives)
    return found


def judge_withdrawal(event: LifeEvent, user: User, reason: str, lives: Lives) -> None:
    """Say what keeps an event, locked with its facility, from being withdrawn. Nothing is written.

    Raises
    ------
    PermissionDenied, ValidationError
        As for `withdraw`.
    """
    _may_take_back(event, user, reason)
    if event.what == What.STATUS:
        check_sequence(event.facility, lives, without=written(event, "status"))


@transaction.atomic
def withdraw_judged(events: Sequence[LifeEvent], *, user: User, reason: str, lives: Lives) -> None:
    """Withdraw events that `judge_withdrawal` has let pass, each of another facility, together."""
    take_back(events, user=user, reason=reason.strip()[:200], lives=lives)


@transaction.atomic
def correct(*, event: LifeEvent, instead: Event, user: User, reason: str) -> LifeEvent:
    """Put another event in the place of a wrong one; the wrong one stays as the trace.

    Raises
    ------
    PermissionDenied, ValidationError
        As for `withdraw` and `enter`.
    """
    found, lives = _held(event)
    _may_take_back(found, user, reason)
    take_back([found], user=user, reason=reason.strip()[:200], lives=lives)
    facility, left = found.facility, Lives([found.facility])
    check(facility, instead, left)
    at_once = may(user, Action.EDIT_FACILITIES_AT_ONCE, division=facility.division)
    if not at_once and needs_approval(facility, instead, left):
        # Or a pause, entered without asking, could be "corrected" into a closure.
        raise ValidationError(
            _(
                "What you want to put in its place needs the county's approval. Withdraw this one, and enter that anew."
            )
        )
    return write([plan(facility, instead, left)], user=user, corrects=found)[0]


def adopt(status: FacilityStatus) -> LifeEvent:
    """Return the event of a status; one that came from a file is given one, so that it can be corrected with its trace kept."""
    kept = LifeEvent.objects.filter(
        facility=status.facility_id, what=What.STATUS, withdrawn_at__isnull=True, undo__status=status.pk
    ).first()
    return kept or LifeEvent.objects.create(
        facility_id=status.facility_id,
        what=What.STATUS,
        day=status.valid_from,
        details={"status": status.status, "merged_into": status.merged_into_id},
        reason=status.reason,
        document=status.document,
        undo={"status": status.pk},
    )


def _held(event: LifeEvent) -> tuple[LifeEvent, Lives]:
    """Return an event, locked with its facility, and what its facility's dated tables hold."""
    facility = _locked(event.facility)
    found = LifeEvent.objects.select_for_update().get(pk=event.pk)
    found.facility = facility
    return found, Lives([facility])


def _may_take_back(event: LifeEvent, user: User, reason: str) -> None:
    division = event.facility.division
    if not may(user, Action.EDIT_FACILITIES_AT_ONCE, division=division):
        own = event.recorded_by_id == user.pk and may(user, Action.EDIT_FACILITIES, division=division)
        if not own or event.undo.get("approved"):
            raise PermissionDenied
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it was wrong.")})
    if not event.holds:
        raise ValidationError(_("This was withdrawn already."))


def _locked(facility: Facility) -> Facility:
    rows = Facility.objects.select_for_update(of=("self",)).select_related("division", "kind__tier")
    return rows.get(pk=facility.pk)


def next_statuses(facility: Facility, day: datetime.date) -> list[StatusRule]:
    """Return the rules for what may follow the status that a facility has on a day."""
    row = Lives([facility]).status_until(facility, day)
    return list(StatusRule.objects.filter(before=row.status if row else ""))
