"""Starting the reading process, listening to it, and seeing it off."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import IO, Any, Self

import geo_registry

from ..crs_checks import Bounds
from ..errors import GeodataError, LimitExceeded, Message, UnreadableFile, gettext_noop
from ..looking import SAMPLE_ROWS, Look
from ..readers.base import DEFAULT_CHUNK, DEFAULT_LIMITS, MIB, LayerInfo, Limits, Row, Source
from ..readers.opening import check_size
from ..readers.shapefile_check import find_sidecars
from .limits import DEFAULT_PROCESS_LIMITS, NO_MEMORY, ProcessLimits
from .wire import (
    ANSWER,
    END,
    ERROR,
    HEADER,
    MAX_FRAME_BYTES,
    OPENED,
    ROWS,
    BrokenFrame,
    dumps,
    loads,
    unpack_error,
    unpack_rows,
)

_BLOCK_BYTES = MIB
# So much may wait between the two processes: some thousand rows, which are read while the ones before are written.
_PIPE_BYTES = MIB
# Of its own: the socket of a database of ours may lie in a folder that begins as the others do.
_PREFIX = "geo-registry-reading-"
_BATCH_BYTES = 16 * MIB
_SAID_BYTES = 8 * 1024
_GOODBYE_S = 2.0
# What libraries say when the memory that they are allowed is used up, before they end the process.
_OUT_OF_MEMORY = (
    b"memory allocation of",
    b"bad_alloc",
    b"Cannot allocate memory",
    b"MemoryError",
    b"out of memory",
)

_NO_TIME = gettext_noop(
    "Reading “{file}” takes longer than the {limit} seconds that are allowed. Split it, or save it as CSV or GeoPackage."
)
_ENDED = gettext_noop(
    "The program that reads “{file}” ended before it was done: the file is damaged, or made to do harm. Nothing was taken "
    "over. Open it in the program that it comes from and save it again."
)
_NOT_STARTED = gettext_noop(
    "The program that reads files could not be started, for want of memory perhaps. Try again later, or ask the administrator."
)


def list_layers_isolated(
    path: str | PathLike[str],
    *,
    limits: Limits = DEFAULT_LIMITS,
    process: ProcessLimits = DEFAULT_PROCESS_LIMITS,
) -> tuple[LayerInfo, ...]:
    """Tell what can be chosen in a file (see `readers.list_layers`), in a process of its own.

    Raises
    ------
    GeodataError
        One whole sentence, also if the process runs out of memory or time, or dies.
    """
    found: tuple[LayerInfo, ...] = _answer(path, "list_layers", {}, limits, process)
    return found


def look_isolated(
    path: str | PathLike[str],
    *,
    encoding: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    sample: int = SAMPLE_ROWS,
    expected: Bounds | None = None,
    lon_column: str | None = None,
    lat_column: str | None = None,
    position_column: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    process: ProcessLimits = DEFAULT_PROCESS_LIMITS,
) -> Look:
    """Look at the beginning of a sheet or layer (see `looking.look`), in a process of its own.

    Raises
    ------
    GeodataError
        One whole sentence, also if the process runs out of memory or time, or dies.
    """
    options: dict[str, object] = {
        "encoding": encoding, "layer": layer, "header_row": header_row, "sample": sample, "expected": expected,
        "lon_column": lon_column, "lat_column": lat_column, "position_column": position_column,
    }  # fmt: skip
    found: Look = _answer(path, "look", options, limits, process)
    return found


def open_isolated(
    path: str | PathLike[str],
    *,
    encoding: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    process: ProcessLimits = DEFAULT_PROCESS_LIMITS,
) -> IsolatedSource:
    """Open a file (see `readers.open_source`) so that it is read in a process of its own, some hundred rows at a time.

    Returns
    -------
    IsolatedSource
        To be used as a context manager, like any other source.

    Raises
    ------
    GeodataError
        One whole sentence, also if the process runs out of memory or time, or dies; then or while rows are read.
    """
    options: dict[str, object] = {"encoding": encoding, "layer": layer, "header_row": header_row}
    return IsolatedSource(Path(path), options=options, limits=limits, process=process)


def remove_leftovers(*, before: float) -> int:
    """Remove what archives were unpacked to by processes that were killed, and could not do it themselves.

    Parameters
    ----------
    before : float
        Folders that were last written to before this moment (seconds of the epoch) go.

    Returns
    -------
    int
        How many went. Those of other users of the machine stay.
    """
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            found = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and found.st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _answer(
    path: str | PathLike[str], what: str, options: dict[str, object], limits: Limits, process: ProcessLimits
) -> Any:
    with Reading(Path(path), what, options, limits, process) as reading:
        kind, data = reading.receive()
        return reading.understood(loads, data) if kind == ANSWER else reading.fail_by(kind, data)


class IsolatedSource(Source):
    """A source whose file is open in another process.

    Attributes
    ----------
    peak_memory_bytes : int or None
        The most that the process had in memory, known once all rows were read.
    """

    def __init__(
        self, path: Path, *, options: dict[str, object], limits: Limits, process: ProcessLimits
    ) -> None:
        super().__init__(path, limits=limits)
        self.peak_memory_bytes: int | None = None
        self._options, self._process = options, process
        self._reading: Reading | None = self._start()
        self._fresh = True

    def _start(self) -> Reading:
        reading = Reading(self.path, "open", self._options, self.limits, self._process)
        try:
            kind, data = reading.receive()
            if kind != OPENED:
                reading.fail_by(kind, data)
            said = reading.understood(loads, data)
        except BaseException:
            reading.end()
            raise
        self.issues[:] = said.pop("issues")
        for name, value in said.items():
            setattr(self, name, value)
        return reading

    @property
    def parts(self) -> tuple[Path, ...]:
        """The file, or a shapefile's parts."""
        if self.format != "shapefile" or self.path.suffix.lower() != ".shp":
            return (self.path,)
        return tuple(find_sidecars(self.path).values())

    def rows(self, chunk: int = DEFAULT_CHUNK) -> Iterator[Row]:  # noqa: ARG002 - the other process decides
        """Yield the rows in file order (see `Source.rows`)."""
        for rows, _ in self._frames():
            yield from rows

    def batches(self, chunk: int = DEFAULT_CHUNK) -> Iterator[list[Row]]:
        """Yield the rows in lists of up to `chunk`, and of fewer where they are large: a list is held in memory several times."""
        batch: list[Row] = []
        size = 0
        for rows, length in self._frames():
            batch += rows
            size += length
            while len(batch) >= chunk or (size >= _BATCH_BYTES and batch):
                yield batch[:chunk]
                batch, size = batch[chunk:], 0
        if batch:
            yield batch

    def _frames(self) -> Iterator[tuple[list[Row], int]]:
        """Yield rows as the other process sends them, and how many bytes they took."""
        if self._reading is None or not self._fresh:
            self.close()
            self._reading = self._start()
        reading, self._fresh = self._reading, False
        reading.ask("rows")
        while True:
            kind, data = reading.receive()
            if kind == ROWS:
                rows, issues = reading.understood(unpack_rows, data, self.columns)
                self.issues.extend(issues)
                yield rows, len(data)
            elif kind == END:
                said = reading.understood(loads, data)
                self.issues.extend(said["issues"])
                self.peak_memory_bytes = said["peak_kib"] * 1024
                self._fresh = True
                return
            else:
                reading.fail_by(kind, data)

    def close(self) -> None:
        """End the other process."""
        if self._reading is not None:
            self._reading.end()
            self._reading = None
        super().close()


