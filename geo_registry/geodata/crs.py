"""Which co-ordinates a file speaks, and how to bring them to the registry's own.

The truth is CGCS2000, EPSG:4490, always longitude before latitude. WGS 84 differs from it by centimetres (the
two ellipsoids by 0.1 mm in latitude), so degrees in EPSG:4326 are taken over unchanged, as PROJ does. GCJ-02
and BD-09 are undone by `chinese_offsets`. Everything else goes through pyproj.

Xian 1980 and Beijing 1954 have no public transformation to CGCS2000 for the whole country: the degrees are
taken over, and `Converter.accuracy_note` says how far that may be off.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar, cast

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError, ProjError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from pyproj.transformer import Transformer, TransformerGroup
from shapely.geometry.base import BaseGeometry

from . import chinese_offsets
from .crs_files import file_named_by
from .errors import Message, UnknownCrs, gettext_noop
from .gauss_kruger import BEIJING_54, CGCS2000, XIAN_80, parse_gauss_kruger, zone_of_epsg

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
AnyGeometry = TypeVar("AnyGeometry", bound=BaseGeometry)

TARGET_EPSG = 4490
_UTM_ZONES = 60
TARGET = f"EPSG:{TARGET_EPSG}"

set_network_enabled(active=False)


class CrsKind(StrEnum):
    """What the numbers are: degrees, metres, or the degrees of an offset system."""

    GEOGRAPHIC = "geographic"
    PROJECTED = "projected"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class SourceCrs:
    """A co-ordinate system that was declared and understood.

    Parameters
    ----------
    key : str
        What is recorded and understood again by `resolve`: ``EPSG:4544``, ``GCJ-02``, ``BD-09`` or WKT.
    name : str
        Its name for people.
    kind : CrsKind
        Degrees, metres, or offset degrees.
    crs : pyproj.CRS or None
        None for the offset systems.
    """

    key: str
    name: str
    kind: CrsKind
    crs: pyproj.CRS | None = None

    @property
    def called(self) -> str | Message:
        """Its name in sentences: what surveyors call a zone, in the reader's language."""
        authority, _, code = self.key.partition(":")
        zone = zone_of_epsg(int(code)) if authority == "EPSG" and code.isdigit() else None
        return zone.name if zone is not None else self.name

    @property
    def in_degrees(self) -> bool:
        """Whether the numbers are longitude and latitude."""
        return self.kind is not CrsKind.PROJECTED


GCJ02 = SourceCrs("GCJ-02", "GCJ-02", CrsKind.GCJ02)
BD09 = SourceCrs("BD-09", "BD-09", CrsKind.BD09)

_ALIASES = {
    "cgcs2000": "EPSG:4490",
    "2000": "EPSG:4490",
    "gcs2000": "EPSG:4490",
    "国家2000": "EPSG:4490",
    "大地2000": "EPSG:4490",
    "2000国家大地坐标系": "EPSG:4490",
    "国家大地坐标系2000": "EPSG:4490",
    "wgs84": "EPSG:4326",
    "wgs1984": "EPSG:4326",
    "gps": "EPSG:4326",
    "crs84": "EPSG:4326",
    "ogc:crs84": "EPSG:4326",
    "urn:ogc:def:crs:ogc:1.3:crs84": "EPSG:4326",
    "urn:ogc:def:crs:ogc::crs84": "EPSG:4326",
    "xian80": "EPSG:4610",
    "xian1980": "EPSG:4610",
    "西安80": "EPSG:4610",
    "1980西安坐标系": "EPSG:4610",
    "西安1980": "EPSG:4610",
    "1980西安": "EPSG:4610",
    "beijing54": "EPSG:4214",
    "beijing1954": "EPSG:4214",
    "北京54": "EPSG:4214",
    "1954年北京坐标系": "EPSG:4214",
    "北京1954": "EPSG:4214",
    "1954北京": "EPSG:4214",
    "1954年北京": "EPSG:4214",
    "webmercator": "EPSG:3857",
}
_OFFSETS = {
    "gcj02": GCJ02,
    "gcj": GCJ02,
    "火星": GCJ02,
    "高德": GCJ02,
    "腾讯": GCJ02,
    "bd09": BD09,
    "bd09ll": BD09,
    "bd": BD09,
    "百度": BD09,
}

