"""Many new rows at once, by ``COPY``: three times as fast as INSERT, and with the same history.

Django builds and PostgreSQL parses an INSERT value by value; ``COPY`` is read as a stream. History's triggers
fire all the
same. They take author and batch from settings of the transaction that ``pghistory`` puts in front of each
statement it sees;
it does not see a COPY, so a statement that changes nothing goes ahead of it.
"""

from __future__ import annotations

import datetime
import io
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, models, transaction
from django.db.models.fields.json import JSONField

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
# From so many rows on the stream is worth its preparation.
WORTHWHILE_ROWS = 50


def create(model: type[models.Model], objects: Sequence[Any]) -> None:
    """Insert new objects; each gets its primary key, and history's triggers record it.

    Must run in a transaction.

    Parameters
    ----------
    model : type of Model
    objects : sequence of Model
        Without primary keys, unless the model makes them itself.
    """
    if len(objects) < WORTHWHILE_ROWS:
        model._default_manager.bulk_create(list(objects))
        return
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        _number(model, objects, cursor)
        writers = [_writer(field) for field in fields]
        stream = io.StringIO()
        for instance in objects:
            stream.write("\t".join([write(instance) for write in writers]))
            stream.write("\n")
        stream.seek(0)
        cursor.execute(f"UPDATE {table} SET {_one_column(fields)} WHERE false")  # noqa: S608 - names of our own tables
        cursor.cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", stream)
    for instance in objects:
        instance._state.adding, instance._state.db = False, connection.alias


def _number(model: type[models.Model], objects: Sequence[Any], cursor: Any) -> None:
    """Give new objects the next primary keys of their table."""
    key = model._meta.pk
    if not isinstance(key, models.AutoField | models.BigAutoField):
        return
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
        [connection.ops.quote_name(model._meta.db_table), key.column, len(objects)],
    )
    for instance, (number,) in zip(objects, cursor.fetchall(), strict=True):
        setattr(instance, key.attname, number)


def _one_column(fields: Sequence[Any]) -> str:
    column = connection.ops.quote_name(str(fields[-1].column))
    return f"{column} = {column}"


def _writer(field: Any) -> Callable[[Any], str]:
    """Return what writes one column of an object as COPY reads it."""
    name = field.attname
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return lambda instance: str(field.pre_save(instance, add=True).isoformat())
    if isinstance(field, JSONField):
        encoder = field.encoder
        return lambda instance: json.dumps(
            getattr(instance, name), cls=encoder, ensure_ascii=False
        ).translate(_ESCAPES)
    return lambda instance: _text(getattr(instance, name))


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return str(value).translate(_ESCAPES) if not value.isalnum() else str(value)
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, GEOSGeometry):
        return bytes(value.hexewkb).decode("ascii")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, list):
        return _array(value).translate(_ESCAPES)
    raise TypeError(f"no way to copy a {type(value).__name__}")


def _array(values: list[Any]) -> str:
    """Return a list of texts, numbers or nothing as PostgreSQL writes an array."""
    written = (
        "NULL" if value is None
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str)
        else _text(value)
        for value in values
    )  # fmt: skip
    return "{" + ",".join(written) + "}"
