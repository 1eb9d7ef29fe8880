"""A drawing of roads as nodes and straight edges, with attributes; it stays noded whatever is put in."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from .base import XY, distance

Edge = tuple[int, int]

# Rank of a class: smaller is more important. The Chinese word is what the file says.
RANKS = {
    "高速": 0,
    "国道": 1,
    "省道": 2,
    "县道": 3,
    "乡道": 4,
    "街道": 5,
    "村道": 6,
    "巷": 7,
    "机耕路": 8,
    "小路": 9,
    "步行街": 7,
}


@dataclass(frozen=True)
class Road:
    """What is known of a stretch of road."""

    road_class: str
    name: str = ""
    ref: str = ""
    oneway: str = "否"
    bridge: bool = False
    layer: int = 0
    foot: str = ""
    width_m: float = 0.0

    @property
    def rank(self) -> int:
        """How important the road is: 0 is a motorway."""
        return RANKS[self.road_class]


def key(a: int, b: int) -> Edge:
    """Return the edge between two nodes, whichever way it is given."""
    return (a, b) if a < b else (b, a)


def crosses(p: XY, q: XY, r: XY, s: XY) -> bool:
    """Tell whether the segments pq and rs meet."""

    def side(a: XY, b: XY, c: XY) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(p, q, r) * side(p, q, s) <= 0 and side(r, s, p) * side(r, s, q) <= 0


def meeting_point(p: XY, q: XY, r: XY, s: XY) -> XY:
    """Return where the lines pq and rs meet (they must not be parallel)."""
    d = (q[0] - p[0]) * (s[1] - r[1]) - (q[1] - p[1]) * (s[0] - r[0])
    t = ((r[0] - p[0]) * (s[1] - r[1]) - (r[1] - p[1]) * (s[0] - r[0])) / d
    return p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])


def distance_to_segment(point: XY, a: XY, b: XY) -> float:
    """Return metres from ``point`` to the segment ab."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    t = (
        0.0
        if length2 == 0
        else max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length2))
    )
    return distance(point, (a[0] + t * dx, a[1] + t * dy))


