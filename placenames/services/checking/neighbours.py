"""Names that may be mistaken for a proposal, from the register: by the keys that names are searched by."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import shapely
from django.db.models import Prefetch, Q
from django.utils import timezone

from geo_registry.territory.models import Division, Road
from geo_registry.territory.search_keys import Matches, TextSearchQuery
from geo_registry.text.normal import match_form
from placenames.models import Name, NameQuerySet, Place, PlaceKind
from placenames.naming import NameParts
from placenames.naming.checks import Candidate
from placenames.naming.checks.shape import anagrams, one_edit_patterns
from placenames.naming.checks.sound import plain_keys, readings_of

from .scopes import Area
from .subject import Subject, distance_m, middle
from .whereabouts import whereabouts

# The nearest of so many are compared; a name with more look-alikes than that is in trouble anyway.
MOST_CANDIDATES = 400
# Places of a division that are named one by one.
MOST_PLACES = 10_000


def sounds_and_shapes(parts: NameParts, readings: dict[int, str]) -> Q:
    """Return the condition that a name sounds or looks nearly like the parts given."""
    specific = parts.specific
    chosen = {index: reading for index, reading in readings.items() if index < len(specific)}
    beginnings = [
        "H" + match_form(specific),
        *("P" + key for key in plain_keys(readings_of(specific, chosen))),
    ]
    query = " | ".join(f"'{_escaped(key)}':*" for key in beginnings if len(key) > 1)
    wanted = Q(Matches("keys", TextSearchQuery(query))) if query else Q(pk__in=[])
    wanted |= Q(specific__in=anagrams(specific))
    for pattern in one_edit_patterns(specific):
        wanted |= Q(specific__regex="^" + "".join("." if c == "_" else _literal(c) for c in pattern) + "$")
    return wanted


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("'", "''")


def _literal(character: str) -> str:
    return character if character.isalnum() else "\\" + character


def candidates(
    subject: Subject, parts: NameParts, area: Area, shape: shapely.Geometry | None
) -> list[Candidate]:
    """Return names in force, or still to come, of the subject's family around it, without those of its own place."""
    if not parts.specific:
        return []
    names = _names_of_family(subject, area).filter(sounds_and_shapes(parts, dict(subject.readings)))
    roads = Prefetch("place__roads", queryset=Road.objects.only("pk", "geometry"))
    names = names.select_related("place__division", "place__named_division").defer(
        "place__division__boundary", "place__named_division__boundary"
    )
    rows = list(names.prefetch_related(roads).order_by("pk")[:MOST_CANDIDATES])
    shapes = {name.pk: shape_of_place(name) for name in rows}
    homeless = {
        name.pk: own for name in rows if name.place.division is None and (own := shapes[name.pk]) is not None
    }
    drawn = whereabouts(homeless)
    found = [
        _candidate(name, subject, area, shape, own=shapes[name.pk], drawn=drawn.get(name.pk, ""))
        for name in rows
    ]
    return found + (_divisions(subject, parts, area) if subject.is_division else [])


def _names_of_family(subject: Subject, area: Area) -> NameQuerySet:
    today = timezone.localdate()
    kinds = PlaceKind.objects.filter(procedure__family=subject.family)
    if subject.family.startswith("kind:"):
        kinds = PlaceKind.objects.filter(pk=subject.kind.pk)
    names = Name.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today),
        status__in=[Name.Status.STANDARD, Name.Status.RECORDED],
        language="zh",
        place__kind__in=kinds,
    )
    if area.around is not None:
        near = _places_in(area.around)
        names = (
            names.filter(place__in=near)
            if near is not None
            else names.filter(
                Q(place__division__path__startswith=area.around.path) | Q(place__division__isnull=True)
            )
        )
    return names.exclude(place=subject.place) if subject.place is not None else names


def _places_in(around: Division) -> list[int] | None:
    """Return the places of a division, and those that lie in none; ``None`` where they are too many to be named one by one.

    The patterns of a name with one sign wrong have no index: looked for among all names of a large register they would cost a look
    at each. So the places come first.
    """
    divisions = list(
        Division.objects.filter(path__startswith=around.path).values_list("pk", flat=True)[: MOST_PLACES + 1]
    )
    if len(divisions) > MOST_PLACES:
        return None
    inside = Place.objects.filter(division__in=divisions).order_by().values_list("pk", flat=True)
    nowhere = Place.objects.filter(division__isnull=True).order_by().values_list("pk", flat=True)
    found = [*inside[: MOST_PLACES + 1], *nowhere[: MOST_PLACES + 1]]
    return found if len(found) <= MOST_PLACES else None


def shape_of_place(name: Name) -> shapely.Geometry | None:
    """Return where the place of a name is, in degrees: its roads, its own geometry, or the division that it is."""
    place = name.place
    roads = [shapely.from_wkb(bytes(road.geometry.wkb)) for road in place.roads.all()]
    if roads:
        return shapely.union_all(np.asarray(roads, dtype=object)) if len(roads) > 1 else roads[0]
    point = place.geometry or (place.named_division.point if place.named_division else None)
    return shapely.from_wkb(bytes(point.wkb)) if point is not None else None


def _candidate(
    name: Name,
    subject: Subject,
    area: Area,
    shape: shapely.Geometry | None,
    *,
    own: shapely.Geometry | None,
    drawn: str,
) -> Candidate:
    place = name.place
    lon, lat = middle(own) if own is not None else (None, None)
    division = place.named_division or place.division
    return Candidate(
        key=f"place:{place.pk}", text=name.text, specific=name.specific or name.text, generic=name.generic,
        family=subject.family, where=_where(place.division) or drawn, lon=lon, lat=lat, place_id=place.short_id,
        distance_m=distance_m(shape, own) if shape is not None and own is not None else None,
        in_scope=area.holds(division.path if division else "", own),
    )  # fmt: skip


def _where(division: Division | None) -> str:
    return division.name if division else ""


def _divisions(subject: Subject, parts: NameParts, area: Area) -> list[Candidate]:
    """Return divisions of the proposal's level that sound the same: they have no place of their own here above villages."""
    own = readings_of(parts.specific)
    level = subject.division.level + 1 if subject.division else None
    rows = Division.objects.filter(valid_to__isnull=True, level=level) if level else Division.objects.none()
    if area.around is not None:
        rows = rows.under(area.around)
    terms = subject.kind.generic_terms
    found = []
    for pk, name, path in rows.values_list("pk", "name", "path"):
        generic = max((term for term in terms if name.endswith(term)), key=len, default="")
        specific = name[: len(name) - len(generic)]
        if len(specific) == len(own) and name != subject.old_text:
            found.append(
                Candidate(
                    key=f"division:{pk}", text=name, specific=specific, generic=generic, family=subject.family,
                    where=name, in_scope=area.holds(path, None),
                )
            )  # fmt: skip
    return found


def proposals(
    rows: Iterable[tuple[str, Subject]],
    subject: Subject,
    area: Area,
    parts_of: Callable[[Subject], NameParts],
) -> list[Candidate]:
    """Return other cases' proposals as candidates: keys with their subjects."""
    shape = subject.shape()
    found = []
    for key, other in rows:
        own = other.shape()
        lon, lat = middle(own) if own is not None else (None, None)
        parts = parts_of(other)
        found.append(
            Candidate(
                key=key, text=other.text, specific=parts.specific, generic=parts.generic, family=other.family,
                where=_where(other.division), lon=lon, lat=lat, pending=True,
                distance_m=distance_m(shape, own) if shape is not None and own is not None else None,
                in_scope=area.holds(other.division.path if other.division else "", own),
            )
        )  # fmt: skip
    return found
