"""One place as the public is told of it: its names through the years, its story, where it is."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Prefetch, Q, Sum
from django.utils import timezone

from geo_registry.search.nearby import nearest
from geo_registry.search.registry import Hit
from geo_registry.territory.models import Division, Installation
from geo_registry.text import normal_form

from ..models import FileRole, Name, Place, PlaceFile, PlaceRoad, Spelling, Story
from .public import (
    ListedPlace,
    NameListing,
    NameSearch,
    listing,
    public_names,
    public_roads,
    roads_of_secret_places,
)
from .records.files import files_of
from .records.relations import Related, relations_of
from .signs.told import ToldSign, signs_of
from .stories.lists import stories_of_place
from .told_papers import Announcement, announcements_of

_PARTS_SHOWN = 12
_NEAR_SHOWN = 5
# Six decimals of a degree are eleven centimetres.
_DECIMALS = 6


@dataclass(frozen=True, kw_only=True)
class ToldName:
    """A name of the place with its years and, if confirmed, its spelling."""

    name: Name
    spelling: Spelling | None
    in_force: bool


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A geometry of the place (EPSG:4490) and what it is: the place's own, a stretch of road, a boundary, a point."""

    role: str
    geometry: GEOSGeometry


@dataclass(frozen=True, kw_only=True)
class PlacePage:
    """All that is told of a place."""

    place: Place
    name: Name
    spelling: Spelling | None
    history: Sequence[ToldName]
    others: Sequence[ToldName]
    shapes: Sequence[Shape]
    length_m: float
    located: str
    where: Sequence[Division]
    parts: NameListing | None
    relations: Sequence[Related]
    files: Sequence[PlaceFile]
    nearby: Sequence[Hit]
    stories: Sequence[Story]
    signs: Sequence[ToldSign]
    announcements: Sequence[Announcement]

    @property
    def is_approved(self) -> bool:
        """Whether the name is a standard one; otherwise it is only recorded."""
        return self.name.status == Name.Status.STANDARD

    @property
    def sounds(self) -> list[PlaceFile]:
        """Recordings of how the name is said."""
        return [row for row in self.files if row.role == FileRole.PRONUNCIATION]

    @property
    def papers(self) -> list[PlaceFile]:
        """Public papers and records."""
        return [row for row in self.files if row.role == FileRole.PAPER]

    @property
    def other_files(self) -> list[PlaceFile]:
        """What else there is to hear and to see."""
        return [row for row in self.files if row.role not in (FileRole.PRONUNCIATION, FileRole.PAPER)]

    @property
    def spoken(self) -> str:
        """What a browser's voice is to read: the name in characters, if it is a Chinese one."""
        return self.name.text if self.name.language == "zh" else ""


def place_page(short_id: str) -> PlacePage:
    """Return what is told of the place with this permanent address.

    Raises
    ------
    Place.DoesNotExist
        If there is none, if it is not public, or if no name of it may be told: the public cannot tell these apart.
    """
    place = (
        Place.objects.public()
        .select_related("kind", "division__parent", "named_division__parent", "source")
        .defer(
            "division__boundary",
            "division__parent__boundary",
            "named_division__boundary",
            "named_division__parent__boundary",
        )
        .prefetch_related(Prefetch("names", queryset=public_names()))
        .get(short_id=short_id)
    )
    name = place.current_name()
    if name is None:
        raise Place.DoesNotExist
    told = sorted(map(_told, place.names.all()), key=_newest_first, reverse=True)
    through_time = {Name.Status.STANDARD, Name.Status.RECORDED, Name.Status.FORMER}
    shapes = shapes_of(place)
    return PlacePage(
        place=place,
        name=name,
        spelling=name.confirmed_spelling(),
        history=[entry for entry in told if entry.name.status in through_time],
        others=[entry for entry in told if entry.name.status not in through_time],
        shapes=shapes,
        length_m=_length_m(place),
        located=_how_located(place),
        where=_where(place),
        parts=_parts(place),
        relations=relations_of(place, reader=None),
        files=files_of(place, public=True),
        nearby=_nearby(shapes),
        stories=stories_of_place(place),
        signs=signs_of(place),
        announcements=announcements_of(place),
    )


def _nearby(shapes: Sequence[Shape]) -> list[Hit]:
    """Return the service points nearest to the middle of what is shown of the place."""
    if not shapes:
        return []
    spot = shapes[0].geometry.point_on_surface
    return nearest(spot.x, spot.y, limit=_NEAR_SHOWN)


def _told(name: Name) -> ToldName:
    in_force = name.status != Name.Status.FORMER and name.in_force(timezone.localdate())
    return ToldName(name=name, spelling=name.confirmed_spelling(), in_force=in_force)


def _newest_first(told: ToldName) -> tuple[Any, ...]:
    name = told.name
    return (
        told.in_force,
        name.valid_to or datetime.date.max,
        name.valid_from or datetime.date.min,
        name.status == Name.Status.STANDARD,
        name.pk,
    )


def shapes_of(place: Place) -> list[Shape]:
    """Return where a public place is, from what is public of the ground.

    What was drawn for the place itself counts first, then its stretches of road, then the boundary or point of the division it
    is. If any stretch is kept from the public, as those of secret places are, what was drawn for the whole is too.
    """
    return shapes_of_all([place])[place.pk]


