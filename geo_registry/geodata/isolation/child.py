"""The reading process itself: ``python -m geo_registry.geodata.isolation.child``, started by `parent` only.

It is told what to do in frames on its standard input, and answers in frames on what was its standard output.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import shapely

from ..errors import GeodataError, LimitExceeded, Message
from ..geometry import clean
from ..looking import look
from ..readers.base import Row, Source
from ..readers.opening import list_layers, open_source
from . import sandbox
from .limits import NO_MEMORY
from .wire import ANSWER, END, ERROR, HEADER, OPENED, ROWS, dumps, loads, pack_error, pack_rows

_ROWS_AT_ONCE = 500
_BYTES_AT_ONCE = 4 * 1024 * 1024
# What a row costs in memory and on the wire beside its texts and vertices.
_CELL_BYTES = 16
_VERTEX_BYTES = 16


class _Child:
    """Answers frames until its parent has heard enough."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO) -> None:
        self._commands, self._answers = commands, answers

    def send(self, kind: bytes, data: bytes) -> None:
        self._answers.write(HEADER.pack(kind, len(data)))
        self._answers.write(data)
        self._answers.flush()

    def work(self) -> None:
        """Do what the first frame asks for."""
        request = self._command()
        if request is None:
            return
        limits = request["process"]
        sandbox.enter(limits, parent=request["parent"])
        try:
            self._do(request)
        except GeodataError as error:
            self.send(ERROR, pack_error(error))
        except MemoryError:
            gc.collect()
            message = Message(NO_MEMORY, {"file": request["name"], "limit": limits.memory_bytes // 1024**2})
            self.send(ERROR, pack_error(LimitExceeded(message, file=request["name"])))

    def _command(self) -> Any:
        head = self._commands.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        return loads(self._commands.read(HEADER.unpack(head)[1]))

    def _do(self, request: dict[str, Any]) -> None:
        tasks: dict[str, Callable[..., object]] = {"look": look, "list_layers": list_layers}
        what, options = request["do"], request["options"]
        if what == "clean":
            self._clean()
            return
        if what in tasks:
            self.send(ANSWER, dumps(tasks[what](request["path"], **options)))
            return
        with open_source(request["path"], **options) as source:
            self._opened(source)
            while self._command() == "rows":
                self._rows(source)

    def _clean(self) -> None:
        """Check and mend one geometry after another."""
        while (command := self._command()) is not None:
            cleaned, problems = clean(np.array([command["geometry"]], dtype=object))
            self.send(ANSWER, dumps({"geometry": cleaned[0], "problems": problems}))

    def _opened(self, source: Source) -> None:
        names = (
            "format", "layers", "layer", "encoding", "encoding_guessed", "declared_crs", "geometry_type", "columns",
            "header_row", "row_count",
        )  # fmt: skip
        self.send(OPENED, dumps({name: getattr(source, name) for name in names} | {"issues": source.issues}))

    def _rows(self, source: Source) -> None:
        told = len(source.issues)
        rows = source.rows()
        while batch := _some(rows):
            # Issues first: those of a row must be there when the row is.
            self.send(ROWS, pack_rows(batch, source.columns, source.issues[told:]))
            told = len(source.issues)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.send(
            END, dumps({"issues": source.issues[told:], "peak_kib": _peak_kib(), "cpu_s": usage.ru_utime})
        )


def _peak_kib() -> int:
    """Return the most memory that this program had; ``ru_maxrss`` would count what its parent had when it was started."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
    except (OSError, StopIteration, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _some(rows: Any) -> list[Row]:
    """Take some rows: not many, and not large ones."""
    batch: list[Row] = []
    size = 0
    for row in islice(rows, _ROWS_AT_ONCE):
        batch.append(row)
        size += sum(len(v) if type(v) is str else _CELL_BYTES for v in row.values.values())
        if row.geometry is not None:
            size += _VERTEX_BYTES * int(shapely.get_num_coordinates(row.geometry))
        if size >= _BYTES_AT_ONCE:
            break
    return batch


def main() -> None:
    """Speak with the parent; whatever libraries print goes to standard error, away from the frames."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    _Child(sys.stdin.buffer, answers).work()


if __name__ == "__main__":
    main()
