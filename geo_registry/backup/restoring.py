"""Restore a backup into an empty database, check it, and bring it up to this release."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from .making import DUMP, MANIFEST, checksum_of, counted_tables, folders_of_files
from .server import BackupError, run


def restore_backup(*, backup: Path) -> dict[str, int]:
    """Restore a backup.

    Parameters
    ----------
    backup
        The folder that `make_backup` returned.

    Returns
    -------
    dict
        The rows of each table as restored, before later migrations.

    Raises
    ------
    BackupError
        If the backup is damaged or of a newer release, the database or a folder of files is not empty, or what came out is
        not what went in. The folders of files are then as empty as before.
    """
    backup = backup.absolute()
    manifest = _checked(backup)
    _refuse_newer(manifest["migrations"])
    if counted_tables():
        raise BackupError(_("The database is not empty: make a new one, or name another in DATABASE_URL."))
    folders = folders_of_files()
    for folder in folders.values():
        if any(path.is_file() for path in folder.rglob("*")):
            raise BackupError(_("%(folder)s holds files already: move them away first.") % {"folder": folder})
    try:
        # The files first: a full disk is found out before the database is there.
        for name, folder in folders.items():
            folder.mkdir(parents=True, exist_ok=True)
            with tarfile.open(backup / name) as archive:
                archive.extractall(folder, filter="data")
        restored = _restore_database(backup / DUMP, manifest["tables"])
    except BaseException:
        for path in (path for folder in folders.values() if folder.is_dir() for path in folder.iterdir()):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    call_command("migrate", interactive=False, verbosity=0)
    return restored


def _restore_database(dump: Path, expected: dict[str, int]) -> dict[str, int]:
    name = str(connection.settings_dict["NAME"])
    options = ("--no-comments", "--no-owner", "--exit-on-error", "--single-transaction")
    run("pg_restore", *options, f"--dbname={name}", str(dump))
    restored = counted_tables()
    if restored != expected:
        wrong = sorted(set(restored.items()) ^ set(expected.items()))
        raise BackupError(_("Restored tables differ from the backup's: %(tables)s") % {"tables": wrong[:10]})
    return restored


def _refuse_newer(migrations: Sequence[str]) -> None:
    """Refuse tables that this release does not know: it would serve on them, and fail page by page."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations} | {
        f"{app}.{name}" for migration in loader.disk_migrations.values() for app, name in migration.replaces
    }
    if unknown := sorted(set(migrations) - known):
        raise BackupError(
            _(
                "The backup is of a newer release, with migrations that this one has not (%(migration)s): install the program "
                "it was made with, or a later one."
            )
            % {"migration": unknown[-1]}
        )


def _checked(backup: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((backup / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BackupError(_("%(folder)s is no backup: %(why)s") % {"folder": backup, "why": error}) from error
    for name, expected in manifest["sha256"].items():
        if not (backup / name).is_file() or checksum_of(backup / name) != expected:
            raise BackupError(_("%(file)s is damaged or missing.") % {"file": backup / name})
    return manifest
