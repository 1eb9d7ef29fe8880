"""Where a named thing is, from a file or a phone's track: read by the registry's readers, brought to its co-ordinates, mended."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from geo_registry.drawing.geometries import to_geojson
from geo_registry.drawing.services import settings as drawing_settings
from geo_registry.drawing.services.changes import DrawingError
from geo_registry.drawing.services.tracks import read_track
from geo_registry.geodata.crs import Converter, require_crs
from geo_registry.geodata.declarations import LAT, LON, POSITION
from geo_registry.geodata.errors import GeodataError, LayerChoiceNeeded
from geo_registry.geodata.geometry import clean
from geo_registry.geodata.isolation.parent import open_isolated
from geo_registry.geodata.readers.base import MIB, Limits, Row
from geo_registry.geodata.values import BadValue, Noted, fold
from geo_registry.imports.services.sources import expected_bounds
from geo_registry.territory.models import Installation

MOST_PARTS: Final = 200
_MOST_ROWS: Final = 5_000
_MOST_VERTICES: Final = 20_000
_LIMITS: Final = Limits(max_file_bytes=64 * MIB, max_unpacked_bytes=256 * MIB, max_rows=_MOST_ROWS)
_TRACKS: Final = frozenset({".gpx"})
SYSTEMS: Final = {"": "", "WGS84": "EPSG:4326", "CGCS2000": "EPSG:4490", "GCJ-02": "GCJ-02", "BD-09": "BD-09"}
"""What the numbers are, as a person says it; nothing: as the file says."""
_FAMILIES: Final = ("point", "line", "area")


@dataclass(frozen=True, kw_only=True)
class ReadShapes:
    """What a file holds.

    Parameters
    ----------
    family
        ``point``, ``line`` or ``area``.
    parts
        GeoJSON geometries without parts of their own, in EPSG:4490.
    left_out
        How many geometries of other families the file has.
    """

    family: str
    parts: Sequence[dict[str, Any]]
    left_out: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as the page takes it."""
        return {"family": self.family, "parts": list(self.parts), "leftOut": self.left_out}


class ChooseLayer(ValidationError):  # noqa: N818 - says what is to be done
    """The file has several layers: one must be chosen."""

    def __init__(self, layers: Sequence[str]) -> None:
        super().__init__(_("The file has several layers. Choose one."))
        self.layers = list(layers)


def read_shapes(*, upload: UploadedFile, system: str = "", layer: str = "") -> ReadShapes:
    """Read the geometries of a file; a GPX file is a phone's track and is cleaned as one.

    Parameters
    ----------
    upload
        Any format that imports read.
    system
        A key of `SYSTEMS`.
    layer
        The layer or sheet, where there are several.

    Raises
    ------
    ValidationError
        With one plain sentence: what is wrong with the file, or that it lies nowhere near.
    ChooseLayer
        If the file has several layers.
    """
    if system not in SYSTEMS:
        raise ValidationError(_("Choose which co-ordinates the file has."))
    name = Path(upload.name or "file").name
    no_track: ValidationError | None = None
    if Path(name).suffix.lower() in _TRACKS:
        try:
            return _from_track(upload, system)
        except ValidationError as error:
            # Waypoints alone are no track, and may well be what is meant.
            no_track, layer = error, "waypoints"
            upload.seek(0)
    with tempfile.TemporaryDirectory(prefix="geo-registry-shape-") as folder:
        path = Path(folder) / f"shape{Path(name).suffix.lower()[:10]}"
        with path.open("wb") as file:
            for block in upload.chunks():
                file.write(block)
        try:
            found = _geometries(path, system, layer)
        except LayerChoiceNeeded as choice:
            raise ChooseLayer(list(choice.layers)) from choice
        except GeodataError as error:
            raise no_track or ValidationError(error.render(_).replace(path.name, name)) from error
    if no_track is not None and not found:
        raise no_track
    return _of_one_family(found, name)


