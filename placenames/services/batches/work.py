"""A step of a change of many names, done by the worker."""

from __future__ import annotations

from typing import Final

import pghistory
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobFailure, JobOutcome, Progress, Urgency, job_task
from placenames.models import NameBatch

from .checked import FoundOtherwise
from .steps import carry_out, check, undo

AT_ONCE: Final = 300
"""More than so many names are changed in the background."""


def in_background(*, batch: NameBatch, step: str, count: int, user: User) -> Job:
    """Check a change (``check``), carry it out (``apply``), or take it back (``undo``), by the worker; its page leads to it."""
    titles = {
        "check": gettext_noop("Checking %(count)s names"),
        "apply": gettext_noop("Changing %(count)s names"),
        "undo": gettext_noop("Taking back a change of %(count)s names"),
    }
    return enqueue(
        task=batch_job,
        title=lambda: _(titles[step]) % {"count": f"{count:,}"},
        created_by=user,
        kwargs={"batch": str(batch.pk), "step": step, "user_id": user.pk},
    )


@job_task(restartable=True, urgency=Urgency.AWAITED)
def batch_job(progress: Progress, *, batch: str, step: str, user_id: int) -> JobOutcome:
    """Do one step of a change. It is done wholly or not at all."""
    found, user = NameBatch.objects.get(pk=batch), User.objects.get(pk=user_id)
    url = reverse("naming:batch", args=[found.pk])
    try:
        with pghistory.context(user=user.pk, url=url):
            if step == "check":
                check(batch=found, user=user, progress=progress)
            elif step == "apply":
                carry_out(batch=found, user=user, progress=progress)
            elif found.state != NameBatch.State.UNDONE:
                undo(batch=found, user=user, progress=progress)
    except FoundOtherwise as error:
        # Not done, and its page shows why: it is where to go on.
        return JobOutcome(url=url, message=" ".join(error.messages))
    except ValidationError as error:
        raise JobFailure(" ".join(error.messages)) from error
    return JobOutcome(url=url)
