"""A file's whole way in a real browser: chosen, read, matched, looked at, sent for approval or taken in, undone."""

from __future__ import annotations

import openpyxl
import pytest

from facilities.models import Facility
from geo_registry.accounts.models import Role
from geo_registry.imports.models import Batch, ColumnMemory
from tests.factories import FacilityFactory, KindFactory, ReferenceValueFactory, point

from .conftest import DESK, PHONE

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture(autouse=True)
def ready(settings, tmp_path, county):
    settings.IMPORT_DIR = tmp_path / "imports"
    for key, value in (
        ("import-name-likeness-percent", 72),
        ("import-near-name-likeness-percent", 40),
        ("import-near-m", 200),
    ):
        ReferenceValueFactory(key=key, value=value)
    KindFactory(code="the-kind", name_zh="老年饭桌")


@pytest.fixture
def village(county):
    return county.villages[0]


@pytest.fixture
def book(tmp_path, village):
    """A workbook of two sheets, with a title above, a column of the office's own, and a row that cannot be."""
    made = openpyxl.Workbook()
    notes = made.active
    notes.title = "说明"
    notes.append(["填表说明", "某某镇"])
    notes.append(["a", "b"])
    sheet = made.create_sheet("设施")
    sheet.append(["某某镇养老服务设施一览表"])
    sheet.append(["设施编号", "饭桌叫什么", "类型", "行政区划代码", "经度", "纬度", "供餐能力"])
    at = village.point
    for number, capacity in (("X1", "30份"), ("X2", "许多")):
        sheet.append([number, f"新饭桌{number}", "老年饭桌", village.code, at.x, at.y, capacity])
    path = tmp_path / "设施一览表.xlsx"
    made.save(path)
    return path


def press(page, name, *, exact=False):
    """Go to a button with the keyboard, press it, and wait for the page that follows."""
    page.get_by_role("button", name=name, exact=exact).first.focus()
    with page.expect_navigation(wait_until="networkidle"):
        page.keyboard.press("Enter")


def choose(opened, path):
    """Choose kind and file, by the keyboard as far as a browser lets one."""
    page = opened.page
    page.set_default_timeout(60_000)
    opened.open("/office/imports/new/?kind=facilities")
    page.set_input_files("#file", str(path))
    assert path.name in page.locator("#chosen").inner_text()
    page.get_by_role("button", name="上传").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/imports/*-*/")


def preview(opened):
    """Choose the sheet, say what the unknown column is, and go on."""
    page = opened.page
    page.select_option("#layer", "设施")
    press(page, "查看")
    matched = page.locator("select[name^=column-]")
    unknown = next(matched.nth(at) for at in range(matched.count()) if matched.nth(at).input_value() == "")
    unknown.select_option("name")
    page.locator("input[name=source_crs][value='EPSG:4490']").check()
    assert opened.overflow_px() <= 0
    press(page, "预览", exact=True)
    assert page.locator("[aria-current=step]").inner_text() == "预览"


def problems_of(opened):
    return [problem for problem in opened.problems if "favicon" not in problem]


