"""Stories for everybody: the list, one story, a collection along its map."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from geo_registry.kept_by_proxies import for_everybody
from geo_registry.public_address import permanent_address

from ..models import Story, StoryCollection
from ..services.public_page import valid_short_id
from ..services.stories import lists, reading
from ..services.stories.reading import StoryPage

ResponseT = TypeVar("ResponseT", bound=HttpResponse)
MAX_AGE_S = 60
PAGE_SIZE = 24


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List collections and stories."""
    rows = Paginator(lists.public_stories(), PAGE_SIZE).get_page(request.GET.get("page"))
    places = reading.places_by_story(list(rows))
    context = {
        "collections": lists.public_collections() if rows.number == 1 else [],
        "page": rows,
        "entries": [(story, places[story.pk]) for story in rows],
        "has_demo_data": any(story.is_demo for story in rows),
    }
    return _public(render(request, "placenames/stories/index.html", context))


@require_safe
def story(request: HttpRequest, short_id: str) -> HttpResponse:
    """Show one story."""
    valid = valid_short_id(short_id)
    if short_id != valid:
        return redirect("stories:story", short_id=valid, permanent=True)
    try:
        told = reading.story_page(short_id)
    except Story.DoesNotExist:
        return _gone_or_404(request, Story, short_id)
    context = {
        "page": told,
        "story": told.story,
        "permanent_address": permanent_address(request, reverse("stories:story", args=[short_id])),
        "stops": stops([told]),
        "has_demo_data": told.story.is_demo,
    }
    return _public(render(request, "placenames/stories/story.html", context))


@require_safe
def collection(request: HttpRequest, short_id: str) -> HttpResponse:
    """Show a collection: its introduction, and its stories along a map; ``?view=paper`` with a drawing for each."""
    valid = valid_short_id(short_id)
    if short_id != valid:
        return redirect("stories:collection", short_id=valid, permanent=True)
    try:
        told = reading.collection_page(short_id)
    except StoryCollection.DoesNotExist:
        return _gone_or_404(request, StoryCollection, short_id)
    context = {
        "page": told,
        "collection": told.collection,
        "on_paper": request.GET.get("view") == "paper",
        "permanent_address": permanent_address(request, reverse("stories:collection", args=[short_id])),
        "stops": stops(told.stories),
        "has_demo_data": told.has_demo_data,
    }
    return _public(render(request, "placenames/stories/collection.html", context))


def stops(pages: list[StoryPage] | Any) -> list[dict[str, Any]]:
    """Return what the map's script draws: of each story its number, its points under their names, and what part to show."""
    return [
        {
            "number": page.number,
            "title": page.story.title,
            "bounds": reading.bounds_of(page.places),
            "points": [
                {"name": told.name.text, "at": [round(told.point[1], 6), round(told.point[0], 6)]}
                for told in page.places
                if told.point is not None
            ],
        }
        for page in pages
    ]


def _gone_or_404(request: HttpRequest, model: type[Story | StoryCollection], short_id: str) -> HttpResponse:
    """Say that something was withdrawn, where it was; its title and its reason are told to nobody."""
    if not reading.was_public(model, short_id):
        raise Http404
    return _public(render(request, "placenames/stories/withdrawn.html", status=410))


def _public(response: ResponseT) -> ResponseT:
    return for_everybody(response, max_age_s=MAX_AGE_S)
