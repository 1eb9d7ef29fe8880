from __future__ import annotations

import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from geo_registry.geodata.errors import HostileFile, LimitExceeded, UnreadableFile, UnsupportedFormat
from geo_registry.geodata.readers import DEFAULT_LIMITS, open_source

from .files import ods, shapefile, xlsx, zipped

CSV = "名称,床位\n甲,3\n乙,4\n"


def pack(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def temporary_folders(tmp_path, monkeypatch):
    """A folder of its own for temporary files, to see that nothing stays."""
    import tempfile

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    ("prefix", "upper", "gbk"),
    [("", False, False), ("数据/2009/", False, False), ("a/", True, False), ("数据/", False, True)],
)
def test_a_zipped_shapefile_is_read_wherever_it_lies(tmp_path, temporary_folders, prefix, upper, gbk):
    shapefile(tmp_path / "shp", encoding="GBK")
    path = zipped(tmp_path / "a.zip", tmp_path / "shp", prefix=prefix, upper=upper, gbk_names=gbk)
    with open_source(path) as source:
        assert (source.format, source.layer, source.declared_crs) == ("shapefile", "设施", "EPSG:4490")
        assert [row.values["名称"] for row in source.rows()] == ["崇兴镇", "郝家桥镇", "榛子沟"]
        assert list(temporary_folders.iterdir())
    assert list(temporary_folders.iterdir()) == []


def test_a_zipped_table_is_read(tmp_path):
    with open_source(pack(tmp_path / "a.zip", {"x/a.csv": CSV, "readme.txt": "hello"})) as source:
        assert source.format == "csv"
        assert len(list(source.rows())) == 2


@pytest.mark.parametrize(
    ("members", "error", "says"),
    [
        ({"a.zip": b"PK"}, HostileFile, "another archive"),
        ({"a/b.kmz": b"PK"}, HostileFile, "another archive"),
        ({"../a.csv": CSV}, HostileFile, "outside of its own folder"),
        ({"/etc/a.csv": CSV}, HostileFile, "outside of its own folder"),
        ({"x/..\\..\\a.csv": CSV}, HostileFile, "outside of its own folder"),
        ({"C:\\a.csv": CSV}, HostileFile, "outside of its own folder"),
        ({"readme.md": "x"}, UnsupportedFormat, "no map or table"),
        ({}, UnsupportedFormat, "no map or table"),
        ({"a.csv": CSV, "b.csv": CSV}, UnsupportedFormat, "several files"),
        ({"a.gpkg": CSV}, UnreadableFile, "damaged"),
    ],
)
def test_archives_that_are_not_read(tmp_path, temporary_folders, members, error, says):
    with pytest.raises(error, match=says) as caught:
        open_source(pack(tmp_path / "a.zip", members))
    assert caught.value.file == "a.zip"
    assert list(temporary_folders.iterdir()) == []


def test_a_symbolic_link_in_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(HostileFile, match="outside of its own folder"):
        open_source(tmp_path / "a.zip")


def test_what_macos_leaves_in_archives_is_no_matter(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.csv": CSV, "__MACOSX/._a.csv": b"\x00\x05", "__MACOSX/b.zip": b"x"})
    with open_source(path) as source:
        assert len(list(source.rows())) == 2


@pytest.mark.parametrize("name", ["a.csv", "xl/workbook.xml"])
def test_a_bomb_is_told_by_its_ratio(tmp_path, name):
    limits = replace(DEFAULT_LIMITS, ratio_from_bytes=1_000_000)
    with pytest.raises(HostileFile, match="times"):
        open_source(pack(tmp_path / "a.zip", {name: b"1,2\n" * 2_000_000}), limits=limits)


@pytest.mark.parametrize(
    ("name", "limit"), [("a.csv", "max_unpacked_bytes"), ("xl/workbook.xml", "max_spreadsheet_bytes")]
)
def test_the_real_size_counts(tmp_path, name, limit):
    path = pack(tmp_path / "a.zip", {name: b"1,2\n" * 500_000})
    with pytest.raises(LimitExceeded, match="Unpacked"):
        open_source(path, limits=replace(DEFAULT_LIMITS, **{limit: 1_048_576}))


def test_a_lie_about_the_size_is_found_out(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.csv": b"1,2\n" * 500_000})
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 2_000_000), struct.pack("<I", 10)))
    with pytest.raises(LimitExceeded, match="Unpacked"):
        open_source(path, limits=replace(DEFAULT_LIMITS, max_unpacked_bytes=1_048_576))


def test_too_many_members_are_refused(tmp_path):
    path = pack(tmp_path / "a.zip", {f"{n}.txt": "" for n in range(30)} | {"a.csv": CSV})
    with pytest.raises(LimitExceeded, match="31 files"):
        open_source(path, limits=replace(DEFAULT_LIMITS, max_members=30))


