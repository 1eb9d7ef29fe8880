"""In which division a place lies that names none: the lowest drawn one that holds the longest share of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import shapely
from django.db import connection

# Lengths and areas in degrees: only compared with one another, within one shape.
_LOWEST: Final = """
    SELECT DISTINCT ON (asked.key) asked.key, division.name
    FROM (SELECT key, ST_GeomFromWKB(wkb, 4490) AS shape FROM unnest(%s::bigint[], %s::bytea[]) AS given (key, wkb)) AS asked
    JOIN territory_division AS division ON ST_Intersects(division.boundary, asked.shape) AND division.valid_to IS NULL
    ORDER BY asked.key, division.level DESC,
        CASE ST_Dimension(asked.shape)
            WHEN 1 THEN ST_Length(ST_Intersection(division.boundary, asked.shape))
            WHEN 2 THEN ST_Area(ST_Intersection(division.boundary, asked.shape))
        END DESC NULLS LAST,
        division.id
"""


def whereabouts(shapes: Mapping[int, shapely.Geometry]) -> dict[int, str]:
    """Return the division's name for places by their keys, as far as one is drawn around them. One statement.

    Parameters
    ----------
    shapes
        In degrees (EPSG:4490).
    """
    if not shapes:
        return {}
    blobs = [memoryview(shapely.to_wkb(shapely.force_2d(shape))) for shape in shapes.values()]
    with connection.cursor() as cursor:
        cursor.execute(_LOWEST, [list(shapes), blobs])
        return dict(cursor.fetchall())
