"""Records go out through the browser: of one's own area, to whoever keeps them, and to nobody else."""

from __future__ import annotations

import io
import uuid

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.imports.registry import ExportScope, kind_of
from geo_registry.imports.services import run_import
from geo_registry.imports.services.export_files import kinds_to_export
from geo_registry.imports.services.exporting import export_kind
from geo_registry.jobs.models import Job, JobState
from tests.factories import (
    FacilityFactory,
    KindFactory,
    NameFactory,
    OfficeFactory,
    PlaceFactory,
    PlaceKindFactory,
    RoadFactory,
    SourceFactory,
    UserFactory,
    point,
)

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture(autouse=True)
def exports_dir(settings, tmp_path):
    settings.EXPORTS_DIR = tmp_path / "exports"


@pytest.fixture
def facilities(county):
    kind = KindFactory(code="the-kind")
    return [
        FacilityFactory(number="F1", kind=kind, division=county.west, private_phone="0951-4000001", location=point(105.95, 38.0)),
        FacilityFactory(number="F2", kind=kind, division=county.home, private_phone="0951-4000002", location=None),
    ]  # fmt: skip


def asked(client, user, kind, format_="xlsx", **more):
    client.force_login(user, backend=BACKEND)
    answer = client.post(reverse("imports:export"), {"kind": kind, "format": format_, **more})
    return answer, Job.objects.order_by("-created_at").first()


def content(answer):
    return b"".join(answer.streaming_content)


def rows_of(raw):
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    header = [cell.value for cell in sheet[1]]
    return [
        dict(zip(header, (cell.value for cell in line), strict=True)) for line in sheet.iter_rows(min_row=2)
    ]


def test_what_the_page_gives_comes_in_again_without_a_difference(client, tmp_path, planner, facilities):
    answer, job = asked(client, planner, "facilities")
    assert answer.url == reverse("jobs:detail", args=[job.pk])
    assert job.state == JobState.SUCCEEDED
    assert job.leads_to_file
    answer = client.get(job.result_url)
    path = tmp_path / "out.xlsx"
    path.write_bytes(content(answer))
    assert "filename" in answer["Content-Disposition"]
    report = run_import(kind="facilities", path=path, source_crs="EPSG:4490", user=planner, dry_run=True)
    assert {str(o): n for o, n in report.counts.items() if n} == {"unchanged": 2}


def test_everybody_takes_out_the_own_area_only(client, county, facilities):
    clerk = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))
    _answer, job = asked(client, clerk, "facilities")
    rows = rows_of(content(client.get(job.result_url)))
    assert [row["设施编号"] for row in rows] == ["F1"]


def test_a_file_is_for_whoever_asked_and_nobody_else(client, planner, county, facilities):
    _answer, job = asked(client, planner, "facilities")
    client.force_login(UserFactory(role=Role.ADMINISTRATOR), backend=BACKEND)
    assert client.get(job.result_url).status_code == 404
    assert client.get(reverse("imports:exported", args=[uuid.uuid4()])).status_code == 404


def test_only_whoever_keeps_records_takes_them_out(client, county, facilities):
    codes = {
        role: [kind.code for kind in kinds_to_export(UserFactory(role=role, office=OfficeFactory(division=county.town)))]
        for role in Role
    }  # fmt: skip
    assert codes[Role.VIEWER] == codes[Role.REVIEWER] == []
    assert codes[Role.CLERK] == ["facilities", "facility-status", "assets", "place-names", "signs"]
    assert codes[Role.NAME_OFFICER] == ["place-names", "signs"]
    assert len(codes[Role.ADMINISTRATOR]) == 10
    officer = UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=county.home))
    answer, job = asked(client, officer, "facilities")
    assert (answer.status_code, job) == (422, None)


def test_a_secret_place_of_another_area_stays_there(county):
    kind = PlaceKindFactory()
    for division, text in ((county.west, "甲沟"), (county.east, "乙沟")):
        place = PlaceFactory(kind=kind, division=division, secrecy="秘密")
        NameFactory(place=place, text=text, status="standard")
    clerk = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.west))
    rows = list(kind_of("place-names").export(ExportScope(user=clerk)))
    assert [row.values["name"] for row in rows] == ["甲沟"]
    nobody = UserFactory(role=Role.CLERK, office=None)
    assert list(kind_of("place-names").export(ExportScope(user=nobody))) == []


def test_roads_of_several_sources_are_asked_about(client, planner, county):
    for code in ("one", "two"):
        RoadFactory(source=SourceFactory(code=code), source_ref="R1")
    _answer, job = asked(client, planner, "roads", "gpkg")
    assert job.state == JobState.FAILED
    assert "one" in job.error
    _answer, job = asked(client, planner, "roads", "gpkg", source="two")
    assert job.state == JobState.SUCCEEDED


def test_what_has_no_place_is_not_written_as_shapes(client, planner, county):
    answer, job = asked(client, planner, "facility-status", "gpkg")
    assert (answer.status_code, job) == (422, None)


def test_the_losses_are_told_with_the_file(client, planner, facilities):
    _answer, job = asked(client, planner, "facilities", "shp")
    assert ".fields.json" in job.message


def test_the_command_writes_one_division_and_says_what_it_cannot(tmp_path, county, facilities, capsys):
    out, err = io.StringIO(), io.StringIO()
    target = tmp_path / "f.csv"
    call_command(
        "export_data", "facilities", str(target), "--division", county.town.code, stdout=out, stderr=err
    )
    text = target.read_text(encoding="utf-8-sig")
    assert "F1" in text
    assert "F2" not in text
    for wrong in (["--division", "999"], []):
        name = target if wrong else tmp_path / "f.docx"
        with pytest.raises(CommandError):
            call_command("export_data", "facilities", str(name), *wrong, stdout=out, stderr=err)


def test_an_empty_registry_gives_a_file_with_headers_that_comes_in_as_nothing(tmp_path, county):
    for ending in (".xlsx", ".csv", ".gpkg", ".zip"):
        target = tmp_path / f"empty{ending}"
        assert export_kind(kind=kind_of("facilities"), target=target).rows == 0
        assert target.stat().st_size > 0
