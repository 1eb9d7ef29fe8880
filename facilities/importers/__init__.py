"""What files of facilities look like. No Django: columns, words, and what makes a row impossible."""

from .facilities import FACILITIES, MEASURE_COLUMNS
from .status import FACILITY_STATUS

__all__ = ["FACILITIES", "FACILITY_STATUS", "MEASURE_COLUMNS"]
