"""The background work of an import: look at the file, preview it, take it in, undo it.

None of it is started again by itself when its worker is lost: the batch's own state says what has become of it, and the
person decides.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from django.db import DatabaseError
from django.urls import reverse
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.geodata.identity import PersonalData
from geo_registry.geodata.records import ImportReport, Outcome
from geo_registry.jobs.failures import is_disk_full
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task

from .models import Batch
from .registry import kind_of
from .services.errors import PreviewChanged
from .services.importing import import_file
from .services.inspecting import inspect_file
from .services.options import Options
from .services.spool import Spool
from .services.storage import file_of, folder_of, preview_path, throw_away
from .services.undoing import undo_batch


def page_of(batch: Batch) -> str:
    """Return the address of a batch's page."""
    return reverse("imports:batch", args=[batch.pk])


@job_task(urgency=Urgency.AWAITED)
def inspect(progress: Progress, *, batch: str, user: int) -> JobOutcome:
    """Look at an uploaded file, and propose how to read it."""
    row, path, person = _found(batch, user)
    progress.step(0, None, _("Looking at %(file)s") % {"file": row.file_name})
    found = inspect_file(
        path=path, kind=kind_of(row.kind), options=Options.from_json(row.options), user=person
    )
    Batch.objects.filter(pk=row.pk).update(inspection=found)
    return JobOutcome(url=page_of(row), message=lambda: _("Say how the file is to be read."))


@job_task(urgency=Urgency.AWAITED)
def preview(progress: Progress, *, batch: str, user: int) -> JobOutcome:
    """Do everything that taking the file in would do, write down what became of each row, and take it back."""
    row, path, person = _found(batch, user)
    spool = preview_path(row.pk)
    try:
        report = import_file(
            kind=row.kind, path=path, source=row.options.get("source") or None, options=Options.from_json(row.options),
            dry_run=True, user=person, progress=progress, batch=row, spool=spool, isolated=True,
        )  # fmt: skip
    except PersonalData:
        _refuse(row)
        raise
    _keep_preview(row, report, spool)
    return JobOutcome(url=page_of(row), message=lambda: _("The preview is ready."))


@job_task(urgency=Urgency.AWAITED)
def commit(progress: Progress, *, batch: str, user: int, approver: int | None = None) -> JobOutcome:
    """Take the file in, exactly as it was previewed; on behalf of ``user`` where somebody else approved it."""
    row, path, person = _found(batch, user, approved=approver is not None)
    approved_by = User.objects.select_related("office__division").get(pk=approver) if approver else None
    now = folder_of(row.pk) / "now.sqlite"
    previewed = preview_path(row.pk)
    try:
        report = import_file(
            kind=row.kind, path=path, source=row.options.get("source") or None, options=Options.from_json(row.options),
            user=person, progress=progress, batch=row, spool=now, previewed=previewed, isolated=True, approved_by=approved_by,
        )  # fmt: skip
    except PreviewChanged as changed:
        now.replace(previewed)
        _keep_preview(row, changed.report, previewed)
        differences = [
            {"row": d.row, "label": d.label, "previewed": d.previewed, "now": d.now}
            for d in changed.differences
        ]
        waiting = [Batch.State.PREVIEW, Batch.State.SUBMITTED]
        Batch.objects.filter(pk=row.pk, state__in=waiting).update(changed_meanwhile=differences)
        raise
    except DatabaseError as error:
        if is_disk_full(error):
            raise
        raise JobFailure(_lost_connection) from error
    throw_away(row.pk)
    taken = report.counts[Outcome.NEW] + report.counts[Outcome.CHANGED]
    return JobOutcome(url=page_of(row), message=lambda: _("%(count)d rows were taken in.") % {"count": taken})


@job_task(urgency=Urgency.AWAITED)
def undo(progress: Progress, *, batch: str, user: int, keep_edited: bool = False) -> JobOutcome:
    """Undo what a batch did."""
    row = Batch.objects.get(pk=uuid.UUID(batch))
    try:
        done = undo_batch(
            batch=row, user=User.objects.get(pk=user), keep_edited=keep_edited, progress=progress
        )
    except DatabaseError as error:
        if is_disk_full(error):
            raise
        raise JobFailure(_lost_connection) from error
    count = done.removed + done.restored
    return JobOutcome(
        url=page_of(row), message=lambda: _("%(count)d records are as they were before.") % {"count": count}
    )


def _lost_connection() -> str:
    return _(
        "The connection to the database was lost in the middle of the work. The page of the import says whether it was done; "
        "if not, nothing was changed and you can start again."
    )


def _found(batch: str, user: int, *, approved: bool = False) -> tuple[Batch, Path, User]:
    row = Batch.objects.get(pk=uuid.UUID(batch))
    path = file_of(row.pk)
    if not (row.waits if approved else row.is_open) or path is None:
        raise JobFailure(lambda: _("This import is no longer open."))
    return row, path, User.objects.select_related("office__division").get(pk=user)


def _keep_preview(row: Batch, report: ImportReport, spool: Path) -> None:
    with Spool(spool) as kept:
        undecided = kept.counts()["undecided"]
    # One that waits for approval goes on waiting: whoever decides sees the new preview.
    state = Batch.State.SUBMITTED if row.waits else Batch.State.PREVIEW
    Batch.objects.filter(pk=row.pk, state__in=[state, Batch.State.DRAFT, Batch.State.PREVIEW]).update(
        state=state, sha256=report.sha256, layer=(report.layer or "")[:120],
        encoding=(report.encoding or "")[:40], source_crs=(report.crs or "")[:120],
        count_new=report.counts[Outcome.NEW], count_changed=report.counts[Outcome.CHANGED],
        count_unchanged=report.counts[Outcome.UNCHANGED], count_refused=report.counts[Outcome.REFUSED],
        count_undecided=undecided, report=_whole_file_only(report), changed_meanwhile=[],
    )  # fmt: skip


def _whole_file_only(report: ImportReport) -> dict[str, object]:
    """Return a report without what concerns single rows: the preview has all of that."""
    kept = report.to_json(_)
    kept["issues"] = [issue for issue in kept["issues"] if issue["row"] is None]
    return kept


def _refuse(row: Batch) -> None:
    """A file with people's own numbers is not kept."""
    Batch.objects.filter(pk=row.pk).update(state=Batch.State.REFUSED)
    throw_away(row.pk)
