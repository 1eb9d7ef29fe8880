"""Rows of one file that are about the same record."""

from __future__ import annotations

from collections.abc import Iterable

from geo_registry.geodata.declarations import Declaration, Record
from geo_registry.geodata.errors import Message, gettext_noop

from .run import ImportRun
from .seen import FirstRows

_DOUBLE = gettext_noop("The row is a double: row {first} has the same {key}.")


class Doubles:
    """Rows of one file that are about the same record: the first goes in, the others are refused."""

    def __init__(self, declaration: Declaration) -> None:
        self.key = declaration.key
        self.first = FirstRows()

    def refuse(self, records: Iterable[Record], run: ImportRun) -> None:
        """Refuse the rows whose key was there before."""
        told: list[Record] = []
        keys: list[list[object]] = []
        for record in records:
            values = record.values
            key = [values.get(name) for name in self.key]
            if not record.refused and any(part is not None for part in key):
                told.append(record)
                keys.append(key)
        for record, first in zip(told, self.first.meet(keys, [r.number for r in told]), strict=True):
            if first == record.number:
                continue
            named = [name for name in self.key if name in record.values]
            params = {"first": first, "key": "、".join(run.header(name) for name in named)}
            record.refuse(
                Message(_DOUBLE, params), column=run.header(named[0]), value=record.values[named[0]]
            )
