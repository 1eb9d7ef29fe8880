"""What offices really send: archives of Windows and of Macs, half a shapefile, maps of programs, workbooks of other programs."""

from __future__ import annotations

import zipfile

import pytest

from facilities.importers import FACILITIES
from geo_registry.geodata.declarations import match_columns
from geo_registry.geodata.errors import HostileFile, LayerChoiceNeeded, UnknownEncoding, UnreadableFile
from geo_registry.geodata.readers import list_layers, open_source
from geo_registry.geodata.readers.encoding_choice import encoding_candidates
from geo_registry.geodata.readers.layers import numbered
from geo_registry.geodata.readers.shapefile_check import index_of

from .files import kml, kml_text, ods, shapefile, workbook, zipped


def read(path, **options):
    with open_source(path, **options) as source:
        rows = [list(row.values.values()) for row in source.rows()]
        return source, rows, [str(issue.message) for issue in source.issues]


# -- shapefiles ------------------------------------------------------------------------------------


def test_a_table_without_the_mark_behind_its_fields_is_read(tmp_path):
    path = shapefile(tmp_path)
    whole = read(path)[1]
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    header = int.from_bytes(content[8:10], "little")
    assert content[header - 1] == 0x0D
    content[8:10] = (header - 1).to_bytes(2, "little")
    del content[header - 1]
    table.write_bytes(content)
    assert read(path)[1] == whole
    content[8:10] = (header - 33).to_bytes(2, "little")
    table.write_bytes(content)
    with pytest.raises(UnreadableFile, match="dbf"):
        read(path)


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        (("x", "x", "x (2)"), ("x", "x (3)", "x (2)")),
        (("x (2)", "x", "x", "x"), ("x (2)", "x", "x (3)", "x (4)")),
        (("2", "", "x"), ("2", "", "x")),
    ],
)
def test_no_two_layers_have_one_name(names, unique):
    assert numbered(names) == unique


def test_the_layers_of_a_shapefile_are_told_although_it_lies_about_its_text(tmp_path):
    path = shapefile(tmp_path, encoding="GBK", cpg="UTF-8")
    (layer,) = list_layers(path)
    assert (layer.name, layer.rows, layer.columns) == ("设施", 3, 3)


def test_a_shapefile_without_its_index_is_read_and_it_is_said(tmp_path):
    path = shapefile(tmp_path)
    whole = read(path)[1]
    kept = path.with_suffix(".shx").read_bytes()
    path.with_suffix(".shx").unlink()
    _source, rows, issues = read(path)
    assert rows == whole
    assert any(".shx" in issue for issue in issues)
    assert not path.with_suffix(".shx").exists()
    assert list_layers(path)[0].rows == 3
    assert index_of(path, name="a") == kept


def test_shapefiles_of_one_name_in_several_folders_can_both_be_chosen(tmp_path):
    folder = shapefile(tmp_path / "a").parent
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for year in ("2023", "2024"):
            for part in sorted(folder.iterdir()):
                archive.writestr(f"{year}/{part.name}", part.read_bytes())
    names = [layer.name for layer in list_layers(path)]
    assert names == ["设施", "设施 (2)"]
    for name in names:
        assert len(read(path, layer=name)[1]) == 3
    with pytest.raises(LayerChoiceNeeded):
        open_source(path)


# -- archives --------------------------------------------------------------------------------------


def test_what_lies_beside_the_data_in_an_archive_does_not_keep_it_from_being_read(tmp_path):
    path = zipped(tmp_path / "a.zip", shapefile(tmp_path / "a").parent)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("说明.docx", b"PK")
        archive.writestr("__MACOSX/._设施.shp", b"x")
        archive.writestr("统计表.xlsx", b"PK")
        archive.writestr("点.csv", b"a,b\n1,2\n")
    _source, rows, issues = read(path)
    assert len(rows) == 3
    (issue,) = issues
    assert "统计表.xlsx" in issue
    assert "点.csv" in issue
    assert "docx" not in issue


def test_an_archive_of_nothing_but_archives_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("说明.txt", b"x")
        archive.writestr("里面.zip", b"PK")
    with pytest.raises(HostileFile, match=r"里面\.zip"):
        open_source(path)


# -- KML -------------------------------------------------------------------------------------------

POINT = "<Point><coordinates>106.34,38.10</coordinates></Point>"
TABLE = "<table><tr><td>设施编号</td><td>K1</td></tr><tr><th>床位数：</th><td> 20 <b>张</b></td></tr></table>"

