"""What if on one road: every gain is a distance in metres; scenarios are kept and come to the same figures again."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from facilities.analysis.scenarios import Action
from facilities.models import Facility, Scenario
from facilities.services import what_if
from facilities.services.coverage import compute_coverage
from facilities.services.saved_scenarios import agree, changes_from, compute_scenario, save_scenario
from facilities.services.scenarios import NamedChange
from geo_registry.accounts.models import Office, Role
from geo_registry.territory.models import AgeGroup
from maps.planning import whatif
from maps.planning.question import read_question
from tests.factories import UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, east, make_facility, request_for

pytestmark = pytest.mark.django_db

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def person(county):
    return UserFactory(role=Role.PLANNER, office=Office.objects.create(name="县民政局", division=county))


@pytest.fixture
def planner(client, person):
    client.force_login(person, backend=BACKEND)
    return client


@pytest.fixture
def question(world, network, walk):
    return read_question(
        {"network": network.code, "profile": walk.code, "within": "10", "group": "age60", "day": "2024-12-31"}
    )


def at(metres):
    point = east(metres)
    return point.x, point.y


def opened(metres):
    return NamedChange(action=Action.OPEN, lonlat=at(metres))


class TestAnAnswer:
    def test_counts_who_is_reached_after_the_changes(self, question, network, walk):
        baseline = what_if.Baseline(
            request_for(network, walk, group=AgeGroup.AGE60), set_key="any", limit_s=601
        )
        # 80 of 210 today; a site at 1500 m reaches the 120 there.
        today, more = baseline.answer([]).whole, baseline.answer([opened(1500)]).whole
        assert (today.before, today.after, more.after, more.gained) == (80, 80, 200, 120)
        closed = baseline.answer([NamedChange(action=Action.CLOSE, number="S1")]).whole
        assert (closed.after, closed.gained) == (0, -80)
        # Moved to 900 m it reaches those at 300, 600 and 1500 m: all within 600 m of it.
        moved = baseline.answer([NamedChange(action=Action.MOVE, number="S1", lonlat=at(900))]).whole
        assert moved.after == 200

    def test_is_what_a_full_run_gives_with_the_register_changed_so(self, question, network, walk, towns):
        baseline = what_if.Baseline(
            request_for(network, walk, group=AgeGroup.AGE60), set_key="any", limit_s=601
        )
        asked = {row.code: row.after for row in baseline.answer([opened(1400)]).divisions}
        make_facility("S9", "station-test", east(1400), towns[1], since=DAY)
        run = compute_coverage(request=request_for(network, walk))
        whole = run.sets.get(position=0)
        full = {
            share.division.code: share.covered
            for share in whole.shares.filter(group="age60", threshold_s=601, division__in=towns)
        }
        assert asked == full

    def test_puts_each_point_into_its_step(self, question, network, walk):
        baseline = what_if.Baseline(
            request_for(network, walk, group=AgeGroup.AGE60), set_key="any", limit_s=601
        )
        assert sorted(baseline.answer([]).steps.tolist()) == [-1, 0, 1, 2]

    def test_a_changed_register_is_read_anew(self, question):
        before = whatif.warm(question)
        assert whatif.warm(question) is before
        Facility.objects.get(number="S1").delete()
        assert whatif.warm(question) is not before


class TestTheAddressOfChanges:
    def test_reads_back_what_it_wrote(self):
        changes = [
            opened(100),
            NamedChange(action=Action.MERGE, number="A,1;2", into="B"),
            NamedChange(action=Action.CLOSE, number="C"),
        ]
        text = whatif.changes_in_address(changes)
        assert text.split(";")[1] == "merge,A%2C1%3B2,B"
        assert len(text.split(";")) == 3

    @pytest.mark.parametrize(
        "said", ["x", [{"action": "explode"}], [{"action": "open", "lonlat": ["a"]}], [None], [{}] * 51]
    )
    def test_nonsense_is_refused_in_words(self, said):
        with pytest.raises(ValidationError):
            changes_from(said)


class TestTheInterface:
    def post(self, planner, question, changes):
        return planner.post(
            f"{reverse('maps:planner_whatif_answer')}?{question.query()}",
            json.dumps({"changes": changes}),
            content_type="application/json",
        )

    def test_answers_in_the_numbers_of_the_service(self, question, planner):
        base = planner.get(f"{reverse('maps:planner_whatif_base')}?{question.query()}").json()
        assert [one["number"] for one in base["facilities"]] == ["S1"]
        assert base["answer"]["whole"]["after"] == 80
        lon, lat = at(1500)
        said = self.post(planner, question, [{"action": "open", "lonlat": [lon, lat]}]).json()
        assert (said["whole"]["after"], said["whole"]["gained"]) == (200, 120)

    @pytest.mark.parametrize(
        "changes",
        [[{"action": "close", "number": "no-such"}], [{"action": "open"}], "x",
         [{"action": "close", "number": "S1"}, {"action": "move", "number": "S1", "lonlat": [106, 37]}]],
    )  # fmt: skip
    def test_what_cannot_be_done_is_said_in_a_sentence(self, question, planner, changes):
        said = self.post(planner, question, changes)
        assert said.status_code == 422
        assert said.json()["error"]

    def test_is_for_planners(self, question, client, county):
        office = Office.objects.create(name="县民政局", division=county)
        client.force_login(UserFactory(role=Role.VIEWER, office=office), backend=BACKEND)
        assert self.post(client, question, []).status_code == 403


class TestAScenario:
    def save(self, question, person, changes):
        return save_scenario(
            name="东头一处",
            request=question.request(of_group=True),
            question=question.parameters(),
            changes=changes,
            user=person,
        )

    def test_is_compared_for_each_way_to_travel_and_comes_to_the_same_again(self, question, person, walk):
        from geo_registry.reference.models import TravelProfile

        TravelProfile.objects.create(
            code="frail", name_zh="体弱", name_en="Frail", mode="foot", speed_m_s=0.5, off_road_speed_m_s=0.5,
            snap_limit_m=200, detour_factor=1.3,
        )  # fmt: skip
        row = self.save(question, person, [opened(1500)])
        first = compute_scenario(
            scenario=row, request=question.request(of_group=True), set_key=question.set_key, user=person
        )
        again = compute_scenario(
            scenario=row, request=question.request(of_group=True), set_key=question.set_key, user=person
        )
        assert [one.profile.code for one in first] == ["metre-a-second", "frail"]
        assert all(agree(*pair) for pair in zip(first, again, strict=True))
        assert row.answers.count() == 4

    def test_says_when_the_register_has_changed_since(self, question, person):
        row = self.save(question, person, [opened(1500)])
        asked = {"scenario": row, "request": question.request(of_group=True), "set_key": question.set_key}
        [first] = compute_scenario(**asked)
        make_facility("S2", "station-test", east(1500), Facility.objects.get(number="S1").division, since=DAY)
        [again] = compute_scenario(**asked)
        assert not agree(first, again)

    def test_without_a_change_is_none(self, question, person):
        with pytest.raises(ValidationError):
            self.save(question, person, [])

    def test_is_saved_from_the_page_and_shown_before_and_after(self, question, planner):
        lon, lat = at(1500)
        sent = {"name": "东头一处", "changes": json.dumps([{"action": "open", "lonlat": [lon, lat]}])}
        response = planner.post(f"{reverse('maps:planner_scenario_save')}?{question.query()}", sent)
        page = planner.get(response["Location"])
        rows = {row.name: [(one.before, one.after) for one in row.columns] for row in page.context["rows"]}
        assert rows["2号镇"] == [(0, 120)]
        assert rows["1号镇"] == [(80, 80)]
        row = Scenario.objects.get()
        assert planner.post(reverse("maps:planner_scenario_compute", args=[row.pk])).status_code == 302
        assert planner.get(response["Location"]).context["agrees"] is True

    def test_is_taken_away_by_its_author_only(self, question, planner, person, county):
        row = self.save(question, UserFactory(role=Role.PLANNER, office=person.office), [opened(1500)])
        url = reverse("maps:planner_scenario_delete", args=[row.pk])
        assert planner.post(url).status_code == 404
        Scenario.objects.update(created_by=person)
        assert "do=open" in planner.post(url)["Location"]
        assert not Scenario.objects.exists()
