"""Rows of a file → records of a kind; what is impossible is refused by row and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .axes import NEARLY_ALL, Axes
from .conditions import Condition
from .crs import Converter
from .crs_checks import Bounds, CoordinateProblem, Suspicion, check_coordinates
from .declarations import Declaration, Match, Record
from .errors import Message, gettext_noop
from .fitting import fit
from .geometry import Family, Geometries, GeometryProblem, clean
from .identity import Guard
from .readers.base import Row
from .records import RowIssue, Severity
from .values import BadValue, Noted, is_empty, is_failed_formula, says_nothing

_NOTHING = gettext_noop("“{value}” was read as nothing filled in.")
_FAILED_FORMULA = gettext_noop("“{value}” is the error of a formula; it was read as nothing filled in.")
_LEFT_EMPTY = gettext_noop("{reason} It was left empty.")
_EMPTY = gettext_noop("The cell is empty; it must be filled.")
_ONE_OF_TWO = gettext_noop("Longitude and latitude must both be given, or neither.")
_NULL_ISLAND = gettext_noop("0, 0 was taken as “no co-ordinates”.")
_OTHER_SRID = gettext_noop(
    "The cell says that it is in {cell}, but {file} was chosen for the file. Choose the system that the cells name."
)
_NO_GEOMETRY = gettext_noop("The row has no co-ordinates; it needs some.")

# Makes geometries fit to be stored, as `geometry.clean` does.
Mend = Callable[[Geometries], tuple[Geometries, list[GeometryProblem]]]


class Interpreter:
    """Turns rows into records, some thousand at a time.

    Parameters
    ----------
    match : Match
        Which header is which field.
    converter : Converter, optional
        From the file's co-ordinates to EPSG:4490; needed where there are any.
    guard : Guard, optional
        Stops at columns that identify persons.
    conditions : iterable of Condition
        Rows that do not meet all of them are left out.
    expected : (west, south, east, north), optional
        Where rows should lie, in degrees of EPSG:4490, with a generous margin. Points outside are refused; it
        also tells
        swapped co-ordinates where both orders would be possible.
    exchanged : bool
        The two numbers of each place are to be exchanged.
    mend : callable
        Makes geometries fit to be stored, as `geometry.clean` does.

    Attributes
    ----------
    left_out : int
        Rows that did not meet the conditions so far.
    axes : Axes
        Which of two numbers is the easting, and what is to be said of it.
    placed, swapped : int
        Places so far, and those of them that lie right only if their two numbers are exchanged.
    """

    def __init__(
        self,
        match: Match,
        *,
        converter: Converter | None = None,
        guard: Guard | None = None,
        conditions: Iterable[Condition] = (),
        expected: Bounds | None = None,
        exchanged: bool = False,
        mend: Mend = clean,
    ) -> None:
        self.match = match
        self.axes = Axes(match, exchanged=exchanged)
        self.placed = self.swapped = 0
        self._better: Counter[str] = Counter()
        self.declaration: Declaration = match.declaration
        self.left_out = 0
        self._converter = converter
        self._guard = guard
        self._conditions = tuple(conditions)
        self._expected = expected
        self._mend = mend
        self._columns = [
            (c, match.headers[c.field]) for c in self.declaration.columns if c.field in match.headers
        ]
        self._required = [
            c.field for c in self.declaration.columns if c.required and c.field not in match.constants
        ]

    @property
    def accuracy_note(self) -> Message | None:
        """What to tell the user when a datum shift is missing or coarse."""
        return self._converter.accuracy_note if self._converter is not None else None

    @property
    def seem_exchanged(self) -> bool:
        """Whether nearly all places so far lie right only if their two numbers are exchanged."""
        return 0 < NEARLY_ALL * self.placed <= self.swapped

    @property
    def better_crs(self) -> str | None:
        """The system that nearly all places so far name themselves, or would lie right in."""
        key, count = next(iter(self._better.most_common(1)), ("", 0))
        return key if 0 < NEARLY_ALL * self.placed <= count else None

    def records(self, rows: Sequence[Row]) -> list[Record]:
        """Return the records of some rows, in order; refused ones are among them, with their reasons.

        Raises
        ------
        PersonalData
            If a column identifies persons.
        """
        if self._guard is not None:
            self._guard.look_at(rows)
        if self._conditions:
            kept = [row for row in rows if all(condition.holds(row) for condition in self._conditions)]
            self.left_out += len(rows) - len(kept)
            rows = kept
        records = [Record(row.number, dict(self.match.constants)) for row in rows]
        self._read_cells(rows, records)
        if self.declaration.shapes and self._converter is not None:
            self._place(rows, records, self._converter)
        for record in records:
            if (
                self.declaration.geometry_required
                and record.point is record.geometry is None
                and not record.refused
            ):
                record.refuse(Message(_NO_GEOMETRY))
            for check in self.declaration.checks:
                check(record, self.match)
        return records

    def _read_cells(self, rows: Sequence[Row], records: list[Record]) -> None:
        for column, header in self._columns:
            field, parse = column.field, column.parse
            for row, record in zip(rows, records, strict=True):
                raw = row.values.get(header)
                if raw is None or is_empty(raw):
                    continue
                if is_failed_formula(raw):
                    record.warn(Message(_FAILED_FORMULA, {"value": raw}), column=header, value=raw)
                    continue
                try:
                    value = parse(raw)
                except BadValue as error:
                    if says_nothing(raw):
                        record.note(Message(_NOTHING, {"value": raw}), column=header, value=raw)
                    elif column.lenient:
                        record.warn(Message(_LEFT_EMPTY, {"reason": error.message}), column=header, value=raw)
                    else:
                        record.refuse(error.message, column=header, value=raw)
                    continue
                if type(value) is Noted:
                    record.issues.append(RowIssue(row.number, header, Severity.NOTE, value.message, raw))
                    value = value.value
                record.values[field] = value
        for name in self._required:
            header = self.match.header(name)
            for record in records:
                if name not in record.values and not (record.refused and _told(record, header)):
                    record.refuse(Message(_EMPTY), column=header)

    # -- where it is -------------------------------------------------------------------------------

    def _place(self, rows: Sequence[Row], records: list[Record], converter: Converter) -> None:
        drawn, typed = np.empty(len(rows), dtype=object), np.empty(len(rows), dtype=object)
        for index, (row, record) in enumerate(zip(rows, records, strict=True)):
            lon, lat = record.values.pop("lon", None), record.values.pop("lat", None)
            written = record.values.pop("position", None)
            if row.geometry is not None and not row.geometry.is_empty:
                drawn[index] = row.geometry
            elif written is not None and not self._says_otherwise(written, record, converter):
                drawn[index] = written
            if (lon is None) != (lat is None):
                if not record.refused:
                    record.refuse(
                        Message(_ONE_OF_TWO), column=self.match.header("lat" if lat is None else "lon")
                    )
            elif lon is not None and (drawn[index] is None or shapely.get_type_id(drawn[index]) != 0):
                typed[index] = shapely.Point(lon, lat)
        if not shapely.is_missing(drawn).all():
            self._place_some(self.axes.drawn(drawn), self.declaration.shapes, records, converter)
        if not shapely.is_missing(typed).all():
            points = self.axes.typed(typed, converter, self._expected)
            self._place_some(points, frozenset({Family.POINT}), records, converter)

    def _says_otherwise(self, written: BaseGeometry, record: Record, converter: Converter) -> bool:
        """Refuse a row whose cell names another co-ordinate system than the one declared for the file."""
        srid = int(shapely.get_srid(written))
        if not srid or _alike(srid, converter.source.key):
            return False
        params = {"cell": f"EPSG:{srid}", "file": converter.source.name}
        record.refuse(Message(_OTHER_SRID, params), column=self.match.header("position"))
        return True

    def _place_some(
        self, geometries: Geometries, families: frozenset[Family], records: list[Record], converter: Converter
    ) -> None:
        self._check_positions(geometries, records, converter)
        cleaned, problems = self._mend(converter.geometries(geometries))
        fitted, remarks = fit(cleaned, families, many_points=self.declaration.many_points)
        found: list[GeometryProblem] = [*problems, *remarks]
        for problem in found:
            say = records[problem.index].refuse if problem.fatal else records[problem.index].note
            say(problem.message, column=self._position_column)
        for index in np.flatnonzero(~shapely.is_missing(fitted)).tolist():
            if fitted[index].geom_type == "Point":
                records[index].point = fitted[index]
            else:
                records[index].geometry = fitted[index]

    def _check_positions(self, geometries: Geometries, records: list[Record], converter: Converter) -> None:
        """Refuse numbers that cannot be what was declared, before a conversion makes nonsense of them."""
        bounds = shapely.bounds(geometries)
        present = np.flatnonzero(~shapely.is_missing(geometries))
        zero = (bounds[present, :2] == 0).all(axis=1) & (shapely.get_type_id(geometries[present]) == 0)
        for index in present[zero].tolist():
            records[index].warn(Message(_NULL_ISLAND), column=self._position_column)
            geometries[index] = None
        present = present[~zero]
        self.placed += len(present)
        told: set[int] = set()
        # Both corners of what has a size: one vertex that is nowhere is enough.
        for corner in (slice(0, 2), slice(2, 4)):
            x, y = bounds[present, corner].T
            for problem in check_coordinates(x, y, converter, expected=self._expected):
                index = int(present[problem.index])
                if index not in told:
                    told.add(index)
                    self._tell(problem, index, geometries, records)
            left = geometries[present]
            present = present[~shapely.is_missing(left) & (shapely.get_type_id(left) != 0)]

    def _tell(
        self, problem: CoordinateProblem, index: int, geometries: Geometries, records: list[Record]
    ) -> None:
        """Refuse a place that cannot be right; what only lies far away may be meant, if it is more than a point."""
        self.swapped += problem.suspicion is Suspicion.SWAPPED
        if problem.better is not None:
            self._better[problem.better] += 1
        if problem.fatal or geometries[index].geom_type == "Point":
            records[index].refuse(problem.message, column=self._position_column)
            geometries[index] = None
        else:
            records[index].warn(problem.message, column=self._position_column)

    @property
    def _position_column(self) -> str | None:
        return position_header(self.match)


def position_header(match: Match) -> str | None:
    """Return the header that remarks about where a row lies stand beside; None where the file has no column for it."""
    return match.headers.get("lon", match.headers.get("position"))


def _told(record: Record, header: str) -> bool:
    return any(issue.column == header for issue in record.issues)


def _alike(srid: int, key: str) -> bool:
    numbers = {f"EPSG:{srid}", key}
    return len(numbers) == 1 or numbers == {"EPSG:4326", "EPSG:4490"}
