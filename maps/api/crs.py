"""Co-ordinate reference systems of the interface, and their order of axes.

Geometry is stored in EPSG:4490 (CGCS2000) with longitude first. The OGC's CRS84 is longitude first; EPSG:4326 and EPSG:4490 are
latitude first, as their definitions say (OGC API - Features, Part 2, requirement 16). CGCS2000 and WGS 84 are realisations of the
ITRS that differ by a few centimetres; they are taken as equal here, as everywhere on the site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Crs:
    """A system that answers can be had in."""

    uri: str
    latitude_first: bool
    curie: str


CRS84: Final = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", latitude_first=False, curie="OGC:CRS84")
EPSG4490: Final = Crs("http://www.opengis.net/def/crs/EPSG/0/4490", latitude_first=True, curie="EPSG:4490")
EPSG4326: Final = Crs("http://www.opengis.net/def/crs/EPSG/0/4326", latitude_first=True, curie="EPSG:4326")
SUPPORTED: Final = (CRS84, EPSG4490, EPSG4326)
STORAGE: Final = EPSG4490


def crs_of(name: str) -> Crs | None:
    """Return the system of a URI (also as ``[EPSG:4490]``, a safe CURIE), or ``None``."""
    wanted = name.strip("[]")
    return next((crs for crs in SUPPORTED if wanted in {crs.uri, crs.curie}), None)
