"""Sounds and films without what the device wrote into them: where and when they were taken, by whom, with what.

A telephone's film says in one box where it was taken, and often carries a second track of positions or of what it saw. The copy
that pages show has the same sound and picture at the same places of the file; what tells is overwritten with nothing. No
Django here.

The boxes are those of ISO/IEC 14496-12 and of Apple's QuickTime File Format, the tags those of ID3v2.3/2.4, ID3v1 and APEv2, the
chunks those of RIFF.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

_ISO: Final = frozenset({"video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"})
_INSIDE: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"})
_TELLS: Final = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip", b"XMP_", b"pnot", b"PICT"})
# Tracks that a player plays; any other holds positions, faces, or whatever else the device noted.
_PLAYED: Final = frozenset({b"vide", b"soun", b"text", b"sbtl", b"subt", b"subp", b"clcp", b"tmcd", b"hint"})
_WAVE_NEEDED: Final = frozenset({b"fmt ", b"data", b"fact"})
_PLACE: Final = re.compile(
    rb"location|latitude|longitude|gps[-_:. ]?(?:lat|lon|coord)|geo[-_:. ]?(?:tag|coord)", re.IGNORECASE
)
_LOOKED_AT_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 1 << 20
_DEEPEST: Final = 12


class StillTells(ValueError):  # noqa: N818 - says what is wrong
    """It says where it was taken in a way that cannot be overwritten here."""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def clean(file: BinaryIO, media_type: str) -> None:
    """Overwrite in a copy of a sound or film whatever is not sound and picture.

    Parameters
    ----------
    file : file object
        Open for reading and writing, seekable. Its length and the places of sound and picture in it stay.
    media_type : str
        As `detect` tells it.

    Raises
    ------
    StillTells
        If it is of a kind whose remarks cannot be overwritten, and one of them is of a place.
    """
    size = file.seek(0, 2)
    if media_type in _ISO:
        _clean_boxes(file, 0, size, 0)
    elif media_type == "audio/mpeg":
        _clean_tags(file, size)
    elif media_type == "audio/wav":
        _clean_chunks(file, size)
    else:
        _refuse_place(file, size)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    at = start
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        body = at + 8
        if size == 1:
            size = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0]
            body += 8
        elif size == 0:
            size = end - at
        if size < body - at or at + size > end:
            return
        yield _Box(kind, at, body, at + size)
        at += size


def _clean_boxes(file: BinaryIO, start: int, end: int, depth: int) -> None:
    for box in list(_boxes(file, start, end)):
        if box.kind in _TELLS:
            _void(file, box)
        elif box.kind == b"trak" and _handler(file, box) not in _PLAYED:
            for first, count in _samples(file, box):
                _blank(file, first, first + count)
            _void(file, box)
        elif box.kind in _INSIDE and depth < _DEEPEST:
            _clean_boxes(file, box.body, box.end, depth + 1)


def _void(file: BinaryIO, box: _Box) -> None:
    """Make a box one that players skip, with nothing in it."""
    file.seek(box.start + 4)
    file.write(b"free")
    _blank(file, box.body, box.end)


def _blank(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left > 0:
        block = min(left, _BLOCK_BYTES)
        file.write(bytes(block))
        left -= block


def _within(file: BinaryIO, box: _Box, *path: bytes) -> _Box | None:
    """Return the first box below by its kind, and its parents' kinds."""
    found: _Box | None = box
    for kind in path:
        found = (
            next((each for each in _boxes(file, found.body, found.end) if each.kind == kind), None)
            if found
            else None
        )
    return found


def _handler(file: BinaryIO, track: _Box) -> bytes:
    box = _within(file, track, b"mdia", b"hdlr")
    return _bytes(file, box)[8:12] if box is not None else b""


def _bytes(file: BinaryIO, box: _Box) -> bytes:
    file.seek(box.body)
    return file.read(box.end - box.body)


def _samples(file: BinaryIO, track: _Box) -> Iterator[tuple[int, int]]:
    """Yield where the chunks of a track's samples are in the file, and how long they are."""
    table = _within(file, track, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    held = {box.kind: _bytes(file, box) for box in _boxes(file, table.body, table.end)}
    offsets = _numbers(held.get(b"stco", b""), "I") or _numbers(held.get(b"co64", b""), "Q")
    sizes = _sizes(held.get(b"stsz", b""))
    runs = _numbers(held.get(b"stsc", b""), "III")
    file_end = file.seek(0, 2)
    sample = 0
    for number, (offset,) in enumerate(offsets, start=1):
        count = next((run[1] for run in reversed(runs) if run[0] <= number), 0)
        length = sum(sizes[sample : sample + count])
        sample += count
        if offset + length <= file_end:
            yield offset, length


def _numbers(table: bytes, row: str) -> list[tuple[int, ...]]:
    """Return the rows of a table: version and flags, how many, and then they."""
    if len(table) < 8:
        return []
    width = struct.calcsize(">" + row)
    count = min(struct.unpack_from(">I", table, 4)[0], (len(table) - 8) // width)
    return list(struct.iter_unpack(">" + row, table[8 : 8 + count * width]))


def _sizes(table: bytes) -> list[int]:
    if len(table) < 12:
        return []
    same, count = struct.unpack_from(">II", table, 4)
    if same:
        return [same] * min(count, 1_000_000)
    return [
        row[0] for row in struct.iter_unpack(">I", table[12 : 12 + min(count, (len(table) - 12) // 4) * 4])
    ]


def _clean_tags(file: BinaryIO, size: int) -> None:
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        length = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        # A tag of nothing but padding; its flags promise nothing more.
        file.seek(5)
        file.write(b"\0")
        _blank(file, 10, min(10 + length, size))
    end = size
    file.seek(max(size - 128, 0))
    if size > 128 and file.read(3) == b"TAG":
        _blank(file, size - 125, size)
        end = size - 128
    file.seek(max(end - 32, 0))
    footer = file.read(32)
    if footer[:8] == b"APETAGEX":
        length = struct.unpack_from("<I", footer, 12)[0]
        _blank(file, max(end - length - 32, 0), end)


def _clean_chunks(file: BinaryIO, size: int) -> None:
    at = 12
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind not in _WAVE_NEEDED:
            file.seek(at)
            file.write(b"JUNK")
            _blank(file, at + 8, min(at + 8 + length, size))
        at += 8 + length + length % 2


def _refuse_place(file: BinaryIO, size: int) -> None:
    for start in {0, max(size - _LOOKED_AT_BYTES, 0)}:
        file.seek(start)
        if _PLACE.search(file.read(_LOOKED_AT_BYTES)):
            raise StillTells("location")
