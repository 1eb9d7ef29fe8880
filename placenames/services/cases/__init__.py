"""Naming, renaming and retiring: drafts kept, steps taken, names announced and taking effect."""

from .drafting import Draft, confirm_case_spelling, save_draft
from .effect import settle_names, take_effect
from .flow import SeenOtherwise, approve, check_case, other_cases, subject_of
from .steps import Taken, add_report, announce, available, file_case, refuse, return_case, submit, withdraw

__all__ = [
    "Draft", "SeenOtherwise", "Taken", "add_report", "announce", "approve", "available", "check_case",
    "confirm_case_spelling", "file_case", "other_cases", "refuse", "return_case", "save_draft", "settle_names",
    "subject_of", "submit", "take_effect", "withdraw",
]  # fmt: skip
