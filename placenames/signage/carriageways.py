"""Roads with two carriageways: one of them is the road's axis, and what meets the other is told along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .streets import Chain, Streets, chains_of

_SHARE_BESIDE = 0.8
_STEP_M = 10.0
_STRAIGHT_ON = 0.5
"""Cosine of the greatest turn (60°) within one carriageway."""


@dataclass(frozen=True)
class Carriageways:
    """A road's edges, sorted out.

    Attributes
    ----------
    axis
        Edges that the road is measured along.
    beside
        Edges of the other carriageway.
    links
        Short ways from one carriageway to the other: no junctions.
    """

    axis: tuple[int, ...]
    beside: tuple[int, ...]
    links: frozenset[int]


def sort_out(streets: Streets, edges: Sequence[int], *, dual_m: float) -> Carriageways:
    """Find the second carriageway of a road.

    Lines that continue one another in the direction of traffic are one carriageway. Of two that run beside each other,
    against each other if they are one-way, no farther apart than ``dual_m`` over four fifths of the shorter one, the longer
    is the axis. What is shorter than twice ``dual_m`` is a side branch and no carriageway.
    """
    if len(edges) < 2:
        return Carriageways(tuple(edges), (), frozenset())
    groups = _groups(streets, edges)
    if len(groups) < 2:
        return Carriageways(tuple(edges), (), frozenset())
    groups.sort(key=lambda group: (-_length(streets, group), group))
    kept: list[list[int]] = []
    beside: list[int] = []
    for group in groups:
        long_enough = _length(streets, group) >= 2 * dual_m
        if long_enough and any(_runs_beside(streets, group, other, dual_m) for other in kept):
            beside.extend(group)
        else:
            kept.append(group)
    if not beside:
        return Carriageways(tuple(edges), (), frozenset())
    on_beside = {node for edge in beside for node in streets.ends(edge)}
    axis_edges = [edge for group in kept for edge in group]
    links = set()
    for edge in axis_edges:
        tail, head = streets.ends(edge)
        short = streets.noded.edge_length_m[edge] <= dual_m
        if short and (tail in on_beside) != (head in on_beside):
            links.add(edge)
    axis = tuple(edge for edge in axis_edges if edge not in links)
    return Carriageways(axis or tuple(axis_edges), tuple(beside), frozenset(links) if axis else frozenset())


def _groups(streets: Streets, edges: Sequence[int]) -> list[list[int]]:
    one_way = [edge for edge in edges if streets.oneway[edge]]
    both_ways = [edge for edge in edges if not streets.oneway[edge]]
    chains: list[Chain] = chains_of(streets, both_ways) if both_ways else []
    return _directed(streets, one_way) + [sorted(chain.edges) for chain in chains]


def _directed(streets: Streets, edges: Sequence[int]) -> list[list[int]]:
    """Group one-way edges that go on from one another without turning off."""
    label = {edge: edge for edge in edges}

    def root(edge: int) -> int:
        while label[edge] != edge:
            edge = label[edge]
        return edge

    leaving: dict[int, list[int]] = {}
    for edge in edges:
        leaving.setdefault(_travelled(streets, edge)[0], []).append(edge)
    for edge in edges:
        _tail, head, _start, end = _travelled(streets, edge)
        for onward in leaving.get(head, ()):
            if onward == edge:
                continue
            start = _travelled(streets, onward)[2]
            if float(end @ start) > _STRAIGHT_ON:
                low, high = sorted((root(edge), root(onward)))
                label[high] = low
    groups: dict[int, list[int]] = {}
    for edge in sorted(edges):
        groups.setdefault(root(edge), []).append(edge)
    return list(groups.values())


def _travelled(streets: Streets, edge: int) -> tuple[int, int, NDArray[np.float64], NDArray[np.float64]]:
    """Return tail, head and the directions at both ends of an edge, as traffic goes."""
    tail, head = streets.ends(edge)
    points = streets.xy(edge)
    if streets.oneway[edge] < 0:
        tail, head, points = head, tail, points[::-1]
    return tail, head, _unit(points[1] - points[0]), _unit(points[-1] - points[-2])


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.hypot(*vector))
    unit: NDArray[np.float64] = vector / length if length else vector
    return unit


def _length(streets: Streets, group: Sequence[int]) -> float:
    return float(streets.noded.edge_length_m[list(group)].sum())


def _runs_beside(streets: Streets, group: Sequence[int], other: Sequence[int], dual_m: float) -> bool:
    """Whether a group of edges runs along another, the opposite way where both are one-way."""
    lines = [_line(streets, edge) for edge in other]
    tree = shapely.STRtree(lines)
    opposed = bool(streets.oneway[group[0]]) and bool(streets.oneway[other[0]])
    beside = all_points = 0
    for edge in group:
        line = _line(streets, edge)
        steps = np.linspace(0, line.length, max(2, int(line.length // _STEP_M) + 1))
        points = shapely.line_interpolate_point(line, (steps[:-1] + steps[1:]) / 2)
        nearest = tree.nearest(points)
        all_points += len(points)
        for point, index in zip(points, nearest, strict=True):
            target = lines[int(index)]
            if target.distance(point) > dual_m:
                continue
            cosine = float(_direction(line, line.project(point)) @ _direction(target, target.project(point)))
            beside += cosine < -_STRAIGHT_ON if opposed else abs(cosine) > _STRAIGHT_ON
    return beside >= _SHARE_BESIDE * all_points


def _line(streets: Streets, edge: int) -> shapely.LineString:
    points = streets.xy(edge)
    return shapely.LineString(points[::-1] if streets.oneway[edge] < 0 else points)


def _direction(line: shapely.LineString, at_m: float) -> NDArray[np.float64]:
    ahead = line.interpolate(min(at_m + 1.0, line.length))
    behind = line.interpolate(max(at_m - 1.0, 0.0))
    return _unit(np.array([ahead.x - behind.x, ahead.y - behind.y]))
