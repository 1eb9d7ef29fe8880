"""The campaign's page, which is also the ledger to print, and the review of many names."""

from __future__ import annotations

import uuid
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
from placenames.models import Name, NameBatch, NameBatchRow, NameReview, PlaceKind, Spelling
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


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the policy lets nobody else in
    return request.user


@never_cache
@require_GET
def campaign(request: HttpRequest) -> HttpResponse:
    """Show goals, villages with their figures, and what is still without a name."""
    user = _user(request)
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
    """Show one name after another; what was said of one leads to the next."""
    user = _user(request)
    chosen = _chosen(request.GET, user)
    problem = ""
    if request.method == "POST":
        name = get_object_or_404(reviewing.reviewable(user, chosen), pk=_number(request.POST.get("name", "")))
        outcome = "doubted" if request.POST.get("outcome") == "doubted" else "fine"
        try:
            reviewing.review(name=name, outcome=outcome, user=user, note=request.POST.get("note", "")[:300])
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            return redirect(_address(chosen, after=name.pk))
    names = reviewing.reviewable(user, chosen)
    waits = reviewing.waiting(names)
    after = _number(request.POST.get("name", "") if problem else request.GET.get("after", ""))
    rows = waits.filter(pk__gte=after) if problem else waits.filter(pk__gt=after)
    rows = rows.select_related("place__kind", "place__division__parent", "place__source").prefetch_related(
        "spellings"
    )
    name = rows.first()
    context = {
        "name": name,
        "proposed": next((s for s in name.spellings.all() if s.status != Spelling.Status.REPLACED), None)
        if name
        else None,
        **(findings_context(check_name(subject_of_name(name))) if name else {}),
        "problem": problem,
        "waiting": waits.count(),
        "total": names.count(),
        "doubted": names.filter(review__outcome=NameReview.Outcome.DOUBTED).count(),
        "chosen": chosen,
        "kinds": PlaceKind.objects.all(),
        "divisions": divisions_for(user),
        "next_url": _address(chosen, after=name.pk) if name else "",
        "start_url": _address(chosen),
        "passed": bool(after),
        "actions": [action for action, needs in ACTIONS.items() if may(user, needs)],
        "batches": NameBatch.objects.filter(owner=user).exclude(state=NameBatch.State.WAITING)[:5],
        "has_demo_data": bool(name and name.place.is_demo),
    }
    return render(request, "placenames/review.html", context, status=422 if problem else 200)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


@never_cache
@require_GET
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a batch would do, before anything is done."""
    return _preview(request, request.GET)


def _preview(request: HttpRequest, parameters: QueryDict, problem: str = "") -> HttpResponse:
    user = _user(request)
    chosen = _chosen(parameters, user)
    try:
        shown = reviewing.preview(user=user, action=parameters.get("action", ""), chosen=chosen)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(_address(chosen))
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
        "today": timezone.localdate(),
    }
    return render(request, "placenames/review_preview.html", context, status=422 if problem else 200)


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Carry a batch out as it was shown: at once, or by the worker where there are many names."""
    user = _user(request)
    chosen = _chosen(request.POST, user)
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise PermissionDenied
    try:
        batch = batches.begin(
            user=user, action=action, chosen=chosen, token=request.POST.get("token", "")[:60],
            authority=request.POST.get("authority", "")[:120], approved_on=parse_date(request.POST.get("on_day") or ""),
        )  # fmt: skip
        count = reviewing.preview(user=user, action=action, chosen=chosen).count
        if count > batches.AT_ONCE:
            return redirect(
                "jobs:detail", pk=batches.in_background(batch=batch, step="apply", count=count, user=user).pk
            )
        batches.carry_out(batch=batch, user=user)
    except (ValidationError, ValueError) as error:
        problem = (
            " ".join(error.messages) if isinstance(error, ValidationError) else _("The day cannot be read.")
        )
        return _preview(request, request.POST, problem)
    return redirect("naming:batch", pk=batch.pk)


def _batch(request: HttpRequest, pk: uuid.UUID) -> NameBatch:
    """Return a change that the person may look at; of others there is no page."""
    found = get_object_or_404(NameBatch.objects.select_related("owner", "division", "undone_by"), pk=pk)
    if not batches.may_see(found, _user(request)):
        raise Http404
    return found


@never_cache
@require_GET
def batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a change of many did to which names, and let it be taken back."""
    found = _batch(request, pk)
    rows = found.rows.select_related("name__place__kind", "name__place__division").order_by("-outcome", "pk")
    kept = request.GET.get("show") == "kept"
    if kept:
        rows = rows.filter(outcome=NameBatchRow.Outcome.KEPT)
    context = {
        "batch": found,
        "page": Paginator(rows, SHOWN_IN_PREVIEW).get_page(request.GET.get("page")),
        "kept": found.rows.filter(outcome=NameBatchRow.Outcome.KEPT).count(),
        "only_kept": kept,
        "may_undo": found.state == NameBatch.State.DONE and may(_user(request), ACTIONS[found.act]),
    }
    return render(request, "placenames/batch.html", context)


@require_POST
def batch_undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a change of many back."""
    user, found = _user(request), _batch(request, pk)
    if found.count > batches.AT_ONCE:
        job = batches.in_background(batch=found, step="undo", count=found.count, user=user)
        return redirect("jobs:detail", pk=job.pk)
    try:
        batches.undo(batch=found, user=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("naming:batch", pk=found.pk)
