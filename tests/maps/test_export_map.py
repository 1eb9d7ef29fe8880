"""The exported map is one file: nothing in it points anywhere else, and its numbers are the run's."""

from __future__ import annotations

import datetime
import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from facilities.models import CoverageRun
from facilities.services.coverage import compute_coverage
from geo_registry.reference.models import ReferenceValue
from geo_registry.territory.models import Installation
from maps.exports.palette import FAR, colours, step_of
from maps.services import coverage_page as page
from maps.services.coverage_export import ExportError, coverage_html
from tests.conftest import ROOT
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import request_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(world, network, walk):
    return compute_coverage(request=request_for(network, walk))


def test_nothing_in_the_file_is_loaded_from_elsewhere(run):
    text = coverage_html(page.choose(run, {}))
    assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(?!data:)", text)
    assert "@import" not in text
    assert "L.map(" in text


def test_the_table_in_the_file_has_the_runs_numbers(run):
    text = coverage_html(page.choose(run, {"group": "residents"}))
    assert "300 (40.0%)" in text
    assert "1号镇" in text


def test_what_stands_beside_the_shares_is_in_the_file_but_not_in_that_for_the_public(run, county):
    with translation.override("en"):
        text = coverage_html(page.choose(run, {"group": "age60", "set": "tier-5"}))
        for words in (
            "each village one point",
            "served by a neighbour",
            "How evenly it is shared out",
            "Gini",
        ):
            assert words in text
        own = run.sets.get(tier__level=5).coverageown_rows.get(division=county, threshold_s=601)
        assert f"<td>{own.units_with_own} of {own.units}</td>" in text
        Installation.objects.update(map_review_number="测试(2024)001")
        ReferenceValue.objects.get_or_create(key="suppression-threshold", defaults={"value": 10})
        public = coverage_html(page.choose(run, {"group": "age60", "set": "tier-5"}), public=True)
        for words in ("each village one point", "served by a neighbour", "Gini"):
            assert words not in public


def test_it_carries_the_review_number_or_the_mark_for_internal_use(run, county):
    with translation.override("en"):
        assert "Internal use only" in coverage_html(page.choose(run, {}))
        Installation.objects.update(map_review_number="测试(2024)001")
        assert "测试(2024)001" in coverage_html(page.choose(run, {}))


def test_a_name_with_markup_in_it_stays_text(run, towns):
    towns[0].name = "<script>alert(1)</script>"
    towns[0].save()
    assert "<script>alert(1)" not in coverage_html(page.choose(run, {}))


def test_demo_data_is_marked_in_the_file(run):
    run.has_demo_data = True
    run.save()
    with translation.override("en"):
        assert "Demo data" in coverage_html(page.choose(run, {}))


def test_days_are_those_of_the_clock_on_the_wall(run):
    """Half past midnight in Shanghai is still the day before in UTC."""
    CoverageRun.objects.filter(pk=run.pk).update(
        created_at=datetime.datetime(2024, 3, 24, 16, 30, tzinfo=datetime.UTC)
    )
    run.refresh_from_db()
    with translation.override("zh-hans"):
        assert "2024年3月25日计算" in coverage_html(page.choose(run, {}))


class TestForThePublic:
    """One place of the world has ten elders too far from any road: their count is small in a way that adds up."""

    @pytest.fixture
    def public(self, run):
        Installation.objects.update(map_review_number="测试(2024)001")
        ReferenceValue.objects.create(key="suppression-threshold", title_zh="最小公布数", value=20)
        return coverage_html(page.choose(run, {"group": "age60", "limit": "601"}), public=True)

    def test_small_counts_are_hidden_and_so_is_what_would_give_them_away(self, public):
        rows = [
            re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", public)
        ]
        table = {row[0]: row[1:] for row in rows[1:]}
        # 2号镇: 130 elders, none covered, 120 farther, 10 unknown. The 10 are hidden, and with them what 130 − 120 tells.
        assert "10" not in table["2号镇"]
        assert table["2号镇"][-1] == "※"
        assert "※" in table["2号镇"][:-1]

    def test_a_place_tells_how_far_it_is_and_not_how_many_live_there(self, public):
        assert '"people"' not in public

    def test_no_note_counts_the_people_whom_the_table_hides(self, run, public):
        gap = page.gaps(run)[0]
        assert str(run.summary["residents_unsnapped"]) in gap
        assert gap not in public
        assert gap in coverage_html(page.choose(run, {}))

    def test_a_facility_that_is_not_public_is_left_out(self, public):
        assert '"label": "S1' not in public

    def test_without_a_review_number_there_is_no_public_map(self, run):
        with pytest.raises(ExportError):
            coverage_html(page.choose(run, {}), public=True)


class TestTheCommand:
    def test_writes_the_latest_run(self, run, tmp_path):
        target = tmp_path / "map.html"
        call_command("export_map", "coverage", output=str(target), stdout=io.StringIO())
        assert target.stat().st_size < 1_000_000
        assert str(run.pk) in target.read_text()

    def test_names_what_the_run_holds_when_asked_for_what_it_does_not(self, run, tmp_path):
        with pytest.raises(CommandError, match="tier-5"):
            call_command("export_map", "coverage", set="tier-9", output=str(tmp_path / "x.html"))

    def test_says_what_to_do_where_there_is_no_run(self):
        with pytest.raises(CommandError, match="compute_coverage"):
            call_command("export_map", "coverage")


class TestThePalette:
    def test_is_the_design_tokens(self):
        css = (ROOT / "geo_registry/static/site/css/tokens.css").read_text()
        assert tuple(re.findall(r"--far-\d: (#[0-9a-f]{6})", css)) == FAR

    def test_falls_in_lightness_from_step_to_step(self):
        def lightness(colour: str) -> float:
            red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        for steps in (2, 3, 4, 5):
            shades = [lightness(colour) for colour in colours(steps)]
            assert shades == sorted(shades, reverse=True)

    def test_a_limit_includes_its_last_millisecond(self):
        args = {"thresholds_s": [300, 600], "reached": True, "known": True}
        assert step_of(300_000, **args) == 0
        assert step_of(300_001, **args) == 1
        assert step_of(600_001, **args) == 2
