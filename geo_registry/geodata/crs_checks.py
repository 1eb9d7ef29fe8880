"""Whether the numbers fit the co-ordinate system they claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .chinese_offsets import CHINA_RECTANGLE
from .crs import Converter, SourceCrs
from .errors import Message, gettext_noop
from .gauss_kruger import ZONE_PREFIX_M, Zone, zone_of_epsg, zone_of_number, zones

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]
Mark = Callable[[NDArray[np.bool_], "Suspicion"], None]

# No northing in China is greater; and eastings within a zone, without its number.
_NORTHEST_M = 6_200_000.0
_EASTING_M = (0.0, ZONE_PREFIX_M)
_FIRST_ZONE, _LAST_ZONE = 13, 45
_METRES_FROM = 1_000.0
# Twice round the earth: PROJ would wrap it round and round, and find a place.
_METRES_TO = 1e8
# Longitudes of China that as latitudes would lie in the Arctic.
_ARCTIC_FROM = 73.0
# So many points tell the zone, if most of them agree.
_TRIED = 200
_MOST = 0.5


class Suspicion(StrEnum):
    """What seems to be wrong with a pair of co-ordinates."""

    NOT_FINITE = "not-finite"
    SWAPPED = "swapped"
    OUT_OF_RANGE = "out-of-range"
    METRES_AS_DEGREES = "metres-as-degrees"
    DEGREES_AS_METRES = "degrees-as-metres"
    ZONE_PREFIX_MISSING = "zone-prefix-missing"
    ZONE_PREFIX_UNEXPECTED = "zone-prefix-unexpected"
    WRONG_ZONE = "wrong-zone"
    OTHER_ZONE_PREFIX = "other-zone-prefix"
    NOT_CONVERTIBLE = "not-convertible"
    ELSEWHERE = "elsewhere"


_TEMPLATES = {
    Suspicion.NOT_FINITE: gettext_noop("The co-ordinates are no numbers. Correct them in the file."),
    Suspicion.SWAPPED: gettext_noop(
        "Longitude and latitude (or easting and northing) seem to be swapped: {x}, {y}. Swap the two columns."
    ),
    Suspicion.OUT_OF_RANGE: gettext_noop(
        "{x}, {y} is no longitude and latitude: longitude goes from −180 to 180, latitude from −90 to 90. "
        "Correct it in the file."
    ),
    Suspicion.METRES_AS_DEGREES: gettext_noop(
        "{x}, {y} looks like metres, but degrees ({crs}) were declared. Choose the projection that the file "
        "was made in{hint}."
    ),
    Suspicion.DEGREES_AS_METRES: gettext_noop(
        "{x}, {y} looks like degrees, but metres ({crs}) were declared. Choose CGCS2000 (EPSG:4490) or the "
        "system of the degrees."
    ),
    Suspicion.ZONE_PREFIX_MISSING: gettext_noop(
        "The easting {x} has no zone number in front, but {crs} wants one. Choose {hint} instead."
    ),
    Suspicion.ZONE_PREFIX_UNEXPECTED: gettext_noop(
        "The easting {x} begins with the zone number {zone}, but {crs} has none. Choose {hint} instead."
    ),
    Suspicion.WRONG_ZONE: gettext_noop(
        "{x}, {y} lies far outside of the area that is looked after here when read as {crs}; read as {hint} it lies inside. "
        "Choose {hint} instead."
    ),
    Suspicion.OTHER_ZONE_PREFIX: gettext_noop(
        "The easting {x} begins with the zone number {zone}, but {crs} is another zone. Choose {hint} instead."
    ),
    Suspicion.NOT_CONVERTIBLE: gettext_noop(
        "{x}, {y} cannot be a place in {crs}. Check the co-ordinate system."
    ),
    Suspicion.ELSEWHERE: gettext_noop(
        "{x}, {y} lies far outside of the area that is looked after here. Check the co-ordinates and the "
        "co-ordinate system."
    ),
}
# What offices call it.
_SHORT = {"China Geodetic Coordinate System 2000": "CGCS2000"}
_HINT = gettext_noop(" (perhaps {epsg})")


@dataclass(frozen=True, slots=True)
class CoordinateProblem:
    """A suspicious pair of co-ordinates.

    Parameters
    ----------
    index : int
        Its place in the arrays.
    suspicion : Suspicion
    message : Message
    better : str or None
        The system that the numbers name, or in which they would lie where they should: ``EPSG:4544``.
    """

    index: int
    suspicion: Suspicion
    message: Message
    better: str | None = None

    @property
    def fatal(self) -> bool:
        """Whether the row cannot be used; a place far away may still be meant."""
        return self.suspicion is not Suspicion.ELSEWHERE


def check_coordinates(
    x: object, y: object, converter: Converter, *, expected: Bounds | None = None
) -> list[CoordinateProblem]:
    """Look for swapped, mislabelled and impossible co-ordinates, before they are converted.

    Parameters
    ----------
    x, y : array_like of float, shape (n,)
        In the source's system: longitude and latitude, or easting and northing.
    converter : Converter
        For the source's system.
    expected : (west, south, east, north), optional
        Where places of this installation lie, in degrees of EPSG:4490, with a generous margin. With it,
        swapped co-ordinates are told anywhere and places far away are reported; without it only what is
        certain.

    Returns
    -------
    list of CoordinateProblem
        At most one for each pair, in order; for lines and polygons check a representative vertex or the
        bounds' corners.
    """
    a = np.atleast_1d(np.asarray(x, dtype=np.float64))
    b = np.atleast_1d(np.asarray(y, dtype=np.float64))
    verdicts: dict[int, Suspicion] = {}

    def mark(where: NDArray[np.bool_], suspicion: Suspicion) -> None:
        for index in np.flatnonzero(where).tolist():
            verdicts.setdefault(index, suspicion)

    with np.errstate(invalid="ignore"):
        mark(~(np.isfinite(a) & np.isfinite(b)), Suspicion.NOT_FINITE)
        if converter.source.in_degrees:
            _mark_degrees(a, b, mark, expected)
        else:
            _mark_metres(a, b, mark, converter.source)
        lon, lat = converter.coordinates(a, b)
        absurd = (np.abs(a) > _METRES_TO) | (np.abs(b) > _METRES_TO)
        fitting = None
        outside = np.zeros(len(a), dtype=bool)
        if expected is not None:
            outside = ~within(lon, lat, expected)
            if not converter.source.in_degrees:
                mark(outside & ~absurd & within(*converter.coordinates(b, a), expected), Suspicion.SWAPPED)
            fitting = _fitting_zone(a[outside], b[outside], converter.source, expected)
            if fitting is not None:
                other = _converter(fitting.epsg)
                mark(outside & ~absurd & within(*other.coordinates(a, b), expected), Suspicion.WRONG_ZONE)
        if not converter.source.in_degrees:
            _mark_other_prefix(a, mark, converter.source)
        mark(absurd | ~(np.isfinite(lon) & np.isfinite(lat)), Suspicion.NOT_CONVERTIBLE)
        mark(outside, Suspicion.ELSEWHERE)
    return [
        _problem(index, verdict, float(a[index]), float(b[index]), converter.source, fitting)
        for index, verdict in sorted(verdicts.items())
    ]


def _mark_degrees(a: Floats, b: Floats, mark: Mark, expected: Bounds | None) -> None:
    # Numbers beyond all metres are damage, and no projection would help.
    absurd = (np.abs(a) > _METRES_TO) | (np.abs(b) > _METRES_TO)
    mark(~absurd & ((np.abs(a) > _METRES_FROM) | (np.abs(b) > _METRES_FROM)), Suspicion.METRES_AS_DEGREES)
    mark((np.abs(b) > 90) & (np.abs(b) <= 180) & (np.abs(a) <= 90), Suspicion.SWAPPED)
    mark((np.abs(a) > 180) | (np.abs(b) > 90), Suspicion.OUT_OF_RANGE)
    mark((b > _ARCTIC_FROM) & within(b, a, CHINA_RECTANGLE), Suspicion.SWAPPED)
    if expected is not None:
        mark(~within(a, b, expected) & within(b, a, expected), Suspicion.SWAPPED)


def _mark_metres(a: Floats, b: Floats, mark: Mark, source: SourceCrs) -> None:
    mark((np.abs(a) <= 180) & (np.abs(b) <= 180) & ((a != 0) | (b != 0)), Suspicion.DEGREES_AS_METRES)
    zone = _declared_zone(source)
    if zone is None:
        return
    prefixed = (b >= _FIRST_ZONE * ZONE_PREFIX_M) & (b < (_LAST_ZONE + 1) * ZONE_PREFIX_M)
    plain = (b >= _EASTING_M[0]) & (b < _EASTING_M[1])
    mark((prefixed | plain) & (a >= ZONE_PREFIX_M) & (a <= _NORTHEST_M), Suspicion.SWAPPED)
    if zone.prefixed:
        mark((a >= _EASTING_M[0]) & (a < _EASTING_M[1]), Suspicion.ZONE_PREFIX_MISSING)
    else:
        mark(a >= _FIRST_ZONE * ZONE_PREFIX_M, Suspicion.ZONE_PREFIX_UNEXPECTED)


def _mark_other_prefix(a: Floats, mark: Mark, source: SourceCrs) -> None:
    """Mark eastings that name another zone than the one declared: that is certain, wherever they should lie."""
    zone = _declared_zone(source)
    if zone is None or not zone.prefixed:
        return
    number = np.floor_divide(a, ZONE_PREFIX_M)
    mark(
        (number >= _FIRST_ZONE) & (number <= _LAST_ZONE) & (number != zone.number),
        Suspicion.OTHER_ZONE_PREFIX,
    )


@lru_cache(maxsize=64)
def _converter(epsg: int) -> Converter:
    return Converter(f"EPSG:{epsg}")


def _fitting_zone(a: Floats, b: Floats, source: SourceCrs, expected: Bounds) -> Zone | None:
    """Return the zone of the same datum in which most points that lie far away would lie where they should."""
    declared = _declared_zone(source)
    usable = np.isfinite(a) & np.isfinite(b) & (np.abs(a) <= _METRES_TO) & (np.abs(b) <= _METRES_TO)
    if declared is None or not usable.any():
        return None
    x, y = a[usable][:_TRIED], b[usable][:_TRIED]
    west, _, east, _ = expected
    for zone in zones(prefixed=declared.prefixed):
        near = west - zone.degrees <= zone.central_meridian <= east + zone.degrees
        if zone.datum != declared.datum or zone == declared or not near:
            continue
        if np.mean(within(*_converter(zone.epsg).coordinates(x, y), expected)) > _MOST:
            return zone
    return None


def _declared_zone(source: SourceCrs) -> Zone | None:
    authority, _, code = source.key.partition(":")
    return zone_of_epsg(int(code)) if authority == "EPSG" and code.isdigit() else None


def within(lon: Floats, lat: Floats, bounds: Bounds) -> NDArray[np.bool_]:
    """Tell which points lie in (west, south, east, north)."""
    west, south, east, north = bounds
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _shown(number: float) -> str:
    """Return a co-ordinate as people write it; what is absurd, briefly."""
    return f"{number:.0f}" if _METRES_FROM <= abs(number) < _METRES_TO else f"{number:g}"


def _problem(
    index: int, verdict: Suspicion, x: float, y: float, source: SourceCrs, fitting: Zone | None
) -> CoordinateProblem:
    number = int(x // ZONE_PREFIX_M) if np.isfinite(x) else 0
    zone = _declared_zone(source)
    better: Zone | None = None
    if verdict is Suspicion.METRES_AS_DEGREES:
        better = zone_of_number(number)
    elif verdict is Suspicion.ZONE_PREFIX_MISSING and zone is not None:
        better = zone_of_number(zone.number, datum=zone.datum, prefixed=False)
    elif verdict in {Suspicion.ZONE_PREFIX_UNEXPECTED, Suspicion.OTHER_ZONE_PREFIX} and zone is not None:
        better = zone_of_number(number, datum=zone.datum)
    elif verdict is Suspicion.WRONG_ZONE:
        better = fitting
    key = f"EPSG:{better.epsg}" if better is not None else None
    params: dict[str, object] = {
        "x": _shown(x), "y": _shown(y), "crs": _SHORT.get(source.name, source.called), "zone": number, "hint": key or "?",
    }  # fmt: skip
    if verdict is Suspicion.METRES_AS_DEGREES:
        params["hint"] = Message(_HINT, {"epsg": key}) if key else ""
    return CoordinateProblem(index, verdict, Message(_TEMPLATES[verdict], params), key)
