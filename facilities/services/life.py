"""What happens to a facility: status, operator, kind and functions change on a day; the facility stays the same.

An event writes rows into the dated tables, where everything else looks; it remembers which, so that a wrong one can be withdrawn,
and stays itself as the trace. A day to come is entered like any other: the dated tables are asked by day.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.reference.models import ReferenceValue

from ..models import (
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityOperator,
    FacilityStatus,
    Function,
    Kind,
    LifeEvent,
    Proposal,
    Status,
    StatusRule,
    What,
)
from .facts import Rules
from .kinds import kind_on, settle_kind
from .life_words import Event, event_words
from .proposing import propose_event


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
    if not may(user, Action.EDIT_FACILITIES, division=locked.division):
        raise PermissionDenied
    check(locked, event)
    if not may(user, Action.EDIT_FACILITIES_AT_ONCE, division=locked.division) and needs_approval(
        locked, event
    ):
        return propose_event(
            facility=locked,
            event=event.as_json(),
            title=_("%(what)s: %(value)s")
            % {"what": locked.name, "value": event_words(event.what, event.details)},
            author=user,
            note=note,
        )
    return perform(locked, event, user)


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
    locked = _locked(event.facility)
    found = _taken_back(locked, event, user, reason)
    if found.what == What.STATUS:
        _check_sequence(locked)
    return found


@transaction.atomic
def correct(*, event: LifeEvent, instead: Event, user: User, reason: str) -> LifeEvent:
    """Put another event in the place of a wrong one; the wrong one stays as the trace.

    Raises
    ------
    PermissionDenied, ValidationError
        As for `withdraw` and `enter`.
    """
    found = _taken_back(_locked(event.facility), event, user, reason)
    locked = _locked(event.facility)
    check(locked, instead)
    at_once = may(user, Action.EDIT_FACILITIES_AT_ONCE, division=locked.division)
    if not at_once and needs_approval(locked, instead):
        # Or a pause, entered without asking, could be "corrected" into a closure.
        raise ValidationError(
            _(
                "What you want to put in its place needs the county's approval. Withdraw this one, and enter that anew."
            )
        )
    return perform(locked, instead, user, corrects=found)


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


def _taken_back(facility: Facility, event: LifeEvent, user: User, reason: str) -> LifeEvent:
    """Take what an event wrote out of the dated tables of a locked facility, and mark the event as withdrawn."""
    found = LifeEvent.objects.select_for_update().get(pk=event.pk)
    _may_take_back(facility, found, user)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it was wrong.")})
    if not found.holds:
        raise ValidationError(_("This was withdrawn already."))
    _undo(facility, found)
    found.withdrawn_by, found.withdrawn_at, found.withdrawn_reason = (
        user,
        timezone.now(),
        reason.strip()[:200],
    )
    found.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    return found


def _may_take_back(facility: Facility, event: LifeEvent, user: User) -> None:
    division = facility.division
    if may(user, Action.EDIT_FACILITIES_AT_ONCE, division=division):
        return
    own = event.recorded_by_id == user.pk and may(user, Action.EDIT_FACILITIES, division=division)
    if not own or event.undo.get("approved"):
        raise PermissionDenied


def _locked(facility: Facility) -> Facility:
    rows = Facility.objects.select_for_update(of=("self",)).select_related("division", "kind__tier")
    return rows.get(pk=facility.pk)


# -- what is possible ---------------------------------------------------------------------------------


def needs_approval(facility: Facility, event: Event) -> bool:
    """Whether an event waits for the county when a clerk enters it."""
    if event.what is What.STATUS:
        before = _status_before(facility, event.day)
        rule = StatusRule.objects.filter(before=before, after=event.details["status"]).first()
        return rule is None or rule.needs_approval
    return Rules.read().needs_approval(event.what.value)


def next_statuses(facility: Facility, day: datetime.date) -> list[StatusRule]:
    """Return the rules for what may follow the status that a facility has on a day."""
    return list(StatusRule.objects.filter(before=_status_before(facility, day)))


def _status_before(facility: Facility, day: datetime.date) -> str:
    row = facility.statuses.filter(valid_from__lte=day).order_by("-valid_from").first()
    return row.status if row else ""


def check(facility: Facility, event: Event) -> None:
    """Say what makes an event impossible.

    Raises
    ------
    ValidationError
        By field: ``day``, ``status``, ``document``, ``merged_into``, ``name``, ``until``, ``kind``, ``functions``, ``reason``.
    """
    errors: dict[str, list[str]] = {}
    if facility.duplicate_of_id is not None:
        raise ValidationError(_("This record was merged into another; enter the event there."))
    if not event.reason.strip():
        errors.setdefault("reason", []).append(_("Say why, in a few words."))
    far = timezone.localdate() + datetime.timedelta(days=366 * _years_ahead())
    if event.day > far:
        errors.setdefault("day", []).append(_("This day is too far ahead."))
    for name, message in _CHECKS[event.what](facility, event):
        errors.setdefault(name, []).append(message)
    if errors:
        raise ValidationError(errors)


def _years_ahead() -> int:
    row = ReferenceValue.objects.effective("facility-planned-ahead-years", on=timezone.localdate())
    # Without a row nothing bounds it but the calendar.
    return int(row.value) if row else 100


Problems = list[tuple[str, str]]


def _check_status(facility: Facility, event: Event) -> Problems:
    after = event.details.get("status") or ""
    problems: Problems = []
    if after not in Status.values:
        return [("status", _("Choose a status."))]
    rows = list(facility.statuses.order_by("valid_from"))
    if any(row.valid_from == event.day for row in rows):
        return [("day", _("There is a status of this day already; correct that one."))]
    before = next((row.status for row in reversed(rows) if row.valid_from < event.day), "")
    following = next((row for row in rows if row.valid_from > event.day), None)
    rules = {(rule.before, rule.after): rule for rule in StatusRule.objects.all()}
    rule = rules.get((before, after))
    if rule is None:
        problems.append(("status", _not_possible(before, after)))
    elif rule.needs_document and not event.document.strip() and not event.has_file:
        problems.append(("document", _("This needs a document: its number, or a file.")))
    if following is not None and (after, following.status) not in rules:
        problems.append(
            (
                "day",
                _("After it, from %(day)s, there is “%(status)s”, which cannot follow. Correct that first.")
                % {"day": date_format(following.valid_from), "status": following.get_status_display()},
            )
        )
    if after in {Status.CLOSED, Status.MERGED} and facility.opened_on and event.day < facility.opened_on:
        problems.append(("day", _("It opened only on %(day)s.") % {"day": date_format(facility.opened_on)}))
    if after == Status.MERGED:
        problems += _check_target(facility, event.details.get("merged_into"))
    return problems


def _not_possible(before: str, after: str) -> str:
    words = dict(Status.choices)
    if not before:
        return _("A facility's life cannot begin with “%(after)s”.") % {"after": words[Status(after)]}
    if before == after:
        return _("It has this status on that day already.")
    return _("“%(after)s” cannot follow “%(before)s”.") % {
        "after": words[Status(after)],
        "before": words[Status(before)],
    }


def _check_target(facility: Facility, target: Any) -> Problems:
    if not target:
        return [("merged_into", _("Say into which facility it is merged: its number."))]
    other = Facility.objects.standing().filter(pk=target).first()
    if other is None or other.pk == facility.pk:
        return [("merged_into", _("There is no other facility with this number."))]
    return []


def _check_operator(facility: Facility, event: Event) -> Problems:
    problems: Problems = []
    if not event.details.get("name"):
        problems.append(("name", _("Say who runs it from then on.")))
    until = event.details.get("until")
    if until and datetime.date.fromisoformat(until) <= event.day:
        problems.append(("until", _("The contract ends before it begins.")))
    if facility.operators.filter(valid_from=event.day).exists():
        problems.append(("day", _("An operator begins on this day already; correct that one.")))
    return problems


def _check_functions(facility: Facility, event: Event) -> Problems:
    functions = event.details.get("functions") or []
    if not functions or Function.objects.filter(pk__in=functions).count() != len(set(functions)):
        return [("functions", _("Choose at least one function."))]
    if facility.functions.filter(valid_from=event.day).exists():
        return [("day", _("Functions change on this day already; correct that change."))]
    return []


def _check_kind(facility: Facility, event: Event) -> Problems:
    kind = Kind.objects.filter(pk=event.details.get("kind") or 0).first()
    if kind is None:
        return [("kind", _("Choose a kind."))]
    if facility.kinds.filter(valid_from=event.day).exists():
        return [("day", _("The kind changes on this day already; correct that change."))]
    if kind.pk == kind_on(facility, event.day):
        return [("kind", _("It is of this kind on that day already."))]
    return _check_functions(facility, event)


_CHECKS: dict[What, Callable[[Facility, Event], Problems]] = {
    What.STATUS: _check_status,
    What.OPERATOR: _check_operator,
    What.KIND: _check_kind,
    What.FUNCTIONS: _check_functions,
}


def _check_sequence(facility: Facility) -> None:
    """Say whether the statuses that are left follow one another.

    Raises
    ------
    ValidationError
        If one could not follow the one before it.
    """
    rules = set(StatusRule.objects.values_list("before", "after"))
    before = ""
    for row in facility.statuses.order_by("valid_from"):
        # How a register's life began is what its files say: only what follows is held to the rules.
        if before and (before, row.status) not in rules:
            raise ValidationError(
                _("Without it, %(problem)s Correct it instead, or begin with the later one.")
                % {"problem": _not_possible(before, row.status)}
            )
        before = row.status


# -- doing and undoing --------------------------------------------------------------------------------


def perform(
    facility: Facility, event: Event, user: User, *, corrects: LifeEvent | None = None, approved: bool = False
) -> LifeEvent:
    """Write what an event changes. The facility is locked, the event was checked."""
    undo = _DOING[event.what](facility, event)
    if approved:
        undo["approved"] = True
    return LifeEvent.objects.create(
        facility=facility,
        what=event.what,
        day=event.day,
        details=dict(event.details),
        reason=event.reason.strip(),
        document=event.document.strip(),
        undo=undo,
        recorded_by=user,
        corrects=corrects,
    )


def _do_status(facility: Facility, event: Event) -> dict[str, Any]:
    row = FacilityStatus(
        facility=facility,
        status=event.details["status"],
        valid_from=event.day,
        reason=event.reason.strip(),
        document=event.document.strip(),
        merged_into_id=event.details.get("merged_into"),
    )
    row.full_clean()
    row.save()
    return {"status": row.pk}


def _do_operator(facility: Facility, event: Event) -> dict[str, Any]:
    day = event.day
    ended = []
    for row in facility.operators.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lt=day), Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    ):
        ended.append([row.pk, row.valid_to.isoformat() if row.valid_to else None])
        row.valid_to = day
        row.save(update_fields=["valid_to"])
    following = facility.operators.filter(valid_from__gt=day).order_by("valid_from").first()
    until = event.details.get("until")
    made = FacilityOperator(
        facility=facility,
        name=event.details["name"],
        mode=event.details.get("mode") or "",
        valid_from=day,
        valid_to=datetime.date.fromisoformat(until) if until else following and following.valid_from,
    )
    made.full_clean()
    made.save()
    return {"operator": made.pk, "operators_ended": ended}


def _do_functions(facility: Facility, event: Event) -> dict[str, Any]:
    tier = Kind.objects.get(pk=kind_on(facility, event.day)).tier_id
    return _declare(facility, event, ending={tier}, tier_id=tier)


def _declare(facility: Facility, event: Event, *, ending: set[int], tier_id: int) -> dict[str, Any]:
    """End the functions at some tiers that are no longer wanted, and begin those that are."""
    wanted = set(event.details["functions"])
    day = event.day
    ended, begun = [], []
    held = set()
    for row in facility.functions.on(day).filter(tier__in=ending):
        if row.tier_id == tier_id and row.function_id in wanted:
            held.add(row.function_id)
            continue
        ended.append([row.pk, row.valid_to.isoformat() if row.valid_to else None])
        row.valid_to = day
        row.save(update_fields=["valid_to"])
    for function_id in sorted(wanted - held):
        made = FacilityFunction.objects.create(
            facility=facility, function_id=function_id, tier_id=tier_id, valid_from=day
        )
        begun.append(made.pk)
    return {"functions": begun, "functions_ended": ended}


def _do_kind(facility: Facility, event: Event) -> dict[str, Any]:
    old_tier = Kind.objects.get(pk=kind_on(facility, event.day)).tier_id
    new = Kind.objects.get(pk=event.details["kind"])
    if not facility.kinds.exists():
        # What it was before is said once, so that every day has its kind.
        FacilityKind.objects.create(facility=facility, kind_id=facility.kind_id, valid_from=None)
    row = FacilityKind.objects.create(facility=facility, kind=new, valid_from=event.day)
    undo = _declare(facility, event, ending={old_tier, new.tier_id}, tier_id=new.tier_id)
    settle_kind(facility)
    return {**undo, "kind": row.pk}


_DOING: dict[What, Callable[[Facility, Event], dict[str, Any]]] = {
    What.STATUS: _do_status,
    What.OPERATOR: _do_operator,
    What.KIND: _do_kind,
    What.FUNCTIONS: _do_functions,
}


def _undo(facility: Facility, event: LifeEvent) -> None:
    undo = event.undo
    FacilityStatus.objects.filter(facility=facility, pk=undo.get("status") or 0).delete()
    FacilityOperator.objects.filter(facility=facility, pk=undo.get("operator") or 0).delete()
    FacilityFunction.objects.filter(facility=facility, pk__in=undo.get("functions", ())).delete()
    FacilityKind.objects.filter(facility=facility, pk=undo.get("kind") or 0).delete()
    for model, name in ((FacilityOperator, "operators_ended"), (FacilityFunction, "functions_ended")):
        for pk, was in undo.get(name, ()):
            # Unless somebody has given it another end meanwhile.
            row = model._default_manager.filter(facility=facility, pk=pk, valid_to=event.day).first()
            if row is not None:
                row.valid_to = datetime.date.fromisoformat(was) if was else None
                row.save(update_fields=["valid_to"])
    if event.what == What.KIND:
        settle_kind(facility)
