"""Where a village's plates stand: where a named road crosses its boundary, else at its nearest entry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_registry.roadgraph.plane import Plane

from .rules import Colour, Rules, Site, SiteKind, compass_deg

_ON_EDGE_M = 1.0
_TANGENT_M = 5.0


def village_entries(
    outline: shapely.Geometry | None,
    centre: tuple[float, float] | None,
    named: Sequence[shapely.Geometry],
    others: Sequence[shapely.Geometry],
    rules: Rules,
) -> list[Site]:
    """Return the sites of a village's plates.

    Parameters
    ----------
    outline
        The village's boundary, a (multi)polygon in degrees, if it is known.
    centre
        Its place, longitude and latitude, if it is known.
    named, others
        Lines near the village, in degrees: roads with a name, and those without that lead somewhere.
    rules
        The distances. A road that touches the boundary and does not go on inside for ``stub_m``, or stays within ``merge_m``
        of the boundary, is no entry.

    Returns
    -------
    list of Site
        ``bearing_deg`` leads into the village. Empty where nothing is known to go by.
    """
    shapes = [shape for shape in (*named, *others, outline) if shape is not None]
    if not shapes or (outline is None and centre is None):
        return []
    plane = Plane.around(np.concatenate([shapely.get_coordinates(shape) for shape in shapes]))
    named_m, others_m = _on(plane, named), _on(plane, others)
    middle = _middle(plane, outline, centre)
    entries = []
    if outline is not None:
        ground = shapely.make_valid(_on(plane, [outline])[0])
        entries = _crossings(ground, named_m, rules)
        if not entries:
            entries = _nearest(_crossings(ground, others_m, rules), middle)
    if not entries:
        entries = _nearest(_beside(middle, named_m or others_m), middle)
    return [_site(plane, x, y, bearing, rules) for x, y, bearing in entries]


_Entry = tuple[float, float, float]


def _on(plane: Plane, shapes: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    return [shapely.transform(shapely.force_2d(shape), plane.xy) for shape in shapes]


def _middle(
    plane: Plane, outline: shapely.Geometry | None, centre: tuple[float, float] | None
) -> NDArray[np.float64]:
    lonlat = centre
    if lonlat is None and outline is not None:
        lonlat = tuple(shapely.get_coordinates(shapely.point_on_surface(outline))[0])
    middle: NDArray[np.float64] = plane.xy(np.array([lonlat], dtype=np.float64))[0]
    return middle


def _crossings(ground: shapely.Geometry, lines: Sequence[shapely.Geometry], rules: Rules) -> list[_Entry]:
    edge, deep = shapely.boundary(ground), shapely.buffer(ground, -rules.merge_m)
    found: list[_Entry] = []
    for line in lines:
        if not shapely.intersects(line, edge):
            continue
        outside = shapely.difference(line, ground)
        for piece in shapely.get_parts(shapely.line_merge(shapely.intersection(line, ground))):
            if (
                not isinstance(piece, shapely.LineString)
                or piece.length < rules.stub_m
                or not shapely.intersects(piece, deep)
            ):
                continue  # it runs along the boundary, or ends behind it
            points = shapely.get_coordinates(piece)
            for tip, inward in ((points[0], piece), (points[-1], piece.reverse())):
                at = shapely.Point(tip)
                # A road that only begins on the boundary does not cross it.
                crosses = (
                    shapely.distance(edge, at) <= _ON_EDGE_M and shapely.distance(outside, at) <= _ON_EDGE_M
                )
                if crosses:
                    ahead = inward.interpolate(_TANGENT_M)
                    found.append((float(tip[0]), float(tip[1]), _bearing(tip, (ahead.x, ahead.y))))
    return _apart(found, rules.plate_merge_m)


def _beside(middle: NDArray[np.float64], lines: Sequence[shapely.Geometry]) -> list[_Entry]:
    """Return the point of each road that is nearest to a village of which only the place is known."""
    here = shapely.Point(middle)
    found = []
    for line in lines:
        point = shapely.shortest_line(here, line)
        x, y = shapely.get_coordinates(point)[-1]
        found.append((float(x), float(y), _bearing((x, y), (middle[0], middle[1]))))
    return found


def _nearest(entries: Sequence[_Entry], middle: NDArray[np.float64]) -> list[_Entry]:
    return sorted(entries, key=lambda entry: float(np.hypot(entry[0] - middle[0], entry[1] - middle[1])))[:1]


def _apart(entries: Sequence[_Entry], merge_m: float) -> list[_Entry]:
    kept: list[_Entry] = []
    for entry in sorted(entries):
        if all(np.hypot(entry[0] - other[0], entry[1] - other[1]) > merge_m for other in kept):
            kept.append(entry)
    return kept


def _bearing(start: Sequence[float], end: Sequence[float]) -> float:
    return compass_deg(end[0] - start[0], end[1] - start[1])


def _site(plane: Plane, x: float, y: float, bearing: float, rules: Rules) -> Site:
    lon, lat = plane.lonlat(np.array([[x, y]]))[0]
    return Site(
        kind=SiteKind.VILLAGE, part=0, measure_m=0.0, lon=float(lon), lat=float(lat), bearing_deg=bearing,
        colour=Colour.BLUE, degree=2, faces=rules.plate_faces,
    )  # fmt: skip
