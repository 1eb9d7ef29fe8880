"""Files of published maps, made in the background: when a map is published, and again where live data have changed."""

from __future__ import annotations

import datetime
import logging
import uuid

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts.models import User
from geo_registry.jobs.models import Job
from geo_registry.jobs.recurring import register_recurring
from geo_registry.jobs.services import enqueue
from geo_registry.jobs.work import JobOutcome, Progress, job_task

from ..models import MapState, MapVersion
from .content import shown
from .files import address_of, files_of, make_all

logger = logging.getLogger(__name__)


@job_task(restartable=True)
def map_files_job(progress: Progress, *, version: str) -> JobOutcome:
    """Make all files of one version."""
    row = MapVersion.objects.select_related("map", "run").get(pk=uuid.UUID(version))
    made = make_all(row, progress=progress)
    return JobOutcome(
        url=address_of(row), message=lambda: _("%(count)d files of the map were made.") % {"count": made}
    )


def enqueue_files(version: MapVersion, *, user: User | None) -> Job:
    """Ask for the files of a version."""
    return enqueue(
        task=map_files_job,
        title=lambda: _("Files of the map: %(title)s") % {"title": version.title},
        created_by=user,
        kwargs={"version": str(version.pk)},
    )


def look_for_changed_maps() -> int:
    """Ask for the files of published maps that are missing or show something else than the page, and once a day for live data.

    Returns
    -------
    int
        How many jobs were asked for.
    """
    asked = 0
    today = timezone.localdate()
    for version in MapVersion.objects.filter(state=MapState.PUBLISHED):
        files = files_of(version, shown(version)).values()
        is_old = not version.is_frozen and any(file.data_day < today for file in files)
        if files and not is_old:
            continue
        waiting = Job.objects.unfinished().filter(kind=map_files_job.path, arguments__version=str(version.pk))
        if not waiting.exists():
            enqueue_files(version, user=None)
            asked += 1
    return asked


def register() -> None:
    """Have the worker look."""
    register_recurring(
        "map-files",
        title=gettext_lazy("Files of published maps"),
        every=datetime.timedelta(minutes=30),
        body=look_for_changed_maps,
    )
