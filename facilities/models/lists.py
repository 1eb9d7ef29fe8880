"""What the lists of facilities stand on: search keys, and the views that people save."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geo_registry.accounts.models import Office, User


class FacilityKeys(models.Model):
    """The keys that a facility's name is found by, in characters, Pinyin and initials.

    A table of its own, and not a column: facilities are written by pages, by files and by hand, and whoever searches brings
    the keys of names that changed since up to date (``services.list_search``). Nothing has to remember to.
    """

    facility = models.OneToOneField(
        "Facility",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="keys",
        verbose_name=_("facility"),
    )
    name = models.CharField(_("name"), max_length=120)
    keys = SearchVectorField(_("search keys"))

    class Meta:
        verbose_name = _("search keys of a facility")
        verbose_name_plural = _("search keys of facilities")
        indexes = [GinIndex(fields=["keys"], name="facilities_keys")]

    def __str__(self) -> str:
        return self.name


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views by who may use them."""

    def usable_by(self, user: Any) -> Self:
        """The person's own, and those shared within the office."""
        if not isinstance(user, User):
            return self.none()
        shared = Q(shared=True, office__isnull=False, office=user.office_id)
        return self.filter(Q(owner=user) | shared)


class SavedView(models.Model):
    """A list's filters, order and columns under a name: what stands behind the question mark of its address."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="saved_views",
        verbose_name=_("saved by"),
    )
    office = models.ForeignKey(
        Office,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="saved_views",
        verbose_name=_("office"),
    )
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("what it shows"), max_length=2000, blank=True)
    shared = models.BooleanField(_("shared within the office"), default=False)
    created_at = models.DateTimeField(_("saved at"), auto_now_add=True)

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="facilities_view_name_once")]

    def __str__(self) -> str:
        return self.name
