"""Data quality: what is missing, stale or contradictory under the figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_registry.accounts import policy

from ..quality import CHECKS, Scope, quality_of
from .common import overdue, scope


@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Show every check, those that weigh most first, each row a link to mend it."""
    own = scope(request)
    looked_at = Scope(
        day=timezone.localdate(),
        division=own,
        may_edit=policy.may(request.user, policy.Action.EDIT_FACILITIES),
        may_territory=policy.may(request.user, policy.Action.EDIT_TERRITORY),
    )
    only = request.GET.get("check", "")
    only = only if any(one.code == only for one in CHECKS) else ""
    context = {
        "quality": quality_of(looked_at, only=only),
        "only": only,
        "day": looked_at.day,
        "room": "quality",
        "may_weigh": policy.may(request.user, policy.Action.MANAGE_REFERENCE),
    }
    return render(request, "maps/planning/quality.html", context | overdue(request))
