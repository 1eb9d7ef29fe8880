"""Rows on their way into PostgreSQL while the next ones are checked.

An import has two halves that need not wait for one another: to understand rows, here, and to store them, in the database. A
thread of its own sends what is written down over the one connection of the transaction; whoever executes a statement in the
meantime waits until all of it is there, so that nothing can tell the difference. Only a statement that does not depend on what
still waits may go in between (`ahead_of_copies`).
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.contrib.gis.db.models.fields import BaseSpatialField
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import JSONField, Model

# Some megabytes of text at most.
_MOST_WAITING = 24
_BUFFER_BYTES = 256 * 1024
# Numbers are drawn for more rows than one piece has, so that rows need not wait for the draw; at most so many are lost.
_MOST_DRAWN = 20_000
_DRAWN_AHEAD = 4
# Nobody else looks at what a transaction brings: with no statistics of it PostgreSQL reads a whole table for what an index knows.
_FIRST_LOOK_ROWS, _NEXT_LOOK = 4_000, 8
# The thread that copies must have the interpreter for a moment after each answer of the database, which does nothing meanwhile.
# Python lets it wait for 5 ms, several times a piece.
_TURN_S = 0.000_5

_here = threading.local()


@dataclass(frozen=True, slots=True)
class Copy:
    """A statement, and the text that it reads; ``None`` where it reads none."""

    statement: str
    text: bytes | None = None


class CopyQueue:
    """What waits to be copied over a connection, and the thread that copies it."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._waiting: deque[Copy] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._visitors = 0
        self._ended = False
        self._error: BaseException | None = None
        self._numbers: dict[type[Model], deque[int]] = {}
        self._drawn: dict[type[Model], int] = {}
        self._rows: dict[type[Model], int] = {}
        self._looked_at: dict[type[Model], int] = {}
        self._ahead = False
        self._thread = threading.Thread(target=self._work, name="copying", daemon=True)
        self._thread.start()

    def put(self, copy: Copy) -> None:
        """Add a piece; waits while too many are there already."""
        with self._changed:
            while len(self._waiting) >= _MOST_WAITING and self._error is None:
                self._changed.wait()
            self._raise()
            self._waiting.append(copy)
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until everything is in its table.

        Raises
        ------
        DatabaseError
            If a piece was refused.
        """
        with self._changed:
            while (self._waiting or self._busy) and self._error is None:
                self._changed.wait()
            self._raise()

    def execute(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute a statement of this thread when its turn has come (an ``execute_wrapper``)."""
        named = getattr(context["cursor"], "name", None)
        if not self._ahead or named:
            self.wait()
            return execute(sql, params, many, context)
        with self._changed:
            self._visitors += 1
            while self._busy:
                self._changed.wait()
        try:
            self._raise()
            return execute(sql, params, many, context)
        finally:
            with self._changed:
                self._visitors -= 1
                self._changed.notify_all()

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Let statements go before what waits."""
        self._ahead, before = True, self._ahead
        try:
            yield
        finally:
            self._ahead = before

    def numbers(
        self, model: type[Model], count: int, draw: Callable[[type[Model], int], list[int]]
    ) -> Iterator[int]:
        """Yield the next primary keys of a table, drawn ahead for more rows than now."""
        drawn = self._numbers.setdefault(model, deque())
        if len(drawn) < count:
            # Sequences know no transaction: the draw need not wait for what is copied.
            with self.ahead():
                wanted = min(self._drawn.get(model, 0) * _DRAWN_AHEAD, _MOST_DRAWN)
                drawn.extend(draw(model, max(count - len(drawn), wanted)))
        self._drawn[model] = self._drawn.get(model, 0) + count
        for _number in range(count):
            yield drawn.popleft()

    def look_at_grown(self, model: type[Model], count: int) -> None:
        """Have PostgreSQL look at a table anew once it has eight times as many new rows as when it last did."""
        rows = self._rows[model] = self._rows.get(model, 0) + count
        if rows < self._looked_at.get(model, 0) * _NEXT_LOOK or rows < _FIRST_LOOK_ROWS:
            return
        self._looked_at[model] = rows
        self.put(Copy(f"ANALYZE {_quoted(model._meta.db_table)} ({', '.join(_plain_columns(model))})"))

    def close(self) -> None:
        """Drop what still waits, and end the thread once the piece it is at is done."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            with connection.wrap_database_errors:
                raise self._error

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._ended and (not self._waiting or self._visitors):
                    self._changed.wait()
                if self._ended:
                    return
                copy = self._waiting.popleft()
                self._busy = True
                self._changed.notify_all()
            error: BaseException | None = None
            try:
                with self._raw.cursor() as cursor:
                    if copy.text is None:
                        cursor.execute(copy.statement)
                    else:
                        cursor.copy_expert(copy.statement, BytesIO(copy.text), _BUFFER_BYTES)
            except BaseException as raised:  # noqa: BLE001 - told to whoever waits, in its own thread
                error = raised
            with self._changed:
                self._busy = False
                if error is not None:
                    self._error = error
                    self._waiting.clear()
                self._changed.notify_all()
                if error is not None:
                    return


def _plain_columns(model: type[Model]) -> Iterator[str]:
    """Yield the columns that rows are looked up by: statistics of documents, words and outlines cost most, and help nobody here."""
    for field in model._meta.concrete_fields:
        if not isinstance(field, JSONField | ArrayField | SearchVectorField | BaseSpatialField):
            yield _quoted(str(field.column))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def running_queue() -> CopyQueue | None:
    """Return the queue of this thread's import, if one is on."""
    return getattr(_here, "queue", None)


@contextmanager
def copying_behind() -> Iterator[None]:
    """Have `copying.create` copy behind the work of this thread, within a transaction and history's context.

    Raises
    ------
    DatabaseError
        At the end, or at any statement, if a row was refused.
    """
    with connection.cursor() as cursor:
        # Rows that are pointed at must be there before those that point at them, as they are; what is checked at once need not be
        # remembered until the end. The statement also tells history's triggers who does this: they do not see a COPY.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    queue = CopyQueue(connection.connection)
    _here.queue = queue
    turn_s = sys.getswitchinterval()
    sys.setswitchinterval(min(turn_s, _TURN_S))
    try:
        with connection.execute_wrapper(queue.execute):
            yield
            queue.wait()
        # Whatever else the transaction does goes by the usual rule.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    finally:
        sys.setswitchinterval(turn_s)
        _here.queue = None
        queue.close()


@contextmanager
def ahead_of_copies() -> Iterator[None]:
    """Let statements go before rows that wait to be copied: for questions whose answers do not depend on them."""
    queue = running_queue()
    if queue is None:
        yield
        return
    with queue.ahead():
        yield
