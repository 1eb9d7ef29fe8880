"""Roads to choose from on the map, and what the program says of those that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import Polygon
from django.db.models import Exists, OuterRef, Q, QuerySet

from geo_registry.accounts.areas import own_box
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.territory.geography import box_of
from geo_registry.territory.models import Division, Level, Road
from geo_registry.territory.services import divisions_at
from placenames.models import Name, Place
from placenames.naming.course import Beside, Course, describe, describe_area, describe_point

from ..checking.subject import Plane, length_m, middle
from ..standing import standing_at

MOST_ROADS = 600
MOST_FOUND = 20
_REACH_DEG = 0.0005


def roads_for(user: User) -> QuerySet[Road]:
    """Return the roads of a person's scope, and those whose division nobody has entered: they may well be there.

    The stretches of a secret place are only for whoever may read the place, wherever they lie.
    """
    own = limit(Place.objects.all(), user).order_by().values("pk")
    secret = Place.roads.through.objects.filter(road=OuterRef("pk")).exclude(place__secrecy="")
    rows = Road.objects.filter(~Exists(secret.exclude(place__in=own)))
    return rows.filter(
        Q(pk__in=limit(Road.objects.all(), user).order_by().values("pk")) | Q(division__isnull=True)
    )


def roads_in(user: User, box: Polygon) -> dict[str, Any]:
    """Return the roads of a stretch of map within the person's scope, as GeoJSON; the longest first if there are too many."""
    rows = roads_for(user).filter(geometry__bboverlaps=box)
    shown = roads_geojson(rows.order_by("-length_m", "pk")[:MOST_ROADS])
    count = len(shown["features"])
    # The page says that there are more: nobody should take a missing road for one that is not in the registry.
    return shown | {"shown": count, "total": rows.count() if count == MOST_ROADS else count}


def roads_geojson(roads: Iterable[Road]) -> dict[str, Any]:
    """Return roads as GeoJSON with what the form shows of them."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [list(c[:2]) for c in road.geometry.coords]},
                "properties": {
                    "id": road.pk, "name": road.name, "class": road.get_road_class_display(), "length": round(road.length_m),
                },
            }
            for road in roads
        ],
    }  # fmt: skip


def describe_roads(roads: Sequence[Road]) -> Course | None:
    """Say from where to where stretches of road lead, and in what direction; nothing without any."""
    whole = shape_of_roads(roads)
    return describe_shape(whole, but=[road.pk for road in roads]) if whole is not None else None


def shape_of_roads(roads: Sequence[Road]) -> shapely.Geometry | None:
    """Return the line that stretches of road make up, in degrees (EPSG:4490); nothing without any."""
    if not roads:
        return None
    lines = [shapely.from_wkb(bytes(road.geometry.wkb)) for road in roads]
    return lines[0] if len(lines) == 1 else shapely.line_merge(shapely.union_all(lines))


def lies_in(user: User, shape: shapely.Geometry) -> dict[str, Any] | None:
    """Return the division that the middle of a shape lies in, of those that a person may draft names in.

    ``pk`` and ``name`` are that division's; ``within`` holds it and all that it belongs to: a township's case may be in a village.
    """
    pk = divisions_at([middle(shape)])[0]
    row = divisions_for(user).filter(pk=pk).first() if pk is not None else None
    if row is None:
        return None
    name = (
        f"{row.parent.name} {row.name}" if row.parent is not None and row.level == Level.VILLAGE else row.name
    )
    above = Division.objects.filter(code__in=row.ancestor_codes(), valid_to__isnull=True)
    return {"pk": row.pk, "name": name, "within": list(above.values_list("pk", flat=True))}


def extents_of(pks: Sequence[int]) -> dict[int, str]:
    """Say of each of many stretches from which road to which it leads, by primary key. Two queries for however many."""
    if not pks:
        return {}
    asked = Road.objects.filter(pk__in=pks, geometry__bboverlaps=OuterRef("geometry"))
    named = _tellable(Road.objects.filter(Exists(asked))).order_by("pk")
    rows = list(named.values_list("name", AsWKB("geometry")))
    lines = shapely.from_wkb(np.array([bytes(wkb) for _name, wkb in rows], dtype=object))
    tree = shapely.STRtree(lines)
    told = {}
    for pk, wkb in Road.objects.filter(pk__in=pks).values_list("pk", AsWKB("geometry")):
        line = shapely.from_wkb(bytes(wkb))
        plane = Plane(middle(line)[1])
        near = sorted(tree.query(line, predicate="dwithin", distance=_REACH_DEG))
        beside = [Beside(rows[at][0], plane.project(lines[at])) for at in near]
        told[pk] = describe(plane.project(line), beside).extent if beside else ""
    return told


def _tellable(roads: QuerySet[Road]) -> QuerySet[Road]:
    """Narrow roads to those by whose names others are described: from where to where a name leads is announced to everybody."""
    secret = Place.roads.through.objects.filter(road=OuterRef("pk")).exclude(place__secrecy="")
    return roads.exclude(name="").filter(~Exists(secret))


def describe_shape(shape: shapely.Geometry, *, but: Sequence[int] = ()) -> Course:
    """Say where a shape is by the named roads about it: a line's ends and course, an area's four sides, a point's nearest road.

    Parameters
    ----------
    shape
        In degrees (EPSG:4490).
    but
        Roads that it is, which tell nothing.
    """
    dimension = int(shapely.get_dimensions(shape))
    plane = Plane(middle(shape)[1])
    reach = _REACH_DEG if dimension == 1 else _REACH_DEG * 6
    west, south, east, north = (float(value) for value in shapely.total_bounds(shape))
    box = Polygon.from_bbox((west - reach, south - reach, east + reach, north + reach))
    box.srid = 4490
    others = _tellable(Road.objects.filter(geometry__bboverlaps=box).exclude(pk__in=but))
    beside = [
        Beside(road.name, plane.project(shapely.from_wkb(bytes(road.geometry.wkb))))
        for road in others.only("name", "geometry")[:MOST_ROADS]
    ]
    flat = plane.project(shape)
    if dimension == 1:
        return describe(flat, beside, length_m=length_m(shape))
    return describe_area(flat, beside) if dimension == 2 else describe_point(flat, beside)


def shape_geojson(geometry: Any, roads: Sequence[Road], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a case is as GeoJSON."""
    import json

    shapes = [road.geometry for road in roads] or ([geometry] if geometry is not None else [])
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": json.loads(shape.json), "properties": dict(properties)}
            for shape in shapes
        ],
    }


