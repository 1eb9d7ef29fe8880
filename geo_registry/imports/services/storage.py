"""Where the files of an import lie until it is taken in or thrown away: one folder for each batch, below ``IMPORT_DIR``."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from geo_registry.geodata.errors import GeodataError, LimitExceeded, Message, gettext_noop

from .texts import FIELDS_FILE

_MIB = 1024 * 1024
_MAX_PARTS = 40
_MAX_NAME_BYTES = 180
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Parts that a shapefile may have beside its .shp.
SHAPEFILE_PARTS = {
    ".shp",
    ".shx",
    ".dbf",
    ".prj",
    ".cpg",
    ".sbn",
    ".sbx",
    ".qix",
    ".qpj",
    ".xml",
    ".fbn",
    ".fbx",
    ".toml",
}

_NO_FILE = gettext_noop("No file was chosen.")
_EMPTY = gettext_noop("The file “{file}” is empty. Check that it was saved, and choose it again.")
_TOO_LARGE = gettext_noop("The upload is larger than the {limit} MB that are taken at once. Split the file.")
_NO_ROOM = gettext_noop(
    "The file could not be kept: the server's disk is full or not writable. Tell the administrator."
)
_TOO_MANY = gettext_noop("{count} files were chosen; at most {limit} parts of one shapefile can be taken.")
_NOT_ONE = gettext_noop(
    "These are several files: {files}. Choose one file, or all parts of one shapefile (.shp, .dbf, .shx, .prj …)."
)
_NO_SHP = gettext_noop("Among the parts of the shapefile there is no .shp. Choose all parts together.")


def folder_of(batch_id: uuid.UUID | str) -> Path:
    """Return the folder of a batch; it need not exist."""
    return Path(settings.IMPORT_DIR) / str(uuid.UUID(str(batch_id)))


def preview_path(batch_id: uuid.UUID | str) -> Path:
    """Return where the preview of a batch is kept."""
    return folder_of(batch_id) / "preview.sqlite"


def file_of(batch_id: uuid.UUID | str) -> Path | None:
    """Return the file of a batch that is to be opened, or ``None`` where it is gone."""
    folder = folder_of(batch_id) / "files"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return next((file for file in files if file.suffix.lower() == ".shp"), files[0] if files else None)


def safe_name(name: str) -> str:
    """Return a file's own name without folders, control characters, and leading dots; never empty, never too long."""
    plain = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    plain = _CONTROL.sub("", plain).lstrip(". ") or "file"
    stem, suffix = PurePosixPath(plain).stem, PurePosixPath(plain).suffix[:12]
    while len((stem + suffix).encode()) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix


def keep(batch_id: uuid.UUID, uploads: Iterable[UploadedFile]) -> tuple[Path, int]:
    """Write uploads into the folder of a batch, chunk by chunk.

    Returns
    -------
    file : Path
        The one to open.
    size : int
        Bytes in all.

    Raises
    ------
    GeodataError
        If these are not one file or the parts of one shapefile, or they are too large. Nothing is left behind then.
    """
    files = list(uploads)
    names = [safe_name(file.name or "") for file in files]
    check_choice(names)
    folder = folder_of(batch_id) / "files"
    folder.mkdir(parents=True)
    try:
        size = _write(folder, list(zip(files, names, strict=True)))
    except BaseException:
        throw_away(batch_id)
        raise
    found = file_of(batch_id)
    assert found is not None  # noqa: S101 - it was written a moment ago
    return found, size


def _write(folder: Path, files: list[tuple[UploadedFile, str]]) -> int:
    size = 0
    for file, name in files:
        if getattr(file, "was_cut_off", False):
            raise GeodataError(Message(_NO_ROOM))
        size += file.size or 0
        if size > settings.IMPORT_MAX_MB * _MIB:
            raise LimitExceeded(Message(_TOO_LARGE, {"limit": settings.IMPORT_MAX_MB}))
        if not _linked(file, folder / name):
            with (folder / name).open("xb") as target:
                for chunk in file.chunks():
                    target.write(chunk)
    if size == 0:
        raise GeodataError(Message(_EMPTY, {"file": files[0][1]}), file=files[0][1])
    return size


def _linked(file: UploadedFile, target: Path) -> bool:
    """Give an upload that lies on the same disk its name there: half a gigabyte need not be written twice."""
    if not isinstance(file, TemporaryUploadedFile):
        return False
    try:
        file.flush()
        os.link(file.temporary_file_path(), target)
    except OSError:
        return False
    return True


def check_choice(names: list[str]) -> None:
    """Refuse several files that are not the parts of one shapefile."""
    if not names:
        raise GeodataError(Message(_NO_FILE))
    if len(names) > _MAX_PARTS:
        raise GeodataError(Message(_TOO_MANY, {"count": len(names), "limit": _MAX_PARTS}))
    if len(names) == 1:
        return
    # The list of what an export's short names mean belongs to its shapefile.
    suffixes = {PurePosixPath(name).suffix.lower() for name in names if not name.endswith(FIELDS_FILE)}
    stems = {PurePosixPath(name).name.split(".")[0].casefold() for name in names}
    if len(stems) > 1 or not suffixes <= SHAPEFILE_PARTS or len(set(map(str.casefold, names))) < len(names):
        raise GeodataError(Message(_NOT_ONE, {"files": "、".join(names[:10])}))
    if ".shp" not in suffixes:
        raise GeodataError(Message(_NO_SHP))


def throw_away(batch_id: uuid.UUID | str) -> None:
    """Remove the files of a batch, and its preview."""
    shutil.rmtree(folder_of(batch_id), ignore_errors=True)
