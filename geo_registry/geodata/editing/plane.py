"""A small plane of metres around a place, in which straight lines of degrees stay straight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

_SEMI_MAJOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257222101
_E2 = _FLATTENING * (2 - _FLATTENING)

AnyGeometry = TypeVar("AnyGeometry", bound=BaseGeometry)
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """Degrees stretched to metres by the ellipsoid's two radii of curvature at one latitude.

    The map is affine: what lies on a line of degrees lies on the line of metres, and a fraction of a segment is the same in
    both. Ten kilometres from its middle at 38° N a length is wrong by a tenth of a per cent; for deciding which vertex is meant
    and whether two ends meet that is far more than is needed. Lengths that are shown come from `geometry.length_m`.

    Attributes
    ----------
    lon0, lat0 : float
        Its middle, in degrees.
    """

    lon0: float
    lat0: float

    @classmethod
    def around(cls, *geometries: BaseGeometry) -> LocalPlane:
        """Return the plane around the middle of what some geometries cover."""
        west, south, east, north = shapely.total_bounds(np.array(geometries, dtype=object))
        return cls((west + east) / 2, (south + north) / 2)

    @property
    def scale(self) -> tuple[float, float]:
        """Metres of one degree to the east and to the north."""
        latitude = math.radians(self.lat0)
        w2 = 1 - _E2 * math.sin(latitude) ** 2
        prime_vertical = _SEMI_MAJOR_M / math.sqrt(w2)
        meridian = prime_vertical * (1 - _E2) / w2
        return math.radians(1) * prime_vertical * math.cos(latitude), math.radians(1) * meridian

    def metres(self, lonlat: object) -> NDArray[np.float64]:
        """Return positions in metres, shape (n, 2)."""
        points = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
        return np.asarray((points - (self.lon0, self.lat0)) * self.scale, dtype=np.float64)

    def degrees(self, xy: object) -> NDArray[np.float64]:
        """Return positions in degrees, shape (n, 2)."""
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        return np.asarray(points / self.scale + (self.lon0, self.lat0), dtype=np.float64)

    def to_metres(self, geometry: AnyGeometry) -> AnyGeometry:
        """Return a geometry of degrees in metres."""
        return shapely.transform(geometry, self.metres)

    def to_degrees(self, geometry: AnyGeometry) -> AnyGeometry:
        """Return a geometry of metres in degrees."""
        return shapely.transform(geometry, self.degrees)

    def distance_m(self, a: Point, b: Point) -> float:
        """Return metres between two positions in degrees."""
        x, y = self.scale
        return math.hypot((a[0] - b[0]) * x, (a[1] - b[1]) * y)
