"""Objects written down as ``COPY`` reads them, column by column.

A column is nearly always of one type, and most of its values need no escaping: to look at the column once costs a third of what
it costs to look at each value.
"""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.contrib.postgres.search import SearchVectorField
from django.db.models.fields.json import JSONField

from geo_registry.territory.search_keys import Lexemes, WrittenKeys
from geo_registry.text.search import vector_text

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ESCAPED = re.compile(r"[\\\t\n\r]")
_NULL = "\\N"


def copy_text(fields: Sequence[Any], objects: Sequence[Any]) -> bytes:
    """Return objects as the text that ``COPY … FROM STDIN`` reads.

    Parameters
    ----------
    fields : sequence of Field
        The columns, in order.
    objects : sequence of Model
        With a value for each of them.

    Raises
    ------
    TypeError
        If a value is of a type that nobody knows how to write.
    """
    rows = [vars(instance) for instance in objects]
    columns = [_column(field, [row[field.attname] for row in rows]) for field in fields]
    return ("\n".join(map("\t".join, zip(*columns, strict=True))) + "\n").encode()


def _column(field: Any, values: list[Any]) -> list[str]:
    if values[0] is values[-1] and len(set(map(id, values))) == 1:
        # One and the same thing for all, as most of what a file does not say.
        return _column_of(field, values[:1]) * len(values)
    return _column_of(field, values)


def _column_of(field: Any, values: list[Any]) -> list[str]:
    if isinstance(field, JSONField):
        return _documents(field, values)
    if isinstance(field, SearchVectorField):
        if None not in values:
            return _escaped([_vector(value) for value in values])
        return [_NULL if value is None else _escaped([_vector(value)])[0] for value in values]
    types = set(map(type, values))
    if types == {str}:
        return _escaped(values)
    if types in ({int}, {float}):
        return list(map(repr, values))
    return [_text(value) for value in values]


def _documents(field: Any, values: Sequence[Any]) -> list[str]:
    """Return JSON; what is empty, as most is, need not be encoded each time."""
    encode = (field.encoder or json.JSONEncoder)(ensure_ascii=False).encode
    return _escaped(
        [encode(value) if value else "[]" if value == [] else _empty(value, encode) for value in values]
    )


def _empty(value: Any, encode: Callable[[Any], str]) -> str:
    return "{}" if value == {} else encode(value)


def _escaped(texts: list[str]) -> list[str]:
    """Return texts as COPY reads them: most have nothing to be escaped, and one look at all of them tells."""
    if _ESCAPED.search("\v".join(texts)) is None:
        return texts
    return [text.translate(_ESCAPES) for text in texts]


def _vector(value: Lexemes | WrittenKeys) -> str:
    return str(value) if isinstance(value, WrittenKeys) else vector_text(value.lexemes)


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return str(value).translate(_ESCAPES)
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
