"""Cancelling, and giving up what was lost; our rows and those of ``django-tasks`` tell the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from geo_registry.jobs import progress as progress_module
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.services import cancel, enqueue, reap
from geo_registry.jobs.tasks import run_job

from . import bodies

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued_tasks")]


def ask(task=bodies.linger, **kwargs):
    return enqueue(task=task, title="Lingering", created_by=None, kwargs=kwargs)


def silent_for(job, seconds, **fields):
    """As a worker leaves them that is killed in the middle of a job."""
    then = timezone.now() - timedelta(seconds=seconds)
    DBTaskResult.objects.filter(pk=job.task_result_id).update(
        status=TaskResultStatus.RUNNING, started_at=then
    )
    Job.objects.filter(pk=job.pk).update(
        **({"state": JobState.RUNNING, "started_at": then, "heartbeat_at": then, "attempts": 1} | fields)
    )
    job.refresh_from_db()
    return job


def task_status(job):
    return DBTaskResult.objects.get(pk=job.task_result_id).status


def test_asking_queues_a_job_and_its_task():
    job = ask()
    assert job.state == JobState.QUEUED
    assert task_status(job) == TaskResultStatus.READY


def test_a_waiting_job_is_cancelled_at_once_and_its_task_with_it():
    job = ask()
    assert cancel(job)
    assert job.state == JobState.CANCELLED
    assert job.finished_at is not None
    assert not DBTaskResult.objects.exists()


def test_a_running_job_is_asked_to_end():
    job = silent_for(ask(), 1)
    assert cancel(job)
    assert (job.state, job.cancel_requested) == (JobState.RUNNING, True)
    assert task_status(job) == TaskResultStatus.RUNNING


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.LOST])
def test_what_has_ended_cannot_be_cancelled(state):
    job = ask()
    Job.objects.filter(pk=job.pk).update(state=state)
    assert not cancel(job)
    assert job.state == state


def test_a_job_whose_worker_is_silent_is_lost():
    job = silent_for(ask(), 61)
    report = reap()
    job.refresh_from_db()
    assert report.lost == [str(job.pk)]
    assert job.state == JobState.LOST
    assert job.error
    assert task_status(job) == TaskResultStatus.FAILED


def test_a_job_that_showed_a_sign_of_life_is_left_alone():
    job = silent_for(ask(), 59)
    assert not reap().lost
    job.refresh_from_db()
    assert job.state == JobState.RUNNING


def test_how_long_is_a_setting(settings):
    settings.JOB_HEARTBEAT_TIMEOUT_S = 5
    silent_for(ask(), 6)
    assert len(reap().lost) == 1


def test_a_lost_job_that_may_be_restarted_waits_again_with_a_new_task():
    job = silent_for(ask(bodies.linger_unless_told, sign="x"), 61)
    first_task = job.task_result_id
    assert reap().requeued == [str(job.pk)]
    job.refresh_from_db()
    assert (job.state, job.done, job.started_at) == (JobState.QUEUED, 0, None)
    assert DBTaskResult.objects.get(pk=first_task).status == TaskResultStatus.FAILED
    assert task_status(job) == TaskResultStatus.READY


def test_it_is_not_tried_for_ever(settings):
    job = silent_for(ask(bodies.linger_unless_told, sign="x"), 61, attempts=settings.JOB_MAX_ATTEMPTS)
    assert reap().lost == [str(job.pk)]


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled():
    job = silent_for(ask(bodies.linger_unless_told, sign="x"), 61, cancel_requested=True)
    reap()
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_a_worker_killed_between_taking_a_task_and_beginning_the_job_loses_nothing():
    job = silent_for(ask(), 61, state=JobState.QUEUED, started_at=None, heartbeat_at=None, attempts=0)
    assert reap().requeued == [str(job.pk)]
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert task_status(job) == TaskResultStatus.READY


def test_a_worker_killed_after_the_job_ended_leaves_no_task_running():
    job = silent_for(ask(), 61, state=JobState.SUCCEEDED)
    assert reap().tidied == 1
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert task_status(job) == TaskResultStatus.FAILED


def test_reaping_twice_does_nothing_more():
    silent_for(ask(), 61)
    reap()
    report = reap()
    assert (report.lost, report.requeued, report.tidied) == ([], [], 0)


def test_the_command_says_what_it_found(capsys):
    silent_for(ask(), 61)
    call_command("reap_jobs")
    assert "中断 1 项，重新排队 0 项" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "state"), [(bodies.linger, JobState.LOST), (bodies.linger_unless_told, JobState.QUEUED)]
)
def test_a_stopped_worker_hands_back_what_may_be_restarted(body, state, monkeypatch):
    job = ask(body, **({"sign": "x"} if body is bodies.linger_unless_told else {}))
    progress_module.worker_is_stopping.set()
    try:
        run_job.call(str(job.pk), "en")
    finally:
        progress_module.worker_is_stopping.clear()
    job.refresh_from_db()
    assert job.state == state


def test_a_run_that_was_given_up_cannot_write_its_end(monkeypatch):
    """A worker that only slept too long comes back when its job is another's."""
    job = ask(bodies.count, upto=1)

    def give_up_meanwhile(progress, **_kwargs):
        Job.objects.filter(pk=job.pk).update(state=JobState.LOST, error="given up")

    monkeypatch.setattr(
        "geo_registry.jobs.tasks.find_job_task", lambda _path: type("T", (), {"body": give_up_meanwhile})
    )
    run_job.call(str(job.pk), "en")
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.LOST, "given up")
