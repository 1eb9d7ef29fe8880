"""What is taken away of a run: its figures are the run's, add up, and are the same in every file; made once, kept, handed out."""

from __future__ import annotations

import ctypes
import datetime as dt
import io
import threading
from typing import Any

import openpyxl
import pypdfium2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import translation
from pypdfium2 import raw

from facilities.services.coverage import compute_coverage
from geo_registry.accounts.models import Role
from geo_registry.attachments.models import Content
from geo_registry.attachments.services import bytes_at, tidy
from geo_registry.jobs.models import Job
from geo_registry.reference.models import ReferenceValue
from geo_registry.territory.models import Division, Installation, Road
from maps.models import RunFile
from maps.services import coverage_page as page
from maps.services import coverage_public
from maps.services.coverage_export import ExportError
from maps.services.coverage_public import public_records
from maps.services.run_files import KINDS, Wanted, bytes_of, made
from maps.services.run_sheet import sheet_of
from maps.services.run_tables import tables_of
from tests import factories
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, LAT, east, make_facility, make_place, request_for

RARE = "𠮷家村"  # its first character is outside the basic plane


@pytest.fixture
def villages(county: Division, towns: list[Division], network, walk) -> list[Division]:
    """Two villages in the first township, one in the second, and fifty people in none of them. Times are metres.

    =========  ========  ====  ====== =======
    village    township  m     all    over 60
    =========  ========  ====  ====== =======
    𠮷家村      1号镇      300    100      30
    乙村        1号镇      600    200      50
    丙村        2号镇     1500    400     120
    (none)     2号镇      far     50      10
    =========  ========  ====  ====== =======
    """
    for i, town in enumerate(towns):
        town.boundary = factories.square(106.004 + 0.012 * i, LAT, half_deg=0.006)
        town.save()
    vertices = [(east(m).x, east(m).y) for m in range(0, 2001, 100)]
    Road.objects.create(geometry=factories.line(*vertices), road_class="secondary", ref="X1", name="一号路")
    found = []
    for code, name, town, metres, people, elders in (
        ("990001101201", RARE, towns[0], 300, 100, 30),
        ("990001101202", "乙村", towns[0], 600, 200, 50),
        ("990001102201", "丙村", towns[1], 1500, 400, 120),
    ):
        village = Division.objects.create(code=code, name=name, level=5, parent=town)
        place = make_place(f"p{code}", east(metres), village, people, elders)
        place.name = f"{name}庄"
        place.save()
        found.append(village)
    off = east(1500)
    off.y += 0.009
    make_place("off", off, towns[1], 50, 10)
    make_facility("S1", "station-test", east(0), found[0], since=DAY)
    return found


@pytest.fixture
def run(villages, network, walk):
    return compute_coverage(request=request_for(network, walk))


@pytest.fixture
def choice(run) -> page.Choice:
    return page.choose(run, {"group": "residents", "limit": "601"})


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


def content(choice: page.Choice, kind: str, *, is_public: bool = False) -> bytes:
    return bytes_of(made(Wanted(choice=choice, kind=KINDS[kind], is_public=is_public)))


