"""What every reader gives: a `Source` of `Row`s, within `Limits`."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import Message, gettext_noop
from ..geometry import MAX_VERTICES
from ..records import RowIssue, Severity

Value = str | int | float | bool | dt.date | dt.datetime | None

MIB = 1024 * 1024
DEFAULT_CHUNK = 5_000
MAX_ALIKE = 1_000
_HASH_BLOCK_BYTES = MIB

_TOO_MANY_VERTICES = gettext_noop(
    "The geometry of feature {row} has {count} vertices or more, and only {limit} are read; it was left out. Simplify or split it."
)
_MORE_ALIKE = gettext_noop(
    "More than {count} remarks are alike; this is one of those that are not listed: {like}"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. Beyond it the reader stops with one sentence, never with an exhausted machine.

    Parameters
    ----------
    max_file_bytes : int
        The file itself (all parts of a shapefile together).
    max_unpacked_bytes : int
        All members of an archive (also XLSX, ODS and KMZ, which are archives) together, as really unpacked.
    max_spreadsheet_bytes : int
        The same for a spreadsheet, whose texts are all held in memory.
    max_ratio : float
        Unpacked divided by packed size, looked at once the unpacked size is above `ratio_from_bytes`.
    ratio_from_bytes : int
        Below this size no ratio is suspicious.
    max_members : int
        Files in an archive.
    max_columns, max_rows, max_cells : int
        Of one table or layer; cells bound what a spreadsheet library may hold in memory.
    max_text_chars : int
        Of one cell.
    max_layers : int
        Sheets or layers.
    header_search_rows : int
        How far down a table's header row is looked for.
    sample_bytes : int
        How much of a file is looked at to tell its format and delimiter.
    """

    max_file_bytes: int = 512 * MIB
    max_unpacked_bytes: int = 2048 * MIB
    max_spreadsheet_bytes: int = 512 * MIB
    max_ratio: float = 200.0
    ratio_from_bytes: int = 16 * MIB
    max_members: int = 2_000
    max_columns: int = 1_000
    max_rows: int = 5_000_000
    max_cells: int = 20_000_000
    max_text_chars: int = 1_000_000
    max_layers: int = 500
    header_search_rows: int = 30
    sample_bytes: int = 256 * 1024


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """A sheet or layer that can be chosen.

    Parameters
    ----------
    name : str
    rows : int or None
        Features of a layer, or rows of a sheet with its titles and header; None where only reading it all would tell.
    columns : int
    geometry_type : str or None
        As declared; None for tables.
    hidden : bool
        A sheet that its author hid.
    """

    name: str
    rows: int | None = None
    columns: int = 0
    geometry_type: str | None = None
    hidden: bool = False


@dataclass(slots=True)
class Row:
    """One row of a table or one feature of a layer.

    Parameters
    ----------
    number : int
        What the user sees: the spreadsheet's row with title and header rows counted; in a vector layer the
        feature's place, from 1.
    values : dict
        Header → plain Python value (str, int, float, bool, date, datetime or None). An empty cell is None.
    geometry : shapely geometry or None
        In the source's own co-ordinates, as found: neither converted nor repaired.
    times : tuple of str
        When each vertex was recorded, where the format says it of each; else empty.
    """

    number: int
    values: dict[str, Value] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    times: tuple[str, ...] = ()


def too_many_vertices(row: int, geometry: BaseGeometry | None = None) -> Message:
    """Return the sentence about a feature that is left without its geometry because that is too large."""
    count = shapely.get_num_coordinates(geometry) if geometry is not None else MAX_VERTICES
    return Message(_TOO_MANY_VERTICES, {"row": row, "count": int(count), "limit": MAX_VERTICES})


