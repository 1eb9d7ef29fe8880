"""How a commitment stands on a day, and the numbers that only the office knows."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.reference.models import ReferenceValue

from ...models import Commitment, CommitmentReading
from .found import Found
from .queries import QUERIES


class State(enum.StrEnum):
    """What a reader wants to know first."""

    DONE = "done"
    UNDER_WAY = "under_way"
    MISSED = "missed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word on the page."""
        return _LABELS[self]


_LABELS = {
    State.DONE: pgettext_lazy("commitment", "done"),
    State.UNDER_WAY: pgettext_lazy("commitment", "under way"),
    State.MISSED: pgettext_lazy("commitment", "not done in time"),
    State.UNKNOWN: pgettext_lazy("commitment", "nothing on record"),
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One commitment on one day.

    ``target`` is ``None`` where its reference value does not hold on that day. ``wrong`` says why nothing could be asked.
    """

    commitment: Commitment
    day: datetime.date
    found: Found
    target: Decimal | None
    target_row: ReferenceValue | None
    state: State
    wrong: str = ""

    @property
    def missing(self) -> Decimal | None:
        """How much there is to go; ``None`` where it is done or not known."""
        if self.found.value is None or self.target is None or self.found.value >= self.target:
            return None
        return self.target - self.found.value


def default_day(commitment: Commitment, today: datetime.date | None = None) -> datetime.date:
    """Return the day a commitment is judged on unless another is asked for: when it was due, or today."""
    today = today or timezone.localdate()
    return min(commitment.due, today) if commitment.due else today


def standing_of(commitment: Commitment, day: datetime.date | None = None) -> Standing:
    """Ask the register how far a commitment is."""
    day = day or default_day(commitment)
    target, row = _target(commitment, day)
    wrong = ""
    try:
        found = QUERIES[commitment.query](commitment, day)
    except ValidationError as error:
        found, wrong = Found(value=None), " ".join(error.messages)
    return Standing(
        commitment=commitment,
        day=day,
        found=found,
        target=target,
        target_row=row,
        state=_state(commitment, found, target, day),
        wrong=wrong,
    )


def _target(commitment: Commitment, day: datetime.date) -> tuple[Decimal | None, ReferenceValue | None]:
    if not commitment.reference:
        return commitment.value, None
    row = ReferenceValue.objects.effective(commitment.reference, on=day)
    return (_as_share(commitment, row.value) if row else None), row


def _as_share(commitment: Commitment, value: Decimal) -> Decimal:
    """“At least one in each” is met when all of them have one."""
    each = commitment.query == Commitment.Query.DIVISIONS_WITH_OWN and commitment.parameters.get("each")
    return Decimal(100) if each else value


def _state(commitment: Commitment, found: Found, target: Decimal | None, day: datetime.date) -> State:
    if found.value is None or target is None:
        return State.UNKNOWN
    if found.value >= target:
        return State.DONE
    return State.MISSED if commitment.due and day >= commitment.due else State.UNDER_WAY


def years() -> list[int]:
    """Return the years that have a plan, the latest first."""
    rows = Commitment.objects.filter(year__isnull=False)
    return sorted({year for year in rows.values_list("year", flat=True) if year}, reverse=True)


def plan_of(year: int, day: datetime.date | None = None) -> list[Standing]:
    """Return a year's commitments as they stand, in the plan's order."""
    rows = Commitment.objects.of_year(year).select_related("network", "source")
    return [standing_of(row, day) for row in rows]


def targets_of(commitments: Iterable[Commitment], day: datetime.date) -> list[Standing]:
    """Return a network's targets as they stand on a day."""
    return [standing_of(row, day) for row in commitments]


@transaction.atomic
def report(
    *,
    commitment: Commitment,
    as_of: datetime.date,
    value: Decimal,
    by: User,
    document: str = "",
) -> CommitmentReading:
    """Enter how far a commitment is that only the office knows; a second number of one day takes the first one's place.

    Raises
    ------
    PermissionDenied
        If the person does not plan for the home.
    ValidationError
        If the register answers this one itself, the day is to come, or the number means nothing.
    """
    if not policy.may(by, policy.Action.RUN_COVERAGE):
        raise PermissionDenied
    if commitment.query != Commitment.Query.REPORTED:
        raise ValidationError(_("The register counts this one itself."))
    if as_of > timezone.localdate():
        raise ValidationError({"as_of": _("This day is still to come.")})
    row = CommitmentReading.objects.filter(commitment=commitment, as_of=as_of).first() or CommitmentReading(
        commitment=commitment, as_of=as_of
    )
    row.value, row.document, row.entered_by = value, document.strip(), by
    row.full_clean()
    with pghistory.context(user=by.pk):
        row.save()
    return row
