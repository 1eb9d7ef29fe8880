"""Networks, kinds and functions; facilities with their dated history; coverage runs."""

from .assessments import Assessment, ScoreEntry, ScoreItem, ScoreSheet, ScoreSheetKind
from .assets import Asset, StockTake, StockTakeItem
from .bulk import BulkEdit, BulkRow
from .capacity import WITH_VACANCY, CapacityReading, Measure
from .checklists import CheckItem, CheckList, CheckListKind, Hazard, Severity, VersionState
from .commitments import Commitment, CommitmentReading
from .coverage import CoveragePlace, CoverageReach, CoverageRun, CoverageSet, CoverageShare, ReachState
from .duplicates import Likeness, Merge
from .facility import Facility, FacilityQuerySet
from .facts import FactRule, fact_label
from .figures import CoverageCapacity, CoverageEquity, CoverageOwn
from .history import FacilityFunction, FacilityKind, FacilityOperator, FacilityStatus, Status
from .inspections import CheckResult, Finding, Inspection
from .life import LifeEvent, StatusRule, What
from .lists import FacilityKeys, SavedView, SavedViewQuerySet
from .networks import Function, Kind, KindFunction, Network, Tier
from .planning import PlanningAnswer
from .posts import Appointment, AppointmentQuerySet, Post
from .proposals import Proposal
from .rounds import Confirmation, ConfirmationHold, Method, Round, RoundQuestion, Verification
from .scenarios import Scenario

__all__ = [
    "WITH_VACANCY",
    "Appointment",
    "AppointmentQuerySet",
    "Assessment",
    "Asset",
    "BulkEdit",
    "BulkRow",
    "CapacityReading",
    "CheckItem",
    "CheckList",
    "CheckListKind",
    "CheckResult",
    "Commitment",
    "CommitmentReading",
    "Confirmation",
    "ConfirmationHold",
    "CoverageCapacity",
    "CoverageEquity",
    "CoverageOwn",
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
    "Finding",
    "Function",
    "Hazard",
    "Inspection",
    "Kind",
    "KindFunction",
    "LifeEvent",
    "Likeness",
    "Measure",
    "Merge",
    "Method",
    "Network",
    "PlanningAnswer",
    "Post",
    "Proposal",
    "ReachState",
    "Round",
    "RoundQuestion",
    "SavedView",
    "SavedViewQuerySet",
    "Scenario",
    "ScoreEntry",
    "ScoreItem",
    "ScoreSheet",
    "ScoreSheetKind",
    "Severity",
    "Status",
    "StatusRule",
    "StockTake",
    "StockTakeItem",
    "Tier",
    "Verification",
    "VersionState",
    "What",
    "fact_label",
]
