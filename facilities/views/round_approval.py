"""The county's queue: unusual answers, one at a time; nobody sees the own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from geo_registry.accounts.policy import limit
from geo_registry.accounts.signed_in import signed_in
from geo_registry.text.whole_numbers import whole_number
from geo_registry.worklist.registry import Asked

from ..models import Confirmation
from ..services.rounds import confirming, deciding, facts
from ..services.rounds.work import to_approve

State = Confirmation.State


def _waiting(request: HttpRequest) -> QuerySet[Confirmation]:
    return to_approve(Asked(user=signed_in(request), day=timezone.localdate()))


@never_cache
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """Lead to the next answer that waits for approval, or say that there is none."""
    pks = list(_waiting(request).values_list("pk", flat=True)[:500])
    passed = whole_number(request.GET.get("after", "")) or 0
    rest = pks[pks.index(passed) + 1 :] if passed in pks else pks
    if rest:
        return redirect("rounds:approval", pk=rest[0])
    own = (
        limit(Confirmation.objects.approving(), signed_in(request))
        .filter(confirmed_by=signed_in(request))
        .count()
    )
    return render(request, "facilities/rounds/approvals_end.html", {"left": len(pks), "own": own})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an answer beside what held before, and take the decision."""
    user = signed_in(request)
    rows = limit(Confirmation.objects.all(), user).select_related(
        "round",
        "facility__kind",
        "facility__division__parent",
        "facility__source",
        "confirmed_by",
        "decided_by",
    )
    row = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return _page(request, row)
    version = whole_number(request.POST.get("version", ""), digits=8)
    number = -1 if version is None else version
    name = row.facility.name
    try:
        if request.POST.get("decision") == "return":
            reason = request.POST.get("reason", "")
            deciding.send_back(confirmation=row, user=user, version=number, reason=reason)
            messages.success(
                request, _("%(facility)s: returned to %(who)s.") % {"facility": name, "who": row.confirmed_by}
            )
        else:
            doubts = _doubts(request, row)
            deciding.approve(confirmation=row, user=user, version=number, doubts=doubts)
            told = (
                _("%(facility)s: returned to %(who)s for what is doubted; the rest stands.")
                if doubts
                else _("%(facility)s: approved.")
            )
            messages.success(request, told % {"facility": name, "who": row.confirmed_by})
    except ValidationError as error:
        return _page(request, row, problem=" ".join(error.messages), status=422)
    except confirming.OvertakenError as stopped:
        row = get_object_or_404(rows, pk=pk)
        return _page(request, row, above=str(stopped), status=409)
    return redirect("rounds:approvals")


def _doubts(request: HttpRequest, row: Confirmation) -> dict[str, str]:
    """Return what was written beside facts; a fact beside which nothing is written is not doubted."""
    return {code: words for code in row.answers if (words := request.POST.get(f"doubt-{code}", "").strip())}


def _page(
    request: HttpRequest, row: Confirmation, *, problem: str = "", above: str = "", status: int = 200
) -> HttpResponse:
    now = {fact.code: fact for fact in facts.known(row.facility, row.answers)}
    context = {
        "confirmation": row,
        "facility": row.facility,
        "lines": [
            _line(row, code, now[code], request.POST.get(f"doubt-{code}", ""))
            for code in facts.CODES
            if code in row.answers
        ],
        "problem": problem,
        "above": above,
        "own": row.confirmed_by == signed_in(request),
        "waits": row.state == State.APPROVING,
        "may_doubt": deciding.may_doubt(row, signed_in(request), day=timezone.localdate()),
        "left": _waiting(request).count(),
        "next_url": f"{reverse('rounds:approvals')}?after={row.pk}",
        "reason": request.POST.get("reason", ""),
        "has_demo_data": row.facility.is_demo,
    }
    return render(request, "facilities/rounds/approval.html", context, status=status)


def _line(row: Confirmation, code: str, now: facts.Known, doubt: str) -> dict[str, Any]:
    before, answered = row.before.get(code), row.answers[code]
    reason = row.unusual.get(code, "")
    return {
        "code": code,
        "doubt": doubt or row.disputed.get(code, ""),
        "label": facts.label(code),
        "before": facts.words(code, before),
        "answered": facts.words(code, answered),
        "changed": before != answered and bool(before or answered),
        "why": confirming.reason_words(reason) if reason else "",
        # What somebody else has written meanwhile, and what approval would overwrite.
        "now": now.words if row.state == State.APPROVING and reason and now.value != before else "",
    }
