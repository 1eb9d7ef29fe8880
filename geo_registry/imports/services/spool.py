"""A preview, row by row, in a file of its own.

The preview is a real run that is taken back (decision 0007), and what it wrote into the database is gone with it. What it
found out is written beside: into an SQLite file in the batch's folder, so that 600,000 rows cost no memory, can be read by
page and by group, and leave nothing in the registry.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_SCHEMA = """
    CREATE TABLE rows (
        n INTEGER PRIMARY KEY, row INTEGER NOT NULL, outcome TEXT NOT NULL, warned INTEGER NOT NULL, noted INTEGER NOT NULL,
        undecided INTEGER NOT NULL, placed TEXT NOT NULL, label TEXT NOT NULL, lon REAL, lat REAL, changes TEXT NOT NULL,
        issues TEXT NOT NULL, cells TEXT NOT NULL, candidates TEXT NOT NULL, digest BLOB NOT NULL
    );
"""
_INDICES = """
    CREATE INDEX rows_outcome ON rows (outcome, n);
    CREATE INDEX IF NOT EXISTS rows_row ON rows (row);
"""
_COLUMNS = (
    "row", "outcome", "warned", "noted", "undecided", "placed", "label", "lon", "lat", "changes", "issues", "cells",
    "candidates", "digest",
)  # fmt: skip
_INSERT = f"INSERT INTO rows ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - constants

# What a page may ask for → the condition.
GROUPS: Mapping[str, str] = {
    "all": "1",
    "new": "outcome = 'new'",
    "changed": "outcome = 'changed'",
    "unchanged": "outcome = 'unchanged'",
    "refused": "outcome = 'refused'",
    "undecided": "undecided",
    "warned": "warned AND outcome <> 'refused'",
    "noted": "noted",
    "placed": "placed <> ''",
}


@dataclass(slots=True)
class SpooledRow:
    """What a run found out about one row of the file.

    Parameters
    ----------
    row : int
        As the user sees it.
    outcome : str
    label : str
        What the row is about, in its own words.
    lon, lat : float or None
        A point to show it at.
    changes : list
        One for each object: model, primary key, whether it is new, what was before and what is after.
    issues : list
        Remarks, as `neutral` writes them.
    cells : dict
        The row as the file has it, where it was refused.
    candidates : list
        Records that the row may be about.
    undecided : bool
        Whether somebody must say which.
    placed : str
        How it was put on the map where the file does not say: ``division``, ``address``.
    digest : bytes
        Of everything that the run would do with the row.
    """

    row: int
    outcome: str
    label: str = ""
    lon: float | None = None
    lat: float | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    cells: dict[str, Any] = field(default_factory=dict)
    candidates: list[dict[str, Any]] = field(default_factory=list)
    undecided: bool = False
    placed: str = ""
    digest: bytes = b""

    def values(self) -> tuple[Any, ...]:
        """Return the row as it is inserted."""
        severities = {issue["s"] for issue in self.issues}
        return (
            self.row, self.outcome, "warning" in severities, "note" in severities, self.undecided, self.placed, self.label,
            self.lon, self.lat, _json(self.changes), _json(self.issues), _json(self.cells), _json(self.candidates), self.digest,
        )  # fmt: skip


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if value else ""


def digest_of(outcome: str, changes: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a digest of what a run does with a row."""
    content = json.dumps([outcome, list(changes)], ensure_ascii=False, default=str, sort_keys=True)
    return hashlib.blake2b(content.encode(), digest_size=12).digest()


