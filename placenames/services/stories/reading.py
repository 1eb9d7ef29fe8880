"""Stories as the public reads them: lists, one story, a collection along its map. Everything starts at ``public()``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch

from placenames.models import Name, Place, Story, StoryCollection, StoryFile, StoryState

from ..public import public_names
from ..public_page import Shape, shapes_of
from .lists import public_collections, public_stories
from .writing import files_of

# As wide as a village: what a map shows at least, in degrees.
_LEAST_DEGREES = 0.02
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class ToldPlace:
    """A public place of a story, under the name it goes by, and where it is (EPSG:4490)."""

    place: Place
    name: Name
    shapes: Sequence[Shape]

    @property
    def point(self) -> tuple[float, float] | None:
        """A point on what is shown of it: longitude, latitude."""
        if not self.shapes:
            return None
        spot = self.shapes[0].geometry.point_on_surface
        return (spot.x, spot.y)


@dataclass(frozen=True, kw_only=True)
class StoryPage:
    """One story with its places and files."""

    story: Story
    places: Sequence[ToldPlace]
    files: Sequence[StoryFile] = ()
    collections: Sequence[StoryCollection] = ()
    number: int = 0

    @property
    def point(self) -> tuple[float, float] | None:
        """Where the story stands on a map: its first place that is anywhere."""
        return next((told.point for told in self.places if told.point is not None), None)

    @property
    def picture(self) -> Any:
        """The first picture, for lists; or ``None``."""
        return next((row for row in self.files if _kind(row) == "image"), None)


@dataclass(frozen=True, kw_only=True)
class CollectionPage:
    """A collection with its public stories in order, numbered from 1 as its map numbers them."""

    collection: StoryCollection
    stories: Sequence[StoryPage] = field(default_factory=list)

    @property
    def has_demo_data(self) -> bool:
        """Whether anything in it is openly invented."""
        return self.collection.is_demo or any(page.story.is_demo for page in self.stories)


def _kind(row: StoryFile) -> str:
    attachment = getattr(row, "attachment", None)
    return str(attachment.content.kind) if attachment is not None else ""


def places_by_story(stories: Sequence[Story]) -> Mapping[int, list[ToldPlace]]:
    """Return the public places of stories, in their order. Queries grow with the places (where each is), not with the stories."""
    names = Prefetch("names", queryset=public_names())
    public = Place.objects.public().order_by()
    rows = (
        public.filter(told_in__in=stories)
        .distinct()
        .select_related("kind", "division", "named_division", "source")
    )
    known = {place.pk: place for place in rows.prefetch_related(names)}
    told: dict[int, ToldPlace] = {}
    for place in known.values():
        name = place.current_name()
        if name is not None:
            told[place.pk] = ToldPlace(place=place, name=name, shapes=shapes_of(place))
    found: dict[int, list[ToldPlace]] = {story.pk: [] for story in stories}
    links = Story.places.through.objects.filter(story__in=stories).order_by("position", "pk")
    for story_id, place_id in links.values_list("story_id", "place_id"):
        if place_id in told:
            found[story_id].append(told[place_id])
    return found


def story_page(short_id: str) -> StoryPage:
    """Return a public story.

    Raises
    ------
    Story.DoesNotExist
        If there is none that everybody may read.
    """
    story = public_stories().get(short_id=short_id)
    return told_story(story)


def told_story(story: Story) -> StoryPage:
    """Return a story as its page shows it, also one that is still being written, for who may see that."""
    collections = public_collections().filter(links__story=story)
    return StoryPage(
        story=story,
        places=places_by_story([story])[story.pk],
        files=files_of(story),
        collections=list(collections),
    )


def collection_page(short_id: str) -> CollectionPage:
    """Return a public collection with its public stories.

    Raises
    ------
    StoryCollection.DoesNotExist
        If there is none that everybody may read.
    """
    collection = public_collections().get(short_id=short_id)
    return told_collection(collection)


def told_collection(collection: StoryCollection) -> CollectionPage:
    """Return a collection as its page shows it: its public stories, in order."""
    rows = list(
        public_stories()
        .filter(collection_links__collection=collection)
        .order_by("collection_links__position")
    )
    places = places_by_story(rows)
    return CollectionPage(
        collection=collection,
        stories=[
            StoryPage(story=story, places=places[story.pk], files=files_of(story), number=number)
            for number, story in enumerate(rows, start=1)
        ],
    )


def was_public(model: type[Story | StoryCollection], short_id: str) -> bool:
    """Whether there is something withdrawn under an address: it says so, and no more."""
    rows: Any = model.objects.at_home()
    return bool(
        rows.filter(short_id=short_id, published_on__isnull=False)
        .exclude(state=StoryState.PUBLISHED)
        .exists()
    )


def bounds_of(places: Sequence[ToldPlace]) -> Bounds | None:
    """Return west, south, east, north of places, at least as wide as a village; ``None`` where none is anywhere."""
    extents = [shape.geometry.extent for told in places for shape in told.shapes]
    if not extents:
        return None
    west, south = min(e[0] for e in extents), min(e[1] for e in extents)
    east, north = max(e[2] for e in extents), max(e[3] for e in extents)
    wider = max(_LEAST_DEGREES - (east - west), (east - west) * 0.2) / 2
    higher = max(_LEAST_DEGREES - (north - south), (north - south) * 0.2) / 2
    return (west - wider, south - higher, east + wider, north + higher)
