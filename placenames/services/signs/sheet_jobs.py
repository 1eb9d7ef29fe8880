"""The faces of a large batch on one sheet, drawn in the background and kept for some days for whoever asked."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import limit
from geo_registry.jobs.kept_files import KeptFiles
from geo_registry.jobs.models import Job, JobState
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task
from placenames.models import SignBatch

from . import drawings, lists

AT_ONCE: Final = 40
"""More signs than these take longer to draw than somebody waits for a page."""
FILES: Final = KeptFiles(folder="sign-sheets", days=7)
_ENDING: Final = ".pdf"


def under_way(*, batch: SignBatch, user: User) -> Job | None:
    """Return the work that is drawing the sheet of a batch for the person already."""
    jobs = Job.objects.unfinished().filter(kind=sheet_job.path, created_by=user, arguments__batch=batch.pk)
    return jobs.filter(cancel_requested=False).order_by("created_at").first()


def newest(*, batch: SignBatch, user: User) -> Job | None:
    """Return the work that drew the sheet of a batch last, if the person asked for it and its file is kept still."""
    jobs = Job.objects.filter(
        kind=sheet_job.path, created_by=user, arguments__batch=batch.pk, state=JobState.SUCCEEDED
    )
    job = jobs.order_by("-pk").first()
    return job if job is not None and FILES.path(job.arguments["file"], _ENDING).is_file() else None


def ask(*, batch: SignBatch, user: User, origin: str) -> Job:
    """Ask for the sheet of a batch; what is under way is not begun twice.

    Parameters
    ----------
    batch
        Whose faces.
    user
        Who asks: the sheet has the signs of the person's area.
    origin
        What the addresses in the codes begin with.
    """
    return under_way(batch=batch, user=user) or enqueue(
        task=sheet_job, title=lambda: _("Faces of batch %(number)s") % {"number": batch.number}, created_by=user,
        kwargs={"batch": batch.pk, "user_id": user.pk, "origin": origin, "file": uuid.uuid4().hex},
    )  # fmt: skip


@job_task(restartable=True, urgency=Urgency.AWAITED)
def sheet_job(progress: Progress, *, batch: int, user_id: int, origin: str, file: str) -> JobOutcome:
    """Draw the sheet. The person's area is asked again: it holds on the day of the file."""
    user = User.objects.get(pk=user_id)
    row = limit(SignBatch.objects.all(), user).filter(pk=batch).first()
    if row is None:
        raise JobFailure(lambda: _("The batch is not there any more, or not in your area."))
    signs = list(lists.signs_for(user).filter(batch=row).order_by("asset_number"))
    count = len(signs)
    faces = drawings.drawn(
        signs, drawings.addresses(signs, origin=origin),
        tick=lambda done: progress.step(done, count, _("Drawing faces")),
    )  # fmt: skip
    progress.step(count, count, _("Writing the sheet"))
    with FILES.writing(file, _ENDING) as path:
        path.write_bytes(drawings.sheet(row, faces))
    return JobOutcome(
        url=reverse("signs:sheet_file", args=[uuid.UUID(file)]),
        message=lambda: _("The sheet of %(count)d signs is kept for %(days)d days.") % {"count": count, "days": FILES.days},
        result={"rows": count, "batch": batch}, is_file=True,
    )  # fmt: skip


def sheet_file(file: uuid.UUID, *, user: User) -> tuple[Path, Job] | None:
    """Return a sheet that a person asked for, with the work that drew it, while it is kept; nobody else's."""
    return FILES.asked_for(file, _ENDING, task=sheet_job, user=user)
