"""Records that may be, or were found to be, of one and the same facility."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .facility import Facility


class LikenessQuerySet(models.QuerySet["Likeness"]):
    """Pairs by whether anybody has judged them."""

    def open(self) -> Self:
        """Pairs that nobody has judged, of two records that both stand for themselves."""
        return self.filter(
            judged_at__isnull=True, first__duplicate_of__isnull=True, second__duplicate_of__isnull=True
        )


@pghistory.track()
class Likeness(models.Model):
    """Two records that look like one facility; or, once judged, that somebody said are two."""

    first = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="+", verbose_name=_("one record")
    )
    second = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="+", verbose_name=_("the other record")
    )
    distance_m = models.FloatField(_("metres apart"), null=True, blank=True)
    similarity = models.FloatField(_("likeness of the names"))
    found_at = models.DateTimeField(_("found at"), default=timezone.now, editable=False)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("judged by"),
    )
    judged_at = models.DateTimeField(_("judged at"), null=True, blank=True)

    objects: ClassVar[LikenessQuerySet] = LikenessQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-similarity", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="facilities_likeness_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="facilities_likeness_in_order"),
        ]

    @property
    def records(self) -> tuple[Facility, Facility]:
        """Both, to be laid side by side."""
        return self.first, self.second

    def __str__(self) -> str:
        return f"{self.first.number} {self.first} ~ {self.second.number} {self.second}"


@pghistory.track()
class Merge(models.Model):
    """One record was found to be the same facility as another. What it changed is kept, so that it can be taken back."""

    kept = models.ForeignKey(
        "Facility", on_delete=models.CASCADE, related_name="merges", verbose_name=_("record that stays")
    )
    dropped = models.ForeignKey(
        "Facility",
        on_delete=models.CASCADE,
        related_name="merged_away",
        verbose_name=_("record that was merged"),
    )
    before = models.JSONField(_("facts before"), default=dict)
    after = models.JSONField(_("facts after"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("merged by")
    )
    merged_at = models.DateTimeField(_("merged at"), default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("merged duplicate")
        verbose_name_plural = _("merged duplicates")
        ordering = ["-merged_at"]

    def __str__(self) -> str:
        return f"{self.dropped.number} {self.dropped} → {self.kept.number} {self.kept}"
