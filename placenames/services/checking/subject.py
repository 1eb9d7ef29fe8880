"""What is checked: a name, and the thing it is for."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import GEOSGeometry
from numpy.typing import NDArray
from pyproj import Geod

from geo_registry.geodata.geometry import METRES_PER_DEGREE
from geo_registry.geodata.geometry import length_m as ellipsoidal_length_m
from geo_registry.territory.models import Division, Road
from placenames.models import Place, PlaceKind
from placenames.models.rules import Family, ScopeChoice
from placenames.naming.checks import Act

# Geometries, shape (n,).
Shapes = NDArray[np.object_]
# CGCS2000's ellipsoid.
_GEOD = Geod(a=6378137.0, rf=298.257222101)


@dataclass(frozen=True, slots=True)
class RoadLine:
    """A stretch of road as far as the checks look at it: of a long road there are hundreds.

    Parameters
    ----------
    pk
        Of the road.
    width_m
        Its width, where it is known.
    line
        In degrees (EPSG:4490).
    """

    pk: int
    width_m: float | None
    line: shapely.Geometry


def road_lines(place_pks: Collection[int]) -> dict[int, list[RoadLine]]:
    """Return the stretches of road that places are, in one statement."""
    links = Place.roads.through.objects.filter(place__in=place_pks).order_by("place_id", "road_id")
    rows = list(links.values_list("place_id", "road_id", "road__width_m", AsWKB("road__geometry")))
    lines = shapely.from_wkb(np.array([bytes(wkb) for *_row, wkb in rows], dtype=object))
    found: defaultdict[int, list[RoadLine]] = defaultdict(list)
    for (place_pk, pk, width_m, _wkb), line in zip(rows, lines, strict=True):
        found[place_pk].append(RoadLine(pk, width_m, line))
    return found


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A name to be checked.

    Parameters
    ----------
    text
        The name in its normal form; empty where a name is retired.
    kind
        What kind of thing it is for.
    division
        The division that it lies in.
    act
        Naming, renaming or retiring.
    place
        The place, where there is one already.
    old_text
        The name it goes by.
    geometry
        Where it is (EPSG:4490), unless stretches of road say so.
    roads
        The stretches of road that are to bear the name.
    width_m
        Its width, where it is known.
    readings
        Readings chosen by the officer, by position.
    measures
        What is done so that a protected name is not lost.
    spelling, spelling_confirmed
        The spelling as the officer has it.
    split_mode
        How it is written, if not as the kind has it.
    case_key
        ``case:5`` where a case is checked, so that it is no candidate for itself.
    approved_on, filed_on, announced_on
        Days of the procedure.
    """

    text: str
    kind: PlaceKind
    division: Division | None = None
    act: Act = Act.NAMING
    place: Place | None = None
    old_text: str = ""
    geometry: GEOSGeometry | None = None
    roads: Sequence[Road | RoadLine] = ()
    width_m: float | None = None
    readings: Mapping[int, str] = field(default_factory=dict)
    measures: str = ""
    spelling: str = ""
    spelling_confirmed: bool = False
    split_mode: str = ""
    case_key: str = ""
    approved_on: datetime.date | None = None
    filed_on: datetime.date | None = None
    announced_on: datetime.date | None = None

    @property
    def family(self) -> str:
        """What the thing may be mistaken for; a kind without a procedure is a family of its own."""
        procedure = getattr(self.kind, "procedure", None)
        return procedure.family if procedure else f"kind:{self.kind.code}"

    @property
    def scope(self) -> str:
        """Within what the name must be the only one."""
        procedure = getattr(self.kind, "procedure", None)
        return procedure.scope if procedure else ScopeChoice.NONE

    @property
    def is_division(self) -> bool:
        """Whether the thing is an administrative division."""
        return self.family == Family.DIVISION

    def shape(self) -> shapely.Geometry | None:
        """Return where it is in degrees: its roads, or its geometry."""
        if self.roads:
            lines = [
                road.line if isinstance(road, RoadLine) else shapely.from_wkb(bytes(road.geometry.wkb))
                for road in self.roads
            ]
            return lines[0] if len(lines) == 1 else shapely.union_all(np.asarray(lines, dtype=object))
        return shapely.from_wkb(bytes(self.geometry.wkb)) if self.geometry is not None else None


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north about a latitude, for short distances."""

    lat: float

    @property
    def metres_per_degree(self) -> np.ndarray:
        """How many metres a degree is eastward and northward."""
        return np.array([METRES_PER_DEGREE * np.cos(np.radians(self.lat)), METRES_PER_DEGREE])

    def project(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return a shape of degrees in metres; over a county the error is far below one per cent."""
        projected: shapely.Geometry = self.project_all([shape])[0]
        return projected

    def project_all(self, shapes: Sequence[shapely.Geometry] | Shapes) -> Shapes:
        """Return shapes of degrees in metres."""
        scale = self.metres_per_degree
        projected: Shapes = shapely.transform(
            np.asarray(shapes, dtype=object), lambda degrees: degrees * scale
        )
        return projected


def middle(shape: shapely.Geometry) -> tuple[float, float]:
    """Return a point on the shape: of a line its middle, of an area a point within."""
    return middles([shape])[0]


def middles(shapes: Sequence[shapely.Geometry] | Shapes) -> list[tuple[float, float]]:
    """Return a point on each shape: of a line its middle (of several parts the longest), of an area a point within."""
    if not len(shapes):
        return []
    every = np.asarray(shapes, dtype=object)
    points = np.empty(len(every), dtype=object)
    is_line = shapely.get_dimensions(every) == 1
    points[~is_line] = shapely.point_on_surface(every[~is_line])
    lines = _longest_parts(every[is_line])
    points[is_line] = shapely.line_interpolate_point(lines, 0.5, normalized=True) if len(lines) else lines
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(points)]


def _longest_parts(lines: Shapes) -> Shapes:
    """Return the longest part of each line, the first of equal ones."""
    parts, line = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((np.arange(len(parts)), -shapely.length(parts), line))
    _lines, first = np.unique(line[order], return_index=True)
    longest: Shapes = parts[order[first]]
    return longest


def length_m(shape: shapely.Geometry) -> float:
    """Return the length of a line along the ellipsoid, in metres."""
    return float(ellipsoidal_length_m(np.array([shape], dtype=object))[0])


def distance_m(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return the distance of two shapes in degrees along the ellipsoid, in metres."""
    return distances_m(one, [other])[0]


def distances_m(one: shapely.Geometry, others: Sequence[shapely.Geometry] | Shapes) -> list[float]:
    """Return the distance of a shape in degrees to each of the others along the ellipsoid, in metres."""
    if not len(others):
        return []
    plane = Plane(shapely.get_coordinates(one)[0][1])
    shortest = shapely.shortest_line(plane.project(one), plane.project_all(others))
    ends = shapely.get_coordinates(shortest).reshape(-1, 2, 2) / plane.metres_per_degree
    _forth, _back, metres = _GEOD.inv(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
    return [float(metre) for metre in metres]
