"""A stamp of tables: as long as it is the same, everything that is computed from them is the same.

For what is kept in a process and must never be older than the register. Each table's history is written by triggers, so the
number of its newest event grows with every change, past the models too: by an import, an update of many rows, a raw statement.

A transaction takes its events' numbers before it ends, however. With a later number seen already, its rows would come to be seen
without the newest number changing. So a stamp also names the transactions that are writing into one of the histories, which hold
a lock on it from their first event to their end: when one of them ends, the stamp is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection
from django.db.models import Model

from .history import event_model

Stamp = tuple[object, ...]

# Whoever adds an event holds the first of these until the transaction ends; the others are those of a table emptied or changed.
_WRITERS: Final = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = ANY (%s::regclass[])
    AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


def newest_events(tracked: Sequence[type[Model]]) -> tuple[int, ...]:
    """Return the number of each table's last event, 0 where there is none. One query, answered by the primary keys.

    Raises
    ------
    LookupError
        If the changes of a model are not recorded.
    """
    columns = ", ".join(f"(SELECT coalesce(max(pgh_id), 0) FROM {table})" for table in _event_tables(tracked))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}")
        return tuple(cursor.fetchone() or ())


def history_stamp(tracked: Sequence[type[Model]]) -> Stamp:
    """Return a stamp of some tables that is equal to another one only if what the tables showed was the same. Two queries.

    It is to be taken before the tables are read: what is kept under it may be newer than it, never older. Rows that hold from a
    day on change what they mean at midnight; whoever computes from those puts the day beside the stamp.

    Raises
    ------
    LookupError
        If the changes of a model are not recorded.
    """
    # Locks first: whoever ends between the two queries is named here, and no longer in the next stamp.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT current_database(), ARRAY(SELECT DISTINCT * FROM ({_WRITERS}) AS writers ORDER BY 1)",  # noqa: S608 - written above
            [_event_tables(tracked)],
        )
        database, writing = cursor.fetchone() or ("", [])
    return (database, tuple(writing), *newest_events(tracked))


def settled_events(tracked: Sequence[type[Model]]) -> tuple[int, ...] | None:
    """Return the number of each table's last event if whatever is numbered up to it is seen from now on; else ``None``.

    For what is compared with later changes by their numbers: it is ``None`` while somebody else writes into one of the histories.

    Raises
    ------
    LookupError
        If the changes of a model are not recorded.
    """
    # Numbers first: whoever has one of them and has not ended holds a lock still.
    newest = newest_events(tracked)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_WRITERS} AND pid <> pg_backend_pid())", [_event_tables(tracked)])
        (others_write,) = cursor.fetchone() or (True,)
    return None if others_write else newest


def changed_since(model: type[Model], *, since: str, column: str = "pgh_obj_id") -> str:
    """Return the SQL of which rows of a table have events after a number, the oldest first, no more than ``%(most)s``.

    For what is kept up by the numbers of the history and reads what has changed since as it is; a row with several events comes
    several times.

    Parameters
    ----------
    model
        The table.
    since
        SQL of the number.
    column
        What is returned of each event: the row itself, or a row that it belongs to.

    Raises
    ------
    LookupError
        If the changes of the model are not recorded.
    """
    (table,) = _event_tables([model])
    return f"(SELECT {column} FROM {table} WHERE pgh_id > ({since}) ORDER BY pgh_id LIMIT %(most)s::bigint)"  # noqa: S608 - no input


def _event_tables(tracked: Sequence[type[Model]]) -> list[str]:
    tables = []
    for model in tracked:
        events = event_model(model)
        if events is None:
            raise LookupError(f"{model._meta.label} records no changes")
        tables.append(connection.ops.quote_name(events._meta.db_table))
    return tables
