"""Which co-ordinate systems come into question for some numbers, with what speaks for each: for a person to choose from.

Numbers alone never tell everything: degrees may be CGCS2000, GCJ-02 or BD-09, and differ by hundreds of metres (see
`shift` for comparing with what is known). What can be told is told, what cannot is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chinese_offsets import CHINA_RECTANGLE
from .crs import Converter, resolve
from .crs_checks import Bounds, within
from .errors import Message, UnknownCrs, gettext_noop
from .gauss_kruger import BEIJING_54, CGCS2000, XIAN_80, ZONE_PREFIX_M, Zone, zone_of_number, zones

Floats = NDArray[np.float64]

_MANY = 0.9
_NORTHING_M = (0.0, 6_200_000.0)
_WEB_MERCATOR = "EPSG:3857"
_DATUM_WEIGHT = {CGCS2000: 1.0, XIAN_80: 0.6, BEIJING_54: 0.5}
_HINTS = (
    (re.compile(r"gcj|火星|高德|腾讯|amap", re.IGNORECASE), "GCJ-02"),
    (re.compile(r"bd.?09|百度|baidu", re.IGNORECASE), "BD-09"),
    (re.compile(r"wgs|gps", re.IGNORECASE), "EPSG:4326"),
    (re.compile(r"cgcs|国家2000|大地2000|2000坐标", re.IGNORECASE), "EPSG:4490"),
    (re.compile(r"西安80|xian.?80|80坐标", re.IGNORECASE), XIAN_80),
    (re.compile(r"北京54|beijing.?54|54坐标", re.IGNORECASE), BEIJING_54),
)

_DECLARED = gettext_noop("The file itself says so.")
_DECLARED_BUT = gettext_noop(
    "The file itself says so, but {percent} per cent of its co-ordinates cannot be that, or lie far away."
)
_NAMED = gettext_noop("A name in the file (“{word}”) speaks for it.")
_DEGREES = gettext_noop("The numbers are degrees; surveyors and official maps use this system.")
_GPS = gettext_noop("The numbers are degrees; satellite receivers and most map files use this system.")
_WEB_MAP = gettext_noop(
    "The numbers are degrees; points picked on Amap or Tencent Maps are in this system, 300 to 700 m off."
)
_BAIDU = gettext_noop(
    "The numbers are degrees; points picked on Baidu Maps are in this system, about 1 km off."
)
_PREFIX = gettext_noop("The eastings begin with {number}, the number of a {degrees}° zone.")
_PLACE = gettext_noop("With the central meridian {meridian}° the places lie where they should.")
_MERCATOR = gettext_noop("The numbers are metres of web maps, and the places lie where they should.")


@dataclass(frozen=True, slots=True)
class CrsCandidate:
    """One co-ordinate system that some numbers may be in.

    Parameters
    ----------
    key : str
        As `crs.resolve` takes it: ``EPSG:4490``, ``GCJ-02`` …
    name : str
        For people.
    confidence : float
        0 to 1; for order and for words such as “probably”, no probability in the strict sense.
    reason : Message
        What speaks for it.
    swapped : bool
        The two columns would have to be exchanged.
    lon, lat : float or None
        Where the middle of the points would lie, in degrees of EPSG:4490: for a look at the map.
    accuracy_note : Message or None
        How far off the conversion may be.
    """

    key: str
    name: str
    confidence: float
    reason: Message
    swapped: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy_note: Message | None = None


def crs_candidates(
    x: object,
    y: object,
    *,
    declared: str | None = None,
    expected: Bounds | None = None,
    names: Iterable[str] = (),
) -> tuple[CrsCandidate, ...]:
    """Weigh the co-ordinate systems that come into question, the likeliest first.

    Parameters
    ----------
    x, y : array_like of float, shape (n,)
        Some co-ordinates as the file has them; for lines and outlines one of each.
    declared : str, optional
        What the file says of itself.
    expected : (west, south, east, north), optional
        Where places of this installation lie, in degrees of EPSG:4490, with a generous margin. Without it a zone without
        prefix cannot be told.
    names : iterable of str
        Names of file, layer and columns: “经度_百度” says something.

    Returns
    -------
    tuple of CrsCandidate
        No system twice; empty if nothing fits.
    """
    a, b = np.atleast_1d(np.asarray(x, dtype=np.float64)), np.atleast_1d(np.asarray(y, dtype=np.float64))
    usable = np.isfinite(a) & np.isfinite(b) & ((a != 0) | (b != 0))
    a, b = a[usable], b[usable]
    found: dict[str, CrsCandidate] = {}
    for candidate in sorted(
        [*_declared(a, b, declared, expected), *_by_numbers(a, b, expected, _hints(names))],
        key=lambda candidate: -candidate.confidence,
    ):
        found.setdefault(candidate.key, candidate)
    return tuple(found.values())


def _declared(a: Floats, b: Floats, declared: str | None, expected: Bounds | None) -> Iterator[CrsCandidate]:
    try:
        converter = Converter(resolve(declared)) if declared else None
    except UnknownCrs:
        return
    if converter is None:
        return
    share = _share(converter, a, b, expected) if len(a) else 1.0
    if share >= _MANY:
        yield _candidate(converter, a, b, 0.97, Message(_DECLARED))
    else:
        yield _candidate(converter, a, b, 0.1, Message(_DECLARED_BUT, {"percent": round(100 * (1 - share))}))


def _by_numbers(
    a: Floats, b: Floats, expected: Bounds | None, hints: dict[str, str]
) -> Iterator[CrsCandidate]:
    if not len(a):
        return
    for first, second, swapped in ((a, b, False), (b, a, True)):
        if _mostly(within(first, second, expected or CHINA_RECTANGLE)):
            yield from _degrees(first, second, hints, swapped=swapped)
            return
        found = [*_metres(first, second, expected, hints, swapped=swapped)]
        if found:
            yield from found
            return


def _degrees(lon: Floats, lat: Floats, hints: dict[str, str], *, swapped: bool) -> Iterator[CrsCandidate]:
    for key, weight, reason in (
        ("EPSG:4490", 0.5, _DEGREES),
        ("EPSG:4326", 0.45, _GPS),
        ("GCJ-02", 0.4, _WEB_MAP),
        ("BD-09", 0.3, _BAIDU),
    ):
        message = Message(_NAMED, {"word": hints[key]}) if key in hints else Message(reason)
        confidence = 0.8 if key in hints else weight
        yield _candidate(Converter(key), lon, lat, confidence, message, swapped=swapped)


def _metres(
    east: Floats, north: Floats, expected: Bounds | None, hints: dict[str, str], *, swapped: bool
) -> Iterator[CrsCandidate]:
    bounds = expected or CHINA_RECTANGLE
    if _mostly((north > _NORTHING_M[0]) & (north < _NORTHING_M[1]) & (east > 1_000)):
        for zone, weight, reason in _zones(east, expected):
            converter = Converter(f"EPSG:{zone.epsg}")
            if _share(converter, east, north, bounds) < _MANY:
                continue
            if zone.datum in hints:
                reason, named = Message(_NAMED, {"word": hints[zone.datum]}), 0.4
            else:
                named = 0.0
            confidence = min(0.95, weight * _DATUM_WEIGHT[zone.datum] + named)
            yield _candidate(converter, east, north, round(confidence, 2), reason, swapped=swapped)
    mercator = Converter(_WEB_MERCATOR)
    if expected is not None and _share(mercator, east, north, expected) >= _MANY:
        yield _candidate(mercator, east, north, 0.85, Message(_MERCATOR), swapped=swapped)


def _zones(east: Floats, expected: Bounds | None) -> Iterator[tuple[Zone, float, Message]]:
    number = int(np.median(east) // ZONE_PREFIX_M)
    if number:
        for datum in _DATUM_WEIGHT:
            zone = zone_of_number(number, datum=datum)
            if zone is not None:
                params = {"number": number, "degrees": zone.degrees}
                yield zone, 0.9, Message(_PREFIX, params)
    elif expected is not None:
        west, _, east_end, _ = expected
        for zone in zones(prefixed=False):
            # Making a projection takes its time: only those whose zone could reach here.
            if not west - zone.degrees <= zone.central_meridian <= east_end + zone.degrees:
                continue
            # Surveys of a county are in 3° zones, small maps in 6° ones.
            weight = 0.8 if zone.degrees == 3 else 0.6
            yield zone, weight, Message(_PLACE, {"meridian": zone.central_meridian})


def _candidate(
    converter: Converter, x: Floats, y: Floats, confidence: float, reason: Message, *, swapped: bool = False
) -> CrsCandidate:
    lon, lat = converter.coordinates(x, y)
    good = np.isfinite(lon) & np.isfinite(lat)
    middle = (float(np.median(lon[good])), float(np.median(lat[good]))) if good.any() else (None, None)
    source = converter.source
    return CrsCandidate(
        source.key, source.name, confidence, reason, swapped, middle[0], middle[1], converter.accuracy_note
    )


def _share(converter: Converter, x: Floats, y: Floats, expected: Bounds | None) -> float:
    """Return how many of the points may be places in this system."""
    possible = np.isfinite(x) & np.isfinite(y)
    if converter.source.in_degrees:
        possible &= (np.abs(x) <= 180) & (np.abs(y) <= 90)
    else:
        possible &= ~((np.abs(x) <= 180) & (np.abs(y) <= 180))
    lon, lat = converter.coordinates(x, y)
    with np.errstate(invalid="ignore"):
        possible &= np.isfinite(lon) & np.isfinite(lat)
        if expected is not None:
            possible &= within(lon, lat, expected)
    return float(np.mean(possible)) if len(possible) else 0.0


def _mostly(where: NDArray[np.bool_]) -> bool:
    return bool(np.mean(where) >= _MANY)


def _hints(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        for pattern, key in _HINTS:
            if (match := pattern.search(name)) is not None:
                found.setdefault(key, match[0])
    return found
