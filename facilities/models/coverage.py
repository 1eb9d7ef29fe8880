"""A saved coverage computation: its parameters, the versions of its inputs, and its answer."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from geo_registry.jobs.models import Job
from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import AgeGroup, Division, Installation, PopulatedPlace

from .networks import Function, Kind, Network, Tier


class ReachState(models.TextChoices):
    REACHED = "reached", _("reached")
    UNREACHABLE = "unreachable", _("no way by road")
    BEYOND_RADIUS = "beyond", _("beyond the delivery radius")
    UNKNOWN = "unknown", _("unknown: too far from any road")


class CoverageRunQuerySet(models.QuerySet["CoverageRun"]):
    """Runs by what they can be used for."""

    def finished(self) -> Self:
        """Runs whose answer is complete."""
        return self.filter(finished_at__isnull=False)

    def at_home(self) -> Self:
        """Runs of the present home."""
        home = Installation.home()
        return self.filter(division=home) if home else self


class CoverageRun(models.Model):
    """One computation. A row without ``finished_at`` is still being made, or was interrupted: it is never shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    network = models.ForeignKey(
        Network, on_delete=models.PROTECT, related_name="coverage_runs", verbose_name=_("network")
    )
    profile = models.ForeignKey(
        TravelProfile, on_delete=models.PROTECT, related_name="+", verbose_name=_("profile")
    )
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
    )
    day = models.DateField(_("facilities open on"))
    population_as_of = models.DateField(_("population as of"), null=True, blank=True)
    thresholds_s = ArrayField(models.PositiveIntegerField(), verbose_name=_("limits, seconds"))
    kinds = models.ManyToManyField(Kind, blank=True, related_name="+", verbose_name=_("kinds"))
    parameters = models.JSONField(_("parameters"), default=dict)
    input_versions = models.JSONField(_("versions of the inputs"), default=dict)
    summary = models.JSONField(_("summary"), default=dict)
    has_demo_data = models.BooleanField(_("contains demo data"), default=False)
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("job")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    duration_s = models.FloatField(_("took, seconds"), null=True, blank=True)

    objects: ClassVar[CoverageRunQuerySet] = CoverageRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("coverage run")
        verbose_name_plural = _("coverage runs")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.network} · {self.profile} · {self.day}"

    @property
    def limit_minutes(self) -> list[str]:
        """The limits in minutes, shortest first, as people write them."""
        return [f"{limit / 60:g}" for limit in sorted(self.thresholds_s)]


def set_key(*, tier: Tier | None, kind: Kind | None, function: Function | None) -> str:
    """Return a set's key in addresses, commands and files: ``any``, ``tier-5``, ``function-meals``, or the kind's code."""
    if kind is not None:
        return kind.code
    if function is not None:
        return f"function-{function.code}"
    return f"tier-{tier.level}" if tier is not None else "any"


class CoverageSet(models.Model):
    """A set of facilities that people must reach one of: all of the network, one tier, one kind, or one function."""

    run = models.ForeignKey(CoverageRun, on_delete=models.CASCADE, related_name="sets")
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    function = models.ForeignKey(Function, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    facility_count = models.PositiveIntegerField(default=0)
    unsnapped_count = models.PositiveIntegerField(default=0)
    facility_ids = ArrayField(models.BigIntegerField(), default=list)
    notes = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("set of facilities")
        verbose_name_plural = _("sets of facilities")
        ordering = ["run", "position"]

    def __str__(self) -> str:
        return self.label

    @property
    def key(self) -> str:
        """The set's key, as `set_key` says it."""
        return set_key(tier=self.tier, kind=self.kind, function=self.function)

    @property
    def label(self) -> str:
        """What the set is called on pages."""
        if self.kind is not None:
            return self.kind.name
        if self.function is not None:
            return self.function.name
        return self.tier.name if self.tier is not None else str(_("any facility of the network"))


class CoveragePlace(models.Model):
    """A populated place as the run counted it: later changes of the register leave the run as it was."""

    run = models.ForeignKey(CoverageRun, on_delete=models.CASCADE, related_name="places")
    place = models.ForeignKey(PopulatedPlace, on_delete=models.CASCADE, related_name="+")
    people = models.JSONField(_("people by group"), default=dict)
    access_m = models.FloatField(_("from the place to the road, metres"), null=True, blank=True)

    class Meta:
        verbose_name = _("place of a run")
        verbose_name_plural = _("places of a run")
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="facilities_run_place_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.place_id}"


class CoverageReach(models.Model):
    """How long it takes from one populated place to the nearest facility of a set."""

    set = models.ForeignKey(CoverageSet, on_delete=models.CASCADE, related_name="reaches")
    place = models.ForeignKey(PopulatedPlace, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=ReachState.choices)
    time_ms = models.BigIntegerField(_("time, milliseconds"), null=True, blank=True)
    facility = models.ForeignKey(
        "Facility", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    straight_line_m = models.FloatField(
        _("straight line to the nearest facility, metres"), null=True, blank=True
    )
    access = models.FloatField(_("access"), null=True, blank=True)

    class Meta:
        verbose_name = _("reach")
        verbose_name_plural = _("reaches")
        constraints = [models.UniqueConstraint(fields=["set", "place"], name="facilities_reach_once")]

    def __str__(self) -> str:
        return f"{self.place_id} {self.state} {self.time_ms}"


class CoverageShare(models.Model):
    """People of one group in one division: how many are within a limit, beyond it, or unknown. The three add up."""

    set = models.ForeignKey(CoverageSet, on_delete=models.CASCADE, related_name="shares")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    group = models.CharField(pgettext_lazy("of people", "group"), max_length=16, choices=AgeGroup.choices)
    threshold_s = models.PositiveIntegerField(_("limit, seconds"))
    people = models.PositiveIntegerField(_("people"))
    covered = models.PositiveIntegerField(_("within the limit"))
    uncovered = models.PositiveIntegerField(_("beyond the limit"))
    unknown = models.PositiveIntegerField(_("unknown"))
    at_points = models.PositiveIntegerField(
        _("within the limit if each village were one point"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("share covered")
        verbose_name_plural = _("shares covered")
        constraints = [
            models.UniqueConstraint(
                fields=["set", "division", "group", "threshold_s"],
                nulls_distinct=False,
                name="facilities_share_once",
            ),
            models.CheckConstraint(
                condition=models.Q(people=models.F("covered") + models.F("uncovered") + models.F("unknown")),
                name="facilities_share_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.group} {self.covered}/{self.people}"

    @property
    def share(self) -> float | None:
        """Covered ÷ all people counted; ``None`` where nobody is counted."""
        return self.covered / self.people if self.people else None

    @property
    def share_at_points(self) -> float | None:
        """The share if each village's people stood at one point; ``None`` where that was not computed."""
        return self.at_points / self.people if self.people and self.at_points is not None else None