def book(
    choice: page.Choice, kind: str = "xlsx", *, is_public: bool = False
) -> dict[str, list[tuple[Any, ...]]]:
    workbook = openpyxl.load_workbook(io.BytesIO(content(choice, kind, is_public=is_public)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in workbook}


def below_head(rows: list[tuple[Any, ...]], first: str) -> list[tuple[Any, ...]]:
    """The rows below the head, whose second line has nothing in the third column."""
    start = next(i for i, row in enumerate(rows) if row[0] == first)
    return [
        row for row in rows[start + 1 :] if any(value is not None for value in row) and row[2] is not None
    ][:]


# Of all: people, within 5 and 10 minutes, the shares, beyond, unknown.
WHOLE = (750, 100, 300, pytest.approx(100 / 750), pytest.approx(0.4), 600, 400, 50)
FIRST = (300, 100, 300, pytest.approx(1 / 3), 1, 200, 0, 0)
SECOND = (450, 0, 0, 0, 0, 400, 400, 50)


@pytest.mark.django_db
class TestTheAnnex:
    def test_has_the_figures_computed_by_hand(self, choice):
        rows = below_head(book(choice)["按乡镇（街道）"], "代码")
        assert [row[1:] for row in rows] == [("合计", *WHOLE), ("1号镇", *FIRST), ("2号镇", *SECOND)]

    def test_villages_add_up_to_townships_and_these_to_the_whole(self, choice):
        rows = below_head(book(choice)["按村（社区）"], "代码")
        villages = rows[1:]
        assert [(row[1], row[2], row[3]) for row in villages] == [
            ("1号镇", RARE, 100), ("1号镇", "乙村", 200), ("2号镇", "丙村", 400), ("2号镇", "未分到下级", 50),
        ]  # fmt: skip
        upper = {row[1]: row for row in below_head(book(choice)["按乡镇（街道）"], "代码")}
        # People, within, beyond, unknown; not the shares.
        for column in (0, 1, 2, 5, 6, 7):
            for town in ("1号镇", "2号镇"):
                assert sum(row[3 + column] for row in villages if row[1] == town) == upper[town][2 + column]
            assert sum(row[3 + column] for row in villages) == upper["合计"][2 + column]

    def test_totals_are_those_of_the_page_and_of_the_map(self, choice):
        upper = below_head(book(choice)["按乡镇（街道）"], "代码")
        shown = page.table(choice)
        assert [
            (row.share.people, row.share.covered, row.share.uncovered, row.share.unknown) for row in shown
        ] == [(row[2], row[4], row[8], row[9]) for row in upper]
        text = content(choice, "html").decode()
        assert f"{upper[0][4]} (40.0%)" in text

    def test_the_gap_list_has_those_who_do_not_reach_it_and_why(self, choice):
        rows = below_head(book(choice)["缺口清单"], "序号")
        assert rows == [(1, "丙村", "2号镇", 400, 0, 0, "S1", "25", "太远")]

    def test_names_the_run_its_day_and_its_mark_on_every_sheet(self, run, choice):
        for name, rows in book(choice).items():
            text = " ".join(str(value) for row in rows[:12] for value in row if value)
            assert str(run.pk) in text, name
            assert "内部使用" in text, name
            assert "2024年12月31日" in text, name

    def test_a_name_that_looks_like_a_formula_stays_text(self, villages, choice):
        villages[1].name = "=1+1"
        villages[1].save()
        workbook = openpyxl.load_workbook(io.BytesIO(content(choice, "xlsx")))
        cells = [cell for row in workbook["按村（社区）"].iter_rows() for cell in row if cell.value == "=1+1"]
        assert [cell.data_type for cell in cells] == ["s"]

    def test_all_figures_hold_every_group_and_limit(self, choice):
        rows = below_head(book(choice)["全部数据"], "代码")
        elders = [row for row in rows if row[1] == "合计" and row[3] == "60岁及以上"]
        assert [(row[4], *row[5:9]) for row in elders] == [
            (5, 210, 30, 170, 10),
            (pytest.approx(601 / 60), 210, 80, 120, 10),
        ]


@pytest.mark.django_db
class TestTheYearbookTable:
    def test_has_a_line_a_township_under_joined_headings(self, choice):
        rows = book(choice, "yearbook")["年鉴表"]
        start = next(i for i, row in enumerate(rows) if row[0] == "乡镇（街道）")
        assert [value for value in rows[start] if value][:3] == ["乡镇（街道）", "设施", "人口"]
        lines = [row for row in rows[start + 2 :] if row[1] is not None]
        # Facilities in all and by kind, population, elders, then within and their share, farther, unknown.
        assert lines == [
            ("总计", 1, 1, 750, 210, 100, 300, pytest.approx(100 / 750), pytest.approx(0.4), 400, 50),
            ("1号镇", 1, 1, 300, 80, 100, 300, pytest.approx(1 / 3), 1, 0, 0),
            ("2号镇", 0, 0, 450, 130, 0, 0, 0, 0, 400, 50),
        ]


@pytest.mark.django_db
class TestTheSheet:
    @pytest.fixture
    def document(self, choice):
        choice.run.has_demo_data = True
        choice.run.save()
        document = pypdfium2.PdfDocument(content(choice, "pdf-a3"))
        yield document
        document.close()

    def words(self, document) -> str:
        return "".join(page.get_textpage().get_text_bounded() for page in document)

    def test_is_a3_and_says_what_a_sheet_must(self, run, document):
        assert [round(value / 72 * 25.4) for value in document[0].get_size()] == [420, 297]
        text = self.words(document)
        for words in (
            "测试网络",
            "2024年12月31日",
            str(run.pk),
            "内部使用",
            "示范数据",
            "比例尺 1:",
            "40.0%",
            "1号镇",
            "S1",
            "北",
        ):
            assert words in text, words

    def test_a_character_outside_the_basic_plane_is_there_and_drawn(self, document):
        assert RARE in self.words(document)

    def test_every_font_is_in_the_file_and_is_chinese(self, document):
        names = set()
        for number in range(len(document)):
            for thing in document[number].get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=8):
                font = raw.FPDFTextObj_GetFont(thing)
                assert raw.FPDFFont_GetIsEmbedded(font) == 1
                name = ctypes.create_string_buffer(200)
                raw.FPDFFont_GetBaseFontName(font, name, 200)
                names.add(name.value.decode())
        assert names
        assert all("CJK" in name for name in names)

    def test_is_drawn_in_lines_and_not_in_pixels(self, document):
        kinds = [thing.type for thing in document[0].get_objects(max_depth=8)]
        assert raw.FPDF_PAGEOBJ_IMAGE not in kinds
        assert kinds.count(raw.FPDF_PAGEOBJ_PATH) > 50

    def test_the_picture_is_the_sheet(self, choice):
        picture = content(choice, "png")
        assert picture.startswith(b"\x89PNG")
        assert RunFile.objects.filter(kind="pdf-a3").count() == 1

    def test_a_run_without_anything_to_draw_says_so(self, choice):
        choice.set.facility_ids = []
        choice.set.save()
        Division.objects.update(boundary=None)
        choice.set.reaches.all().delete()
        with pytest.raises(ExportError, match="没有可画的内容"):
            content(choice, "pdf-a4")