def places_to_rename(user: User, typed: str) -> list[tuple[Place, Name]]:
    """Return places of the person's scope that a name in force finds, each with that name; nothing where nothing was typed."""
    if not typed:
        return []
    names = Name.objects.filter(valid_to__isnull=True, status__in=["standard", "recorded"]).matching(typed)
    rows = names.filter(place__in=limit(Place.objects.all(), user).order_by().values("pk"))
    rows = rows.select_related("place__kind", "place__division__parent").defer(
        "place__division__boundary", "place__division__parent__boundary"
    )
    return [(name.place, name) for name in rows.order_by("text", "pk")[:MOST_FOUND]]


def where_it_is(user: User, division_pk: int) -> list[float] | None:
    """Return where a division is that a person may draft names in; that of which it is a part where nobody has drawn it."""
    own = divisions_for(user).filter(pk=division_pk)
    return box_of(own) or box_of(Division.objects.filter(pk__in=own.order_by().values("parent")))


def area_of(user: User) -> str:
    """Return where a person's own area lies, as the map's script reads it; empty for whoever acts in all of the registry's."""
    box = own_box(user)
    return ",".join(f"{degrees:.6f}" for degrees in box) if box else ""


def point_of(place: Place | None) -> str:
    """Return a point of a place that has a name already, as the map's script reads it; its roads are shown as they are."""
    there = standing_at(place)
    if there is None:
        return ""
    lon, lat = middle(shapely.from_wkb(bytes(there.wkb)))
    return f"{lon:.6f},{lat:.6f}"


def place_of(user: User, short_id: str) -> Place | None:
    """Return a place by its permanent address; a secret one only to whom its area is."""
    own = limit(Place.objects.all(), user).order_by().values("pk")
    rows = Place.objects.filter(Q(secrecy="") | Q(pk__in=own), short_id=short_id)
    return rows.select_related("kind").first()


def divisions_for(user: User) -> Any:
    """Return the divisions that a person may draft names in: villages, townships and counties of the scope, by their paths."""
    rows = limit(Division.objects.filter(level__gte=3, valid_to__isnull=True), user)
    return rows.select_related("parent").defer("boundary", "parent__boundary").order_by("path")
