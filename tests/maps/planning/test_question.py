"""The question in the address, the run that answers it, and the computing of one that nobody has asked before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.http import QueryDict
from django.urls import reverse

from facilities.models import CoverageRun, Facility, Network
from facilities.services.coverage import compute_coverage
from geo_registry.accounts.models import Office, Role
from geo_registry.reference.models import TravelProfile
from maps.planning import runs
from maps.planning.question import METRES, read_question
from tests.factories import UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import request_for

pytestmark = pytest.mark.django_db

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def planner(client, county):
    office = Office.objects.create(name="县民政局", division=county)
    client.force_login(UserFactory(role=Role.PLANNER, office=office), backend=BACKEND)
    return client


@pytest.fixture
def question(world, network, walk):
    return read_question(
        {"network": network.code, "profile": walk.code, "within": "10", "group": "age60", "day": "2024-12-31"}
    )


def ask(planner, question, **changes):
    return planner.get(f"{reverse('maps:planner_coverage')}?{question.query(**changes)}")


class TestTheAddress:
    @pytest.mark.parametrize(
        "changes",
        [
            {}, {"by": METRES, "within": 600.0}, {"winter": True, "delivery": True, "failing": True},
            {"set_key": "tier-5"}, {"set_key": "station-test"}, {"capacity": "beds"}, {"within": 7.5},
        ],
    )  # fmt: skip
    def test_carries_every_word(self, question, changes):
        asked = replace(question, **changes)
        assert read_question(QueryDict(asked.query()).dict()) == asked

    @pytest.mark.parametrize(
        "nonsense",
        [
            {"within": "nan"},
            {"within": "-3"},
            {"within": "1e99"},
            {"day": "x"},
            {"set": "x"},
            {"by": "parsec"},
            {"network": "\x00"},
        ],
    )
    def test_with_nonsense_still_asks_something(self, world, network, walk, nonsense):
        assert read_question(nonsense).limit_s >= 1

    def test_of_metres_instead_of_minutes_asks_for_the_same_way_and_back(self, question, walk):
        said = {**question.parameters(), "was": "min", "by": METRES}
        metres = read_question(said)
        # Ten minutes at a metre a second.
        assert (metres.within, metres.limit_s) == (600.0, question.limit_s)
        assert read_question({**metres.parameters(), "was": METRES, "by": "min"}).within == 10
        # A number that was typed for metres stays one.
        assert read_question({**metres.parameters(), "was": METRES, "within": "800"}).within == 800
        # By a profile that has no one speed metres say nothing: its limit is the usual one, not 600 minutes.
        walk.off_road_speed_m_s = walk.speed_m_s / 2
        walk.save()
        assert read_question(metres.parameters()).within == 15

    def test_of_another_network_chosen_in_the_sentence_brings_its_people_and_how_they_walk(
        self, question, walk
    ):
        child = TravelProfile.objects.get(pk=walk.pk)
        child.pk, child.code, child.people = None, "walk-child", "children"
        child.save()
        other = Network.objects.create(code="children-test", name_zh="未成年人保护", serves="children")
        said = QueryDict(question.query(network=other.code)).dict()
        assert read_question(said | {"of": question.network.code}).profile == child
        assert read_question(said | {"of": question.network.code}).group == "children"
        # Who says both says both.
        assert read_question(said | {"of": other.code}).profile == walk
        assert read_question(said).group == "age60"

    def test_metres_are_time_at_the_profiles_speed(self, question, walk):
        walk.winter_factor = 0.5
        asked = replace(question, by=METRES, within=600.0)
        assert asked.limit_s == 600
        assert replace(asked, winter=True, profile=walk).limit_s == 1200

    def test_says_the_whole_sentence(self, question):
        words = replace(question, failing=True).sentence
        for part in ("测试网络", "每秒一米", "10分钟以内", "60岁及以上", "2024年12月31日"):
            assert part in words


class TestTheRun:
    def test_that_answers_is_found_by_any_of_its_limits(self, question, network, walk):
        run = compute_coverage(request=request_for(network, walk, thresholds_s=(300, 600)))
        assert runs.find_run(question) == run
        assert runs.find_run(replace(question, within=5.0)) == run
        assert runs.find_run(replace(question, within=7.0)) is None

    @pytest.mark.parametrize("word", ["winter", "delivery", "failing"])
    def test_of_other_words_is_none(self, question, network, walk, word):
        compute_coverage(request=request_for(network, walk, thresholds_s=(600,)))
        assert runs.find_run(replace(question, **{word: True})) is None

    def test_knows_what_has_changed_since(self, question, network, walk):
        run = compute_coverage(request=request_for(network, walk, thresholds_s=(600,)))
        assert runs.changed_since(run.input_versions) == []
        facility = Facility.objects.get(number="S1")
        facility.location = east(900)  # noqa: F405
        facility.save()
        assert len(runs.changed_since(run.input_versions)) == 1


class TestThePage:
    def test_answers_at_once_where_there_is_a_run_with_the_runs_numbers(
        self, question, network, walk, planner
    ):
        compute_coverage(request=request_for(network, walk, thresholds_s=(300, 600)))
        page = ask(planner, question)
        # 30 and 50 of 210 people of 60 and over live within 600 m of the station.
        assert page.context["whole"].share.covered == 80
        assert "38.1%" in page.content.decode()

    def test_else_says_so_and_is_there_once_it_is_computed(self, question, planner):
        assert "data-compute" in ask(planner, question).content.decode()
        said = planner.post(
            f"{reverse('maps:planner_compute')}?{question.query()}", headers={"accept": "application/json"}
        )
        assert said.status_code == 200
        state = planner.get(json.loads(said.content)["state_url"]).json()
        assert state["state"] == "succeeded"
        page = ask(planner, question)
        assert page.context["whole"].share.covered == 80
        assert CoverageRun.objects.finished().count() == 1

    def test_computes_a_function_and_an_empty_kind_too(self, question, network, planner):
        for key in ("home-test", "station-test"):
            asked = replace(question, set_key=key)
            planner.post(f"{reverse('maps:planner_compute')}?{asked.query()}")
            assert ask(planner, asked).context["run"].network == network

    def test_never_leads_to_another_site(self, question, planner):
        sent = planner.post(
            f"{reverse('maps:planner_compute')}?{question.query()}", {"next": "https://example.org/"}
        )
        assert sent["Location"].startswith("/planner/coverage/")

    def test_a_viewer_may_look_and_not_compute(self, question, client, county):
        office = Office.objects.create(name="县民政局", division=county)
        client.force_login(UserFactory(role=Role.VIEWER, office=office), backend=BACKEND)
        assert "data-compute" not in ask(client, question).content.decode()
        assert client.post(f"{reverse('maps:planner_compute')}?{question.query()}").status_code == 403

    def test_says_that_the_register_has_changed(self, question, network, walk, planner):
        compute_coverage(request=request_for(network, walk, thresholds_s=(600,)))
        Facility.objects.get(number="S1").delete()
        assert ask(planner, question).context["changed"]


class TestTheLayers:
    def test_show_every_facility_by_status_and_say_which_count(self, question, network, walk, planner, towns):
        run = compute_coverage(request=request_for(network, walk, thresholds_s=(300, 600)))
        paused = make_facility("S2", "station-test", east(1500), towns[1], since=DAY)  # noqa: F405
        paused.statuses.update(status="paused")
        data = planner.get(reverse("maps:planner_layer", args=[run.pk, "facilities"])).json()
        assert {f["properties"]["number"]: (f["properties"]["open"], f["properties"]["counted"]) for f in data["features"]} == {
            "S1": (True, True), "S2": (False, False),
        }  # fmt: skip

    def test_draw_areas_widest_first(self, question, network, walk, planner):
        run = compute_coverage(request=request_for(network, walk, thresholds_s=(300, 600)))
        data = planner.get(reverse("maps:planner_layer", args=[run.pk, "areas"])).json()
        assert [f["properties"]["limit_s"] for f in data["features"]] == [600, 300]


def test_what_has_been_computed_already_is_told_apart(world, network, walk, planner, question):
    compute_coverage(request=request_for(network, walk))
    compute_coverage(request=request_for(network, walk, winter=True))
    page = ask(planner, question, within="7")
    words = [said for _run, said in page.context["near_runs"]]
    assert len(set(words)) == len(words) == 2
    assert all(said in page.content.decode() for said in words)
