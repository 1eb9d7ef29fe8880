"""What an office is held to: targets of a tier, commitments of a year's plan, each tied to a question to the register."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Dated, DatedQuerySet, Mark, Source

from .networks import Named, Network


class CommitmentQuerySet(DatedQuerySet):
    """Commitments by what they belong to."""

    def of_year(self, year: int) -> Self:
        """Those of one year's plan."""
        return self.filter(year=year)

    def of_networks(self) -> Self:
        """Targets that no year's plan sets: those of a network's tiers."""
        return self.filter(year__isnull=True)


@pghistory.track()
class Commitment(Named, Dated):
    """One thing promised: what is asked of the register (``query`` with its ``parameters``), and how much it must come to."""

    class Query(models.TextChoices):
        OPEN_FACILITIES = "open_facilities", _("facilities in operation")
        DIVISIONS_WITH_OWN = "divisions_with_own", _("divisions with a facility of their own")
        BEDS_PER_1000 = "beds_per_1000", _("beds per 1000 elders")
        NURSING_SHARE = "nursing_share", _("share of nursing beds")
        OCCUPANCY = "occupancy", _("occupancy of beds")
        SHEETS_IN_USE = "sheets_in_use", _("kinds with an assessment sheet in use")
        CHECKS_DONE = "checks_done", _("safety checks done in the year")
        DRILLS_DONE = "drills_done", _("drills done in the year")
        ASSETS_SEEN = "assets_seen", _("assets signed for in the year's stock-takes")
        POSTS_FILLED = "posts_filled", _("posts filled")
        REPORTED = "reported", _("reported by the office that does it")

    title_zh = models.CharField(_("title in Chinese"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    network = models.ForeignKey(
        Network,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="commitments",
        verbose_name=_("network"),
    )
    level = models.PositiveSmallIntegerField(_("tier's level"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year of the plan"), null=True, blank=True, help_text=_("Empty: a target of the network.")
    )
    query = models.CharField(_("asked of the register"), max_length=24, choices=Query.choices)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    value = models.DecimalField(
        _("must come to"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    reference = models.SlugField(
        _("reference value"),
        max_length=80,
        blank=True,
        help_text=_("Key of the reference value that says how much; then no number stands here."),
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    due = models.DateField(_("due on"), null=True, blank=True)
    article = models.CharField(_("article"), max_length=120, blank=True)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    verified = models.BooleanField(_("verified"), default=False)
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar[CommitmentQuerySet] = CommitmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Named.Meta):
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(value__isnull=False, reference="")
                | models.Q(value__isnull=True) & ~models.Q(reference=""),
                name="facilities_commitment_one_number",
                violation_error_message=_("Give either a number or the key of a reference value."),
            ),
        ]

    def clean(self) -> None:
        """Refuse parameters that are no table of names."""
        super().clean()
        if not isinstance(self.parameters, dict):
            raise ValidationError({"parameters": _("Parameters are pairs of a name and a value.")})

    @property
    def title(self) -> str:
        """The whole sentence in the reader's language."""
        return self.title_en if (get_language() or "").startswith("en") and self.title_en else self.title_zh


@pghistory.track()
class CommitmentReading(models.Model):
    """How far a commitment is that only the office knows: a number as of a day, never a list of people."""

    commitment = models.ForeignKey(
        Commitment, on_delete=models.CASCADE, related_name="readings", verbose_name=_("commitment")
    )
    as_of = models.DateField(_("as of"))
    value = models.DecimalField(
        pgettext_lazy("of a commitment", "so far"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0)],
    )
    document = models.CharField(_("document"), max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("reading of a commitment")
        verbose_name_plural = _("readings of a commitment")
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["commitment", "as_of"], name="facilities_commitment_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.commitment} {self.as_of} {self.value}"
