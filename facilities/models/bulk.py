"""A change of many facilities at once: what was chosen, what it would do to each, what it did."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BulkEdit(models.Model):
    """One change of many rows. Kept for good: the history of each row names it."""

    class State(models.TextChoices):
        CHOSEN = "chosen", pgettext_lazy("change of many", "chosen")
        PREVIEWED = "previewed", pgettext_lazy("change of many", "looked at")
        APPLIED = "applied", pgettext_lazy("change of many", "done")
        UNDONE = "undone", pgettext_lazy("change of many", "undone")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    facility_ids = ArrayField(models.BigIntegerField(), verbose_name=_("facilities"))
    query = models.CharField(_("what it shows"), max_length=2000, blank=True)
    change = models.JSONField(_("change"), default=dict)
    title = models.CharField(_("title"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHOSEN)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    applied_at = models.DateTimeField(_("done at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of many facilities")
        verbose_name_plural = _("changes of many facilities")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title or str(self.pk)


class BulkRow(models.Model):
    """What a change does to one facility, or did; and why not."""

    class Outcome(models.TextChoices):
        CHANGED = "changed", pgettext_lazy("change of many", "will change")
        WAITS = "waits", _("goes to the county for approval")
        SAME = "same", _("is so already")
        REFUSED = "refused", pgettext_lazy("change of many", "not possible")
        UNDONE = "undone", pgettext_lazy("change of many", "taken back")
        KEPT = "kept", _("not taken back")

    edit = models.ForeignKey(
        BulkEdit,
        on_delete=models.CASCADE,
        related_name="rows",
        verbose_name=_("change of many facilities"),
    )
    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="+", verbose_name=_("facility")
    )
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    base = models.JSONField(_("as it was looked at"), default=None, null=True, editable=False)
    before = models.CharField(_("before"), max_length=400, blank=True)
    after = models.CharField(_("after"), max_length=400, blank=True)
    why = models.CharField(_("reason"), max_length=600, blank=True)
    # The same by language; rows of earlier versions have it only in that of whoever looked at them.
    why_said = models.JSONField(_("reason by language"), default=dict, blank=True, editable=False)
    trace = models.JSONField(_("what undoing it needs"), default=dict, editable=False)

    class Meta:
        verbose_name = _("row of a change")
        verbose_name_plural = _("rows of a change")
        ordering = ["edit", "pk"]
        constraints = [models.UniqueConstraint(fields=["edit", "facility"], name="facilities_bulk_row_once")]

    def __str__(self) -> str:
        return f"{self.facility_id} {self.outcome}"
