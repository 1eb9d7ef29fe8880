"""Cases: a name on its way from a draft to an announcement, and every step of that way."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Division, Road

from .names import Name, SplitMode
from .places import SRID, Place, PlaceKind
from .rules import Report


class Act(models.TextChoices):
    """What is to be done with a name."""

    NAMING = "naming", _("naming")
    RENAMING = "renaming", _("renaming")
    RETIRING = "retiring", _("retiring")


class State(models.TextChoices):
    """How far a case has come."""

    DRAFT = "draft", pgettext_lazy("case", "draft")
    RETURNED = "returned", pgettext_lazy("case", "returned")
    SUBMITTED = "submitted", pgettext_lazy("case", "submitted")
    CHECKED = "checked", pgettext_lazy("case", "checked")
    REPORTED = "reported", pgettext_lazy("case", "reports complete")
    APPROVED = "approved", pgettext_lazy("case", "approved")
    FILED = "filed", pgettext_lazy("case", "filed")
    ANNOUNCED = "announced", pgettext_lazy("case", "announced")
    WITHDRAWN = "withdrawn", pgettext_lazy("case", "withdrawn")
    REFUSED = "refused", pgettext_lazy("case", "refused")


OPEN = (
    State.DRAFT,
    State.RETURNED,
    State.SUBMITTED,
    State.CHECKED,
    State.REPORTED,
    State.APPROVED,
    State.FILED,
)
UNDER_WAY = (State.SUBMITTED, State.CHECKED, State.REPORTED, State.APPROVED, State.FILED)
DECIDED = (State.APPROVED, State.FILED, State.ANNOUNCED)


class NameCaseQuerySet(models.QuerySet["NameCase"]):
    """Cases by how far they have come."""

    def open(self) -> Self:
        """Cases that somebody has yet to do something about."""
        return self.filter(state__in=OPEN)

    def proposing(self) -> Self:
        """Cases whose name others must reckon with: under way, or announced and yet to take effect."""
        return self.exclude(act=Act.RETIRING).filter(
            models.Q(state__in=UNDER_WAY) | models.Q(state=State.ANNOUNCED, took_effect_at__isnull=True)
        )


@pghistory.track()
class NameCase(models.Model):
    """One naming, renaming or retiring (Arts 9-14 of the regulations)."""

    act = models.CharField(_("what is done"), max_length=10, choices=Act.choices, default=Act.NAMING)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    kind = models.ForeignKey(PlaceKind, on_delete=models.PROTECT, related_name="+", verbose_name=_("kind"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="name_cases", verbose_name=_("lies in")
    )
    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("place")
    )
    name = models.ForeignKey(
        Name,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("name announced"),
    )
    text = models.CharField(_("name"), max_length=120, blank=True)
    old_text = models.CharField(_("present name"), max_length=120, blank=True)
    reason = models.TextField(_("reasons"), blank=True)
    origin = models.TextField(_("origin"), blank=True)
    meaning = models.TextField(_("meaning"), blank=True)
    measures = models.TextField(
        _("measures"), blank=True, help_text=_("What is done so that a protected name is not lost (Art. 25).")
    )
    geometry = models.GeometryField(_("geometry"), srid=SRID, null=True, blank=True)
    roads = models.ManyToManyField(Road, related_name="+", blank=True, verbose_name=_("stretches of road"))
    width_m = models.FloatField(_("width, metres"), null=True, blank=True)
    extent_text = models.CharField(_("from and to"), max_length=300, blank=True)
    course_text = models.CharField(_("course"), max_length=300, blank=True)
    readings = models.JSONField(_("readings chosen"), default=dict, blank=True)
    spelling = models.CharField(_("spelling"), max_length=200, blank=True)
    split_mode = models.CharField(_("split"), max_length=8, choices=SplitMode.choices, blank=True)
    spelling_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("spelling confirmed by"),
    )  # fmt: skip
    findings = models.JSONField(_("findings when it was last checked"), default=list, blank=True)
    checked_at = models.DateTimeField(_("last checked at"), null=True, blank=True)
    authority = models.CharField(_("approved by"), max_length=120, blank=True)
    approval_number = models.CharField(_("number of the approval"), max_length=80, blank=True)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    announced_on = models.DateField(_("announced on"), null=True, blank=True)
    effective_on = models.DateField(_("takes effect on"), null=True, blank=True)
    took_effect_at = models.DateTimeField(_("took effect at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("drafted by"),
    )
    created_at = models.DateTimeField(_("drafted at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)

    objects: ClassVar[NameCaseQuerySet] = NameCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("name case")
        verbose_name_plural = _("name cases")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What the case is about: 兴业路, 古城路 → 兴业路."""
        if self.act == Act.RENAMING:
            return f"{self.old_text} → {self.text}"
        return self.text or self.old_text

    @property
    def required_reports(self) -> list[str]:
        """The reports that the kind of thing requires."""
        procedure = getattr(self.kind, "procedure", None)
        return [report for report in Report.values if procedure and report in procedure.reports]

    def due_on(self, days: dict[str, int]) -> datetime.date | None:
        """Return the nearest deadline that is still open: filing, then announcing."""
        if self.approved_on is None or self.state not in DECIDED or self.announced_on is not None:
            return None
        open_days = [
            days[key]
            for key, done in (("filing", self.filed_on), ("announcing", None))
            if not done and key in days
        ]
        return self.approved_on + datetime.timedelta(days=min(open_days)) if open_days else None


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class NameCaseRoad(NameCase.roads.through):  # type: ignore[misc, name-defined]
    """A stretch of road that a case is about: the many-to-many table by name, so that history records it too."""

    class Meta:
        proxy = True
        verbose_name = _("stretch of road of a case")
        verbose_name_plural = _("stretches of road of cases")


class Step(models.TextChoices):
    """What can be done to a case."""

    DRAFT = "draft", pgettext_lazy("step", "drafted")
    SUBMIT = "submit", pgettext_lazy("step", "submitted")
    CHECK = "check", pgettext_lazy("step", "checked")
    REPORT = "report", pgettext_lazy("step", "report added")
    APPROVE = "approve", pgettext_lazy("step", "approved")
    FILE = "file", pgettext_lazy("step", "filed")
    ANNOUNCE = "announce", pgettext_lazy("step", "announced")
    RETURN = "return", pgettext_lazy("step", "returned")
    REFUSE = "refuse", pgettext_lazy("step", "refused")
    WITHDRAW = "withdraw", pgettext_lazy("step", "withdrawn")
    EFFECT = "effect", pgettext_lazy("step", "took effect")


@pghistory.track()
class CaseStep(models.Model):
    """One step: who, when, with which words, number and documents."""

    case = models.ForeignKey(
        NameCase, on_delete=models.CASCADE, related_name="steps", verbose_name=_("name case")
    )
    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    report = models.CharField(_("report"), max_length=12, choices=Report.choices, blank=True)
    note = models.TextField(_("note"), blank=True)
    number = models.CharField(_("document number"), max_length=80, blank=True)
    on_day = models.DateField(_("on"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("by"),
    )  # fmt: skip
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.at:%Y-%m-%d}"