def _from_track(upload: UploadedFile, system: str) -> ReadShapes:
    try:
        track = read_track(upload=upload, system=system or "WGS84", how=drawing_settings.cleaning())
    except DrawingError as error:
        raise ValidationError(str(error)) from error
    return ReadShapes(family="line", parts=[piece["geometry"] for piece in track["pieces"][:MOST_PARTS]])


def _geometries(path: Path, system: str, layer: str) -> list[BaseGeometry]:
    with open_isolated(path, layer=layer or None, limits=_LIMITS) as source:
        found = list(_of_rows(source.rows()))
        declared = SYSTEMS[system] or source.declared_crs
        if source.format in {"kml", "kmz", "gpx", "osm-pbf"}:
            declared = SYSTEMS[system] or "EPSG:4326"
    # Asked only of a file that has geometries: one without any has another fault.
    if not found:
        return []
    converter = Converter(require_crs(declared, file=path.name))
    cleaned, _problems = clean(
        converter.geometries(np.array(found, dtype=object)), max_vertices=_MOST_VERTICES
    )
    return [geometry for geometry in cleaned if geometry is not None]


def _of_rows(rows: Iterable[Row]) -> Iterable[BaseGeometry]:
    for row in rows:
        geometry = row.geometry if row.geometry is not None else _of_cells(row)
        if geometry is not None and not geometry.is_empty:
            yield geometry


def _of_cells(row: Row) -> BaseGeometry | None:
    """Return what a table's row says of its place: a cell that holds it whole, or longitude and latitude."""
    cells = {fold(str(header)).casefold(): value for header, value in row.values.items() if value is not None}
    read: dict[str, Any] = {}
    for column in (POSITION, LON, LAT):
        for header in column.headers:
            value = cells.get(fold(header).casefold())
            if value is None:
                continue
            try:
                parsed = column.parse(value)
            except BadValue:
                continue
            read[column.field] = parsed.value if isinstance(parsed, Noted) else parsed
            break
    if POSITION.field in read:
        whole: BaseGeometry = read[POSITION.field]
        return whole
    return shapely.Point(read["lon"], read["lat"]) if {"lon", "lat"} <= read.keys() else None


def _of_one_family(found: Sequence[BaseGeometry], name: str) -> ReadShapes:
    by_family: dict[int, list[BaseGeometry]] = {0: [], 1: [], 2: []}
    for geometry in found:
        for part in shapely.get_parts(geometry):
            by_family[int(shapely.get_dimensions(part))].append(part)
    # Of a file with several kinds the areas are meant, then the lines: points are their labels.
    dimension = next((number for number in (2, 1, 0) if by_family[number]), None)
    if dimension is None:
        raise ValidationError(
            _("“%(file)s” holds no place: neither points, lines nor areas.") % {"file": name}
        )
    parts = by_family[dimension]
    if len(parts) > MOST_PARTS:
        message = _(
            "“%(file)s” has %(count)d shapes, and at most %(most)d can be one thing. Take only those meant."
        )
        raise ValidationError(message % {"file": name, "count": len(parts), "most": MOST_PARTS})
    _near_home(parts)
    left = sum(len(rows) for number, rows in by_family.items() if number != dimension)
    shown = [shape for part in parts if (shape := to_geojson(shapely.set_precision(part, 1e-9))) is not None]
    return ReadShapes(family=_FAMILIES[dimension], parts=shown, left_out=left)


def _near_home(parts: Sequence[BaseGeometry]) -> None:
    bounds = expected_bounds(Installation.home())
    if bounds is None:
        return
    west, south, east, north = bounds
    lon, lat = shapely.get_coordinates(parts[0])[0]
    if not shapely.intersects(shapely.box(west, south, east, north), parts[0]):
        message = _(
            "It lies nowhere near this registry's area (%(lon).4f° E, %(lat).4f° N). Check the co-ordinates chosen."
        )
        raise ValidationError(message % {"lon": lon, "lat": lat})
