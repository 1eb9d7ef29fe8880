"""What changes with time, each with its days: status, functions, operator."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.reference.models import Dated, DatedQuerySet, Source

from .networks import Function, Kind, Tier


class Status(models.TextChoices):
    PLANNED = "planned", _("planned")
    BUILDING = "building", _("under construction")
    OPEN = "open", _("in operation")
    PAUSED = "paused", _("paused")
    IDLE = "idle", _("idle")
    MERGED = "merged", _("merged")
    # Opening hours say "closed" too, of a day.
    CLOSED = "closed", pgettext_lazy("status of a facility", "closed")


@pghistory.track()
class FacilityStatus(models.Model):
    """From this day on, this status, until the next row."""

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="statuses", verbose_name=_("facility")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    valid_from = models.DateField(_("from"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "Facility",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("merged into"),
    )
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source")
    )

    class Meta:
        verbose_name = _("status")
        verbose_name_plural = _("statuses")
        ordering = ["facility", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["facility", "valid_from"], name="facilities_one_status_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.valid_from}"


@pghistory.track()
class FacilityFunction(Dated):
    """A function the facility declares, at a tier: a county home may also declare the village tier's meals."""

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="functions", verbose_name=_("facility")
    )
    function = models.ForeignKey(
        Function, on_delete=models.PROTECT, related_name="+", verbose_name=_("function")
    )
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="+", verbose_name=_("tier"))

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("declared function")
        verbose_name_plural = _("declared functions")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["facility", "function", "tier", "valid_from"],
                nulls_distinct=False,
                name="facilities_function_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.function} ({self.tier})"


@pghistory.track()
class FacilityOperator(Dated):
    """Who runs the facility, and on what terms. A change of operator leaves the facility's identity alone."""

    class Mode(models.TextChoices):
        PUBLIC_PUBLIC = "public_public", _("public, run by the public")
        PUBLIC_PRIVATE = "public_private", _("public, run privately")
        PRIVATE_PRIVATE = "private_private", _("private, run privately")
        PRIVATE_SUBSIDISED = "private_subsidised", _("private with public subsidy")

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="operators", verbose_name=_("facility")
    )
    name = models.CharField(_("operator"), max_length=120, blank=True)
    mode = models.CharField(_("way of operation"), max_length=20, choices=Mode.choices, blank=True)

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        indexes = [GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="facilities_operator_trgm")]

    def __str__(self) -> str:
        return self.name or self.get_mode_display()


class FacilityKindQuerySet(models.QuerySet["FacilityKind"]):
    """Kinds in the course of time, by day."""

    def until(self, day: datetime.date) -> Self:
        """Return the rows that begin by ``day``."""
        return self.filter(models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=day))

    def newest_first(self) -> Self:
        """Put the row that holds last before the others."""
        return self.order_by(models.F("valid_from").desc(nulls_last=True))


@pghistory.track()
class FacilityKind(models.Model):
    """From this day on, this kind. ``Facility.kind`` is the one of today; there are no rows before the first change."""

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="kinds", verbose_name=_("facility")
    )
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="+", verbose_name=_("kind"))
    valid_from = models.DateField(_("from"), null=True, blank=True)

    objects: ClassVar[FacilityKindQuerySet] = FacilityKindQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("kind in the course of time")
        verbose_name_plural = _("kinds in the course of time")
        ordering = ["facility", models.F("valid_from").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "valid_from"], nulls_distinct=False, name="facilities_one_kind_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.valid_from or ''}".strip()
