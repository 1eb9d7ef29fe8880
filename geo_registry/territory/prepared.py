"""Statements that are written once: by Django the first time in a process, planned by PostgreSQL the first times on a connection.

For what is asked with every letter that somebody types. There a dozen small queries are made, and Django takes longer to write each
of them down, and PostgreSQL to plan it, than it takes to be answered. What differs from one time to the next is `Given`; everything
else (days, paths, statuses) is written into the statement, so whoever keeps a `Prepared` keeps it by those.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Field, QuerySet, TextField
from psycopg2.extensions import AsIs  # type: ignore[import-untyped]

_MOST_ON_A_CONNECTION: Final = 200
"""Each takes some memory of its connection; what comes after these is asked without being prepared."""

_NAMED = re.compile(r"%\((\w+)\)s")
_TYPE = re.compile(r"[a-z ]+(\[\])?")
_ready: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a value goes."""

    name: str


class Given(Expression):
    """A value that is given each time a statement is asked.

    Parameters
    ----------
    name
        By which it is given.
    sql_type
        PostgreSQL's name of its type: ``tsquery``, ``bigint[]``.
    field
        What it is to Django, where that matters to what it is compared with.
    """

    def __init__(self, name: str, sql_type: str = "text", field: Field[Any, Any] | None = None) -> None:
        if _TYPE.fullmatch(sql_type) is None:
            raise ValueError(f"{sql_type!r} is no type of PostgreSQL's")
        super().__init__(output_field=field or TextField())
        self.name, self.sql_type = name, sql_type

    def as_sql(self, _compiler: object, _connection: object) -> tuple[str, list[Any]]:
        """Return where the value goes, with its type."""
        return f"%s::{self.sql_type}", [_Slot(self.name)]


def array_of(keys: Iterable[int]) -> str:
    """Return numbers as PostgreSQL writes an array: a thousand values given one by one take long to write down."""
    return "{" + ",".join(map(str, keys)) + "}"


class Prepared:
    """A statement with places for what is `Given`.

    Parameters
    ----------
    sql, params
        As Django writes them, with what is given among the parameters.
    planned_once
        Whether one plan may serve whatever is given. A pattern has to be known for its index to be used.
    """

    def __init__(self, sql: str, params: Sequence[Any], *, planned_once: bool = True) -> None:
        self._planned_once = planned_once
        self._sql, self._params = sql, tuple(params)
        self.names: Final = tuple(dict.fromkeys(one.name for one in self._params if isinstance(one, _Slot)))
        said = repr((sql, self._params)).encode()
        self._name = "asked_" + hashlib.sha256(said).hexdigest()[:32]
        self._execute = f"EXECUTE {self._name}"
        if self.names:
            self._execute += "(" + ", ".join(["%s"] * len(self.names)) + ")"

    @classmethod
    def of(cls, rows: QuerySet[Any, Any], *, most: str = "", planned_once: bool = True) -> Prepared:
        """Return the statement that reads rows, whose values come as the database has them.

        Parameters
        ----------
        rows
            The rows, with `Given` for what differs.
        most
            The name by which is given how many at most.
        planned_once
            As the class has it.
        """
        sql, params = rows.query.sql_with_params()
        if most:
            sql, params = f"{sql} LIMIT %s::bigint", (*params, _Slot(most))
        return cls(sql, params, planned_once=planned_once)

    @classmethod
    def written(cls, sql: str) -> Prepared:
        """Return a statement of one's own, with ``%(name)s::type`` for what is given."""
        slots = [_Slot(name) for name in _NAMED.findall(sql)]
        return cls(_NAMED.sub("%s", sql), slots)

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """Ask, and return all rows.

        Raises
        ------
        KeyError
            If a value is missing.
        """
        with connection.cursor() as cursor:
            if self._is_ready(cursor):
                cursor.execute(self._execute, [given[name] for name in self.names])
            else:
                values = [given[one.name] if isinstance(one, _Slot) else one for one in self._params]
                cursor.execute(self._sql, values)
            return list(cursor.fetchall())

    def _is_ready(self, cursor: CursorWrapper) -> bool:
        """Whether the connection knows the statement, now at the latest.

        Not where connections are made anew for each request, as behind a pooler: it may hand the next statement to another one.
        """
        settings = connection.settings_dict
        if settings.get("DISABLE_SERVER_SIDE_CURSORS") or settings.get("CONN_MAX_AGE") == 0:
            return False
        if not self._planned_once:
            return False
        ready = _ready.setdefault(connection.connection, set())
        if self._name in ready:
            return True
        if len(ready) >= _MOST_ON_A_CONNECTION:
            return False
        places = {name: AsIs(f"${number}") for number, name in enumerate(self.names, start=1)}
        values = [places[one.name] if isinstance(one, _Slot) else one for one in self._params]
        statement = cursor.mogrify(self._sql, values).decode()
        # Past Django's cursor: what it may put before a statement cannot be prepared, and a percent sign in it is one already.
        with connection.wrap_database_errors:
            cursor.cursor.execute(f"PREPARE {self._name} AS {statement}")
        ready.add(self._name)
        return True
