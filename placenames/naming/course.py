"""起止点 and 走向 in words: from which road to which, and in what direction. What the program proposes, a person edits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

_REACH_M = 15.0
_TURN_DEG = 60.0
_POINTS = ("东", "东北", "北", "西北", "西", "西南", "南", "东南")
_AXES = ("东西", "东北—西南", "南北", "西北—东南")


@dataclass(frozen=True, slots=True)
class Beside:
    """A thing that an end may be told by, on the same plane as the line; the earlier of two is preferred."""

    name: str
    shape_m: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A line in words.

    Parameters
    ----------
    extent : str
        ``东起兴业路，西至解放路``.
    course : str
        ``东西走向，长约850米``, with ``，中段转折`` where it bends.
    """

    extent: str
    course: str


def describe(
    line_m: shapely.Geometry, beside: Sequence[Beside] = (), *, length_m: float | None = None
) -> Course:
    """Describe a line.

    Parameters
    ----------
    line_m : LineString or MultiLineString
        In metres on a plane, x to the east.
    beside : sequence of Beside
        Named roads, then divisions, that its ends may be told by.
    length_m : float, optional
        The length along the ellipsoid; that on the plane if not given.

    Returns
    -------
    Course
        In Chinese, as the form wants it. A ring is said to be one; an end without anything beside it is only told by its side.
    """
    start, end = _ends(line_m)
    metres = length_m if length_m is not None else float(shapely.length(line_m))
    if math.dist(start, end) < _REACH_M:
        return Course(extent=_ring(line_m, beside), course=f"环形，长约{_rounded(metres)}米")
    # By habit from east to west, and from south to north.
    east_west = abs(start[0] - end[0]) >= abs(start[1] - end[1])
    first, second = (start, end) if (start[0] > end[0] if east_west else start[1] < end[1]) else (end, start)
    ahead = _side(second, first)
    behind = _side(first, second)
    extent = f"{ahead}起{_told(first, beside)}，{behind}至{_told(second, beside)}"
    course = f"{_axis(first, second)}走向，长约{_rounded(metres)}米"
    return Course(extent=extent, course=course + ("，中段转折" if _bends(line_m, start, end) else ""))


_SIDES = (("东", (1.0, 0.0)), ("南", (0.0, -1.0)), ("西", (-1.0, 0.0)), ("北", (0.0, 1.0)))
_ABUTS_M = 120.0
_LOOKS = (0.5, 0.25, 0.75)
_ON_IT_M = 5.0
_NEAR_M = 300.0


def describe_area(area_m: shapely.Geometry, beside: Sequence[Beside]) -> Course:
    """Describe an area by its four sides (四至), as far as a named road runs along them, and by its size.

    Parameters
    ----------
    area_m : Polygon or MultiPolygon
        In metres on a plane, x to the east.
    beside : sequence of Beside
        Named roads about it.

    Returns
    -------
    Course
        ``东至兴业路，北至解放路`` and ``占地约2.4公顷``. A road counts for the side that it lies to, if no farther than 120 m.
    """
    told = []
    for word, direction in _SIDES:
        near = [found for item in beside if (found := _gap_beyond(area_m, direction, item)) is not None]
        if near:
            told.append(f"{word}至{min(near)[1]}")
    hectares = float(shapely.area(area_m)) / 10_000
    size = f"{hectares:.1f}公顷" if hectares >= 1 else f"{round(float(shapely.area(area_m)), -1):.0f}平方米"
    return Course(extent="，".join(told), course=f"占地约{size}")


def _gap_beyond(
    area_m: shapely.Geometry, direction: tuple[float, float], item: Beside
) -> tuple[float, str] | None:
    """Return how far beyond a side a road runs along it, with its name; ``None`` where none does so within reach.

    One looks out from the middle of the area and from a quarter of the side to each hand. A road that leads away, or through the
    area, is no boundary of it: where it is seen, it runs the way one looks.
    """
    x, y = direction
    west, south, east, north = (float(bound) for bound in shapely.bounds(area_m))
    centre = shapely.get_coordinates(shapely.centroid(area_m))[0]
    gaps = []
    for share in _LOOKS:
        start = (
            (float(centre[0]), south + share * (north - south))
            if x
            else (west + share * (east - west), float(centre[1]))
        )
        far = max(east - west, north - south) + _ABUTS_M
        look = shapely.LineString([start, (start[0] + x * far, start[1] + y * far)])
        within = shapely.get_coordinates(shapely.intersection(look, area_m))
        edge = max((float((at[0] - start[0]) * x + (at[1] - start[1]) * y) for at in within), default=0.0)
        for at in shapely.get_coordinates(shapely.intersection(look, item.shape_m)):
            gap = float((at[0] - start[0]) * x + (at[1] - start[1]) * y) - edge
            if -_ON_IT_M <= gap <= _ABUTS_M and _runs_across(item.shape_m, shapely.Point(at), direction):
                gaps.append(max(gap, 0.0))
    return (min(gaps), item.name) if gaps else None


