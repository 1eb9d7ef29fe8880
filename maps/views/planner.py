"""The planner's pages: runs, one run on map and in table, and a new run."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from facilities.models import CoverageRun
from facilities.services.rounds.opening import current_round
from facilities.services.rounds.progress import overdue_count
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.territory.models import Division

from ..forms import CoverageForm
from ..services import coverage_page as page
from ..services.coverage_beside import beside
from ..services.coverage_export import coverage_html, file_name
from ..services.coverage_job import enqueue_coverage


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Open the latest run; without one, say what to do first."""
    latest = _runs(request).first()
    if latest is not None and "list" not in request.GET:
        return redirect("maps:planner_run", run_id=latest.pk)
    context = {"runs": _runs(request)[:100], "form": CoverageForm(), "may_run": _may_run(request)}
    return render(request, "maps/planner/overview.html", context | _overdue(request))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Put a new computation into the queue and show how it gets on."""
    form = CoverageForm(request.POST)
    if not form.is_valid():
        context = {"runs": _runs(request)[:100], "form": form, "may_run": True}
        return render(request, "maps/planner/overview.html", context, status=422)
    user = request.user if isinstance(request.user, User) else None
    job = enqueue_coverage(request=form.coverage_request(), user=user)
    return HttpResponseRedirect(job.result_url or reverse("jobs:detail", args=[job.pk]))


@require_safe
def run_page(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show one run: the question, the map, the answer, the table."""
    choice = _choice(request, run_id)
    run = choice.run
    other = _other_run(request, run)
    if other is not None:
        return redirect(f"{reverse('maps:planner_run', args=[other])}?{choice.query()}")
    rows = page.table(choice)
    context = {
        "run": run,
        "choice": choice,
        "rows": rows,
        "whole": rows[0] if rows else None,
        **page.other_runs(run, _runs(request)),
        "network_label": _("Network"),
        "profile_label": _("How people travel"),
        "day_label": _("Facilities in operation on"),
        "sets": [(page.set_key(one), one) for one in page.sets_of(run)],
        "chosen_minutes": page.minutes(choice.limit_s),
        "limits": [(limit, page.minutes(limit)) for limit in run.thresholds_s],
        "groups": page.groups_of(run),
        "legend": page.legend(run),
        "shown_kinds": page.kinds_of(choice),
        "gaps": page.gaps(run),
        "beside": beside(choice, rows),
        "has_demo_data": run.has_demo_data,
        "data_date": run.population_as_of,
        "may_run": _may_run(request),
        "may_export": policy.may(request.user, policy.Action.EXPORT),
        "up_query": choice.query(**{"in": None}),
        **_overdue(request),
    }
    return render(request, "maps/planner/run.html", context)


def _overdue(request: HttpRequest) -> dict[str, object]:
    """Say how many facilities nobody has confirmed in time: what a figure rests on may be out of date."""
    today = timezone.localdate()
    count = overdue_count(request.user, day=today) if isinstance(request.user, User) else 0
    return {"overdue": count, "overdue_round": current_round(today) if count else None}


@require_safe
def layer(request: HttpRequest, run_id: uuid.UUID, name: str) -> HttpResponse:
    """Return one layer of the run's map as GeoJSON."""
    choice = _choice(request, run_id)
    makers = {
        "places": page.reach_features,
        "facilities": page.facility_features,
        "divisions": page.division_features,
    }
    if name not in makers:
        raise Http404
    response = JsonResponse(makers[name](choice), content_type="application/geo+json")
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_safe
def export(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Hand out the run as one HTML file that opens without a network."""
    choice = _choice(request, run_id)
    response = HttpResponse(coverage_html(choice), content_type="text/html; charset=utf-8")
    disposition = content_disposition_header(as_attachment=True, filename=file_name(choice))
    response["Content-Disposition"] = disposition or "attachment"
    return response


def _runs(request: HttpRequest) -> QuerySet[CoverageRun]:
    """Runs of the home, for everybody who acts anywhere in it."""
    runs = CoverageRun.objects.finished().at_home().select_related("network", "profile", "division")
    return runs if policy.may(request.user, policy.Action.READ) else runs.none()


def _run(request: HttpRequest, run_id: uuid.UUID) -> CoverageRun:
    return get_object_or_404(_runs(request), pk=run_id)


def _choice(request: HttpRequest, run_id: uuid.UUID) -> page.Choice:
    """Read what is looked at; a clerk looks at the own township and below."""
    scope = policy.scope_path(request.user) if isinstance(request.user, User) else None
    within = Division.objects.filter(path=scope).first() if scope else None
    return page.choose(_run(request, run_id), request.GET, within=within)


def _other_run(request: HttpRequest, run: CoverageRun) -> uuid.UUID | None:
    """Return the run that a changed word of the sentence asks for."""
    for name in ("network_run", "profile_run", "day_run"):
        try:
            wanted = uuid.UUID(request.GET.get(name, ""))
        except ValueError:
            continue
        if wanted != run.pk:
            return wanted
    return None


def _may_run(request: HttpRequest) -> bool:
    return policy.may(request.user, policy.Action.RUN_COVERAGE)
