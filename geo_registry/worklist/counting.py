"""Counting what waits: each provider names its rows, and all of them are counted in one query."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many items there are; ``overdue`` and ``returned`` are among ``total``."""

    total: int = 0
    overdue: int = 0
    returned: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            total=self.total + other.total,
            overdue=self.overdue + other.overdue,
            returned=self.returned + other.returned,
        )


@dataclass(frozen=True, kw_only=True)
class Countable:
    """Rows that are still to be counted. Asked for its numbers alone it counts itself.

    Parameters
    ----------
    rows : QuerySet
        One row for each item.
    late, back : Q or bool
        Which of them are overdue, and which came back.
    as_one : bool
        Whether they are one item together: a queue.
    also : tuple of Countable
        Others that the same provider counts.
    """

    rows: QuerySet[Any]
    late: Q | bool = False
    back: Q | bool = False
    as_one: bool = False
    also: tuple[Countable, ...] = ()

    @functools.cached_property
    def counted(self) -> Counts:
        """All three numbers. One query, once."""
        return count_together([self])[0]

    @property
    def total(self) -> int:
        """How many items there are."""
        return self.counted.total

    @property
    def overdue(self) -> int:
        """How many of them are late."""
        return self.counted.overdue

    @property
    def returned(self) -> int:
        """How many of them came back."""
        return self.counted.returned

    def parts(self) -> Iterator[Countable]:
        """Yield this one and all that belong to it."""
        yield self
        for other in self.also:
            yield from other.parts()


def count_together(asked: Sequence[Countable]) -> list[Counts]:
    """Count all of them in one query, or in none where nothing can be there.

    Returns
    -------
    list
        The counts, in the order of ``asked``.
    """
    found = [Counts() for _one in asked]
    statements: list[str] = []
    parameters: list[Any] = []
    for number, one in enumerate(asked):
        for part in one.parts():
            try:
                sql, params = _rows_to_count(part).query.sql_with_params()
            except EmptyResultSet:
                continue
            # The statements within are Django's own; numbers are the only thing that is added to them.
            statements.append(
                f"SELECT {number:d}, COUNT(*), COUNT(*) FILTER (WHERE work_late), COUNT(*) FILTER (WHERE work_back) "  # noqa: S608
                f"FROM ({sql}) AS work_rows"
            )
            parameters += params
    if not statements:
        return found
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), parameters)
        for number, total, late, back in cursor.fetchall():
            found[number] += Counts(total=total, overdue=late, returned=back)
    return found


def _rows_to_count(part: Countable) -> QuerySet[Any, Any]:
    rows = part.rows.order_by().annotate(work_late=_flag(part.late), work_back=_flag(part.back))
    named: QuerySet[Any, Any] = rows.values("pk", "work_late", "work_back")
    return named[:1] if part.as_one else named


def _flag(which: Q | bool) -> Any:
    if isinstance(which, bool):
        return Value(which, output_field=BooleanField())
    # A condition that nothing can fit (no limit is set, no list has a row) is false, and not the number that Django makes of it.
    return Case(When(which, then=Value(True)), default=Value(False), output_field=BooleanField())
