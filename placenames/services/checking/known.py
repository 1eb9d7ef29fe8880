"""Names of the register with where they are, as the checks compare them: two statements for however many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import Q, QuerySet

from geo_registry.territory.prepared import Given, Prepared, array_of
from geo_registry.territory.search_keys import OneOf
from placenames.models import Name, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownName:
    """A name and its place.

    Parameters
    ----------
    pk, place_pk : int
    text, specific, generic : str
        ``specific`` is the whole where the name has no known generic term.
    place_id : str
        The permanent address of the place.
    where, path : str
        The division that the place lies in, by name; and the path of the one that it is, or lies in. Empty where nobody entered it.
    lies_in : str
        The path of the division that it lies in.
    family : str
        What its kind may be mistaken for.
    is_secret : bool
        Whether its place has a secrecy level.
    shape : shapely geometry or None
        Its roads, its own geometry, or the point of the division that it is; in degrees (EPSG:4490).
    """

    pk: int
    place_pk: int
    text: str
    specific: str
    generic: str
    place_id: str
    where: str
    path: str
    lies_in: str
    family: str
    is_secret: bool
    shape: shapely.Geometry | None


_COLUMNS = (
    "pk", "place_id", "text", "specific", "generic", "place__short_id", "place__division__name", "place__division__path",
    "place__named_division__path", "place__kind__procedure__family", "place__secrecy",
)  # fmt: skip


def known_names(names: QuerySet[Name]) -> list[KnownName]:
    """Read names with the shapes of their places, in the order of the query."""
    return _known(list(_with_shapes(names)))


def known_by_keys(pks: Collection[int]) -> list[KnownName]:
    """Read names by their keys, in no order; for what is asked while somebody types."""
    return _known(_by_keys().rows(names=array_of(pks))) if pks else []


@lru_cache(maxsize=1)
def _by_keys() -> Prepared:
    these = Q(OneOf("pk", Given("names", "bigint[]")))
    return Prepared.of(_with_shapes(Name.objects.filter(these).order_by()))


def _with_shapes(names: QuerySet[Name]) -> QuerySet[Name, tuple[Any, ...]]:
    asked = names.annotate(own=AsWKB("place__geometry"), point=AsWKB("place__named_division__point"))
    return asked.values_list(*_COLUMNS, "own", "point")


def _known(rows: Sequence[tuple[Any, ...]]) -> list[KnownName]:
    roads = _roads({row[1] for row in rows})
    shapes = _parsed([None if row[1] in roads else row[-2] or row[-1] for row in rows])
    return [
        KnownName(
            pk=row[0], place_pk=row[1], text=row[2], specific=row[3] or row[2], generic=row[4], place_id=row[5],
            where=row[6] or "", path=row[8] or row[7] or "", lies_in=row[7] or "", family=row[9] or "",
            is_secret=row[10] != "", shape=roads.get(row[1], shape),
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]  # fmt: skip


def _roads(place_pks: set[int]) -> dict[int, shapely.Geometry]:
    """Return the lines of places that are roads."""
    if not place_pks:
        return {}
    links = Place.roads.through.objects.filter(place__in=place_pks)
    pairs = list(links.values_list("place_id", AsWKB("road__geometry")))
    lines: defaultdict[int, list[shapely.Geometry]] = defaultdict(list)
    for (place_pk, _wkb), line in zip(pairs, _parsed([wkb for _pk, wkb in pairs]), strict=True):
        if line is not None:
            lines[place_pk].append(line)
    return {
        pk: found[0] if len(found) == 1 else shapely.union_all(np.asarray(found, dtype=object))
        for pk, found in lines.items()
    }


def _parsed(blobs: Sequence[bytes | memoryview | None]) -> Sequence[shapely.Geometry | None]:
    held = np.array([bytes(blob) if blob is not None else None for blob in blobs], dtype=object)
    return list(shapely.from_wkb(held)) if len(held) else []
