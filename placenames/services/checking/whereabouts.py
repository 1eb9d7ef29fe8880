"""In which division a place lies that names none: the lowest drawn one that holds the longest share of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import shapely
from django.contrib.gis.db.models.functions import Area, Intersection, Length
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F, QuerySet

from geo_registry.territory.models import Division

MOST_LOOKED_UP: Final = 40
"""Each costs a statement; of more places without a division only the first are told apart."""


def division_by_share(shape: shapely.Geometry) -> Division | None:
    """Return the lowest division in force whose outline holds the longest (of areas the largest) share of a shape.

    Parameters
    ----------
    shape
        In degrees (EPSG:4490).

    Returns
    -------
    Division or None
        Without its boundary, with its parent; ``None`` where no outline is drawn.
    """
    geometry = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4490)
    rows: QuerySet[Division] = Division.objects.filter(boundary__intersects=geometry, valid_to__isnull=True)
    rows = rows.select_related("parent").defer("boundary", "parent__boundary")
    dimension = shapely.get_dimensions(shape)
    if dimension > 0:
        measure = Length if dimension == 1 else Area
        # In square degrees or degrees: only compared with one another, within one shape.
        rows = rows.annotate(common=Intersection("boundary", geometry)).annotate(share=measure("common"))
        return rows.order_by("-level", F("share").desc(nulls_last=True), "pk").first()
    return rows.order_by("-level", "pk").first()


def whereabouts(shapes: Mapping[int, shapely.Geometry]) -> dict[int, str]:
    """Return the division's name for places by their keys, as far as one is drawn around them."""
    found = {}
    for key, shape in list(shapes.items())[:MOST_LOOKED_UP]:
        division = division_by_share(shape)
        if division is not None:
            found[key] = division.name
    return found
