"""The other steps of a case: each asks whether it is allowed, writes down who and when, and tells whom it concerns."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action, may
from geo_registry.worklist.services.notifying import notify
from placenames.models import CaseStep, NameCase, Report
from placenames.models.cases import State, Step
from placenames.naming.checks import Gate

from .effect import take_effect
from .flow import checked_case, drafters, locked, missing_reports, record, refuse_outstanding, require_state

TOLD: Final = "name-case"


@dataclass(frozen=True, slots=True)
class Move:
    """What a step needs: the states it may be taken in, and what the person must be allowed to do."""

    states: tuple[str, ...]
    needs: Action


MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        Step.SUBMIT: Move((State.DRAFT, State.RETURNED), Action.EDIT_NAMES),
        Step.CHECK: Move((State.SUBMITTED,), Action.HANDLE_NAMES),
        Step.REPORT: Move((State.CHECKED, State.REPORTED), Action.HANDLE_NAMES),
        Step.APPROVE: Move((State.REPORTED,), Action.APPROVE),
        Step.FILE: Move((State.APPROVED,), Action.HANDLE_NAMES),
        Step.ANNOUNCE: Move((State.APPROVED, State.FILED), Action.HANDLE_NAMES),
        Step.RETURN: Move((State.SUBMITTED, State.CHECKED, State.REPORTED), Action.HANDLE_NAMES),
        Step.REFUSE: Move((State.SUBMITTED, State.CHECKED, State.REPORTED), Action.APPROVE),
        Step.WITHDRAW: Move(
            (State.DRAFT, State.RETURNED, State.SUBMITTED, State.CHECKED, State.REPORTED), Action.EDIT_NAMES
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A step that was taken."""

    case: NameCase
    step: CaseStep


def may_take(user: User, case: NameCase, step: str) -> bool:
    """Whether a person may take a step on a case as it is now."""
    move = MOVES[step]
    if case.state not in move.states:
        return False
    if step == Step.RETURN and may(user, Action.APPROVE, division=case.division):
        return True
    if not may(user, move.needs, division=case.division):
        return False
    if step in {Step.APPROVE, Step.REFUSE}:
        return user.pk not in drafters(case)
    return step != Step.WITHDRAW or user.pk in drafters(case)


def available(user: User, case: NameCase) -> list[str]:
    """Return the steps that a person may take now, the way forward first."""
    return [step for step in MOVES if may_take(user, case, step)]


def _begin(case: NameCase, step: str, user: User) -> NameCase:
    row = locked(case)
    require_state(row, MOVES[step].states)
    if not may_take(user, row, step):
        raise PermissionDenied
    return row


def _need_reason(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"note": _("Say why.")})
    return reason.strip()


def _day(day: datetime.date, case: NameCase) -> datetime.date:
    if day > timezone.localdate():
        raise ValidationError({"on_day": _("The day lies in the future.")})
    if case.approved_on is not None and day < case.approved_on:
        raise ValidationError({"on_day": _("The day lies before the approval.")})
    return day


@transaction.atomic
def submit(*, case: NameCase, user: User, note: str = "") -> Taken:
    """Hand a draft in. What blocks it is said at once.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not, reasons or a position are missing, or a check blocks the name.
    """
    row = _begin(case, Step.SUBMIT, user)
    if not row.reason.strip():
        raise ValidationError({"reason": _("Say why: the application holds its reasons (Art. 11).")})
    if row.geometry is None and not row.roads.exists() and row.place is None:
        raise ValidationError({"geometry": _("Say on the map where it is.")})
    findings = [
        finding for finding in checked_case(row).told_to(user).findings if finding.blocks(Gate.APPROVAL)
    ]
    refuse_outstanding(findings, Gate.APPROVAL)
    row.state = State.SUBMITTED
    row.save()
    step = record(row, Step.SUBMIT, user, note=note)
    _tell(row, step, role=Role.NAME_OFFICER)
    return Taken(case=row, step=step)


