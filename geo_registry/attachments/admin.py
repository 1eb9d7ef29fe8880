"""Attachments for the administrator: what is kept, of whom and how large; to look at, not to edit."""

from __future__ import annotations

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from geo_registry.administration import RegistryAdmin

from .models import Attachment


@admin.register(Attachment)
class AttachmentAdmin(RegistryAdmin[Attachment]):
    """Names, sizes and who sent them."""

    list_display = ("name", "kind", "size", "owner_type", "purpose", "uploaded_by", "uploaded_at")
    list_select_related = ("content", "owner_type", "uploaded_by")
    list_filter = ("content__kind",)
    search_fields = ("name", "note")
    date_hierarchy = "uploaded_at"
    fields = (
        "name",
        "note",
        "kind",
        "size",
        "owner_type",
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

    @admin.display(description=_("size"), ordering="content__size_bytes")
    def size(self, attachment: Attachment) -> str:
        """Show how large it is."""
        return filesizeformat(attachment.content.size_bytes)
