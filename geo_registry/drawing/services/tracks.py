"""A phone's file as a track: read by the registry's readers, brought to its co-ordinates, cleaned."""

from __future__ import annotations

import datetime
import tempfile
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from geo_registry.geodata.crs import Converter
from geo_registry.geodata.editing.tracks import Cleaned, Cleaning, Fix, clean
from geo_registry.geodata.errors import GeodataError, LayerChoiceNeeded
from geo_registry.geodata.geometry import length_m
from geo_registry.geodata.readers.base import MIB, Limits, Row, Source
from geo_registry.geodata.readers.opening import open_source
from geo_registry.imports.services.sources import expected_bounds
from geo_registry.territory.models import Installation

from ..geometries import to_geojson
from .changes import DrawingError

MAX_POSITIONS = 200_000
# A track of a long day has some MB.
LIMITS = Limits(max_file_bytes=32 * MIB, max_unpacked_bytes=128 * MIB, max_rows=MAX_POSITIONS)
FORMATS = frozenset({"gpx", "kml", "kmz", "geojson"})
# What a phone writes, and what Chinese map apps write without saying so.
SYSTEMS = {"WGS84": "EPSG:4326", "CGCS2000": "EPSG:4490", "GCJ-02": "GCJ-02", "BD-09": "BD-09"}
# The layers of a GPX file, the richest first.
_GPX_LAYERS = ("track_points", "route_points", "tracks", "routes")


def read_track(*, upload: UploadedFile, system: str, how: Cleaning) -> dict[str, Any]:
    """Read and clean an uploaded track.

    Parameters
    ----------
    upload
        GPX, KML, KMZ or GeoJSON.
    system
        A key of `SYSTEMS`: what the numbers are.
    how
        Tolerances.

    Returns
    -------
    dict
        Pieces as GeoJSON lines, the raw track, what was done, lengths in metres.

    Raises
    ------
    DrawingError
        With one plain sentence.
    """
    if system not in SYSTEMS:
        raise DrawingError(_("Choose which co-ordinates the file has."))
    name = Path(upload.name or "track").name
    with tempfile.TemporaryDirectory(prefix="geo-registry-track-") as folder:
        path = Path(folder) / (f"track{Path(name).suffix.lower()[:10]}")
        with path.open("wb") as file:
            for block in upload.chunks():
                file.write(block)
        try:
            segments = _segments(path)
        except GeodataError as error:
            raise DrawingError(error.render(_).replace(path.name, name)) from error
    if not any(segments):
        raise DrawingError(
            _("There is no track in “%(file)s”: it has neither lines nor positions.") % {"file": name}
        )
    converted = _converted(segments, SYSTEMS[system])
    _check_place(converted)
    done = clean(converted, how)
    if not done.pieces:
        raise DrawingError(
            _(
                "Nothing is left of the track after cleaning: %(positions)s positions, %(jumps)s of them jumps. "
                "Loosen the settings."
            )
            % {"positions": done.positions, "jumps": done.jumps}
        )
    return _answer(done, converted)


def _segments(path: Path) -> list[list[Fix]]:
    layer: str | None = None
    try:
        source = open_source(path, limits=LIMITS)
    except LayerChoiceNeeded as choice:
        layer = next((name for name in _GPX_LAYERS if name in choice.layers), choice.layers[0])
        source = open_source(path, layer=layer, limits=LIMITS)
    with source:
        if source.format not in FORMATS:
            raise DrawingError(
                _("A track is a GPX, KML or GeoJSON file; this is %(format)s.") % {"format": source.format}
            )
        return _of_points(source) if _has_points(source) else _of_lines(source)


def _has_points(source: Source) -> bool:
    return source.layer in {"track_points", "route_points"}


def _of_points(source: Source) -> list[list[Fix]]:
    groups: defaultdict[tuple[Any, Any], list[Fix]] = defaultdict(list)
    for row in source.rows():
        if row.geometry is None or row.geometry.is_empty:
            continue
        key = (row.values.get("track_fid", row.values.get("route_fid")), row.values.get("track_seg_id"))
        groups[key].append(Fix(row.geometry.x, row.geometry.y, _time(row)))  # type: ignore[attr-defined]
    return list(groups.values())


