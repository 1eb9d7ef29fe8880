"""Small files of every kind, made here."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image

# Where the camera was, what it is called, and a remark that somebody wrote into the file.
LATITUDE, LONGITUDE = 38.0983, 106.3402
CAMERA = "TelephoneMaker X1"


def photo(
    *,
    size=(400, 300),
    orientation=1,
    position=True,
    taken="2026:03:02 10:15:30",
    offset="+08:00",
    colour=(200, 30, 30),
    kind="JPEG",
) -> bytes:
    """A picture whose left upper corner is blue, with what a camera writes."""
    image = Image.new("RGB", size, colour)
    image.paste((20, 20, 220), (0, 0, size[0] // 4, size[1] // 4))
    exif = Image.Exif()
    exif[0x0110] = CAMERA
    exif[0x0112] = orientation
    details = exif.get_ifd(0x8769)
    details[36867] = taken
    if offset:
        details[36881] = offset
    if position:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", (38.0, 5.0, 53.88)
        gps[3], gps[4] = "E", (106.0, 20.0, 24.72)
    written = io.BytesIO()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><GPSLatitude>38,5.898N</GPSLatitude></x:xmpmeta>'
    options = {"comment": b"taken at home"} if kind == "JPEG" else {}
    image.save(written, kind, exif=exif, xmp=xmp, **options)
    return written.getvalue()


def png(size=(20, 10), mode="RGB", colour=0) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, "PNG")
    return written.getvalue()


def png_that_says_it_is(width: int, height: int) -> bytes:
    """A few bytes that unpack to a picture of any size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def archive(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return written.getvalue()


def office(folder: str = "word", *, macros: bool = False) -> bytes:
    members = {"[Content_Types].xml": b"<Types/>", f"{folder}/document.xml": b"<x/>"}
    if macros:
        members[f"{folder}/vbaProject.bin"] = b"\0"
    return archive(**members)


def opendocument(kind: str = "text") -> bytes:
    return archive(mimetype=f"application/vnd.oasis.opendocument.{kind}".encode(), **{"content.xml": b"<x/>"})


def compound(stream: str, *others: str) -> bytes:
    """An Office file of before 2007, as far as it is looked at."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in (stream, *others))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names


def film(brand: bytes = b"isom") -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + brand + bytes(2000)
