"""The co-ordinate system that the headers of a table name: 经度（CGCS2000）, 高德坐标, lon_wgs84, X坐标（EPSG:4544）."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# X and Y alone are metres as often, in a system of the same datum.
_DEGREES = re.compile(
    r"经度|纬度|经纬|东经|北纬|longitude|latitude|(?<![a-z])(?:lon|lng|lat)(?![a-z])", re.IGNORECASE
)
# A place in one cell, as WKT above all.
_PLACES = re.compile(
    r"(?:位置|地理|经纬度)?坐标(?:位置)?|e?wkt|(?:the)?geom(?:etry)?|几何|location|coordinates|lnglat|latlng",
    re.IGNORECASE,
)
_BESIDE_NAMES = re.compile(r"[(\[【].*?[)\]】]|[\s_:.·-]+")
# A code names the whole system, metres and all: whatever the column is called.
_CODE = re.compile(r"epsg[ :_]?(\d{4,5})(?!\d)", re.IGNORECASE)
_SYSTEMS: Final = (
    (
        re.compile(r"cgcs ?-?2000|(?:国家|大地|坐标系)2000|2000(?:国家|大地)", re.IGNORECASE),
        "EPSG:4490",
    ),
    (re.compile(r"wgs ?[-_]?84", re.IGNORECASE), "EPSG:4326"),
    (re.compile(r"gcj ?[-_]?02|高德|腾讯|火星", re.IGNORECASE), "GCJ-02"),
    (re.compile(r"bd ?[-_]?09|百度", re.IGNORECASE), "BD-09"),
)


def system_in(headers: Iterable[str]) -> str | None:
    """Return the system that headers of co-ordinates name; ``None`` where they name none or several, or if some name none.

    Parameters
    ----------
    headers : iterable of str
        As the file has them.
    """
    found: set[str | None] = set()
    for header in headers:
        folded = unicodedata.normalize("NFKC", header)
        if (code := _CODE.search(folded)) is not None:
            found.add(f"EPSG:{code[1]}")
        elif _DEGREES.search(folded):
            # Plain degrees beside those of some map's: nobody knows which will be read.
            found |= {key for pattern, key in _SYSTEMS if pattern.search(folded)} or {None}
        elif _holds_places(folded):
            found |= {key for pattern, key in _SYSTEMS if pattern.search(folded)}
    return found.pop() if len(found) == 1 else None


def _holds_places(header: str) -> bool:
    """Tell whether a header names, beside a system, nothing but places: 坐标（CGCS2000）, wkt_gcj02, 百度坐标."""
    bare = _BESIDE_NAMES.sub("", header)
    for pattern, _key in _SYSTEMS:
        bare = pattern.sub("", bare)
    return _PLACES.fullmatch(bare) is not None
