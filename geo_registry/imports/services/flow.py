"""A file's way through the browser: uploaded, looked at, previewed, taken in, undone, or thrown away.

Whose approval a file needs, and how it is asked for, is in `approval`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue

from .. import jobs
from ..models import Batch
from ..registry import Kind, kind_of, kinds
from . import approval
from .approval import judged_kinds, needs_approval, refuse_without_approval
from .inspecting import remember_columns
from .storage import keep, throw_away

_NOT_OPEN = gettext_noop("“{file}” was taken in or thrown away meanwhile.")
_WAITS = gettext_noop("“{file}” waits for approval. Take it back first if it is to be changed.")
_BUSY = gettext_noop("Work on “{file}” is still going on. Wait until it has ended, or cancel it.")
_UNDECIDED = gettext_noop("{count} rows may be records that are there already. Decide about them first.")


def kinds_for(user: User) -> list[Kind]:
    """Return the kinds of file that a person may take in."""
    if not policy.may(user, policy.Action.IMPORT):
        return []
    return [kind for kind in kinds().values() if policy.may(user, kind.action)]


def visible_batches(user: policy.Person) -> QuerySet[Batch]:
    """Return the batches that a person may see: those of the own office and of offices below it.

    Whoever brings no files sees those that were sent for an approval that is the person's to give.
    """
    rows = policy.limit(Batch.objects.all(), user)
    if policy.may(user, policy.Action.IMPORT):
        return rows
    if not policy.may(user, policy.Action.SEE_IMPORTS):
        return Batch.objects.none()
    return rows.filter(kind__in=judged_kinds(user), submitted_at__isnull=False).exclude(
        state__in=[Batch.State.DRAFT, Batch.State.PREVIEW]
    )


def may_handle(user: User, batch: Batch) -> bool:
    """Tell whether a person may say how a batch is read, send it on or take it in, or throw it away."""
    try:
        return policy.may(user, policy.Action.IMPORT) and policy.may(user, kind_of(batch.kind).action)
    except LookupError:
        return False


def may_take_in(user: User, batch: Batch) -> bool:
    """Tell whether a person may take a batch in, or undo it, without anybody's approval."""
    return may_handle(user, batch) and not needs_approval(user, kind_of(batch.kind))


def upload(*, user: User, kind: Kind, files: Sequence[UploadedFile]) -> Batch:
    """Keep an uploaded file and have it looked at.

    Raises
    ------
    GeodataError
        If it is not one file, empty, too large, or of a kind that is not the person's.
    """
    prune()
    batch = Batch(kind=kind.code, state=Batch.State.DRAFT, created_by=user)
    path, size = keep(batch.pk, files)
    batch.file_name, batch.size_bytes = path.name[:255], size
    batch.save()
    _begin(batch, user, jobs.inspect, gettext_noop("Read %(file)s"))
    return batch


def look_again(*, user: User, batch: Batch, options: Mapping[str, Any]) -> None:
    """Look at a file again, another sheet or in another encoding."""
    _begin(batch, user, jobs.inspect, gettext_noop("Read %(file)s"), options=options)


def preview(
    *, user: User, batch: Batch, options: Mapping[str, Any], fields: Mapping[str, str] | None = None
) -> None:
    """Preview what a file would do, read as the person says.

    Parameters
    ----------
    user, batch
    options : mapping
        As `Options` keeps them, with the code of the source.
    fields : mapping of str to str, optional
        Header → field as matched on the page, to be remembered for the office.
    """
    _begin(batch, user, jobs.preview, gettext_noop("Preview of %(file)s"), options=options, fields=fields)


def commit(*, user: User, batch: Batch, others_are_new: bool = False) -> None:
    """Take in what was previewed.

    Raises
    ------
    GeodataError
        If it is no longer open, work on it goes on, rows are still to be decided about, or it needs somebody's approval.
    """
    refuse_without_approval(user, batch)
    if batch.count_undecided and not others_are_new:
        raise GeodataError(Message(_UNDECIDED, {"count": batch.count_undecided}))
    _begin(batch, user, jobs.commit, gettext_noop("Import of %(file)s"), state=Batch.State.PREVIEW)


def undo(*, user: User, batch: Batch, keep_edited: bool = False) -> None:
    """Undo what a batch did.

    Raises
    ------
    GeodataError
        If it was never taken in, work on it goes on, or what it brought is not the person's to change without approval.
    """
    refuse_without_approval(user, batch)
    _begin(
        batch,
        user,
        jobs.undo,
        gettext_noop("Undoing the import of %(file)s"),
        state=Batch.State.COMMITTED,
        keep_edited=keep_edited,
    )


