"""How the register's own records read in a history: what columns of codes and keys mean, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from geo_registry.accounts import history
from geo_registry.accounts.history import Manner, Say
from geo_registry.languages import in_readers_language

from ..models import (
    Confirmation,
    Facility,
    FacilityStatus,
    LifeEvent,
    Likeness,
    Merge,
    Proposal,
    Verification,
)
from .life_words import Names, event_words
from .life_words import reason_words as own_words
from .proposal_words import ProposalWords
from .rounds import facts
from .rounds.confirming import reason_words


def _of_events(events: Sequence[Any]) -> Mapping[str, Say]:
    names = Names.of([event.details for event in events])
    return {
        "details": lambda event: event_words(event.what, event.details, names),
        "reason": lambda event: own_words(event.reason),
        "withdrawn_reason": lambda event: own_words(event.withdrawn_reason),
    }


def _of_statuses(_events: Sequence[Any]) -> Mapping[str, Say]:
    return {"reason": lambda event: own_words(event.reason)}


def _of_proposals(events: Sequence[Any]) -> Mapping[str, Say]:
    return {
        "facts": ProposalWords.of(events).in_one,
        "decision": lambda event: in_readers_language(event.decision_said or event.decision),
    }


def _of_confirmations(_events: Sequence[Any]) -> Mapping[str, Say]:
    def told(column: str, words: Callable[[str, Any], str]) -> Say:
        return lambda event: _("; ").join(
            _("%(what)s: %(value)s")
            % {"what": facts.label(code), "value": words(code, value) or _("(empty)")}
            for code, value in getattr(event, column).items()
        )

    return {
        "answers": told("answers", facts.words),
        "unusual": told("unusual", lambda _code, reason: reason_words(reason)),
        "disputed": told("disputed", lambda _code, doubt: str(doubt)),
    }


def _of_verifications(_events: Sequence[Any]) -> Mapping[str, Say]:
    return {
        "code": lambda event: facts.label(event.code),
        "value": lambda event: facts.words(event.code, event.value),
    }


def _of_facilities(_events: Sequence[Any]) -> Mapping[str, Say]:
    return {"opening_hours": lambda event: facts.words(facts.HOURS, event.opening_hours)}


def register() -> None:
    """Have histories told so."""
    history.register(Facility, Manner(say=_of_facilities))
    history.register(FacilityStatus, Manner(say=_of_statuses))
    # When something was entered, sent or decided is the moment that the history itself names.
    history.register(LifeEvent, Manner(say=_of_events, left_out=frozenset({"recorded_at", "withdrawn_at"})))
    history.register(
        Proposal,
        Manner(
            say=_of_proposals,
            left_out=frozenset({"base", "submitted_at", "decided_at", "decision_said"}),
            # A draft is its author's own.
            shown=lambda event: event.state != Proposal.State.DRAFT,
        ),
    )
    # What the program finds alike is no news of a facility before a person has judged it.
    history.register(
        Likeness,
        Manner(left_out=frozenset({"judged_at"}), shown=lambda event: event.judged_at is not None),
    )
    # Which facts the record that stays took over is told by that record itself.
    history.register(Merge, Manner(left_out=frozenset({"before", "after", "merged_at", "undone_at"})))
    history.register(
        Confirmation,
        Manner(say=_of_confirmations, left_out=frozenset({"before", "confirmed_at", "decided_at"})),
    )
    history.register(Verification, Manner(say=_of_verifications))
