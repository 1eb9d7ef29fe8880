"""Check-lists for inspections: composed by an administrator, in versions that stay as they are once used."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Mark

from .networks import Kind


class Hazard(models.TextChoices):
    """What safety an item is about: the four that the work plan names, and others."""

    FIRE = "fire", pgettext_lazy("safety", "fire")
    GAS = "gas", pgettext_lazy("safety", "gas")
    FOOD = "food", pgettext_lazy("safety", "food")
    CARE = "care", pgettext_lazy("safety", "care")
    OTHER = "other", pgettext_lazy("safety", "other")


class Severity(models.TextChoices):
    """How bad a finding is; the days to mend it are reference values (``finding-days-…``)."""

    MINOR = "minor", pgettext_lazy("finding", "minor")
    SERIOUS = "serious", pgettext_lazy("finding", "serious")
    MAJOR = "major", pgettext_lazy("finding", "major")


class VersionState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("version", "being composed")
    IN_USE = "in_use", pgettext_lazy("version", "in use")
    RETIRED = "retired", pgettext_lazy("version", "no longer used")


class Versioned(models.Model):
    """Something composed, known by a code, whose versions stay as they are once anybody has worked by them."""

    code = models.SlugField(_("code"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name_zh = models.CharField(_("name in Chinese"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    state = models.CharField(
        pgettext_lazy("of a version", "state"),
        max_length=8,
        choices=VersionState.choices,
        default=VersionState.DRAFT,
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.ESTIMATE)

    class Meta:
        abstract = True
        ordering = ["code", "-version"]

    def __str__(self) -> str:
        return f"{self.name} (v{self.version})"

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.state == VersionState.DRAFT


class Worded(models.Model):
    """A line of something composed, in both languages."""

    position = models.PositiveSmallIntegerField(_("position"), default=100)
    text_zh = models.CharField(_("text in Chinese"), max_length=200)
    text_en = models.CharField(_("text in English"), max_length=200, blank=True)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The text in the reader's language."""
        return self.text_en if (get_language() or "").startswith("en") and self.text_en else self.text_zh


class CheckListQuerySet(models.QuerySet["CheckList"]):
    """Versions by what can be done with them."""

    def in_use(self) -> Self:
        """Those that new inspections are done by."""
        return self.filter(state=VersionState.IN_USE)


@pghistory.track()
class CheckList(Versioned):
    """What is looked at on an inspection. Without kinds it is for all that have no list of their own."""

    kinds = models.ManyToManyField(
        Kind,
        related_name="+",
        blank=True,
        verbose_name=_("for kinds of facility"),
        help_text=_("None: for every kind that has no list of its own."),
    )

    objects: ClassVar[CheckListQuerySet] = CheckListQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Versioned.Meta):
        verbose_name = _("check-list")
        verbose_name_plural = _("check-lists")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="facilities_check_list_version_once"),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(state=VersionState.IN_USE),
                name="facilities_check_list_one_in_use",
            ),
        ]


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), obj_field=None)
class CheckListKind(CheckList.kinds.through):  # type: ignore[misc, name-defined]
    """The many-to-many table by name, so that history records it too."""

    class Meta:
        proxy = True
        verbose_name = _("kind of a check-list")
        verbose_name_plural = _("kinds of a check-list")


@pghistory.track()
class CheckItem(Worded):
    """One thing to look at: in order, not in order, or not to be found here."""

    check_list = models.ForeignKey(
        CheckList, on_delete=models.CASCADE, related_name="items", verbose_name=_("check-list")
    )
    hazard = models.CharField(_("safety"), max_length=8, choices=Hazard.choices, default=Hazard.FIRE)
    severity = models.CharField(
        _("if not in order"), max_length=8, choices=Severity.choices, default=Severity.MINOR
    )
    photo_required = models.BooleanField(
        _("photo needed"), default=False, help_text=_("A finding on it needs a photo of how it is.")
    )
    measured_in = models.CharField(
        _("measured in"), max_length=20, blank=True, help_text=_("A unit, where a number is read: MPa, °C.")
    )

    class Meta(Worded.Meta):
        verbose_name = _("item of a check-list")
        verbose_name_plural = _("items of a check-list")