def test_a_password_is_named(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.csv": CSV})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableFile, match="password"):
        open_source(path)


@pytest.mark.parametrize("cut", [10, 50, 100, -30, -1])
def test_a_cut_archive_is_damaged(tmp_path, cut):
    path = pack(tmp_path / "a.zip", {"a.csv": CSV * 50})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableFile, match="damaged"):
        open_source(path)


def test_a_flipped_byte_in_an_archive_is_damage(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.csv": "".join(f"{n},{n * n}\n" for n in range(500))})
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableFile, match="damaged"):
        open_source(path)


def far_away_cell(path: Path, row: bytes = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>') -> Path:
    """A sheet of two cells that would be 17 thousand million when held densely."""
    xlsx(path, [["名称"], ["甲"]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b"</sheetData>", row + b"</sheetData>")
    return pack(path, members)


def test_a_cell_at_the_end_of_the_world_does_not_fill_the_memory(tmp_path):
    with pytest.raises(LimitExceeded, match="1048576 rows and 16384 columns"):
        open_source(far_away_cell(tmp_path / "a.xlsx"))


@pytest.mark.parametrize(
    "row",
    [
        b'<row r="99999999999999999999"><c r="A99999999999999999999"><v>1</v></c></row>',
        b'<row r="4294967295"><c><v>1</v></c></row>',
        b'<row><c r="A1048577"><v>1</v></c></row>',
        b'<row><c r="AAAAAAA3"><v>1</v></c></row>',
    ],
)
def test_a_cell_beyond_the_end_of_the_world_is_damage(tmp_path, row):
    with pytest.raises(UnreadableFile, match="damaged"):
        open_source(far_away_cell(tmp_path / "a.xlsx", row))


def test_formatting_far_below_the_table_is_no_content(tmp_path):
    path = far_away_cell(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = sheet.replace(
        b'<c r="XFD1048576"><v>1</v></c>', b'<c r="XFD1048576" s="0"/>'
    )
    with open_source(pack(path, members)) as source:
        assert [row.values for row in source.rows()] == [{"名称": "甲"}]


def test_an_ods_with_millions_of_repeated_cells_is_refused(tmp_path):
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string">'
    cell += "<text:p>x</text:p></table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    with pytest.raises(LimitExceeded, match="16384 columns"):
        open_source(ods(tmp_path / "a.ods", [["名称"], ["甲"]], extra=row))


def test_an_ods_with_empty_cells_to_the_end_is_read(tmp_path):
    cell = '<table:table-cell table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048000">{cell}</table:table-row>'
    with open_source(ods(tmp_path / "a.ods", [["名称"], ["甲"]], extra=row)) as source:
        assert [row.values for row in source.rows()] == [{"名称": "甲"}]


def test_entities_in_spreadsheets_are_refused(tmp_path):
    prolog = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(HostileFile, match="entities"):
        open_source(ods(tmp_path / "a.ods", [["名称"], ["甲"]], prolog=prolog))


def test_the_helper_really_writes_gbk_names_without_the_flag(tmp_path):
    shapefile(tmp_path / "shp")
    with zipfile.ZipFile(zipped(tmp_path / "a.zip", tmp_path / "shp", gbk_names=True)) as archive:
        info = archive.infolist()[0]
    assert not info.flag_bits & 0x800
    assert info.filename.encode("cp437").decode("gb18030").startswith("设施")


SPREADSHEETML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_shared_strings(path: Path, attributes: str, *, dimension: str) -> Path:
    """A workbook as Excel writes it: texts in a table of their own."""
    xlsx(path, [["x"], ["x"]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    texts = "<si><t>名称</t></si><si><t>甲</t></si>"
    members["xl/sharedStrings.xml"] = f'<sst xmlns="{SPREADSHEETML}" {attributes}>{texts}</sst>'
    members["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{SPREADSHEETML}"><dimension ref="{dimension}"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>1</v></c></row></sheetData></worksheet>'
    )
    relation = f'<Relationship Id="rIdTexts" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    relations = members["xl/_rels/workbook.xml.rels"]
    members["xl/_rels/workbook.xml.rels"] = relations.replace("</Relationships>", relation)
    return pack(path, members)


def test_a_claimed_size_of_a_sheet_does_not_fill_the_memory(tmp_path):
    path = with_shared_strings(tmp_path / "a.xlsx", 'count="2" uniqueCount="2"', dimension="A1:XFD1048576")
    with open_source(path) as source:
        assert [row.values for row in source.rows()] == [{"名称": "甲"}]


@pytest.mark.parametrize("number", ["4294967295", "99999999999999999999"])
def test_a_claimed_number_of_texts_does_not_end_the_process(tmp_path, number):
    path = with_shared_strings(tmp_path / "a.xlsx", f'count="2" uniqueCount="{number}"', dimension="A1:A2")
    with pytest.raises(UnreadableFile, match="damaged"):
        open_source(path)
