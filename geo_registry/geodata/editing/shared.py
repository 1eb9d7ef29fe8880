"""Borders that areas share: when one is moved, those on the other side go with it, so that neither gap nor overlap arises.

A border is stored once in each area that has it. What a person did to one of them is read from the vertices that changed: a
*chain* of the old outline between two vertices that stayed, and the chain that took its place. Whatever of another outline ran
along the old chain runs along the new one instead; a border that ended on the old chain (where three areas meet) ends at the
corresponding place of the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from .lines import SAME_VERTEX_M, nearest_on, vertices
from .plane import LocalPlane, Point

Ring = list[Point]

# A share of a segment that is nothing.
_A_VERTEX = 1e-9
_A_MILLIMETRE_DEG = 1e-8
# Beyond so many pairs of vertices in one stretch, places correspond by their share of the length.
_MAX_PAIRS = 1_000_000


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another area that may share a border.

    Parameters
    ----------
    area : MultiPolygon
    beside : bool
        Whether it lies beside the area that is changed; False for one that holds it or lies in it.
    """

    area: MultiPolygon
    beside: bool = True


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of all areas.

    Parameters
    ----------
    area : MultiPolygon
        The one that was changed, with a vertex wherever another border ends on it.
    others : dict of int to MultiPolygon
        Number of the neighbour → its new outline; those that stay as they are are left out.
    """

    area: MultiPolygon
    others: dict[int, MultiPolygon]


@dataclass(slots=True)
class _Chain:
    """A stretch of outline before and after."""

    old: Ring
    new: Ring
    # Places of the new chain at which other borders end, by segment and fraction.
    ends: list[tuple[float, Point]] = field(default_factory=list)
    knots: list[tuple[int, int]] = field(default_factory=list)

    def at(self, position: float, plane: LocalPlane) -> tuple[float, Point]:
        """Return the place of the new chain that corresponds to one of the old, as segment + fraction and as a point."""
        mapped = self._mapped(position, plane)
        index = min(int(mapped), len(self.new) - 2)
        fraction = mapped - index
        if fraction <= _A_VERTEX:
            return float(index), self.new[index]
        if fraction >= 1 - _A_VERTEX:
            return float(index + 1), self.new[index + 1]
        a, b = self.new[index], self.new[index + 1]
        return mapped, (a[0] + (b[0] - a[0]) * fraction, a[1] + (b[1] - a[1]) * fraction)

    def _mapped(self, position: float, plane: LocalPlane) -> float:
        if not self.knots:
            self.knots = _knots(self.old, self.new, plane)
        was, now = (list(side) for side in zip(*self.knots, strict=True))
        if position in was:
            return float(now[was.index(position)])
        old, new = _along(self.old, plane), _along(self.new, plane)
        metres = np.interp(position, range(len(old)), old)
        there = np.interp(metres, [old[i] for i in was], [new[i] for i in now])
        return float(np.interp(there, new, range(len(new))))


def _knots(old: Ring, new: Ring, plane: LocalPlane) -> list[tuple[int, int]]:
    """Return which vertices of two chains are one another's, ends included, in order.

    Where there are as many as before, each is its namesake. Where vertices came or went besides, the order-keeping pairing with
    the least way to go is taken: of what a hand did between two looks it is the likeliest.
    """
    m, k = len(old) - 1, len(new) - 1
    if m == k:
        return [(index, index) for index in range(m + 1)]
    if (m - 1) * (k - 1) == 0 or m * k > _MAX_PAIRS:
        return [(0, 0), (m, k)]
    a, b = plane.metres(old[1:-1]), plane.metres(new[1:-1])
    apart = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    turned = len(a) > len(b)
    if turned:
        apart = apart.T
    # cost[i, j]: the first i of the fewer vertices paired with i of the first j of the more.
    fewer, more = apart.shape
    cost = np.full((fewer + 1, more + 1), np.inf)
    cost[0] = 0
    for i in range(1, fewer + 1):
        for j in range(i, more + 1):
            cost[i, j] = min(cost[i, j - 1], cost[i - 1, j - 1] + apart[i - 1, j - 1])
    pairs, i, j = [], fewer, more
    while i:
        if cost[i, j] == cost[i, j - 1]:
            j -= 1
        else:
            pairs.append((j, i) if turned else (i, j))
            i, j = i - 1, j - 1
    return [(0, 0), *reversed(pairs), (m, k)]


def move_border(
    old: MultiPolygon, new: MultiPolygon, neighbours: Sequence[Neighbour], *, tolerance_m: float = 0.5
) -> Moved:
    """Have neighbours follow a change of one area.

    Parameters
    ----------
    old, new : MultiPolygon
        The area before and after; vertices that were not touched have the same numbers in both.
    neighbours : sequence of Neighbour
        As they are now.
    tolerance_m : float
        Borders no farther apart are the same border: files seldom agree to the last digit.

    Returns
    -------
    Moved
        Areas whose outline was redrawn from end to end (no two vertices kept) take from their neighbours what they gained, and
        leave what they lost to the neighbour with the longest border to it.
    """
    plane = LocalPlane.around(old, new)
    chains, whole = _chains(old, new)
    areas = {number: neighbour.area for number, neighbour in enumerate(neighbours)}
    changed: dict[int, MultiPolygon] = {}
    for number, neighbour in enumerate(neighbours):
        rings = _rings(areas[number])
        touched = False
        for chain in chains:
            near = _box_near(chain.old, areas[number], tolerance_m, plane)
            for polygon in rings if near else []:
                for at, ring in enumerate(polygon):
                    pulled = _pull(ring, chain, tolerance_m, plane)
                    if pulled is not None:
                        polygon[at], touched = pulled, True
        if touched:
            changed[number] = _rebuilt(rings, neighbour.area)
    area = _with_ends(new, chains)
    if whole:
        beside = {n: changed.get(n, areas[n]) for n, neighbour in enumerate(neighbours) if neighbour.beside}
        changed |= _trade(old, new, beside)
    return Moved(
        area, {number: shape for number, shape in changed.items() if not _same(shape, areas[number])}
    )


def moved_vertices(old: LineString, new: LineString) -> dict[Point, Point]:
    """Return which vertices of a line stand elsewhere after an edit, with their new places.

    Only where as many vertices stand for as many before can it be told which is which.
    """
    before, after = vertices(old), vertices(new)
    moves: dict[Point, Point] = {}
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            moves |= dict(zip(before[i1:i2], after[j1:j2], strict=True))
    return moves


def pull_vertices(line: LineString, moves: dict[Point, Point]) -> LineString | None:
    """Have a line follow where vertices that it shares have moved; ``None`` if it shares none of them."""
    points = vertices(line)
    pulled = [_moved_to(point, moves) for point in points]
    if pulled == points:
        return None
    kept = [point for index, point in enumerate(pulled) if index == 0 or point != pulled[index - 1]]
    return LineString(kept) if len(kept) > 1 else None


def _moved_to(point: Point, moves: dict[Point, Point]) -> Point:
    if point in moves:
        return moves[point]
    plane = LocalPlane(*point)
    return next(
        (new for old, new in moves.items() if plane.distance_m(old, point) <= SAME_VERTEX_M),
        point,
    )


# -- what was done to the outline --------------------------------------------------------------


def _chains(old: MultiPolygon, new: MultiPolygon) -> tuple[list[_Chain], bool]:
    """Return the stretches that changed, and whether a whole ring was redrawn, added or taken away."""
    before = [ring for polygon in _rings(old) for ring in polygon]
    after = [ring for polygon in _rings(new) for ring in polygon]
    whole = len(before) != len(after)
    chains: list[_Chain] = []
    for ring in before:
        points = set(ring)
        kept, match = max(((len(points & set(other)), i) for i, other in enumerate(after)), default=(0, -1))
        if kept < 2:
            whole = True
            continue
        chains += _ring_chains(ring, after.pop(match))
    return chains, whole or bool(after)


def _ring_chains(old: Ring, new: Ring) -> list[_Chain]:
    """Return the stretches in which two outlines with common vertices differ."""
    old, new = old[:-1], new[:-1]
    if (_signed(old) > 0) != (_signed(new) > 0):
        new = new[::-1]
    common = set(new)
    start = next(index for index, point in enumerate(old) if point in common)
    old = old[start:] + old[:start]
    first = new.index(old[0])
    new = new[first:] + new[:first]
    old, new = [*old, old[0]], [*new, new[0]]
    chains = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            chains.append(_Chain(old[i1 - 1 : i2 + 1], new[j1 - 1 : j2 + 1]))
    return chains


def _signed(ring: Ring) -> float:
    xy = np.array(ring)
    x, y = xy[:, 0] - xy[0, 0], xy[:, 1] - xy[0, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


# -- what follows for another outline ----------------------------------------------------------


def _pull(ring: Ring, chain: _Chain, tolerance_m: float, plane: LocalPlane) -> Ring | None:
    """Return another outline with what ran along the old chain running along the new one; ``None`` if nothing did."""
    points = _with_vertices(ring[:-1], chain.old, tolerance_m, plane)
    positions = [_position(point, chain.old, tolerance_m, plane) for point in points]
    if all(position is None for position in positions):
        return None
    count = len(points)
    # Begin where no run passes over the seam.
    joined = [_runs_along(positions, points, i, chain.old, tolerance_m, plane) for i in range(count)]
    seam = next((i for i in range(count) if not joined[i - 1]), 0)
    result: Ring = []
    index, done = 0, False
    while index < count:
        at = (seam + index) % count
        length = 1
        while index + length < count and joined[(at + length - 1) % count]:
            length += 1
        run = [(at + step) % count for step in range(length)]
        places = [positions[i] for i in run]
        if places[0] is None:
            result += [points[i] for i in run]
        else:
            pulled = _along_new(places[0], places[-1] or 0.0, chain, plane)
            done = done or pulled != [points[i] for i in run]
            result += pulled
        index += length
    if not done:
        return None
    result = [point for i, point in enumerate(result) if point != result[i - 1]]
    return [*result, result[0]] if len(result) >= 3 else None


def _runs_along(
    positions: Sequence[float | None],
    points: Ring,
    index: int,
    chain: Ring,
    tolerance_m: float,
    plane: LocalPlane,
) -> bool:
    """Tell whether the edge from one vertex of the other outline to the next lies on the chain."""
    following = (index + 1) % len(points)
    a, b = positions[index], positions[following]
    if a is None or b is None or a == b:
        return False
    low, high = min(a, b), max(a, b)
    edge = [points[index], points[following]]
    between = [chain[i] for i in range(int(low) + 1, int(np.ceil(high)))]
    return all(nearest_on(edge, vertex, plane).distance_m <= tolerance_m for vertex in between)


def _along_new(start: float, end: float, chain: _Chain, plane: LocalPlane) -> Ring:
    """Return the new chain between the places that correspond to two of the old."""
    (a, first), (b, last) = chain.at(start, plane), chain.at(end, plane)
    for position, point in ((a, first), (b, last)):
        if position != int(position):
            chain.ends.append((position, point))
    if start == end:
        return [first]
    low, high = min(a, b), max(a, b)
    inner = [chain.new[i] for i in range(len(chain.new)) if low < i < high]
    return [first, *(inner if a <= b else inner[::-1]), last]


def _with_vertices(points: Ring, chain: Ring, tolerance_m: float, plane: LocalPlane) -> Ring:
    """Give an outline a vertex wherever one of the chain lies on it."""
    result = list(points)
    for vertex in chain:
        closed = [*result, result[0]]
        at = nearest_on(closed, vertex, plane)
        if at.distance_m > tolerance_m or vertex in result:
            continue
        ends = (closed[at.segment], closed[at.segment + 1])
        if min(plane.distance_m(end, vertex) for end in ends) > tolerance_m:
            result.insert(at.segment + 1, vertex)
    return result


def _position(point: Point, chain: Ring, tolerance_m: float, plane: LocalPlane) -> float | None:
    at = nearest_on(chain, point, plane)
    if at.distance_m > tolerance_m:
        return None
    for index in (at.segment, at.segment + 1):
        if plane.distance_m(chain[index], point) <= tolerance_m:
            return float(index)
    return at.position


def _with_ends(area: MultiPolygon, chains: Sequence[_Chain]) -> MultiPolygon:
    """Give the changed area a vertex wherever another border now ends on it."""
    wanted = {point for chain in chains for _position, point in chain.ends}
    if not wanted:
        return area
    plane = LocalPlane.around(area)
    rings = _rings(area)
    for polygon in rings:
        for index, ring in enumerate(polygon):
            points = ring[:-1]
            for point in wanted - set(points):
                at = nearest_on([*points, points[0]], point, plane)
                if at.distance_m <= SAME_VERTEX_M:
                    points.insert(at.segment + 1, point)
            polygon[index] = [*points, points[0]]
    return _rebuilt(rings, area)


def _trade(old: MultiPolygon, new: MultiPolygon, others: dict[int, MultiPolygon]) -> dict[int, MultiPolygon]:
    """Take from others what was gained; leave to one of them each piece that was lost."""
    gained, lost = shapely.difference(new, old), shapely.difference(old, new)
    changed = {
        number: as_multi(shapely.difference(area, gained))
        for number, area in others.items()
        if area.intersects(gained)
    }
    for piece in as_multi(lost).geoms:
        # Cut edges lie beside the borders they were cut from by the last digit.
        borders = {
            number: piece.boundary.intersection(changed.get(number, area).buffer(_A_MILLIMETRE_DEG)).length
            for number, area in others.items()
        }
        best = max(borders, key=lambda number: borders[number], default=None)
        if best is not None and borders[best] > 0:
            changed[best] = as_multi(shapely.union(changed.get(best, others[best]), piece))
    return changed


# -- rings and areas ---------------------------------------------------------------------------


def as_multi(area: BaseGeometry) -> MultiPolygon:
    """Return an area as a multipolygon; points and lines that an overlay left are dropped."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and not part.is_empty]
    parts += [
        inner
        for part in shapely.get_parts(area)
        if part.geom_type == "MultiPolygon"
        for inner in shapely.get_parts(part)
    ]
    return MultiPolygon(parts)


def _rings(area: MultiPolygon) -> list[list[Ring]]:
    return [
        [
            [(float(x), float(y)) for x, y in ring.coords]
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        for polygon in area.geoms
    ]  # fmt: skip


def _rebuilt(rings: list[list[Ring]], fallback: MultiPolygon) -> MultiPolygon:
    polygons = [Polygon(polygon[0], polygon[1:]) for polygon in rings if polygon and len(polygon[0]) >= 4]
    return MultiPolygon(polygons) if polygons else fallback


def _along(ring: Ring, plane: LocalPlane) -> list[float]:
    total = [0.0]
    for a, b in pairwise(ring):
        total.append(total[-1] + plane.distance_m(a, b))
    return total


def _box_near(chain: Ring, area: MultiPolygon, tolerance_m: float, plane: LocalPlane) -> bool:
    margin = 2 * tolerance_m / min(plane.scale)
    xy = np.array(chain)
    west, south = xy.min(axis=0) - margin
    east, north = xy.max(axis=0) + margin
    w, s, e, n = area.bounds
    return bool(w <= east and e >= west and s <= north and n >= south)


def _same(a: MultiPolygon, b: MultiPolygon) -> bool:
    return shapely.to_wkb(a) == shapely.to_wkb(b)
