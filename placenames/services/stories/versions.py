"""A new version of what is published: written and reviewed beside it, and put in its place when it is published."""

from __future__ import annotations

from typing import TypeVar

from django.utils import timezone

from geo_registry.accounts.models import User
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attachments_by_owner, copy_to, detach
from placenames.models import (
    CollectionStory,
    Story,
    StoryCollection,
    StoryFile,
    StoryPlace,
    StoryState,
    StoryStep,
)

ToldT = TypeVar("ToldT", bound=Story | StoryCollection)
_WORDS = ("title", "summary", "text", "author", "sources", "division")


def copied(told: ToldT, *, by: User) -> ToldT:
    """Return a draft with all that something published says: words, places and files, or stories. Must run in a transaction."""
    version = type(told)(version_of=told, created_by=by, is_demo=told.is_demo)
    _take_words(version, told)
    version.save()
    if isinstance(told, Story) and isinstance(version, Story):
        StoryPlace.objects.bulk_create(
            StoryPlace(story=version, place_id=link.place_id, position=link.position)
            for link in told.links.all()
        )
        _copy_files(told, version, by=by)
    elif isinstance(told, StoryCollection) and isinstance(version, StoryCollection):
        CollectionStory.objects.bulk_create(
            CollectionStory(collection=version, story_id=link.story_id, position=link.position)
            for link in told.links.all()
        )
    return version


def put_in_place(version: ToldT, original: ToldT) -> ToldT:
    """Let everybody read a version at the address of what it is a version of; its steps go with it. Must run in a transaction."""
    _take_words(original, version)
    original.links.all().delete()
    if isinstance(version, Story) and isinstance(original, Story):
        version.links.update(story=original)
        for row in original.files.all():
            _drop(row)
        version.files.update(story=original)
        StoryStep.objects.filter(story=version).update(story=original)
    elif isinstance(version, StoryCollection) and isinstance(original, StoryCollection):
        version.links.update(collection=original)
        StoryStep.objects.filter(collection=version).update(collection=original)
    original.state, original.withdrawn_on = StoryState.PUBLISHED, None
    original.revised_on = timezone.localdate()
    original.save()
    version.delete()
    return original


def _take_words(to: Story | StoryCollection, of: Story | StoryCollection) -> None:
    for name in _WORDS:
        setattr(to, name, getattr(of, name))


def _copy_files(story: Story, version: Story, *, by: User) -> None:
    rows = list(story.files.all())
    held = attachments_by_owner(rows)
    for row in rows:
        copy = StoryFile.objects.create(
            story=version, title=row.title, text=row.text, author=row.author, made_when=row.made_when,
            created_by=row.created_by,
        )  # fmt: skip
        for attachment in held.get(str(row.pk), []):
            copy_to(attachment=attachment, owner=copy, by=by)


def _drop(row: StoryFile) -> None:
    for attachment in Attachment.objects.of(row):
        detach(attachment=attachment)
    row.delete()
