"""Signs: the site where one stands, the sign itself with its dated life, and the batch that it was made in."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.gis.db import models
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.reports.models import Report
from geo_registry.territory.history import recorded_in_bulk
from geo_registry.territory.models import Division, Imported

from .names import Name
from .places import SRID, Place


class SiteReason(models.TextChoices):
    """Why a sign stands where it stands."""

    START = "start", pgettext_lazy("site of a sign", "start of the road")
    END = "end", pgettext_lazy("site of a sign", "end of the road")
    JUNCTION = "junction", pgettext_lazy("site of a sign", "junction")
    REPEAT = "repeat", pgettext_lazy("site of a sign", "repeat between junctions")
    VILLAGE = "village", pgettext_lazy("site of a sign", "entry of a village")
    OTHER = "other", pgettext_lazy("site of a sign", "other")


class Ground(models.TextChoices):
    """The colour of a plate's ground."""

    BLUE = "blue", pgettext_lazy("ground of a plate", "blue")
    GREEN = "green", pgettext_lazy("ground of a plate", "green")


@pghistory.track(*recorded_in_bulk())
class SignSite(Imported):
    """A place where a sign stands, or must stand."""

    class Side(models.TextChoices):
        UNKNOWN = "", pgettext_lazy("side of a road", "not known")
        LEFT = "left", pgettext_lazy("side of a road", "left, seen from the start")
        RIGHT = "right", pgettext_lazy("side of a road", "right, seen from the start")

    place = models.ForeignKey(
        Place, on_delete=models.CASCADE, related_name="sign_sites", verbose_name=_("place")
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sign_sites",
        verbose_name=_("lies in"),
    )
    reason = models.CharField(
        _("why there"), max_length=10, choices=SiteReason.choices, default=SiteReason.OTHER
    )
    point = models.PointField(_("point"), srid=SRID)
    accuracy_m = models.FloatField(_("accuracy, metres"), null=True, blank=True)
    part = models.PositiveSmallIntegerField(_("part of the road"), default=0)
    measure_m = models.FloatField(_("metres from the start"), null=True, blank=True)
    side = models.CharField(_("side"), max_length=6, choices=Side.choices, blank=True, default="")
    bearing_deg = models.FloatField(
        _("direction of the road, degrees"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(360)],
    )
    numbers_back = models.CharField(
        _("house numbers towards the start"),
        max_length=20,
        blank=True,
        help_text=_("As the sign shows them, such as 1–35."),
    )
    numbers_on = models.CharField(_("house numbers towards the end"), max_length=20, blank=True)
    pole_number = models.CharField(
        _("pole"),
        max_length=40,
        blank=True,
        help_text=_("Sites with the same number share the pole."),
    )
    pole_owner = models.CharField(_("owner of the pole"), max_length=80, blank=True)
    retired_on = models.DateField(pgettext_lazy("site of a sign", "given up on"), null=True, blank=True)

    class Meta:
        verbose_name = _("site of a sign")
        verbose_name_plural = _("sites of signs")
        ordering = ["place", "part", "measure_m", "pk"]
        indexes = [models.Index(fields=["pole_number"], name="placenames_site_pole")]

    def __str__(self) -> str:
        return f"{self.place} · {self.get_reason_display()}"


