"""A new facility: its facts, and how its life begins."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.territory.models import Division, Installation

from ..models import (
    Facility,
    FacilityFunction,
    FacilityOperator,
    Function,
    Kind,
    LifeEvent,
    Proposal,
    Status,
    What,
)
from .checks import Finding, blocking, findings
from .editing import Blocked, apply_facts, look_again, situation_of
from .facts import FACTS, FOR_APPROVERS, Facts, Type, put
from .life import enter_unasked
from .life_words import ENTERED, Event
from .proposing import propose_new

# Addresses below /office/facilities/ that are words: no facility is numbered so.
TAKEN_WORDS: Final = frozenset(
    {"new", "check", "proposals", "duplicates", "bulk", "views", "export", "print"}
)
# What is asked of a new facility beside its facts.
BIRTH: Final = (
    "number", "kind", "functions", "status", "status_from", "operator_name", "operator_mode", "operator_from",
    "operator_to",
)  # fmt: skip


@dataclass(frozen=True)
class Founded:
    """What became of it: a facility, or a proposal."""

    facility: Facility | None = None
    proposal: Proposal | None = None


@transaction.atomic
def found(
    *,
    facts: Facts,
    birth: Mapping[str, Any],
    user: User,
    figures_as_of: datetime.date | None = None,
    note: str = "",
    proposal: Proposal | None = None,
    send: bool = True,
) -> Founded:
    """Enter a new facility; what a clerk enters waits for the county.

    Parameters
    ----------
    facts
        As for a card.
    birth
        ``number`` (empty: the next free one), ``kind``, ``functions``, ``status`` with ``status_from``, and the operator.
    user
        Who enters it.
    figures_as_of, note, proposal, send
        As for `editing.save_card`.

    Raises
    ------
    PermissionDenied
        If the person does not keep facilities there.
    Blocked
        If it would say what cannot be. A draft may.
    ValidationError
        If how its life begins is not possible, by field.
    """
    facts = {code: value for code, value in facts.items() if code in FACTS and code not in FOR_APPROVERS}
    division = Division.objects.filter(pk=facts.get("division") or 0).first()
    if division is None:
        raise Blocked(
            [finding for finding in findings(_situation(facts, figures_as_of)) if finding.fact == "division"]
        )
    if not may(user, Action.EDIT_FACILITIES, division=division):
        raise PermissionDenied
    at_once = may(user, Action.EDIT_FACILITIES_AT_ONCE, division=division)
    if send:
        check_new(facts, birth, figures_as_of)
    if at_once and send and proposal is None:
        return Founded(facility=create(facts, birth, user, figures_as_of=figures_as_of))
    made = propose_new(
        facts={**facts, **birth},
        division=division,
        title=facts.get("name") or "",
        author=user,
        note=note,
        figures_as_of=figures_as_of,
        proposal=proposal,
        send=send,
    )
    return Founded(proposal=made)


def _situation(facts: Facts, figures_as_of: datetime.date | None) -> Any:
    changed = [code for code, value in facts.items() if value not in (None, "", [])] + ["name", "division"]
    return situation_of(None, facts, day=timezone.localdate(), figures_as_of=figures_as_of, changed=changed)


def warnings_of(facts: Facts, figures_as_of: datetime.date | None) -> list[Finding]:
    """Return all that the checks say of a new facility."""
    return findings(_situation(facts, figures_as_of))


def check_new(facts: Facts, birth: Mapping[str, Any], figures_as_of: datetime.date | None) -> None:
    """Say what makes a new facility impossible.

    Raises
    ------
    Blocked, ValidationError
        By fact, and by what is asked of a beginning.
    """
    situation = _situation(facts, figures_as_of)
    errors = _birth_errors(birth)
    stopped = blocking(findings(situation), situation.changed)
    if errors:
        raise ValidationError(errors)
    if stopped:
        raise Blocked(stopped)


def _birth_errors(birth: Mapping[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not Kind.objects.filter(pk=birth.get("kind") or 0).exists():
        errors["kind"] = [_("Choose a kind.")]
    number = birth.get("number") or ""
    if number and (number in TAKEN_WORDS or "/" in number):
        errors["number"] = [_("This number cannot be used.")]
    elif number and Facility.objects.filter(number=number).exists():
        errors["number"] = [_("Another facility has this number.")]
    if birth.get("status") not in Status.values:
        errors["status"] = [_("Choose a status.")]
    if not birth.get("status_from"):
        errors["status_from"] = [_("Say since when.")]
    begin, end = birth.get("operator_from"), birth.get("operator_to")
    if begin and end and end <= begin:
        errors["operator_to"] = [_("The contract ends before it begins.")]
    return errors


def create(
    facts: Facts, birth: Mapping[str, Any], author: User, *, figures_as_of: datetime.date | None
) -> Facility:
    """Write a new facility that was checked. In the caller's transaction."""
    kind = Kind.objects.get(pk=birth["kind"])
    facility = Facility(kind=kind, number=birth.get("number") or next_number())
    own = {code: value for code, value in facts.items() if FACTS[code].type is not Type.FIGURE}
    put(facility, own)
    facility.full_clean(exclude=["source", "duplicate_of"])
    facility.save()
    figures = {code: value for code, value in facts.items() if code not in own and value}
    apply_facts(facility, figures, figures_as_of=figures_as_of)
    functions = birth.get("functions") or list(kind.functions.values_list("pk", flat=True))
    for function in Function.objects.filter(pk__in=functions):
        FacilityFunction.objects.create(facility=facility, function=function, tier_id=kind.tier_id)
    if birth.get("operator_name") or birth.get("operator_mode"):
        operator = FacilityOperator(
            facility=facility,
            name=birth.get("operator_name") or "",
            mode=birth.get("operator_mode") or "",
            valid_from=_day(birth.get("operator_from")),
            valid_to=_day(birth.get("operator_to")),
        )
        operator.full_clean()
        operator.save()
    begin(facility, birth, author)
    look_again(facility)
    return facility


def begin(facility: Facility, birth: Mapping[str, Any], author: User) -> LifeEvent:
    """Enter the status that a new facility has first."""
    event = Event(
        what=What.STATUS,
        day=_day(birth["status_from"]) or timezone.localdate(),
        details={"status": birth["status"]},
        reason=ENTERED,
    )
    return enter_unasked(facility, event, author)


def _day(value: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(value) if value else None


def next_number() -> str:
    """Return the next free number: the home's code and a count. Two who ask at once get two."""
    home = Installation.home()
    prefix = f"{home.code}-" if home is not None else "F-"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"facility-number-{prefix}"])
        cursor.execute(
            "SELECT COALESCE(MAX(substr(number, %s)::bigint), 0) + 1 FROM facilities_facility WHERE number ~ %s",
            [len(prefix) + 1, f"^{prefix}[0-9]{{1,9}}$"],
        )
        (count,) = cursor.fetchone()
    return f"{prefix}{count:05d}"
