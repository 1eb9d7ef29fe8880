"""“Excel” files that are web pages or XML: read as the tables that they are."""

from __future__ import annotations

import re
import zipfile

import pytest

from geo_registry.geodata.errors import (
    GeodataError,
    HostileFile,
    LayerChoiceNeeded,
    LimitExceeded,
    UnreadableFile,
    UnsupportedFormat,
)
from geo_registry.geodata.isolation import list_layers_isolated, open_isolated
from geo_registry.geodata.readers import list_layers, open_source

HEAD = (
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>'
    '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
)
PAGE = (
    HEAD
    + """<style>td{mso-number-format:"\\@"}</style></head><body><script>var x = "<table><tr><td>1";</script>
<table border=1><tr><td colspan=4>养老机构一览表</td></tr>
<tr><th rowspan=2>名称</th><th colspan=2>床位</th><th rowspan=2>经度</th></tr><tr><th>总数</th><th>护理型</th></tr>
<tr><td rowspan=2>甲敬老院<td>30<td>10<td x:num="106.3">106.3</tr>
<tr><td>12<td>&nbsp;<td>106.2</tr><tr><td>丙<br>敬老院</td><td>3</td><td>1</td><td>106.1</td></tr></table>"""
)
BOOK = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="设施"><Table><Row><Cell ss:MergeAcross="2"><Data ss:Type="String">一览表</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">名称</Data></Cell><Cell><Data ss:Type="String">床位</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="String">日期</Data></Cell></Row>
<Row><Cell ss:MergeDown="1"><Data ss:Type="String">甲</Data></Cell><Cell><Data ss:Type="Number">3</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="DateTime">2024-03-25T00:00:00.000</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="Number">4.5</Data></Cell></Row></Table></Worksheet>
<Worksheet ss:Name="Sheet2"/></Workbook>"""


def read(path):
    with open_isolated(path) as source:
        return source, [row.values for row in source.rows()]


def test_a_page_that_is_called_xls_is_read_with_its_merged_cells(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(PAGE.encode("gb18030"))
    source, rows = read(path)
    assert source.columns == ("名称", "床位·总数", "床位·护理型", "经度")
    assert [list(row.values()) for row in rows] == [
        ["甲敬老院", "30", "10", "106.3"],
        ["甲敬老院", "12", None, "106.2"],
        ["丙 敬老院", "3", "1", "106.1"],
    ]
    assert (source.encoding, source.header_row) == ("gb18030", 3)
    said = " ".join(str(issue.message) for issue in source.issues)
    assert "by its content it is html" in said
    assert "Cell A4 is merged over rows 4 to 5" in said


def test_a_page_that_lies_about_its_letters_is_read_as_what_it_is(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(PAGE.replace("gb2312", "ascii").encode("gb18030"))
    assert read(path)[1][0]["名称"] == "甲敬老院"


@pytest.mark.parametrize(
    "start",
    [
        "",
        "<!DOCTYPE html>",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0" "x"><html>',
        "<!-- x --><HTML>",
    ],
)
def test_a_bare_table_and_a_page_that_is_never_closed_are_read(tmp_path, start):
    path = tmp_path / "a.xls"
    path.write_text(start + "<table><tr><td>名称<td>床位<tr><td>甲<td>3")
    assert read(path)[1] == [{"名称": "甲", "床位": "3"}]


def test_several_tables_are_chosen_from_and_those_around_them_do_not_count(tmp_path):
    table = "<table><tr><td>名称<td>床位</tr><tr><td>{}<td>3</tr></table>"
    path = tmp_path / "a.xls"
    path.write_text(
        f"<html><table><tr><td>导出</td></tr><tr><td>{table.format('甲')}</td></tr></table>{table.format('乙')}"
    )
    with pytest.raises(LayerChoiceNeeded) as choice:
        open_source(path)
    assert choice.value.layers == ("1", "2")
    assert [layer.name for layer in list_layers(path)] == ["1", "2"]
    with open_source(path, layer="2") as source:
        assert [row.values["名称"] for row in source.rows()] == ["乙"]


def test_an_xml_spreadsheet_of_2003_is_read(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text(BOOK)
    source, rows = read(path)
    assert source.format == "xml-spreadsheet"
    assert rows == [
        {"名称": "甲", "床位": 3, "日期": "2024-03-25"},
        {"名称": "甲", "床位": 4.5, "日期": None},
    ]
    assert [(layer.name, layer.rows) for layer in list_layers_isolated(path)] == [("设施", 5)]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("<html><body>登录已过期，请重新登录</body></html>", UnsupportedFormat),
        ("<table><tr><td colspan=999999999>a<td>b</table>", LimitExceeded),
        ("<table><tr>" + "<td>1" * 100_000, LimitExceeded),
        ("<table>" + "<tr><td>1<td>2" * 1_100_000, LimitExceeded),
        ("<html>" + "<table><tr><td>" * 100_000, UnsupportedFormat),
        ("<html>" + "<!" * 200_000, UnsupportedFormat),
        ("<html>" + "<!-- " * 200_000, UnsupportedFormat),
        ("<html>" + "<?" * 200_000 + "</" * 200_000 + "<a " * 200_000, UnsupportedFormat),
        ("<html><![foo]><![ endif]><![", UnsupportedFormat),
        ('<html><a b="' + "<![foo]" * 200_000, UnsupportedFormat),
        (BOOK.replace('ss:Index="4"', 'ss:Index="99999999"', 1), LimitExceeded),
        (BOOK.replace('<Row ss:Index="3">', '<Row ss:Index="1048577">'), UnreadableFile),
        (BOOK.replace('<Row ss:Index="3">', '<Row ss:Index="1">'), UnreadableFile),
        (BOOK.replace('<Cell ss:Index="4">', '<Cell ss:Index="2">', 1), UnreadableFile),
        (BOOK[:-90], GeodataError),
        (BOOK[: BOOK.index("<Row>")] + "</Table></Worksheet></Workbook>", UnreadableFile),
        (BOOK.replace("<Workbook", '<!DOCTYPE x [<!ENTITY a "b">]><Workbook', 1), HostileFile),
    ],
    ids=[
        "no table", "span", "columns", "cells", "nested", "declarations", "comments", "tags", "sections", "attribute", "index",
        "row far below", "row above", "cell before", "cut", "empty", "entity",
    ],
)  # fmt: skip
def test_pages_made_to_do_harm_end_in_one_sentence(tmp_path, content, error):
    path = tmp_path / "a.xls"
    path.write_text(content)
    with pytest.raises(error, match=r"a\.xls"):
        read(path)


def test_what_excel_and_word_write_for_some_programs_only_is_read(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text(
        "<html><head><!--[if gte mso 9]><xml><x:Name>甲</x:Name></xml><![endif]--><style><!-- td {} --></style></head><body>"
        "<![if !mso]><table><tr><td>名称<!-- <td>x --><td>床位<![if supportMisalignedColumns]><tr height=0><![endif]>"
        '<!-->\n<tr><td title="<!-- -->">甲<<!-- -->乙<td>3 < 4</table><![endif]><script>"<!--<table>"</script >'
    )
    assert read(path)[1] == [{"名称": "甲<乙", "床位": "3 < 4"}]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_page_is_the_same_in_whatever_pieces_it_comes(tmp_path, monkeypatch, size):
    page = PAGE.replace(
        "<tr><th", "<!-- > <tr> --!><![if !mso]><?x y?><style/><script x='/'>'</script'</SCRIPT ><tr><th", 1
    )
    path = tmp_path / "a.xls"
    path.write_bytes(page.encode("gb18030"))
    with open_source(path) as source:
        whole = [row.values for row in source.rows()]
    monkeypatch.setattr("geo_registry.geodata.readers.web_table._BLOCK_BYTES", size)
    with open_source(path) as source:
        assert [row.values for row in source.rows()] == whole
    assert whole[0]["床位·总数"] == "30"


def test_an_xml_spreadsheet_has_as_many_rows_as_excel(tmp_path):
    rows = "".join(
        f"<Row{index}><Cell><Data ss:Type='String'>r{n}</Data></Cell><Cell><Data ss:Type='Number'>{n}</Data></Cell></Row>"
        for n, index in ((1, ""), (65535, " ss:Index='65535'"), (65536, ""), (65537, ""), (70000, " ss:Index='70000'"),
                         (70001, ""), (1048576, " ss:Index='1048576'"))
    )  # fmt: skip
    head = "<Row><Cell><Data ss:Type='String'>名称</Data></Cell><Cell><Data ss:Type='String'>床位</Data></Cell></Row>"
    path = tmp_path / "a.xml"
    path.write_text(
        BOOK[: BOOK.index("<Row>")] + head + rows.replace("r1<", "r2<", 1) + "</Table></Worksheet></Workbook>"
    )
    with open_source(path) as source:
        found = [(row.number, row.values["床位"]) for row in source.rows()]
    assert found == [
        (2, 1),
        (65535, 65535),
        (65536, 65536),
        (65537, 65537),
        (70000, 70000),
        (70001, 70001),
        (1048576, 1048576),
    ]


def test_a_row_far_below_is_no_memory(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text(BOOK.replace('<Row><Cell ss:Index="2">', '<Row ss:Index="1048576"><Cell ss:Index="2">'))
    assert len(read(path)[1]) == 3  # the merged cell reaches over one row without anything else


def test_a_table_in_a_map_s_description_makes_it_no_web_page(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(
        '<!-- x --><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><description><![CDATA[<html><table>'
        "</table></html>]]></description><Point><coordinates>106,38</coordinates></Point></Placemark></Document></kml>"
    )
    assert read(path)[0].format == "kml"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "~$设施.xlsx",
            b"\x05admin" + b" " * 49 + b"\x05\x00a\x00d\x00m\x00i\x00n\x00" + b" \x00" * 40,
            "without “~$”",
        ),
        (".~lock.设施.ods#", b",user,host,25.03.2024 10:00,file:///x;", "without “.~lock.”"),
        ("~设施.et", b"\x05admin\x00\x00" + b" " * 40, "without “~”"),
        ("a.xls", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<table>", "web page"),
        ("a.xlsx", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "is a picture"),
    ],
)
def test_what_lies_beside_a_table_is_named(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnsupportedFormat, match=re.escape(says)):
        open_source(path)


@pytest.mark.parametrize(
    ("member", "says"),
    [
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a presentation"),
        ("OFD.xml", "an OFD document"),
    ],
)
def test_other_documents_of_an_office_are_named(tmp_path, member, says):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "<x/>")
    with pytest.raises(UnsupportedFormat, match=says):
        open_source(path)


def test_a_small_table_with_a_wave_in_its_name_is_no_mark_of_an_open_file(tmp_path):
    path = tmp_path / "~草稿.csv"
    path.write_text("名称,床位\n甲,3\n")
    assert read(path)[1] == [{"名称": "甲", "床位": "3"}]