class SpoolWriter:
    """Writes a preview; a context manager. The file appears under its name only once all of it is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_suffix(".partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._partial.unlink(missing_ok=True)
        # A preview can be made again at any time: nothing is synced.
        self._connection = sqlite3.connect(self._partial, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        self._connection.execute("BEGIN")

    def write(self, rows: Iterable[SpooledRow]) -> None:
        """Add rows."""
        self._connection.executemany(_INSERT, (row.values() for row in rows))

    def add_issues(self, issues: Mapping[int, list[dict[str, Any]]]) -> None:
        """Add warnings to rows that are written already, by the number of the row."""
        if not issues:
            return
        self._connection.execute("CREATE INDEX IF NOT EXISTS rows_row ON rows (row)")
        for number, more in issues.items():
            held = self._connection.execute(
                "SELECT n, issues FROM rows WHERE row = ? ORDER BY n LIMIT 1", (number,)
            ).fetchone()
            if held is not None:
                whole = [*(json.loads(held[1]) if held[1] else []), *more]
                self._connection.execute(
                    "UPDATE rows SET issues = ?, warned = 1 WHERE n = ?", (_json(whole), held[0])
                )

    def finish(self) -> None:
        """Make the file whole and give it its name."""
        self._connection.execute("COMMIT")
        self._connection.executescript(_INDICES)
        self._connection.close()
        self._partial.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._partial.exists():
            self._connection.close()
            self._partial.unlink(missing_ok=True)


class Spool:
    """A preview that is whole, to be read; a context manager."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def counts(self) -> dict[str, int]:
        """Return how many rows each group has."""
        sums = ", ".join(f"sum(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition in GROUPS.values())
        found = self._connection.execute(f"SELECT {sums} FROM rows").fetchone()  # noqa: S608 - constants
        return dict(zip(GROUPS, (count or 0 for count in found), strict=True))

    def rows(self, group: str = "all", *, offset: int = 0, limit: int = 50) -> list[SpooledRow]:
        """Return some rows of a group, in the order of the file."""
        condition = GROUPS[group]
        found = self._connection.execute(
            f"SELECT * FROM rows WHERE {condition} ORDER BY row, n LIMIT ? OFFSET ?",  # noqa: S608 - constants
            (limit, offset),
        )
        return [_row(values) for values in found]

    def every(self, group: str = "all") -> Iterator[SpooledRow]:
        """Yield all rows of a group."""
        found = self._connection.execute(f"SELECT * FROM rows WHERE {GROUPS[group]} ORDER BY row, n")  # noqa: S608
        for values in found:
            yield _row(values)

    def points(
        self, group: str = "all", *, limit: int = 5_000
    ) -> list[tuple[int, str, str, float, float, str]]:
        """Return row, outcome, label, longitude, latitude and how it was placed, of rows that have a place."""
        condition = f"lon IS NOT NULL AND {GROUPS[group]}"
        query = f"SELECT row, outcome, label, lon, lat, placed FROM rows WHERE {condition} ORDER BY n LIMIT ?"  # noqa: S608
        return [tuple(values) for values in self._connection.execute(query, (limit,))]


def _row(values: sqlite3.Row) -> SpooledRow:
    def read(name: str, empty: Any) -> Any:
        return json.loads(values[name]) if values[name] else empty

    return SpooledRow(
        row=values["row"], outcome=values["outcome"], label=values["label"], lon=values["lon"], lat=values["lat"],
        changes=read("changes", []), issues=read("issues", []), cells=read("cells", {}),
        candidates=read("candidates", []), undecided=bool(values["undecided"]), placed=values["placed"],
        digest=values["digest"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that would now be done otherwise than its preview said."""

    row: int
    label: str
    previewed: str
    now: str


def differences(previewed: Path, now: Path, *, limit: int = 200) -> list[Difference]:
    """Return the rows that two runs of one file treat differently, the first ones of the file first."""
    connection = sqlite3.connect(f"{now.as_uri()}?mode=ro", uri=True)
    try:
        connection.execute("ATTACH DATABASE ? AS old", (f"{previewed.as_uri()}?mode=ro",))
        found = connection.execute(
            "SELECT coalesce(a.row, b.row), coalesce(b.label, a.label), coalesce(a.outcome, ''), coalesce(b.outcome, '') "
            "FROM old.rows a FULL JOIN main.rows b ON a.row = b.row WHERE a.digest IS NOT b.digest ORDER BY 1 LIMIT ?"
            if sqlite3.sqlite_version_info >= (3, 39)
            else "SELECT a.row, a.label, a.outcome, coalesce(b.outcome, '') FROM old.rows a LEFT JOIN main.rows b ON a.row = b.row "
            "WHERE a.digest IS NOT b.digest UNION "
            "SELECT b.row, b.label, '', b.outcome FROM main.rows b LEFT JOIN old.rows a ON a.row = b.row WHERE a.row IS NULL "
            "ORDER BY 1 LIMIT ?",
            (limit,),
        )
        return [Difference(*values) for values in found]
    finally:
        connection.close()