def _runs_across(road_m: shapely.Geometry, at: shapely.Geometry, direction: tuple[float, float]) -> bool:
    """Whether a road runs rather across a direction than along it where one sees it."""
    part = min(shapely.get_parts(road_m), key=lambda each: float(shapely.distance(each, at)))
    measure = float(shapely.line_locate_point(part, at))
    (ax, ay), (bx, by) = (
        shapely.get_coordinates(shapely.line_interpolate_point(part, max(measure + step, 0.0)))[0]
        for step in (-_ON_IT_M, _ON_IT_M)
    )
    along = abs((bx - ax) * direction[0] + (by - ay) * direction[1])
    return bool(along < abs((bx - ax) * direction[1] - (by - ay) * direction[0]))


def describe_point(point_m: shapely.Geometry, beside: Sequence[Beside]) -> Course:
    """Describe a point, or several, by the nearest named road within 300 m: ``位于兴业路北侧约50米``."""
    if not beside:
        return Course(extent="", course="")
    gap, nearest = min(
        ((float(shapely.distance(point_m, item.shape_m)), item) for item in beside), key=lambda pair: pair[0]
    )
    if gap > _NEAR_M:
        return Course(extent="", course="")
    own, foot = shapely.get_coordinates(shapely.shortest_line(point_m, nearest.shape_m))
    if gap < _REACH_M:
        return Course(extent=f"位于{nearest.name}旁", course="")
    side = _side((float(foot[0]), float(foot[1])), (float(own[0]), float(own[1])))
    return Course(extent=f"位于{nearest.name}{side}侧约{_rounded(gap)}米", course="")


def _ends(line: shapely.Geometry) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the two ends that lie farthest apart: a road of several stretches has more."""
    merged = shapely.line_merge(line) if isinstance(line, shapely.MultiLineString) else line
    tips = []
    for part in shapely.get_parts(merged):
        points = shapely.get_coordinates(part)
        tips += [tuple(points[0]), tuple(points[-1])]
    pairs = [(a, b) for i, a in enumerate(tips) for b in tips[i + 1 :]]
    one, other = max(pairs, key=lambda pair: math.dist(*pair))
    return (float(one[0]), float(one[1])), (float(other[0]), float(other[1]))


def _side(origin: tuple[float, float], point: tuple[float, float]) -> str:
    angle = math.degrees(math.atan2(point[1] - origin[1], point[0] - origin[0])) % 360
    return _POINTS[round(angle / 45) % 8]


def _axis(one: tuple[float, float], other: tuple[float, float]) -> str:
    angle = math.degrees(math.atan2(other[1] - one[1], other[0] - one[0])) % 180
    return _AXES[round(angle / 45) % 4]


def _told(point: tuple[float, float], beside: Sequence[Beside]) -> str:
    spot = shapely.Point(point)
    near = [
        (float(shapely.distance(spot, item.shape_m)), rank, item.name) for rank, item in enumerate(beside)
    ]
    near = [item for item in near if item[0] <= _REACH_M]
    return min(near, key=lambda item: (item[1] >= len(beside), item[0], item[1]))[2] if near else "端点"


def _ring(line: shapely.Geometry, beside: Sequence[Beside]) -> str:
    start, _end = _ends(line)
    told = _told(start, beside)
    return "环绕一周" if told == "端点" else f"起止均在{told}"


def _bends(line: shapely.Geometry, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether the way is so much longer than the straight line that one must have turned."""
    straight = math.dist(start, end)
    if isinstance(line, shapely.MultiLineString):
        return False
    points = shapely.get_coordinates(line)
    steps = np.diff(points, axis=0)
    along = np.array([end[0] - start[0], end[1] - start[1]]) / straight
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    across = np.abs(steps @ np.array([-along[1], along[0]]))
    return bool(lengths.sum() > 0 and across.sum() / lengths.sum() > math.sin(math.radians(_TURN_DEG)) * 0.6)


def _rounded(metres: float) -> str:
    """Ten metres are enough for a sentence; below a hundred, one."""
    return f"{round(metres, -1):.0f}" if metres >= 100 else f"{metres:.0f}"
