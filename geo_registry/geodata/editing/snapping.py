"""Where a line's ends belong on the network that is there: at a vertex if one is near, else on an edge."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely import LineString

from .lines import nearest_on, vertices
from .plane import LocalPlane, Point


def snap_point(
    place: Point, network: Sequence[LineString], *, tolerance_m: float, plane: LocalPlane | None = None
) -> Point | None:
    """Return the vertex of a network nearest to a position, else the nearest place on an edge; ``None`` if neither is near.

    Parameters
    ----------
    place : (lon, lat)
    network : sequence of LineString
    tolerance_m : float
        A vertex counts within all of it, and goes before an edge: roads should meet at junctions.
    """
    if not network:
        return None
    plane = plane or LocalPlane(*place)
    best_vertex: tuple[float, Point] | None = None
    best_edge: tuple[float, Point] | None = None
    for line in network:
        points = vertices(line)
        for vertex in points:
            distance = plane.distance_m(vertex, place)
            if distance <= tolerance_m and (best_vertex is None or distance < best_vertex[0]):
                best_vertex = (distance, vertex)
        at = nearest_on(points, place, plane)
        if at.distance_m <= tolerance_m and (best_edge is None or at.distance_m < best_edge[0]):
            best_edge = (at.distance_m, at.point)
    found = best_vertex or best_edge
    return found[1] if found else None


def snap_ends(line: LineString, network: Sequence[LineString], *, tolerance_m: float) -> LineString:
    """Move a line's two ends onto a network where it is near; the rest of the line stays.

    An end is not moved where that would leave the line without length.
    """
    points = vertices(line)
    near = _near(line, network, tolerance_m)
    first = snap_point(points[0], near, tolerance_m=tolerance_m)
    last = snap_point(points[-1], near, tolerance_m=tolerance_m)
    snapped = [first or points[0], *points[1:-1], last or points[-1]]
    if len(snapped) == 2 and snapped[0] == snapped[1]:
        return line
    return LineString(snapped)


def _near(line: LineString, network: Sequence[LineString], tolerance_m: float) -> list[LineString]:
    if not network:
        return []
    plane = LocalPlane.around(line)
    margin = tolerance_m / min(plane.scale)
    tree = shapely.STRtree(list(network))
    return [network[index] for index in sorted(tree.query(line.buffer(margin)).tolist())]
