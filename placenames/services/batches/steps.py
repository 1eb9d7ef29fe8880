"""The steps of a change of many names: begun, decided, checked, carried out, taken back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.jobs.work import Progress
from placenames.models import Name, NameBatch, NameBatchRow

from ..cases.flow import approve_one_after_another
from ..reviewing import Chosen, Preview, preview, require
from .acts import CHANGERS, UNDOERS
from .checked import CHECKED, FoundOtherwise, check_again, check_names, keep_what_was_found
from .chunks import chunks, tell
from .shown import may_see

_Outcome = NameBatchRow.Outcome


def begin(
    *,
    user: User,
    action: str,
    chosen: Chosen,
    token: str,
    authority: str = "",
    approved_on: datetime.date | None = None,
) -> NameBatch:
    """Write down a change of many that was looked at, before it is made.

    Parameters
    ----------
    user, action, chosen
        As for `reviewing.preview`.
    token
        That of the preview.
    authority, approved_on
        Who accepted recorded names as standard ones, and when.

    Raises
    ------
    PermissionDenied, ValidationError
        As for `reviewing.preview`.
    """
    require(user, action)
    # Whoever looked at one and begins another has let the first one go.
    mine = NameBatch.objects.filter(owner=user, act=action, state=NameBatch.State.WAITING)
    mine.filter(checked_at__isnull=False).delete()
    batch = NameBatch(
        owner=user, act=action, division=chosen.division, kind=chosen.kind, text=chosen.text, token=token,
    )  # fmt: skip
    if authority or approved_on is not None:
        _decide(batch, authority, approved_on)
    batch.save()
    return batch


def decide(*, batch: NameBatch, user: User, authority: str, approved_on: datetime.date | None) -> NameBatch:
    """Say who accepted the names of a change that waits as standard ones, and when.

    Raises
    ------
    PermissionDenied
        If it is somebody else's, or the person may not.
    ValidationError
        If author or day are missing, or the change is made already.
    """
    require(user, batch.act)
    if batch.owner_id != user.pk:
        raise PermissionDenied
    if batch.state != NameBatch.State.WAITING:
        raise ValidationError(_("The change is made already."))
    _decide(batch, authority, approved_on)
    batch.save()
    return batch


def _decide(batch: NameBatch, authority: str, approved_on: datetime.date | None) -> None:
    if batch.act != NameBatch.Act.ACCEPT:
        return
    if not authority.strip() or approved_on is None or approved_on > timezone.localdate():
        raise ValidationError(_("Say who accepted the names as standard ones, and on which day."))
    batch.authority, batch.approved_on = authority.strip(), approved_on


@transaction.atomic
def check(*, batch: NameBatch, user: User, progress: Progress | None = None) -> NameBatch:
    """Run the checks on the names of a change that waits: a row for each with what was found; what is blocked is left alone.

    Raises
    ------
    PermissionDenied
        If the person may not.
    ValidationError
        If the names are no longer those that were shown.
    """
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state == NameBatch.State.WAITING and row.checked_at is None:
        check_names(row, _shown(row, user).name_ids, progress)
    return row


def _shown(row: NameBatch, user: User) -> Preview:
    """Return the names of a change as they were shown, or refuse."""
    chosen = Chosen(division=row.division, kind=row.kind, text=row.text)
    shown = preview(user=user, action=row.act, chosen=chosen)
    if shown.token != row.token:
        raise ValidationError(_("The names have changed since they were shown. Look at the preview again."))
    return shown


def carry_out(*, batch: NameBatch, user: User, progress: Progress | None = None) -> NameBatch:
    """Do to all what the preview showed, or nothing. Doing it again changes nothing.

    Where names are checked, they are checked once more when everything is written and before it counts: what has come up since the
    page was opened does not slip in.

    Raises
    ------
    PermissionDenied
        If the person may not.
    FoundOtherwise
        If the checks find something that the person has not seen; the rows of the change say what.
    ValidationError
        If the names are no longer those that were shown.
    """
    try:
        return _carry_out(batch, user, progress)
    except FoundOtherwise as error:
        keep_what_was_found(batch, error.rows)
        raise


@transaction.atomic
def _carry_out(batch: NameBatch, user: User, progress: Progress | None) -> NameBatch:
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state != NameBatch.State.WAITING:
        return row
    if row.act == NameBatch.Act.ACCEPT and row.approved_on is None:
        raise ValidationError(_("Say who accepted the names as standard ones, and on which day."))
    shown = _shown(row, user)
    # Whoever changes one of these names meanwhile waits; whoever was quicker is seen by the second look.
    list(Name.objects.select_for_update().filter(pk__in=shown.name_ids).order_by("pk").values_list("pk"))
    shown = _shown(row, user)
    seen_before = row.checked_at is not None
    if row.act in CHECKED and not seen_before:
        check_names(row, shown.name_ids, progress)
    name_ids = _to_be_changed(row, shown)
    row.done_at = _change(row, name_ids, progress)
    if row.act in CHECKED and seen_before:
        approve_one_after_another()
        check_again(row, name_ids, progress)
    row.state, row.count = NameBatch.State.DONE, len(name_ids)
    row.save()
    return row


def _to_be_changed(row: NameBatch, shown: Preview) -> Sequence[int]:
    """Return the names that were shown, without those that a check blocks."""
    if row.checked_at is None:
        return shown.name_ids
    chosen = row.rows.filter(outcome=_Outcome.CHOSEN).order_by("name_id")
    return list(chosen.values_list("name_id", flat=True))


def _change(row: NameBatch, name_ids: Sequence[int], progress: Progress | None) -> datetime.datetime:
    """Change the names under one history context; return when."""
    now = timezone.now()
    change = CHANGERS[row.act]
    with pghistory.context(name_batch=str(row.pk), change=str(row)):
        for done, chunk in chunks(name_ids):
            try:
                made = change(row, chunk, now)
            except IntegrityError as error:
                raise ValidationError(
                    _("The names have changed since they were shown. Look at the preview again.")
                ) from error
            NameBatchRow.objects.bulk_create(each for each in made if each.pk is None)
            NameBatchRow.objects.bulk_update(
                [each for each in made if each.pk is not None], ["outcome", "trace"]
            )
            tell(progress, done, len(name_ids), _("Changing names"))
    return now


@transaction.atomic
def undo(*, batch: NameBatch, user: User, progress: Progress | None = None) -> NameBatch:
    """Take a change back for every name that is still as the change left it; the others are kept and can be listed.

    Raises
    ------
    PermissionDenied
        If the person may not do what the change did.
    ValidationError
        If it is not done, or taken back already.
    """
    require(user, batch.act)
    row = NameBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not may_see(row, user):
        raise PermissionDenied
    if row.state != NameBatch.State.DONE:
        raise ValidationError(_("Only a change that is in force can be taken back."))
    take_back = UNDOERS[row.act]
    changed = row.rows.filter(outcome=_Outcome.CHANGED)
    pks = list(changed.order_by("pk").values_list("pk", flat=True))
    with pghistory.context(name_batch=str(row.pk), change=_("taken back: %(change)s") % {"change": row}):
        for done, chunk in chunks(pks):
            rows = list(NameBatchRow.objects.filter(pk__in=chunk).order_by("pk"))
            list(Name.objects.select_for_update().filter(pk__in=[r.name_id for r in rows]).order_by("pk"))
            undone = take_back(row, rows)
            for each in rows:
                each.outcome = _Outcome.UNDONE if each.pk in undone else _Outcome.KEPT
            NameBatchRow.objects.bulk_update(rows, ["outcome"])
            tell(progress, done, len(pks), _("Taking back"))
    row.state, row.undone_at, row.undone_by = NameBatch.State.UNDONE, timezone.now(), user
    row.save()
    return row
