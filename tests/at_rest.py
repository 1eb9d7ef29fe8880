"""Tables are emptied when nobody reads them any more, and only those that hold something.

A page that a browser has left goes on being answered: a tile being drawn holds locks that emptying the tables waits for, while that
tile waits for a table which is being emptied. PostgreSQL ends such a wait by failing one of the two.

Django empties by one TRUNCATE of all tables, which gives each of them and each of their indexes a new file: more than a second,
however few rows a test has written. Deleting a few rows takes a fraction of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management import CommandError
from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

_PATIENCE_S = 30.0
_TRIES = 3
# A table with more rows than this is emptied as Django does it.
_FEW = 2000
# Written when the tables are made, and not by tests: Django would write the same again after each.
_STAY = {"django_migrations", "django_content_type", "auth_permission"}

_BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'
"""


def _is_quiet() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_BUSY)
        return cursor.fetchone() == (0,)


def wait_for_rest() -> None:
    """Wait until no other connection to this database does anything, twice in a row."""
    until = time.monotonic() + _PATIENCE_S
    quiet = 0
    while quiet < 2 and time.monotonic() < until:
        quiet = quiet + 1 if _is_quiet() else 0
        time.sleep(0.02)


def _few_rows_deleted() -> bool:
    """Empty the tables that hold something, and say so; false, with nothing done, where one of them holds many rows."""
    tables = [name for name in connection.introspection.table_names() if name not in _STAY]
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        counts = ", ".join(
            f"(SELECT count(*) FROM (SELECT FROM {quote(name)} LIMIT {_FEW + 1}) AS few)" for name in tables
        )
        cursor.execute(f"SELECT {counts}")
        held = {name: count for name, count in zip(tables, cursor.fetchone() or (), strict=True) if count}
        if max(held.values(), default=0) > _FEW:
            return False
        # Triggers that write history, or forbid to change it, are no concern of a test that has ended. Keys are checked at the end.
        for name in held:
            cursor.execute(f"ALTER TABLE {quote(name)} DISABLE TRIGGER USER")
        for name in held:
            cursor.execute(f"DELETE FROM {quote(name)}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in held:
            cursor.execute(f"ALTER TABLE {quote(name)} ENABLE TRIGGER USER")
    return True


def empty_at_rest() -> None:
    """Make every test that writes for real wait for rest before its tables are emptied."""
    empty: Callable[[Any], None] = TransactionTestCase._fixture_teardown

    def patiently(case: TransactionTestCase) -> None:
        for attempt in range(1, _TRIES + 1):
            wait_for_rest()
            try:
                if not _few_rows_deleted():
                    empty(case)
            except (CommandError, OperationalError):
                if attempt == _TRIES:
                    raise
            else:
                return

    TransactionTestCase._fixture_teardown = patiently
