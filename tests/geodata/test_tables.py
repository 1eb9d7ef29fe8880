from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from geo_registry.geodata.errors import (
    GeodataError,
    LayerChoiceNeeded,
    LimitExceeded,
    MissingColumns,
    UnknownEncoding,
    UnreadableFile,
    UnsupportedFormat,
)
from geo_registry.geodata.readers import DEFAULT_LIMITS, open_source
from geo_registry.geodata.readers.delimited import sniff_delimiter
from geo_registry.geodata.readers.table import clean_cell, column_letter
from geo_registry.geodata.records import Severity

from .files import compound_file, ods, workbook, xls, xlsx

HEADER = ["设施编号", "名称", "类型", "床位数"]
DATA = [
    ["LW001", "崇兴镇综合养老服务中心", "综合养老服务中心", 30],
    ["LW002", "西湖社区服务站", "服务站", None],
]
TITLED = [
    ["灵武市养老服务设施一览表", None, None, None],
    ["填报单位：民政局", None, None, None],
    HEADER,
    *DATA,
]


def read(path: Path, **options):
    with open_source(path, **options) as source:
        return source, list(source.rows())


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def as_csv(rows) -> str:
    return "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)


@pytest.fixture(params=["xlsx", "xls", "ods", "csv"])
def titled(request, tmp_path):
    path = tmp_path / f"设施.{request.param}"
    if request.param == "csv":
        return csv_file(path, as_csv(TITLED))
    return {"xlsx": xlsx, "xls": xls, "ods": ods}[request.param](path, TITLED)


def test_every_table_format_gives_the_same_rows_with_the_numbers_the_user_sees(titled):
    source, rows = read(titled)
    assert source.format == titled.suffix[1:]
    assert source.columns == tuple(HEADER)
    assert source.header_row == 3
    assert [row.number for row in rows] == [4, 5]
    assert rows[0].values["名称"] == "崇兴镇综合养老服务中心"
    assert rows[0].values["床位数"] in {30, "30"}
    assert rows[1].values["床位数"] is None
    assert rows[0].geometry is None
    assert source.declared_crs is None


def test_rows_can_be_read_twice_and_in_batches(titled):
    with open_source(titled) as source:
        assert list(source.rows()) == list(source.rows())
        assert [len(batch) for batch in source.batches(1)] == [1, 1]


def test_cells_are_plain_python_values(tmp_path):
    path = xlsx(
        tmp_path / "a.xlsx",
        [
            ["a", "b", "c", "d", "e", "f"],
            [1.0, 2.5, True, dt.date(2024, 3, 1), dt.datetime(2024, 3, 1, 8, 30), "\u3000 二〇二四\u200b "],
        ],
    )
    _, rows = read(path)
    assert rows[0].values == {
        "a": 1,
        "b": 2.5,
        "c": True,
        "d": dt.date(2024, 3, 1),
        "e": dt.datetime(2024, 3, 1, 8, 30),
        "f": "二〇二四",
    }
    assert type(rows[0].values["a"]) is int


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (float("nan"), None),
        ("\u3000", None),
        (dt.time(8, 30), "08:30"),
        (640181.0, 640181),
        (1e300, 1e300),
        (True, True),
    ],
)
def test_single_cells(cell, value):
    assert clean_cell(cell) == value


