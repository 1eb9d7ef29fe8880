"""Facilities as a finder of addresses: "养老院东侧" lies at the home for the aged, if there is one of that name there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from geo_registry.search.geocoding import Asked, Located, pieces_of
from geo_registry.territory.models import LocationMethod
from geo_registry.text import match_form

from ..models import Facility


def locate_facilities(asked: Sequence[Asked]) -> list[Located | None]:
    """Return for each text the longest name of a facility in it that lies in the text's division and whose place is known.

    Only what is public is looked at: where a row was put would say where a protective place is. Two facilities of one name in
    one division say nothing. A facility whose own point is rough places nothing else.

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
        hits = (_only(known.get(piece, ()), ask.path) for piece in found if piece in known)
        located.append(next((hit for hit in hits if hit is not None), None))
    return located


_ROUGH = (LocationMethod.DIVISION, LocationMethod.ESTIMATED)


def _known(texts: set[str]) -> dict[str, list[tuple[str, str, Any]]]:
    """Return facilities on the map that have some names: the path of their division, name, point."""
    rows = Facility.objects.public().filter(name__in=texts, location__isnull=False)
    found: defaultdict[str, list[tuple[str, str, Any]]] = defaultdict(list)
    for name, path, point in rows.exclude(location_method__in=_ROUGH).values_list(
        "name", "division__path", "location"
    ):
        found[match_form(name)].append((path, name, point))
    return found


def _only(found: Sequence[tuple[str, str, Any]], path: str) -> Located | None:
    inside = [entry for entry in found if entry[0].startswith(path) or path.startswith(entry[0])]
    return Located(name=inside[0][1], point=inside[0][2]) if len(inside) == 1 else None
