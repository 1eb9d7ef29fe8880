"""The inventory as a file: by asset number, with what stands in what, and back again without a difference."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from facilities.importers.assets import ASSETS
from facilities.models import Asset
from facilities.services.assets import files
from geo_registry.geodata.records import Outcome
from geo_registry.imports.registry import ExportScope, kind_of
from geo_registry.imports.services.importing import run_import
from geo_registry.imports.services.sheets import template_xlsx
from tests.imports.files import xlsx_file

pytestmark = pytest.mark.django_db
HEADERS = [column.headers[0] for column in ASSETS.columns]


def row(number, kind="房屋", name="旧校舍", **cells):
    return dict.fromkeys(HEADERS) | {"资产编号": number, "资产类别": kind, "资产名称": name} | cells


def take(path, rows, **options):
    options = {"source_crs": "EPSG:4490"} | options
    return run_import(kind="assets", path=xlsx_file(path / "assets.xlsx", rows), **options)


def reasons(report):
    return " ".join(str(issue.message.params or issue.message.template) for issue in report.issues)


@pytest.fixture
def village(facility):
    return facility.division


def test_rooms_find_their_building_wherever_it_stands_in_the_file(tmp_path, village, facility):
    report = take(
        tmp_path,
        [
            row("R1", "房间", "活动室", 所在资产编号="B1", 面积=40),
            row("E1", "设备", "冰柜", 所在资产编号="R1", 数量="2台"),
            row("B1", 行政区划代码=village.code, 面积="320㎡", 闲置面积=120, 使用情况="部分闲置",
                权属="租用", 租约到期="2027-12-31"),
            row("B2", 使用设施编号=facility.number),
        ],
    )  # fmt: skip
    assert report.counts[Outcome.NEW] == 4, reasons(report)
    building = Asset.objects.get(number="B1")
    assert (building.area_m2, building.idle_area_m2, building.use, building.tenure) == (
        320,
        120,
        "part_idle",
        "leased",
    )
    assert Asset.objects.get(number="E1").parent.parent == building
    assert Asset.objects.get(number="E1").quantity == 2
    assert set(Asset.objects.values_list("division", flat=True)) == {village.pk}
    assert Asset.objects.get(number="B2").facility == facility


def test_each_row_that_cannot_be_is_named_with_its_cell_and_the_rest_goes_in(tmp_path, village):
    report = take(
        tmp_path,
        [
            row("B1", 行政区划代码=village.code, 面积=100),
            row("X1", 所在资产编号="没有这个"),
            row("X2", 使用设施编号="NO-SUCH"),
            row("X3", 行政区划代码=village.code, 面积=100, 闲置面积=101),
            row("X4", "飞机", 行政区划代码=village.code),
            row("X5", 行政区划代码=village.code, 取得日期="2020-01-01", 退出日期="2019-01-01"),
            row("X6", 所在资产编号="X6", 行政区划代码=village.code),
            row("X7"),
            row("B1", 行政区划代码=village.code),
        ],
    )
    assert Asset.objects.get().number == "B1"
    refused = {issue.row: issue.column for issue in report.issues if issue.severity.value == "error"}
    assert refused == {
        3: "所在资产编号", 4: "使用设施编号", 5: "闲置面积", 6: "资产类别", 7: "退出日期", 8: "所在资产编号",
        9: "行政区划代码", 10: "资产编号",
    }  # fmt: skip


def test_the_second_time_nothing_is_new_and_one_changed_cell_is_one_change(tmp_path, village):
    rows = [row("B1", 行政区划代码=village.code, 面积=100, 备注="旧")]
    take(tmp_path, rows)
    assert take(tmp_path, rows).counts[Outcome.UNCHANGED] == 1
    report = take(tmp_path, [rows[0] | {"面积": 110, "备注": None}])
    assert report.counts[Outcome.CHANGED] == 1
    asset = Asset.objects.get()
    assert (asset.area_m2, asset.note) == (110, "旧"), "an empty cell says nothing"
    report = take(tmp_path, [row("B1", 闲置面积=111)])
    assert report.counts[Outcome.REFUSED] == 1, "compared with what the register says of the area"


def test_two_things_cannot_stand_in_each_other(tmp_path, village):
    take(tmp_path, [row("B1", 行政区划代码=village.code), row("R1", "房间", 所在资产编号="B1")])
    report = take(tmp_path, [row("B1", 所在资产编号="R1")])
    assert report.counts[Outcome.REFUSED] == 1
    take(tmp_path, [row("E1", "设备", 所在资产编号="R1")])
    assert take(tmp_path, [row("R2", "房间", 所在资产编号="E1")]).counts[Outcome.REFUSED] == 1


def test_a_dry_run_writes_nothing(tmp_path, village):
    report = take(tmp_path, [row("B1", 行政区划代码=village.code)], dry_run=True)
    assert report.counts[Outcome.NEW] == 1
    assert not Asset.objects.exists()


def test_a_clerk_brings_in_the_own_township_only(tmp_path, village, clerk, there, facility):
    other = Asset.objects.create(number="OTHER", kind="building", name="别处", division=there)
    report = take(
        tmp_path,
        [
            row("B1", 行政区划代码=village.code),
            row("B2", 行政区划代码=there.code),
            row("OTHER", name="改名"),
            row("R9", "房间", 所在资产编号="OTHER", 行政区划代码=village.code),
        ],
        user=clerk,
    )
    assert (report.counts[Outcome.NEW], report.counts[Outcome.REFUSED]) == (1, 3)
    other.refresh_from_db()
    assert other.name == "别处"


def test_what_is_taken_away_comes_back_without_a_difference(tmp_path, village, facility, sign_in, planner):
    take(
        tmp_path,
        [
            row("B1", 行政区划代码=village.code, 面积=320.5, 闲置面积=12.25, 使用情况="部分闲置",
                权属="租赁", 租约到期="2027-12-31",
                取得日期="2009-09-01", 产权单位="村委会", 地址="村委会东侧", 经度=106.05, 纬度=38.0, 备注="=1+1", 外部编号="77"),
            row("E1", "设备", "灶", 所在资产编号="B1", 使用设施编号=facility.number, 数量=3, 退出日期="2030-01-01"),
        ],
    )  # fmt: skip
    content = sign_in(planner).get(reverse("assets:export")).content
    path = tmp_path / "back.xlsx"
    path.write_bytes(content)
    report = run_import(kind="assets", path=path, source_crs="EPSG:4490", blank_empty=True)
    assert report.counts[Outcome.UNCHANGED] == 2, reasons(report)
    assert not [issue for issue in report.issues if issue.severity.value != "note"], reasons(report)
    book = openpyxl.load_workbook(io.BytesIO(content))
    header = [cell.value for cell in book.active[1]]
    assert header == [name for name in HEADERS if name != "坐标"]
    Asset.objects.all().update(parent=None)
    Asset.objects.all().delete()
    assert run_import(kind="assets", path=path, source_crs="EPSG:4490").counts[Outcome.NEW] == 2


def test_the_template_has_drop_downs_and_its_example_can_be_understood(tmp_path, village):
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(kind_of("assets"))))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEADERS
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert len(lists) == 3, "kind, tenure and use"
    example = {header: cell.value for header, cell in zip(HEADERS, sheet[2], strict=True)}
    example |= {"资产编号": "ZC-1", "行政区划代码": village.code}
    report = take(tmp_path, [example])
    assert report.counts[Outcome.NEW] == 1, reasons(report)


def test_assets_in_a_division_are_handed_out_for_an_export(village, there):
    Asset.objects.create(number="B1", kind="building", name="一", division=village)
    Asset.objects.create(number="B2", kind="building", name="二", division=there)
    assert [found.values["number"] for found in files.export_assets(ExportScope(division=there))] == ["B2"]
    assert len(list(files.export_assets(ExportScope()))) == 2
