"""The overview, one tier's divisions, one commitment."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from facilities.models import Commitment, Network, Status
from facilities.services.commitments.network import tier_on
from facilities.services.commitments.standing import report, standing_of
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.territory.models import Division, Installation

from ..behind import behind_of, rows_of_items, rows_of_tier
from ..overview import list_url, overview_day, overview_of, overview_question, plan_for
from ..question import NothingToAsk, network_of
from .common import may_run, nothing_to_ask, overdue, seen_facilities


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the network at a glance and the year's plan."""
    network = network_of(request.GET.get("network", "")) or Network.objects.first()
    day = overview_day(request.GET.get("day", ""))
    try:
        if network is None:
            return nothing_to_ask(request, NothingToAsk(_("There is no network of facilities yet.")))
        found = overview_of(network, day, overview_question(network, day))
    except NothingToAsk as error:
        return nothing_to_ask(request, error)
    year = request.GET.get("year", "")
    context: dict[str, Any] = {
        "overview": found,
        "networks": Network.objects.all(),
        "plan": plan_for(int(year) if year.isdecimal() and len(year) == 4 else None),
        "room": "overview",
        "question": found.question,
    }
    return render(request, "maps/planning/overview.html", context | overdue(request))


@require_safe
def tier(request: HttpRequest, network: str, level: int) -> HttpResponse:
    """Show each division that ought to have a facility of a tier: those without first, then those with theirs."""
    row = get_object_or_404(Network, code=network)
    day = overview_day(request.GET.get("day", ""))
    standing = tier_on(row, level, day)
    if standing is None:
        raise Http404
    town = _town(request.GET.get("in", ""), day)
    below = town.path if town else ""
    seen = seen_facilities(request)
    found = behind_of(rows_of_tier(standing, below=below, seen=seen))
    asked = overview_question(row, day)
    where = {"in": town.code} if town else {}
    context = {
        "network": row,
        "standing": standing,
        "town": town,
        "behind": found,
        "units": len(found.missing) + len(found.counted),
        "elsewhere": [one for one in standing.elsewhere if one.division.path.startswith(below)],
        "seen": seen,
        "day": day,
        "list_url": list_url(
            network=row.code, level=level, status=Status.OPEN.value, day=day.isoformat(), **where
        ),
        "map_url": f"{reverse('maps:planner_coverage')}?{asked.with_set(f'tier-{level}').query(**where)}",
        "whole_url": f"{request.path}?day={day.isoformat()}",
        "room": "overview",
        "question": asked,
    }
    return render(request, "maps/planning/tier.html", context)


def _town(code: str, day: datetime.date) -> Division | None:
    """Return the division of a day that a tier is looked at in, or ``None`` for all of them."""
    home = Installation.home()
    if not code or home is None or "\x00" in code:
        return None
    return Division.objects.on(day).filter(code=code, path__startswith=home.path).defer("boundary").first()


class ReadingForm(forms.Form):
    """How far a commitment is that only the office knows."""

    value = forms.DecimalField(
        label=pgettext_lazy("of a commitment", "so far"), min_value=0, max_digits=12, decimal_places=2
    )
    as_of = forms.DateField(
        label=gettext_lazy("as of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    document = forms.CharField(
        label=gettext_lazy("document"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Where the number stands. A number only, never a list of people."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def commitment(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a commitment asks of the register, what it came to, and the rows behind it; take a reported number."""
    row = get_object_or_404(Commitment.objects.select_related("network", "source"), code=code)
    day = overview_day(request.GET["day"]) if request.GET.get("day") else None
    may_report = may_run(request) and row.query == Commitment.Query.REPORTED
    form = ReadingForm(initial={"as_of": timezone.localdate()})
    status = 200
    if request.method == "POST":
        form = ReadingForm(request.POST)
        if _reported(request, row, form):
            return redirect("maps:planner_commitment", code=row.code)
        status = 422
    standing = standing_of(row, day)
    seen = seen_facilities(request)
    items = [
        # A division's note names the facilities there.
        one if seen is None or one.facility else replace(one, note="")
        for one in standing.found.items
        if seen is None or not one.facility or one.facility in seen
    ]
    context = {
        "standing": standing,
        "row": row,
        "behind": behind_of(rows_of_items(items)),
        "readings": row.readings.select_related("entered_by")[:50],
        "form": form if may_report else None,
        "may_edit": policy.may(request.user, policy.Action.MANAGE_REFERENCE),
        "room": "overview",
    }
    return render(request, "maps/planning/commitment.html", context, status=status)


def _reported(request: HttpRequest, row: Commitment, form: ReadingForm) -> bool:
    if not form.is_valid() or not isinstance(request.user, User):
        return False
    try:
        report(commitment=row, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            for name, found in error.error_dict.items():
                form.add_error(name if name in form.fields else None, found)
        else:
            form.add_error(None, error)
        return False
    messages.success(request, _("Entered."))
    return True
