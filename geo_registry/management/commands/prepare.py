"""Bring the database and the static files up to what this version of the code needs. Quick when they are."""

from __future__ import annotations

import hashlib
import io
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.models import CoverageRun, Facility, LifeEvent, Round
from facilities.services.demo import is_there as demo_fieldwork_is_there
from geo_registry import commands
from geo_registry.accounts.models import User
from geo_registry.checks import problems
from geo_registry.reference.loading import shipped_files
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division
from placenames.models import NameCase, Sign, Story

# Two starts at once must not migrate at once: they wait for each other on this number.
ADVISORY_LOCK = 7_461_001


class Command(commands.Command):
    """Does what is left to do, in one process."""

    help = gettext_noop(
        "Check the database, migrate it, load the reference values and collect the static files, where needed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether there shall be a demo."""
        parser.add_argument(
            "--demo",
            action="store_true",
            help=_(
                "also load the demo county into an empty database, make accounts for it and compute its coverage"
            ),
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
            self._do(_("Preparing the tables"), "migrate", interactive=False)
        if not is_stamped("reference", reference := reference_digest()):
            self._do(_("Loading the reference values"), "load_reference")
            write_stamp("reference", reference)
        static = static_files_digest()
        if not (is_stamped("static", static) and Path(settings.STATIC_ROOT).is_dir()):
            self._do(_("Collecting the static files"), "collectstatic", interactive=False)
            write_stamp("static", static)
        if options["demo"]:
            self._load_demo()

    def _load_demo(self) -> None:
        """Load the demo into an empty database, once: who has removed it does not want it back at the next start.

        An interrupted first start leaves an empty database and no stamp, to begin again with.
        """
        if not is_stamped("demo", database := database_identity()):
            if not Division.objects.exists():
                with transaction.atomic():
                    self._do(_("Loading the demo county"), "load_demo")
            write_stamp("demo", database)
        if not Source.objects.filter(is_demo=True).exists():
            return
        if not User.objects.exists():
            self._do(_("Making demo accounts"), "make_demo_accounts")
        if not LifeEvent.objects.exists():
            self._do(_("Making up some of the register's daily work"), "make_demo_register")
        # A demo county of an earlier version lacks what makes its places accessible.
        if not (Round.objects.exists() and Facility.objects.exclude(step_free_entrance="").exists()):
            self._do(_("Making up some months of confirmation rounds"), "make_demo_rounds")
        if not demo_fieldwork_is_there():
            self._do(_("Making up inspections, assessments, assets and posts"), "make_demo_fieldwork")
        if not NameCase.objects.exists():
            self._do(_("Making up cases of names and pilot villages"), "make_demo_names")
        if not Sign.objects.exists():
            self._do(_("Making up signs along its roads"), "make_demo_signs")
        if not Story.objects.exists():
            self._do(_("Making up stories of places"), "make_demo_stories")
        if not CoverageRun.objects.exists():
            self._do(
                _("Computing who is within reach"),
                "compute_coverage",
                network="elderly-care",
                profile="walk",
                minutes="5,10,15",
            )

    def _do(self, what: str, command: str, **options: Any) -> None:
        self.stdout.write(f"{what} ... ", ending="")
        self.stdout.flush()
        started = time.monotonic()
        said = io.StringIO()
        try:
            call_command(command, stdout=io.StringIO(), stderr=said, **options)
        except DatabaseError as error:
            self.stdout.write(_("failed"))
            raise CommandError(
                _("The database gave up: %(why)s") % {"why": " ".join(str(error).split())}
            ) from error
        except BaseException:
            self.stdout.write(_("failed") + f"\n{said.getvalue()}")
            raise
        self.stdout.write(f"{time.monotonic() - started:.0f} s")


def _stamp(name: str) -> Path:
    return Path(settings.VAR_DIR) / "run" / f"{name}.stamp"


def is_stamped(name: str, state: str) -> bool:
    """Tell whether a step ended well before on the same state of its input."""
    return _stamp(name).exists() and _stamp(name).read_text() == state


def write_stamp(name: str, state: str) -> None:
    """Remember that a step ended well."""
    _stamp(name).parent.mkdir(parents=True, exist_ok=True)
    _stamp(name).write_text(state)


def database_identity() -> str:
    """Return what tells this database from others, also from one that had its name before."""
    database = settings.DATABASES["default"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        (oid,) = cursor.fetchone()
    return "|".join(str(part) for part in (database["HOST"], database["PORT"], database["NAME"], oid))


def reference_digest() -> str:
    """Return a digest of the reference files of this release, and of which database they belong into."""
    digest = hashlib.sha256(database_identity().encode())
    for path in sorted(shipped_files()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def static_files_digest() -> str:
    """Return a digest of every static file's name, size and time of change.

    Files of an earlier version are kept where they are collected: pages that a visitor still has open name them.
    """
    digest = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
