"""What waits for the county, and what becomes of what one has proposed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.accounts.signed_in import signed_in
from geo_registry.attachments.services import attachments_by_owner

from ..models import Proposal
from ..services import deciding, proposing
from ..services.checks import Finding, findings
from ..services.editing import Blocked, situation_of
from ..services.facts import FACTS, facts_of
from ..services.proposal_words import ProposalWords, in_words, title_of

_SALT = "facilities.proposal"


@never_cache
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """Show the queue: what waits for the reader, what the reader has sent, what was decided lately."""
    user = signed_in(request)
    rows = deciding.visible(user).select_related("author", "division__parent", "facility", "decided_by")
    rows = rows.defer("division__boundary", "division__parent__boundary")
    waiting = deciding.waiting_for(user).select_related("author", "division__parent", "facility")
    context = {
        "waiting": in_words(waiting.order_by("submitted_at", "pk")[:200]),
        "own": in_words(rows.undecided().filter(author=user).order_by("-updated_at")[:200]),
        # What came back to the reader stands above, among the own.
        "decided": in_words(
            rows.exclude(decided_at=None)
            .exclude(state=Proposal.State.RETURNED, author=user)
            .order_by("-decided_at")[:30]
        ),
        "may_decide": may(user, Action.APPROVE),
        "may_propose": may(user, Action.EDIT_FACILITIES),
        "others": in_words(rows.waiting().exclude(author=user).order_by("submitted_at")[:200])
        if not waiting.exists()
        else [],
    }
    return render(request, "facilities/proposals.html", context)


@never_cache
@require_safe
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a proposal as differences, with what decides."""
    user = signed_in(request)
    found = get_object_or_404(
        deciding.visible(user).select_related("author", "division__parent", "facility__kind", "decided_by"),
        pk=pk,
    )
    return _page(request, user, found)


def _page(
    request: HttpRequest,
    user: User,
    found: Proposal,
    *,
    problem: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    now = deciding.now_of(found)
    following = deciding.waiting_for(user).exclude(pk=found.pk).order_by("submitted_at", "pk").first()
    context = {
        "proposal": in_words([found])[0],
        "lines": ProposalWords.of([found], now).lines(found, now),
        "findings": _findings(found, now),
        "files": attachments_by_owner([found]).get(str(found.pk), []),
        "may_decide": deciding.may_decide(user, found),
        "is_own": found.author_id == user.pk,
        "seen": signing.dumps({"now": now, "version": found.version}, salt=_SALT, compress=True),
        "problem": problem,
        "typed": typed,
        "following": following,
        "point": _point(found, now),
        "has_demo_data": bool(found.facility and found.facility.is_demo),
    }
    return render(request, "facilities/proposal.html", context, status=status)


def _findings(found: Proposal, now: dict[str, Any]) -> list[Finding]:
    if found.subject == Proposal.Subject.LIFE or not found.facts:
        return []
    wanted = {code: found.facts.get(code) for code in FACTS if code in found.facts}
    if found.facility is not None:
        wanted = {**facts_of(found.facility), **wanted}
    day = timezone.localdate()
    situation = situation_of(
        found.facility,
        wanted,
        day=day,
        figures_as_of=found.figures_as_of,
        changed=found.facts.keys() & FACTS.keys(),
    )
    return [finding for finding in findings(situation) if not finding.concerns.isdisjoint(found.facts)]


def _point(found: Proposal, now: dict[str, Any]) -> dict[str, Any] | None:
    """Return the places that a proposal speaks of: as it is, and as it would be."""
    features = []
    for key, location in (("now", now.get("location")), ("wanted", found.facts.get("location"))):
        if not location:
            continue
        kind = found.facility.kind if found.facility else None
        properties = {
            "number": key,
            "name": str(_("as it is") if key == "now" else _("as it would be")),
            "shape": kind.shape if kind else "circle",
            "glyph": kind.glyph if kind else "",
            "in_operation": key == "wanted",
        }
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": location},
                "properties": properties,
            }
        )
    return {"type": "FeatureCollection", "features": features} if features else None


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a proposal, or return it with reasons; then go on to the next."""
    user = signed_in(request)
    found = get_object_or_404(
        deciding.visible(user).select_related("author", "facility__kind", "division"), pk=pk
    )
    words = request.POST.get("decision", "")[:400]
    try:
        seen = signing.loads(request.POST.get("seen", ""), salt=_SALT)
    except signing.BadSignature:
        return _page(request, user, found, problem=_("Look at it once more."), typed=words, status=422)
    try:
        if "approve" in request.POST:
            deciding.approve(proposal=found, user=user, seen=seen["now"], version=seen["version"], note=words)
            messages.success(request, _("Approved: %(title)s.") % {"title": title_of(found)})
        else:
            deciding.return_(proposal=found, user=user, version=seen["version"], reasons=words)
            messages.success(request, _("Returned to %(author)s.") % {"author": found.author})
    except (ValidationError, Blocked) as error:
        problem = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        found.refresh_from_db()
        return _page(request, user, found, problem=problem, typed=words, status=422)
    following = deciding.waiting_for(user).order_by("submitted_at", "pk").first()
    return redirect("facilities:proposal", following.pk) if following else redirect("facilities:proposals")


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own proposal back, or send it."""
    user = signed_in(request)
    found = get_object_or_404(Proposal, pk=pk, author=user)
    try:
        if "send" in request.POST:
            proposing.send(proposal=found, user=user)
            messages.success(request, _("Sent to the county for approval."))
        else:
            proposing.withdraw(proposal=found, user=user)
            messages.success(request, _("Taken back."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("facilities:proposals")
