"""The registry in figures: counted from what is public, people only after small counts are hidden."""

from __future__ import annotations

import uuid

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from facilities.models import CoverageShare, Facility
from geo_registry.reference.models import ReferenceValue
from geo_registry.territory.models import AgeGroup
from maps.models import PublicCoverage
from maps.services import charts, public_coverage, statistics
from tests import factories, little_county


@pytest.fixture
def county(db) -> little_county.LittleCounty:
    factories.ReferenceValueFactory(key="public-statistics-coverage", value=1)
    factories.ReferenceValueFactory(key="suppression-threshold", value=5)
    made = little_county.make()
    # The whole is what its two townships are together.
    for share in CoverageShare.objects.filter(division=made.home):
        share.covered, share.unknown = 2 * share.covered, 20
        share.uncovered = share.people - share.covered - share.unknown
        share.save()
    made.run.finished_at = timezone.now()
    made.run.save()
    made.run.sets.update(facility_ids=[row.pk for row in made.facilities[:4]])
    assert public_coverage.look_for_newer_runs() == 1
    return made


def test_a_page_computes_no_coverage_and_a_run_is_computed_once(county, monkeypatch) -> None:
    monkeypatch.setattr(public_coverage, "public_records", None)
    assert figure("够得着").rows
    assert public_coverage.look_for_newer_runs() == 0
    ReferenceValue.objects.filter(key="suppression-threshold").update(value=8)
    PublicCoverage.objects.all().delete()
    assert not [key for key in told() if "够得着" in key]


def test_what_a_planner_asks_in_other_words_is_not_told_to_the_public(county) -> None:
    before = figure("够得着").rows
    for conditions in (
        {"winter": True},
        {"delivery": True},
        {"capacity": "beds"},
        {"leave_out_failing": True},
    ):
        later = county.run
        later.pk, later._state.adding = uuid.uuid4(), True
        later.parameters = {**later.parameters, **conditions}
        later.created_at = timezone.now()
        later.save()
    assert public_coverage.look_for_newer_runs() == 0
    assert figure("够得着").rows == before
    assert PublicCoverage.objects.count() == 1


def test_a_longer_limit_that_a_planner_typed_is_not_what_the_public_is_told(county) -> None:
    usual = PublicCoverage.objects.get().limit_s
    for number in (1, 2, 3):
        factories.ReferenceValueFactory(key=f"coverage-limit-{number}-min", value=usual // 60 - 3 + number)
    later = county.run
    later.thresholds_s = [*later.thresholds_s, usual * 3]
    later.save()
    assert public_coverage.limit_of(later) == usual
    assert public_coverage.look_for_newer_runs() == 0
    PublicCoverage.objects.update(limit_s=usual * 3)
    assert public_coverage.look_for_newer_runs() == 1
    assert PublicCoverage.objects.get().limit_s == usual, "what was kept of another limit is computed anew"


def test_a_run_whose_parts_do_not_make_up_the_whole_is_not_told_and_not_tried_again(county) -> None:
    PublicCoverage.objects.all().delete()
    CoverageShare.objects.filter(division=county.home).update(
        covered=1, uncovered=F("people") - 1 - F("unknown")
    )
    public_coverage.look_for_newer_runs()
    assert PublicCoverage.objects.get().rows == []
    assert not [key for key in told() if "够得着" in key]
    assert public_coverage.look_for_newer_runs() == 0


def told() -> dict[str, statistics.Figure]:
    return {
        figure.head[0] + figure.title: figure
        for figure in statistics.statistics(day=timezone.localdate()).figures
    }


def figure(part: str) -> statistics.Figure:
    return next(row for key, row in told().items() if part in key)


def test_only_what_is_public_is_counted(county) -> None:
    public = Facility.objects.public().open_on(timezone.localdate()).count()
    assert sum(int(row[1]) for row in figure("各类设施").rows) == public == 5
    assert [row[1] for row in figure("各乡镇").rows] == ["3", "2"]
    assert figure("登记得全不全").rows[1][1:] == ["5", "100.0%"]


def test_coverage_hides_small_counts_and_what_they_could_be_computed_from(county) -> None:
    east = county.villages[0].parent
    for group in (AgeGroup.RESIDENTS, AgeGroup.AGE60):
        shares = CoverageShare.objects.filter(threshold_s=900, group=group)
        shares.filter(division=east).update(uncovered=2, covered=188)
        shares.filter(division=county.home).update(uncovered=12, covered=368)
    public_coverage.compute(county.run)
    rows = figure("够得着").rows
    assert len(rows) == 3
    assert figure("够得着").head[-1] == "占比", "and not what a button for sending a page says"
    by_name = {row[0]: row for row in rows}
    assert by_name["东镇"][2:] == ["※", "※"]
    hidden = [name for name, row in by_name.items() if row[2] == "※"]
    assert len(hidden) > 1, "or it could be subtracted from the rest"


def test_the_office_can_keep_coverage_to_itself(county) -> None:
    ReferenceValue.objects.filter(key="public-statistics-coverage").update(value=0)
    assert not [key for key in told() if "够得着" in key]


def test_a_figure_in_which_a_secret_place_has_a_part_is_not_told(county) -> None:
    secret = Facility.objects.get(number="SECRET")
    county.run.sets.update(facility_ids=[secret.pk])
    assert not [key for key in told() if "够得着" in key]


def test_the_page_has_a_table_behind_each_chart_and_can_be_kept_by_a_proxy(client, county) -> None:
    page = client.get(reverse("maps:statistics"))
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count('<svg class="chart"') == text.count('<details class="statistic-table">') == len(told())
    assert "max-age=600" in page["Cache-Control"]
    assert "public" in page["Cache-Control"]
    assert not page.cookies


def test_the_number_of_queries_does_not_grow_with_the_facilities(
    client, county, django_assert_max_num_queries
) -> None:
    for i in range(30):
        factories.FacilityFactory(
            number=f"MORE-{i}", kind=county.facilities[0].kind, division=county.villages[i % 4]
        )
    with django_assert_max_num_queries(45):
        client.get(reverse("maps:statistics"))


def test_bars_are_as_long_as_their_share_and_none_where_nothing_is_told() -> None:
    drawn = charts.bars([("a", 1.0, "1"), ("b", 0.25, "1/4"), ("c", None, "※")], whole=1.0)
    assert [bar.width for bar in drawn.bars] == [360.0, 90.0, None]
    assert charts.bars([("a", 0, "0")]).bars[0].width == 0.0
