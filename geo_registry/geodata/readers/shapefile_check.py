"""Is a shapefile whole? GDAL would give what is left of it, and say nothing that reaches the user."""

from __future__ import annotations

import struct
from pathlib import Path

from ..crs_files import file_named_by
from ..errors import HostileFile, Message, UnreadableFile, gettext_noop

_HEADER_BYTES = 100
_INDEX_RECORD_BYTES = 8
# Nothing but the type of a shape.
_LEAST_WORDS = 2
_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")

_MISSING = gettext_noop(
    "The shapefile “{file}” is not complete: its {part} part is missing. Copy all its files, or put them "
    "into a ZIP."
)
_CUT = gettext_noop(
    "The {part} part of the shapefile “{file}” is cut off or damaged: {found} bytes of {expected}. Copy it "
    "once more."
)
_DAMAGED = gettext_noop(
    "The {part} part of the shapefile “{file}” is damaged. Copy it once more, or export it again."
)
_DISAGREE = gettext_noop(
    "The parts of the shapefile “{file}” do not belong together: {shapes} shapes, but {records} rows in its "
    "table. Copy all its files again."
)

_PRJ_NAMES_FILES = gettext_noop(
    "The .prj part of the shapefile “{file}” names files on a computer ({part}), so the shapefile is not read. Leave the .prj out "
    "and choose the co-ordinate system yourself."
)
_DBF_HEADER_BYTES = 32
_END_OF_FIELDS = (0x0D, 0x00)
# A description of a co-ordinate system has some hundred characters.
_MAX_PRJ_BYTES = 65_536


def check_shapefile(parts: dict[str, Path], *, name: str) -> None:
    """Refuse a shapefile with missing, cut or mixed-up parts.

    Parameters
    ----------
    parts : dict
        Extension in lower case → file.
    name : str
        Name for messages.

    Raises
    ------
    UnreadableFile
    HostileFile
        If the description of its co-ordinate system names files.
    """
    _check_prj(parts, name)
    for needed in (".shp", ".dbf"):
        if needed not in parts:
            raise UnreadableFile(Message(_MISSING, {"file": name, "part": needed}), file=name)
    shapes = _check_shp_and_shx(parts, name)
    records = _check_dbf(parts[".dbf"], name)
    if shapes != records:
        raise UnreadableFile(
            Message(_DISAGREE, {"file": name, "shapes": shapes, "records": records}), file=name
        )


def _check_prj(parts: dict[str, Path], name: str) -> None:
    if ".prj" not in parts:
        return
    with parts[".prj"].open("rb") as stream:
        text = stream.read(_MAX_PRJ_BYTES + 1)
    if len(text) > _MAX_PRJ_BYTES:
        raise UnreadableFile(Message(_DAMAGED, {"file": name, "part": ".prj"}), file=name)
    if (part := file_named_by(text.decode("latin-1"))) is not None:
        raise HostileFile(Message(_PRJ_NAMES_FILES, {"file": name, "part": part}), file=name)


def _check_shp_and_shx(parts: dict[str, Path], name: str) -> int:
    for part in (".shp", ".shx"):
        if part not in parts:
            continue
        with parts[part].open("rb") as stream:
            head = stream.read(_HEADER_BYTES)
        if len(head) < _HEADER_BYTES or head[:4] != b"\x00\x00\x27\x0a":
            raise UnreadableFile(Message(_DAMAGED, {"file": name, "part": part}), file=name)
        _check_size(parts[part], struct.unpack(">i", head[24:28])[0] * 2, part, name)
    if ".shx" not in parts:
        return len(_places_of_records(parts[".shp"], name))
    return (parts[".shx"].stat().st_size - _HEADER_BYTES) // _INDEX_RECORD_BYTES


def index_of(shp: Path, *, name: str) -> bytes:
    """Return the ``.shx`` that belongs to a ``.shp``: where each of its records begins, and how long it is.

    Source: ESRI Shapefile Technical Description (1998), pages 5 and 23: both counted in words of two bytes, big-endian.

    Raises
    ------
    UnreadableFile
        If the records do not follow one another.
    """
    places = _places_of_records(shp, name)
    with shp.open("rb") as stream:
        head = bytearray(stream.read(_HEADER_BYTES))
    head[24:28] = struct.pack(">i", (_HEADER_BYTES + _INDEX_RECORD_BYTES * len(places)) // 2)
    return bytes(head) + b"".join(struct.pack(">ii", at // 2, length // 2) for at, length in places)


def _places_of_records(shp: Path, name: str) -> list[tuple[int, int]]:
    """Return offset and length of each record's content, in bytes."""
    size = shp.stat().st_size
    found = []
    with shp.open("rb") as stream:
        at = _HEADER_BYTES
        while at + _INDEX_RECORD_BYTES <= size:
            stream.seek(at)
            _number, words = struct.unpack(">ii", stream.read(_INDEX_RECORD_BYTES))
            if words < _LEAST_WORDS or at + _INDEX_RECORD_BYTES + words * 2 > size:
                raise UnreadableFile(Message(_DAMAGED, {"file": name, "part": ".shp"}), file=name)
            found.append((at, words * 2))
            at += _INDEX_RECORD_BYTES + words * 2
    return found


def _check_dbf(dbf: Path, name: str) -> int:
    damaged = UnreadableFile(Message(_DAMAGED, {"file": name, "part": ".dbf"}), file=name)
    with dbf.open("rb") as stream:
        head = stream.read(_DBF_HEADER_BYTES)
        if len(head) < _DBF_HEADER_BYTES:
            raise damaged
        records, header_bytes, record_bytes = struct.unpack("<IHH", head[4:12])
        fields = stream.read(max(header_bytes - _DBF_HEADER_BYTES, 0))
    # What fields need must fit into a record; and where nothing but the header's length ends their list, they must fill it, else
    # that length is wrong and cuts the list off.
    lengths, is_ended = _field_lengths(fields)
    needed = 1 + sum(lengths)
    if header_bytes < _DBF_HEADER_BYTES or needed > record_bytes or (needed != record_bytes and not is_ended):
        raise damaged
    _check_size(dbf, header_bytes + records * record_bytes, ".dbf", name)
    return int(records)


def _field_lengths(fields: bytes) -> tuple[list[int], bool]:
    """Return the bytes that each field of a table takes, and whether their list has the end that some programs forget."""
    lengths: list[int] = []
    for offset in range(0, len(fields), 32):
        if fields[offset] in _END_OF_FIELDS:
            return lengths, True
        if offset + 32 > len(fields):
            break
        lengths.append(fields[offset + 16])
    return lengths, False


def _check_size(path: Path, expected: int, part: str, name: str) -> None:
    found = path.stat().st_size
    if found < expected or expected < 0:
        params = {"file": name, "part": part, "found": found, "expected": expected}
        raise UnreadableFile(Message(_CUT, params), file=name)


def find_sidecars(shp: Path) -> dict[str, Path]:
    """Return a shapefile's parts by their extension in lower case, whatever case they are written in."""
    return {
        part.suffix.lower(): part
        for part in sorted(shp.parent.iterdir())
        if part.stem == shp.stem and part.suffix.lower() in _SIDECARS
    }
