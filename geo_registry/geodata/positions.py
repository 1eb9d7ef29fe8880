"""A place in one cell: “106.34,38.10”, “106°20′24″E 38°06′12″N”, WKT, EWKT, WKB as hexadecimal, a GeoJSON geometry."""

from __future__ import annotations

import json
import re
import struct

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from .angles import angles_in, folded
from .errors import Message, gettext_noop
from .readers.base import Value
from .values import BadValue, Noted, fold

# WKT and WKB nest as deep as anybody likes, and the library that reads them calls itself for each level.
_MAX_DEPTH = 6
# No two numbers with their words and signs take more; in longer texts the patterns below look again from every character on.
_MAX_PAIR_CHARS = 200
# Longitudes of China are no latitudes, and hardly any of its latitudes is a longitude of China.
_LATITUDES = (0.0, 56.0)
_LONGITUDES = (70.0, 140.0)

_NOT_A_PLACE = gettext_noop(
    "“{value}” is no place. Write longitude and latitude like 106.340172,38.102931, or WKT like POINT(106.34 38.10)."
)
_LATITUDE_FIRST = gettext_noop(
    "“{value}” has the latitude first; it was read as longitude {lon}, latitude {lat}."
)
_READ_AS = gettext_noop("“{value}” was read as longitude {lon}, latitude {lat}.")
_NORTHING_FIRST = gettext_noop(
    "“{value}” has the northing first, as surveyors write it; it was read as easting {east}, northing {north}."
)

_WKT = re.compile(
    r"(?:SRID\s*=\s*(\d{1,6})\s*;\s*)?((?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION|LINEARRING)(?:ZM?|M)?\b",
    re.IGNORECASE,
)
_HEX = re.compile(r"0[01](?:[0-9A-F]{2}){8,}", re.IGNORECASE)
_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:E[+-]?\d+)?"
_PLAIN_PAIR = re.compile(
    rf"({_NUMBER})\s*(?:[,;/|、]|\s)\s*({_NUMBER})(?:\s*[,;\s]\s*{_NUMBER}\s*(?:米|M)?)?", re.IGNORECASE
)
_WORDED = re.compile(
    rf"(经度|东经|LNG|LONGITUDE|LON|X|E|纬度|北纬|LATITUDE|LAT|Y|N)\s*[:=]?\s*({_NUMBER})\s*[°度]?",
    re.IGNORECASE,
)
# Surveyors' X is the northing, everybody else's the easting: only the numbers tell.
_XY = re.compile(r"[XY]", re.IGNORECASE)
_LON_WORDS = frozenset({"经度", "东经", "LNG", "LONGITUDE", "LON", "X", "E"})
_BRACKETS = str.maketrans("", "", "()[]{}<>【】\"'")
_LETTERED = re.compile(rf"({_NUMBER})\s*([EWNS])[\s,;]*({_NUMBER})\s*([EWNS])", re.IGNORECASE)
# Northings of China reach from there, and eastings within a zone to there; with the zone's number in front they are above all.
_NORTHINGS_M = (1_000_000.0, 6_200_000.0)
_PREFIXED_M = 13_000_000.0


def position(value: Value) -> BaseGeometry | Noted:
    """Return the geometry that a cell gives, in the file's own co-ordinates; an EWKT's or EWKB's SRID stays with it.

    Raises
    ------
    BadValue
    """
    if not isinstance(value, str):
        raise _bad(value)
    text = value.strip()
    if (match := _WKT.match(text)) is not None:
        return _from_wkt(text[match.start(2) :], match[1], value)
    if _HEX.fullmatch(text) is not None:
        return _from_wkb(bytes.fromhex(text), value)
    if text.startswith("{") and '"coordinates"' in text:
        return _from_geojson(text, value)
    if len(text) > _MAX_PAIR_CHARS:
        raise _bad(value)
    return _pair(fold(text), value)


