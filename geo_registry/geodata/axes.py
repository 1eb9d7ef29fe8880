"""Which of two numbers is the easting: surveyors' X is the northing, everybody else's the easting, and some write latitude first.

The numbers tell it wherever a system and an area are known; headers tell it only where they say longitude or latitude.
"""

from __future__ import annotations

import numpy as np
import shapely

from .crs import Converter
from .crs_checks import Bounds, Suspicion, check_coordinates
from .declarations import XY_HEADERS, Match, bare_header, normalise_header
from .errors import Message, gettext_noop
from .geometry import Geometries

# So large a share of the places says that all of them are written the other way round, and so many of them are asked.
NEARLY_ALL = 0.9
_TRIED = 2_000

_SURVEYORS = gettext_noop(
    "“{lon}” holds northings (latitudes) and “{lat}” eastings (longitudes), as surveyors write X and Y; they were read so."
)
_EXCHANGED = gettext_noop("The two co-ordinates of each place were exchanged, as you said.")

_XY = tuple(frozenset(map(normalise_header, headers)) for headers in XY_HEADERS)


def are_exchanged(x: object, y: object, converter: Converter, *, expected: Bounds | None = None) -> bool:
    """Tell whether nearly all of some places lie where they should if their two numbers are exchanged, and not as they are.

    Parameters
    ----------
    x, y : array_like of float, shape (n,)
        In the source's system.
    converter : Converter
    expected : (west, south, east, north), optional
        See `check_coordinates`.
    """
    a, b = (np.atleast_1d(np.asarray(values, dtype=np.float64))[:_TRIED] for values in (x, y))
    usable = np.isfinite(a) & np.isfinite(b) & ((a != 0) | (b != 0))
    if not usable.any():
        return False
    found = check_coordinates(a[usable], b[usable], converter, expected=expected)
    return sum(problem.suspicion is Suspicion.SWAPPED for problem in found) >= NEARLY_ALL * int(usable.sum())


def are_x_and_y(first: str, second: str) -> bool:
    """Tell whether two headers say X and Y and nothing more, in either order."""
    forms = bare_header(first), bare_header(second)
    return (forms[0] in _XY[0] and forms[1] in _XY[1]) or (forms[0] in _XY[1] and forms[1] in _XY[0])


class Axes:
    """Puts longitude (easting) first, for all rows of a file alike.

    Parameters
    ----------
    match : Match
    exchanged : bool
        Somebody said that the two numbers of each place are to be exchanged.

    Attributes
    ----------
    note : Message or None
        What to tell the user where places were exchanged.
    """

    def __init__(self, match: Match, *, exchanged: bool = False) -> None:
        self.note: Message | None = Message(_EXCHANGED) if exchanged else None
        self._exchanged = self._typed_exchanged = exchanged
        self._lon, self._lat = match.headers.get("lon", ""), match.headers.get("lat", "")
        self._open = not exchanged and are_x_and_y(self._lon, self._lat)

    def drawn(self, shapes: Geometries) -> Geometries:
        """Return shapes in their order: they are only turned if somebody said so."""
        return _turned(shapes) if self._exchanged else shapes

    def typed(self, points: Geometries, converter: Converter, expected: Bounds | None) -> Geometries:
        """Return points of two columns in their order: what columns of X and Y mean, the first of them tell."""
        if self._open:
            x, y = shapely.get_coordinates(points).T
            self._open = False
            if are_exchanged(x, y, converter, expected=expected):
                self._typed_exchanged = True
                self.note = Message(_SURVEYORS, {"lon": self._lon, "lat": self._lat})
        return _turned(points) if self._typed_exchanged else points


def _turned(shapes: Geometries) -> Geometries:
    flat = shapely.force_2d(shapes)
    return np.asarray(shapely.transform(flat, lambda points: points[:, ::-1]), dtype=object)
