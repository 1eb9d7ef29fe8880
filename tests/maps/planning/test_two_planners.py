"""Two planners at once, in threads with connections of their own: neither disturbs the other, and each has the own figures."""

from __future__ import annotations

import datetime as dt
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from facilities.models import CoverageRun, CoverageShare, PlanningAnswer, Scenario
from facilities.services.coverage import compute_coverage
from facilities.services.saved_scenarios import compute_scenario
from geo_registry.accounts.models import Office, Role
from geo_registry.jobs.models import Job, JobState
from maps.planning import runs, scenarios
from maps.planning.question import read_question
from tests.factories import ReferenceValueFactory, TravelProfileFactory, UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import east, request_for

BACKEND = "geo_registry.accounts.backends.PolicyBackend"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(world, county):
    return Office.objects.create(name="县民政局", division=county)


@pytest.fixture
def planners(office):
    return [UserFactory(role=Role.PLANNER, office=office) for _ in range(2)]


@pytest.fixture
def words(network, walk):
    return {"network": network.code, "profile": walk.code, "group": "age60", "day": "2024-12-31"}


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def at_once(*works: Any) -> list[Any]:
    """Do all of it at the same moment; return what each came to."""
    gate = threading.Barrier(len(works))

    def one(work: Any) -> Any:
        try:
            gate.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(120) for future in [pool.submit(one, work) for work in works]]


def saving(person, words, metres: float, name: str = "新站方案") -> Any:
    client = signed_in(person)
    where = east(metres)
    changes = [{"action": "open", "lonlat": [where.x, where.y]}]
    address = f"{reverse('maps:planner_scenario_save')}?" + "&".join(f"{k}={v}" for k, v in words.items())
    return lambda: client.post(address, {"name": name, "changes": json.dumps(changes)})


def test_scenarios_of_one_name_saved_at_once_are_two_each_with_its_own_figures(planners, words):
    asked = words | {"within": "10"}
    answers = at_once(saving(planners[0], asked, 1500), saving(planners[1], asked, 450))
    assert [one.status_code for one in answers] == [302, 302]
    found = {one.created_by: one for one in Scenario.objects.filter(name="新站方案")}
    assert set(found) == set(planners)
    gained = []
    for person in planners:
        saved = found[person]
        rows = saved.answers.get(profile__code=words["profile"]).answer["rows"]
        whole = next(
            row for row in rows if row["threshold_s"] == 600 and row["division"] == saved.division.code
        )
        gained.append(whole["scenarios"]["新站方案"] - whole["today"])
    # Of 60 and over 120 live at 1500 m; whoever lives at 450 m is reached already.
    assert gained == [120, 0]


def test_different_questions_computed_at_once_are_each_answered(planners, words):
    def asking(person, minutes: str) -> Any:
        client = signed_in(person)
        address = f"{reverse('maps:planner_compute')}?" + "&".join(
            f"{k}={v}" for k, v in (words | {"within": minutes}).items()
        )
        return lambda: client.post(address, headers={"Accept": "application/json"})

    answers = at_once(asking(planners[0], "5"), asking(planners[1], "25"))
    assert [one.status_code for one in answers] == [200, 200]
    covered = {}
    for minutes in (5, 25):
        run = runs.find_run(read_question(words | {"within": str(minutes)}))
        assert run is not None
        share = CoverageShare.objects.get(
            set__run=run, set__position=0, division=run.division, group="age60", threshold_s=60 * minutes
        )
        covered[minutes] = share.covered
    # At 1 m/s: 300 m reach the 30 nearby, 1500 m those of the second town as well.
    assert covered[5] < covered[25] == 200
    assert not Job.objects.exclude(state=JobState.SUCCEEDED).exists()


def test_one_who_presses_twice_asks_once_and_another_has_a_job_of_the_own(planners, words, monkeypatch):
    def only_queued(*, request: Any, user: Any) -> Job:
        kwargs = dict(runs.coverage_arguments(request))
        return Job.objects.create(
            kind=runs.coverage_job.path,
            title="计算",
            state=JobState.QUEUED,
            created_by=user,
            arguments=kwargs,
        )

    monkeypatch.setattr(runs, "enqueue_coverage", only_queued)
    question = read_question(words | {"within": "5"})
    first, again, other = at_once(
        *(lambda who=who: runs.compute(question, user=who) for who in (planners[0], planners[0], planners[1]))
    )
    assert first == again != other
    assert Job.objects.count() == 2
    # Each sees the own one on the page, whichever is older.
    address = f"{reverse('maps:planner_coverage')}?" + "&".join(
        f"{k}={v}" for k, v in (words | {"within": "5"}).items()
    )
    shown = [signed_in(person).get(address).context["job"] for person in planners]
    assert shown == [first, other]


