"""A production site that is half configured does not start, and says in one sentence what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection

from geo_registry import checks
from geo_registry.accounts.demo import make_demo_accounts
from tests.factories import (
    CountyFactory,
    DemoSourceFactory,
    InstallationFactory,
    SourceFactory,
    TownshipFactory,
)

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 50


def database_url() -> str:
    database = connection.settings_dict
    user = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    host = str(database["HOST"])
    place = (
        f"@/{host}"
        if host.startswith("/")
        else f"@{host}" + (f":{database['PORT']}" if database["PORT"] else "")
    )
    return f"postgis://{user}{place}/{database['NAME']}"


def start(
    code: str = "import geo_registry.wsgi", **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """Import the WSGI module in a process of its own, as gunicorn does."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "geo_registry.settings.production",
        "SECRET_KEY": KEY,
        "ALLOWED_HOSTS": "registry.example",
        "DATABASE_URL": database_url(),
        "DEBUG": None,
        "DEMO_DATA_ALLOWED": None,
    } | environment
    env = {k: v for k, v in os.environ.items() if k not in settings} | {
        k: v for k, v in settings.items() if v is not None
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "yes"}, "DEBUG"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "registry.example,*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"PUBLIC_ADDRESS": "map.example.gov.cn"}, "PUBLIC_ADDRESS"),
    ],
)
def test_production_does_not_start_half_configured(environment, named):
    ended = start(**environment)
    assert ended.returncode != 0
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("Geo Registry does not start: ")
    assert named in lines[0]


def test_the_same_sentence_without_a_traceback_from_manage_py():
    ended = start(
        "import sys; sys.argv = ['manage.py', 'check']; exec(open('manage.py').read())", SECRET_KEY=None
    )
    assert ended.returncode != 0
    assert "SECRET_KEY is missing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_that_is_away_is_named():
    ended = start(DATABASE_URL="postgis://nobody@//nowhere/at_all/none")
    assert ended.returncode != 0
    assert "Geo Registry does not start: The database cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.django_db(transaction=True)
class TestDemoDataInProduction:
    """Through a second process, so the rows are really there."""

    def test_it_starts_on_real_data(self):
        SourceFactory()
        ended = start("import geo_registry.wsgi; print('serving')")
        assert ended.stdout.strip() == "serving", ended.stderr

    def test_it_does_not_start_on_demo_data(self):
        DemoSourceFactory()
        ended = start()
        assert ended.returncode != 0
        assert "demo data" in ended.stderr
        assert "DEMO_DATA_ALLOWED=yes" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_it_starts_on_demo_data_with_an_explicit_yes(self):
        DemoSourceFactory()
        ended = start("import geo_registry.wsgi; print('serving')", DEMO_DATA_ALLOWED="yes")
        assert ended.stdout.strip() == "serving", ended.stderr


def found_by_checks() -> set[str]:
    return {
        m.id
        for m in run_checks(tags=[Tags.database], include_deployment_checks=True, databases=["default"])
        if m.id
    }


@pytest.mark.django_db
def test_the_database_of_the_tests_is_fit(settings):
    settings.DEMO_DATA_ALLOWED = False
    assert not {found for found in found_by_checks() if found.startswith("geo_registry.")}


@pytest.mark.django_db
def test_demo_accounts_count_as_demo_data(settings):
    InstallationFactory(home_division=CountyFactory())
    home = InstallationFactory().home_division
    TownshipFactory(parent=home)
    make_demo_accounts()
    settings.DEMO_DATA_ALLOWED = False
    assert "geo_registry.E006" in found_by_checks()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "extensions", "expected"),
    [
        (("UTF8", "C.UTF-8"), [("postgis", "3.3"), ("pg_trgm", "1.6")], set()),
        (("UTF8", "zh_CN.UTF-8"), [("postgis", "3.3"), ("pg_trgm", "1.6")], set()),
        (("UTF8", "C"), [("postgis", "3.3"), ("pg_trgm", "1.6")], {"geo_registry.E003"}),
        (
            ("SQL_ASCII", "C"),
            [("postgis", "3.3"), ("pg_trgm", "1.6")],
            {"geo_registry.E002", "geo_registry.E003"},
        ),
        (("UTF8", "C.UTF-8"), [("postgis", None), ("pg_trgm", "1.6")], {"geo_registry.E004"}),
        (("UTF8", "C.UTF-8"), [("pg_trgm", "1.6")], {"geo_registry.E004"}),
    ],
)
def test_an_unfit_database_is_named_with_what_to_do(row, extensions, expected):
    messages = checks.judge_database(*row, dict(extensions))
    assert {message.id for message in messages} == expected
    assert all(message.hint for message in messages)
