"""A file that lies is found out: each lie is told with row and column, by the core and on the page, before anything goes in."""

from __future__ import annotations

import numpy as np
import openpyxl
import pytest
from django.urls import reverse

from facilities.models import Facility
from geo_registry.geodata.chinese_offsets import wgs84_to_gcj02
from geo_registry.geodata.crs import Converter
from geo_registry.geodata.errors import GeodataError
from geo_registry.geodata.identity import credit_code_check_digit
from geo_registry.geodata.records import Outcome, Severity
from geo_registry.imports.models import Batch
from geo_registry.imports.registry import kind_of
from geo_registry.imports.services import flow, one_file, run_import
from geo_registry.territory.models import PopulatedPlace
from tests.factories import FacilityFactory, KindFactory, PopulatedPlaceFactory, point

from .files import csv_file
from .way import bring, counts_of, facilities_file, previewed, uploaded

pytestmark = pytest.mark.usefixtures("in_this_process", "limits")
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture(autouse=True)
def kind(db):
    return KindFactory(code="the-kind")


def row(county, **more):
    return {
        "设施编号": "F1", "名称": "甲站", "类型": "the-kind", "行政区划代码": county.west.code, "经度": 105.95, "纬度": 38.0,
        **more,
    }  # fmt: skip


def metres(lon, lat, epsg):
    x, y = Converter(epsg).coordinates_back([lon], [lat])
    return {"经度": float(x[0]), "纬度": float(y[0])}


GOOD = "9111000071093123" + "X"
WRONG_CODE = GOOD + next(c for c in "0123456789" if c != credit_code_check_digit(GOOD))

