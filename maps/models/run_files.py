"""Files that were made of coverage runs: made once, kept, and handed out again as they were."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from facilities.models import CoverageRun
from geo_registry.attachments.models import Attachment


class RunFile(models.Model):
    """One file of a run.

    ``variant`` says what of the run it shows and in which language, ``version`` from what else it was made: the drawing's own
    version, the map review number, what is public. Where one of these changes another file is made; the old one stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(
        CoverageRun, on_delete=models.CASCADE, related_name="files", verbose_name=_("coverage run")
    )
    kind = models.SlugField(_("kind of file"), max_length=12)
    variant = models.CharField(_("what it shows"), max_length=300)
    version = models.CharField(_("version"), max_length=40)
    attachment = models.OneToOneField(
        Attachment, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("attachment")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    objects: ClassVar[models.Manager[RunFile]]

    class Meta:
        verbose_name = _("file of a run")
        verbose_name_plural = _("files of runs")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "variant", "version"], name="maps_run_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.run_id}"


class PublicCoverage(models.Model):
    """What the statistics page tells of a run, computed once: hiding small counts over a whole run takes longer than a page may.

    ``rows`` has for the whole (division 0) and each division below it people, covered and share within the limit, ``None`` where a
    figure is not published; it is empty where nothing of the run can be.
    """

    run = models.OneToOneField(
        CoverageRun, on_delete=models.CASCADE, related_name="public_coverage", verbose_name=_("coverage run")
    )
    threshold = models.PositiveIntegerField(_("counts below this are small"))
    group = models.CharField(_("who"), max_length=16)
    limit_s = models.PositiveIntegerField(_("limit, seconds"))
    rows = models.JSONField(_("figures"), default=list)
    computed_at = models.DateTimeField(_("computed at"), auto_now=True)

    objects: ClassVar[models.Manager[PublicCoverage]]

    class Meta:
        verbose_name = _("published coverage")
        verbose_name_plural = _("published coverage")

    def __str__(self) -> str:
        return str(self.run_id)
