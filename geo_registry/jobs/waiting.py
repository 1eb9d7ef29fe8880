"""Where in the queue a job is, as whoever waits for it is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from .beat import is_silent, last_beat
from .models import Job, JobState
from .services import task_rows


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue.

    Parameters
    ----------
    ahead : int
        Pieces of work that wait as well and are begun before.
    running : int
        Pieces that are being done now.
    nobody_works : bool
        No worker has been heard of lately.
    """

    ahead: int
    running: int
    nobody_works: bool


def place_of(job: Job) -> Place | None:
    """Return the place of a waiting job, in the order in which the worker takes them; None for one that does not wait.

    Four queries.
    """
    if job.state != JobState.QUEUED:
        return None
    own = task_rows(job).values_list("priority", "enqueued_at").first()
    if own is None:
        return None
    priority, since = own
    before = Q(priority__gt=priority) | Q(priority=priority, enqueued_at__lt=since)
    return Place(
        ahead=DBTaskResult.objects.filter(before, status=TaskResultStatus.READY).count(),
        running=Job.objects.filter(state=JobState.RUNNING).count(),
        nobody_works=is_silent(last_beat()),
    )


def sentence_of(job: Job) -> str:
    """Return what a job says of itself: of one that waits its place, else its last message."""
    place = place_of(job)
    if place is None:
        return job.told_message
    if place.nobody_works:
        return _(
            "It waits, but the program for background work does not answer. Please tell the administrator."
        )
    if place.ahead:
        return ngettext(
            "%(count)d piece of work is before it in the queue.",
            "%(count)d pieces of work are before it in the queue.",
            place.ahead,
        ) % {"count": place.ahead}
    if place.running:
        return _("It is the next; other work is still going on.")
    return _("It begins in a moment.")
