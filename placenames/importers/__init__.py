"""What files of place names look like. No Django: columns, words, and what makes a row impossible."""

from .place_names import PLACE_NAMES

__all__ = ["PLACE_NAMES"]
