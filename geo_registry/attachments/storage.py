"""Files on the disk, under the SHA-256 of what they hold.

A file is written under another name beside its place, flushed to the disk, and put in its place in one step: whatever happens
in between, a place holds a whole file or none. The same content is kept once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

_BLOCK_BYTES: Final = 1 << 20
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Copy:
    """The copies kept of one content."""

    ORIGINAL: Final = "original"
    SHOWN: Final = "shown"
    SMALL: Final = "small"
    ALL: Final = (ORIGINAL, SHOWN, SMALL)


class DiskFull(OSError):  # noqa: N818 - says what is wrong
    """There is no room for the file, or it would leave too little for everything else."""


class TooLarge(ValueError):  # noqa: N818 - says what is wrong
    """The file is larger than the limit."""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole file that has arrived and has no place yet."""

    path: Path
    sha256: str
    size_bytes: int


def root() -> Path:
    """Return the folder that everything is kept in. No address of the site leads there."""
    return Path(settings.ATTACHMENTS_DIR)


def place(sha256: str, copy: str = Copy.ORIGINAL) -> Path:
    """Return where a content, or a copy made from it, is kept."""
    return root() / copy / sha256[:2] / sha256[2:4] / sha256


@contextmanager
def receive(chunks: Iterable[bytes], *, limit_bytes: int) -> Iterator[Received]:
    """Take in a file, and forget it at the end unless it was put in its place.

    Raises
    ------
    TooLarge
        As soon as more than ``limit_bytes`` have come.
    DiskFull
        If the disk is full, or would be left with less than ``ATTACHMENTS_RESERVE_MB``.
    """
    path = _new_path()
    digest, size = hashlib.sha256(), 0
    try:
        with _full_is_said(), path.open("xb") as file:
            path.chmod(0o600)
            for chunk in chunks:
                size += len(chunk)
                if size > limit_bytes:
                    raise TooLarge(size)
                _check_room(len(chunk))
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        yield Received(path=path, sha256=digest.hexdigest(), size_bytes=size)
    finally:
        path.unlink(missing_ok=True)


def keep(received: Received) -> None:
    """Put a file that has arrived in its place; one that is there already is only marked as wanted today."""
    _put(received.path, place(received.sha256))


def keep_copy(content: bytes, *, sha256: str, copy: str) -> None:
    """Keep a copy made from a content.

    Raises
    ------
    DiskFull
        As with `receive`.
    """
    path = _new_path()
    try:
        with _full_is_said(), path.open("xb") as file:
            path.chmod(0o600)
            _check_room(len(content))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _put(path, place(sha256, copy))
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def changed_copy(sha256: str, copy: str) -> Iterator[BinaryIO]:
    """Open a copy of a content to be changed; it is kept if nothing is raised, and forgotten else.

    Raises
    ------
    DiskFull
        As with `receive`.
    """
    original, path = place(sha256), _new_path()
    try:
        with _full_is_said(), path.open("x+b") as file:
            path.chmod(0o600)
            _check_room(original.stat().st_size)
            with original.open("rb") as source:
                shutil.copyfileobj(source, file, _BLOCK_BYTES)
            yield file
            file.flush()
            os.fsync(file.fileno())
        _put(path, place(sha256, copy))
    finally:
        path.unlink(missing_ok=True)


def forget(sha256: str) -> int:
    """Delete a content and its copies; return how many bytes that freed."""
    freed = 0
    for copy in Copy.ALL:
        path = place(sha256, copy)
        with contextlib.suppress(FileNotFoundError):
            freed += path.stat().st_size
            path.unlink()
    return freed


def kept(copy: str = Copy.ORIGINAL) -> Iterator[Path]:
    """Yield every file that is kept of a sort."""
    yield from sorted(path for path in (root() / copy).glob("*/*/*") if path.is_file())


def leftovers(*, older_than_s: float) -> Iterator[Path]:
    """Yield what was being received when its process was killed."""
    before = time.time() - older_than_s
    for path in sorted((root() / "incoming").glob("*")):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                yield path


def sha256_of(path: Path) -> str:
    """Return the digest of a file as it is now."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _new_path() -> Path:
    folder = root() / "incoming"
    with _full_is_said():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / secrets.token_hex(16)


def _put(path: Path, to: Path) -> None:
    with _full_is_said():
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whatever lay there is replaced in one step by the same content; were it damaged, it is whole again.
        path.replace(to)
        _flush_folder(to.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check_room(coming_bytes: int) -> None:
    if shutil.disk_usage(root()).free - coming_bytes < settings.ATTACHMENTS_RESERVE_MB * 1_000_000:
        raise DiskFull(errno.ENOSPC, "too little room would be left")


@contextmanager
def _full_is_said() -> Iterator[None]:
    try:
        yield
    except DiskFull:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(error.errno, os.strerror(error.errno)) from error
        raise
