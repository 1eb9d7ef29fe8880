"""A file's way through the browser: the same counts as the command, nothing in silence, nothing by halves."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from facilities.models import Facility
from geo_registry.accounts.models import Role
from geo_registry.geodata.errors import GeodataError
from geo_registry.geodata.readers.opening import EXTENSIONS
from geo_registry.geodata.records import Outcome
from geo_registry.imports import jobs
from geo_registry.imports.models import Batch, ColumnMemory
from geo_registry.imports.registry import kind_of
from geo_registry.imports.services import flow, run_import
from geo_registry.imports.services.approval import token
from geo_registry.imports.services.sheets import template_xlsx
from geo_registry.imports.services.spool import Spool
from geo_registry.imports.services.storage import folder_of, preview_path
from geo_registry.reference.models import Source
from geo_registry.territory.models import PopulatedPlace
from tests.factories import (
    FacilityFactory,
    KindFactory,
    OfficeFactory,
    UserFactory,
    point,
)

from .files import csv_file, xlsx_file
from .way import HAMLETS, READ_4490, bring, committed, counts_of, facilities_file, previewed, uploaded

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


pytestmark = pytest.mark.usefixtures("in_this_process", "limits")


class Quiet:
    def step(self, *args):
        """Nobody looks."""


def test_a_filled_template_asks_for_nothing_but_its_co_ordinates(tmp_path, county, planner):
    kind = KindFactory(code="the-kind")
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(kind_of("facilities"))))
    sheet = book.worksheets[0]
    column = {cell.value: cell.column for cell in sheet[1]}
    assert (
        sheet.column_dimensions[sheet.cell(1, column["统一社会信用代码"]).column_letter].number_format == "@"
    )
    for row in range(3, 13):
        cells = {"设施编号": f"T{row}", "名称": f"第{row}村老年饭桌", "类型": str(kind), "行政区划代码": county.west.code,
            "供餐能力": "约40人",
                 "开业日期": "2024年5月1日", "经度": "105-57-00", "纬度": "38度00分00秒"}  # fmt: skip
        for name, value in cells.items():
            sheet.cell(row, column[name]).value = value
    path = tmp_path / "填好.xlsx"
    book.save(path)
    batch = bring(path, planner, "facilities")
    batch.refresh_from_db()
    assert batch.inspection["layer"] == sheet.title
    assert all(found["field"] for found in batch.inspection["columns"])
    batch = previewed(path, planner, "facilities")
    assert counts_of(batch) == (10, 0, 0, 0)


# -- looked at -------------------------------------------------------------------------------------


def test_an_upload_is_looked_at_and_its_columns_are_matched(tmp_path, planner):
    batch = bring(csv_file(tmp_path / "人口.csv", HAMLETS), planner)
    batch.refresh_from_db()
    fields = {column["header"]: column["field"] for column in batch.inspection["columns"]}
    assert fields["编号"] == "code"
    assert fields["常住人口"] == "residents"
    assert batch.inspection["columns"][1]["samples"] == ["东庄", "西庄"]
    assert batch.state == Batch.State.DRAFT


def test_co_ordinates_that_nobody_declared_are_tried_and_the_evidence_is_shown(tmp_path, planner):
    batch = bring(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    batch.refresh_from_db()
    systems = {system["key"]: system for system in batch.inspection["systems"]}
    assert {"EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"} <= systems.keys()
    assert any("reason" in system for system in systems.values())
    assert not any(system["declared"] for system in systems.values())


def test_a_file_with_columns_for_co_ordinates_is_asked_about_them_whatever_the_numbers_say(tmp_path, planner):
    """One row has them the wrong way round, so that nothing fits all: without the question nobody could go on."""
    swapped = HAMLETS[1] | {"经度": 38.0, "纬度": 105.95}
    for rows in ([HAMLETS[0], swapped], [row | {"经度": "", "纬度": ""} for row in HAMLETS]):
        batch = bring(csv_file(tmp_path / "p.csv", rows), planner)
        batch.refresh_from_db()
        keys = {system["key"] for system in batch.inspection["systems"]}
        assert {"EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"} <= keys


def test_a_file_in_gbk_is_shown_in_each_encoding_that_fits(tmp_path, planner):
    batch = bring(csv_file(tmp_path / "p.csv", HAMLETS, encoding="gb18030"), planner)
    batch.refresh_from_db()
    by_encoding = {entry["encoding"]: entry["sample"] for entry in batch.inspection["encodings"]}
    assert "utf-8" not in by_encoding
    assert any("常住人口" in line for line in by_encoding["gb18030"])


def test_several_sheets_are_offered(tmp_path, planner):
    book = openpyxl.Workbook()
    for name in ("甲", "乙"):
        sheet = book.create_sheet(name)
        sheet.append(list(HAMLETS[0]))
        sheet.append(list(HAMLETS[0].values()))
    del book["Sheet"]
    book.save(tmp_path / "two.xlsx")
    batch = bring(tmp_path / "two.xlsx", planner)
    batch.refresh_from_db()
    assert [layer["name"] for layer in batch.inspection["layers"]] == ["甲", "乙"]
    flow.look_again(user=planner, batch=batch, options={"layer": "乙"})
    batch.refresh_from_db()
    assert batch.inspection["layer"] == "乙"


def test_the_layers_of_a_gpx_are_called_in_words(client, tmp_path, planner):
    path = tmp_path / "a.gpx"
    path.write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="38" lon="106"><name>甲</name></wpt>'
        '<trk><trkseg><trkpt lat="38" lon="106"/><trkpt lat="38.1" lon="106.1"/></trkseg></trk></gpx>'
    )
    batch = bring(path, planner)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert '<option value="waypoints">航点 (1)</option>' in page
    assert "轨迹上的点 (2)" in page


def test_what_an_office_calls_a_column_is_remembered_for_that_office_only(tmp_path, planner, county):
    rows = [{**HAMLETS[0], "人丁": 7}]
    flow.preview(
        user=planner,
        batch=bring(csv_file(tmp_path / "p.csv", rows), planner),
        options={**READ_4490, "mapping": {"residents": "人丁"}},
        fields={"人丁": "residents", "常住人口": ""},
    )
    again = bring(csv_file(tmp_path / "p2.csv", rows), planner)
    again.refresh_from_db()
    fields = {column["header"]: column["field"] for column in again.inspection["columns"]}
    assert (fields["人丁"], fields["常住人口"]) == ("residents", "")
    other = UserFactory(role=Role.PLANNER, office=OfficeFactory(division=county.town))
    theirs = bring(csv_file(tmp_path / "p3.csv", rows), other)
    theirs.refresh_from_db()
    assert {c["header"]: c["field"] for c in theirs.inspection["columns"]}["人丁"] == ""
    assert ColumnMemory.objects.count() == 2


@pytest.mark.parametrize(
    "names", [["a.csv", "b.csv"], ["a.shp", "b.dbf"], ["a.dbf", "a.shx"]], ids=["two", "other stem", "no shp"]
)
def test_several_files_that_are_no_shapefile_are_refused_with_a_sentence(planner, names):
    files = [SimpleUploadedFile(name, b"x") for name in names]
    with pytest.raises(GeodataError):
        flow.upload(user=planner, kind=kind_of("roads"), files=files)
    assert not Batch.objects.exists()


def test_an_upload_above_the_limit_leaves_nothing(settings, planner, tmp_path):
    settings.IMPORT_MAX_MB = 1
    with pytest.raises(GeodataError, match="larger"):
        flow.upload(
            user=planner, kind=kind_of("roads"), files=[SimpleUploadedFile("a.csv", b"x" * 1024 * 1024 * 2)]
        )
    assert not list((tmp_path / "imports").iterdir())


def test_a_name_with_a_path_in_it_stays_in_its_folder(planner, tmp_path):
    path = csv_file(tmp_path / "p.csv", HAMLETS)
    file = SimpleUploadedFile("x.csv", path.read_bytes())
    file._name = "..\\..\\etc\\坏.csv"
    batch = flow.upload(user=planner, kind=kind_of("population"), files=[file])
    assert batch.file_name == "坏.csv"
    assert (folder_of(batch.pk) / "files" / "坏.csv").exists()


# -- previewed and taken in ------------------------------------------------------------------------


def test_a_preview_changes_nothing_and_says_each_row_with_its_interpretation(tmp_path, planner):
    batch = previewed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    assert batch.state == Batch.State.PREVIEW
    assert counts_of(batch) == (1, 0, 0, 1)
    assert not PopulatedPlace.objects.exists()
    assert not Source.objects.filter(code="file-p").exists()
    with Spool(preview_path(batch.pk)) as spool:
        first, second = spool.rows()
        assert spool.counts()["noted"] == 1
    assert first.outcome == "new"
    assert any("120人" in str(issue) for issue in first.issues)
    assert second.outcome == "refused"
    assert second.cells["常住人口"] == "许多"


def test_what_was_previewed_is_taken_in_by_whoever_agreed(tmp_path, planner):
    batch = committed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    assert batch.state == Batch.State.COMMITTED
    assert counts_of(batch) == (1, 0, 0, 1)
    assert batch.created_by == planner
    assert len(batch.sha256) == 64
    assert PopulatedPlace.objects.get().code == "H1"
    assert ["编号", "H2"] in batch.rows.get(action="refused").cells
    assert not folder_of(batch.pk).exists()


def test_the_same_file_again_changes_nothing(tmp_path, planner):
    path = csv_file(tmp_path / "p.csv", HAMLETS[:1])
    committed(path, planner)
    assert counts_of(committed(path, planner)) == (0, 0, 1, 0)


def test_a_preview_that_no_longer_holds_is_not_taken_in_but_shown_anew(tmp_path, planner):
    path = csv_file(tmp_path / "p.csv", HAMLETS[:1])
    mine, theirs = previewed(path, planner), previewed(path, planner)
    flow.commit(user=planner, batch=theirs)
    with pytest.raises(GeodataError):
        jobs.commit.body(Quiet(), batch=str(mine.pk), user=planner.pk)
    mine.refresh_from_db()
    assert mine.state == Batch.State.PREVIEW
    assert mine.changed_meanwhile == [
        {"row": 2, "label": "东庄 · H1", "previewed": "new", "now": "unchanged"}
    ]
    assert counts_of(mine) == (0, 0, 1, 0)
    flow.commit(user=planner, batch=mine)
    mine.refresh_from_db()
    assert mine.state == Batch.State.COMMITTED


def test_a_second_click_on_the_button_does_nothing_twice(tmp_path, planner):
    batch = previewed(csv_file(tmp_path / "p.csv", HAMLETS[:1]), planner)
    flow.commit(user=planner, batch=batch)
    with pytest.raises(GeodataError, match="meanwhile"):
        flow.commit(user=planner, batch=batch)
    assert PopulatedPlace.objects.count() == 1


def test_a_file_with_identity_cards_is_not_kept(tmp_path, planner):
    rows = [{**HAMLETS[0], "身份证号": "11010519491231002X"}]
    batch = bring(csv_file(tmp_path / "p.csv", rows), planner)
    Batch.objects.filter(pk=batch.pk).update(options=READ_4490)
    with pytest.raises(GeodataError):
        jobs.preview.body(Quiet(), batch=str(batch.pk), user=planner.pk)
    batch.refresh_from_db()
    assert batch.state == Batch.State.REFUSED
    assert not folder_of(batch.pk).exists()


def test_empty_cells_blank_only_when_asked(tmp_path, planner, county):
    kind = KindFactory()
    FacilityFactory(
        number="F1",
        name="甲站",
        kind=kind,
        division=county.west,
        address="旧路1号",
        location=point(105.95, 38.0),
    )
    path = facilities_file(
        tmp_path,
        [{"设施编号": "F1", "名称": "甲站", "类型": kind.code, "地址": "", "行政区划代码": county.west.code}],
    )
    assert counts_of(previewed(path, planner, "facilities")) == (0, 0, 1, 0)
    committed(path, planner, "facilities", blank_empty=True)
    assert Facility.objects.get().address == ""


# -- alike -----------------------------------------------------------------------------------------


@pytest.fixture
def known(county):
    kind = KindFactory()
    return FacilityFactory(
        number="F1", name="甲镇西村老饭桌", kind=kind, division=county.west, location=point(105.95, 38.0)
    )


def alike(tmp_path, known, **more):
    row = {
        "设施编号": "X9", "名称": "西村老饭桌", "类型": known.kind.code, "行政区划代码": known.division.code,
        "经度": 105.9501, "纬度": 38.0,
    }  # fmt: skip
    return facilities_file(tmp_path, [row | more])


def test_a_record_alike_is_proposed_and_never_merged_in_silence(tmp_path, planner, known):
    batch = previewed(alike(tmp_path, known), planner, "facilities")
    assert batch.count_undecided == 1
    with Spool(preview_path(batch.pk)) as spool:
        row = spool.rows("undecided")[0]
    assert row.candidates[0]["pk"] == known.pk
    assert row.candidates[0]["distance_m"] < 20
    with pytest.raises(GeodataError, match="Decide"):
        flow.commit(user=planner, batch=batch)


def test_a_row_that_somebody_says_is_the_same_changes_that_record_and_its_number_stays(
    tmp_path, planner, known
):
    batch = committed(alike(tmp_path, known), planner, "facilities", decisions={"2": str(known.pk)})
    assert counts_of(batch) == (0, 1, 0, 0)
    known.refresh_from_db()
    assert (known.number, known.name) == ("F1", "西村老饭桌")


def test_a_row_that_somebody_says_is_new_is_new(tmp_path, planner, known):
    batch = previewed(alike(tmp_path, known), planner, "facilities", decisions={"2": "new"})
    assert batch.count_undecided == 0
    flow.commit(user=planner, batch=batch)
    assert Facility.objects.count() == 2


def test_another_name_far_away_is_no_candidate(tmp_path, planner, known):
    path = alike(tmp_path, known, 名称="康乐养老院", 经度=106.05, 行政区划代码="990001100201")
    assert previewed(path, planner, "facilities").count_undecided == 0


# -- placed ----------------------------------------------------------------------------------------


def test_a_row_without_co_ordinates_is_placed_by_its_division_and_says_so(tmp_path, planner, county):
    kind = KindFactory()
    path = facilities_file(
        tmp_path, [{"设施编号": "F1", "名称": "甲站", "类型": kind.code, "行政区划代码": county.west.code}]
    )
    batch = committed(path, planner, "facilities")
    facility = Facility.objects.get()
    assert facility.location_method == "division"
    assert (facility.location.x, facility.location.y) == (105.95, 38.0)
    assert batch.rows.get().issues[0]["s"] == "warning"
    left = facilities_file(
        tmp_path,
        [{"设施编号": "F2", "名称": "乙站", "类型": kind.code, "行政区划代码": county.west.code}],
        "left.csv",
    )
    committed(left, planner, "facilities", leave_unplaced=True)
    assert Facility.objects.get(number="F2").location is None


def test_a_facility_that_was_placed_roughly_is_dragged_to_where_it_is(client, tmp_path, planner, county):
    kind = KindFactory()
    path = facilities_file(
        tmp_path, [{"设施编号": "F1", "名称": "甲站", "类型": kind.code, "行政区划代码": county.west.code}]
    )
    batch = committed(path, planner, "facilities")
    client.force_login(planner, backend=BACKEND)
    points = client.get(reverse("imports:points", args=[batch.pk])).json()
    assert points["features"][0]["properties"]["movable"]
    row = points["features"][0]["properties"]["pk"]
    move = reverse("imports:move", args=[batch.pk, row])
    assert client.post(move, {"lon": "2", "lat": "48"}).status_code == 422
    assert client.post(move, {"lon": "105.9471", "lat": "38.0021"}).status_code == 200
    facility = Facility.objects.get()
    assert facility.location_method == "picked"
    assert round(facility.location.x, 6) == 105.9471


# -- the command and the browser say the same -------------------------------------------------------

ROWS = {
    "divisions": [{"代码": "990001100300", "名称": "新村"}, {"代码": "77", "名称": ""}],
    "population": HAMLETS,
    "facility-status": [
        {"设施编号": "F1", "状态": "暂停", "开始日期": "2024-05-01"},
        {"设施编号": "没有", "状态": "运营", "开始日期": "2024-05-01"},
    ],
    "facilities": [
        {"设施编号": "F2", "名称": "乙站", "类型": "the-kind", "行政区划代码": "990001100200"},
        {"设施编号": "F3", "名称": "丙站", "类型": "没有这种", "行政区划代码": "990001100200"},
    ],
    "place-names": [
        {"标准名称": "兴隆", "类别": "test-road", "所属政区": "990001100200"},
        {"标准名称": "兴旺", "类别": "", "所属政区": "990001100200"},
    ],
}


@pytest.mark.parametrize("kind", ROWS)
def test_the_command_counts_what_the_browser_counts(tmp_path, county, kind):
    from tests.factories import PlaceKindFactory

    administrator = UserFactory(role=Role.ADMINISTRATOR)
    PlaceKindFactory()
    FacilityFactory(number="F1", kind=KindFactory(code="the-kind"), division=county.west)
    path = csv_file(tmp_path / "f.csv", ROWS[kind])
    report = run_import(kind=kind, path=path, source_crs="EPSG:4490", dry_run=True)
    batch = previewed(path, administrator, kind)
    assert report.counts == dict(zip(Outcome, counts_of(batch), strict=True))
    assert report.counts[Outcome.NEW] == 1
    assert report.counts[Outcome.REFUSED] == 1


@pytest.mark.parametrize("kind", ["roads", "built-up-areas"])
def test_the_command_counts_what_the_browser_counts_of_shapes(tmp_path, county, kind):
    from shapely import LineString, box

    from .files import vector_file

    shape = (
        LineString([(106.0, 38.0), (106.01, 38.0)]) if kind == "roads" else box(106.0, 38.0, 106.01, 38.01)
    )
    path = vector_file(
        tmp_path / "a.gpkg", [{"编号": "A1", "名称": "甲"}, {"编号": "A2", "名称": "乙"}], [shape, None]
    )
    report = run_import(kind=kind, path=path, dry_run=True)
    batch = bring(path, UserFactory(role=Role.ADMINISTRATOR), kind)
    flow.preview(user=batch.created_by, batch=batch, options={})
    batch.refresh_from_db()
    assert report.counts == dict(zip(Outcome, counts_of(batch), strict=True))
    assert report.counts[Outcome.NEW] == 1


# -- who ---------------------------------------------------------------------------------------------


def test_a_clerk_imports_facilities_of_the_own_township_and_publishes_nothing(tmp_path, county):
    kind = KindFactory()
    clerk = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))
    row = {"类型": kind.code, "公开": "是", "行政区划代码": county.west.code}
    path = facilities_file(
        tmp_path,
        [
            {"设施编号": "F1", "名称": "甲站", **row},
            {"设施编号": "F2", "名称": "乙站", **row, "行政区划代码": county.home.code},
        ],
    )
    batch = previewed(path, clerk, "facilities")
    assert counts_of(batch) == (1, 0, 0, 1)
    flow.submit(user=clerk, batch=batch)
    batch.refresh_from_db()
    reviewer = UserFactory(role=Role.REVIEWER, office=OfficeFactory(division=county.home))
    flow.approve(user=reviewer, batch=batch, seen=token(batch))
    assert Facility.objects.get().published is False


def test_a_clerk_imports_no_roads_and_a_viewer_nothing(tmp_path, county, client):
    clerk = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))
    assert [kind.code for kind in flow.kinds_for(clerk)] == [
        "facilities",
        "facility-status",
        "assets",
        "place-names",
        "signs",
    ]
    officer = UserFactory(role=Role.NAME_OFFICER)
    assert [kind.code for kind in flow.kinds_for(officer)] == ["place-names", "signs"]
    viewer = UserFactory(role=Role.VIEWER)
    assert flow.kinds_for(viewer) == []
    client.force_login(clerk, backend=BACKEND)
    path = csv_file(tmp_path / "r.csv", HAMLETS)
    answer = client.post(reverse("imports:new"), {"kind": "roads", "file": uploaded(path)})
    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_nobody_sees_a_batch_of_an_office_beside(tmp_path, planner, county, client):
    batch = committed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    clerk = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))
    client.force_login(clerk, backend=BACKEND)
    assert client.get(reverse("imports:batch", args=[batch.pk])).status_code == 404
    assert client.post(reverse("imports:undo", args=[batch.pk])).status_code == 404
    assert batch.file_name not in client.get(reverse("imports:batches")).content.decode()


# -- pages -------------------------------------------------------------------------------------------


def test_an_xml_spreadsheet_is_offered_and_taken_under_its_own_name(client, tmp_path, planner):
    def cells(values):
        return "".join(f'<Cell><Data ss:Type="String">{value}</Data></Cell>' for value in values)

    lines = "".join(f"<Row>{cells(values)}</Row>" for values in (HAMLETS[0], *(h.values() for h in HAMLETS)))
    path = tmp_path / "人口.xml"
    path.write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="人口"><Table>'
        f"{lines}</Table></Worksheet></Workbook>"
    )
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:new")).content.decode()
    offered = set(re.search(r'accept="([^"]+)"', page)[1].split(","))
    assert {ending for endings in EXTENSIONS.values() for ending in endings} <= offered
    answer = client.post(reverse("imports:new"), {"kind": "population", "file": uploaded(path)})
    assert answer.status_code == 302
    batch = Batch.objects.get()
    assert (batch.file_name, batch.inspection["format"]) == ("人口.xml", "xml-spreadsheet")
    assert [c["header"] for c in batch.inspection["columns"]] == list(HAMLETS[0])
    assert "哪一列是什么" in client.get(answer.url).content.decode()


def test_every_page_of_the_way_opens_and_the_refused_rows_come_back_with_reasons(client, tmp_path, planner):
    client.force_login(planner, backend=BACKEND)
    path = xlsx_file(tmp_path / "人口.xlsx", HAMLETS, title="某某镇人口统计表")
    answer = client.post(reverse("imports:new"), {"kind": "population", "file": uploaded(path)})
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "哪一列是什么" in page
    batch = Batch.objects.get()
    given = {f"column-{at}": c["field"] for at, c in enumerate(batch.inspection["columns"])}
    answer = client.post(
        reverse("imports:read", args=[batch.pk]), {**given, "source_crs": "EPSG:4490", "header_row": "2"}
    )
    page = client.get(answer.url).content.decode()
    assert "许多" in page
    assert "常住人口" in page
    client.post(reverse("imports:commit", args=[batch.pk]))
    page = client.get(answer.url).content.decode()
    assert "下载未接收的行" in page
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("imports:refused", args=[batch.pk])).content)
    ).active
    header = [cell.value for cell in sheet[1]]
    row = [cell.value for cell in sheet[2]]
    assert row[header.index("编号")] == "H2"
    assert "许多" in row[0]
    assert json.loads(client.get(reverse("imports:points", args=[batch.pk])).content)["features"]
    assert client.get(reverse("imports:batches")).content.decode().count("人口.xlsx") == 1


def test_a_batch_that_is_thrown_away_leaves_no_file(
    client, tmp_path, planner, django_capture_on_commit_callbacks
):
    batch = previewed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    client.force_login(planner, backend=BACKEND)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("imports:discard", args=[batch.pk]))
    assert not Batch.objects.exists()
    assert not folder_of(batch.pk).exists()


def test_an_upload_that_is_too_large_gets_its_page_and_not_a_broken_connection(client, settings, planner):
    settings.IMPORT_MAX_MB = 1
    client.force_login(planner, backend=BACKEND)
    big = SimpleUploadedFile("a.csv", b"a,b\n" * 1024 * 1024)
    answer = client.post(reverse("imports:new"), {"kind": "population", "file": big})
    assert answer.status_code == 422
    assert "1 MB" in answer.content.decode()
    assert not Batch.objects.exists()


def test_a_preview_without_anything_new_offers_no_button_to_take_it_in(client, tmp_path, planner):
    committed(csv_file(tmp_path / "p.csv", HAMLETS[:1]), planner)
    client.force_login(planner, backend=BACKEND)
    same = previewed(csv_file(tmp_path / "p.csv", HAMLETS[:1]), planner)
    page = client.get(reverse("imports:batch", args=[same.pk])).content.decode()
    assert "没有要导入的内容" in page
    assert "完全一致" in page
    assert reverse("imports:commit", args=[same.pk]) not in page
    assert reverse("imports:discard", args=[same.pk]) in page
    assert "下载未接收的行" not in page
    mixed = previewed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    page = client.get(reverse("imports:batch", args=[mixed.pk])).content.decode()
    assert "1行与系统里的完全一致；1行不能导入" in page
    assert reverse("imports:commit", args=[mixed.pk]) not in page


def test_the_rows_that_would_be_refused_can_be_had_before_anything_is_taken_in(client, tmp_path, planner):
    batch = previewed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    client.force_login(planner, backend=BACKEND)
    address = reverse("imports:refused", args=[batch.pk])
    assert address in client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(address).content)).active
    header, *rows = ([cell.value for cell in row] for row in sheet.rows)
    assert [row[header.index("编号")] for row in rows] == ["H2"]
    assert "许多" in rows[0][0]
    mended = [dict(zip(header, rows[0], strict=True)) | {"常住人口": "12"}]
    again = previewed(csv_file(tmp_path / "mended.csv", mended), planner)
    assert counts_of(again)[0] == 1


def test_cells_of_a_million_characters_make_no_page_of_megabytes(client, tmp_path, planner):
    rows = [row | {"名称": "院" * 900_000, "常住人口": "许" * 900_000} for row in HAMLETS]
    batch = previewed(csv_file(tmp_path / "p.csv", rows), planner)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk]))
    assert page.status_code == 200
    assert len(page.content) < 200_000
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get(reverse("imports:refused", args=[batch.pk])).content)
    ).active
    assert sheet.max_row > 1


def test_a_message_of_a_missing_column_names_those_that_were_set_aside_as_well(tmp_path, planner):
    rows = [{"设施编号": "X1", "名称": "新饭桌", "备注": "", "类型": "老年饭桌"}]
    batch = bring(facilities_file(tmp_path, rows), planner, "facilities")
    flow.preview(user=planner, batch=batch, options={"ignored": ["名称", "备注"]})
    batch.refresh_from_db()
    assert "设施编号、名称、备注、类型" in batch.job.error


def test_a_column_that_was_set_aside_beside_its_double_is_taken_where_it_stands_alone(tmp_path, planner):
    row = {"设施编号": "X1", "name": "新饭桌", "名称": "新饭桌", "类型": "老年饭桌"}
    flow.preview(
        user=planner,
        batch=bring(facilities_file(tmp_path, [row]), planner, "facilities"),
        options={"mapping": {"name": "name"}, "ignored": ["名称"]},
        fields={"name": "name", "名称": ""},
    )
    again = bring(facilities_file(tmp_path, [row], "again.csv"), planner, "facilities")
    again.refresh_from_db()
    assert {c["header"]: c["field"] for c in again.inspection["columns"]}["名称"] == ""
    del row["name"]
    alone = bring(facilities_file(tmp_path, [row], "alone.csv"), planner, "facilities")
    alone.refresh_from_db()
    assert {c["header"]: c["field"] for c in alone.inspection["columns"]}["名称"] == "name"


def test_a_file_that_nothing_can_be_made_of_leads_to_another_file(client, tmp_path, planner):
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 and no more")
    batch = bring(path, planner)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert "另选文件" in page
    assert f"{reverse('imports:new')}?kind=population" in page


def test_columns_without_a_value_do_not_stand_between_the_others_and_a_number_is_no_value_for_all(
    client, tmp_path, planner
):
    rows = [{"ele": "", "名称": "新饭桌", "sym": "", "类型": "老年饭桌"}]
    batch = bring(facilities_file(tmp_path, rows), planner, "facilities")
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert "另有2列，看过的行里都是空的" in page
    assert page.index('id="header-3"') < page.index('id="header-0"')
    assert "每一行都要有自己的“设施编号”" in page
    assert 'name="constant-number"' not in page


def test_a_file_of_headers_alone_is_not_called_taken_in_already(client, tmp_path, planner):
    path = tmp_path / "empty.csv"
    path.write_text("编号,名称,经度,纬度,统计日期,常住人口\n", encoding="utf-8-sig")
    batch = previewed(path, planner)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert "文件在表头下面没有数据行" in page
    assert "完全一致" not in page


def test_a_record_that_an_undo_took_away_is_named_and_leads_nowhere(client, tmp_path, planner):
    batch = committed(csv_file(tmp_path / "p.csv", HAMLETS), planner)
    flow.undo(user=planner, batch=batch)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?group=new").content.decode()
    assert "东庄（已不在登记库中）" in page
    assert reverse("admin:territory_populatedplace_changelist") not in page


def test_what_may_be_the_same_is_decided_only_while_the_preview_is_open(client, tmp_path, county, limits):
    kind = KindFactory()
    FacilityFactory(name="西村饭桌", division=county.west, location=point(105.95, 38.0))
    clerk = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))
    row = {"设施编号": "F9", "名称": "西村老饭桌", "类型": kind.code, "行政区划代码": county.west.code}
    batch = previewed(facilities_file(tmp_path, [row]), clerk, "facilities")
    client.force_login(clerk, backend=BACKEND)
    address = reverse("imports:batch", args=[batch.pk])
    assert 'class="imports-decide">' in client.get(address).content.decode()
    flow.submit(user=clerk, batch=batch, others_are_new=True)
    assert 'class="imports-decide" disabled>' in client.get(address).content.decode()
