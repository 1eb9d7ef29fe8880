"""Thresholds, targets and settings, each with its unit, its source and whether anybody has verified it."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .dated import Dated, DatedQuerySet


class Mark(models.TextChoices):
    """How sure a fact is."""

    READ = "read", _("read in a text")
    TRIED = "tried", _("tried")
    MEMORY = "memory", _("from memory, not verified")
    ESTIMATE = "estimate", _("estimate")
    NOT_FOUND = "not_found", _("not found")


class ReferenceValueQuerySet(DatedQuerySet):
    """Values by key and day."""

    LATEST_FIRST: ClassVar = (models.F("valid_from").desc(nulls_last=True), "-pk")

    def effective(self, key: str, *, on: datetime.date) -> ReferenceValue | None:
        """Return the value of ``key`` that holds on ``on``, the latest if several do; ``None`` where there is none."""
        return self.filter(key=key).on(on).order_by(*self.LATEST_FIRST).first()


@pghistory.track()
class ReferenceValue(Dated):
    """One number that rules or figures use, with where it comes from."""

    class Group(models.TextChoices):
        THRESHOLD = "threshold", _("threshold")
        TARGET = "target", _("target")
        SETTING = "setting", _("setting")
        FACT = "fact", _("fact")

    key = models.SlugField(_("key"), max_length=80)
    group = models.CharField(
        pgettext_lazy("of values", "group"), max_length=12, choices=Group.choices, default=Group.THRESHOLD
    )
    title_zh = models.CharField(_("title in Chinese"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    mark = models.CharField(_("how sure"), max_length=12, choices=Mark.choices, default=Mark.MEMORY)
    verified = models.BooleanField(
        _("verified"), default=False, help_text=_("Somebody of this office has compared it with its source.")
    )
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar[ReferenceValueQuerySet] = ReferenceValueQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("reference value")
        verbose_name_plural = _("reference values")
        ordering = ["group", "key", "valid_from"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["key", "valid_from"], nulls_distinct=False, name="reference_value_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_zh} {self.value.normalize() if isinstance(self.value, Decimal) else self.value:f} {self.unit}"
