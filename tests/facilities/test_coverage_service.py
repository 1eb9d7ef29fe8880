"""Coverage on one straight road: every figure here was computed by hand."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command

from facilities.frames import open_facilities
from facilities.models import (
    CoverageReach,
    CoverageRun,
    CoverageShare,
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityStatus,
    Kind,
    Network,
    ReachState,
    Status,
    Tier,
)
from facilities.models.networks import Function
from facilities.services.coverage import CoverageError, compute_coverage
from facilities.services.coverage_report import as_text
from geo_registry.territory.models import PopulationCount, Road
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, east, make_facility, make_place, request_for

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("world")
class TestShares:
    def test_people_within_each_limit_are_those_computed_by_hand(self, network, walk, county):
        run = compute_coverage(request=request_for(network, walk))
        shares = {
            (s.group, s.threshold_s): (s.people, s.covered, s.uncovered, s.unknown)
            for s in run.sets.get(position=0).shares.filter(division=county)
        }
        assert shares["residents", 300] == (750, 100, 600, 50)
        assert shares["residents", 601] == (750, 300, 400, 50)
        assert shares["age60", 601] == (210, 80, 120, 10)

    def test_townships_add_up_to_the_county(self, network, walk, county, towns):
        run = compute_coverage(request=request_for(network, walk))
        rows = run.sets.get(position=0).shares.filter(group="residents", threshold_s=601)
        for field in ("people", "covered", "uncovered", "unknown"):
            total = sum(getattr(rows.get(division=town), field) for town in towns)
            assert total == getattr(rows.get(division=county), field)

    def test_a_place_too_far_from_a_road_is_unknown_and_never_covered(self, network, walk):
        run = compute_coverage(request=request_for(network, walk))
        reach = CoverageReach.objects.get(set__run=run, set__position=0, place__code="off")
        assert reach.state == ReachState.UNKNOWN
        assert reach.time_ms is None
        assert run.places.get(place__code="off").access_m == pytest.approx(900, abs=1)
        assert run.summary["residents_unsnapped"] == 50

    def test_each_place_names_its_nearest_facility_and_time(self, network, walk):
        run = compute_coverage(request=request_for(network, walk))
        reach = CoverageReach.objects.get(set__run=run, set__position=0, place__code="edge")
        assert reach.facility.number == "S1"
        assert reach.time_ms == pytest.approx(600_000, abs=200)

    def test_a_facility_not_yet_open_on_the_day_serves_nobody(self, network, walk, county):
        run = compute_coverage(request=request_for(network, walk, day=dt.date(2022, 2, 28)))
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        assert (share.covered, share.uncovered, share.unknown) == (0, 700, 50)
        # Far from everything and nothing there are two answers.
        assert "一处也没有" in as_text(run)

    def test_a_paused_facility_serves_nobody(self, network, walk, county):
        FacilityStatus.objects.create(
            facility=Facility.objects.get(), status=Status.PAUSED, valid_from=dt.date(2024, 6, 1)
        )
        run = compute_coverage(request=request_for(network, walk))
        assert (
            run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601).covered
            == 0
        )


@pytest.mark.usefixtures("world")
class TestTiers:
    def test_a_higher_tier_does_not_discharge_the_lower_tiers_duty(self, network, walk, county, towns):
        make_facility("H1", "home-test", east(1500), towns[1], since=dt.date(2020, 1, 1))
        run = compute_coverage(request=request_for(network, walk))
        village = run.sets.get(tier__level=5)
        assert village.shares.get(division=towns[1], group="residents", threshold_s=601).covered == 0
        assert (
            run.sets.get(tier__level=3)
            .shares.get(division=towns[1], group="residents", threshold_s=300)
            .covered
            == 400
        )

    def test_unless_it_declares_the_function_at_that_tier(self, network, walk, towns):
        home = make_facility("H1", "home-test", east(1500), towns[1], since=dt.date(2020, 1, 1))
        FacilityFunction.objects.create(
            facility=home,
            function=Function.objects.create(code="meals-test", name_zh="助餐"),
            tier=Tier.objects.get(network=network, level=5),
        )
        run = compute_coverage(request=request_for(network, walk))
        assert (
            run.sets.get(tier__level=5)
            .shares.get(division=towns[1], group="residents", threshold_s=300)
            .covered
            == 400
        )


@pytest.mark.usefixtures("world")
class TestARun:
    def test_carries_its_parameters_and_the_versions_of_its_inputs(self, network, walk):
        first = compute_coverage(request=request_for(network, walk))
        second = compute_coverage(request=request_for(network, walk))
        assert first.input_versions == second.input_versions
        assert first.input_versions["network"]["roads"] == 1
        PopulationCount.objects.filter(place__code="near", group="residents").update(people=101)
        third = compute_coverage(request=request_for(network, walk))
        assert third.input_versions["places"]["sha256"] != first.input_versions["places"]["sha256"]
        assert third.input_versions["network"] == first.input_versions["network"]

    def test_stopped_in_the_middle_leaves_nothing_behind(self, network, walk):
        class StopError(Exception):
            pass

        class StopsAtSaving:
            def step(self, done, total=None, message=""):
                if done == 3:
                    raise StopError

        with pytest.raises(StopError):
            compute_coverage(request=request_for(network, walk), progress=StopsAtSaving())
        assert not CoverageRun.objects.exists()

    def test_without_any_road_falls_back_to_a_straight_line_and_says_so(self, network, walk, county):
        Road.objects.all().delete()
        run = compute_coverage(request=request_for(network, walk))
        assert run.parameters["method"] == "straight-line"
        share = run.sets.get(position=0).shares.get(division=county, group="residents", threshold_s=601)
        assert share.covered == 100  # 600 m · 1.3 is beyond 601 s

    def test_a_past_day_has_the_kinds_of_that_day(self, network, walk):
        """Rebuilt from a village's station into a county's home in 2024, a facility still was a station at the end of 2023."""
        facility = Facility.objects.get(number="S1")
        station, home = facility.kind, Kind.objects.get(code="home-test")
        FacilityKind.objects.create(facility=facility, kind=station, valid_from=None)
        FacilityKind.objects.create(facility=facility, kind=home, valid_from=dt.date(2024, 6, 1))
        Facility.objects.filter(pk=facility.pk).update(kind=home)
        for day, kind in ((dt.date(2023, 12, 31), station), (dt.date(2024, 6, 1), home)):
            frame = open_facilities(Facility.objects.all(), network=network, day=day)
            assert frame.loc[facility.pk, ["kind_id", "tier_ids"]].to_list() == [
                kind.pk,
                frozenset({kind.tier_id}),
            ]
            run = compute_coverage(request=request_for(network, walk, day=day))
            covered = {
                row.set.kind_id: row.covered
                for row in CoverageShare.objects.filter(
                    set__run=run,
                    set__kind__isnull=False,
                    group="residents",
                    threshold_s=601,
                    division__level=3,
                ).select_related("set")
            }
            assert covered == {kind.pk: 300}

    def test_a_kind_of_another_network_counts_only_while_it_was_of_this_one(self, network, walk):
        elsewhere = Network.objects.create(code="other-test", name_zh="另一网络")
        tier = Tier.objects.create(network=elsewhere, level=5, name_zh="村级")
        other = Kind.objects.create(code="other-test", name_zh="别的", tier=tier)
        facility = Facility.objects.get(number="S1")
        FacilityKind.objects.create(facility=facility, kind=facility.kind, valid_from=None)
        FacilityKind.objects.create(facility=facility, kind=other, valid_from=dt.date(2024, 6, 1))
        Facility.objects.filter(pk=facility.pk).update(kind=other)
        before = open_facilities(Facility.objects.all(), network=network, day=dt.date(2024, 5, 31))
        assert list(before.index) == [facility.pk]
        assert open_facilities(Facility.objects.all(), network=network, day=DAY).empty
        assert list(open_facilities(Facility.objects.all(), network=elsewhere, day=DAY).index) == [
            facility.pk
        ]

    def test_people_in_no_division_count_for_the_whole_only(self, network, walk, county, towns):
        make_place("nowhere", east(10), None, 7)
        run = compute_coverage(request=request_for(network, walk))
        rows = run.sets.get(position=0).shares.filter(group="residents", threshold_s=300)
        assert rows.get(division=county).people == 757
        assert sum(rows.get(division=town).people for town in towns) == 750

    def test_takes_no_more_queries_for_more_places(self, network, walk, towns, django_assert_max_num_queries):
        for i in range(50):
            make_place(f"p{i}", east(20 * i), towns[0], 1)
        with django_assert_max_num_queries(40):
            compute_coverage(request=request_for(network, walk))


@pytest.mark.usefixtures("county")
class TestRefusals:
    def test_no_people_is_an_error_and_not_a_zero(self, network, walk):
        with pytest.raises(CoverageError):
            compute_coverage(request=request_for(network, walk))

    @pytest.mark.parametrize("limits", [(), (0,), (-60,), (300, 300), (1, 2, 3, 4, 5)])
    @pytest.mark.usefixtures("world")
    def test_limits_that_mean_nothing_are_refused(self, network, walk, limits):
        with pytest.raises(CoverageError):
            compute_coverage(request=request_for(network, walk, thresholds_s=limits))


class TestCommand:
    @pytest.mark.usefixtures("world")
    def test_writes_the_run_as_json(self, network, walk, tmp_path):
        out = tmp_path / "run.json"
        call_command(
            "compute_coverage", network=network.code, profile=walk.code, minutes="5,10", date="2024-12-31",
            json=str(out), stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip
        data = json.loads(out.read_text())
        assert data["thresholds_s"] == [300, 600]
        assert data["run"] == str(CoverageRun.objects.get().pk)
        whole = [
            s for s in data["sets"][0]["shares"] if s["division"] == "990001" and s["group"] == "residents"
        ]
        assert [row["people"] for row in whole] == [750, 750]

    @pytest.mark.usefixtures("network")
    def test_names_what_exists_when_asked_for_what_does_not(self, walk):
        with pytest.raises(CommandError, match="care-test"):
            call_command("compute_coverage", network="no-such", profile=walk.code)

    @pytest.mark.usefixtures("world")
    def test_if_none_leaves_a_finished_run_alone(self, network, walk):
        for _attempt in range(2):
            call_command(
                "compute_coverage", network=network.code, profile=walk.code, if_none=True,
                stdout=io.StringIO(), stderr=io.StringIO(),
            )  # fmt: skip
        assert CoverageRun.objects.count() == 1
