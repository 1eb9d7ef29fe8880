"""Facilities with their dated history, and the networks they belong to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ChoiceField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from geo_registry.administration import GeoRegistryAdmin, RegistryAdmin, RegistryInline
from geo_registry.territory.filters import TownshipFilter

from . import admin_composed as admin_composed
from .models import (
    CapacityReading,
    Commitment,
    CoverageRun,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityStatus,
    FactRule,
    Function,
    Kind,
    Network,
    Post,
    RoundQuestion,
    Status,
    StatusRule,
    Tier,
)
from .models.facility import ACCESSIBILITY
from .services.kinds import take_kinds_as_said
from .services.rounds.facts import CODES, label


class StatusFilter(admin.SimpleListFilter):
    """By the status that holds today."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the statuses, and “none known”."""
        return [*((value, str(label)) for value, label in Status.choices), ("none", str(_("none known")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Facility]) -> QuerySet[Facility]:  # noqa: ARG002
        """Narrow to one status."""
        if self.value() == "none":
            return queryset.filter(status__isnull=True)  # type: ignore[misc] # with_status() annotates it
        return queryset.filter(status=self.value()) if self.value() else queryset  # type: ignore[misc]


class NetworkFilter(admin.SimpleListFilter):
    """By network, where the list of all kinds would be too long."""

    title = _("network")
    parameter_name = "network"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the networks."""
        return [(network.code, network.name) for network in Network.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        """Narrow to one network."""
        prefix = "" if queryset.model is Kind else "kind__"
        return queryset.filter(**{f"{prefix}tier__network__code": self.value()}) if self.value() else queryset


class FacilityStatusInline(RegistryInline):
    """Since when which status."""

    model = FacilityStatus
    fk_name = "facility"
    ordering = ("-valid_from",)
    fields = ("status", "valid_from", "reason", "document", "source")
    autocomplete_fields = ("source",)


class FacilityFunctionInline(RegistryInline):
    """What it does, at which tier."""

    model = FacilityFunction
    fields = ("function", "tier", "valid_from", "valid_to")


class FacilityOperatorInline(RegistryInline):
    """Who ran it when."""

    model = FacilityOperator
    fields = ("name", "mode", "valid_from", "valid_to")


class CapacityReadingInline(RegistryInline):
    """Beds, places, meals, staff, each as of a day."""

    model = CapacityReading
    ordering = ("-as_of", "measure")
    autocomplete_fields = ("source",)


@admin.register(Facility)
class FacilityAdmin(GeoRegistryAdmin[Facility]):
    """Facilities: what stays the same on top, what changes with time below, row by row with its days."""

    list_display = ("name", "number", "kind", "division", "status_today", "has_location", "published")
    list_select_related = ("kind", "division")
    list_filter = (
        StatusFilter,
        NetworkFilter,
        "published",
        ("location", admin.EmptyFieldListFilter),
        TownshipFilter,
        "kind",
    )
    search_fields = ("name", "number__startswith", "address")
    fixed_once_entered = ("number",)
    autocomplete_fields = ("division", "kind", "source")
    readonly_fields = ("created_at", "updated_at")
    inlines = (FacilityStatusInline, CapacityReadingInline, FacilityFunctionInline, FacilityOperatorInline)
    actions = ("publish", "withdraw")
    fieldsets = (
        (None, {"fields": ("name", "number", "kind", "division")}),
        (_("Where it is"), {"fields": ("address", "location", "location_method", "location_note")}),
        (_("For the public"), {"fields": ("public_phone", "opening_hours", ("published", "secret"))}),
        (_("For the office only"), {"fields": ("private_phone", "contact_role", "note")}),
        (
            _("Institution"),
            {
                "fields": (
                    ("ownership", "registration"),
                    ("social_credit_code", "social_credit_code_absent"),
                    ("founder", "funding"),
                    "clients",
                    ("grade_scheme", "grade"),
                    ("medical_service", "medical_insurance"),
                )
            },
        ),
        (pgettext_lazy("of a building", "Accessibility"), {"fields": (ACCESSIBILITY[:3], ACCESSIBILITY[3:])}),
        (
            _("Building"),
            {"fields": ("floor_area_m2", ("tenure", "lease_from", "lease_to"), ("built_on", "opened_on"))},
        ),
        (_("Where it comes from"), {"fields": ("source", "source_ref", "created_at", "updated_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Facility]:
        """Return the facilities in the person's scope with today's status."""
        rows = self.site.limit(Facility.objects.with_status(timezone.localdate()), request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Facility | None = None) -> Any:
        """Leave it to reviewers what the public sees."""
        fields = super().get_readonly_fields(request, obj)
        return fields if self.has_approve_permission(request) else (*fields, "published", "secret")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whether the person decides what the public sees."""
        return request.user.has_perm("facilities.approve_facility")

    def save_model(self, request: HttpRequest, obj: Facility, form: Any, change: bool) -> None:
        """Have the kind that is chosen here hold today, also where kinds are dated."""
        super().save_model(request, obj, form, change)
        if change and "kind" in form.changed_data:
            take_kinds_as_said([obj.pk])

    @admin.display(description=_("status today"))
    def status_today(self, facility: Facility) -> str:
        """Show the status that holds today."""
        status = getattr(facility, "status", None)
        return str(Status(status).label) if status else "-"

    @admin.display(description=_("has a location"), boolean=True)
    def has_location(self, facility: Facility) -> bool:
        """Show whether it can be drawn on a map."""
        return facility.location is not None

    @admin.action(description=_("Publish the selected facilities"), permissions=["approve"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Facility]) -> None:
        """Show them to the public."""
        self._set_published(request, queryset, published=True)

    @admin.action(description=_("Withdraw the selected facilities from the public"), permissions=["approve"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Facility]) -> None:
        """Show them to the public no longer."""
        self._set_published(request, queryset, published=False)

    def _set_published(self, request: HttpRequest, rows: QuerySet[Facility], *, published: bool) -> None:
        pks = list(rows.exclude(published=published).values_list("pk", flat=True))
        changed = Facility.objects.filter(pk__in=pks).update(published=published, updated_at=timezone.now())
        self.message_user(
            request,
            ngettext("%(count)d facility was changed.", "%(count)d facilities were changed.", changed)
            % {"count": changed},
            messages.SUCCESS,
        )


class TierInline(RegistryInline):
    """A network's tiers."""

    model = Tier


@admin.register(Network)
class NetworkAdmin(RegistryAdmin[Network]):
    """Networks with their tiers."""

    list_display = ("name_zh", "serves", "public", "position")
    search_fields = ("name_zh", "name_en", "code")
    fixed_once_entered = ("code",)
    inlines = (TierInline,)


@admin.register(Kind)
class KindAdmin(RegistryAdmin[Kind]):
    """Kinds of facility with their map symbols."""

    list_display = ("name_zh", "glyph", "shape", "tier", "protective", "position")
    list_select_related = ("tier__network",)
    list_filter = (NetworkFilter, "protective")
    search_fields = ("name_zh", "name_en", "code")
    word_lists = ("synonyms",)
    fixed_once_entered = ("code",)
    fieldsets = (
        (None, {"fields": ("name_zh", "name_en", "tier", "functions", "position", "protective")}),
        (_("Map symbol"), {"fields": (("shape", "glyph"),)}),
        (_("In files"), {"fields": ("code", "synonyms", "osm_tags")}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Tick functions in a list."""
        kwargs["widget"] = CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(RoundQuestion)
class RoundQuestionAdmin(RegistryAdmin[RoundQuestion]):
    """What a confirmation round asks."""

    list_display = ("question", "functions", "kinds", "position")
    word_lists = ("functions", "kinds")
    fields = ("code", "functions", "kinds", "position")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        """Offer the facts that can be asked."""
        if db_field.name == "code":
            return ChoiceField(label=db_field.verbose_name, choices=[(code, label(code)) for code in CODES])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("fact"), ordering="code")
    def question(self, row: RoundQuestion) -> str:
        """Show what the fact is called."""
        return label(row.code) if row.code in CODES else row.code


@admin.register(Function)
class FunctionAdmin(RegistryAdmin[Function]):
    """What is done for people."""

    list_display = ("name_zh", "public", "position")
    search_fields = ("name_zh", "name_en", "code")
    fixed_once_entered = ("code",)


@admin.register(Commitment)
class CommitmentAdmin(RegistryAdmin[Commitment]):
    """Targets and commitments: how much, by when, from which text, and what the register is asked."""

    list_display = ("name_zh", "year", "network", "query", "value", "unit", "due", "mark", "verified")
    list_select_related = ("network",)
    list_filter = ("year", "network", "query", "mark", "verified")
    search_fields = ("name_zh", "name_en", "title_zh", "code")
    fixed_once_entered = ("code",)


@admin.register(Post)
class PostAdmin(RegistryAdmin[Post]):
    """Posts that somebody must fill; who does is kept in the office's pages."""

    list_display = ("name_zh", "level", "network", "expected", "position")
    list_select_related = ("network",)
    search_fields = ("name_zh", "name_en", "code")
    fixed_once_entered = ("code",)


@admin.register(FactRule)
class FactRuleAdmin(RegistryAdmin[FactRule]):
    """Which facts of the card a facility has, and which of them a clerk may change without asking."""

    list_display = ("code", "needs_approval", "functions")
    list_filter = ("needs_approval",)
    fixed_once_entered = ("code",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **kwargs: Any) -> Any:
        """Tick functions by name."""
        if db_field.name != "functions":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.MultipleChoiceField(
            label=db_field.verbose_name,
            choices=[(function.code, function.name) for function in Function.objects.all()],
            widget=CheckboxSelectMultiple(),
            required=False,
        )


@admin.register(StatusRule)
class StatusRuleAdmin(RegistryAdmin[StatusRule]):
    """Which status may follow which, and on what terms."""

    list_display = ("__str__", "needs_approval", "needs_document")
    list_filter = ("needs_approval", "needs_document")


@admin.register(CoverageRun)
class CoverageRunAdmin(RegistryAdmin[CoverageRun]):
    """Saved computations: to look at, and to delete; the planner's pages make them."""

    list_display = ("__str__", "division", "created_by", "created_at", "finished_at", "has_demo_data")
    list_select_related = ("network", "profile", "division", "created_by")
    list_filter = ("network", "has_demo_data")
    fields = (
        "network",
        "profile",
        "division",
        "kinds",
        "day",
        "population_as_of",
        "thresholds_s",
        "has_demo_data",
        "created_by",
        "created_at",
        "finished_at",
        "duration_s",
    )
