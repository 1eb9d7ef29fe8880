"""What happened to a facility: a dated act with its reason and document, and what it did to the dated tables."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .history import Status


class What(models.TextChoices):
    """What an event changes."""

    STATUS = "status", _("status")
    OPERATOR = "operator", _("operator")
    KIND = "kind", _("kind")
    FUNCTIONS = "functions", _("functions")


@pghistory.track()
class LifeEvent(models.Model):
    """One act. It stays for good: what was wrong is withdrawn, with who said so, when and why.

    The dated tables (status, operators, kinds, functions) hold what is true on a day; ``undo`` says what this act did there.
    """

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="life", verbose_name=_("facility")
    )
    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    day = models.DateField(pgettext_lazy("of an event", "from"))
    details = models.JSONField(_("details"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)
    undo = models.JSONField(default=dict, editable=False)
    corrects = models.ForeignKey(
        "self",
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    recorded_at = models.DateTimeField(_("entered at"), default=timezone.now)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why it was withdrawn"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("event of a facility")
        verbose_name_plural = _("events of facilities")
        ordering = ["facility", "day", "pk"]
        indexes = [models.Index(fields=["facility", "day"], name="facilities_life_day")]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.day}"

    @property
    def holds(self) -> bool:
        """Whether nobody has withdrawn it."""
        return self.withdrawn_at is None


@pghistory.track()
class StatusRule(models.Model):
    """One way on from a status to the next. What has no row is not possible."""

    # "" is the beginning.
    before = models.CharField(_("from the status"), max_length=10, choices=Status.choices, blank=True)
    after = models.CharField(_("to the status"), max_length=10, choices=Status.choices)
    needs_document = models.BooleanField(_("needs a document"), default=False)
    needs_approval = models.BooleanField(_("needs the county's approval"), default=True)

    class Meta:
        verbose_name = _("rule for changes of status")
        verbose_name_plural = _("rules for changes of status")
        ordering = ["before", "after"]
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="facilities_status_rule_once")
        ]

    def __str__(self) -> str:
        before = self.get_before_display() if self.before else _("the beginning")
        return f"{before} → {self.get_after_display()}"
