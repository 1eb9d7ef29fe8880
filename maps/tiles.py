"""Vector tiles of the registry's own ground, made by PostGIS for one tile at a time.

Rows come from the ``public()`` querysets only. They are found by a box in degrees that is a little larger than the tile (so that
lines and symbols are not cut at its edge), brought to Web Mercator, thinned for the zoom, clipped and written as a Mapbox Vector
Tile. Several layers of one tile follow one another in one answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from geo_registry.territory.models import BuiltUpArea, Division, Installation, Level, RoadClass
from geo_registry.territory.models.divisions import SRID
from placenames.models import Name, Place
from placenames.services.public import public_roads

MAX_ZOOM: Final = 16
_EXTENT = 4096
_BUFFER = 64
_WORLD_M = 2 * math.pi * 6_378_137


@dataclass(frozen=True)
class Tile:
    """A tile's address: zoom, column from the west, row from the north.

    Raises
    ------
    ValueError
        If there is no such tile.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= MAX_ZOOM and 0 <= self.x < self._columns and 0 <= self.y < self._columns):
            raise ValueError(f"there is no tile {self.z}/{self.x}/{self.y}")

    @property
    def _columns(self) -> int:
        return 1 << self.z

    @property
    def unit_m(self) -> float:
        """How many Mercator metres one unit of the tile's grid is."""
        return _WORLD_M / self._columns / _EXTENT

    def box(self) -> Polygon:
        """The tile with its margin, in degrees (EPSG:4490)."""
        margin = _BUFFER / _EXTENT
        west, east = (self._lon(self.x + edge) for edge in (-margin, 1 + margin))
        north, south = (self._lat(self.y + edge) for edge in (-margin, 1 + margin))
        box = Polygon.from_bbox((max(west, -180), max(south, -90), min(east, 180), min(north, 90)))
        box.srid = SRID
        return box

    def _lon(self, x: float) -> float:
        return x / self._columns * 360 - 180

    def _lat(self, y: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / self._columns))))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of a tile: its rows, the geometry in SQL over ``rows``, and the columns that go along."""

    rows: QuerySet[Any]
    columns: Mapping[str, str]
    geometry: str
    grouped: bool = False


LayerMaker = Callable[[Tile], Layer | None]

# From which zoom on a class of road is drawn: few and wide from afar, all of them close by.
_ROADS_FROM: Final[Mapping[str, int]] = MappingProxyType(
    {
        RoadClass.MOTORWAY: 5, RoadClass.TRUNK: 6, RoadClass.PRIMARY: 8, RoadClass.SECONDARY: 9, RoadClass.TERTIARY: 10,
        RoadClass.UNCLASSIFIED: 11, RoadClass.RESIDENTIAL: 12, RoadClass.LIVING_STREET: 13, RoadClass.PEDESTRIAN: 13,
        RoadClass.SERVICE: 13, RoadClass.TRACK: 13, RoadClass.CYCLEWAY: 14, RoadClass.FOOTWAY: 14, RoadClass.PATH: 14,
        RoadClass.STEPS: 14,
    }
)  # fmt: skip
# From which zoom on the boundaries and the names of a level are drawn.
_BOUNDARIES_FROM: Final[Mapping[int, int]] = MappingProxyType(
    {Level.PROVINCE: 3, Level.PREFECTURE: 5, Level.COUNTY: 6, Level.TOWNSHIP: 8, Level.VILLAGE: 12}
)
_NAMES_FROM: Final[Mapping[int, int]] = MappingProxyType(
    {Level.PROVINCE: 4, Level.PREFECTURE: 6, Level.COUNTY: 7, Level.TOWNSHIP: 8, Level.VILLAGE: 11}
)
_PLACES_FROM = 13
_NATION_TO_COUNTY = 9


def _home(tile: Tile) -> Layer | None:
    home = Installation.home()
    if home is None:
        return None
    rows = Division.objects.public().filter(pk=home.pk, boundary__bboverlaps=tile.box())
    return Layer(rows=rows, columns={"id": "id"}, geometry=_thinned("boundary", tile))


def _built(tile: Tile) -> Layer | None:
    rows = BuiltUpArea.objects.public().filter(geometry__bboverlaps=tile.box())
    return Layer(rows=rows, columns={"id": "id"}, geometry=_thinned("geometry", tile))


def _roads(tile: Tile) -> Layer | None:
    classes = [road_class for road_class, zoom in _ROADS_FROM.items() if tile.z >= zoom]
    if not classes:
        return None
    rows = public_roads().filter(geometry__bboverlaps=tile.box(), road_class__in=classes)
    columns = {
        "class": "road_class",
        "name": "name",
        "ref": "ref",
        "bridge": "bridge",
        "tunnel": "tunnel",
        "layer": "layer",
    }
    # Stretches of one road become one line again: fewer corners to draw, and one name instead of many.
    merged = "ST_LineMerge(ST_Collect(geometry))"
    return Layer(rows=rows, columns=columns, geometry=_thinned(merged, tile), grouped=True)


def _boundaries(tile: Tile) -> Layer | None:
    """Lines between divisions, each once: two neighbours draw the same line."""
    levels = [level for level, zoom in _BOUNDARIES_FROM.items() if tile.z >= zoom]
    if not levels:
        return None
    rows = Division.objects.public().filter(level__in=levels, boundary__bboverlaps=tile.box())
    lines = f"ST_Simplify(ST_LineMerge(ST_UnaryUnion(ST_Collect(ST_Boundary(ST_Transform(boundary, 3857))))), {tile.unit_m})"
    return Layer(rows=rows, columns={"level": "level"}, geometry=lines, grouped=True)


def _names(tile: Tile) -> Layer | None:
    """Names of divisions where they lie."""
    levels = [
        level
        for level, zoom in _NAMES_FROM.items()
        if tile.z >= zoom and (level > Level.COUNTY or tile.z <= _NATION_TO_COUNTY)
    ]
    if not levels:
        return None
    located = Q(point__bboverlaps=tile.box()) | Q(point__isnull=True, boundary__bboverlaps=tile.box())
    rows = Division.objects.public().filter(located, level__in=levels).order_by("level", "code")
    point = "ST_Transform(COALESCE(point, ST_PointOnSurface(boundary)), 3857)"
    return Layer(
        rows=rows, columns={"id": "id", "name": "name", "level": "level", "kind": "kind"}, geometry=point
    )


def _places(tile: Tile) -> Layer | None:
    """Names of what is neither a division nor a road: hamlets, hills, bridges."""
    if tile.z < _PLACES_FROM:
        return None
    standard = Name.objects.announced().on(timezone.localdate()).filter(status=Name.Status.STANDARD)
    rows = (
        Place.objects.public()
        .filter(
            names__in=standard,
            named_division__isnull=True,
            roads__isnull=True,
            geometry__bboverlaps=tile.box(),
        )
        .annotate(name_text=F("names__text"), kind_code=F("kind__code"))
    )
    return Layer(
        rows=rows,
        columns={"id": "id", "name": "name_text", "kind": "kind_code"},
        geometry="ST_Transform(ST_PointOnSurface(geometry), 3857)",
    )


LAYER_SETS: Final[Mapping[str, Mapping[str, LayerMaker]]] = MappingProxyType(
    {
        "base": {
            "home": _home, "built": _built, "roads": _roads, "boundaries": _boundaries, "names": _names, "places": _places,
        }
    }
)  # fmt: skip


def tile_bytes(layer_set: str, tile: Tile) -> bytes:
    """Return a tile as a Mapbox Vector Tile; empty where nothing lies in it.

    Parameters
    ----------
    layer_set
        A key of `LAYER_SETS`.
    tile
        Which tile.

    Raises
    ------
    KeyError
        If there is no such set.
    """
    makers = LAYER_SETS[layer_set]
    with Installation.read_once():
        parts = [_layer_sql(name, layer, tile) for name, make in makers.items() if (layer := make(tile))]
    if not parts:
        return b""
    # One statement: for most tiles the way to the database and back takes longer than they do.
    sql = "SELECT " + " || ".join(f"COALESCE(({part}), ''::bytea)" for part, _parameters in parts)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _part, parameters in parts for value in parameters])
        (content,) = cursor.fetchone()
    return bytes(content)


def _thinned(column: str, tile: Tile) -> str:
    """Return SQL for a column in Web Mercator without vertices closer to a line than half a screen's pixel."""
    projected = f"ST_Transform({column}, 3857)"
    return projected if tile.z >= MAX_ZOOM - 1 else f"ST_Simplify({projected}, {tile.unit_m * 8}, true)"


def _layer_sql(name: str, layer: Layer, tile: Tile) -> tuple[str, list[Any]]:
    """Return one layer's query. What is put into the SQL is written in this module; everything else is a parameter."""
    fields = dict.fromkeys(layer.columns.values())
    geometry_columns = [c for c in ("geometry", "boundary", "point") if c in layer.geometry]
    inner, parameters = layer.rows.values(*fields, *geometry_columns).query.sql_with_params()
    columns = ", ".join(f'{source} AS "{target}"' for target, source in layer.columns.items())
    clip = f"ST_AsMVTGeom({layer.geometry}, ST_TileEnvelope(%s, %s, %s), {_EXTENT}, {_BUFFER}, true)"
    group = "GROUP BY " + ", ".join(layer.columns.values()) if layer.grouped else ""
    feature_id = ", 'id'" if "id" in layer.columns else ""
    sql = (
        f"SELECT ST_AsMVT(t, %s, {_EXTENT}, 'geom'{feature_id}) "  # noqa: S608
        f"FROM (SELECT {columns}, {clip} AS geom FROM ({inner}) AS rows {group}) AS t WHERE t.geom IS NOT NULL"
    )
    return sql, [name, tile.z, tile.x, tile.y, *parameters]
