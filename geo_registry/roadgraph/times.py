"""Time to the nearest facility, along the roads or in a straight line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from .errors import NetworkError, SnapError, gettext_noop
from .graph import RoadGraph
from .kernels import LABEL_BITS, LABEL_MASK, UNREACHED, Engine, least_keys, pack
from .plane import ECCENTRICITY_SQUARED, FLATTENING, SEMI_MAJOR_M, as_lonlat
from .profiles import Profile
from .snapping import Snaps
from .ways import NO_WAY, Direction, Pairs, direct_walks, ends_ms, ways_on_one_edge


class TravelState(IntEnum):
    """What is known about a place."""

    REACHED = 0
    BEYOND_LIMIT = 1
    """Not within the limit searched; nothing more is known."""
    UNREACHABLE = 2
    """No road leads there, however long."""
    UNKNOWN = 3
    """Not on the network (or no facility is): neither covered nor uncovered."""


class Method(StrEnum):
    """How times were found; it is shown with every figure."""

    ROAD = "road"
    STRAIGHT_LINE = "straight-line"


@dataclass(frozen=True)
class TravelTimes:
    """One time for each place.

    Attributes
    ----------
    time_ms
        int64 milliseconds, both off-road ends included; -1 unless reached.
    facility
        Index of the facility; -1 unless reached. Of two equally near the lower index.
    state
        int8, a :class:`TravelState` each.
    on_foot_directly
        Where place and facility are nearer to each other than their ways to the road together, so that
        nobody goes by the road.
    facilities_unsnapped
        Indices of facilities that are not on the network and were left out.
    limit_ms
        The limit searched, or None.
    method
        Along roads or straight.
    """

    time_ms: NDArray[np.int64]
    facility: NDArray[np.int64]
    state: NDArray[np.int8]
    on_foot_directly: NDArray[np.bool_]
    facilities_unsnapped: NDArray[np.int64]
    limit_ms: int | None
    method: Method

    def __len__(self) -> int:
        return len(self.time_ms)


def times_to_nearest(
    graph: RoadGraph,
    facilities: Snaps,
    places: Snaps,
    *,
    limit_s: float | None = None,
    direction: Direction = "to-facility",
    engine: Engine = "auto",
) -> TravelTimes:
    """Time between each place and the facility nearest to it along the roads.

    A place's time is the least over both ends of its edge, over facilities on the same edge reached without
    leaving it, and over a direct walk where place and facility are nearer to each other than their two ways
    to the road together.

    Parameters
    ----------
    graph
        The graph both were snapped to.
    facilities, places
        From :func:`~geo_registry.roadgraph.snapping.snap_places`.
    limit_s
        Places beyond this many seconds are not reached; the limit itself is, to the millisecond.
    direction
        ``to-facility``: people travel (one-way streets are searched backwards from the facility).
        ``from-facility``: the service travels.
    engine
        See :func:`~geo_registry.roadgraph.kernels.least_keys`.

    Raises
    ------
    SnapError
        If the places or facilities were snapped to another graph.
    NetworkError
        If the limit is negative or not a number, or there are more than 2^24 facilities.
    """
    limit_ms = limit_in_ms(limit_s)
    check_snaps(graph, facilities, places)
    if len(facilities) > LABEL_MASK:
        raise NetworkError(gettext_noop("{count} facilities are too many."), count=len(facilities))
    label = np.flatnonzero(facilities.is_snapped)
    asked = np.flatnonzero(places.is_snapped)
    sources, targets = facilities.take(label), places.take(asked)
    key = _keys_through_nodes(graph, sources, label, targets, direction, limit_ms, engine)
    key = np.minimum(
        key, _least_of(ways_on_one_edge(graph, sources, targets, direction), label, len(targets))
    )
    direct = _least_of(direct_walks(graph, sources, targets), label, len(targets))
    on_foot = direct < key
    keys = np.full(len(places), UNREACHED, dtype=np.int64)
    keys[asked] = np.minimum(key, direct)
    on_foot_directly = np.zeros(len(places), dtype=np.bool_)
    on_foot_directly[asked] = on_foot
    unknown = ~places.is_snapped
    if len(facilities) and not len(label):
        unknown = np.ones(len(places), dtype=np.bool_)
    return _result(
        keys,
        unknown=unknown,
        on_foot_directly=on_foot_directly,
        unsnapped=np.flatnonzero(~facilities.is_snapped),
        limit_ms=limit_ms,
        method=Method.ROAD,
    )


def straight_line_times(
    facility_lonlat: ArrayLike, place_lonlat: ArrayLike, profile: Profile, *, limit_s: float | None = None
) -> TravelTimes:
    """Time in a straight line times the detour factor: for a county without roads, shown as such.

    Distances are geodesics on the ellipsoid.

    Parameters
    ----------
    facility_lonlat, place_lonlat
        Degrees, shape (n, 2). A place that is not finite is unknown; a facility that is not is left out.
    profile
        For its detour factor and straight-line speed.
    limit_s
        As in :func:`times_to_nearest`.
    """
    limit_ms = limit_in_ms(limit_s)
    facilities, places = as_lonlat(facility_lonlat), as_lonlat(place_lonlat)
    usable_facility, usable_place = finite_places(facilities), finite_places(places)
    label, asked = np.flatnonzero(usable_facility), np.flatnonzero(usable_place)
    keys = np.full(len(places), UNREACHED, dtype=np.int64)
    if len(label) and len(asked):
        nearest, distance_m = _nearest_by_geodesic(facilities[label], places[asked])
        seconds = distance_m * profile.detour_factor / profile.speed_in_a_straight_line_m_s()
        keys[asked] = pack(np.rint(1000 * seconds).astype(np.int64), label[nearest])
    unknown = ~usable_place
    if len(facilities) and not len(label):
        unknown = np.ones(len(places), dtype=np.bool_)
    return _result(
        keys,
        unknown=unknown,
        on_foot_directly=np.zeros(len(places), dtype=np.bool_),
        unsnapped=np.flatnonzero(~usable_facility),
        limit_ms=limit_ms,
        method=Method.STRAIGHT_LINE,
    )


def check_snaps(graph: RoadGraph, *snapped: Snaps) -> None:
    """Refuse places that were snapped to another graph."""
    for snaps in snapped:
        if snaps.graph_edges != graph.edge_count:
            raise SnapError(
                gettext_noop("Snapped to a graph of {found} edges, used with one of {expected}."),
                found=snaps.graph_edges,
                expected=graph.edge_count,
            )


def finite_places(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which places have a usable coordinate."""
    return np.isfinite(lonlat[:, 0]) & np.isfinite(lonlat[:, 1])


