import datetime as dt
from pathlib import Path

import pytest
import shapely
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from geo_registry.geodata.records import Severity
from geo_registry.imports.models import Batch, BatchRow
from geo_registry.imports.registry import ExportScope
from geo_registry.imports.services import one_file, run_import
from geo_registry.imports.services.undoing import undo_batch
from geo_registry.territory.models import Road
from placenames.models import KindProcedure, Name, Place, PlaceKind, PlaceRelation, Spelling
from placenames.services import spelled_ahead
from placenames.services.exports import export_place_names
from tests.factories import DemoSourceFactory, PlaceKindFactory, SourceFactory, line

from .files import csv_file, vector_file, xlsx_file
from .test_divisions import counts

pytestmark = pytest.mark.django_db

HAMLET = {
    "外部编号": "D1", "标准名称": "任家桥", "罗马字母拼写": "Rénjiāqiáo", "拼写已确认": "是", "类别": "自然村",
    "所属政区": "990001100201", "经度": 106.05, "纬度": 38.0, "地名来历": "传说", "曾用名": "老桥;旧桥", "批准机关": "县政府",
    "批准时间": "2024-01-30", "密级": "", "公开": "是",
}  # fmt: skip


@pytest.fixture(autouse=True)
def kinds(county):
    for code, name, ground, terms, mode in (
        ("village", "村", PlaceKind.Ground.DIVISION, ["村"], "solid"),
        ("hamlet", "自然村", PlaceKind.Ground.NONE, ["庄", "桥"], "solid"),
        ("road", "道路", PlaceKind.Ground.ROAD, ["路", "街"], "apart"),
    ):
        PlaceKindFactory(
            code=code, name_zh=name, name_en="", ground=ground, generic_terms=terms, split_mode=mode
        )


def take(path, **options):
    return run_import(kind="place-names", path=path, source_crs="EPSG:4490", **options)


def test_a_real_file_that_says_the_same_point_as_the_demo_keeps_it(tmp_path, county):
    take(csv_file(tmp_path / "demo.csv", [HAMLET]), source=DemoSourceFactory())
    assert Place.objects.get().geometry_method == "invented"
    take(csv_file(tmp_path / "real.csv", [HAMLET]), source=SourceFactory())
    place = Place.objects.get()
    assert not place.is_demo
    assert (place.geometry.coords, place.geometry_method) == ((106.05, 38.0), "imported")


def names(place):
    return {(name.text, name.status) for name in place.names.all()}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_row_becomes_a_place_with_names_and_a_confirmed_spelling(tmp_path, county, suffix):
    write = csv_file if suffix == "csv" else xlsx_file
    report = take(write(tmp_path / f"n.{suffix}", [HAMLET]))
    assert counts(report) == {"new": 1}
    place = Place.objects.get()
    assert (place.kind.code, place.division, place.published, place.origin) == (
        "hamlet",
        county.east,
        True,
        "传说",
    )
    assert (place.approved_by, place.approved_on) == ("县政府", dt.date(2024, 1, 30))
    assert names(place) == {("任家桥", "standard"), ("老桥", "former"), ("旧桥", "former")}
    name = place.standard_name()
    assert (name.specific, name.generic, name.valid_from) == ("任家", "桥", dt.date(2024, 1, 30))
    assert name.confirmed_spelling().text == "Rénjiāqiáo"
    assert Place.objects.found_by("renjiaqiao").get() == place


def test_the_same_file_twice_changes_nothing(tmp_path):
    path = csv_file(
        tmp_path / "n.csv",
        [
            HAMLET,
            HAMLET
            | {"外部编号": "D2", "标准名称": "马家庄", "拼写已确认": "否", "罗马字母拼写": "Mǎjiāzhuāng"},
        ],
    )
    take(path)

    def everything():
        return [list(m.objects.order_by("pk").values()) for m in (Place, Spelling)] + [
            list(Name.objects.order_by("pk").values("pk", "text", "status", "valid_from", "valid_to"))
        ]

    before = everything()
    assert counts(take(path)) == {"unchanged": 2}
    assert everything() == before


def test_an_unconfirmed_spelling_is_not_taken_over_and_one_is_proposed(tmp_path):
    report = take(csv_file(tmp_path / "n.csv", [HAMLET | {"拼写已确认": "否", "罗马字母拼写": "Xxxx"}]))
    spelling = Spelling.objects.get(name__text="任家桥")
    assert spelling.status == Spelling.Status.PROPOSED
    assert spelling.text != "Xxxx"
    assert any("Xxxx" in str(issue.message) for issue in report.issues)


