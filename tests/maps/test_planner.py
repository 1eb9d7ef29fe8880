"""The planner's page says what the run says, and nothing beyond a person's scope."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from facilities.models import CoverageRun, CoverageShare, Facility, Measure
from facilities.services.coverage import compute_coverage
from geo_registry.accounts.models import Office, Role
from maps.services import coverage_page as page
from maps.services.methods import METHODS
from tests.factories import UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import request_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(world, network, walk):
    return compute_coverage(request=request_for(network, walk))


@pytest.fixture
def planner(client, county):
    office = Office.objects.create(name="县民政局", division=county)
    client.force_login(
        UserFactory(role=Role.PLANNER, office=office), backend="geo_registry.accounts.backends.PolicyBackend"
    )
    return client


@pytest.fixture
def clerk(client, towns):
    office = Office.objects.create(name="一号镇", division=towns[0])
    client.force_login(
        UserFactory(role=Role.CLERK, office=office), backend="geo_registry.accounts.backends.PolicyBackend"
    )
    return client


def layer(client, run, name, **query):
    response = client.get(reverse("maps:planner_layer", args=[run.pk, name]), query)
    assert response.status_code == 200
    return json.loads(response.content)


class TestTheTable:
    def test_has_the_whole_first_and_each_division_below_it(self, run, county, towns):
        rows = page.table(page.choose(run, {"group": "residents", "limit": "601"}))
        assert [row.division for row in rows] == [county, *towns]
        assert [row.share.covered for row in rows] == [300, 300, 0]
        assert [row.percent for row in rows] == ["40.0%", "100.0%", "0.0%"]

    def test_and_page_show_the_same_numbers(self, run, planner):
        text = planner.get(
            reverse("maps:planner_run", args=[run.pk]), {"group": "residents", "limit": "601"}
        ).content.decode()
        assert "40.0%" in text
        assert "750" in text

    def test_takes_the_same_number_of_queries_however_many_divisions(self, run, django_assert_num_queries):
        choice = page.choose(run, {})
        with django_assert_num_queries(3):
            page.table(choice)

    def test_rounds_shares_and_does_not_cut_them_off(self):
        assert page.percent(CoverageShare(people=39770, covered=16057)) == "40.4%"


class TestBesideTheTable:
    def test_a_planner_reads_own_and_neighbours_room_and_how_evenly(self, world, network, walk, planner):
        run = compute_coverage(request=request_for(network, walk, capacity=Measure.BEDS))
        text = planner.get(
            reverse("maps:planner_run", args=[run.pk]), {"set": "tier-5", "limit": "601"}
        ).content.decode()
        for name in ("own-and-neighbour", "capacity", "equity", "where-people-are"):
            assert reverse("maps:method", args=[name]) in text

    def test_a_clerk_reads_there_of_the_own_township_only(self, world, network, walk, clerk):
        run = compute_coverage(request=request_for(network, walk, capacity=Measure.BEDS))
        response = clerk.get(reverse("maps:planner_run", args=[run.pk]), {"set": "tier-5", "limit": "601"})
        assert "2号镇" not in response.content.decode()
        assert [row.people for row in response.context["beside"].capacity] == [300]

    @pytest.mark.parametrize("name", ["coverage", *METHODS])
    def test_every_method_has_its_page(self, client, name):
        assert client.get(reverse("maps:method", args=[name])).status_code == 200

    def test_a_method_that_is_not_there_is_not_found(self, client):
        assert client.get(reverse("maps:method", args=["no-such"])).status_code == 404


class TestTheAddress:
    def test_carries_every_choice(self, run):
        choice = page.choose(run, {"set": "tier-5", "limit": "300", "group": "age60", "in": "990001101"})
        assert page.choose(run, dict(part.split("=") for part in choice.query().split("&"))) == choice

    def test_with_nonsense_in_it_still_shows_something_useful(self, run, planner):
        url = reverse("maps:planner_run", args=[run.pk])
        assert planner.get(url, {"set": "x", "limit": "-1", "group": "\x00", "in": "999"}).status_code == 200


class TestTheMap:
    def test_puts_each_place_into_its_step(self, run, planner):
        features = layer(planner, run, "places", group="residents")["features"]
        assert {f["properties"]["name"]: f["properties"]["step"] for f in features} == {
            "near": 0, "edge": 1, "far": 2, "off": "unknown",
        }  # fmt: skip

    def test_shows_people_as_the_run_counted_them_whatever_the_register_says_now(self, run, planner):
        from geo_registry.territory.models import PopulationCount

        PopulationCount.objects.all().update(people=1)
        features = layer(planner, run, "places", group="residents")["features"]
        assert sum(f["properties"]["people"] for f in features) == 750

    def test_coordinates_are_longitude_first_and_no_crs_is_named(self, run, planner):
        data = layer(planner, run, "facilities")
        assert data["features"][0]["geometry"]["coordinates"] == [106.0, 37.0]
        assert "crs" not in data

    @pytest.mark.parametrize("name", ["places", "facilities", "divisions"])
    def test_says_itself_that_it_holds_demo_data(self, run, planner, name):
        assert layer(planner, run, name)["data"] == ""
        CoverageRun.objects.filter(pk=run.pk).update(has_demo_data=True)
        assert layer(planner, run, name)["data"] == "示范数据"


class TestAClerk:
    def test_sees_the_own_township_only(self, run, clerk, towns):
        response = clerk.get(reverse("maps:planner_run", args=[run.pk]))
        assert response.status_code == 200
        assert "2号镇" not in response.content.decode()
        names = {f["properties"]["name"] for f in layer(clerk, run, "places")["features"]}
        assert names == {"near", "edge"}

    def test_sees_of_other_townships_only_the_facilities_that_everybody_sees(self, run, clerk, towns):
        elsewhere = Facility.objects.get(number="S1")
        Facility.objects.update(division=towns[1])
        assert layer(clerk, run, "facilities")["features"] == []
        Facility.objects.filter(pk=elsewhere.pk).update(published=True)
        assert [f["id"] for f in layer(clerk, run, "facilities")["features"]] == [elsewhere.pk]

    def test_cannot_look_elsewhere_by_the_address(self, run, clerk, towns):
        response = clerk.get(reverse("maps:planner_run", args=[run.pk]), {"in": towns[1].code})
        assert "2号镇" not in response.content.decode()

    def test_may_not_start_a_computation(self, run, clerk):
        assert clerk.post(reverse("maps:planner_start"), {}).status_code == 403


class TestANewRun:
    def test_is_made_in_the_background_and_found_from_there(self, world, planner, network, walk):
        response = planner.post(
            reverse("maps:planner_start"),
            {
                "network": network.code, "profile": walk.code, "minutes": "5，10", "day": "2024-12-31",
                "capacity": "beds", "access": "e2sfca", "delivery": "on", "leave_out_failing": "on",
            },
        )  # fmt: skip
        assert response.status_code == 302
        run = CoverageRun.objects.finished().get()
        assert run.thresholds_s == [300, 600]
        assert run.created_by is not None
        assert run.parameters["access"] == {"measure": "e2sfca", "decay": "gaussian", "supply": "beds"}
        assert (run.parameters["delivery"], run.parameters["leave_out_failing"]) == (True, True)

    @pytest.mark.parametrize("minutes", ["", "abc", "0", "-5", "1,2,3,4,5", "1e9", "nan", "inf"])
    def test_with_limits_that_mean_nothing_is_refused_beside_the_field(
        self, world, planner, network, walk, minutes
    ):
        response = planner.post(
            reverse("maps:planner_start"),
            {"network": network.code, "profile": walk.code, "minutes": minutes, "day": "2024-12-31"},
        )
        assert response.status_code == 422
        assert response.context["form"].errors["minutes"]
        assert not CoverageRun.objects.exists()

    def test_first_says_what_to_do_where_nothing_was_computed(self, planner):
        assert planner.get(reverse("maps:planner")).status_code == 200


class TestAnUnfinishedRun:
    def test_is_never_shown(self, run, planner):
        CoverageRun.objects.update(finished_at=None)
        assert planner.get(reverse("maps:planner_run", args=[run.pk])).status_code == 404
