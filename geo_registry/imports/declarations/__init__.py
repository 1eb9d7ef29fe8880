"""What files about the ground look like. No Django: columns, words, and what makes a row impossible."""

from .builtup import BUILT_UP_AREAS
from .divisions import DIVISIONS
from .population import POPULATION
from .roads import ROADS

__all__ = ["BUILT_UP_AREAS", "DIVISIONS", "POPULATION", "ROADS"]