@SIZES
def test_a_planner_brings_a_workbook_takes_it_in_and_undoes_it(tab, county, book, village, size):
    with tab(size=size, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        choose(opened, book)
        preview(opened)
        assert "许多" in page.locator("#rows").inner_text()
        page.locator(".leaflet-marker-icon").first.wait_for()
        assert opened.overflow_px() <= 0
        press(page, "导入：新增1")
        made = Facility.objects.get(number="X1")
        assert made.name == "新饭桌X1"
        assert ColumnMemory.objects.get(field="name").office == county.people[Role.PLANNER].office
        # Somebody goes on with it: an undo does not destroy that.
        Facility.objects.filter(pk=made.pk).update(address="新路1号")
        press(page, "撤销")
        assert made.name in page.locator(".message-warning[role=alert]").inner_text()
        assert Facility.objects.filter(pk=made.pk).exists()
        press(page, "保留")
        assert Facility.objects.filter(pk=made.pk).exists()
        assert Batch.objects.filter(file_name=book.name).get().state == Batch.State.UNDONE
        assert opened.overflow_px() <= 0
        assert problems_of(opened) == []


@SIZES
def test_a_clerk_sends_it_and_a_reviewer_looks_at_the_same_preview_and_approves(tab, county, book, size):
    with tab(size=size, person=county.people[Role.CLERK]) as opened:
        page = opened.page
        choose(opened, book)
        preview(opened)
        assert page.get_by_role("button", name="导入：").count() == 0
        press(page, "报批")
        assert page.get_by_role("button", name="撤回修改").is_visible()
        assert page.get_by_role("button", name="批准导入").count() == 0
        address = page.url.removeprefix(opened.origin)
        assert not Facility.objects.filter(number="X1").exists()
        assert problems_of(opened) == []
    with tab(size=size, person=county.people[Role.REVIEWER], locale="en-GB") as opened:
        page = opened.page
        opened.open(address + "?group=new")
        assert "新饭桌X1" in page.locator("#rows").inner_text()
        assert opened.overflow_px() <= 0
        press(page, "Approve")
        assert Facility.objects.filter(number="X1").exists()
        assert problems_of(opened) == []


def test_what_was_placed_by_its_division_is_moved_with_the_keyboard(tab, county, tmp_path, village):
    path = tmp_path / "no-place.csv"
    path.write_text(
        f"设施编号,名称,类型,行政区划代码\nX5,无坐标饭桌,老年饭桌,{village.code}\n", encoding="utf-8-sig"
    )
    with tab(person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        choose(opened, path)
        press(page, "预览", exact=True)
        press(page, "导入：新增1")
        before = Facility.objects.get(number="X5")
        assert before.location_method == "division"
        marker = page.locator(".leaflet-marker-icon").first
        marker.wait_for()
        marker.focus()
        for _step in range(3):
            page.keyboard.press("ArrowRight")
        with page.expect_response("**/move"):
            page.keyboard.press("Enter")
        after = Facility.objects.get(number="X5")
        assert after.location_method == "picked"
        assert after.location.x > before.location.x
        assert problems_of(opened) == []


def test_a_map_s_own_co_ordinates_are_put_right_with_one_click(tab, county, tmp_path, village):
    import numpy as np

    from geo_registry.geodata.chinese_offsets import wgs84_to_gcj02

    kind = KindFactory(code="k", name_zh="站点类")
    middle = village.point
    known = [
        FacilityFactory(
            number=f"K{n}", name=f"站点{n}号", kind=kind, division=village, location_method="surveyed",
            location=point(middle.x + n * 2e-3, middle.y),
        )
        for n in range(6)
    ]  # fmt: skip
    lon, lat = wgs84_to_gcj02(
        np.array([f.location.x for f in known]), np.array([f.location.y for f in known])
    )
    lines = ["设施编号,名称,类型,行政区划代码,经度,纬度"]
    lines += [
        f"{f.number},{f.name},k,{village.code},{x},{y}" for f, x, y in zip(known, lon, lat, strict=True)
    ]
    path = tmp_path / "picked.csv"
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    with tab(person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        choose(opened, path)
        page.locator("input[name=source_crs][value='EPSG:4326']").check()
        press(page, "预览", exact=True)
        press(page, "改按GCJ-02")
        assert page.get_by_role("button", name="改按GCJ-02").count() == 0
        assert Batch.objects.get(file_name=path.name).options["source_crs"] == "GCJ-02"
        assert problems_of(opened) == []


@SIZES
def test_records_are_taken_out_with_a_few_keys(tab, county, settings, tmp_path, size):
    settings.EXPORTS_DIR = tmp_path / "exports"
    with tab(size=size, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open("/office/imports/export/")
        assert opened.overflow_px() <= 0
        page.locator("input[name=kind][value=facilities]").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="生成文件").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/jobs/**")
        with page.expect_download() as taken:
            page.get_by_role("link", name="下载文件").click()
        assert taken.value.suggested_filename.endswith(".xlsx")
        assert problems_of(opened) == []