class Source(ABC):
    """An open file whose sheet or layer is chosen. Use it as a context manager.

    Attributes
    ----------
    path : Path
        The file as given.
    format : str
        ``xlsx``, ``xls``, ``ods``, ``csv``, ``html``, ``xml-spreadsheet``, ``shapefile``, ``gpkg``, ``geojson``, ``kml``, ``kmz``,
        ``gpx`` or ``osm-pbf``.
    layers : tuple of str
        Sheets or layers; one for formats that have no such thing.
    layer : str
        The one that is read.
    encoding : str or None
        Python's name of the text encoding; None where the format fixes it.
    encoding_guessed : bool
        True where nobody declared the encoding and the content does not prove it: show sample rows to the
        user.
    declared_crs : str or None
        What the file says of its co-ordinates (``EPSG:4490`` or WKT); None where it says nothing.
    geometry_type : str or None
        Declared geometry type of a vector layer, None for tables.
    columns : tuple of str
        Headers in file order.
    header_row : int
        Row of the headers as the user sees it; 0 where the format has none.
    row_count : int or None
        Rows or features below the header if the file tells without reading it all.
    issues : list of RowIssue
        What the reader itself has to say (guessed encoding, renamed headers, cut texts); grows while rows are
        read.
    """

    format: str
    path: Path
    layers: tuple[str, ...]
    layer: str
    encoding: str | None = None
    encoding_guessed: bool = False
    declared_crs: str | None = None
    geometry_type: str | None = None
    columns: tuple[str, ...]
    header_row: int = 0
    row_count: int | None = None

    def __init__(self, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self.limits = limits
        self.issues: list[RowIssue] = []
        self._said: Counter[str] = Counter()
        self._folders: list[Path] = []

    @property
    def name(self) -> str:
        """Name of the file, as the user knows it."""
        return self.path.name

    @property
    def parts(self) -> tuple[Path, ...]:
        """Files that make up the source on disk: one, or a shapefile's parts."""
        return (self.path,)

    @abstractmethod
    def rows(self, chunk: int = DEFAULT_CHUNK) -> Iterator[Row]:
        """Yield the rows in file order; may be called again to start anew.

        Parameters
        ----------
        chunk : int
            Rows read from the file at a time: a bound for memory, without influence on the result.

        Yields
        ------
        Row

        Raises
        ------
        GeodataError
            If the file turns out to be damaged further down, or too large.
        """

    def batches(self, chunk: int = DEFAULT_CHUNK) -> Iterator[list[Row]]:
        """Yield the rows in lists of up to `chunk`."""
        rows = self.rows(chunk)
        while batch := list(islice(rows, chunk)):
            yield batch

    def sha256(self) -> str:
        """Return the checksum of the file, or of all its parts in the order of their names (hexadecimal)."""
        digest = hashlib.sha256()
        for part in sorted(self.parts):
            with part.open("rb") as stream:
                while block := stream.read(_HASH_BLOCK_BYTES):
                    digest.update(block)
        return digest.hexdigest()

    def _say(self, issue: RowIssue) -> None:
        """Keep an issue, but no more of one kind than anybody reads: a million cut texts must cost no memory."""
        template = issue.message.template
        self._said[template] += 1
        if self._said[template] <= MAX_ALIKE:
            self.issues.append(issue)
        elif self._said[template] == MAX_ALIKE + 1:
            message = Message(_MORE_ALIKE, {"count": MAX_ALIKE, "like": issue.message})
            self.issues.append(RowIssue(None, None, issue.severity, message))

    def note(
        self, message: Message, *, row: int | None = None, column: str | None = None, value: object = None
    ) -> None:
        """Record how something was read."""
        self._say(RowIssue(row, column, Severity.NOTE, message, value))

    def warn(
        self, message: Message, *, row: int | None = None, column: str | None = None, value: object = None
    ) -> None:
        """Record something a person should look at."""
        self._say(RowIssue(row, column, Severity.WARNING, message, value))

    def owns(self, folder: Path) -> None:
        """Take over a temporary folder, to be removed when the source is closed."""
        self._folders.append(folder)

    def close(self) -> None:
        """Release files and temporary folders."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        self._folders.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
