"""The gap list on one road, where every time is a distance in metres."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from facilities.models import Facility, Measure
from facilities.services.coverage import compute_coverage
from geo_registry.accounts.models import Office, Role
from geo_registry.territory.models import AgeGroup
from maps.planning.gaps import Reason, gaps_of
from maps.services import coverage_page as page
from tests.factories import CapacityReadingFactory, UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, east, make_facility, make_place, request_for

pytestmark = pytest.mark.django_db


def listed(run, **params):
    return gaps_of(page.choose(run, {"group": "age60", "limit": "601", **params}))


def by_name(found):
    return {row.division.name: row for row in found.rows}


class TestTheList:
    def test_ranks_by_people_out_of_reach_and_adds_up_to_the_run(self, world, network, walk, towns):
        found = listed(compute_coverage(request=request_for(network, walk)))
        # Town 1 (30 + 50) is within 600 m. Of town 2, 120 live 1500 m away, 10 off the road.
        row = by_name(found)["2号镇"]
        assert (row.uncovered, row.unknown, row.people) == (120, 10, 130)
        assert row.nearest.number == "S1"
        assert row.minutes == "25"
        assert [why.reason for why in row.why] == [Reason.DISTANCE, Reason.NO_DATA]
        assert (found.uncovered, found.unknown, found.people, found.villages_served) == (120, 10, 210, 1)

    def test_is_of_the_group_asked_about(self, world, network, walk):
        found = gaps_of(
            page.choose(
                compute_coverage(request=request_for(network, walk)), {"group": "residents", "limit": "601"}
            )
        )
        assert found.uncovered == 400

    def test_most_people_come_first(self, world, network, walk, towns):
        make_place("farther", east(1900), towns[0], 900, 500)
        found = listed(compute_coverage(request=request_for(network, walk)))
        assert [(row.division.name, row.uncovered) for row in found.rows] == [("1号镇", 500), ("2号镇", 120)]


class TestTheReason:
    def test_closed_names_what_stands_there_and_since_when(self, world, network, walk, towns):
        paused = make_facility("S2", "station-test", east(1500), towns[1], since=dt.date(2022, 1, 1))
        paused.statuses.create(status="paused", valid_from=dt.date(2024, 5, 1))
        why = by_name(listed(compute_coverage(request=request_for(network, walk))))["2号镇"].why
        closed = next(one for one in why if one.reason == Reason.CLOSED)
        assert closed.facilities == (paused,)
        assert "2024年5月1日" in closed.words

    def test_full_is_counted_where_places_fill_up(self, world, network, walk):
        CapacityReadingFactory(
            facility=Facility.objects.get(number="S1"), measure=Measure.BEDS, total=60, as_of=DAY
        )
        run = compute_coverage(
            request=request_for(network, walk, capacity=Measure.BEDS, group=AgeGroup.AGE60)
        )
        row = by_name(listed(run))["1号镇"]
        assert (row.full, row.uncovered) == (20, 0)
        assert [one.reason for one in row.why] == [Reason.FULL]

    def test_a_facility_without_a_place_is_missing_data(self, world, network, walk, towns):
        make_facility("S3", "station-test", None, towns[1], since=dt.date(2022, 1, 1))
        why = by_name(listed(compute_coverage(request=request_for(network, walk))))["2号镇"].why
        assert any(one.reason == Reason.NO_DATA and "S3" in one.words for one in why)

    def test_a_division_without_people_on_record_is_listed_last(self, world, network, walk, county):
        from geo_registry.territory.models import Division

        empty = Division.objects.create(code="990001103", name="3号镇", level=4, parent=county)
        last = listed(compute_coverage(request=request_for(network, walk))).rows[-1]
        assert (last.division, last.not_served) == (empty, 0)
        assert [one.reason for one in last.why] == [Reason.NO_DATA]


class TestThePage:
    def test_shows_the_numbers_of_the_service(self, world, network, walk, county, client):
        compute_coverage(request=request_for(network, walk, thresholds_s=(600,)))
        office = Office.objects.create(name="县民政局", division=county)
        client.force_login(
            UserFactory(role=Role.PLANNER, office=office),
            backend="geo_registry.accounts.backends.PolicyBackend",
        )
        asked = {
            "network": network.code,
            "profile": walk.code,
            "within": "10",
            "group": "age60",
            "day": "2024-12-31",
        }
        response = client.get(reverse("maps:planner_gaps"), asked)
        assert response.context["gaps"].uncovered == 120
        assert "S1" in response.content.decode()
        only = client.get(reverse("maps:planner_gaps"), asked | {"reason": "full"})
        assert only.context["gaps"].rows == []

    def test_shows_a_clerk_the_own_township_only(self, world, network, walk, towns, client):
        compute_coverage(request=request_for(network, walk, thresholds_s=(600,)))
        office = Office.objects.create(name="一号镇", division=towns[0])
        client.force_login(
            UserFactory(role=Role.CLERK, office=office),
            backend="geo_registry.accounts.backends.PolicyBackend",
        )
        asked = {
            "network": network.code,
            "profile": walk.code,
            "within": "5",
            "group": "age60",
            "day": "2024-12-31",
        }
        assert (
            "2号镇" not in client.get(reverse("maps:planner_gaps"), asked | {"within": "10"}).content.decode()
        )
