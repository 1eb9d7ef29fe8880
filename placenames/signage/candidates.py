"""Where a road begins, ends and meets others: merged where these are close, repeated where they are far apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from .carriageways import Carriageways
from .rules import Rules, SiteKind
from .streets import Chain, Streets

_SLACK_M = 0.01
"""A gap of 300 m and a hair, by rounding, is a gap of 300 m."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place on a chain where a sign may have to stand.

    Attributes
    ----------
    measure_m
        Metres along the chain.
    kind
        Why there.
    side_arms, own_arms
        Ways of other roads, and of this one, that meet there.
    node
        The node, where several chains of the road may end in it.
    """

    measure_m: float
    kind: SiteKind
    side_arms: int
    own_arms: int
    node: int | None = None

    @property
    def degree(self) -> int:
        """How many ways meet there."""
        return self.side_arms + self.own_arms


class Arms:
    """Which ways off a road make a junction."""

    def __init__(self, streets: Streets, own: frozenset[int], ways: Carriageways, rules: Rules) -> None:
        self.streets, self.own, self.rules = streets, own, rules
        self.beside_nodes = {node for edge in ways.beside for node in streets.ends(edge)}
        self.axis_nodes = {node for edge in ways.axis for node in streets.ends(edge)}

    def at(self, node: int) -> int:
        """Count the side roads at a node of the road."""
        return sum(1 for edge in self.streets.arms[node] if self._is_one(edge, node))

    def _is_one(self, edge: int, node: int) -> bool:
        if edge in self.own or not self.streets.counts[edge]:
            return False
        if self.streets.is_stub(edge, node, self.rules.stub_m):
            return False
        if not self.beside_nodes:
            return True
        # What leads across the middle from one carriageway to the other leads nowhere else.
        tail, head = self.streets.ends(edge)
        on_axis, on_other = {tail, head} & self.axis_nodes, {tail, head} & self.beside_nodes
        across = bool(on_axis and on_other) and tail != head
        return not (across and float(self.streets.noded.edge_length_m[edge]) <= self.rules.dual_m)


def own_arms(streets: Streets, edges: Sequence[int]) -> dict[int, int]:
    """Count, for each node of a road, how many of its own edges end there."""
    found: dict[int, int] = {}
    for edge in edges:
        for node in streets.ends(edge):
            found[node] = found.get(node, 0) + 1
    return found


def first_ends(chains: Sequence[Chain], own: dict[int, int]) -> set[int]:
    """Return the loose end at which each connected piece of a road begins; its other ends are ends."""
    piece: dict[int, int] = {}

    def root(node: int) -> int:
        while piece.setdefault(node, node) != node:
            node = piece[node]
        return node

    for chain in chains:
        piece[root(chain.nodes[0])] = root(chain.nodes[-1])
    firsts: dict[int, int] = {}
    for chain in chains:
        for node in (chain.nodes[0], chain.nodes[-1]):
            if own.get(node) == 1:
                firsts.setdefault(root(node), node)
    return set(firsts.values())


def candidates(chain: Chain, own: dict[int, int], arms: Arms, firsts: set[int]) -> list[Candidate]:
    """Return start, end and junctions of a chain, in order. A branching of the road itself is a junction."""
    last = len(chain.nodes) - 1
    found = []
    for i, (node, measure_m) in enumerate(zip(chain.nodes, chain.node_m.tolist(), strict=True)):
        side = arms.at(node)
        if chain.loop and i == last:
            continue
        if chain.loop and i == 0:
            found.append(Candidate(0.0, SiteKind.START, side, own[node], node))
        elif i in (0, last):
            kind = SiteKind.JUNCTION
            if own[node] == 1:
                kind = SiteKind.START if node in firsts else SiteKind.END
            found.append(Candidate(measure_m, kind, side, own[node], node))
        elif side:
            found.append(Candidate(measure_m, SiteKind.JUNCTION, side, own[node]))
    return found


def across_the_middle(streets: Streets, chains: Sequence[Chain], arms: Arms) -> list[list[Candidate]]:
    """Return, for each chain, the junctions of the other carriageway as they lie along it."""
    found: list[list[Candidate]] = [[] for _ in chains]
    if not arms.beside_nodes:
        return found
    lines = [shapely.LineString(streets.plane.xy(chain.lonlat)) for chain in chains]
    for node in sorted(arms.beside_nodes - arms.axis_nodes):
        side = arms.at(node)
        if not side:
            continue
        point = shapely.Point(streets.plane.xy(streets.noded.node_lonlat[[node]])[0])
        nearest = int(np.argmin([line.distance(point) for line in lines]))
        line = lines[nearest]
        share = line.project(point) / line.length if line.length else 0.0
        found[nearest].append(Candidate(share * chains[nearest].length_m, SiteKind.JUNCTION, side, 2))
    return found


def merged(found: Sequence[Candidate], chain: Chain, rules: Rules) -> list[Candidate]:
    """Make one of candidates that are close.

    The ends of the chain stay where they are and take in what is within ``merge_m``; of junctions, one joins those before
    it if it is within ``merge_m`` of their middle, which is where the sign stands. So no junction is farther than
    ``merge_m`` from its sign, and no two sites are nearer. The ways that meet at a merged site are those of all.
    """
    ends = [c for c in found if c.node is not None]
    inner = sorted((c for c in found if c.node is None), key=lambda c: c.measure_m)
    length_m = chain.length_m
    if len(ends) == 2 and length_m <= rules.merge_m + _SLACK_M:
        keep, lost = sorted(ends, key=lambda c: list(SiteKind).index(c.kind))
        ends = [replace(keep, side_arms=keep.side_arms + lost.side_arms)]
    left = []
    for candidate in inner:
        near = [i for i, end in enumerate(ends) if _apart(candidate, end, chain) <= rules.merge_m + _SLACK_M]
        if near:
            nearest = min(near, key=lambda i: _apart(candidate, ends[i], chain))
            ends[nearest] = replace(ends[nearest], side_arms=ends[nearest].side_arms + candidate.side_arms)
        else:
            left.append(candidate)
    clusters: list[list[Candidate]] = []
    for candidate in left:
        if clusters and candidate.measure_m - _middle(clusters[-1]) <= rules.merge_m + _SLACK_M:
            clusters[-1].append(candidate)
        else:
            clusters.append([candidate])
    return sorted([*ends, *(_one(cluster) for cluster in clusters)], key=lambda c: c.measure_m)


def _apart(one: Candidate, other: Candidate, chain: Chain) -> float:
    apart = abs(one.measure_m - other.measure_m)
    return min(apart, chain.length_m - apart) if chain.loop else apart


def _one(cluster: Sequence[Candidate]) -> Candidate:
    return replace(cluster[0], measure_m=_middle(cluster), side_arms=sum(c.side_arms for c in cluster))


def _middle(cluster: Sequence[Candidate]) -> float:
    return (cluster[0].measure_m + cluster[-1].measure_m) / 2


def repeats(kept: Sequence[Candidate], chain: Chain, rules: Rules) -> list[Candidate]:
    """Fill gaps over ``max_gap_m`` with ceil(gap / max) - 1 evenly spaced signs; a ring's last gap leads back to its start."""
    stops = [c.measure_m for c in kept]
    if chain.loop:
        stops.append(stops[0] + chain.length_m)
    else:
        # Where an end was merged into the other, the chain is shorter than any gap.
        stops = sorted({*stops, *([chain.length_m] if len(stops) == 1 else [])})
    found = []
    for begin, end in itertools.pairwise(stops):
        count = math.ceil((end - begin - _SLACK_M) / rules.max_gap_m) - 1
        for i in range(1, count + 1):
            at = begin + (end - begin) * i / (count + 1)
            found.append(Candidate(at % chain.length_m if chain.loop else at, SiteKind.REPEAT, 0, 2))
    return found
