"""Next sites on one road: the best place, the township that has least, and what every site adds."""

from __future__ import annotations

import pytest
from django.urls import reverse

from facilities.models import Asset, Facility, PlanningAnswer
from facilities.services.site_study import StudyRequest, Way, study_sites
from geo_registry.accounts.models import Office, Role
from maps.planning.question import read_question
from maps.planning.sites import Wish, idle_near, proposals_of
from tests.factories import ReferenceValueFactory, UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, east, make_facility, make_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(world, network, walk):
    return read_question(
        {"network": network.code, "profile": walk.code, "within": "5", "group": "age60", "day": "2024-12-31"}
    )


def wish(**changes):
    values = {"sites": 1, "objective": "max-cover", "candidates": ("villages",), "ways": ("people",)}
    return Wish(**(values | changes))


def study(question, **changes):
    wanted = wish(**changes)
    ways = tuple(Way(way) for way in wanted.ways)
    return study_sites(request=StudyRequest(siting=wanted.siting(question), ways=ways))


class TestTheAnswers:
    def test_most_people_gains_the_place_with_the_most_and_says_what_it_adds(self, question):
        [answer] = study(question)
        [one] = proposals_of([answer], question)
        # Within 300 m: 30 of 210 today; at 1500 m live 120 more.
        assert (one.before, one.after, one.gained) == (30, 150, 120)
        [site] = one.sites
        assert (site.people, site.overlap, site.gained) == (120, 0, 120)
        assert site.by_profile[0]["townships"] == [{"code": "990001102", "name": "2号镇", "gained": 120}]
        assert "证明" in one.proof or "proved" in one.proof

    def test_the_townships_that_have_least_come_first_one_each(self, question, towns):
        # Town 1 gains more people, but has a share already; town 2 has none.
        make_place("big", east(1000), towns[0], 900, 500)
        people, townships = study(question, ways=("people", "townships"))
        names = [one.answer["effects"][0]["where"]["name"] for one in (people, townships)]
        assert names == ["1号镇", "2号镇"]

    def test_delivery_needs_somebody_who_rides(self, question, walk):
        from geo_registry.reference.models import TravelProfile

        assert study(question, ways=("delivery",)) == []
        TravelProfile.objects.create(
            code="ride", name_zh="三轮车", name_en="Tricycle", mode="bicycle", speed_m_s=5, off_road_speed_m_s=1,
            snap_limit_m=200, detour_factor=1.3,
        )  # fmt: skip
        [answer] = study(question, ways=("delivery",))
        assert answer.parameters["delivery"] is True
        # By tricycle all 200 on the road are reached from the one station already.
        assert answer.answer["covered_before"] == 200

    def test_a_site_in_a_township_without_one_moves_the_target(self, question, network, county):
        from facilities.models import Kind, Tier

        tier = Tier.objects.create(network=network, level=4, name_zh="乡镇级")
        Kind.objects.filter(code="station-test").update(tier=tier)
        [one] = proposals_of(study(question), question)
        assert [(moved.before, moved.after, moved.units) for moved in one.moved] == [(1, 2, 2)]

    def test_idle_buildings_nearby_are_named_nearest_first(self, question, towns):
        ReferenceValueFactory(key="idle-building-near-m", value=500)
        for number, metres in (("A", 1400), ("B", 1520), ("C", 300)):
            Asset.objects.create(
                number=number,
                kind="building",
                name=number,
                division=towns[1],
                use="idle",
                location=east(metres),
            )
        where = east(1500)
        assert [(one.asset.number, one.metres) for one in idle_near((where.x, where.y), DAY)] == [
            ("B", 20),
            ("A", 100),
        ]


class TestWhatWasSought:
    """Minutes are told as minutes, people as people."""

    def test_the_shortest_way_for_all_is_told_in_minutes_with_its_bound(self, question):
        [one] = proposals_of(study(question, objective="p-median", close=1), question)
        said = one.answer.answer
        assert said["worth_in"] == "person-ms"
        minutes = said["value"] / said["people"] / 60_000
        assert f"{minutes:.1f}" in one.worth
        assert said["bound"] <= said["value"]
        assert one.title in ("所有人的路程合计最短", "the shortest way for all together")
        [closed] = one.closed
        assert f"{closed['worth'] / 3_600_000:.1f}" in closed["lost"]
        assert str(round(closed["worth"])) not in closed["lost"]

    def test_what_a_closing_costs_in_people_is_told_in_people(self, question):
        [one] = proposals_of(study(question, close=1), question)
        [closed] = one.closed
        assert closed["lost"] in (
            f"{closed['worth']:.0f}人因此够不着",
            f"{closed['worth']:.0f} people lose it",
        )
        assert one.worth == ""

    def test_the_longest_way_is_told_with_its_bound(self, question):
        [one] = proposals_of(study(question, objective="p-center"), question)
        assert f"{one.answer.answer['value'] / 60_000:.1f}" in one.worth

    def test_a_gap_that_is_small_is_not_told_as_none(self):
        from maps.planning.sites import _proof

        assert "0.0312" in _proof({"proof": "bounded", "gap": 0.000312}, None)
        assert "2.5" in _proof({"proof": "bounded", "gap": 0.025}, None)


