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

from .chinese_offsets import Offset, bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from .crs import CrsKind, SourceCrs
from .errors import Message, gettext_noop
from .geometry import distance_m

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Fewer pairs may agree by chance.
MIN_PAIRS = 4
# From so many places on that another reading explains, a file is said to mix two systems.
_SOME = 2
# Nearer than this, people only put their finger beside the house.
_NOTICED_M = 40.0
# What is left when the right offset was undone: picking and surveying differ by less.
_LEFT_M = 60.0
# And it must be far less than before.
_LEFT_SHARE = 0.35
# Share of the pairs that must agree on the shift.
_AGREEING = 0.6

# One row alone says it too, if it lies so far away, and so near once the right offset is undone: by chance that is rare.
_ROW_NOTICED_M, _ROW_LEFT_M = 200.0, 40.0

_IS_OFFSET = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, towards one side, as if the "
    "co-ordinates were {crs} and not {declared}. Choose {crs} for this file."
)
_WAS_UNDONE_TWICE = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, as if the offset of {crs} had been "
    "undone although it was never there. Ask how the file was converted; or the places in the registry were picked on a web map."
)
_WAS_PROJECTED = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, as if degrees of {crs} had been turned "
    "into metres without undoing its offset. Ask for the degrees that they were made from, and read those as {crs}."
)
_SOME_ARE = gettext_noop(
    "{count} of {pairs} known places lie {metres} m away from where the registry has them, as if they were {crs}; the others "
    "do not. The file mixes two systems: these rows are marked, and rows of new places may be {crs} as well."
)
_ROW_IS = gettext_noop(
    "The place lies {metres} m away from where the registry has it; read as {crs} it would lie there."
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
        The system (``GCJ-02``, ``BD-09``, ``EPSG:4490``) that brings the places together if the file is read so; None if
        something else is the matter, or only some places lie so.
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


@dataclass(frozen=True, slots=True)
class _Reading:
    """Another way to read the same numbers: the system that it takes them for, what it makes of the places, and what to say of it.

    Parameters
    ----------
    crs : str
        What the sentence calls it.
    again : callable
        Longitude and latitude as they were read → as they would be.
    template : str
    key : str or None
        What to choose for the file instead; None where no choice mends it.
    """

    crs: str
    again: Offset
    template: str
    key: str | None = None


def _chained(first: Offset, second: Offset) -> Offset:
    return lambda lon, lat: second(*first(lon, lat))


def _readings(source: SourceCrs | None) -> list[_Reading]:
    """Return what else co-ordinates may be that were read as a system."""
    kind = CrsKind.GEOGRAPHIC if source is None else source.kind
    if kind is CrsKind.GCJ02:
        return [
            _Reading("CGCS2000", wgs84_to_gcj02, _IS_OFFSET, "EPSG:4490"),
            _Reading("BD-09", _chained(wgs84_to_gcj02, bd09_to_wgs84), _IS_OFFSET, "BD-09"),
        ]
    if kind is CrsKind.BD09:
        return [
            _Reading("CGCS2000", wgs84_to_bd09, _IS_OFFSET, "EPSG:4490"),
            _Reading("GCJ-02", _chained(wgs84_to_bd09, gcj02_to_wgs84), _IS_OFFSET, "GCJ-02"),
        ]
    in_metres = kind is CrsKind.PROJECTED
    template = _WAS_PROJECTED if in_metres else _IS_OFFSET
    return [
        _Reading("GCJ-02", gcj02_to_wgs84, template, None if in_metres else "GCJ-02"),
        _Reading("BD-09", bd09_to_wgs84, template, None if in_metres else "BD-09"),
        _Reading("GCJ-02", wgs84_to_gcj02, _WAS_UNDONE_TWICE),
        _Reading("BD-09", wgs84_to_bd09, _WAS_UNDONE_TWICE),
    ]


def shifted_row(
    place: tuple[float, float], known: tuple[float, float], *, source: SourceCrs | None = None
) -> Message | None:
    """Tell of one place whether it would lie where it is known to be if it were read as another system.

    Parameters
    ----------
    place, known : (lon, lat)
        As read, and as known, in degrees of EPSG:4490.
    source : SourceCrs, optional
        What the file was read as; degrees without an offset, if not given.
    """
    a, b, c, d = (np.array([value]) for value in (*place, *known))
    metres = float(distance_m(a, b, c, d)[0])
    if metres < _ROW_NOTICED_M:
        return None
    for reading in _readings(source):
        if reading.template is _IS_OFFSET and float(distance_m(*reading.again(a, b), c, d)[0]) <= _ROW_LEFT_M:
            return Message(_ROW_IS, {"metres": round(metres), "crs": reading.crs})
    return None


def find_shift(
    lon: object,
    lat: object,
    known_lon: object,
    known_lat: object,
    *,
    declared: str | Message = "WGS 84",
    source: SourceCrs | None = None,
) -> Shift | None:
    """Tell whether places lie beside where they are known to be, and whether a web map's offset explains it.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Places of a file, in degrees as they would be stored: after the conversion from what was declared.
    known_lon, known_lat : array_like of float, shape (n,)
        The same places as known, in degrees of EPSG:4490.
    declared : str or Message
        What the file was read as, for the sentence.
    source : SourceCrs, optional
        The same as a system; degrees without an offset, if not given.

    Returns
    -------
    Shift or None
        None if the places lie where they should, or too few are known, or they lie away in all directions.
    """
    a, b, c, d = (np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (lon, lat, known_lon, known_lat))
    usable = np.isfinite(a) & np.isfinite(b) & np.isfinite(c) & np.isfinite(d)
    a, b, c, d = a[usable], b[usable], c[usable], d[usable]
    if not len(a):
        return None
    away = distance_m(a, b, c, d)
    tried = [(reading, distance_m(*reading.again(a, b), c, d)) for reading in _readings(source)]
    found = _of_all(away, tried, declared) or _of_some(away, tried, declared)
    if found is None and len(a) >= MIN_PAIRS and float(np.median(away)) >= _NOTICED_M:
        found = _unexplained(a, b, c, d, float(np.median(away)), declared)
    return found


def _of_all(away: Floats, tried: Sequence[tuple[_Reading, Floats]], declared: str | Message) -> Shift | None:
    """Tell whether one other reading brings most places together; of very few it must be all, and clearly."""
    reading, left = min(tried, key=lambda pair: float(np.median(pair[1])))
    metres, left_m = float(np.median(away)), float(np.median(left))
    if len(away) < MIN_PAIRS:
        agree = (away >= _ROW_NOTICED_M) & (left <= _ROW_LEFT_M)
        found = bool(agree.all())
    else:
        agree = left <= np.maximum(_LEFT_M, _LEFT_SHARE * away)
        near = left_m <= min(_LEFT_M, _LEFT_SHARE * metres)
        found = metres >= _NOTICED_M and near and bool(np.mean(agree) >= _AGREEING)
    if not found:
        return None
    return _shift(reading.key, reading.crs, metres, left_m, agree, reading.template, declared)


def _of_some(away: Floats, tried: Sequence[tuple[_Reading, Floats]], declared: str | Message) -> Shift | None:
    """Tell whether some places only lie as another reading would have them."""
    for reading, left in tried:
        agree = (away >= _ROW_NOTICED_M) & (left <= _ROW_LEFT_M)
        # One place that was moved, or bears another's name, says nothing of the file: its row is marked all the same.
        if reading.template is _IS_OFFSET and int(agree.sum()) >= _SOME:
            metres, left_m = float(np.median(away[agree])), float(np.median(left[agree]))
            return _shift(None, reading.crs, metres, left_m, agree, _SOME_ARE, declared)
    return None


def _unexplained(
    a: Floats, b: Floats, c: Floats, d: Floats, metres: float, declared: str | Message
) -> Shift | None:
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
    declared: str | Message,
) -> Shift:
    agreeing = int(agree.sum())
    params = {
        "count": agreeing, "pairs": len(agree), "metres": round(metres), "crs": crs, "declared": declared,
    }  # fmt: skip
    return Shift(chosen, metres, left_m, len(agree), agreeing, Message(template, params))