def test_a_scenario_that_both_have_computed_again_is_computed_once_at_a_time(planners, words, monkeypatch):
    saving(planners[0], words | {"within": "10"}, 1500)()
    scenario = Scenario.objects.get()
    Job.objects.all().delete()

    def only_queued(**asked: Any) -> Job:
        return Job.objects.create(
            kind=asked["task"].path, title=asked["title"], state=JobState.QUEUED, created_by=asked["created_by"],
            arguments=asked["kwargs"],
        )  # fmt: skip

    monkeypatch.setattr(scenarios, "enqueue", only_queued)
    jobs = at_once(*(lambda who=who: scenarios.enqueue_scenario(scenario, user=who) for who in planners))
    assert jobs[0] == jobs[1]
    assert Job.objects.count() == 1
    # Whose job it is follows and may cancel it; the other is told that it is under way, and asks for no state that is not theirs.
    page = reverse("maps:planner_scenario", args=[scenario.pk])
    state, cancel = (reverse(f"jobs:{name}", args=[jobs[0].pk]) for name in ("state", "cancel"))
    for person in planners:
        shown = signed_in(person).get(page)
        is_own = person == jobs[0].created_by
        assert (shown.context["waiting"], shown.context["job"]) == (jobs[0], jobs[0] if is_own else None)
        text = shown.content.decode()
        assert ((state in text), (cancel in text)) == (is_own, is_own)
        asked = signed_in(person).post(
            reverse("maps:planner_scenario_compute", args=[scenario.pk]),
            headers={"Accept": "application/json"},
        )
        assert (asked.json()["state_url"] if is_own else asked["Location"]) == (state if is_own else page)


def test_both_computing_one_scenario_come_to_the_same_and_lose_none_of_it(planners, words):
    saving(planners[0], words | {"within": "10"}, 1500)()
    scenario = Scenario.objects.get()
    question = read_question(scenario.question)
    before = scenario.answers.count()

    def computing() -> list[PlanningAnswer]:
        return compute_scenario(
            scenario=Scenario.objects.get(pk=scenario.pk),
            request=question.request(of_group=True),
            set_key=question.set_key,
        )

    first, second = at_once(computing, computing)
    assert scenario.answers.count() == before + len(first) + len(second)
    assert [one.answer["rows"] for one in first] == [one.answer["rows"] for one in second]
    assert scenarios.comparison_of(scenario, question)["agrees"] is True


def test_a_scenario_that_is_taken_away_while_it_is_computed_says_so(planners, words, monkeypatch):
    saving(planners[0], words | {"within": "10"}, 1500)()
    scenario = Scenario.objects.get()
    from facilities.services import saved_scenarios

    whole = saved_scenarios.compare_scenarios

    def slow(**asked: Any) -> PlanningAnswer:
        found = whole(**asked)
        Scenario.objects.filter(pk=scenario.pk).delete()
        return found

    monkeypatch.setattr(saved_scenarios, "compare_scenarios", slow)
    client = signed_in(planners[1])
    assert client.post(reverse("maps:planner_scenario_compute", args=[scenario.pk])).status_code == 302
    job = Job.objects.order_by("-created_at").first()
    assert (job.state, job.error) == (JobState.FAILED, "这个方案已被删除。")
    assert client.post(reverse("maps:planner_scenario_compute", args=[scenario.pk])).status_code == 404
    assert CoverageRun.objects.count() == 0


def test_what_a_colleague_asks_in_other_words_changes_nobodys_first_page(planners, network, walk, words):
    usual = compute_coverage(request=request_for(network, walk, thresholds_s=(300, 900)))
    for number, minutes in enumerate((5, 10, 15), start=1):
        ReferenceValueFactory(key=f"coverage-limit-{number}-min", value=minutes)
    before = read_question({})
    assert (before.network, before.profile, before.within, before.day) == (network, walk, 15, usual.day)
    rider = TravelProfileFactory(code="rider", position=walk.position + 1)
    for changed in (
        {"thresholds_s": (420,)},
        {"winter": True},
        {"day": usual.day - dt.timedelta(days=366)},
    ):
        compute_coverage(request=request_for(network, walk, **changed))
    compute_coverage(request=request_for(network, rider, thresholds_s=(300, 900)))
    assert read_question({}) == before
    assert runs.find_run(read_question({})) == usual