class Reading:
    """One reading process."""

    def __init__(
        self, path: Path, what: str, options: dict[str, object], limits: Limits, process: ProcessLimits
    ) -> None:
        check_size(path, limits)
        self.path, self._limits = path, process
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        try:
            self._child = self._spawn()
        except OSError as error:
            self._clear()
            raise GeodataError(Message(_NOT_STARTED), file=path.name) from error
        self.ask(
            {
                "do": what,
                "path": str(path.absolute()),
                "name": path.name,
                "options": options | {"limits": limits},
                "process": process,
                "parent": os.getpid(),
            }
        )

    def _spawn(self) -> subprocess.Popen[bytes]:
        root = Path(geo_registry.__file__).resolve().parents[1]
        environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
            "TMPDIR": str(self._folder),
            "GDAL_SKIP": "OGR_VRT",
            "GDAL_NUM_THREADS": "1",
            "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing",
            # One JSON feature may not become gigabytes of small objects.
            "OGR_GEOJSON_MAX_OBJ_SIZE": "100",
            "PROJ_NETWORK": "OFF",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
        }
        child = subprocess.Popen(  # our own module, by this very interpreter
            [sys.executable, "-P", "-m", "geo_registry.geodata.isolation.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, cwd=self._folder, env=environment,
            close_fds=True, start_new_session=True,
        )  # fmt: skip
        assert child.stdout is not None  # noqa: S101 - it is a pipe
        # A system that grants no more has the reader wait for each few hundred rows.
        with suppress(OSError):
            fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return child

    # -- speaking --------------------------------------------------------------------------------

    def ask(self, command: object) -> None:
        """Send a command; that the process is gone shows when its answer is waited for."""
        data = dumps(command)
        stream = self._child.stdin
        if stream is None:
            return
        try:
            stream.write(HEADER.pack(b"C", len(data)) + data)
            stream.flush()
        except OSError:
            return

    def receive(self) -> tuple[bytes, bytes]:
        """Return the next frame.

        Raises
        ------
        GeodataError
            If there is none, because the process ended, or because it took too long.
        """
        until = time.monotonic() + self._limits.silence_s
        kind, length = HEADER.unpack(self._exactly(HEADER.size, until))
        if length > MAX_FRAME_BYTES:
            raise self._ended()
        return kind, self._exactly(length, until)

    def _exactly(self, length: int, until: float) -> bytes:
        stream = self._child.stdout
        blocks: list[bytes] = []
        missing = length
        while missing and stream is not None:
            ready, _, _ = select.select([stream], [], [], max(until - time.monotonic(), 0))
            if not ready:
                self._kill()
                raise self._too_slow(round(self._limits.silence_s))
            block = os.read(stream.fileno(), min(missing, _BLOCK_BYTES))
            if not block:
                raise self._ended()
            blocks.append(block)
            missing -= len(block)
        return b"".join(blocks)

    def understood(self, understand: Any, *arguments: Any) -> Any:
        """Return what a frame says.

        Raises
        ------
        GeodataError
            If it says nothing.
        """
        try:
            return understand(*arguments)
        except BrokenFrame as error:
            self._kill()
            raise self._ended() from error

    def fail_by(self, kind: bytes, data: bytes) -> Any:
        """Raise the error that a frame holds."""
        raise self.understood(unpack_error, data) if kind == ERROR else self._ended()

    # -- its end -----------------------------------------------------------------------------------

    def _too_slow(self, limit_s: int) -> GeodataError:
        return LimitExceeded(
            Message(_NO_TIME, {"file": self.path.name, "limit": limit_s}), file=self.path.name
        )

    def _ended(self) -> GeodataError:
        """Say why the process is no more."""
        self._kill(patience_s=_GOODBYE_S)
        said = self._last_words()
        name = self.path.name
        if self._child.returncode == -signal.SIGXCPU:
            return self._too_slow(self._limits.cpu_s)
        if any(word in said for word in _OUT_OF_MEMORY):
            params = {"file": name, "limit": self._limits.memory_bytes // MIB}
            return LimitExceeded(Message(NO_MEMORY, params), file=name)
        error = UnreadableFile(Message(_ENDED, {"file": name}), file=name)
        error.add_note(f"exit {self._child.returncode}: {said.decode('utf-8', 'replace')}")  # for the log
        return error

    def _last_words(self) -> bytes:
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(size - _SAID_BYTES, 0))
        return self._said.read()

    def _kill(self, *, patience_s: float = 0.0) -> None:
        try:
            self._child.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def end(self) -> None:
        """Send the process away, and remove what it left."""
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
        self._child.kill()
        self._child.wait()
        self._clear()

    def _clear(self) -> None:
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