# By how much degrees of the old datums lie beside those of CGCS2000, over the whole country: north −29…−62 m
# and east −56…+84 m for Beijing 1954, north −9…+43 m and east +76…+119 m for Xian 1980. Source: State Bureau
# of Surveying and Mapping, questions and answers on introducing CGCS2000 (2008), as reprinted by provincial
# bureaus; rounded up to the vector's length.
_OLD_DATUM_ERROR_M = {BEIJING_54: 105, XIAN_80: 127}
_WELL_KNOWN_ACCURACY_M = 1.0

# What offices call them; other systems go by PROJ's names.
_USUAL_NAMES = {"EPSG:4490": "CGCS2000"}
# PROJ's names of datums, squeezed; ESRI's spellings are among its aliases.
_DATUM_NAMES = {
    "china2000": CGCS2000,
    "chinageodeticcoordinatesystem2000": CGCS2000,
    "cgcs2000": CGCS2000,
    "newbeijing": None,
    "xian1980": XIAN_80,
    "beijing1954": BEIJING_54,
    "worldgeodeticsystem1984": "WGS84",
    "wgs1984": "WGS84",
}

_UNKNOWN = gettext_noop(
    "The co-ordinate system “{crs}” is not known here. Give an EPSG code such as EPSG:4490 or EPSG:4544, or "
    "one of CGCS2000, WGS84, GCJ-02, BD-09."
)
_MERCATOR_BAIDU = gettext_noop(
    "Co-ordinates in Baidu's metres (BD-09 MC) cannot be read. Export them as longitude and latitude (BD-09)."
)
_NOT_HORIZONTAL = gettext_noop(
    "The co-ordinate system “{crs}” gives no place on the map (it is local, vertical or geocentric). Ask "
    "whoever made the file for its CGCS2000 co-ordinates."
)
_NO_CRS = gettext_noop(
    "The file does not say which co-ordinate system it uses. Choose one: CGCS2000 (EPSG:4490) if a surveyor "
    "made it, GCJ-02 if the points were picked on a Chinese web map."
)
_CANNOT_CONVERT = gettext_noop(
    "Co-ordinates cannot be converted from {crs} to CGCS2000. Convert the file to EPSG:4490 first."
)
_OLD_DATUM = gettext_noop(
    "{crs} has no public transformation to CGCS2000. The co-ordinates were taken over as they are and may "
    "lie up to {metres} m off."
)
_UNKNOWN_ACCURACY = gettext_noop(
    "For {crs} no datum shift to CGCS2000 is available here. The co-ordinates may lie some hundreds of "
    "metres off."
)
_LIMITED_ACCURACY = gettext_noop("The conversion from {crs} to CGCS2000 may be off by about {metres} m.")


_NAMES_FILES = gettext_noop(
    "The co-ordinate system names files on a computer ({part}); such a description is not used. Choose the system from the list, "
    "or give an EPSG code such as EPSG:4490."
)


def _squeeze(text: str) -> str:
    return re.sub(r"[\s_\-/]+", "", unicodedata.normalize("NFKC", text)).casefold()


def resolve(declared: str | int | None) -> SourceCrs:
    """Understand a declared co-ordinate system.

    Parameters
    ----------
    declared : str or int or None
        ``EPSG:4326``, ``4490``, ``CGCS2000``, ``WGS84``, ``gcj02``, ``bd09``, ``CGCS2000 3-degree zone 35``,
        ``西安80 3度带 中央经线105``, or the WKT of a ``.prj`` file, ESRI's dialect included.

    Returns
    -------
    SourceCrs

    Raises
    ------
    UnknownCrs
        If nothing is declared, or it is not understood, or it gives no horizontal position.
    """
    text = "" if declared is None else str(declared).strip()
    if not text:
        raise UnknownCrs(Message(_NO_CRS))
    return _resolve(text)


