"""How far a collection reaches, in space and time."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db.models import Extent
from django.db.models import Max, Min

from .answering import with_properties
from .collections import Collection
from .crs import CRS84
from .filtering import PREFIX, SHAPE


def extent_of(collection: Collection) -> dict[str, Any]:
    """Return the member ``extent`` of a collection's document: a box (CRS84) and the days of the first and last change."""
    day = f"{PREFIX}updated_on"
    rows = with_properties(collection, ["updated_on"]).order_by()
    found = rows.aggregate(box=Extent(SHAPE), first=Min(day), last=Max(day))
    extent: dict[str, Any] = {}
    if found["box"]:
        extent["spatial"] = {"bbox": [[round(number, 7) for number in found["box"]]], "crs": CRS84.uri}
    if found["first"]:
        moments = [f"{found['first'].isoformat()}T00:00:00Z", f"{found['last'].isoformat()}T23:59:59Z"]
        extent["temporal"] = {
            "interval": [moments],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return extent
