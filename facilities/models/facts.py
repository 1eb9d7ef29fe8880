"""Which facts of the register card a facility has, and which of them a clerk may change without asking. Rows, not code."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .capacity import Measure
from .facility import Facility
from .life import What


@pghistory.track()
class FactRule(models.Model):
    """One fact of the card. A fact without a row is shown for every facility, and its changes need approval."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    needs_approval = models.BooleanField(
        _("needs the county's approval"),
        default=True,
        help_text=_("What a township clerk writes here waits until the county has approved it."),
    )
    functions = ArrayField(
        models.SlugField(max_length=60),
        verbose_name=_("only with these functions"),
        default=list,
        blank=True,
        help_text=_("Codes of functions. Empty: every facility has it."),
    )

    class Meta:
        verbose_name = _("rule for a fact of the card")
        verbose_name_plural = _("rules for facts of the card")
        ordering = ["code"]

    def __str__(self) -> str:
        return fact_label(self.code)


def fact_label(code: str) -> str:
    """Return what a fact is called in the reader's language; one that this version does not know keeps its code."""
    for named in (Measure, What):
        if code in named.values:
            return str(named(code).label)
    columns = {field.name: field for field in Facility._meta.concrete_fields}
    return str(columns[code].verbose_name) if code in columns else code
