"""What every row taken from somewhere remembers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Source


class LocationMethod(models.TextChoices):
    """How a point was come by, from exact to rough."""

    SURVEYED = "surveyed", _("surveyed on the spot")
    PICKED = "picked", _("picked on a map")
    IMPORTED = "imported", _("from a file")
    ADDRESS = "address", _("from an address")
    DIVISION = "division", _("the centre of its division")
    ESTIMATED = "estimated", _("estimated")
    INVENTED = "invented", _("invented for the demo")


class Imported(models.Model):
    """A row with its source, its number there, and when it came in."""

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    source_ref = models.CharField(_("number at the source"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        abstract = True

    @property
    def is_demo(self) -> bool:
        """Whether the row is openly invented."""
        return self.source is not None and self.source.is_demo
