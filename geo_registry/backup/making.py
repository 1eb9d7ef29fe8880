"""Make a backup, and thin the old ones.

The database is dumped from an exported snapshot; the same snapshot is counted, table by table, so that a restore can be checked.
Files of records are written once under the checksum of their content and are copied after the database: each that the dump
knows of is there. So are the files of imports that wait; what a job is writing there at that
moment is that of an interrupted job after a restore.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import shutil
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from .server import BackupError, run

DUMP: Final = "database.dump"
MANIFEST: Final = "manifest.json"
_NAME: Final = "%Y-%m-%dT%H%M%S"
_INTERRUPTED_AFTER_S: Final = 24 * 3600
_DAYS, _WEEKS, _MONTHS = 7, 4, 12


def make_backup(*, folder: Path) -> Path:
    """Make a backup in a folder of its own below ``folder``; it appears only once it is whole.

    Raises
    ------
    BackupError
        If the database cannot be dumped.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_interrupted(folder)
    target = folder / timezone.now().astimezone(datetime.UTC).strftime(_NAME)
    partial = folder / f".{target.name}.partial"
    if target.exists():
        raise BackupError(_("%(folder)s is there already.") % {"folder": target})
    partial.mkdir(mode=0o700)
    try:
        tables = _dump(partial / DUMP)
        for name, source in folders_of_files().items():
            _copy_files(source, partial / name)
        manifest = {
            "made_at": timezone.now().isoformat(),
            "tables": tables,
            "migrations": sorted(
                f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
            ),
            "sha256": {name: checksum_of(partial / name) for name in (DUMP, *folders_of_files())},
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), "utf-8")
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _remove_interrupted(folder: Path) -> None:
    """Remove what a killed run left; a younger one may still be written."""
    for path in folder.glob(".*.partial"):
        if path.stat().st_mtime < time.time() - _INTERRUPTED_AFTER_S:
            shutil.rmtree(path, ignore_errors=True)


def _dump(target: Path) -> dict[str, int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        counts = counted_tables()
        # PostGIS fills its own table where it is installed; the site's role may not.
        left_out = "--exclude-table-data=public.spatial_ref_sys"
        run("pg_dump", "--format=custom", left_out, f"--snapshot={snapshot}", f"--file={target}")
    return counts


def counted_tables() -> dict[str, int]:
    """Return the number of rows of every table of the site, but PostGIS's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname"
        )
        names = [name for (name,) in cursor.fetchall()]
        counts = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 - a table's own name
            (counts[name],) = cursor.fetchone()
    return counts


def folders_of_files() -> dict[str, Path]:
    """Return which folders are kept, by the name of their archive: what is not in them can be made again."""
    return {"media.tar.gz": Path(settings.MEDIA_ROOT), "imports.tar.gz": Path(settings.IMPORT_DIR)}


def _copy_files(source: Path, target: Path) -> None:
    # Photos do not get smaller: the quickest level loses nothing.
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for path in sorted(source.rglob("*")):
            # An upload that is put in its place, or what no record needs any more, may go while the folder is read.
            with contextlib.suppress(FileNotFoundError):
                archive.add(path, arcname=str(path.relative_to(source)), recursive=False)


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def thin_out(*, folder: Path) -> list[Path]:
    """Remove old backups but the newest of each of the last seven days, four weeks and twelve months that have any.

    Returns
    -------
    list of Path
        What was removed.
    """
    found = sorted((path for path in folder.iterdir() if moment_of(path) is not None), reverse=True)
    kept = set(found[:1])
    for pattern, most in (("%Y-%m-%d", _DAYS), ("%G-%V", _WEEKS), ("%Y-%m", _MONTHS)):
        kept |= _newest_of_each(found, pattern, most)
    removed = [path for path in found if path not in kept]
    for path in removed:
        shutil.rmtree(path)
    return removed


def _newest_of_each(found: Sequence[Path], pattern: str, most: int) -> set[Path]:
    newest: dict[str, Path] = {}
    for path in found:
        moment = moment_of(path)
        if moment is not None:
            newest.setdefault(moment.strftime(pattern), path)
    return set(list(newest.values())[:most])


def moment_of(path: Path) -> datetime.datetime | None:
    """Return when a backup was begun, by the name of its folder; ``None`` for what is no backup's folder."""
    try:
        return (
            datetime.datetime.strptime(path.name, _NAME).replace(tzinfo=datetime.UTC)
            if path.is_dir()
            else None
        )
    except ValueError:
        return None
