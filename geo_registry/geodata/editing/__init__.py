"""Drawing on the map, as arithmetic: split, join, snap, borders that two areas share, tracks of a phone. Knows no Django.

Geometries are shapely's, two-dimensional, in degrees of EPSG:4490. What a person did not touch comes back with the same numbers:
nothing is projected to a plane and back. Metres are those of `plane.LocalPlane`.
"""

from .errors import EditingError
from .plane import LocalPlane

__all__ = ["EditingError", "LocalPlane"]
