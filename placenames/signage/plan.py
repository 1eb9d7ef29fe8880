"""The required sites of road-name signs.

A sign stands at a road's start, at its end and at its junctions, and between them where these are far apart (other places'
rules, shipped as a reference: see ``docs/methods/signs.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_registry.roadgraph import RoadLines
from geo_registry.roadgraph.crossings import merge_close
from geo_registry.roadgraph.noding import Crossings

from .candidates import Arms, Candidate, across_the_middle, candidates, first_ends, merged, own_arms, repeats
from .carriageways import sort_out
from .rules import Colour, Rules, Site, SiteKind, compass_deg
from .streets import Chain, Streets, chains_of

_TANGENT_M = 5.0
_NO_COURSE = 0.1
"""Below this share of its length a road leads nowhere in particular: a ring."""


@dataclass(frozen=True, kw_only=True)
class RoadPlan:
    """What one road needs.

    Attributes
    ----------
    sites
        By part and measure.
    parts
        How many lines the road consists of, after one of two carriageways is left out.
    length_m
        Their length.
    loop
        Whether one of them is a ring.
    dual
        Whether the road has two carriageways somewhere.
    """

    sites: tuple[Site, ...]
    parts: int
    length_m: float
    loop: bool
    dual: bool


NOTHING = RoadPlan(sites=(), parts=0, length_m=0.0, loop=False, dual=False)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What all roads need.

    Attributes
    ----------
    roads
        One for each road asked for, in order; a road without lines has no sites.
    poles
        For each site of all roads, in order, the number of its pole: plates of roads that meet share one.
    """

    roads: tuple[RoadPlan, ...]
    poles: tuple[int, ...]


def plan_signs(
    lines: RoadLines,
    roads: Sequence[Sequence[int]],
    *,
    counts: NDArray[np.bool_],
    rules: Rules,
    crossings: Crossings = "join",
    tick: Callable[[int], None] | None = None,
) -> Plan:
    """Plan the signs of roads within the network that they belong to.

    Parameters
    ----------
    lines
        All lines, also those of no road asked for: they make junctions. Degrees, EPSG:4490.
    roads
        For each road, the input rows (``RoadLines.row``) of its lines.
    counts
        For each input row, whether it makes a junction for a road that it meets: a field track does not.
    rules
        The distances.
    crossings
        Whether lines that cross without a common vertex meet (`geo_registry.roadgraph.noding`).
    tick
        Called with the number of roads done, now and then.

    Returns
    -------
    Plan
        In the order of ``roads``.
    """
    if not len(lines):
        return Plan(roads=(NOTHING,) * len(roads), poles=())
    streets = Streets.of(lines, counts=counts[lines.row], crossings=crossings, snap_m=rules.snap_m)
    of_row: dict[int, list[int]] = {}
    for row, edges in zip(lines.row.tolist(), streets.edges_of_lines(len(lines)), strict=True):
        of_row.setdefault(row, []).extend(edges)
    planned = []
    for done, rows in enumerate(roads):
        edges = sorted({edge for row in rows for edge in of_row.get(row, ())})
        planned.append(_plan_road(streets, edges, rules) if edges else NOTHING)
        if tick is not None and done % 100 == 0:
            tick(done)
    return Plan(roads=tuple(planned), poles=_poles(streets, planned, rules))


def _plan_road(streets: Streets, edges: Sequence[int], rules: Rules) -> RoadPlan:
    ways = sort_out(streets, edges, dual_m=rules.dual_m)
    chains = _in_order(streets, chains_of(streets, ways.axis))
    own = own_arms(streets, ways.axis)
    arms = Arms(streets, frozenset(edges), ways, rules)
    firsts = first_ends(chains, own)
    other_side = across_the_middle(streets, chains, arms)
    drawing = _Drawing(streets, chains, ways.beside, rules)
    sites: list[Site] = []
    at_node: dict[int, int] = {}
    for part, chain in enumerate(chains):
        kept = merged(candidates(chain, own, arms, firsts) + other_side[part], chain, rules)
        for candidate in kept + repeats(kept, chain, rules):
            site = drawing.site(part, candidate)
            known = None if candidate.node is None else at_node.get(candidate.node)
            if known is not None:
                # Several chains end in one branching: what each of them has taken in meets there.
                degree = max(sites[known].degree, site.degree)
                sites[known] = drawing.with_degree(sites[known], degree)
                continue
            if candidate.node is not None:
                at_node[candidate.node] = len(sites)
            sites.append(site)
    sites = sorted(_merged_across(streets, sites, drawing), key=lambda site: (site.part, site.measure_m))
    return RoadPlan(
        sites=tuple(sites), parts=len(chains), length_m=sum(chain.length_m for chain in chains),
        loop=any(chain.loop for chain in chains), dual=bool(ways.beside),
    )  # fmt: skip


