"""The field for files: nothing chosen is lost because of another mistake in the form."""

from __future__ import annotations

import errno
import re

import pytest
from django import forms
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

from geo_registry.attachments import services
from geo_registry.attachments.forms import PICTURES, UploadField, UploadFormMixin
from geo_registry.attachments.models import Attachment

from . import files

pytestmark = pytest.mark.django_db


class Report(UploadFormMixin):
    what = forms.CharField()
    photos = UploadField(kinds=PICTURES, max_files=2)


def sent(person, *photos, what="", keys=()):
    data = MultiValueDict({"what": [what], "photos-waiting": list(keys)})
    chosen = [SimpleUploadedFile(name, content) for name, content in photos]
    return Report(data, MultiValueDict({"photos": chosen}), person=person)


def keys_in(html: str) -> list[str]:
    return re.findall(r'name="photos-waiting"\s+value="([^"]+)"\s+checked', html)


def test_a_photo_is_kept_while_another_field_is_mended(planner, owner):
    form = sent(planner, ("a.jpg", files.photo()))
    assert not form.is_valid()
    assert set(form.errors) == {"what"}
    keys = keys_in(str(form))
    assert len(keys) == 1
    again = sent(planner, what="门口积水", keys=keys)
    assert again.is_valid()
    services.attach_all(files=again.cleaned_data["photos"], owner=owner, by=planner, purpose="before")
    assert [row.name for row in Attachment.objects.of(owner)] == ["a.jpg"]


def test_a_good_photo_is_kept_beside_a_bad_one(planner):
    form = sent(planner, ("a.jpg", files.photo()), ("b.jpg", b"<html>"), what="x")
    assert not form.is_valid()
    assert "b.jpg" in form.errors["photos"][0]
    assert len(keys_in(str(form))) == 1


def test_another_persons_files_cannot_be_claimed(planner, viewer):
    ahead = services.send_ahead(file=services.as_file(files.photo(), "a.jpg"), by=viewer)
    form = sent(planner, what="x", keys=[str(ahead.pk), "nonsense"])
    assert not form.is_valid()
    assert set(form.errors) == {"photos"}


def test_more_files_than_fit_are_refused(planner):
    form = sent(planner, *[(f"{n}.jpg", files.photo()) for n in range(3)], what="x")
    assert not form.is_valid()
    assert set(form.errors) == {"photos"}


def test_the_field_asks_a_telephone_for_its_camera_and_says_what_is_taken(planner):
    html = str(Report(person=planner)["photos"])
    assert 'capture="environment"' in html
    assert "image/jpeg" in html
    assert "20 MB" in html
    assert Report(person=planner).is_multipart()


def test_a_disk_that_fills_up_while_a_form_comes_in_is_said_beside_its_field(planner, settings, monkeypatch):
    """Django writes larger files down before any view is asked."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100

    def no_room(*_args):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", no_room)
    request = RequestFactory().post(
        "/", {"what": "门口积水", "photos": SimpleUploadedFile("a.jpg", files.photo())}
    )
    form = Report(request.POST, request.FILES, person=planner)
    assert isinstance(HttpResponse(str(form)), HttpResponse)
    assert form.data["what"] == "门口积水"
    assert not form.is_valid()
    assert form.errors.as_data()["photos"][0].code == "disk_full"
