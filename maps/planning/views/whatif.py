"""What if on the map; scenarios with a name."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from facilities.analysis.errors import AnalysisError
from facilities.models import Scenario
from facilities.services.coverage import CoverageError
from facilities.services.saved_scenarios import changes_from, save_scenario
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.views import visible_jobs
from geo_registry.roadgraph import RoadGraphError
from geo_registry.territory.models import Installation

from ...exports.palette import colours
from ...services.coverage_page import minutes
from .. import whatif
from ..question import NothingToAsk, Question, read_question
from ..scenarios import comparison_of, enqueue_scenario, job_of
from .common import begun, nothing_to_ask, words_of


def scenarios() -> QuerySet[Scenario]:
    """Return the scenarios of the home."""
    home = Installation.home()
    rows = Scenario.objects.select_related("network", "created_by")
    return rows.filter(division=home) if home else rows


@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """Show the map to change things on; what was changed is in the address."""
    try:
        question = read_question(request.GET)
    except NothingToAsk as error:
        return nothing_to_ask(request, error)
    limits = sorted(question.thresholds_s())
    context: dict[str, Any] = {
        **words_of(question),
        "ask": reverse("maps:planner_whatif"),
        "keep": {name: request.GET[name] for name in ("do", "view") if request.GET.get(name)},
        "room": "whatif",
        "legend": _legend(limits),
        "villages": whatif.villages(),
        "scenarios": scenarios().filter(network=question.network)[:30],
        "has_demo_data": None,
    }
    return render(request, "maps/planning/whatif.html", context)


def _legend(limits: list[int]) -> list[tuple[int, str, str]]:
    shades = colours(len(limits) + 1)
    lines = [
        (step, shades[step], _("within %(minutes)s minutes") % {"minutes": minutes(limit)})
        for step, limit in enumerate(limits)
    ]
    return [*lines, (len(limits), shades[-1], _("farther, or no way by road"))]


@require_safe
def base(request: HttpRequest) -> HttpResponse:
    """Return people and facilities as they are, and keep them warm for the changes that follow."""
    return _answered(lambda: whatif.base_of(read_question(request.GET)))


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Return what the changes in the body come to. Nothing is saved."""

    def computed() -> dict[str, Any]:
        changes = changes_from(_body(request))
        return whatif.answer_of(whatif.warm(read_question(request.GET)).answer(changes))

    return _answered(computed)


def _body(request: HttpRequest) -> Any:
    try:
        said = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ValidationError(_("This is no change that can be tried.")) from error
    return said.get("changes", []) if isinstance(said, dict) else None


def _answered(compute: Any) -> JsonResponse:
    """Return what was computed, or why it cannot be in one sentence."""
    try:
        return JsonResponse(compute())
    except (AnalysisError, RoadGraphError) as error:
        return JsonResponse({"error": error.render(_)}, status=422)
    except (CoverageError, NothingToAsk) as error:
        return JsonResponse({"error": str(error)}, status=422)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=422)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the changes under a name, and have them compared in the background."""
    question = read_question(request.GET)
    back = f"{reverse('maps:planner_whatif')}?{question.query(do=request.POST.get('do') or None)}"
    if not isinstance(request.user, User):
        return redirect(back)
    try:
        changes = changes_from(json.loads(request.POST.get("changes") or "[]"))
        row = save_scenario(
            name=request.POST.get("name", ""),
            note=request.POST.get("note", ""),
            request=question.request(of_group=True),
            question=question.parameters(),
            changes=changes,
            user=request.user,
        )
    except (ValueError, ValidationError) as error:
        words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        messages.error(request, words)
        return redirect(back)
    enqueue_scenario(row, user=request.user)
    return redirect("maps:planner_scenario", pk=row.pk)


@require_safe
def scenario(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a scenario before and after, by township and way to travel."""
    row = get_object_or_404(scenarios(), pk=pk)
    question: Question = read_question(row.question)
    changes = changes_from(row.changes)
    names = whatif.names_of(changes)
    context: dict[str, Any] = {
        "scenario": row,
        "question": question,
        "changes": [whatif.in_words(one, names) for one in changes],
        "open_url": f"{reverse('maps:planner_whatif')}?{question.query(do=whatif.changes_in_address(changes))}",
        "may_delete": row.created_by_id == request.user.pk,
        "room": "whatif",
        "has_demo_data": row.has_demo_data,
        **_waiting(request, row),
        **comparison_of(row, question),
    }
    return render(request, "maps/planning/scenario.html", context)


def _waiting(request: HttpRequest, row: Scenario) -> dict[str, Job | None]:
    """Return the job that computes a scenario, and the same where it is one that the person may follow."""
    waiting = job_of(row)
    mine = visible_jobs(request).filter(pk=waiting.pk).first() if waiting else None
    return {"waiting": waiting, "job": mine}


@require_POST
def recompute(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Compute a scenario once more from the register as it is now; the earlier figures stay."""
    row = get_object_or_404(scenarios(), pk=pk)
    job = enqueue_scenario(row, user=request.user) if isinstance(request.user, User) else None
    back = reverse("maps:planner_scenario", args=[row.pk])
    # One that a colleague asked for in the same moment is the colleague's to follow and to cancel.
    if job is None or not visible_jobs(request).filter(pk=job.pk).exists():
        return redirect(back)
    return begun(request, job, back=back)


@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take one's own scenario away."""
    row = get_object_or_404(scenarios().filter(created_by_id=request.user.pk), pk=pk)
    question = read_question(row.question)
    changes = whatif.changes_in_address(changes_from(row.changes))
    row.delete()
    messages.success(
        request,
        _("Taken away. What was changed stands on the map once more, to be saved again if it should stay."),
    )
    return redirect(f"{reverse('maps:planner_whatif')}?{question.query(do=changes)}")