def test_a_corrected_spelling_replaces_the_confirmed_one_and_keeps_it(tmp_path):
    take(csv_file(tmp_path / "n.csv", [HAMLET | {"罗马字母拼写": "Rènjiāqiáo"}]))
    assert counts(take(csv_file(tmp_path / "n2.csv", [HAMLET]))) == {"changed": 1}
    rows = Spelling.objects.filter(name__text="任家桥").values_list("text", "status")
    assert set(rows) == {("Rènjiāqiáo", "replaced"), ("Rénjiāqiáo", "confirmed")}


def test_another_standard_name_makes_the_first_a_former_one(tmp_path):
    take(csv_file(tmp_path / "n.csv", [HAMLET]), source="office")
    renamed = HAMLET | {
        "标准名称": "新任家桥",
        "罗马字母拼写": "",
        "拼写已确认": "",
        "批准时间": "2025-03-01",
    }
    assert counts(take(csv_file(tmp_path / "n2.csv", [renamed]), source="office")) == {"changed": 1}
    place = Place.objects.get()
    assert place.standard_name().text == "新任家桥"
    former = place.names.get(text="任家桥")
    assert (former.status, former.valid_to) == (Name.Status.FORMER, dt.date(2025, 3, 1))


def test_a_village_that_has_its_place_already_is_completed_and_not_doubled(tmp_path, county):
    path = csv_file(tmp_path / "d.csv", [{"代码": "990001100202", "名称": "南村村委会"}])
    run_import(kind="divisions", path=path)
    made = Place.objects.get(named_division__code="990001100202")
    row = HAMLET | {
        "标准名称": "南村",
        "类别": "村",
        "对应区划代码": "990001100202",
        "罗马字母拼写": "Nán Cūn",
    }
    assert counts(take(csv_file(tmp_path / "n.csv", [row]))) == {"changed": 1}
    place = Place.objects.get()
    assert (place.pk, place.short_id) == (made.pk, made.short_id)
    assert place.standard_name().text == "南村"


def test_roads_that_have_their_places_already_become_the_place_of_the_row(tmp_path, county):
    lines = [
        shapely.LineString([(106.00, 38.0), (106.01, 38.0)]),
        shapely.LineString([(106.01, 38.0), (106.02, 38.0)]),
        shapely.LineString([(106.08, 38.0), (106.09, 38.0)]),
    ]
    rows = [{"road_id": f"R{n}", "name": "兴业路"} for n in range(3)]
    run_import(kind="roads", path=vector_file(tmp_path / "r.gpkg", rows, lines), source="survey")
    assert Place.objects.count() == 2  # two stretches meet, the third lies far away
    row = {
        "外部编号": "D9",
        "标准名称": "兴业路",
        "类别": "道路",
        "所属政区": "990001100",
        "对应道路编号": "R0;R1;R2",
    }
    report = take(csv_file(tmp_path / "n.csv", [row]), source="survey")
    assert counts(report) == {"changed": 1}
    place = Place.objects.get()
    assert set(place.roads.values_list("source_ref", flat=True)) == {"R0", "R1", "R2"}
    assert counts(take(csv_file(tmp_path / "n.csv", [row]), source="survey")) == {"unchanged": 1}


def test_a_place_with_a_secrecy_level_is_not_public_and_none_is_none(tmp_path):
    rows = [
        HAMLET | {"密级": "内部"},
        HAMLET
        | {"外部编号": "D2", "标准名称": "马家庄", "罗马字母拼写": "", "拼写已确认": "", "密级": "公开"},
    ]
    take(csv_file(tmp_path / "n.csv", rows))
    assert [str(place) for place in Place.objects.public()] == ["马家庄"]


