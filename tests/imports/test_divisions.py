import datetime as dt

import pytest
import shapely
from django.utils import timezone

from geo_registry.geodata.errors import GeodataError
from geo_registry.imports.services import run_import
from geo_registry.territory.models import DenominatorFlag, Division, Installation, Level, LocationMethod

from .files import csv_file, vector_file, xlsx_file

pytestmark = pytest.mark.django_db

TREE = [
    {"代码": "990001", "名称": "试验县", "城乡": "", "计入分母": "是", "经度": 106.0, "纬度": 38.0},
    {"代码": "990001100", "名称": "甲镇", "城乡": "乡村", "计入分母": "否", "经度": 106.0, "纬度": 38.1},
    {"代码": "990001100200", "名称": "西村", "城乡": "乡村", "计入分母": "是", "经度": None, "纬度": None},
]


def counts(report):
    return {str(outcome): n for outcome, n in report.counts.items() if n}


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
def test_a_table_of_codes_and_names_makes_the_tree(tmp_path, write):
    suffix = "csv" if write is csv_file else "xlsx"
    report = run_import(
        kind="divisions", path=write(tmp_path / f"区划.{suffix}", TREE), source_crs="EPSG:4490"
    )
    assert counts(report) == {"new": 3}
    village = Division.objects.get(code="990001100200")
    assert village.path == "990001/990001100/990001100200/"
    assert village.level == Level.VILLAGE
    assert village.parent.code == "990001100"
    town = Division.objects.get(code="990001100")
    assert (town.point.x, town.point.y) == (106.0, 38.1)
    assert town.urban_rural == "rural"


def test_outlines_become_boundaries_with_a_point_inside(tmp_path):
    rows = [{"code": row["代码"], "name": row["名称"]} for row in TREE]
    outlines = [shapely.box(105.8, 37.8, 106.2, 38.2), shapely.box(105.9, 37.9, 106.1, 38.1), None]
    report = run_import(
        kind="divisions", path=vector_file(tmp_path / "d.shp", rows, outlines, encoding="UTF-8")
    )
    assert counts(report) == {"new": 3}
    home = Division.objects.get(code="990001")
    assert home.boundary.srid == 4490
    assert home.boundary.num_geom == 1
    assert home.boundary.contains(home.point)
    assert home.point_method == LocationMethod.DIVISION
    assert Division.objects.get(code="990001100200").boundary is None


def test_the_first_root_of_an_empty_registry_is_its_home(tmp_path):
    run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", TREE), source_crs="EPSG:4490")
    assert Installation.home().code == "990001"


def test_the_home_can_be_said_and_may_lie_below_the_root(tmp_path):
    run_import(
        kind="divisions", path=csv_file(tmp_path / "d.csv", TREE), source_crs="EPSG:4490", home="990001100"
    )
    assert Installation.home().code == "990001100"


def test_of_several_roots_none_is_taken_for_the_home(tmp_path):
    rows = [{"代码": "990001", "名称": "甲县"}, {"代码": "980001", "名称": "乙县"}]
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", rows))
    assert Installation.home() is None
    assert any("--home" in str(issue.message) for issue in report.issues)


def test_a_home_that_is_in_no_file_leaves_nothing_behind(tmp_path):
    with pytest.raises(GeodataError, match="123"):
        run_import(
            kind="divisions", path=csv_file(tmp_path / "d.csv", TREE), source_crs="EPSG:4490", home="123"
        )
    assert not Division.objects.exists()


def test_parents_may_come_after_their_children(tmp_path):
    report = run_import(
        kind="divisions", path=csv_file(tmp_path / "d.csv", TREE[::-1]), source_crs="EPSG:4490"
    )
    assert counts(report) == {"new": 3}
    assert Division.objects.get(code="990001100200").path == "990001/990001100/990001100200/"


