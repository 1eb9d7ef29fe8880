"""The facility: what stays the same while operator, kind of operation and status change."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

import pghistory
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Collate, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.territory.geography import AsGeography
from geo_registry.territory.models import Division, Imported, Installation, LocationMethod

from .history import FacilityKind, FacilityStatus, Status
from .networks import Kind, Network

SRID = 4490
# What makes a place accessible, in the order in which it is asked and told. Each is a `Facility.Provision`, or not known.
ACCESSIBILITY = (
    "step_free_entrance",
    "accessible_toilet",
    "lift",
    "accessible_parking",
    "induction_loop",
    "sign_language",
)
# Names in the order of their Pinyin.
PINYIN_ORDER = "zh-x-icu"


class FacilityQuerySet(models.QuerySet["Facility"]):
    """Facilities by network, by status on a day, and by who may see them."""

    def within(self, division: Division) -> Self:
        """Facilities in ``division`` or below it."""
        return self.filter(division__path__startswith=division.path)

    def at_home(self) -> Self:
        """Facilities within the installation's home."""
        home = Installation.home()
        return self.within(home) if home else self

    def in_network(self, network: Network) -> Self:
        """Facilities whose kind belongs to ``network``."""
        return self.filter(kind__tier__network=network)

    def standing(self) -> Self:
        """Facilities that stand for themselves: all but records that were found to be duplicates of another."""
        return self.filter(duplicate_of__isnull=True)

    def with_status(self, day: datetime.date) -> Self:
        """Annotate ``status`` and ``status_since``: the latest dated status that holds on ``day``."""
        latest = FacilityStatus.objects.filter(facility=OuterRef("pk"), valid_from__lte=day).order_by(
            "-valid_from", "-pk"
        )
        return self.annotate(
            status=Subquery(latest.values("status")[:1]),
            status_since=Subquery(latest.values("valid_from")[:1]),
        )

    def with_kind(self, day: datetime.date) -> Self:
        """Annotate ``kind_on_day``: the key of the kind that holds on ``day``; without dated rows it is the present one."""
        dated = FacilityKind.objects.until(day).filter(facility=OuterRef("pk")).newest_first()
        return self.annotate(
            kind_on_day=Coalesce(
                Subquery(dated.values("kind_id")[:1]), "kind_id", output_field=models.BigIntegerField()
            )
        )

    def open_on(self, day: datetime.date) -> Self:
        """Facilities in operation on ``day``; one that is recorded twice counts once."""
        return self.standing().with_status(day).filter(status=Status.OPEN)

    def of_no_secret_place(self) -> Self:
        """Facilities whose place may be told: neither marked secret nor of a protective kind."""
        return self.filter(secret=False, kind__protective=False)

    def located(self) -> Self:
        """Facilities with a point."""
        return self.filter(location__isnull=False)

    def public(self) -> Self:
        """What the public may see: published, not secret, no protective placement, in a public network, at home.

        Every public page, export and interface starts here; it is the only place that decides.
        """
        return (
            self.at_home()
            .standing()
            .of_no_secret_place()
            .filter(published=True, kind__tier__network__public=True)
        )


