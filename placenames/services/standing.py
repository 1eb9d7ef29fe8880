"""Where a place is that has a name already: neither a case nor a check need be told again."""

from __future__ import annotations

from django.contrib.gis.geos import GEOSGeometry

from placenames.models import Place


def standing_at(place: Place | None) -> GEOSGeometry | None:
    """Return where a place is (EPSG:4490): its own geometry, or the point of the division that it is; nothing of its roads."""
    if place is None:
        return None
    return place.geometry or (place.named_division.point if place.named_division is not None else None)
