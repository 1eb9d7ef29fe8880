"""One row of a file beside what became of it: empty cells, its words, its place on the map."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model

from geo_registry.geodata.declarations import Match, Record
from geo_registry.geodata.readers import Row
from geo_registry.geodata.records import Outcome
from geo_registry.geodata.values import is_empty
from geo_registry.territory.models import LocationMethod

from .neutral import issues_to_json
from .run import Candidate, Change, ImportRun
from .spool import SpooledRow, digest_of

# What templates write in front of their example row.
EXAMPLE = "示例："
WKT_COLUMN = "WKT"
_MAX_WKT_CHARS = 30_000
_NAMES = ("name", "code", "number", "place_code", "source_ref")
_SHAPES = ("location", "point", "geometry")
METHODS = ("location_method", "point_method", "geometry_method")
ROUGH = {LocationMethod.DIVISION, LocationMethod.ADDRESS}


def is_example(row: Row) -> bool:
    """Tell whether a row is the example that a template brings."""
    first = next((value for value in row.values.values() if value is not None), None)
    return isinstance(first, str) and first.startswith(EXAMPLE)


def cells_of(row: Row) -> dict[str, Any]:
    """Return the cells of a row as JSON has them, with its geometry as text unless that is very long."""
    cells: dict[str, Any] = {}
    for header, value in row.values.items():
        if value is not None:
            cells[header] = value.isoformat() if isinstance(value, datetime.date) else value
    if row.geometry is not None and WKT_COLUMN not in cells and row.geometry.geom_type == "Point":
        cells[WKT_COLUMN] = row.geometry.wkt[:_MAX_WKT_CHARS]
    return cells


def mark_blanks(rows: Sequence[Row], records: Sequence[Record], match: Match) -> None:
    """Note which fields of each record have a cell that is empty."""
    by_number = {row.number: row.values for row in rows}
    columns = [
        (column.field, match.headers[column.field])
        for column in match.declaration.columns
        if column.field in match.headers
    ]
    for record in records:
        cells = by_number.get(record.number, {})
        record.blanks = frozenset(
            name for name, header in columns if is_empty(cells.get(header)) and name not in record.values
        )


def blanked(record: Record, blanks: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    """Return what blank cells make of an object.

    Parameters
    ----------
    record : Record
    blanks : mapping
        Field → the object's attribute, and what that is when nobody knows.
    """
    return dict(blanks[name] for name in record.blanks & blanks.keys())


def spooled_row(
    run: ImportRun, record: Record, changes: Sequence[Change], cells: Mapping[str, Any]
) -> SpooledRow:
    """Return what a preview keeps of a row."""
    outcome = str(record.outcome or Outcome.UNCHANGED)
    kept = [_change(change) for change in changes]
    place = _place(record, changes)
    candidates = run.candidates.pop(record.number, []) if run.candidates else []
    return SpooledRow(
        row=record.number,
        outcome=outcome,
        label=_label(record),
        lon=place[0] if place else None,
        lat=place[1] if place else None,
        changes=kept,
        issues=issues_to_json(record.issues) if record.issues else [],
        cells=dict(cells),
        candidates=[_candidate(candidate) for candidate in candidates],
        undecided=bool(candidates) and record.number not in run.decisions and not record.refused,
        placed=_placed(changes),
        digest=digest_of(outcome, [_comparable(run, change) for change in changes]),
    )


def _label(record: Record) -> str:
    names = [str(record.values[name]) for name in _NAMES if record.values.get(name) not in {None, ""}]
    return " · ".join(names[:2])[:200]


def _change(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"m": change.instance._meta.label_lower, "b": change.before, "a": change.after}
    if change.created:
        found["new"] = True
    else:
        found["pk"] = change.instance.pk
    return found


def _candidate(candidate: Candidate) -> dict[str, Any]:
    if candidate.row is not None:
        return {"pk": "skip", "row": candidate.row, "distance_m": round(candidate.distance_m or 0.0)}
    return {
        "pk": candidate.pk, "label": candidate.label, "where": candidate.where, "likeness": round(candidate.likeness, 2),
        "distance_m": None if candidate.distance_m is None else round(candidate.distance_m),
    }  # fmt: skip


def _place(record: Record, changes: Sequence[Change]) -> tuple[float, float] | None:
    if record.point is not None:
        return (record.point.x, record.point.y)
    if record.geometry is not None:
        west, south, east, north = record.geometry.bounds
        return ((west + east) / 2, (south + north) / 2)
    for change in changes:
        for name in _SHAPES:
            shape = getattr(change.instance, name, None)
            if isinstance(shape, Point):
                return (shape.x, shape.y)
            if isinstance(shape, GEOSGeometry) and not shape.empty:
                west, south, east, north = shape.extent
                return ((west + east) / 2, (south + north) / 2)
    return None


def _placed(changes: Sequence[Change]) -> str:
    for change in changes:
        for name in METHODS:
            method = change.after.get(name)
            if method in ROUGH:
                return str(method)
    return ""


def _comparable(run: ImportRun, change: Change) -> dict[str, Any]:
    """Return a change without the numbers that every run gives anew."""
    model = type(change.instance)
    return {
        "m": model._meta.label_lower,
        "pk": None if change.created else change.instance.pk,
        "b": change.before,
        # Which source it is stands in the batch; a file that is its own gets a new one in each run.
        "a": {
            name: _number(run, model, name, value)
            for name, value in change.after.items()
            if name != "source_id"
        },
    }


def _number(run: ImportRun, model: type[Model], name: str, value: Any) -> Any:
    if not isinstance(value, int) or not name.endswith("_id"):
        return value
    target = target_of(model, name)
    first = run.first_created.get(target) if target is not None else None
    return value if first is None or value < first else "made by this file"


@lru_cache(maxsize=512)
def target_of(model: type[Model], attribute: str) -> type[Model] | None:
    """Return the model that a key such as ``division_id`` points at."""
    try:
        found = model._meta.get_field(attribute.removesuffix("_id"))
    except FieldDoesNotExist:
        return None
    return found.related_model if isinstance(found, ForeignKey) else None  # type: ignore[return-value]
