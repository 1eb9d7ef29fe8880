"""Which of the waiting work comes first, and what whoever waits is told."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation
from django_tasks_db.models import DBTaskResult

from facilities.services import bulk, list_export
from geo_registry.accounts.models import Role
from geo_registry.imports import jobs as imports
from geo_registry.imports.services import export_files
from geo_registry.jobs import lanes
from geo_registry.jobs.beat import beat
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.tasks import AWAITED_QUEUE, requeue
from geo_registry.jobs.waiting import place_of, sentence_of
from geo_registry.jobs.work import Urgency
from maps.services import coverage_job, public_coverage
from tests.factories import InstallationFactory, UserFactory

from . import bodies

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued_tasks")]


def ask(task, **kwargs):
    return enqueue(task=task, title="x", created_by=None, kwargs=kwargs)


def in_turn():
    """Return the jobs in the order in which a worker takes them."""
    ids = [str(row.pk) for row in DBTaskResult.objects.ready()]
    return [Job.objects.get(task_result_id=pk) for pk in ids]


def test_what_somebody_waits_for_comes_before_what_was_asked_for_earlier():
    leisure, long, first, second = (
        ask(t) for t in (bodies.tidy, bodies.nothing, bodies.answer, bodies.answer)
    )
    assert in_turn() == [first, second, long, leisure]
    assert [place_of(job).ahead for job in (leisure, long, first, second)] == [3, 2, 0, 1]


def test_each_kind_is_as_urgent_as_people_wait_for_it():
    awaited = (
        imports.inspect, imports.preview, imports.commit, imports.undo, bulk.bulk_job, list_export.export_job,
        export_files.export_job,
    )  # fmt: skip
    assert {task.urgency for task in awaited} == {Urgency.AWAITED}
    assert coverage_job.coverage_job.urgency is Urgency.COMPUTED
    assert public_coverage.public_coverage_job.urgency is Urgency.AT_LEISURE


def test_what_is_put_back_into_the_queue_is_as_urgent_as_before():
    ask(bodies.nothing)
    job = ask(bodies.answer)
    DBTaskResult.objects.filter(pk=job.task_result_id).delete()
    requeue(job)
    assert in_turn()[0] == job
    assert DBTaskResult.objects.get(pk=Job.objects.get(pk=job.pk).task_result_id).queue_name == AWAITED_QUEUE


def test_whoever_waits_is_told_the_place_and_whether_anybody_works():
    job = ask(bodies.nothing)
    with translation.override("en"):
        assert "does not answer" in sentence_of(job)
        beat()
        assert sentence_of(job) == "It begins in a moment."
        Job.objects.create(kind="x", title="other", state=JobState.RUNNING)
        assert sentence_of(job) == "It is the next; other work is still going on."
        ask(bodies.answer)
        assert sentence_of(job) == "1 piece of work is before it in the queue."
        ask(bodies.answer)
        assert sentence_of(job) == "2 pieces of work are before it in the queue."
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, message="reading")
    job.refresh_from_db()
    assert sentence_of(job) == "reading"


def test_the_page_and_its_script_say_the_place(client):
    InstallationFactory()
    planner = UserFactory(role=Role.PLANNER)
    client.force_login(planner, backend="geo_registry.accounts.backends.PolicyBackend")
    beat()
    ask(bodies.answer)
    job = enqueue(task=bodies.nothing, title="x", created_by=planner, kwargs={})
    told = "排队中，前面还有1项工作。"
    assert client.get(reverse("jobs:state", args=[job.pk])).json()["message"] == told
    assert told in client.get(reverse("jobs:detail", args=[job.pk])).content.decode()


@pytest.mark.parametrize(
    ("needed", "free", "may"), [(1000, 1500, True), (1000, 900, False), (0, 9000, False), (1000, None, True)]
)
def test_a_second_process_is_started_only_where_there_is_room(settings, monkeypatch, needed, free, may):
    settings.JOB_SECOND_LANE_MB = needed
    monkeypatch.setattr(lanes, "available_mb", lambda: free)
    assert lanes.may_start() is may


def test_the_memory_that_is_left_is_known_here():
    assert lanes.available_mb() > 0


def test_a_second_process_that_failed_is_told_of_and_not_started_again_at_once(monkeypatch, caplog):
    class Ended:
        def __init__(self, code):
            self.code = code

        def poll(self):
            return self.code

    started = []
    monkeypatch.setattr(lanes, "may_start", lambda: True)
    monkeypatch.setattr(
        lanes.subprocess, "Popen", lambda command, **_more: started.append(command) or Ended(1)
    )
    lane = lanes.SecondLane(worker=None)
    lane._start()
    assert lane._is_free()
    assert "ended with code 1" in caplog.text
    lane._start()
    assert len(started) == 1
    lane._not_before = 0.0
    lane._start()
    assert len(started) == 2
