"""Place names as the one search finds them: villages, roads and whatever else has a name."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.urls import reverse

from geo_registry.search import registry
from geo_registry.search.geocoding import register_locator
from geo_registry.search.queries import fit_of_stage, wanted_of
from geo_registry.search.registry import Asked, Hit, Stage, What
from geo_registry.territory.prepared import Prepared
from geo_registry.text.search import Wanted, query_text

from ..models import Name, PlaceKind
from .found_places import FoundPlace, public_among, read_places
from .locating import locate_names
from .narrowing import Indexed, narrowed, places_under
from .ranking import KINDS, Look, Row, Seen, best

# Kept names come of each of some readings, and tell what may be missing only if most of them are read.
_MOST_KEPT: Final = 1_200
# An area of no more places is looked through place by place.
_MOST_PLACES: Final = 8_000
# About twenty kilometres.
_AROUND_DEGREES: Final = 0.2


def find(asked: Asked, stage: Stage) -> Sequence[Hit]:
    """Return places that one of their names finds."""
    wanted = wanted_of(asked.text, stage)
    if not wanted or not asked.what & KINDS:
        return []
    fits: dict[int, tuple[Any, ...]] = {}
    found_by: dict[int, str] = {}
    seen = Seen.by(asked)
    for row in _rows(seen, asked, stage, wanted):
        fit = fit_of_stage(stage, asked.text, row.text, row.fits)
        order = (fit, not row.current, row.status != Name.Status.STANDARD, len(row.text))
        if fit is not None and (row.place_pk not in fits or order < fits[row.place_pk]):
            fits[row.place_pk], found_by[row.place_pk] = order, row.text
    # The rows came in the order of the hits: what would not be shown is not read.
    fits = dict(itertools.islice(fits.items(), asked.limit))
    if not fits:
        return []
    # Whoever asks as nobody has found nothing else.
    public = fits.keys() if seen.public else public_among(fits, home=seen.home)
    return [
        _hit(place, fits[place.pk], found_by[place.pk], public=place.pk in public)
        for place in read_places(fits, near=asked.near, day=seen.day)
    ]


def _rows(seen: Seen, asked: Asked, stage: Stage, wanted: Wanted) -> list[Row]:
    """Return the names that come first: out of the few of a small area, or those that something rare or what is kept leads to."""
    query = query_text(wanted)
    if asked.paths:
        inside = places_under(asked.paths, most=_MOST_PLACES)
        if inside is not None:
            return best(seen, asked, stage, Look(inside=inside), query=query) if inside else []
    loosely = stage is Stage.NEAR
    # What is kept is of all kinds, and of all names or those that everybody sees.
    if seen.kinds == KINDS and (seen.public or seen.sees_all):
        few = narrowed(wanted, public=seen.public, loosely=loosely)
        if few is not None:
            indexed, around = list(few.indexed), None
            if few.kept and asked.near is not None:
                around = _around(asked.near)
                if around is None:
                    indexed.append(Indexed(query))
            look = Look(tuple(indexed), few.others or None, around, asked.paths)
            rows = best(seen, asked, stage, look, query=query, most=_MOST_KEPT if few.kept else None)
            if loosely or all(_places_of(rows, kept) >= asked.limit for kept in few.kept):
                return rows
    return best(seen, asked, stage, Look((Indexed(query),), paths=asked.paths), query=query)


def _places_of(rows: Sequence[Row], names: Collection[int]) -> int:
    return len({row.place_pk for row in rows if row.pk in names})


def _around(near: tuple[float, float]) -> list[int] | None:
    """Return the places around somebody, which of names that fit equally well come first; ``None`` where they are very many."""
    lon, lat = near
    corners = {
        "west": lon - _AROUND_DEGREES, "south": lat - _AROUND_DEGREES,
        "east": lon + _AROUND_DEGREES, "north": lat + _AROUND_DEGREES,
    }  # fmt: skip
    found = [pk for (pk,) in _PLACES_AROUND.rows(**corners, most=_MOST_PLACES + 1)]
    return found if len(found) <= _MOST_PLACES else None


# Each by its own index: together in one condition they have none.
_PLACES_AROUND: Final = Prepared.written(
    """
WITH around AS MATERIALIZED (
    SELECT ST_MakeEnvelope(%(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4490) AS box
)
(SELECT place.id FROM placenames_place AS place WHERE place.geometry && (SELECT box FROM around))
UNION ALL
(SELECT place.id FROM territory_division AS division JOIN placenames_place AS place ON place.named_division_id = division.id
 WHERE division.point && (SELECT box FROM around))
UNION ALL
(SELECT stretch.place_id FROM territory_road AS road JOIN placenames_place_roads AS stretch ON stretch.road_id = road.id
 WHERE road.geometry && (SELECT box FROM around) AND NOT road.restricted)
LIMIT %(most)s::bigint
"""
)


def _hit(place: FoundPlace, order: tuple[Any, ...], found_by: str, *, public: bool) -> Hit:
    fit, not_current, not_approved, _length = order
    name = place.name
    text = name.text if name is not None else found_by
    return Hit(
        what=_WHAT.get(place.ground, What.NAME), key=place.short_id, text=text,
        found_as=found_by if found_by != text else "",
        spelling=name.spelling if name is not None and name.text == found_by else "", kind=place.kind, where=place.where,
        url=_url(place, public=public and name is not None), fit=fit, current=not not_current, approved=not not_approved,
        lon=place.lon, lat=place.lat, precision=place.precision, distance_m=place.distance_m, is_demo=place.is_demo,
    )  # fmt: skip


_WHAT: Final[dict[str, What]] = {PlaceKind.Ground.DIVISION: What.VILLAGE, PlaceKind.Ground.ROAD: What.ROAD}


def _url(place: FoundPlace, *, public: bool) -> str:
    if public:
        return reverse("placenames:place", args=[place.short_id])
    return reverse("admin:placenames_place_change", args=[place.pk])


def register() -> None:
    """Let place names be found, and addresses be placed by them."""
    registry.register("placenames", find)
    register_locator(locate_names)