def _of_lines(source: Source) -> list[list[Fix]]:
    segments: list[list[Fix]] = []
    loose: list[Fix] = []
    for row in source.rows():
        if row.geometry is None or row.geometry.is_empty:
            continue
        if row.geometry.geom_type == "Point":
            loose.append(Fix(row.geometry.x, row.geometry.y, _time(row)))  # type: ignore[attr-defined]
        segments += _recorded(row)
    # Points of their own are a track where each has its time; waypoints beside a line are not.
    if not segments and len(loose) > 1:
        if all(fix.at is not None for fix in loose):
            loose.sort(key=lambda fix: fix.at.timestamp() if fix.at else 0.0)
        segments = [loose]
    return segments


def _recorded(row: Row) -> list[list[Fix]]:
    """Return the lines of a row, each position with its time where the row has one for each."""
    assert row.geometry is not None  # noqa: S101 - the caller has looked
    segments = [_fixes(part) for part in _lines(row.geometry)]
    if len(row.times) != sum(len(segment) for segment in segments):
        return segments
    times = iter(row.times)
    return [[Fix(fix.lon, fix.lat, _moment(next(times))) for fix in segment] for segment in segments]


def _moment(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _lines(geometry: BaseGeometry) -> list[BaseGeometry]:
    parts = list(shapely.get_parts(geometry))
    found = [part for part in parts if part.geom_type in {"LineString", "LinearRing"}]
    for part in parts:
        if part.geom_type == "MultiLineString":
            found += list(shapely.get_parts(part))
    return found


def _fixes(line: BaseGeometry) -> list[Fix]:
    return [Fix(float(x), float(y)) for x, y in shapely.get_coordinates(line)]


def _time(row: Row) -> datetime.datetime | None:
    for name in ("time", "timestamp", "Timestamp", "date"):
        value = row.values.get(name)
        if isinstance(value, datetime.datetime):
            return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        if isinstance(value, str) and (found := _moment(value)) is not None:
            return found
    return None


def _converted(segments: list[list[Fix]], system: str) -> list[list[Fix]]:
    converter = Converter(system)
    result = []
    for segment in segments:
        if not segment:
            continue
        lon, lat = converter.coordinates([fix.lon for fix in segment], [fix.lat for fix in segment])
        result.append(
            [
                Fix(round(float(x), 9), round(float(y), 9), fix.at)
                for fix, x, y in zip(segment, lon, lat, strict=True)
                if np.isfinite(x) and np.isfinite(y)
            ]
        )
    return result


def _check_place(segments: list[list[Fix]]) -> None:
    bounds = expected_bounds(Installation.home())
    fixes = [fix for segment in segments for fix in segment]
    if bounds is None or not fixes:
        return
    west, south, east, north = bounds
    inside = [west <= fix.lon <= east and south <= fix.lat <= north for fix in fixes]
    if not any(inside):
        raise DrawingError(
            _(
                "The track lies nowhere near this registry's area (%(lon).4f° E, %(lat).4f° N). Check the co-ordinates chosen."
            )
            % {"lon": fixes[0].lon, "lat": fixes[0].lat},
            place=fixes[0].point,
        )


def _answer(done: Cleaned, segments: list[list[Fix]]) -> dict[str, Any]:
    lengths = length_m(np.array(done.pieces, dtype=object))
    raw = [shapely.LineString([fix.point for fix in segment]) for segment in segments if len(segment) > 1]
    counts = {name: value for name, value in asdict(done).items() if isinstance(value, int)}
    return {
        "pieces": [
            {"geometry": to_geojson(piece), "length_m": round(float(length), 1), "points": len(piece.coords)}
            for piece, length in zip(done.pieces, lengths, strict=True)
        ],
        "raw": [to_geojson(line) for line in raw],
        "gaps": [[list(start), list(end)] for start, end in done.gaps],
        "counts": counts,
        "timed": any(fix.at is not None for segment in segments for fix in segment),
    }
