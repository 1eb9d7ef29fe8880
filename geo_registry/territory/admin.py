"""The ground, for those who keep it: this installation, divisions, population, roads, built-up areas."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import GeoRegistryAdmin, RegistryAdmin, RegistryInline
from geo_registry.geodata.geometry import length_m

from . import services
from .filters import TownshipFilter
from .models import (
    BuiltUpArea,
    DenominatorFlag,
    Division,
    Installation,
    PopulatedPlace,
    PopulationCount,
    Road,
)

_ORIGIN: tuple[Any, Any] = (
    _("Where it comes from"),
    {"fields": ("source", "source_ref", "created_at", "updated_at")},
)
_ENTERED = ("created_at", "updated_at")


@admin.register(Installation)
class InstallationAdmin(RegistryAdmin[Installation]):
    """The site itself: one row, so that its list is its form."""

    autocomplete_fields = ("home_division",)
    fieldsets = (
        (None, {"fields": ("home_division",)}),
        (_("On every page"), {"fields": ("site_name_zh", "site_name_en", "office_name", "office_phone")}),
        (_("On every map"), {"fields": ("map_review_number",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only until there is one."""
        return super().has_add_permission(request) and not Installation.objects.exists()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Open the one row, or the empty form."""
        row = Installation.objects.first()
        if row is not None:
            return HttpResponseRedirect(reverse("admin:territory_installation_change", args=[row.pk]))
        if self.has_add_permission(request):
            return HttpResponseRedirect(reverse("admin:territory_installation_add"))
        return super().changelist_view(request, extra_context)


class DenominatorFlagInline(RegistryInline):
    """Whether it counts in shares, from a day on."""

    model = DenominatorFlag


class DivisionForm(forms.ModelForm[Division]):
    """A division; putting it under another must not make a ring."""

    def clean_parent(self) -> Division | None:
        """Refuse a parent that lies below the division itself."""
        parent: Division | None = self.cleaned_data["parent"]
        if self.instance.pk and parent is not None and parent.path.startswith(self.instance.path):
            raise ValidationError(
                _("%(parent)s lies below %(division)s, so it cannot be its parent."),
                params={"parent": parent, "division": self.instance},
            )
        return parent


@admin.register(Division)
class DivisionAdmin(GeoRegistryAdmin[Division]):
    """Divisions. A code is for ever: a new code is a new division, and the old one gets an end date."""

    form = DivisionForm
    fixed_once_entered = ("code",)
    list_display = ("name", "code", "level", "kind", "parent", "urban_rural", "valid_from", "valid_to")
    list_select_related = ("parent",)
    list_filter = (
        "level",
        "urban_rural",
        ("boundary", admin.EmptyFieldListFilter),
        ("point", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "short_name", "code__startswith")
    autocomplete_fields = ("parent", "source")
    readonly_fields = _ENTERED
    inlines = (DenominatorFlagInline,)
    fieldsets = (
        (None, {"fields": ("name", "short_name", ("code", "level"), "kind", "parent", "urban_rural")}),
        (_("Exists"), {"fields": (("valid_from", "valid_to"),)}),
        (_("Where it is"), {"fields": ("point", "point_method", "boundary")}),
        _ORIGIN,
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Division | None = None) -> Any:
        """Fix the parent of the division that the person's own scope begins with."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None or self.site.acts_everywhere(request):
            return fields
        own = obj.parent is not None and self.has_change_permission(request, obj.parent)
        return fields if own else (*fields, "parent")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Whoever does not act everywhere puts a new division under one of the own."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "parent" and not self.site.acts_everywhere(request):
            field.required = True
        return field

    def save_model(self, request: HttpRequest, obj: Division, form: Any, change: bool) -> None:
        """Save; a new parent moves all below it too."""
        if not change or "parent" not in form.changed_data:
            super().save_model(request, obj, form, change)
            return
        parent = obj.parent
        obj.parent = Division.objects.get(pk=obj.pk).parent
        obj.save()
        services.move_division(division=obj, parent=parent)


class PopulationCountInline(RegistryInline):
    """How many people, by group and day."""

    model = PopulationCount
    ordering = ("-as_of", "group")


@admin.register(PopulatedPlace)
class PopulatedPlaceAdmin(GeoRegistryAdmin[PopulatedPlace]):
    """Hamlets, housing blocks and cells with their counts."""

    list_display = ("__str__", "code", "kind", "division", "point_method")
    list_select_related = ("division",)
    list_filter = ("kind", TownshipFilter)
    search_fields = ("name", "code__startswith")
    autocomplete_fields = ("division", "source")
    readonly_fields = _ENTERED
    inlines = (PopulationCountInline,)
    fieldsets = (
        (None, {"fields": ("name", "code", "kind", "division")}),
        (_("Where it is"), {"fields": ("point", "point_method", "area")}),
        _ORIGIN,
    )


@admin.register(Road)
class RoadAdmin(GeoRegistryAdmin[Road]):
    """Roads, a stretch at a time."""

    list_display = ("__str__", "road_class", "ref", "length_km", "division", "speed_kmh", "oneway")
    list_select_related = ("division",)
    list_filter = ("road_class", "restricted", "bridge", "tunnel", TownshipFilter)
    search_fields = ("name", "ref")
    autocomplete_fields = ("division", "source")
    readonly_fields = (*_ENTERED, "length_km")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("name", "ref", "road_class", "division", "restricted")}),
        (_("Line"), {"fields": ("geometry", "length_km")}),
        (_("How it is travelled"), {"fields": (("speed_kmh", "oneway"), ("foot", "bicycle", "motor"))}),
        (_("How it is built"), {"fields": (("bridge", "tunnel", "layer"), ("width_m", "surface"))}),
        _ORIGIN,
    )

    @admin.display(description=_("length, km"), ordering="length_m")
    def length_km(self, road: Road) -> str:
        """Show the length with metres as decimals."""
        return f"{road.length_m / 1000:.3f}"

    def save_model(self, request: HttpRequest, obj: Road, form: Any, change: bool) -> None:
        """Measure what was drawn."""
        line = shapely.from_wkb(bytes(obj.geometry.wkb))
        obj.length_m = float(length_m(np.array([line], dtype=object))[0])
        super().save_model(request, obj, form, change)


@admin.register(BuiltUpArea)
class BuiltUpAreaAdmin(GeoRegistryAdmin[BuiltUpArea]):
    """Built-up areas with their outlines."""

    list_display = ("name", "code", "division", "as_of", "restricted")
    list_select_related = ("division",)
    list_filter = ("restricted", TownshipFilter)
    search_fields = ("name", "code")
    autocomplete_fields = ("division", "source")
    readonly_fields = _ENTERED
    fieldsets = (
        (None, {"fields": ("name", "code", "division", "as_of", "restricted")}),
        (_("Outline"), {"fields": ("geometry",)}),
        _ORIGIN,
    )
