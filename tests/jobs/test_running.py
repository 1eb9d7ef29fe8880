"""What becomes of a job when its task runs."""

from __future__ import annotations

import datetime
import logging

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import find_job_task

from . import bodies

pytestmark = pytest.mark.django_db


def ask(task, **kwargs):
    return enqueue(task=task, title="Counting", created_by=None, kwargs=kwargs)


def test_a_job_that_ends_well_keeps_its_result_and_its_last_progress():
    job = ask(bodies.count, upto=3)
    assert job.state == JobState.SUCCEEDED
    assert (job.done, job.total, job.percent) == (3, 3, 100)
    assert (job.message, job.result, job.result_url) == ("All counted", {"upto": 3}, "/result/")
    assert job.started_at <= job.finished_at
    assert job.attempts == 1
    assert job.error == ""


def test_a_body_need_not_return_anything():
    assert ask(bodies.nothing).state == JobState.SUCCEEDED


def test_it_belongs_to_whoever_asked(person):
    assert enqueue(task=bodies.nothing, title="x", created_by=person, kwargs={}).created_by == person


def test_a_foreseen_failure_is_told_in_the_language_of_whoever_asked():
    with translation.override("zh-hans"):
        chinese = ask(bodies.fail_as_foreseen)
    with translation.override("en"):
        english = ask(bodies.fail_as_foreseen)
    assert english.state == chinese.state == JobState.FAILED
    assert english.error == "Show the result"
    assert chinese.error == "查看结果"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (bodies.fail_on_a_file, "The file roads.zip is empty."),
        (bodies.fail_on_a_value, "Too long. Too late."),
    ],
)
def test_errors_written_for_users_are_told_as_they_are(body, sentence):
    with translation.override("en"):
        assert ask(body).error == sentence


def test_an_unforeseen_failure_tells_the_person_a_number_and_the_log_the_rest(caplog):
    with translation.override("en"), caplog.at_level(logging.ERROR):
        job = ask(bodies.fail_unforeseen)
    assert job.state == JobState.FAILED
    assert str(job.pk)[:8] in job.error
    assert "secret detail" not in job.error
    assert "ZeroDivisionError" not in job.error
    assert "ZeroDivisionError: secret detail" in caplog.text


def test_want_of_memory_is_named():
    with translation.override("en"):
        assert "memory" in ask(bodies.run_out_of_memory).error


def test_arguments_travel_as_json_and_what_cannot_is_refused_before_anything_is_queued():
    job = enqueue(task=bodies.nothing, title="x", created_by=None, kwargs={})
    assert job.arguments == {}
    with pytest.raises(TypeError):
        ask(bodies.nothing, what=object())
    assert Job.objects.count() == 1


def test_dates_arrive_as_text(queued_tasks):
    assert ask(bodies.nothing, on=datetime.date(2024, 3, 25)).arguments == {"on": "2024-03-25"}


@pytest.mark.parametrize("path", ["tests.jobs.bodies.not_a_job", "os.system", "no.such.module", "nothing"])
def test_only_jobs_are_run_as_jobs(path):
    with pytest.raises(LookupError):
        find_job_task(path)


def test_a_job_whose_code_is_gone_fails_in_plain_words(queued_tasks):
    from geo_registry.jobs.tasks import run_job

    job = ask(bodies.nothing)
    Job.objects.filter(pk=job.pk).update(kind="no.such.module")
    with pytest.raises(LookupError):
        run_job.call(str(job.pk), "en")
    job.refresh_from_db()
    assert job.state == JobState.FAILED


def test_a_cancelled_job_is_not_run(queued_tasks):
    from geo_registry.jobs.tasks import run_job

    job = ask(bodies.fail_unforeseen)
    Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED)
    run_job.call(str(job.pk), "en")
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.CANCELLED, 0)


@pytest.mark.parametrize(
    ("state", "done", "total", "percent"),
    [
        (JobState.QUEUED, 0, None, None),
        (JobState.RUNNING, 5, None, None),
        (JobState.RUNNING, 1, 3, 33),
        (JobState.RUNNING, 3, 3, 99),
        (JobState.RUNNING, 4, 3, 99),
        (JobState.FAILED, 1, 2, 50),
        (JobState.SUCCEEDED, 1, 2, 100),
    ],
)
def test_progress_is_whole_only_at_the_end(state, done, total, percent):
    assert Job(state=state, done=done, total=total).percent == percent


def test_what_the_program_says_of_a_job_is_read_in_each_language(person):
    with translation.override("zh-hans"):
        job = enqueue(task=bodies.say, title=lambda: _("My background work"), created_by=person, kwargs={})
        failed = enqueue(task=bodies.fail_in_words, title="路网", created_by=person, kwargs={})
        lost = enqueue(task=bodies.fail_on_a_file, title="路网", created_by=person, kwargs={})
    assert (job.title, job.message) == ("我的后台任务", "查看结果")
    told = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            told[language] = (job.told_title, job.told_message, failed.told_title, failed.told_error)
    assert told["en"] == ("My background work", "Show the result", "路网", "Show the result")
    assert told["zh-hans"] == (job.title, job.message, "路网", failed.error)
    with translation.override("en"):
        assert lost.told_error == "The file roads.zip is empty."
