"""Check-lists and assessment sheets are composed here, version by version; assets are kept here one by one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import GeoRegistryAdmin, RegistryAdmin, RegistryInline
from geo_registry.territory.filters import TownshipFilter

from .models import Asset, CheckItem, CheckList, ScoreItem, ScoreSheet
from .services import composed


class ComposedAdmin(RegistryAdmin[Any]):
    """A version that is being composed can be changed; one that is or was in use only looked at and copied."""

    list_display = ("__str__", "code", "version", "state", "mark")
    list_filter = ("state", "kinds")
    search_fields = ("name_zh", "name_en", "code")
    fixed_once_entered = ("code", "version")
    readonly_fields = ("state",)
    actions = ("put_in_use", "make_version", "retire")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Tick kinds in a list."""
        kwargs["widget"] = CheckboxSelectMultiple()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to change what somebody may have worked by."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to delete what somebody may have worked by."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)

    def has_manage_reference_permission(self, request: HttpRequest) -> bool:
        """Whether the person composes at all."""
        return super().has_change_permission(request)

    @admin.action(description=_("Put in use"), permissions=["manage_reference"])
    def put_in_use(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Work by these from now on."""
        for row in queryset:
            try:
                composed.put_in_use(row)
            except ValidationError as error:
                self.message_user(request, f"{row}：{' '.join(error.messages)}", messages.ERROR)
            else:
                self.message_user(request, gettext("%(row)s is in use.") % {"row": row}, messages.SUCCESS)

    @admin.action(description=_("Make a new version to change"), permissions=["manage_reference"])
    def make_version(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Copy them as drafts."""
        for row in queryset:
            copy = composed.new_version(row)
            self.message_user(request, gettext("%(row)s was made.") % {"row": copy}, messages.SUCCESS)

    @admin.action(description=_("Use no longer"), permissions=["manage_reference"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Work by these no longer."""
        for row in queryset:
            composed.retire(row)
            self.message_user(request, gettext("%(row)s is no longer used.") % {"row": row}, messages.SUCCESS)


class CheckItemInline(RegistryInline):
    """What is looked at, in order."""

    model = CheckItem
    fields = ("position", "hazard", "text_zh", "text_en", "severity", "photo_required", "measured_in")


@admin.register(CheckList)
class CheckListAdmin(ComposedAdmin):
    """Check-lists for inspections."""

    inlines = (CheckItemInline,)
    fields = ("name_zh", "name_en", "code", "version", "kinds", "source", "mark", "state")


class ScoreItemInline(RegistryInline):
    """What is scored, in order."""

    model = ScoreItem
    fields = ("position", "section", "text_zh", "text_en", "weight", "scale", "evidence_required", "guidance")


@admin.register(ScoreSheet)
class ScoreSheetAdmin(ComposedAdmin):
    """Sheets that facilities are assessed by."""

    inlines = (ScoreItemInline,)
    fields = ("name_zh", "name_en", "code", "version", "kinds", "pass_mark", "source", "mark", "state")


@admin.register(Asset)
class AssetAdmin(GeoRegistryAdmin[Asset]):
    """Buildings, rooms, equipment."""

    list_display = ("name", "number", "kind", "division", "use", "area_m2", "owner", "lease_to")
    list_select_related = ("division",)
    list_filter = ("kind", "use", "tenure", TownshipFilter)
    search_fields = ("name", "number__startswith", "owner", "address")
    fixed_once_entered = ("number",)
    autocomplete_fields = ("division", "facility", "parent", "source")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "number", "kind", "parent", "facility", "division")}),
        (_("Where it is"), {"fields": ("address", "location")}),
        (_("Building"), {"fields": ("area_m2", "use", "idle_area_m2", "quantity")}),
        (
            _("Owner and lease"),
            {"fields": ("owner", "tenure", "lease_to", "acquired_on", "retired_on", "note")},
        ),
        (_("Where it comes from"), {"fields": ("source", "source_ref", "created_at", "updated_at")}),
    )
