import datetime as dt

import pytest
import shapely

from geo_registry.geodata.errors import MissingColumns, UnknownCrs
from geo_registry.imports.services import run_import
from geo_registry.territory.models import LocationMethod, PopulatedPlace, PopulationCount

from .files import csv_file, vector_file, xlsx_file
from .test_divisions import counts

pytestmark = pytest.mark.django_db

HAMLETS = [
    {"编号": "H1", "名称": "东庄", "类型": "自然村", "行政区划代码": "990001100201", "统计日期": "2020-11-01",
     "常住人口": 120, "60岁及以上": 30, "经度": 106.05, "纬度": 38.01},
    {"编号": "H2", "名称": "西庄", "类型": "自然村", "行政区划代码": "990001100200", "统计日期": "2020-11-01",
     "常住人口": 80, "60岁及以上": 40, "经度": 105.95, "纬度": 38.01},
]  # fmt: skip


def people(code):
    rows = PopulationCount.objects.filter(place__code=code).order_by("group", "as_of")
    return [(row.group, row.as_of.isoformat(), row.people) for row in rows]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_table_brings_places_and_their_dated_counts(tmp_path, county, suffix):
    write = csv_file if suffix == "csv" else xlsx_file
    report = run_import(
        kind="population", path=write(tmp_path / f"人口.{suffix}", HAMLETS), source_crs="EPSG:4490"
    )
    assert counts(report) == {"new": 2}
    place = PopulatedPlace.objects.get(code="H1")
    assert (place.division, place.kind, place.point_method) == (
        county.east,
        "hamlet",
        LocationMethod.IMPORTED,
    )
    assert people("H1") == [("age60", "2020-11-01", 30), ("residents", "2020-11-01", 120)]


def test_cells_as_outlines_are_counted_at_a_point_inside(tmp_path, county):
    rows = [{"id": "C1", "population": 55}]
    path = vector_file(tmp_path / "cells.gpkg", rows, [shapely.box(106.04, 38.0, 106.06, 38.02)])
    report = run_import(kind="population", path=path, constants={"as_of": "2020-11-01", "kind": "cell"})
    assert counts(report) == {"new": 1}
    cell = PopulatedPlace.objects.get()
    assert cell.area.contains(cell.point)
    assert cell.point_method == LocationMethod.ESTIMATED
    assert cell.division == county.east  # found by its point


def test_a_row_without_co_ordinates_lies_at_the_point_of_its_division(tmp_path, county):
    rows = [{key: value for key, value in HAMLETS[0].items() if key not in {"经度", "纬度"}}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows))
    assert counts(report) == {"new": 1}
    place = PopulatedPlace.objects.get()
    assert (place.point, place.point_method) == (county.east.point, LocationMethod.DIVISION)


def test_a_row_without_co_ordinates_and_division_cannot_be_placed(tmp_path, county):
    rows = [{"编号": "H9", "统计日期": "2020-11-01", "常住人口": 9}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows))
    assert counts(report) == {"refused": 1}


def test_a_later_count_is_added_and_the_earlier_stays(tmp_path, county):
    run_import(kind="population", path=csv_file(tmp_path / "p.csv", HAMLETS), source_crs="EPSG:4490")
    later = [HAMLETS[0] | {"统计日期": "2024-12-31", "常住人口": 110, "60岁及以上": ""}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p2.csv", later), source_crs="EPSG:4490")
    assert counts(report) == {"changed": 1}
    assert people("H1") == [
        ("age60", "2020-11-01", 30),
        ("residents", "2020-11-01", 120),
        ("residents", "2024-12-31", 110),
    ]


def test_a_corrected_count_of_the_same_day_replaces_the_wrong_one(tmp_path, county):
    run_import(kind="population", path=csv_file(tmp_path / "p.csv", HAMLETS), source_crs="EPSG:4490")
    path = csv_file(tmp_path / "p2.csv", [HAMLETS[0] | {"常住人口": 121}])
    assert counts(run_import(kind="population", path=path, source_crs="EPSG:4490")) == {"changed": 1}
    assert ("residents", "2020-11-01", 121) in people("H1")


def test_a_part_larger_than_its_whole_is_refused_by_row_and_column(tmp_path, county):
    rows = [HAMLETS[0], HAMLETS[1] | {"60岁及以上": 81}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows), source_crs="EPSG:4490")
    assert counts(report) == {"new": 1, "refused": 1}
    assert [(i.row, i.column) for i in report.issues if i.row] == [(3, "60岁及以上")]


def test_a_point_outside_of_the_village_it_names_goes_in_with_a_warning_in_metres(tmp_path, county):
    rows = [HAMLETS[0] | {"经度": 105.99}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows), source_crs="EPSG:4490")
    assert counts(report) == {"new": 1}
    assert report.warned_rows == 1
    assert "878 m outside of 东村" in str(report.issues[0].message)


def test_a_village_without_a_boundary_is_held_against_its_township(tmp_path, county):
    county.east.boundary = None
    county.east.save()
    rows = [HAMLETS[0] | {"经度": 106.15}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows), source_crs="EPSG:4490")
    assert "甲镇" in str(report.issues[0].message)


def test_swapped_co_ordinates_refuse_the_row_and_nothing_else(tmp_path, county):
    rows = [HAMLETS[0], HAMLETS[1] | {"经度": 38.01, "纬度": 105.95}]
    report = run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows), source_crs="EPSG:4490")
    assert counts(report) == {"new": 1, "refused": 1}
    assert [(i.row, i.column) for i in report.issues if i.row] == [(3, "经度")]
    assert "swapped" in str(report.issues[0].message)


def test_gcj02_points_are_brought_to_the_registrys_co_ordinates(tmp_path, county):
    run_import(kind="population", path=csv_file(tmp_path / "p.csv", HAMLETS), source_crs="GCJ-02")
    point = PopulatedPlace.objects.get(code="H1").point
    assert 0.003 < abs(point.x - 106.05) < 0.008


def test_a_table_in_gbk_is_read(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", HAMLETS, encoding="gbk")
    report = run_import(kind="population", path=path, source_crs="EPSG:4490")
    assert counts(report) == {"new": 2}
    assert PopulatedPlace.objects.get(code="H2").name == "西庄"
    assert report.encoding.lower().replace("-", "") in {"gbk", "gb18030"}


def test_co_ordinates_of_an_unknown_system_are_refused_before_anything_is_done(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", HAMLETS)
    with pytest.raises(UnknownCrs):
        run_import(kind="population", path=path)
    with pytest.raises(UnknownCrs):
        run_import(kind="population", path=path, source_crs="EPSG:999999")
    assert not PopulatedPlace.objects.exists()


def test_a_missing_column_is_named_with_those_found(tmp_path, county):
    rows = [{"村名": "东庄", "人数": 5}]
    with pytest.raises(MissingColumns, match="编号") as caught:
        run_import(kind="population", path=csv_file(tmp_path / "p.csv", rows))
    assert "村名" in str(caught.value)


def test_the_day_may_be_given_for_all_rows(tmp_path, county):
    rows = [{key: value for key, value in row.items() if key != "统计日期"} for row in HAMLETS]
    path = csv_file(tmp_path / "p.csv", rows)
    run_import(kind="population", path=path, source_crs="EPSG:4490", constants={"as_of": "2010-08-01"})
    assert set(PopulationCount.objects.values_list("as_of", flat=True)) == {dt.date(2010, 8, 1)}
