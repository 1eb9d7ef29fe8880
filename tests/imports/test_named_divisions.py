"""Offices keep names, not codes: a township and a village in two columns, in one, or in the address."""

from __future__ import annotations

import pytest

from facilities.models import Facility
from geo_registry.geodata.records import Severity
from geo_registry.imports.services import run_import
from geo_registry.territory.models import Division, PopulatedPlace
from geo_registry.territory.services import DivisionNames, naming
from tests.factories import (
    DivisionFactory,
    KindFactory,
    NameFactory,
    PlaceFactory,
    TownshipFactory,
    point,
    square,
)

from .files import csv_file

pytestmark = pytest.mark.usefixtures("limits")


@pytest.fixture
def towns(county):
    """A second township whose village is called as one of the first."""
    other = TownshipFactory(
        code="990001101",
        name="乙镇",
        parent=county.home,
        boundary=square(106.3, 38.0, half_deg=0.1),
        point=point(106.3, 38.0),
    )
    DivisionFactory(
        code="990001101200", name="西村", parent=other, boundary=square(106.3, 38.0), point=point(106.3, 38.0)
    )
    DivisionFactory(code="990001101201", name="新城社区居委会", parent=other, point=point(106.31, 38.0))
    return county


def code_of(found):
    return Division.objects.get(pk=found.pk).code if found is not None else None


@pytest.mark.parametrize(
    ("township", "village", "code"),
    [
        ("甲镇", "西村", "990001100200"),
        ("乙镇", "西村", "990001101200"),
        ("乙", "西村", "990001101200"),
        ("乙镇人民政府", "西", "990001101200"),
        ("甲镇", "西村村民委员会", "990001100200"),
        ("", "西村", None),
        ("", "东村", "990001100201"),
        ("", "甲镇西村", "990001100200"),
        ("乙镇西村", "", "990001101200"),
        ("甲镇", "", "990001100"),
        ("甲镇", "没有的村", "990001100"),
        # Not 西村, which is known and stands within it.
        ("甲镇", "大西村", "990001100"),
        ("", "大西村", None),
        ("", "甲镇大西村", "990001100"),
        ("", "试验县甲镇西村村委会", "990001100200"),
        ("甲镇", "新城社区", "990001100"),
        ("乙镇", "新城", "990001101201"),
        ("", "新城社区", "990001101201"),
        ("丙镇", "", None),
        ("", "没有的村", None),
    ],
)
def test_divisions_are_found_by_what_two_cells_call_them(towns, township, village, code):
    assert code_of(DivisionNames(towns.home.path).find(township=township, village=village)) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("试验县甲镇西村3组12号", "990001100200"),
        ("乙镇西村村委会院内", "990001101200"),
        ("西村3组", None),
        ("东村敬老院", "990001100201"),
        ("新城社区2号楼", "990001101201"),
        ("甲镇政府旁", "990001100"),
        ("甲镇与乙镇交界", None),
        ("试验县民政局", None),
        ("", None),
    ],
)
def test_divisions_are_found_in_what_an_address_says(towns, text, code):
    assert code_of(DivisionNames(towns.home.path).within_text(text)) == code


def taken(tmp_path, planner, rows, kind="facilities"):
    return run_import(
        kind=kind, path=csv_file(tmp_path / "f.csv", rows), user=planner, source_crs="EPSG:4490"
    )


def test_facilities_lie_where_their_columns_or_their_address_say_and_it_is_told(tmp_path, planner, towns):
    kind = KindFactory()
    road = PlaceFactory(geometry=point(106.05, 38.0), division=towns.east)
    NameFactory(place=road, text="兴隆大院", status="standard")
    rows = [
        {"设施编号": "F1", "名称": "甲饭桌", "乡镇（街道）": "乙镇", "村（社区）": "西村", "地址": ""},
        {"设施编号": "F2", "名称": "乙饭桌", "乡镇（街道）": "甲镇", "村（社区）": "没有的村", "地址": ""},
        {"设施编号": "F3", "名称": "丙饭桌", "乡镇（街道）": "", "村（社区）": "", "地址": "甲镇东村1号"},
        {"设施编号": "F4", "名称": "东村饭桌", "乡镇（街道）": "", "村（社区）": "", "地址": "小学旁"},
        {"设施编号": "F5", "名称": "戊饭桌", "乡镇（街道）": "", "村（社区）": "", "地址": "兴隆大院东侧"},
        {"设施编号": "F6", "名称": "己饭桌", "乡镇（街道）": "", "村（社区）": "", "地址": "不知何处"},
    ]
    report = taken(tmp_path, planner, [{**row, "类型": kind.code} for row in rows])
    lies = dict(Facility.objects.values_list("number", "division__code"))
    assert lies == {
        "F1": "990001101200", "F2": "990001100", "F3": "990001100201", "F4": "990001100201", "F5": "990001100201",
    }  # fmt: skip
    told = {
        issue.row: issue.severity for issue in report.issues if issue.column in {"村（社区）", "地址", "名称"}
    }
    assert told[2] == Severity.NOTE
    assert {told[row] for row in (3, 4, 5, 6)} == {Severity.WARNING}
    assert {str(outcome): n for outcome, n in report.counts.items() if n} == {"new": 5, "refused": 1}


