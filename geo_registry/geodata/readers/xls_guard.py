"""Look through an XLS before calamine: it holds a sheet as one dense block, and aborts the process if that does not fit.

XLS is a stream of records inside a compound file ([MS-CFB], [MS-XLS]). The stream is found, and the rows and columns of its
cells are read; the format ends at 65 536 rows and 256 columns, so anything beyond is damage or malice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from ..errors import Message, UnreadableFile, UnsupportedFormat, gettext_noop

_HEADER_BYTES = 512
_DIRECTORY_ENTRY_BYTES = 128
_LAST_SECTOR = 0xFFFFFFFA
_MAX_COLUMN = 255
_MIN_STRING_BYTES = 3
_MERGED_RANGE_BYTES = 8
_WORKBOOKS = ("Workbook", "Book")

# Records that begin with row and column: blank, number, label, boolean or error, formula, shared string, RK, rich string.
_CELLS = {
    0x0001,
    0x0002,
    0x0003,
    0x0004,
    0x0005,
    0x0006,
    0x00D6,
    0x00FD,
    0x0201,
    0x0203,
    0x0204,
    0x0205,
    0x0206,
    0x027E,
    0x0406,
}
_CELL_RANGES = {0x00BD, 0x00BE}
_SHARED_STRINGS = 0x00FC
_MERGED_CELLS = 0x00E5

_DAMAGED = gettext_noop(
    "The spreadsheet “{file}” is damaged or cut off. Open it in a spreadsheet program and save it again as XLSX."
)
_PASSWORD = gettext_noop("The spreadsheet “{file}” is protected by a password. Save it without one.")
_NO_SPREADSHEET = gettext_noop(
    "“{file}” is an Office file, but no spreadsheet. Copy the table into a spreadsheet and save it as XLSX."
)


def guard_xls(path: Path) -> None:
    """Refuse an XLS that is protected, no spreadsheet at all, damaged, or larger than the format allows.

    Parameters
    ----------
    path : Path
        A compound file.

    Raises
    ------
    UnreadableFile, UnsupportedFormat
    """
    params = {"file": path.name}
    try:
        streams = _Streams(path.read_bytes())
        if "EncryptedPackage" in streams.names:
            raise UnreadableFile(Message(_PASSWORD, params), file=path.name)
        name = next((name for name in _WORKBOOKS if name in streams.names), None)
        if name is None:
            raise UnsupportedFormat(Message(_NO_SPREADSHEET, params), file=path.name)
        whole = _is_whole(streams.read(name))
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableFile(Message(_DAMAGED, params), file=path.name) from error
    if not whole:
        raise UnreadableFile(Message(_DAMAGED, params), file=path.name)


def _is_whole(stream: bytes) -> bool:
    max_strings = len(stream) // _MIN_STRING_BYTES
    return all(_is_possible(kind, data, max_strings) for kind, data in _records(stream))


def _is_possible(kind: int, data: bytes, max_strings: int) -> bool:
    if kind in _CELLS:
        return _uint16(data, 2) <= _MAX_COLUMN
    if kind in _CELL_RANGES:
        return _uint16(data, 2) <= _uint16(data, len(data) - 2) <= _MAX_COLUMN
    if kind == _SHARED_STRINGS:
        return int.from_bytes(data[4:8], "little") <= max_strings
    if kind == _MERGED_CELLS:
        return _uint16(data, 0) * _MERGED_RANGE_BYTES <= len(data)
    return True


def _uint16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


class _Streams:
    """The named streams of a compound file, as far as needed here: no mini stream holds a workbook worth reading."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in {9, 12} or mini_shift != 6:
            raise ValueError("sector size")
        self._sector = 1 << shift
        directory, self._mini_cutoff, mini_fat = struct.unpack_from("<I4xII", content, 48)
        self._fat = self._read_fat()
        self._mini_fat = self._chained(mini_fat) if mini_fat < _LAST_SECTOR else b""
        entries = self._chained(directory)
        self.names: dict[str, tuple[int, int]] = {}
        self._mini = b""
        for offset in range(0, len(entries) - _DIRECTORY_ENTRY_BYTES + 1, _DIRECTORY_ENTRY_BYTES):
            raw, length, kind = struct.unpack_from("<64sHB", entries, offset)
            start, size = struct.unpack_from("<II", entries, offset + 116)
            if kind == 5 and start < _LAST_SECTOR:
                self._mini = self._chained(start)
            elif kind == 2:
                self.names[raw[: max(length - 2, 0)].decode("utf-16-le", errors="replace")] = (start, size)

    def read(self, name: str) -> bytes:
        start, size = self.names[name]
        if size >= self._mini_cutoff:
            return self._chained(start)[:size]
        blocks: list[bytes] = []
        seen = 0
        while start < _LAST_SECTOR and seen <= len(self._mini) // 64:
            blocks.append(self._mini[start * 64 : start * 64 + 64])
            start = struct.unpack_from("<I", self._mini_fat, start * 4)[0]
            seen += 1
        return b"".join(blocks)[:size]

    def _read_fat(self) -> bytes:
        sectors = [n for n in struct.unpack_from("<109I", self._content, 76) if n < _LAST_SECTOR]
        more = struct.unpack_from("<I", self._content, 68)[0]
        per_sector = self._sector // 4 - 1
        for _ in range(len(self._content) // self._sector + 1):
            if more >= _LAST_SECTOR:
                break
            *found, more = struct.unpack_from(f"<{per_sector + 1}I", self._at(more))
            sectors += [n for n in found if n < _LAST_SECTOR]
        return b"".join(self._at(n) for n in sectors)

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        block = self._content[start : start + self._sector]
        if not block:
            raise ValueError("beyond the end")
        return block.ljust(self._sector, b"\0")

    def _chained(self, sector: int) -> bytes:
        blocks: list[bytes] = []
        limit = len(self._content) // self._sector + 1
        while sector < _LAST_SECTOR:
            if len(blocks) > limit:
                raise ValueError("endless chain")
            blocks.append(self._at(sector))
            sector = struct.unpack_from("<I", self._fat, sector * 4)[0]
        return b"".join(blocks)
