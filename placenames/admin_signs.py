"""Signs in the administration, to look at: they are worked on in the office's own pages."""

from __future__ import annotations

from django.contrib import admin

from geo_registry.administration import RegistryAdmin

from .models import Sign, SignBatch, SignInspection, SignOrder, SignOrderReport, SignSite, SignStep


@admin.register(SignSite)
class SignSiteAdmin(RegistryAdmin[SignSite]):
    """Sites."""

    list_display = ("place", "reason", "division", "pole_number", "retired_on")
    list_select_related = ("place", "division")
    list_filter = ("reason",)


@admin.register(Sign)
class SignAdmin(RegistryAdmin[Sign]):
    """Signs."""

    list_display = ("asset_number", "text", "sort", "status", "status_on", "batch")
    list_select_related = ("batch",)
    list_filter = ("status", "sort")
    search_fields = ("asset_number", "text")


@admin.register(SignStep)
class SignStepAdmin(RegistryAdmin[SignStep]):
    """Steps of signs."""

    list_display = ("sign", "status", "on_day", "by")
    list_select_related = ("sign", "by")


@admin.register(SignBatch)
class SignBatchAdmin(RegistryAdmin[SignBatch]):
    """Batches."""

    list_display = ("number", "maker", "division", "ordered_on", "accepted_on")
    list_select_related = ("division",)


@admin.register(SignInspection)
class SignInspectionAdmin(RegistryAdmin[SignInspection]):
    """Inspections."""

    list_display = ("sign", "on_day", "by")
    list_select_related = ("sign", "by")


@admin.register(SignOrder)
class SignOrderAdmin(RegistryAdmin[SignOrder]):
    """Work orders."""

    list_display = ("sign", "kind", "state", "due", "done_on")
    list_select_related = ("sign",)
    list_filter = ("state", "kind")


@admin.register(SignOrderReport)
class SignOrderReportAdmin(RegistryAdmin[SignOrderReport]):
    """Which reports became which work."""

    list_display = ("report", "order", "by", "at")
    list_select_related = ("report", "order__sign", "by")
