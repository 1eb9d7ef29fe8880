"""Roads: a line split, two joined, a stretch drawn anew, ends brought together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import shapely
from shapely import LineString

from ..errors import Message, gettext_noop
from .errors import EditingError
from .plane import LocalPlane, Point

# Positions nearer than this are one vertex: no tape measures it, and a line of such segments is of no use.
SAME_VERTEX_M = 0.01

_TOO_NEAR_END = gettext_noop("The line ends here already: choose a place at least {metres} m from its ends.")
_TOO_FAR = gettext_noop("The place lies {metres} m from the line: choose one on the line.")
_APART = gettext_noop(
    "The nearest ends are {metres} m apart, more than the {limit} m at which they are joined. Draw one on to the other first."
)
_SAME_LINE = gettext_noop("A line cannot be joined to itself.")
_NOT_ALONG = gettext_noop(
    "The new stretch begins or ends {metres} m from the line, more than the {limit} m that are bridged. Draw it on to the line."
)
_NO_STRETCH = gettext_noop("The new stretch begins and ends at the same place of the line.")
_ONE_END = gettext_noop(
    "Only {count} end lies within {limit} m of this place: there is nothing to bring together."
)


@dataclass(frozen=True, slots=True)
class OnLine:
    """A place on a line.

    Parameters
    ----------
    segment : int
        Number of the segment, from 0.
    fraction : float
        0 at the segment's start, 1 at its end.
    point : (lon, lat)
        On the line; exactly a vertex where one is nearer than `SAME_VERTEX_M`.
    distance_m : float
        From the place that was asked about.
    """

    segment: int
    fraction: float
    point: Point
    distance_m: float

    @property
    def position(self) -> float:
        """Segments and their fractions from the line's start: orders places along the line."""
        return self.segment + self.fraction


def vertices(line: LineString) -> list[Point]:
    """Return a line's vertices."""
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(line)]


def nearest_on(points: Sequence[Point], place: Point, plane: LocalPlane) -> OnLine:
    """Return the place of a line nearest to a position.

    Parameters
    ----------
    points
        The line's vertices, at least two.
    place
        In degrees.
    plane
        In which "near" is measured.
    """
    (px, py), metres = plane.metres([place])[0], plane.metres(points)
    best: OnLine | None = None
    for index in range(len(points) - 1):
        (ax, ay), (bx, by) = metres[index], metres[index + 1]
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        fraction = 0.0 if square == 0 else min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / square))
        distance = math.hypot(ax + fraction * dx - px, ay + fraction * dy - py)
        if best is None or distance < best.distance_m:
            best = OnLine(index, fraction, _between(points[index], points[index + 1], fraction), distance)
    if best is None:
        raise ValueError("a line has two vertices at least")
    for fraction, vertex in ((0.0, points[best.segment]), (1.0, points[best.segment + 1])):
        if plane.distance_m(vertex, best.point) <= SAME_VERTEX_M:
            return OnLine(best.segment, fraction, vertex, best.distance_m)
    return best


def _between(a: Point, b: Point, fraction: float) -> Point:
    if fraction <= 0:
        return a
    if fraction >= 1:
        return b
    return a[0] + (b[0] - a[0]) * fraction, a[1] + (b[1] - a[1]) * fraction


def split_at(
    line: LineString, place: Point, *, tolerance_m: float, least_m: float = 0.5
) -> tuple[LineString, LineString]:
    """Split a line at the place nearest to a position.

    Parameters
    ----------
    line : LineString
    place : (lon, lat)
    tolerance_m : float
        How far the position may lie from the line.
    least_m : float
        Neither part may be shorter.

    Returns
    -------
    first, second : LineString
        Both run as the line did; the first ends where the second begins.

    Raises
    ------
    EditingError
    """
    plane, points = LocalPlane.around(line), vertices(line)
    at = nearest_on(points, place, plane)
    if at.distance_m > tolerance_m:
        raise EditingError(Message(_TOO_FAR, {"metres": f"{at.distance_m:,.1f}"}), place=place)
    first = _tidy([*points[: at.segment + 1], at.point], plane)
    second = _tidy([at.point, *points[at.segment + 1 :]], plane)
    if min(_length(first, plane), _length(second, plane)) < least_m:
        raise EditingError(Message(_TOO_NEAR_END, {"metres": f"{least_m:g}"}), place=at.point)
    return LineString(first), LineString(second)


