"""Invented boundaries on real names and codes: villages, then townships and the county as their unions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from shapely import (
    MultiPoint,
    MultiPolygon,
    Polygon,
    STRtree,
    coverage_is_valid,
    coverage_simplify,
    intersection,
    union_all,
    voronoi_polygons,
)
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from .base import XY, Town, Unit, distance, geometry_to_lonlat


@dataclass(frozen=True)
class Boundaries:
    """Polygons in the working projection, by code; ``lonlat`` holds the same in rounded degrees."""

    units: dict[str, BaseGeometry]
    towns: dict[str, BaseGeometry]
    county: BaseGeometry
    lonlat: dict[str, BaseGeometry]


# A unit reaches farther where it is large: farms and desert villages against dense communities.
_REACH = {"community": 1.0, "living_area": 1.12, "village": 1.0}


def _owner(point: XY, units: Sequence[Unit]) -> str:
    return min(units, key=lambda unit: distance(point, unit.seat) / _REACH[unit.kind]).code


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    if isinstance(geometry, Polygon):
        return [geometry]
    return [part for part in getattr(geometry, "geoms", []) if isinstance(part, Polygon)]


def _largest_piece_only(cells: dict[str, list[Polygon]]) -> dict[str, list[Polygon]]:
    """Give every cell that is cut off from its unit's largest piece to the neighbour it borders on most."""
    pieces: list[tuple[str, Polygon]] = []
    stray: list[Polygon] = []
    for code, polygons in cells.items():
        parts = sorted(_polygons(union_all(polygons)), key=lambda part: part.area)
        pieces.append((code, parts[-1]))
        stray.extend(parts[:-1])
    result: dict[str, list[Polygon]] = {code: [piece] for code, piece in pieces}
    for part in stray:
        code, _piece = max(pieces, key=lambda item: part.intersection(item[1]).length)
        result[code].append(part)
    return result


def draw(county: Polygon, points: Sequence[XY], units: Sequence[Unit], towns: Sequence[Town]) -> Boundaries:
    """Return boundaries made of the cells around ``points``, each cell going to the nearest seat.

    The polygons share their vertices: neighbours meet without gaps, and unions are exact.
    """
    cells = voronoi_polygons(MultiPoint(points), extend_to=county.buffer(5000))
    tree = STRtree([Point(p) for p in points])
    by_unit: dict[str, list[Polygon]] = defaultdict(list)
    for cell in sorted(_polygons(cells), key=lambda c: (round(c.centroid.x, 3), round(c.centroid.y, 3))):
        inside = [points[i] for i in tree.query(cell, predicate="contains")]
        if inside:
            by_unit[_owner(inside[0], units)].extend(_polygons(intersection(cell, county, grid_size=0.01)))
    whole = {code: union_all(parts) for code, parts in sorted(_largest_piece_only(by_unit).items())}
    missing = {unit.code for unit in units} - set(whole)
    if missing:
        raise RuntimeError(f"no area for {sorted(missing)}")
    simplified = dict(zip(whole, coverage_simplify(list(whole.values()), 60.0), strict=True))
    degrees = {code: geometry_to_lonlat(polygon) for code, polygon in simplified.items()}
    if not coverage_is_valid(list(degrees.values())):
        raise RuntimeError("the boundaries overlap after rounding: change the seed")
    by_town = {t.code: union_all([simplified[u.code] for u in units if u.town == t.code]) for t in towns}
    for town in towns:
        degrees[town.code] = union_all([degrees[u.code] for u in units if u.town == town.code])
    degrees["640181"] = union_all([degrees[town.code] for town in towns])
    return Boundaries(
        units=simplified, towns=by_town, county=union_all(list(by_town.values())), lonlat=degrees
    )


def as_multi(geometry: BaseGeometry) -> MultiPolygon:
    """Return the polygons of ``geometry`` as one multipolygon."""
    return MultiPolygon(_polygons(geometry))
