"""Uploads on their way in, and what is left of those whose process was killed.

An upload is written below ``IMPORT_DIR`` from its first byte: on the disk where it will stay, and not in the system's folder for
temporary files, which may be memory. What a killed process leaves there, and in the folders of batches that never came to be,
goes once a day.
"""

from __future__ import annotations

import datetime
import logging
import shutil
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy

from geo_registry.attachments.uploads import PatientUploadHandler
from geo_registry.geodata.isolation import remove_leftovers
from geo_registry.jobs.recurring import register_recurring

from ..models import Batch

logger = logging.getLogger(__name__)

_FOLDER = "incoming"
_DAY_S = 24 * 3600
# A file that is kept for something other than a batch is done with long before.
_UNKNOWN_AFTER_S = 3 * _DAY_S


def incoming_folder() -> Path:
    """Return where uploads are written while they arrive."""
    return Path(settings.IMPORT_DIR) / _FOLDER


class IncomingFile(TemporaryUploadedFile):
    """An upload in the folder of imports; gone when it is closed, unless it was linked elsewhere."""

    def __init__(
        self,
        name: str | None,
        content_type: str | None,
        size: int | None,
        charset: str | None,
        content_type_extra: dict[str, Any] | None = None,
    ) -> None:
        folder = incoming_folder()
        folder.mkdir(parents=True, exist_ok=True)
        # Its class would put it into the system's folder.
        file = tempfile.NamedTemporaryFile(prefix="upload-", dir=folder)  # noqa: SIM115 - closed with the request
        UploadedFile.__init__(self, file, name, content_type, size, charset, content_type_extra)


class IncomingHandler(PatientUploadHandler):
    """Writes uploads to where imports lie, and goes on reading when the disk is full."""

    file_class = IncomingFile

    def open_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a file in the folder of imports."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = self.file_class(
            self.file_name, self.content_type, 0, self.charset, self.content_type_extra
        )


def tidy() -> None:
    """Remove what killed processes left: half uploads, files of batches that never were, unpacked archives."""
    now = time.time()
    for file in incoming_folder().glob("upload-*"):
        if _is_older(file, now - _DAY_S):
            file.unlink(missing_ok=True)
            logger.warning("An upload that was cut off was removed: %s", file.name)
    folders = {key: folder for folder in _folders() if (key := _key_of(folder)) is not None}
    known = set(Batch.objects.filter(pk__in=folders).values_list("pk", flat=True))
    for key, folder in folders.items():
        if key not in known and _is_older(folder, now - _UNKNOWN_AFTER_S):
            shutil.rmtree(folder, ignore_errors=True)
            logger.warning("Files of no import were removed: %s", folder.name)
    remove_leftovers(before=now - _DAY_S)


def _folders() -> list[Path]:
    root = Path(settings.IMPORT_DIR)
    return [folder for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []


def _key_of(folder: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(folder.name)
    except ValueError:
        return None


def _is_older(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except OSError:
        return False


def register() -> None:
    """Have the worker tidy once a day."""
    register_recurring(
        "leftovers-of-imports",
        title=gettext_lazy("Remove what is left of interrupted uploads"),
        every=datetime.timedelta(days=1),
        body=tidy,
    )
