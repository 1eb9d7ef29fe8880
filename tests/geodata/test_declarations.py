import datetime as dt

import numpy as np
import pytest
import shapely

from geo_registry.geodata.conditions import parse_condition
from geo_registry.geodata.crs import Converter
from geo_registry.geodata.declarations import LAT, LON, Column, Declaration, match_columns
from geo_registry.geodata.errors import GeodataError, MissingColumns
from geo_registry.geodata.fitting import fit
from geo_registry.geodata.geometry import Family
from geo_registry.geodata.interpretation import Interpreter
from geo_registry.geodata.readers import Row
from geo_registry.geodata.records import Severity
from geo_registry.geodata.values import date, integer, text

PLACES = Declaration(
    kind="places",
    columns=(
        Column("code", ("编号", "code"), text(20), required=True),
        Column("name", ("名称", "name"), text(20)),
        Column("beds", ("床位数", "beds"), integer(units=("张",))),
        Column("width", ("宽度", "width"), integer(), lenient=True),
        Column("as_of", ("日期", "as_of"), date),
        LON,
        LAT,
    ),
    key=("code",),
    shapes=frozenset({Family.POINT}),
)


OFFICES = Declaration(
    kind="offices",
    columns=(
        Column("code", ("行政区划代码", "代码"), text(20), required=True),
        Column("phone", ("联系电话号码",), text(20)),
        Column("mobile", ("联系电话手机",), text(20)),
        Column("opened", ("设立时间年月日", "设立"), text(20)),
    ),
    key=("code",),
)


def test_names_that_a_shapefile_has_cut_are_known_and_it_is_said():
    match = match_columns(OFFICES, ["行政区划代", "设立时"])  # ten bytes of GBK, nine of UTF-8
    assert match.headers == {"code": "行政区划代", "opened": "设立时"}
    notes = [issue for issue in match.issues if issue.severity is Severity.NOTE]
    assert [issue.column for issue in notes] == ["行政区划代", "设立时"]
    assert "ten bytes" in str(notes[0].message)


@pytest.mark.parametrize("header", ["联系电", "行政", "行政区划"])
def test_a_short_name_that_may_be_either_or_was_not_cut_is_nobodys(header):
    assert header not in match_columns(OFFICES, ["代码", header]).headers.values()


@pytest.mark.parametrize(
    "header",
    [
        "床位数",
        "床位數",
        "床 位 数",
        "床位数*",
        "床位数：",
        "床位数（张）",
        "Beds",
        "beds (number)",
        "ＢＥＤＳ",
    ],
)
def test_a_column_is_known_by_any_of_its_names_however_it_is_written(header):
    assert match_columns(PLACES, ["编号", header]).headers["beds"] == header


def test_a_mapping_outranks_what_headers_look_like_and_one_header_may_serve_two_fields():
    match = match_columns(PLACES, ["id", "名称", "编号"], mapping={"code": "id", "name": "id"})
    assert dict(match.headers) == {"code": "id", "name": "id"}
    assert any("编号" in str(issue.message) for issue in match.issues)


def test_a_constant_outranks_a_column_and_is_read_like_a_cell():
    match = match_columns(PLACES, ["编号", "日期"], constants={"as_of": "2010年8月1日"})
    assert match.constants == {"as_of": dt.date(2010, 8, 1)}
    assert "as_of" not in match.headers


def test_a_missing_column_is_named_with_those_that_were_found():
    with pytest.raises(MissingColumns) as caught:
        match_columns(PLACES, ["名称", "床位数"], file="表.xlsx")
    assert "编号 (code)" in str(caught.value)
    assert "名称、床位数" in str(caught.value)
    assert caught.value.file == "表.xlsx"


@pytest.mark.parametrize(
    "options",
    [
        {"mapping": {"code": "没有这一列"}},
        {"mapping": {"nonsense": "编号"}},
        {"constants": {"nonsense": "1"}},
        {"constants": {"as_of": "昨天"}},
    ],
)
def test_mappings_and_constants_that_cannot_be_are_refused_at_once(options):
    with pytest.raises(GeodataError):
        match_columns(PLACES, ["编号"], **options)


def records(rows, headers=("编号", "名称", "床位数", "宽度", "经度", "纬度"), crs="EPSG:4490", **options):
    match = match_columns(PLACES, headers)
    table = [Row(n, dict(zip(headers, cells, strict=False))) for n, cells in enumerate(rows, start=2)]
    return Interpreter(match, converter=Converter(crs), **options).records(table)


def test_a_bad_cell_refuses_its_row_by_number_and_column_and_no_other():
    good, bad = records([("A", "甲", 3), ("B", "乙", "若干")])
    assert not good.refused
    assert bad.refused
    assert [(issue.row, issue.column, issue.severity) for issue in bad.issues] == [
        (3, "床位数", Severity.ERROR)
    ]


def test_every_fault_of_a_row_is_told_at_once():
    (row,) = records([(None, "乙", "若干")])
    assert {issue.column for issue in row.issues} == {"编号", "床位数"}


def test_a_lenient_column_loses_its_cell_and_not_its_row():
    (row,) = records([("A", "甲", 3, "宽")])
    assert not row.refused
    assert "width" not in row.values
    assert row.issues[0].severity is Severity.WARNING


def test_empty_cells_are_not_there():
    (row,) = records([("A", "  ", "—")])
    assert row.values == {"code": "A"}


