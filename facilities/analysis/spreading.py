"""Where people are: a village's total spread over the points where it lives, in whole people that add up.

A village is not a point: in a quarter of an hour an older person walks 720 m, so with one point a village is covered wholly or not
at all. Here its total is shared out over *support*: its hamlets, the pieces of its built-up areas, or its road frontage. Which of
them served is part of the answer, and so is the single point that each figure is compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo_registry.roadgraph.plane import Plane, as_lonlat, segment_lengths_m

from .errors import AnalysisError, gettext_noop

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class SpreadMethod(StrEnum):
    """What a total was spread over."""

    HAMLETS = "hamlets"
    BUILT_UP = "built-up"
    FRONTAGE = "frontage"
    POINT = "point"
    """Nothing to spread it over was known: it stays at its point."""


@dataclass(frozen=True, kw_only=True)
class Support:
    """Points that a total may be spread over.

    Attributes
    ----------
    method
        What the points are.
    lonlat
        Degrees, shape (n, 2).
    weight
        How much each counts: households, square metres, metres of road.
    """

    method: SpreadMethod
    lonlat: FloatArray
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Totals spread over points.

    Attributes
    ----------
    lonlat
        Degrees of each part.
    village
        Which total each part is of; parts of one stand together.
    people
        Whole people, parts × groups: over the parts of a village each group adds up to its total.
    method
        How each village was spread.
    """

    lonlat: FloatArray
    village: IntArray
    people: IntArray
    method: tuple[SpreadMethod, ...]

    def __len__(self) -> int:
        return len(self.village)


def apportion(total: int, weights: ArrayLike) -> IntArray:
    """Share a whole number out by weights, in whole numbers that add up to it (largest remainder; of equals the first).

    Raises
    ------
    AnalysisError
        On a negative total, a weight that is negative or not finite, or no weight at all.

    Examples
    --------
    >>> from facilities.analysis.spreading import apportion
    >>> apportion(10, [1, 1, 1]).tolist(), apportion(2, [0.4, 0.6]).tolist(), apportion(7, [0, 5]).tolist()
    ([4, 3, 3], [1, 1], [0, 7])
    """
    weight = np.asarray(weights, dtype=np.float64)
    if total < 0:
        raise AnalysisError(gettext_noop("A total of {total} people cannot be shared out."), total=total)
    if not len(weight) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.sum() > 0:
        raise AnalysisError(
            gettext_noop("A total cannot be shared out by weights that are negative, not numbers, or all 0.")
        )
    exact = total * (weight / weight.sum())
    # Rounded first, so that two equal remainders are equal whatever the order of the sums.
    whole: IntArray = np.floor(np.round(exact, 9)).astype(np.int64)
    remainder = np.round(exact - whole, 9)
    left = int(total - whole.sum())
    if left:
        first = np.lexsort((np.arange(len(weight)), -remainder))[:left]
        whole[first] += 1
    return whole


def area_support(area: BaseGeometry, *, spacing_m: float) -> Support:
    """Cut built-up areas into pieces of at most ``spacing_m`` squared; each weighs its square metres.

    Parameters
    ----------
    area
        Polygons in degrees.
    spacing_m
        Side of the squares, metres.

    Raises
    ------
    AnalysisError
        If the spacing is not above 0.
    """
    _check_spacing(spacing_m)
    if area.is_empty:
        return _nothing(SpreadMethod.BUILT_UP)
    plane = Plane.around(shapely.get_coordinates(area))
    outline = shapely.make_valid(shapely.transform(area, plane.xy))
    west, south, east, north = outline.bounds
    columns = np.arange(np.floor(west / spacing_m), np.ceil(east / spacing_m)) * spacing_m
    rows = np.arange(np.floor(south / spacing_m), np.ceil(north / spacing_m)) * spacing_m
    x, y = (grid.ravel() for grid in np.meshgrid(columns, rows))
    shapely.prepare(outline)
    squares = shapely.box(x, y, x + spacing_m, y + spacing_m)
    pieces = shapely.intersection(squares[shapely.intersects(outline, squares)], outline)
    square_metres = shapely.area(pieces)
    kept = square_metres > 0
    xy = shapely.get_coordinates(shapely.point_on_surface(pieces[kept]))
    return Support(method=SpreadMethod.BUILT_UP, lonlat=plane.lonlat(xy), weight=square_metres[kept])


def frontage_support(lines: Sequence[BaseGeometry], *, within: BaseGeometry, spacing_m: float) -> Support:
    """Cut the roads within an area into pieces of at most ``spacing_m``; each stands at its middle and weighs its metres.

    Parameters
    ----------
    lines
        Roads along which people live, in degrees.
    within
        The village's outline, or the surroundings of its point, in degrees.
    spacing_m
        Longest piece, metres.

    Raises
    ------
    AnalysisError
        If the spacing is not above 0.
    """
    _check_spacing(spacing_m)
    given = np.asarray(lines, dtype=object)
    inside = shapely.intersection(given[shapely.intersects(within, given)], within) if len(given) else given
    parts = shapely.get_parts(inside)
    parts = parts[shapely.get_type_id(parts) == 1]
    if not len(parts):
        return _nothing(SpreadMethod.FRONTAGE)
    points, weights = [], []
    for part in parts:
        vertex = shapely.get_coordinates(part)
        step_m = segment_lengths_m(vertex[:-1], vertex[1:])
        along = np.concatenate([[0.0], np.cumsum(step_m)])
        length_m = along[-1]
        if length_m <= 0:
            continue
        pieces = max(1, int(np.ceil(length_m / spacing_m - 1e-9)))
        middle = (np.arange(pieces) + 0.5) * length_m / pieces
        points.append(np.column_stack([np.interp(middle, along, vertex[:, axis]) for axis in (0, 1)]))
        weights.append(np.full(pieces, length_m / pieces))
    if not points:
        return _nothing(SpreadMethod.FRONTAGE)
    return Support(method=SpreadMethod.FRONTAGE, lonlat=np.vstack(points), weight=np.concatenate(weights))


