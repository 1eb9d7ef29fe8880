"""What a run says beside its shares, on the one straight road: every figure here was computed by hand."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import CommandError, call_command

from facilities.analysis.accessibility import Measure as AccessMeasure
from facilities.models import (
    Assessment,
    CapacityReading,
    CoverageReach,
    CoverageRun,
    Facility,
    FacilityFunction,
    Measure,
    ReachState,
    ScoreSheet,
    Tier,
)
from facilities.models.networks import Function
from facilities.services.coverage import AccessChoice, compute_coverage
from geo_registry.reference.models import ReferenceValue
from geo_registry.territory.models import AgeGroup, Division, PopulatedPlace, Road
from tests.factories import UserFactory
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import east, make_facility, make_place, request_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def beds():
    CapacityReading.objects.create(
        facility=Facility.objects.get(number="S1"), measure=Measure.BEDS, as_of=dt.date(2023, 1, 1), total=150
    )


@pytest.fixture
def villages(towns):
    """Two villages in the first town: the station stands in the first, “near” lies there, “edge” in the second."""
    rows = [
        Division.objects.create(code=f"990001101{i:03d}", name=f"{i}村", level=5, parent=towns[0])
        for i in (1, 2)
    ]
    Facility.objects.filter(number="S1").update(division=rows[0])
    PopulatedPlace.objects.filter(code="near").update(division=rows[0])
    PopulatedPlace.objects.filter(code="edge").update(division=rows[1])
    return rows


class TestCapacity:
    def test_the_four_groups_are_those_computed_by_hand_and_add_up(self, network, walk, county, towns, beds):
        run = compute_coverage(request=request_for(network, walk, capacity=Measure.BEDS))
        room = run.sets.get(position=0).coveragecapacity_rows
        whole = room.get(division=county, threshold_s=601)
        # 100 people live 300 m away and go first; 50 of the 200 at 600 m find room; 400 are too far; 50 off the road.
        assert (whole.people, whole.served, whole.full, whole.out_of_reach, whole.unknown) == (
            750,
            150,
            150,
            400,
            50,
        )
        assert room.get(division=county, threshold_s=300).served == 100
        assert room.get(division=towns[1], threshold_s=601).out_of_reach == 400

    def test_a_capacity_that_nobody_knows_is_unknown_and_neither_0_nor_endless(self, network, walk, county):
        run = compute_coverage(request=request_for(network, walk, capacity=Measure.BEDS))
        one = run.sets.get(position=0)
        whole = one.coveragecapacity_rows.get(division=county, threshold_s=601)
        assert (whole.served, whole.full, whole.out_of_reach, whole.unknown) == (0, 0, 400, 350)
        assert one.notes["capacity_unknown"] == 1

    def test_a_reading_of_a_later_day_does_not_count(self, network, walk, county, beds):
        run = compute_coverage(
            request=request_for(network, walk, capacity=Measure.BEDS, day=dt.date(2022, 6, 1))
        )
        assert (
            run.sets.get(position=0).coveragecapacity_rows.get(division=county, threshold_s=601).served == 0
        )


class TestAccess:
    def test_two_step_access_is_beds_by_people_in_reach_and_is_kept_with_each_place(
        self, network, walk, county, beds
    ):
        choice = AccessChoice(measure=AccessMeasure.TWO_STEP, decay="step", supply=Measure.BEDS)
        run = compute_coverage(request=request_for(network, walk, access=choice))
        access = dict(
            CoverageReach.objects.filter(set__run=run, set__position=0).values_list("place__code", "access")
        )
        assert access["near"] == access["edge"] == pytest.approx(150 / 300)
        assert access["far"] == 0
        assert access["off"] is None
        even = run.sets.get(position=0).coverageequity_rows.get(division=county, subject="access")
        assert even.mean == pytest.approx(150 / 700)
        assert run.parameters["access"] == {"measure": "2sfca", "decay": "step", "supply": "beds"}

    @pytest.mark.parametrize("measure", list(AccessMeasure))
    def test_every_measure_gives_an_answer(self, network, walk, beds, measure):
        choice = AccessChoice(measure=measure, decay="gaussian", supply=Measure.BEDS)
        run = compute_coverage(request=request_for(network, walk, access=choice))
        near = CoverageReach.objects.get(set__run=run, set__position=0, place__code="near")
        assert near.access > 0


class TestEquity:
    def test_times_are_described_for_the_whole_and_the_worst_town_is_named(
        self, network, walk, county, towns
    ):
        run = compute_coverage(request=request_for(network, walk))
        time = run.sets.get(position=0).coverageequity_rows.get(division=county, subject="time")
        assert time.mean == pytest.approx((100 * 5 + 200 * 10 + 400 * 25) / 700, rel=1e-3)
        assert time.p90 == pytest.approx(25, rel=1e-3)
        assert (time.people, time.known, time.worst) == (750, 700, towns[1])


class TestItsOwnOrANeighbours:
    def test_villages_with_a_station_are_counted_beside_people_who_reach_one(
        self, network, walk, county, villages
    ):
        run = compute_coverage(request=request_for(network, walk))
        own = run.sets.get(tier__level=5).coverageown_rows.get(division=county, threshold_s=601)
        assert (own.units, own.units_with_own) == (2, 1)
        assert (own.own_within, own.own_beyond, own.neighbour, own.neither, own.unknown) == (
            100,
            0,
            200,
            400,
            50,
        )

    def test_a_set_of_no_tier_has_no_units_to_count(self, network, walk):
        run = compute_coverage(request=request_for(network, walk))
        assert not run.sets.get(position=0).coverageown_rows.exists()


class TestWhereAVillageIs:
    def test_every_share_stands_beside_the_one_with_each_village_at_one_point(
        self, network, walk, county, towns
    ):
        run = compute_coverage(request=request_for(network, walk))
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        # The first town has no point on record: its people stand at “edge”, nearest to their centre.
        assert (share.covered, share.at_points) == (300, 300)
        assert (
            run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=300).at_points
            == 0
        )

    def test_a_villages_point_on_record_is_its_single_point(self, network, walk, county, towns):
        Division.objects.filter(pk=towns[0].pk).update(point=east(1900))
        run = compute_coverage(request=request_for(network, walk))
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        assert (share.covered, share.at_points) == (300, 0)

    def test_a_total_of_a_whole_village_is_spread_over_its_frontage(self, network, walk, county, towns):
        for key, value in (("spread-radius-m", 500), ("spread-spacing-m", 100)):
            ReferenceValue.objects.create(key=key, group="setting", title_zh=key, value=value, unit="m")
        whole = make_place("whole", east(600), towns[0], 1000)
        PopulatedPlace.objects.filter(pk=whole.pk).update(kind="division")
        run = compute_coverage(request=request_for(network, walk))
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        # Frontage from 100 m to 1100 m: pieces of 100 m, of which 5 have their middle within 601 s.
        assert share.covered - 300 == pytest.approx(500, abs=2)
        assert run.parameters["spread"] == {"whole": "frontage"}
        assert run.summary["points"] == 14
        unspread = compute_coverage(request=request_for(network, walk, spread=False))
        share = unspread.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        assert share.covered - 300 == 1000

    def test_hamlets_without_a_count_come_before_frontage(self, network, walk, county, towns):
        for key, value in (("spread-radius-m", 500), ("spread-spacing-m", 100)):
            ReferenceValue.objects.create(key=key, group="setting", title_zh=key, value=value, unit="m")
        whole = make_place("whole", east(600), towns[0], 90)
        PopulatedPlace.objects.filter(pk=whole.pk).update(kind="division")
        for metres in (200, 400, 1900):
            PopulatedPlace.objects.create(code=f"h{metres}", point=east(metres), division=towns[0])
        run = compute_coverage(request=request_for(network, walk))
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        assert share.covered - 300 == 60
        assert run.parameters["spread"] == {"whole": "hamlets"}

    def test_an_outline_bounds_what_a_village_is_spread_over(self, network, walk, county, towns):
        for key, value in (("spread-radius-m", 500), ("spread-spacing-m", 100)):
            ReferenceValue.objects.create(key=key, group="setting", title_zh=key, value=value, unit="m")
        west, east_end = east(0), east(400)
        box = Polygon.from_bbox((west.x, west.y - 0.01, east_end.x, west.y + 0.01))
        whole = make_place("whole", east(1500), towns[0], 100)
        PopulatedPlace.objects.filter(pk=whole.pk).update(kind="division", area=MultiPolygon(box, srid=4490))
        run = compute_coverage(request=request_for(network, walk))
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        assert share.covered - 300 == 100


class TestOptions:
    def test_a_facility_that_failed_its_assessment_can_be_left_out(self, network, walk, county):
        sheet = ScoreSheet.objects.create(code="s", name_zh="考核表", version=1)
        Assessment.objects.create(
            facility=Facility.objects.get(), sheet=sheet, day=dt.date(2024, 5, 1), score=40, passed=False,
            state=Assessment.State.CONFIRMED, scored_by=UserFactory(),
        )  # fmt: skip
        kept = compute_coverage(request=request_for(network, walk))
        left = compute_coverage(request=request_for(network, walk, leave_out_failing=True))
        covered = [
            run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601).covered
            for run in (kept, left)
        ]
        assert covered == [300, 0]
        assert left.parameters["left_out_failing"] == ["S1"]

    def test_delivery_travels_with_one_way_streets_to_the_person(self, network, walk, county):
        walk.respects_oneway = True
        walk.mode = "car"
        walk.save()
        Road.objects.update(oneway="forward")
        covered = [
            compute_coverage(request=request_for(network, walk, delivery=delivery))
            .sets.get(position=0)
            .shares.get(division=county, group="residents", threshold_s=601)
            .covered
            for delivery in (False, True)
        ]
        assert covered == [0, 300]

    @pytest.mark.parametrize("roads", [True, False])
    def test_a_delivery_radius_bounds_the_metres_whatever_the_time(self, network, walk, county, beds, roads):
        walk.delivery_radius_m = 700
        walk.save()
        if not roads:
            Road.objects.all().delete()
        request = request_for(
            network, walk, delivery=True, thresholds_s=(5000,), capacity=Measure.BEDS, group=AgeGroup.RESIDENTS
        )  # fmt: skip
        run = compute_coverage(request=request)
        one = run.sets.get(position=0)
        share = one.shares.get(division=county, group="residents")
        # 300 and 600 m along the road are near enough (390 m with the detour of a straight line, 780 m are not);
        # “far” lives at 1500 m, “off” where no road is.
        assert share.covered == (300 if roads else 100)
        states = dict(one.reaches.values_list("place__code", "state"))
        assert states["far"] == ReachState.BEYOND_RADIUS
        room = one.coveragecapacity_rows.get(division=county)
        assert (room.served + room.full, room.out_of_reach >= 400) == (share.covered, True)
        assert run.parameters["delivery_radius_m"] == 700
        on_foot = compute_coverage(request=request_for(network, walk, thresholds_s=(5000,)))
        assert on_foot.parameters["delivery_radius_m"] is None
        assert on_foot.sets.get(position=0).shares.get(division=county, group="residents").covered >= 700

    def test_a_function_is_a_set_of_those_that_declare_it_or_whose_kind_usually_has_it(
        self, network, walk, county, towns
    ):
        meals = Function.objects.create(code="meals-test", name_zh="助餐")
        other = make_facility("S2", "station-test", east(1500), towns[1], since=dt.date(2020, 1, 1))
        FacilityFunction.objects.create(
            facility=other, function=meals, tier=Tier.objects.get(network=network, level=5)
        )
        run = compute_coverage(request=request_for(network, walk, functions=(meals,)))
        one = run.sets.get(function=meals)
        assert (one.facility_count, one.key, one.label) == (1, "function-meals-test", "助餐")
        other.kind.functions.add(meals)
        again = compute_coverage(request=request_for(network, walk, functions=(meals,)))
        assert again.sets.get(function=meals).facility_count == 2

    def test_without_any_road_capacity_is_computed_in_a_straight_line(self, network, walk, county, beds):
        Road.objects.all().delete()
        run = compute_coverage(request=request_for(network, walk, capacity=Measure.BEDS))
        room = run.sets.get(position=0).coveragecapacity_rows.get(division=county, threshold_s=601)
        assert (room.people, room.served) == (750, 100)  # 600 m · 1.3 is beyond 601 s


class TestCommand:
    def test_takes_every_option_and_writes_every_figure(self, network, walk, tmp_path, beds):
        out = tmp_path / "run.json"
        call_command(
            "compute_coverage", network=network.code, profile=walk.code, minutes="5,10.1", date="2024-12-31",
            capacity="beds", accessibility="e2sfca", decay="zones", supply="beds", leave_out_failing=True,
            json=str(out), stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip
        data = json.loads(out.read_text())
        one = data["sets"][0]
        for row in one["capacity"]:
            assert row["people"] == row["served"] + row["full"] + row["out_of_reach"] + row["unknown"]
        assert one["notes"]["supply"] == 150
        assert {row["subject"] for row in one["equity"]} == {"time", "access"}
        assert data["sets"][2]["own_or_neighbour"]
        assert data["parameters"]["capacity"] == "beds"
        assert data["input_versions"]["points"]["count"] == 4

    def test_stopped_by_ctrl_c_says_so_and_saves_nothing(self, network, walk, monkeypatch):
        def interrupted(*args, **kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr("facilities.services.coverage.figures_of", interrupted)
        with pytest.raises(CommandError, match=r"nothing was saved|什么都没有保存"):
            call_command("compute_coverage", network=network.code, profile=walk.code, stderr=io.StringIO())
        assert not CoverageRun.objects.exists()
