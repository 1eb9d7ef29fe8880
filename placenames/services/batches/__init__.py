"""A change of many names: wholly or not at all, in one history context, with progress; and taken back, never over a later edit."""

from .checked import CHECKED, FoundOtherwise
from .shown import GROUP_WORDS, GROUPS, counts, findings_told, last_of, may_see
from .steps import begin, carry_out, check, decide, undo
from .work import AT_ONCE, batch_job, in_background

__all__ = [
    "AT_ONCE", "CHECKED", "GROUPS", "GROUP_WORDS", "FoundOtherwise", "batch_job", "begin", "carry_out", "check", "counts",
    "decide", "findings_told", "in_background", "last_of", "may_see", "undo",
]  # fmt: skip
