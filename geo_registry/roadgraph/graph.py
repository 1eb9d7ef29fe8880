"""The road graph: compressed sparse rows in whole milliseconds, and the edges places are snapped to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .access import line_speeds_m_s
from .errors import NetworkError, gettext_noop
from .noding import Crossings, NodedRoads, node_roads
from .ordering import hilbert_order
from .plane import Plane
from .profiles import Profile
from .roads import RoadLines

CLOSED = -1
"""Milliseconds of a direction that the profile may not use."""
MILLISECONDS_MAX = 2**31 - 1


@dataclass(frozen=True)
class Adjacency:
    """Arcs by tail: those of node ``u`` are ``indptr[u]`` to ``indptr[u + 1]``.

    Attributes
    ----------
    indptr
        int32, length nodes + 1.
    arcs
        int32, interleaved: head of arc ``i`` at ``2 * i``, its milliseconds at ``2 * i + 1``.
    """

    indptr: NDArray[np.int32]
    arcs: NDArray[np.int32]

    @property
    def heads(self) -> NDArray[np.int32]:
        """Head node of each arc."""
        return self.arcs[::2]

    @property
    def milliseconds(self) -> NDArray[np.int32]:
        """Travel time of each arc."""
        return self.arcs[1::2]

    @property
    def tails(self) -> NDArray[np.int32]:
        """Tail node of each arc."""
        return np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))

    @classmethod
    def from_arcs(
        cls, nodes: int, tail: NDArray[np.int32], head: NDArray[np.int32], milliseconds: NDArray[np.int32]
    ) -> Self:
        """Sort arcs by tail; arcs of one tail keep their order."""
        order = np.argsort(tail, kind="stable")
        arcs = np.empty(2 * len(tail), dtype=np.int32)
        arcs[::2], arcs[1::2] = head[order], milliseconds[order]
        indptr = np.zeros(nodes + 1, dtype=np.int32)
        indptr[1:] = np.cumsum(np.bincount(tail, minlength=nodes))
        return cls(indptr=indptr, arcs=arcs)


@dataclass(frozen=True)
class Island:
    """A part of the network that no road joins to the rest.

    Attributes
    ----------
    component
        Its number in ``RoadGraph.component``.
    nodes, edges
        How many it has.
    length_m
        Length of its edges, metres.
    lonlat
        One of its nodes, to find it on a map.
    """

    component: int
    nodes: int
    edges: int
    length_m: float
    lonlat: tuple[float, float]


@dataclass(frozen=True)
class GraphReport:
    """What a graph is made of, and what the profile left out.

    Attributes
    ----------
    nodes, edges
        Of the graph.
    length_m
        Of all its edges, metres.
    islands
        Every component but the largest by length, longest first.
    closed_length_m_by_class
        Length of roads that this profile may not use, metres, by road class.
    """

    nodes: int
    edges: int
    length_m: float
    islands: tuple[Island, ...]
    closed_length_m_by_class: Mapping[str, float]


@dataclass(frozen=True)
class RoadGraph:
    """Everything one profile may use, ready to search. Made by :func:`build_graph`.

    Nodes are numbered along a Hilbert curve and edges by their start, so that a search stays near in memory.

    Attributes
    ----------
    node_lonlat
        Degrees, shape (nodes, 2).
    forward, reverse
        Arcs as they are driven, and turned round: travel *to* a facility searches ``reverse``.
    edge_from, edge_to
        Nodes of an edge.
    edge_forward_ms, edge_backward_ms
        Milliseconds along and against the edge; :data:`CLOSED` where the profile may not go.
    edge_length_m
        Metres.
    edge_line
        Index of the line in :class:`RoadLines` that the edge is a piece of.
    vertex_lonlat, vertex_start
        Geometry: edge ``i`` has the vertices ``vertex_start[i]`` to ``vertex_start[i + 1]``.
    component
        Number of the island each node is on (weakly connected).
    closed_length_m_by_class
        Length of roads left out, metres, by road class.
    """

    node_lonlat: NDArray[np.float64]
    forward: Adjacency
    reverse: Adjacency
    edge_from: NDArray[np.int32]
    edge_to: NDArray[np.int32]
    edge_forward_ms: NDArray[np.int32]
    edge_backward_ms: NDArray[np.int32]
    edge_length_m: NDArray[np.float64]
    edge_line: NDArray[np.int64]
    vertex_lonlat: NDArray[np.float64]
    vertex_start: NDArray[np.int64]
    component: NDArray[np.int32]
    closed_length_m_by_class: Mapping[str, float] = field(default_factory=dict)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lonlat)

    @property
    def edge_count(self) -> int:
        """Number of edges; a two-way street is one."""
        return len(self.edge_from)

    @cached_property
    def plane(self) -> Plane:
        """The plane that places are snapped in."""
        return Plane.around(self.vertex_lonlat)

    def report(self) -> GraphReport:
        """Count, measure, and list the islands."""
        edge_component = self.component[self.edge_from]
        count = int(self.component.max(initial=-1)) + 1
        length_m = np.bincount(edge_component, weights=self.edge_length_m, minlength=count)
        nodes = np.bincount(self.component, minlength=count)
        edges = np.bincount(edge_component, minlength=count)
        first_node = np.full(count, self.node_count)
        np.minimum.at(first_node, self.component, np.arange(self.node_count))
        by_length = np.lexsort((np.arange(count), -length_m))
        islands = tuple(
            Island(
                component=int(number),
                nodes=int(nodes[number]),
                edges=int(edges[number]),
                length_m=float(length_m[number]),
                lonlat=(
                    float(self.node_lonlat[first_node[number], 0]),
                    float(self.node_lonlat[first_node[number], 1]),
                ),
            )
            for number in by_length[1:]
        )
        return GraphReport(
            nodes=self.node_count,
            edges=self.edge_count,
            length_m=float(self.edge_length_m.sum()),
            islands=islands,
            closed_length_m_by_class=dict(self.closed_length_m_by_class),
        )

    def edges_on_large_components(self, *, minimum_length_m: float) -> NDArray[np.bool_]:
        """Mark edges on a component with at least this length of road: where snapping makes sense.

        Parameters
        ----------
        minimum_length_m
            Total length of the component, metres, inclusive.
        """
        edge_component = self.component[self.edge_from]
        length_m = np.bincount(edge_component, weights=self.edge_length_m)
        large: NDArray[np.bool_] = length_m[edge_component] >= minimum_length_m
        return large

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Flatten into named arrays, for storing."""
        arrays: dict[str, NDArray[Any]] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Adjacency):
                arrays[f"{item.name}_indptr"], arrays[f"{item.name}_arcs"] = value.indptr, value.arcs
            elif isinstance(value, np.ndarray):
                arrays[item.name] = value
        arrays["closed_class"] = np.array(list(self.closed_length_m_by_class), dtype=np.str_)
        arrays["closed_length_m"] = np.array(list(self.closed_length_m_by_class.values()), dtype=np.float64)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Undo :meth:`to_arrays`.

        Raises
        ------
        KeyError
            If an array is missing.
        """
        plain = {
            item.name: arrays[item.name]
            for item in fields(cls)
            if item.name not in {"forward", "reverse", "closed_length_m_by_class"}
        }
        names, lengths = arrays["closed_class"].tolist(), arrays["closed_length_m"].tolist()
        return cls(
            forward=Adjacency(arrays["forward_indptr"], arrays["forward_arcs"]),
            reverse=Adjacency(arrays["reverse_indptr"], arrays["reverse_arcs"]),
            closed_length_m_by_class=dict(zip(names, lengths, strict=True)),
            **plain,
        )


def build_graph(roads: RoadLines, profile: Profile, *, crossings: Crossings, tolerance_m: float) -> RoadGraph:
    """Node road lines and make the graph that a profile travels on.

    Parameters
    ----------
    roads
        Lines with attributes.
    profile
        Speeds and access.
    crossings, tolerance_m
        As in :func:`~geo_registry.roadgraph.noding.node_roads`.

    Raises
    ------
    NetworkError
        If no road is open to the profile.

    Examples
    --------
    >>> import shapely
    >>> from geo_registry.roadgraph import Mode, Profile, RoadLines, build_graph
    >>> walk = Profile(code="walk", mode=Mode.FOOT, speed_m_s=0.8, off_road_speed_m_s=0.8,
    ...                snap_limit_m=500, respects_oneway=False, detour_factor=1.3)
    >>> street = shapely.LineString([(106, 38), (106.02, 38)])
    >>> lane = shapely.LineString([(106.01, 37.99), (106.01, 38.01)])
    >>> graph = build_graph(RoadLines.from_columns([street, lane]), walk, crossings="join", tolerance_m=0.5)
    >>> graph.node_count, graph.edge_count
    (5, 4)
    """
    return graph_of_noded(node_roads(roads, crossings=crossings, tolerance_m=tolerance_m), roads, profile)


def graph_of_noded(noded: NodedRoads, roads: RoadLines, profile: Profile) -> RoadGraph:
    """Make a profile's graph of lines noded before: several profiles share one noding.

    Raises
    ------
    NetworkError
        If no road is open to the profile, or an edge takes longer than 24 days.
    """
    forward_m_s, backward_m_s = line_speeds_m_s(roads, profile)
    forward_ms = _milliseconds(noded.edge_length_m, forward_m_s[noded.edge_line])
    backward_ms = _milliseconds(noded.edge_length_m, backward_m_s[noded.edge_line])
    is_open = (forward_ms != CLOSED) | (backward_ms != CLOSED)
    if not is_open.any():
        raise NetworkError(
            gettext_noop("None of the {edges} road pieces is open to the profile “{profile}”."),
            edges=len(is_open),
            profile=profile.code,
        )
    node_of, node_lonlat = _order_nodes(noded, is_open)
    start, end = node_of[noded.edge_from], node_of[noded.edge_to]
    kept = np.flatnonzero(is_open)
    kept = kept[np.lexsort((end[kept], start[kept]))]
    start, end = start[kept], end[kept]
    ahead, back = forward_ms[kept], backward_ms[kept]
    vertex_start, vertex_lonlat = _take_vertices(noded, kept)
    nodes = len(node_lonlat)
    outward, inward = (start != end) & (ahead != CLOSED), (start != end) & (back != CLOSED)
    tail = np.concatenate([start[outward], end[inward]])
    head = np.concatenate([end[outward], start[inward]])
    times = np.concatenate([ahead[outward], back[inward]])
    links = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(nodes, nodes))
    return RoadGraph(
        node_lonlat=node_lonlat,
        forward=Adjacency.from_arcs(nodes, tail, head, times),
        reverse=Adjacency.from_arcs(nodes, head, tail, times),
        edge_from=start,
        edge_to=end,
        edge_forward_ms=ahead,
        edge_backward_ms=back,
        edge_length_m=noded.edge_length_m[kept],
        edge_line=noded.edge_line[kept],
        vertex_lonlat=vertex_lonlat,
        vertex_start=vertex_start,
        component=connected_components(links, directed=False)[1].astype(np.int32),
        closed_length_m_by_class=_closed_lengths(noded, roads, ~is_open),
    )


def _milliseconds(length_m: NDArray[np.float64], speed_m_s: NDArray[np.float64]) -> NDArray[np.int32]:
    """Whole milliseconds, at least 1; closed where the speed is 0."""
    usable = speed_m_s > 0
    times = np.rint(1000 * length_m / np.where(usable, speed_m_s, 1.0))
    if usable.any() and times[usable].max() > MILLISECONDS_MAX:
        raise NetworkError(
            gettext_noop("One road piece takes {days:.0f} days: is a speed or a coordinate wrong?"),
            days=float(times[usable].max() / 86_400_000),
        )
    return np.where(usable, np.maximum(times, 1), CLOSED).astype(np.int32)


def _order_nodes(
    noded: NodedRoads, is_open: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Order the nodes in use along a Hilbert curve; nodes not in use get -1."""
    used = np.unique(np.concatenate([noded.edge_from[is_open], noded.edge_to[is_open]]))
    lonlat = noded.node_lonlat[used]
    used = used[hilbert_order(Plane.around(lonlat).xy(lonlat))]
    node_of = np.full(len(noded.node_lonlat), -1, dtype=np.int32)
    node_of[used] = np.arange(len(used), dtype=np.int32)
    return node_of, noded.node_lonlat[used]


def _take_vertices(
    noded: NodedRoads, kept: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    counts = np.diff(noded.vertex_start)[kept]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    member = np.repeat(noded.vertex_start[kept] - start[:-1], counts) + np.arange(start[-1])
    return start, noded.vertex_lonlat[member]


def _closed_lengths(noded: NodedRoads, roads: RoadLines, closed: NDArray[np.bool_]) -> dict[str, float]:
    names, number = np.unique(roads.road_class[noded.edge_line[closed]].astype(np.str_), return_inverse=True)
    lengths = np.bincount(number, weights=noded.edge_length_m[closed], minlength=len(names))
    return {str(name): float(length) for name, length in zip(names, lengths, strict=True)}
