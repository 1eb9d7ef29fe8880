"""A first look at a file: what it holds, as sample rows, and what it leaves open, as candidates to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike

import shapely
from shapely.geometry.base import BaseGeometry

from .crs_checks import Bounds
from .crs_guess import CrsCandidate, crs_candidates
from .declarations import LAT, LON, POSITION, guess_headers
from .positions import is_shape
from .readers.base import DEFAULT_LIMITS, Limits, Row
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
    position : str or None
        Header of a column that holds shapes as text (WKT), whatever it is called.
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
    position: str | None
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
    position_column: str | None = None,
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
    position_column : str, optional
        Header of places in one cell, if not a usual one.

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
        headers = guess_headers((LON, LAT, POSITION), source.columns)
        given = {"lon": lon_column, "lat": lat_column, "position": position_column}
        headers |= {field: header for field, header in given.items() if header}
        if (
            source.geometry_type is None
            and "position" not in headers
            and not {"lon", "lat"} <= headers.keys()
        ):
            headers |= _column_of_shapes(source.columns, rows)
        x, y, srids = _positions(rows, headers)
        declared = source.declared_crs or (
            f"EPSG:{srids.pop()}" if len(srids) == 1 and 0 not in srids else None
        )
        candidates = crs_candidates(
            x,
            y,
            declared=declared,
            expected=expected,
            names=(source.name, source.layer, *source.columns),
        )
        has_any = bool(x) or declared is not None or source.geometry_type is not None
        return Look(
            source.format, source.layer, source.columns, source.header_row, source.row_count, source.encoding,
            source.encoding_guessed, declared, source.geometry_type,
            tuple(rows[:sample]), encoding_candidates(path, layer=layer, limits=limits),
            candidates if has_any else (), headers.get("position"), tuple(source.issues),
        )  # fmt: skip


def _column_of_shapes(columns: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """Return the first column that holds shapes as text and nothing else."""
    for header in columns:
        filled = [value for row in rows[:SAMPLE_ROWS] if (value := row.values.get(header)) is not None]
        if filled and all(is_shape(value) for value in filled):
            return {"position": header}
    return {}


def _positions(rows: Sequence[Row], headers: Mapping[str, str]) -> tuple[list[float], list[float], set[int]]:
    """Return the middle of each row's place, and the systems that cells name (0 for none)."""
    lon, lat, both = headers.get("lon"), headers.get("lat"), headers.get("position")
    x: list[float] = []
    y: list[float] = []
    srids: set[int] = set()
    for row in rows:
        shape = row.geometry
        if shape is None and (lon is None or lat is None) and both is not None:
            shape = _in_one_cell(row.values.get(both))
            if shape is not None:
                srids.add(int(shapely.get_srid(shape)))
        if shape is not None and not shape.is_empty:
            west, south, east, north = shape.bounds
            pair: tuple[float, float] | None = ((west + east) / 2, (south + north) / 2)
        elif lon is not None and lat is not None:
            pair = _pair(row.values.get(lon), row.values.get(lat))
        else:
            pair = None
        if pair is not None:
            x.append(pair[0])
            y.append(pair[1])
    return x, y, srids


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


def _in_one_cell(value: object) -> BaseGeometry | None:
    if value is None:
        return None
    try:
        shape = POSITION.parse(value)  # type: ignore[arg-type]
    except BadValue:
        return None
    found: BaseGeometry = shape.value if isinstance(shape, Noted) else shape
    return found
