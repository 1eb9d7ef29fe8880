"""Files are kept whole or not at all, once each, and as long as a record needs them."""

from __future__ import annotations

import datetime
import errno
import os
import shutil
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from geo_registry.attachments import services, storage
from geo_registry.attachments.detect import FileKind
from geo_registry.attachments.forms import PICTURES
from geo_registry.attachments.models import Attachment, Content

from . import files

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def on_disk() -> list[str]:
    root = storage.root()
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def attach(owner, by, content=None, name="照片.jpg", **options):
    file = services.as_file(files.photo() if content is None else content, name)
    return services.attach(file=file, owner=owner, by=by, **options)


def grow_old(*attachments, hours=30):
    then = timezone.now() - datetime.timedelta(hours=hours)
    Attachment.objects.update(uploaded_at=then)
    Content.objects.update(created_at=then)
    for path in storage.root().rglob("*"):
        if path.is_file():
            os.utime(path, (then.timestamp(), then.timestamp()))


def test_a_photo_is_kept_as_it_was_sent_with_what_its_camera_wrote(owner, planner):
    sent = files.photo()
    kept = attach(owner, planner, sent, purpose="before", note="门口")
    content = kept.content
    assert storage.place(content.sha256).read_bytes() == sent
    assert (content.kind, content.media_type, content.width, content.height) == (
        "image",
        "image/jpeg",
        400,
        300,
    )
    assert (content.position.x, content.position.y) == pytest.approx(
        (files.LONGITUDE, files.LATITUDE), abs=1e-6
    )
    assert content.position.srid == 4490
    assert timezone.localtime(content.taken_at).hour == 10
    assert (kept.name, kept.purpose, kept.note, kept.uploaded_by) == ("照片.jpg", "before", "门口", planner)
    assert kept.owner == owner
    assert list(Attachment.objects.of(owner)) == [kept]


def test_the_same_content_is_kept_once_under_both_names(owner, planner):
    first, second = attach(owner, planner), attach(owner, planner, name="copy.jpg")
    assert first.content == second.content
    assert len(on_disk()) == 3


def test_every_change_is_recorded(owner, planner):
    kept = attach(owner, planner)
    key = kept.pk
    services.detach(attachment=kept)
    events = (
        kept.events.model.objects.filter(pgh_obj_id=key)
        .order_by("pgh_id")
        .values_list("pgh_label", flat=True)
    )
    assert list(events) == ["insert", "delete"]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.jpg", "empty"),
        (files.photo()[:900], "a.jpg", "damaged"),
        (files.png_that_says_it_is(90_000, 90_000), "a.png", "too_many_pixels"),
        (b"<html><script>", "photo.jpg", "web"),
        (b"MZ" + bytes(100), "photo.jpg", "program"),
        (files.pdf()[:-8], "a.pdf", "damaged"),
    ],
)
def test_a_refused_file_leaves_nothing_and_says_which_it_was(owner, planner, content, name, code):
    with pytest.raises(services.Refused) as refused:
        attach(owner, planner, content, name)
    assert refused.value.code == code
    assert name in refused.value.messages[0]
    assert on_disk() == []
    assert not Content.objects.exists()


def test_only_the_kinds_asked_for_are_taken(owner, planner):
    with pytest.raises(services.Refused) as refused:
        attach(owner, planner, files.pdf(), "a.pdf", kinds=PICTURES)
    assert "JPG" in refused.value.messages[0]
    assert attach(owner, planner, files.pdf(), "a.pdf", kinds=[FileKind.DOCUMENT]).content.kind == "document"


def test_the_size_limit_is_a_setting_and_a_films_is_its_own(owner, planner, settings):
    settings.ATTACHMENT_MAX_MB = 1
    settings.ATTACHMENT_MAX_MEDIA_MB = 3
    large = files.film() + bytes(2_000_000)
    assert attach(owner, planner, large, "a.mp4")
    with pytest.raises(services.Refused) as refused:
        attach(owner, planner, b"%PDF-1.4" + bytes(2_000_000) + b"%%EOF", "a.pdf")
    assert refused.value.code == "too_large"
    assert len(on_disk()) == 1


def test_a_full_disk_leaves_nothing_half(owner, planner, monkeypatch):
    def no_room(_handle):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(storage.os, "fsync", no_room)
    with pytest.raises(services.Refused) as refused:
        attach(owner, planner)
    assert refused.value.code == "disk_full"
    assert on_disk() == []
    assert not Attachment.objects.exists()


