"""Whatever is killed in the middle of an import leaves the old state or the new one, and the batch's page says which."""

from __future__ import annotations

import os
import signal

import pytest
from django.db import connection

from geo_registry.imports.models import Batch
from geo_registry.imports.services import flow
from geo_registry.imports.services.undoing import undo_batch
from geo_registry.jobs.models import Job, JobState
from geo_registry.territory.models import PopulatedPlace
from tests.imports.killing import (
    ROWS,
    all_is_taken_in_at_the_next_try,
    bring_many_rows,
    ended,
    in_the_middle,
    make_county,
    nothing_is_there,
    wait_for,
)
from tests.jobs.test_worker import worker

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queued(settings, tmp_path):
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "awaited"]}
    }
    settings.IMPORT_DIR = tmp_path / "imports"
    return tmp_path


@pytest.fixture
def previewed(transactional_db, queued):
    """A batch of many rows that waits to be taken in, and the person who brought it."""
    return bring_many_rows(make_county(), queued)


def test_a_worker_that_is_killed_in_the_middle_leaves_nothing(previewed, queued):
    batch, person = previewed
    flow.commit(user=person, batch=batch)
    with worker(queued) as process:
        in_the_middle(batch)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with worker(queued):  # its reaper finds the job that nobody works on
        assert ended(batch).state == JobState.LOST
    nothing_is_there(batch, person)
    all_is_taken_in_at_the_next_try(batch, person, queued)


def test_a_database_that_breaks_off_in_the_middle_leaves_nothing(previewed, queued):
    batch, person = previewed
    flow.commit(user=person, batch=batch)
    with worker(queued):
        in_the_middle(batch)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.rowcount >= 1
        job = ended(batch)
    assert job.state in {JobState.FAILED, JobState.LOST}
    assert "Traceback" not in job.error
    nothing_is_there(batch, person)
    all_is_taken_in_at_the_next_try(batch, person, queued)


def test_an_undo_that_is_killed_in_the_middle_leaves_the_import_as_it_was(previewed, queued):
    batch, person = previewed
    all_is_taken_in_at_the_next_try(batch, person, queued)
    flow.undo(user=person, batch=batch)
    with worker(queued) as process:
        wait_for(lambda: Job.objects.filter(state=JobState.RUNNING).exists(), "the undo had begun")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with worker(queued):
        assert ended(batch).state in {JobState.LOST, JobState.SUCCEEDED}
    batch.refresh_from_db()
    there = PopulatedPlace.objects.count()
    assert there == (ROWS if batch.state == Batch.State.COMMITTED else 0)
    if batch.state == Batch.State.COMMITTED:
        undo_batch(batch=batch, user=None)
    assert not PopulatedPlace.objects.exists()
