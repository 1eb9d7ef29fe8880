"""The fine mesh of possible ways that roads are picked from, and how picked roads are straightened."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from shapely import LineString, MultiPoint, Polygon, delaunay_triangles, prepare

from .base import XY, distance
from .ground import Grid
from .net import Edge, Net, key

GridEdge = tuple[Edge, Grid, str, int]


class Mesh:
    """Nodes of a net joined by triangles; inside towns only along the streets."""

    def __init__(
        self, net: Net, points: Sequence[XY], grids: Sequence[Grid], county: Polygon, rng: random.Random
    ) -> None:
        self.net = net
        self.grid_nodes: list[dict[tuple[int, int], int]] = []
        self.links: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self.street_edges: list[GridEdge] = []
        self.fixed: set[int] = set()
        self.grid_set: set[int] = set()
        for point in points:
            net.add_node(point)
        for grid in grids:
            self.grid_nodes.append(
                {place: net.add_node(point) for place, point in sorted(grid.points.items())}
            )
        self._triangulate(grids, county)
        self.noise = {edge: rng.uniform(0.92, 1.3) for edge in sorted(self.edges)}
        for a, b in sorted(self.edges):
            length = distance(net.xy[a], net.xy[b])
            self.links[a].append((b, length))
            self.links[b].append((a, length))

    def _triangulate(self, grids: Sequence[Grid], county: Polygon) -> None:
        number = {point: i for i, point in enumerate(self.net.xy)}
        grid_of = {node: index for index, nodes in enumerate(self.grid_nodes) for node in nodes.values()}
        cores = [grid.outline(-2) for grid in grids]
        near = [grid.outline(700) for grid in grids]
        prepare(county)
        for area in [*cores, *near]:
            prepare(area)
        self.triangles: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.edges: set[Edge] = set()
        for triangle in delaunay_triangles(MultiPoint(self.net.xy)).geoms:
            a, b, c = (number[x, y] for x, y in triangle.exterior.coords[:3])
            for node in (a, b, c):
                self.triangles[node].append((a, b, c))
            self.edges.update((key(a, b), key(b, c), key(c, a)))
        for edge in sorted(self.edges):
            a, b = edge
            line = LineString([self.net.xy[a], self.net.xy[b]])
            in_town = a in grid_of and grid_of.get(b) == grid_of[a]
            if in_town or any(core.intersects(line) for core in cores) or not county.covers(line):
                self.edges.discard(edge)
            elif any(area.intersects(line) for area in near):
                self.fixed.update(edge)
        for grid, nodes in zip(grids, self.grid_nodes, strict=True):
            self.fixed.update(nodes.values())
            self.grid_set.update(nodes.values())
            for a, b, along, line in grid.streets():
                edge = key(nodes[a], nodes[b])
                self.edges.add(edge)
                self.street_edges.append((edge, grid, along, line))

    def nearest(self, point: XY) -> int:
        """Return the mesh node nearest to ``point``."""
        return min(self.links, key=lambda node: distance(self.net.xy[node], point))

    def straighten(self, rounds: int) -> None:
        """Move the nodes of roads towards their neighbours, never so far that a triangle would turn over."""
        for _round in range(rounds):
            for node in sorted(self.net.neighbours):
                if node in self.fixed:
                    continue
                ways = sorted(
                    self.net.neighbours[node], key=lambda other: self.net.roads[key(node, other)].rank
                )
                ranks = [self.net.roads[key(node, other)].rank for other in ways]
                if len(ways) < 2 or (len(ways) > 2 and ranks[1] == ranks[2]):
                    continue
                a, b = self.net.xy[ways[0]], self.net.xy[ways[1]]
                self._move(node, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))

    def _move(self, node: int, target: XY) -> None:
        here = self.net.xy[node]
        for step in (0.5, 0.25):
            new = (here[0] + (target[0] - here[0]) * step, here[1] + (target[1] - here[1]) * step)
            if all(self._stays(node, new, triangle) for triangle in self.triangles[node]):
                ways = {
                    other: self.net.remove_edge(node, other) for other in sorted(self.net.neighbours[node])
                }
                self.net.xy[node] = new
                for other, road in ways.items():
                    self.net.add_edge(node, other, road)
                return

    def _stays(self, node: int, new: XY, triangle: tuple[int, int, int]) -> bool:
        before = [self.net.xy[n] for n in triangle]
        after = [new if n == node else self.net.xy[n] for n in triangle]

        def doubled_area(p: list[XY]) -> float:
            return (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[1][1] - p[0][1]) * (p[2][0] - p[0][0])

        old, moved = doubled_area(before), doubled_area(after)
        return old * moved > 0 and abs(moved) > 8000
