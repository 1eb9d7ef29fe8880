"""Gauss-Krüger zones of CGCS2000, Xian 1980 and Beijing 1954: their EPSG codes, and how people write them.

China projects by zones of 6° (13–23, central meridians 75°–135° by 6°) and of 3° (25–45, central meridians
75°–135° by 3°). Eastings carry a false 500 km, and, in the form with a prefix, the zone's number in front: 35
500 000 m.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .errors import Message, gettext_noop

CGCS2000 = "CGCS2000"
XIAN_80 = "Xian80"
BEIJING_54 = "Beijing54"

ZONE_PREFIX_M = 1_000_000.0

# First EPSG code of each run: (datum, degrees) → with zone prefix, by central meridian.
_FIRST_CODES = {
    (CGCS2000, 6): (4491, 4502),
    (CGCS2000, 3): (4513, 4534),
    (XIAN_80, 6): (2327, 2338),
    (XIAN_80, 3): (2349, 2370),
    (BEIJING_54, 6): (21413, 21453),
    (BEIJING_54, 3): (2401, 2422),
}
_FIRST_ZONE = {6: 13, 3: 25}
_LAST_ZONE = {6: 23, 3: 45}
_FIRST_MERIDIAN = 75
_LAST_MERIDIAN = 135

_DATUM_WORDS = (
    (XIAN_80, r"xi.?an|西安"),
    (BEIJING_54, r"beijing|北京"),
    (CGCS2000, r"cgcs|2000|国家大地"),
)
_WIDTH = re.compile(r"(?<!\d)([36])\s*(?:-?\s*deg(?:ree)?s?|°|度)")
_ZONE = re.compile(r"(?:zone|带号|第|分?带)\s*(\d{2})(?!\d)|(?<!\d)(\d{2})\s*(?:号?带|n\b)")
_MERIDIAN = re.compile(
    r"(?:cm|central\s*meridian|中央(?:经线|子午线))[\s:=]*(\d{2,3})|(?<!\d)(\d{2,3})\s*(?:°\s*)?e\b|(?:度?分?带)[\s/:,]*(\d{2,3})(?!\d)"
)


_DATUMS = {
    CGCS2000: gettext_noop("CGCS2000"),
    XIAN_80: gettext_noop("Xian 1980"),
    BEIJING_54: gettext_noop("Beijing 1954"),
}
_WITH_NUMBER = gettext_noop("{datum}, {degrees}° zone {number} (its number in front of the eastings)")
_WITHOUT_NUMBER = gettext_noop(
    "{datum}, {degrees}° zone of central meridian {meridian}° (no number in front)"
)


@dataclass(frozen=True, slots=True)
class Zone:
    """One projection zone.

    Parameters
    ----------
    datum : str
        ``CGCS2000``, ``Xian80`` or ``Beijing54``.
    degrees : int
        Width, 3 or 6.
    number : int
        25–45 for 3°, 13–23 for 6°.
    prefixed : bool
        Whether eastings begin with the zone's number.
    """

    datum: str
    degrees: int
    number: int
    prefixed: bool

    @property
    def epsg(self) -> int:
        """EPSG code."""
        with_prefix, by_meridian = _FIRST_CODES[self.datum, self.degrees]
        return (with_prefix if self.prefixed else by_meridian) + self.number - _FIRST_ZONE[self.degrees]

    @property
    def name(self) -> Message:
        """What surveyors call it."""
        template = _WITH_NUMBER if self.prefixed else _WITHOUT_NUMBER
        params = {
            "datum": Message(_DATUMS[self.datum]), "degrees": self.degrees, "number": self.number,
            "meridian": self.central_meridian,
        }  # fmt: skip
        return Message(template, params)

    @property
    def central_meridian(self) -> int:
        """Central meridian, degrees east."""
        return _FIRST_MERIDIAN + (self.number - _FIRST_ZONE[self.degrees]) * self.degrees


def zone_at(lon: float, *, degrees: int, datum: str = CGCS2000, prefixed: bool = False) -> Zone | None:
    """Return the zone that a longitude (degrees east) falls in, or None outside of China's zones."""
    return zone_of_number(
        round((lon - _FIRST_MERIDIAN) / degrees) + _FIRST_ZONE[degrees], datum=datum, prefixed=prefixed
    )


def zone_of_number(number: int, *, datum: str = CGCS2000, prefixed: bool = True) -> Zone | None:
    """Return the zone of a zone number: 13–23 are 6° zones, 25–45 are 3° zones; None for other numbers."""
    for degrees, first in _FIRST_ZONE.items():
        if first <= number <= _LAST_ZONE[degrees]:
            return Zone(datum, degrees, number, prefixed)
    return None


def zones(*, prefixed: bool) -> Iterator[Zone]:
    """Yield all zones of all datums, those of 3° before those of 6°."""
    for datum in (CGCS2000, XIAN_80, BEIJING_54):
        for degrees in (3, 6):
            for number in range(_FIRST_ZONE[degrees], _LAST_ZONE[degrees] + 1):
                yield Zone(datum, degrees, number, prefixed)


def zone_named(name: str) -> Zone | None:
    """Return the zone of a name as EPSG writes it: ``CGCS2000 / 3-degree Gauss-Kruger CM 105E``; ``None`` for others."""
    return _zones_by_name().get(name)


@lru_cache(maxsize=1)
def _zones_by_name() -> dict[str, Zone]:
    found = {}
    for prefixed in (True, False):
        for zone in zones(prefixed=prefixed):
            width = "3-degree " if zone.degrees == 3 else ""
            which = f"zone {zone.number}" if prefixed else f"CM {zone.central_meridian}E"
            found[f"{_DATUMS[zone.datum]} / {width}Gauss-Kruger {which}"] = zone
    return found


def zone_of_epsg(epsg: int) -> Zone | None:
    """Return the zone of an EPSG code, or None if it is no Chinese Gauss-Krüger zone."""
    for (datum, degrees), firsts in _FIRST_CODES.items():
        for first, prefixed in zip(firsts, (True, False), strict=True):
            number = epsg - first + _FIRST_ZONE[degrees]
            if _FIRST_ZONE[degrees] <= number <= _LAST_ZONE[degrees]:
                return Zone(datum, degrees, number, prefixed)
    return None


def parse_gauss_kruger(text: str) -> int | None:
    """Understand how people write a zone: “CGCS2000 3-degree zone 35”, “西安80 3度带 中央经线105”.

    Parameters
    ----------
    text : str
        A datum's name, and a zone number or a central meridian. The width may be left out where a zone number
        tells it.

    Returns
    -------
    int or None
        EPSG code; None if the text is something else.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    if "[" in plain or "+proj" in plain:
        return None
    datum = next((name for name, words in _DATUM_WORDS if re.search(words, plain)), None)
    if datum is None:
        return None
    width = _WIDTH.search(plain)
    if zone_match := _ZONE.search(plain):
        zone = zone_of_number(int(zone_match[1] or zone_match[2]), datum=datum)
        if zone is None or (width is not None and int(width[1]) != zone.degrees):
            return None
        return zone.epsg
    if meridian := _MERIDIAN.search(plain):
        return _epsg_of_meridian(
            int(meridian[1] or meridian[2] or meridian[3]), int(width[1]) if width else 3, datum
        )
    return None


def _epsg_of_meridian(meridian: int, degrees: int, datum: str) -> int | None:
    if not _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN or (meridian - _FIRST_MERIDIAN) % degrees:
        return None
    zone = zone_at(meridian, degrees=degrees, datum=datum)
    return zone.epsg if zone else None
