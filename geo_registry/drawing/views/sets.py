"""Edit sets: the list, one with its changes on the map, and what is decided about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.signed_in import signed_in

from ..models import EditSet
from ..services import saving
from ..services.changes import DrawingError
from ..services.showing import draft_of, lines_of, shapes_of

PAGE_SIZE = 50


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show one's own sets and those of the area one acts in, newest first."""
    user = signed_in(request)
    rows = _visible(user).select_related("author", "division", "decided_by", "undoes")
    state = request.GET.get("state", "")
    if state in EditSet.State.values:
        rows = rows.filter(state=state)
    page_of = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page_of, "states": EditSet.State.choices, "state": state}
    return render(request, "drawing/sets.html", context)


def _visible(user: User) -> Any:
    scope = policy.scope_path(user)
    own = Q(author=user)
    if scope == "":
        return EditSet.objects.all()
    return EditSet.objects.filter(own | Q(division__path__startswith=scope) if scope is not None else own)


def _one(request: HttpRequest, pk: int) -> EditSet:
    edit_set = (
        EditSet.objects.select_related("author", "division", "decided_by", "undoes").filter(pk=pk).first()
    )
    if edit_set is None or not saving.may_see(signed_in(request), edit_set):
        raise Http404
    return edit_set


@require_safe
@never_cache
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one set: what, before and after, on the map."""
    edit_set, user = _one(request, pk), signed_in(request)
    late = saving.overtaken(edit_set) if edit_set.state == EditSet.State.PROPOSED else []
    context = {
        "set": edit_set,
        "lines": lines_of(edit_set, reader=user),
        "shapes": shapes_of(edit_set),
        "may_decide": saving.may_decide_on(user, edit_set),
        "may_undo": saving.may_undo(user, edit_set),
        "is_own": edit_set.author_id == user.pk,
        "late": late,
        "undone_by": EditSet.objects.filter(undoes=edit_set).first(),
    }
    return render(request, "drawing/set.html", context)


@require_safe
@never_cache
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a set of one's own as a draft, to go on drawing."""
    edit_set = _one(request, pk)
    if edit_set.author_id != signed_in(request).pk:
        raise Http404
    return JsonResponse(draft_of(edit_set))


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or return."""
    edit_set, user = _one(request, pk), signed_in(request)
    try:
        if request.POST.get("decision") == "approve":
            saving.approve(user=user, edit_set=edit_set)
            messages.success(request, _("Approved: the change is in force."))
        else:
            saving.send_back(user=user, edit_set=edit_set, reason=request.POST.get("reason", ""))
            messages.success(request, _("Returned to its author."))
    except DrawingError as error:
        messages.error(request, error.text)
    return redirect("drawing:set", pk=pk)


@require_POST
def undo_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a set that is in force."""
    edit_set = _one(request, pk)
    try:
        reverse = saving.undo(user=signed_in(request), edit_set=edit_set, why=request.POST.get("why", ""))
    except DrawingError as error:
        messages.error(request, error.text)
        return redirect("drawing:set", pk=pk)
    messages.success(request, _("Undone: what was there before is there again."))
    return redirect("drawing:set", pk=reverse.pk)


@require_POST
def withdraw_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own proposal back."""
    try:
        saving.withdraw(user=signed_in(request), edit_set=_one(request, pk))
        messages.success(request, _("Withdrawn."))
    except DrawingError as error:
        messages.error(request, error.text)
    return redirect("drawing:set", pk=pk)
