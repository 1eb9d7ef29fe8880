"""Pictures: what they are allowed to be, where and when they were taken, and the copies that are shown.

A photo says where and when it was taken, by which telephone, often with a second small picture inside that nobody sees. The
original keeps all of it; the copies that pages show are made anew from the pixels alone, upright, and hold nothing else.
No Django here.
"""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

# How many pixels are too many is decided below, before one of them is decoded.
Image.MAX_IMAGE_PIXELS = None

# A JPEG with several pictures inside (MPO), as some telephones write, is opened as a JPEG.
FORMATS: Final = ("JPEG", "PNG", "WEBP")
SHOWN_EDGE_PX: Final = 2048
SMALL_EDGE_PX: Final = 480
_QUALITY = {SHOWN_EDGE_PX: 85, SMALL_EDGE_PX: 78}
_MAX_PROFILE_BYTES = 65_536
# What cannot be decoded at a reduced size is held in memory as a whole.
_WHOLE_SHARE = 4

_GPS_IFD, _EXIF_IFD = 0x8825, 0x8769
_TAKEN, _TAKEN_OFFSET = 36867, 36881
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4


class BadImage(ValueError):  # noqa: N818 - says what is wrong
    """It cannot be shown. ``reason`` is damaged or too_many_pixels; ``megapixels`` says how many there are."""

    def __init__(self, reason: str, *, megapixels: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.megapixels = megapixels


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a picture, and its copies as JPEG. Width and height are as it is looked at, upright."""

    width: int
    height: int
    taken_at: datetime.datetime | None
    position: tuple[float, float] | None
    """Longitude and latitude, degrees, as the device wrote them (WGS 84)."""
    shown: bytes
    small: bytes


def read_picture(
    content: BinaryIO, *, max_megapixels: float, zone: datetime.tzinfo, today: datetime.datetime
) -> Picture:
    """Read a picture and make the copies that are shown.

    Parameters
    ----------
    content
        A file of one of `FORMATS`.
    max_megapixels
        Larger ones are refused before a pixel is decoded. A JPEG may have all of them, since it is decoded at a reduced size;
        another format a quarter.
    zone
        The time zone of a camera that does not say its own.
    today
        A picture that says it was taken later than this was taken by a camera with a wrong clock.

    Raises
    ------
    BadImage
        If it is damaged, or has more pixels than that.
    """
    with _opened(content) as image:
        limit = max_megapixels if image.format in {"JPEG", "MPO"} else max_megapixels / _WHOLE_SHARE
        megapixels = image.width * image.height / 1e6
        if megapixels > limit:
            raise BadImage("too_many_pixels", megapixels=megapixels)
        exif = _exif(image)
        upright = (image.height, image.width) if _lies_on_its_side(exif) else image.size
        # A JPEG is decoded at a half, a quarter or an eighth where that is still as large as what is shown.
        image.draft(None, (SHOWN_EDGE_PX, SHOWN_EDGE_PX))
        plain = _plain(image)
        return Picture(
            width=upright[0],
            height=upright[1],
            taken_at=_taken_at(exif, zone, today),
            position=_position(exif),
            shown=_copy(plain, SHOWN_EDGE_PX),
            small=_copy(plain, SMALL_EDGE_PX),
        )


@contextmanager
def _opened(content: BinaryIO) -> Iterator[Image.Image]:
    content.seek(0)
    # The library that sets papers asks Pillow, for the whole process, to fill what is missing of a picture with grey.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(content, formats=FORMATS) as image:
            yield image
    except BadImage:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise BadImage("damaged") from error
    finally:
        content.seek(0)


def _plain(image: Image.Image) -> Image.Image:
    """Return the pixels upright, in colours that a JPEG has, with nothing else but the profile of these colours."""
    profile = image.info.get("icc_profile")
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        flat = Image.new("RGB", layered.size, "white")
        flat.paste(layered, mask=layered.getchannel("A"))
    else:
        profile = profile if image.mode in {"RGB", "L"} else None
        flat = image if image.mode in {"RGB", "L"} else image.convert("RGB")
    plain = flat.copy()
    plain.info = (
        {"icc_profile": profile} if isinstance(profile, bytes) and len(profile) <= _MAX_PROFILE_BYTES else {}
    )
    return plain


def _copy(plain: Image.Image, edge_px: int) -> bytes:
    copy = plain.copy()
    copy.thumbnail((edge_px, edge_px), Image.Resampling.LANCZOS)
    profile = copy.info.get("icc_profile")
    copy.info = {}
    written = io.BytesIO()
    copy.save(
        written, "JPEG", quality=_QUALITY[edge_px], optimize=True, progressive=True, icc_profile=profile
    )
    return written.getvalue()


def _exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001 - whatever a camera wrote there, the picture is still a picture
        return Image.Exif()


def _lies_on_its_side(exif: Image.Exif) -> bool:
    return exif.get(0x0112) in {5, 6, 7, 8}


def _ifd(exif: Image.Exif, tag: int) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:  # noqa: BLE001 - as above
        return {}


def _position(exif: Image.Exif) -> tuple[float, float] | None:
    gps = _ifd(exif, _GPS_IFD)
    latitude = _degrees(gps.get(_LATITUDE), negative=str(gps.get(_LATITUDE_REF, "N")).strip("\0 ") == "S")
    longitude = _degrees(gps.get(_LONGITUDE), negative=str(gps.get(_LONGITUDE_REF, "E")).strip("\0 ") == "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    # Telephones that did not know where they were wrote zeros.
    return None if latitude == longitude == 0 else (longitude, latitude)


def _degrees(parts: Any, *, negative: bool) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return -value if negative else value


def _taken_at(exif: Image.Exif, zone: datetime.tzinfo, today: datetime.datetime) -> datetime.datetime | None:
    written = _ifd(exif, _EXIF_IFD)
    text = str(written.get(_TAKEN, "")).strip("\0 ")
    offset = str(written.get(_TAKEN_OFFSET, "")).strip("\0 ")
    try:
        taken = datetime.datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None
    with suppress(ValueError):
        taken = datetime.datetime.strptime(f"{text}{offset}", "%Y:%m:%d %H:%M:%S%z")
    return None if taken.year < 2000 or taken > today + datetime.timedelta(days=1) else taken
