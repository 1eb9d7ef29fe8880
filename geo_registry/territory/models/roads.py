"""Roads as lines with what routing and naming need to know of them."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from ..history import recorded_in_bulk
from .divisions import SRID, Division, Installation
from .imported import Drawn, Imported


class RoadClass(models.TextChoices):
    """Classes of road, as OpenStreetMap's ``highway`` has them, so that either source fits."""

    MOTORWAY = "motorway", _("motorway")
    TRUNK = "trunk", _("national road")
    PRIMARY = "primary", _("provincial road")
    SECONDARY = "secondary", _("county road")
    TERTIARY = "tertiary", _("township road")
    UNCLASSIFIED = "unclassified", _("village road")
    RESIDENTIAL = "residential", _("street")
    LIVING_STREET = "living_street", _("living street")
    SERVICE = "service", _("service road")
    PEDESTRIAN = "pedestrian", _("pedestrian street")
    TRACK = "track", _("track")
    CYCLEWAY = "cycleway", _("cycle path")
    FOOTWAY = "footway", _("footway")
    PATH = "path", _("path")
    STEPS = "steps", _("steps")


class RoadQuerySet(models.QuerySet["Road"]):
    """Roads by who may see them."""

    def public(self) -> Self:
        """Roads the public may see: none that is restricted, none outside the home."""
        rows = self.filter(restricted=False)
        home = Installation.home()
        return (
            rows.filter(Q(division__isnull=True) | Q(division__path__startswith=home.path)) if home else rows
        )


@pghistory.track(*recorded_in_bulk())
class Road(Imported, Drawn):
    """One stretch of road. Its name is text of its own; the place that names it points here."""

    class Oneway(models.TextChoices):
        NO = "no", _("both ways")
        FORWARD = "forward", _("one way, as drawn")
        BACKWARD = "backward", _("one way, against the drawing")

    name = models.CharField(_("name"), max_length=120, blank=True)
    ref = models.CharField(_("route number"), max_length=40, blank=True)
    road_class = models.CharField(
        _("class"), max_length=16, choices=RoadClass.choices, default=RoadClass.UNCLASSIFIED
    )
    geometry = models.LineStringField(_("line"), srid=SRID)
    length_m = models.FloatField(_("length, metres"), editable=False, default=0)
    speed_kmh = models.PositiveSmallIntegerField(_("speed limit, km/h"), null=True, blank=True)
    oneway = models.CharField(_("direction"), max_length=8, choices=Oneway.choices, default=Oneway.NO)
    bridge = models.BooleanField(_("bridge"), default=False)
    tunnel = models.BooleanField(_("tunnel"), default=False)
    layer = models.SmallIntegerField(_("layer"), default=0)
    width_m = models.FloatField(_("width, metres"), null=True, blank=True)
    surface = models.CharField(_("surface"), max_length=40, blank=True)
    foot = models.BooleanField(
        _("open to walkers"), null=True, blank=True, help_text=_("Unknown: as its class implies.")
    )
    bicycle = models.BooleanField(_("open to bicycles"), null=True, blank=True)
    motor = models.BooleanField(_("open to motor traffic"), null=True, blank=True)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="roads",
        verbose_name=_("division"),
    )
    restricted = models.BooleanField(_("not public"), default=False)

    objects: ClassVar[RoadQuerySet] = RoadQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("road")
        verbose_name_plural = _("roads")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_ref"], condition=~Q(source_ref=""), name="territory_road_ref_once"
            )
        ]
        indexes = [GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="territory_road_name_trgm")]

    def __str__(self) -> str:
        return self.name or self.ref or f"{self.get_road_class_display()} {self.pk}"
