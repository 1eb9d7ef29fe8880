"""The ground about a proposal: named roads beside it, and what its direction is measured from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Centroid
from django.db import connection
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from geo_registry.geodata.geometry import METRES_PER_DEGREE
from geo_registry.territory.models import Division
from placenames.models import Name, Place
from placenames.naming.checks import Landmark, Secret, Stretch
from placenames.naming.checks.ground import DIRECTIONS, direction_word, stem_of

from .known import KnownName, known_names
from .neighbours import Proposed
from .scopes import Scopes
from .secrecy import secrets_at
from .subject import Plane, Shapes, Subject, distances_m, middle, middles

_NEAR_M = 30.0
# A plane about the middle of a road errs by less, even where the road leads through a whole province.
_PLANE_ERROR = 0.1


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
    with connection.cursor() as cursor:
        cursor.execute(_ROADS, [list({pk for pks in near for pk in pks})])
        roads = cursor.fetchall()
    lines = shapely.from_wkb(np.array([bytes(line) for _pk, _name, line, *_secret in roads], dtype=object))
    names = np.array([name for _pk, name, *_rest in roads], dtype=object)
    known = {pk: number for number, (pk, *_rest) in enumerate(roads)}
    secrets = secrets_at(path for *_road, place_pk, path in roads if place_pk is not None)
    secret = {
        number: (f"road-of:{place_pk}", secrets[path])
        for number, (*_road, place_pk, path) in enumerate(roads)
        if place_pk is not None
    }
    found = []
    for item, pks, mine in zip(lying, near, own, strict=True):
        numbers = [known[pk] for pk in pks if pk in known and pk not in mine]
        found.append(
            _stretches(item, names[numbers], lines[numbers], [secret.get(at) for at in numbers], reach_m)
        )
    return found


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


# As one array: a network has more roads than a statement should have parameters.
_ROADS: Final = """
    SELECT road.id, road.name, ST_AsBinary(road.geometry), secret.place_id, secret.path
    FROM territory_road AS road
    LEFT JOIN LATERAL (
        SELECT place.id AS place_id, coalesce(division.path, '') AS path
        FROM placenames_place_roads AS link
        JOIN placenames_place AS place ON place.id = link.place_id
        LEFT JOIN territory_division AS division ON division.id = place.division_id
        WHERE link.road_id = road.id AND place.secrecy <> ''
        ORDER BY place.id
        LIMIT 1
    ) AS secret ON true
    WHERE road.id = ANY(%s)
    ORDER BY road.id
"""
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
    lat = np.full(len(lying), far / METRES_PER_DEGREE)
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


def _stretches(
    item: Lying,
    names: NDArray[np.object_],
    lines: Shapes,
    secret: Sequence[tuple[str, Secret] | None],
    reach_m: float,
) -> list[Stretch]:
    """Return the roads that lie near a proposal, each with all its lines that do; those of a secret place by themselves."""
    if not len(lines):
        return []
    roads: defaultdict[tuple[str, tuple[str, Secret] | None], list[int]] = defaultdict(list)
    for number in np.flatnonzero(_lies_near(item, names, lines, reach_m)).tolist():
        roads[names[number], secret[number]].append(number)
    if not roads:
        return []
    groups = np.full((len(roads), max(map(len, roads.values()))), None, dtype=object)
    for row, numbers in enumerate(roads.values()):
        groups[row, : len(numbers)] = lines[numbers]
    wholes = np.asarray(shapely.union_all(groups, axis=1), dtype=object)
    return [
        Stretch(
            key=kept[0] if kept else f"road:{name}", text=name, line_m=line_m, lon=lon, lat=lat, secret=kept[1] if kept else None
        )
        for (name, kept), line_m, (lon, lat) in zip(roads, item.plane.project_all(wholes), middles(wholes), strict=True)
    ]  # fmt: skip


def _lies_near(item: Lying, names: NDArray[np.object_], lines: Shapes, reach_m: float) -> NDArray[np.bool_]:
    """Tell which lines lie within reach: one of the same name from farther away than one that may touch.

    A plane is enough for most, and what is asked of an index many times is quick; what lies about the limit is measured.
    """
    limit_m = np.where(names == item.subject.text, reach_m, _NEAR_M)
    mine, theirs = item.plane.project(item.shape), item.plane.project_all(lines)
    shapely.prepare(mine)
    within: Any = shapely.dwithin
    near: NDArray[np.bool_] = within(mine, theirs, limit_m * (1 - _PLANE_ERROR))
    unsure = np.flatnonzero(~near & within(mine, theirs, limit_m * (1 + _PLANE_ERROR)))
    near[unsure] = np.asarray(distances_m(item.shape, lines[unsure]), dtype=float) <= limit_m[unsure]
    return near


def landmarks(proposed: Sequence[Proposed], scopes: Scopes) -> list[list[Landmark]]:
    """Return what 东 or 西 is measured from: siblings of the name within the county, then the middle of the division.

    Two statements for however many, and none where no name has a direction.
    """
    told = [direction_word(item.parts.specific) for item in proposed]
    pointing = [item for item, word in zip(proposed, told, strict=True) if word]
    if not pointing:
        return [[] for _item in proposed]
    siblings = _siblings(pointing)
    secrets = secrets_at(row.lies_in for rows in siblings.values() for row in rows if row.is_secret)
    middles_of = _middles_of(
        {item.subject.division.pk for item in pointing if item.subject.division is not None}
    )
    return [
        [*_marks(item, siblings, secrets, scopes), *middles_of.get(getattr(item.subject.division, "pk", 0), ())] if word else []
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


def _marks(
    item: Proposed,
    siblings: Mapping[str, list[KnownName]],
    secrets: Mapping[str, Secret],
    scopes: Scopes,
) -> list[Landmark]:
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
        Landmark(
            text=row.text, lon=lon, lat=lat, word=direction_word(row.specific),
            secret=secrets[row.lies_in] if row.is_secret else None,
        )
        for row, (lon, lat) in zip(rows, spots, strict=True)
    ]  # fmt: skip
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
