import datetime as dt

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from facilities.models import (
    CapacityReading,
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityOperator,
    FacilityStatus,
    Kind,
    Status,
)
from facilities.services.kinds import settle_kinds
from geo_registry.geodata.records import Severity
from geo_registry.imports.services import run_import
from geo_registry.territory.models import LocationMethod
from tests.factories import DemoSourceFactory, ReferenceValueFactory, SourceFactory, kind_of
from tests.imports.files import csv_file, vector_file, xlsx_file
from tests.imports.test_divisions import counts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("county", "catalogue")]

CANTEEN = {
    "设施编号": "Y1", "名称": "东村老饭桌", "类型": "老饭桌", "行政区划代码": "990001100201", "经度": 106.05, "纬度": 38.0,
    "坐标来源": "地图选点", "状态": "运营", "状态日期": "2023-05-01", "开业日期": "2023-05-01", "供餐能力": "约40份",
    "日均就餐": 20, "公开电话": "0000-0000001", "开放时间": "Mo-Fr 11:00-13:00", "运营方": "甲公司", "运营方式": "公办民营",
    "合同开始": "2023-05-01", "合同截止": "2026-04-30", "建筑面积": "80㎡", "数据日期": "2024-12-31", "公开": "是",
}  # fmt: skip
HOME = {
    "设施编号": "Y2", "名称": "养护院", "类型": "nursing-home", "行政区划代码": "990001100200", "经度": 105.95, "纬度": 38.0,
    "状态": "运营", "状态日期": "2020-01-01", "床位数": 100, "空余床位": 30, "护理型床位": 60, "数据日期": "2024-12-31",
}  # fmt: skip


def take(path, **options):
    options.setdefault("source_crs", "EPSG:4490")
    return run_import(kind="facilities", path=path, **options)


def readings(number):
    rows = CapacityReading.objects.filter(facility__number=number).order_by("measure", "as_of")
    return [(row.measure, row.as_of.isoformat(), row.total, row.vacant) for row in rows]


def warnings(report):
    return [str(issue.message) for issue in report.issues if issue.severity is Severity.WARNING]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_row_of_the_register_becomes_a_facility_with_all_that_is_dated_about_it(
    tmp_path, county, catalogue, suffix
):
    write = csv_file if suffix == "csv" else xlsx_file
    report = take(write(tmp_path / f"f.{suffix}", [CANTEEN]))
    assert counts(report) == {"new": 1}
    assert report.warned_rows == 0
    facility = Facility.objects.get(number="Y1")
    assert (facility.kind.code, facility.division, facility.floor_area_m2) == ("canteen", county.east, 80)
    assert (facility.location_method, facility.published) == (LocationMethod.PICKED, True)
    assert facility.public_phone == "0000-0000001"
    assert facility.status_on(dt.date(2023, 5, 1)).status == Status.OPEN
    assert facility.status_on(dt.date(2023, 4, 30)) is None
    (operator,) = facility.operators.all()
    assert (operator.name, operator.mode, operator.valid_to) == (
        "甲公司",
        "public_private",
        dt.date(2026, 4, 30),
    )
    assert readings("Y1") == [
        ("meals_capacity", "2024-12-31", 40, None),
        ("meals_served", "2024-12-31", 20, None),
    ]
    (function,) = facility.functions.all()
    assert (function.function, function.tier) == (catalogue["meals"], catalogue["village"])


def test_points_of_a_shapefile_in_gbk_go_in(tmp_path, county):
    rows = [{"编号": "Y1", "名称": "东村老饭桌", "类型": "老年饭桌", "区划代码": "990001100201"}]
    path = vector_file(tmp_path / "f.shp", rows, [shapely.Point(106.05, 38.0)], encoding="GBK")
    assert counts(take(path, source_crs=None)) == {"new": 1}
    assert Facility.objects.get().kind.code == "canteen"


def test_the_same_file_twice_changes_nothing(tmp_path):
    path = csv_file(tmp_path / "f.csv", [CANTEEN | {"床位数": "", "空余床位": "", "护理型床位": ""}])
    take(path)

    def everything():
        return [
            list(m.objects.order_by("pk").values())
            for m in (Facility, FacilityStatus, FacilityFunction, FacilityOperator, CapacityReading)
        ]

    before = everything()
    assert counts(take(path)) == {"unchanged": 1}
    assert everything() == before


