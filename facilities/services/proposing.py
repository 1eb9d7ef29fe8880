"""What a clerk proposes: drafts, what is sent, what comes back. Deciding is in ``deciding``."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import Action, may
from geo_registry.languages import in_each_language
from geo_registry.territory.models import Division
from geo_registry.worklist.services import notify

from ..models import Facility, Proposal
from .facts import Facts
from .proposal_words import title_of

State = Proposal.State
Subject = Proposal.Subject
# Who is told that something waits: whoever decides, in the policy's words.
DECIDERS = (Role.REVIEWER, Role.ADMINISTRATOR)


_told_together: ContextVar[bool] = ContextVar("told_together", default=False)


@contextlib.contextmanager
def told_together() -> Iterator[None]:
    """Tell nobody of single proposals until the block ends: the caller tells of all of them at once."""
    token = _told_together.set(True)
    try:
        yield
    finally:
        _told_together.reset(token)


@transaction.atomic
def propose_facts(
    *,
    facility: Facility,
    base: Facts,
    facts: Facts,
    author: User,
    figures_as_of: datetime.date | None = None,
    note: str = "",
    proposal: Proposal | None = None,
    send: bool = True,
) -> Proposal:
    """Propose other facts of a facility; what the same person has proposed of it already, and nobody has decided, is one proposal.

    Parameters
    ----------
    facility
        The facility.
    base, facts
        What differs: as it is, and as the author wants it.
    author
        Who proposes.
    figures_as_of
        The day of figures among them.
    note
        A word to the county.
    proposal
        The author's own proposal to be replaced; without it, one that is there is added to.
    send
        Whether it goes to the county, or stays a draft.
    """
    found = proposal or own_undecided(facility, author, facts)
    made = _locked(found) if found is not None else None
    if made is None:
        made = Proposal(subject=Subject.FACTS, facility=facility, author=author)
    elif made.author_id != author.pk or made.facility_id != facility.pk:
        raise PermissionDenied
    if proposal is None:
        base, facts = {**made.base, **base}, {**made.facts, **facts}
    made.base, made.facts = base, facts
    made.division, made.title = facility.division, facility.name
    made.figures_as_of = figures_as_of or made.figures_as_of
    made.note = note or made.note
    if not facts and made.pk is not None:
        return _withdraw(made)
    return _keep(made, send=send)


def own_undecided(facility: Facility, author: User, facts: Facts) -> Proposal | None:
    """Return what a person has proposed of a facility's facts, and may be added to: nobody has decided it.

    One that came back is not sent again by the way: only facts that say anew all that was returned replace it.
    """
    rows = Proposal.objects.undecided().filter(facility=facility, author=author, subject=Subject.FACTS)
    for row in rows.order_by("pk"):
        if row.state != State.RETURNED or row.facts.keys() <= facts.keys():
            return row
    return None


@transaction.atomic
def propose_new(
    *,
    facts: dict[str, Any],
    division: Division,
    title: str,
    author: User,
    note: str = "",
    figures_as_of: datetime.date | None = None,
    proposal: Proposal | None = None,
    send: bool = True,
) -> Proposal:
    """Propose a facility that is not in the register yet.

    Raises
    ------
    PermissionDenied
        If the person does not keep facilities there, or the proposal is somebody else's.
    """
    if not may(author, Action.EDIT_FACILITIES, division=division):
        raise PermissionDenied
    made = _locked(proposal) if proposal is not None else Proposal(subject=Subject.NEW, author=author)
    if made.author_id != author.pk or made.subject != Subject.NEW:
        raise PermissionDenied
    made.facts, made.division, made.title = facts, division, title
    made.figures_as_of, made.note = figures_as_of, note
    return _keep(made, send=send)


def event_proposal(*, facility: Facility, event: dict[str, Any], author: User, note: str = "") -> Proposal:
    """Return a proposal for an event of a facility, not saved yet (`keep_all`). Whether the person may is asked by the caller."""
    return Proposal(
        subject=Subject.LIFE,
        facility=facility,
        division=facility.division,
        author=author,
        title=facility.name,
        facts=event,
        note=note,
    )


def propose_event(*, facility: Facility, event: dict[str, Any], author: User, note: str = "") -> Proposal:
    """Propose an event of a facility. Whether the person may is asked by the caller."""
    return keep_all([event_proposal(facility=facility, event=event, author=author, note=note)])[0]


@transaction.atomic
def keep_all(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Send new proposals to the county: written together, told of one by one unless the caller tells of all (`told_together`)."""
    now = timezone.now()
    for made in proposals:
        made.state, made.submitted_at = State.SUBMITTED, now
    Proposal.objects.bulk_create(proposals, batch_size=500)
    for made in proposals:
        _tell(made)
    return list(proposals)


@transaction.atomic
def send(*, proposal: Proposal, user: User) -> Proposal:
    """Send one's own draft, or what came back, to the county.

    Raises
    ------
    PermissionDenied
        If it is somebody else's.
    ValidationError
        If it is decided already.
    """
    made = _own(proposal, user)
    return _keep(made, send=True)


@transaction.atomic
def withdraw(*, proposal: Proposal, user: User) -> Proposal:
    """Take one's own proposal back.

    Raises
    ------
    PermissionDenied
        If it is somebody else's.
    ValidationError
        If it is decided already.
    """
    return _withdraw(_own(proposal, user))


def _own(proposal: Proposal, user: User) -> Proposal:
    made = _locked(proposal)
    if made.author_id != user.pk:
        raise PermissionDenied
    if made.state in {State.APPROVED, State.WITHDRAWN}:
        raise ValidationError(_("This is decided already; nothing can be changed about it any more."))
    return made


def _locked(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_for_update(of=("self",)).select_related("division").get(pk=proposal.pk)


def _keep(made: Proposal, *, send: bool) -> Proposal:
    """Save a proposal, and tell the county if it is sent."""
    if made.state in {State.APPROVED, State.WITHDRAWN}:
        raise ValidationError(_("This is decided already; nothing can be changed about it any more."))
    fresh = made.state != State.SUBMITTED
    if send:
        made.state = State.SUBMITTED
        made.submitted_at = timezone.now()
        made.decided_by = made.decided_at = None
    elif made.state == State.SUBMITTED:
        made.state = State.DRAFT
    made.version = made.version + 1 if made.pk else 1
    made.save()
    if send and fresh:
        _tell(made)
    return made


def _tell(made: Proposal) -> None:
    """Tell whoever decides that a proposal waits."""
    if _told_together.get():
        return
    title = in_each_language(partial(title_of, made))
    for role in DECIDERS:
        notify(
            code="facilities-proposal-sent",
            params={"title": title, "author": str(made.author), "subject": made.subject},
            link=reverse("facilities:proposal", args=[made.pk]),
            role=role,
            division=made.division,
            key=f"facilities-proposal-sent-{made.pk}-{made.version}-{role}",
        )


def _withdraw(made: Proposal) -> Proposal:
    made.state = State.WITHDRAWN
    made.version += 1
    made.save(update_fields=["state", "version", "updated_at"])
    return made
