"""Tools that change shapes: computed here, so that what the page shows is what will be saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.gis.geos import Polygon as GeosPolygon
from django.utils.translation import gettext as _
from shapely import LineString, MultiPolygon, Polygon

from geo_registry.geodata.editing import EditingError, LocalPlane
from geo_registry.geodata.editing.areas import hand_over, join_areas, pierce, split_area
from geo_registry.geodata.editing.lines import insert_vertex, join, merge_ends, replace_stretch, split_at
from geo_registry.geodata.editing.shared import as_multi
from geo_registry.geodata.editing.snapping import snap_ends
from geo_registry.geodata.geometry import Family
from geo_registry.territory.models import Road
from geo_registry.territory.models.divisions import SRID

from ..geometries import BadGeometryError, from_geojson, to_geojson, to_shape
from . import settings
from .changes import DrawingError

Given = Mapping[str, Any]


def operate(name: str, given: Given) -> dict[str, Any]:
    """Do one operation.

    Parameters
    ----------
    name : str
        One of `OPERATIONS`.
    given : mapping
        What it needs: geometries as GeoJSON, places as [lon, lat].

    Returns
    -------
    dict
        Geometries as GeoJSON.

    Raises
    ------
    DrawingError
        With the place, in the reader's language.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise DrawingError(_("There is no such tool."))
    try:
        return operation(given)
    except EditingError as error:
        raise DrawingError(error.render(_), place=error.place) from error
    except BadGeometryError as error:
        raise DrawingError(str(error)) from error


def _line(given: Given, name: str) -> LineString:
    found = from_geojson(given.get(name), Family.LINE)
    if not isinstance(found, LineString) or found.is_empty:
        raise BadGeometryError(_("A line is needed for this."))
    return found


def _area(given: Given, name: str) -> MultiPolygon:
    found = as_multi(from_geojson(given.get(name), Family.POLYGON))
    if found.is_empty or not found.is_valid:
        raise BadGeometryError(_("An outline that does not cross itself is needed for this."))
    return found


def _polygon(given: Given, name: str) -> Polygon:
    found: Polygon = _area(given, name).geoms[0]
    return found


def _place(given: Given, name: str) -> tuple[float, float]:
    try:
        lon, lat = (float(number) for number in given[name])
    except (KeyError, TypeError, ValueError) as error:
        raise BadGeometryError(_("A place is needed for this.")) from error
    return lon, lat


def _split_line(given: Given) -> dict[str, Any]:
    parts = split_at(_line(given, "line"), _place(given, "at"), tolerance_m=settings.tolerances().join_m)
    return {"parts": [to_geojson(part) for part in parts]}


def _join_lines(given: Given) -> dict[str, Any]:
    joined = join(_line(given, "first"), _line(given, "second"), tolerance_m=settings.tolerances().join_m)
    return {"line": to_geojson(joined.line), "turned": joined.turned}


def _merge_ends(given: Given) -> dict[str, Any]:
    lines = [_line({"line": line}, "line") for line in given.get("lines") or []]
    changed = merge_ends(lines, _place(given, "at"), tolerance_m=settings.tolerances().join_m)
    return {"changed": {str(number): to_geojson(line) for number, line in changed.items()}}


def _meet(given: Given) -> dict[str, Any]:
    """Give a line a vertex where it is to meet another."""
    line, at = _line(given, "line"), _place(given, "at")
    met = insert_vertex(line, at, tolerance_m=settings.tolerances().join_m)
    return {"line": to_geojson(met or line)}


def _replace(given: Given) -> dict[str, Any]:
    tolerance = settings.tolerances().join_m * 3
    return {
        "line": to_geojson(
            replace_stretch(_line(given, "line"), _line(given, "stretch"), tolerance_m=tolerance)
        )
    }


def _snap_ends(given: Given) -> dict[str, Any]:
    line, tolerance = _line(given, "line"), settings.tolerances().join_m
    network = [to_shape(road.geometry) for road in _roads_near(line, tolerance)]
    return {"line": to_geojson(snap_ends(line, network, tolerance_m=tolerance))}  # type: ignore[arg-type]


def _roads_near(line: LineString, margin_m: float) -> list[Road]:
    margin = margin_m / min(LocalPlane.around(line).scale)
    west, south, east, north = line.bounds
    box = GeosPolygon.from_bbox((west - margin, south - margin, east + margin, north + margin))
    box.srid = SRID
    return list(Road.objects.filter(geometry__bboverlaps=box).order_by("pk")[:5000])


def _split_area(given: Given) -> dict[str, Any]:
    return {"parts": [to_geojson(part) for part in split_area(_area(given, "area"), _line(given, "cut"))]}


def _join_areas(given: Given) -> dict[str, Any]:
    tolerance = settings.tolerances().border_m
    return {
        "area": to_geojson(join_areas(_area(given, "first"), _area(given, "second"), tolerance_m=tolerance))
    }


def _pierce(given: Given) -> dict[str, Any]:
    return {"area": to_geojson(pierce(_area(given, "area"), _polygon(given, "hole")))}


def _hand_over(given: Given) -> dict[str, Any]:
    giver, taker = hand_over(_area(given, "giver"), _area(given, "taker"), _polygon(given, "piece"))
    return {"giver": to_geojson(giver), "taker": to_geojson(taker)}


OPERATIONS: dict[str, Callable[[Given], dict[str, Any]]] = {
    "split_line": _split_line,
    "join_lines": _join_lines,
    "merge_ends": _merge_ends,
    "meet": _meet,
    "replace": _replace,
    "snap_ends": _snap_ends,
    "split_area": _split_area,
    "join_areas": _join_areas,
    "pierce": _pierce,
    "hand_over": _hand_over,
}
