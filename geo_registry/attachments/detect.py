"""What a file is, by what it holds: its name and what the browser says of it are only somebody's word.

The table `ACCEPTED` is all that is taken. Whatever a browser would run as a program of this site (HTML, SVG, XML) is not in it,
and neither is an Office file with macros. No Django here.
"""

from __future__ import annotations

import enum
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

HEAD_BYTES = 4096
_TAIL_BYTES = 2048
_MAX_MEMBERS = 10_000
_MAX_MEMBER_BYTES = 1 << 20


class FileKind(enum.StrEnum):
    """What a person would call it."""

    IMAGE = "image"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is taken: its media type, and the extensions that fit it, the usual one first."""

    kind: FileKind
    media_type: str
    extensions: tuple[str, ...]


_IMAGE, _DOCUMENT, _AUDIO, _VIDEO = FileKind.IMAGE, FileKind.DOCUMENT, FileKind.AUDIO, FileKind.VIDEO
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

ACCEPTED: Final[dict[str, FileType]] = {
    "jpeg": FileType(_IMAGE, "image/jpeg", ("jpg", "jpeg")),
    "png": FileType(_IMAGE, "image/png", ("png",)),
    "webp": FileType(_IMAGE, "image/webp", ("webp",)),
    "pdf": FileType(_DOCUMENT, "application/pdf", ("pdf",)),
    # The national format of official documents (GB/T 33190).
    "ofd": FileType(_DOCUMENT, "application/ofd", ("ofd",)),
    "docx": FileType(_DOCUMENT, f"{_OOXML}wordprocessingml.document", ("docx",)),
    "xlsx": FileType(_DOCUMENT, f"{_OOXML}spreadsheetml.sheet", ("xlsx",)),
    "pptx": FileType(_DOCUMENT, f"{_OOXML}presentationml.presentation", ("pptx",)),
    "odt": FileType(_DOCUMENT, f"{_ODF}text", ("odt",)),
    "ods": FileType(_DOCUMENT, f"{_ODF}spreadsheet", ("ods",)),
    "odp": FileType(_DOCUMENT, f"{_ODF}presentation", ("odp",)),
    "doc": FileType(_DOCUMENT, "application/msword", ("doc", "wps")),
    "xls": FileType(_DOCUMENT, "application/vnd.ms-excel", ("xls", "et")),
    "ppt": FileType(_DOCUMENT, "application/vnd.ms-powerpoint", ("ppt", "dps")),
    "mp3": FileType(_AUDIO, "audio/mpeg", ("mp3",)),
    "m4a": FileType(_AUDIO, "audio/mp4", ("m4a", "mp4")),
    "aac": FileType(_AUDIO, "audio/aac", ("aac",)),
    "wav": FileType(_AUDIO, "audio/wav", ("wav",)),
    "ogg": FileType(_AUDIO, "audio/ogg", ("ogg", "oga", "opus")),
    "amr": FileType(_AUDIO, "audio/amr", ("amr",)),
    "mp4": FileType(_VIDEO, "video/mp4", ("mp4", "m4v")),
    "mov": FileType(_VIDEO, "video/quicktime", ("mov", "qt")),
    "3gp": FileType(_VIDEO, "video/3gpp", ("3gp", "3g2")),
    "webm": FileType(_VIDEO, "video/webm", ("webm",)),
}


class NotAccepted(ValueError):  # noqa: N818 - says what is wrong
    """The content is none of `ACCEPTED`. ``reason`` is one of unknown, heic, macros, damaged, empty, web, program, encrypted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def detect(content: BinaryIO) -> FileType:
    """Say what a file is by its content.

    Parameters
    ----------
    content : file object
        Seekable; its position afterwards is the start.

    Raises
    ------
    NotAccepted
        If it is nothing of the table.
    """
    content.seek(0)
    head = content.read(HEAD_BYTES)
    try:
        name = _name(head, content)
    finally:
        content.seek(0)
    return ACCEPTED[name]


