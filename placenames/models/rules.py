"""Rows that the checks and the procedure go by: what a kind of thing requires, what a generic term is fit for, and lists of words.

Nobody's name and no brand is shipped: those lists are the office's own.
"""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Dated, DatedQuerySet, Mark

from .places import PlaceKind


class Family(models.TextChoices):
    """Things whose names are mistaken for one another."""

    DIVISION = "division", _("divisions")
    SETTLEMENT = "settlement", _("villages and hamlets")
    ROAD = "road", _("roads, streets and lanes")
    ESTATE = "estate", _("estates and buildings")
    NATURAL = "natural", _("natural features")
    FACILITY = "facility", _("facilities")


class ScopeChoice(models.TextChoices):
    """Within what a name must be the only one (Art. 9(7), (8))."""

    BUILT_UP = "built_up", _("the same built-up area")
    COUNTY = "county", _("the whole county")
    PROVINCE = "province", _("the whole province")
    NATION = "nation", _("the whole nation")
    NONE = "none", _("none by law")


class Report(models.TextChoices):
    """Reports that go with an application (Art. 11)."""

    EVALUATION = "evaluation", _("overall evaluation")
    EXPERTS = "experts", _("experts' opinion")
    CONSULTATION = "consultation", _("consultation of the public")


@pghistory.track()
class KindProcedure(models.Model):
    """What a kind of thing requires: who approves its name, which reports go with it, within what the name is the only one."""

    kind = models.OneToOneField(
        PlaceKind, on_delete=models.CASCADE, related_name="procedure", verbose_name=_("kind")
    )
    family = models.CharField(_("family"), max_length=12, choices=Family.choices)
    scope = models.CharField(_("only within"), max_length=10, choices=ScopeChoice.choices)
    authority_zh = models.CharField(_("approving authority in Chinese"), max_length=120, blank=True)
    authority_en = models.CharField(_("approving authority in English"), max_length=120, blank=True)
    reports = models.JSONField(
        _("reports required"),
        default=list,
        blank=True,
        help_text=_("evaluation, experts, consultation: each must be there before the name is approved."),
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    verified = models.BooleanField(_("verified"), default=False)

    class Meta:
        verbose_name = _("procedure of a kind")
        verbose_name_plural = _("procedures by kind")
        ordering = ["kind__position"]

    def __str__(self) -> str:
        return f"{self.kind} {self.authority}"

    def clean(self) -> None:
        """Accept known reports only."""
        unknown = [report for report in self.reports if report not in Report.values]
        if unknown:
            raise ValidationError(
                {"reports": _("Known are: %(known)s.") % {"known": ", ".join(Report.values)}}
            )

    @property
    def authority(self) -> str:
        """Who approves, in the reader's language."""
        english = (get_language() or "").startswith("en") and self.authority_en
        return self.authority_en if english else self.authority_zh


@pghistory.track()
class TermLimit(models.Model):
    """What a generic term is fit for (Art. 9(2)): from other places' rules, until the office has its own."""

    term = models.CharField(_("generic term"), max_length=20, unique=True)
    families = models.JSONField(_("families"), default=list, blank=True)
    min_width_m = models.FloatField(_("width from, metres"), null=True, blank=True)
    max_width_m = models.FloatField(_("width up to, metres"), null=True, blank=True)
    min_length_m = models.FloatField(_("length from, metres"), null=True, blank=True)
    max_length_m = models.FloatField(_("length up to, metres"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    verified = models.BooleanField(_("verified"), default=False)

    class Meta:
        verbose_name = _("what a generic term is fit for")
        verbose_name_plural = _("what generic terms are fit for")
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term


class WordList(models.TextChoices):
    """The lists that checks look into."""

    LEADER = "leader", _("state leaders")
    PERSON = "person", _("persons and characters")
    FOREIGN = "foreign", _("foreign names")
    BRAND = "brand", _("enterprises and trademarks")
    FAMOUS = "famous", _("famous features and divisions")
    MEANING = "meaning", _("words that do not fit")
    PROTECTED = "protected", _("protected names")
    RESERVED = "reserved", _("reserved names")
    CONFUSABLE = "confusable", _("characters that look alike")


@pghistory.track()
class ListWord(Dated):
    """One word of a list, with where it comes from. What nobody has verified blocks no name."""

    list = models.CharField(_("list"), max_length=12, choices=WordList.choices)
    text = models.CharField(_("word"), max_length=60)
    other = models.CharField(
        _("looks like"), max_length=20, blank=True, help_text=_("Only for characters that look alike.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    taken_by = models.CharField(
        _("given to"), max_length=120, blank=True, help_text=_("Only for reserved names: for which place.")
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    verified = models.BooleanField(_("verified"), default=False)

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("word of a list")
        verbose_name_plural = _("lists of words")
        ordering = ["list", "text"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["list", "text", "other"], name="placenames_word_once"),
            models.CheckConstraint(
                condition=~Q(list="confusable", other=""),
                name="placenames_look_alikes_are_pairs",
                violation_error_message=_("Say which character it looks like."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_list_display()}: {self.text}"


@pghistory.track()
class Dismissal(models.Model):
    """A finding that a person has set aside with a reason: remembered for the name proposed and what it was held against."""

    code = models.SlugField(_("check"), max_length=60)
    text = models.CharField(_("name"), max_length=120, help_text=_("In the form that is compared."))
    against = models.CharField(_("held against"), max_length=160)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("finding set aside")
        verbose_name_plural = _("findings set aside")
        constraints = [
            models.UniqueConstraint(fields=["code", "text", "against"], name="placenames_dismissed_once")
        ]

    def __str__(self) -> str:
        return f"{self.text} {self.code} {self.against}"
