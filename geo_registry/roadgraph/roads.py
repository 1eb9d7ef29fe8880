"""Road lines with what decides who may use them: the input of every graph."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from .errors import RoadLinesError, gettext_noop

UNKNOWN, NO, YES = -1, 0, 1
"""The three values of ``foot``, ``bicycle`` and ``motor``."""

_LINE_STRING, _LINEAR_RING, _MULTI_LINE_STRING = 1, 2, 5

Column = ArrayLike | Sequence[Any] | None


@dataclass(frozen=True)
class RoadLines:
    """Single lines in longitude and latitude, with one value of each attribute a line.

    Made by :meth:`from_columns`, which explodes multi-lines and leaves empty rows out.

    Attributes
    ----------
    lines
        shapely LineStrings, longitude and latitude in degrees (CGCS2000 or WGS 84).
    row
        Which input row each line came from.
    road_class
        The class as text (OpenStreetMap's words); empty if unknown.
    oneway
        1 along the line, -1 against it, 0 both ways.
    bridge, tunnel, layer
        The level a line lies on.
    speed_limit_m_s
        Posted limit in metres a second, NaN if none is known.
    foot, bicycle, motor
        1 expressly allowed, 0 expressly forbidden, -1 not said.
    skipped_rows
        Input rows without a geometry.
    """

    lines: NDArray[np.object_]
    row: NDArray[np.int64]
    road_class: NDArray[np.object_]
    oneway: NDArray[np.int8]
    bridge: NDArray[np.bool_]
    tunnel: NDArray[np.bool_]
    layer: NDArray[np.int16]
    speed_limit_m_s: NDArray[np.float64]
    foot: NDArray[np.int8]
    bicycle: NDArray[np.int8]
    motor: NDArray[np.int8]
    skipped_rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    @classmethod
    def from_columns(
        cls,
        geometries: ArrayLike | Sequence[Any],
        *,
        road_class: Column = None,
        oneway: Column = None,
        bridge: Column = None,
        tunnel: Column = None,
        layer: Column = None,
        speed_limit_m_s: Column = None,
        foot: Column = None,
        bicycle: Column = None,
        motor: Column = None,
    ) -> Self:
        """Read columns of equal length; a missing column, and None or NaN in one, means “not said”.

        Raises
        ------
        RoadLinesError
            On a geometry that is no line, a coordinate that is not finite or out of range, a column of
            another length, or a value that an attribute does not know; the row is named, counted from 0.
        """
        given = np.asarray(geometries, dtype=object)
        _check_geometries(given)
        present = np.flatnonzero(~(shapely.is_missing(given) | shapely.is_empty(given)))
        lines, part = shapely.get_parts(given[present], return_index=True)
        row = present[part]

        def take(name: str, values: Column, missing: object) -> NDArray[Any]:
            return _column(name, values, len(given), missing)[row]

        return cls(
            lines=lines,
            row=row,
            road_class=np.array(
                [str(text).strip() for text in take("road_class", road_class, "")], dtype=object
            ),
            oneway=_one_of("oneway", take("oneway", oneway, 0), row, (-1, 0, 1)),
            bridge=_one_of("bridge", take("bridge", bridge, 0), row, (0, 1)).astype(np.bool_),
            tunnel=_one_of("tunnel", take("tunnel", tunnel, 0), row, (0, 1)).astype(np.bool_),
            layer=_numbers("layer", take("layer", layer, 0), row).astype(np.int16),
            speed_limit_m_s=_limits(take("speed_limit_m_s", speed_limit_m_s, np.nan), row),
            foot=_one_of("foot", take("foot", foot, UNKNOWN), row, (UNKNOWN, NO, YES)),
            bicycle=_one_of("bicycle", take("bicycle", bicycle, UNKNOWN), row, (UNKNOWN, NO, YES)),
            motor=_one_of("motor", take("motor", motor, UNKNOWN), row, (UNKNOWN, NO, YES)),
            skipped_rows=np.setdiff1d(np.arange(len(given)), present),
        )

    def digest(self) -> str:
        """Return a SHA-256 over every coordinate and attribute: equal input, equal digest."""
        state = hashlib.sha256()
        coordinates, index = shapely.get_coordinates(self.lines, return_index=True)
        state.update(np.ascontiguousarray(coordinates).tobytes())
        state.update(np.ascontiguousarray(index, dtype=np.int64).tobytes())
        for item in fields(self):
            if item.name in {"lines", "row", "skipped_rows"}:
                continue
            values = getattr(self, item.name)
            state.update(item.name.encode())
            if item.name == "road_class":
                state.update("\x00".join(values).encode())
            else:
                state.update(np.ascontiguousarray(values).tobytes())
        return state.hexdigest()


def _check_geometries(given: NDArray[np.object_]) -> None:
    if given.ndim != 1:
        raise RoadLinesError(gettext_noop("Road geometries must be one column."))
    no_geometry = ~(shapely.is_geometry(given) | shapely.is_missing(given))
    if no_geometry.any():
        raise RoadLinesError(
            gettext_noop("Row {row}: this is no geometry but {value}."),
            row=int(no_geometry.argmax()),
            value=type(given[int(no_geometry.argmax())]).__name__,
        )
    kinds = shapely.get_type_id(given)
    wrong = ~np.isin(kinds, [-1, _LINE_STRING, _LINEAR_RING, _MULTI_LINE_STRING])
    if wrong.any():
        row = int(wrong.argmax())
        raise RoadLinesError(
            gettext_noop("Row {row}: a road must be a line, not a {kind}."),
            row=row,
            kind=given[row].geom_type,
        )
    coordinates, index = shapely.get_coordinates(given, return_index=True)
    with np.errstate(invalid="ignore"):
        out_of_range = ~(np.isfinite(coordinates).all(axis=1)) | (np.abs(coordinates) > (360.0, 90.0)).any(
            axis=1
        )
    if out_of_range.any():
        worst = int(out_of_range.argmax())
        raise RoadLinesError(
            gettext_noop("Row {row}: {lon}, {lat} is no longitude and latitude."),
            row=int(index[worst]),
            lon=float(coordinates[worst, 0]),
            lat=float(coordinates[worst, 1]),
        )


def _column(name: str, values: Column, length: int, missing: object) -> NDArray[Any]:
    """One attribute with None, NaN and NA replaced; numbers stay numbers, the rest are objects."""
    if values is None:
        return np.full(length, missing)
    column = np.asarray(values)
    if column.dtype.kind not in "biuf":
        column = np.asarray(values, dtype=object)
    if column.shape != (length,):
        raise RoadLinesError(
            gettext_noop("Column “{column}” has {found} values for {expected} roads."),
            column=name,
            found=len(column),
            expected=length,
        )
    absent = pd.isna(column)
    if absent.any():
        column = column.copy()
        column[absent] = missing
    return column


def _numbers(name: str, values: NDArray[Any], row: NDArray[np.int64]) -> NDArray[np.float64]:
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        for position, value in enumerate(values):
            try:
                float(value)
            except (TypeError, ValueError) as error:
                raise RoadLinesError(
                    gettext_noop("Row {row}: “{value}” is no number for “{column}”."),
                    row=int(row[position]),
                    value=value,
                    column=name,
                ) from error
        raise


def _one_of(
    name: str, values: NDArray[Any], row: NDArray[np.int64], allowed: tuple[int, ...]
) -> NDArray[np.int8]:
    numbers = _numbers(name, values, row)
    wrong = ~np.isin(numbers, allowed)
    if wrong.any():
        first = int(wrong.argmax())
        raise RoadLinesError(
            gettext_noop("Row {row}: “{value}” is no value of “{column}”."),
            row=int(row[first]),
            value=values[first],
            column=name,
        )
    return numbers.astype(np.int8)


def _limits(values: NDArray[Any], row: NDArray[np.int64]) -> NDArray[np.float64]:
    limits = _numbers("speed_limit_m_s", values, row)
    wrong = limits <= 0
    if wrong.any():
        first = int(wrong.argmax())
        raise RoadLinesError(
            gettext_noop("Row {row}: a speed limit must be greater than 0; it is {value}."),
            row=int(row[first]),
            value=values[first],
        )
    return limits
