"""The gazetteer as a finder of addresses: which registered name an address holds, and where that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, LineString, Point

from geo_registry.search.geocoding import Asked, Located, pieces_of
from geo_registry.text import match_form

from ..models import Name, Place


def locate_names(asked: Sequence[Asked]) -> list[Located | None]:
    """Return for each text the longest registered name in it that lies in the text's division and whose place is known.

    Two places of one name in one division say nothing: neither is taken.

    Parameters
    ----------
    asked : sequence of Asked

    Returns
    -------
    list of Located or None
    """
    pieces = [pieces_of(ask.text) for ask in asked]
    known = _known({piece for found in pieces for piece in found})
    located: list[Located | None] = []
    for ask, found in zip(asked, pieces, strict=True):
        located.append(next((hit for piece in found if (hit := _only(known.get(piece, ()), ask.path))), None))
    return located


@dataclass(frozen=True, slots=True)
class _Entry:
    """A registered name on the map: the division it lies in, and whether it is that division's own."""

    path: str
    text: str
    point: Point
    is_division: bool


def _known(texts: Iterable[str]) -> dict[str, list[_Entry]]:
    """Return the places on the map that go by some names; a road lies at the middle of its longest stretch."""
    names = Name.objects.filter(text__in=list(texts), valid_to__isnull=True).exclude(
        status=Name.Status.FORMER
    )
    rows = names.values_list(
        "text", "place_id", "place__division__path", "place__named_division__path", "place__geometry",
        "place__named_division__point",
    )  # fmt: skip
    found: defaultdict[str, list[_Entry]] = defaultdict(list)
    roads: dict[int, tuple[str, str]] = {}
    for text, place_id, path, named_path, geometry, point in rows:
        shape: GEOSGeometry | None = geometry if geometry is not None else point
        if shape is None:
            roads[place_id] = (text, path or "")
            continue
        middle = shape if isinstance(shape, Point) else shape.point_on_surface
        found[match_form(text)].append(_Entry(named_path or path or "", text, middle, bool(named_path)))
    for place_id, line in _longest_stretches(roads):
        text, path = roads[place_id]
        found[match_form(text)].append(
            _Entry(path, text, line.interpolate_normalized(0.5), is_division=False)
        )
    return found


def _longest_stretches(place_ids: Iterable[int]) -> Iterable[tuple[int, LineString]]:
    """Yield each place that is a road with the longest of its lines."""
    longest: dict[int, LineString] = {}
    links = Place.roads.through.objects.filter(place__in=list(place_ids), road__restricted=False)
    for place_id, shape in links.order_by("pk").values_list("place_id", "road__geometry"):
        for line in [shape] if isinstance(shape, LineString) else shape or ():
            if place_id not in longest or line.length > longest[place_id].length:
                longest[place_id] = line
    return longest.items()


def _only(found: Sequence[_Entry], path: str) -> Located | None:
    """Return the only place within a division, or around it where the division is part of what the name says.

    The row's own division, and those around it, say no more than the row does already.
    """
    inside = [
        entry
        for entry in found
        if entry.path.startswith(path)
        or (entry.path and path.startswith(entry.path) and not entry.is_division)
    ]
    inside = [entry for entry in inside if not (entry.is_division and path and path.startswith(entry.path))]
    return Located(inside[0].text, inside[0].point) if len(inside) == 1 else None
