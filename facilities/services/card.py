"""The register card of one facility, as a person of the office reads it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit

from ..models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityOperator,
    Function,
    Proposal,
    Status,
)
from .facts import Fact, Rules, Section, Type, Wording, division_words, facts_of, latest_readings


@dataclass(frozen=True, kw_only=True)
class Line:
    """One fact in words, with the day of a figure."""

    fact: Fact
    words: str
    as_of: datetime.date | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the card with its lines."""

    section: Section
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Card:
    """A facility as of a day."""

    facility: Facility
    day: datetime.date
    status: Status | None
    status_since: datetime.date | None
    functions: Sequence[FacilityFunction]
    usual_functions: Sequence[Function]
    operator: FacilityOperator | None
    parts: Sequence[Part]
    proposals: Sequence[Proposal]

    @property
    def function_words(self) -> str:
        """What it does; a function declared at another tier than its kind's with that tier."""
        own = self.facility.kind.tier_id
        declared = [
            row.function.name if row.tier_id == own else f"{row.function.name} ({row.tier.name})"
            for row in self.functions
        ]
        return _(", ").join(declared or [function.name for function in self.usual_functions])

    @property
    def function_codes(self) -> set[str]:
        """The codes of what it does: declared, else usual."""
        return {row.function.code for row in self.functions} or {row.code for row in self.usual_functions}


def find(number: str, user: User) -> Facility:
    """Return the facility with a number, if it lies in the person's scope, with what its card names.

    Raises
    ------
    Facility.DoesNotExist
        If there is none, or none that the person may see.
    """
    rows = limit(Facility.objects.all(), user).select_related(
        "kind__tier__network", "division__parent", "source", "duplicate_of"
    )
    return rows.defer("division__boundary", "division__parent__boundary").get(number=number)


def card_of(facility: Facility, *, day: datetime.date) -> Card:
    """Read the card of a facility that `find` returned."""
    readings = latest_readings(facility)
    facts = facts_of(facility, readings=readings)
    status = facility.status_on(day)
    functions = list(
        FacilityFunction.objects.on(day)
        .filter(facility=facility)
        .select_related("function", "tier")
        .order_by("function__position", "function__code", "tier__level")
    )
    usual = [] if functions else list(Function.objects.filter(kinds=facility.kind_id))
    codes = {row.function.code for row in functions} or {row.code for row in usual}
    return Card(
        facility=facility,
        day=day,
        status=Status(status.status) if status else None,
        status_since=status.valid_from if status else None,
        functions=functions,
        usual_functions=usual,
        operator=FacilityOperator.objects.on(day).filter(facility=facility).order_by("-valid_from").first(),
        parts=_parts(facility, facts, codes, readings),
        proposals=list(facility.proposals.undecided().select_related("author")),
    )


def _parts(
    facility: Facility, facts: dict[str, object], codes: set[str], readings: Sequence[CapacityReading]
) -> list[Part]:
    wording = Wording()
    if facility.division_id:
        wording.divisions[facility.division_id] = division_words(facility.division)
    as_of = {reading.measure: reading.as_of for reading in readings}
    shown = Rules.read().shown(facts, codes)
    parts = []
    for section in Section:
        lines = [
            Line(
                fact=fact,
                words=wording.say(fact.code, facts[fact.code]),
                as_of=as_of.get(fact.code) if fact.type is Type.FIGURE else None,
            )
            for fact in shown
            if fact.section is section
        ]
        if lines:
            parts.append(Part(section=section, lines=lines))
    return parts