def _name(head: bytes, content: BinaryIO) -> str:
    if not head:
        raise NotAccepted("empty")
    for matches, name in _BY_HEAD:
        if matches(head):
            return name
    if head.startswith(b"%PDF-"):
        return _pdf(content)
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head.startswith(b"PK\x03\x04"):
        return _archive(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(content)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska(head)
    raise NotAccepted(_why_not(head))


_BY_HEAD: Final[tuple[tuple[Callable[[bytes], bool], str], ...]] = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), "jpeg"),
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), "png"),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", "webp"),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE", "wav"),
    (lambda head: head.startswith(b"OggS"), "ogg"),
    (lambda head: head.startswith(b"#!AMR"), "amr"),
    (lambda head: head.startswith(b"ID3"), "mp3"),
    # ADTS frames have layer 0; MPEG audio of layers 1 to 3 has another one, and a bit rate and sample rate that exist.
    (lambda head: len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0, "aac"),
    (
        lambda head: (
            len(head) > 2
            and head[0] == 0xFF
            and head[1] & 0xE0 == 0xE0
            and head[1] & 0x06 != 0
            and head[2] & 0xF0 != 0xF0
            and head[2] & 0x0C != 0x0C
        ),
        "mp3",
    ),
)


def _pdf(content: BinaryIO) -> str:
    """A PDF ends with a mark: what was cut off on the way has none."""
    content.seek(0, 2)
    content.seek(max(0, content.tell() - _TAIL_BYTES))
    if b"%%EOF" not in content.read():
        raise NotAccepted("damaged")
    return "pdf"


_BRANDS: Final = {
    b"M4A ": "m4a",
    b"M4B ": "m4a",
    b"qt  ": "mov",
    b"heic": "",
    b"heix": "",
    b"hevc": "",
    b"mif1": "",
    b"msf1": "",
    b"avif": "",
}


def _iso_media(head: bytes) -> str:
    brand = head[8:12]
    if brand.startswith((b"3gp", b"3g2")):
        return "3gp"
    name = _BRANDS.get(brand, "mp4")
    if not name:
        raise NotAccepted("heic")
    return name


def _matroska(head: bytes) -> str:
    if b"webm" in head[:64]:
        return "webm"
    raise NotAccepted("unknown")


def _archive(content: BinaryIO) -> str:
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS:
                raise NotAccepted("damaged")
            return _office(archive, {member.filename: member for member in members})
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NotAccepted("damaged") from error


def _office(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> str:
    if "OFD.xml" in members:
        return "ofd"
    if "mimetype" in members:
        declared = _read(archive, members["mimetype"]).decode("ascii", errors="replace").strip()
        for name in ("odt", "ods", "odp"):
            if declared == ACCEPTED[name].media_type:
                if any(member.startswith(("Basic/", "Scripts/")) for member in members):
                    raise NotAccepted("macros")
                return name
    if "[Content_Types].xml" not in members:
        raise NotAccepted("unknown")
    types = _read(archive, members["[Content_Types].xml"])
    if b"macroEnabled" in types or any(member.endswith("vbaProject.bin") for member in members):
        raise NotAccepted("macros")
    for folder, name in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
        if any(member.startswith(folder) for member in members):
            return name
    raise NotAccepted("unknown")


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Read a small member; one that unpacks to more than such a thing ever is, is damage or malice."""
    with archive.open(member) as opened:
        found = opened.read(_MAX_MEMBER_BYTES + 1)
    if len(found) > _MAX_MEMBER_BYTES:
        raise NotAccepted("damaged")
    return found


def _compound(content: BinaryIO) -> str:
    """Office files before 2007, and those of WPS, are told apart by the names of their streams."""
    content.seek(0)
    whole = content.read()
    named = {
        name: name.encode("utf-16-le") in whole
        for name in ("WordDocument", "Workbook", "Book", "PowerPoint Document", "EncryptedPackage", "VBA")
    }
    if named["EncryptedPackage"]:
        raise NotAccepted("encrypted")
    if named["VBA"]:
        raise NotAccepted("macros")
    for name, stream in (
        ("doc", "WordDocument"),
        ("ppt", "PowerPoint Document"),
        ("xls", "Workbook"),
        ("xls", "Book"),
    ):
        if named[stream]:
            return name
    raise NotAccepted("unknown")


_WEB = re.compile(rb"^\s*(?:<\?xml|<!doctype|<!--|<(?:html|svg|head|body|script)\b)", re.IGNORECASE)


def _why_not(head: bytes) -> str:
    if _WEB.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "web"
    if head.startswith((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")):
        return "program"
    return "unknown"
