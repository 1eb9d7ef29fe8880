"""What a check is given, and what it says."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from geo_registry.reference.models import ReferenceValue

from ...models import Facility
from ..facts import Facts


class Severity(enum.StrEnum):
    """What a finding means for saving."""

    BLOCK = "block"
    WARN = "warn"

    @property
    def word(self) -> str:
        """What the finding is introduced by."""
        return _("Not possible:") if self is Severity.BLOCK else _("Please check:")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or doubtful, beside the fact it concerns; ``also`` are others that take part in it."""

    fact: str
    severity: Severity
    text: str
    also: tuple[str, ...] = ()

    @property
    def concerns(self) -> frozenset[str]:
        """All facts that take part."""
        return frozenset({self.fact, *self.also})


@dataclass
class Situation:
    """A card as somebody wants it, with what there is to compare it with.

    Parameters
    ----------
    facts
        The values to be judged.
    day
        Today.
    facility
        The facility as it is; ``None`` for a new one.
    figures_as_of
        The day that figures are said to be of.
    latest_figures
        The day of the newest reading of each measure.
    statuses
        Day and status, oldest first.
    asked
        The facts whose findings are looked at, ``None`` for all: a check that costs queries and concerns none of them is left out.
    """

    facts: Facts
    day: datetime.date
    facility: Facility | None = None
    figures_as_of: datetime.date | None = None
    latest_figures: dict[str, datetime.date] = field(default_factory=dict)
    statuses: Sequence[tuple[datetime.date, str]] = ()
    changed: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None

    def asks(self, *codes: str) -> bool:
        """Whether a finding that concerns one of these facts would be looked at."""
        return self.asked is None or not self.asked.isdisjoint(codes)

    @cached_property
    def limits(self) -> dict[str, Decimal]:
        """The reference values that checks go by, those that hold today. One query."""
        rows = ReferenceValue.objects.filter(key__startswith="facility-").on(self.day)
        return {row.key: row.value for row in rows.order_by("valid_from", "pk")}

    def day_of(self, code: str) -> datetime.date | None:
        """Return a fact that is a day."""
        value = self.facts.get(code)
        return datetime.date.fromisoformat(value) if value else None

    def figure(self, code: str) -> tuple[int | None, int | None]:
        """Return how many there are, and how many of them vacant."""
        value: Any = self.facts.get(code)
        return (value[0], value[1]) if value else (None, None)


Check = Callable[[Situation], Iterator[Finding]]


def block(fact: str, text: str, *also: str) -> Finding:
    """Return a finding that nothing can be saved with."""
    return Finding(fact, Severity.BLOCK, text, also)


def warn(fact: str, text: str, *also: str) -> Finding:
    """Return a finding that a person may know better."""
    return Finding(fact, Severity.WARN, text, also)


def unchecked(fact: str, key: str) -> Finding:
    """Say that a check could not be made, because its reference value is missing: silence would look like a pass."""
    return warn(
        fact, _("This could not be checked: the reference value “%(key)s” is missing.") % {"key": key}
    )
