"""Buildings, rooms and equipment, and the stock-takes in which somebody has seen each of them."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.models import Division, Imported, Installation

from .facility import SRID


class AssetQuerySet(models.QuerySet["Asset"]):
    """Assets by where they are and what is done with them."""

    def within(self, division: Division) -> Self:
        """Assets in a division or below."""
        return self.filter(division__path__startswith=division.path)

    def at_home(self) -> Self:
        """Assets within the installation's home."""
        home = Installation.home()
        return self.within(home) if home else self

    def kept(self, day: datetime.date) -> Self:
        """Assets that have not been retired by a day."""
        return self.filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day))

    def idle_buildings(self) -> Self:
        """Buildings that stand idle, wholly or in part: where something new could go."""
        return self.filter(kind=Asset.Kind.BUILDING, use__in=[Asset.Use.IDLE, Asset.Use.PART_IDLE])

    def leases_ending(self, first: datetime.date, last: datetime.date) -> Self:
        """Assets whose lease ends within some days."""
        return self.filter(tenure=Asset.Tenure.LEASED, lease_to__gte=first, lease_to__lte=last)


@pghistory.track()
class Asset(Imported):
    """A building, a room in it, or equipment. A facility may use it; it outlives the facility."""

    class Kind(models.TextChoices):
        BUILDING = "building", pgettext_lazy("asset", "building")
        ROOM = "room", pgettext_lazy("asset", "room")
        EQUIPMENT = "equipment", pgettext_lazy("asset", "equipment")

    class Tenure(models.TextChoices):
        OWNED = "owned", _("owned")
        LEASED = "leased", _("leased")
        LENT = "lent", pgettext_lazy("asset", "lent free of charge")

    class Use(models.TextChoices):
        IN_USE = "in_use", pgettext_lazy("asset", "in use")
        PART_IDLE = "part_idle", pgettext_lazy("asset", "idle in part")
        IDLE = "idle", pgettext_lazy("asset", "idle")

    number = models.CharField(_("asset number"), max_length=40, unique=True)
    kind = models.CharField(pgettext_lazy("of an asset", "kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("stands in"),
    )
    facility = models.ForeignKey(
        "Facility",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assets",
        verbose_name=_("used by"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="assets", verbose_name=_("division")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    location = models.PointField(_("location"), srid=SRID, null=True, blank=True)
    area_m2 = models.FloatField(_("area, m²"), null=True, blank=True)
    idle_area_m2 = models.FloatField(_("idle of it, m²"), null=True, blank=True)
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    owner = models.CharField(_("owner"), max_length=120, blank=True)
    tenure = models.CharField(_("tenure"), max_length=8, choices=Tenure.choices, blank=True)
    lease_to = models.DateField(_("lease ends"), null=True, blank=True)
    use = models.CharField(_("use"), max_length=10, choices=Use.choices, default=Use.IN_USE)
    acquired_on = models.DateField(_("acquired or built on"), null=True, blank=True)
    retired_on = models.DateField(_("given up on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[AssetQuerySet] = AssetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(area_m2__isnull=True) | Q(area_m2__gt=0),
                name="facilities_asset_area_positive",
                violation_error_message=_("The area must be more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(idle_area_m2__isnull=True)
                | (
                    Q(idle_area_m2__gte=0)
                    & (Q(area_m2__isnull=True) | Q(idle_area_m2__lte=models.F("area_m2")))
                ),
                name="facilities_idle_within_area",
                violation_error_message=_("No more can be idle than there is."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def idle_m2(self) -> float | None:
        """How much stands idle: what is said, or all of it."""
        if self.idle_area_m2 is not None:
            return self.idle_area_m2
        return self.area_m2 if self.use == self.Use.IDLE else None

    def above(self) -> set[int]:
        """Return the keys of what it stands in, all the way up, and its own."""
        found: set[int] = set()
        row: Asset | None = self
        while row is not None and row.pk not in found:
            found.add(row.pk)
            row = row.parent
        return found


class StockTakeQuerySet(models.QuerySet["StockTake"]):
    """Stock-takes by whether they run."""

    def open(self) -> Self:
        """Those that are not closed."""
        return self.filter(closed_at__isnull=True)


@pghistory.track()
class StockTake(models.Model):
    """A round in which everything in a division is looked at on site."""

    title = models.CharField(_("title"), max_length=120)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division")
    )
    opened_on = models.DateField(_("begins on"))
    due = models.DateField(_("to be done by"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)

    objects: ClassVar[StockTakeQuerySet] = StockTakeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("stock-take")
        verbose_name_plural = _("stock-takes")
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due__gte=models.F("opened_on")),
                name="facilities_stock_take_in_order",
                violation_error_message=_("It cannot end before it begins."),
            )
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class StockTakeItem(models.Model):
    """One asset of a round: what the register said when it began, and what somebody saw."""

    class Outcome(models.TextChoices):
        FOUND = "found", pgettext_lazy("stock-take", "there, as written")
        CHANGED = "changed", pgettext_lazy("stock-take", "there, but changed")
        MISSING = "missing", pgettext_lazy("stock-take", "not found")

    stock_take = models.ForeignKey(
        StockTake, on_delete=models.CASCADE, related_name="items", verbose_name=_("stock-take")
    )
    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, related_name="stock_take_items", verbose_name=_("asset")
    )
    written = models.JSONField(_("as the register had it"), default=dict)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True)
    changes = models.JSONField(_("what has changed"), default=dict, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed by"),
    )
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("item of a stock-take")
        verbose_name_plural = _("items of a stock-take")
        ordering = ["asset__number"]
        constraints = [
            models.UniqueConstraint(
                fields=["stock_take", "asset"], name="facilities_asset_once_a_stock_take"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", signed_at__isnull=True)
                | (~Q(outcome="") & Q(signed_at__isnull=False)),
                name="facilities_seen_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} · {self.stock_take}"
