"""What the registry writes out it takes in again: without a difference, in every format, for every kind."""

from __future__ import annotations

import datetime
import io
import zipfile

import pytest
import shapely
from django.contrib.gis.geos import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from django.core.management import call_command

from facilities.models import Appointment, Asset, Facility, FacilityStatus, Post
from geo_registry.geodata.readers import list_layers
from geo_registry.geodata.records import Outcome, Severity
from geo_registry.imports.registry import ExportScope, kind_of
from geo_registry.imports.services import run_import
from geo_registry.imports.services.exporting import FORMATS, export_kind, formats_for
from geo_registry.imports.services.texts import DBF_BYTES, as_it_was, neutralised, parts_for_dbf
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, PopulatedPlace, Road
from placenames.models import Name, Place, Sign, SignSite
from placenames.models.survey import SURVEY_FIELDS
from tests.factories import (
    BuiltUpAreaFactory,
    CapacityReadingFactory,
    DenominatorFlagFactory,
    FacilityFactory,
    FacilityFunctionFactory,
    FacilityOperatorFactory,
    FacilityStatusFactory,
    FunctionFactory,
    KindFactory,
    NameFactory,
    PlaceFactory,
    PlaceKindFactory,
    PopulatedPlaceFactory,
    PopulationCountFactory,
    RoadFactory,
    SourceFactory,
    SpellingFactory,
)

# What hurts files: formulas, quotes, line ends, long digits, rare characters.
NASTY = '=SUM(A1)&"甲", 𠮷野家'
LON, LAT = 105.923456789012345, 37.9 + 0.1
# Every field of the national survey's form (地名普查登记表).
SURVEY = {
    "description": "村东一里。\n有井。", "language": "汉语", "used_when": "明洪武年间至今", "named_when": "约1372年",
    "set_up_when": "1372", "ended_when": "不详", "sign_count": 3, "from_position": "106.34,38.10", "to_position": "106.35,38.11",
    "measured_crs": "2000国家大地坐标系", "measured_how": "手持GPS", "media_listed": "DM0001.mp3；DM0002.jpg",
    "data_source": "《灵武县志》第12页", "registered_by": "=某某", "registered_unit": NASTY,
    "registered_on": datetime.date(2014, 7, 1),
}  # fmt: skip


def wiggly(points):
    return [(105.9 + at * 1e-4, 38.0 + (at % 7) * 1.00000003e-4) for at in range(points)]


