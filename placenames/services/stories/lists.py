"""Stories and collections that everybody may read, as lists."""

from __future__ import annotations

from django.db.models import QuerySet

from placenames.models import Place, Story, StoryCollection


def public_stories() -> QuerySet[Story]:
    """Return all stories that everybody may read, the newest first."""
    return Story.objects.public().select_related("division__parent").order_by("-published_on", "-pk")


def public_collections() -> QuerySet[StoryCollection]:
    """Return all collections that everybody may read, the newest first."""
    return StoryCollection.objects.public().order_by("-published_on", "-pk")


def stories_of_place(place: Place) -> list[Story]:
    """Return the public stories of a place, those that begin with it first."""
    return list(
        public_stories().filter(links__place=place).order_by("links__position", "-published_on", "-pk")
    )
