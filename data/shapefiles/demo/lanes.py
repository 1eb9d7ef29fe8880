"""Small ways: lanes within blocks and hamlets, lanes that lead nowhere else, one-way streets."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from shapely.geometry import Point

from .base import XY, Unit, distance
from .divisions import Boundaries
from .ground import Grid
from .mesh import Mesh
from .names import LANES, STREETS_ALONG_X, numeral
from .net import Edge, Net, Road, key
from .settle import Home


class _Middles:
    """A node in the middle of a street between two crossings, made when first asked for."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.known: dict[Edge, int] = {}

    def has(self, a: int, b: int) -> bool:
        """Tell whether there is a street between two crossings."""
        return key(a, b) in self.known or key(a, b) in self.net.roads

    def of(self, a: int, b: int) -> int:
        """Return the node in the middle of the street between two crossings."""
        edge = key(a, b)
        if edge not in self.known:
            self.known[edge] = self.net.split(a, b, [distance(self.net.xy[a], self.net.xy[b]) / 2])[1]
        return self.known[edge]


def lay_block_lanes(mesh: Mesh, grids: Sequence[Grid], rng: random.Random) -> None:
    """Cut most blocks of the towns by one or two lanes; some of the county town's lanes are numbered."""
    net, middles = mesh.net, _Middles(mesh.net)
    numbers: dict[str, int] = {}
    for grid, nodes in zip(grids, mesh.grid_nodes, strict=True):
        streets = STREETS_ALONG_X.get(grid.name, [])
        for block in grid.blocks:
            sw, se, ne, nw = (nodes[corner] for corner in grid.corners(block))
            pattern = rng.choices(["cross", "we", "sn", "none"], [0.5, 0.2, 0.17, 0.13])[0]
            if not all(middles.has(*side) for side in ((sw, se), (se, ne), (nw, ne), (sw, nw))):
                continue
            name = ""
            street = streets[block[1]].removesuffix("路") if grid.name == "core" else ""
            if street and pattern in ("we", "cross") and rng.random() < 0.45:
                numbers[street] = numbers.get(street, 0) + 1
                name = f"{street}{numeral(numbers[street])}巷"
            middle = (
                net.add_node(_mean([net.xy[n] for n in (sw, se, ne, nw)], rng))
                if pattern == "cross"
                else None
            )
            if pattern in ("we", "cross"):
                _lay_through(
                    net, middles.of(sw, nw), middle, middles.of(se, ne), Road("巷", name, width_m=5.0)
                )
            if pattern in ("sn", "cross"):
                _lay_through(net, middles.of(sw, se), middle, middles.of(nw, ne), Road("巷", width_m=4.5))


def _mean(points: Sequence[XY], rng: random.Random) -> XY:
    x, y = sum(p[0] for p in points) / 4, sum(p[1] for p in points) / 4
    return x + rng.uniform(-18, 18), y + rng.uniform(-18, 18)


def _lay_through(net: Net, a: int, middle: int | None, b: int, road: Road) -> None:
    if middle is None:
        net.add_edge(a, b, road)
    else:
        net.add_edge(a, middle, road)
        net.add_edge(middle, b, road)


def lay_hamlet_lanes(net: Net, homes: Sequence[Home], rng: random.Random) -> dict[int, list[Edge]]:
    """Lay a few lanes off the roads at every hamlet. Returns the lanes by the hamlet's node."""
    lanes: dict[int, list[Edge]] = {}
    for home in homes:
        if home.node is None:
            continue
        wanted = 2 + int(home.weight > 0.7) + int(home.weight > 1.0) + int(home.weight > 1.35)
        lanes[home.node] = _comb(net, home.node, wanted, rng)
    return lanes