def test_a_name_without_a_number_is_found_by_its_division(tmp_path):
    rows = [{key: value for key, value in HAMLET.items() if key != "外部编号"}]
    take(csv_file(tmp_path / "n.csv", rows))
    assert counts(take(csv_file(tmp_path / "n2.csv", rows))) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"类别": "星球"}, "类别"),
        ({"类别": ""}, "类别"),
        ({"地名代码": "123"}, "地名代码"),
        ({"对应区划代码": "123456"}, "对应区划代码"),
        ({"对应道路编号": "R404"}, "对应道路编号"),
        ({"所属政区": "123456"}, "所属政区"),
        ({"罗马字母拼写": "任家桥"}, "罗马字母拼写"),
        ({"罗马字母拼写": ""}, "拼写已确认"),
        ({"标准名称": ""}, "标准名称"),
    ],
)
def test_what_cannot_be_is_refused_by_row_and_column(tmp_path, change, column):
    blank = dict.fromkeys(["地名代码", "对应区划代码", "对应道路编号"], "")
    good = HAMLET | blank | {"外部编号": "D0", "标准名称": "马家庄", "罗马字母拼写": "", "拼写已确认": ""}
    report = take(csv_file(tmp_path / "n.csv", [good, HAMLET | blank | change]))
    assert counts(report) == {"new": 1, "refused": 1}
    assert {(i.row, i.column) for i in report.issues if i.severity is Severity.ERROR} == {(3, column)}


def test_demo_names_never_change_a_real_place(tmp_path):
    take(csv_file(tmp_path / "n.csv", [HAMLET]), source="real")
    invented = HAMLET | {"外部编号": "X1", "地名来历": "虚构"}
    rows = [{key: value for key, value in invented.items() if key != "外部编号"}]
    assert counts(take(csv_file(tmp_path / "n2.csv", rows), source=DemoSourceFactory())) == {"refused": 1}
    assert Place.objects.get().origin == "传说"


def test_a_line_may_be_the_geometry(tmp_path):
    rows = [{"外部编号": "D1", "标准名称": "秦渠", "类别": "道路"}]
    path = vector_file(tmp_path / "n.gpkg", rows, [shapely.LineString([(106, 38), (106.1, 38)])])
    assert counts(take(path)) == {"new": 1}
    assert Place.objects.get().geometry.geom_type == "LineString"


def test_the_number_of_queries_does_not_grow_with_the_rows(tmp_path):
    Road.objects.create(geometry=line())

    def queries(first, last, name):
        rows = [
            HAMLET
            | {
                "外部编号": f"D{n}",
                "标准名称": f"庄{n}庄",
                "罗马字母拼写": "",
                "拼写已确认": "",
                "曾用名": "",
            }
            for n in range(first, last)
        ]
        with CaptureQueriesContext(connection) as seen:
            assert take(csv_file(tmp_path / name, rows)).counts["new"] == last - first
        return len(seen)

    queries(0, 1, "warm.csv")
    few, many = queries(1, 61, "few.csv"), queries(61, 461, "many.csv")
    assert few == many


FORM = {
    "外部编号": "D2", "标准名称": "灵武市", "类别": "自然村", "所属政区": "990001100201", "经度": 106.06, "纬度": 38.0,
    "别名": "灵州;古灵州", "简称": "灵", "少数民族语书写形式": "لىڭۋۇ", "语种": "汉语", "描述": "在镇东", "使用时间": "1949年至今",
    "命名时间": "明洪武年间", "设立年份": "1372", "废止年份": "", "标牌个数": 3, "起点坐标": "106.34,38.10",
    "止点坐标": "106.35,38.10",
    "坐标系": "CGCS2000", "测量方法": "手持GPS", "多媒体": "DM0001.mp3",
    "资料来源": "《灵武县志》", "登记人": "某某", "登记单位": "县民政局",
    "登记时间": "2024-03-25",
}  # fmt: skip


def test_every_field_of_the_surveys_form_comes_in_and_goes_out(tmp_path, county):
    """The fields that the national database and the survey's form have, with what hangs on them; a second time nothing changes."""
    path = csv_file(tmp_path / "form.csv", [FORM])
    assert counts(take(path)) == {"new": 1}
    place = Place.objects.get()
    assert names(place) == {
        ("灵武市", "standard"), ("灵州", "alias"), ("古灵州", "alias"), ("灵", "short"), ("لىڭۋۇ", "minority"),
    }  # fmt: skip
    assert place.names.get(status="minority").language == "ug"
    assert (place.named_when, place.set_up_when, place.sign_count) == ("明洪武年间", "1372", 3)
    assert (place.from_position, place.measured_how) == ("106.34,38.10", "手持GPS")
    assert (place.registered_unit, place.registered_on) == ("县民政局", dt.date(2024, 3, 25))
    assert counts(take(path)) == {"unchanged": 1}
    out = next(iter(export_place_names(ExportScope()))).values
    assert (out["aliases"], out["short_names"], out["media_listed"]) == (
        ["灵州", "古灵州"],
        ["灵"],
        "DM0001.mp3",
    )


