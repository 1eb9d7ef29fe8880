"""A named set of changes on the map, with the question it was asked under: saved once, and computed again at any time."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import Division

from .networks import Network
from .planning import PlanningAnswer


class Scenario(models.Model):
    """What a planner tried on the map. A changed one is saved as another row, so that nobody's figures change under a name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("note"), max_length=300, blank=True)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
    )
    network = models.ForeignKey(
        Network, on_delete=models.PROTECT, related_name="+", verbose_name=_("network")
    )
    question = models.JSONField(_("question"), default=dict)
    changes = models.JSONField(_("changes"), default=list)
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
    answers = models.ManyToManyField(
        PlanningAnswer, related_name="scenarios", blank=True, verbose_name=_("answers")
    )

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
