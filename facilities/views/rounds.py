"""Rounds as a whole: how far each township is, the ledger to print, the sheet to take along."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from geo_registry.accounts.policy import Action, may
from geo_registry.accounts.signed_in import signed_in
from geo_registry.operations.leaving import counted

from ..models import Confirmation, Round
from ..services.rounds import ledger as ledgers
from ..services.rounds.progress import progress, totals
from .round_queue import round_of, town_of

State = Confirmation.State
ROUNDS_SHOWN = 24
ROWS_A_PAGE = 100


@never_cache
@require_safe
def round_list(request: HttpRequest) -> HttpResponse:
    """List the rounds, the present one first, each with how far it is within the person's scope."""
    user = signed_in(request)
    rounds = totals(Round.objects.all()[:ROUNDS_SHOWN], user)
    context = {"rounds": rounds, "today": timezone.localdate(), **_rights(request)}
    return render(request, "facilities/rounds/list.html", context)


@never_cache
@require_safe
def detail(request: HttpRequest, opens_on: str) -> HttpResponse:
    """Show a round: progress by township, and its facilities by state."""
    user, today, row = signed_in(request), timezone.localdate(), round_of(opens_on)
    state, town = request.GET.get("state", ""), town_of(request.GET)
    state = state if state in State.values else ""
    rows = ledgers.rows(row, user, state=state, town=town)
    newest = Round.objects.filter(opens_on__lte=today).first()
    found = progress(row, user)
    context = {
        "round": row,
        "progress": found,
        "is_overdue": found.is_overdue(today) and row == newest,
        "is_current": row == newest,
        "page_obj": Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": State.choices,
        "town": town,
        **_rights(request),
    }
    return render(request, "facilities/rounds/detail.html", context)


@never_cache
@require_safe
def ledger(request: HttpRequest, opens_on: str) -> HttpResponse:
    """Show the ledger of a round as it is printed and filed."""
    row = round_of(opens_on)
    context = {
        "round": row,
        "progress": progress(row, signed_in(request)),
        "groups": ledgers.ledger(row, signed_in(request), town=town_of(request.GET)),
        "printed_at": timezone.localtime(),
    }
    return render(request, "facilities/rounds/ledger.html", context)


@never_cache
@require_safe
def export(request: HttpRequest, opens_on: str) -> HttpResponse:
    """Send the ledger as a spreadsheet."""
    row = round_of(opens_on)
    response = HttpResponse(
        ledgers.workbook(row, signed_in(request), town=town_of(request.GET)),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = f'attachment; filename="confirmation-round-{row.opens_on}.xlsx"'
    return counted(response, ledgers.rows(row, signed_in(request), town=town_of(request.GET)).count())


def _rights(request: HttpRequest) -> dict[str, bool]:
    user = signed_in(request)
    return {
        "may_confirm": may(user, Action.EDIT_FACILITIES),
        "may_approve": may(user, Action.APPROVE),
        "may_export": may(user, Action.EXPORT_LISTS),
    }
