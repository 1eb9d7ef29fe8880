"""A real worker in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from geo_registry.jobs.models import JobState
from geo_registry.jobs.services import cancel, enqueue

from . import bodies

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("queued_tasks"),
]

TIMEOUT_S = 3


@contextlib.contextmanager
def worker(tmp_path):
    """``work_jobs`` on the test's database, in a session of its own."""
    database = connection.settings_dict
    user, password, host, port = (database[key] or "" for key in ("USER", "PASSWORD", "HOST", "PORT"))
    credentials = f"{user}:{password}" if password else user
    place = f"/{host}/" if str(host).startswith("/") else f"{host}{f':{port}' if port else ''}/"
    separator = "@/" if str(host).startswith("/") else "@"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "geo_registry.settings.local",
        "DATABASE_URL": f"postgis://{credentials}{separator}{place}{database['NAME']}",
        "JOB_HEARTBEAT_TIMEOUT_S": str(TIMEOUT_S),
        "GEO_REGISTRY_VAR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    with (tmp_path / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "work_jobs", "--poll", "0.1", "--reap", "0.5"],
            env=environment,
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(job, *states, seconds=90.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if job.state in states:
            return
        time.sleep(0.1)
    pytest.fail(f"the job is still {job.state}")


def ask(task, **kwargs):
    return enqueue(task=task, title="x", created_by=None, kwargs=kwargs)


def test_a_worker_runs_what_waits(tmp_path):
    job = ask(bodies.count, upto=5)
    with worker(tmp_path):
        wait_for(job, JobState.SUCCEEDED)
    assert job.result == {"upto": 5}


def test_a_job_of_a_killed_worker_is_lost_and_the_next_one_says_so(tmp_path):
    job = ask(bodies.linger)
    with worker(tmp_path) as process:
        wait_for(job, JobState.RUNNING)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING, "nobody has noticed yet"
    with worker(tmp_path):
        wait_for(job, JobState.LOST, seconds=TIMEOUT_S + 90)
    assert job.error
    assert DBTaskResult.objects.get(pk=job.task_result_id).status == TaskResultStatus.FAILED


def test_a_job_that_may_be_restarted_survives_the_kill(tmp_path):
    sign = tmp_path / "go on"
    job = ask(bodies.linger_unless_told, sign=str(sign))
    with worker(tmp_path) as process:
        wait_for(job, JobState.RUNNING)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    sign.touch()
    with worker(tmp_path):
        wait_for(job, JobState.SUCCEEDED, seconds=TIMEOUT_S + 90)
    assert (job.message, job.attempts) == ("told", 2)


def test_a_worker_told_to_stop_ends_at_the_next_step(tmp_path):
    job = ask(bodies.linger)
    with worker(tmp_path) as process:
        wait_for(job, JobState.RUNNING)
        process.terminate()
        process.wait(timeout=10)
    job.refresh_from_db()
    assert job.state == JobState.LOST


def test_a_running_job_is_cancelled_from_outside(tmp_path):
    job = ask(bodies.linger)
    with worker(tmp_path):
        wait_for(job, JobState.RUNNING)
        cancel(job)
        wait_for(job, JobState.CANCELLED, seconds=10)
    assert 0 < job.done < 1200


def test_what_somebody_waits_for_is_done_while_something_long_goes_on(tmp_path):
    long = ask(bodies.linger)
    with worker(tmp_path) as process:
        wait_for(long, JobState.RUNNING)
        asked = [ask(bodies.answer), ask(bodies.answer)]
        other = ask(bodies.count, upto=1)
        for job in asked:
            wait_for(job, JobState.SUCCEEDED)
        long.refresh_from_db()
        other.refresh_from_db()
        assert (long.state, other.state) == (JobState.RUNNING, JobState.QUEUED)
        slow = ask(bodies.answer_slowly)
        wait_for(slow, JobState.RUNNING)
        process.terminate()
        process.wait(timeout=40)
    slow.refresh_from_db()
    assert slow.state == JobState.LOST, "told to stop, it has ended at its next step"
    assert not beside(process.pid)


def test_the_second_process_does_not_outlive_a_worker_that_is_killed(tmp_path):
    long = ask(bodies.linger)
    with worker(tmp_path) as process:
        wait_for(long, JobState.RUNNING)
        slow = ask(bodies.answer_slowly)
        wait_for(slow, JobState.RUNNING)
        assert beside(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 10
        while beside(process.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not beside(process.pid)


def beside(pid):
    """Return the processes that work beside a worker."""
    mark = f"work_jobs\0--beside\0{pid}\0".encode()
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark in line.read_bytes():
                found.append(line.parent.name)
    return found
