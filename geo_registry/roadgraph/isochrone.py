"""What can be reached within limits of time, as areas for a map.

An isochrone here is the ground within some metres of a road that is really reached in time, not a hull around it: blocks, fields
and lakes that nobody reaches are holes. It is for the eye. People are counted from the times of the places where they live,
never from these areas.

How: the edges are cut into short steps, each with its own time (:mod:`.reach`); on a grid the distance to the nearest step in
time is taken, exactly wherever the outline may run; its contour at the width is the outline (:mod:`.outline`). A longer limit
has more steps, so its distances are nowhere greater: areas lie within each other. Simplifying each by half a cell could break
that, so each is cut to the one around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .errors import NetworkError, gettext_noop
from .graph import RoadGraph
from .kernels import Engine
from .outline import outline_around, polygons_of
from .plane import Plane
from .profiles import Profile
from .reach import nodes_in_reach, timed_steps
from .snapping import Snaps
from .times import check_snaps
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
    near = nodes_in_reach(graph, facilities, limit_s=limits[-1], direction=direction, engine=engine)
    if cell_m is None:
        cell_m = min(_usual_cell(graph, near.edges), width_m)
    _check_widths(width_m, cell_m)
    # What is walked is small and drawn finely; a long drive need not be.
    step_m = cell_m / 4 if cell_m < 20 else cell_m / 2
    bound = None if radius is None else (radius.profile, radius.metres)
    steps = timed_steps(graph, facilities, near, step_m=step_m, radius=bound, engine=engine)
    found = steps.time_ms >= 0
    xy, time_ms, length_m = steps.xy[found], steps.time_ms[found], steps.length_m[found]
    cell_m = _affordable(xy, cell_m, width_m)
    plane = graph.plane
    scale = _scale_at(plane, xy)
    least_hole = 12.5 * cell_m**2 if least_hole_m2 is None else least_hole_m2
    answers: list[Isochrone] = []
    around: BaseGeometry | None = None
    for limit_s in reversed(limits):
        within = time_ms <= round(limit_s * 1000)
        area = outline_around(
            xy[within], width=width_m / scale, cell=cell_m, tolerance=cell_m / 2, least_hole=least_hole / scale**2
        )  # fmt: skip
        area = _in_degrees(area, plane)
        if around is not None:
            # In degrees, as it is given out: an edge that is straight in the plane is not quite straight there. A hair
            # inside, so that no rounding of a crossing point puts one outline across the other.
            area = shapely.intersection(area, around.buffer(-_HAIR_DEG, join_style="mitre"))
        around = area = polygons_of(area)
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
    near = nodes_in_reach(graph, facilities, limit_s=limit_s, direction=direction, engine=engine)
    bound = None if radius is None else (radius.profile, radius.metres)
    steps = timed_steps(graph, facilities, near, step_m=step_m, radius=bound, engine=engine)
    return ReachedRoad(lonlat=graph.plane.lonlat(steps.xy), length_m=steps.length_m, time_ms=steps.time_ms)


def _usual_cell(graph: RoadGraph, edges: NDArray[np.int64]) -> float:
    """Finer cells for what is walked, coarser ones for what is driven: by how wide the reached edges are."""
    if not len(edges):
        return 12.0
    xy = graph.plane.xy(graph.node_lonlat[np.union1d(graph.edge_from[edges], graph.edge_to[edges])])
    return 12.0 if float(np.ptp(xy, axis=0).max()) <= 5_000 else 20.0


def _scale_at(plane: Plane, xy: FloatArray) -> float:
    """True metres of one plane metre in the middle of some points."""
    if not len(xy):
        return 1.0
    return float(plane.ground_metres(plane.lonlat(xy.mean(axis=0, keepdims=True))[:, 1])[0])


def _affordable(xy: FloatArray, cell_m: float, width_m: float) -> float:
    """A cell so wide that the grid fits into :data:`CELLS_MAX`."""
    if not len(xy):
        return cell_m
    span = np.ptp(xy, axis=0) + 2 * width_m + 4 * cell_m
    return max(cell_m, float(np.sqrt(span[0] * span[1] / CELLS_MAX)))


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
