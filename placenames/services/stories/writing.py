"""What is written: stories with their places and files, collections with their stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.accounts import policy
from geo_registry.accounts.models import User
from geo_registry.accounts.policy import Action, may
from geo_registry.attachments import registry as attachments
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all, attachments_by_owner, detach
from geo_registry.imports.registry import Holding, register_holding
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation
from placenames.models import (
    CollectionStory,
    Place,
    Story,
    StoryAct,
    StoryCollection,
    StoryFile,
    StoryPlace,
    StoryState,
)

from ..checking.secrecy import is_told
from .steps import had_a_hand, locked, may_write, must_be, step

MOST_PLACES: Final = 30
MOST_STORIES: Final = 60
MOST_FILES: Final = 20


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is written of a story or a collection."""

    title: str
    summary: str = ""
    text: str = ""
    author: str = ""
    sources: str = ""


@transaction.atomic
def create_story(*, words: Words, places: Sequence[Place], by: User, is_demo: bool = False) -> Story:
    """Begin a story.

    Raises
    ------
    PermissionDenied
        If the person may not write stories of where these places lie.
    ValidationError
        If something written does not fit.
    """
    story = Story(created_by=by, is_demo=is_demo, division=_division_of(places, by))
    if not may_write(by, story):
        raise PermissionDenied
    _fill(story, words)
    story.save()
    _link_places(story, places)
    step(story, StoryAct.CREATED, by=by)
    return story


@transaction.atomic
def save_story(*, story: Story, words: Words, places: Sequence[Place], by: User) -> Story:
    """Change a draft. Whoever does so has a hand in it from then on.

    Raises
    ------
    PermissionDenied, ValidationError
        As in `create_story`; also if it is no draft any more.
    """
    story = locked(story)
    if not may_write(by, story):
        raise PermissionDenied
    must_be(story, StoryState.DRAFT)
    story.division = _division_of(places, by)
    if not may_write(by, story):
        raise PermissionDenied
    _fill(story, words)
    story.save()
    # A secret place that the writer is not told of is not in the form: dropped with it, it would make the story public.
    links = story.links.order_by("position", "pk").select_related("place__division")
    kept = [link.place for link in links if not is_told(by, link.place)]
    _link_places(story, [*places, *kept])
    had_a_hand(story, by)
    return story


@transaction.atomic
def create_collection(
    *, words: Words, stories: Sequence[Story], by: User, is_demo: bool = False
) -> StoryCollection:
    """Begin a collection: it lies where the writer's office does.

    Raises
    ------
    PermissionDenied, ValidationError
        As in `create_story`.
    """
    made = StoryCollection(created_by=by, is_demo=is_demo, division=_own_division(by))
    if not may_write(by, made):
        raise PermissionDenied
    _fill(made, words)
    made.save()
    _link_stories(made, stories)
    step(made, StoryAct.CREATED, by=by)
    return made


@transaction.atomic
def save_collection(
    *, collection: StoryCollection, words: Words, stories: Sequence[Story], by: User
) -> StoryCollection:
    """Change a draft of a collection.

    Raises
    ------
    PermissionDenied, ValidationError
        As in `save_story`.
    """
    collection = locked(collection)
    if not may_write(by, collection):
        raise PermissionDenied
    must_be(collection, StoryState.DRAFT)
    _fill(collection, words)
    collection.save()
    _link_stories(collection, stories)
    had_a_hand(collection, by)
    return collection


def _own_division(by: User) -> Division:
    division = by.scope() or Installation.home()
    if division is None:
        raise ValidationError(_("This installation has no home yet: an administrator sets it."))
    return division


def _division_of(places: Sequence[Place], by: User) -> Division:
    """Return the smallest division that all places lie in, as far as it is in the writer's scope; else the writer's own."""
    paths = [division.path for place in places if (division := place.named_division or place.division)]
    own = _own_division(by)
    if not paths:
        return own
    shared = paths[0]
    while not all(path.startswith(shared) for path in paths):
        shared = shared[: shared.rstrip("/").rfind("/") + 1]
    found = Division.objects.filter(path=shared).order_by("-pk").first() if shared else None
    return found if found is not None and may(by, Action.EDIT_NAMES, division=found) else own


def _fill(told: Story | StoryCollection, words: Words) -> None:
    told.title, told.summary = words.title.strip(), words.summary.strip()
    told.text, told.author, told.sources = words.text.strip(), words.author.strip(), words.sources.strip()
    told.full_clean(exclude=["created_by", "division"], validate_unique=False, validate_constraints=False)


def _link_places(story: Story, places: Sequence[Place]) -> None:
    wanted = list(dict.fromkeys(place.pk for place in places))
    if len(wanted) > MOST_PLACES:
        raise ValidationError({"places": _("At most %(count)d places.") % {"count": MOST_PLACES}})
    story.links.exclude(place__in=wanted).delete()
    for position, pk in enumerate(wanted):
        StoryPlace.objects.update_or_create(story=story, place_id=pk, defaults={"position": position})