def shapes_of_all(places: Sequence[Place]) -> dict[int, list[Shape]]:
    """Return where public places are, by primary key, as `shapes_of` has it. Three queries, however many they are."""
    links: dict[int, list[tuple[int, bool]]] = {}
    kept_back = Q(road__restricted=True) | Q(road__in=roads_of_secret_places())
    rows = PlaceRoad.objects.filter(place__in=places).annotate(kept_back=kept_back).order_by("road_id")
    for place_id, road_id, is_kept_back in rows.values_list("place_id", "road_id", "kept_back"):
        links.setdefault(place_id, []).append((road_id, is_kept_back))
    roads = public_roads().filter(pk__in={road_id for some in links.values() for road_id, _k in some})
    lines = dict(roads.values_list("pk", "geometry")) if links else {}
    named = {place.named_division_id for place in places} - {None}
    divisions = Division.objects.public().in_bulk(list(named)) if named else {}
    return {
        place.pk: _shapes(place, links.get(place.pk, []), lines, divisions.get(place.named_division_id or 0))
        for place in places
    }


def _shapes(
    place: Place, links: Sequence[tuple[int, bool]], lines: Mapping[int, Any], division: Division | None
) -> list[Shape]:
    kept_back = any(is_kept_back for _road_id, is_kept_back in links)
    roads = [Shape(role="road", geometry=lines[road_id]) for road_id, _k in links if road_id in lines]
    own = [] if place.geometry is None or kept_back else [Shape(role="own", geometry=place.geometry)]
    if roads or (own and place.geometry is not None and place.geometry.geom_type != "Point"):
        return [*roads, *own]
    return [*_shapes_of_division(division, has_point=bool(own)), *own]


def _length_m(place: Place) -> float:
    """Return the length of the place's public stretches of road, in metres along the ellipsoid; 0 if it is no road."""
    stretches = public_roads().filter(places=place)
    return stretches.aggregate(length=Sum("length_m"))["length"] or 0.0


def _shapes_of_division(division: Division | None, *, has_point: bool) -> list[Shape]:
    if division is None:
        return []
    boundary = [Shape(role="boundary", geometry=division.boundary)] if division.boundary is not None else []
    point = (
        [Shape(role="point", geometry=division.point)] if division.point is not None and not has_point else []
    )
    return [*boundary, *point]


def _how_located(place: Place) -> str:
    """Return the code of how the place's point is known, if it has one of its own or its division's."""
    if place.geometry is not None:
        return place.geometry_method
    division = place.named_division
    return division.point_method if division is not None and division.point is not None else ""


def _where(place: Place) -> list[Division]:
    """Return the divisions the place lies in, from below the home downwards."""
    home = Installation.home()
    lies_in = place.division
    if lies_in is None:
        return []
    codes = lies_in.ancestor_codes()
    above = set(home.ancestor_codes()) if home is not None else set()
    rows = Division.objects.public().filter(code__in=codes).select_related("parent")
    rows = rows.defer("boundary", "parent__boundary")
    divisions = {division.code: division for division in rows}
    return [divisions[code] for code in codes if code in divisions and code not in above]


def _parts(place: Place) -> NameListing | None:
    """Return the first of the names that lie in the division that the place is, without itself."""
    if place.named_division is None:
        return None
    found = listing(NameSearch(division=place.named_division), size=_PARTS_SHOWN + 1)
    entries: list[ListedPlace] = [entry for entry in found.entries if entry.place.pk != place.pk][
        :_PARTS_SHOWN
    ]
    return NameListing(entries=entries, total=found.total - 1, first=1) if entries else None


def geometry_geojson(page: PlacePage) -> dict[str, Any]:
    """Return where the place is as a GeoJSON FeatureCollection (RFC 7946), one feature for each of its shapes.

    CGCS2000 and WGS 84 differ by centimetres and are taken as equal.
    """
    properties = {
        "id": page.place.short_id,
        "name": page.name.text,
        "pinyin": page.spelling.text if page.spelling else None,
        "kind": page.place.kind.code,
        "approved": page.is_approved,
        "demo": page.place.is_demo,
    }
    features = [
        {
            "type": "Feature",
            "properties": {**properties, "role": shape.role},
            "geometry": _rounded(shape.geometry),
        }
        for shape in page.shapes
    ]
    source = page.place.source
    return {
        "type": "FeatureCollection",
        "features": features,
        "demo": page.place.is_demo,
        "source": source.title if source is not None else None,
    }


def _rounded(geometry: GEOSGeometry) -> dict[str, Any]:
    """Return a geometry as GeoJSON with coordinates rounded to `_DECIMALS`, without heights."""
    flat = shapely.force_2d(shapely.from_wkb(bytes(geometry.wkb)))
    members: dict[str, Any] = json.loads(
        shapely.to_geojson(shapely.transform(flat, lambda xy: np.round(xy, _DECIMALS)))
    )
    return members


def valid_short_id(text: str) -> str:
    """Return an address as it is stored: people who copy it from a sign write capitals."""
    return normal_form(text).lower()[:12]
