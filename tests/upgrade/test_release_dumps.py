"""A database of each earlier release is taken over by this one: nothing is lost, and it works."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .dump import RELEASES, connect, counts, manage, restore, scratch_database

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("psql") is None, reason="PostgreSQL's client programs are not installed")
@pytest.mark.parametrize(
    "dump", sorted(RELEASES.glob("*.sql.gz")), ids=lambda path: path.name.removesuffix(".sql.gz")
)
def test_a_database_of_that_release_is_taken_over(dump: Path) -> None:
    name = f"geo_upgrade_{dump.name.removesuffix('.sql.gz').replace('.', '_')}"
    with scratch_database(name) as url:
        restore(name, dump)
        manage(url, "migrate", "--verbosity", "0")
        assert counts(name) == json.loads(dump.with_name(dump.name.replace(".sql.gz", ".json")).read_text())
        manage(url, "migrate", "--check")
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
