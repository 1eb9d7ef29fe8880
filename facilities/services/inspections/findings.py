"""What becomes of a finding: mended, with a photo; then looked at again, by somebody else."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from facilities.models import Finding
from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all

from ..conflict import NotYours, locked
from .visits import MENDED


def may_mend(user: User, finding: Finding) -> bool:
    """Say whether a person may report a finding mended."""
    return policy.may(user, Action.EDIT_FACILITIES, division=finding.inspection.facility.division)


def may_verify(user: User, finding: Finding) -> bool:
    """Say whether a person may take the second look: not whoever reported it mended."""
    division = finding.inspection.facility.division
    return finding.mended_by_id != user.pk and (
        policy.may(user, Action.EDIT_FACILITIES, division=division)
        or policy.may(user, Action.APPROVE, division=division)
    )


@transaction.atomic
def mend(
    *,
    finding: Finding,
    by: User,
    revision: int | None,
    mended_on: datetime.date,
    note: str,
    photos: Sequence[Attachment],
) -> Finding:
    """Report a finding mended, with a photo of how it is now.

    Raises
    ------
    ChangedMeanwhile, NotYours
        If somebody else has done so.
    ValidationError
        If there is no photo, or the day cannot be.
    """
    row = locked(Finding, finding.pk, revision)
    if row.state != Finding.State.OPEN:
        raise NotYours(_("This has been reported mended already."))
    errors = {}
    if not photos:
        errors["photos"] = _("Add a photo of how it is now.")
    if mended_on > timezone.localdate():
        errors["mended_on"] = _("The day lies in the future.")
    elif row.inspection.done_on and mended_on < row.inspection.done_on:
        errors["mended_on"] = _("That is before it was found.")
    if errors:
        raise ValidationError(errors)
    attach_all(files=photos, owner=row, by=by, purpose=MENDED)
    row.state, row.mended_on, row.mended_note, row.mended_by = Finding.State.MENDED, mended_on, note, by
    row.returned_reason = ""
    row.revision += 1
    row.save()
    return row


@transaction.atomic
def verify(*, finding: Finding, by: User, revision: int | None, mended: bool, reason: str = "") -> Finding:
    """Take the second look: it is mended, or it goes back with the reason.

    Raises
    ------
    ChangedMeanwhile, NotYours
        If somebody else has looked, or the person reported it mended.
    ValidationError
        If it goes back without a reason.
    """
    row = locked(Finding, finding.pk, revision)
    if row.state != Finding.State.MENDED:
        raise NotYours(_("This does not wait for a second look."))
    if not may_verify(by, row):
        raise NotYours(_("The second look is somebody else's: you reported it mended."))
    if mended:
        row.state, row.verified_by, row.verified_on = Finding.State.VERIFIED, by, timezone.localdate()
    else:
        if not reason.strip():
            raise ValidationError({"reason": _("Say what is still not in order.")})
        row.state, row.returned_reason = Finding.State.OPEN, reason.strip()
    row.revision += 1
    row.save()
    return row
