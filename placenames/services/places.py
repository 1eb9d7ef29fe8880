"""Places for everything on the map that has a name of its own."""

from .division_places import ensure_places_for_divisions
from .making import Ensured
from .road_places import ensure_places_for_roads

__all__ = ["Ensured", "ensure_places_for_divisions", "ensure_places_for_roads"]
