"""Rows that hold from a day to a day."""

from __future__ import annotations

import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DatedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows by the day on which they hold."""

    def on(self, day: datetime.date) -> Self:
        """Rows that hold on ``day``: from ``valid_from`` (inclusive) to ``valid_to`` (exclusive); empty is open."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        )


class Dated(models.Model):
    """A row that holds from ``valid_from`` (inclusive) to ``valid_to`` (exclusive)."""

    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lt=models.F("valid_to")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("“Valid to” must be later than “valid from”."),
            )
        ]
