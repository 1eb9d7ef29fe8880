"""The ground about a proposal: named roads beside it, and what its direction is measured from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsWKB, Centroid
from django.db import connection
from django.db.models.functions import Coalesce

from geo_registry.territory.models import Division, Road
from placenames.models import Name, Place
from placenames.naming.checks import Landmark, Stretch
from placenames.naming.checks.ground import DIRECTIONS, direction_word, stem_of

from .known import KnownName, known_names
from .neighbours import Proposed
from .scopes import Scopes
from .subject import Plane, Subject, distances_m, middle, middles

_METRES_PER_DEGREE = 111_195.0
_NEAR_M = 30.0


@dataclass(frozen=True, kw_only=True)
class Lying:
    """A proposal that is a line: what it is, where, and the plane that metres are measured on."""

    subject: Subject
    shape: shapely.Geometry
    plane: Plane


def stretches(lying: Sequence[Lying], *, reach_m: float) -> list[list[Stretch]]:
    """Return named roads on and beside each proposal: one of the same name within reach, others where they touch.

    Three statements for however many: which roads lie near which proposal, those roads, and the places' own.
    """
    if not lying:
        return []
    own = _own_roads([item.subject for item in lying])
    near = _near(lying, reach_m)
    rows = Road.objects.filter(pk__in={pk for pks in near for pk in pks}).annotate(line=AsWKB("geometry"))
    roads = list(rows.values_list("pk", "name", "line"))
    lines = shapely.from_wkb(np.array([bytes(line) for _pk, _name, line in roads], dtype=object))
    known = {pk: (name, line) for (pk, name, _wkb), line in zip(roads, lines, strict=True)}
    return [
        _stretches(item, [known[pk] for pk in pks if pk in known and pk not in mine], reach_m)
        for item, pks, mine in zip(lying, near, own, strict=True)
    ]


def _own_roads(subjects: Sequence[Subject]) -> list[set[int]]:
    """Return the roads that each proposal is itself."""
    places = {subject.place.pk for subject in subjects if subject.place is not None}
    held: defaultdict[int, set[int]] = defaultdict(set)
    links = Place.roads.through.objects.filter(place__in=places).values_list("place_id", "road_id")
    for place_pk, road_pk in links if places else ():
        held[place_pk].add(road_pk)
    return [
        ({road.pk for road in subject.roads} if subject.old_text else set())
        | (held[subject.place.pk] if subject.place is not None else set())
        for subject in subjects
    ]


# A road of the same name counts from farther away than one that may touch.
_NEAR_EACH: Final = """
    SELECT asked.number, road.id
    FROM unnest(%s::int[], %s::text[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[])
        AS asked (number, name, west, south, east, north, far_lon, far_lat)
    JOIN territory_road AS road
        ON road.geometry && ST_MakeEnvelope(west - far_lon, south - far_lat, east + far_lon, north + far_lat, 4490)
    WHERE road.name <> '' AND (road.name = asked.name OR road.geometry
        && ST_MakeEnvelope(west - far_lon * %s, south - far_lat * %s, east + far_lon * %s, north + far_lat * %s, 4490))
    ORDER BY asked.number, road.id
"""


def _near(lying: Sequence[Lying], reach_m: float) -> list[list[int]]:
    """Return the named roads whose boxes lie near each proposal."""
    boxes = shapely.bounds(np.array([item.shape for item in lying], dtype=object))
    far = max(reach_m, _NEAR_M)
    lat = np.full(len(lying), far / _METRES_PER_DEGREE)
    lon = lat / np.maximum(np.cos(np.radians(boxes[:, 3])), 0.1)
    columns = [boxes[:, i].tolist() for i in range(4)]
    share = _NEAR_M / far
    names = [item.subject.text for item in lying]
    found: list[list[int]] = [[] for _item in lying]
    with connection.cursor() as cursor:
        cursor.execute(
            _NEAR_EACH, [list(range(len(lying))), names, *columns, lon.tolist(), lat.tolist(), *[share] * 4]
        )
        for number, pk in cursor.fetchall():
            found[number].append(pk)
    return found


def _stretches(item: Lying, roads: Sequence[tuple[str, shapely.Geometry]], reach_m: float) -> list[Stretch]:
    by_name: defaultdict[str, list[shapely.Geometry]] = defaultdict(list)
    away = distances_m(item.shape, [line for _name, line in roads])
    for (name, line), distance in zip(roads, away, strict=True):
        if distance <= (reach_m if name == item.subject.text else _NEAR_M):
            by_name[name].append(line)
    found = []
    for name, lines in by_name.items():
        whole = shapely.union_all(np.asarray(lines, dtype=object))
        lon, lat = middle(whole)
        found.append(
            Stretch(key=f"road:{name}", text=name, line_m=item.plane.project(whole), lon=lon, lat=lat)
        )
    return found


def landmarks(proposed: Sequence[Proposed], scopes: Scopes) -> list[list[Landmark]]:
    """Return what 东 or 西 is measured from: siblings of the name within the county, then the middle of the division.

    Two statements for however many, and none where no name has a direction.
    """
    told = [direction_word(item.parts.specific) for item in proposed]
    pointing = [item for item, word in zip(proposed, told, strict=True) if word]
    if not pointing:
        return [[] for _item in proposed]
    siblings = _siblings(pointing)
    middles_of = _middles_of(
        {item.subject.division.pk for item in pointing if item.subject.division is not None}
    )
    return [
        [*_marks(item, siblings, scopes), *middles_of.get(getattr(item.subject.division, "pk", 0), ())] if word else []
        for item, word in zip(proposed, told, strict=True)
    ]  # fmt: skip


def _siblings(pointing: Sequence[Proposed]) -> dict[str, list[KnownName]]:
    """Return the names in force of the same stem, with another direction or none, by stem."""
    stems = {stem for item in pointing if (stem := stem_of(item.parts.specific))}
    wanted = stems | {stem + word for stem in stems for word in DIRECTIONS}
    names = Name.objects.filter(
        specific__in=wanted, valid_to__isnull=True,
        place__kind__procedure__family__in={item.subject.family for item in pointing},
    )  # fmt: skip
    found: defaultdict[str, list[KnownName]] = defaultdict(list)
    for row in known_names(names.order_by("pk")) if wanted else ():
        found[stem_of(row.specific)].append(row)
    return found


def _marks(item: Proposed, siblings: Mapping[str, list[KnownName]], scopes: Scopes) -> list[Landmark]:
    subject, stem = item.subject, stem_of(item.parts.specific)
    county = scopes.county(subject.division) or subject.division
    if not stem or county is None:
        return []
    rows = [
        row
        for row in siblings.get(stem, ())
        if row.shape is not None
        and row.family == subject.family
        and row.generic == item.parts.generic
        and row.lies_in.startswith(county.path)
        and not (subject.place is not None and subject.place.pk == row.place_pk)
    ]
    spots = middles([row.shape for row in rows if row.shape is not None])
    marks = [
        Landmark(text=row.text, lon=lon, lat=lat, word=direction_word(row.specific))
        for row, (lon, lat) in zip(rows, spots, strict=True)
    ]
    if item.shape is not None:
        lon, lat = middle(item.shape)
        # A county may have several roads of the stem: the nearest is the sibling.
        marks.sort(key=lambda mark: (mark.lon - lon) ** 2 + (mark.lat - lat) ** 2)
    return marks


def _middles_of(division_pks: Collection[int]) -> dict[int, list[Landmark]]:
    """Return the points of divisions, or the middles of their outlines."""
    rows = Division.objects.filter(pk__in=division_pks).annotate(
        middle=Coalesce("point", Centroid("boundary"), output_field=GeometryField(srid=4490))
    )
    return {
        pk: [Landmark(text=name, lon=spot.x, lat=spot.y)]
        for pk, name, spot in (rows.values_list("pk", "name", "middle") if division_pks else ())
        if spot is not None
    }
