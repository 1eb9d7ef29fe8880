"""The road network: routes, county and township roads, village roads, each a way through the mesh."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from shapely import Polygon
from shapely.geometry import Point

from .base import XY, Unit, distance, to_local
from .ground import Grid
from .mesh import Mesh
from .names import STREETS_ALONG_X, STREETS_ALONG_Y
from .net import Edge, Net, Road, cheapest_path, key
from .routes import ROUTES, Route, Stop
from .settle import PLAIN_TOWNS, Home


class RoadBuilder:
    """Picks ways through a mesh and lays them on its net."""

    def __init__(self, mesh: Mesh, grids: Sequence[Grid], units: Sequence[Unit]) -> None:
        self.mesh = mesh
        self.net: Net = mesh.net
        self.grids = grids
        self.units = {unit.code: unit for unit in units}
        self.streets: dict[Edge, str] = {}
        self.seat_node = {unit.code: mesh.nearest(unit.seat) for unit in units}
        self.exits: list[tuple[int, XY, Road]] = []

    def lay_streets(self) -> None:
        """Lay every street of every town's grid."""
        for edge, grid, along, line in self.mesh.street_edges:
            names = (STREETS_ALONG_X if along == "x" else STREETS_ALONG_Y).get(grid.name, [])
            name = names[line] if line < len(names) else ""
            main = line in (grid.primary_y if along == "x" else grid.primary_x)
            self.streets[edge] = name
            width = (28.0 if main else 16.0) if grid.name in ("core", "industry") else (12.0 if main else 7.0)
            self.net.add_edge(*edge, Road("街道", name, width_m=width))

    def lay(self, path: Sequence[int], road: Road) -> None:
        """Lay a road along a path of the mesh; a street keeps its name and takes the class."""
        for a, b in itertools.pairwise(path):
            edge = key(a, b)
            known = self.net.roads.get(edge)
            if edge in self.streets and known is not None:
                if road.rank < known.rank:
                    self.net.change(edge, road_class=road.road_class, ref=road.ref)
                continue
            self.net.add_edge(a, b, road)

    def way(self, start: int, end: int, rank: int) -> list[int]:
        """Return the cheapest way, which likes roads of at least this rank and shuns streets and zigzags."""

        def cost(a: int, b: int, length: float) -> float:
            edge = key(a, b)
            road = self.net.roads.get(edge)
            liking = self.mesh.noise.get(edge, 1.0)
            if road is None:
                return length * liking
            if edge in self.streets:
                return length * 1.0
            return length * (0.5 if road.rank <= rank else 0.62)

        return cheapest_path(self.mesh.links, start, lambda node: node == end, cost)

    def _stop(self, stop: Stop) -> int:
        if isinstance(stop, tuple):
            return self.mesh.nearest(to_local(*stop))
        if not stop.startswith("@"):
            return self.seat_node[f"640181{stop}"]
        name, side = stop[1:].split("-")
        index = next(i for i, grid in enumerate(self.grids) if grid.name == name)
        grid, nodes = self.grids[index], self.mesh.grid_nodes[index]
        last_x, last_y = len(grid.xs) - 1, len(grid.ys) - 1
        mid_x, mid_y = len(grid.xs) // 2, len(grid.ys) // 2
        return nodes[{"n": (mid_x, last_y), "s": (mid_x, 0), "e": (last_x, mid_y), "w": (0, mid_y)}[side]]

    def lay_routes(self, county: Polygon) -> None:
        """Lay national, provincial and county roads between their stops, and on to the county's edge."""
        for route in sorted(ROUTES, key=lambda route: Road(route.road_class).rank):
            self._lay_route(route, county)

    def _lay_route(self, route: Route, county: Polygon) -> None:
        width = {"国道": 15.0, "省道": 12.0, "县道": 8.0}[route.road_class]
        road = Road(route.road_class, route.name, route.ref, width_m=width)
        nodes = [self._stop(stop) for stop in route.stops]
        for a, b in itertools.pairwise(nodes):
            self.lay(self.way(a, b, road.rank), road)
        for node, stop in ((nodes[0], route.stops[0]), (nodes[-1], route.stops[-1])):
            if isinstance(stop, tuple):
                here = self.net.xy[node]
                edge_of_county = county.exterior.interpolate(county.exterior.project(Point(here)))
                self.exits.append((node, (edge_of_county.x, edge_of_county.y), road))

    def join_villages(self, homes: Sequence[Home], rng: random.Random) -> None:
        """Join every seat to its township's centre and to its neighbours, then every hamlet to its seat."""
        units = list(self.units.values())
        number = 200
        for unit in units:
            centre = next(u for u in units if u.town == unit.town)
            if unit.code == centre.code:
                continue
            path = self.way(self.seat_node[unit.code], self.seat_node[centre.code], 4)
            self.lay(path, Road("乡道", width_m=6.0))
        for unit in units:
            near = sorted(units, key=lambda other: distance(unit.seat, other.seat))[1:4]
            for other in near:
                span = distance(unit.seat, other.seat)
                limit = 4200 if unit.town in PLAIN_TOWNS else 14000
                if span > limit or unit.code > other.code or unit.town == "640181001":
                    continue
                number += 1
                road = Road("乡道", f"{unit.specific[0]}{other.specific[0]}路", f"Y示{number}", width_m=6.0)
                self.lay(self.way(self.seat_node[unit.code], self.seat_node[other.code], 4), road)
        for home in homes:
            if home.node is not None and home.node != self.seat_node[home.unit.code]:
                plain = home.unit.town in PLAIN_TOWNS
                road = (
                    Road("村道", width_m=4.5) if plain or rng.random() < 0.6 else Road("机耕路", width_m=3.0)
                )
                self.lay(self.way(home.node, self.seat_node[home.unit.code], 6), road)

    def lay_field_roads(self, count: int, rng: random.Random) -> None:
        """Close some of the gaps between village roads, as farm roads do in an irrigated plain."""
        used = {
            node for node, others in self.net.neighbours.items() if others and node not in self.mesh.grid_set
        }
        candidates = [
            edge for edge in sorted(self.mesh.edges)
            if edge not in self.net.roads and edge[0] in used and edge[1] in used
            and 150 < distance(self.net.xy[edge[0]], self.net.xy[edge[1]]) < 520
        ]  # fmt: skip
        rng.shuffle(candidates)
        for a, b in candidates[:count]:
            if len(self.net.neighbours[a]) < 4 and len(self.net.neighbours[b]) < 4:
                self.net.add_edge(
                    a, b, Road(rng.choices(["机耕路", "村道", "小路"], [0.55, 0.3, 0.15])[0], width_m=3.0)
                )

    def reach_the_edge(self, river_west_of_m: float) -> None:
        """Lead the main roads out of the county; over the river by a bridge."""
        for node, point, road in self.exits:
            over_river = point[0] < river_west_of_m
            if self.net.is_free(self.net.xy[node], point, but=[node]):
                beyond = self.net.add_node(point)
                self.net.add_edge(node, beyond, Road(road.road_class, road.name, road.ref, bridge=over_river,
                                                     layer=int(over_river), width_m=road.width_m))  # fmt: skip
