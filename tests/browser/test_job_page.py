"""The page of background work follows it without being reloaded by hand."""

from __future__ import annotations

import pytest
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.jobs.models import Job, JobState
from tests.factories import UserFactory

from .conftest import DESK, PHONE


@pytest.fixture
def planner(county):
    return UserFactory(role=Role.PLANNER)


@pytest.fixture
def job(planner):
    return Job.objects.create(
        kind="x",
        title="步行5、10、15分钟内能到的人",
        state=JobState.RUNNING,
        started_at=timezone.now(),
        done=1,
        total=4,
        message="读取道路",
        created_by=planner,
    )


def change(job, **fields):
    Job.objects.filter(pk=job.pk).update(**fields)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_shows_progress_as_it_is_made_and_the_result_when_it_is_there(tab, planner, job, size):
    with tab(size=size, person=planner) as opened:
        page = opened.page
        opened.open(f"/jobs/{job.pk}/")
        assert page.locator("progress").get_attribute("value") == "25"
        change(job, done=3, message="按区划汇总人数")
        page.get_by_text("按区划汇总人数").wait_for()
        assert page.locator("progress").evaluate("bar => bar.value") == 75
        assert page.get_by_text("75%").is_visible()
        change(job, state=JobState.SUCCEEDED, result_url="/jobs/", finished_at=timezone.now())
        page.get_by_role("link", name="查看结果").wait_for()
        assert page.locator("progress").count() == 0
        assert opened.overflow_px() <= 0
        assert opened.problems == []


def test_behind_another_tab_the_end_is_not_taken_for_seen(tab, planner, job):
    with tab(person=planner) as opened:
        page = opened.page
        opened.open(f"/jobs/{job.pk}/")
        page.evaluate(
            "() => Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })"
        )
        change(job, state=JobState.SUCCEEDED, result_url="/jobs/", finished_at=timezone.now())
        # It asks once a second; that nothing is loaded anew has no sign to be waited for.
        page.wait_for_timeout(2500)
        assert page.locator("progress").count() == 1, "nobody looks: it was not loaded anew"
        page.evaluate(
            "() => { delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange')); }"
        )
        page.get_by_role("link", name="查看结果").wait_for()
        assert opened.problems == []


def test_it_can_be_cancelled_with_one_click(tab, planner, job):
    with tab(person=planner) as opened:
        opened.open(f"/jobs/{job.pk}/")
        opened.page.get_by_role("button", name="取消").click()
        opened.page.get_by_text("已要求取消").wait_for()
        job.refresh_from_db()
        assert job.cancel_requested
        assert opened.page.get_by_role("button", name="取消").count() == 0
        assert opened.problems == []


def test_a_failure_says_why(tab, planner, job):
    with tab(person=planner) as opened:
        opened.open(f"/jobs/{job.pk}/")
        change(job, state=JobState.FAILED, error="这个网络里没有设施。", finished_at=timezone.now())
        opened.page.get_by_role("alert").wait_for()
        assert "这个网络里没有设施。" in opened.page.get_by_role("alert").inner_text()
        assert opened.problems == []