@pytest.fixture
def full(county):
    """One record of each kind with everything that it can have, and one with as little as it may."""
    source = SourceFactory(code="office")
    long_ring = [*wiggly(2500), (106.2, 38.05), (105.85, 38.05), wiggly(1)[0]]
    Division.objects.filter(pk=county.west.pk).update(
        boundary=MultiPolygon(Polygon(long_ring, srid=4490), srid=4490), short_name="西", kind="村", urban_rural="rural",
        valid_from=datetime.date(2001, 2, 3), point_method="surveyed", point=Point(LON, LAT, srid=4490), source=source,
    )  # fmt: skip
    DenominatorFlagFactory(division=county.east)
    BuiltUpAreaFactory(
        code="B1", name=NASTY, division=county.town, as_of=datetime.date(2024, 1, 1), source=source
    )
    RoadFactory(
        name="新民路", source=source, source_ref="R1", speed_kmh=30, width_m=4.35, layer=-1, bridge=True,
        foot=False, oneway="forward",
        surface="沥青",
        geometry=LineString(wiggly(40), srid=4490),
    )  # fmt: skip
    RoadFactory(name="", source=source, source_ref="R2#1")
    place = PopulatedPlaceFactory(
        code="00012", name=NASTY, division=county.west, point=Point(LON, LAT, srid=4490), source=source
    )
    for group, people in (("residents", 120), ("age60", 33)):
        PopulationCountFactory(place=place, group=group, people=people)
    meals, beds = FunctionFactory(code="meals", name_zh="助餐"), FunctionFactory(code="stay", name_zh="住养")
    kind = KindFactory(code="the-kind", functions=[meals])
    facility = FacilityFactory(
        number="640181001234567890", name=NASTY, kind=kind, division=county.west, address="+新路1号",
        location=Point(LON, LAT, srid=4490),
        location_method="picked", location_note="", note="第一行\n第二行", floor_area_m2=200.35, source=source,
        ownership="rural_home", tenure="leased", lease_to=datetime.date(2030, 1, 1), opened_on=datetime.date(2020, 1, 1),
        private_phone="0951-4000009", registration="non_enterprise", clients=["dependent", "independent"], funding="财政",
        grade="三级", medical_service="contracted", medical_insurance=False, lease_from=datetime.date(2020, 1, 1),
        built_on=datetime.date(2010, 1, 1), founder="某某镇人民政府",
    )  # fmt: skip
    FacilityFunctionFactory(facility=facility, function=meals)
    FacilityFunctionFactory(facility=facility, function=beds)
    FacilityOperatorFactory(facility=facility, valid_from=datetime.date(2021, 1, 1))
    FacilityStatusFactory(
        facility=facility, status="paused", valid_from=datetime.date(2024, 5, 1), reason="装修"
    )
    CapacityReadingFactory(facility=facility, measure="beds", total=30, vacant=4)
    CapacityReadingFactory(facility=facility, measure="staff", total=3)
    FacilityFactory(
        number="F2",
        kind=kind,
        division=county.east,
        location=None,
        opening_hours="",
        public_phone="",
        status="",
    )
    spot = PlaceFactory(
        kind=PlaceKindFactory(), division=county.west, origin="来历\n两行", source=source, source_ref="P1", published=True,
        geometry=LineString(wiggly(5), srid=4490), geometry_method="imported", place_code="64018110120000000017", meaning=NASTY,
        history="明代\n清代", approved_by="灵武市人民政府", approved_on=datetime.date(2024, 1, 30), **SURVEY,
    )  # fmt: skip
    name = NameFactory(place=spot, text="兴隆", status=Name.Status.STANDARD)
    NameFactory(place=spot, text="旧兴隆", status=Name.Status.FORMER)
    for text, status, language in (
        ("兴隆屯", "alias", "zh"),
        ("隆屯", "alias", "zh"),
        ("隆", "short", "zh"),
        ("شىڭلوڭ", "minority", "ug"),
    ):
        NameFactory(place=spot, text=text, status=status, language=language)
    kept = PlaceFactory(kind=spot.kind, division=county.east, secrecy="内部", published=False, sign_count=0)
    NameFactory(place=kept, text="藏龙屯", status=Name.Status.STANDARD)
    SpellingFactory(name=name, text="Xinglong", status="confirmed")
    NameFactory(
        place=PlaceFactory(kind=spot.kind, division=county.east), text="野狐岭", status=Name.Status.RECORDED
    )
    house = Asset.objects.create(
        number="ZC-1", kind="building", name=NASTY, division=county.west, location=Point(LON, LAT, srid=4490), source=source
    )  # fmt: skip
    Asset.objects.create(number="ZC-2", kind="room", name="活动室", division=county.west, parent=house)
    site = SignSite.objects.create(
        place=spot, division=county.west, point=Point(LON, LAT, srid=4490), side="left", numbers_on="2–40", pole_number="P1",
        pole_owner=NASTY, bearing_deg=12.5, measure_m=40.25, source=source,
    )  # fmt: skip
    Sign.objects.create(
        asset_number="S-1", site=site, text="兴隆", name=name, status="damaged", status_on=datetime.date(2024, 2, 3), has_qr=False,
        width_mm=1200, height_mm=400, source=source,
    )  # fmt: skip
    post = Post.objects.create(code="village-director", name_zh="儿童主任", level=5)
    Appointment.objects.create(
        post=post, division=county.west, ask_for="王主任", office_phone="0951-4000009", valid_from=datetime.date(2024, 1, 1)
    )  # fmt: skip
    return source


def counts(report):
    return {str(outcome): number for outcome, number in report.counts.items() if number}


KINDS = [
    "divisions", "built-up-areas", "roads", "population", "facilities", "facility-status", "place-names", "posts",
    "assets", "signs",
]  # fmt: skip
# Each kind and each format once; the rest is slow.
QUICK = {
    ("facilities", "xlsx"), ("facilities", "csv"), ("facilities", "gpkg"), ("divisions", "shp"), ("roads", "kml"),
    ("population", "geojson"), ("built-up-areas", "gpkg"), ("facility-status", "csv"), ("place-names", "xlsx"), ("posts", "xlsx"),
    ("assets", "csv"), ("signs", "csv"),
}  # fmt: skip
PAIRS = [
    pytest.param(kind, format_, marks=[] if (kind, format_) in QUICK else [pytest.mark.slow])
    for kind in KINDS
    for format_ in formats_for(kind_of(kind))
]


def layers_of(path):
    """The shapefiles in a ZIP; any other file has one layer."""
    if path.suffix != ".zip":
        return [None]
    found = [layer.name for layer in list_layers(path)]
    return found if len(found) > 1 else [None]


def test_the_form_is_filled_in_every_field():
    assert set(SURVEY) == set(SURVEY_FIELDS)


