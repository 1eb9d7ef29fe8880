"""ZIP files, which are also XLSX, ODS and KMZ: checked, then unpacked under names of our own."""

from __future__ import annotations

import errno
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import (
    GeodataError,
    HostileFile,
    LimitExceeded,
    Message,
    UnreadableFile,
    UnsupportedFormat,
    gettext_noop,
)
from .base import MIB, Limits
from .sniffing import archive_kind, sniff
from .spreadsheet_guard import guard_spreadsheet

_BLOCK_BYTES = 256 * 1024
_UTF8_NAME = 0x800
_WHATEVER_SIZE = 2**62
_ENCRYPTED = 0x1
_SHAPEFILE_PARTS = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
_ARCHIVES = {
    ".zip",
    ".kmz",
    ".rar",
    ".7z",
    ".gz",
    ".tgz",
    ".bz2",
    ".xz",
    ".tar",
    ".xlsx",
    ".xlsm",
    ".ods",
    ".docx",
}
# What is read from an archive, the first kind found winning: a shapefile's ZIP often holds a read-me beside
# it.
_KINDS = (
    ("shapefile", {".shp"}),
    ("gpkg", {".gpkg"}),
    ("geojson", {".geojson", ".json"}),
    ("kml", {".kml"}),
    ("gpx", {".gpx"}),
    ("csv", {".csv", ".tsv"}),
)
# Each file of these is a layer to choose.
_SEVERAL_AT_ONCE = {"shapefile", "kml"}
_OTHERS_SHOWN = 10
# A letter that came with the data.
_NO_DATA = ".docx"
_WANTED = _SHAPEFILE_PARTS.union(*(extensions for _, extensions in _KINDS))
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    IndexError,
    OverflowError,
)

_DAMAGED = gettext_noop(
    "The file “{file}” is damaged or was cut off on its way. Get it once more, or save it again."
)
_NO_ROOM = gettext_noop(
    "There is no room on the server's disk to unpack “{file}”. Nothing was changed. Tell the administrator."
)
_PASSWORD = gettext_noop("The archive “{file}” is protected by a password. Pack it without one.")
_NESTED = gettext_noop(
    "The archive “{file}” has another archive in it (“{member}”). Unpack it and give the file inside."
)
_PATH_TRICK = gettext_noop(
    "The archive “{file}” would write outside of its own folder (“{member}”). It was not opened; do not use "
    "it."
)
_BOMB = gettext_noop(
    "The archive “{file}” unpacks to far more than its size ({ratio} times). It was not opened; if it is "
    "honest, give the files unpacked."
)
_TOO_LARGE = gettext_noop("Unpacked, “{file}” has more than {limit} MB. Split it.")
_TOO_MANY = gettext_noop(
    "The archive “{file}” has {count} files in it, more than the {limit} that are looked at."
)
_NOTHING = gettext_noop(
    "There is no map or table in the archive “{file}”. It should hold a shapefile (.shp, .shx, .dbf), "
    "GeoPackage, GeoJSON, KML or CSV."
)
_SEVERAL = gettext_noop("The archive “{file}” has several files to read: {members}. Give one at a time.")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was found in an archive.

    Parameters
    ----------
    kind : str
        Format, as in `FORMATS`.
    members : tuple of Path
        Files to read; for a spreadsheet the archive itself.
    folder : Path or None
        Temporary folder that holds them, to be removed by the reader.
    others : tuple of str
        What else in the archive could be read, but is of another kind.
    """

    kind: str
    members: tuple[Path, ...]
    folder: Path | None = None
    others: tuple[str, ...] = ()


def unpack(path: Path, *, limits: Limits) -> Unpacked:
    """Check an archive and unpack what can be read from it.

    Sizes are counted while unpacking: those written in the archive are not believed. Members are written
    under their bare names into numbered folders, so no path in the archive reaches the disk.

    Parameters
    ----------
    path : Path
        A ZIP, XLSX, ODS or KMZ.
    limits : Limits

    Returns
    -------
    Unpacked

    Raises
    ------
    HostileFile, LimitExceeded, UnreadableFile, UnsupportedFormat
    """
    with _damage_as_error(path), zipfile.ZipFile(path) as archive:
        members = {_member_name(info): info for info in archive.infolist() if not info.is_dir()}
        _check_members(path, members, limits)
        spreadsheet = archive_kind(list(members), archive, file=path.name)
        if spreadsheet is not None:
            guard_spreadsheet(
                path,
                spreadsheet,
                _counted(path, archive, members, limits, limits.max_spreadsheet_bytes),
                limits,
            )
            return Unpacked(spreadsheet, (path,))
        folder = Path(tempfile.mkdtemp(prefix="geo-registry-"))
        try:
            return _extract(path, archive, members, folder, limits)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@contextmanager
def _damage_as_error(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise GeodataError(Message(_NO_ROOM, {"file": path.name}), file=path.name) from error
        raise UnreadableFile(Message(_DAMAGED, {"file": path.name}), file=path.name) from error


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; Chinese programs write it in GBK without saying so."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _check_members(path: Path, members: dict[str, zipfile.ZipInfo], limits: Limits) -> None:
    params: dict[str, object] = {"file": path.name, "count": len(members), "limit": limits.max_members}
    if len(members) > limits.max_members:
        raise LimitExceeded(Message(_TOO_MANY, params), file=path.name)
    for name, info in members.items():
        if _is_path_trick(name) or stat.S_ISLNK(info.external_attr >> 16):
            raise HostileFile(Message(_PATH_TRICK, params | {"member": name[:100]}), file=path.name)
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableFile(Message(_PASSWORD, params), file=path.name)


def _is_path_trick(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return (
        name.startswith(("/", "\\"))
        or ".." in parts
        or "\x00" in name
        or re.match(r"[A-Za-z]:", name) is not None
    )


def _nested(members: Iterable[str]) -> list[str]:
    """Return the archives in an archive, workbooks among them; they are never opened."""
    return [
        name for name in members if PurePosixPath(name).suffix.lower() in _ARCHIVES and not _is_litter(name)
    ]


def _is_litter(name: str) -> bool:
    """Tell what macOS and others leave in archives."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or parts[-1].startswith("._")


