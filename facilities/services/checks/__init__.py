"""The checks of a register card: while it is typed, and once more when it is saved. One rule, one function.

A finding that blocks keeps a card from being saved only where a fact that takes part in it was changed: an old mistake elsewhere
on the card is shown, and does not hold up today's telephone number.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from . import contact, dates, figures, identity, place
from .base import Check, Finding, Severity, Situation

CHECKS: tuple[Check, ...] = (
    *identity.CHECKS,
    *place.CHECKS,
    *contact.CHECKS,
    *figures.CHECKS,
    *dates.CHECKS,
)

__all__ = ["CHECKS", "Finding", "Severity", "Situation", "blocking", "findings"]


def findings(situation: Situation) -> list[Finding]:
    """Return what all checks have to say, what blocks first."""
    found = [finding for check in CHECKS for finding in check(situation)]
    return sorted(found, key=lambda finding: finding.severity != Severity.BLOCK)


def blocking(found: Sequence[Finding], changed: Collection[str]) -> list[Finding]:
    """Return the findings that keep changes of some facts from being saved."""
    return [
        finding
        for finding in found
        if finding.severity is Severity.BLOCK and not finding.concerns.isdisjoint(changed)
    ]
