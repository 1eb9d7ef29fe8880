"""Networks, kinds and functions; facilities with their dated history; coverage runs."""

from .capacity import CapacityReading, Measure
from .coverage import CoveragePlace, CoverageReach, CoverageRun, CoverageSet, CoverageShare, ReachState
from .facility import Facility, FacilityQuerySet
from .history import FacilityFunction, FacilityOperator, FacilityStatus, Status
from .networks import Function, Kind, KindFunction, Network, Tier

__all__ = [
    "CapacityReading",
    "CoveragePlace",
    "CoverageReach",
    "CoverageRun",
    "CoverageSet",
    "CoverageShare",
    "Facility",
    "FacilityFunction",
    "FacilityOperator",
    "FacilityQuerySet",
    "FacilityStatus",
    "Function",
    "Kind",
    "KindFunction",
    "Measure",
    "Network",
    "ReachState",
    "Status",
    "Tier",
]
