"""Divisions by their official codes (GB/T 2260, GB/T 10114), and the installation's home among them."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from contextvars import ContextVar
from typing import ClassVar, Self

import pghistory
from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from geo_registry.reference.models import Dated, DatedQuerySet

from ..history import recorded_in_bulk
from .imported import Drawn, Imported, LocationMethod

# The legal datum, CGCS2000, longitude first.
SRID = 4490


class Level(models.IntegerChoices):
    """Levels of division; smaller is higher."""

    NATION = 0, _("nation")
    PROVINCE = 1, _("province")
    PREFECTURE = 2, _("prefecture")
    COUNTY = 3, _("county")
    TOWNSHIP = 4, _("township")
    VILLAGE = 5, _("village")


class UrbanRural(models.TextChoices):
    URBAN = "urban", _("urban")
    RURAL = "rural", _("rural")


class DivisionQuerySet(DatedQuerySet):
    """Divisions by where they lie in the tree."""

    def under(self, division: Division) -> Self:
        """``division`` itself and all below it."""
        return self.filter(path__startswith=division.path)

    def at_level(self, level: Level) -> Self:
        """Divisions of one level."""
        return self.filter(level=level)

    def counted(self, on: datetime.date) -> Self:
        """Divisions that count in denominators on a day: all but those flagged otherwise."""
        not_counted = DenominatorFlag.objects.on(on).filter(counted=False)
        return self.on(on).exclude(pk__in=not_counted.values("division_id"))

    def public(self) -> Self:
        """Divisions the public may see: those that exist today, within the installation's home."""
        home = Installation.home()
        rows = self.on(timezone.localdate())
        return rows.under(home) if home else rows


@pghistory.track(*recorded_in_bulk())
class Division(Imported, Drawn, Dated):
    """A unit of the country: it has a code, a place in the tree, and often no known boundary."""

    code = models.CharField(
        _("code"),
        max_length=20,
        validators=[RegexValidator(r"^[0-9]{1,20}$", _("A division code has digits only."))],
    )
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    kind = models.CharField(
        _("kind"),
        max_length=40,
        blank=True,
        help_text=_("As the office calls it: 街道, 镇, 乡, 农场, 村, 社区, 生活区."),
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
    )
    path = models.CharField(_("path"), max_length=200, editable=False, default="")
    urban_rural = models.CharField(_("urban or rural"), max_length=5, choices=UrbanRural.choices, blank=True)
    boundary = models.MultiPolygonField(_("boundary"), srid=SRID, null=True, blank=True)
    point = models.PointField(_("point"), srid=SRID, null=True, blank=True)
    point_method = models.CharField(
        _("how the point is known"), max_length=12, choices=LocationMethod.choices, blank=True
    )

    objects: ClassVar[DivisionQuerySet] = DivisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        ordering = ["code"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_to__isnull=True),
                name="territory_division_code_once",
                violation_error_message=_("A division with this code exists already."),
            ),
        ]
        indexes = [
            models.Index(OpClass("path", name="text_pattern_ops"), name="territory_division_path"),
            models.Index(fields=["code"], name="territory_division_code"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="territory_division_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.name

    def computed_path(self) -> str:
        """Return the codes from the root down to this division, each followed by a slash."""
        return f"{self.parent.path if self.parent else ''}{self.code}/"

    def save(self, *args: object, **kwargs: object) -> None:
        """Save with a path that fits the parent. Moving a subtree is ``territory.services.move_division``."""
        self.path = self.computed_path()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def ancestor_codes(self) -> list[str]:
        """Return the codes from the root to this division."""
        return self.path.strip("/").split("/")


@pghistory.track()
class DenominatorFlag(Dated):
    """Whether a division is counted when shares are formed (“townships served ÷ all townships”), from a day on."""

    division = models.ForeignKey(
        Division, on_delete=models.CASCADE, related_name="denominator_flags", verbose_name=_("division")
    )
    counted = models.BooleanField(_("counted in denominators"), default=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Dated.Meta):
        verbose_name = _("denominator flag")
        verbose_name_plural = _("denominator flags")

    def __str__(self) -> str:
        return f"{self.division} {self.counted}"


_kept_for_request: ContextVar[list[Installation] | None] = ContextVar("installation", default=None)


@pghistory.track()
class Installation(models.Model):
    """Whose site it is. One row; the home may be a division of any level, and everything lies under it."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    home_division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("home"),
        help_text=_("The division whose office keeps this registry. Everything is scoped under it."),
    )
    site_name_zh = models.CharField(_("site name in Chinese"), max_length=80, blank=True)
    site_name_en = models.CharField(_("site name in English"), max_length=80, blank=True)
    office_name = models.CharField(_("name of the office"), max_length=120, blank=True)
    office_phone = models.CharField(_("telephone of the office"), max_length=40, blank=True)
    map_review_number = models.CharField(
        _("map review number"),
        max_length=60,
        blank=True,
        help_text=_("审图号. Without one, maps carry 内部使用 and are not published."),
    )

    class Meta:
        verbose_name = _("this installation")
        verbose_name_plural = _("this installation")

    def __str__(self) -> str:
        return self.site_name_zh or str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> Installation:
        """Return the one row, unsaved if nobody has set up the site yet. A request that only reads asks the database once."""
        kept = _kept_for_request.get()
        if kept is not None and kept:
            return kept[0]
        found = cls.objects.select_related("home_division").defer("home_division__boundary").first() or cls()
        if kept is not None:
            kept.append(found)
        return found

    @classmethod
    @contextlib.contextmanager
    def read_once(cls) -> Iterator[None]:
        """Keep what `current` finds until the block ends: a page asks for it in its frame, its scope, its titles and its map.

        Nothing lives longer than the block, so that every process sees what another has saved with its next request.
        """
        token = _kept_for_request.set([])
        try:
            yield
        finally:
            _kept_for_request.reset(token)

    @classmethod
    def home(cls) -> Division | None:
        """Return the home division, or ``None`` before there is one."""
        return cls.current().home_division