def _link_stories(collection: StoryCollection, stories: Sequence[Story]) -> None:
    wanted = list(dict.fromkeys(story.pk for story in stories))
    if len(wanted) > MOST_STORIES:
        raise ValidationError({"stories": _("At most %(count)d stories.") % {"count": MOST_STORIES}})
    collection.links.exclude(story__in=wanted).delete()
    for position, pk in enumerate(wanted):
        CollectionStory.objects.update_or_create(
            collection=collection, story_id=pk, defaults={"position": position}
        )


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file as it is handed in, and the words that stand for it."""

    file: File[Any] | Attachment
    title: str
    text: str = ""
    author: str = ""
    made_when: str = ""


@transaction.atomic
def add_file(*, story: Story, new: NewFile, by: User) -> StoryFile:
    """Keep a picture, sound, film or paper of a draft.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not change it, it is no draft, there are too many, or the file is refused.
    """
    story = locked(story)
    if not may_write(by, story):
        raise PermissionDenied
    must_be(story, StoryState.DRAFT)
    if story.files.count() >= MOST_FILES:
        raise ValidationError({"file": _("At most %(count)d files.") % {"count": MOST_FILES}})
    row = StoryFile(
        story=story, title=new.title.strip(), text=new.text.strip(), author=new.author.strip(),
        made_when=new.made_when.strip(), created_by=by,
    )  # fmt: skip
    row.full_clean(exclude=["created_by"])
    row.save()
    if not attach_all(files=[new.file], owner=row, by=by):
        raise ValidationError({"file": _("The file was given to something else meanwhile. Choose it again.")})
    had_a_hand(story, by)
    return row


@transaction.atomic
def describe_file(*, row: StoryFile, title: str, text: str, by: User) -> StoryFile:
    """Change title and words of a draft's file.

    Raises
    ------
    PermissionDenied, ValidationError
        As in `add_file`.
    """
    story = locked(row.story)
    if not may_write(by, story):
        raise PermissionDenied
    must_be(story, StoryState.DRAFT)
    row.title, row.text = title.strip(), text.strip()
    row.full_clean(exclude=["created_by"])
    row.save()
    had_a_hand(story, by)
    return row


@transaction.atomic
def remove_file(*, row: StoryFile, by: User) -> None:
    """Take a file off a draft.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person may not change it, or it is no draft.
    """
    story = locked(row.story)
    if not may_write(by, story):
        raise PermissionDenied
    must_be(story, StoryState.DRAFT)
    for attachment in Attachment.objects.of(row):
        detach(attachment=attachment)
    row.delete()
    had_a_hand(story, by)


def files_of(story: Story) -> list[StoryFile]:
    """Return a story's files, each with ``attachment`` (``None`` where it is lost)."""
    rows = list(story.files.all())
    held = attachments_by_owner(rows)
    for row in rows:
        row.attachment = next(iter(held.get(str(row.pk), [])), None)  # type: ignore[attr-defined]
    return rows


def _may_see(person: Any, row: StoryFile) -> bool:
    if Story.objects.public().filter(pk=row.story_id).exists():
        return True
    return policy.may_touch(person, "view", row.story)


def _may_change(person: Any, row: StoryFile) -> bool:
    return row.story.state == StoryState.DRAFT and may_write(person, row.story)


def _demo(sources: Sequence[Source]) -> bool:
    return any(source.is_demo for source in sources)


def _demo_files(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the attachments of invented stories: no key of the database takes them along."""
    rows = StoryFile.objects.filter(story__is_demo=True) if _demo(sources) else StoryFile.objects.none()
    keys = rows.order_by().annotate(key=Cast("pk", CharField())).values("key")
    return Attachment.objects.filter(
        owner_type=ContentType.objects.get_for_model(StoryFile), owner_id__in=keys
    )


def _demo_stories(sources: Sequence[Source]) -> QuerySet[Story]:
    return Story.objects.filter(is_demo=True) if _demo(sources) else Story.objects.none()


def _demo_collections(sources: Sequence[Source]) -> QuerySet[StoryCollection]:
    return StoryCollection.objects.filter(is_demo=True) if _demo(sources) else StoryCollection.objects.none()


def register() -> None:
    """Say who may see the files of a story, and that what is invented goes with the demo."""
    attachments.register(StoryFile, may_see=_may_see, may_change=_may_change)
    register_holding(Holding(order=7, label=gettext_lazy("files of stories"), rows=_demo_files))
    register_holding(Holding(order=8, label=gettext_lazy("collections of stories"), rows=_demo_collections))
    register_holding(Holding(order=9, label=gettext_lazy("stories"), rows=_demo_stories))
