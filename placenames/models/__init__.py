"""Places, their names, and how the names are spelled: three things, each with a status of its own."""

from .names import Name, Spelling, SplitMode
from .places import Place, PlaceKind, PlaceQuerySet, PlaceRoad

__all__ = ["Name", "Place", "PlaceKind", "PlaceQuerySet", "PlaceRoad", "Spelling", "SplitMode"]
