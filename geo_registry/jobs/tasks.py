"""The one task that ``django-tasks`` knows of: run a job."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from geo_registry.languages import in_each_language, kept, said_now

from . import endings, failures
from .models import IS_FILE, Job, JobState
from .progress import JobProgress
from .work import JobCancelled, JobInterrupted, JobOutcome, Urgency, find_job_task

logger = logging.getLogger(__name__)

# The queue of what somebody waits for, which may be worked off beside something long; all else is in the library's own.
AWAITED_QUEUE, OTHER_QUEUE = "awaited", "default"


@task()
def run_job(job_id: str, language: str) -> None:
    """Run one job and record its end.

    Parameters
    ----------
    job_id : str
        The `Job`. One that is not waiting (cancelled meanwhile, or taken by another worker) is left alone.
    language : str
        The language its messages are written in.

    Raises
    ------
    Exception
        Whatever the body raised, after the job was marked, so that the task's row keeps the traceback for the
        administrator.
    """
    pk = uuid.UUID(job_id)
    started_at = timezone.now()
    begun = Job.objects.filter(pk=pk, state=JobState.QUEUED).update(
        state=JobState.RUNNING,
        started_at=started_at,
        heartbeat_at=started_at,
        attempts=F("attempts") + 1,
        error="",
    )
    if not begun:
        return
    with translation.override(language):
        _run(Job.objects.get(pk=pk), started_at)


def _run(job: Job, started_at: datetime) -> None:
    progress = JobProgress(job_id=job.pk, run_started_at=started_at)
    try:
        with progress:
            outcome = find_job_task(job.kind).body(progress, **job.arguments) or JobOutcome()
    except JobCancelled:
        _end(job, started_at, JobState.CANCELLED, progress.figures())
    except (JobInterrupted, SystemExit, KeyboardInterrupt) as interruption:
        _interrupted(job, started_at)
        if not isinstance(interruption, JobInterrupted):
            raise
    except Exception as error:
        if not failures.is_foreseen(error):
            logger.exception("Job %s (%s) failed", job.pk, job.kind)
        why = error

        def sentence() -> str:
            return failures.sentence_for(why, job_id=job.pk)

        fields = {"error": sentence(), "said": job.said | {"error": in_each_language(sentence)}}
        _end(job, started_at, JobState.FAILED, progress.figures() | fields)
        raise
    else:
        _end(job, started_at, JobState.SUCCEEDED, progress.figures() | _fields_of(job, outcome))


def _fields_of(job: Job, outcome: JobOutcome) -> dict[str, object]:
    result = dict(outcome.result) | ({IS_FILE: True} if outcome.is_file else {})
    # What the work was doing last is over: it is not told beside its end.
    return {
        "result": result, "result_url": outcome.url, "message": said_now(outcome.message)[:300],
        "said": job.said | {"message": kept(outcome.message)},
    }  # fmt: skip


def _end(job: Job, started_at: datetime, state: JobState, fields: Mapping[str, object]) -> None:
    """Write the end of this run; if the run was given up meanwhile, its row says so and stays."""
    if not connection.in_atomic_block:
        # A body that computed for minutes may have lost its connection to a restart of the database.
        close_old_connections()
    rows = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, started_at=started_at)
    try:
        with transaction.atomic():
            ended = rows.update(state=state, finished_at=timezone.now(), **fields)
            if ended and state != JobState.CANCELLED:
                endings.tell(Job.objects.get(pk=job.pk))
    except DatabaseError:
        # Without a sign of life it will be given up as lost, which is then the truth.
        logger.exception("The end of job %s (%s) could not be written", job.pk, state)


def _interrupted(job: Job, started_at: datetime) -> None:
    job = Job.objects.get(pk=job.pk)
    if job.state != JobState.RUNNING or job.started_at != started_at:
        return
    if job.restartable:
        requeue(job)
    else:
        said = job.said | {"error": in_each_language(lambda: lost_words(job))}
        _end(job, started_at, JobState.LOST, {"error": lost_sentence(job), "said": said})


def hand_to_a_worker(job: Job) -> None:
    """Queue the task that runs a waiting job."""
    urgency = _urgency_of(job)
    queue = AWAITED_QUEUE if urgency is Urgency.AWAITED else OTHER_QUEUE
    result = run_job.using(priority=int(urgency), queue_name=queue).enqueue(str(job.pk), job.language)
    Job.objects.filter(pk=job.pk).update(task_result_id=str(result.id))


def _urgency_of(job: Job) -> Urgency:
    try:
        return find_job_task(job.kind).urgency
    except LookupError:
        # Its code went with an update; the worker will say so.
        return Urgency.COMPUTED


def requeue(job: Job) -> None:
    """Put a job back into the queue, as new."""
    job.state, job.started_at, job.heartbeat_at, job.done = JobState.QUEUED, None, None, 0
    job.save(update_fields=["state", "started_at", "heartbeat_at", "done"])
    hand_to_a_worker(job)


def lost_sentence(job: Job) -> str:
    """Return what the person is told of a job whose worker went away, in the language of whoever asked."""
    with translation.override(job.language):
        return lost_words(job)


def lost_words(job: Job) -> str:
    """Return the same in the language that is active."""
    if job.restartable:
        return _(
            "The work was interrupted %(times)d times and is not tried again. Please tell the administrator."
        ) % {"times": job.attempts}
    return _(
        "The work was interrupted because the server was stopped or ran out of memory. Please start it again."
    )