@pytest.mark.parametrize("kind", ["place-names", "divisions"])
def test_names_that_are_spelled_ahead_are_stored_as_those_that_are_not(tmp_path, county, monkeypatch, kind):
    """The same rows in all tables, and the process ends with the import."""
    started = []
    make = spelled_ahead.SpellingProcess

    def starting(lexicon):
        started.append(make(lexicon))
        return started[-1]

    monkeypatch.setattr(spelled_ahead, "SpellingProcess", starting)
    monkeypatch.setattr(one_file, "CHUNK_ROWS", 100)
    texts = [
        f"{first}{second}村"
        for first in "兴郝任重女"
        for second in "业家桥兴儿湾堡里甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    ]
    if kind == "place-names":
        rows = [
            {
                "外部编号": f"N{n}",
                "标准名称": text,
                "类别": "自然村",
                "所属政区": "990001100200",
                "曾用名": f"老{text}",
            }
            for n, text in enumerate(texts)
        ]
    else:
        rows = [{"代码": f"990001100{300 + n}", "名称": text, "级别": "村"} for n, text in enumerate(texts)]
    path = csv_file(tmp_path / "n.csv", rows)

    def stored(worthwhile):
        monkeypatch.setattr(spelled_ahead, "WORTHWHILE", worthwhile)
        with transaction.atomic():
            report = run_import(kind=kind, path=path)
            assert counts(report) == {"new": len(rows)}
            found = (
                list(
                    Name.objects.order_by("pk").values_list("text", "specific", "generic", "status", "keys")
                ),
                list(
                    Spelling.objects.order_by("pk").values_list("name__text", "text", "doubts", "split_mode")
                ),
            )
            transaction.set_rollback(True)
        return found

    here = stored(10**6)
    assert not started
    ahead = stored(1)
    assert len(started) == 1
    assert ahead == here
    assert len(here[1]) == len(rows) * (2 if kind == "place-names" else 1)
    assert not Path(f"/proc/{started[0].pid}").exists()


# -- checks beside the rows ------------------------------------------------------------------------


@pytest.fixture
def unique():
    """Hamlets' names must be the only ones within the county."""
    return KindProcedure.objects.create(
        kind=PlaceKind.objects.get(code="hamlet"), family="settlement", scope="county"
    )


def said(report, row):
    """What the preview says of a row's name, in English."""
    return [
        issue.message.render()
        for issue in report.issues
        if issue.row == row and issue.message.template.startswith("Check ")
    ]


def hamlets(*texts, division="990001100201"):
    return [
        {"外部编号": f"H{i}", "标准名称": text, "类别": "自然村", "所属政区": division, "经度": 106.05 + i / 1000, "纬度": 38.0}
        for i, text in enumerate(texts)
    ]  # fmt: skip


def test_rows_are_checked_like_proposed_names_each_against_the_other(tmp_path, county, unique):
    take(csv_file(tmp_path / "there.csv", hamlets("新华庄")))
    rows = hamlets("常兴庄", "长兴庄", "独一庄")
    rows.append(hamlets("新华庄", division="990001100200")[0] | {"外部编号": "X1"})
    report = take(
        csv_file(tmp_path / "n.csv", [row | {"外部编号": f"N{row['外部编号']}"} for row in rows]),
        dry_run=True,
    )
    assert any("Check 3" in text and "长兴庄" in text for text in said(report, 2))
    assert any("Check 3" in text and "常兴庄" in text for text in said(report, 3))
    assert not any("庄”" in text for text in said(report, 4))
    assert any("Check 1," in text and "新华庄" in text for text in said(report, 5))
    assert any("could not be made" in issue.message.render() for issue in report.issues if issue.row is None)


def test_a_secret_name_is_not_told_to_those_who_read_the_batch(tmp_path, county, unique):
    take(csv_file(tmp_path / "there.csv", [row | {"密级": "秘密"} for row in hamlets("常兴庄")]))
    file = csv_file(tmp_path / "n.csv", [row | {"外部编号": "N1"} for row in hamlets("长兴庄")])
    for report in (take(file, dry_run=True), take(file)):
        assert any("Check 3" in text and "A name that is not public, in" in text for text in said(report, 2))
        assert not any("常兴" in text for text in said(report, 2))
    assert "常兴" not in str(
        list(BatchRow.objects.filter(batch=report.batch).values_list("issues", flat=True))
    )


def test_a_name_that_changes_is_checked_again_and_one_that_stays_is_not(tmp_path, county, unique):
    take(csv_file(tmp_path / "n.csv", hamlets("常兴庄", "独一庄")))
    report = take(csv_file(tmp_path / "n.csv", hamlets("常兴庄", "长兴庄")), dry_run=True)
    assert said(report, 2) == []
    assert any("常兴庄" in text for text in said(report, 3))


def test_more_names_than_can_be_looked_at_are_said(tmp_path, county, monkeypatch):
    monkeypatch.setattr("placenames.services.import_checks.MOST_CHECKED", 1)
    report = take(csv_file(tmp_path / "n.csv", hamlets("常兴庄", "长兴庄")), dry_run=True)
    assert any("1 more were not checked" in issue.message.render() for issue in report.issues)


def test_the_checks_cost_a_file_the_same_number_of_statements_however_many_names_it_has(
    tmp_path, county, unique
):
    texts = [f"{a}{b}庄" for a in "兴业星新信长常昌平安" for b in "宁康乐东西南北中大太"]

    def statements(count):
        path = csv_file(tmp_path / f"{count}.csv", hamlets(*texts[:count]))
        with CaptureQueriesContext(connection) as context:
            take(path, dry_run=True)
        return len(context.captured_queries)

    statements(10)
    # Not one more for each: a few pieces more of what is copied.
    assert statements(100) <= statements(20) + 4


# -- relations -------------------------------------------------------------------------------------


def relations():
    return {
        (
            row.place.current_name().text,
            row.relation,
            row.other.current_name().text if row.other else row.other_text,
        )
        for row in PlaceRelation.objects.all()
    }


def related(tmp_path, name="n.csv", **cells):
    blank = {"更名自": "", "从属于": "", "得名于": ""}
    rows = [row | blank for row in hamlets("任家桥", "单家庄", "仇家庄")]
    for number, more in cells.items():
        rows[int(number[1:])] |= more
    return take(csv_file(tmp_path / name, rows))


def test_relations_come_in_by_name_also_to_a_later_row_and_in_words(tmp_path, county):
    report = related(
        tmp_path, _0={"更名自": "老桥（旧县志）", "从属于": "单家庄"}, _2={"得名于": "任家桥；仇将军，明代"}
    )
    assert relations() == {
        ("任家桥", "renamed_from", "老桥（旧县志）"), ("任家桥", "part_of", "单家庄"), ("仇家庄", "named_after", "任家桥"),
        ("仇家庄", "named_after", "仇将军，明代"),
    }  # fmt: skip
    assert any("kept in words" in issue.message.render() for issue in report.issues)
    assert counts(related(tmp_path, _0={"从属于": "单家庄"})) == {"unchanged": 3}


def test_relations_that_say_nothing_certain_are_left_out_and_said(tmp_path, county):
    take(csv_file(tmp_path / "twice.csv", hamlets("古城庄", division="990001100201")))
    take(
        csv_file(
            tmp_path / "again.csv", [hamlets("古城庄")[0] | {"外部编号": "X9", "所属政区": "990001100200"}]
        )
    )
    report = related(
        tmp_path, _0={"从属于": "古城庄"}, _1={"从属于": "仇家庄"}, _2={"从属于": "单家庄；仇家庄"}
    )
    assert relations() == {("单家庄", "part_of", "仇家庄")}
    text = " ".join(issue.message.render() for issue in report.issues)
    assert "is the name of 2 places" in text
    assert "round in a ring" in text
    assert "no relation to itself" in text


def test_relations_go_out_so_that_they_come_in_again_and_an_undo_takes_them_back(tmp_path, county):
    related(tmp_path, _0={"从属于": "单家庄"})
    rows = {row.values["name"]: row.values for row in export_place_names(ExportScope())}
    (cell,) = rows["任家桥"]["part_of"]
    target = Place.objects.get(names__text="单家庄")
    assert cell == f"单家庄#{target.short_id}"
    PlaceRelation.objects.all().delete()
    Name.objects.filter(text="单家庄").update(text="单家新庄")
    report = related(tmp_path, "by-number.csv", _0={"从属于": cell}, _1={"标准名称": "单家新庄"})
    assert relations() == {("任家桥", "part_of", "单家新庄")}
    undo_batch(batch=Batch.objects.get(pk=report.batch), user=None)
    assert relations() == set()
