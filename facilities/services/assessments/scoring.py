"""Scoring a facility by a sheet: the points, the score and how it comes about, and who confirms it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Assessment, Facility, ScoreEntry, ScoreItem, ScoreSheet
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all, attachments_by_owner

from ..conflict import NotYours, locked

EVIDENCE = "evidence"
_HUNDREDTH = Decimal("0.01")
_EDITABLE = frozenset({Assessment.State.DRAFT, Assessment.State.RETURNED})


@dataclass(frozen=True, slots=True)
class Share:
    """What one item adds to the score: points ÷ points at most × weight ÷ all weights × 100."""

    item: ScoreItem
    points: Decimal | None
    share: Decimal
    most: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A score of 100 with what it is made of. ``complete`` says whether every item has its points."""

    value: Decimal
    shares: tuple[Share, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """What a form says of one item."""

    points: Decimal | None = None
    note: str = ""
    evidence: Sequence[Attachment] = ()


def score_of(
    items: Iterable[ScoreItem], points: Mapping[int, Decimal | None], notes: Mapping[int, str] | None = None
) -> Score:
    """Return the weighted score. It is rounded once, at the end, half up, to hundredths."""
    rows = list(items)
    weights = sum((row.weight for row in rows), Decimal(0))
    shares, total = [], Decimal(0)
    for row in rows:
        given = points.get(row.pk)
        most = row.weight / weights * 100
        share = most * given / row.scale if given is not None else Decimal(0)
        total += share
        shares.append(Share(row, given, _rounded(share), _rounded(most), (notes or {}).get(row.pk, "")))
    complete = bool(rows) and all(points.get(row.pk) is not None for row in rows)
    return Score(_rounded(total), tuple(shares), complete)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)


def explain(assessment: Assessment) -> Score:
    """Return an assessment's score with what it is made of."""
    entries = list(assessment.entries.all())
    return score_of(
        assessment.sheet.items.all(),
        {entry.item_id: entry.points for entry in entries},
        {entry.item_id: entry.note for entry in entries},
    )


def sheet_for(facility: Facility) -> ScoreSheet | None:
    """Return the sheet that facilities of this kind are assessed by today."""
    return ScoreSheet.objects.in_use().filter(kinds=facility.kind_id).order_by("code").first()


def may_score(user: User, facility: Facility) -> bool:
    """Say whether a person may score a facility."""
    return policy.may(user, Action.EDIT_FACILITIES, division=facility.division)


def may_confirm(user: User, assessment: Assessment) -> bool:
    """Say whether a person may confirm a scoring: a reviewer, who did not score it."""
    return assessment.scored_by_id != user.pk and policy.may(
        user, Action.APPROVE, division=assessment.facility.division
    )


@transaction.atomic
def begin(*, facility: Facility, by: User, day: datetime.date | None = None) -> Assessment:
    """Begin to score a facility as of a day, or go on where somebody has begun.

    Raises
    ------
    ValidationError
        If no sheet is in use for its kind, or the day lies ahead.
    """
    day = day or timezone.localdate()
    if day > timezone.localdate():
        raise ValidationError({"day": _("The day lies in the future.")})
    sheet = sheet_for(facility)
    if sheet is None:
        raise ValidationError(
            _("No assessment sheet is in use for this kind. An administrator composes one under Registry.")
        )
    assessment, _made = Assessment.objects.get_or_create(
        facility=facility, sheet=sheet, day=day, defaults={"scored_by": by}
    )
    return assessment


@transaction.atomic
def save_points(
    *,
    assessment: Assessment,
    by: User,
    revision: int | None,
    points: Mapping[int, Points],
    comment: str = "",
    submit: bool,
) -> Assessment:
    """Save points, or hand them in to be confirmed.

    Raises
    ------
    ChangedMeanwhile
        If somebody else has saved it since.
    NotYours
        If it has been handed in or confirmed.
    ValidationError
        By field name (``p-17``, ``e-17``), if points are out of range or, on handing in, something is missing.
    """
    row = locked(Assessment, assessment.pk, revision)
    if row.state not in _EDITABLE:
        raise NotYours(_("This has been handed in already, and is not changed any more."))
    items = list(row.sheet.items.all())
    errors = _out_of_range(items, points)
    if errors:
        raise ValidationError(errors)
    there = {entry.item_id: entry for entry in row.entries.all()}
    for item in items:
        given = points.get(item.pk, Points())
        entry = there.get(item.pk) or ScoreEntry(assessment=row, item=item)
        if entry.pk is None or (entry.points, entry.note) != (given.points, given.note):
            entry.points, entry.note = given.points, given.note
            entry.save()
        there[item.pk] = entry
        if given.evidence:
            attach_all(files=given.evidence, owner=entry, by=by, purpose=EVIDENCE)
    score = score_of(items, {pk: entry.points for pk, entry in there.items()})
    row.comment, row.scored_by = comment, by
    row.score = score.value if score.complete else None
    row.passed = score.value >= row.sheet.pass_mark if score.complete else None
    if submit:
        _check_complete(items, there)
        row.state = Assessment.State.SUBMITTED
        row.returned_reason = ""
    row.revision += 1
    row.save()
    return row


def _out_of_range(items: Sequence[ScoreItem], points: Mapping[int, Points]) -> dict[str, str]:
    return {
        f"p-{item.pk}": _("Between 0 and %(most)d.") % {"most": item.scale}
        for item in items
        if (given := points.get(item.pk, Points()).points) is not None and not 0 <= given <= item.scale
    }


def _check_complete(items: Sequence[ScoreItem], entries: Mapping[int, ScoreEntry]) -> None:
    evidence = attachments_by_owner(entries.values())
    errors = {f"p-{item.pk}": _("Not scored yet.") for item in items if entries[item.pk].points is None}
    errors |= {
        f"e-{item.pk}": _("This needs evidence: a photo or a paper.")
        for item in items
        if item.evidence_required and not evidence.get(str(entries[item.pk].pk))
    }
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def decide(
    *, assessment: Assessment, by: User, revision: int | None, confirmed: bool, reason: str = ""
) -> Assessment:
    """Confirm a scoring, or send it back with the reason.

    Raises
    ------
    ChangedMeanwhile, NotYours
        If somebody else has decided, or the person scored it.
    ValidationError
        If it goes back without a reason.
    """
    row = locked(Assessment, assessment.pk, revision)
    if row.state != Assessment.State.SUBMITTED:
        raise NotYours(_("This does not wait to be confirmed."))
    if not may_confirm(by, row):
        raise NotYours(_("Nobody confirms the own scoring."))
    if confirmed:
        row.state, row.confirmed_by, row.confirmed_at = Assessment.State.CONFIRMED, by, timezone.now()
    else:
        if not reason.strip():
            raise ValidationError({"reason": _("Say what is to be changed.")})
        row.state, row.returned_reason = Assessment.State.RETURNED, reason.strip()
    row.revision += 1
    row.save()
    return row


def latest_confirmed(day: datetime.date) -> QuerySet[Assessment]:
    """Return each facility's last confirmed assessment as of a day."""
    last = (
        Assessment.objects.confirmed()
        .filter(facility=OuterRef("facility"), day__lte=day)
        .order_by("-day", "-pk")
        .values("pk")[:1]
    )
    return Assessment.objects.filter(pk=Subquery(last))


def failing_on(day: datetime.date) -> QuerySet[Facility]:
    """Return the facilities whose last confirmed assessment as of a day is below its pass mark.

    One that was never assessed is not among them: nobody knows.
    """
    return Facility.objects.filter(pk__in=latest_confirmed(day).filter(passed=False).values("facility"))
