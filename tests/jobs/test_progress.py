"""Progress is seen from outside while the work is inside one long transaction, and so is the wish to end it."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from geo_registry.jobs import progress as progress_module
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.progress import JobProgress
from geo_registry.jobs.services import cancel
from geo_registry.jobs.work import JobCancelled, JobInterrupted

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = {"write_interval_s": 0.02, "beat_interval_s": 0.05}


@pytest.fixture
def job():
    now = timezone.now()
    return Job.objects.create(kind="x", title="x", state=JobState.RUNNING, started_at=now, heartbeat_at=now)


def handle(job, **kwargs):
    return JobProgress(job_id=job.pk, run_started_at=job.started_at, **(QUICK | kwargs))


def seen_from_outside(job):
    """The job's row, through a connection of its own."""
    found = []

    def look():
        try:
            found.append(Job.objects.get(pk=job.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def wait_for(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def step_for_a_while(progress):
    for _round in range(500):
        progress.step(2, message="still here")
        time.sleep(0.01)


def test_progress_made_inside_a_transaction_is_seen_outside_it(job):
    with handle(job) as progress, transaction.atomic():
        progress.step(3, 10, "reading")
        assert wait_for(lambda: seen_from_outside(job).done == 3)
        seen = seen_from_outside(job)
        assert (seen.total, seen.message, seen.percent) == (10, "reading", 30)


def test_many_steps_are_few_writes(job, django_assert_max_num_queries):
    with handle(job, write_interval_s=60) as progress, django_assert_max_num_queries(0):
        for done in range(10_000):
            progress.step(done, 10_000)
    assert progress.figures()["done"] == 9_999


def test_a_silent_body_shows_signs_of_life(job):
    before = job.heartbeat_at
    with handle(job):
        assert wait_for(lambda: seen_from_outside(job).heartbeat_at > before)


def test_a_wish_to_end_reaches_the_next_step(job):
    with handle(job) as progress:
        progress.step(1)
        assert cancel(job)
        with pytest.raises(JobCancelled):
            step_for_a_while(progress)


def test_a_run_that_was_given_up_ends_at_its_next_step_and_leaves_the_row_alone(job):
    with handle(job) as progress:
        progress.step(1)
        Job.objects.filter(pk=job.pk).update(state=JobState.LOST, message="given up")
        with pytest.raises(JobInterrupted):
            step_for_a_while(progress)
    assert seen_from_outside(job).message == "given up"


def test_a_stopping_worker_interrupts_at_the_next_step(job, monkeypatch):
    monkeypatch.setattr(progress_module, "worker_is_stopping", threading.Event())
    with handle(job) as progress:
        progress.step(1)
        progress_module.worker_is_stopping.set()
        with pytest.raises(JobInterrupted):
            progress.step(2)


def test_no_connection_is_left_behind(job):
    def connections_count():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return cursor.fetchone()[0]

    before = connections_count()
    with handle(job) as progress:
        progress.step(1)
        assert wait_for(lambda: connections_count() == before + 1)
    assert wait_for(lambda: connections_count() == before)