@pytest.mark.django_db
def test_the_layers_are_in_the_legal_datum_with_the_runs_figures(choice, tmp_path):
    import pyogrio

    path = tmp_path / "run.gpkg"
    path.write_bytes(content(choice, "gpkg"))
    assert {name for name, _kind in pyogrio.list_layers(path)} == {
        "places", "facilities", "divisions", "roads", "built_up_areas", "about",
    }  # fmt: skip
    places = pyogrio.read_dataframe(path, layer="places")
    assert places.crs.to_epsg() == 4490
    assert sorted(zip(places["people"], places["step"], strict=True)) == [
        (50, "unknown"), (100, "0"), (200, "1"), (400, "2"),
    ]  # fmt: skip
    assert places.geometry.x.between(105.9, 106.1).all()
    divisions = pyogrio.read_dataframe(path, layer="divisions").set_index("name")
    assert divisions.loc["1号镇", ["people", "covered", "uncovered", "unknown"]].tolist() == [300, 300, 0, 0]
    about = pyogrio.read_dataframe(path, layer="about").set_index("fact")["value"]
    assert about["run"] == str(choice.run.pk)


@pytest.mark.django_db
def test_a_facility_without_a_place_is_counted_alike_on_screen_and_in_every_file(
    client, villages, network, walk
):
    make_facility("S2", "station-test", None, villages[2], since=DAY)
    run = compute_coverage(request=request_for(network, walk))
    choice = page.choose(run, {"group": "residents", "limit": "601"})
    client.force_login(
        factories.UserFactory(role=Role.PLANNER), "geo_registry.accounts.backends.PolicyBackend"
    )
    address = f"{reverse('maps:planner_run', args=[run.pk])}?{choice.query()}"
    assert client.get(address).context["facility_count"] == 2
    assert client.get(f"{address}&in={villages[2].parent.code}").context["facility_count"] == 1
    tables = tables_of(choice, is_public=False)
    assert ("设施数", "2") in sheet_of(tables).facts
    assert [one.number for one in sheet_of(tables).facilities] == [1]
    counts = {row[0]: row[1] for row in book(choice, "yearbook")["年鉴表"]}
    assert [counts[name] for name in ("总计", "1号镇", "2号镇")] == [2, 1, 1]
    listed = {row[1]: row[0] for row in book(choice)["设施"]}
    assert (listed["S1"], listed["S2"]) == (1, None)


@pytest.mark.django_db
def test_what_is_for_the_office_says_so_in_every_form_though_there_is_a_review_number(choice):
    Installation.objects.update(map_review_number="测试(2024)001")
    factories.ReferenceValueFactory(key="suppression-threshold", value=10)
    page_text = content(choice, "html").decode()
    assert "内部使用 · 审图号" in page_text
    assert f"<h1>{choice.parent.name}" in page_text
    assert "内部使用" in str(book(choice))
    assert "内部使用" not in content(choice, "html", is_public=True).decode()


