"""A batch: one file's way from upload to commit, and what each row touched."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Office
from geo_registry.jobs.models import Job
from geo_registry.reference.models import Source


class Batch(models.Model):
    """One import of one file, with its counts, its options, and its report.

    Its files lie in a folder of their own (see `services.storage`) until it is taken in or thrown away. ``state`` changes to
    ``committed`` in the very transaction that writes the rows: whatever kills a worker or the database, it says the truth.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("uploaded")
        PREVIEW = "preview", _("previewed")
        SUBMITTED = "submitted", _("waiting for approval")
        COMMITTED = "committed", _("taken in")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("checksum"), max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size"), default=0)
    layer = models.CharField(_("layer or sheet"), max_length=120, blank=True)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    source_crs = models.CharField(_("co-ordinates of the file"), max_length=120, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    count_new = models.PositiveIntegerField(_("new"), default=0)
    count_changed = models.PositiveIntegerField(_("changed"), default=0)
    count_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    count_refused = models.PositiveIntegerField(_("refused"), default=0)
    count_undecided = models.PositiveIntegerField(_("to be decided"), default=0)
    report = models.JSONField(_("report"), default=dict, blank=True)
    inspection = models.JSONField(_("what the file looks like"), default=dict, blank=True)
    changed_meanwhile = models.JSONField(_("changed since the preview"), default=list, blank=True)
    undo_report = models.JSONField(_("what was undone"), default=dict, blank=True)
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
    committed_at = models.DateTimeField(_("taken in at"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("sent for approval at"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent for approval by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decision = models.CharField(_("reasons of the decision"), max_length=400, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        constraints = [
            # Whoever has brought a file, or sent it for approval, does not decide on it.
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | (
                    ~models.Q(decided_by=models.F("created_by"))
                    & ~models.Q(decided_by=models.F("submitted_by"))
                ),
                name="imports_nobody_decides_on_the_own",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def is_open(self) -> bool:
        """Whether its way is not at its end: it may still be read, previewed, taken in or thrown away."""
        return self.state in {self.State.DRAFT, self.State.PREVIEW}

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody else's approval."""
        return self.state == self.State.SUBMITTED

    @property
    def is_returned(self) -> bool:
        """Whether it came back from whoever decides on it."""
        return self.is_open and bool(self.decision)

    @property
    def is_busy(self) -> bool:
        """Whether background work on it is waiting or running."""
        return self.job is not None and not self.job.is_finished


class BatchRow(models.Model):
    """What one row of the file did: which record, from what to what; or why it was refused, with its cells.

    The record needs no key to the batch.
    """

    class Action(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        REFUSED = "refused", _("refused")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField(_("row"))
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    # Neither checked nor indexed by itself: there is a row for each row of a file, and the index of targets begins with it.
    content_type = models.ForeignKey(
        ContentType,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    object_id = models.BigIntegerField(null=True)
    target = GenericForeignKey("content_type", "object_id")
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    issues = models.JSONField(_("remarks"), default=list)
    # Pairs of header and value, in the order of the file: JSON objects of the database keep no order.
    cells = models.JSONField(_("cells"), default=list)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        indexes = [models.Index(fields=["content_type", "object_id"], name="imports_row_target")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.row}"


class ColumnMemory(models.Model):
    """What an office calls a column: matched by hand once, known from then on."""

    office = models.ForeignKey(
        Office, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("office")
    )
    kind = models.CharField(_("kind"), max_length=40)
    header = models.CharField(_("header"), max_length=200)
    field = models.CharField(_("field"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("remembered column")
        verbose_name_plural = _("remembered columns")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "kind", "header"], nulls_distinct=False, name="imports_column_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.header} = {self.field}"