def _counted(
    path: Path, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], limits: Limits, max_bytes: int
) -> Iterator[tuple[str, bytes]]:
    """Yield (member, block) of really unpacked bytes, and stop at the limits."""
    packed = max(path.stat().st_size, 1)
    total = 0
    for name, info in members.items():
        honest = copy(info)
        honest.file_size = _WHATEVER_SIZE  # read to the end of the stream, whatever size is claimed
        with archive.open(honest) as stream:
            while block := stream.read(_BLOCK_BYTES):
                total += len(block)
                if total > limits.ratio_from_bytes and total / packed > limits.max_ratio:
                    params = {"file": path.name, "ratio": round(total / packed)}
                    raise HostileFile(Message(_BOMB, params), file=path.name)
                if total > max_bytes:
                    raise LimitExceeded(
                        Message(_TOO_LARGE, {"file": path.name, "limit": max_bytes // MIB}), file=path.name
                    )
                yield name, block


def _extract(
    path: Path, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], folder: Path, limits: Limits
) -> Unpacked:
    wanted = {
        name: info
        for name, info in members.items()
        if PurePosixPath(name).suffix.lower() in _WANTED and not _is_litter(name)
    }
    places = _places(wanted, folder)
    for name, place in places.items():
        place.parent.mkdir(exist_ok=True)
        place.touch()
        del name
    for name, block in _counted(path, archive, wanted, limits, limits.max_unpacked_bytes):
        with places[name].open("ab") as out:
            out.write(block)
    for kind, extensions in _KINDS:
        found = sorted(place for place in places.values() if place.suffix in extensions)
        if found:
            others = [name for name, place in places.items() if _is_of_another_kind(place, kind)]
            others += [name for name in _nested(members) if not name.lower().endswith(_NO_DATA)]
            return _accepted(path, kind, found, folder, others)
    if nested := _nested(members):
        raise HostileFile(Message(_NESTED, {"file": path.name, "member": nested[0][:100]}), file=path.name)
    raise UnsupportedFormat(Message(_NOTHING, {"file": path.name}), file=path.name)


def _is_of_another_kind(place: Path, kind: str) -> bool:
    return any(place.suffix in extensions for other, extensions in _KINDS if other != kind)


def _places(wanted: dict[str, zipfile.ZipInfo], folder: Path) -> dict[str, Path]:
    """Give each member a place: parts of one shapefile together, whatever case their extensions have."""
    folders: dict[str, Path] = {}
    places: dict[str, Path] = {}
    for name in wanted:
        pure = PurePosixPath(name.replace("\\", "/"))
        parent = folders.setdefault(str(pure.parent), folder / f"{len(folders):04d}")
        places[name] = parent / (pure.stem[:80] + pure.suffix.lower())
    return places


def _accepted(path: Path, kind: str, found: list[Path], folder: Path, others: Sequence[str]) -> Unpacked:
    kind_name = kind
    if kind == "kml" and path.suffix.lower() == ".kmz":
        found = sorted(found, key=lambda place: place.name != "doc.kml")
        kind_name = "kmz"
    if len(found) > 1 and kind not in _SEVERAL_AT_ONCE:
        params = {"file": path.name, "members": ", ".join(place.name for place in found[:20])}
        raise UnsupportedFormat(Message(_SEVERAL, params), file=path.name)
    for place in found:
        if sniff(place) != kind:
            raise UnreadableFile(Message(_DAMAGED, {"file": path.name}), file=path.name)
    shown = tuple(PurePosixPath(name.replace("\\", "/")).name[:100] for name in others[:_OTHERS_SHOWN])
    return Unpacked(kind_name, tuple(found), folder, shown)