NESTED = (
    "<html><head><style>td {}</style></head><body><table><tr><td>甲</td></tr>"
    f"<tr><td>{TABLE}</td></tr></table></body></html>"
)


def described(text):
    return f"<Placemark><name>甲</name><description><![CDATA[{text}]]></description>{POINT}</Placemark>"


@pytest.mark.parametrize(
    "text",
    [TABLE, NESTED],
)
def test_attributes_that_stand_as_a_table_in_the_description_are_columns(tmp_path, text):
    source, rows, issues = read(kml(tmp_path / "a.kml", described(text)))
    assert source.columns == ("name", "description", "folder", "设施编号", "床位数")
    assert rows == [["甲", None, None, "K1", "20 张"]]
    assert any("设施编号、床位数" in issue for issue in issues)


def test_a_description_with_tags_is_read_as_its_text(tmp_path):
    text = "<div>备注：<b>巷口</b><br/>拍摄&amp;登记</div>"
    _source, rows, _issues = read(kml(tmp_path / "a.kml", described(text)))
    assert rows[0][1] == "备注：巷口\n拍摄&登记"


def test_what_a_description_says_beside_its_table_is_kept(tmp_path):
    text = f"<p>重要说明</p>{TABLE}<p>请先电话联系</p>"
    _source, rows, _issues = read(kml(tmp_path / "a.kml", described(text)))
    assert rows == [["甲", "重要说明\n请先电话联系", None, "K1", "20 张"]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<b>巷口</b><![if !mso]><![foo]>的<![ endif]>井<!-- x -->", "巷口的井"),
        ("<b>巷口</b>" + "<!-- " * 150_000, "巷口"),
        ("<b>巷口</b>" + "<?" * 150_000 + "</" * 150_000, "巷口"),
    ],
    ids=["sections", "comments", "tags"],
)
def test_a_description_made_to_do_harm_is_read_as_its_text(tmp_path, text, says):
    _source, rows, _issues = read(kml(tmp_path / "a.kml", described(text)))
    assert rows[0][1] == says


def test_what_a_placemark_says_itself_outranks_the_table_in_its_description(tmp_path):
    own = "<ExtendedData><Data name='设施编号'><value>K9</value></Data></ExtendedData>"
    placemark = described(TABLE).replace("<Point>", f"{own}<Point>")
    assert "K9" in read(kml(tmp_path / "a.kml", placemark))[1][0]


@pytest.mark.parametrize("encoding", ["GB2312", "gbk", "GB18030", "Big5"])
def test_kml_in_a_chinese_encoding_is_read(tmp_path, encoding):
    text = kml_text(f"<Placemark><name>何家村</name>{POINT}</Placemark>").replace("UTF-8", encoding)
    path = tmp_path / "a.kml"
    path.write_bytes(text.encode(encoding))
    source, rows, _issues = read(path)
    assert rows[0][0] == "何家村"
    assert source.encoding == ("big5" if encoding == "Big5" else "gb18030")


def test_of_several_kml_in_a_kmz_the_user_chooses_and_those_without_placemarks_are_no_choice(tmp_path):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("doc.kml", kml_text("<NetworkLink/>"))
        archive.writestr("村.kml", kml_text(f"<Placemark><name>甲村</name>{POINT}</Placemark>"))
        archive.writestr("巷.kml", kml_text(f"<Placemark><name>乙巷</name>{POINT}</Placemark>" * 2))
    assert {(layer.name, layer.rows) for layer in list_layers(path)} == {("村", 1), ("巷", 2)}
    with pytest.raises(LayerChoiceNeeded):
        open_source(path)
    assert read(path, layer="村")[1] == [["甲村", None, None]]


# -- tables ----------------------------------------------------------------------------------------