def test_a_row_without_any_date_changes_nothing_the_next_day(tmp_path, monkeypatch):
    row = {key: CANTEEN[key] for key in ("设施编号", "名称", "类型", "行政区划代码", "状态", "供餐能力")}
    path = csv_file(tmp_path / "f.csv", [row])
    take(path)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: tomorrow)
    assert counts(take(path)) == {"unchanged": 1}
    assert FacilityStatus.objects.count() == 1
    assert CapacityReading.objects.count() == 1


def test_later_figures_are_added_and_earlier_ones_stay(tmp_path):
    take(csv_file(tmp_path / "f.csv", [HOME]))
    later = HOME | {"数据日期": "2025-06-30", "空余床位": 12, "护理型床位": ""}
    assert counts(take(csv_file(tmp_path / "f2.csv", [later]))) == {"changed": 1}
    assert [row for row in readings("Y2") if row[0] == "beds"] == [
        ("beds", "2024-12-31", 100, 30),
        ("beds", "2025-06-30", 100, 12),
    ]


def test_vacancies_alone_count_against_the_beds_that_the_register_knows(tmp_path):
    take(csv_file(tmp_path / "f.csv", [HOME]))
    row = {key: HOME[key] for key in ("设施编号", "名称", "类型")} | {"空余床位": 5, "数据日期": "2025-01-31"}
    assert counts(take(csv_file(tmp_path / "f2.csv", [row]))) == {"changed": 1}
    assert ("beds", "2025-01-31", 100, 5) in readings("Y2")
    report = take(csv_file(tmp_path / "f3.csv", [row | {"空余床位": 101}]))
    assert counts(report) == {"refused": 1}
    assert report.issues[-1].column == "空余床位"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"空余床位": 101}, "空余床位"),
        ({"护理型床位": 101}, "护理型床位"),
        ({"状态": "注销", "状态日期": "2019-01-01", "开业日期": "2020-01-01"}, "状态日期"),
        ({"合同开始": "2024-01-01", "合同截止": "2023-01-01"}, "合同截止"),
        ({"类型": "养老驿站"}, "类型"),
        ({"行政区划代码": "123456"}, "行政区划代码"),
        ({"统一社会信用代码": "91350100M000100Y47"}, "统一社会信用代码"),
        ({"经度": 38.0, "纬度": 105.95}, "经度"),
        ({"床位数": "很多"}, "床位数"),
        ({"名称": ""}, "名称"),
    ],
)
def test_what_cannot_be_is_refused_by_row_and_column(tmp_path, change, column):
    blank = dict.fromkeys(["开业日期", "合同开始", "合同截止", "统一社会信用代码"], "")
    report = take(csv_file(tmp_path / "f.csv", [HOME | blank | {"设施编号": "Y9"}, HOME | blank | change]))
    assert counts(report) == {"new": 1, "refused": 1}
    assert {(i.row, i.column) for i in report.issues if i.severity is Severity.ERROR} == {(3, column)}


def test_hours_that_nobody_can_compute_with_stay_with_a_warning(tmp_path):
    report = take(csv_file(tmp_path / "f.csv", [CANTEEN | {"开放时间": "周六周日上午"}]))
    assert counts(report) == {"new": 1}
    assert report.warned_rows == 1
    assert Facility.objects.get().opening_hours == "周六周日上午"


def test_a_facility_without_co_ordinates_or_capacity_goes_in_with_a_warning(tmp_path):
    blank = {"经度": "", "纬度": "", "供餐能力": ""}
    for key, value in (
        ("import-name-likeness-percent", 80),
        ("import-near-name-likeness-percent", 50),
        ("import-near-m", 100),
    ):
        ReferenceValueFactory(key=key, value=value)
    report = take(csv_file(tmp_path / "f.csv", [CANTEEN | blank]))
    assert counts(report) == {"new": 1}
    assert report.warned_rows == 1
    assert len(warnings(report)) == 2


def test_a_closed_facility_needs_no_capacity(tmp_path):
    report = take(
        csv_file(
            tmp_path / "f.csv",
            [CANTEEN | {"供餐能力": "", "日均就餐": "", "状态": "闲置", "状态日期": "2024-01-01"}],
        )
    )
    assert report.warned_rows == 0


def test_a_personal_mobile_in_the_public_column_stays_with_the_office(tmp_path):
    report = take(csv_file(tmp_path / "f.csv", [CANTEEN | {"公开电话": "13800138000"}]))
    facility = Facility.objects.get()
    assert (facility.public_phone, facility.private_phone) == ("", "13800138000")
    assert report.warned_rows == 1


