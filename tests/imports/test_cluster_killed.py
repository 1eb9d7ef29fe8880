"""The whole database server is stopped at once in the middle of an import, as by a power cut, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections

from geo_registry.imports.services import flow
from geo_registry.jobs.models import JobState
from tests.imports.killing import (
    all_is_taken_in_at_the_next_try,
    bring_many_rows,
    ended,
    in_the_middle,
    make_county,
    nothing_is_there,
)
from tests.jobs.test_worker import worker

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PARTS = 'for part in common packages python browser database; do . "script/lib/$part.sh"; done; '
NO_QUICKER_THAN_SAFE = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"


class Cluster:
    """A PostgreSQL cluster of this test's own, made as ``script/server`` makes it: nothing in it is quick rather than safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "log").mkdir(parents=True)

    def script(self, text: str) -> str:
        """Run a piece of the scripts, and return its last line."""
        environment = os.environ | {"GEO_REGISTRY_VAR": str(self.folder)}
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", PARTS + text],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    def start(self) -> str:
        """Start it, making it first if need be; return where its socket is."""
        return self.script('prepare_database server; printf "%s\\n" "$DB_SOCKET"')

    def stop_at_once(self) -> None:
        """Stop it without a checkpoint and without asking anybody: what was not committed is lost."""
        self._stop("immediate")

    def remove(self) -> None:
        """Stop it and take it away."""
        with suppress(subprocess.CalledProcessError):
            self._stop("immediate")
        self.script(
            'find_postgres; set_database_paths server; as_db_user rm -rf "$DB_DATA"; rm -rf "$DB_HOME"'
        )

    def _stop(self, how: str) -> None:
        self.script(
            f'find_postgres; set_database_paths server; as_db_user "$PG_BIN/pg_ctl" -D "$DB_DATA" -m {how} -w -t 60 stop'
        )


@pytest.fixture
def cluster(tmp_path_factory):
    own = Cluster(tmp_path_factory.mktemp("cluster") / "var")
    try:
        yield own
    finally:
        own.remove()


@pytest.fixture
def folder(cluster, settings, tmp_path, django_db_blocker):
    """Have everything happen in that cluster instead of in the one of the other tests."""
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "awaited"]}
    }
    settings.IMPORT_DIR = tmp_path / "imports"
    socket = cluster.start()
    usual = connections["default"]
    own = usual.copy()
    own.settings_dict = usual.settings_dict | {
        "HOST": socket, "PORT": "", "USER": "geo_registry", "PASSWORD": "", "NAME": "geo_registry",
    }  # fmt: skip
    with django_db_blocker.unblock():
        connections["default"] = own
        try:
            call_command("migrate", verbosity=0)
            call_command("load_reference", verbosity=0)
            yield tmp_path
        finally:
            own.close()
            connections["default"] = usual


def test_a_database_server_that_is_stopped_at_once_leaves_nothing(cluster, folder):
    with connections["default"].cursor() as cursor:
        cursor.execute(NO_QUICKER_THAN_SAFE)
        assert cursor.fetchone() == ("on", "on")
    batch, person = bring_many_rows(make_county(), folder)
    flow.commit(user=person, batch=batch)
    with worker(folder) as process:
        in_the_middle(batch)
        cluster.stop_at_once()
        with pytest.raises(DatabaseError):
            batch.refresh_from_db()
        connections["default"].close()
        cluster.start()
        # Whoever tends the worker starts it again, if it has not outlived its database.
        with worker(folder):
            job = ended(batch)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert job.state in {JobState.FAILED, JobState.LOST}
    assert "Traceback" not in job.error
    nothing_is_there(batch, person)
    all_is_taken_in_at_the_next_try(batch, person, folder)