def test_an_interpretation_is_noted():
    (row,) = records([("A", "甲", "约30张")])
    assert row.values["beds"] == 30
    assert row.issues[0].severity is Severity.NOTE


def test_longitude_and_latitude_make_a_point_in_the_registrys_own_co_ordinates():
    (row,) = records([("A", "甲", 1, None, 496_000, 4_218_000)], crs="EPSG:4545")
    assert row.point.x == pytest.approx(107.9544, abs=1e-4)
    assert row.point.y == pytest.approx(38.0937, abs=1e-3)


@pytest.mark.parametrize(("lon", "lat"), [(38.1, 106.3), ("38.1", "106.3")])
def test_swapped_co_ordinates_are_refused_with_a_word_about_it(lon, lat):
    (row,) = records([("A", "甲", 1, None, lon, lat)])
    assert row.refused
    assert row.issues[0].column == "经度"
    assert "swapped" in str(row.issues[0].message)


def test_swapped_co_ordinates_are_told_where_both_orders_would_be_possible():
    near_porto = (-52.0, -31.0, -50.0, -29.0)
    (row,) = records([("A", "甲", 1, None, -30.05, -51.15)], expected=near_porto)
    assert row.refused
    assert "swapped" in str(row.issues[0].message)


def test_a_point_far_from_home_is_refused():
    (row,) = records([("A", "甲", 1, None, 116.4, 39.9)], expected=(105.0, 37.0, 108.0, 39.0))
    assert row.refused


@pytest.mark.parametrize("word", ["无", "不详", " 暂无 "])
def test_a_word_for_nothing_in_a_column_of_numbers_is_nothing_and_is_reported(word):
    (row,) = records([("A", "甲", word, None, None, None)])
    assert not row.refused
    assert "beds" not in row.values
    assert [(issue.severity, issue.column) for issue in row.issues] == [(Severity.NOTE, "床位数")]
    (many,) = records([("A", "甲", "许多", None, None, None)])
    assert many.refused


def test_one_of_two_co_ordinates_is_not_enough():
    (row,) = records([("A", "甲", 1, None, 106.3, None)])
    assert row.refused
    assert row.issues[0].column == "纬度"


def test_zero_zero_means_unknown():
    (row,) = records([("A", "甲", 1, None, 0, 0)])
    assert not row.refused
    assert row.point is None
    assert row.issues[0].severity is Severity.WARNING


def test_conditions_leave_rows_out_and_count_them():
    headers = ("编号", "床位数")
    conditions = [parse_condition("床位数>0", headers)]
    interpreter = Interpreter(match_columns(PLACES, headers), conditions=conditions)
    found = interpreter.records(
        [Row(n, {"编号": str(n), "床位数": beds}) for n, beds in enumerate([0, 5, None, "7"])]
    )
    assert [record.number for record in found] == [1, 3]
    assert interpreter.left_out == 2


@pytest.mark.parametrize(
    ("condition", "cell", "holds"),
    [
        ("a>0", 1, True),
        ("a>0", "2", True),
        ("a>=10", "9", False),
        ("a=小区", "小区", True),
        ("a!=小区", "网格", True),
        ("a!=小区", None, True),
        ("a=小区", None, False),
        ("a!=", None, False),
        ("a<5", "４", True),
    ],
)
def test_conditions_compare_numbers_as_numbers_and_words_as_words(condition, cell, holds):
    assert parse_condition(condition, ["a"]).holds(Row(1, {"a": cell})) is holds


def test_a_condition_on_a_column_that_is_not_there_is_refused():
    with pytest.raises(MissingColumns, match="healthcare"):
        parse_condition("healthcare>0", ["id", "population"])
    with pytest.raises(GeodataError):
        parse_condition("healthcare", ["healthcare"])


def fitted(geometry, *families):
    result, remarks = fit(np.array([geometry], dtype=object), frozenset(families))
    return result[0], remarks


def test_an_outline_gives_a_point_inside_it_where_only_a_point_is_wanted():
    u_shape = shapely.from_wkt("POLYGON ((0 0, 3 0, 3 3, 2 3, 2 1, 1 1, 1 3, 0 3, 0 0))")
    point, remarks = fitted(u_shape, Family.POINT)
    assert u_shape.contains(point)
    assert not remarks[0].fatal


def test_lines_that_meet_become_one_and_others_stay_apart():
    met, _ = fitted(shapely.from_wkt("MULTILINESTRING ((0 0, 1 0), (1 0, 2 0))"), Family.LINE)
    assert met.geom_type == "LineString"
    apart, _ = fitted(shapely.from_wkt("MULTILINESTRING ((0 0, 1 0), (2 0, 3 0))"), Family.LINE)
    assert apart.geom_type == "MultiLineString"


def test_outlines_are_always_multipolygons():
    outline, _ = fitted(shapely.box(0, 0, 1, 1), Family.POLYGON)
    assert outline.geom_type == "MultiPolygon"


def test_a_geometry_of_another_kind_is_refused_and_both_are_named():
    nothing, remarks = fitted(shapely.Point(0, 0), Family.POLYGON, Family.LINE)
    assert nothing is None
    assert remarks[0].fatal
    assert "a point" in str(remarks[0].message)
    assert "a line or an outline" in str(remarks[0].message)
