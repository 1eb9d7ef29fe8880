"""What files of place names and signs look like. No Django: columns, words, and what makes a row impossible."""

from .place_names import PLACE_NAMES
from .signs import SIGNS

__all__ = ["PLACE_NAMES", "SIGNS"]