def _comb(net: Net, node: int, wanted: int, rng: random.Random) -> list[Edge]:
    """Lay up to ``wanted`` lanes square to the roads that meet at ``node``."""
    laid: list[Edge] = []
    for other in sorted(net.neighbours[node]):
        road = net.roads[key(node, other)]
        here, there = net.xy[node], net.xy[other]
        length = distance(here, there)
        if road.rank in (0, 1) or road.bridge or length < 130 or len(laid) >= wanted:
            continue
        spots = [
            m
            for m in (52 + rng.uniform(-8, 8), 108 + rng.uniform(-8, 8), 166 + rng.uniform(-8, 8))
            if m < length * 0.55
        ]
        ends: list[tuple[float, XY]] = []
        for metres in spots:
            if len(laid) + len(ends) >= wanted:
                break
            side = rng.choice((-1, 1))
            reach = rng.uniform(70, 135)
            dx, dy = (there[0] - here[0]) / length, (there[1] - here[1]) / length
            foot = (here[0] + dx * metres, here[1] + dy * metres)
            for sign in (side, -side):
                end = (foot[0] - dy * reach * sign, foot[1] + dx * reach * sign)
                start = (foot[0] - dy * 20 * sign, foot[1] + dx * 20 * sign)
                if net.is_free(start, end):
                    ends.append((metres, end))
                    break
        if ends:
            chain = net.split(node, other, [metres for metres, _end in ends])
            for foot_node, (_metres, end) in zip(chain[1:-1], ends, strict=True):
                tip = net.add_node(end)
                net.add_edge(foot_node, tip, Road("巷", width_m=3.5))
                laid.append(key(foot_node, tip))
    return laid


def lay_island(net: Net, unit: Unit, boundaries: Boundaries, rng: random.Random) -> tuple[XY, list[Edge]]:
    """Lay a lane with a side lane in the open, joined to nothing. Returns the hamlet's point and the lanes."""
    centre = remote_spot(net, unit, boundaries, rng, clear_m=800, reach_m=1600)
    angle = rng.uniform(0, math.pi)
    dx, dy = math.cos(angle), math.sin(angle)
    a, m, b = (net.add_node((centre[0] + dx * t, centre[1] + dy * t)) for t in (-160, 10, 170))
    side = net.add_node((net.xy[m][0] - dy * 110, net.xy[m][1] + dx * 110))
    for u, v in ((a, m), (m, b), (m, side)):
        net.add_edge(u, v, Road("巷", width_m=3.0))
    return (centre[0] + dy * 30, centre[1] - dx * 30), [key(a, m), key(m, b), key(m, side)]


def remote_spot(
    net: Net, unit: Unit, boundaries: Boundaries, rng: random.Random, *, clear_m: float, reach_m: float
) -> XY:
    """Return a point of the unit between ``clear_m`` and ``reach_m`` metres from the nearest road."""
    shape = boundaries.units[unit.code].buffer(-600)
    min_x, min_y, max_x, max_y = shape.bounds
    for _attempt in range(20_000):
        spot = (rng.uniform(min_x, max_x), rng.uniform(min_y, max_y))
        if shape.covers(Point(spot)) and clear_m < net.metres_to_road(spot, within=reach_m + 400) < reach_m:
            return spot
    raise RuntimeError(f"no remote spot in {unit.name}")


def make_one_way(net: Net) -> None:
    """Make some of the county town's narrow streets one-way, and give one lane to walkers."""
    for edge in sorted(net.roads):
        road = net.roads[edge]
        if road.name in LANES["one-way east"]:
            a, b = edge
            if net.xy[a][0] > net.xy[b][0]:
                a, b = b, a
            net.direction[edge] = (a, b)
            net.change(edge, oneway="是")
        elif road.name in LANES["one-way against"]:
            a, b = edge
            if net.xy[a][1] > net.xy[b][1]:
                a, b = b, a
            net.direction[edge] = (a, b)
            net.change(edge, oneway="反向")
        elif road.name in LANES["walkers only"]:
            net.change(edge, road_class="步行街")
