"""Signs as a file: in by asset number, out again without a difference, and never against a sign's life."""

from __future__ import annotations

import datetime

import pytest

from geo_registry.geodata.records import Outcome, Severity
from geo_registry.imports.registry import kind_of
from geo_registry.imports.services import run_import
from geo_registry.imports.services.exporting import export_kind
from placenames.models import Sign, SignSite, SignStep
from placenames.services.signs import inventory
from tests.imports.files import xlsx_file

pytestmark = pytest.mark.django_db
ROW = {"标牌编号": "LP-1", "牌面文字": "兴业路", "经度": 106.002, "纬度": 38.0001}


@pytest.fixture
def take(tmp_path):
    def taken(*rows, **options):
        headers = list(dict.fromkeys(header for row in rows for header in row))
        whole = [dict.fromkeys(headers) | row for row in rows]
        return run_import(
            kind="signs", path=xlsx_file(tmp_path / "signs.xlsx", whole), source_crs="EPSG:4490", **options
        )

    return taken


def errors(report):
    return [str(issue.message) for issue in report.issues if issue.severity is Severity.ERROR]


def test_a_list_comes_in_with_poles_sides_and_house_numbers(take, road):
    both = {"杆号": "DG-12", "杆权属": "供电公司"}
    report = take(
        ROW
        | both
        | {
            "路侧": "右侧",
            "起点方向门牌号": "1–35",
            "终点方向门牌号": "37–99",
            "状态": "已验收",
            "状态日期": "2026-03-01",
        },
        ROW | both | {"标牌编号": "LP-2", "路侧": "左侧"},
    )
    assert (errors(report), report.counts[Outcome.NEW]) == ([], 2)
    sign = Sign.objects.get(asset_number="LP-1")
    assert (sign.status, sign.status_on, sign.site.place, sign.name.text) == (
        "accepted",
        datetime.date(2026, 3, 1),
        road,
        "兴业路",
    )
    assert (sign.site.side, sign.site.numbers_back, sign.site.pole_owner) == ("right", "1–35", "供电公司")
    assert [row.signs.get().asset_number for row in inventory.sharing(sign.site)] == ["LP-2"]
    assert SignStep.objects.filter(sign=sign, status="accepted").exists()
    assert take(ROW | both | {"路侧": "右侧"}).counts[Outcome.UNCHANGED] == 1


def test_what_goes_out_comes_in_without_a_difference(take, tmp_path, standing):
    site = standing[0].site
    site.side, site.pole_number, site.pole_owner, site.numbers_on = "left", "P1", "村委会", "2–40"
    site.save()
    target = tmp_path / "out.xlsx"
    written = export_kind(kind=kind_of("signs"), target=target)
    assert written.rows == 4
    report = run_import(kind="signs", path=target, source_crs="EPSG:4490")
    assert (errors(report), report.counts[Outcome.UNCHANGED]) == ([], 4)
    Sign.objects.all().delete()
    SignSite.objects.all().delete()
    report = run_import(kind="signs", path=target, source_crs="EPSG:4490")
    assert (errors(report), report.counts[Outcome.NEW]) == ([], 4)
    again = SignSite.objects.get(pole_number="P1")
    assert (again.side, again.pole_owner, again.numbers_on, again.place) == (
        "left",
        "村委会",
        "2–40",
        site.place,
    )


def test_a_file_takes_a_sign_one_step_on_and_no_further(take, standing):
    row = {"标牌编号": standing[0].asset_number, "牌面文字": "兴业路"}
    assert take(row | {"状态": "已验收"}).counts[Outcome.CHANGED] == 1
    standing[0].refresh_from_db()
    assert standing[0].status == "accepted"
    assert standing[0].steps.count() == 4
    assert len(errors(take(row | {"状态": "计划"}))) == 1
    assert len(errors(take(row | {"状态": "损坏", "状态日期": "2099-01-01"}))) == 1


@pytest.mark.parametrize(
    "values",
    [{"牌面文字": "没有路"}, {"经度": None, "纬度": None}, {"批次": "没有"}, {"地名页编号": "zzzzzz"}],
)
def test_a_row_that_cannot_be_is_refused_and_named(take, road, values):
    assert len(errors(take(ROW | values))) == 1
    assert not Sign.objects.exists()


def test_of_two_roads_of_one_name_the_near_one_is_meant(take, road, named, town):
    other = type(town).objects.get(name="丙东村")
    named("兴业路", other, (106.3, 38.3), (106.31, 38.3))
    assert errors(take(ROW)) == []
    assert Sign.objects.get().site.place == road


def test_a_clerk_brings_what_the_county_approves(take, road, people):
    from geo_registry.imports.services.approval import needs_approval

    assert needs_approval(people["clerk"], kind_of("signs"))
    assert not needs_approval(people["officer"], kind_of("signs"))
