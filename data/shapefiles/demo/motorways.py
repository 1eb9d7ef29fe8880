"""Motorways of their own course, bridges where roads cross them, and a few interchanges."""

from __future__ import annotations

import itertools

from shapely import Polygon
from shapely.geometry import Point

from .base import XY, distance, spline, to_local
from .net import Net, Road, crosses, key, meeting_point
from .routes import MOTORWAYS

RAMP_FROM_M, RAMP_TO_M, HALF_BRIDGE_M = 420.0, 110.0, 38.0


def lay_motorways(net: Net, county: Polygon) -> None:
    """Lay the motorways without touching any road; where two of them cross they share a node."""
    for name, ref, points in MOTORWAYS:
        course = [p for p in spline([to_local(*p) for p in points], steps=40) if county.covers(Point(p))]
        nodes = [net.add_node(p) for p in course]
        road = Road("高速", name, ref, foot="否", width_m=26.0)
        for a, b in itertools.pairwise(nodes):
            other = next(
                (e for e in sorted(net.near(net.xy[a], net.xy[b], 1)) if net.roads[e].rank == 0 and not {a, b} & set(e)
                 and crosses(net.xy[a], net.xy[b], net.xy[e[0]], net.xy[e[1]])), None)  # fmt: skip
            net.add_edge(a, b, road)
            if other is not None:
                _join(net, (a, b), other)


def _join(net: Net, new: tuple[int, int], old: tuple[int, int]) -> None:
    point = meeting_point(net.xy[new[0]], net.xy[new[1]], net.xy[old[0]], net.xy[old[1]])
    shared = net.add_node(point)
    for a, b in (new, old):
        road = net.remove_edge(a, b)
        net.add_edge(a, shared, road)
        net.add_edge(shared, b, road)


def build_bridges(net: Net) -> list[tuple[int, int]]:
    """Lift every road that crosses a motorway over it. Returns the bridges."""
    bridges = []
    for edge in sorted(net.roads):
        if edge not in net.roads or net.roads[edge].rank == 0:
            continue
        a, b = edge
        pa, pb = net.xy[a], net.xy[b]
        hits = [
            meeting_point(pa, pb, net.xy[u], net.xy[v])
            for u, v in net.near(pa, pb, 1)
            if net.roads[key(u, v)].rank == 0 and crosses(pa, pb, net.xy[u], net.xy[v])
        ]
        if not hits:
            continue
        length = distance(pa, pb)
        along = sorted(distance(pa, hit) for hit in hits)
        before, after = along[0], length - along[-1]
        chain = net.split(
            a, b, [max(before / 2, before - HALF_BRIDGE_M), length - max(after / 2, after - HALF_BRIDGE_M)]
        )
        middle = key(chain[1], chain[2])
        net.change(middle, bridge=True, layer=1)
        bridges.append(middle)
    return bridges


def build_interchanges(net: Net, bridges: list[tuple[int, int]]) -> int:
    """Join motorway and main road by two ramps where there is room. Returns how many interchanges were built."""
    built = 0
    for a, b in bridges:
        if net.roads[key(a, b)].rank > 3:
            continue
        middle = ((net.xy[a][0] + net.xy[b][0]) / 2, (net.xy[a][1] + net.xy[b][1]) / 2)
        motorway = sorted(
            {
                n
                for e in net.near(middle, middle, 700)
                if net.roads[e].rank == 0 and "匝道" not in net.roads[e].name
                for n in e
            },
            key=lambda n: (abs(distance(net.xy[n], middle) - RAMP_FROM_M), n),
        )
        if len(motorway) < 2:
            continue
        first = motorway[0]
        across = [n for n in motorway[1:] if distance(net.xy[n], net.xy[first]) > RAMP_FROM_M]
        if across and _ramps(net, (first, across[0]), (a, b)):
            built += 1
    return built


def _ramps(net: Net, motorway: tuple[int, int], bridge: tuple[int, int]) -> bool:
    landings = []
    for end, inner in (bridge, bridge[::-1]):
        onward = [n for n in sorted(net.neighbours[end]) if n != inner]
        if len(onward) != 1 or distance(net.xy[end], net.xy[onward[0]]) < RAMP_TO_M + 40:
            return False
        landings.append((end, onward[0]))
    for pairing in ((0, 1), (1, 0)):
        plans = []
        for start, (end, onward) in zip(motorway, (landings[i] for i in pairing), strict=True):
            length = distance(net.xy[end], net.xy[onward])
            t = RAMP_TO_M / length
            landing = (net.xy[end][0] + (net.xy[onward][0] - net.xy[end][0]) * t,
                       net.xy[end][1] + (net.xy[onward][1] - net.xy[end][1]) * t)  # fmt: skip
            curve = _curve(net.xy[start], net.xy[end], landing)
            if not all(_clear(net, p, q, start, (end, onward)) for p, q in itertools.pairwise(curve)):
                break
            plans.append((start, end, onward, curve))
        if len(plans) == 2:
            for start, end, onward, curve in plans:
                _lay_ramp(net, start, end, onward, curve)
            return True
    return False


def _curve(start: XY, corner: XY, end: XY) -> list[XY]:
    """Return a bent line from ``start`` to ``end`` that leans towards ``corner``."""
    line = []
    for step in range(6):
        t = step / 5
        mid = (
            (start[0] + end[0]) / 2 * 0.45 + corner[0] * 0.55,
            (start[1] + end[1]) / 2 * 0.45 + corner[1] * 0.55,
        )
        line.append(tuple((1 - t) ** 2 * s + 2 * t * (1 - t) * m + t**2 * e
                          for s, m, e in zip(start, mid, end, strict=True)))  # fmt: skip
    return line  # type: ignore[return-value]


def _clear(net: Net, p: XY, q: XY, start: int, landing: tuple[int, int]) -> bool:
    for edge in net.near(p, q, 1):
        if start in edge or edge == key(*landing):
            continue
        if crosses(p, q, net.xy[edge[0]], net.xy[edge[1]]):
            return False
    return True


def _lay_ramp(net: Net, start: int, end: int, onward: int, curve: list[XY]) -> None:
    landing = net.split(end, onward, [RAMP_TO_M])[1]
    nodes = [start, *(net.add_node(p) for p in curve[1:-1]), landing]
    for a, b in itertools.pairwise(nodes):
        net.add_edge(a, b, Road("高速", "示范互通匝道", foot="否", width_m=8.5))
