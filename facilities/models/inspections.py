"""Inspections and drills of a facility, what was found, and what became of it."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Division

from .checklists import CheckItem, CheckList, Hazard, Severity


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Inspections by what is still to be done."""

    def planned(self) -> Self:
        """Those that nobody has finished."""
        return self.filter(state=Inspection.State.PLANNED)

    def overdue(self, day: datetime.date) -> Self:
        """Those that should have been finished before ``day``."""
        return self.planned().filter(due__lt=day)

    def within(self, division: Division) -> Self:
        """Those of facilities in a division or below."""
        return self.filter(facility__division__path__startswith=division.path)


@pghistory.track()
class Inspection(models.Model):
    """One safety check or drill of one facility, planned for a period (a quarter, unless the setting says otherwise)."""

    class Kind(models.TextChoices):
        CHECK = "check", _("safety check")
        DRILL = "drill", pgettext_lazy("inspection", "drill")

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("inspection", "planned")
        DONE = "done", pgettext_lazy("inspection", "done")
        CANCELLED = "cancelled", pgettext_lazy("inspection", "called off")

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="inspections", verbose_name=_("facility")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.CHECK)
    period_from = models.DateField(_("period begins on"))
    due = models.DateField(_("to be done by"))
    state = models.CharField(
        pgettext_lazy("of an inspection", "state"),
        max_length=10,
        choices=State.choices,
        default=State.PLANNED,
    )
    check_list = models.ForeignKey(
        CheckList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="inspections",
        verbose_name=_("check-list"),
    )
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    drill = models.CharField(_("what was rehearsed"), max_length=8, choices=Hazard.choices, blank=True)
    participants = models.PositiveSmallIntegerField(_("people who took part"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)

    objects: ClassVar[InspectionQuerySet] = InspectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        ordering = ["due", "facility__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "kind", "period_from"], name="facilities_inspection_once_a_period"
            ),
            models.CheckConstraint(
                condition=Q(due__gte=F("period_from")), name="facilities_inspection_due_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_on__isnull=False),
                name="facilities_inspection_done_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} · {self.get_kind_display()} · {self.due}"

    @property
    def is_overdue(self) -> bool:
        """Whether it should be done by now."""
        return self.state == self.State.PLANNED and self.due < timezone.localdate()


@pghistory.track()
class CheckResult(models.Model):
    """What was found at one item of the list."""

    class Outcome(models.TextChoices):
        OK = "ok", _("in order")
        BAD = "bad", _("not in order")
        NONE = "none", _("not to be found here")

    inspection = models.ForeignKey(
        Inspection, on_delete=models.CASCADE, related_name="results", verbose_name=_("inspection")
    )
    item = models.ForeignKey(
        CheckItem, on_delete=models.PROTECT, related_name="+", verbose_name=_("item of a check-list")
    )
    outcome = models.CharField(_("outcome"), max_length=4, choices=Outcome.choices)
    number = models.DecimalField(_("number read"), max_digits=9, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("result of an inspection")
        verbose_name_plural = _("results of an inspection")
        ordering = ["item__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "item"], name="facilities_check_result_once")
        ]

    def __str__(self) -> str:
        return str(_("%(what)s: %(value)s") % {"what": self.item, "value": self.get_outcome_display()})


class FindingQuerySet(models.QuerySet["Finding"]):
    """Findings by what they wait for."""

    def open(self) -> Self:
        """Those that are not mended and verified."""
        return self.exclude(state=Finding.State.VERIFIED)

    def to_mend(self) -> Self:
        """Those that somebody must mend."""
        return self.filter(state=Finding.State.OPEN)

    def to_verify(self) -> Self:
        """Those that are said to be mended, and wait for a second look."""
        return self.filter(state=Finding.State.MENDED)

    def overdue(self, day: datetime.date) -> Self:
        """Those that should have been mended before ``day``."""
        return self.to_mend().filter(deadline__lt=day)


@pghistory.track()
class Finding(models.Model):
    """Something not in order: to be mended by a day, and looked at again by somebody else."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("finding", "to be mended")
        MENDED = "mended", pgettext_lazy("finding", "mended, to be looked at again")
        VERIFIED = "verified", pgettext_lazy("finding", "mended and verified")

    inspection = models.ForeignKey(
        Inspection, on_delete=models.CASCADE, related_name="findings", verbose_name=_("inspection")
    )
    item = models.ForeignKey(
        CheckItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("item of a check-list"),
    )
    hazard = models.CharField(_("safety"), max_length=8, choices=Hazard.choices, default=Hazard.OTHER)
    text = models.CharField(_("what is not in order"), max_length=300)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, default=Severity.MINOR)
    deadline = models.DateField(_("to be mended by"))
    responsible_role = models.CharField(
        _("who must mend it"),
        max_length=60,
        blank=True,
        help_text=_("A role, not a person: head of the kitchen."),
    )
    state = models.CharField(
        pgettext_lazy("of a finding", "state"), max_length=10, choices=State.choices, default=State.OPEN
    )
    mended_on = models.DateField(_("mended on"), null=True, blank=True)
    mended_note = models.CharField(_("how it was mended"), max_length=300, blank=True)
    mended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reported mended by"),
    )
    verified_on = models.DateField(_("looked at again on"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("looked at again by"),
    )
    returned_reason = models.CharField(_("why it is not mended"), max_length=300, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)

    objects: ClassVar[FindingQuerySet] = FindingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = pgettext_lazy("of an inspection", "finding")
        verbose_name_plural = pgettext_lazy("of an inspection", "findings")
        ordering = ["deadline", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="verified")
                | Q(verified_by__isnull=True)
                | Q(mended_by__isnull=True)
                | ~Q(verified_by=F("mended_by")),
                name="facilities_second_look_by_another",
                violation_error_message=_("The second look is somebody else's: you reported it mended."),
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_overdue(self) -> bool:
        """Whether it should be mended by now."""
        return self.state == self.State.OPEN and self.deadline < timezone.localdate()