def test_texts_that_a_csv_protects_as_formulas_are_read_as_the_texts(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('编号,电话,名称\n="001",="09514020001",甲"\n="002","=""b""",乙\n', "utf-8")
    _source, rows, issues = read(path)
    assert [row[:2] for row in rows] == [["001", "09514020001"], ["002", "b"]]
    assert len(issues) == 1


def test_a_damaged_character_in_a_text_is_named_by_its_line(tmp_path):
    path = tmp_path / "a.csv"
    text = "编号,名称\n1,崇兴镇敬老院\n2,东塔镇敬老院\n".encode("gbk")
    path.write_bytes(text.replace("东塔".encode("gbk"), b"\xff\xb6"))
    with pytest.raises(UnknownEncoding, match="Line 3") as told:
        open_source(path)
    assert told.value.row == 3


@pytest.mark.parametrize(
    ("encoding", "offered"),
    [("utf-8", ["utf-8", "gb18030"]), ("gbk", ["gb18030", "big5"]), ("utf-16", ["utf-16"])],
)
def test_only_encodings_are_offered_in_which_the_text_may_be_written(tmp_path, encoding, offered):
    path = tmp_path / "a.csv"
    path.write_bytes("编号,名称\n1,崇兴镇敬老院\n2,东塔镇敬老院\n".encode(encoding))
    found = [candidate.name for candidate in encoding_candidates(path) if candidate.fits]
    assert found[0] == offered[0]
    assert set(found) <= set(offered)


def test_names_over_names_over_names(tmp_path):
    rows = [
        ["儿童之家一览表", None, None, None, None, None, None],
        ["编号", "名称", "基本情况", None, None, "管理", None],
        [None, None, "位置", None, "规模", "状态", "电话"],
        [None, None, "经度", "纬度", "面积", None, None],
        ["A1", "甲", 106.3, 38.1, "60平方米", "运营", "0951-4020000"],
        ["A2", "乙", 106.3, 38.1, "60平方米", "运营", "0951-4020000"],
    ]
    source, found, issues = read(workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert source.columns == (
        "编号", "名称", "基本情况·位置·经度", "基本情况·位置·纬度", "基本情况·规模·面积", "管理·状态", "管理·电话",
    )  # fmt: skip
    assert [row[0] for row in found] == ["A1", "A2"]
    assert any("2 to 4" in issue for issue in issues)
    # As the page sends it back, and as somebody may name it who sees the first of them.
    for row in (source.header_row, 2):
        assert read(tmp_path / "a.xlsx", header_row=row)[0].columns == source.columns


def test_merged_cells_of_an_ods_stand_for_each_of_their_rows(tmp_path):
    names, down = ["乡镇", "名称", "床位"], "<table:covered-table-cell/>"
    text = '<table:table-cell {}office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    merged = text.format('table:number-rows-spanned="2" ', "崇兴镇")
    extra = (
        f"<table:table-row>{merged}{text.format('', '甲')}{text.format('', '1')}</table:table-row>"
        f"<table:table-row>{down}{text.format('', '乙')}{text.format('', '2')}</table:table-row>"
        f"<table:table-row><table:table-cell/>{text.format('', '丙')}{text.format('', '3')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048572"><table:table-cell table:number-columns-repeated="16384"/>'
        "</table:table-row>"
    )
    _source, rows, issues = read(ods(tmp_path / "a.ods", [names], extra=extra))
    assert [row[:2] for row in rows] == [["崇兴镇", "甲"], ["崇兴镇", "乙"], [None, "丙"]]
    (issue,) = issues
    assert "A2" in issue


def test_headings_within_a_table_are_no_records(tmp_path):
    rows = [
        ["编号", "名称", "床位"],
        ["一、城区街道", None, None],
        ["A1", "甲", 1],
        ["（二）东塔镇", None, None],
        ["A2", "乙", 2],
    ]
    _source, found, issues = read(workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert [row[0] for row in found] == ["A1", "A2"]
    assert len(issues) == 2


def test_a_record_that_only_begins_like_a_heading_stays(tmp_path):
    rows = [["名称", "类型", "床位"], ["一、二号楼", "小区", 1], ["二里桥", None, None]]
    _source, found, issues = read(workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert [row[0] for row in found] == ["一、二号楼", "二里桥"]
    assert issues == []


def test_names_under_names_are_matched_by_both():
    headers = ["编号", "名称", "类型", "床位（张）·总数", "床位（张）·护理型", "坐标·经度", "坐标·纬度"]
    found = match_columns(FACILITIES, headers).headers
    assert found["beds_total"] == "床位（张）·总数"
    assert found["beds_nursing"] == "床位（张）·护理型"
    assert (found["lon"], found["lat"]) == ("坐标·经度", "坐标·纬度")


def test_a_name_that_is_cut_within_its_brackets_is_known():
    found = match_columns(FACILITIES, ["编号", "名称", "类型", "建筑面积（", "床位数（张"]).headers
    assert (found["area_m2"], found["beds_total"]) == ("建筑面积（", "床位数（张")


def test_geojson_in_another_encoding_is_called_so(tmp_path):
    path = tmp_path / "a.geojson"
    feature = (
        '{"type":"Feature","properties":{"名称":"崇兴镇"},"geometry":{"type":"Point","coordinates":[106,38]}}'
    )
    path.write_bytes(f'{{"type":"FeatureCollection","features":[{feature}]}}'.encode("gbk"))
    with pytest.raises(UnreadableFile, match="UTF-8"):
        open_source(path)
