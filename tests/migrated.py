"""One migrated database is kept, and test databases are copies of it.

A copy takes a second where the migrations take most of a minute, for every process of every run. The kept one is named after
what the migrations say, so that a changed migration makes a new one; tests of migrations make their databases from nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from django.apps import apps
from django.conf import settings
from psycopg2 import sql

from tests.upgrade.dump import address, connect, manage

_PREFIX = "geo_migrated_"
# What is not in a migration's own folder, and is written into the database by one all the same.
_MAKERS = ("django", "django-pghistory", "django-pgtrigger", "django-tasks")


def fingerprint() -> str:
    """Return a digest of all migrations, of ours and of others."""
    digest = hashlib.sha256()
    for maker in _MAKERS:
        digest.update(metadata.version(maker).encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for path in sorted(Path(app.path, "migrations").glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
        for path in sorted(Path(app.path, "models").glob("*.py")) or [Path(app.path, "models.py")]:
            if path.exists():
                digest.update(path.read_bytes())  # rows of permissions and content types, triggers
    return digest.hexdigest()[:16]


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept_database() -> str:
    """Return the name of a migrated database on the server of the settings, made now if there is none."""
    name = _PREFIX + fingerprint()
    home = settings.DATABASES["default"]["NAME"]
    with _one_at_a_time(name), connect(home).cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}%"])
        there = {row[0] for row in cursor.fetchall()}
        if name in there:
            return name
        unfinished = f"{name}_unfinished"
        for old in there:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        manage(address(unfinished), "migrate", "--verbosity", "0")
        cursor.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )
    return name