@pytest.mark.django_db
class TestMadeOnceAndKept:
    def test_command_and_button_hand_out_the_same_bytes(self, client, choice, tmp_path):
        client.force_login(
            factories.UserFactory(role=Role.PLANNER), "geo_registry.accounts.backends.PolicyBackend"
        )
        url = reverse("maps:planner_file", args=[choice.run.pk, "xlsx"])
        handed = client.get(f"{url}?{choice.query()}")
        assert handed.status_code == 200
        target = tmp_path / "annex.xlsx"
        call_command(
            "export_report",
            run=str(choice.run.pk),
            group="residents",
            minutes=601 / 60,
            output=str(target),
            stdout=io.StringIO(),
        )
        assert target.read_bytes() == b"".join(handed)
        assert RunFile.objects.count() == 1

    def test_what_the_file_rests_on_makes_another_one(self, choice):
        first = made(Wanted(choice=choice, kind=KINDS["xlsx"]))
        assert made(Wanted(choice=choice, kind=KINDS["xlsx"])) == first
        Installation.objects.update(map_review_number="测试(2024)001")
        second = made(Wanted(choice=choice, kind=KINDS["xlsx"]))
        assert second != first
        assert bytes_of(first) != bytes_of(second)

    def test_a_lost_file_is_made_again(self, choice):
        file = made(Wanted(choice=choice, kind=KINDS["yearbook"]))
        bytes_at(file.attachment).unlink()
        again = made(Wanted(choice=choice, kind=KINDS["yearbook"]))
        assert again == file
        assert bytes_at(again.attachment) is not None

    def test_is_not_tidied_away_while_its_run_is_there(self, choice):
        file = made(Wanted(choice=choice, kind=KINDS["yearbook"]))
        tidy(older_than=dt.timedelta(seconds=-1))
        assert bytes_at(file.attachment) is not None
        choice.run.delete()
        tidy(older_than=dt.timedelta(seconds=-1))
        assert not Content.objects.exists()

    def test_a_sheet_is_made_in_the_background_and_the_work_leads_to_it(self, client, choice):
        client.force_login(
            factories.UserFactory(role=Role.PLANNER), "geo_registry.accounts.backends.PolicyBackend"
        )
        url = reverse("maps:planner_file_make", args=[choice.run.pk, "pdf-a4"])
        response = client.post(f"{url}?{choice.query()}")
        job = Job.objects.get()
        assert response.url == reverse("jobs:detail", args=[job.pk])
        assert job.error == ""
        handed = client.get(job.result_url)
        assert b"".join(handed).startswith(b"%PDF")
        assert "A4" in handed["Content-Disposition"]
        assert client.post(f"{url}?{choice.query()}").url == job.result_url

    def test_one_that_has_not_been_made_leads_back_to_the_page(self, client, choice):
        client.force_login(
            factories.UserFactory(role=Role.PLANNER), "geo_registry.accounts.backends.PolicyBackend"
        )
        url = reverse("maps:planner_file", args=[choice.run.pk, "pdf-a3"])
        response = client.get(f"{url}?{choice.query()}")
        assert response.status_code == 302
        assert response.url.endswith("#take-away")

    def test_the_page_offers_every_kind(self, client, choice):
        client.force_login(
            factories.UserFactory(role=Role.PLANNER), "geo_registry.accounts.backends.PolicyBackend"
        )
        text = client.get(choice.url()).content.decode()
        for kind in KINDS.values():
            assert str(kind.label) in text

    def test_a_viewer_is_offered_none(self, client, choice):
        client.force_login(
            factories.UserFactory(role=Role.VIEWER), "geo_registry.accounts.backends.PolicyBackend"
        )
        assert "take-away" not in client.get(choice.url()).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_file(choice):
    found: list[tuple[Any, bytes]] = []

    def ask() -> None:
        try:
            with translation.override("zh-hans"):
                file = made(Wanted(choice=choice, kind=KINDS["yearbook"]))
                found.append((file.pk, bytes_of(file)))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(found) == 2
    assert found[0] == found[1]
    assert Content.objects.count() == 1