def test_columns_have_the_letters_of_a_spreadsheet():
    assert [column_letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_table_that_does_not_begin_in_a1_keeps_its_row_numbers(tmp_path):
    path = xlsx(
        tmp_path / "a.xlsx", [[], [None, None], [None, "名称", "床位"], [None, "甲", 3], [], [None, "乙", 4]]
    )
    source, rows = read(path)
    assert (source.header_row, [row.number for row in rows]) == (3, [4, 6])
    assert rows[1].values == {"名称": "乙", "床位": 4}


def test_a_vertically_merged_cell_counts_for_each_of_its_rows_and_this_is_told(tmp_path):
    rows = [["乡镇", "名称"], ["崇兴镇", "甲"], [None, "乙"], [None, "丙"], ["郝家桥镇", "丁"]]
    source, read_rows = read(xlsx(tmp_path / "a.xlsx", rows, merge=["A2:A4"]))
    assert [row.values["乡镇"] for row in read_rows] == ["崇兴镇", "崇兴镇", "崇兴镇", "郝家桥镇"]
    assert [str(issue.message) for issue in source.issues] == [
        "Cell A2 is merged over rows 2 to 4; its value was taken for each of them."
    ]


def test_a_merged_title_is_no_header(tmp_path):
    source, _ = read(xlsx(tmp_path / "a.xlsx", TITLED, merge=["A1:D1", "A2:D2"]))
    assert source.columns == tuple(HEADER)


def test_equal_headers_are_told_apart_and_nameless_columns_with_values_are_reported(tmp_path):
    rows = [["名称", "电话", "电话", None], ["甲", "1", "2", "x"]]
    source, read_rows = read(xlsx(tmp_path / "a.xlsx", rows))
    assert read_rows[0].values == {"名称": "甲", "电话": "1", "电话 (2)": "2"}
    assert [(issue.severity, issue.column) for issue in source.issues] == [
        (Severity.WARNING, "电话"),
        (Severity.WARNING, "D"),
    ]


def test_a_header_may_be_named_by_the_user(tmp_path):
    path = csv_file(tmp_path / "a.csv", "1,2\nA,B\nname,beds\n甲,3\n")
    source, rows = read(path, header_row=3)
    assert source.columns == ("name", "beds")
    assert [row.number for row in rows] == [4]
    with pytest.raises(MissingColumns, match="Row 9"):
        open_source(path, header_row=9)


def test_a_table_without_names_is_refused(tmp_path):
    with pytest.raises(MissingColumns, match="No row of column names"):
        open_source(csv_file(tmp_path / "a.csv", "106.3,38.1,5\n106.4,38.2,6\n"))


def test_the_only_sheet_with_data_is_taken_and_a_hidden_one_is_no_question(tmp_path):
    import openpyxl

    path = workbook(tmp_path / "a.xlsx", {"空": [], "设施": [HEADER, *DATA], "选项": [["状态"], ["运营"]]})
    book = openpyxl.load_workbook(path)
    book["选项"].sheet_state = "hidden"
    book.save(path)
    source, rows = read(path)
    assert source.layer == "设施"
    assert len(rows) == 2
    assert read(path, layer="选项")[0].columns == ("状态",)


def test_several_sheets_need_a_choice(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"一": [HEADER, *DATA], "二": [HEADER, *DATA]})
    with pytest.raises(LayerChoiceNeeded, match="一, 二") as caught:
        open_source(path)
    assert caught.value.layers == ("一", "二")
    assert caught.value.file == "a.xlsx"
    assert read(path, layer="二")[0].layer == "二"
    with pytest.raises(LayerChoiceNeeded, match="no sheet “三”"):
        open_source(path, layer="三")


@pytest.mark.parametrize(
    ("encoding", "guessed"),
    [("utf-8", False), ("utf-8-sig", False), ("utf-16", False), ("gb18030", True), ("big5", True)],
)
def test_encodings_are_found(tmp_path, encoding, guessed):
    # Characters that both national standards have.
    text = (
        "名稱,地址\n" + "中山路社區,中山路三十二巷九十九號\n人民路,人民路口安和里\n"
        if encoding == "big5"
        else as_csv([HEADER, *DATA])
    )
    source, rows = read(csv_file(tmp_path / "a.csv", text, encoding))
    assert source.columns == tuple(text.split("\n")[0].split(","))
    assert source.encoding_guessed is guessed
    assert [issue.severity for issue in source.issues] == [Severity.NOTE] * guessed
    assert list(rows[0].values.values())[1] == text.split("\n")[1].split(",")[1]


def test_a_declared_encoding_outranks_the_guess(tmp_path):
    path = csv_file(tmp_path / "a.csv", "名,值\n甲,1\n", "gbk")
    for declared in ("GBK", "gb2312", "936", "GB18030"):
        source, rows = read(path, encoding=declared)
        assert (source.encoding, source.encoding_guessed) == ("gb18030", False)
        assert rows[0].values["名"] == "甲"