@pghistory.track()
class SignBatch(models.Model):
    """Signs that were ordered together: who made them, for how much, with what warranty, and when they were accepted."""

    number = models.CharField(_("batch"), max_length=40, unique=True)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        related_name="sign_batches",
        verbose_name=_("division"),
    )
    maker = models.CharField(_("maker"), max_length=120, blank=True)
    unit_price = models.DecimalField(
        _("price of a sign, yuan"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    warranty_months = models.PositiveSmallIntegerField(_("warranty, months"), default=0)
    ordered_on = models.DateField(_("ordered on"), null=True, blank=True)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)
    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)

    class Meta:
        verbose_name = _("batch of signs")
        verbose_name_plural = _("batches of signs")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def warranty_until(self) -> datetime.date | None:
        """The day from which nothing is mended for free any more; ``None`` before acceptance, or without a warranty."""
        if self.accepted_on is None or not self.warranty_months:
            return None
        months = self.accepted_on.month - 1 + self.warranty_months
        first = datetime.date(self.accepted_on.year + months // 12, months % 12 + 1, 1)
        # The 31st of a month that has no 31st: its last day.
        following = (first + datetime.timedelta(days=31)).replace(day=1)
        return min(
            first + datetime.timedelta(days=self.accepted_on.day - 1), following - datetime.timedelta(days=1)
        )


class SignQuerySet(models.QuerySet["Sign"]):
    """Signs by whether they stand."""

    def standing(self) -> Self:
        """Signs that are on site, in whatever order."""
        return self.filter(status__in=STANDING)

    def kept(self) -> Self:
        """All but those that were taken down or never came."""
        return self.exclude(status=Sign.Status.REMOVED)


@pghistory.track(*recorded_in_bulk())
class Sign(Imported):
    """One sign, with its asset number and the version of the name that it shows."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("sign", "planned")
        ORDERED = "ordered", pgettext_lazy("sign", "ordered")
        INSTALLED = "installed", pgettext_lazy("sign", "put up")
        ACCEPTED = "accepted", pgettext_lazy("sign", "accepted")
        DAMAGED = "damaged", pgettext_lazy("sign", "damaged")
        REMOVED = "removed", pgettext_lazy("sign", "taken down")

    class Sort(models.TextChoices):
        ROAD = "road", pgettext_lazy("sort of sign", "road-name sign")
        VILLAGE = "village", pgettext_lazy("sort of sign", "village plate")

    asset_number = models.CharField(_("asset number"), max_length=40, unique=True)
    site = models.ForeignKey(SignSite, on_delete=models.CASCADE, related_name="signs", verbose_name=_("site"))
    sort = models.CharField(_("sort"), max_length=10, choices=Sort.choices, default=Sort.ROAD)
    name = models.ForeignKey(
        Name,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="signs",
        verbose_name=_("name that it shows"),
    )
    text = models.CharField(_("characters on it"), max_length=120)
    spelling = models.CharField(_("Pinyin on it"), max_length=200, blank=True)
    width_mm = models.PositiveIntegerField(_("width, mm"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height, mm"), null=True, blank=True)
    material = models.CharField(_("material"), max_length=80, blank=True)
    colour = models.CharField(_("colour"), max_length=6, choices=Ground.choices, default=Ground.BLUE)
    faces = models.PositiveSmallIntegerField(_("faces"), default=2, validators=[MinValueValidator(1)])
    has_qr = models.BooleanField(_("with a code of the name's page"), default=True)
    status = models.CharField(
        pgettext_lazy("of a sign", "state"), max_length=10, choices=Status.choices, default=Status.PLANNED
    )
    status_on = models.DateField(pgettext_lazy("of a sign", "since"))
    due = models.DateField(_("to stand by"), null=True, blank=True)
    batch = models.ForeignKey(
        SignBatch,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="signs",
        verbose_name=_("batch"),
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)

    objects: ClassVar[SignQuerySet] = SignQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("sign")
        verbose_name_plural = _("signs")
        ordering = ["asset_number"]
        indexes = [models.Index(fields=["status"], name="placenames_sign_status")]

    def __str__(self) -> str:
        return f"{self.asset_number} {self.text}"

    @property
    def stands(self) -> bool:
        """Whether it is on site."""
        return self.status in STANDING


STANDING = (Sign.Status.INSTALLED, Sign.Status.ACCEPTED, Sign.Status.DAMAGED)


@pghistory.track()
class SignStep(models.Model):
    """A step of a sign's life: from a day on it is in a state."""

    sign = models.ForeignKey(Sign, on_delete=models.CASCADE, related_name="steps", verbose_name=_("sign"))
    status = models.CharField(pgettext_lazy("of a sign", "state"), max_length=10, choices=Sign.Status.choices)
    on_day = models.DateField(_("on"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("step of a sign")
        verbose_name_plural = _("steps of signs")
        ordering = ["on_day", "pk"]

    def __str__(self) -> str:
        return f"{self.sign.asset_number} {self.get_status_display()} {self.on_day}"


class Defect(models.TextChoices):
    """What may be wrong with a sign (other places' rules); one that is not there is gone."""

    NONSTANDARD = "nonstandard", pgettext_lazy("defect of a sign", "shows no standard name")
    RENAMED = "renamed", pgettext_lazy("defect of a sign", "shows an old name")
    RUST = "rust", pgettext_lazy("defect of a sign", "rusty")
    DAMAGE = "damage", pgettext_lazy("defect of a sign", "damaged or leaning")
    FADED = "faded", pgettext_lazy("defect of a sign", "faded")
    TEXT = "text", pgettext_lazy("defect of a sign", "letters missing")
    GONE = "gone", pgettext_lazy("defect of a sign", "not there")


@pghistory.track()
class SignInspection(models.Model):
    """Somebody stood before a sign and looked."""

    key = models.UUIDField(_("key of the entry"), unique=True)
    sign = models.ForeignKey(
        Sign, on_delete=models.CASCADE, related_name="inspections", verbose_name=_("sign")
    )
    on_day = models.DateField(_("on"))
    point = models.PointField(_("position of who looked"), srid=SRID, null=True, blank=True)
    accuracy_m = models.FloatField(_("accuracy, metres"), null=True, blank=True)
    defects = models.JSONField(_("defects"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("inspection of a sign")
        verbose_name_plural = _("inspections of signs")
        ordering = ["-on_day", "-pk"]

    def __str__(self) -> str:
        return f"{self.sign.asset_number} {self.on_day}"

    @property
    def defect_labels(self) -> list[str]:
        """The defects in words."""
        return [str(Defect(code).label) for code in self.defects if code in Defect.values]


class SignOrderQuerySet(models.QuerySet["SignOrder"]):
    """Work orders by what is still to be done."""

    def open(self) -> Self:
        """Those that nobody has finished or called off."""
        return self.filter(state=SignOrder.State.OPEN)

    def overdue(self, day: datetime.date) -> Self:
        """Those that should have been finished before ``day``."""
        return self.open().filter(due__lt=day)


@pghistory.track()
class SignOrder(models.Model):
    """Work to be done at a sign by a day, with pictures before and after, and what it cost."""

    class Kind(models.TextChoices):
        REPAIR = "repair", pgettext_lazy("work on a sign", "repair")
        REPLACE = "replace", pgettext_lazy("work on a sign", "replace")
        REMOVE = "remove", pgettext_lazy("work on a sign", "take down")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("work on a sign", "open")
        DONE = "done", pgettext_lazy("work on a sign", "done")
        CANCELLED = "cancelled", pgettext_lazy("work on a sign", "called off")

    sign = models.ForeignKey(Sign, on_delete=models.CASCADE, related_name="orders", verbose_name=_("sign"))
    kind = models.CharField(pgettext_lazy("work on a sign", "work"), max_length=10, choices=Kind.choices)
    state = models.CharField(
        pgettext_lazy("work on a sign", "state"), max_length=10, choices=State.choices, default=State.OPEN
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    due = models.DateField(_("to be done by"), null=True, blank=True)
    under_warranty = models.BooleanField(_("claim under the warranty"), default=False)
    cost = models.DecimalField(
        _("cost, yuan"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    opened_on = models.DateField(pgettext_lazy("work on a sign", "opened on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("work on a sign", "opened by"),
    )
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[SignOrderQuerySet] = SignOrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("work order of a sign")
        verbose_name_plural = _("work orders of signs")
        ordering = [F("due").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sign", "kind"],
                condition=Q(state="open"),
                name="placenames_sign_order_once",
                violation_error_message=_("Such work is open for this sign already."),
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_on__isnull=False), name="placenames_sign_order_done_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sign} · {self.get_kind_display()}"


@pghistory.track()
class SignOrderReport(models.Model):
    """That a report from the public became work: with the work's end the report is answered. Several may be about one work."""

    report = models.OneToOneField(
        Report, on_delete=models.CASCADE, related_name="+", verbose_name=_("report from the public")
    )
    order = models.ForeignKey(
        SignOrder, on_delete=models.CASCADE, related_name="reports", verbose_name=_("work order of a sign")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("report that became work at a sign")
        verbose_name_plural = _("reports that became work at signs")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.report} → {self.order}"
