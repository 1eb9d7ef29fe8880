"""乡村著名行动: pilot villages, goals with a day, and what a person has looked at in a review of many names."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.reference.models import Mark
from geo_registry.territory.models import Division

from .names import Name


class Measure(models.TextChoices):
    """What progress is counted in, village by village."""

    NAMED = "named", _("named")
    SIGNED = "signed", _("signed")
    COLLECTED = "collected", _("facts collected")
    MAPPED = "mapped", _("on the map and in the database")
    STORIES = "stories", _("with a story")


@pghistory.track()
class CampaignGoal(models.Model):
    """What is to be reached by a day."""

    title = models.CharField(_("goal"), max_length=200)
    due_on = models.DateField(_("by"))
    measure = models.CharField(_("counted in"), max_length=10, choices=Measure.choices, blank=True)
    target_percent = models.PositiveSmallIntegerField(
        _("per cent of the pilot villages' places"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)

    class Meta:
        verbose_name = _("campaign goal")
        verbose_name_plural = _("campaign goals")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class CampaignVillage(models.Model):
    """A village that takes part, with what only people on the spot can count."""

    division = models.OneToOneField(
        Division, on_delete=models.CASCADE, related_name="campaign", verbose_name=_("village")
    )
    pilot = models.BooleanField(_("pilot"), default=True)
    since = models.DateField(_("takes part since"), null=True, blank=True)
    signs_needed = models.PositiveIntegerField(_("signs needed"), null=True, blank=True)
    signs_standing = models.PositiveIntegerField(_("signs standing"), null=True, blank=True)
    counted_on = models.DateField(_("signs counted on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("campaign village")
        verbose_name_plural = _("campaign villages")
        ordering = ["division__path"]

    def __str__(self) -> str:
        return str(self.division)


@pghistory.track()
class NameReview(models.Model):
    """What a person said of a name in a review of many: it is in order, or somebody should look."""

    class Outcome(models.TextChoices):
        FINE = "fine", pgettext_lazy("review", "in order")
        DOUBTED = "doubted", pgettext_lazy("review", "to be looked into")

    name = models.OneToOneField(Name, on_delete=models.CASCADE, related_name="review", verbose_name=_("name"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now=True)

    class Meta:
        verbose_name = _("review of a name")
        verbose_name_plural = _("reviews of names")

    def __str__(self) -> str:
        return f"{self.name} {self.get_outcome_display()}"