def test_a_declared_encoding_that_does_not_fit_names_the_line(tmp_path):
    path = csv_file(tmp_path / "a.csv", "name,n\nabc,1\n甲乙,2\n", "gbk")
    with pytest.raises(UnknownEncoding, match="Line 3") as caught:
        open_source(path, encoding="utf-8")
    assert (caught.value.row, caught.value.file) == (3, "a.csv")


@pytest.mark.parametrize("name", ["klingon", "rot13", "zip", "idna", "unicode_escape", ""])
def test_no_codec_that_is_no_character_set_is_accepted(tmp_path, name):
    path = csv_file(tmp_path / "a.csv", "name,n\nabc,1\n")
    if name:
        with pytest.raises(UnknownEncoding, match="no text encoding"):
            open_source(path, encoding=name)
    else:
        assert read(path, encoding=name)[0].encoding == "utf-8"


def test_one_damaged_byte_in_utf8_is_named_and_not_read_as_gbk(tmp_path):
    text = as_csv([HEADER, *DATA]).encode() + b"LW003," + b"\xe5\xb4" + ",站,1\n".encode()
    (tmp_path / "a.csv").write_bytes(text)
    with pytest.raises(UnknownEncoding, match="Line 4"):
        open_source(tmp_path / "a.csv")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    text = delimiter.join(HEADER) + "\n" + delimiter.join(["1", '"a,b;c|d"', "x", "3"]) + "\n"
    assert sniff_delimiter(text) == delimiter
    _, rows = read(csv_file(tmp_path / "a.csv", text))
    assert rows[0].values["名称"] == "a,b;c|d"


def test_a_line_break_inside_quotes_belongs_to_its_row(tmp_path):
    _, rows = read(csv_file(tmp_path / "a.csv", 'name,note\n甲,"第一行\n第二行"\n乙,x\n'))
    assert [(row.number, row.values["note"]) for row in rows] == [(2, "第一行\n第二行"), (3, "x")]


def test_windows_and_old_mac_line_ends_are_rows(tmp_path):
    for end in ("\r\n", "\r"):
        _, rows = read(csv_file(tmp_path / "a.csv", f"name,n{end}甲,1{end}乙,2{end}"))
        assert [row.number for row in rows] == [2, 3]


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path):
    text = 'name,n\n甲,1\n乙,"2\n' + "丙,3\n" * 100
    limits = replace(DEFAULT_LIMITS, max_text_chars=200)
    with (
        pytest.raises(LimitExceeded, match="quotation mark in or before row 3"),
        open_source(csv_file(tmp_path / "a.csv", text), limits=limits, header_row=1) as source,
    ):
        list(source.rows())


def test_a_text_longer_than_the_limit_is_named_with_its_cell(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["name", "note"], ["甲", "x" * 30], ["乙", "x" * 31]])
    limits = replace(DEFAULT_LIMITS, max_text_chars=30)
    with open_source(path, limits=limits) as source, pytest.raises(LimitExceeded) as caught:
        list(source.rows())
    assert (caught.value.row, caught.value.column) == (3, "note")


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"max_rows": 2}, "more than the 2 rows"),
        ({"max_columns": 3}, "4 columns"),
        ({"max_file_bytes": 10}, "Split it"),
    ],
)
def test_limits_end_in_one_sentence(tmp_path, limits, says):
    path = csv_file(tmp_path / "a.csv", as_csv([HEADER, *DATA, *DATA]))
    with (
        pytest.raises(LimitExceeded, match=says),
        open_source(path, limits=replace(DEFAULT_LIMITS, **limits)) as source,
    ):
        list(source.rows())


@pytest.mark.parametrize(
    "suffix", [".csv", ".xlsx", ".ods", ".xls", ".shp", ".gpkg", ".zip", ".kml", ".osm.pbf"]
)
@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_called_empty(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="is empty"):
        open_source(path)


def test_a_spreadsheet_without_a_cell_is_called_so(tmp_path):
    with pytest.raises(UnreadableFile, match="None of the sheets"):
        open_source(xlsx(tmp_path / "a.xlsx", []))