@pytest.mark.parametrize(("kind", "format_"), PAIRS)
def test_what_is_written_comes_in_without_a_difference(tmp_path, full, kind, format_):
    target = tmp_path / f"out{FORMATS[format_]}"
    written = export_kind(kind=kind_of(kind), target=target)
    assert written.rows > 0
    unchanged = 0
    for layer in layers_of(target):
        report = run_import(
            kind=kind, path=target, source=full, layer=layer, dry_run=True,
        )  # fmt: skip
        # A file of the registry's own needs no word about its co-ordinates or columns.
        doubts = [
            str(issue.message)
            for issue in report.issues
            if issue.severity is Severity.ERROR or (issue.severity is Severity.WARNING and issue.row is None)
        ]
        assert doubts == []
        assert set(counts(report)) == {"unchanged"}
        unchanged += report.counts[Outcome.UNCHANGED]
    assert unchanged == written.rows


@pytest.mark.parametrize("format_", ["xlsx", "gpkg", pytest.param("csv", marks=pytest.mark.slow)])
def test_what_is_written_into_an_empty_registry_is_written_again_the_same(tmp_path, full, county, format_):
    """Lossless: out, everything thrown away, in again, out again: the same rows."""
    kinds = ["population", "facilities", "facility-status", "roads", "place-names"]
    first, ending = {}, {}
    for kind in kinds:
        # What has no place is written into tables only.
        ending[kind] = FORMATS[format_ if format_ in formats_for(kind_of(kind)) else "xlsx"]
        target = tmp_path / f"{kind}{ending[kind]}"
        export_kind(kind=kind_of(kind), target=target)
        first[kind] = list(rows_of(kind))
    for model in (Facility, PopulatedPlace, Place, Road):
        model.objects.all().delete()
    for kind in kinds:
        report = run_import(
            kind=kind, path=tmp_path / f"{kind}{ending[kind]}", source=full, leave_unplaced=True,
        )  # fmt: skip
        assert report.counts[Outcome.REFUSED] == 0
    for kind in kinds:
        assert list(rows_of(kind)) == first[kind]


def rows_of(kind):
    for row in kind_of(kind).export(ExportScope()):
        # How a point is known may be said in other words; a place's page is given anew.
        kept = {
            name: value
            for name, value in row.values.items()
            if name not in {"location_source", "short_id"} and value not in (None, "", [])
        }
        # Spreadsheets keep fifteen digits: a billionth of a degree is a tenth of a millimetre.
        kept |= {name: round(kept[name], 9) for name in ("lon", "lat") if name in kept}
        yield kept, shapely.to_wkt(row.geometry, rounding_precision=9) if row.geometry is not None else None


def test_the_losses_of_a_shapefile_are_named(tmp_path, full):
    Facility.objects.update(note="长" * 25_000)
    report = export_kind(kind=kind_of("facilities"), target=tmp_path / "f.zip")
    said = [message.render() for message in report.losses]
    assert any("cut" in line for line in said)
    assert any("short names" in line for line in said)


def test_long_texts_come_back_whole_from_a_shapefile(tmp_path, full):
    note = "很长的说明，有 空格。" * 40
    facility = Facility.objects.filter(location__isnull=False).order_by("pk").first()
    Facility.objects.filter(pk=facility.pk).update(note=note)
    target = tmp_path / "f.zip"
    report = export_kind(kind=kind_of("facilities"), target=target)
    said = " ".join(message.render() for message in report.losses)
    assert "go on in columns" in said
    assert "cut" not in said
    names = zipfile.ZipFile(target).read("facilities.fields.json").decode()
    assert "（续1）" in names
    Facility.objects.filter(pk=facility.pk).update(note="")
    run_import(kind="facilities", path=target, source=full, leave_unplaced=True)
    facility.refresh_from_db()
    assert facility.note == note


@pytest.mark.parametrize(
    "text",
    [
        "",
        "短",
        "长" * 84,
        "长" * 85,
        "a" * 254,
        "a" * 255,
        "词 " * 300,
        "a" * 253 + "  " + "b" * 300,
        "𠮷" * 200,
        " " * 600 + "x",
    ],
)
def test_a_text_parted_for_a_table_of_short_texts_is_whole(text):
    parts = parts_for_dbf(text)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= DBF_BYTES for part in parts)
    if text.strip() == text:
        assert all(part == part.strip() for part in parts)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-", "@x", "'=1", "''=1", "'quoted'", "普通", "'", "\t=1"])
def test_text_that_looks_like_a_formula_is_read_back_as_it_was(text):
    assert as_it_was(neutralised(text)) == text
    assert not neutralised(text).startswith(("=", "+", "-", "@", "\t"))


