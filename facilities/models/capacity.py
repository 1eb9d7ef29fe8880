"""Beds, places, meals, staff: readings with the day they were taken."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q
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


@pghistory.track()
class CapacityReading(models.Model):
    """One measure of one facility as of a day, with how many are vacant where that has a meaning."""

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="readings", verbose_name=_("facility")
    )
    measure = models.CharField(_("measure"), max_length=16, choices=Measure.choices)
    as_of = models.DateField(_("as of"))
    total = models.PositiveIntegerField(_("in all"))
    vacant = models.PositiveIntegerField(_("vacant"), null=True, blank=True)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source")
    )

    class Meta:
        verbose_name = _("capacity reading")
        verbose_name_plural = _("capacity readings")
        ordering = ["facility", "measure", "-as_of"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "measure", "as_of"], name="facilities_reading_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(vacant__isnull=True) | Q(vacant__lte=F("total")),
                name="facilities_vacant_within_total",
                violation_error_message=_("There cannot be more vacant than there are in all."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} {self.total} ({self.as_of})"