@pytest.mark.parametrize("make", [xlsx, xls, ods])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_cut_spreadsheet_is_called_damaged(tmp_path, make, keep):
    path = make(tmp_path / f"a.{make.__name__}", [HEADER, *(["x" * 30, str(n), "y", n] for n in range(400))])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(UnreadableFile, match="damaged"), open_source(path) as source:
        list(source.rows())


def test_a_protected_workbook_and_a_word_document_are_called_so(tmp_path):
    for streams, error, says in (
        ({"EncryptedPackage": b"x" * 5000}, UnreadableFile, "password"),
        ({"WordDocument": b"x" * 5000}, UnsupportedFormat, "no spreadsheet"),
    ):
        path = tmp_path / "a.xls"
        path.write_bytes(compound_file(streams))
        with pytest.raises(error, match=says):
            open_source(path)


def test_a_wrong_extension_is_read_by_content_and_told(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [HEADER, *DATA]).rename(tmp_path / "a.csv")
    source, rows = read(path)
    assert (source.format, len(rows)) == ("xlsx", 2)
    assert "by its content it is xlsx" in str(source.issues[-1].message)


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("a.xls", b"<html><body><table></table></body></html>", UnsupportedFormat, "web page"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00", UnsupportedFormat, "is a picture"),
        ("a.dbf", b"\x03\x7c\x01\x01 some", UnsupportedFormat, "one part of a shapefile"),
        ("a.rar", b"Rar!\x1a\x07\x00abc", UnsupportedFormat, "Pack the files into a ZIP"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj\n", UnsupportedFormat, "is a PDF"),
        ("a.xlsx", b"%PDF-1.4\r\n", UnsupportedFormat, "is a PDF"),
        ("a.dwg", b"AC1032\x00\x00\x00", UnsupportedFormat, "CAD drawing"),
        ("a.dxf", b"999\r\nmade\r\n  0\r\nSECTION\r\n  2\r\n", UnsupportedFormat, "CAD drawing"),
        ("a.json", b'{"rows": [1, 2]}', UnsupportedFormat, "no GeoJSON"),
        ("a.xml", b"<data><row/></data>", UnsupportedFormat, "neither KML nor GPX"),
        ("a.txt", b"just a word", None, ""),
    ],
)
def test_other_kinds_of_files_are_named(tmp_path, name, content, error, says):
    path = tmp_path / name
    path.write_bytes(content)
    if error is None:
        assert read(path)[0].columns == ("just a word",)
    else:
        with pytest.raises(error, match=says):
            open_source(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(UnreadableFile, match=r"no file “nothing\.csv”"):
        open_source(tmp_path / "nothing.csv")
    with pytest.raises(UnreadableFile, match="is a folder"):
        open_source(tmp_path)


def test_the_checksum_is_of_the_content(tmp_path):
    import hashlib

    path = csv_file(tmp_path / "a.csv", as_csv([HEADER, *DATA]))
    with open_source(path) as source:
        assert source.sha256() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_xls_with_a_cell_beyond_the_formats_last_column_is_damaged_and_does_not_end_the_process(tmp_path):
    path = xls(tmp_path / "a.xls", [["名称", "床位"], ["甲", 3], ["乙", 4]])
    content = bytearray(path.read_bytes())
    at = content.index(b"\x03\x02\x0e\x00\x02\x00\x01\x00")  # NUMBER, 14 bytes, row 2, column 1
    content[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableFile, match="damaged"):
        open_source(path)


def test_damage_that_makes_the_library_panic_is_damage_like_any_other(tmp_path):
    path = xls(tmp_path / "a.xls", [["名称", "床位"], ["甲", 3]])
    content = bytearray(path.read_bytes())
    panics = 0
    for at in range(1024 + 512, 1024 + 512 + 200):
        for damage in (b"\xfc\x00", b"\x00\x00", b"\x85\x00"):
            broken = bytearray(content)
            broken[at : at + 2] = damage
            path.write_bytes(bytes(broken))
            try:
                with open_source(path) as source:
                    list(source.rows())
            except GeodataError as error:
                panics += type(error.__cause__).__name__ == "PanicException"
    assert panics