def test_no_cell_of_a_file_is_a_formula(tmp_path, full):
    import openpyxl

    export_kind(kind=kind_of("facilities"), target=tmp_path / "f.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").active
    cells = [cell for row in sheet for cell in row]
    assert any(cell.value == NASTY for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)
    export_kind(kind=kind_of("facilities"), target=tmp_path / "f.csv")
    raw = (tmp_path / "f.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "\n=SUM" not in raw.decode("utf-8-sig")
    assert ",=SUM" not in raw.decode("utf-8-sig")


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_taken_in_as_it_is_and_its_example_is_left_out(tmp_path, full, kind):
    import openpyxl

    target = tmp_path / "t.xlsx"
    call_command("export_data", kind, str(target), "--template", stdout=io.StringIO())
    book = openpyxl.load_workbook(target)
    sheet = book.worksheets[0]
    assert sheet.data_validations.dataValidation
    assert str(sheet.cell(2, 1).value).startswith("示例：")
    # Nobody has to say which of its sheets is meant.
    report = run_import(kind=kind, path=target, source_crs="EPSG:4490", dry_run=True)
    assert report.rows == 0
    assert Source.objects.filter(code="office").exists()
    assert FacilityStatus.objects.count() == 2


TYPED = {
    "lines": "第一行\r\n第二行\r\n\r\n末行", "a word processor's line": "上\x0b下\x01", "blanks": "甲  乙　丙\xa0丁", "tab": "a\tb",
    "markup": "<b>&amp;]]></b>",
    "quotes": "他说\"好\"，'=1+1'", "picture": "敬老院🏠👵🏽", "separator": "甲\u2028乙",
    "nobody sees": "甲\u200b乙\u202e丙👩\u200d🌾", "escape": "_x000D_甲_x0041_",
}  # fmt: skip


@pytest.mark.parametrize(
    "format_",
    ["xlsx", "csv", *(pytest.param(f, marks=pytest.mark.slow) for f in ("gpkg", "shp", "geojson", "kml"))],
)
def test_what_somebody_typed_into_a_form_comes_back_unchanged(tmp_path, full, format_):
    kept = list(Facility.objects.order_by("pk"))
    for at, text in enumerate(TYPED.values()):
        FacilityFactory(
            number=f"T-{at}",
            kind=kept[0].kind,
            division=kept[0].division,
            address=text,
            note=text,
            location=None,
        )
    target = tmp_path / f"out{FORMATS[format_]}"
    written = export_kind(kind=kind_of("facilities"), target=target)
    report = run_import(kind="facilities", path=target, source=full, leave_unplaced=True, dry_run=True)
    assert counts(report) == {"unchanged": written.rows}
    lost = [message.params["count"] for message in written.losses if "cannot carry" in message.render()]
    assert lost == ([4] if format_ in {"xlsx", "kml"} else [])


@pytest.mark.parametrize("format_", ["csv", "shp"])
def test_what_is_empty_lies_nowhere(tmp_path, full, format_):
    Place.objects.filter(geometry__isnull=True).update(geometry=Point(srid=4490))
    target = tmp_path / f"out{FORMATS[format_]}"
    assert export_kind(kind=kind_of("place-names"), target=target).rows == 3


def tile(west, south):
    return Polygon.from_bbox((west, south, west + 0.01, south + 0.01))


SHAPES = {
    "several points": MultiPoint(Point(106.01, 38.01), Point(106.02, 38.02), srid=4490),
    "a point and nothing else, as several": MultiPoint(Point(106.01, 38.01), srid=4490),
    "several lines": MultiLineString(LineString((106, 38), (106.01, 38)), LineString((106, 38.02), (106.01, 38.02)), srid=4490),
    "an area": Polygon(
        ((106, 38), (106.1, 38), (106.1, 38.1), (106, 38)), ((106.05, 38.01), (106.08, 38.01), (106.08, 38.04), (106.05, 38.01)),
        srid=4490,
    ),
    "several areas": MultiPolygon(tile(106, 38), tile(106.05, 38.05), srid=4490),
}  # fmt: skip


@pytest.mark.parametrize(
    "format_",
    [
        "csv",
        "shp",
        "kml",
        pytest.param("xlsx", marks=pytest.mark.slow),
        pytest.param("gpkg", marks=pytest.mark.slow),
        pytest.param("geojson", marks=pytest.mark.slow),
    ],
)
def test_whatever_can_be_drawn_comes_back_unchanged(tmp_path, full, format_):
    for at, shape in enumerate(SHAPES.values()):
        place = PlaceFactory(
            kind=Place.objects.first().kind,
            geometry=shape,
            source=full,
            source_ref=f"S{at}",
            division=Place.objects.first().division,
        )
        NameFactory(place=place, text=f"第{at}处", status=Name.Status.STANDARD)
    target = tmp_path / f"out{FORMATS[format_]}"
    written = export_kind(kind=kind_of("place-names"), target=target)
    unchanged = 0
    for layer in layers_of(target):
        report = run_import(kind="place-names", path=target, source=full, layer=layer, dry_run=True)
        assert set(counts(report)) == {"unchanged"}
        unchanged += report.counts[Outcome.UNCHANGED]
    assert unchanged == written.rows
