import datetime as dt

import pytest
import shapely

from geo_registry.imports.services import run_import
from geo_registry.territory.models import BuiltUpArea

from .files import vector_file
from .test_divisions import counts

pytestmark = pytest.mark.django_db

ROWS = [{"bh": "J1", "mc": "城区", "xzqdm": "990001", "sjrq": "2023-12-31"}]
OUTLINE = shapely.box(105.99, 37.99, 106.01, 38.01)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_outlines_with_headers_of_a_survey_office_go_in_in_gbk(tmp_path, county, suffix):
    options = {"encoding": "GBK"} if suffix == ".shp" else {}
    path = vector_file(tmp_path / f"建成区{suffix}", ROWS, [OUTLINE], **options)
    assert counts(run_import(kind="built-up-areas", path=path)) == {"new": 1}
    area = BuiltUpArea.objects.get()
    assert (area.code, area.name, area.division, area.as_of) == (
        "J1",
        "城区",
        county.home,
        dt.date(2023, 12, 31),
    )
    assert counts(run_import(kind="built-up-areas", path=path)) == {"unchanged": 1}


def test_an_outline_that_crosses_itself_is_mended_and_reported(tmp_path, county):
    bow_tie = shapely.Polygon([(106, 38), (106.01, 38.01), (106.01, 38), (106, 38.01), (106, 38)])
    report = run_import(kind="built-up-areas", path=vector_file(tmp_path / "j.gpkg", ROWS, [bow_tie]))
    assert counts(report) == {"new": 1}
    assert BuiltUpArea.objects.get().geometry.valid
    assert any(issue.row == 1 for issue in report.issues)


def test_an_area_of_a_division_nobody_knows_is_refused(tmp_path, county):
    path = vector_file(tmp_path / "j.gpkg", [ROWS[0] | {"xzqdm": "123456"}], [OUTLINE])
    report = run_import(kind="built-up-areas", path=path)
    assert counts(report) == {"refused": 1}
    assert report.issues[0].column == "xzqdm"
