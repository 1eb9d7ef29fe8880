"""The network at a glance and the year's plan, counted by hand on the little county: four villages, a village tier."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from facilities.models import Commitment, FacilityFunction, Function, Measure, Network, Status, Tier
from facilities.services.commitments import queries, standing
from facilities.services.commitments.network import tier_on, tiers_on, year_ends
from geo_registry.accounts.models import Role
from geo_registry.territory.models import DenominatorFlag
from tests import factories
from tests.reference_rows import load_shipped_reference

END_2023, END_2024 = dt.date(2023, 12, 31), dt.date(2024, 12, 31)


@pytest.fixture
def network(county) -> Network:
    return Network.objects.get(code="elderly-care")


def pause(facility, day: dt.date) -> None:
    factories.FacilityStatusFactory(facility=facility, status=Status.PAUSED, valid_from=day)


def commitment(**values) -> Commitment:
    return Commitment.objects.create(
        **{"code": "c", "name_zh": "任务", "title_zh": "任务", "query": "open_facilities", "value": 1}
        | values
    )


class TestTheNetwork:
    def test_counts_villages_with_one_of_their_own_by_dated_status(self, county, network):
        pause(county.facilities[3], dt.date(2024, 6, 1))
        before, after = tier_on(network, 5, END_2023), tier_on(network, 5, END_2024)
        assert (len(before.with_own), len(before.units)) == (4, 4)
        assert [unit.division for unit in after.without] == [county.villages[3]]
        assert after.percent == Decimal("75.0")

    def test_leaves_out_divisions_that_do_not_count(self, county, network):
        DenominatorFlag.objects.create(division=county.villages[0], counted=False)
        found = tier_on(network, 5, END_2024)
        assert len(found.units) == 3
        # Both facilities of the first village stand in no division that counts now.
        assert [row.number for row in found.elsewhere] == ["OPEN-0", "OPEN-4"]

    def test_counts_a_higher_facility_only_at_the_tier_it_declares(self, county, network):
        town = Tier.objects.create(network=network, level=4, name_zh="乡镇级")
        assert [len(one.with_own) for one in tiers_on(network, END_2024)] == [0, 4]
        FacilityFunction.objects.create(
            facility=county.facilities[0], function=Function.objects.get(code="meals"), tier=town
        )
        assert [len(one.with_own) for one in tiers_on(network, END_2024)] == [1, 4]

    def test_has_a_year_end_for_each_year_of_its_history(self, county, network):
        assert year_ends(network, dt.date(2024, 6, 1)) == [dt.date(2022, 12, 31), END_2023]


class TestTheQuestions:
    def test_named_divisions_must_each_have_one(self, county):
        row = commitment(
            parameters={"kinds": ["centre", "canteen"], "divisions": ["东一村", "东湖社区", "无此村"]},
            value=3,
        )
        found = queries.open_facilities(row, END_2024)
        assert found.value == 2
        assert [(item.label, item.counted) for item in found.items] == [
            ("东一村", True), ("东湖社区", True), ("无此村", False),
        ]  # fmt: skip

    def test_a_kind_that_is_not_there_is_said_and_not_counted_as_nothing(self, county):
        found = standing.standing_of(commitment(parameters={"kinds": ["no-such"]}), END_2024)
        assert found.state == standing.State.UNKNOWN
        assert "no-such" in found.wrong

    def test_beds_are_added_up_and_occupancy_is_of_those_known(self, county, network):
        for facility, beds, nursing, residents in (
            (county.facilities[0], 100, 60, 50), (county.facilities[1], 20, 0, None),
        ):  # fmt: skip
            for measure, total in (
                (Measure.BEDS, beds), (Measure.NURSING_BEDS, nursing), (Measure.RESIDENTS, residents),
            ):  # fmt: skip
                if total is not None:
                    factories.CapacityReadingFactory(facility=facility, measure=measure, total=total)
        row = commitment(network=network, query="occupancy")
        assert queries.nursing_share(row, END_2024).value == Decimal("50.0")
        assert queries.occupancy(row, END_2024).value == Decimal("50.0")
        # 120 beds for four times 20 people of 60 and over.
        assert queries.beds_per_1000(row, END_2024).value == Decimal("1500.0")

    def test_every_question_has_its_answer(self):
        assert set(queries.QUERIES) == set(Commitment.Query)

    @pytest.mark.parametrize("query", Commitment.Query.values)
    def test_none_falls_over_an_empty_register(self, db, query):
        row = commitment(query=query, parameters={"post": "no-such"}, year=2024)
        assert standing.standing_of(row, END_2024).commitment == row


class TestACommitment:
    def test_is_judged_on_its_due_day_from_the_dated_history(self, county):
        row = commitment(parameters={"kinds": ["centre"]}, value=3, due=END_2023)
        pause(county.facilities[0], dt.date(2024, 1, 1))
        assert standing.standing_of(row).state == standing.State.DONE
        assert standing.standing_of(row, END_2024).state == standing.State.MISSED

    def test_takes_its_number_from_the_reference_row_that_holds(self, county, network):
        factories.ReferenceValueFactory(key="wanted", value=80)
        row = commitment(network=network, level=5, query="divisions_with_own", value=None, reference="wanted")
        pause(county.facilities[3], dt.date(2024, 6, 1))
        found = standing.standing_of(row, END_2024)
        assert (found.target, found.found.value, found.missing) == (80, Decimal("75.0"), Decimal("5.0"))

    def test_with_neither_number_nor_reference_is_refused(self, db):
        with pytest.raises(ValidationError):
            Commitment(code="c", name_zh="任务", title_zh="任务", query="reported").full_clean()

    def test_that_only_the_office_knows_is_entered_with_a_day(self, county):
        row = commitment(query="reported", value=548, due=END_2024)
        planner = county.people[Role.PLANNER]
        assert standing.standing_of(row).state == standing.State.UNKNOWN
        standing.report(commitment=row, as_of=dt.date(2024, 6, 30), value=Decimal(200), by=planner)
        standing.report(commitment=row, as_of=END_2024, value=Decimal(548), by=planner)
        assert standing.standing_of(row, dt.date(2024, 7, 1)).found.value == 200
        assert standing.standing_of(row).state == standing.State.DONE

    def test_is_reported_by_planners_only_and_never_for_a_day_to_come(self, county):
        row = commitment(query="reported", value=1)
        with pytest.raises(PermissionDenied):
            standing.report(commitment=row, as_of=END_2024, value=Decimal(1), by=county.people[Role.CLERK])
        with pytest.raises(ValidationError):
            standing.report(
                commitment=row, as_of=dt.date(2999, 1, 1), value=Decimal(1), by=county.people[Role.PLANNER]
            )


class TestThePlanThatComesWithTheRelease:
    def test_is_loaded_with_its_source_and_asks_questions_that_exist(self, db):
        load_shipped_reference()
        rows = Commitment.objects.of_year(2024)
        assert rows.count() == 19
        assert {row.source.code for row in rows} == {"work-plan-2024"}
        # No question fails on the shipped parameters: kinds, posts and modes are those of the release.
        assert [row.wrong for row in standing.plan_of(2024) if row.wrong] == []


class TestThePages:
    def test_overview_says_what_the_services_say_and_leads_behind_each_number(self, county, planner, network):
        pause(county.facilities[3], dt.date(2024, 6, 1))
        commitment(parameters={"kinds": ["centre"]}, value=3, year=2024, due=END_2024)
        text = planner.get(reverse("maps:planner"), {"day": "2024-12-31"}).content.decode()
        assert "75%" in text
        assert "西湖社区" in text
        assert f"{reverse('maps:planner_tier', args=['elderly-care', 5])}?day=2024-12-31" in text
        assert reverse("maps:planner_commitment", args=["c"]) in text

    def test_the_plan_and_its_rows_stay_the_same_number_of_queries_however_many_facilities(
        self, county, network, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(12):
            tiers_on(network, END_2024)

    def test_a_tier_lists_those_without_first(self, county, planner):
        pause(county.facilities[3], dt.date(2024, 6, 1))
        page = planner.get(reverse("maps:planner_tier", args=["elderly-care", 5]), {"day": "2024-12-31"})
        assert [row.name for row in page.context["behind"].missing] == [county.villages[3].name]
        assert planner.get(reverse("maps:planner_tier", args=["elderly-care", 3])).status_code == 404

    def test_behind_each_number_stand_as_many_rows_with_their_places(self, county, planner, network):
        town = Tier.objects.create(network=network, level=4, name_zh="乡镇级")
        pause(county.facilities[3], dt.date(2024, 6, 1))
        # A village's centre that serves its township, too: it stands in both numbers, and in both lists.
        FacilityFunction.objects.create(
            facility=county.facilities[0], function=Function.objects.get(code="meals"), tier=town
        )
        overview = planner.get(reverse("maps:planner"), {"day": "2024-12-31"}).context["overview"]
        assert [len(row.standing.facilities) for row in overview.tiers] == [1, 6]
        for row in overview.tiers:
            assert planner.get(row.list_url).context["page"].total == len(row.standing.facilities)
            assert row.trend[-1].url == row.detail_url
            for end in row.trend:
                behind = planner.get(end.url).context["behind"]
                assert (len(behind.counted), len(behind.missing)) == (end.with_own, end.units - end.with_own)
        for row in overview.townships:
            for cell in row.cells:
                shown = planner.get(cell.url)
                if cell.units == 1:
                    assert shown.context["page"].total == cell.facilities
                else:
                    behind = shown.context["behind"]
                    assert (len(behind.counted), shown.context["units"]) == (cell.with_own, cell.units)
        page = planner.get(overview.tiers[1].detail_url)
        row = page.context["behind"].missing[0]
        assert row.lonlat == pytest.approx(county.villages[3].point.coords)
        assert f'data-lon="{row.lonlat[0]:.6f}"' in page.content.decode()

    def test_behind_a_commitment_stand_the_facilities_that_it_counts_each_at_its_place(self, county, planner):
        row = commitment(parameters={"kinds": ["centre"]}, value=3, year=2024, due=END_2024)
        behind = planner.get(reverse("maps:planner_commitment", args=[row.code])).context["behind"]
        assert len(behind.counted) == standing.standing_of(row).found.value == 3
        places = {one.name: one.lonlat for one in behind.counted}
        first = county.facilities[0]
        assert places[first.name] == pytest.approx(first.location.coords)

    def test_a_number_is_entered_on_the_commitments_page_and_by_nobody_else(self, county, planner, client):
        row = commitment(query="reported", value=548, unit="户")
        url = reverse("maps:planner_commitment", args=[row.code])
        sent = {"value": "300", "as_of": "2024-06-30", "document": "半年报"}
        assert planner.post(url, sent).status_code == 302
        assert "300" in planner.get(url).content.decode()
        assert planner.post(url, {"value": "-1", "as_of": "x"}).status_code == 422
        client.force_login(county.people[Role.VIEWER], backend="geo_registry.accounts.backends.PolicyBackend")
        assert client.post(url, sent).status_code == 403
        assert row.readings.count() == 1

    def test_name_to_a_clerk_of_other_townships_only_what_is_public(self, county, clerk):
        row = commitment(parameters={"kinds": ["centre"]}, value=3)
        hidden = county.facilities[2]
        hidden.published = False
        hidden.save()
        tier = clerk.get(reverse("maps:planner_tier", args=["elderly-care", 5])).content.decode()
        own = clerk.get(reverse("maps:planner_commitment", args=[row.code])).content.decode()
        assert county.facilities[0].name in tier
        assert hidden.name not in tier
        assert hidden.name not in own
        # The number itself is the county's.
        assert (
            clerk.get(reverse("maps:planner_commitment", args=[row.code])).context["standing"].found.value
            == 3
        )
