"""The shipped reference rows in the tables of a test, without reading and checking each file anew.

`load_reference` looks at every row by itself, as it must for an office that has changed some: one to two seconds. What it
wrote in the first test of a process is kept, and copied into the tables of the others.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection, transaction

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'django_migrations'
"""
_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
_NUMBERED = """
SELECT quote_ident(attname), pg_get_serial_sequence(%s, attname) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND pg_get_serial_sequence(%s, attname) IS NOT NULL
"""


@dataclass(frozen=True)
class _Kept:
    table: str
    columns: str
    rows: str


_kept: list[_Kept] = []


def _row_counts() -> dict[str, int]:
    """Return how many rows each table holds that holds any."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}")' for name in names))
        return {name: count for name, count in zip(names, cursor.fetchone() or (), strict=True) if count}


def _keep(tables: Collection[str]) -> None:
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(_COLUMNS, [f'"{table}"'])
            (columns,) = cursor.fetchone()
            rows = io.StringIO()
            cursor.copy_expert(f'COPY "{table}" ({columns}) TO STDOUT', rows)
            _kept.append(_Kept(table, columns, rows.getvalue()))


def _copy_back() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # What the triggers write, history, is among the rows; keys are checked before the triggers come back.
        for kept in _kept:
            cursor.execute(f'ALTER TABLE "{kept.table}" DISABLE TRIGGER USER')
        for kept in _kept:
            cursor.copy_expert(f'COPY "{kept.table}" ({kept.columns}) FROM STDIN', io.StringIO(kept.rows))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for kept in _kept:
            cursor.execute(f'ALTER TABLE "{kept.table}" ENABLE TRIGGER USER')
            quoted = f'"{kept.table}"'
            cursor.execute(_NUMBERED, [quoted, quoted, quoted])
            for column, sequence in cursor.fetchall():
                cursor.execute(f'SELECT setval(%s, (SELECT max({column}) FROM "{kept.table}"))', [sequence])
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def load_shipped_reference() -> None:
    """Fill the tables of reference rows as `load_reference` does in a fresh installation, or add to what they hold."""
    before = _row_counts()
    # Numbers of contexts of history are drawn by lot: those of several runs stand side by side.
    if _kept and not before.keys() & {kept.table for kept in _kept} - {"pghistory_context"}:
        _copy_back()
        return
    call_command("load_reference", verbosity=0)
    after = _row_counts()
    # Kept is only what it wrote by itself: not where a table held rows before.
    if not _kept and all(after[table] == count for table, count in before.items()):
        _keep(after.keys() - before.keys())
