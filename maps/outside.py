"""Links that open a place in the map programs that people here have, with co-ordinates as those programs count them.

Amap and Tencent draw in GCJ-02, Baidu in BD-09: the registry's own degrees (CGCS2000) would be some hundred metres off there.
Nothing is loaded from them; a co-ordinate leaves with whoever presses the link. The forms of the addresses are those of the
vendors' published URI interfaces (lbs.amap.com URI API, lbsyun.baidu.com 地图调起API, lbs.qq.com 地图调起).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.contrib.gis.geos import Point
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from geo_registry.geodata.chinese_offsets import wgs84_to_bd09, wgs84_to_gcj02

# Six decimals of a degree are eleven centimetres.
_DECIMALS: Final = 6
# Who calls, as the interfaces ask to be told.
_CALLER: Final = "geo-registry"


@dataclass(frozen=True)
class OutsideMap:
    """A map program, and the address that opens a place in it."""

    code: str
    label: str | Promise
    url: str


def outside_maps(*, name: str, location: Point) -> Sequence[OutsideMap]:
    """Return links to a place in Amap, Baidu and Tencent maps.

    Parameters
    ----------
    name
        What stands at the pin there.
    location
        Degrees in EPSG:4490.
    """
    lon, lat = np.array([location.x]), np.array([location.y])
    (gcj_lon,), (gcj_lat,) = wgs84_to_gcj02(lon, lat)
    (bd_lon,), (bd_lat,) = wgs84_to_bd09(lon, lat)
    # A semicolon or colon would end the name in Tencent's little language.
    plain = name.replace(";", " ").replace(":", " ").replace(",", " ")
    amap = {
        "position": f"{gcj_lon:.{_DECIMALS}f},{gcj_lat:.{_DECIMALS}f}",
        "name": plain,
        "coordinate": "gaode",
        "callnative": "1",
        "src": _CALLER,
    }
    baidu = {
        "location": f"{bd_lat:.{_DECIMALS}f},{bd_lon:.{_DECIMALS}f}",
        "title": plain,
        "content": plain,
        "coord_type": "bd09ll",
        "output": "html",
        "src": _CALLER,
    }
    tencent = {
        "marker": f"coord:{gcj_lat:.{_DECIMALS}f},{gcj_lon:.{_DECIMALS}f};title:{plain};addr:{plain}",
        "referer": _CALLER,
    }
    return (
        OutsideMap("amap", _("Amap"), f"https://uri.amap.com/marker?{urlencode(amap)}"),
        OutsideMap("baidu", _("Baidu Maps"), f"https://api.map.baidu.com/marker?{urlencode(baidu)}"),
        OutsideMap(
            "tencent", _("Tencent Maps"), f"https://apis.map.qq.com/uri/v1/marker?{urlencode(tencent)}"
        ),
    )
