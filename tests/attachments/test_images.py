"""What a camera writes is read, and is not in what is shown."""

from __future__ import annotations

import datetime
import io
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from geo_registry.attachments.images import SHOWN_EDGE_PX, SMALL_EDGE_PX, BadImage, read_picture

from . import files

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = datetime.datetime(2026, 6, 1, tzinfo=ZONE)


def read(content: bytes, **options):
    return read_picture(
        io.BytesIO(content), **({"max_megapixels": 50, "zone": ZONE, "today": TODAY} | options)
    )


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_place_and_the_time_are_read_and_are_in_no_copy(kind):
    source = files.photo(kind=kind)
    assert files.CAMERA.encode() in source
    picture = read(source)
    assert picture.position == pytest.approx((files.LONGITUDE, files.LATITUDE), abs=1e-6)
    assert picture.taken_at == datetime.datetime(2026, 3, 2, 10, 15, 30, tzinfo=ZONE)
    for copy in (picture.shown, picture.small):
        image = opened(copy)
        assert not image.getexif()
        assert not {"exif", "xmp", "comment", "photoshop"} & set(image.info)
        for secret in (files.CAMERA.encode(), b"GPSLatitude", b"at home", b"Exif"):
            assert secret not in copy


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "left top"), (2, "right top"), (3, "right bottom"), (4, "left bottom"),
     (5, "left top"), (6, "right top"), (7, "right bottom"), (8, "left bottom")],
)  # fmt: skip
def test_a_picture_taken_sideways_stands_upright(orientation, corner):
    picture = read(files.photo(orientation=orientation))
    sideways = orientation >= 5
    assert (picture.width, picture.height) == ((300, 400) if sideways else (400, 300))
    image = opened(picture.shown)
    assert image.size == (picture.width, picture.height)
    x = 5 if "left" in corner else image.width - 5
    y = 5 if "top" in corner else image.height - 5
    red, _green, blue = image.getpixel((x, y))
    assert blue > 150 > red


def test_a_large_picture_is_shown_smaller_and_a_small_one_as_it_is():
    picture = read(files.photo(size=(5000, 2500)))
    assert (picture.width, picture.height) == (5000, 2500)
    assert opened(picture.shown).size == (SHOWN_EDGE_PX, SHOWN_EDGE_PX // 2)
    assert opened(picture.small).size == (SMALL_EDGE_PX, SMALL_EDGE_PX // 2)
    assert opened(read(files.png()).shown).size == (20, 10)


def test_transparent_parts_are_white():
    image = opened(read(files.png(mode="RGBA", colour=(0, 0, 0, 0))).shown)
    assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_way_to_keep_colours_can_be_shown(mode):
    assert opened(read(files.png(mode=mode)).shown).mode in {"RGB", "L"}


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    with pytest.raises(BadImage) as refused:
        read(files.png_that_says_it_is(60_000, 60_000))
    assert refused.value.reason == "too_many_pixels"


def test_what_must_be_held_in_memory_as_a_whole_may_have_a_quarter():
    assert read(files.photo(size=(1000, 1000)), max_megapixels=1)
    with pytest.raises(BadImage):
        read(files.png(size=(1000, 1000)), max_megapixels=1)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_a_picture_that_was_cut_off_is_refused(cut):
    source = files.photo(size=(800, 600))
    with pytest.raises(BadImage) as refused:
        read(source[: int(len(source) * cut)])
    assert refused.value.reason == "damaged"


def test_nonsense_of_a_camera_is_no_reason_to_refuse_its_picture():
    picture = read(files.photo(position=False, taken="0000:00:00 00:00:00", offset="??"))
    assert picture.position is None
    assert picture.taken_at is None


def test_a_clock_that_is_ahead_is_not_believed():
    assert read(files.photo(taken="2031:01:01 00:00:00")).taken_at is None
