import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from geo_registry.imports.registry import kinds
from geo_registry.imports.services.demo import MANIFEST, load_demo, read_manifest
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation, PopulatedPlace
from tests.factories import DivisionFactory, FacilityFactory, SourceFactory

from .files import csv_file
from .test_divisions import TREE
from .test_population import HAMLETS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def run(*arguments, **options):
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(*arguments, stdout=out, stderr=err, **options)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


def test_a_clean_file_ends_with_nought_and_its_counts(limits, tmp_path, county):
    path = csv_file(tmp_path / "p.csv", HAMLETS)
    code, out, err = run(
        "import_data", "population", str(path), "--source-crs", "EPSG:4490", "--source", "census"
    )
    assert code == 0
    assert "2 new, 0 changed, 0 unchanged, 0 refused" in out
    assert err == ""
    assert Source.objects.filter(code="census").exists()


def test_refused_rows_are_named_and_end_with_three(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", [HAMLETS[0], HAMLETS[1] | {"常住人口": "许多"}])
    code, out, err = run("import_data", "population", str(path), "--source-crs", "EPSG:4490")
    assert code == 3
    assert "row 3, 常住人口" in err
    assert "1 new, 0 changed, 0 unchanged, 1 refused" in out
    assert PopulatedPlace.objects.count() == 1


def test_a_bad_file_is_one_sentence_and_an_error(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", [{"村": "东庄"}])
    with pytest.raises(CommandError, match=r"编号 \(code\)"):
        run("import_data", "population", str(path))
    with pytest.raises(CommandError, match=r"p2\.csv"):
        run("import_data", "population", str(tmp_path / "p2.csv"))


def test_strict_is_an_error_that_names_the_rows_all_the_same(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", [HAMLETS[0], HAMLETS[1] | {"常住人口": "许多"}])
    err = StringIO()
    with pytest.raises(CommandError, match="nothing of the file"):
        call_command(
            "import_data",
            "population",
            str(path),
            "--source-crs=4490",
            "--strict",
            stderr=err,
            stdout=StringIO(),
        )
    assert "row 3" in err.getvalue()
    assert not PopulatedPlace.objects.exists()


def test_a_dry_run_says_so_prints_the_same_counts_and_writes_its_report(tmp_path, county):
    path, target = csv_file(tmp_path / "p.csv", HAMLETS), tmp_path / "report.json"
    arguments = ("import_data", "population", str(path), "--source-crs", "EPSG:4490")
    _code, dry, _err = run(*arguments, "--dry-run", "--json", str(target))
    assert not PopulatedPlace.objects.exists()
    report = json.loads(target.read_text())
    assert report["dry_run"] is True
    assert report["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}
    _code, real, _err = run(*arguments)
    assert dry.splitlines()[0] == "Dry run: nothing was changed."
    assert dry.splitlines()[1] == real.splitlines()[0]


def test_the_cells_of_a_grid_go_in_with_mapping_constants_and_conditions(tmp_path, county):
    rows = [
        {"id": "89a", "lon": 106.05, "lat": 38.0, "population": 12, "jobs": 3},
        {"id": "89b", "lon": 106.05, "lat": 38.0, "population": 0, "jobs": 0},
    ]
    code, out, _err = run(
        "import_data", "population", str(csv_file(tmp_path / "grid.csv", rows)), "--source-crs", "EPSG:4326",
        "--mapping", "code=id,residents=population", "--set", "kind=cell", "--set", "as_of=2010-08-01", "--where", "population>0",
    )  # fmt: skip
    assert code == 0
    assert "1 new" in out
    assert PopulatedPlace.objects.get().kind == "cell"


def test_a_mapping_without_an_equals_sign_is_explained(tmp_path, county):
    with pytest.raises(CommandError, match="field=value"):
        run("import_data", "population", str(csv_file(tmp_path / "p.csv", HAMLETS)), "--mapping", "code")


def test_the_help_names_every_kind_and_every_column():
    from geo_registry.imports.management.commands.import_data import Command

    text = " ".join(Command().create_parser("manage.py", "import_data").format_help().split())
    for kind in kinds().values():
        assert f"{kind.code}:" in text
        for column in kind.declaration.columns:
            assert f"{column.field}={column.headers[0]}" in text


def test_messages_are_in_chinese_for_those_who_read_chinese(tmp_path, county):
    path = csv_file(tmp_path / "p.csv", [HAMLETS[0], HAMLETS[1] | {"常住人口": "许多"}])
    with translation.override("zh-hans"):
        _code, out, err = run("import_data", "population", str(path), "--source-crs", "EPSG:4490")
    assert "新增" in out
    assert "许多" in err
    assert "number" not in err


# -- the demo county -------------------------------------------------------------------------------


def small_manifest(folder: Path, **expected) -> Path:
    csv_file(folder / "d.csv", TREE)
    path = folder / "manifest.toml"
    counts = ", ".join(
        f"{name} = {count}" for name, count in ({"rows": 3, "accepted": 3, "refused": 0} | expected).items()
    )
    path.write_text(
        '[installation]\nhome = "990001"\n[source]\ncode = "demo-x"\ntitle = "示范"\n'
        f'[[imports]]\nkind = "divisions"\nfile = "d.csv"\nsource_crs = "EPSG:4490"\nexpected = {{ {counts} }}\n'
    )
    return path


def test_the_demo_is_marked_and_finds_its_home(tmp_path):
    code, _out, _err = run("load_demo", manifest=small_manifest(tmp_path))
    assert code == 0
    assert Installation.home().code == "990001"
    assert all(division.is_demo for division in Division.objects.select_related("source"))


def test_a_demo_that_is_not_as_promised_is_an_error(tmp_path):
    err = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("load_demo", manifest=small_manifest(tmp_path, rows=4), stdout=StringIO(), stderr=err)
    assert caught.value.returncode == 3
    assert "the number of rows should be 4, but is 3" in err.getvalue()


def test_a_registry_with_divisions_is_left_alone_if_asked(tmp_path):
    DivisionFactory()
    code, _out, _err = run("load_demo", "--if-empty", manifest=small_manifest(tmp_path))
    assert code == 0
    assert not Source.objects.filter(is_demo=True).exists()


def test_a_site_that_takes_no_demo_data_says_how_it_would(tmp_path, settings):
    settings.DEMO_DATA_ALLOWED = False
    with pytest.raises(CommandError, match="DEMO_DATA_ALLOWED"):
        run("load_demo", manifest=small_manifest(tmp_path))
    assert not Division.objects.exists()


def test_a_real_source_never_becomes_a_demo(tmp_path):
    SourceFactory(code="demo-x")
    with pytest.raises(CommandError, match="demo-x"):
        run("load_demo", manifest=small_manifest(tmp_path))


def test_a_manifest_that_cannot_be_read_is_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        run("load_demo", manifest=tmp_path / "nowhere.toml")


def test_removing_says_what_went_and_refuses_with_a_list(tmp_path):
    assert "no demo data" in run("remove_demo")[1]
    run("load_demo", manifest=small_manifest(tmp_path))
    facility = FacilityFactory(name="真实的养老院", division=Division.objects.get(code="990001100200"))
    with pytest.raises(CommandError, match="真实的养老院"):
        run("remove_demo")
    facility.delete()
    _code, out, _err = run("remove_demo")
    assert "divisions: 3" in out
    assert not Division.objects.filter(source__code="demo-x").exists()


def test_the_shipped_demo_county_is_as_its_manifest_promises_and_loads_twice_without_a_change():
    call_command("load_reference", stdout=StringIO())
    first = load_demo()
    assert first.differences == []
    assert Installation.home().code == read_manifest(MANIFEST).home
    again = load_demo()
    assert again.differences == []
    assert all(report.counts["new"] == report.counts["changed"] == 0 for report in again.reports)
