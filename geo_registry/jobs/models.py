"""What became of a piece of background work.

``django-tasks`` runs the work; it keeps no progress, takes no cancellation and leaves a killed task "running" for
ever. A job is our own row beside it: what a person sees.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.languages import in_readers_language

# Kept with a job's figures where what it leads to is a file.
IS_FILE = "is_file"


class JobState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("job", "waiting")
    RUNNING = "running", pgettext_lazy("job", "running")
    SUCCEEDED = "succeeded", pgettext_lazy("job", "done")
    FAILED = "failed", pgettext_lazy("job", "failed")
    CANCELLED = "cancelled", pgettext_lazy("job", "cancelled")
    LOST = "lost", pgettext_lazy("job", "interrupted")


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, by what is still to be expected of them."""

    def unfinished(self) -> JobQuerySet:
        """Jobs that wait or run."""
        return self.filter(state__in=[JobState.QUEUED, JobState.RUNNING])


class Job(models.Model):
    """One piece of background work with its progress and its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    done = models.PositiveBigIntegerField(_("steps done"), default=0)
    total = models.PositiveBigIntegerField(_("steps in all"), null=True, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)
    cancel_requested = models.BooleanField(_("cancellation asked"), default=False)
    restartable = models.BooleanField(_("may be started again"), default=False)
    attempts = models.PositiveSmallIntegerField(_("times begun"), default=0)
    language = models.CharField(_("language of its messages"), max_length=16, blank=True)
    said = models.JSONField(_("title, message and error in each language"), default=dict, blank=True)
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    result_url = models.CharField(_("result page"), max_length=300, blank=True)
    error = models.TextField(_("error"), blank=True)
    task_result_id = models.CharField(_("task"), max_length=64, blank=True, db_index=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("asked for by"),
    )
    created_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.told_title

    def told(self, what: str) -> str:
        """Return ``title``, ``message`` or ``error`` in the reader's language, as far as it was kept so; else as it was written."""
        return in_readers_language(self.said.get(what) or getattr(self, what))

    @property
    def told_title(self) -> str:
        """What it is called, in the reader's language."""
        return self.told("title")

    @property
    def told_message(self) -> str:
        """What it said last: in the reader's language once it has ended."""
        return self.told("message")

    @property
    def told_error(self) -> str:
        """Why it did not succeed, in the reader's language."""
        return self.told("error")

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return self.state not in (JobState.QUEUED, JobState.RUNNING)

    @property
    def leads_to_file(self) -> bool:
        """Whether what it leads to is a file to be saved, and no page."""
        return bool(self.result.get(IS_FILE))

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100, where the number of steps is known; never 100 before its end."""
        if self.state == JobState.SUCCEEDED:
            return 100
        if not self.total:
            return None
        return min(99, self.done * 100 // self.total)


class RecurringWork(models.Model):
    """When something that the worker does by itself was last done (see ``recurring``)."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    last_begun_at = models.DateTimeField(_("last done at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("recurring work")
        verbose_name_plural = _("recurring work")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
