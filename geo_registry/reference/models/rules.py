"""Checks on a proposed name, as rows: number, version, article, severity."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .dated import Dated
from .values import Mark


class Severity(models.TextChoices):
    BLOCK = "block", _("blocks")
    REVIEW = "review", _("must be reviewed")
    WARN = "warn", _("warns")
    INFO = "info", _("informs")
    OFF = "off", _("off")


@pghistory.track()
class NameRule(Dated):
    """One rule that a proposed name is checked against. What nobody has verified may not block."""

    number = models.PositiveSmallIntegerField(_("number"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    code = models.SlugField(_("code"), max_length=60)
    title_zh = models.CharField(_("title in Chinese"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    severity_elsewhere = models.CharField(
        _("severity outside its scope"), max_length=8, choices=Severity.choices, default=Severity.OFF
    )
    article = models.CharField(_("source article"), max_length=200, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    note = models.TextField(_("note"), blank=True)

    class Meta(Dated.Meta):
        verbose_name = _("rule for names")
        verbose_name_plural = _("rules for names")
        ordering = ["number", "version"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["number", "version"], name="reference_rule_version_once"),
            models.CheckConstraint(
                condition=~Q(severity=Severity.BLOCK, mark__in=[Mark.MEMORY, Mark.ESTIMATE, Mark.NOT_FOUND]),
                name="reference_unverified_never_blocks",
                violation_error_message=_("A rule that nobody has read in its source may not block a name."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title_zh}"

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        english = (get_language() or "").startswith("en") and self.title_en
        return self.title_en if english else self.title_zh
