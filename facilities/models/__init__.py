"""Networks, kinds and functions; facilities with their dated history; coverage runs."""

from .capacity import WITH_VACANCY, CapacityReading, Measure
from .coverage import CoveragePlace, CoverageReach, CoverageRun, CoverageSet, CoverageShare, ReachState
from .duplicates import Likeness, Merge
from .facility import Facility, FacilityQuerySet
from .facts import FactRule
from .history import FacilityFunction, FacilityKind, FacilityOperator, FacilityStatus, Status
from .life import LifeEvent, StatusRule, What
from .lists import FacilityKeys, SavedView, SavedViewQuerySet
from .networks import Function, Kind, KindFunction, Network, Tier
from .proposals import Proposal
from .rounds import Confirmation, ConfirmationHold, Method, Round, RoundQuestion, Verification

__all__ = [
    "WITH_VACANCY",
    "CapacityReading",
    "Confirmation",
    "ConfirmationHold",
    "CoveragePlace",
    "CoverageReach",
    "CoverageRun",
    "CoverageSet",
    "CoverageShare",
    "Facility",
    "FacilityFunction",
    "FacilityKeys",
    "FacilityKind",
    "FacilityOperator",
    "FacilityQuerySet",
    "FacilityStatus",
    "FactRule",
    "Function",
    "Kind",
    "KindFunction",
    "LifeEvent",
    "Likeness",
    "Measure",
    "Merge",
    "Method",
    "Network",
    "Proposal",
    "ReachState",
    "Round",
    "RoundQuestion",
    "SavedView",
    "SavedViewQuerySet",
    "Status",
    "StatusRule",
    "Tier",
    "Verification",
    "What",
]