@lru_cache(maxsize=256)
def _resolve(text: str) -> SourceCrs:
    # WGS84坐标系 and 百度坐标 are what 2000国家大地坐标系 is not: a name with a word behind it.
    squeezed = _squeeze(text)
    if squeezed not in _ALIASES and squeezed not in _OFFSETS:
        squeezed = re.sub("(?:坐标系?|坐标系统)$", "", squeezed)
    if squeezed in _OFFSETS:
        return _OFFSETS[squeezed]
    if squeezed in {"bd09mc", "bdmc"}:
        raise UnknownCrs(Message(_MERCATOR_BAIDU))
    if (part := file_named_by(text)) is not None:
        raise UnknownCrs(Message(_NAMES_FILES, {"part": part}))
    shown = text if len(text) <= 80 else text[:77] + "…"
    code = _ALIASES.get(squeezed)
    if code is None and (digits := re.fullmatch(r"(?:epsg:{1,2})?(\d{4,6})", squeezed)):
        code = f"EPSG:{digits[1]}"
    if code is None and (epsg := parse_gauss_kruger(text)) is not None:
        code = f"EPSG:{epsg}"
    if (
        code is None
        and (utm := re.fullmatch(r"wgs(?:19)?84(?:utm)(?:zone)?(\d{1,2})n", squeezed))
        and 1 <= int(utm[1]) <= _UTM_ZONES
    ):
        code = f"EPSG:{32600 + int(utm[1])}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _describe(pyproj.CRS.from_user_input(code or text), shown)
    except CRSError as error:
        raise UnknownCrs(Message(_UNKNOWN, {"crs": shown})) from error


def _describe(crs: pyproj.CRS, shown: str) -> SourceCrs:
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_bound and crs.source_crs is not None:
        crs = crs.source_crs
    if crs.is_geographic:
        kind = CrsKind.GEOGRAPHIC
    elif crs.is_projected:
        kind = CrsKind.PROJECTED
    else:
        raise UnknownCrs(Message(_NOT_HORIZONTAL, {"crs": shown}))
    if len(crs.axis_info) > 2:
        crs = crs.to_2d()
    authority = crs.to_authority(min_confidence=70)
    key = ":".join(authority) if authority else crs.to_wkt()
    if key == "OGC:CRS84":
        key = "EPSG:4326"
    return SourceCrs(key, _USUAL_NAMES.get(key, crs.name), kind, crs)


def datum_of(source: SourceCrs) -> str | None:
    """Return ``CGCS2000``, ``WGS84``, ``Xian80``, ``Beijing54`` or None for any other datum."""
    if source.crs is None:
        return CGCS2000
    datum = source.crs.datum
    squeezed = _squeeze(datum.name) if datum is not None else ""
    return next((name for word, name in _DATUM_NAMES.items() if word in squeezed), None)