@dataclass(frozen=True, slots=True)
class Joined:
    """Two lines made one.

    Parameters
    ----------
    line : LineString
        Runs as the first one did.
    turned : bool
        Whether the second one had to be turned round: its one-way sign turns with it.
    at : (lon, lat)
        Where they met.
    """

    line: LineString
    turned: bool
    at: Point


def join(first: LineString, second: LineString, *, tolerance_m: float) -> Joined:
    """Join two lines at their nearest ends.

    Ends that are no more than a vertex apart become one; a wider gap within the tolerance is bridged by a straight segment.

    Raises
    ------
    EditingError
        If the ends lie farther apart than ``tolerance_m``, or both are the same line.
    """
    if first.equals(second):
        raise EditingError(Message(_SAME_LINE))
    plane = LocalPlane.around(first, second)
    a, b = vertices(first), vertices(second)
    # Of equally near pairs the one that turns nothing round is taken.
    ways = [(a[-1], b[0], False), (a[0], b[-1], False), (a[-1], b[-1], True), (a[0], b[0], True)]
    gaps = [plane.distance_m(end, other) for end, other, _turned in ways]
    best = min(range(4), key=lambda index: (round(gaps[index], 6), index))
    if gaps[best] > tolerance_m:
        metres = {"metres": f"{gaps[best]:,.1f}", "limit": f"{tolerance_m:g}"}
        raise EditingError(Message(_APART, metres), place=ways[best][0])
    end, _other, turned = ways[best]
    other = b[::-1] if turned else b
    run = [*a, *other] if best in {0, 2} else [*other, *a]
    return Joined(LineString(_tidy(run, plane, keep={end})), turned, end)


def replace_stretch(line: LineString, stretch: LineString, *, tolerance_m: float) -> LineString:
    """Have a stretch of a line run as another line does, such as a recorded track.

    The line is kept up to the place nearest to the stretch's start and from the place nearest to its end; what lies between
    is replaced. A stretch that runs against the line is turned round. Where it reaches beyond an end, the line grows.

    Raises
    ------
    EditingError
        If the stretch begins or ends too far from the line, or at one place of it.
    """
    plane = LocalPlane.around(line, stretch)
    points, new = vertices(line), vertices(stretch)
    start, end = nearest_on(points, new[0], plane), nearest_on(points, new[-1], plane)
    for at, place in ((start, new[0]), (end, new[-1])):
        if at.distance_m > tolerance_m and 0 < at.position < len(points) - 1:
            metres = {"metres": f"{at.distance_m:,.1f}", "limit": f"{tolerance_m:g}"}
            raise EditingError(Message(_NOT_ALONG, metres), place=place)
    if start.position == end.position:
        raise EditingError(Message(_NO_STRETCH), place=start.point)
    if start.position > end.position:
        new, start, end = new[::-1], end, start
    before = [] if start.position <= 0 else [*points[: start.segment + 1], start.point]
    after = [] if end.position >= len(points) - 1 else [end.point, *points[end.segment + 1 :]]
    # The very ends of the new stretch give way to the line's own places, where it stays joined to what it was joined to.
    inner = new[1 if before else 0 : len(new) - 1 if after else len(new)]
    return LineString(_tidy([*before, *inner, *after], plane))


