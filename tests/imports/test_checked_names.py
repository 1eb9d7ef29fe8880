"""Names that come with files of divisions and of roads are checked as those of a file of names are, and stand beside their rows."""

from __future__ import annotations

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext

from geo_registry.imports.models import BatchRow
from geo_registry.imports.services import run_import
from geo_registry.imports.services.importing import import_file
from geo_registry.imports.services.options import Options
from geo_registry.imports.services.spool import Spool
from geo_registry.territory.models import Road
from placenames.models import Name, Place
from tests.factories import BuiltUpAreaFactory, square
from tests.reference_rows import load_shipped_reference

from .files import csv_file, vector_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(db):
    load_shipped_reference()


@pytest.fixture
def town(county):
    """The township with its built-up area: within it a road's name must be the only one."""
    return BuiltUpAreaFactory(
        name="甲镇建成区", division=county.town, geometry=square(106.0, 38.0, half_deg=0.09)
    )


def villages(*names, township="990001100", first=300):
    return [
        {"代码": f"{township}{first + i}", "名称": name, "上级代码": township} for i, name in enumerate(names)
    ]


def roads(tmp_path, *names, file="r.gpkg", first=1, lat=38.0):
    """A road of its own for each name, a kilometre from the next."""
    rows = [{"road_id": f"R{first + i}", "name": name, "class": "街道"} for i, name in enumerate(names)]
    lines = [
        shapely.LineString([(106.0, lat + i / 100), (106.004, lat + i / 100)]) for i in range(len(names))
    ]
    return vector_file(tmp_path / file, rows, lines)


def said(report, row):
    return [
        issue.message.render()
        for issue in report.issues
        if issue.row == row and issue.message.template.startswith("Check ")
    ]


def kept(report):
    """What the batch keeps beside its rows."""
    return {
        row.row: [issue["m"]["t"] for issue in row.issues]
        for row in BatchRow.objects.filter(batch=report.batch)
    }


def test_villages_of_one_file_are_checked_against_each_other_and_nothing_is_refused(tmp_path, county):
    report = run_import(
        kind="divisions", path=csv_file(tmp_path / "d.csv", villages("常兴村", "长兴村", "独一村"))
    )
    assert (report.counts["new"], report.counts["refused"]) == (3, 0)
    assert any("Check 3" in text and "长兴村" in text for text in said(report, 2))
    assert any("Check 3" in text and "常兴村" in text for text in said(report, 3))
    assert not any("兴村" in text for text in said(report, 4))
    assert report.warned_rows == 2
    assert any(template.startswith("Check ") for template in kept(report)[2])
    assert kept(report)[4] == []
    assert Name.objects.filter(text="常兴村").exists()


def test_a_secret_name_is_not_told_beside_the_rows_of_divisions(tmp_path, county):
    run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", villages("常兴村")))
    Place.objects.filter(names__text="常兴村").update(secrecy="秘密")
    report = run_import(kind="divisions", path=csv_file(tmp_path / "e.csv", villages("长兴村", first=400)))
    assert any("Check 3" in text and "A name that is not public, in" in text for text in said(report, 2))
    assert not any("常兴村" in text for text in said(report, 2))
    assert not any("常兴" in str(row.issues) for row in BatchRow.objects.filter(batch=report.batch))


def test_a_second_village_of_a_name_in_the_county_is_said(tmp_path, county):
    run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", villages("新华村")))
    report = run_import(kind="divisions", path=csv_file(tmp_path / "e.csv", villages("新华村", first=400)))
    assert any("Check 1," in text and "新华村" in text for text in said(report, 2))


def test_a_village_that_is_renamed_is_checked_again_and_one_that_stays_is_not(tmp_path, county):
    run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", villages("常兴村", "独一村")))
    report = run_import(kind="divisions", path=csv_file(tmp_path / "d.csv", villages("常兴村", "长兴村")))
    assert said(report, 2) == []
    assert any("常兴村" in text for text in said(report, 3))


def test_roads_are_checked_and_one_of_many_stretches_is_said_once(tmp_path, town, source):
    rows = [
        {"road_id": f"R{i}", "name": name, "class": "街道"}
        for i, name in enumerate(("常兴路", "长兴路", "长兴路"))
    ]
    lines = [
        shapely.LineString([(106.0, 38.0), (106.004, 38.0)]),
        shapely.LineString([(106.0, 38.01), (106.002, 38.01)]),
        shapely.LineString([(106.002, 38.01), (106.004, 38.01)]),
    ]
    report = run_import(kind="roads", path=vector_file(tmp_path / "r.gpkg", rows, lines), source=source)
    told = {row: said(report, row) for row in (1, 2, 3)}
    assert any("Check 3" in text and "长兴路" in text for text in told[1])
    assert any("Check 3" in text and "常兴路" in text for text in told[2])
    assert told[3] == []
    assert any("could not be made" in issue.message.render() for issue in report.issues if issue.row is None)


def test_a_preview_shows_what_is_found_in_the_row(tmp_path, town, source):
    spool = tmp_path / "preview" / "spool.sqlite"
    import_file(
        kind="roads", path=roads(tmp_path, "常兴路", "长兴路", "古城路"), source=source, options=Options(), dry_run=True,
        spool=spool,
    )  # fmt: skip
    assert not Road.objects.exists()
    with Spool(spool) as found:
        assert found.counts()["warned"] == 2
        rows = {row.row: row.issues for row in found.rows()}
    assert any(issue["m"]["t"].startswith("Check ") and issue["s"] == "warning" for issue in rows[1])
    assert rows[3] == []


def test_of_more_names_than_can_be_looked_at_none_is_and_that_is_said(tmp_path, town, source, monkeypatch):
    monkeypatch.setattr("placenames.services.checked_follow_ups.MOST_CHECKED", 1)
    report = run_import(kind="roads", path=roads(tmp_path, "常兴路", "长兴路"), source=source)
    (issue,) = report.issues
    assert issue.message.render().startswith("The file brings 2 new names")


def test_a_file_that_changes_no_name_is_not_checked(tmp_path, county, source):
    path = roads(tmp_path, "常兴路", "长兴路")
    run_import(kind="roads", path=path, source=source)
    report = run_import(kind="roads", path=path, source=source)
    assert report.issues == []


def test_the_checks_cost_a_file_the_same_number_of_statements_however_many_roads_it_has(
    tmp_path, town, source
):
    texts = [f"{a}{b}路" for a in "兴业星新信长常昌平安" for b in "宁康乐东西南北中大太"]

    def statements(count):
        path = roads(tmp_path, *texts[:count], file=f"{count}.gpkg")
        with CaptureQueriesContext(connection) as context:
            run_import(kind="roads", path=path, source=source, dry_run=True)
        return len(context.captured_queries)

    statements(10)
    # Not one more for each: a few pieces more of what is copied.
    assert statements(100) <= statements(20) + 6