class Converter:
    """Brings co-ordinates and geometries from a source's system to EPSG:4490, and back.

    Parameters
    ----------
    source : SourceCrs or str
        The system of the file, or its declaration (see `resolve`).

    Attributes
    ----------
    source : SourceCrs
    accuracy_note : Message or None
        What to tell the user when a datum shift is missing or coarse.

    Raises
    ------
    UnknownCrs
        If the declaration is not understood, or PROJ knows no way to CGCS2000.
    """

    def __init__(self, source: SourceCrs | str) -> None:
        self.source = resolve(source) if isinstance(source, str) else source
        self.accuracy_note: Message | None = None
        self._forward: Transformer | None = None
        self._backward: Transformer | None = None
        if self.source.crs is not None:
            self._prepare(self.source.crs)

    def _prepare(self, crs: pyproj.CRS) -> None:
        datum = datum_of(self.source)
        if crs.is_geographic and datum in {CGCS2000, "WGS84"} and _in_plain_degrees(crs):
            return
        # WGS 84 and CGCS2000 degrees are the same here; PROJ knows far more ways to the former.
        target = TARGET if datum in {CGCS2000, XIAN_80, BEIJING_54} else "EPSG:4326"
        try:
            self._forward = Transformer.from_crs(crs, target, always_xy=True)
            self._backward = Transformer.from_crs(target, crs, always_xy=True)
        except (CRSError, ProjError) as error:
            raise UnknownCrs(Message(_CANNOT_CONVERT, {"crs": self.source.name})) from error
        if datum in _OLD_DATUM_ERROR_M:
            self.accuracy_note = Message(
                _OLD_DATUM, {"crs": self.source.called, "metres": _OLD_DATUM_ERROR_M[datum]}
            )
        elif datum is None:
            self.accuracy_note = _accuracy_to_wgs84(crs, self.source.name)

    @property
    def is_identity(self) -> bool:
        """Whether the numbers are taken over unchanged."""
        return self._forward is None and self.source.crs is not None

    def coordinates(self, x: object, y: object) -> tuple[Floats, Floats]:
        """Convert co-ordinates to EPSG:4490.

        Parameters
        ----------
        x, y : array_like of float, shape (n,)
            Longitude and latitude in degrees, or easting and northing in the source's unit.

        Returns
        -------
        lon, lat : ndarray of float, shape (n,)
            Degrees; not finite where the source's projection has no such place.
        """
        return self._run(x, y, self._forward, chinese_offsets.gcj02_to_wgs84, chinese_offsets.bd09_to_wgs84)

    def coordinates_back(self, lon: object, lat: object) -> tuple[Floats, Floats]:
        """Convert degrees in EPSG:4490 to the source's system (for links into vendors' maps, and exports)."""
        return self._run(
            lon, lat, self._backward, chinese_offsets.wgs84_to_gcj02, chinese_offsets.wgs84_to_bd09
        )

    def geometries(self, geometries: Geometries) -> Geometries:
        """Convert shapely geometries, shape (n,), to EPSG:4490 in two dimensions; None stays None."""
        return self._transform(geometries, self.coordinates)

    def geometry(self, geometry: AnyGeometry) -> AnyGeometry:
        """Convert one shapely geometry to EPSG:4490; the result is two-dimensional."""
        return cast("AnyGeometry", self.geometries(np.array([geometry], dtype=object))[0])

    def _transform(
        self, geometries: Geometries, convert: Callable[[Floats, Floats], tuple[Floats, Floats]]
    ) -> Geometries:
        flat = np.asarray(shapely.force_2d(np.asarray(geometries, dtype=object)), dtype=object)
        if self.is_identity:
            return flat
        return np.asarray(
            shapely.transform(flat, lambda points: np.column_stack(convert(points[:, 0], points[:, 1]))),
            dtype=object,
        )

    def _run(
        self,
        x: object,
        y: object,
        transformer: Transformer | None,
        gcj02: Callable[[Floats, Floats], tuple[Floats, Floats]],
        bd09: Callable[[Floats, Floats], tuple[Floats, Floats]],
    ) -> tuple[Floats, Floats]:
        a = np.atleast_1d(np.asarray(x, dtype=np.float64))
        b = np.atleast_1d(np.asarray(y, dtype=np.float64))
        if self.source.kind is CrsKind.GCJ02:
            return gcj02(a, b)
        if self.source.kind is CrsKind.BD09:
            return bd09(a, b)
        if transformer is None:
            return a.copy(), b.copy()
        first, second = transformer.transform(a, b)
        return np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)


def _in_plain_degrees(crs: pyproj.CRS) -> bool:
    meridian = crs.prime_meridian
    return (meridian is None or meridian.longitude == 0) and crs.axis_info[0].unit_name == "degree"


def _accuracy_to_wgs84(crs: pyproj.CRS, name: str) -> Message | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about grids that are not installed: the note says it
        ways = TransformerGroup(crs, "EPSG:4326", always_xy=True).transformers
    accuracy_m = ways[0].accuracy if ways else -1.0
    if accuracy_m is None or accuracy_m < 0:
        return Message(_UNKNOWN_ACCURACY, {"crs": name})
    if accuracy_m > _WELL_KNOWN_ACCURACY_M:
        return Message(_LIMITED_ACCURACY, {"crs": name, "metres": round(accuracy_m)})
    return None


def require_crs(declared: str | None, *, file: str) -> SourceCrs:
    """Resolve a file's declared system, with the file's name on the error.

    Raises
    ------
    UnknownCrs
    """
    try:
        return resolve(declared)
    except UnknownCrs as error:
        raise UnknownCrs(error.message, file=file) from error