def test_a_code_outranks_names_and_a_point_outside_of_the_named_village_is_told(tmp_path, planner, towns):
    kind = KindFactory()
    rows = [
        {"设施编号": "F1", "行政区划代码": "990001100201", "村（社区）": "西村", "经度": "", "纬度": ""},
        {"设施编号": "F2", "行政区划代码": "", "村（社区）": "东村", "经度": "105.95", "纬度": "38.0"},
    ]
    report = taken(tmp_path, planner, [{**row, "名称": "饭桌", "类型": kind.code} for row in rows])
    assert set(Facility.objects.values_list("division__code", flat=True)) == {"990001100201"}
    assert any(issue.row == 3 and issue.severity == Severity.WARNING for issue in report.issues)


def test_a_facility_that_is_there_stays_where_it_is_whatever_its_address_says(tmp_path, planner, towns):
    kind = KindFactory()
    row = {"设施编号": "F1", "名称": "饭桌", "类型": kind.code, "行政区划代码": "990001100200", "地址": ""}
    taken(tmp_path, planner, [row])
    taken(tmp_path, planner, [{**row, "行政区划代码": "", "地址": "甲镇东村1号"}])
    assert Facility.objects.get().division.code == "990001100200"


def test_people_are_counted_where_the_columns_say(tmp_path, planner, towns):
    rows = [{"编号": "W1", "乡镇": "乙镇", "村": "西村", "统计日期": "2024-12-31", "常住人口": 12}]
    taken(tmp_path, planner, rows, kind="population")
    assert PopulatedPlace.objects.get().division.code == "990001101200"


def test_a_township_by_name_leaves_the_village_to_the_point_and_to_what_is_known(tmp_path, planner, towns):
    kind = KindFactory()
    row = {
        "设施编号": "F1",
        "名称": "饭桌",
        "类型": kind.code,
        "乡镇": "甲镇",
        "经度": "105.95",
        "纬度": "38.0",
    }
    taken(tmp_path, planner, [row])
    assert Facility.objects.get().division.code == "990001100200"
    monthly = {"设施编号": "F1", "名称": "饭桌", "类型": kind.code, "乡镇": "甲镇"}
    for sheet in (monthly, {**monthly, "村": "大西村"}):
        taken(tmp_path, planner, [sheet])
        assert Facility.objects.get().division.code == "990001100200"
    taken(tmp_path, planner, [{**monthly, "乡镇": "乙镇"}])
    assert Facility.objects.get().division.code == "990001101"


def test_people_stay_in_their_village_where_a_row_names_its_township_only(tmp_path, planner, towns):
    row = {"编号": "W1", "乡镇": "乙镇", "村": "西村", "统计日期": "2024-12-31", "常住人口": 12}
    taken(tmp_path, planner, [row], kind="population")
    taken(tmp_path, planner, [{**row, "村": "", "常住人口": 13}], kind="population")
    assert PopulatedPlace.objects.get().division.code == "990001101200"


def test_a_registry_of_too_many_divisions_says_once_that_names_are_not_looked_up(
    tmp_path, planner, towns, monkeypatch
):
    monkeypatch.setattr(naming, "_MOST", 2)
    kind = KindFactory()
    rows = [
        {
            "设施编号": f"F{n}",
            "名称": f"{n}号",
            "类型": kind.code,
            "乡镇": "甲镇",
            "经度": "105.95",
            "纬度": "38.0",
        }
        for n in range(2)
    ]
    report = taken(tmp_path, planner, rows)
    assert [issue.row for issue in report.issues if "more divisions than names" in str(issue.message)] == [
        None
    ]
    assert set(Facility.objects.values_list("division__code", flat=True)) == {"990001100200"}


def test_files_that_name_nobody_in_words_do_not_have_all_names_read(tmp_path, planner, towns, monkeypatch):
    def read(self):
        pytest.fail("the names of all divisions were read")

    monkeypatch.setattr(DivisionNames, "too_many", property(read))
    row = {"设施编号": "F1", "名称": "饭桌", "类型": KindFactory().code, "行政区划代码": "990001100200"}
    taken(tmp_path, planner, [row])
    assert Facility.objects.get().division.code == "990001100200"
