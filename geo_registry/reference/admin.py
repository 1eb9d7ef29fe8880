"""Reference rows, for the administrator: each with its source and how sure it is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import RegistryAdmin, RegistryInline

from .models import CalendarDay, NameRule, ReferenceValue, RoadSpeed, Source, TravelProfile

_VALID: tuple[Any, Any] = (_("Holds"), {"fields": (("valid_from", "valid_to"),)})


@admin.register(Source)
class SourceAdmin(RegistryAdmin[Source]):
    """Where rows come from."""

    list_display = ("title", "code", "publisher", "dated", "is_demo")
    list_filter = ("is_demo",)
    search_fields = ("code", "title", "publisher")
    fixed_once_entered = ("code",)
    fieldsets = (
        (None, {"fields": ("title", "code", "publisher", "dated")}),
        (_("Terms"), {"fields": ("licence", "url", "is_demo", "note")}),
    )


@admin.register(ReferenceValue)
class ReferenceValueAdmin(RegistryAdmin[ReferenceValue]):
    """Thresholds, targets, settings and facts."""

    list_display = ("title_zh", "number", "unit", "group", "valid_from", "valid_to", "mark", "verified")
    list_filter = ("group", "verified", "mark")
    search_fields = ("key", "title_zh", "title_en", "source")
    # A new number from a day on is a row of its own beside the old one.
    save_as = True
    fieldsets = (
        (None, {"fields": ("title_zh", ("value", "unit"), "group")}),
        _VALID,
        (_("How it is known"), {"fields": ("source", "mark", "verified", "note")}),
        (_("For the program"), {"fields": ("key", "title_en"), "classes": ("collapse",)}),
    )

    @admin.display(description=_("value"), ordering="value")
    def number(self, row: ReferenceValue) -> str:
        """Show the number without the zeros that the column keeps."""
        return number_format(row.value.normalize() if row.value % 1 else row.value.to_integral_value())


class RoadSpeedInline(RegistryInline):
    """Speeds on single classes of road."""

    model = RoadSpeed


@admin.register(TravelProfile)
class TravelProfileAdmin(RegistryAdmin[TravelProfile]):
    """Ways to travel."""

    list_display = (
        "name_zh",
        "mode",
        "people",
        "speed_m_s",
        "snap_limit_m",
        "respects_oneway",
        "position",
        "mark",
        "verified",
    )
    list_filter = ("mode", "people", "verified")
    search_fields = ("code", "name_zh", "name_en")
    fixed_once_entered = ("code",)
    fieldsets = (
        (None, {"fields": ("name_zh", "name_en", "mode", "people", "position")}),
        (_("Speed"), {"fields": ("speed_m_s", "off_road_speed_m_s", "winter_factor", "respects_oneway")}),
        (_("Away from roads"), {"fields": ("snap_limit_m", "detour_factor")}),
        (_("Service to the person"), {"fields": ("delivery_radius_m",)}),
        (_("How it is known"), {"fields": ("source", "mark", "verified")}),
        (_("For the program"), {"fields": ("code",), "classes": ("collapse",)}),
    )
    inlines = (RoadSpeedInline,)


@admin.register(NameRule)
class NameRuleAdmin(RegistryAdmin[NameRule]):
    """Checks on a proposed name."""

    list_display = ("number", "title_zh", "severity", "severity_elsewhere", "article", "mark")
    list_display_links = ("number", "title_zh")
    list_filter = ("severity", "mark")
    search_fields = ("title_zh", "title_en", "article", "code")
    fieldsets = (
        (None, {"fields": (("number", "version"), "title_zh", "severity", "severity_elsewhere")}),
        _VALID,
        (_("How it is known"), {"fields": ("article", "mark", "note")}),
        (_("For the program"), {"fields": ("code", "title_en"), "classes": ("collapse",)}),
    )


@admin.register(CalendarDay)
class CalendarDayAdmin(RegistryAdmin[CalendarDay]):
    """Public holidays and make-up working days."""

    list_display = ("day", "kind", "name", "verified")
    list_filter = ("kind", "verified")
    search_fields = ("name",)
    date_hierarchy = "day"
    fields = ("day", "kind", "name", "source", "verified")
