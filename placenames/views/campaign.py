"""The campaign's page, which is also the ledger to print, and the review of many names."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.accounts.signed_in import signed_in
from geo_registry.text.whole_numbers import whole_number
from placenames.models import Name, NameBatch, PlaceKind, Spelling
from placenames.models.campaign import Measure
from placenames.services import batches, reviewing
from placenames.services.campaign import goal_progress, village_progress
from placenames.services.cases.ground import divisions_for
from placenames.services.checking import check_name
from placenames.services.reviewing import subject_of_name

from .cases import findings_context

SHOWN_IN_PREVIEW = 100
ACTIONS = {
    reviewing.CONFIRM: Action.CONFIRM_SPELLING,
    reviewing.FINE: Action.HANDLE_NAMES,
    reviewing.ACCEPT: Action.APPROVE,
}


@never_cache
@require_GET
def campaign(request: HttpRequest) -> HttpResponse:
    """Show goals, villages with their figures, and what is still without a name."""
    user = signed_in(request)
    villages = village_progress(user)
    context = {
        "villages": villages,
        "goals": goal_progress(villages),
        "measures": Measure.choices,
        "signed_column": Measure.values.index(Measure.SIGNED),
        "today": timezone.localdate(),
        "may_draft": may(user, Action.EDIT_NAMES),
        "may_keep": may(user, Action.HANDLE_NAMES),
    }
    return render(request, "placenames/campaign.html", context)


def _chosen(parameters: QueryDict, user: User) -> reviewing.Chosen:
    code = parameters.get("in", "")[:20]
    division = divisions_for(user).filter(code=code).first() if code else None
    return reviewing.Chosen(
        division=division, kind=parameters.get("kind", "")[:40], text=parameters.get("q", "")[:60]
    )


def _address(chosen: reviewing.Chosen, **more: object) -> str:
    values = {
        "in": chosen.division.code if chosen.division else "",
        "kind": chosen.kind,
        "q": chosen.text,
    } | more
    query = urlencode({key: value for key, value in values.items() if value})
    return reverse("naming:review") + (f"?{query}" if query else "")


@never_cache
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """Show one name after another; what was said of one leads to the next.

    The page's script asks for what changes only (``X-Part``): the next name comes with the answer to what was said of the last.
    """
    user = signed_in(request)
    chosen = _chosen(request.GET, user)
    part = "X-Part" in request.headers
    problem, after = "", _number(request.GET.get("after", ""))
    if request.method == "POST":
        name = get_object_or_404(reviewing.reviewable(user, chosen), pk=_number(request.POST.get("name", "")))
        outcome = "doubted" if request.POST.get("outcome") == "doubted" else "fine"
        try:
            reviewing.review(name=name, outcome=outcome, user=user, note=request.POST.get("note", "")[:300])
        except ValidationError as error:
            problem, after = " ".join(error.messages), name.pk - 1
        else:
            if not part:
                return redirect(_address(chosen, after=name.pk))
            after = name.pk
    context = _queue(user, chosen, after) | {"problem": problem}
    context |= {"layout": "placenames/queue_part.html"} if part else _around_queue(user)
    return render(request, "placenames/review.html", context, status=422 if problem else 200)


def _queue(user: User, chosen: reviewing.Chosen, after: int) -> dict[str, Any]:
    """Return the next name that waits, what the checks say of it, and how many there are."""
    names = reviewing.reviewable(user, chosen)
    rows = reviewing.waiting(names).filter(pk__gt=after)
    rows = reviewing.with_what_checks_need(rows).select_related("place__source", "place__division__parent")
    name = rows.defer("place__division__parent__boundary").first()
    proposed = [s for s in name.spellings.all() if s.status != Spelling.Status.REPLACED] if name else []
    return {
        "name": name,
        "proposed": next(iter(proposed), None),
        **(findings_context(check_name(subject_of_name(name)).told_to(user)) if name else {}),
        **reviewing.how_many(names),
        "chosen": chosen,
        "next_url": _address(chosen, after=name.pk) if name else "",
        "start_url": _address(chosen),
        "passed": bool(after),
        "has_demo_data": bool(name and name.place.is_demo),
    }


def _around_queue(user: User) -> dict[str, Any]:
    """Return what stands around the name and stays from one to the next."""
    return {
        "kinds": PlaceKind.objects.all(),
        "divisions": divisions_for(user),
        "actions": [action for action, needs in ACTIONS.items() if may(user, needs)],
        "batches": batches.last_of(user),
    }


def _number(text: str) -> int:
    return whole_number(text) or 0


@never_cache
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a batch would do, before anything is done."""
    return _preview(request, request.GET)


