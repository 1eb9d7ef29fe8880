"""A batch: one file's way from upload to commit, and what each row touched."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.jobs.models import Job
from geo_registry.reference.models import Source


class Batch(models.Model):
    """One import of one file, with its counts, its options, and its report."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("previewed")
        COMMITTED = "committed", _("taken in")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("checksum"), max_length=64)
    layer = models.CharField(_("layer or sheet"), max_length=120, blank=True)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    source_crs = models.CharField(_("co-ordinates of the file"), max_length=120, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    count_new = models.PositiveIntegerField(_("new"), default=0)
    count_changed = models.PositiveIntegerField(_("changed"), default=0)
    count_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    count_refused = models.PositiveIntegerField(_("refused"), default=0)
    report = models.JSONField(_("report"), default=dict, blank=True)
    source = models.ForeignKey(
        Source,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="batches",
        verbose_name=_("source"),
    )
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("job")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("imported by"),
    )
    created_at = models.DateTimeField(_("imported at"), auto_now_add=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class BatchRow(models.Model):
    """What one row of the file did: which record, from what to what. The record needs no key to the batch."""

    class Action(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField(_("row"))
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    target = GenericForeignKey("content_type", "object_id")
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        indexes = [models.Index(fields=["content_type", "object_id"], name="imports_row_target")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.row}"
