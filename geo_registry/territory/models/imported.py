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


class GeometryMethod(models.TextChoices):
    """How a line or an outline was come by."""

    SURVEYED = "surveyed", _("surveyed on the spot")
    TRACK = "track", _("recorded on the way")
    DRAWN = "drawn", _("drawn on the map")
    IMPORTED = "imported", _("from a file")


# What a person drew or recorded here: a file that comes later does not redraw it unasked.
BY_HAND = frozenset({GeometryMethod.SURVEYED, GeometryMethod.TRACK, GeometryMethod.DRAWN})


class Drawn(models.Model):
    """A row whose line or outline may be drawn by hand: how, from what, how exactly, as of when."""

    geometry_method = models.CharField(
        _("how the line is known"),
        max_length=12,
        choices=GeometryMethod.choices,
        blank=True,
        default="",
        help_text=_(
            "What was drawn by hand is not redrawn by a file. Leave this empty to let files redraw it."
        ),
    )
    geometry_basis = models.CharField(_("drawn from"), max_length=200, blank=True, default="")
    geometry_accuracy_m = models.FloatField(_("accuracy, metres"), null=True, blank=True)
    geometry_as_of = models.DateField(_("line valid from"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_by_hand(self) -> bool:
        """Whether a person drew or recorded the line here."""
        return self.geometry_method in BY_HAND
