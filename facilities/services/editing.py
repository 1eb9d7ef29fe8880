"""Saving a register card: what somebody typed, against what the card was when it was opened and what it is by now.

Three states of each fact are compared: as the editor saw it (*base*), as it was typed, as it is (*theirs*). What only one side has
changed is taken from that side; what both have changed differently is the editor's to decide, fact by fact. Nothing typed is lost,
whoever saves first: a colleague, an import, the administration pages.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import CheckConstraint, Q
from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.reference.services import ReferenceMissing
from geo_registry.territory.models import Division

from ..models import CapacityReading, Facility, Proposal
from .checks import Finding, Situation, blocking, findings
from .facts import FACTS, FOR_APPROVERS, Facts, Rules, Type, facts_of, put
from .life_rows import Lives
from .likely_duplicates import look_for_duplicates
from .proposing import propose_facts


class Blocked(Exception):  # noqa: N818 - says what happened
    """The card cannot be saved so; the findings say why."""

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.text for finding in found))
        self.findings = list(found)


@dataclass(frozen=True)
class Conflict:
    """A fact that both sides have changed."""

    code: str
    base: Any
    mine: Any
    theirs: Any


class EditedMeanwhile(Exception):  # noqa: N818 - says what happened
    """Somebody else has changed what the editor has changed, too.

    ``theirs`` is the card as it is now; ``merged`` what the form goes on with: what the editor typed, and beside it what only
    others have changed.
    """

    def __init__(self, merged: Merged, theirs: Facts) -> None:
        super().__init__(", ".join(conflict.code for conflict in merged.conflicts))
        self.conflicts = list(merged.conflicts)
        self.theirs = theirs
        self.merged = merged


@dataclass(frozen=True)
class Merged:
    """What comes of three states of a card."""

    facts: Facts
    changed: frozenset[str]
    """What the editor changed."""
    taken: frozenset[str]
    """What others have changed meanwhile and the editor has not."""
    conflicts: Sequence[Conflict]


def merge(
    *,
    base: Facts,
    typed: Facts,
    theirs: Facts,
    choices: Mapping[str, str] | None = None,
    asked: Collection[str] = (),
) -> Merged:
    """Bring three states of a card together.

    Parameters
    ----------
    base, typed, theirs
        As the editor saw it, as it was typed, as it is. What ``typed`` does not hold was on no form: it stays as it is.
    choices
        For facts in conflict, ``mine`` or ``theirs``.
    asked
        Facts that the editor was asked to choose about: until that is done they stay in conflict.
    """
    choices = choices or {}
    facts = dict(theirs)
    changed, taken, conflicts = set(), set(), []
    for code, mine in typed.items():
        was, now = base.get(code), theirs.get(code)
        if choices.get(code) == "theirs":
            continue
        if mine == was:
            if now != was:
                taken.add(code)
            continue
        if (now not in (was, mine) or (code in asked and mine != now)) and choices.get(code) != "mine":
            conflicts.append(Conflict(code, was, mine, now))
        facts[code] = mine
        if mine != now:
            changed.add(code)
    return Merged(facts, frozenset(changed), frozenset(taken), conflicts)


@dataclass(frozen=True)
class Outcome:
    """What became of a card that was saved."""

    saved: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    proposal: Proposal | None = None
    warnings: Sequence[Finding] = field(default_factory=list)


def situation_of(
    facility: Facility | None,
    facts: Facts,
    *,
    day: datetime.date,
    figures_as_of: datetime.date | None,
    changed: Iterable[str],
) -> Situation:
    """Read what the checks compare a card with. Two queries for a facility that is there."""
    latest: dict[str, datetime.date] = {}
    statuses: list[tuple[datetime.date, str]] = []
    if facility is not None:
        rows = facility.readings.order_by("measure", "-as_of").distinct("measure")
        latest = dict(rows.values_list("measure", "as_of"))
        statuses = list(facility.statuses.order_by("valid_from").values_list("valid_from", "status"))
    return Situation(
        facts=facts,
        day=day,
        facility=facility,
        figures_as_of=figures_as_of,
        latest_figures=latest,
        statuses=statuses,
        changed=frozenset(changed),
    )


class Held:
    """What somebody who changes many facilities has read of all of them at once, holding the lock on each.

    Each table is read when it is first asked for: one statement, however many the facilities are.

    Parameters
    ----------
    facilities
        Facilities that the caller has locked in its transaction.
    """

    def __init__(self, facilities: Iterable[Facility]) -> None:
        self._pks = [facility.pk for facility in facilities]
        self.lives = Lives(facilities)

    @cached_property
    def readings(self) -> dict[int, list[CapacityReading]]:
        """The newest reading of each measure, by facility."""
        found: dict[int, list[CapacityReading]] = {pk: [] for pk in self._pks}
        rows = CapacityReading.objects.filter(facility__in=self._pks)
        newest = rows.order_by("facility_id", "measure", "-as_of").distinct("facility_id", "measure")
        for reading in newest:
            found[reading.facility_id].append(reading)
        return found

    @cached_property
    def limits(self) -> Mapping[str, Decimal]:
        """The limits that figures and days are held against."""
        return Situation(facts={}, day=timezone.localdate()).limits

    def facts(self, facility: Facility) -> Facts:
        """Return all facts of one of them."""
        known = [reading for reading in self.readings[facility.pk] if reading.total is not None]
        return facts_of(facility, readings=known)

    def situation(self, facility: Facility, merged: Merged, figures_as_of: datetime.date | None) -> Situation:
        """Return what the checks compare the card of one of them with."""
        found = Situation(
            facts=merged.facts,
            day=timezone.localdate(),
            facility=facility,
            figures_as_of=figures_as_of,
            latest_figures={reading.measure: reading.as_of for reading in self.readings[facility.pk]},
            statuses=[(row.valid_from, row.status) for row in self.lives.statuses[facility.pk]],
            changed=merged.changed,
            asked=merged.changed,
        )
        found.limits = dict(self.limits)
        return found


def save_card(
    *,
    facility: Facility,
    base: Facts,
    typed: Facts,
    user: User,
    figures_as_of: datetime.date | None = None,
    choices: Mapping[str, str] | None = None,
    asked: Collection[str] = (),
    note: str = "",
    proposal: Proposal | None = None,
    send: bool = True,
    held: Held | None = None,
) -> Outcome:
    """Save what was typed on a card; what needs approval, and the person cannot give it, becomes a proposal.

    Parameters
    ----------
    facility
        The facility.
    base, typed
        The card when the form was opened, and as it came back.
    user
        Who saves.
    figures_as_of
        The day of figures that were changed.
    choices
        For facts that were in conflict before, ``mine`` or ``theirs``.
    asked
        The facts that were in conflict before.
    note
        A word to the county, for what needs approval.
    proposal
        The person's own proposal that was opened, and is to be replaced by what was typed.
    send
        Whether a proposal is sent to the county, or kept as a draft. A draft keeps everything that was typed, and saves nothing.
    held
        Of a caller that saves many: it has locked the facility, as it gives it here, and set its own savepoint.

    Raises
    ------
    PermissionDenied
        If the person does not keep facilities in the division it lies in, and in the one it would lie in.
    EditedMeanwhile
        If somebody else has changed the same facts.
    Blocked
        If the card would then say what cannot be.
    """
    with transaction.atomic(savepoint=held is None):
        # Two who save at once: the second waits here, and then sees what the first has saved.
        locked = facility if held is not None else _locked(facility)
        theirs = held.facts(locked) if held is not None else facts_of(locked)
        typed = {code: value for code, value in typed.items() if code in FACTS and code not in FOR_APPROVERS}
        merged = merge(base=base, typed=typed, theirs=theirs, choices=choices, asked=asked)
        at_once = _check_permission(user, locked, merged)
        if merged.conflicts:
            raise EditedMeanwhile(merged, theirs)
        found = _findings(locked, merged, figures_as_of=figures_as_of, held=held)
        if send and (stopped := blocking(found, merged.changed)):
            raise Blocked(stopped)
        waits, made = _write(
            locked, merged, theirs, at_once=at_once, user=user, figures_as_of=figures_as_of, note=note,
            proposal=proposal, send=send, rules=held.lives.rules if held is not None else None,
        )  # fmt: skip
        warnings = [finding for finding in found if not finding.concerns.isdisjoint(merged.changed)]
        return Outcome(saved=merged.changed - waits, taken=merged.taken, proposal=made, warnings=warnings)


def _locked(facility: Facility) -> Facility:
    rows = Facility.objects.select_for_update(of=("self",)).select_related("division")
    return rows.get(pk=facility.pk)


def _findings(
    facility: Facility, merged: Merged, *, figures_as_of: datetime.date | None, held: Held | None
) -> list[Finding]:
    if held is not None:
        return findings(held.situation(facility, merged, figures_as_of))
    situation = situation_of(
        facility,
        merged.facts,
        day=timezone.localdate(),
        figures_as_of=figures_as_of,
        changed=merged.changed,
    )
    situation.asked = merged.changed
    return findings(situation)


def _write(
    locked: Facility,
    merged: Merged,
    theirs: Facts,
    *,
    at_once: bool,
    user: User,
    figures_as_of: datetime.date | None,
    note: str,
    proposal: Proposal | None,
    send: bool,
    rules: Rules | None,
) -> tuple[set[str], Proposal | None]:
    """Write what holds at once, and propose what waits; return what waits, and its proposal."""
    waits = set() if at_once else _waiting(merged.changed, rules, send=send)
    saved = merged.changed - waits
    apply_facts(locked, {code: merged.facts[code] for code in saved}, figures_as_of=figures_as_of)
    made = None
    if waits or proposal is not None:
        made = propose_facts(
            facility=locked,
            base={code: theirs.get(code) for code in waits},
            facts={code: merged.facts[code] for code in waits},
            author=user,
            figures_as_of=figures_as_of,
            note=note,
            proposal=proposal,
            send=send,
        )
    return waits, made


def _waiting(changed: frozenset[str], rules: Rules | None, *, send: bool) -> set[str]:
    if not send:
        return set(changed)
    rules = rules or Rules.read()
    return {code for code in changed if rules.needs_approval(code)}


def _check_permission(user: User, facility: Facility, merged: Merged) -> bool:
    """Return whether what the person changes holds at once. A move is asked about on both sides."""
    divisions = [facility.division]
    wanted = merged.facts.get("division")
    if wanted and wanted != facility.division_id:
        moved_to = Division.objects.filter(pk=wanted).first()
        if moved_to is None:
            raise PermissionDenied
        divisions.append(moved_to)
    if not all(may(user, Action.EDIT_FACILITIES, division=division) for division in divisions):
        raise PermissionDenied
    return all(may(user, Action.EDIT_FACILITIES_AT_ONCE, division=division) for division in divisions)


def apply_facts(facility: Facility, facts: Facts, *, figures_as_of: datetime.date | None) -> None:
    """Write facts of a facility: its own columns, and figures as readings of their day. In the caller's transaction.

    Raises
    ------
    ValidationError
        If the database's own rules forbid it.
    """
    own = {code: value for code, value in facts.items() if FACTS[code].type is not Type.FIGURE}
    if own:
        put(facility, own)
        facility.full_clean(exclude=_untouched(facility, own.keys()))
        facility.save(update_fields=[*own, "updated_at"])
    for code, value in facts.items():
        if code in own:
            continue
        write_figure(facility, code, value, as_of=figures_as_of or timezone.localdate())
    if own.keys() & {"name", "location"}:
        look_again(facility)


def _untouched(facility: Facility, changed: Collection[str]) -> set[str]:
    """Return the columns that a change has nothing to do with: neither changed, nor in one rule with what is."""
    meta = facility._meta
    rules = [
        constraint.condition.referenced_base_fields
        for constraint in meta.constraints
        if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q)
    ]
    together = set().union(*(rule for rule in rules if not rule.isdisjoint(changed)))
    return {column.name for column in meta.fields} - set(changed) - together


def write_figure(
    facility: Facility, measure: str, value: Sequence[int | None] | None, *, as_of: datetime.date
) -> None:
    """Write one figure as of a day; no figure says that it is not known from that day on."""
    total = value[0] if value else None
    if total is None:
        newest = facility.readings.filter(measure=measure).order_by("-as_of").first()
        if newest is None or newest.total is None:
            return
        # Never before the figure that it takes back.
        as_of = max(as_of, newest.as_of)
    row = facility.readings.filter(measure=measure, as_of=as_of).first() or CapacityReading(
        facility=facility, measure=measure, as_of=as_of
    )
    row.total, row.vacant = total, value[1] if value and total is not None else None
    row.full_clean()
    row.save()


def look_again(facility: Facility) -> None:
    """Note which records are like this one now."""
    try:
        look_for_duplicates(facility_ids=[facility.pk])
    except ReferenceMissing:
        # The check beside the name has said that it could not be made.
        return
