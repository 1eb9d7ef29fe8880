"""The network of all roads, cut where they meet, and what one road is within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_registry.roadgraph import RoadLines
from geo_registry.roadgraph.noding import Crossings, NodedRoads, node_roads
from geo_registry.roadgraph.plane import Plane, segment_lengths_m


@dataclass(frozen=True)
class Streets:
    """Roads cut into edges between nodes, with what the planning of signs asks of them again and again.

    Attributes
    ----------
    noded
        Edges and nodes.
    plane, vertex_xy
        Metres to search in, and all vertices in them.
    oneway
        Of each edge: 1 as drawn, -1 against the drawing, 0 both ways.
    counts
        Whether an edge makes a junction for others: named roads, and unnamed ones of the classes that do.
    arms
        For each node, its edges; a loop at a node stands twice.
    dead_end_m
        For edges seen from their (from, to) node: metres to where the way ends without meeting anything; infinite if it does not.
    """

    noded: NodedRoads
    plane: Plane
    vertex_xy: NDArray[np.float64]
    oneway: NDArray[np.int8]
    counts: NDArray[np.bool_]
    arms: list[list[int]]
    dead_end_m: NDArray[np.float64]

    @classmethod
    def of(
        cls, lines: RoadLines, *, counts: NDArray[np.bool_], crossings: Crossings, snap_m: float
    ) -> Streets:
        """Cut lines where they meet; ``counts`` is one value a line."""
        noded = node_roads(lines, crossings=crossings, tolerance_m=snap_m)
        arms: list[list[int]] = [[] for _ in range(len(noded.node_lonlat))]
        for edge, (tail, head) in enumerate(
            zip(noded.edge_from.tolist(), noded.edge_to.tolist(), strict=True)
        ):
            arms[tail].append(edge)
            arms[head].append(edge)
        plane = Plane.around(noded.vertex_lonlat)
        return cls(
            noded=noded, plane=plane, vertex_xy=plane.xy(noded.vertex_lonlat), oneway=lines.oneway[noded.edge_line],
            counts=counts[noded.edge_line], arms=arms, dead_end_m=_dead_ends(noded, arms),
        )  # fmt: skip

    def edges_of_lines(self, count: int) -> list[list[int]]:
        """Return the edges of each of ``count`` lines."""
        found: list[list[int]] = [[] for _ in range(count)]
        for edge, line in enumerate(self.noded.edge_line.tolist()):
            found[line].append(edge)
        return found

    def ends(self, edge: int) -> tuple[int, int]:
        """Return the nodes of an edge."""
        return int(self.noded.edge_from[edge]), int(self.noded.edge_to[edge])

    def vertices(self, edge: int) -> NDArray[np.float64]:
        """Return the vertices of an edge, degrees, shape (n, 2)."""
        start = self.noded.vertex_start
        return self.noded.vertex_lonlat[start[edge] : start[edge + 1]]

    def xy(self, edge: int) -> NDArray[np.float64]:
        """Return the vertices of an edge in metres on the plane, shape (n, 2)."""
        start = self.noded.vertex_start
        return self.vertex_xy[start[edge] : start[edge + 1]]

    def is_stub(self, edge: int, node: int, stub_m: float) -> bool:
        """Say whether the way out of a node by an edge ends within ``stub_m``."""
        side = 0 if self.noded.edge_from[edge] == node else 1
        return bool(self.dead_end_m[edge, side] < stub_m)


def _dead_ends(noded: NodedRoads, arms: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Metres to the dead end for each edge and each side it is entered from, by walking back from the loose ends."""
    far = np.full((len(noded.edge_line), 2), np.inf)
    for leaf, own in enumerate(arms):
        if len(own) != 1:
            continue
        node, edge, length_m = leaf, own[0], 0.0
        while True:
            entered_at_head = int(noded.edge_from[edge]) == node
            length_m += float(noded.edge_length_m[edge])
            far[edge, 1 if entered_at_head else 0] = length_m
            node = int(noded.edge_to[edge] if entered_at_head else noded.edge_from[edge])
            if len(arms[node]) != 2 or node == leaf:
                break
            onward = [other for other in arms[node] if other != edge]
            if not onward:
                break
            edge = onward[0]
    return far


