"""The gazetteer as a finder of addresses: which registered name an address holds, and where that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.contrib.gis.geos import GEOSGeometry, Point
from django.db.models import Q

from geo_registry.imports.registry import Asked, Located
from geo_registry.text import match_form

from ..models import Name

# Shorter names are found in too many addresses.
_SHORTEST = 2
_LONGEST = 40


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
    forms = [match_form(ask.text) for ask in asked]
    pieces = [_pieces(form) for form in forms]
    known = _known({piece for found in pieces for piece in found})
    located: list[Located | None] = []
    for ask, found in zip(asked, pieces, strict=True):
        located.append(next((hit for piece in found if (hit := _only(known.get(piece, ()), ask.path))), None))
    return located


def _pieces(form: str) -> list[str]:
    """Return all parts of a text that may be a name, the longest first, the later ones before the earlier ones."""
    spans = [
        (start, end)
        for start in range(len(form))
        for end in range(start + _SHORTEST, min(len(form), start + _LONGEST) + 1)
    ]
    spans.sort(key=lambda span: (span[0] - span[1], -span[0]))
    return [form[start:end] for start, end in spans]


def _known(texts: Iterable[str]) -> dict[str, list[tuple[str, str, Point]]]:
    """Return path, name and point of the places that go by some names."""
    names = Name.objects.filter(text__in=list(texts), valid_to__isnull=True).exclude(
        status=Name.Status.FORMER
    )
    placed = names.filter(Q(place__geometry__isnull=False) | Q(place__named_division__point__isnull=False))
    rows = placed.values_list(
        "text",
        "place__division__path",
        "place__named_division__path",
        "place__geometry",
        "place__named_division__point",
    )
    found: defaultdict[str, list[tuple[str, str, Point]]] = defaultdict(list)
    for text, path, named_path, geometry, point in rows:
        shape: GEOSGeometry = geometry if geometry is not None else point
        middle = shape if isinstance(shape, Point) else shape.point_on_surface
        found[match_form(text)].append((named_path or path or "", text, middle))
    return found


def _only(found: Sequence[tuple[str, str, Point]], path: str) -> Located | None:
    """Return the only place within a division, or around it where the division is part of what the name says."""
    inside = [
        entry for entry in found if entry[0].startswith(path) or (entry[0] and path.startswith(entry[0]))
    ]
    return Located(inside[0][1], inside[0][2]) if len(inside) == 1 else None
