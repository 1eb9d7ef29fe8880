"""``prepare`` does what is left to do, once, and says so."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from geo_registry.management.commands import prepare
from geo_registry.reference.models import ReferenceValue
from tests.factories import CountyFactory, DemoSourceFactory, UserFactory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def kept(settings, tmp_path):
    """A folder of the site's own, in which nothing was prepared yet."""
    settings.VAR_DIR = tmp_path / "var"
    settings.STATIC_ROOT = tmp_path / "var" / "static"
    return settings


def run(*arguments: str) -> str:
    said = io.StringIO()
    call_command("prepare", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def steps(monkeypatch):
    """The steps that would be taken, instead of taking them."""
    taken: list[str] = []
    monkeypatch.setattr(
        prepare.Command, "_do", lambda _self, _what, command, **_options: taken.append(command)
    )
    return taken


@pytest.mark.django_db
def test_a_second_run_has_nothing_to_do(kept):
    first = run()
    assert "载入参考值 ... " in first
    assert "汇集静态文件 ... " in first
    assert ReferenceValue.objects.exists()
    assert run() == ""


@pytest.mark.django_db
def test_static_files_that_were_thrown_away_are_collected_again(kept, steps):
    run()
    assert "collectstatic" in steps
    steps.clear()
    run()
    assert steps == ["collectstatic"], "the stand-in made no directory"


@pytest.mark.django_db
def test_a_changed_static_file_is_noticed(kept, monkeypatch, steps):
    kept.STATIC_ROOT.mkdir(parents=True)
    run()
    steps.clear()
    run()
    assert steps == []
    monkeypatch.setattr(prepare, "static_files_digest", lambda: "changed")
    run()
    assert steps == ["collectstatic"]


@pytest.mark.django_db
def test_an_empty_database_gets_the_demo_its_accounts_and_a_run(kept, steps):
    DemoSourceFactory()
    run("--demo")
    assert steps[-9:] == [
        "load_demo",
        "make_demo_accounts",
        "make_demo_register",
        "make_demo_rounds",
        "make_demo_fieldwork",
        "make_demo_names",
        "make_demo_signs",
        "make_demo_stories",
        "compute_coverage",
    ]


@pytest.mark.django_db
def test_without_being_asked_there_is_no_demo(kept, steps):
    run()
    assert "load_demo" not in steps


@pytest.mark.django_db
def test_who_has_removed_the_demo_does_not_get_it_back(kept, steps):
    run("--demo")
    assert "load_demo" in steps
    steps.clear()
    run("--demo")
    assert "load_demo" not in steps


@pytest.mark.django_db
def test_real_data_is_left_alone(kept, steps):
    CountyFactory()
    run("--demo")
    assert not {"load_demo", "make_demo_accounts", "compute_coverage"} & set(steps)


@pytest.mark.django_db
def test_accounts_that_are_there_are_left_alone(kept, steps):
    DemoSourceFactory()
    UserFactory()
    run("--demo")
    assert "make_demo_accounts" not in steps


@pytest.mark.django_db
def test_an_unfit_database_is_refused_in_a_sentence(kept, monkeypatch):
    monkeypatch.setattr(prepare, "problems", lambda: ["The database has no extension postgis."])
    with pytest.raises(CommandError, match="no extension postgis"):
        run()


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    from django.conf import settings as django_settings
    from django.test import override_settings

    root = tmp_path_factory.mktemp("static")
    backend = {"BACKEND": "geo_registry.staticfiles.RegistryStaticFilesStorage"}
    with override_settings(STATIC_ROOT=root, STORAGES=django_settings.STORAGES | {"staticfiles": backend}):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture(scope="module")
def names(collected):
    return json.loads((collected / "staticfiles.json").read_text(encoding="utf-8"))["paths"]


class TestStaticFilesInService:
    """Collected as a server in service has them: hashed, compressed, none missing."""

    @pytest.mark.parametrize(
        "name",
        [
            "vendor/leaflet/leaflet.js",
            "vendor/leaflet/leaflet.css",
            "vendor/leaflet/images/marker-icon.png",
            "vendor/leaflet.markercluster/leaflet.markercluster.js",
            "vendor/protomaps-leaflet/protomaps-leaflet.js",
            "jobs/job.js",
            "admin/css/base.css",
        ],
    )
    def test_what_pages_name_is_there_under_a_hashed_name(self, collected, names, name):
        assert names[name] != name
        assert (collected / names[name]).exists()

    def test_leaflets_style_names_pictures_that_exist(self, collected, names):
        import re

        style = collected / names["vendor/leaflet/leaflet.css"]
        pictures = re.findall(r"url\(\"?([^)\"#]+)\"?\)", style.read_text(encoding="utf-8"))
        assert pictures
        for picture in pictures:
            assert (style.parent / picture).exists(), picture

    def test_no_carried_library_asks_for_a_source_map(self, collected):
        asking = [
            path.name
            for path in (collected / "vendor").rglob("*")
            if path.suffix in (".js", ".css") and "sourceMappingURL" in path.read_text(encoding="utf-8")
        ]
        assert not asking

    def test_large_texts_are_kept_compressed(self, collected, names):
        assert (collected / (names["vendor/leaflet/leaflet.js"] + ".gz")).exists()
