"""Places, their names, and how the names are spelled: three things, each with a status of its own."""

from .batches import NameBatch, NameBatchRow
from .beginnings import BeginningsMade, CommonBeginning
from .campaign import CampaignGoal, CampaignVillage, NameReview
from .cases import CaseStep, NameCase, NameCaseRoad
from .comparisons import NameComparison, NameDifference
from .likeness import LikenessKept, NameLikeness
from .names import Name, NameQuerySet, Spelling, SplitMode
from .places import Place, PlaceKind, PlaceKindQuerySet, PlaceQuerySet, PlaceRoad
from .records import FileRole, PlaceFile, PlaceRelation, Relation
from .rules import Dismissal, Family, KindProcedure, ListWord, Report, ScopeChoice, TermLimit, WordList
from .signs import (
    STANDING,
    Defect,
    Ground,
    Sign,
    SignBatch,
    SignInspection,
    SignOrder,
    SignOrderReport,
    SignSite,
    SignStep,
    SiteReason,
)
from .stories import (
    CollectionStory,
    Story,
    StoryAct,
    StoryCollection,
    StoryFile,
    StoryPlace,
    StoryState,
    StoryStep,
)

__all__ = [
    "STANDING",
    "BeginningsMade",
    "CampaignGoal",
    "CampaignVillage",
    "CaseStep",
    "CollectionStory",
    "CommonBeginning",
    "Defect",
    "Dismissal",
    "Family",
    "FileRole",
    "Ground",
    "KindProcedure",
    "LikenessKept",
    "ListWord",
    "Name",
    "NameBatch",
    "NameBatchRow",
    "NameCase",
    "NameCaseRoad",
    "NameComparison",
    "NameDifference",
    "NameLikeness",
    "NameQuerySet",
    "NameReview",
    "Place",
    "PlaceFile",
    "PlaceKind",
    "PlaceKindQuerySet",
    "PlaceQuerySet",
    "PlaceRelation",
    "PlaceRoad",
    "Relation",
    "Report",
    "ScopeChoice",
    "Sign",
    "SignBatch",
    "SignInspection",
    "SignOrder",
    "SignOrderReport",
    "SignSite",
    "SignStep",
    "SiteReason",
    "Spelling",
    "SplitMode",
    "Story",
    "StoryAct",
    "StoryCollection",
    "StoryFile",
    "StoryPlace",
    "StoryState",
    "StoryStep",
    "TermLimit",
    "WordList",
]
