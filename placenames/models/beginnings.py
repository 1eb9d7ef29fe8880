"""What is typed first is in too many names: the best answers to each such beginning, found beforehand."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class CommonBeginning(models.Model):
    """A beginning of search keys (`geo_registry.text.search`) that very many names have, with the names that come first.

    Derived from names and places, and made anew by the worker (`services.beginnings`); no history.
    """

    key = models.CharField(_("beginning"), max_length=70, primary_key=True)
    names_count = models.PositiveIntegerField(_("names"))
    public_names = ArrayField(models.BigIntegerField(), verbose_name=_("best public names"), default=list)
    all_names = ArrayField(models.BigIntegerField(), verbose_name=_("best names"), default=list)

    class Meta:
        verbose_name = _("common beginning")
        verbose_name_plural = _("common beginnings")

    def __str__(self) -> str:
        return self.key


class BeginningsMade(models.Model):
    """Up to which change of names, places and spellings the common beginnings hold. At most one row."""

    names_event = models.BigIntegerField(_("last change of a name"))
    places_event = models.BigIntegerField(_("last change of a place"))
    spellings_event = models.BigIntegerField(_("last change of a spelling"))
    names_count = models.PositiveIntegerField(_("names"))
    made_at = models.DateTimeField(_("made at"), auto_now=True)

    class Meta:
        verbose_name = _("making of common beginnings")
        verbose_name_plural = _("makings of common beginnings")

    def __str__(self) -> str:
        return f"{self.names_count} {self.made_at:%Y-%m-%d}"
