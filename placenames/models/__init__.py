"""Places, their names, and how the names are spelled: three things, each with a status of its own."""

from .names import Name, NameQuerySet, Spelling, SplitMode
from .places import Place, PlaceKind, PlaceKindQuerySet, PlaceQuerySet, PlaceRoad

__all__ = [
    "Name",
    "NameQuerySet",
    "Place",
    "PlaceKind",
    "PlaceKindQuerySet",
    "PlaceQuerySet",
    "PlaceRoad",
    "Spelling",
    "SplitMode",
]