def _preview(request: HttpRequest, parameters: QueryDict, problem: str = "") -> HttpResponse:
    user = signed_in(request)
    chosen = _chosen(parameters, user)
    try:
        shown = reviewing.preview(user=user, action=parameters.get("action", ""), chosen=chosen)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(_address(chosen) if may(user, Action.EDIT_NAMES) else reverse("naming:queue"))
    rows = Name.objects.filter(pk__in=shown.name_ids[:SHOWN_IN_PREVIEW]).select_related(
        "place__kind", "place__division"
    )
    context = {
        "shown": shown,
        "rows": rows.prefetch_related("spellings").order_by("pk"),
        "more": max(shown.count - SHOWN_IN_PREVIEW, 0),
        "chosen": chosen,
        "problem": problem,
        "back_url": _address(chosen),
        "may_review": may(user, Action.EDIT_NAMES),
        "kinds": PlaceKind.objects.all(),
        "divisions": divisions_for(user),
        "checked_first": shown.action in batches.CHECKED,
    }
    return render(request, "placenames/review_preview.html", context, status=422 if problem else 200)


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Carry a batch out as it was shown, or have its names checked first: at once, or by the worker where there are many."""
    user = signed_in(request)
    chosen = _chosen(request.POST, user)
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise PermissionDenied
    step = "check" if action in batches.CHECKED else "apply"
    try:
        found = batches.begin(
            user=user, action=action, chosen=chosen, token=request.POST.get("token", "")[:60]
        )
        count = reviewing.preview(user=user, action=action, chosen=chosen).count
        return _do(found, user, step=step, count=count)
    except ValidationError as error:
        return _preview(request, request.POST, " ".join(error.messages))


@require_POST
def batch_apply(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Carry out a batch whose names were checked."""
    user, found = signed_in(request), _batch(request, pk)
    try:
        day = parse_date(request.POST.get("on_day") or "")
        batches.decide(
            batch=found, user=user, authority=request.POST.get("authority", "")[:120], approved_on=day
        )
        return _do(found, user, step="apply", count=batches.counts(found)["chosen"])
    except (ValidationError, ValueError) as error:
        problem = (
            " ".join(error.messages) if isinstance(error, ValidationError) else _("The day cannot be read.")
        )
        return _batch_page(request, _batch(request, pk), problem)


def _do(found: NameBatch, user: User, *, step: str, count: int) -> HttpResponse:
    if count > batches.AT_ONCE:
        job = batches.in_background(batch=found, step=step, count=count, user=user)
        return redirect("jobs:detail", pk=job.pk)
    if step == "check":
        batches.check(batch=found, user=user)
    else:
        batches.carry_out(batch=found, user=user)
    return redirect("naming:batch", pk=found.pk)


def _batch(request: HttpRequest, pk: uuid.UUID) -> NameBatch:
    """Return a change that the person may look at; of others there is no page."""
    found = get_object_or_404(NameBatch.objects.select_related("owner", "division", "undone_by"), pk=pk)
    if not batches.may_see(found, signed_in(request)):
        raise Http404
    return found


@never_cache
@require_GET
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a change of many does, or did, to which names, and let it be made or taken back."""
    return _batch_page(request, _batch(request, pk))


def _batch_page(request: HttpRequest, found: NameBatch, problem: str = "") -> HttpResponse:
    user = signed_in(request)
    rows = found.rows.select_related("name__place__kind", "name__place__division").order_by("-weight", "pk")
    counts = batches.counts(found)
    show = request.GET.get("show", "")
    if show in batches.GROUPS:
        rows = rows.filter(batches.GROUPS[show])
    page = Paginator(rows, SHOWN_IN_PREVIEW).get_page(request.GET.get("page"))
    waits = found.state == NameBatch.State.WAITING
    context = {
        "batch": found,
        "may_review": may(user, Action.EDIT_NAMES),
        "page": page,
        "listed": batches.findings_told(list(page), user),
        "counts": counts,
        "groups": [(group, label, counts[group]) for group, label in batches.GROUP_WORDS if counts[group]],
        "show": show,
        "problem": problem,
        "to_be_changed": counts["chosen"] if waits and found.checked_at and found.owner_id == user.pk else 0,
        # Until it is made, the names that it would change.
        "names": counts["chosen"] if waits else found.count,
        "may_undo": found.state == NameBatch.State.DONE and may(user, ACTIONS[found.act]),
    }
    return render(request, "placenames/batch.html", context, status=422 if problem else 200)


@require_POST
def batch_undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a change of many back."""
    user, found = signed_in(request), _batch(request, pk)
    if found.count > batches.AT_ONCE:
        job = batches.in_background(batch=found, step="undo", count=found.count, user=user)
        return redirect("jobs:detail", pk=job.pk)
    try:
        batches.undo(batch=found, user=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("naming:batch", pk=found.pk)
