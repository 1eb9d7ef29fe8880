"""Taking files in, giving them to records, taking them away, and tidying up."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from . import detect, images, media, storage
from .detect import FileKind, FileType
from .models import SRID, Attachment, Content, Kind

ALL_KINDS: Final = frozenset(FileKind)
TELLING: Final = frozenset({FileKind.AUDIO.value, FileKind.VIDEO.value})
"""What is shown as a copy without its remarks, made when it is first asked for."""
WAITING_HOURS: Final = 24
"""So long a file that was sent ahead waits for its form, and a content without a record for another one."""
MAX_WAITING: Final = 60
_MAX_NAME = 200
_LOCK: Final = 0x6174_7461
"""Received files hold this lock shared, tidying holds it alone."""


class Refused(ValidationError):  # noqa: N818 - says what is wrong
    """A file that is not taken; the message says which, why, and what to do."""


def size_limit_bytes(kind: FileKind) -> int:
    """Return how large a file of a kind may be."""
    long = kind in {FileKind.AUDIO, FileKind.VIDEO}
    megabytes: int = settings.ATTACHMENT_MAX_MEDIA_MB if long else settings.ATTACHMENT_MAX_MB
    return megabytes * 1_000_000


@transaction.atomic
def attach(
    *,
    file: File[Any],
    owner: Model,
    by: AbstractBaseUser | None,
    purpose: str = "",
    note: str = "",
    kinds: Collection[FileKind] = ALL_KINDS,
) -> Attachment:
    """Check a file, keep it, and give it to a record.

    Whether the person may do so is asked before (`registry.may_change`).

    Parameters
    ----------
    file
        As a form has it. What it is follows from its content.
    owner
        A record that is saved.
    by
        Who sent it; ``None`` for what a command brings.
    purpose
        What it is to the record, where that has several: ``before``, ``mended``.
    note
        A caption.
    kinds
        What is taken here.

    Raises
    ------
    Refused
        If it is too large, damaged, of no kind that is taken, or if there is no room for it. Then nothing is kept.
    """
    return Attachment.objects.create(
        content=_receive(file, kinds),
        owner_type=_content_type(owner),
        owner_id=str(owner.pk),
        purpose=purpose,
        name=clean_name(file.name or ""),
        note=note,
        uploaded_by=cast("Any", by),
    )


@transaction.atomic
def keep_made(
    *, content: bytes, name: str, media_type: str, owner: Model, by: AbstractBaseUser | None
) -> Attachment:
    """Keep a file that the registry itself has made, and give it to a record.

    It is not looked into as what people send is: its maker says what it is. Who may have it is the maker's business too: its
    table is usually not registered here, so that no address of attachments hands it out.

    Raises
    ------
    Refused
        If there is no room for it.
    """
    _wait_for_tidying()
    try:
        with storage.receive([content], limit_bytes=len(content)) as received:
            storage.keep(received)
            kept, _made = Content.objects.get_or_create(
                sha256=received.sha256,
                defaults={
                    "size_bytes": received.size_bytes,
                    "kind": Kind.DOCUMENT.value,
                    "media_type": media_type,
                },
            )
    except storage.DiskFull as error:
        raise _no_room(name) from error
    return Attachment.objects.create(
        content=kept,
        owner_type=_content_type(owner),
        owner_id=str(owner.pk),
        name=clean_name(name),
        uploaded_by=cast("Any", by),
    )


@transaction.atomic
def send_ahead(
    *, file: File[Any], by: AbstractBaseUser, kinds: Collection[FileKind] = ALL_KINDS
) -> Attachment:
    """Keep a file for a form that is not saved yet, so that a mistake elsewhere in the form does not lose it.

    Raises
    ------
    Refused
        As with `attach`; also if the person has too many files waiting.
    """
    if Attachment.objects.waiting().filter(uploaded_by=cast("Any", by)).count() >= MAX_WAITING:
        raise Refused(
            _("%(count)d files wait for a form already. Save the form first.") % {"count": MAX_WAITING}
        )
    return Attachment.objects.create(
        content=_receive(file, kinds), name=clean_name(file.name or ""), uploaded_by=cast("Any", by)
    )


@transaction.atomic
def give(
    *, waiting: Iterable[Attachment], owner: Model, by: AbstractBaseUser, purpose: str = ""
) -> list[Attachment]:
    """Give files that were sent ahead to a record. Those that have been given to one meanwhile are left out."""
    mine = Attachment.objects.waiting().filter(
        pk__in=[attachment.pk for attachment in waiting], uploaded_by=cast("Any", by)
    )
    given = list(mine.select_for_update())
    for attachment in given:
        attachment.owner_type = _content_type(owner)
        attachment.owner_id = str(owner.pk)
        attachment.purpose = purpose
        attachment.save(update_fields=["owner_type", "owner_id", "purpose"])
    return given


def bytes_at(attachment: Attachment | None) -> Path | None:
    """Return where an attachment's bytes are, or ``None`` without one, or if they have been lost."""
    place = storage.place(attachment.content.sha256) if attachment is not None else None
    return place if place is not None and place.is_file() else None


