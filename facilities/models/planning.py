"""What planners asked of siting and scenarios, with all that the answer was computed from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import Division

from .networks import Network


class PlanningAnswer(models.Model):
    """One answer, saved whole: a computation that was stopped leaves no row."""

    class Subject(models.TextChoices):
        SITES = "sites", _("next sites")
        SCENARIOS = "scenarios", _("scenarios compared")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(_("of what"), max_length=10, choices=Subject.choices)
    network = models.ForeignKey(
        Network, on_delete=models.PROTECT, related_name="+", verbose_name=_("network")
    )
    profile = models.ForeignKey(
        TravelProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("profile")
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
    )
    day = models.DateField(_("facilities open on"))
    parameters = models.JSONField(_("parameters"), default=dict)
    input_versions = models.JSONField(_("versions of the inputs"), default=dict)
    answer = models.JSONField(_("answer"), default=dict)
    has_demo_data = models.BooleanField(_("contains demo data"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    duration_s = models.FloatField(_("took, seconds"), default=0)

    class Meta:
        verbose_name = _("planning answer")
        verbose_name_plural = _("planning answers")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} · {self.network} · {self.day}"
