"""Published maps in the administration: to look at. They are made, reviewed and withdrawn on the office's own pages."""

from __future__ import annotations

from django.contrib import admin

from geo_registry.administration import RegistryAdmin, RegistryInline

from .models import MapStep, MapVersion, PublishedMap


class MapStepInline(RegistryInline):
    """What was done to a version, by whom and why."""

    model = MapStep
    fields = ("action", "at", "by_name", "reason")
    readonly_fields = fields
    can_delete = False


@admin.register(PublishedMap)
class PublishedMapAdmin(RegistryAdmin[PublishedMap]):
    """Maps under their lasting addresses."""

    list_display = ("__str__", "code", "division", "created_by", "created_at")
    list_select_related = ("division", "created_by")
    search_fields = ("code", "versions__title")
    fields = ("code", "division", "created_by", "created_at")


@admin.register(MapVersion)
class MapVersionAdmin(RegistryAdmin[MapVersion]):
    """Versions of maps."""

    list_display = (
        "__str__",
        "state",
        "is_internal",
        "review_number",
        "published_on",
        "withdrawn_on",
        "has_demo_data",
    )
    list_filter = ("state", "is_internal", "has_demo_data")
    search_fields = ("title", "map__code", "review_number")
    fields = (
        "map",
        "number",
        "state",
        "title",
        "text",
        "run",
        "is_frozen",
        "content_day",
        "review_number",
        "is_internal",
        "has_demo_data",
        "created_by",
        "created_at",
        "published_on",
        "withdrawn_on",
    )
    inlines = (MapStepInline,)
