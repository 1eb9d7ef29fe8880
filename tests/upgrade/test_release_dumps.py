"""A database of each earlier release is taken over by this one: nothing is lost, and it works."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import pytest_django
from django.db import connection

from .dump import RELEASES, connect, counts, manage, restore, schema, scratch_database

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def new_schema(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> set[str]:
    """The schema of a database that was empty: the shortened migrations make it, where there are some."""
    with django_db_blocker.unblock(), scratch_database("geo_upgrade_new") as url:
        manage(url, "migrate", "--verbosity", "0")
        return schema("geo_upgrade_new")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("psql") is None, reason="PostgreSQL's client programs are not installed")
@pytest.mark.parametrize(
    "dump", sorted(RELEASES.glob("*.sql.gz")), ids=lambda path: path.name.removesuffix(".sql.gz")
)
def test_a_database_of_that_release_is_taken_over(dump: Path, new_schema: set[str]) -> None:
    name = f"geo_upgrade_{dump.name.removesuffix('.sql.gz').replace('.', '_')}"
    with scratch_database(name) as url:
        restore(name, dump)
        manage(url, "migrate", "--verbosity", "0")
        assert counts(name) == json.loads(dump.with_name(dump.name.replace(".sql.gz", ".json")).read_text())
        manage(url, "migrate", "--check")
        # Whichever way a database came here, by every step or from nothing, its tables are the same.
        upgraded = schema(name)
        assert len(upgraded) > 1_000
        assert upgraded ^ new_schema == set()
        manage(
            url, "compute_coverage", "--network", "elderly-care", "--kind", "station", "--date", "2024-12-31"
        )
        with connect(name).cursor() as cursor:
            # The register's history goes on: a change is recorded by this release's triggers.
            cursor.execute("SELECT count(*) FROM facilities_facilityevent")
            before = cursor.fetchone()[0]
            cursor.execute("UPDATE facilities_facility SET note = note || 'x'")
            cursor.execute("SELECT count(*) FROM facilities_facilityevent")
            after = cursor.fetchone()[0]
            cursor.execute("SELECT count(*) FROM facilities_facility")
            assert after - before == cursor.fetchone()[0] > 0


def test_there_is_a_dump_of_every_release() -> None:
    released = re.findall(
        r"^## (\d+\.\d+\.\d+)", (RELEASES.parents[2] / "CHANGELOG.md").read_text(), flags=re.MULTILINE
    )
    assert {f"{version}.sql.gz" for version in released} <= {path.name for path in RELEASES.glob("*.sql.gz")}


def test_no_trigger_asks_for_an_operator_of_postgis() -> None:
    """A dump is restored without PostGIS in the search path: such a trigger would end the restoring of a backup."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.tgname, a.attname FROM pg_trigger t
            JOIN pg_attribute a ON attrelid = tgrelid AND atttypid = 'geometry'::regtype AND NOT attisdropped
            WHERE NOT tgisinternal AND pg_get_triggerdef(t.oid) ~* format('\\m(old|new)[.]"?%s\\M', a.attname)
            """
        )
        assert cursor.fetchall() == []
