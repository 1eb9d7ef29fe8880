"""A file is what it holds."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.attachments.detect import ACCEPTED, FileKind, NotAccepted, detect

from . import files


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (files.photo(), "jpeg"),
        (files.png(), "png"),
        (files.photo(kind="WEBP"), "webp"),
        (files.pdf(), "pdf"),
        (files.archive(**{"OFD.xml": b"<OFD/>"}), "ofd"),
        (files.office("word"), "docx"),
        (files.office("xl"), "xlsx"),
        (files.office("ppt"), "pptx"),
        (files.opendocument("text"), "odt"),
        (files.opendocument("spreadsheet"), "ods"),
        (files.opendocument("presentation"), "odp"),
        (files.compound("WordDocument"), "doc"),
        (files.compound("Workbook"), "xls"),
        (files.compound("PowerPoint Document"), "ppt"),
        (b"ID3\x04" + bytes(200), "mp3"),
        (b"\xff\xfb\x90\x00" + bytes(200), "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(200), "aac"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(200), "wav"),
        (b"OggS" + bytes(200), "ogg"),
        (b"#!AMR\n" + bytes(200), "amr"),
        (files.film(b"M4A "), "m4a"),
        (files.film(b"isom"), "mp4"),
        (files.film(b"mp42"), "mp4"),
        (files.film(b"qt  "), "mov"),
        (files.film(b"3gp4"), "3gp"),
        (b"\x1a\x45\xdf\xa3" + b"\x42\x82\x84webm" + bytes(200), "webm"),
    ],
)
def test_each_kind_of_the_table_is_known_by_its_content(content, name):
    assert detect(io.BytesIO(content)) is ACCEPTED[name]


def test_every_row_of_the_table_is_tried_above():
    tried = {mark.args[1][i][1] for mark in [test_each_kind_of_the_table_is_known_by_its_content.pytestmark[0]]
             for i in range(len(mark.args[1]))}  # fmt: skip
    assert tried == set(ACCEPTED)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "web"),
        (b"\xef\xbb\xbf  <html>", "web"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "web"),
        (b"<svg onload='alert(1)'/>", "web"),
        (b"MZ\x90\0" + bytes(300), "program"),
        (b"\x7fELF" + bytes(300), "program"),
        (b"#!/bin/sh\nrm -rf /\n", "program"),
        (b"GIF89a" + bytes(300), "unknown"),
        ("姓名,电话\n".encode(), "unknown"),
        (files.film(b"heic"), "heic"),
        (files.office("word", macros=True), "macros"),
        (files.compound("WordDocument", "VBA"), "macros"),
        (files.compound("EncryptedPackage"), "encrypted"),
        (files.archive(**{"photo.jpg": b"x"}), "unknown"),
        (files.office("word")[:-40], "damaged"),
        (files.pdf()[:-8], "damaged"),
    ],
)
def test_what_is_not_taken_is_refused_with_its_reason(content, reason):
    with pytest.raises(NotAccepted) as refused:
        detect(io.BytesIO(content))
    assert refused.value.reason == reason


def test_nothing_that_a_browser_would_run_is_in_the_table():
    types = {row.media_type for row in ACCEPTED.values()}
    assert not [name for name in types if "html" in name or name.endswith("/svg+xml") or "script" in name]
    assert {row.kind for row in ACCEPTED.values()} == set(FileKind)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_kind_or_a_reason(content):
    try:
        found = detect(io.BytesIO(content))
    except NotAccepted:
        return
    assert found in ACCEPTED.values()
