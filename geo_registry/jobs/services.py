"""Asking for background work, ending it, and giving up what was lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from geo_registry.languages import Sentence, in_each_language, kept, said_now

from . import endings
from .models import Job, JobState
from .tasks import hand_to_a_worker, lost_sentence, lost_words, requeue, run_job
from .work import JobTask

LOST_TASK = "geo_registry.jobs.services.WorkerLost"


@transaction.atomic
def enqueue(
    *, task: JobTask, title: Sentence, created_by: AbstractBaseUser | None, kwargs: Mapping[str, Any]
) -> Job:
    """Ask for a piece of work to be done in the background.

    Parameters
    ----------
    task : JobTask
        What to do.
    title : str or callable
        What the person calls it: a text, or how it is said, so that each reader has it in the own language.
    created_by : User or None
        Who asked; sees it in the list of own jobs.
    kwargs : Mapping
        Keyword arguments of the body; dates and decimals arrive there as text, as JSON has it.

    Returns
    -------
    Job
        Queued, or already ended where tasks run at once (in tests). In a transaction that is rolled back, nothing was
        asked for.

    Raises
    ------
    TypeError
        If an argument cannot be written as JSON.
    """
    job = Job.objects.create(
        kind=task.path,
        title=said_now(title)[:200],
        said={"title": kept(title)},
        restartable=task.restartable,
        arguments=json.loads(json.dumps(dict(kwargs), cls=DjangoJSONEncoder)),
        language=get_language() or settings.LANGUAGE_CODE,
        created_by_id=created_by.pk if created_by is not None else None,
    )
    hand_to_a_worker(job)
    job.refresh_from_db()
    return job


@transaction.atomic
def cancel(job: Job) -> bool:
    """End a job: at once if it waits, at its next step if it runs.

    Parameters
    ----------
    job : Job
        Refreshed in place.

    Returns
    -------
    bool
        False if it had ended already.
    """
    job.refresh_from_db(from_queryset=Job.objects.select_for_update())
    if job.state == JobState.QUEUED:
        task_rows(job).filter(status=TaskResultStatus.READY).delete()
        job.state = JobState.CANCELLED
        job.finished_at = timezone.now()
    elif job.state != JobState.RUNNING:
        return False
    job.cancel_requested = True
    job.save(update_fields=["state", "finished_at", "cancel_requested"])
    return True


@dataclass(slots=True)
class ReapReport:
    """What `reap` found: ids of jobs given up, ids of jobs queued again, and task rows put right."""

    lost: list[str] = field(default_factory=list)
    requeued: list[str] = field(default_factory=list)
    tidied: int = 0


def reap() -> ReapReport:
    """Give up jobs whose worker has been silent for ``JOB_HEARTBEAT_TIMEOUT_S``, or queue them again.

    A job that may be restarted is queued again, at most ``JOB_MAX_ATTEMPTS`` times in all; one that was claimed and
    never begun, always. The rest are `JobState.LOST`. The rows of ``django-tasks`` follow.

    Returns
    -------
    ReapReport
        What was done. Safe to call from several processes at once.
    """
    report = ReapReport()
    silent_since = timezone.now() - timedelta(seconds=settings.JOB_HEARTBEAT_TIMEOUT_S)
    with transaction.atomic():
        for job in Job.objects.select_for_update(skip_locked=True).filter(
            state=JobState.RUNNING, heartbeat_at__lt=silent_since
        ):
            _give_up(job, report)
    with transaction.atomic():
        _put_stuck_tasks_right(report, silent_since)
    return report


def _give_up(job: Job, report: ReapReport) -> None:
    _fail_task_rows(task_rows(job))
    if job.cancel_requested:
        job.state, job.finished_at = JobState.CANCELLED, timezone.now()
    elif job.restartable and job.attempts < settings.JOB_MAX_ATTEMPTS:
        requeue(job)
        report.requeued.append(str(job.pk))
        return
    else:
        job.state, job.finished_at = JobState.LOST, timezone.now()
        job.error = lost_sentence(job)
        job.said["error"] = in_each_language(lambda: lost_words(job))
        report.lost.append(str(job.pk))
    job.save(update_fields=["state", "finished_at", "error", "said"])
    if job.state == JobState.LOST:
        endings.tell(job)


def _put_stuck_tasks_right(report: ReapReport, silent_since: datetime) -> None:
    """Task rows that a killed worker left "running", though their job never began or has ended."""
    stuck = DBTaskResult.objects.select_for_update(skip_locked=True).filter(
        status=TaskResultStatus.RUNNING, started_at__lt=silent_since, task_path=run_job.module_path
    )
    for row in stuck:
        job = Job.objects.select_for_update(skip_locked=True).filter(task_result_id=str(row.pk)).first()
        if job is not None and job.state == JobState.RUNNING:
            continue
        _fail_task_rows(DBTaskResult.objects.filter(pk=row.pk))
        report.tidied += 1
        if job is not None and job.state == JobState.QUEUED:
            requeue(job)
            report.requeued.append(str(job.pk))


def task_rows(job: Job) -> QuerySet[DBTaskResult[Any, Any]]:
    """Return the rows of ``django-tasks`` that run a job: one, or none where tasks run at once."""
    try:
        return DBTaskResult.objects.filter(pk=job.task_result_id)
    except ValidationError:
        # The backend that runs tasks at once has ids of another form, and no rows.
        return DBTaskResult.objects.none()


def _fail_task_rows(rows: QuerySet[DBTaskResult[Any, Any]]) -> None:
    rows.filter(status=TaskResultStatus.RUNNING).update(
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        exception_class_path=LOST_TASK,
        traceback="The worker that ran this ended without a word.",
    )
