"""The ground about a proposal: named roads beside it, and what its direction is measured from."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon

from geo_registry.territory.models import Division, Level, Road
from placenames.models import Name
from placenames.naming import NameParts
from placenames.naming.checks import Landmark, Stretch
from placenames.naming.checks.ground import direction_word, stem_of

from .neighbours import shape_of_place
from .subject import Plane, Subject, ancestor, distance_m, middle

_METRES_PER_DEGREE = 111_195.0
_NEAR_M = 30.0


def stretches(subject: Subject, shape: shapely.Geometry, plane: Plane, *, reach_m: float) -> list[Stretch]:
    """Return named roads on and beside the proposal: one of the same name within reach, others where they touch."""
    own = {road.pk for road in subject.roads} if subject.old_text else set()
    if subject.place is not None:
        own |= set(subject.place.roads.values_list("pk", flat=True))
    rows = (
        Road.objects.filter(geometry__bboverlaps=_around(shape, reach_m)).exclude(name="").exclude(pk__in=own)
    )
    by_name: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for road in rows.only("pk", "name", "geometry"):
        line = shapely.from_wkb(bytes(road.geometry.wkb))
        near = reach_m if road.name == subject.text else _NEAR_M
        if distance_m(shape, line) <= near:
            by_name[road.name].append(line)
    found = []
    for name, lines in by_name.items():
        whole = shapely.union_all(np.asarray(lines, dtype=object))
        lon, lat = middle(whole)
        found.append(Stretch(key=f"road:{name}", text=name, line_m=plane.project(whole), lon=lon, lat=lat))
    return found


def landmarks(subject: Subject, parts: NameParts) -> list[Landmark]:
    """Return what 东 or 西 is measured from: siblings of the name within the county, then the middle of the division."""
    word = direction_word(parts.specific)
    if not word:
        return []
    stem = stem_of(parts.specific)
    marks = []
    if stem and subject.division is not None:
        county = ancestor(subject.division, Level.COUNTY) or subject.division
        names = Name.objects.filter(
            specific__startswith=stem, valid_to__isnull=True, place__division__path__startswith=county.path,
            place__kind__procedure__family=subject.family,
        )  # fmt: skip
        if subject.place is not None:
            names = names.exclude(place=subject.place)
        for name in names.select_related("place__named_division").prefetch_related("place__roads")[:50]:
            own = shape_of_place(name)
            if own is not None and stem_of(name.specific) == stem and name.generic == parts.generic:
                lon, lat = middle(own)
                marks.append(Landmark(text=name.text, lon=lon, lat=lat, word=direction_word(name.specific)))
    shape = subject.shape()
    if shape is not None:
        lon, lat = middle(shape)
        # A county may have several roads of the stem: the nearest is the sibling.
        marks.sort(key=lambda mark: (mark.lon - lon) ** 2 + (mark.lat - lat) ** 2)
    middle_of = _middle_of(subject.division)
    return [*marks, *([middle_of] if middle_of else [])]


def _middle_of(division: Division | None) -> Landmark | None:
    if division is None:
        return None
    row = Division.objects.filter(pk=division.pk).only("boundary", "point", "name").get()
    point = row.point or (row.boundary.centroid if row.boundary else None)
    return Landmark(text=row.name, lon=point.x, lat=point.y) if point is not None else None


def _around(shape: shapely.Geometry, reach_m: float) -> Polygon:
    west, south, east, north = (float(value) for value in shapely.total_bounds(shape))
    lat = reach_m / _METRES_PER_DEGREE
    lon = lat / max(float(np.cos(np.radians(north))), 0.1)
    box = Polygon.from_bbox((west - lon, south - lat, east + lon, north + lat))
    box.srid = 4490
    return box
