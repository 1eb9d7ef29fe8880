"""The road network for what facilities are asked about: the registry's own, and whether any of it is invented."""

from __future__ import annotations

from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import Road
from geo_registry.territory.services.network import NODING_TOLERANCE_M, Network, road_network, travel_profile

__all__ = [
    "NODING_TOLERANCE_M",
    "Network",
    "delivery_radius_m",
    "has_demo_roads",
    "road_network",
    "travel_profile",
]


def delivery_radius_m(row: TravelProfile) -> float | None:
    """Return how far a service travels to the person by this profile, in metres; ``None``: no bound but the time."""
    return None if row.delivery_radius_m is None else float(row.delivery_radius_m)


def has_demo_roads() -> bool:
    """Whether any road that runs are computed on is openly invented."""
    return Road.objects.filter(source__is_demo=True).exists()