def _in_order(streets: Streets, chains: Sequence[Chain]) -> list[Chain]:
    """Order the parts of a road as the road itself is told: from the east, or from the south."""
    if len(chains) < 2:
        return list(chains)
    points = streets.plane.xy(np.concatenate([chain.lonlat for chain in chains]))
    width, height = np.ptp(points, axis=0)
    starts = streets.plane.xy(np.array([chain.lonlat[0] for chain in chains]))
    key = -starts[:, 0] if width >= height else starts[:, 1]
    return [chains[i] for i in np.argsort(key, kind="stable")]


class _Drawing:
    """From a candidate on a chain to a site on the ground."""

    def __init__(
        self, streets: Streets, chains: Sequence[Chain], beside: Sequence[int], rules: Rules
    ) -> None:
        self.chains, self.rules, self.plane = chains, rules, streets.plane
        self.xy = [streets.plane.xy(chain.lonlat) for chain in chains]
        self.course = _course(self.xy)
        lines = [shapely.LineString(streets.xy(edge)) for edge in beside]
        self.beside = shapely.union_all(lines) if lines else None

    def site(self, part: int, candidate: Candidate) -> Site:
        """Return the site of a candidate."""
        chain = self.chains[part]
        lon, lat = chain.at(candidate.measure_m)
        bearing = self._bearing(part, candidate.measure_m)
        posts = 1
        if self.beside is not None:
            point = shapely.Point(self.plane.xy(np.array([[lon, lat]]))[0])
            posts = 2 if self.beside.distance(point) <= self.rules.dual_m else 1
        course = bearing if self.course is None else self.course
        return Site(
            kind=candidate.kind, part=part, measure_m=candidate.measure_m, lon=lon, lat=lat, bearing_deg=bearing,
            colour=Colour.BLUE if 45.0 <= course % 180.0 <= 135.0 else Colour.GREEN, degree=candidate.degree,
            faces=self.rules.faces(candidate.degree) * posts, posts=posts,
        )  # fmt: skip

    def with_degree(self, site: Site, degree: int) -> Site:
        """Return a site at which that many ways meet."""
        return replace(site, degree=degree, faces=self.rules.faces(degree) * site.posts)

    def _bearing(self, part: int, measure_m: float) -> float:
        """Return the direction of the road about a point, over a few metres on both sides: a joint is no course."""
        chain, xy = self.chains[part], self.xy[part]
        low, high = measure_m - _TANGENT_M, measure_m + _TANGENT_M
        if not chain.loop:
            low, high = max(low, 0.0), min(high, chain.length_m)
        ends = np.array([low, high]) % chain.length_m if chain.loop else np.array([low, high])
        x, y = (np.interp(ends, chain.vertex_m, xy[:, axis]) for axis in (0, 1))
        return compass_deg(float(x[1] - x[0]), float(y[1] - y[0]))


def _course(lines: Sequence[NDArray[np.float64]]) -> float | None:
    """Return the direction of a whole road, 0 to 180 degrees from north: the mean of its axis, by length; ``None`` for a ring.

    One road has plates of one colour, however it winds.
    """
    steps = np.concatenate([np.diff(xy, axis=0) for xy in lines])
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    doubled = 2 * np.arctan2(steps[:, 0], steps[:, 1])
    east, north = float((lengths * np.sin(doubled)).sum()), float((lengths * np.cos(doubled)).sum())
    if np.hypot(east, north) < _NO_COURSE * lengths.sum():
        return None
    return float(np.degrees(np.arctan2(east, north)) / 2 % 180.0)


def _merged_across(streets: Streets, sites: list[Site], drawing: _Drawing) -> list[Site]:
    """Make one of sites of different parts that are close: two ends that face each other across a gap need one sign."""
    ranked = sorted(range(len(sites)), key=lambda i: (list(SiteKind).index(sites[i].kind), i))
    xy = streets.plane.xy(np.array([[site.lon, site.lat] for site in sites])) if sites else np.empty((0, 2))
    kept: list[int] = []
    result = {i: sites[i] for i in range(len(sites))}
    for i in ranked:
        site = sites[i]
        if site.kind is SiteKind.REPEAT:
            kept.append(i)
            continue
        near = [
            k for k in kept
            if sites[k].part != site.part and sites[k].kind is not SiteKind.REPEAT
            and float(np.hypot(*(xy[k] - xy[i]))) <= drawing.rules.merge_m
        ]  # fmt: skip
        if near:
            result[near[0]] = drawing.with_degree(result[near[0]], result[near[0]].degree + site.degree)
        else:
            kept.append(i)
    return [result[i] for i in sorted(kept)]


def _poles(streets: Streets, roads: Sequence[RoadPlan], rules: Rules) -> tuple[int, ...]:
    """Number the poles: sites of different roads within ``merge_m`` of each other share one."""
    sites = [site for road in roads for site in road.sites]
    if not sites:
        return ()
    xy = streets.plane.xy(np.array([[site.lon, site.lat] for site in sites]))
    _values, numbers = np.unique(merge_close(xy, rules.merge_m), return_inverse=True)
    return tuple(int(number) for number in numbers)
