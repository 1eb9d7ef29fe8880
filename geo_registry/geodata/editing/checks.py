"""What is wrong with a drawn shape, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..crs_checks import Bounds
from ..errors import Message, gettext_noop
from ..geometry import Family, area_m2, length_m
from .lines import self_crossing
from .plane import Point

_MAX_DEGREES = (180.0, 90.0)

_NOT_FINITE = gettext_noop(
    "A point has no valid co-ordinates: longitude is between -180 and 180, latitude between -90 and 90."
)
_TOO_FEW_LINE = gettext_noop("A line needs two points at least.")
_TOO_FEW_AREA = gettext_noop("An outline needs three points at least.")
_WRONG_KIND = gettext_noop("This cannot be drawn here: the shape is of another kind.")
_TOO_MANY = gettext_noop(
    "The shape has {vertices} points, more than the {limit} that are kept. Simplify it or split it."
)
_CROSSES = gettext_noop("The outline crosses itself here. Move the points so that it does not.")
_LINE_CROSSES = gettext_noop("The line crosses itself here. If it is meant to, split it at the crossing.")
_FAULTY = gettext_noop("The outline is faulty here. Move the points apart.")
_SHORT = gettext_noop("The line is only {metres} m long: the least is {limit} m.")
_SLIVER = gettext_noop(
    "This part has only {area} m²: the least is {limit} m². Take it away or draw it larger."
)
_FAR = gettext_noop("This point lies far outside of the registry's own area. Check its co-ordinates.")


class Severity(StrEnum):
    """How bad it is: an error is not saved, a warning is for looking at, a note only says something."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a shape.

    Parameters
    ----------
    severity : Severity
        An error is not saved; a warning is for looking at.
    message : Message
    place : (lon, lat) or None
        Where it is.
    """

    severity: Severity
    message: Message
    place: Point | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a drawn shape may be.

    Parameters
    ----------
    max_vertices : int
    least_length_m : float
    least_area_m2 : float
    bounds : (west, south, east, north) or None
        Outside of which nothing of this registry lies.
    """

    max_vertices: int
    least_length_m: float
    least_area_m2: float
    bounds: Bounds | None = None


def problems_of(shape: BaseGeometry, family: Family, limits: Limits) -> list[Problem]:
    """Return what is wrong with a shape, worst first; an empty list if nothing is."""
    broken = _hopeless(shape, family, limits)
    if broken is not None:
        return [broken]
    found = _far(shape, limits)
    if family is Family.LINE:
        found += _of_line(shape, limits)
    elif family is Family.POLYGON:
        found += _of_area(shape, limits)
    return sorted(found, key=lambda problem: problem.severity is Severity.WARNING)


def _hopeless(shape: BaseGeometry, family: Family, limits: Limits) -> Problem | None:
    kinds = {
        Family.POINT: {"Point"},
        Family.LINE: {"LineString"},
        Family.POLYGON: {"Polygon", "MultiPolygon"},
    }
    if shape.geom_type not in kinds[family]:
        return Problem(Severity.ERROR, Message(_WRONG_KIND))
    xy = shapely.get_coordinates(shape)
    too_few = {Family.POINT: _NOT_FINITE, Family.LINE: _TOO_FEW_LINE, Family.POLYGON: _TOO_FEW_AREA}
    if not len(xy):
        return Problem(Severity.ERROR, Message(too_few[family]))
    with np.errstate(invalid="ignore"):
        good = np.all(np.abs(xy) <= _MAX_DEGREES, axis=1)
    if not good.all():
        return Problem(Severity.ERROR, Message(_NOT_FINITE))
    if len(xy) > limits.max_vertices:
        params = {"vertices": f"{len(xy):,}", "limit": f"{limits.max_vertices:,}"}
        return Problem(Severity.ERROR, Message(_TOO_MANY, params), _at(xy[0]))
    return None


def _far(shape: BaseGeometry, limits: Limits) -> list[Problem]:
    if limits.bounds is None:
        return []
    west, south, east, north = limits.bounds
    xy = shapely.get_coordinates(shape)
    far = (xy[:, 0] < west) | (xy[:, 0] > east) | (xy[:, 1] < south) | (xy[:, 1] > north)
    return [Problem(Severity.ERROR, Message(_FAR), _at(xy[far][0]))] if far.any() else []


def _of_line(line: BaseGeometry, limits: Limits) -> list[Problem]:
    found = []
    metres = float(length_m(np.array([line], dtype=object))[0])
    if metres < limits.least_length_m:
        params = {"metres": f"{metres:,.2f}", "limit": f"{limits.least_length_m:g}"}
        at = _at(shapely.get_coordinates(line)[0])
        found.append(Problem(Severity.ERROR, Message(_SHORT, params), at))
    elif isinstance(line, shapely.LineString) and (place := self_crossing(line)):
        found.append(Problem(Severity.WARNING, Message(_LINE_CROSSES), place))
    return found


def _of_area(area: BaseGeometry, limits: Limits) -> list[Problem]:
    if not area.is_valid:
        reason = str(shapely.is_valid_reason(area))
        crosses = "Self-intersection" in reason
        return [Problem(Severity.ERROR, Message(_CROSSES if crosses else _FAULTY), _place_in(reason))]
    parts = shapely.get_parts(area)
    found = []
    for part, size in zip(parts, area_m2(parts), strict=True):
        if size < limits.least_area_m2:
            params = {"area": f"{size:,.1f}", "limit": f"{limits.least_area_m2:g}"}
            at = _at(shapely.get_coordinates(part)[0])
            found.append(Problem(Severity.ERROR, Message(_SLIVER, params), at))
    return found


def _place_in(reason: str) -> Point | None:
    numbers = re.search(r"\[(\S+) (\S+)", reason)
    return (float(numbers[1]), float(numbers[2].rstrip("]"))) if numbers else None


def _at(xy: np.ndarray) -> Point:
    return float(xy[0]), float(xy[1])