def test_a_village_whose_township_is_nowhere_is_refused_by_row_and_column(tmp_path):
    rows = [*TREE, {"代码": "990001999200", "名称": "孤村"}]
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", rows), source_crs="EPSG:4490")
    assert counts(report) == {"new": 3, "refused": 1}
    (issue,) = [issue for issue in report.issues if issue.row == 5]
    assert issue.column == "代码"
    assert "990001999" in str(issue.message)


def test_codes_of_another_country_need_their_level(tmp_path):
    rows = [{"代码": "4314902", "名称": "Porto Alegre"}]
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", rows))
    assert counts(report) == {"refused": 1}
    report = run_import(
        kind="divisions", path=csv_file(tmp_path / "d.csv", rows), constants={"level": "县级"}
    )
    assert counts(report) == {"new": 1}


def test_who_is_not_counted_is_flagged_once(tmp_path):
    path = csv_file(tmp_path / "d.csv", TREE)
    for _time in range(2):
        run_import(kind="divisions", path=path, source_crs="EPSG:4490")
    assert list(DenominatorFlag.objects.values_list("division__code", "counted")) == [("990001100", False)]
    assert not Division.objects.counted(dt.date(2024, 1, 1)).filter(code="990001100").exists()


def test_a_flag_that_is_taken_back_keeps_its_days(tmp_path):
    run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", TREE), source_crs="EPSG:4490")
    counted = [row | {"计入分母": "是"} for row in TREE]
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", counted), source_crs="EPSG:4490")
    assert counts(report) == {"changed": 1, "unchanged": 2}
    flags = DenominatorFlag.objects.order_by("pk").values_list("counted", "valid_from", "valid_to")
    today = timezone.localdate()
    assert list(flags) == [(False, None, today), (True, today, None)]


def test_a_village_that_moves_takes_its_path_with_it(tmp_path, county):
    rows = [
        {"代码": "990001101", "名称": "乙镇", "上级代码": ""},
        {"代码": "990001100200", "名称": "西村", "上级代码": "990001101"},
    ]
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", rows))
    assert counts(report) == {"new": 1, "changed": 1}
    assert Division.objects.get(code="990001100200").path == "990001/990001101/990001100200/"


def test_a_home_that_comes_under_its_province_takes_all_with_it_even_what_is_new_in_the_file(
    tmp_path, county
):
    rows = [
        {"代码": "990001", "名称": "试验县", "上级代码": "990000"},
        {"代码": "990000", "名称": "试验省", "上级代码": ""},
        {"代码": "990001100202", "名称": "南村", "上级代码": "990001100"},
    ]
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", rows))
    assert counts(report) == {"new": 2, "changed": 1}
    assert Division.objects.get(code="990001100202").path == "990000/990001/990001100/990001100202/"
    assert Division.objects.get(code="990001100200").path == "990000/990001/990001100/990001100200/"
    assert Installation.home().path == "990000/990001/"


def test_an_ended_division_and_its_successor_of_the_same_code_are_two(tmp_path, county):
    rows = [
        {"代码": "990001100200", "名称": "老西村", "设立日期": "1984-01-01", "撤销日期": "2016-05-01"},
        {"代码": "990001100200", "名称": "西村", "设立日期": "2016-05-01", "撤销日期": ""},
    ]
    path = csv_file(tmp_path / "d.csv", rows[::-1])
    report = run_import(kind="divisions", path=path)
    assert counts(report) == {"new": 1, "changed": 1}
    assert counts(run_import(kind="divisions", path=path)) == {"unchanged": 2}
    assert Division.objects.filter(code="990001100200").count() == 2
    assert Division.objects.on(dt.date(2000, 1, 1)).get(code="990001100200").name == "老西村"


def test_a_division_outside_of_home_is_refused(tmp_path, county):
    report = run_import(
        kind="divisions", path=csv_file(tmp_path / "d.csv", [{"代码": "980001", "名称": "邻县"}])
    )
    assert counts(report) == {"refused": 1}
    assert "试验县" in str(report.issues[0].message)
