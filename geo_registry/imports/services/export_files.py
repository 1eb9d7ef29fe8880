"""Records asked for as a file: written in the background, kept for some days for whoever asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geo_registry.accounts.models import User
from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.jobs.kept_files import KeptFiles
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task

from ..registry import ExportScope, Kind, kind_of
from .exporting import FORMATS, ExportReport, export_kind, formats_for
from .flow import kinds_for

FILES: Final = KeptFiles(folder="records", days=7)
_NOT_YOURS = gettext_noop("Your role does not take out files of this kind: {kind}.")


def kinds_to_export(user: User) -> Sequence[Kind]:
    """Return the kinds whose records a person may take out: those that the person keeps."""
    return [kind for kind in kinds_for(user) if kind.export is not None]


def ask_for_export(*, user: User, kind: Kind, format_: str, source: str = "") -> Job:
    """Ask for the records of a kind in the person's scope; the job's page leads to the file.

    Raises
    ------
    GeodataError
        If the kind is not the person's, or is not written in this format.
    """
    if kind not in kinds_to_export(user) or format_ not in formats_for(kind):
        raise GeodataError(Message(_NOT_YOURS, {"kind": kind.label}))
    return enqueue(
        task=export_job,
        title=lambda: (
            _("Export of %(kind)s (%(format)s)")
            % {"kind": kind.label, "format": FORMATS[format_].lstrip(".")}
        ),
        created_by=user,
        kwargs={
            "kind": kind.code,
            "format_": format_,
            "source": source,
            "user": user.pk,
            "file": uuid.uuid4().hex,
        },
    )


@job_task(restartable=True, urgency=Urgency.AWAITED)
def export_job(
    progress: Progress, *, kind: str, format_: str, source: str, user: int, file: str
) -> JobOutcome:
    """Write the file. The person's role and scope are asked again: they hold on the day of the file."""
    person = User.objects.select_related("office__division").get(pk=user)
    found = kind_of(kind)
    if found not in kinds_to_export(person):
        raise JobFailure(lambda: Message(_NOT_YOURS, {"kind": found.label}).render(_))
    with FILES.writing(file, FORMATS[format_]) as target, _one_moment():
        report = export_kind(
            kind=found,
            target=target,
            scope=ExportScope(source=source or None, user=person),
            progress=progress,
        )
    return JobOutcome(
        url=reverse("imports:exported", args=[uuid.UUID(file)]),
        message=lambda: _in_words(report),
        result={"file": file, "rows": report.rows},
        is_file=True,
    )


def _in_words(report: ExportReport) -> str:
    said = ngettext("%(count)d row was written.", "%(count)d rows were written.", report.rows)
    kept = _("The file is kept for %(days)d days.") % {"days": FILES.days}
    return " ".join([said % {"count": report.rows}, *(loss.render(_) for loss in report.losses), kept])


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as of one moment: the records are gone through more than once."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def exported_file(file: uuid.UUID, *, user: User) -> tuple[Path, Job] | None:
    """Return a file that a person asked for, and the work that wrote it, while it is kept; nobody else's."""
    found = (FILES.asked_for(file, ending, task=export_job, user=user) for ending in FORMATS.values())
    return next((each for each in found if each is not None), None)


def name_of(job: Job) -> str:
    """Return what the file is called on the reader's machine."""
    arguments = job.arguments
    day = timezone.localtime(job.finished_at or timezone.now()).date().isoformat()
    return f"{kind_of(str(arguments['kind'])).label} {day}{FORMATS[str(arguments['format_'])]}"
