"""What the columns and co-ordinates of a file are, before its first row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from geo_registry.geodata.crs import SourceCrs, require_crs
from geo_registry.geodata.declarations import Declaration, Match, match_columns, normalise_header
from geo_registry.geodata.errors import Message, UnknownCrs, gettext_noop
from geo_registry.geodata.identity import Guard
from geo_registry.geodata.readers import Source as OpenFile
from geo_registry.geodata.readers.kml import DESCRIPTION, NAME
from geo_registry.geodata.records import ImportReport, RowIssue, Severity

from .options import Options
from .texts import continued_headers, fields_of_shapefile

_OTHER_CRS = gettext_noop(
    "The file says that its co-ordinates are {declared}; they were read as {given}, as you said."
)


class Understood(NamedTuple):
    """How a file is read.

    Parameters
    ----------
    match
        Which column is which field.
    guard
        What looks out for numbers of people.
    crs
        The system of its co-ordinates, if it has any.
    joined
        Columns that go on in others, as an export has split them.
    """

    match: Match
    guard: Guard
    crs: SourceCrs | None
    joined: dict[str, str]


def understand(
    *, file: OpenFile, declaration: Declaration, options: Options, report: ImportReport
) -> Understood:
    """Match columns and co-ordinates: a file that fails here is refused before anything is touched.

    Parameters
    ----------
    file, declaration, options
        The file, what its kind declares, and how it is to be read.
    report
        Takes what is to be said of its columns, and the co-ordinate system.

    Raises
    ------
    GeodataError
        If a column that must be there is not, or the co-ordinates are in no known system.
    """
    names = fields_of_shapefile(Path(file.path)) if file.format == "shapefile" else {}
    joined = continued_headers(file.columns, names)
    left_out = {*options.ignored, *joined, *_labels(file, declaration)}
    columns = [header for header in file.columns if header not in left_out]
    match = match_columns(
        declaration,
        columns,
        mapping={**_named(declaration, columns, names), **options.mapping},
        constants=options.constants,
        every=file.columns,
        file=file.name,
    )
    report.extend(match.issues)
    fine = [
        match.headers[c.field]
        for c in declaration.columns
        if c.looks_like_phones and c.field in match.headers
    ]
    crs = _co_ordinates(file, match, given=options.source_crs, report=report)
    report.crs = crs.name if crs is not None else None
    guard = Guard(file.columns, may_hold_phones=fine, file=file.name)
    return Understood(match=match, guard=guard, crs=crs, joined=joined)


def _labels(file: OpenFile, declaration: Declaration) -> set[str]:
    """Return what only labels the drawing of a KML file: its name and description, where its data say the same themselves."""
    if file.format not in {"kml", "kmz"}:
        return set()
    labels = {NAME, DESCRIPTION} & set(file.columns)
    data = {normalise_header(header) for header in file.columns if header not in labels}
    forms = [
        {normalise_header(header) for header in (*column.headers, column.field)}
        for column in declaration.columns
    ]
    return {label for label in labels if any(label in form and form & data for form in forms)}


def _named(declaration: Declaration, columns: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return field → short name, as the file beside an exported shapefile says."""
    by_header = {column.headers[0]: column.field for column in declaration.columns}
    return {
        by_header[header]: short
        for short, header in names.items()
        if short in columns and header in by_header
    }


def _co_ordinates(
    file: OpenFile, match: Match, *, given: str | None, report: ImportReport
) -> SourceCrs | None:
    """Return the system of the file's co-ordinates, which must be known wherever there are any."""
    has_any = (
        file.geometry_type is not None or (match.has("lon") and match.has("lat")) or match.has("position")
    )
    if not match.declaration.shapes or not has_any:
        return require_crs(given, file=file.name) if given else None
    crs = require_crs(given or file.declared_crs, file=file.name)
    if given and file.declared_crs:
        try:
            declared = require_crs(file.declared_crs, file=file.name)
        except UnknownCrs:
            return crs
        if declared.key != crs.key:
            message = Message(_OTHER_CRS, {"declared": declared.name, "given": crs.name})
            report.add(RowIssue(None, None, Severity.WARNING, message))
    return crs
