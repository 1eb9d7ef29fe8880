"""Pages of background work: one's own; for the administrator, everybody's.

``accounts.policy`` lets in whoever is signed in; here it is narrowed.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView, ListView

from . import endings, services
from .models import Job, JobState
from .waiting import sentence_of


def visible_jobs(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs that the visitor may see: all for those who may view jobs as such, else their own."""
    if request.user.has_perm("jobs.view_job"):
        return Job.objects.all()
    return own_jobs(request)


def own_jobs(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs that the visitor asked for; nobody's own are those of nobody."""
    return (
        Job.objects.filter(created_by_id=request.user.pk)
        if request.user.is_authenticated
        else Job.objects.none()
    )


class JobList(ListView[Job]):
    """What the visitor asked for, newest first."""

    template_name = "jobs/list.html"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Job]:
        """Return the visitor's own."""
        return own_jobs(self.request)


class JobDetail(DetailView[Job]):
    """One job; the page keeps itself up to date."""

    template_name = "jobs/detail.html"

    def get_queryset(self) -> QuerySet[Job]:
        """Return those that the visitor may see."""
        return visible_jobs(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the job says of itself."""
        return super().get_context_data(**kwargs) | {"message": sentence_of(self.object)}

    def get_object(self, queryset: QuerySet[Job] | None = None) -> Job:
        """Return it; of one's own work that has ended the end is seen with that."""
        job = super().get_object(queryset)
        _note_seen(self.request, job)
        return job


@never_cache
@require_GET
def job_state(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Return a job's state as JSON, for the page's script.

    With ``watched`` the page is in front of its reader: who asked for the work sees how it ended, and is not told of it once more.
    """
    job = get_object_or_404(visible_jobs(request), pk=pk)
    if "watched" in request.GET:
        _note_seen(request, job)
    return JsonResponse(state_of(job))


def _note_seen(request: HttpRequest, job: Job) -> None:
    if job.is_finished and job.created_by_id is not None and job.created_by_id == request.user.pk:
        endings.seen(job)


def state_of(job: Job) -> dict[str, Any]:
    """Return what a page needs to show a job: no arguments, no kind, no traceback."""
    return {
        "state": job.state,
        "state_label": str(JobState(job.state).label),
        "done": job.done,
        "total": job.total,
        "percent": job.percent,
        "message": sentence_of(job),
        "error": job.told_error,
        "cancel_requested": job.cancel_requested,
        "finished": job.is_finished,
        "result_url": job.result_url if job.state == JobState.SUCCEEDED else "",
    }


@require_POST
def cancel_job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for the end of a job and go back to its page."""
    job = get_object_or_404(visible_jobs(request), pk=pk)
    if not services.cancel(job):
        messages.info(request, _("This work had already ended."))
    return redirect("jobs:detail", pk=pk)
