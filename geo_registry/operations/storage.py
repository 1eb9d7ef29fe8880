"""What fills up: the disks that the site writes to, and the database."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Less room than this is named among what needs attention.
LITTLE_SHARE: Final = 0.10
LITTLE_BYTES: Final = 2 * 1024**3
_TABLES: Final = 8
_QUERIES: Final = 10
_SHOWN: Final = 400


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A disk that something of the site lies on; sizes in bytes."""

    holds: str | Promise
    path: Path
    total: int
    free: int

    @property
    def used_percent(self) -> int:
        """How much of it is taken."""
        return round(100 * (self.total - self.free) / self.total) if self.total else 0

    @property
    def is_short(self) -> bool:
        """Whether somebody should look after it."""
        return self.free < LITTLE_BYTES or self.free < self.total * LITTLE_SHARE


@dataclass(frozen=True, kw_only=True)
class SlowQuery:
    """A statement as the database counts it: values are not in it."""

    text: str
    calls: int
    mean_ms: float
    total_s: float


@dataclass(frozen=True, kw_only=True)
class Statements:
    """The slowest statements, or why there are none to be seen."""

    queries: Sequence[SlowQuery] = ()
    missing: str = ""


def disks() -> list[Disk]:
    """Return the disks that the site's files lie on, each once, and whatever lies there with it."""
    found: dict[int, Disk] = {}
    places = [
        (gettext_lazy("uploads, lists and caches"), settings.VAR_DIR),
        (gettext_lazy("files of records"), settings.MEDIA_ROOT),
    ]
    if settings.BACKUP_DIR:
        places.append((gettext_lazy("backups"), settings.BACKUP_DIR))
    for holds, place in places:
        path = _there(Path(place))
        try:
            device = path.stat().st_dev
            usage = shutil.disk_usage(path)
        except OSError:
            continue
        found.setdefault(device, Disk(holds=holds, path=Path(place), total=usage.total, free=usage.free))
    return list(found.values())


def _there(path: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    return next((one for one in (path, *path.parents) if one.is_dir()), Path("/"))


def database_bytes() -> int:
    """Return the size of the database with its indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: in words, by its name, its bytes with indexes, its rows as the database estimates them."""

    title: str
    name: str
    size: int
    rows: int


def largest_tables() -> list[Table]:
    """Return the largest tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_total_relation_size(oid) AS bytes, greatest(reltuples, 0)::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY bytes DESC LIMIT %s",
            [_TABLES],
        )
        found = cursor.fetchall()
    titles = _titles()
    return [
        Table(title=titles.get(name, ""), name=name, size=int(size), rows=int(rows))
        for name, size, rows in found
    ]


def _titles() -> dict[str, str]:
    """Return what each table holds in the reader's words."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        # What comes with PostGIS and nobody has named stays without words.
        if model._meta.app_label == "gis":
            continue
        tracked = getattr(model, "pgh_tracked_model", None)
        words = str((tracked or model)._meta.verbose_name_plural)
        found[model._meta.db_table] = _("%(table)s, history") % {"table": words} if tracked else words
    return found


def slow_statements() -> Statements:
    """Return the statements that took the most time in all, as ``pg_stat_statements`` counts them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'")
        if cursor.fetchone() is None:
            return Statements(missing="absent")
    try:
        with transaction.atomic():
            return Statements(queries=read_statements())
    except DatabaseError:
        # Not loaded at the server's start, or not for this role to read.
        return Statements(missing="unreadable")


def read_statements() -> list[SlowQuery]:
    """Return the statements that took the most time in all.

    Raises
    ------
    DatabaseError
        If the database does not count them, or not for this role.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query, calls, mean_exec_time, total_exec_time / 1000 FROM pg_stat_statements"
            " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND query ~* '^\\s*(select|with|insert|update|delete)' ORDER BY total_exec_time DESC LIMIT %s",
            [_QUERIES],
        )
        return [
            SlowQuery(text=" ".join(query.split())[:_SHOWN], calls=calls, mean_ms=mean, total_s=total)
            for query, calls, mean, total in cursor.fetchall()
        ]