@transaction.atomic
def discard(*, batch: Batch) -> None:
    """Throw a batch away that was not taken in, with its files.

    Raises
    ------
    GeodataError
        If it was taken in.
    """
    locked = Batch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    if not locked.is_open:
        raise _not_open(locked)
    if locked.is_busy:
        raise GeodataError(Message(_BUSY, {"file": batch.file_name}))
    locked.delete()
    transaction.on_commit(lambda: throw_away(batch.pk))


def prune() -> None:
    """Throw away batches that nobody took in for ``IMPORT_KEEP_DAYS``."""
    since = timezone.now() - datetime.timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = Batch.objects.filter(state__in=[Batch.State.DRAFT, Batch.State.PREVIEW], created_at__lt=since)
    for batch in old.select_related("job"):
        if not batch.is_busy:
            discard(batch=batch)


def _not_open(batch: Batch) -> GeodataError:
    return GeodataError(Message(_WAITS if batch.waits else _NOT_OPEN, {"file": batch.file_name}))


@transaction.atomic
def submit(*, user: User, batch: Batch, others_are_new: bool = False) -> None:
    """Send a previewed batch to whoever approves it.

    Raises
    ------
    GeodataError
        If it is not previewed, work on it goes on, or rows are still to be decided about.
    """
    locked = _at_rest(batch, Batch.State.PREVIEW)
    if locked.count_undecided and not others_are_new:
        raise GeodataError(Message(_UNDECIDED, {"count": locked.count_undecided}))
    approval.send(locked, user)


@transaction.atomic
def take_back(*, batch: Batch) -> None:
    """Take a batch back that waits for approval.

    Raises
    ------
    GeodataError
        If it does not wait, or is just being taken in.
    """
    locked = _at_rest(batch, Batch.State.SUBMITTED)
    locked.state = Batch.State.PREVIEW
    locked.save(update_fields=["state"])


def approve(*, user: User, batch: Batch, seen: str) -> None:
    """Have a batch taken in that somebody else brought, exactly as its preview says, on behalf of whoever sent it.

    Parameters
    ----------
    user, batch
    seen : str
        `approval.token` of the preview that the person looked at.

    Raises
    ------
    GeodataError
        If it is not the person's to approve, does not wait any more, or has another preview by now.
    """
    approval.refuse_unless_deciding(user, batch, seen)
    author = batch.submitted_by_id
    _begin(
        batch, user, jobs.commit, gettext_noop("Import of %(file)s"), state=Batch.State.SUBMITTED, author=author, approver=user.pk
    )  # fmt: skip


@transaction.atomic
def send_back(*, user: User, batch: Batch, reasons: str) -> None:
    """Return a batch to whoever sent it, with reasons.

    Raises
    ------
    GeodataError
        If it is not the person's to decide, does not wait any more, or there are no reasons.
    """
    locked = _at_rest(batch, Batch.State.SUBMITTED)
    approval.return_(locked, user, reasons)


def _at_rest(batch: Batch, state: str) -> Batch:
    """Return a batch of a state, locked, that nobody works on."""
    rows = Batch.objects.select_for_update(of=("self",)).select_related("job", "created_by", "submitted_by")
    locked = rows.get(pk=batch.pk)
    if locked.state != state:
        raise _not_open(locked)
    if locked.is_busy:
        raise GeodataError(Message(_BUSY, {"file": batch.file_name}))
    return locked


@transaction.atomic
def _begin(
    batch: Batch,
    user: User,
    task: Any,
    title: str,
    *,
    state: str | None = None,
    options: Mapping[str, Any] | None = None,
    fields: Mapping[str, str] | None = None,
    **arguments: object,
) -> Job:
    """Have background work done on a batch, one piece at a time; how the file is read is kept with it."""
    locked = Batch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    fitting = locked.is_open if state is None else locked.state == state
    if not fitting:
        raise _not_open(locked)
    if locked.is_busy:
        raise GeodataError(Message(_BUSY, {"file": batch.file_name}))
    if options is not None:
        # No is an answer, which outranks what the file looks like; empty is none.
        locked.options = {name: value for name, value in options.items() if value or value is False}
        locked.save(update_fields=["options"])
    if fields:
        remember_columns(kind=kind_of(batch.kind), user=user, fields=fields)
    given = {"batch": str(batch.pk), "user": user.pk, **arguments}
    if "author" in given:
        given["user"] = given.pop("author")
    job = enqueue(
        task=task, title=lambda: _(title) % {"file": batch.file_name}, created_by=user, kwargs=given
    )
    Batch.objects.filter(pk=batch.pk).update(job=job)
    return job
