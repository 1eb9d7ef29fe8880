"""Who sees which job, and what the page's script is told."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.services import enqueue
from tests.factories import InstallationFactory, UserFactory

from . import bodies

pytestmark = pytest.mark.django_db

# What a page of the list costs at most: session, person, home, header, and the jobs.
LIST_QUERIES = 7
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def home():
    return InstallationFactory()


@pytest.fixture
def planner(home):
    return UserFactory(role=Role.PLANNER)


@pytest.fixture
def job(planner):
    return Job.objects.create(
        kind="secret.path.of_code", title="灵活的工作", state=JobState.RUNNING, done=1, total=4, message="读取道路",
        arguments={"token": "not for pages"}, created_by=planner,
    )  # fmt: skip


def as_person(client, user):
    client.force_login(user, backend=BACKEND)
    return client


def address(name, job):
    return reverse(f"jobs:{name}", args=[job.pk])


def test_its_owner_sees_a_job_with_progress_and_a_way_to_cancel(client, planner, job):
    page = as_person(client, planner).get(address("detail", job)).content.decode()
    assert "灵活的工作" in page
    assert "读取道路" in page
    assert 'value="25"' in page
    assert address("cancel", job) in page
    assert "not for pages" not in page
    assert "secret.path" not in page


@pytest.mark.parametrize("name", ["detail", "state"])
def test_somebody_elses_job_is_not_there(client, home, job, name):
    assert as_person(client, UserFactory(role=Role.PLANNER)).get(address(name, job)).status_code == 404


def test_nobody_cancels_somebody_elses(client, home, job):
    assert as_person(client, UserFactory(role=Role.PLANNER)).post(address("cancel", job)).status_code == 404
    job.refresh_from_db()
    assert not job.cancel_requested


@pytest.mark.parametrize("name", ["detail", "state", "cancel"])
def test_strangers_are_asked_to_sign_in(client, home, job, name):
    answer = client.post(address(name, job)) if name == "cancel" else client.get(address(name, job))
    assert answer.status_code == 302
    assert "login" in answer.url


def test_the_administrator_sees_everybodys(client, home, job):
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    assert as_person(client, administrator).get(address("detail", job)).status_code == 200


def test_jobs_of_nobody_are_not_everybodys(client, home, planner):
    job = Job.objects.create(kind="x", title="x", created_by=None)
    assert as_person(client, planner).get(address("detail", job)).status_code == 404


def test_the_list_shows_own_jobs_only(client, home, planner, job):
    Job.objects.create(kind="x", title="别人的工作", created_by=UserFactory())
    page = as_person(client, planner).get(reverse("jobs:list")).content.decode()
    assert "灵活的工作" in page
    assert "别人的工作" not in page


def test_an_empty_list_says_what_will_be_there(client, home, planner):
    assert 'class="empty"' in as_person(client, planner).get(reverse("jobs:list")).content.decode()


def test_the_list_of_many_jobs_takes_as_many_queries_as_of_few(
    client, home, planner, job, django_assert_num_queries
):
    as_person(client, planner)
    for number in range(3):
        Job.objects.create(kind="x", title=f"few{number}", created_by=planner)
    client.get(reverse("jobs:list"))  # what is read once and kept
    with CaptureQueriesContext(connection) as few:
        assert client.get(reverse("jobs:list")).status_code == 200
    assert len(few) <= LIST_QUERIES
    for number in range(60):
        Job.objects.create(kind="x", title=f"x{number}", created_by=planner)
    with django_assert_num_queries(len(few)):
        assert client.get(reverse("jobs:list")).status_code == 200


def test_the_state_is_told_as_json_and_is_not_cached(client, planner, job):
    answer = as_person(client, planner).get(address("state", job))
    assert answer.json() == {
        "state": "running",
        "state_label": "进行中",
        "done": 1,
        "total": 4,
        "percent": 25,
        "message": "读取道路",
        "error": "",
        "cancel_requested": False,
        "finished": False,
        "result_url": "",
    }
    assert "no-store" in answer["Cache-Control"]


def test_cancelling_needs_a_post(client, planner, job):
    assert as_person(client, planner).get(address("cancel", job)).status_code == 405


def test_cancelling_a_running_job_asks_it_to_end(client, planner, job):
    answer = as_person(client, planner).post(address("cancel", job), follow=True)
    job.refresh_from_db()
    assert job.cancel_requested
    assert address("cancel", job) not in answer.content.decode()


def test_cancelling_what_has_ended_says_so(client, planner, job):
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    page = as_person(client, planner).post(address("cancel", job), follow=True).content.decode()
    assert "已经结束" in page


def test_a_failure_is_shown_as_a_sentence(client, planner, job):
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="文件是空的。")
    page = as_person(client, planner).get(address("detail", job)).content.decode()
    assert "文件是空的。" in page
    assert "<progress" not in page


def test_a_result_is_linked_only_when_there_is_one(client, planner, job):
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, result_url="/there/")
    assert "/there/" not in as_person(client, planner).get(address("detail", job)).content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    page = client.get(address("detail", job)).content.decode()
    assert "/there/" in page
    assert "查看结果" in page


def test_what_leads_to_a_file_is_offered_as_a_file(client, planner):
    job = enqueue(task=bodies.file, title="文件", created_by=planner, kwargs={})
    job.refresh_from_db()
    assert job.result == {"rows": 3, "is_file": True}
    page = as_person(client, planner).get(address("detail", job)).content.decode()
    assert "下载文件" in page
    assert "查看结果" not in page
