"""Files as offices keep them, through the browser: what a person reads who brings them, and what is not lost on the way."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import Point

from facilities.models import Facility
from geo_registry.accounts.models import Role
from geo_registry.imports.models import Batch
from tests.factories import KindFactory, ReferenceValueFactory
from tests.geodata import files

from .test_imports import choose, press, problems_of

HEADERS = ["设施编号", "名称", "类型", "行政区划代码", "经度", "纬度"]


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
def rows(county):
    """A header and two facilities, whose names tell whether they were read in the right encoding."""
    village = county.villages[0]
    at = village.point
    return [
        HEADERS,
        ["F1", "龙泉饭桌", "老年饭桌", village.code, round(at.x, 6), round(at.y, 6)],
        ["F2", "丰登饭桌", "老年饭桌", village.code, round(at.x + 0.001, 6), round(at.y, 6)],
    ]


def _xls(path, rows):
    return files.xls(path / "台账.xls", rows)


def _ods(path, rows):
    return files.ods(path / "台账.ods", rows)


def _merged(path, rows):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["兴业镇养老服务设施一览表（2024年）"])
    sheet.merge_cells("A1:F1")
    sheet.append(["填表单位：兴业镇人民政府"])
    sheet.merge_cells("A2:F2")
    for row in rows:
        sheet.append(row)
    sheet.append(["合计", "2个"])
    book.save(path / "合并标题.xlsx")
    return path / "合并标题.xlsx"


def _gbk_shapefile(path, rows):
    """A shapefile of 2009: GBK, and nothing that says so."""
    header, *records = rows
    frame = gpd.GeoDataFrame(
        [dict(zip(header[:4], record[:4], strict=True)) for record in records],
        geometry=[Point(record[4], record[5]) for record in records],
        crs="EPSG:4490",
    )
    frame.to_file(path / "设施.shp", encoding="GBK", engine="pyogrio")
    (path / "设施.cpg").unlink(missing_ok=True)
    table = (path / "设施.dbf").read_bytes()
    (path / "设施.dbf").write_bytes(table[:29] + b"\x00" + table[30:])
    with zipfile.ZipFile(path / "设施.zip", "w") as archive:
        for part in path.glob("设施.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    return path / "设施.zip"


def _big5(path, rows):
    traditional = str.maketrans("设编号类纬经饭龙丰灯区", "設編號類緯經飯龍豐燈區")
    lines = [",".join(map(str, row)).translate(traditional) for row in rows]
    text = (
        "\n".join(lines)
        .replace("名称", "名稱")
        .replace("行政區划代码", "行政區劃代碼")
        .replace("类型", "類型")
    )
    text = text.replace("老年飯桌", "the-kind")
    (path / "設施.csv").write_bytes(text.encode("big5"))
    return path / "設施.csv"


@pytest.mark.slow
# GDAL tells of shortened field names in the file's own encoding, which pyogrio cannot read.
@pytest.mark.filterwarnings("ignore:Could not decode error message:RuntimeWarning")
@pytest.mark.parametrize("write", [_xls, _ods, _merged, _gbk_shapefile, _big5])
def test_files_of_every_age_go_in_with_their_names_whole(tab, county, tmp_path, rows, write):
    with tab(person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        choose(opened, write(tmp_path, rows))
        page.locator("input[name=source_crs][value='EPSG:4490']").check()
        assert opened.overflow_px() <= 0
        press(page, "预览", exact=True)
        told = page.locator("#rows").inner_text()
        assert "泉" in told, told
        press(page, "导入：新增2")
        names = set(Facility.objects.filter(number__in=["F1", "F2"]).values_list("name", flat=True))
        assert names in ({"龙泉饭桌", "丰登饭桌"}, {"龍泉飯桌", "豐登飯桌"})
        assert problems_of(opened) == []


@pytest.mark.slow
def test_two_gigabytes_are_refused_in_one_sentence_before_and_after_they_are_sent(
    tab, county, settings, tmp_path, rows
):
    huge = tmp_path / "航拍.gpkg"
    with huge.open("wb") as file:
        file.truncate(2 * 1024**3)
    small = files.xls(tmp_path / "台账.xls", rows)
    with tab(person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open("/office/imports/new/?kind=facilities")
        page.set_input_files("#file", str(huge))
        told = page.locator("main [role=alert]")
        told.wait_for()
        assert told.inner_text() == "上传内容超过一次可接收的512 MB。请拆分文件。"
        page.get_by_role("button", name="上传").click()
        assert told.count() == 1
        # Another file, and the sentence is gone; a server that takes less by now says the same in the same place.
        page.set_input_files("#file", str(small))
        assert told.count() == 0
        settings.IMPORT_MAX_MB = 0
        page.get_by_role("button", name="上传").click()
        told.wait_for()
        assert told.inner_text() == "上传内容超过一次可接收的0 MB。请拆分文件。"
        assert "台账.xls" in page.locator("#chosen").inner_text()
        assert page.get_by_role("button", name="上传").is_enabled()
        assert not Batch.objects.filter(file_name=small.name).exists()
        assert [problem for problem in problems_of(opened) if "422" not in problem] == []


@pytest.mark.slow
def test_what_was_moved_on_the_preview_is_kept_before_the_file_can_go_on(tab, county, tmp_path):
    village = county.villages[0]
    path = tmp_path / "no-place.csv"
    path.write_text(
        f"设施编号,名称,类型,行政区划代码\nX5,无坐标饭桌,老年饭桌,{village.code}\n", encoding="utf-8-sig"
    )
    with tab(person=county.people[Role.CLERK]) as opened:
        page = opened.page
        choose(opened, path)
        press(page, "预览", exact=True)
        send = page.get_by_role("button", name="报批")
        assert send.is_visible()
        marker = page.locator(".leaflet-marker-icon").first
        marker.wait_for()
        marker.focus()
        for _step in range(3):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.locator("#unkept").wait_for()
        assert not send.is_visible()
        # Leaving loses it: the browser asks, and whoever stays has lost nothing.
        asked = []
        page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.get_by_role("link", name="更改读取方式").click()
        assert asked == ["beforeunload"]
        press(page, "保留移动后的位置")
        (moved,) = Batch.objects.get(file_name=path.name).options["positions"].values()
        assert moved[0] > village.point.x
        press(page, "报批")
        assert Batch.objects.get(file_name=path.name).waits
        assert problems_of(opened) == []