def insert_vertex(line: LineString, place: Point, *, tolerance_m: float) -> LineString | None:
    """Give a line a vertex exactly at a position that lies on it.

    Returns
    -------
    LineString or None
        ``None`` if there is a vertex exactly there already, or the position is farther away than the tolerance. A vertex nearer
        than the tolerance is moved there: the position is where others meet the line.
    """
    plane, points = LocalPlane.around(line), vertices(line)
    if place in points:
        return None
    at = nearest_on(points, place, plane)
    if at.distance_m > tolerance_m:
        return None
    for index in (at.segment, at.segment + 1):
        if plane.distance_m(points[index], place) <= min(tolerance_m, SAME_VERTEX_M):
            return LineString([*points[:index], place, *points[index + 1 :]])
    return LineString([*points[: at.segment + 1], place, *points[at.segment + 1 :]])


def merge_ends(lines: Sequence[LineString], place: Point, *, tolerance_m: float) -> dict[int, LineString]:
    """Bring ends of lines that lie near a position together at one place, so that roads meet there.

    They meet at a vertex inside one of the lines if there is one within reach (the through road stays where it is), else at the
    end nearest to the position.

    Returns
    -------
    dict
        Number of the line → the line changed; lines that end there already are left out.

    Raises
    ------
    EditingError
        If fewer than two lines come near.
    """
    plane = LocalPlane.around(*lines, shapely.Point(place)) if lines else LocalPlane(*place)
    ends: list[tuple[float, int, int, Point]] = []
    through: list[tuple[float, Point]] = []
    for number, line in enumerate(lines):
        points = vertices(line)
        for at in (0, len(points) - 1):
            distance = plane.distance_m(points[at], place)
            if distance <= tolerance_m:
                ends.append((distance, number, at, points[at]))
        through += [
            (distance, point)
            for point in points[1:-1]
            if (distance := plane.distance_m(point, place)) <= tolerance_m
        ]
    if not ends or (len(ends) == 1 and not through):
        raise EditingError(Message(_ONE_END, {"count": len(ends), "limit": f"{tolerance_m:g}"}), place=place)
    target = min(through)[1] if through else min(ends)[3]
    changed: dict[int, LineString] = {}
    for _distance, number, at, point in ends:
        if point != target:
            points = vertices(changed.get(number, lines[number]))
            points[at] = target
            tidy = _tidy(points, plane, keep={target})
            if len(tidy) > 1:
                changed[number] = LineString(tidy)
    return changed


def crossings_without_vertex(line: LineString, other: LineString) -> list[Point]:
    """Return where two lines cross or touch although they share no vertex there."""
    shared = set(vertices(line)) & set(vertices(other))
    plane = LocalPlane.around(line, other)
    found: list[Point] = []
    for part in shapely.get_parts(shapely.intersection(line, other)):
        if part.geom_type == "Point" and not part.is_empty:
            point = (float(part.x), float(part.y))
            if all(plane.distance_m(point, vertex) > SAME_VERTEX_M for vertex in shared):
                found.append(point)
    return found


def self_crossing(line: LineString) -> Point | None:
    """Return a place where a line crosses or touches itself other than by closing to a ring; ``None`` if there is none."""
    if line.is_simple:
        return None
    points = vertices(line)
    segments = [LineString(pair) for pair in pairwise(points) if pair[0] != pair[1]]
    tree = shapely.STRtree(segments)
    left, right = tree.query(segments, predicate="intersects")
    for a, b in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if b <= a:
            continue
        common = segments[a].intersection(segments[b])
        neighbours = b == a + 1 or (a == 0 and b == len(segments) - 1 and points[0] == points[-1])
        if common.is_empty or (neighbours and common.geom_type == "Point"):
            continue
        where = common.representative_point()
        return float(where.x), float(where.y)
    return points[0]


def _tidy(points: Iterable[Point], plane: LocalPlane, *, keep: set[Point] | None = None) -> list[Point]:
    """Drop vertices that stand on one another; of two the one to keep stays, else the first."""
    result: list[Point] = []
    for point in points:
        if result and plane.distance_m(result[-1], point) <= SAME_VERTEX_M:
            if keep and point in keep:
                result[-1] = point
            continue
        result.append(point)
    return result


def _length(points: Sequence[Point], plane: LocalPlane) -> float:
    return sum(plane.distance_m(a, b) for a, b in pairwise(points))