# name → what is changed in the row, the column that is named, words of the sentence, and whether the row is refused.
LIES = {
    "swapped": ({"经度": 38.0, "纬度": 105.95}, "经度", "swapped", True),
    "swapped, both possible": ({"经度": 38.0, "纬度": 85.95}, "经度", "", True),
    "metres for degrees": (metres(105.95, 38.0, "EPSG:4544"), "经度", "metres", True),
    "far away": ({"经度": 116.4, "纬度": 39.9}, "经度", "far outside", True),
    "no number": ({"经度": "东边", "纬度": 38.0}, "经度", "", True),
    "one of two": ({"纬度": ""}, "纬度", "both", True),
    "beside the division": ({"经度": 106.05}, "行政区划代码", "outside of", False),
    "more vacant than there are": ({"床位数": 10, "空余床位": 12}, "空余床位", "more than", True),
    "more nursing beds than beds": ({"床位数": 10, "护理型床位": 12}, "护理型床位", "more than", True),
    "closed before it opened": (
        {"开业日期": "2024-05-01", "状态": "注销", "状态日期": "2020-01-01"}, "状态日期", "before it opened", True,
    ),
    "a contract that ends first": (
        {"合同开始": "2024-05-01", "合同截止": "2020-01-01"}, "合同截止", "before it begins", True,
    ),
    "a wrong check digit": ({"统一社会信用代码": WRONG_CODE}, "统一社会信用代码", "check digit", True),
    "an impossible date": ({"开业日期": "2024-02-31"}, "开业日期", "", True),
    "no such division": ({"行政区划代码": "990009999"}, "行政区划代码", "No division", True),
    "no such kind": ({"类型": "茶馆"}, "类型", "no kind", True),
    "a mobile for the public": ({"公开电话": "13812345678"}, "公开电话", "mobile", False),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_with_its_row_and_column(tmp_path, county, lie):
    changed, column, words, refused = LIES[lie]
    fine = row(county, 设施编号="F0", 名称="别的站", 经度=105.96)
    path = facilities_file(tmp_path, [{**dict.fromkeys(changed), **fine}, row(county, **changed)])
    report = run_import(kind="facilities", path=path, source_crs="EPSG:4490", dry_run=True)
    told = [i for i in report.issues if i.row == 3 and i.column == column and words in i.message.render()]
    assert told, [(i.row, i.column, i.message.render()) for i in report.issues]
    assert report.counts[Outcome.REFUSED] == refused
    assert (told[0].severity is Severity.ERROR) == refused
    assert report.counts[Outcome.NEW] == 2 - refused


@pytest.mark.parametrize(
    "lie", ["swapped", "beside the division", "a wrong check digit", "closed before it opened"]
)
def test_the_page_shows_it_with_its_column_and_in_chinese(client, tmp_path, county, planner, lie):
    changed, column, _words, refused = LIES[lie]
    batch = previewed(facilities_file(tmp_path, [row(county, **changed)]), planner, "facilities")
    client.force_login(planner, backend=BACKEND)
    page = client.get(
        reverse("imports:batch", args=[batch.pk]) + f"?group={'refused' if refused else 'warned'}"
    ).content.decode()
    assert f"· {column}" in page
    assert ("未接收" if refused else "请核对") in page


def test_degrees_that_were_declared_metres_and_a_wrong_zone_are_told_with_the_right_one(tmp_path, county):
    path = facilities_file(tmp_path, [row(county)])
    report = run_import(kind="facilities", path=path, source_crs="EPSG:4544", dry_run=True)
    assert "degrees" in report.issues[0].message.render()
    rows = [
        row(county, 设施编号=f"F{n}", 名称=f"站{n}", **metres(105.95, 38.0 + n / 1000, "EPSG:4544"))
        for n in range(3)
    ]
    report = run_import(
        kind="facilities", path=facilities_file(tmp_path, rows, "z.csv"), source_crs="EPSG:4545", dry_run=True
    )
    assert report.counts[Outcome.REFUSED] == 3
    assert "EPSG:4544" in next(i for i in report.issues if i.severity is Severity.ERROR).message.render()


# -- a label that lies -----------------------------------------------------------------------------


@pytest.fixture
def known(county):
    """Eight facilities, placed by somebody who stood there."""
    kind = KindFactory(code="k")
    return [
        FacilityFactory(
            number=f"K{n}", name=f"站点{n}号", kind=kind, division=county.west, location_method="surveyed",
            location=point(105.93 + 0.005 * n, 37.99 + 0.003 * (n % 3)),
        )
        for n in range(8)
    ]  # fmt: skip


def as_gcj02(county, known, **more):
    lon, lat = wgs84_to_gcj02(
        np.array([f.location.x for f in known]), np.array([f.location.y for f in known])
    )
    return [
        {
            "设施编号": f.number, "名称": f.name, "类型": f.kind.code, "行政区划代码": county.west.code,
            "经度": float(x), "纬度": float(y), **more,
        }
        for f, x, y in zip(known, lon, lat, strict=True)
    ]  # fmt: skip


def test_a_file_that_says_wgs_84_and_is_gcj_02_is_found_out_against_the_registry(tmp_path, county, known):
    path = facilities_file(tmp_path, as_gcj02(county, known))
    report = run_import(kind="facilities", path=path, source_crs="EPSG:4326", dry_run=True)
    assert report.likely_crs == "GCJ-02"
    (told,) = [i for i in report.issues if i.row is None and "GCJ-02" in i.message.render()]
    assert told.severity is Severity.WARNING
    honest = run_import(kind="facilities", path=path, source_crs="GCJ-02", dry_run=True)
    assert honest.likely_crs is None
    assert honest.counts[Outcome.UNCHANGED] + honest.counts[Outcome.CHANGED] == 8


def test_it_is_found_out_too_when_the_rows_bear_other_numbers(tmp_path, county, known):
    rows = [{**r, "设施编号": f"X{n}"} for n, r in enumerate(as_gcj02(county, known))]
    report = run_import(
        kind="facilities", path=facilities_file(tmp_path, rows), source_crs="EPSG:4326", dry_run=True
    )
    assert report.likely_crs == "GCJ-02"


def test_hamlets_are_found_out_as_well(tmp_path, county):
    places = [
        PopulatedPlaceFactory(
            code=f"H{n}", division=county.west, point=point(105.93 + 0.004 * n, 38.0), point_method="surveyed"
        )
        for n in range(6)
    ]
    lon, lat = wgs84_to_gcj02(np.array([p.point.x for p in places]), np.array([p.point.y for p in places]))
    rows = [
        {
            "编号": p.code,
            "名称": p.name,
            "经度": float(x),
            "纬度": float(y),
            "统计日期": "2024-12-31",
            "常住人口": 5,
        }
        for p, x, y in zip(places, lon, lat, strict=True)
    ]
    report = run_import(
        kind="population", path=csv_file(tmp_path / "h.csv", rows), source_crs="EPSG:4326", dry_run=True
    )
    assert report.likely_crs == "GCJ-02"


def test_a_file_that_tells_the_truth_is_not_suspected(tmp_path, county, known):
    rows = [
        {**r, "经度": f.location.x + 1e-4, "纬度": f.location.y}
        for r, f in zip(as_gcj02(county, known), known, strict=True)
    ]
    report = run_import(
        kind="facilities", path=facilities_file(tmp_path, rows), source_crs="EPSG:4326", dry_run=True
    )
    assert report.likely_crs is None


def test_places_that_were_only_placed_by_their_division_prove_nothing(tmp_path, county, known):
    Facility.objects.update(location_method="division")
    report = run_import(
        kind="facilities",
        path=facilities_file(tmp_path, as_gcj02(county, known)),
        source_crs="EPSG:4326",
        dry_run=True,
    )
    assert report.likely_crs is None


def test_one_click_reads_it_as_what_it_is(client, tmp_path, county, planner, known):
    batch = previewed(
        facilities_file(tmp_path, as_gcj02(county, known)), planner, "facilities", source_crs="EPSG:4326"
    )
    assert counts_of(batch)[1] == 8
    client.force_login(planner, backend=BACKEND)
    address = reverse("imports:correct", args=[batch.pk])
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert address in page
    client.post(address, {"source_crs": "BD-09"})
    batch.refresh_from_db()
    assert batch.options["source_crs"] == "EPSG:4326"
    client.post(address, {"source_crs": "GCJ-02"})
    batch.refresh_from_db()
    assert batch.options["source_crs"] == "GCJ-02"
    assert address not in client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    flow.commit(user=planner, batch=batch)
    for before in known:
        after = Facility.objects.get(pk=before.pk)
        assert after.location.distance(before.location) < 1e-6


def test_some_rows_of_a_web_map_are_marked_one_by_one(tmp_path, county, known):
    rows = as_gcj02(county, known)
    for facility, honest in list(zip(known, rows, strict=True))[:6]:
        honest |= {"经度": facility.location.x, "纬度": facility.location.y}
    report = run_import(
        kind="facilities", path=facilities_file(tmp_path, rows), source_crs="EPSG:4326", dry_run=True
    )
    assert report.likely_crs is None
    said = [(i.row, i.severity) for i in report.issues if "GCJ-02" in i.message.render()]
    assert said == [(8, Severity.WARNING), (9, Severity.WARNING), (None, Severity.WARNING)]


# -- the two numbers the other way round -------------------------------------------------------------


def many(county, **more):
    return [
        row(county, 设施编号=f"F{n}", 名称=f"第{n}站", 经度=105.95 + n / 1000, 纬度=38.0, **more)
        for n in range(5)
    ]


def in_metres(rows, epsg):
    x, y = Converter(epsg).coordinates_back([r["经度"] for r in rows], [r["纬度"] for r in rows])
    return [r | {"经度": float(a), "纬度": float(b)} for r, a, b in zip(rows, x, y, strict=True)]


def test_latitude_in_the_column_of_longitude_is_said_when_the_file_is_looked_at(tmp_path, county, planner):
    rows = [r | {"经度": r["纬度"], "纬度": r["经度"]} for r in many(county)]
    batch = bring(facilities_file(tmp_path, rows), planner, "facilities")
    batch.refresh_from_db()
    assert batch.inspection["exchanged"]
    assert batch.inspection["systems"][0]["key"] == "EPSG:4490"


def test_one_press_exchanges_the_two_numbers_and_it_is_said(client, tmp_path, county, planner):
    rows = [r | {"经度": r["纬度"], "纬度": r["经度"]} for r in many(county)]
    batch = previewed(facilities_file(tmp_path, rows), planner, "facilities")
    assert counts_of(batch) == (0, 0, 0, 5)
    client.force_login(planner, backend=BACKEND)
    page = reverse("imports:batch", args=[batch.pk])
    assert 'name="exchange_axes"' in client.get(page).content.decode()
    client.post(reverse("imports:correct", args=[batch.pk]), {"exchange_axes": "1"})
    batch.refresh_from_db()
    assert counts_of(batch) == (5, 0, 0, 0)
    after = client.get(page).content.decode()
    assert 'name="exchange_axes"' not in after
    assert "对调后读取" in after
    assert 'name="exchange_axes" checked' in " ".join(
        client.get(page + "?reading=1").content.decode().split()
    )


def boxes(client, batch):
    """Return whether the page asks to exchange the two co-ordinates, and whether the box is ticked."""
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?reading=1").content.decode()
    page = " ".join(page.split())
    return 'name="exchange_axes"' in page, 'name="exchange_axes" checked' in page


def read_as(client, batch, **answers):
    """Answer the questions about a file as they are proposed, but for some."""
    found = batch.inspection
    given = {f"column-{at}": column["field"] for at, column in enumerate(found.get("columns", []))}
    given |= {
        "layer": found.get("layer") or "",
        "source_crs": "EPSG:4490",
        "header_row": found.get("header_row") or "",
    }
    client.post(reverse("imports:read", args=[batch.pk]), given | answers)
    batch.refresh_from_db()


def test_that_nothing_is_to_be_exchanged_is_an_answer_that_stays(client, tmp_path, county, planner):
    rows = [r | {"经度": r["纬度"], "纬度": r["经度"]} for r in many(county)]
    batch = bring(facilities_file(tmp_path, rows), planner, "facilities")
    batch.refresh_from_db()
    client.force_login(planner, backend=BACKEND)
    assert boxes(client, batch) == (True, True)
    read_as(client, batch)
    assert counts_of(batch) == (0, 0, 0, 5)
    assert boxes(client, batch) == (True, False)
    read_as(client, batch, exchange_axes="on")
    assert counts_of(batch) == (5, 0, 0, 0)
    assert boxes(client, batch) == (True, True)


def test_an_exchange_in_one_sheet_is_none_in_another(client, tmp_path, county, planner):
    plain = many(county)
    turned = [r | {"经度": r["纬度"], "纬度": r["经度"]} for r in plain]
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (("甲", turned), ("乙", plain)):
        sheet = book.create_sheet(name)
        sheet.append(list(rows[0]))
        for r in rows:
            sheet.append(list(r.values()))
    book.save(tmp_path / "two.xlsx")
    batch = bring(tmp_path / "two.xlsx", planner, "facilities")
    batch.refresh_from_db()
    client.force_login(planner, backend=BACKEND)
    read_as(client, batch, layer="甲", action="look")
    assert boxes(client, batch) == (True, True)
    read_as(client, batch, exchange_axes="on", action="look")
    assert boxes(client, batch) == (True, True)
    read_as(client, batch, exchange_axes="on", layer="乙")
    assert batch.inspection["layer"] == "乙"
    assert boxes(client, batch) == (False, False)
    read_as(client, batch)
    assert counts_of(batch) == (5, 0, 0, 0)


def test_surveyors_x_is_proposed_as_the_northing_whatever_an_earlier_file_meant(tmp_path, county, planner):
    survey = [
        {name.replace("纬度", "X").replace("经度", "Y"): value for name, value in r.items()}
        for r in in_metres(many(county), "EPSG:4523")
    ]
    maps = [{{"X": "Y", "Y": "X"}.get(name, name): value for name, value in r.items()} for r in survey]
    for rows, expected in (
        (survey, {"X": "lat", "Y": "lon"}),
        (maps, {"X": "lon", "Y": "lat"}),
        (survey, {"X": "lat", "Y": "lon"}),
    ):
        batch = bring(facilities_file(tmp_path, rows), planner, "facilities")
        batch.refresh_from_db()
        fields = {c["header"]: c["field"] for c in batch.inspection["columns"]}
        assert {name: fields[name] for name in "XY"} == expected
        assert not batch.inspection["exchanged"]
        assert batch.inspection["systems"][0]["key"] == "EPSG:4523"
        mapping = {field: header for header, field in fields.items() if field}
        flow.preview(
            user=planner, batch=batch, options={"source_crs": "EPSG:4523", "mapping": mapping}, fields=fields
        )
        batch.refresh_from_db()
        assert counts_of(batch) == (5, 0, 0, 0)


def test_one_press_reads_a_wrong_zone_as_the_right_one(client, tmp_path, county, planner):
    rows = in_metres(many(county), "EPSG:4544")
    batch = previewed(facilities_file(tmp_path, rows), planner, "facilities", source_crs="EPSG:4545")
    assert counts_of(batch) == (0, 0, 0, 5)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert "CGCS2000 3度带中央经线105°" in page
    client.post(reverse("imports:correct", args=[batch.pk]), {"source_crs": "EPSG:4544"})
    batch.refresh_from_db()
    assert counts_of(batch) == (5, 0, 0, 0)


def test_a_file_whose_headers_name_the_system_needs_no_word_about_it(tmp_path, county):
    rows = [
        {
            {"经度": "Y坐标（EPSG:4544）", "纬度": "X坐标（EPSG:4544）"}.get(name, name): value
            for name, value in r.items()
        }
        for r in in_metres(many(county), "EPSG:4544")
    ]
    report = run_import(kind="facilities", path=facilities_file(tmp_path, rows), dry_run=True)
    assert report.counts[Outcome.NEW] == 5
    assert any("as surveyors write" in i.message.render() for i in report.issues)


# -- the same twice ----------------------------------------------------------------------------------


def twins(county):
    return [
        row(county, 设施编号="F1", 名称="西村 老饭桌"),
        row(county, 设施编号="F2", 名称="西村老饭桌", 经度=105.9502),
        row(county, 设施编号="F3", 名称="西村老饭桌", 经度=105.97),
    ]


def test_two_rows_of_one_name_side_by_side_are_proposed_as_one_and_somebody_decides(
    client, tmp_path, county, planner
):
    path = facilities_file(tmp_path, twins(county))
    report = run_import(kind="facilities", path=path, source_crs="EPSG:4490", dry_run=True)
    (told,) = [i for i in report.issues if "same name" in i.message.render()]
    assert (told.row, told.column, told.message.params["first"]) == (3, "名称", 2)
    assert report.counts[Outcome.NEW] == 3
    batch = previewed(path, planner, "facilities")
    assert batch.count_undecided == 1
    with pytest.raises(GeodataError, match="Decide"):
        flow.commit(user=planner, batch=batch)
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?group=undecided").content.decode()
    assert 'name="decide-3"' in page
    assert 'value="skip"' in page
    client.post(reverse("imports:decide", args=[batch.pk]), {"decide-3": "skip"})
    batch.refresh_from_db()
    assert (counts_of(batch), batch.count_undecided) == ((2, 0, 0, 1), 0)
    client.post(reverse("imports:decide", args=[batch.pk]), {"decide-3": "new"})
    batch.refresh_from_db()
    assert (counts_of(batch), batch.count_undecided) == ((3, 0, 0, 0), 0)
    flow.commit(user=planner, batch=batch)
    # Once they are two, nobody is asked again.
    again = previewed(path, planner, "facilities")
    assert (counts_of(again), again.count_undecided) == ((0, 0, 3, 0), 0)


def test_a_double_far_down_the_file_is_found_as_well(tmp_path, county, monkeypatch):

    monkeypatch.setattr(one_file, "CHUNK_ROWS", 1)
    report = run_import(
        kind="facilities", path=facilities_file(tmp_path, twins(county)), source_crs="EPSG:4490", dry_run=True
    )
    assert [i.row for i in report.issues if "same name" in i.message.render()] == [3]


def test_hamlets_of_one_name_are_told_but_no_two_kinds_of_place(tmp_path, county):
    rows = [
        {"编号": f"H{n}", "名称": "兴隆庄", "类型": kind, "经度": 105.95 + n / 10_000, "纬度": 38.0,
         "统计日期": "2024-12-31", "常住人口": 5, "行政区划代码": county.west.code}
        for n, kind in enumerate(["自然村", "自然村", "居民小区"])
    ]  # fmt: skip
    report = run_import(
        kind="population", path=csv_file(tmp_path / "h.csv", rows), source_crs="EPSG:4490", dry_run=True
    )
    assert [i.row for i in report.issues if "same name" in i.message.render()] == [3]


def test_a_hamlet_that_the_registry_has_under_another_number_is_proposed(tmp_path, county, planner):
    place = PopulatedPlaceFactory(
        code="H1", name="兴隆庄", kind="hamlet", division=county.west, point=point(105.95, 38.0)
    )
    rows = [
        {"编号": "X7", "名称": "兴隆庄", "类型": "自然村", "经度": 105.9501, "纬度": 38.0, "统计日期": "2024-12-31",
         "常住人口": 5, "行政区划代码": county.west.code}
    ]  # fmt: skip
    path = csv_file(tmp_path / "h.csv", rows)
    batch = previewed(path, planner)
    assert (counts_of(batch), batch.count_undecided) == ((1, 0, 0, 0), 1)
    decided = previewed(path, planner, decisions={"2": str(place.pk)})
    assert (counts_of(decided), decided.count_undecided) == ((0, 1, 0, 0), 0)
    flow.commit(user=planner, batch=decided)
    assert PopulatedPlace.objects.get().code == "H1"


# -- people ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [{"身份证号": "11010519491231002X"}, {"备用": "11010519491231002X"}, {"老人电话": "13812345678"}],
    ids=["header and number", "number alone", "mobiles"],
)
def test_what_identifies_persons_is_refused_with_the_column_and_not_kept(
    client, tmp_path, county, planner, column
):
    rows = [row(county, 设施编号=f"F{n}", 名称=f"站{n}号点", **column) for n in range(4)]
    path = facilities_file(tmp_path, rows)
    with pytest.raises(GeodataError) as refusal:
        run_import(kind="facilities", path=path, source_crs="EPSG:4490")
    assert next(iter(column)) in refusal.value.render()
    client.force_login(planner, backend=BACKEND)
    client.post(reverse("imports:new"), {"kind": "facilities", "file": uploaded(path)})
    batch = Batch.objects.get()
    given = {f"column-{at}": c["field"] for at, c in enumerate(batch.inspection["columns"])}
    client.post(reverse("imports:read", args=[batch.pk]), {**given, "source_crs": "EPSG:4490"})
    batch.refresh_from_db()
    assert batch.state == Batch.State.REFUSED
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert next(iter(column)) in page
    assert not Facility.objects.exists()


def test_every_kind_that_has_names_and_points_looks_for_doubles():
    looked = {code for code in ("facilities", "population", "place-names") if kind_of(code).declaration.twins}
    assert looked == {"facilities", "population", "place-names"}
