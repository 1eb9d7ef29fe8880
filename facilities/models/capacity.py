"""Beds, places, meals, staff: readings with the day they were taken."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Source


class Measure(models.TextChoices):
    """What is counted. Those with vacancies are beds and places."""

    BEDS = "beds", _("beds")
    ORDINARY_BEDS = "ordinary_beds", _("ordinary beds")
    NURSING_BEDS = "nursing_beds", _("nursing beds")
    DAYCARE_PLACES = "daycare_places", _("day-care places")
    MEALS_CAPACITY = "meals_capacity", _("meals that can be served a day")
    MEALS_SERVED = "meals_served", _("meals served a day")
    RESIDENTS = "residents", _("people living in")
    STAFF = "staff", _("staff")
    CARE_STAFF = "care_staff", _("nursing staff")


# Those of which some may be vacant.
WITH_VACANCY = (Measure.BEDS, Measure.ORDINARY_BEDS, Measure.NURSING_BEDS, Measure.DAYCARE_PLACES)


class CapacityReadingQuerySet(models.QuerySet["CapacityReading"]):
    """Readings by whether they still say something."""

    def standing(self) -> Self:
        """Readings that say a number, and that no later one has taken back."""
        taken_back = CapacityReading.objects.filter(
            facility=OuterRef("facility"),
            measure=OuterRef("measure"),
            as_of__gt=OuterRef("as_of"),
            total__isnull=True,
        )
        return self.filter(~Exists(taken_back), total__isnull=False)


@pghistory.track()
class CapacityReading(models.Model):
    """One measure of one facility as of a day, with how many are vacant where that has a meaning.

    Without a total it says that from this day on nobody knows: an older figure does not come back because a newer one was wrong.
    """

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="readings", verbose_name=_("facility")
    )
    measure = models.CharField(_("measure"), max_length=16, choices=Measure.choices)
    as_of = models.DateField(_("as of"))
    total = models.PositiveIntegerField(_("in all"), null=True, blank=True)
    vacant = models.PositiveIntegerField(_("vacant"), null=True, blank=True)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source")
    )

    objects: ClassVar[CapacityReadingQuerySet] = CapacityReadingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("capacity reading")
        verbose_name_plural = _("capacity readings")
        ordering = ["facility", "measure", "-as_of"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "measure", "as_of"], name="facilities_reading_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(vacant__isnull=True) | Q(total__isnull=False, vacant__lte=F("total")),
                name="facilities_vacant_within_total",
                violation_error_message=_("There cannot be more vacant than there are in all."),
            ),
        ]

    def __str__(self) -> str:
        total = "—" if self.total is None else self.total
        return f"{self.get_measure_display()} {total} ({self.as_of})"