@transaction.atomic
def attach_all(
    *,
    files: Iterable[File[Any] | Attachment],
    owner: Model,
    by: AbstractBaseUser,
    purpose: str = "",
    kinds: Collection[FileKind] = ALL_KINDS,
) -> list[Attachment]:
    """Give a record what a form's field holds: new files, and those sent ahead.

    Raises
    ------
    Refused
        If one of them is refused; then none is kept.
    """
    made = []
    for file in files:
        if isinstance(file, Attachment):
            made += give(waiting=[file], owner=owner, by=by, purpose=purpose)
        else:
            made.append(attach(file=file, owner=owner, by=by, purpose=purpose, kinds=kinds))
    return made


@transaction.atomic
def copy_to(*, attachment: Attachment, owner: Model, by: AbstractBaseUser | None) -> Attachment:
    """Give a record the same file as another has: its content is kept once, and each record's own can go without the other's."""
    return Attachment.objects.create(
        content=attachment.content,
        owner_type=_content_type(owner),
        owner_id=str(owner.pk),
        purpose=attachment.purpose,
        name=attachment.name,
        note=attachment.note,
        uploaded_by=cast("Any", by),
    )


@transaction.atomic
def detach(*, attachment: Attachment) -> None:
    """Take a file from its record. The history keeps that it was there; `tidy` frees its room a day later."""
    attachment.delete()


def attachments_by_owner(owners: Iterable[Model], *, purpose: str = "") -> dict[str, list[Attachment]]:
    """Return the attachments of several records of one table, by the record's key as text, with one query."""
    rows = Attachment.objects.of_all(owners).select_related("content")
    if purpose:
        rows = rows.filter(purpose=purpose)
    found: dict[str, list[Attachment]] = {}
    for row in rows:
        found.setdefault(row.owner_id, []).append(row)
    return found


def clean_name(name: str) -> str:
    """Return a file's name without folders, control characters and signs that turn the direction of writing."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    kept = re.sub(r"\s+", " ", kept).strip(" .")
    if len(kept) > _MAX_NAME:
        stem, dot, extension = kept.rpartition(".")
        tail = dot + extension if stem and len(extension) <= 10 else ""
        kept = kept[: _MAX_NAME - len(tail)] + tail
    return kept or _("file")


def _content_type(owner: Model) -> Any:
    from django.contrib.contenttypes.models import ContentType

    if owner.pk is None:
        raise ValueError("the record must be saved before it is given a file")
    return ContentType.objects.get_for_model(owner)


def _receive(file: File[Any], kinds: Collection[FileKind]) -> Content:
    name = clean_name(file.name or "")
    kind, limit = _kind_of(file, name, kinds)
    _wait_for_tidying()
    try:
        with storage.receive(file.chunks(), limit_bytes=limit) as received:
            found = Content.objects.filter(sha256=received.sha256).first()
            if found is not None and _is_whole(found):
                storage.keep(received)
                return found
            with received.path.open("rb") as arrived:
                picture = _picture(arrived, name) if kind.kind is FileKind.IMAGE else None
            storage.keep(received)
            if picture is not None:
                storage.keep_copy(picture.shown, sha256=received.sha256, copy=storage.Copy.SHOWN)
                storage.keep_copy(picture.small, sha256=received.sha256, copy=storage.Copy.SMALL)
            return _save_content(received, kind, picture)
    except storage.TooLarge as error:
        raise _too_large(name, limit) from error
    except storage.DiskFull as error:
        raise _no_room(name) from error


def _kind_of(file: File[Any], name: str, kinds: Collection[FileKind]) -> tuple[FileType, int]:
    if getattr(file, "was_cut_off", False):
        raise _no_room(name)
    try:
        kind = detect.detect(cast("BinaryIO", file))
    except detect.NotAccepted as error:
        raise Refused(_reason(error.reason, name, kinds), code=error.reason) from error
    if kind.kind not in kinds:
        raise Refused(_reason("elsewhere", name, kinds), code="elsewhere")
    limit = size_limit_bytes(kind.kind)
    if file.size is not None and file.size > limit:
        raise _too_large(name, limit)
    return kind, limit


def _no_room(name: str) -> Refused:
    text = _(
        "“%(file)s” was not kept: there is no room left on the server. Tell the administrator; nothing else is lost."
    )
    return Refused(text % {"file": name}, code="disk_full")


def _wait_for_tidying() -> None:
    """Until this transaction ends, nothing on the disk is taken for unwanted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])


