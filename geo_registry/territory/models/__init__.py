"""The ground: divisions, built-up areas, roads, and how many people are where."""

from .builtup import BuiltUpArea
from .divisions import DenominatorFlag, Division, Installation, Level, UrbanRural
from .imported import BY_HAND, Drawn, GeometryMethod, Imported, LocationMethod
from .population import GROUP_WITHIN, AgeGroup, PopulatedPlace, PopulationCount
from .roads import Road, RoadClass

__all__ = [
    "BY_HAND",
    "GROUP_WITHIN",
    "AgeGroup",
    "BuiltUpArea",
    "DenominatorFlag",
    "Division",
    "Drawn",
    "GeometryMethod",
    "Imported",
    "Installation",
    "Level",
    "LocationMethod",
    "PopulatedPlace",
    "PopulationCount",
    "Road",
    "RoadClass",
    "UrbanRural",
]
