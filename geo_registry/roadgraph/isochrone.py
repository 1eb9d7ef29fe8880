"""What can be reached within limits of time, as areas for a map.

An isochrone here is the ground within some metres of a road that is really reached in time, not a hull around it: blocks, fields
and lakes that nobody reaches are holes. It is for the eye. People are counted from the times of the places where they live,
never from these areas.

How: the edges are cut into short steps, each with its own time; on a grid the distance to the nearest step in time is taken (exact
distance transform of Maurer and others 2003, then the exact distance to the step found there); its contour at the width is the
outline (marching squares). A longer limit has more steps, so its distances are nowhere greater: areas lie within each
other. Simplifying each by half a cell could break that, so each is cut to the one around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from .errors import NetworkError, gettext_noop
from .graph import RoadGraph
from .kernels import Engine
from .plane import Plane
from .profiles import Profile
from .radius import nearest_of_pairs, times_within_radius
from .snapping import Snaps
from .times import TravelState, check_snaps, times_to_nearest
from .ways import Direction

FloatArray = NDArray[np.float64]

CELLS_MAX = 30_000_000
"""Cells of the largest grid; a wider region gets wider cells, and the answer says so."""


@dataclass(frozen=True, kw_only=True)
class Isochrone:
    """The area reached within one limit.

    Attributes
    ----------
    limit_s
        Seconds.
    area
        Polygons in degrees with their holes, valid; empty where nothing is reached.
    reached_m
        Metres of road reached.
    cell_m
        The side of a cell that was used.
    """

    limit_s: float
    area: BaseGeometry
    reached_m: float
    cell_m: float


@dataclass(frozen=True, kw_only=True)
class Radius:
    """How far a service travels: metres along the roads, by the profile that the graph was built for."""

    metres: float
    profile: Profile


_HAIR_DEG = 1e-7
"""A centimetre: how far the outline of one area stays within that of the next."""


@dataclass(frozen=True)
class ReachedRoad:
    """Short steps of road with the time of their middle.

    Attributes
    ----------
    lonlat
        Middle of each step, degrees.
    length_m
        Its length.
    time_ms
        Milliseconds to the nearest facility; -1 beyond the longest limit.
    """

    lonlat: FloatArray
    length_m: FloatArray
    time_ms: NDArray[np.int64]


def isochrones(
    graph: RoadGraph,
    facilities: Snaps,
    *,
    limits_s: Sequence[float],
    direction: Direction = "to-facility",
    width_m: float = 40.0,
    cell_m: float | None = None,
    least_hole_m2: float | None = None,
    radius: Radius | None = None,
    engine: Engine = "auto",
) -> tuple[Isochrone, ...]:
    """Areas from which one of the facilities is reached within each limit (or that they reach).

    Parameters
    ----------
    graph
        The graph the facilities were snapped to.
    facilities
        From :func:`~geo_registry.roadgraph.snapping.snap_places`; one, or many together.
    limits_s
        Seconds, each inclusive.
    direction
        ``to-facility``: people travel. ``from-facility``: the service travels.
    width_m
        How far from a reached road still counts as reached.
    cell_m
        Side of the grid's cells; no more than the width. None: 12 m, or 20 m where what is reached is wider than 5 km.
    least_hole_m2
        Holes smaller than this many square metres (a courtyard) are not drawn; None: than 12.5 cells, 0 keeps all.
    radius
        How far the service travels at most; None: no bound but the limits.
    engine
        As in :func:`~geo_registry.roadgraph.times.times_to_nearest`.

    Returns
    -------
    tuple of Isochrone
        By rising limit; each area lies within the next.

    Raises
    ------
    SnapError
        If the facilities were snapped to another graph.
    NetworkError
        On no limit, a limit that is negative, not a number or given twice, or widths that are not above 0.

    Examples
    --------
    >>> import shapely
    >>> from geo_registry.roadgraph import Mode, Profile, RoadLines, build_graph, isochrones, snap_places
    >>> walk = Profile(code="walk", mode=Mode.FOOT, speed_m_s=1.0, off_road_speed_m_s=1.0, snap_limit_m=100,
    ...                respects_oneway=False, detour_factor=1.3)
    >>> street = shapely.LineString([(106.0, 38.0), (106.01, 38.0)])  # about 878 m
    >>> graph = build_graph(RoadLines.from_columns([street]), walk, crossings="join", tolerance_m=0.5)
    >>> near, far = isochrones(graph, snap_places(graph, [(106.0, 38.0)], walk), limits_s=[300, 600])
    >>> round(near.reached_m, -1), round(far.reached_m, -1), bool(far.area.contains(near.area))
    (300.0, 600.0, True)
    """
    limits = _checked_limits(limits_s)
    check_snaps(graph, facilities)
    edges = _edges_in_reach(graph, facilities, limits[-1], direction, engine)
    if cell_m is None:
        cell_m = min(_usual_cell(graph, edges), width_m)
    _check_widths(width_m, cell_m)
    # What is walked is small and drawn finely; a long drive need not be.
    step_m = cell_m / 4 if cell_m < 20 else cell_m / 2
    road = _timed_steps(
        graph, facilities, edges, limit_s=limits[-1], direction=direction, step_m=step_m, radius=radius, engine=engine
    )  # fmt: skip
    found = road.time_ms >= 0
    xy = graph.plane.xy(road.lonlat[found])
    time_ms, length_m = road.time_ms[found], road.length_m[found]
    cell_m = _affordable(xy, cell_m, width_m)
    plane = graph.plane
    scale = float(plane.ground_metres(road.lonlat[found][:, 1]).mean()) if len(xy) else 1.0
    least_hole = 12.5 * cell_m**2 if least_hole_m2 is None else least_hole_m2
    answers: list[Isochrone] = []
    around: BaseGeometry | None = None
    for limit_s in reversed(limits):
        within = time_ms <= round(limit_s * 1000)
        area = _area(xy[within], width=width_m / scale, cell=cell_m)
        area = _in_degrees(_simplified(area, cell_m / 2, least_hole / scale**2), plane)
        if around is not None:
            # In degrees, as it is given out: an edge that is straight in the plane is not quite straight there. A hair
            # inside, so that no rounding of a crossing point puts one outline across the other.
            area = shapely.intersection(area, around.buffer(-_HAIR_DEG, join_style="mitre"))
        around = area = _polygons(area)
        answers.append(
            Isochrone(
                limit_s=limit_s,
                area=area,
                reached_m=float(length_m[within].sum()),
                cell_m=cell_m,
            )
        )
    return tuple(reversed(answers))


def reached_road(
    graph: RoadGraph,
    facilities: Snaps,
    *,
    limit_s: float,
    direction: Direction = "to-facility",
    step_m: float = 10.0,
    radius: Radius | None = None,
    engine: Engine = "auto",
) -> ReachedRoad:
    """Cut edges that may be reached into steps of at most ``step_m`` and time the middle of each.

    Raises
    ------
    SnapError
        If the facilities were snapped to another graph.
    NetworkError
        On a limit that is negative or not a number.
    """
    check_snaps(graph, facilities)
    edges = _edges_in_reach(graph, facilities, limit_s, direction, engine)
    return _timed_steps(
        graph, facilities, edges, limit_s=limit_s, direction=direction, step_m=step_m, radius=radius, engine=engine
    )  # fmt: skip


def _timed_steps(
    graph: RoadGraph,
    facilities: Snaps,
    edges: NDArray[np.int64],
    *,
    limit_s: float,
    direction: Direction,
    step_m: float,
    radius: Radius | None,
    engine: Engine,
) -> ReachedRoad:
    pieces = np.maximum(1, np.ceil(graph.edge_length_m[edges] / step_m - 1e-9)).astype(np.int64)
    edge = np.repeat(edges, pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    fraction = (number + 0.5) / np.repeat(pieces, pieces)
    lonlat = _along(graph, edge, fraction)
    steps = Snaps(
        lonlat=lonlat,
        edge=edge.astype(np.int32),
        fraction=fraction,
        off_road_m=np.zeros(len(edge)),
        off_road_ms=np.zeros(len(edge), dtype=np.int64),
        road_lonlat=lonlat,
        graph_edges=graph.edge_count,
    )
    if radius is None:
        times = times_to_nearest(
            graph, facilities, steps, limit_s=limit_s, direction=direction, engine=engine
        )
    else:
        pairs = times_within_radius(
            graph,
            facilities,
            steps,
            radius.profile,
            radius_m=radius.metres,
            limit_s=limit_s,
            direction=direction,
            engine=engine,
        )
        times = nearest_of_pairs(pairs, is_limited=True)
    return ReachedRoad(
        lonlat=lonlat,
        length_m=graph.edge_length_m[edge] / np.repeat(pieces, pieces),
        time_ms=np.where(times.state == TravelState.REACHED, times.time_ms, -1),
    )


def _usual_cell(graph: RoadGraph, edges: NDArray[np.int64]) -> float:
    """Finer cells for what is walked, coarser ones for what is driven: by how wide the reached edges are."""
    if not len(edges):
        return 12.0
    xy = graph.plane.xy(graph.node_lonlat[np.union1d(graph.edge_from[edges], graph.edge_to[edges])])
    return 12.0 if float(np.ptp(xy, axis=0).max()) <= 5_000 else 20.0


def _edges_in_reach(
    graph: RoadGraph, facilities: Snaps, limit_s: float, direction: Direction, engine: Engine
) -> NDArray[np.int64]:
    """Edges with an end in reach, and those that facilities stand at: the others cannot be reached."""
    nodes = np.arange(graph.node_count)
    own_edge, own_fraction = _an_edge_of_each_node(graph)
    used = own_edge >= 0
    at_nodes = Snaps(
        lonlat=graph.node_lonlat[used],
        edge=own_edge[used],
        fraction=own_fraction[used],
        off_road_m=np.zeros(int(used.sum())),
        off_road_ms=np.zeros(int(used.sum()), dtype=np.int64),
        road_lonlat=graph.node_lonlat[used],
        graph_edges=graph.edge_count,
    )
    times = times_to_nearest(graph, facilities, at_nodes, limit_s=limit_s, direction=direction, engine=engine)
    reached = np.zeros(graph.node_count, dtype=np.bool_)
    reached[nodes[used]] = times.state == TravelState.REACHED
    chosen = reached[graph.edge_from] | reached[graph.edge_to]
    chosen[facilities.edge[facilities.is_snapped]] = True
    return np.flatnonzero(chosen)


def _an_edge_of_each_node(graph: RoadGraph) -> tuple[NDArray[np.int32], FloatArray]:
    edge = np.full(graph.node_count, -1, dtype=np.int32)
    fraction = np.zeros(graph.node_count)
    number = np.arange(graph.edge_count, dtype=np.int32)
    edge[graph.edge_to], fraction[graph.edge_to] = number, 1.0
    edge[graph.edge_from], fraction[graph.edge_from] = number, 0.0
    return edge, fraction


def _along(graph: RoadGraph, edge: NDArray[np.int64], fraction: FloatArray) -> FloatArray:
    """Points at fractions of edges, degrees."""
    lonlat, start = graph.vertex_lonlat, graph.vertex_start
    step = np.zeros(len(lonlat))
    step[1:] = np.hypot(*(graph.plane.xy(lonlat)[1:] - graph.plane.xy(lonlat)[:-1]).T)
    step[start[:-1]] = 0.0
    along = np.cumsum(step)
    begin, end = along[start[edge]], along[start[edge + 1] - 1]
    wanted = begin + fraction * (end - begin)
    after = np.clip(np.searchsorted(along, wanted, side="left"), start[edge] + 1, start[edge + 1] - 1)
    before = after - 1
    span = along[after] - along[before]
    part = np.where(span > 0, (wanted - along[before]) / np.where(span > 0, span, 1.0), 0.0)
    move = lonlat[after] - lonlat[before]
    move[:, 0] = (move[:, 0] + 180.0) % 360.0 - 180.0
    points: FloatArray = lonlat[before] + move * np.clip(part, 0.0, 1.0)[:, None]
    return points


def _affordable(xy: FloatArray, cell_m: float, width_m: float) -> float:
    """A cell so wide that the grid fits into :data:`CELLS_MAX`."""
    if not len(xy):
        return cell_m
    span = np.ptp(xy, axis=0) + 2 * width_m + 4 * cell_m
    return max(cell_m, float(np.sqrt(span[0] * span[1] / CELLS_MAX)))


def _area(xy: FloatArray, *, width: float, cell: float) -> BaseGeometry:
    """The ground within a width of points, in the plane."""
    from contourpy import FillType, contour_generator

    if not len(xy):
        return shapely.MultiPolygon()
    margin = width + 2 * cell
    origin = np.floor((xy.min(axis=0) - margin) / cell) * cell
    shape = np.ceil((xy.max(axis=0) + margin - origin) / cell).astype(np.int64) + 1
    at = np.rint((xy - origin) / cell).astype(np.int64)
    flat = at[:, 1] * shape[0] + at[:, 0]
    # Of the points at one node of the grid the one nearest to it speaks for it.
    off = np.hypot(*(xy - origin - at * cell).T)
    order = np.lexsort((off, flat))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = flat[order][1:] != flat[order][:-1]
    kept = order[first]
    empty = np.ones((shape[1], shape[0]), dtype=np.bool_)
    empty.ravel()[flat[kept]] = False
    x, y = origin[0] + np.arange(shape[0]) * cell, origin[1] + np.arange(shape[1]) * cell
    speaks = np.full(shape[0] * shape[1], -1, dtype=np.int32)
    speaks[flat[kept]] = np.arange(len(kept), dtype=np.int32)
    index = ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
    distance = _distances(index, speaks, xy[kept], x, y, width=width, cell=cell)
    generator = contour_generator(x, y, distance, fill_type=FillType.OuterOffset)
    filled: Any = generator.filled(-1.0, width)
    polygons, offsets = filled[0], filled[1]
    rings = [
        shapely.Polygon(
            outline[starts[0] : starts[1]],
            [outline[begin:end] for begin, end in pairwise(starts[1:])],
        )
        for outline, starts in zip(polygons, offsets, strict=True)
    ]
    return shapely.MultiPolygon(rings)


def _distances(
    index: NDArray[np.int32],
    speaks: NDArray[np.int32],
    points: FloatArray,
    x: FloatArray,
    y: FloatArray,
    *,
    width: float,
    cell: float,
) -> FloatArray:
    """Distance from each node of the grid to the nearest point: exact where the outline may run, to a cell elsewhere."""
    rows, columns = len(y), len(x)
    rough: FloatArray = np.hypot(
        (index[0] - np.arange(rows)[:, None]) * cell, (index[1] - np.arange(columns)[None, :]) * cell
    )
    # A point is at most 0.71 cells from the node that it speaks for, and the outline's interpolation looks one node farther.
    near = np.flatnonzero((np.abs(rough - width) <= 3 * cell).ravel())
    row, column = near // columns, near % columns
    to_row, to_column = index[0].ravel()[near].astype(np.int64), index[1].ravel()[near].astype(np.int64)
    table = np.append(points, [[np.inf, np.inf]], axis=0)  # -1, no point, is the last
    best = np.full(len(near), np.inf)
    for up in (-1, 0, 1):
        start = np.clip(to_row + up, 0, rows - 1) * columns
        for right in (-1, 0, 1):
            nearest = table[speaks[start + np.clip(to_column + right, 0, columns - 1)]]
            np.minimum(best, np.hypot(nearest[:, 0] - x[column], nearest[:, 1] - y[row]), out=best)
    rough.ravel()[near] = best
    return rough


def _simplified(area: BaseGeometry, tolerance: float, least_hole: float) -> BaseGeometry:
    """Fewer vertices and no holes too small to be seen, ring by ring: the whole at once takes minutes for a town's blocks."""
    polygons = shapely.get_parts(area)
    if not len(polygons):
        return area
    rings, owner = shapely.get_rings(polygons, return_index=True)
    is_outer = np.ones(len(rings), dtype=np.bool_)
    is_outer[1:] = owner[1:] != owner[:-1]
    kept = is_outer | (shapely.area(shapely.polygons(rings)) >= least_hole)
    lines = shapely.simplify(rings[kept], tolerance, preserve_topology=False)
    whole = shapely.get_num_coordinates(lines) >= 4
    # A part too small for a ring of its own keeps its outline.
    lines = np.where(whole, lines, rings[kept])
    outer, number = is_outer[kept], owner[kept]
    member = np.repeat(np.arange(len(lines)), shapely.get_num_coordinates(lines))
    closed: Any = shapely.linearrings(shapely.get_coordinates(lines), indices=member)
    shells, holes, of = closed[outer], closed[~outer], np.searchsorted(number[outer], number[~outer])
    built = np.array(
        [
            shapely.Polygon(shell, holes[begin:end].tolist())
            for shell, begin, end in zip(
                shells,
                np.searchsorted(of, np.arange(len(shells)), side="left"),
                np.searchsorted(of, np.arange(len(shells)), side="right"),
                strict=True,
            )
        ],
        dtype=object,
    )
    return _polygons(shapely.make_valid(shapely.MultiPolygon(built.tolist())))


def _polygons(geometry: BaseGeometry) -> BaseGeometry:
    """Polygons alone, as one multipolygon."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    parts = parts[shapely.get_type_id(parts) == 3]
    return shapely.MultiPolygon(list(parts))


def _in_degrees(area: BaseGeometry, plane: Plane) -> BaseGeometry:
    if area.is_empty:
        return shapely.MultiPolygon()
    return shapely.transform(area, plane.lonlat)


def _checked_limits(limits_s: Sequence[float]) -> list[float]:
    limits = sorted(limits_s)
    wrong = [value for value in limits if not (np.isfinite(value) and value >= 0)]
    if not limits or wrong or len({round(value * 1000) for value in limits}) < len(limits):
        raise NetworkError(
            gettext_noop("Isochrones need limits of 0 s or more, each once; they are {values}."),
            values=list(limits_s),
        )
    return limits


def _check_widths(width_m: float, cell_m: float) -> None:
    if not (np.isfinite(width_m) and np.isfinite(cell_m) and 0 < cell_m <= width_m):
        raise NetworkError(
            gettext_noop(
                "The width of isochrones must be above 0 and no less than a cell; they are {width} m and {cell} m."
            ),
            width=width_m,
            cell=cell_m,
        )