def limit_in_ms(limit_s: float | None) -> int | None:
    """Whole milliseconds of a limit.

    Raises
    ------
    NetworkError
        If it is negative or not a number.
    """
    if limit_s is None:
        return None
    if not (np.isfinite(limit_s) and limit_s >= 0):
        raise NetworkError(gettext_noop("A limit must be 0 s or more; it is {value}."), value=limit_s)
    return round(limit_s * 1000)


def _result(
    keys: NDArray[np.int64],
    *,
    unknown: NDArray[np.bool_],
    on_foot_directly: NDArray[np.bool_],
    unsnapped: NDArray[np.int64],
    limit_ms: int | None,
    method: Method,
) -> TravelTimes:
    reached = (keys != UNREACHED) & ~unknown
    state = np.full(len(keys), TravelState.UNREACHABLE if limit_ms is None else TravelState.BEYOND_LIMIT)
    if limit_ms is not None:
        reached &= (keys >> LABEL_BITS) <= limit_ms
    state[reached] = TravelState.REACHED
    state[unknown] = TravelState.UNKNOWN
    return TravelTimes(
        time_ms=np.where(reached, keys >> LABEL_BITS, -1),
        facility=np.where(reached, keys & LABEL_MASK, -1),
        state=state.astype(np.int8),
        on_foot_directly=on_foot_directly & reached,
        facilities_unsnapped=unsnapped,
        limit_ms=limit_ms,
        method=method,
    )


