"""Who is in reach: the question as an address, the saved run that answers it on map and in table, or the computing of one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from facilities.models import CoverageRun
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.views import visible_jobs

from ...services import coverage_page as page
from ...services.coverage_beside import beside
from ...services.run_files_job import offered
from ..layers import LAYERS
from ..lists import DIVISIONS, FACILITIES, LISTS, PLACES, facilities_of, list_of, places_of
from ..question import NothingToAsk, Question, question_of_run, read_question
from ..runs import changed_since, compute, find_run, running_job, words_of_run
from .common import begun, choice_of, may_run, nothing_to_ask, overdue, runs, words_of


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Answer the question in the address with a saved run, or say that there is none and have it computed."""
    try:
        question = read_question(request.GET)
    except NothingToAsk as error:
        return nothing_to_ask(request, error)
    run = find_run(question)
    if run is None:
        return not_computed(request, question, room="coverage", ask=reverse("maps:planner_coverage"))
    return _answer(request, run, question)


@require_safe
def run_page(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show one run by its number: the address that a report can cite."""
    run = get_object_or_404(runs(request), pk=run_id)
    return _answer(request, run, question_of_run(choice_of(request, run)))


def not_computed(request: HttpRequest, question: Question, *, room: str, ask: str) -> HttpResponse:
    """Say that a question has no saved answer yet; show how far it is if somebody is waiting for it."""
    context: dict[str, Any] = {
        **words_of(question),
        "ask": ask,
        "room": room,
        "job": _job(request, question),
        "may_run": may_run(request),
        "near_runs": [(run, words_of_run(run)) for run in runs(request).filter(network=question.network)[:6]],
        "has_demo_data": None,
    }
    return render(request, "maps/planning/not_computed.html", context)


def _job(request: HttpRequest, question: Question) -> Job | None:
    """Return what is computing the question, of what the person may see: the own job, though a colleague's is older."""
    return running_job(question, among=visible_jobs(request))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Have the question in the address computed; scripts are told where to ask how far it is."""
    question = read_question(request.GET)
    if not isinstance(request.user, User):
        raise Http404
    job = compute(question, user=request.user)
    return begun(request, job, back=f"{reverse('maps:planner_coverage')}?{question.query()}")


def _answer(request: HttpRequest, run: CoverageRun, question: Question) -> HttpResponse:
    choice = choice_of(request, run, question)
    rows = page.table(choice)
    changed = changed_since(run.input_versions)
    context = {
        **words_of(question),
        "ask": reverse("maps:planner_coverage"),
        "keep": _kept(request),
        "room": "coverage",
        "run": run,
        "choice": choice,
        "rows": rows,
        "whole": rows[0] if rows else None,
        "chosen_minutes": page.minutes(choice.limit_s),
        "limits": [(limit, page.minutes(limit)) for limit in run.thresholds_s],
        "legend": page.legend(run),
        "facility_count": choice.set.facility_count
        if choice.parent in (None, run.division)
        else page.counted_facilities(choice).count(),
        "shown_kinds": page.kinds_of(choice),
        "gaps": page.gaps(run),
        "beside": beside(choice, rows),
        "changed": changed,
        "job": _job(request, question) if changed else None,
        "has_demo_data": run.has_demo_data,
        "may_run": may_run(request),
        "files": offered(choice) if policy.may(request.user, policy.Action.EXPORT) else [],
        "up_query": choice.query(**{"in": None}),
        "layers": layers_of(request),
        **_listed(request, choice),
        **overdue(request),
    }
    return render(request, "maps/planner/run.html", context)


def _listed(request: HttpRequest, choice: page.Choice) -> dict[str, Any]:
    """Return the table that stands beside the map, and the addresses of the others."""
    key, selected = list_of(request.GET.get("list", "")), request.GET.get("sel", "")
    addresses = []
    for one, word in LISTS.items():
        query = request.GET.copy()
        query.pop("sel", None)
        query["list"] = one
        if one == DIVISIONS:
            del query["list"]
        addresses.append((one, word, f"{request.path}?{query.urlencode()}"))
    return {
        "list": key,
        "lists": addresses,
        "place_rows": places_of(choice, selected=selected) if key == PLACES else None,
        "facility_rows": facilities_of(choice, selected=selected) if key == FACILITIES else None,
    }


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("in", "layers", "list", "view") if request.GET.get(name)}


def layers_of(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Return what the map can show: its key, its words, and whether it is shown now."""
    words = {
        "places": _("people, by reach"),
        "areas": _("areas within reach, along the roads"),
        "facilities": _("facilities that count"),
        "others": _("other facilities, by status"),
        "scores": _("assessments"),
        "assets": _("idle buildings"),
        "divisions": _("boundaries"),
    }
    shown = request.GET.get("layers", "places,facilities,divisions").split(",")
    return [(key, word, key in shown) for key, word in words.items()]


@require_safe
def layer(request: HttpRequest, run_id: uuid.UUID, name: str) -> HttpResponse:
    """Return one layer of the run's map as GeoJSON."""
    choice = choice_of(request, get_object_or_404(runs(request), pk=run_id))
    if name not in LAYERS:
        raise Http404
    response = JsonResponse(LAYERS[name](choice), content_type="application/geo+json")
    response["Cache-Control"] = "private, max-age=600"
    return response
