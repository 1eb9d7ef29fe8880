"""How many people are where: aggregates only, dated, by age group."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..history import recorded_in_bulk
from .divisions import SRID, Division, Installation
from .imported import Drawn, Imported, LocationMethod


class AgeGroup(models.TextChoices):
    """Who is counted. Groups overlap: everyone of 80 is of 60 too."""

    RESIDENTS = "residents", _("residents")
    AGE60 = "age60", _("60 and over")
    AGE65 = "age65", _("65 and over")
    AGE80 = "age80", _("80 and over")
    CHILDREN = "children", _("children")
    HOUSEHOLDS = "households", _("households")
    SPECIAL_ELDERS = "special_elders", _("elders in special difficulty")


# Which group is part of which: everyone of 80 is counted among those of 65. Households are no part of anything.
GROUP_WITHIN: dict[AgeGroup, AgeGroup | None] = {
    AgeGroup.RESIDENTS: None,
    AgeGroup.AGE60: AgeGroup.RESIDENTS,
    AgeGroup.AGE65: AgeGroup.AGE60,
    AgeGroup.AGE80: AgeGroup.AGE65,
    AgeGroup.CHILDREN: AgeGroup.RESIDENTS,
    AgeGroup.SPECIAL_ELDERS: AgeGroup.AGE60,
    AgeGroup.HOUSEHOLDS: None,
}


class PopulatedPlaceQuerySet(models.QuerySet["PopulatedPlace"]):
    """Populated places by where they lie."""

    def under(self, division: Division) -> Self:
        """Places in ``division`` or below it."""
        return self.filter(division__path__startswith=division.path)

    def at_home(self) -> Self:
        """Places within the installation's home, and those that name no division."""
        home = Installation.home()
        return (
            self.filter(Q(division__isnull=True) | Q(division__path__startswith=home.path)) if home else self
        )


@pghistory.track(*recorded_in_bulk())
class PopulatedPlace(Imported, Drawn):
    """A hamlet, housing block, grid cell or whole division that people are counted at."""

    class Kind(models.TextChoices):
        HAMLET = "hamlet", _("hamlet")
        RESIDENTIAL = "residential", _("housing block")
        CELL = "cell", _("grid cell")
        DIVISION = "division", _("division as a point")

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.HAMLET)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="populated_places",
        verbose_name=_("division"),
    )
    point = models.PointField(_("point"), srid=SRID)
    point_method = models.CharField(
        _("how the point is known"), max_length=12, choices=LocationMethod.choices, blank=True
    )
    area = models.MultiPolygonField(_("outline"), srid=SRID, null=True, blank=True)

    objects: ClassVar[PopulatedPlaceQuerySet] = PopulatedPlaceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("populated place")
        verbose_name_plural = _("populated places")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


@pghistory.track(*recorded_in_bulk())
class PopulationCount(models.Model):
    """A dated count of one group at one place."""

    place = models.ForeignKey(
        PopulatedPlace, on_delete=models.CASCADE, related_name="counts", verbose_name=_("place")
    )
    group = models.CharField(pgettext_lazy("of people", "group"), max_length=16, choices=AgeGroup.choices)
    as_of = models.DateField(_("as of"))
    people = models.PositiveIntegerField(_("count"))

    class Meta:
        verbose_name = _("population count")
        verbose_name_plural = _("population counts")
        constraints = [
            models.UniqueConstraint(fields=["place", "group", "as_of"], name="territory_count_once")
        ]
        indexes = [models.Index(fields=["as_of", "group"], name="territory_count_day_group")]

    def __str__(self) -> str:
        return f"{self.place_id} {self.group} {self.as_of} {self.people}"