@pytest.mark.django_db
class TestForThePublic:
    @pytest.fixture(autouse=True)
    def reviewed(self, run):
        Installation.objects.update(map_review_number="测试(2024)001")
        ReferenceValue.objects.create(key="suppression-threshold", title_zh="最小公布数", value=20)

    @pytest.fixture
    def elders(self, run) -> page.Choice:
        return page.choose(run, {"group": "age60", "limit": "601"})

    def test_no_file_has_a_village_a_gap_list_or_a_count_at_a_place(self, elders, tmp_path):
        import pyogrio

        tables = tables_of(elders, is_public=True)
        assert {row.depth for row in tables.rows} == {0, 1}
        assert not tables.gaps
        sheets = book(elders, is_public=True)
        assert "按村（社区）" not in sheets
        assert "缺口清单" not in sheets
        path = tmp_path / "run.gpkg"
        path.write_bytes(content(elders, "gpkg", is_public=True))
        assert pyogrio.read_dataframe(path, layer="places")["people"].isna().all()

    def test_carries_the_review_number_and_what_is_for_the_office_still_says_so(self, elders):
        public = " ".join(str(value) for row in book(elders, is_public=True)["说明"] for value in row)
        assert "测试(2024)001" in public
        assert "内部使用" not in public
        assert "内部使用" in " ".join(str(value) for row in book(elders)["说明"] for value in row)

    def test_subtraction_finds_no_small_count(self, elders):
        """Ten elders are too far from any road. From all that every public file shows, as much as eighteen is possible."""
        shown = {
            (row[1], row[3], row[4]): row[5:9]
            for row in below_head(book(elders, is_public=True)["全部数据"], "代码")
        }
        least, most = bounds_of_hidden(shown, ("2号镇", "60岁及以上", 5), 3)
        assert least <= 10
        assert most >= 19

    def test_what_to_hide_is_found_out_once_and_read_again_unchanged(self, elders, monkeypatch):
        first = public_records(elders)
        monkeypatch.setattr(coverage_public, "public_coverage", None)
        assert public_records(elders) == first
        assert any(record.unknown is None for record in first.values())
        ReferenceValue.objects.update(value=30)
        with pytest.raises(TypeError):
            public_records(elders)

    def test_a_part_of_a_run_is_not_published(self, run, towns):
        part = page.choose(run, {"in": towns[0].code})
        with pytest.raises(ExportError, match="整个测算"):
            made(Wanted(choice=part, kind=KINDS["xlsx"], is_public=True))

    def test_a_facility_that_is_not_public_is_not_listed(self, elders):
        assert below_head(book(elders, is_public=True)["设施"], "图上编号") == []


def bounds_of_hidden(
    shown: dict[tuple[str, str, float], tuple[Any, ...]], key: tuple[str, str, float], column: int
) -> tuple[float, float]:
    """Try to work a hidden figure out: the least and the most it can be, given all that is shown and all sums that hold.

    People are those within, beyond and unknown; the whole is its townships; people and unknown are the same at every limit.
    """
    import numpy as np
    from scipy.optimize import linprog

    cells = {(name, i): n for n, (name, i) in enumerate((name, i) for name in shown for i in range(4))}
    equalities, values = [], []

    def state(parts: dict[int, int], value: float) -> None:
        row = np.zeros(len(cells))
        for cell, factor in parts.items():
            row[cell] += factor
        equalities.append(row)
        values.append(value)

    for name, figures in shown.items():
        state({cells[name, 0]: 1, cells[name, 1]: -1, cells[name, 2]: -1, cells[name, 3]: -1}, 0)
        for i, figure in enumerate(figures):
            if figure != "※":
                state({cells[name, i]: 1}, figure)
    for where, group, limit in shown:
        if where == "合计":
            for i in range(4):
                parts = {
                    cells[(town, group, limit), i]: -1
                    for town in ("1号镇", "2号镇")
                    if (town, group, limit) in shown
                }
                state({cells[(where, group, limit), i]: 1, **parts}, 0)
        for other, other_group, other_limit in shown:
            if (other, other_group) == (where, group) and other_limit != limit:
                for i in (0, 3):
                    state({cells[(where, group, limit), i]: 1, cells[(where, group, other_limit), i]: -1}, 0)
    wanted = np.zeros(len(cells))
    wanted[cells[key, column]] = 1
    found = [
        linprog(sign * wanted, A_eq=np.array(equalities), b_eq=np.array(values), bounds=(0, None)).fun
        for sign in (1, -1)
    ]
    return found[0], -found[1]


@pytest.mark.django_db
class TestTheCommands:
    def test_a_division_that_the_run_does_not_have_is_refused(self, choice, tmp_path):
        with pytest.raises(CommandError, match="123"):
            call_command("export_report", within="123", output=str(tmp_path / "x.xlsx"))

    def test_a_part_of_the_run_can_be_taken(self, choice, towns, tmp_path):
        target = tmp_path / "part.xlsx"
        call_command(
            "export_report", within=towns[0].code, group="residents", output=str(target), stdout=io.StringIO()
        )
        rows = below_head(
            list(openpyxl.load_workbook(target)["按乡镇（街道）"].iter_rows(values_only=True)), "代码"
        )
        assert [(row[1], row[2]) for row in rows] == [("合计", 300), (RARE, 100), ("乙村", 200)]
