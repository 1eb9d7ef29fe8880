"""What is near a point. Apps register what of theirs is; a name's page asks without knowing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .registry import Hit

# Longitude, latitude (EPSG:4490), how many: public things, the nearest first, each with its distance.
Nearby = Callable[[float, float, int], Sequence[Hit]]

_known: list[Nearby] = []


def register_nearby(nearby: Nearby) -> None:
    """Have something told as near."""
    if nearby not in _known:
        _known.append(nearby)


def nearest(lon: float, lat: float, *, limit: int) -> list[Hit]:
    """Return the nearest public things by their straight line along the ellipsoid."""
    hits = [hit for nearby in _known for hit in nearby(lon, lat, limit)]
    return sorted(hits, key=lambda hit: (hit.distance_m or 0.0, hit.key))[:limit]
