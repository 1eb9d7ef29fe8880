"""Who may see and add the documents of an event, or of a proposal for one."""

from __future__ import annotations

from typing import Any

from geo_registry.accounts.policy import Action, may
from geo_registry.attachments import registry

from ..models import LifeEvent, Proposal


def register() -> None:
    """Say it to the room of files."""
    registry.register(
        LifeEvent,
        may_see=lambda person, event: may(person, Action.READ, division=event.facility.division),
        may_change=lambda person, event: may(
            person, Action.EDIT_FACILITIES, division=event.facility.division
        ),
    )
    registry.register(Proposal, may_see=_may_see, may_change=_may_change)


def _may_see(person: Any, proposal: Proposal) -> bool:
    if proposal.state == Proposal.State.DRAFT and proposal.author_id != person.pk:
        return False
    return may(person, Action.READ, division=proposal.division)


def _may_change(person: Any, proposal: Proposal) -> bool:
    return proposal.author_id == person.pk and proposal.state not in {
        Proposal.State.APPROVED,
        Proposal.State.WITHDRAWN,
    }