def _is_whole(content: Content) -> bool:
    copies = storage.Copy.ALL if content.kind == Kind.IMAGE else (storage.Copy.ORIGINAL,)
    return all(storage.place(content.sha256, copy).exists() for copy in copies)


def _picture(arrived: BinaryIO, name: str) -> images.Picture:
    try:
        return images.read_picture(
            arrived,
            max_megapixels=settings.ATTACHMENT_MAX_MEGAPIXELS,
            zone=timezone.get_default_timezone(),
            today=timezone.now(),
        )
    except images.BadImage as error:
        if error.reason == "too_many_pixels":
            text = _(
                "“%(file)s” has too many pixels (at most %(limit)d million). Send a smaller copy of the picture."
            )
            raise Refused(
                text % {"file": name, "limit": settings.ATTACHMENT_MAX_MEGAPIXELS}, code=error.reason
            ) from error
        raise Refused(
            _(
                "“%(file)s” is damaged or incomplete, and cannot be shown. Take the picture again, or send it again."
            )
            % {"file": name},
            code=error.reason,
        ) from error


def _save_content(received: storage.Received, kind: FileType, picture: images.Picture | None) -> Content:
    values: dict[str, Any] = {
        "size_bytes": received.size_bytes,
        "kind": kind.kind.value,
        "media_type": kind.media_type,
    }
    if picture is not None:
        values |= {
            "width": picture.width,
            "height": picture.height,
            "taken_at": picture.taken_at,
            "position": Point(*picture.position, srid=SRID) if picture.position else None,
        }
    content, _made = Content.objects.get_or_create(sha256=received.sha256, defaults=values)
    return content


