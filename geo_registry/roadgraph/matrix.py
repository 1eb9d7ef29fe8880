"""Times between every facility and every place within a limit: a sparse matrix by facility.

The same ways as :func:`~geo_registry.roadgraph.times.times_to_nearest`, for all pairs instead of the nearest: through the ends of
edges, along one edge, and directly where the way to the road is longer; off-road ends are always charged. Times are
whole milliseconds, and a pair exactly on the limit is within it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from .errors import NetworkError, gettext_noop
from .graph import RoadGraph
from .kernels import Engine
from .pair_search import Legs, Sources, search_pairs
from .plane import FLATTENING, SEMI_MAJOR_M, as_lonlat
from .profiles import Profile
from .snapping import Snaps
from .times import Method, check_snaps, earth_centred, finite_places
from .ways import NO_WAY, Direction, Pairs, direct_walks, ends_ms, ways_on_one_edge

LIMIT_MAX_S = (2**31 - 2) / 1000
"""About 24 days: times of pairs are kept in 32 bits."""


@dataclass(frozen=True, kw_only=True)
class TimeMatrix:
    """Pairs of a facility and a place that lie within the limit.

    Attributes
    ----------
    places
        How many places there are, reached or not.
    start
        int64, facilities + 1: pairs of facility ``j`` are ``start[j]`` to ``start[j + 1]``.
    place
        int32, the place of each pair: ascending within a facility, each once.
    time_ms
        int32, its milliseconds.
    limit_ms
        The limit; pairs exactly on it are among them.
    facilities_unsnapped, places_unknown
        Indices of facilities and places that are not on the network: nothing is known of their pairs.
    method
        Along roads or straight.
    """

    places: int
    start: NDArray[np.int64]
    place: NDArray[np.int32]
    time_ms: NDArray[np.int32]
    limit_ms: int
    facilities_unsnapped: NDArray[np.int64]
    places_unknown: NDArray[np.int64]
    method: Method

    @property
    def facilities(self) -> int:
        """How many facilities there are."""
        return len(self.start) - 1

    @property
    def facility(self) -> NDArray[np.int32]:
        """The facility of each pair."""
        return np.repeat(np.arange(self.facilities, dtype=np.int32), np.diff(self.start))

    def take(self, facilities: ArrayLike) -> TimeMatrix:
        """The pairs of some facilities, by index and in the order given, as if only they had been searched."""
        chosen = np.asarray(facilities, dtype=np.int64)
        counts = np.diff(self.start)[chosen]
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.arange(start[-1]) - np.repeat(start[:-1] - self.start[chosen], counts)
        return replace(
            self,
            start=start,
            place=self.place[rows],
            time_ms=self.time_ms[rows],
            facilities_unsnapped=np.flatnonzero(np.isin(chosen, self.facilities_unsnapped)),
        )

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.place)


def times_within(
    graph: RoadGraph,
    facilities: Snaps,
    places: Snaps,
    *,
    limit_s: float,
    direction: Direction = "to-facility",
    engine: Engine = "auto",
    threads: int | None = None,
    check_stop: Callable[[], None] | None = None,
) -> TimeMatrix:
    """All pairs of a facility and a place within a limit, along the roads.

    Parameters
    ----------
    graph
        The graph both were snapped to.
    facilities, places
        From :func:`~geo_registry.roadgraph.snapping.snap_places`.
    limit_s
        Seconds; the limit itself is within, to the millisecond.
    direction
        ``to-facility``: people travel (one-way streets are searched backwards from the facility).
        ``from-facility``: the service travels.
    engine
        ``numba``, ``scipy``, or ``auto``: numba where it can be imported. Both give the same pairs.
    threads
        How many facilities are searched at once by numba; the number of processors if None.
    check_stop
        Called now and then; what it raises ends the search.

    Raises
    ------
    SnapError
        If the places or facilities were snapped to another graph.
    NetworkError
        If the limit is negative, not a number, or beyond :data:`LIMIT_MAX_S`.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from geo_registry.roadgraph import Mode, Profile, RoadLines, build_graph, snap_places, times_within
    >>> walk = Profile(code="walk", mode=Mode.FOOT, speed_m_s=1.0, off_road_speed_m_s=1.0, snap_limit_m=100,
    ...                respects_oneway=False, detour_factor=1.3)
    >>> street = shapely.LineString([(106.0, 38.0), (106.01, 38.0)])  # about 878 m
    >>> graph = build_graph(RoadLines.from_columns([street]), walk, crossings="join", tolerance_m=0.5)
    >>> canteens = snap_places(graph, [(106.0, 38.0), (106.01, 38.0)], walk)
    >>> homes = snap_places(graph, [(106.002, 38.0), (106.005, 38.0), (107.0, 38.0)], walk)
    >>> matrix = times_within(graph, canteens, homes, limit_s=600)
    >>> [(int(f), int(p), round(t / 1000)) for f, p, t in zip(matrix.facility, matrix.place, matrix.time_ms)]
    [(0, 0, 176), (0, 1, 439), (1, 1, 439)]
    >>> matrix.places_unknown.tolist()
    [2]
    """
    limit_ms = _limit_ms(limit_s)
    check_snaps(graph, facilities, places)
    label = np.flatnonzero(facilities.is_snapped)
    asked = np.flatnonzero(places.is_snapped)
    sources, targets = facilities.take(label), places.take(asked)
    toward = direction == "to-facility"
    start, place, time_ms = search_pairs(
        graph.reverse if toward else graph.forward,
        _sources(graph, sources, toward=toward),
        limit_ms=limit_ms,
        legs=_legs(graph, targets, toward=toward),
        extra=_ways_past_no_node(graph, sources, targets, direction, limit_ms),
        engine=engine,
        threads=threads,
        check_stop=check_stop,
    )
    counts = np.zeros(len(facilities), dtype=np.int64)
    counts[label] = np.diff(start)
    if len(asked) < len(places):
        place = asked.astype(np.int32)[place]
    return TimeMatrix(
        places=len(places),
        start=np.concatenate([[0], np.cumsum(counts)]),
        place=place,
        time_ms=time_ms,
        limit_ms=limit_ms,
        facilities_unsnapped=np.flatnonzero(~facilities.is_snapped),
        places_unknown=np.flatnonzero(~places.is_snapped),
        method=Method.ROAD,
    )


def straight_line_within(
    facility_lonlat: ArrayLike, place_lonlat: ArrayLike, profile: Profile, *, limit_s: float
) -> TimeMatrix:
    """All pairs within a limit in a straight line times the detour factor: where there are no roads at all.

    Distances are geodesics on the ellipsoid. Parameters as in
    :func:`~geo_registry.roadgraph.times.straight_line_times`.
    """
    limit_ms = _limit_ms(limit_s)
    facilities, places = as_lonlat(facility_lonlat), as_lonlat(place_lonlat)
    usable_facility, usable_place = finite_places(facilities), finite_places(places)
    label, asked = np.flatnonzero(usable_facility), np.flatnonzero(usable_place)
    metres_a_second = profile.speed_in_a_straight_line_m_s() / profile.detour_factor
    geod = pyproj.Geod(a=SEMI_MAJOR_M, f=FLATTENING)
    counts = np.zeros(len(facilities), dtype=np.int64)
    near_place, near_ms = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int32)]
    if len(asked):
        tree = cKDTree(earth_centred(places[asked]))
        # A chord is never longer than the geodesic: nothing within the limit is missed.
        radius_m = (limit_ms + 1) / 1000 * metres_a_second
        for facility in label:
            found = np.sort(tree.query_ball_point(earth_centred(facilities[[facility]])[0], radius_m))
            some = asked[np.asarray(found, dtype=np.int64)]
            lon, lat = (np.full(len(some), value) for value in facilities[facility])
            metres = geod.inv(places[some, 0], places[some, 1], lon, lat)[2]
            milliseconds = np.rint(1000 * metres / metres_a_second).astype(np.int64)
            within = milliseconds <= limit_ms
            counts[facility] = within.sum()
            near_place.append(some[within].astype(np.int32))
            near_ms.append(milliseconds[within].astype(np.int32))
    return TimeMatrix(
        places=len(places),
        start=np.concatenate([[0], np.cumsum(counts)]),
        place=np.concatenate(near_place),
        time_ms=np.concatenate(near_ms),
        limit_ms=limit_ms,
        facilities_unsnapped=np.flatnonzero(~usable_facility),
        places_unknown=np.flatnonzero(~usable_place),
        method=Method.STRAIGHT_LINE,
    )


def _limit_ms(limit_s: float) -> int:
    if not (np.isfinite(limit_s) and 0 <= limit_s <= LIMIT_MAX_S):
        raise NetworkError(
            gettext_noop(
                "The limit of a cost matrix must be 0 s or more and at most {maximum} s; it is {value}."
            ),
            maximum=LIMIT_MAX_S,
            value=limit_s,
        )
    return round(limit_s * 1000)


def _sources(graph: RoadGraph, sources: Snaps, *, toward: bool) -> Sources:
    """The nodes at both ends of each facility's edge, with what is spent on the way there."""
    nodes = np.column_stack([graph.edge_from[sources.edge], graph.edge_to[sources.edge]])
    spent = np.column_stack(ends_ms(graph, sources, arriving=toward)) + sources.off_road_ms[:, None]
    usable = spent < NO_WAY
    start = np.concatenate([[0], np.cumsum(usable.sum(axis=1))]).astype(np.int64)
    return Sources(start=start, node=nodes[usable].astype(np.int32), spent_ms=spent[usable])


def _legs(graph: RoadGraph, targets: Snaps, *, toward: bool) -> Legs:
    """For each node the places whose edge ends there, and the way between."""
    node = np.concatenate([graph.edge_from[targets.edge], graph.edge_to[targets.edge]])
    leg_ms = np.concatenate(ends_ms(graph, targets, arriving=not toward)) + np.tile(targets.off_road_ms, 2)
    place = np.tile(np.arange(len(targets), dtype=np.int32), 2)
    usable = leg_ms < NO_WAY
    return Legs.by_node(
        node[usable], place[usable], leg_ms[usable], nodes=graph.node_count, places=len(targets)
    )


def _ways_past_no_node(
    graph: RoadGraph, sources: Snaps, targets: Snaps, direction: Direction, limit_ms: int
) -> Pairs:
    """Ways along one edge and direct walks within the limit."""
    parts: list[Pairs] = [(np.empty(0, dtype=np.int64),) * 3]
    for ways in (ways_on_one_edge(graph, sources, targets, direction), direct_walks(graph, sources, targets)):
        for source, target, milliseconds in ways:
            within = milliseconds <= limit_ms
            parts.append((source[within], target[within], milliseconds[within]))
    source, target, milliseconds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return source, target, milliseconds
