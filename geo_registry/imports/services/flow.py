"""A file's way through the browser: uploaded, looked at, previewed, taken in, undone, or thrown away."""

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
from .inspecting import remember_columns
from .storage import keep, throw_away

_NOT_OPEN = gettext_noop("“{file}” was taken in or thrown away meanwhile.")
_BUSY = gettext_noop("Work on “{file}” is still going on. Wait until it has ended, or cancel it.")
_UNDECIDED = gettext_noop("{count} rows may be records that are there already. Decide about them first.")


def kinds_for(user: User) -> list[Kind]:
    """Return the kinds of file that a person may take in."""
    if not policy.may(user, policy.Action.IMPORT):
        return []
    return [kind for kind in kinds().values() if policy.may(user, kind.action)]


def visible_batches(user: policy.Person) -> QuerySet[Batch]:
    """Return the batches that a person may see: those of the own office and of offices below it."""
    if not policy.may(user, policy.Action.IMPORT):
        return Batch.objects.none()
    return policy.limit(Batch.objects.all(), user)


def may_handle(user: User, batch: Batch) -> bool:
    """Tell whether a person may take a batch in, undo it or throw it away."""
    try:
        return policy.may(user, kind_of(batch.kind).action)
    except LookupError:
        return False


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
    _begin(batch, user, jobs.inspect, _("Read %(file)s"))
    return batch


def look_again(*, user: User, batch: Batch, options: Mapping[str, Any]) -> None:
    """Look at a file again, another sheet or in another encoding."""
    _keep_options(batch, options)
    _begin(batch, user, jobs.inspect, _("Read %(file)s"))


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
    if fields:
        remember_columns(kind=batch.kind, user=user, fields=fields)
    _keep_options(batch, options)
    _begin(batch, user, jobs.preview, _("Preview of %(file)s"))


def commit(*, user: User, batch: Batch, others_are_new: bool = False) -> None:
    """Take in what was previewed.

    Raises
    ------
    GeodataError
        If it is no longer open, work on it goes on, or rows are still to be decided about.
    """
    if batch.count_undecided and not others_are_new:
        raise GeodataError(Message(_UNDECIDED, {"count": batch.count_undecided}))
    _begin(batch, user, jobs.commit, _("Import of %(file)s"), state=Batch.State.PREVIEW)


def undo(*, user: User, batch: Batch, keep_edited: bool = False) -> None:
    """Undo what a batch did.

    Raises
    ------
    GeodataError
        If it was never taken in, or work on it goes on.
    """
    _begin(
        batch,
        user,
        jobs.undo,
        _("Undoing the import of %(file)s"),
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
        raise GeodataError(Message(_NOT_OPEN, {"file": batch.file_name}))
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


def _keep_options(batch: Batch, options: Mapping[str, Any]) -> None:
    batch.options = {name: value for name, value in options.items() if value}
    batch.save(update_fields=["options"])


@transaction.atomic
def _begin(
    batch: Batch, user: User, task: Any, title: str, *, state: str | None = None, **arguments: object
) -> Job:
    """Have background work done on a batch, one piece at a time."""
    locked = Batch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    fitting = locked.is_open if state is None else locked.state == state
    if not fitting:
        raise GeodataError(Message(_NOT_OPEN, {"file": batch.file_name}))
    if locked.is_busy:
        raise GeodataError(Message(_BUSY, {"file": batch.file_name}))
    job = enqueue(
        task=task,
        title=title % {"file": batch.file_name},
        created_by=user,
        kwargs={"batch": str(batch.pk), "user": user.pk, **arguments},
    )
    Batch.objects.filter(pk=batch.pk).update(job=job)
    return job
