"""Does a whole file lie beside where its places are known to be? Points picked on web maps, and labelled WGS 84, do.

Degrees of GCJ-02 and BD-09 look like any others. Only what the registry already holds tells them: if the same places lie a
constant few hundred metres away, and undoing the offset of a web map brings them together, the label is a lie.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chinese_offsets import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from .errors import Message, gettext_noop
from .geometry import distance_m

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Fewer pairs may agree by chance.
MIN_PAIRS = 4
# Nearer than this, people only put their finger beside the house.
_NOTICED_M = 40.0
# What is left when the right offset was undone: picking and surveying differ by less.
_LEFT_M = 60.0
# And it must be far less than before.
_LEFT_SHARE = 0.35
# Share of the pairs that must agree on the shift.
_AGREEING = 0.6

_IS_OFFSET = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, towards one side, as if the "
    "co-ordinates were {crs} and not {declared}. Choose {crs} for this file."
)
_WAS_UNDONE_TWICE = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, as if the offset of {crs} had been "
    "undone although it was never there. Choose CGCS2000 or WGS 84 for this file, or ask how it was converted."
)
_UNEXPLAINED = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, all towards one side. Check the "
    "co-ordinate system: {declared} was declared."
)


@dataclass(frozen=True, slots=True)
class Shift:
    """A file that lies beside where its places are known to be.

    Parameters
    ----------
    crs : str or None
        ``GCJ-02`` or ``BD-09``, if reading the file so brings the places together; None if something else is the matter.
    metres : float
        Median distance between the file and the registry.
    left_m : float
        The same after what `crs` says was undone.
    pairs : int
        Places compared.
    agreeing : int
        Those that lie away by about the same.
    message : Message
        A whole sentence for the report.
    """

    crs: str | None
    metres: float
    left_m: float
    pairs: int
    agreeing: int
    message: Message


def pair_by_name(names: Sequence[str | None], known: Sequence[str | None]) -> tuple[Indices, Indices]:
    """Pair places of a file with known ones by their names, as far as these occur once on either side.

    Returns
    -------
    mine, theirs : ndarray of int
        Places in `names` and in `known`.
    """
    here, there = _single(names), _single(known)
    both = [name for name in here if name in there]
    return (
        np.array([here[name] for name in both], dtype=np.intp),
        np.array([there[name] for name in both], dtype=np.intp),
    )


def _single(names: Sequence[str | None]) -> dict[str, int]:
    forms = [
        "".join(unicodedata.normalize("NFKC", name).casefold().split()) if name else "" for name in names
    ]
    counts = Counter(forms)
    return {form: index for index, form in enumerate(forms) if form and counts[form] == 1}


def find_shift(
    lon: object, lat: object, known_lon: object, known_lat: object, *, declared: str = "WGS 84"
) -> Shift | None:
    """Tell whether places lie beside where they are known to be, and whether a web map's offset explains it.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Places of a file, in degrees as they would be stored: after the conversion from what was declared.
    known_lon, known_lat : array_like of float, shape (n,)
        The same places as known, in degrees of EPSG:4490.
    declared : str
        What the file was read as, for the sentence.

    Returns
    -------
    Shift or None
        None if the places lie where they should, or too few are known, or they lie away in all directions.
    """
    a, b, c, d = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (lon, lat, known_lon, known_lat))
    usable = np.isfinite(a) & np.isfinite(b) & np.isfinite(c) & np.isfinite(d)
    a, b, c, d = a[usable], b[usable], c[usable], d[usable]
    if len(a) < MIN_PAIRS:
        return None
    away = distance_m(a, b, c, d)
    metres = float(np.median(away))
    if metres < _NOTICED_M:
        return None
    best: tuple[float, str, str, NDArray[np.bool_]] | None = None
    for crs, undo, template in (
        ("GCJ-02", gcj02_to_wgs84, _IS_OFFSET),
        ("BD-09", bd09_to_wgs84, _IS_OFFSET),
        ("GCJ-02", wgs84_to_gcj02, _WAS_UNDONE_TWICE),
        ("BD-09", wgs84_to_bd09, _WAS_UNDONE_TWICE),
    ):
        left = distance_m(*undo(a, b), c, d)
        median = float(np.median(left))
        if best is None or median < best[0]:
            best = (median, crs, template, left <= np.maximum(_LEFT_M, _LEFT_SHARE * away))
    if best is not None and best[0] <= min(_LEFT_M, _LEFT_SHARE * metres) and np.mean(best[3]) >= _AGREEING:
        left_m, crs, template, agree = best
        return _shift(crs if template is _IS_OFFSET else None, crs, metres, left_m, agree, template, declared)
    return _unexplained(a, b, c, d, metres, declared)


def _unexplained(a: Floats, b: Floats, c: Floats, d: Floats, metres: float, declared: str) -> Shift | None:
    """Tell a constant shift of unknown cause: an old datum, a wrong central meridian, a local grid."""
    east, north = (a - c) * np.cos(np.radians(d)) * 111_320.0, (b - d) * 110_574.0
    spread = np.hypot(east - np.median(east), north - np.median(north))
    agree = spread <= _LEFT_SHARE * metres
    if np.mean(agree) < _AGREEING:
        return None
    return _shift(None, "", metres, float(np.median(spread)), agree, _UNEXPLAINED, declared)


def _shift(
    chosen: str | None,
    crs: str,
    metres: float,
    left_m: float,
    agree: NDArray[np.bool_],
    template: str,
    declared: str,
) -> Shift:
    agreeing = int(agree.sum())
    params = {
        "count": agreeing, "pairs": len(agree), "metres": round(metres), "crs": crs, "declared": declared,
    }  # fmt: skip
    return Shift(chosen, metres, left_m, len(agree), agreeing, Message(template, params))