@transaction.atomic
def add_report(
    *,
    case: NameCase,
    user: User,
    report: str,
    note: str,
    on_day: datetime.date | None = None,
    number: str = "",
) -> Taken:
    """Add one of the reports of Art. 11; with the last that is required, the case waits for approval.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not, the kind of report is unknown, or it says nothing.
    """
    row = _begin(case, Step.REPORT, user)
    if report not in Report.values:
        raise ValidationError({"report": _("Choose which report it is.")})
    if not note.strip():
        raise ValidationError({"note": _("Write what the report concludes.")})
    step = record(
        row, Step.REPORT, user, report=report, note=note.strip(), on_day=on_day, number=number.strip()
    )
    if not missing_reports(row) and row.state == State.CHECKED:
        row.state = State.REPORTED
        row.save()
        _tell(row, step, role=Role.REVIEWER)
    return Taken(case=row, step=step)


@transaction.atomic
def file_case(
    *, case: NameCase, user: User, on_day: datetime.date, number: str = "", note: str = ""
) -> Taken:
    """Write down that the name was filed (Art. 13)."""
    row = _begin(case, Step.FILE, user)
    row.filed_on, row.state = _day(on_day, row), State.FILED
    row.save()
    step = record(row, Step.FILE, user, note=note, number=number.strip(), on_day=on_day)
    return Taken(case=row, step=step)


@transaction.atomic
def announce(
    *,
    case: NameCase,
    user: User,
    on_day: datetime.date,
    effective_on: datetime.date | None = None,
    number: str = "",
    note: str = "",
) -> Taken:
    """Announce the name (Art. 14); on its day, today or later, it takes effect on the register and the map.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not, the spelling is unconfirmed, or the days are not in order.
    """
    row = _begin(case, Step.ANNOUNCE, user)
    row.announced_on = _day(on_day, row)
    if effective_on is not None and effective_on < on_day:
        raise ValidationError({"effective_on": _("A name does not take effect before it is announced.")})
    row.effective_on = effective_on or on_day
    refuse_outstanding(checked_case(row).told_to(user).findings, Gate.ANNOUNCEMENT)
    row.state = State.ANNOUNCED
    row.save()
    step = record(row, Step.ANNOUNCE, user, note=note, number=number.strip(), on_day=on_day)
    take_effect(case=row)
    _tell(row, step)
    return Taken(case=row, step=step)


@transaction.atomic
def return_case(*, case: NameCase, user: User, note: str) -> Taken:
    """Send a case back to whoever drafted it, with the reason."""
    return _close(case, Step.RETURN, State.RETURNED, user, _need_reason(note))


@transaction.atomic
def refuse(*, case: NameCase, user: User, note: str) -> Taken:
    """Refuse a name for good, with the reason."""
    return _close(case, Step.REFUSE, State.REFUSED, user, _need_reason(note))


@transaction.atomic
def withdraw(*, case: NameCase, user: User, note: str = "") -> Taken:
    """Take one's own application back."""
    return _close(case, Step.WITHDRAW, State.WITHDRAWN, user, note.strip())


def _close(case: NameCase, step: str, state: str, user: User, note: str) -> Taken:
    row = _begin(case, step, user)
    row.state = state
    row.save()
    written = record(row, step, user, note=note)
    if step != Step.WITHDRAW:
        _tell(row, written)
    return Taken(case=row, step=written)


def _tell(case: NameCase, step: CaseStep, *, role: Role | None = None) -> None:
    """Tell the drafter, or everybody of a role, how the case stands."""
    params = {"name": case.title, "step": step.step, "note": step.note}
    link = reverse("naming:case", args=[case.pk])
    if role is not None:
        notify(code=TOLD, params=params, link=link, role=role, division=case.division)
    elif case.created_by is not None:
        notify(code=TOLD, params=params, link=link, person=case.created_by)


def told(params: Mapping[str, str]) -> str:
    """Put a notification of a case into words."""
    sentence = _("%(name)s: %(step)s") % {"name": params["name"], "step": Step(params["step"]).label}
    return f"{sentence}（{params['note']}）" if params.get("note") else sentence


def steps_of(case: NameCase) -> Sequence[CaseStep]:
    """Return the steps in order, with who took them."""
    return list(case.steps.select_related("by"))
