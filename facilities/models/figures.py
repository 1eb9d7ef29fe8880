"""What a coverage run says beside its shares: who has one of its own, who finds room, how evenly it is shared out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import AgeGroup, Division

from .coverage import CoverageSet


class Figure(models.Model):
    """Something said of the people of one group in one division, for one set of facilities."""

    set = models.ForeignKey(
        CoverageSet,
        on_delete=models.CASCADE,
        related_name="%(class)s_rows",
        verbose_name=_("set of facilities"),
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
    )
    group = models.CharField(pgettext_lazy("of people", "group"), max_length=16, choices=AgeGroup.choices)
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        abstract = True


class CoverageOwn(Figure):
    """“Has its own” beside “served by a neighbour”. The five groups of people add up."""

    threshold_s = models.PositiveIntegerField(_("limit, seconds"))
    units = models.PositiveIntegerField(_("divisions that count"))
    units_with_own = models.PositiveIntegerField(_("with a facility of their own"))
    own_within = models.PositiveIntegerField(_("its own, within the limit"))
    own_beyond = models.PositiveIntegerField(_("its own, but beyond the limit"))
    neighbour = models.PositiveIntegerField(_("served by a neighbour"))
    neither = models.PositiveIntegerField(_("neither"))
    unknown = models.PositiveIntegerField(_("unknown"))

    class Meta:
        verbose_name = _("own or a neighbour's")
        verbose_name_plural = _("own or a neighbour's")
        constraints = [
            models.UniqueConstraint(
                fields=["set", "division", "group", "threshold_s"],
                nulls_distinct=False,
                name="facilities_own_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    people=F("own_within") + F("own_beyond") + F("neighbour") + F("neither") + F("unknown")
                ),
                name="facilities_own_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(units_with_own__lte=F("units")), name="facilities_own_within_units"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.units_with_own}/{self.units}"


class CoverageCapacity(Figure):
    """Coverage with capacity. The four groups of people add up."""

    threshold_s = models.PositiveIntegerField(_("limit, seconds"))
    served = models.PositiveIntegerField(_("served"))
    full = models.PositiveIntegerField(_("within reach, but full"))
    out_of_reach = models.PositiveIntegerField(_("out of reach"))
    unknown = models.PositiveIntegerField(_("unknown"))

    class Meta:
        verbose_name = _("coverage with capacity")
        verbose_name_plural = _("coverage with capacity")
        constraints = [
            models.UniqueConstraint(
                fields=["set", "division", "group", "threshold_s"],
                nulls_distinct=False,
                name="facilities_capacity_once",
            ),
            models.CheckConstraint(
                condition=Q(people=F("served") + F("full") + F("out_of_reach") + F("unknown")),
                name="facilities_capacity_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.served}/{self.people}"


class CoverageEquity(Figure):
    """How evenly time or access is shared out among the people of a division."""

    class Subject(models.TextChoices):
        TIME = "time", _("time to the nearest")
        ACCESS = "access", _("access")

    subject = models.CharField(_("of what"), max_length=6, choices=Subject.choices)
    known = models.PositiveIntegerField(_("people known"))
    beyond = models.PositiveIntegerField(_("people beyond reach"))
    mean = models.FloatField(_("mean"), null=True, blank=True)
    gini = models.FloatField(_("Gini coefficient"), null=True, blank=True)
    p90 = models.FloatField(_("nine in ten have this or better"), null=True, blank=True)
    good_enough = models.FloatField(_("share at the threshold or better"), null=True, blank=True)
    threshold = models.FloatField(_("threshold"))
    worst = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("worst division"),
    )
    worst_mean = models.FloatField(_("mean there"), null=True, blank=True)

    class Meta:
        verbose_name = _("equity")
        verbose_name_plural = _("equity")
        constraints = [
            models.UniqueConstraint(
                fields=["set", "division", "group", "subject"],
                nulls_distinct=False,
                name="facilities_equity_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.subject} {self.gini}"
