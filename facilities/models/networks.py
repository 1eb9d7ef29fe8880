"""What there is to be near to: a network has tiers, a tier has kinds, a kind has functions. All of it is data."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from geo_registry.territory.models import AgeGroup, Level


class Named(models.Model):
    """A row with a code and a name in both languages."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        abstract = True
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh


@pghistory.track()
class Network(Named):
    """A network of facilities for one purpose, such as elderly care."""

    public = models.BooleanField(_("shown to the public"), default=True)
    serves = models.CharField(
        _("whom it serves"),
        max_length=16,
        choices=AgeGroup.choices,
        default=AgeGroup.RESIDENTS,
        help_text=_("The group that its figures are shown for first."),
    )

    class Meta(Named.Meta):
        verbose_name = _("network")
        verbose_name_plural = _("networks")


@pghistory.track()
class Tier(models.Model):
    """A network's tier. Tiers are not inclusive: a higher one does not discharge the lower one's duty."""

    network = models.ForeignKey(
        Network, on_delete=models.CASCADE, related_name="tiers", verbose_name=_("network")
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    name_zh = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["network", "level"]
        constraints = [
            models.UniqueConstraint(fields=["network", "level"], name="facilities_tier_level_once")
        ]

    def __str__(self) -> str:
        return f"{self.network} · {self.name}"

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh


@pghistory.track()
class Function(Named):
    """Something done for people, such as serving meals; a person's need."""

    public = models.BooleanField(_("offered as a choice to the public"), default=True)

    class Meta(Named.Meta):
        verbose_name = _("function")
        verbose_name_plural = _("functions")


@pghistory.track()
class Kind(Named):
    """A kind of facility, at one tier of one network, with the functions it usually has."""

    class Shape(models.TextChoices):
        CIRCLE = "circle", _("circle")
        SQUARE = "square", _("square")
        DIAMOND = "diamond", _("diamond")
        HEXAGON = "hexagon", _("hexagon")
        TRIANGLE = "triangle", _("triangle")

    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="kinds", verbose_name=_("tier"))
    functions = models.ManyToManyField(
        Function, related_name="kinds", blank=True, verbose_name=_("usual functions")
    )
    synonyms = ArrayField(
        models.CharField(max_length=60), verbose_name=_("other names in files"), default=list, blank=True
    )
    shape = models.CharField(
        _("shape of its map symbol"), max_length=10, choices=Shape.choices, default=Shape.CIRCLE
    )
    glyph = models.CharField(_("character in its map symbol"), max_length=2, blank=True)
    protective = models.BooleanField(
        _("protective placement"), default=False, help_text=_("Addresses of this kind are never public.")
    )
    osm_tags = models.JSONField(_("OpenStreetMap tags"), default=dict, blank=True)

    class Meta(Named.Meta):
        verbose_name = _("kind of facility")
        verbose_name_plural = _("kinds of facility")


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class KindFunction(Kind.functions.through):  # type: ignore[misc, name-defined]
    """A kind's usual function: the many-to-many table by name, so that history records it too."""

    class Meta:
        proxy = True
        verbose_name = _("usual function")
        verbose_name_plural = _("usual functions")
