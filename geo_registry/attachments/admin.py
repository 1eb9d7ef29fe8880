"""Attachments for the administrator: what is kept, of whom and how large; to look at, not to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import RegistryAdmin

from . import registry
from .models import Attachment


class OwnerFilter(admin.SimpleListFilter):
    """By whose files they are: the tables that said they have some, by what people call them."""

    title = _("record")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the tables, and that a file belongs to no record yet."""
        named = [(model._meta.label_lower, str(model._meta.verbose_name)) for model in registry.owners()]
        return [*sorted(named, key=lambda entry: entry[1]), ("none", str(_("none yet")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> QuerySet[Attachment]:  # noqa: ARG002
        """Narrow to one table."""
        if not self.value():
            return queryset
        if self.value() == "none":
            return queryset.filter(owner_type__isnull=True)
        app_label, _dot, model = str(self.value()).partition(".")
        return queryset.filter(owner_type__app_label=app_label, owner_type__model=model)


@admin.register(Attachment)
class AttachmentAdmin(RegistryAdmin[Attachment]):
    """Names, sizes and who sent them."""

    list_display = ("name", "kind", "size", "owner_name", "purpose", "uploaded_by", "uploaded_at")
    list_select_related = ("content", "owner_type", "uploaded_by")
    list_filter = ("content__kind", OwnerFilter)
    search_fields = ("name", "note")
    date_hierarchy = "uploaded_at"
    fields = (
        "name",
        "note",
        "kind",
        "size",
        "owner_name",
        "owner_id",
        "purpose",
        "uploaded_by",
        "uploaded_at",
    )
    readonly_fields = fields

    @admin.display(description=_("kind of file"), ordering="content__kind")
    def kind(self, attachment: Attachment) -> str:
        """Show what it is."""
        return f"{attachment.content.get_kind_display()} ({attachment.content.media_type})"

    @admin.display(description=_("record"), ordering="owner_type")
    def owner_name(self, attachment: Attachment) -> str:
        """Show of what table the record is, as people call it."""
        model = attachment.owner_type.model_class() if attachment.owner_type else None
        return str(model._meta.verbose_name) if model is not None else ""

    @admin.display(description=_("size"), ordering="content__size_bytes")
    def size(self, attachment: Attachment) -> str:
        """Show how large it is."""
        return filesizeformat(attachment.content.size_bytes)
