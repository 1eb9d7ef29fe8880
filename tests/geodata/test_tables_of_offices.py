"""Tables as offices keep them: titles above, totals below, names in two rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from geo_registry.geodata.declarations import Column, Declaration, match_columns
from geo_registry.geodata.readers import open_source
from geo_registry.geodata.readers.table import is_footer, is_total, join_header_rows
from geo_registry.geodata.values import date, integer, text

from .files import ods, xls, xlsx

TITLE = ["灵武市养老服务设施统计表", None, None, None, None, None]
UPPER = ["序号", "名称", "床位", None, None, "电话"]
LOWER = [None, None, "总数", "护理型", "空余", None]
DATA = [[1, "甲敬老院", 30, 10, 5, "0951-4021234"], [2, "乙敬老院", 20, 4, 0, "0951-4025678"]]
TOTAL = ["合 计", None, 50, 14, 5, None]
FOOTER = ["填表人：某某", None, None, "审核人：某某", None, None]
MERGES = ("A1:F1", "A2:A3", "B2:B3", "C2:E2", "F2:F3", "A6:B6")


def csv(path: Path, rows) -> Path:
    lines = (",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("make", [lambda p, rows: xlsx(p, rows, merge=MERGES), xls, ods, csv])
def test_names_in_two_rows_are_joined_and_totals_and_remarks_left_out(tmp_path, make):
    path = make(tmp_path / "a.table", [TITLE, UPPER, LOWER, *DATA, TOTAL, FOOTER])
    with open_source(path) as source:
        rows = list(source.rows())
        said = [str(issue.message) for issue in source.issues]
    assert source.columns == ("序号", "名称", "床位·总数", "床位·护理型", "床位·空余", "电话")
    assert source.header_row == 3
    assert [(row.number, row.values["名称"]) for row in rows] == [(4, "甲敬老院"), (5, "乙敬老院")]
    assert any("rows 2 and 3" in sentence for sentence in said)
    assert any("Row 6 is a row of totals (“合 计”)" in sentence for sentence in said)
    assert any("Row 7 is a remark" in sentence for sentence in said)


def test_a_narrow_upper_row_is_found_by_the_wider_lower_one(tmp_path):
    upper = ["名称", "床位", None, None, None, "人员", None, None]
    lower = [None, "总数", "护理型", "空余", "已用", "男", "女", "合计"]
    path = xlsx(tmp_path / "a.xlsx", [["统计表"], upper, lower, ["甲", 1, 2, 3, 4, 5, 6, 7]])
    with open_source(path) as source:
        assert source.columns[:3] == ("名称", "床位·总数", "床位·护理型")
        assert source.columns[-1] == "人员·合计"
        assert [row.number for row in source.rows()] == [4]


@pytest.mark.parametrize("row", [2, 3])
def test_either_of_two_rows_of_names_may_be_given(tmp_path, row):
    path = xlsx(tmp_path / "a.xlsx", [TITLE, UPPER, LOWER, *DATA])
    with open_source(path, header_row=row) as source:
        assert source.columns[2] == "床位·总数"
        assert len(list(source.rows())) == 2


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        (["名称", "类型", None], ["甲", "养老院", "备注"]),
        (["名称", None, "备注"], ["甲", "乙", None]),
        (["名称", "床位", None], [None, 30, 20]),
        (["名称", "床位"], [None, "三十张"]),
        (["名称", "床位"], [None, None]),
        ([], ["名称"]),
    ],
)
def test_a_row_of_data_is_no_second_row_of_names(upper, lower):
    assert join_header_rows(upper, lower) is None


def test_joined_names_are_matched_whole_or_by_their_lower_name():
    declaration = Declaration(
        "k", (Column("beds", ("床位总数", "总床位"), integer()), Column("phone", ("电话",), text())), key=()
    )
    match = match_columns(declaration, ["床位·总数", "床位·护理型", "联系方式·电话"])
    assert match.headers == {"beds": "床位·总数", "phone": "联系方式·电话"}


@pytest.mark.parametrize(
    "word", ["合计", "合  计", "总计：", "小计", "（合计）", "共计", "Total", "Sub total", "汇总"]
)
def test_totals_are_told(word):
    assert is_total([word, None, 3]) == word
    assert is_total([None, 7, word, 3]) == word


@pytest.mark.parametrize(
    "values", [["合计镇", 3], ["甲", "乙", "合计"], [3, 4], ["小计划幼儿园"], ["甲敬老院", None, None]]
)
def test_names_are_no_totals_and_no_remarks(values):
    assert is_total(values) is None
    assert is_footer(values) is None


@pytest.mark.parametrize(
    "text",
    ["注：床位按核定数", "备注：无", "填表人：某某", "制表日期：2024年3月", "审核人（签字）：", "说明：截至2023年底",
        "数据来源：民政局",
     "填报单位（盖章）：", "单位负责人：某某"],
)  # fmt: skip
def test_remarks_below_the_table_are_told(text):
    assert is_footer([text, None, None, None]) == text
    assert is_footer([text, "x", 3, 4]) is None


@pytest.mark.parametrize("epoch", ["1900", "1904"])
def test_dates_are_the_same_whichever_day_the_workbook_counts_from(tmp_path, epoch):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904 if epoch == "1904" else CALENDAR_WINDOWS_1900
    book.active.append(["名称", "开业日期"])
    book.active.append(["甲", dt.date(2019, 10, 1)])
    book.save(tmp_path / "a.xlsx")
    with open_source(tmp_path / "a.xlsx") as source:
        (row,) = source.rows()
    assert date(row.values["开业日期"]) == dt.date(2019, 10, 1)