def test_without_a_code_the_point_says_the_division(tmp_path, county):
    take(csv_file(tmp_path / "f.csv", [CANTEEN | {"行政区划代码": ""}]))
    assert Facility.objects.get().division == county.east


def test_without_a_code_a_point_or_a_name_of_where_it_lies_there_is_no_division(tmp_path):
    nowhere = {"行政区划代码": "", "经度": "", "纬度": "", "名称": "老饭桌", "地址": "村口"}
    report = take(csv_file(tmp_path / "f.csv", [CANTEEN | nowhere]))
    assert counts(report) == {"refused": 1}


def test_functions_are_found_by_code_or_name_and_may_stand_at_another_tier(tmp_path, catalogue):
    report = take(csv_file(tmp_path / "f.csv", [HOME | {"功能": "机构养老;meals@村级;洗澡"}]))
    assert counts(report) == {"new": 1}
    assert any("洗澡" in text for text in warnings(report))
    found = set(FacilityFunction.objects.values_list("function__code", "tier__level"))
    assert found == {("residential-care", 3), ("meals", 5)}


def test_functions_no_longer_named_end_and_new_ones_begin(tmp_path):
    take(csv_file(tmp_path / "f.csv", [CANTEEN | {"功能": "meals"}]))
    path = csv_file(
        tmp_path / "f2.csv",
        [CANTEEN | {"功能": "day-care", "数据日期": "2025-01-01", "供餐能力": "", "日均就餐": ""}],
    )
    assert counts(take(path)) == {"changed": 1}
    rows = FacilityFunction.objects.order_by("pk").values_list("function__code", "valid_from", "valid_to")
    assert list(rows) == [("meals", None, dt.date(2025, 1, 1)), ("day-care", dt.date(2025, 1, 1), None)]


def test_another_operator_leaves_the_facility_its_identity_and_ends_the_contract_of_the_first(tmp_path):
    take(csv_file(tmp_path / "f.csv", [CANTEEN]))
    pk = Facility.objects.get().pk
    handed_over = CANTEEN | {"运营方": "乙公司", "合同开始": "2025-01-01", "合同截止": "2027-12-31"}
    assert counts(take(csv_file(tmp_path / "f2.csv", [handed_over]))) == {"changed": 1}
    assert Facility.objects.get().pk == pk
    rows = FacilityOperator.objects.order_by("valid_from").values_list("name", "valid_from", "valid_to")
    assert list(rows) == [
        ("甲公司", dt.date(2023, 5, 1), dt.date(2025, 1, 1)),
        ("乙公司", dt.date(2025, 1, 1), dt.date(2027, 12, 31)),
    ]


def test_a_new_status_is_added_and_the_old_one_stays_in_the_history(tmp_path):
    take(csv_file(tmp_path / "f.csv", [CANTEEN]))
    paused = CANTEEN | {"状态": "暂停", "状态日期": "2024-11-01"}
    assert counts(take(csv_file(tmp_path / "f2.csv", [paused]))) == {"changed": 1}
    assert list(FacilityStatus.objects.order_by("valid_from").values_list("status", flat=True)) == [
        "open",
        "paused",
    ]


def test_a_cell_of_a_grid_can_be_taken_for_a_facility(tmp_path, county):
    rows = [
        {"id": "89a", "lon": 106.05, "lat": 38.0, "healthcare": 2},
        {"id": "89b", "lon": 106.05, "lat": 38.01, "healthcare": 0},
    ]
    report = take(
        csv_file(tmp_path / "grid.csv", rows),
        where=["healthcare>0"],
        mapping={"number": "id", "name": "id"},
        constants={"kind": "canteen", "status": "运营", "division_code": "990001"},
    )
    assert counts(report) == {"new": 1}
    assert Facility.objects.get().status_on().status == Status.OPEN


def test_a_real_file_takes_a_demo_facility_over_and_nothing_invented_stays(tmp_path):
    take(csv_file(tmp_path / "f.csv", [CANTEEN]), source=DemoSourceFactory())
    real = {key: HOME[key] for key in ("设施编号", "名称", "类型")} | {
        "设施编号": "Y1",
        "数据日期": "2025-01-01",
    }
    report = take(csv_file(tmp_path / "f2.csv", [real]), source=SourceFactory())
    assert counts(report) == {"changed": 1}
    facility = Facility.objects.get()
    assert (facility.is_demo, facility.public_phone, facility.location, facility.published) == (
        False,
        "",
        None,
        False,
    )
    assert not FacilityStatus.objects.exists()
    assert not FacilityOperator.objects.exists()
    assert not CapacityReading.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_rows(tmp_path):
    def rows(number):
        return [CANTEEN | {"设施编号": f"Z{n}"} for n in range(number)]

    def queries(number, name):
        with CaptureQueriesContext(connection) as seen:
            take(csv_file(tmp_path / name, rows(number)))
        return len(seen)

    queries(1, "warm.csv")
    few = queries(100, "few.csv")
    more = queries(400, "many.csv")
    assert abs(more - few) <= 2
    assert more < 45


