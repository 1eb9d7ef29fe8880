"""Of which day a figure speaks, and whether that is too long ago: said in plain words wherever a figure is shown."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import ngettext

from ..models import Facility, Verification
from .rounds.settings import months_before, stale_months

# What a verification may tell the public of: the rest of what is confirmed is the office's own.
PUBLIC_CODES = ("opening_hours", "public_phone")


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """What counts as stale today. Without an agreed number of months, nothing does."""

    day: datetime.date
    months: int | None

    def is_stale(self, as_of: datetime.date | None) -> bool:
        """Whether a figure of a day has not been verified for too long."""
        return as_of is not None and self.months is not None and as_of < months_before(self.day, self.months)

    def warning(self, as_of: datetime.date | None) -> str:
        """Return “not verified for more than 3 months” of a stale figure, nothing of others."""
        if not self.is_stale(as_of):
            return ""
        count = self.months or 0
        return ngettext(
            "not verified for more than %(count)d month", "not verified for more than %(count)d months", count
        ) % {"count": count}


def freshness(day: datetime.date) -> Freshness:
    """Read what counts as stale. One query."""
    return Freshness(day=day, months=stale_months(day))


@dataclass(frozen=True, kw_only=True)
class Verified:
    """That a fact was verified, of which day, and how."""

    as_of: datetime.date
    method: str


def verified(facility: Facility, rows: Iterable[Verification]) -> dict[str, Verified]:
    """Return which public facts of a facility are verified as they are now.

    Parameters
    ----------
    facility
        With its hours and its public telephone.
    rows
        Its verifications; one that speaks of another value than today's does not count.
    """
    return {
        row.code: Verified(as_of=row.as_of, method=row.get_method_display())
        for row in rows
        if row.code in PUBLIC_CODES and row.value == getattr(facility, row.code)
    }
