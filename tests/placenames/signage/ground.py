"""Roads in metres about a point of the plain, for tests that are computed by hand."""

from __future__ import annotations

import numpy as np
import shapely

from geo_registry.roadgraph import RoadLines
from geo_registry.roadgraph.plane import Plane
from placenames.signage import Rules, Site, plan_signs

RULES = Rules(
    snap_m=2, stub_m=20, merge_m=15, max_gap_m=300, match_m=25, dual_m=40, plate_merge_m=100,
    faces_by_degree=(1, 2, 2, 4), plate_faces=1,
)  # fmt: skip
PLANE = Plane(106.0, 37.0)
_ORIGIN = PLANE.xy(np.array([[106.0, 37.0]]))[0]


def lonlat(*points):
    """Return degrees of points in metres east and north of the origin."""
    return PLANE.lonlat(np.array(points, dtype=float) + _ORIGIN)


def metres(lon, lat):
    """Return metres east and north of the origin."""
    x, y = PLANE.xy(np.array([[lon, lat]]))[0] - _ORIGIN
    return float(x), float(y)


def line(*points):
    """Return a line through points in metres."""
    return shapely.LineString(lonlat(*points))


def plan(lines, roads, *, counts=None, crossings="join", rules=RULES, **columns):
    """Plan roads over lines in metres."""
    given = RoadLines.from_columns(lines, **columns)
    every = np.ones(len(lines), dtype=bool) if counts is None else np.array(counts)
    return plan_signs(given, roads, counts=every, rules=rules, crossings=crossings)


def told(sites: tuple[Site, ...]):
    """Return kind and metres of each site, rounded to whole ones."""
    return [(str(site.kind), round(site.measure_m)) for site in sites]