STATUS = [
    {
        "设施编号": "Y1",
        "状态": "在建",
        "开始日期": "2022-10-01",
        "原因": "改建",
        "依据文件": "民发〔2022〕1号",
    },
    {"设施编号": "Y1", "状态": "运营", "开始日期": "2023-05-01", "原因": "开业", "依据文件": ""},
]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_table_of_changes_gives_facilities_their_history(tmp_path, suffix):
    take(csv_file(tmp_path / "f.csv", [CANTEEN]))
    write = csv_file if suffix == "csv" else xlsx_file
    path = write(tmp_path / f"s.{suffix}", STATUS)
    report = run_import(kind="facility-status", path=path)
    assert counts(report) == {"new": 1, "changed": 1}
    assert counts(run_import(kind="facility-status", path=path)) == {"unchanged": 2}
    facility = Facility.objects.get()
    assert facility.status_on(dt.date(2023, 1, 1)).status == Status.BUILDING
    assert facility.status_on(dt.date(2023, 5, 1)).reason == "开业"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"设施编号": "Y404"}, "设施编号"),
        ({"开始日期": "2023-02-30"}, "开始日期"),
        ({"状态": "开张"}, "状态"),
        ({"状态": "注销", "开始日期": "2020-01-01"}, "开始日期"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_row_and_column(tmp_path, change, column):
    take(csv_file(tmp_path / "f.csv", [CANTEEN]))
    report = run_import(
        kind="facility-status", path=csv_file(tmp_path / "s.csv", [STATUS[0], STATUS[1] | change])
    )
    assert counts(report) == {"new": 1, "refused": 1}
    assert [(i.row, i.column) for i in report.issues if i.severity is Severity.ERROR] == [(3, column)]


def test_a_file_that_says_another_kind_corrects_the_one_of_today_and_the_past_stays(tmp_path, catalogue):
    take(csv_file(tmp_path / "f.csv", [CANTEEN]))
    facility = Facility.objects.get(number="Y1")
    canteen, home = facility.kind, Kind.objects.get(code="nursing-home")
    FacilityKind.objects.create(facility=facility, kind=home, valid_from=None)
    FacilityKind.objects.create(facility=facility, kind=home, valid_from=dt.date(2024, 1, 1))
    Facility.objects.update(kind=home)
    take(csv_file(tmp_path / "g.csv", [CANTEEN | {"名称": "又改回来"}]))
    assert settle_kinds() == 0
    facility.refresh_from_db()
    assert facility.kind == canteen
    assert kind_of(facility, dt.date(2023, 12, 31)) == home.pk


class TestMergedNumbers:
    """A file may still call a facility by the number of the record that was merged into another."""

    @pytest.fixture
    def merged(self, tmp_path):
        take(csv_file(tmp_path / "a.csv", [CANTEEN, CANTEEN | {"设施编号": "Y9", "名称": "东村饭桌"}]))
        kept = Facility.objects.get(number="Y1")
        Facility.objects.filter(number="Y9").update(duplicate_of=kept)
        return kept

    def test_its_row_is_taken_as_the_facility_that_stands(self, tmp_path, merged):
        report = take(csv_file(tmp_path / "b.csv", [CANTEEN | {"设施编号": "Y9", "名称": "东村幸福饭桌"}]))
        merged.refresh_from_db()
        assert (merged.number, merged.name) == ("Y1", "东村幸福饭桌")
        assert Facility.objects.get(number="Y9").name == "东村饭桌"
        assert any("Y9" in str(issue.message) and "Y1" in str(issue.message) for issue in report.issues)

    def test_of_two_rows_of_one_facility_the_one_with_its_own_number_counts(self, tmp_path, merged):
        rows = [CANTEEN | {"设施编号": "Y9", "名称": "旧编号的行"}, CANTEEN | {"名称": "自己编号的行"}]
        report = take(csv_file(tmp_path / "b.csv", rows))
        merged.refresh_from_db()
        assert merged.name == "自己编号的行"
        assert counts(report) == {"changed": 1, "refused": 1}
