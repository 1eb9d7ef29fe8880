"""Built-up areas (建成区): the scope within which no two streets may share a name."""

from __future__ import annotations

from typing import ClassVar, Self

import pghistory
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .divisions import SRID, Division, Installation
from .imported import Drawn, Imported


class BuiltUpAreaQuerySet(models.QuerySet["BuiltUpArea"]):
    """Built-up areas by who may see them."""

    def public(self) -> Self:
        """Areas the public may see."""
        rows = self.filter(restricted=False)
        home = Installation.home()
        return (
            rows.filter(Q(division__isnull=True) | Q(division__path__startswith=home.path)) if home else rows
        )


@pghistory.track()
class BuiltUpArea(Imported, Drawn):
    """A built-up area with its outline and the day it was drawn."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="built_up_areas",
        verbose_name=_("division"),
    )
    geometry = models.MultiPolygonField(_("outline"), srid=SRID)
    as_of = models.DateField(_("as of"), null=True, blank=True)
    restricted = models.BooleanField(_("not public"), default=False)

    objects: ClassVar[BuiltUpAreaQuerySet] = BuiltUpAreaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("built-up area")
        verbose_name_plural = _("built-up areas")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
