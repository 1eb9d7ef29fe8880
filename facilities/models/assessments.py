"""Assessment sheets, composed in versions, and the scores that facilities were given by them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .checklists import Versioned, VersionState, Worded
from .networks import Kind


class ScoreSheetQuerySet(models.QuerySet["ScoreSheet"]):
    """Versions by what can be done with them."""

    def in_use(self) -> Self:
        """Those that new assessments are done by."""
        return self.filter(state=VersionState.IN_USE)


@pghistory.track()
class ScoreSheet(Versioned):
    """What facilities of some kinds are assessed by. The score is the weighted share of the points, out of 100."""

    kinds = models.ManyToManyField(Kind, related_name="+", verbose_name=_("for kinds of facility"))
    pass_mark = models.DecimalField(
        _("pass mark, of 100"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0))],
        default=Decimal(60),
    )

    objects: ClassVar[ScoreSheetQuerySet] = ScoreSheetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Versioned.Meta):
        verbose_name = _("assessment sheet")
        verbose_name_plural = _("assessment sheets")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="facilities_sheet_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(state=VersionState.IN_USE), name="facilities_sheet_one_in_use"
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__gte=0, pass_mark__lte=100),
                name="facilities_pass_mark_of_100",
                violation_error_message=_("The pass mark lies between 0 and 100."),
            ),
        ]


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class ScoreSheetKind(ScoreSheet.kinds.through):  # type: ignore[misc, name-defined]
    """The many-to-many table by name, so that history records it too."""

    class Meta:
        proxy = True
        verbose_name = _("kind of an assessment sheet")
        verbose_name_plural = _("kinds of an assessment sheet")


@pghistory.track()
class ScoreItem(Worded):
    """One item of a sheet: points from 0 to ``scale``, and how much they weigh beside the others."""

    sheet = models.ForeignKey(
        ScoreSheet, on_delete=models.CASCADE, related_name="items", verbose_name=_("assessment sheet")
    )
    section = models.CharField(_("section"), max_length=60, blank=True)
    weight = models.DecimalField(
        _("weight"), max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    scale = models.PositiveSmallIntegerField(
        _("points, at most"), default=10, validators=[MinValueValidator(1)]
    )
    evidence_required = models.BooleanField(_("evidence needed"), default=False)
    guidance = models.CharField(_("how to score"), max_length=300, blank=True)

    class Meta(Worded.Meta):
        verbose_name = _("item of an assessment sheet")
        verbose_name_plural = _("items of an assessment sheet")
        constraints = [
            models.CheckConstraint(
                condition=Q(weight__gt=0, scale__gt=0),
                name="facilities_item_weighs_something",
                violation_error_message=_("Weight and points must be more than nothing."),
            )
        ]


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Assessments by how far they are."""

    def confirmed(self) -> Self:
        """Those that count."""
        return self.filter(state=Assessment.State.CONFIRMED)

    def waiting(self) -> Self:
        """Those that wait to be confirmed."""
        return self.filter(state=Assessment.State.SUBMITTED)


@pghistory.track()
class Assessment(models.Model):
    """One facility scored by one version of a sheet, as of a day. Somebody else than who scored it confirms it."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("assessment", "being scored")
        SUBMITTED = "submitted", pgettext_lazy("assessment", "to be confirmed")
        CONFIRMED = "confirmed", pgettext_lazy("assessment", "confirmed")
        RETURNED = "returned", pgettext_lazy("assessment", "returned")

    facility = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="assessments", verbose_name=_("facility")
    )
    sheet = models.ForeignKey(
        ScoreSheet, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("assessment sheet")
    )
    day = models.DateField(_("as of"))
    state = models.CharField(
        pgettext_lazy("of an assessment", "state"), max_length=10, choices=State.choices, default=State.DRAFT
    )
    score = models.DecimalField(_("score, of 100"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("scored by"),
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    returned_reason = models.CharField(_("why it was returned"), max_length=300, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)

    objects: ClassVar[AssessmentQuerySet] = AssessmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "sheet", "day"], name="facilities_assessment_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | Q(scored_by__isnull=True)
                | ~Q(confirmed_by=F("scored_by")),
                name="facilities_nobody_confirms_the_own",
                violation_error_message=_("Nobody confirms the own scoring."),
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(score__isnull=False, passed__isnull=False),
                name="facilities_confirmed_has_a_score",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} · {self.sheet} · {self.day}"


@pghistory.track()
class ScoreEntry(models.Model):
    """The points that one item was given, and why. Evidence is attached to it."""

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="entries", verbose_name=_("assessment")
    )
    item = models.ForeignKey(
        ScoreItem, on_delete=models.PROTECT, related_name="+", verbose_name=_("item of an assessment sheet")
    )
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("points of an item")
        verbose_name_plural = _("points of items")
        ordering = ["item__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["assessment", "item"], name="facilities_points_once")]

    def __str__(self) -> str:
        return str(_("%(what)s: %(value)s") % {"what": self.item, "value": self.points})