def test_room_is_left_for_the_database(owner, planner, monkeypatch, settings):
    settings.ATTACHMENTS_RESERVE_MB = 500
    usage = SimpleNamespace(free=400_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(services.Refused) as refused:
        attach(owner, planner)
    assert refused.value.code == "disk_full"
    assert on_disk() == []


def test_an_interrupted_upload_leaves_nothing_half(owner, planner):
    class Broken:
        name, size = "a.pdf", 100

        def __init__(self):
            self.content = services.as_file(files.pdf(), "a.pdf")

        def read(self, *args):
            return self.content.read(*args)

        def seek(self, *args):
            return self.content.seek(*args)

        def tell(self):
            return self.content.tell()

        def chunks(self):
            yield b"%PDF-1.4 and then"
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        services.attach(file=Broken(), owner=owner, by=planner)
    assert on_disk() == []


def test_a_photo_sent_ahead_belongs_to_nobody_until_its_form_is_saved(owner, planner, viewer):
    ahead = services.send_ahead(file=services.as_file(files.photo(), "a.jpg"), by=planner)
    assert ahead.owner is None
    assert services.give(waiting=[ahead], owner=owner, by=viewer) == []
    assert services.give(waiting=[ahead], owner=owner, by=planner, purpose="before") == [ahead]
    assert services.give(waiting=[ahead], owner=owner, by=planner) == [], "it has been given away"
    assert [(row.pk, row.purpose) for row in Attachment.objects.of(owner)] == [(ahead.pk, "before")]


def test_nobody_fills_the_disk_with_forms_that_are_never_saved(planner, monkeypatch):
    monkeypatch.setattr(services, "MAX_WAITING", 2)
    for _turn in range(2):
        services.send_ahead(file=services.as_file(files.pdf(), "a.pdf"), by=planner)
    with pytest.raises(services.Refused):
        services.send_ahead(file=services.as_file(files.pdf(), "a.pdf"), by=planner)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\某人\\照片 1.jpg", "照片 1.jpg"),
        ("../../etc/passwd", "passwd"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("照" * 300 + ".jpg", "照" * 196 + ".jpg"),
    ],
)
def test_a_name_is_only_a_name(given, kept):
    assert services.clean_name(given) == kept


def test_tidying_takes_what_nothing_needs_and_nothing_else(owner, planner):
    needed = attach(owner, planner, files.photo(colour=(1, 2, 3)))
    services.send_ahead(file=services.as_file(files.photo(colour=(0, 90, 0)), "a.jpg"), by=planner)
    taken_away = attach(owner, planner, files.pdf(), "a.pdf")
    services.detach(attachment=taken_away)
    grow_old()
    (storage.root() / "incoming" / "killed").write_bytes(b"half")
    os.utime(storage.root() / "incoming" / "killed", (0, 0))
    fresh = services.send_ahead(file=services.as_file(files.photo(colour=(9, 99, 9)), "b.jpg"), by=planner)

    before = on_disk()
    foreseen = services.tidy(dry_run=True)
    assert on_disk() == before
    found = services.tidy()
    assert (found.waiting, found.contents, found.leftovers) == (1, 2, 1)
    assert foreseen.freed_bytes == found.freed_bytes > 0
    assert set(Attachment.objects.all()) == {needed, fresh}
    assert len(on_disk()) == 6
    assert services.tidy().freed_bytes == 0


def test_files_of_a_record_that_is_gone_are_tidied_away_a_day_later(owner, planner):
    attach(owner, planner)
    owner.delete()
    services.tidy()
    assert Attachment.objects.count() == 1
    grow_old()
    assert services.tidy().ownerless == 1
    assert on_disk() == []


def test_a_file_whose_row_was_rolled_back_is_tidied_away(owner, planner):
    with transaction.atomic():
        attach(owner, planner)
        transaction.set_rollback(True)
    assert len(on_disk()) == 3
    grow_old()
    assert services.tidy().unknown_files == 1
    assert on_disk() == []


def test_a_content_that_was_tidied_away_can_be_sent_again(owner, planner):
    services.detach(attachment=attach(owner, planner))
    grow_old()
    services.tidy()
    assert storage.place(attach(owner, planner).content.sha256).exists()


def test_verifying_finds_what_is_missing_and_what_is_damaged_and_makes_lost_copies_again(
    owner, planner, capsys
):
    missing = attach(owner, planner, files.pdf(), "missing.pdf")
    damaged = attach(owner, planner, files.pdf() + b" %%EOF", "damaged.pdf")
    shown = attach(owner, planner)
    call_command("tidy_attachments", "--verify")
    storage.place(missing.content.sha256).unlink()
    storage.place(damaged.content.sha256).write_bytes(b"something else")
    storage.place(shown.content.sha256, storage.Copy.SMALL).unlink()
    with pytest.raises(CommandError):
        call_command("tidy_attachments", "--verify")
    said = capsys.readouterr().err
    assert "missing.pdf" in said
    assert "damaged.pdf" in said
    assert "照片" not in said
    assert storage.place(shown.content.sha256, storage.Copy.SMALL).exists()


def test_sending_a_damaged_file_again_mends_it(owner, planner):
    kept = attach(owner, planner)
    storage.place(kept.content.sha256).write_bytes(b"something else")
    attach(owner, planner)
    assert services.verify() == []
