"""What is done to the ground: subtrees moved, points found in divisions."""

from .divisions import ancestors_by_code, move_division
from .locating import Outside, divisions_at, outside_of
from .naming import Called, DivisionNames

__all__ = [
    "Called",
    "DivisionNames",
    "Outside",
    "ancestors_by_code",
    "divisions_at",
    "move_division",
    "outside_of",
]
