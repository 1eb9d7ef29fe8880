"""What each name of a large register sounds and looks like, so that its like are found without reading all names."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class NameLikeness(models.Model):
    """A name's sounds and shapes as numbers: names that share one may be mistaken for one another.

    Derived from names, and kept up by the worker (`services.checking.likeness`); no history.
    """

    name_id = models.BigIntegerField(_("name"), primary_key=True)
    keys = ArrayField(models.IntegerField(), verbose_name=_("sounds and shapes"))

    class Meta:
        verbose_name = _("likeness of a name")
        verbose_name_plural = _("likenesses of names")
        indexes: ClassVar[list[models.Index]] = [
            # What changes is little: written into the index at once, no question has to read a list of it besides.
            GinIndex(fields=["keys"], name="placenames_likeness_keys", fastupdate=False)
        ]

    def __str__(self) -> str:
        return str(self.name_id)


class LikenessKept(models.Model):
    """Up to which change of names their likenesses are kept. At most one row."""

    names_event = models.BigIntegerField(_("last change of a name"))
    kept_at = models.DateTimeField(_("kept at"), auto_now=True)

    class Meta:
        verbose_name = _("keeping of likenesses")
        verbose_name_plural = _("keepings of likenesses")

    def __str__(self) -> str:
        return f"{self.names_event} {self.kept_at:%Y-%m-%d}"
