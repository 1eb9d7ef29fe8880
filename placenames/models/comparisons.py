"""The registry beside a file of the national database, as the office works through it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .cases import NameCase
from .places import Place


class NameComparison(models.Model):
    """One file compared with the registry. It is its maker's working list: nothing of the register hangs on it."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("comparison of names", "being compared")
        DONE = "done", pgettext_lazy("comparison of names", "compared")
        FAILED = "failed", pgettext_lazy("comparison of names", "not compared")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("made by")
    )
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.CharField(_("what was wrong"), max_length=500, blank=True)
    rows_count = models.PositiveIntegerField(_("rows of the file"), default=0)
    places_count = models.PositiveIntegerField(_("places of the registry"), default=0)
    same_count = models.PositiveIntegerField(_("the same on both sides"), default=0)
    unread_count = models.PositiveIntegerField(_("cells that could not be read"), default=0)
    unused_columns = models.JSONField(_("columns that were not recognised"), default=list, blank=True)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("comparison with the national database")
        verbose_name_plural = _("comparisons with the national database")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.file_name


class NameDifference(models.Model):
    """One difference, and the case that was opened from it."""

    comparison = models.ForeignKey(
        NameComparison, on_delete=models.CASCADE, related_name="differences",
        verbose_name=_("comparison with the national database"),
    )  # fmt: skip
    kind = models.CharField(_("difference"), max_length=10)
    name = models.CharField(_("name"), max_length=120)
    row = models.PositiveIntegerField(_("row of the file"), null=True, blank=True)
    place_code = models.CharField(_("national place code"), max_length=20, blank=True)
    field = models.CharField(_("field"), max_length=40, blank=True)
    there = models.TextField(_("in the file"), blank=True)
    here = models.TextField(_("in the registry"), blank=True)
    values = models.JSONField(_("the row of the file"), default=dict, blank=True)
    place = models.ForeignKey(
        Place, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("place")
    )
    case = models.ForeignKey(
        NameCase,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("name case"),
    )

    class Meta:
        verbose_name = _("difference from the national database")
        verbose_name_plural = _("differences from the national database")
        ordering = ["pk"]
        indexes = [models.Index(fields=["comparison", "kind"], name="placenames_difference_kind")]

    def __str__(self) -> str:
        return f"{self.name} {self.field}"
