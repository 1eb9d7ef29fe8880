"""Records that may be of one facility: judged, merged, and taken apart again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geo_registry.accounts.policy import Action, limit, may
from geo_registry.accounts.signed_in import signed_in

from ..models import Facility, Merge
from ..services import merging
from ..services.editing import Blocked
from ..services.likely_duplicates import pairs_for
from .record import facility_or_404


@never_cache
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show the pairs that nobody has judged."""
    user = signed_in(request)
    pairs = pairs_for(user).select_related(
        "first__kind", "first__division", "second__kind", "second__division"
    )
    context = {
        "pairs": pairs.defer("first__division__boundary", "second__division__boundary")[:200],
        "may_merge": may(user, Action.EDIT_FACILITIES_AT_ONCE),
    }
    return render(request, "facilities/duplicates.html", context)


@require_POST
def two(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the two records of a pair are two facilities."""
    user = signed_in(request)
    pair = get_object_or_404(pairs_for(user).select_related("first__division", "second__division"), pk=pk)
    merging.are_two(pair=pair, user=user)
    messages.success(request, _("Noted: these are two facilities."))
    return redirect("facilities:duplicates")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """Show two records side by side, and merge the second into the first.

    Raises
    ------
    Http404
        If they are one record.
    """
    user = signed_in(request)
    kept, dropped = facility_or_404(request, number), facility_or_404(request, other)
    if not all(may(user, Action.EDIT_FACILITIES_AT_ONCE, division=row.division) for row in (kept, dropped)):
        raise PermissionDenied
    if kept == dropped:
        raise Http404
    choices = merging.side_by_side(kept, dropped)
    problem = ""
    if request.method == "POST":
        sides = {choice.code: request.POST.get(f"side-{choice.code}", "kept") for choice in choices}
        try:
            merging.merge_records(
                kept=kept, dropped=dropped, sides=sides, user=user, reason=request.POST.get("reason", "")
            )
        except (ValidationError, Blocked) as error:
            problem = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        else:
            messages.success(
                request,
                _("%(dropped)s was merged into %(kept)s; both numbers lead here.")
                % {"dropped": dropped.number, "kept": kept.number},
            )
            return redirect("facilities:record", kept.number)
    context = {"kept": kept, "dropped": dropped, "choices": choices, "problem": problem}
    return render(request, "facilities/merge.html", context, status=422 if problem else 200)


@require_POST
def undo(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Make two records of one again."""
    user = signed_in(request)
    kept = facility_or_404(request, number)
    found = get_object_or_404(Merge, kept=kept, pk=pk)
    if not limit(Facility.objects.filter(pk=found.dropped_id), user).exists():
        raise PermissionDenied
    try:
        merging.take_back(merge=found, user=user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Taken back: these are two records again."))
    return redirect("facilities:record", kept.number)
