"""Which division a point lies in, and how far outside of the one it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from ..models.divisions import SRID

_POINTS = """
    unnest(%(lons)s::float8[], %(lats)s::float8[]{more}) WITH ORDINALITY AS p(lon, lat{names}, number)
"""
_POINT = f"ST_SetSRID(ST_MakePoint(p.lon, p.lat), {SRID})"

# The lowest division wins; of two that share a border, the one that was entered first.
_AT = f"""
    SELECT DISTINCT ON (p.number) p.number, d.id
    FROM {_POINTS.format(more="", names="")}
    JOIN territory_division d ON d.valid_to IS NULL AND ST_Covers(d.boundary, {_POINT})
    ORDER BY p.number, d.level DESC, d.id
"""  # noqa: S608 - made of constants

# The division itself if its boundary is known, else the nearest above it whose boundary is.
_OUTSIDE = f"""
    SELECT p.number, d.id, d.name, ST_Distance(d.boundary::geography, {_POINT}::geography)
    FROM {_POINTS.format(more=", %(divisions)s::bigint[]", names=", division_id")}
    JOIN territory_division named ON named.id = p.division_id
    JOIN LATERAL (
        SELECT a.id, a.name, a.boundary FROM territory_division a
        WHERE a.boundary IS NOT NULL AND a.valid_to IS NULL
          AND a.code = ANY (string_to_array(trim(both '/' from named.path), '/'))
        ORDER BY a.level DESC LIMIT 1
    ) d ON NOT ST_Covers(d.boundary, {_POINT})
    ORDER BY p.number
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class Outside:
    """A point that does not lie in the division it names.

    Parameters
    ----------
    index : int
        The point's place in the sequence.
    division_id : int
        The division whose boundary was looked at: the one named, or the nearest above it that has one.
    division_name : str
    distance_m : float
        From the point to the boundary, along the ellipsoid.
    """

    index: int
    division_id: int
    division_name: str
    distance_m: float


def divisions_at(points: Sequence[tuple[float, float]]) -> list[int | None]:
    """Find the lowest division that each point lies in.

    Parameters
    ----------
    points : sequence of (lon, lat)
        Degrees in EPSG:4490.

    Returns
    -------
    list of int or None
        Primary keys in the order of the points; ``None`` where no boundary covers the point.
    """
    found: list[int | None] = [None] * len(points)
    if points:
        with connection.cursor() as cursor:
            cursor.execute(_AT, {"lons": [lon for lon, _ in points], "lats": [lat for _, lat in points]})
            for number, division_id in cursor.fetchall():
                found[number - 1] = division_id
    return found


def outside_of(points: Sequence[tuple[float, float]], division_ids: Sequence[int]) -> list[Outside]:
    """Find the points that lie outside of the divisions they name.

    Parameters
    ----------
    points : sequence of (lon, lat)
        Degrees in EPSG:4490.
    division_ids : sequence of int
        What each point names, in the same order.

    Returns
    -------
    list of Outside
        In the order of the points. Where no boundary is known, nothing is said.
    """
    if not points:
        return []
    arguments: dict[str, Any] = {
        "lons": [lon for lon, _ in points],
        "lats": [lat for _, lat in points],
        "divisions": list(division_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OUTSIDE, arguments)
        rows = cursor.fetchall()
    return [Outside(number - 1, division_id, name, metres) for number, division_id, name, metres in rows]