def is_shape(value: Value) -> bool:
    """Tell whether a cell can be nothing but a place, whatever its column is called: WKT, WKB, GeoJSON."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    if _WKT.match(text) is None and _HEX.fullmatch(text) is None and '"coordinates"' not in text:
        return False
    try:
        position(value)
    except BadValue:
        return False
    return True


def _bad(value: Value) -> BadValue:
    shown = str(value)
    return BadValue(Message(_NOT_A_PLACE, {"value": shown if len(shown) <= 60 else shown[:57] + "…"}))


def _checked(geometry: object, value: Value) -> BaseGeometry:
    if not isinstance(geometry, BaseGeometry) or geometry.is_empty:
        raise _bad(value)
    return geometry


def _from_wkt(text: str, srid: str | None, value: Value) -> BaseGeometry:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    geometry = shapely.from_wkt(text, on_invalid="ignore") if deepest <= _MAX_DEPTH else None
    geometry = _checked(geometry, value)
    return shapely.set_srid(geometry, int(srid)) if srid else geometry


def _from_wkb(data: bytes, value: Value) -> BaseGeometry:
    try:
        _walk(data, 0, 0)
    except (struct.error, ValueError):
        raise _bad(value) from None
    # A damaged coordinate is a number that the processor complains of; what came of it is looked at below.
    with np.errstate(invalid="ignore"):
        geometry = shapely.from_wkb(data, on_invalid="ignore")
    return _checked(geometry, value)


def _walk(data: bytes, at: int, depth: int) -> int:
    """Step over one geometry of a WKB and return where the next begins: it must not nest too deep."""
    if depth >= _MAX_DEPTH:
        raise ValueError("nested too deep")
    order = "<" if data[at : at + 1] == b"\x01" else ">"
    (kind,) = struct.unpack_from(f"{order}I", data, at + 1)
    at += 9 if kind & 0x20000000 else 5
    plain = kind & 0xFFFF
    iso = plain // 1000
    doubles = 2 + bool(kind & 0x80000000 or iso in {1, 3}) + bool(kind & 0x40000000 or iso in {2, 3})
    base = plain % 1000
    if base == 1:
        return at + 8 * doubles
    (count,) = struct.unpack_from(f"{order}I", data, at)
    at += 4
    if base == 2:
        return at + int(count) * 8 * doubles
    for _ in range(count):
        if base == 3:
            (points,) = struct.unpack_from(f"{order}I", data, at)
            at += 4 + points * 8 * doubles
        else:
            at = _walk(data, at, depth + 1)
        if at > len(data):
            raise ValueError("beyond the end")
    return at


def _from_geojson(text: str, value: Value) -> BaseGeometry:
    try:
        kind = json.loads(text).get("type")
        geometry = shapely.from_geojson(text, on_invalid="ignore") if kind != "GeometryCollection" else None
    except (ValueError, AttributeError, RecursionError):
        geometry = None
    return _checked(geometry, value)


def _pair(text: str, value: Value) -> BaseGeometry | Noted:
    bare = text.translate(_BRACKETS).strip() if "°" not in text and "度" not in text else text.strip("()[] ")
    if (match := _PLAIN_PAIR.fullmatch(bare)) is not None:
        return _ordered(float(match[1]), float(match[2]), value)
    worded = [(match[1].upper() in _LON_WORDS, float(match[2])) for match in _WORDED.finditer(bare)]
    if len(worded) == 2 and worded[0][0] != worded[1][0] and not _WORDED.sub("", bare).strip(" ,;、:。"):
        (first_is_lon, first), (_, second) = worded
        lon, lat = (first, second) if first_is_lon else (second, first)
        found = _ordered(lon, lat, value) if _XY.search(bare) else None
        return found if isinstance(found, Noted) else _noted(lon, lat, value, _READ_AS)
    if (match := _LETTERED.fullmatch(bare)) is not None:
        pair = {match[2].upper(): float(match[1]), match[4].upper(): float(match[3])}
        if pair.keys() == {"E", "N"}:
            return _noted(pair["E"], pair["N"], value, _READ_AS)
    return _angles(value)


def _angles(value: Value) -> BaseGeometry | Noted:
    angles, rest = angles_in(folded(str(value)))
    if len(angles) != 2 or rest.strip(" ,;、/|。()[]"):
        raise _bad(value)
    first, second = angles
    if first.direction == second.direction != "":
        raise _bad(value)
    if first.direction == "N" or second.direction == "E":
        return _noted(second.degrees, first.degrees, value, _READ_AS)
    if first.direction == "E" or second.direction == "N":
        return _noted(first.degrees, second.degrees, value, _READ_AS)
    found = _ordered(first.degrees, second.degrees, value)
    return found if isinstance(found, Noted) else _noted(first.degrees, second.degrees, value, _READ_AS)


def _ordered(first: float, second: float, value: Value) -> BaseGeometry | Noted:
    if _LATITUDES[0] <= first <= _LATITUDES[1] and _LONGITUDES[0] <= second <= _LONGITUDES[1]:
        return _noted(second, first, value, _LATITUDE_FIRST)
    is_northing = _NORTHINGS_M[0] <= first <= _NORTHINGS_M[1]
    if is_northing and (_LONGITUDES[1] < second < _NORTHINGS_M[0] or second >= _PREFIXED_M):
        params = {"value": str(value)[:60], "east": _shown(second), "north": _shown(first)}
        return Noted(shapely.Point(second, first), Message(_NORTHING_FIRST, params))
    return shapely.Point(first, second)


def _noted(lon: float, lat: float, value: Value, template: str) -> Noted:
    params = {"value": str(value)[:60], "lon": _shown(lon), "lat": _shown(lat)}
    return Noted(shapely.Point(lon, lat), Message(template, params))


def _shown(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