class Net:
    """Nodes with coordinates, and the edges that are roads."""

    cell_m = 250.0

    def __init__(self) -> None:
        self.xy: list[XY] = []
        self.roads: dict[Edge, Road] = {}
        self.direction: dict[Edge, Edge] = {}
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        self._cells: dict[tuple[int, int], set[Edge]] = defaultdict(set)

    def add_node(self, point: XY) -> int:
        """Take a node in; returns its number."""
        self.xy.append(point)
        return len(self.xy) - 1

    def _cells_of(self, a: XY, b: XY, margin: float = 0.0) -> Iterator[tuple[int, int]]:
        """Yield the cells that the segment passes through, or comes within ``margin`` metres of."""
        pieces = max(1, math.ceil(distance(a, b) / self.cell_m))
        seen = set()
        for piece in range(pieces):
            t0, t1 = piece / pieces, (piece + 1) / pieces
            xs = sorted((a[0] + (b[0] - a[0]) * t0, a[0] + (b[0] - a[0]) * t1))
            ys = sorted((a[1] + (b[1] - a[1]) * t0, a[1] + (b[1] - a[1]) * t1))
            for i in range(int((xs[0] - margin) // self.cell_m), int((xs[1] + margin) // self.cell_m) + 1):
                for j in range(
                    int((ys[0] - margin) // self.cell_m), int((ys[1] + margin) // self.cell_m) + 1
                ):
                    if (i, j) not in seen:
                        seen.add((i, j))
                        yield i, j

    def add_edge(self, a: int, b: int, road: Road) -> None:
        """Lay a road between two nodes, drawn from ``a`` to ``b``; a more important one replaces what is there."""
        edge = key(a, b)
        known = self.roads.get(edge)
        if known is not None and known.rank <= road.rank:
            return
        self.roads[edge] = road
        self.direction[edge] = (a, b)
        self.neighbours[a].add(b)
        self.neighbours[b].add(a)
        for cell in self._cells_of(self.xy[a], self.xy[b]):
            self._cells[cell].add(edge)

    def remove_edge(self, a: int, b: int) -> Road:
        """Take a road up and return what it was."""
        edge = key(a, b)
        for cell in self._cells_of(self.xy[a], self.xy[b]):
            self._cells[cell].discard(edge)
        self.neighbours[a].discard(b)
        self.neighbours[b].discard(a)
        del self.direction[edge]
        return self.roads.pop(edge)

    def change(self, edge: Edge, **values: object) -> None:
        """Change attributes of one edge."""
        self.roads[edge] = replace(self.roads[edge], **values)  # type: ignore[arg-type]

    def split(self, a: int, b: int, at: list[float]) -> list[int]:
        """Put nodes into the edge at metres from ``a``; returns the chain of nodes from ``a`` to ``b``."""
        forward = self.direction[key(a, b)] == (a, b)
        road = self.remove_edge(a, b)
        pa, pb = self.xy[a], self.xy[b]
        length = distance(pa, pb)
        chain = [a]
        for metres in at:
            t = metres / length
            chain.append(self.add_node((pa[0] + (pb[0] - pa[0]) * t, pa[1] + (pb[1] - pa[1]) * t)))
        chain.append(b)
        for u, v in itertools.pairwise(chain):
            self.add_edge(*((u, v) if forward else (v, u)), road)
        return chain

    def near(self, a: XY, b: XY, margin: float) -> set[Edge]:
        """Return edges that may come within ``margin`` metres of the segment ab."""
        return {edge for cell in self._cells_of(a, b, margin) for edge in self._cells.get(cell, ())}

    def is_free(self, a: XY, b: XY, *, but: Iterable[int] = (), margin: float = 18.0) -> bool:
        """Tell whether a new segment keeps ``margin`` metres from every road that does not end at ``but``."""
        allowed = set(but)
        for u, v in self.near(a, b, margin):
            pu, pv = self.xy[u], self.xy[v]
            if u in allowed or v in allowed:
                continue
            if crosses(a, b, pu, pv):
                return False
            gaps = (distance_to_segment(a, pu, pv), distance_to_segment(b, pu, pv),
                    distance_to_segment(pu, a, b), distance_to_segment(pv, a, b))  # fmt: skip
            if min(gaps) < margin:
                return False
        return True

    def metres_to_road(self, point: XY, *, within: float) -> float:
        """Return metres to the nearest road, or infinity if it is farther than ``within``."""
        best = math.inf
        for u, v in self.near(point, point, within):
            best = min(best, distance_to_segment(point, self.xy[u], self.xy[v]))
        return best if best <= within else math.inf

    def chains(self) -> list[tuple[list[int], Road]]:
        """Return the roads as chains of nodes between junctions, each of one kind, in a stable order."""
        left = dict.fromkeys(sorted(self.roads))
        found: list[tuple[list[int], Road]] = []

        def goes_on(node: int, road: Road) -> bool:
            return len(self.neighbours[node]) == 2 and all(
                self.roads[key(node, other)] == road for other in self.neighbours[node]
            )

        while left:
            edge = next(iter(left))
            start, end = self.direction[edge]
            road = self.roads[edge]
            chain = [start, end]
            del left[edge]
            for forward in (True, False):
                while True:
                    tip, before = (chain[-1], chain[-2]) if forward else (chain[0], chain[1])
                    if not goes_on(tip, road):
                        break
                    (onward,) = self.neighbours[tip] - {before}
                    following = key(tip, onward)
                    wanted = (tip, onward) if forward else (onward, tip)
                    if following not in left or (road.oneway != "否" and self.direction[following] != wanted):
                        break
                    del left[following]
                    chain.insert(len(chain) if forward else 0, onward)
            found.append((chain, road))
        return found


def cheapest_path(
    links: dict[int, list[tuple[int, float]]],
    start: int,
    goal: Callable[[int], bool],
    cost: Callable[[int, int, float], float],
) -> list[int]:
    """Return the nodes of the cheapest way from ``start`` to the first node that ``goal`` accepts (empty if none)."""
    best = {start: 0.0}
    came: dict[int, int] = {}
    queue = [(0.0, start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        if so_far > best[node]:
            continue
        if goal(node):
            path = [node]
            while node in came:
                node = came[node]
                path.append(node)
            return path[::-1]
        for other, length in links[node]:
            total = so_far + cost(node, other, length)
            if total < best.get(other, math.inf):
                best[other] = total
                came[other] = node
                heapq.heappush(queue, (total, other))
    return []
