"""A file is handed out to whoever may see its record, and does no harm there."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.attachments import services, storage
from geo_registry.attachments.models import Attachment
from geo_registry.reference.models import Source
from tests.factories import UserFactory

from . import files
from .test_media import PLACE, film

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(owner, planner):
    return services.attach(file=services.as_file(files.photo(), "门口.jpg"), owner=owner, by=planner)


@pytest.fixture
def paper(owner, planner):
    return services.attach(file=services.as_file(files.pdf(), "报告.jpg"), owner=owner, by=planner)


def body(answer) -> bytes:
    """Read an answer to its end, which closes the file."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    """Close what a test looked at only from outside."""
    answers = []
    get = Client.get

    def remembered(self, *args, **kwargs):
        answers.append(get(self, *args, **kwargs))
        return answers[-1]

    monkeypatch.setattr(Client, "get", remembered)
    yield
    for answer in answers:
        answer.close()


def test_whoever_may_not_see_the_record_is_not_told_that_there_is_a_file(client, photo, paper):
    for attachment in (photo, paper):
        for page in ("shown", "small", "original"):
            assert client.get(reverse(f"attachments:{page}", args=[attachment.pk])).status_code == 404


def test_a_picture_is_shown_without_what_the_camera_wrote(sign_in, viewer, photo):
    for page in ("shown", "small"):
        answer = sign_in(viewer).get(reverse(f"attachments:{page}", args=[photo.pk]))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/jpeg"
        assert files.CAMERA.encode() not in body(answer)


def test_the_original_is_for_those_who_may_change_the_record(sign_in, viewer, planner, photo):
    address = reverse("attachments:original", args=[photo.pk])
    assert sign_in(viewer).get(address).status_code == 404
    answer = sign_in(planner).get(address)
    assert body(answer) == files.photo()
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_document_is_downloaded_by_its_own_name_and_kind(sign_in, viewer, paper):
    answer = sign_in(viewer).get(reverse("attachments:shown", args=[paper.pk]))
    assert answer["Content-Type"] == "application/pdf"
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert disposition.endswith("%E6%8A%A5%E5%91%8A.jpg.pdf"), "the extension is that of what it is"


@pytest.mark.parametrize("page", ["shown", "original"])
def test_no_file_is_run_as_part_of_the_site(sign_in, planner, photo, paper, page):
    for attachment in (photo, paper):
        answer = sign_in(planner).get(reverse(f"attachments:{page}", args=[attachment.pk]))
        assert answer["X-Content-Type-Options"] == "nosniff"
        policy = answer["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert answer["Cache-Control"] == "private, no-cache"


def test_a_browser_that_has_it_is_not_sent_it_again_but_is_asked_for_permission(
    sign_in, viewer, client, photo
):
    address = reverse("attachments:small", args=[photo.pk])
    etag = sign_in(viewer).get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    client.logout()
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-3", slice(0, 4)), ("bytes=10-", slice(10, None)), ("bytes=-5", slice(-5, None)), ("bytes=3-999999", slice(3, None))],
)  # fmt: skip
def test_a_player_gets_the_part_of_a_film_that_it_asks_for(sign_in, owner, planner, asked, part):
    film = services.attach(file=services.as_file(files.film(), "a.mp4"), owner=owner, by=planner)
    answer = sign_in(planner).get(reverse("attachments:shown", args=[film.pk]), headers={"Range": asked})
    assert answer.status_code == 206
    assert body(answer) == files.film()[part]
    assert int(answer["Content-Length"]) == len(files.film()[part])
    assert answer["Content-Range"].endswith(f"/{len(files.film())}")


def test_a_part_beyond_the_end_is_refused(sign_in, planner, photo):
    answer = sign_in(planner).get(
        reverse("attachments:shown", args=[photo.pk]), headers={"Range": "bytes=9999999-"}
    )
    assert answer.status_code == 416


def test_a_file_of_a_table_that_says_nothing_is_seen_by_nobody(sign_in, planner, photo, monkeypatch):
    monkeypatch.setattr("geo_registry.attachments.registry._OWNERS", {})
    assert sign_in(planner).get(reverse("attachments:shown", args=[photo.pk])).status_code == 404


def test_a_copy_that_was_lost_is_made_again_and_a_lost_original_is_not_found(sign_in, viewer, photo):
    address = reverse("attachments:small", args=[photo.pk])
    storage.place(photo.content.sha256, storage.Copy.SMALL).unlink()
    assert sign_in(viewer).get(address).status_code == 200
    storage.forget(photo.content.sha256)
    assert sign_in(viewer).get(address).status_code == 404


def test_a_file_sent_ahead_is_seen_by_its_sender_only(sign_in, viewer, planner):
    answer = sign_in(planner).post(
        reverse("attachments:send_ahead"),
        {"file": SimpleUploadedFile("a.jpg", files.photo()), "kind": "image"},
    )
    key = json.loads(answer.content)["id"]
    address = reverse("attachments:small", args=[key])
    assert sign_in(planner).get(address).status_code == 200
    assert sign_in(viewer).get(address).status_code == 404
    assert Attachment.objects.get(pk=key).uploaded_by == planner


def test_a_file_sent_ahead_that_is_refused_says_why(sign_in, planner):
    answer = sign_in(planner).post(
        reverse("attachments:send_ahead"), {"file": SimpleUploadedFile("a.jpg", b"<html>"), "kind": "image"}
    )
    assert answer.status_code == 422
    assert "a.jpg" in json.loads(answer.content)["error"]


def test_the_administrator_finds_files_by_whose_they_are_in_the_readers_words(sign_in, photo, planner):
    loose = services.attach(file=services.as_file(files.pdf(), "松散.pdf"), owner=photo.owner, by=planner)
    Attachment.objects.filter(pk=loose.pk).update(owner_type=None, owner_id="")
    client = sign_in(UserFactory(role=Role.ADMINISTRATOR))
    address = reverse("admin:attachments_attachment_changelist")
    html = client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert "Task" not in html
    assert str(Source._meta.verbose_name) in html
    for owner, there, absent in (("reference.source", photo, loose), ("none", loose, photo)):
        html = client.get(address, {"owner": owner}).content.decode()
        assert there.name in html
        assert absent.name not in html


def test_a_film_is_shown_without_the_place_where_it_was_taken_and_the_original_is_for_who_may_change_it(
    sign_in, viewer, owner, planner
):
    content, played, _begin = film()
    row = services.attach(file=services.as_file(content, "a.mov"), owner=owner, by=planner)
    for page in ("shown", "original"):
        answer = sign_in(viewer).get(reverse(f"attachments:{page}", args=[row.pk]))
        told = body(answer)
        assert played in told
        assert PLACE not in told
        assert answer["Content-Type"] == "video/quicktime"
        assert answer["Content-Disposition"].startswith("inline" if page == "shown" else "attachment")
    assert body(sign_in(planner).get(reverse("attachments:original", args=[row.pk]))) == content


def test_a_sound_whose_place_cannot_be_taken_out_is_shown_to_who_may_have_it_anyway(
    sign_in, viewer, owner, planner
):
    content = b"OggS" + bytes(60) + b"LOCATION=38.1,106.2"
    row = services.attach(file=services.as_file(content, "a.ogg"), owner=owner, by=planner)
    with pytest.raises(services.Refused):
        services.require_clean(row)
    address = reverse("attachments:shown", args=[row.pk])
    assert sign_in(viewer).get(address).status_code == 404
    assert body(sign_in(planner).get(address)) == content
