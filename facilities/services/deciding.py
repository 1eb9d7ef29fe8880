"""The county decides on what clerks propose: approve, or return with reasons. Nobody decides on the own proposal."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, limit, may
from geo_registry.attachments.models import Attachment
from geo_registry.languages import in_each_language
from geo_registry.worklist.services import notify

from ..models import Facility, Proposal
from ..models.proposals import ProposalQuerySet
from .checks import blocking, findings
from .editing import Blocked, apply_facts, situation_of
from .facts import FACTS, Facts, facts_of
from .founding import BIRTH, check_new, create
from .life import enter_unasked
from .life_words import Event
from .proposal_words import title_of

State = Proposal.State
Subject = Proposal.Subject


def visible(user: User) -> ProposalQuerySet:
    """Return the proposals in a person's scope; drafts only one's own."""
    rows = cast("ProposalQuerySet", limit(Proposal.objects.all(), user))
    return rows.exclude(state=State.DRAFT) | rows.filter(author=user)


def waiting_for(user: User) -> QuerySet[Proposal]:
    """Return the proposals that a person is to decide: in scope, and not the own ones."""
    if not may(user, Action.APPROVE):
        return Proposal.objects.none()
    return limit(Proposal.objects.waiting(), user).exclude(author=user)


def may_decide(user: User, proposal: Proposal) -> bool:
    """Say whether a person may decide on a proposal."""
    return (
        proposal.state == State.SUBMITTED
        and proposal.author_id != user.pk
        and may(user, Action.APPROVE, division=proposal.division)
    )


def now_of(proposal: Proposal) -> Facts:
    """Return what the facts of a proposal are today."""
    if proposal.subject != Subject.FACTS or proposal.facility is None:
        return {}
    facts = facts_of(proposal.facility)
    return {code: facts.get(code) for code in proposal.facts}


@transaction.atomic
def approve(
    *, proposal: Proposal, user: User, seen: dict[str, Any], version: int, note: str = ""
) -> Proposal:
    """Let a proposal hold.

    Parameters
    ----------
    proposal
        The proposal.
    user
        Who decides.
    seen
        What the facts were on the page on which it was decided (`now_of`).
    version
        The proposal's version on that page.
    note
        A word to the author.

    Raises
    ------
    PermissionDenied
        If the person may not decide on it.
    ValidationError
        If the proposal or the facts have changed since the page was opened, or it is not possible any more.
    Blocked
        If the card would then say what cannot be.
    """
    made = _to_decide(proposal, user, version)
    if made.subject == Subject.NEW:
        _found(made)
    elif made.subject == Subject.LIFE:
        _enter(made)
    else:
        _change(made, seen)
    made.state = State.APPROVED
    return _decided(made, user, note)


@transaction.atomic
def return_(*, proposal: Proposal, user: User, version: int, reasons: str) -> Proposal:
    """Send a proposal back to its author, with reasons.

    Raises
    ------
    PermissionDenied
        If the person may not decide on it.
    ValidationError
        If there are no reasons, or the proposal has changed since the page was opened.
    """
    made = _to_decide(proposal, user, version)
    if not reasons.strip():
        raise ValidationError({"decision": _("Say what is to be mended.")})
    made.state = State.RETURNED
    return _decided(made, user, reasons)


def _to_decide(proposal: Proposal, user: User, version: int) -> Proposal:
    # The facility first, as whoever saves its card holds it: two who wait for one another would wait for ever.
    Facility.objects.select_for_update().filter(pk=proposal.facility_id or 0).first()
    made = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("division", "author", "facility")
        .get(pk=proposal.pk)
    )
    if made.author_id == user.pk or not may(user, Action.APPROVE, division=made.division):
        raise PermissionDenied
    if made.state != State.SUBMITTED:
        raise ValidationError(_("This does not wait for a decision any more."))
    if made.version != version:
        raise ValidationError(_("The author has changed it meanwhile. Look at it once more."))
    return made


def _change(made: Proposal, seen: Facts) -> None:
    facility = (
        Facility.objects.select_for_update(of=("self",))
        .select_related("division")
        .get(pk=made.facility_id or 0)
    )
    if facility.duplicate_of_id is not None:
        raise ValidationError(_("This record was merged into another meanwhile. Return the proposal."))
    facts = facts_of(facility)
    if any(facts.get(code) != seen.get(code) for code in made.facts):
        raise ValidationError(_("The facility has been changed meanwhile. Look at it once more."))
    wanted = {**facts, **made.facts}
    situation = situation_of(
        facility, wanted, day=timezone.localdate(), figures_as_of=made.figures_as_of, changed=made.facts
    )
    if stopped := blocking(findings(situation), made.facts):
        raise Blocked(stopped)
    apply_facts(facility, made.facts, figures_as_of=made.figures_as_of)


def _found(made: Proposal) -> None:
    facts = {code: value for code, value in made.facts.items() if code in FACTS}
    birth = {name: made.facts.get(name) for name in BIRTH}
    check_new(facts, birth, made.figures_as_of)
    made.facility = create(facts, birth, made.author, figures_as_of=made.figures_as_of)


def _enter(made: Proposal) -> None:
    rows = Facility.objects.select_for_update(of=("self",)).select_related("division", "kind__tier")
    facility = rows.get(pk=made.facility_id or 0)
    entered = enter_unasked(facility, Event.from_json(made.facts), made.author, approved=True)
    # The documents go with it.
    types = ContentType.objects.get_for_models(Proposal, type(entered))
    Attachment.objects.filter(owner_type=types[Proposal], owner_id=str(made.pk)).update(
        owner_type=types[type(entered)], owner_id=str(entered.pk)
    )


def _decided(made: Proposal, user: User, decision: str) -> Proposal:
    made.decided_by, made.decided_at, made.decision = user, timezone.now(), decision.strip()[:400]
    made.decision_said = {}
    made.version += 1
    made.save()
    approved = made.state == State.APPROVED
    link = reverse("facilities:proposal", args=[made.pk])
    if approved and made.facility is not None:
        link = reverse("facilities:record", args=[made.facility.number])
    notify(
        code="facilities-proposal-approved" if approved else "facilities-proposal-returned",
        params={"title": in_each_language(partial(title_of, made)), "reasons": made.decision},
        link=link,
        person=made.author,
    )
    return made
