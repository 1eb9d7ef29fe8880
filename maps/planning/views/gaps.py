"""The gap list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from geo_registry.territory.models import Division, Level

from ..gaps import Reason, gaps_of
from ..question import NothingToAsk, read_question
from ..runs import changed_since, find_run
from .common import choice_of, may_run, nothing_to_ask, words_of
from .coverage import not_computed


@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """Rank villages by the people who are not served; without a saved run, have one computed."""
    try:
        question = read_question(request.GET)
    except NothingToAsk as error:
        return nothing_to_ask(request, error)
    run = find_run(question)
    ask = reverse("maps:planner_gaps")
    if run is None:
        return not_computed(request, question, room="gaps", ask=ask)
    choice = choice_of(request, run, question)
    reason = request.GET.get("reason", "")
    top = choice.within or run.division
    towns = Division.objects.filter(parent=top).at_level(Level.TOWNSHIP).defer("boundary").order_by("code")
    context: dict[str, Any] = {
        **words_of(question),
        "ask": ask,
        "keep": {name: request.GET[name] for name in ("in", "reason", "view") if request.GET.get(name)},
        "room": "gaps",
        "run": run,
        "choice": choice,
        "gaps": gaps_of(choice, reason=reason),
        "reasons": list(Reason),
        "reason": reason,
        "towns": towns,
        "changed": changed_since(run.input_versions),
        "may_run": may_run(request),
        "has_demo_data": run.has_demo_data,
    }
    return render(request, "maps/planning/gaps.html", context)