def node_keys(
    graph: RoadGraph,
    sources: Snaps,
    label: NDArray[np.int64],
    *,
    direction: Direction,
    limit_ms: int | None,
    engine: Engine,
) -> NDArray[np.int64]:
    """Key of each node of the graph (:func:`~geo_registry.roadgraph.kernels.least_keys`): least time, and whose it is.

    Parameters
    ----------
    sources
        Facilities, all of them snapped.
    label
        The number of each.
    """
    toward = direction == "to-facility"
    nodes = np.concatenate([graph.edge_from[sources.edge], graph.edge_to[sources.edge]])
    spent = np.concatenate(ends_ms(graph, sources, arriving=toward)) + np.tile(sources.off_road_ms, 2)
    usable = spent < NO_WAY
    return least_keys(
        graph.reverse if toward else graph.forward,
        nodes[usable],
        pack(spent[usable], np.tile(label, 2)[usable]),
        limit_ms=limit_ms,
        engine=engine,
    )


def _keys_through_nodes(
    graph: RoadGraph,
    sources: Snaps,
    label: NDArray[np.int64],
    targets: Snaps,
    direction: Direction,
    limit_ms: int | None,
    engine: Engine,
) -> NDArray[np.int64]:
    """Keys of the ways that pass at least one node."""
    toward = direction == "to-facility"
    keys = node_keys(graph, sources, label, direction=direction, limit_ms=limit_ms, engine=engine)
    best = np.full(len(targets), UNREACHED, dtype=np.int64)
    ends = (graph.edge_from[targets.edge], graph.edge_to[targets.edge])
    for node, leg_ms in zip(ends, ends_ms(graph, targets, arriving=not toward), strict=True):
        at_node = keys[node]
        possible = (at_node != UNREACHED) & (leg_ms < NO_WAY)
        extra = np.where(possible, leg_ms + targets.off_road_ms, 0) << LABEL_BITS
        best = np.minimum(best, np.where(possible, np.where(possible, at_node, 0) + extra, UNREACHED))
    return best


def _least_of(pairs: Iterable[Pairs], label: NDArray[np.int64], targets: int) -> NDArray[np.int64]:
    """The least key of each target."""
    best = np.full(targets, UNREACHED, dtype=np.int64)
    for source, target, milliseconds in pairs:
        np.minimum.at(best, target, pack(milliseconds, label[source]))
    return best


def _nearest_by_geodesic(
    facilities: NDArray[np.float64], places: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Index of and metres to the nearest facility; of equal ones the lowest index."""
    geod = pyproj.Geod(a=SEMI_MAJOR_M, f=FLATTENING)
    distinct, first = np.unique(facilities, axis=0, return_index=True)
    candidates = min(4, len(distinct))
    near = cKDTree(earth_centred(distinct)).query(earth_centred(places), k=candidates)[1]
    near = first[np.asarray(near).reshape(len(places), candidates)]
    near.sort(axis=1)
    start, end = np.repeat(places, candidates, axis=0), facilities[near.ravel()]
    distance_m = geod.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])[2].reshape(near.shape)
    # To the tenth of a millimetre, so that a tie is a tie.
    choice = np.round(distance_m, 4).argmin(axis=1)
    row = np.arange(len(places))
    return near[row, choice].astype(np.int64), distance_m[row, choice]


def earth_centred(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from the centre of the Earth, shape (n, 3): chords sort as geodesics do, at any longitude."""
    lon, lat = np.radians(lonlat).T
    prime_vertical_m = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_SQUARED * np.sin(lat) ** 2)
    return np.column_stack(
        [
            prime_vertical_m * np.cos(lat) * np.cos(lon),
            prime_vertical_m * np.cos(lat) * np.sin(lon),
            prime_vertical_m * (1 - ECCENTRICITY_SQUARED) * np.sin(lat),
        ]
    )
