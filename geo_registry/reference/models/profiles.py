"""Who travels, and how fast."""

from __future__ import annotations

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .values import Mark


class TravelMode(models.TextChoices):
    FOOT = "foot", _("on foot")
    BICYCLE = "bicycle", _("by bicycle or tricycle")
    CAR = "car", _("by car")


@pghistory.track()
class TravelProfile(models.Model):
    """A way to travel: its speed, how far off the road it may start, what it does where there is no road."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    mode = models.CharField(_("mode"), max_length=8, choices=TravelMode.choices)
    people = models.CharField(
        _("of whom"),
        max_length=16,
        blank=True,
        help_text=_(
            "Code of the group that travels like this, such as age60, children or residents; networks that serve it begin with "
            "this way to travel. Empty: of anybody."
        ),
    )
    speed_m_s = models.DecimalField(
        _("speed, metres a second"),
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(0.05)],
        help_text=_("On roads of a class without a speed of its own."),
    )
    off_road_speed_m_s = models.DecimalField(
        _("speed between place and road, metres a second"),
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(0.05)],
    )
    snap_limit_m = models.PositiveIntegerField(
        _("farthest from a road, metres"),
        help_text=_("A place farther from any road is unknown, not covered."),
    )
    detour_factor = models.DecimalField(
        _("detour factor of the straight line"),
        max_digits=4,
        decimal_places=2,
        validators=[MinValueValidator(1)],
    )
    winter_factor = models.DecimalField(
        _("winter factor of speeds"),
        max_digits=4,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0.05)],
    )
    delivery_radius_m = models.PositiveIntegerField(
        _("delivery radius, metres"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "How far along the roads a service goes to people's homes, whatever the time. Empty: no bound but the time."
        ),
    )
    respects_oneway = models.BooleanField(_("bound by one-way streets"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    verified = models.BooleanField(_("verified"), default=False)

    class Meta:
        verbose_name = _("travel profile")
        verbose_name_plural = _("travel profiles")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh


@pghistory.track()
class RoadSpeed(models.Model):
    """A profile's speed on one class of road. No row: the profile's own speed; zero: not allowed there."""

    profile = models.ForeignKey(
        TravelProfile, on_delete=models.CASCADE, related_name="road_speeds", verbose_name=_("profile")
    )
    road_class = models.CharField(_("road class"), max_length=20)
    speed_kmh = models.DecimalField(
        _("speed, km/h"), max_digits=5, decimal_places=1, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("speed on a class of road")
        verbose_name_plural = _("speeds on classes of road")
        constraints = [
            models.UniqueConstraint(fields=["profile", "road_class"], name="reference_one_speed_a_class")
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.road_class} {self.speed_kmh}"
