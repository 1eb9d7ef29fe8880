"""One migrated database is kept, and test databases are copies of it.

A copy takes a second where the migrations take most of a minute, for every process of every run. The kept one is named after
what the migrations say. Where some are only new, it grows out of the one before; where one has changed, it is made from
nothing, as it is in tests of migrations. What migrations do not write (permissions, content types) Django adds to each copy.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from psycopg2 import sql

from tests.upgrade.dump import address, connect, manage

_PREFIX = "geo_migrated_"
# What decides what a migration does, and is not in its file.
_MAKERS = ("django", "django-pghistory", "django-pgtrigger", "django-tasks")


def migrations() -> dict[str, str]:
    """Return a digest of each migration, of ours and of others, by its name."""
    found = {maker: metadata.version(maker) for maker in _MAKERS}
    for app in apps.get_app_configs():
        for path in Path(app.path, "migrations").glob("*.py"):
            found[f"{app.label}.{path.stem}"] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return found


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept_database() -> str:
    """Return the name of a migrated database on the server of the settings, made now if there is none."""
    wanted = migrations()
    name = _PREFIX + hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
    with _one_at_a_time(name), connect(settings.DATABASES["default"]["NAME"]).cursor() as cursor:
        there = _kept(cursor)
        if name in there:
            return name
        unfinished = sql.Identifier(f"{name}_unfinished")
        before = next((old for old, held in there.items() if held and held.items() <= wanted.items()), None)
        for old in there.keys() - {before}:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
        if before is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(unfinished))
        else:
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(before), unfinished)
            )
            cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS NULL").format(unfinished))
        manage(address(f"{name}_unfinished"), "migrate", "--verbosity", "0")
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(unfinished), [json.dumps(wanted)])
        cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unfinished, sql.Identifier(name)))
    return name


def _kept(cursor: Any) -> dict[str, dict[str, str]]:
    """Return the kept databases and the migrations that each holds; none of one that was left unfinished."""
    cursor.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE %s",
        [f"{_PREFIX}%"],
    )
    return {name: json.loads(held) if held else {} for name, held in cursor.fetchall()}