@dataclass(frozen=True)
class Chain:
    """One line of a road, from one of its ends or branchings to the next, or round.

    Attributes
    ----------
    edges
        In order.
    nodes
        Along it, ends included.
    node_m
        Metres from the start to each of them.
    lonlat, vertex_m
        Its vertices in degrees, and metres from the start to each.
    loop
        Whether it comes back to where it began without meeting the road again.
    """

    edges: tuple[int, ...]
    nodes: tuple[int, ...]
    node_m: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    vertex_m: NDArray[np.float64]
    loop: bool

    @property
    def length_m(self) -> float:
        """Its length in metres."""
        return float(self.vertex_m[-1])

    def at(self, measure_m: float) -> tuple[float, float]:
        """Return the point that many metres from the start, in degrees."""
        lon = float(np.interp(measure_m, self.vertex_m, self.lonlat[:, 0]))
        return lon, float(np.interp(measure_m, self.vertex_m, self.lonlat[:, 1]))


def chains_of(streets: Streets, edges: Sequence[int]) -> list[Chain]:
    """Follow a road's edges from end to end; a road with branches is several chains that meet.

    Every chain that is no loop begins at its eastern end, or its southern one where it runs north and south rather than east
    and west, as houses are numbered and as 起止点 are told. A loop begins where it meets most other roads.
    """
    own = set(edges)
    at_node: dict[int, list[int]] = {}
    for edge in sorted(own):
        for node in streets.ends(edge):
            at_node.setdefault(node, []).append(edge)
    used: set[int] = set()
    found: list[Chain] = []
    terminals = [node for node, there in at_node.items() if len(there) != 2]
    for node in sorted(terminals):
        # One after another: following an edge may use up another one that leaves the same node.
        for edge in at_node[node]:
            if edge not in used:
                found += [_follow(streets, at_node, node, edge, used)]
    for edge in sorted(own):
        if edge not in used:
            begin = _where_a_loop_begins(streets, at_node, own, edge)
            found.append(_follow(streets, at_node, begin, at_node[begin][0], used))
    return found


def _follow(streets: Streets, at_node: dict[int, list[int]], begin: int, first: int, used: set[int]) -> Chain:
    edges, nodes, node, edge = [first], [begin], begin, first
    used.add(first)
    while True:
        tail, head = streets.ends(edge)
        node = head if node == tail else tail
        nodes.append(node)
        onward = [other for other in at_node[node] if other not in used]
        if len(at_node[node]) != 2 or node == begin or not onward:
            break
        edge = onward[0]
        edges.append(edge)
        used.add(edge)
    loop = node == begin and len(at_node[begin]) == 2
    chain = _measured(streets, edges, nodes, loop=loop)
    return (
        chain
        if loop or _begins_rightly(streets, chain)
        else _measured(streets, edges[::-1], nodes[::-1], loop=False)
    )


def _where_a_loop_begins(streets: Streets, at_node: dict[int, list[int]], own: set[int], edge: int) -> int:
    """Return the node of a loop at which most other roads meet it; of several the easternmost."""
    ring, node, current = [], streets.ends(edge)[0], edge
    seen: set[int] = set()
    while current not in seen:
        seen.add(current)
        ring.append(node)
        tail, head = streets.ends(current)
        node = head if node == tail else tail
        current = next((other for other in at_node[node] if other not in seen), current)
    others = {n: sum(1 for arm in streets.arms[n] if arm not in own and streets.counts[arm]) for n in ring}
    return max(ring, key=lambda n: (others[n], float(streets.noded.node_lonlat[n, 0]), -n))


def _measured(streets: Streets, edges: Sequence[int], nodes: Sequence[int], *, loop: bool) -> Chain:
    parts, lengths = [], [0.0]
    for edge, node in zip(edges, nodes, strict=False):
        vertices = streets.vertices(edge)
        forward = int(streets.noded.edge_from[edge]) == node
        # A loop of one edge begins and ends at its node, whichever way it is taken.
        parts.append(vertices if forward else vertices[::-1])
        lengths.append(float(streets.noded.edge_length_m[edge]))
    lonlat = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    steps = segment_lengths_m(lonlat[:-1], lonlat[1:])
    vertex_m = np.concatenate([[0.0], np.cumsum(steps)])
    return Chain(
        edges=tuple(edges), nodes=tuple(nodes), node_m=np.cumsum(lengths), lonlat=lonlat, vertex_m=vertex_m, loop=loop
    )  # fmt: skip


def _begins_rightly(streets: Streets, chain: Chain) -> bool:
    (x0, y0), (x1, y1) = streets.plane.xy(chain.lonlat[[0, -1]]).tolist()
    east_west = abs(x0 - x1) >= abs(y0 - y1)
    return bool(x0 >= x1 if east_west else y0 <= y1)