class TestThePage:
    @pytest.fixture
    def planner(self, client, county):
        office = Office.objects.create(name="县民政局", division=county)
        client.force_login(
            UserFactory(role=Role.PLANNER, office=office),
            backend="geo_registry.accounts.backends.PolicyBackend",
        )
        return client

    def test_leads_from_the_wish_to_the_answers_side_by_side(self, question, planner):
        sent = {
            "sites": "1",
            "objective": "max-cover",
            "candidates": ["villages"],
            "close": "0",
            "ways": ["people", "townships"],
        }
        response = planner.post(f"{reverse('maps:planner_sites_start')}?{question.query()}", sent)
        page = planner.get(response["Location"])
        assert [one.gained for one in page.context["proposals"]] == [120, 120]
        assert PlanningAnswer.objects.count() == 2

    def test_shows_how_far_the_own_computation_is_until_it_leads_to_its_answers(
        self, question, planner, monkeypatch
    ):
        from geo_registry.jobs.models import Job, JobState
        from maps.planning import sites

        def only_queued(**asked):
            return Job.objects.create(
                kind=asked["task"].path, title=asked["title"], state=JobState.QUEUED, created_by=asked["created_by"],
            )  # fmt: skip

        monkeypatch.setattr(sites, "enqueue", only_queued)
        sent = {
            "sites": "1",
            "objective": "p-median",
            "candidates": ["villages"],
            "close": "0",
            "ways": ["people"],
        }
        response = planner.post(f"{reverse('maps:planner_sites_start')}?{question.query()}", sent)
        assert response["Location"] == f"{reverse('maps:planner_sites')}?{question.query()}"
        job = Job.objects.get()
        for _reload in range(2):
            text = planner.get(response["Location"]).content.decode()
            assert reverse("jobs:state", args=[job.pk]) in text
            assert reverse("jobs:cancel", args=[job.pk]) in text

    def test_says_so_where_no_site_gains_anything(self, question, planner):
        address = reverse("maps:planner_sites")
        assert planner.get(address, {"answers": ""}).context["nothing_gained"] is True
        assert planner.get(address).context["nothing_gained"] is False

    def test_closes_only_what_was_named(self, question, planner, towns):
        # A second one right beside the first can be spared without loss; the planner lets only the first close.
        make_facility("S9", "station-test", east(10), Facility.objects.get(number="S1").division, since=DAY)
        address = f"{reverse('maps:planner_sites_start')}?{question.query()}"
        offered = planner.get(f"{reverse('maps:planner_sites')}?{question.query()}").context["form"]
        assert {number for number, _words in offered.fields["closable"].choices} == {"S1", "S9"}
        sent = {
            "sites": "1",
            "objective": "max-cover",
            "candidates": ["villages"],
            "close": "1",
            "ways": ["people"],
        }
        for only in ("S1", "S9"):
            page = planner.get(planner.post(address, sent | {"closable": [only]})["Location"])
            [one] = page.context["proposals"]
            assert [closed["site"] for closed in one.closed] == [only]
        refused = planner.post(address, sent | {"close": "2", "closable": ["S1"]})
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["closable"])
        assert planner.post(address, sent | {"closable": ["NONE"]}).status_code == 422

    def test_says_beside_the_field_what_cannot_be(self, question, planner):
        response = planner.post(f"{reverse('maps:planner_sites_start')}?{question.query()}", {"sites": "0"})
        assert response.status_code == 422
        assert response.context["form"].errors["sites"]

    def test_takes_nonsense_for_answers_as_none(self, question, planner):
        assert planner.get(reverse("maps:planner_sites"), {"answers": "x,,../"}).context["proposals"] == []
