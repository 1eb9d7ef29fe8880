"""A first look at a file: what it holds, as sample rows, and what it leaves open, as candidates to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike

from .crs_checks import Bounds
from .crs_guess import CrsCandidate, crs_candidates
from .declarations import LAT, LON, POSITION, Column, normalise_header
from .readers.base import DEFAULT_LIMITS, Limits, Row, Source
from .readers.encoding_choice import EncodingCandidate, encoding_candidates
from .readers.opening import open_source
from .records import RowIssue
from .values import BadValue, Noted

SAMPLE_ROWS = 20
# So many rows tell the co-ordinate system; more would only take longer.
_ROWS_FOR_CRS = 500


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at one sheet or layer shows.

    Parameters
    ----------
    format, layer, columns, header_row, row_count, encoding, encoding_guessed, declared_crs, geometry_type
        As of `readers.base.Source`.
    rows : tuple of Row
        The first rows.
    encodings : tuple of EncodingCandidate
        The likeliest first; empty where the format fixes it.
    crs : tuple of CrsCandidate
        The likeliest first; empty where no co-ordinates were found.
    issues : tuple of RowIssue
        What the reader had to say so far.
    """

    format: str
    layer: str
    columns: tuple[str, ...]
    header_row: int
    row_count: int | None
    encoding: str | None
    encoding_guessed: bool
    declared_crs: str | None
    geometry_type: str | None
    rows: tuple[Row, ...]
    encodings: tuple[EncodingCandidate, ...]
    crs: tuple[CrsCandidate, ...]
    issues: tuple[RowIssue, ...]


def look(
    path: str | PathLike[str],
    *,
    encoding: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    sample: int = SAMPLE_ROWS,
    expected: Bounds | None = None,
    lon_column: str | None = None,
    lat_column: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Look:
    """Look at the beginning of a sheet or layer.

    Parameters
    ----------
    path, encoding, layer, header_row, limits
        As for `readers.open_source`.
    sample : int
        How many rows to return.
    expected : (west, south, east, north), optional
        Where rows should lie, in degrees of EPSG:4490; tells a zone without prefix.
    lon_column, lat_column : str, optional
        Headers of longitude (easting) and latitude (northing), if not the usual ones.

    Returns
    -------
    Look

    Raises
    ------
    GeodataError
        As for `open_source`; `LayerChoiceNeeded` names what there is to choose.
    """
    with open_source(path, encoding=encoding, layer=layer, header_row=header_row, limits=limits) as source:
        rows = list(islice(source.rows(), max(sample, _ROWS_FOR_CRS)))
        x, y = _positions(source, rows, lon_column, lat_column)
        candidates = crs_candidates(
            x,
            y,
            declared=source.declared_crs,
            expected=expected,
            names=(source.name, source.layer, *source.columns),
        )
        has_any = bool(x) or source.declared_crs is not None or source.geometry_type is not None
        return Look(
            source.format, source.layer, source.columns, source.header_row, source.row_count, source.encoding,
            source.encoding_guessed, source.declared_crs, source.geometry_type,
            tuple(rows[:sample]), encoding_candidates(path, layer=layer, limits=limits),
            candidates if has_any else (), tuple(source.issues),
        )  # fmt: skip


def _positions(
    source: Source, rows: Sequence[Row], lon_column: str | None, lat_column: str | None
) -> tuple[list[float], list[float]]:
    lon = lon_column or _header_of(LON, source.columns)
    lat = lat_column or _header_of(LAT, source.columns)
    both = _header_of(POSITION, source.columns)
    x: list[float] = []
    y: list[float] = []
    for row in rows:
        if row.geometry is not None and not row.geometry.is_empty:
            west, south, east, north = row.geometry.bounds
            pair: tuple[float, float] | None = ((west + east) / 2, (south + north) / 2)
        elif lon is not None and lat is not None:
            pair = _pair(row.values.get(lon), row.values.get(lat))
        else:
            pair = _in_one_cell(row.values.get(both)) if both is not None else None
        if pair is not None:
            x.append(pair[0])
            y.append(pair[1])
    return x, y


def _header_of(column: Column, headers: Sequence[str]) -> str | None:
    forms = {normalise_header(name): name for name in reversed(headers)}
    return next((forms[form] for name in column.headers if (form := normalise_header(name)) in forms), None)


def _pair(lon: object, lat: object) -> tuple[float, float] | None:
    found = []
    for column, value in ((LON, lon), (LAT, lat)):
        if value is None:
            return None
        try:
            number = column.parse(value)  # type: ignore[arg-type]
        except BadValue:
            return None
        found.append(float(number.value if isinstance(number, Noted) else number))
    return found[0], found[1]


def _in_one_cell(value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        shape = POSITION.parse(value)  # type: ignore[arg-type]
    except BadValue:
        return None
    geometry = shape.value if isinstance(shape, Noted) else shape
    west, south, east, north = geometry.bounds
    return (west + east) / 2, (south + north) / 2