def _too_large(name: str, limit_bytes: int) -> Refused:
    text = _("“%(file)s” is too large: at most %(limit)d MB.")
    return Refused(text % {"file": name, "limit": limit_bytes // 1_000_000}, code="too_large")


def _reason(reason: str, name: str, kinds: Collection[FileKind]) -> str:
    texts = {
        "empty": _("“%(file)s” is empty."),
        "heic": _("“%(file)s” is a HEIC picture, which most programs cannot show. Save it as JPEG."),
        "macros": _("“%(file)s” contains macros. Save it without them, or as PDF."),
        "encrypted": _("“%(file)s” is protected by a password. Save it without one."),
        "damaged": _("“%(file)s” is damaged or was cut off on its way. Send it again."),
        "web": _(
            "“%(file)s” is a web page or drawing that could carry a program. Save it as PDF or as a picture."
        ),
        "program": _("“%(file)s” is a program. Programs are not taken."),
    }
    text = texts.get(reason) or _("“%(file)s” is of no kind that is taken here. Taken are: %(kinds)s.")
    return text % {"file": name, "kinds": kinds_in_words(kinds)}


def kinds_in_words(kinds: Collection[FileKind]) -> str:
    """Say what is taken: “pictures (JPG, PNG, WEBP), documents (PDF …)”."""
    names = {
        FileKind.IMAGE: _("pictures"),
        FileKind.DOCUMENT: _("documents"),
        FileKind.AUDIO: _("sounds"),
        FileKind.VIDEO: _("films"),
    }
    parts = []
    for kind in FileKind:
        if kind in kinds:
            usual = [row.extensions[0].upper() for row in detect.ACCEPTED.values() if row.kind is kind]
            parts.append(_("%(kind)s (%(list)s)") % {"kind": names[kind], "list": ", ".join(usual)})
    return _("; ").join(parts)


@dataclass(slots=True)
class Tidied:
    """What `tidy` found."""

    waiting: int = 0
    ownerless: int = 0
    contents: int = 0
    unknown_files: int = 0
    leftovers: int = 0
    freed_bytes: int = 0
    damaged: list[str] = field(default_factory=list)


@transaction.atomic
def tidy(*, dry_run: bool = False, older_than: datetime.timedelta | None = None) -> Tidied:
    """Remove what nothing needs any more: files whose form was never saved, whose record is gone, that no row knows of.

    Everything has a day's grace (``older_than``). Uploads that run meanwhile wait for it, and it for them.
    """
    age = older_than if older_than is not None else datetime.timedelta(hours=WAITING_HOURS)
    before = timezone.now() - age
    report = Tidied()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    stale = Attachment.objects.waiting().filter(uploaded_at__lt=before)
    ownerless = _without_owner(before)
    report.waiting, report.ownerless = stale.count(), len(ownerless)
    stale.delete()
    Attachment.objects.filter(pk__in=ownerless).delete()
    unwanted = list(
        Content.objects.filter(attachments__isnull=True, created_at__lt=before).values_list(
            "sha256", flat=True
        )
    )
    report.contents = len(unwanted)
    Content.objects.filter(sha256__in=unwanted).delete()
    known = set(Content.objects.values_list("sha256", flat=True))
    doomed = {path.name for path in _old_files(before.timestamp())} - known
    report.unknown_files = len(doomed - set(unwanted))
    leftovers = list(storage.leftovers(older_than_s=age.total_seconds()))
    report.leftovers = len(leftovers)
    if dry_run:
        report.freed_bytes = sum(_bytes_of(sha256) for sha256 in doomed | set(unwanted))
        transaction.set_rollback(True)
        return report
    report.freed_bytes = sum(storage.forget(sha256) for sha256 in doomed | set(unwanted))
    for path in leftovers:
        path.unlink(missing_ok=True)
    return report


def _old_files(before: float) -> Iterable[Any]:
    for copy in storage.Copy.ALL:
        for path in storage.kept(copy):
            if path.stat().st_mtime < before:
                yield path


def _bytes_of(sha256: str) -> int:
    places = [storage.place(sha256, copy) for copy in storage.Copy.ALL]
    return sum(path.stat().st_size for path in places if path.exists())


def _without_owner(before: datetime.datetime) -> list[Any]:
    """Attachments whose record is gone, table by table."""
    from django.contrib.contenttypes.models import ContentType

    found: list[Any] = []
    rows = Attachment.objects.filter(owner_type__isnull=False, uploaded_at__lt=before)
    for type_id in rows.order_by().values_list("owner_type", flat=True).distinct():
        model = ContentType.objects.get_for_id(type_id).model_class()
        mine = dict(rows.filter(owner_type=type_id).values_list("pk", "owner_id"))
        there = (
            {
                str(pk)
                for pk in model._base_manager.filter(pk__in=set(mine.values())).values_list("pk", flat=True)
            }
            if model is not None
            else set()
        )
        found += [pk for pk, owner_id in mine.items() if owner_id not in there]
    return found


def verify() -> list[str]:
    """Return a sentence for each content that is missing on the disk or no longer what it was."""
    wrong = []
    for content in Content.objects.order_by("pk").iterator():
        path = storage.place(content.sha256)
        names = ", ".join(sorted({row.name for row in content.attachments.all()})) or "-"
        if not path.exists():
            wrong.append(_("%(sha256)s is missing (%(names)s)") % {"sha256": content.sha256, "names": names})
        elif storage.sha256_of(path) != content.sha256:
            wrong.append(_("%(sha256)s is damaged (%(names)s)") % {"sha256": content.sha256, "names": names})
        elif not _is_whole(content):
            remake_copies(content)
    return wrong


def remake_copies(content: Content) -> None:
    """Make the copies that are shown anew from the original, where they were lost; those of sounds and films when first asked for.

    Raises
    ------
    Refused
        If a sound or film says where it was taken in a way that cannot be taken out.
    """
    if content.kind in TELLING:
        _make_clean(content)
        return
    with storage.place(content.sha256).open("rb") as original:
        picture = _picture(original, content.sha256)
    storage.keep_copy(picture.shown, sha256=content.sha256, copy=storage.Copy.SHOWN)
    storage.keep_copy(picture.small, sha256=content.sha256, copy=storage.Copy.SMALL)


def _make_clean(content: Content) -> None:
    try:
        with storage.changed_copy(content.sha256, storage.Copy.SHOWN) as copy:
            media.clean(copy, content.media_type)
    except media.StillTells as error:
        text = _(
            "This sound or film says inside where it was taken, in a way that cannot be taken out here. "
            "Send it as MP4, MOV, M4A, MP3 or WAV, or take the place out of it first."
        )
        raise Refused(text, code="tells_place") from error


def require_clean(attachment: Attachment) -> None:
    """Make sure that a file can be shown to everybody without what the device wrote into it.

    Raises
    ------
    Refused
        If it cannot; the sentence says what to do.
    """
    content = attachment.content
    if content.kind in TELLING and not storage.place(content.sha256, storage.Copy.SHOWN).exists():
        remake_copies(content)


def as_file(content: bytes, name: str) -> File[Any]:
    """Return bytes as a file with a name: what commands and tests hand to `attach`."""
    return File(BytesIO(content), name=name)
