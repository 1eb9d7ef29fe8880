"""Sounds and films as they are shown: sound and picture at their places, and nothing of where they were taken."""

from __future__ import annotations

import io
import struct

import pytest

from geo_registry.attachments import media

PLACE = b"+38.1234+106.2345/"


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind, *parts):
    return box(kind, bytes(4), *parts)


def track(handler, offset, sizes):
    """A track of one chunk at a place of the file."""
    table = box(
        b"stbl",
        full(b"stsz", struct.pack(">II", 0, len(sizes)), *(struct.pack(">I", size) for size in sizes)),
        full(b"stsc", struct.pack(">IIII", 1, 1, len(sizes), 1)),
        full(b"stco", struct.pack(">II", 1, offset)),
    )
    return box(b"trak", box(b"mdia", full(b"hdlr", bytes(4), handler, bytes(12)), box(b"minf", table)))


def film(*, played=b"PICTURE" * 30, positions=PLACE * 3):
    """A telephone's film: a picture track, a track of positions, a box that says where it was taken, and one of a maker."""
    head = box(b"ftyp", b"qt  ", bytes(4), b"qt  ")
    begin = len(head) + 8
    data = box(b"mdat", played, positions)
    moov = box(
        b"moov",
        full(b"mvhd", bytes(96)),
        track(b"vide", begin, [len(played)]),
        track(b"meta", begin + len(played), [len(PLACE)] * 3),
        box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0x15C7), PLACE)),
        full(b"meta", box(b"ilst", b"com.apple.quicktime.location.ISO6709", PLACE)),
    )
    return head + data + moov + box(b"uuid", b"XMP" * 6, PLACE), played, begin


def cleaned(content, media_type):
    file = io.BytesIO(content)
    media.clean(file, media_type)
    return file.getvalue()


@pytest.mark.parametrize("media_type", ["video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"])
def test_a_film_keeps_its_pictures_and_loses_every_place(media_type):
    content, played, begin = film()
    assert content.count(PLACE) == 6
    after = cleaned(content, media_type)
    assert len(after) == len(content)
    assert PLACE not in after
    assert b"location" not in after
    assert after[begin : begin + len(played)] == played
    assert b"vide" in after
    assert cleaned(after, media_type) == after


def test_a_large_box_and_a_box_to_the_end_are_understood():
    content = box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I4sQ", 1, b"udta", 16 + len(PLACE)) + PLACE
    content += struct.pack(">I4s", 0, b"meta") + PLACE
    assert PLACE not in cleaned(content, "video/mp4")


def test_a_film_that_was_cut_off_is_left_as_far_as_it_goes():
    content, _played, _begin = film()
    assert len(cleaned(content[:-30], "video/mp4")) == len(content) - 30


def test_a_sound_loses_its_tags_and_keeps_its_sound():
    sound = b"\xff\xfb\x90\x64" + b"SOUND" * 100
    tag = b"ID3\x04\x00\x40" + bytes([0, 0, 0, 40]) + (b"GEOB" + PLACE).ljust(40, b"x")
    old = b"TAG" + b"Place: Yinchuan".ljust(125, b"\0")
    after = cleaned(tag + sound + old, "audio/mpeg")
    assert PLACE not in after
    assert b"Yinchuan" not in after
    assert after[50 : 50 + len(sound)] == sound
    assert after[:10] == b"ID3\x04\x00\x00" + bytes([0, 0, 0, 40])


def test_a_wave_file_keeps_what_plays():
    def chunk(kind, body):
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    content = b"RIFF" + struct.pack("<I", 200) + b"WAVE"
    content += (
        chunk(b"LIST", b"INFO" + PLACE)
        + chunk(b"fmt ", bytes(16))
        + chunk(b"data", b"SOUND" * 7)
        + chunk(b"bext", PLACE)
    )
    after = cleaned(content, "audio/wav")
    assert PLACE not in after
    assert b"SOUND" * 7 in after
    assert after.count(b"JUNK") == 2


def test_what_cannot_be_overwritten_and_tells_a_place_is_refused():
    for told in (b"LOCATION=38.1,106.2", b"\x00Latitude\x00"):
        with pytest.raises(media.StillTells):
            cleaned(b"OggS" + bytes(60) + told, "audio/ogg")
    assert cleaned(b"OggS" + bytes(60) + b"TITLE=x", "audio/ogg").endswith(b"TITLE=x")
