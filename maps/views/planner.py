"""Saved runs: the list, and a new one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from geo_registry.accounts.models import User

from ..forms import CoverageForm
from ..planning.views.common import may_run, overdue, runs
from ..services.coverage_job import enqueue_coverage


@require_safe
def saved_runs(request: HttpRequest) -> HttpResponse:
    """List the saved runs, with a form for a new one; without any, say what to do first."""
    context = {
        "runs": runs(request)[:100],
        "form": CoverageForm(),
        "may_run": may_run(request),
        "room": "runs",
    }
    return render(request, "maps/planner/overview.html", context | overdue(request))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Put a new computation into the queue and show how it gets on."""
    form = CoverageForm(request.POST)
    if not form.is_valid():
        context = {"runs": runs(request)[:100], "form": form, "may_run": True, "room": "runs"}
        return render(request, "maps/planner/overview.html", context, status=422)
    user = request.user if isinstance(request.user, User) else None
    job = enqueue_coverage(request=form.coverage_request(), user=user)
    return HttpResponseRedirect(job.result_url or reverse("jobs:detail", args=[job.pk]))
