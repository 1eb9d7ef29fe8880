"""Tables are emptied when nobody reads them any more.

A page that a browser has left goes on being answered: a tile being drawn holds locks that emptying the tables waits for, while that
tile waits for a table which is being emptied. PostgreSQL ends such a wait by failing one of the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management import CommandError
from django.db import connection
from django.test import TransactionTestCase

_PATIENCE_S = 30.0
_TRIES = 3

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


def empty_at_rest() -> None:
    """Make every test that writes for real wait for rest before its tables are emptied."""
    empty: Callable[[Any], None] = TransactionTestCase._fixture_teardown

    def patiently(case: TransactionTestCase) -> None:
        for attempt in range(1, _TRIES + 1):
            wait_for_rest()
            try:
                empty(case)
            except CommandError:
                if attempt == _TRIES:
                    raise
            else:
                return

    TransactionTestCase._fixture_teardown = patiently
