"""Doing an inspection: results, findings with their photos, and the end of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import CheckItem, CheckResult, Finding, Hazard, Inspection, Severity
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all
from geo_registry.reference.services import effective_value

from ..conflict import NotYours, locked
from .plan import Lists

BEFORE, MENDED, ON_SITE = "before", "mended", "on-site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Something not in order, as the form has it."""

    text: str = ""
    severity: str = ""
    deadline: datetime.date | None = None
    responsible_role: str = ""
    hazard: str = Hazard.OTHER
    photos: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found at an item; nothing for one that was not looked at yet."""

    outcome: str = ""
    number: Decimal | None = None
    note: str = ""
    defect: Defect = field(default_factory=Defect)


def may_inspect(user: User, inspection: Inspection) -> bool:
    """Say whether a person may fill an inspection in."""
    return policy.may(user, Action.EDIT_FACILITIES, division=inspection.facility.division)


def days_to_mend(severity: str, day: datetime.date) -> datetime.date:
    """Return until when a finding is to be mended that was made on ``day``, unless somebody sets another day."""
    return day + datetime.timedelta(days=int(effective_value(f"finding-days-{severity}", day)))


def items_of(inspection: Inspection) -> list[CheckItem]:
    """Return what is to be looked at. A check nobody has begun follows the list that is in use today."""
    if inspection.kind != Inspection.Kind.CHECK:
        return []
    check_list = inspection.check_list
    if inspection.state == Inspection.State.PLANNED and not inspection.results.exists():
        check_list = Lists().of(inspection.facility.kind_id) or check_list
    return list(check_list.items.all()) if check_list is not None else []


@transaction.atomic
def save_visit(
    *,
    inspection: Inspection,
    by: User,
    revision: int | None,
    done_on: datetime.date,
    answers: Mapping[int, Answer] | None = None,
    more: Defect | None = None,
    summary: str = "",
    drill: str = "",
    participants: int | None = None,
    photos: Sequence[Attachment] = (),
    finish: bool,
) -> Inspection:
    """Save what was found so far, or finish the inspection.

    Parameters
    ----------
    inspection, revision
        Which one, as the person saw it.
    done_on
        The day on site.
    answers
        By the item's key.
    more
        Something not in order that no item asks for.
    finish
        Whether this is the end: then every item needs an answer, and a drill its participants and summary.

    Raises
    ------
    ChangedMeanwhile
        If somebody else has saved it since.
    NotYours
        If it has been finished or called off.
    ValidationError
        By field name (``o-17`` for item 17), if something is missing.
    """
    row = locked(Inspection, inspection.pk, revision)
    if row.state != Inspection.State.PLANNED:
        raise NotYours(_("This inspection has been finished or called off already."))
    items = {item.pk: item for item in items_of(row)}
    given = {pk: answer for pk, answer in (answers or {}).items() if pk in items and answer.outcome}
    if items and row.kind == Inspection.Kind.CHECK:
        row.check_list_id = next(iter(items.values())).check_list_id
    _save_results(row, given)
    _save_findings(row, items, given, done_on)
    if more is not None and more.text:
        _save_more(row, more, done_on)
    if photos:
        attach_all(files=photos, owner=row, by=by, purpose=ON_SITE)
    row.summary, row.drill, row.participants = summary, drill, participants
    if finish:
        _check_complete(row, items, given, done_on)
        row.state, row.done_on, row.done_by = Inspection.State.DONE, done_on, by
    row.revision += 1
    row.full_clean(exclude=["facility", "check_list", "done_by"])
    row.save()
    return row


def _save_results(row: Inspection, given: Mapping[int, Answer]) -> None:
    there = {result.item_id: result for result in row.results.all()}
    for pk, answer in given.items():
        result = there.pop(pk, None) or CheckResult(inspection=row, item_id=pk)
        before = (result.outcome, result.number, result.note)
        result.outcome, result.number, result.note = answer.outcome, answer.number, answer.note
        if result.pk is None or before != (result.outcome, result.number, result.note):
            result.save()
    CheckResult.objects.filter(pk__in=[result.pk for result in there.values()]).delete()


def _save_findings(
    row: Inspection, items: Mapping[int, CheckItem], given: Mapping[int, Answer], day: datetime.date
) -> None:
    there: dict[int | None, Finding] = {
        finding.item_id: finding for finding in row.findings.filter(item__isnull=False)
    }
    for pk, answer in given.items():
        if answer.outcome != CheckResult.Outcome.BAD:
            continue
        item, defect = items[pk], answer.defect
        finding = there.pop(pk, None) or Finding(inspection=row, item=item)
        finding.hazard = item.hazard
        finding.text = defect.text or str(item)
        _set(finding, defect, defect.severity or item.severity, day)
        if defect.photos:
            _attach(finding, defect)
    Finding.objects.filter(pk__in=[finding.pk for finding in there.values()]).delete()


def _save_more(row: Inspection, more: Defect, day: datetime.date) -> None:
    finding = Finding(inspection=row, text=more.text, hazard=more.hazard)
    _set(finding, more, more.severity or Severity.MINOR, day)
    _attach(finding, more)


def _set(finding: Finding, defect: Defect, severity: str, day: datetime.date) -> None:
    finding.severity = severity
    finding.deadline = defect.deadline or days_to_mend(severity, day)
    finding.responsible_role = defect.responsible_role
    finding.save()


def _attach(finding: Finding, defect: Defect) -> None:
    by = defect.photos[0].uploaded_by if defect.photos else None
    if by is not None:
        attach_all(files=defect.photos, owner=finding, by=by, purpose=BEFORE)


def _check_complete(
    row: Inspection, items: Mapping[int, CheckItem], given: Mapping[int, Answer], day: datetime.date
) -> None:
    errors: dict[str, Any] = {}
    if day > timezone.localdate():
        errors["done_on"] = _("The day lies in the future.")
    if row.kind == Inspection.Kind.DRILL:
        if not row.drill:
            errors["drill"] = _("Say what was rehearsed.")
        if not row.participants:
            errors["participants"] = _("Say how many people took part.")
        if not row.summary.strip():
            errors["summary"] = _("Write a sentence on how it went.")
    elif not items:
        errors["__all__"] = _(
            "There is no check-list for this kind of facility. An administrator composes one under Registry, Check-lists."
        )
    for pk in items:
        if pk not in given:
            errors[f"o-{pk}"] = _("Not answered yet.")
    bare = {
        finding.item_id: finding
        for finding in row.findings.select_related("item")
        if finding.item is not None
        and finding.item.photo_required
        and not Attachment.objects.of(finding).filter(purpose=BEFORE).exists()
    }
    errors |= {f"p-{key}": _("This needs a photo of how it is.") for key in bare}
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def call_off(*, inspection: Inspection, reason: str) -> Inspection:
    """Take an inspection off the plan, with the reason.

    Raises
    ------
    NotYours
        If it has been finished or called off.
    ValidationError
        Without a reason.
    """
    row = locked(Inspection, inspection.pk, None)
    if row.state != Inspection.State.PLANNED:
        raise NotYours(_("This inspection has been finished or called off already."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    row.state, row.summary = Inspection.State.CANCELLED, reason.strip()
    row.revision += 1
    row.save()
    return row
