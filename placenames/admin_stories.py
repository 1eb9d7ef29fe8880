"""Stories in the administration, to look at: they are written and reviewed in the office's own pages."""

from __future__ import annotations

from django.contrib import admin

from geo_registry.administration import RegistryAdmin

from .models import Story, StoryCollection


@admin.register(Story)
class StoryAdmin(RegistryAdmin[Story]):
    """Stories."""

    list_display = ("title", "state", "division", "author", "published_on")
    list_select_related = ("division",)
    list_filter = ("state",)
    search_fields = ("title",)


@admin.register(StoryCollection)
class StoryCollectionAdmin(RegistryAdmin[StoryCollection]):
    """Collections."""

    list_display = ("title", "state", "division", "author", "published_on")
    list_select_related = ("division",)
    list_filter = ("state",)
    search_fields = ("title",)
