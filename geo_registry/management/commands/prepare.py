"""Bring the database and the static files up to what this version of the code needs. Quick when they are."""

from __future__ import annotations

import hashlib
import io
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from facilities.models import CoverageRun
from geo_registry.accounts.models import User
from geo_registry.checks import problems
from geo_registry.reference.loading import shipped_files
from geo_registry.territory.models import Division

# Two starts at once must not migrate at once: they wait for each other on this number.
ADVISORY_LOCK = 7_461_001


class Command(BaseCommand):
    """Does what is left to do, in one process."""

    help = "Check the database, migrate it, load the reference values and collect the static files, where needed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether there shall be a demo."""
        parser.add_argument(
            "--demo",
            action="store_true",
            help="also load the demo county into an empty database, make accounts for it and compute its coverage",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check, migrate, load, collect."""
        if found := problems():
            raise CommandError("\n".join(found))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            self._do("Preparing the tables", "migrate", interactive=False)
        unless_current(
            "reference", reference_digest(), "Loading the reference values", "load_reference", self._do
        )
        unless_current(
            "static", static_files_digest(), "Collecting the static files", "collectstatic", self._do
        )
        if options["demo"]:
            self._load_demo()

    def _load_demo(self) -> None:
        """Load what is missing of the demo. An interrupted first start leaves an empty database, to begin again with."""
        if not Division.objects.exists():
            with transaction.atomic():
                self._do("Loading the demo county", "load_demo")
        if not User.objects.exists():
            self._do("Making demo accounts", "make_demo_accounts")
        if not CoverageRun.objects.exists():
            self._do(
                "Computing who is within reach",
                "compute_coverage",
                network="elderly-care",
                profile="walk",
                minutes="5,10,15",
            )

    def _do(self, what: str, command: str, **options: Any) -> None:
        self.stdout.write(f"{what} ... ", ending="")
        self.stdout.flush()
        started = time.monotonic()
        try:
            call_command(command, stdout=io.StringIO(), **options)
        except BaseException:
            self.stdout.write("failed")
            raise
        self.stdout.write(f"{time.monotonic() - started:.0f} s")


def unless_current(stamp_name: str, digest: str, what: str, command: str, do: Callable[..., None]) -> None:
    """Run a command unless it ran before on the same input; the stamp is written when it has ended well."""
    stamp = Path(settings.VAR_DIR) / "run" / f"{stamp_name}.stamp"
    if stamp.exists() and stamp.read_text() == digest:
        return
    do(what, command, **({"interactive": False} if command == "collectstatic" else {}))
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def reference_digest() -> str:
    """Return a digest of the reference files of this release and of which database they belong into."""
    database = settings.DATABASES["default"]
    digest = hashlib.sha256(repr([database[key] for key in ("HOST", "PORT", "NAME")]).encode())
    with connection.cursor() as cursor:
        # A database that was made anew under the same name is another one.
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        digest.update(repr(cursor.fetchone()).encode())
    for path in sorted(shipped_files()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def static_files_digest() -> str:
    """Return a digest of every static file's name, size and time of change.

    Files of an earlier version are kept where they are collected: pages that a visitor still has open name them.
    """
    root = Path(settings.STATIC_ROOT)
    digest = hashlib.sha256(f"{root} {root.is_dir()}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