@pghistory.track()
class Facility(Imported):
    """A service facility. Its number is permanent; everything that changes with time is dated in its own table."""

    class Ownership(models.TextChoices):
        PUBLIC = "public", _("public")
        PRIVATE = "private", _("private")
        PUBLIC_PRIVATE = "public_private", _("built by the public, run privately")
        RURAL_HOME = "rural_home", _("rural home for the aged")
        RURAL_CENTRAL_HOME = "rural_central_home", _("central rural home for the aged")
        URBAN_WELFARE = "urban_welfare", _("urban welfare home")

    class Tenure(models.TextChoices):
        OWNED = "owned", _("owned")
        LEASED = "leased", _("leased")

    class Registration(models.TextChoices):
        INSTITUTION = "institution", _("public institution")
        NON_ENTERPRISE = "non_enterprise", _("private non-enterprise unit")
        COMPANY = "company", _("company")
        SOLE_TRADER = "sole_trader", _("sole trader")
        BRANCH = "branch", _("branch of another organisation")
        UNREGISTERED = "unregistered", _("not registered, kept by the village")

    class Clients(models.TextChoices):
        INDEPENDENT = "independent", _("people who manage by themselves")
        PARTLY_DEPENDENT = "partly_dependent", _("people who need some help")
        DEPENDENT = "dependent", _("people who need full care")

    class MedicalService(models.TextChoices):
        OWN = "own", _("a clinic of its own")
        CONTRACTED = "contracted", _("by contract with a hospital or clinic")
        NEIGHBOUR = "neighbour", _("a clinic next door")
        NONE = "none", _("no medical service")

    class Provision(models.TextChoices):
        """Whether there is something that makes a place accessible; empty is not known, which is neither yes nor no."""

        YES = "yes", pgettext_lazy("accessibility", "yes")
        LIMITED = "limited", pgettext_lazy("accessibility", "in part, or with help")
        NO = "no", pgettext_lazy("accessibility", "no")

    number = models.CharField(_("facility number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.ForeignKey(
        Kind, on_delete=models.PROTECT, related_name="facilities", verbose_name=_("kind")
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="facilities", verbose_name=_("division")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    location = models.PointField(_("location"), srid=SRID, null=True, blank=True)
    location_method = models.CharField(
        _("source of the location"), max_length=12, choices=LocationMethod.choices, blank=True
    )
    location_note = models.CharField(_("note on the location"), max_length=200, blank=True)

    social_credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    social_credit_code_absent = models.CharField(_("why there is no code"), max_length=120, blank=True)
    ownership = models.CharField(_("category"), max_length=20, choices=Ownership.choices, blank=True)
    founder = models.CharField(_("founded by"), max_length=120, blank=True)
    registration = models.CharField(
        _("kind of registration"), max_length=16, choices=Registration.choices, blank=True
    )
    clients = ArrayField(
        models.CharField(max_length=16, choices=Clients.choices),
        verbose_name=_("whom it takes"),
        default=list,
        blank=True,
    )
    grade_scheme = models.CharField(_("graded by"), max_length=120, blank=True)
    grade = models.CharField(_("grade"), max_length=40, blank=True)
    medical_service = models.CharField(
        _("medical service"), max_length=12, choices=MedicalService.choices, blank=True
    )
    medical_insurance = models.BooleanField(_("accepted by the medical insurance"), null=True, blank=True)
    funding = models.CharField(_("paid for by"), max_length=200, blank=True)
    floor_area_m2 = models.FloatField(_("floor area, m²"), null=True, blank=True)
    tenure = models.CharField(_("tenure of the building"), max_length=8, choices=Tenure.choices, blank=True)
    lease_from = models.DateField(_("lease begins"), null=True, blank=True)
    lease_to = models.DateField(_("lease ends"), null=True, blank=True)
    built_on = models.DateField(_("built on"), null=True, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)

    step_free_entrance = models.CharField(
        _("entrance without a step"), max_length=8, choices=Provision.choices, blank=True
    )
    accessible_toilet = models.CharField(
        _("accessible toilet"), max_length=8, choices=Provision.choices, blank=True
    )
    lift = models.CharField(
        _("lift, or all on one floor"), max_length=8, choices=Provision.choices, blank=True
    )
    accessible_parking = models.CharField(
        _("accessible parking"), max_length=8, choices=Provision.choices, blank=True
    )
    induction_loop = models.CharField(
        _("help for people hard of hearing"), max_length=8, choices=Provision.choices, blank=True
    )
    sign_language = models.CharField(_("sign language"), max_length=8, choices=Provision.choices, blank=True)

    opening_hours = models.CharField(
        _("opening hours"),
        max_length=300,
        blank=True,
        help_text=_("As OpenStreetMap writes them: Mo-Fr 08:30-17:30; PH off"),
    )
    public_phone = models.CharField(_("public telephone"), max_length=60, blank=True)
    private_phone = models.CharField(_("telephone for the office only"), max_length=60, blank=True)
    contact_role = models.CharField(_("contact's role"), max_length=60, blank=True)

    published = models.BooleanField(_("published"), default=False)
    secret = models.BooleanField(_("secret"), default=False)
    note = models.TextField(_("note"), blank=True)
    duplicate_of = models.ForeignKey(
        "self",
        # Both may go together, as when all that a source brought goes.
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        editable=False,
        related_name="duplicates",
        verbose_name=_("is the same facility as"),
    )

    objects: ClassVar[FacilityQuerySet] = FacilityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ["number"]
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="facilities_name_trgm"),
            # What the lists search besides names.
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="facilities_number_trgm"),
            GinIndex(OpClass(Upper("address"), name="gin_trgm_ops"), name="facilities_address_trgm"),
            # Metres on the ellipsoid: what asks with `territory.geography` is answered by this one.
            GistIndex(AsGeography("location"), name="facilities_location_metres"),
            # The lists' orders: by name as readers of Chinese look it up, and by what changed last.
            models.Index(Collate("name", PINYIN_ORDER), "id", name="facilities_name_order"),
            models.Index(fields=["updated_at", "id"], name="facilities_changed_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(floor_area_m2__isnull=True) | Q(floor_area_m2__gt=0),
                name="facilities_area_positive",
                violation_error_message=_("The floor area must be more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | ~Q(duplicate_of=models.F("pk")),
                name="facilities_not_its_own_duplicate",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def status_on(self, day: datetime.date | None = None) -> FacilityStatus | None:
        """Return the status that holds on ``day`` (today if not given), or ``None`` if nothing is known yet."""
        day = day or timezone.localdate()
        return self.statuses.filter(valid_from__lte=day).order_by("-valid_from", "-pk").first()
