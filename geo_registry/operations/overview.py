"""What the administrator is shown of the running site, and what of it needs somebody."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geo_registry.backup.listing import Backup, backups
from geo_registry.jobs import recurring
from geo_registry.jobs.beat import WORKER, is_silent, last_beat
from geo_registry.jobs.models import Job, JobState, RecurringWork

from . import reference_due, storage, version

BACKUP_IS_OLD: Final = datetime.timedelta(hours=36)
FAILED_WITHIN: Final = datetime.timedelta(days=30)
_JOBS, _BACKUPS = 10, 5


@dataclass(frozen=True, kw_only=True)
class Recurs:
    """What the worker does by itself: in words, how often, when it was last done, and why it failed then."""

    title: str
    every: str
    last_begun_at: datetime.datetime | None
    error: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The running site at one moment. ``alarms`` are sentences, what matters most first."""

    at: datetime.datetime
    release: str
    revision: str
    stands_on: Sequence[tuple[str, str]]
    disks: Sequence[storage.Disk]
    database_bytes: int
    tables: Sequence[storage.Table]
    statements: storage.Statements
    worker_heard_at: datetime.datetime | None
    worker_is_silent: bool
    waiting: int
    failed: Sequence[Job]
    failed_count: int
    recurring: Sequence[Recurs]
    backup_dir: Path
    backups: Sequence[Backup]
    migrations_missing: int
    due: Sequence[reference_due.Due]
    calendar_ends_on: datetime.date | None

    @property
    def alarms(self) -> list[str]:
        """What needs somebody, in sentences."""
        return list(_alarms(self))

    @property
    def last_backup(self) -> Backup | None:
        """The newest backup."""
        return self.backups[0] if self.backups else None


def look() -> Overview:
    """Look at the running site."""
    now = timezone.now()
    failed = Job.objects.filter(
        state__in=[JobState.FAILED, JobState.LOST], created_at__gte=now - FAILED_WITHIN
    )
    unfinished = Job.objects.filter(state=JobState.QUEUED).aggregate(n=Count("pk"))["n"]
    heard = last_beat()
    executor = MigrationExecutor(connection)
    folder = Path(settings.BACKUP_DIR)
    return Overview(
        at=now,
        release=version.release(),
        revision=version.revision(),
        stands_on=version.stands_on(),
        disks=storage.disks(),
        database_bytes=storage.database_bytes(),
        tables=storage.largest_tables(),
        statements=storage.slow_statements(),
        worker_heard_at=heard,
        worker_is_silent=is_silent(heard),
        waiting=unfinished,
        failed=list(failed.order_by("-created_at")[:_JOBS]),
        failed_count=failed.count(),
        recurring=_recurring(),
        backup_dir=folder,
        backups=backups(folder)[:_BACKUPS],
        migrations_missing=len(executor.migration_plan(executor.loader.graph.leaf_nodes())),
        due=reference_due.due(timezone.localdate()),
        calendar_ends_on=reference_due.calendar_ends_on(),
    )


def _recurring() -> list[Recurs]:
    """Return what recurs, what failed first. What an earlier release did and this one does not is left out."""
    known, found = recurring.known(), []
    for row in RecurringWork.objects.exclude(name=WORKER):
        if row.name in known:
            work = known[row.name]
            every = how_often(work.every)
            found.append(
                Recurs(title=str(work.title), every=every, last_begun_at=row.last_begun_at, error=row.error)
            )
    return sorted(found, key=lambda one: (not one.error, one.title))


def how_often(every: datetime.timedelta) -> str:
    """Return an interval in words."""
    minutes = max(1, round(every.total_seconds() / 60))
    if minutes % 1440 == 0:
        days = minutes // 1440
        return _("every day") if days == 1 else _("every %(n)d days") % {"n": days}
    if minutes % 60 == 0:
        hours = minutes // 60
        return _("every hour") if hours == 1 else _("every %(n)d hours") % {"n": hours}
    return _("every minute") if minutes == 1 else _("every %(n)d minutes") % {"n": minutes}


def _alarms(seen: Overview) -> Iterator[str]:
    if seen.migrations_missing:
        yield _("The database is older than the program: run “prepare”.")
    if seen.worker_is_silent:
        yield _("No background worker has been heard of: imports, exports and computations wait.")
    for disk in seen.disks:
        if disk.is_short:
            yield _("The disk with %(holds)s is %(percent)d%% full.") % {
                "holds": disk.holds,
                "percent": disk.used_percent,
            }
    if seen.last_backup is None:
        yield _("There is no backup in %(folder)s.") % {"folder": seen.backup_dir}
    elif seen.at - seen.last_backup.made_at > BACKUP_IS_OLD:
        days = (seen.at - seen.last_backup.made_at).days
        yield ngettext(
            "The last backup is %(days)d day old.", "The last backup is %(days)d days old.", days
        ) % {"days": days}
    if seen.failed_count:
        yield ngettext(
            "%(count)d job failed in the last 30 days.",
            "%(count)d jobs failed in the last 30 days.",
            seen.failed_count,
        ) % {"count": seen.failed_count}
    if any(row.error for row in seen.recurring):
        yield _("Work that recurs has failed: see below.")
    ends = seen.calendar_ends_on
    if ends is None or ends < timezone.localdate() + reference_due.SOON:
        yield _(
            "The calendar of holidays ends soon, or has ended: enter the next year's once it is announced."
        )
