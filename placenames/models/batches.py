"""A change of many names at once: kept for good with what each name was before, so that it can be taken back."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Division

from .names import Name


class NameBatch(models.Model):
    """One change of many names. The history of each row names it."""

    class Act(models.TextChoices):
        CONFIRM = "confirm", _("Confirm spellings without doubts")
        ACCEPT = "accept", _("Accept recorded names as standard ones")
        FINE = "fine", _("Mark as in order")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("change of many names", "under way")
        DONE = "done", pgettext_lazy("change of many names", "done")
        UNDONE = "undone", pgettext_lazy("change of many names", "taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    act = models.CharField(_("what is done"), max_length=10, choices=Act.choices)
    division = models.ForeignKey(
        Division,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lies in"),
    )
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    text = models.CharField(_("name"), max_length=60, blank=True)
    token = models.CharField(_("what was shown"), max_length=60, editable=False)
    authority = models.CharField(_("approved by"), max_length=120, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    count = models.PositiveIntegerField(_("names"), default=0)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("taken back by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("change of many names")
        verbose_name_plural = _("changes of many names")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return str(self.get_act_display())


class NameBatchRow(models.Model):
    """What a change of many did to one name."""

    class Outcome(models.TextChoices):
        CHANGED = "changed", pgettext_lazy("change of many names", "changed")
        UNDONE = "undone", pgettext_lazy("change of many names", "taken back")
        KEPT = "kept", pgettext_lazy("change of many names", "kept: changed again since")
        CHOSEN = "chosen", pgettext_lazy("change of many names", "to be changed")
        LEFT = "left", pgettext_lazy("change of many names", "left alone: a check blocks it")

    batch = models.ForeignKey(
        NameBatch, on_delete=models.CASCADE, related_name="rows", verbose_name=_("change of many names")
    )
    name = models.ForeignKey(Name, on_delete=models.CASCADE, related_name="+", verbose_name=_("name"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.CHANGED)
    findings = models.JSONField(_("what the checks found"), default=list, editable=False)
    weight = models.PositiveSmallIntegerField(
        _("how severe it is"),
        default=0,
        editable=False,
        help_text=_("Of the worst finding; 0 where there is none."),
    )
    trace = models.JSONField(_("what taking it back needs"), default=dict, editable=False)

    class Meta:
        verbose_name = _("row of a change of many names")
        verbose_name_plural = _("rows of a change of many names")
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "-weight"], name="placenames_batch_row_weight")]

    def __str__(self) -> str:
        return f"{self.name} {self.get_outcome_display()}"