def surroundings(lonlat: tuple[float, float], radius_m: float) -> BaseGeometry:
    """The area within some metres of a point, in degrees: for a village whose outline is not known.

    Raises
    ------
    AnalysisError
        If the radius is not above 0.
    """
    _check_spacing(radius_m)
    centre = as_lonlat([lonlat])
    plane = Plane.around(centre)
    return shapely.transform(shapely.buffer(shapely.Point(plane.xy(centre)[0]), radius_m), plane.lonlat)


def spread_totals(
    people: ArrayLike, *, point_lonlat: ArrayLike, supports: Sequence[Sequence[Support]]
) -> Spread:
    """Spread each village's totals over the first of its supports that has a point.

    Parameters
    ----------
    people
        Whole people, villages × groups.
    point_lonlat
        The single point of each village, degrees.
    supports
        For each village its supports, the one to be preferred first; none: it stays at its point.

    Returns
    -------
    Spread
        Every village is in it, one that stays at its point with one part.

    Raises
    ------
    AnalysisError
        On counts that are negative or not whole, or lengths that differ.

    Examples
    --------
    >>> import numpy as np
    >>> from facilities.analysis.spreading import Support, SpreadMethod, spread_totals
    >>> hamlets = Support(method=SpreadMethod.HAMLETS, lonlat=np.array([[106.0, 38.0], [106.1, 38.0]]),
    ...                   weight=np.array([3.0, 1.0]))
    >>> spread = spread_totals([[100, 21], [50, 9]], point_lonlat=[(106.0, 38.0), (106.5, 38.0)], supports=[[hamlets], []])
    >>> spread.people.tolist(), spread.village.tolist(), [method.value for method in spread.method]
    ([[75, 16], [25, 5], [50, 9]], [0, 0, 1], ['hamlets', 'point'])
    """
    totals = np.asarray(people, dtype=np.float64)
    points = as_lonlat(point_lonlat)
    if totals.ndim != 2 or len(totals) != len(points) or len(supports) != len(points):
        raise AnalysisError(
            gettext_noop("There are {values} values; {expected} are expected."),
            values=len(totals),
            expected=len(points),
        )
    wrong = ~((totals >= 0) & np.isfinite(totals) & (totals == np.floor(totals))).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        raise AnalysisError(
            gettext_noop("The number of people in row {row} is not whole: {value}."),
            row=row,
            value=totals[row].tolist(),
        )
    whole = totals.astype(np.int64)
    lonlat, village, counts, methods = [], [], [], []
    for row, options in enumerate(supports):
        chosen = next((one for one in options if len(one) and one.weight.sum() > 0), None)
        where = points[[row]] if chosen is None else chosen.lonlat
        weight = np.ones(1) if chosen is None else chosen.weight
        lonlat.append(where)
        village.append(np.full(len(where), row))
        counts.append(
            np.column_stack([apportion(int(total), weight) for total in whole[row]])
            if whole.shape[1]
            else np.empty((len(where), 0), dtype=np.int64)
        )
        methods.append(SpreadMethod.POINT if chosen is None else chosen.method)
    return Spread(
        lonlat=np.vstack(lonlat) if lonlat else np.empty((0, 2)),
        village=np.concatenate(village).astype(np.int64) if village else np.empty(0, dtype=np.int64),
        people=np.vstack(counts) if counts else np.empty((0, whole.shape[1]), dtype=np.int64),
        method=tuple(methods),
    )


def single_points(lonlat: ArrayLike, weight: ArrayLike, village: ArrayLike, *, villages: int) -> IntArray:
    """Which part of each village stands nearest to its people's centre: its single point; -1 for one without parts.

    Weights that are all 0 count as equal. Of two equally near parts the first is taken.

    Examples
    --------
    >>> from facilities.analysis.spreading import single_points
    >>> single_points([(106.0, 38.0), (106.01, 38.0), (106.04, 38.0)], [5, 5, 5], [0, 0, 0], villages=2).tolist()
    [1, -1]
    """
    where, weights = as_lonlat(lonlat), np.asarray(weight, dtype=np.float64)
    number = np.asarray(village, dtype=np.int64)
    chosen = np.full(villages, -1, dtype=np.int64)
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(villages + 1))
    for row in range(villages):
        rows = order[edges[row] : edges[row + 1]]
        rows = rows[np.isfinite(where[rows]).all(axis=1)]
        if not len(rows):
            continue
        share = weights[rows] if weights[rows].sum() > 0 else np.ones(len(rows))
        centre = (where[rows] * share[:, None]).sum(axis=0) / share.sum()
        away_m = segment_lengths_m(where[rows], np.broadcast_to(centre, (len(rows), 2)))
        chosen[row] = rows[int(np.round(away_m, 3).argmin())]
    return chosen


def _nothing(method: SpreadMethod) -> Support:
    return Support(method=method, lonlat=np.empty((0, 2)), weight=np.empty(0))


def _check_spacing(value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise AnalysisError(
            gettext_noop("{name} must be greater than 0; it is {value}."), name="spacing_m", value=value
        )
