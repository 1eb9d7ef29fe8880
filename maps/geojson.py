"""Public facilities as GeoJSON features: longitude first, six decimals, no private field."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone

from facilities.models import Facility, Status
from facilities.models.facility import ACCESSIBILITY
from facilities.services.public import Listed
from facilities.services.public_page import FacilityPage, status_words

_DECIMALS = 6
DEMO = "示范数据"


def collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return features as a collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def point(entry: Listed) -> dict[str, Any]:
    """Return one entry of a list as a feature; its geometry is null where the place is not located."""
    opening = entry.opening.text if entry.opening else ""
    return _feature(
        entry.facility, status=entry.status, opening=opening, distance_m=entry.distance_m, walk_s=entry.walk_s
    )


def point_of_page(page: FacilityPage) -> dict[str, Any]:
    """Return the facility of a page as a feature."""
    return _feature(page.facility, status=page.status, opening=page.opening.text if page.opening else "")


def _feature(
    facility: Facility,
    *,
    status: Status | None,
    opening: str,
    distance_m: float | None = None,
    walk_s: int | None = None,
) -> dict[str, Any]:
    location = facility.location
    properties = {
        "number": facility.number,
        "name": facility.name,
        "kind": facility.kind.name,
        "kind_code": facility.kind.code,
        "shape": facility.kind.shape,
        "glyph": facility.kind.glyph,
        "division": facility.division.name,
        "division_code": facility.division.code,
        "address": facility.address,
        "phone": facility.public_phone,
        "opening_hours": facility.opening_hours,
        "opening": opening,
        "status": str(status) if status else "",
        "status_words": status_words(status),
        "in_operation": status == Status.OPEN,
        "updated_on": timezone.localdate(facility.updated_at).isoformat(),
        "url": reverse("maps:facility", args=[facility.number]),
        "data": DEMO if facility.is_demo else "",
    }
    properties |= {code: value for code in ACCESSIBILITY if (value := getattr(facility, code))}
    if distance_m is not None:
        properties["distance_m"] = round(distance_m)
    if walk_s is not None:
        properties["walk_min"] = max(1, math.ceil(walk_s / 60))
    coordinates = [round(location.x, _DECIMALS), round(location.y, _DECIMALS)] if location else None
    return {
        "type": "Feature",
        "id": facility.number,
        "geometry": {"type": "Point", "coordinates": coordinates} if coordinates else None,
        "properties": properties,
    }
