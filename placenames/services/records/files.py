"""Sounds, films, pictures and papers of a place."""

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

from geo_registry.accounts.models import User
from geo_registry.accounts.policy import may_touch
from geo_registry.attachments import registry as attachments
from geo_registry.attachments.detect import FileKind
from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import attach_all, attachments_by_owner, detach, require_clean
from geo_registry.imports.registry import Holding, register_holding
from geo_registry.reference.models import Source
from placenames.models import FileRole, Name, Place, PlaceFile

from .facts import may_publish

_SOUND, _FILM, _PICTURE, _PAPER = FileKind.AUDIO, FileKind.VIDEO, FileKind.IMAGE, FileKind.DOCUMENT
KINDS_OF_ROLE: Final = {
    FileRole.PRONUNCIATION: (_SOUND, _FILM),
    FileRole.STORY: (_SOUND, _FILM, _PAPER),
    FileRole.VIEW: (_PICTURE, _FILM),
    FileRole.PAPER: (_PAPER, _PICTURE),
}
"""What kinds of file fit what they are to the place."""


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file as it is handed in: what it is to the place, and the words that stand for it."""

    file: File[Any] | Attachment
    role: str
    title: str
    text: str = ""
    language: str = ""
    author: str = ""
    made_when: str = ""
    name: Name | None = None


@transaction.atomic
def add_file(*, place: Place, new: NewFile, user: User) -> PlaceFile:
    """Keep a file of a place. Nobody outside the office sees it until `publish_file`.

    Raises
    ------
    PermissionDenied
        If the person does not keep names there.
    ValidationError
        If the file is refused, or does not fit what it is said to be.
    """
    if not may_touch(user, "change", place):
        raise PermissionDenied
    if new.name is not None and new.name.place_id != place.pk:
        raise ValidationError({"name": _("This is a name of another place.")})
    row = PlaceFile(
        place=place, name=new.name, role=new.role, title=new.title.strip(), text=new.text.strip(),
        language=new.language.strip(), author=new.author.strip(), made_when=new.made_when.strip(), created_by=user,
    )  # fmt: skip
    row.full_clean(exclude=["created_by"])
    row.save()
    kinds = KINDS_OF_ROLE[FileRole(new.role)]
    kept = attach_all(files=[new.file], owner=row, by=user, purpose=new.role, kinds=kinds)
    # One that was sent ahead was checked for what the form takes, not for what it is now said to be.
    if not kept or FileKind(kept[0].content.kind) not in kinds:
        raise ValidationError({"file": _("This kind of file does not fit what it is said to be.")})
    return row


@transaction.atomic
def describe_file(*, row: PlaceFile, title: str, text: str, user: User) -> PlaceFile:
    """Change title and words of a file.

    Raises
    ------
    PermissionDenied, ValidationError
        If the person does not keep names there; if a public file would be left without words.
    """
    if not may_touch(user, "change", row.place):
        raise PermissionDenied
    row.title, row.text = title.strip(), text.strip()
    row.full_clean(exclude=["created_by"])
    row.save()
    return row


@transaction.atomic
def publish_file(*, row: PlaceFile, public: bool, user: User) -> PlaceFile:
    """Show a file to the public with its place, or no longer.

    Raises
    ------
    PermissionDenied
        If the person may not publish there.
    ValidationError
        If it is not put in words, or says inside where it was taken and that cannot be taken out.
    """
    if not may_publish(user, row.place):
        raise PermissionDenied
    if public:
        for attachment in Attachment.objects.of(row).select_related("content"):
            require_clean(attachment)
    row.public = public
    row.full_clean(exclude=["created_by"])
    row.save()
    return row


@transaction.atomic
def remove_file(*, row: PlaceFile, user: User) -> None:
    """Take a file off the record. A public one is for who may publish.

    Raises
    ------
    PermissionDenied
        If the person may not.
    """
    if not may_touch(user, "change", row.place) or (row.public and not may_publish(user, row.place)):
        raise PermissionDenied
    for attachment in Attachment.objects.of(row):
        detach(attachment=attachment)
    row.delete()


def files_of(place: Place, *, public: bool) -> list[PlaceFile]:
    """Return a place's files, each with ``attachment``; to the public, the public ones of a place that is public itself."""
    rows = PlaceFile.objects.filter(place=place).select_related("name", "created_by")
    if public:
        rows = rows.filter(public=True, place__in=Place.objects.public().order_by().values("pk"))
    listed = list(rows)
    held = attachments_by_owner(listed)
    for row in listed:
        row.attachment = next(iter(held.get(str(row.pk), [])), None)  # type: ignore[attr-defined]
    return [row for row in listed if row.attachment is not None or not public]  # type: ignore[attr-defined]


def _may_see(person: Any, row: PlaceFile) -> bool:
    if row.public and Place.objects.public().filter(pk=row.place_id).exists():
        return True
    return may_touch(person, "view", row.place)


def _place_files(sources: Sequence[Source]) -> QuerySet[Any]:
    """Return the attachments of places that go with their source: no key of the database takes them along."""
    rows = PlaceFile.objects.filter(place__source__in=sources).order_by()
    keys = rows.annotate(key=Cast("pk", CharField())).values("key")
    return Attachment.objects.filter(
        owner_type=ContentType.objects.get_for_model(PlaceFile), owner_id__in=keys
    )


def register() -> None:
    """Say who may see the files of a place, and that they go with it."""
    attachments.register(
        PlaceFile, may_see=_may_see, may_change=lambda person, row: may_touch(person, "change", row.place)
    )
    register_holding(Holding(order=6, label=gettext_lazy("files of places"), rows=_place_files))
