"""A proposal as a person reads it: fact by fact, as it is and as it would be."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from geo_registry.languages import in_readers_language

from ..models import FacilityOperator, Proposal, Status, What
from .facts import FACTS, Wording, is_blank
from .life_words import Event, Names, event_words

Subject = Proposal.Subject


@dataclass(frozen=True)
class Line:
    """One fact of a proposal: as it is, and as it would be."""

    label: str
    now: str
    wanted: str
    moved_on: bool = False
    """Whether the fact has changed since it was proposed."""


@dataclass
class ProposalWords:
    """Says proposals in words; what they name is looked up once for all."""

    wording: Wording = field(default_factory=Wording)
    names: Names = field(default_factory=Names)

    @classmethod
    def of(cls, proposals: Sequence[Any], *more: Mapping[str, Any]) -> ProposalWords:
        """Make one for some proposals, or events of proposals, and some facts beside them."""
        details = [
            row.facts["details"] if row.subject == Subject.LIFE else row.facts
            for row in proposals
            if row.facts
        ]
        facts = [row.facts for row in proposals if row.subject != Subject.LIFE]
        return cls(Wording.of(*facts, *more), Names.of(details))

    def title(self, row: Any) -> str:
        """Return what a proposal is about: its facility, and for an event what is to happen to it."""
        if row.subject == Subject.LIFE and row.facts:
            return _("%(what)s: %(value)s") % {
                "what": row.facility.name,
                "value": event_words(row.facts["what"], row.facts["details"], self.names),
            }
        if row.subject == Subject.NEW:
            return (row.facts.get("name") or "") or _("a facility without a name yet")
        return str(row.title)

    def lines(self, row: Any, now: Mapping[str, Any]) -> list[Line]:
        """Return a proposal's lines; ``now`` are its facts as they are."""
        if row.subject == Subject.LIFE:
            return self._event_lines(row)
        changed = row.subject == Subject.FACTS
        lines = [
            Line(
                fact.label,
                self.wording.say(code, now.get(code)),
                self.wording.say(code, row.facts.get(code)),
                changed and row.base.get(code) != now.get(code),
            )
            for code, fact in FACTS.items()
            if code in row.facts and (changed or not is_blank(row.facts[code]))
        ]
        return lines if changed else self._birth_lines(row.facts) + lines

    def in_one(self, row: Any) -> str:
        """Return what a proposal wants in one sentence, as a history has it."""
        return _("; ").join(
            _("%(what)s: %(value)s") % {"what": line.label, "value": line.wanted or _("(empty)")}
            for line in self.lines(row, {})
        )

    def _event_lines(self, row: Any) -> list[Line]:
        event = Event.from_json(row.facts)
        told = [
            (str(What(event.what).label), event_words(event.what, event.details, self.names)),
            (_("takes effect"), date_format(event.day)),
            (_("reason"), event.reason),
            (_("document"), event.document),
        ]
        if until := event.details.get("until"):
            told.insert(2, (_("contract ends"), date_format(datetime.date.fromisoformat(until))))
        return [Line(label, "", words) for label, words in told if words]

    def _birth_lines(self, facts: Mapping[str, Any]) -> list[Line]:
        status = str(dict(Status.choices).get(facts.get("status") or "", ""))
        mode = str(dict(FacilityOperator.Mode.choices).get(facts.get("operator_mode") or "", ""))
        kind = facts.get("kind") or 0
        functions = [self.names.functions.get(pk, str(pk)) for pk in facts.get("functions") or ()]
        told = [
            (_("facility number"), facts.get("number") or _("the next free one")),
            (_("kind"), self.names.kinds.get(kind, "")),
            (_("functions"), _(", ").join(functions)),
            (_("status"), " ".join(word for word in (status, _day(facts.get("status_from"))) if word)),
            (_("operator"), " ".join(word for word in (facts.get("operator_name"), mode) if word)),
            (_("contract begins"), _day(facts.get("operator_from"))),
            (_("contract ends"), _day(facts.get("operator_to"))),
        ]
        return [Line(label, "", words) for label, words in told if words]


def title_of(proposal: Proposal) -> str:
    """Return what one proposal is about."""
    return ProposalWords.of([proposal]).title(proposal)


def in_words(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Return proposals with ``title`` and ``decision`` in the reader's language: to be shown, not to be saved."""
    found = list(proposals)
    words = ProposalWords.of(found)
    for row in found:
        row.title, row.decision = words.title(row), decision_words(row)
    return found


def decision_words(proposal: Proposal) -> str:
    """Return what the county answered, or what became of a proposal by itself."""
    return in_readers_language(proposal.decision_said or proposal.decision)


def _day(value: str | None) -> str:
    return date_format(datetime.date.fromisoformat(value)) if value else ""
