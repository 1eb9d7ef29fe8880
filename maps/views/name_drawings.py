"""Drawings of where names and stories are."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from placenames.models import Place, Story, StoryCollection
from placenames.services.public_page import place_page, valid_short_id
from placenames.services.stories import reading
from placenames.services.stories.reading import ToldPlace

from ..services.name_drawings import drawing

_MAX_AGE_S = 3600


@require_safe
def name(request: HttpRequest, short_id: str) -> HttpResponse:
    """Draw where a named place is."""
    try:
        page = place_page(valid_short_id(short_id))
    except Place.DoesNotExist as error:
        raise Http404 from error
    return _answer([(ToldPlace(place=page.place, name=page.name, shapes=page.shapes), page.name.text)])


@require_safe
def story(request: HttpRequest, short_id: str) -> HttpResponse:
    """Draw the places of a story."""
    try:
        page = reading.story_page(valid_short_id(short_id))
    except Story.DoesNotExist as error:
        raise Http404 from error
    return _answer([(told, told.name.text) for told in page.places])


@require_safe
def collection(request: HttpRequest, short_id: str) -> HttpResponse:
    """Draw the places of a collection's stories, each with its story's number."""
    try:
        page = reading.collection_page(valid_short_id(short_id))
    except StoryCollection.DoesNotExist as error:
        raise Http404 from error
    return _answer([(told, f"{one.number} {told.name.text}") for one in page.stories for told in one.places])


def _answer(places: Sequence[tuple[ToldPlace, str]]) -> HttpResponse:
    drawn = drawing(places)
    if drawn is None:
        raise Http404
    response = HttpResponse(drawn, content_type="image/svg+xml")
    patch_cache_control(response, public=True, max_age=_MAX_AGE_S)
    return response
