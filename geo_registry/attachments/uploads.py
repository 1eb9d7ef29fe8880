"""Receiving a form's files when the disk is full.

Django writes what is larger than a form to a temporary file while it reads the request, before any view is asked: a disk that fills
up there would be a server error, and everything typed into the form would be lost with it. Here the rest of the file is read
and dropped, the file is marked, and the form is shown again with a sentence.
"""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class PatientUploadHandler(TemporaryFileUploadHandler):
    """Writes to a temporary file, and goes on reading when that is no longer possible."""

    _failed = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a temporary file."""
        self._failed = False
        try:
            self.open_file(*args, **kwargs)
        except OSError:
            self._failed = True

    def open_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the file that is written to."""
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Write a piece, while there is room."""
        if self._failed:
            return
        try:
            self.file.write(raw_data)
        except OSError:
            self.give_up()

    def give_up(self) -> None:
        """Keep nothing of the file, and take no more of it."""
        if not self._failed:
            self._failed = True
            self.file.close()

    def file_complete(self, file_size: int) -> Any:
        """Return the file; one that could not be written is empty, and says so."""
        if not self._failed:
            try:
                return super().file_complete(file_size)
            except OSError:
                self._failed = True
        return CutOffFile(self.file_name or "", self.content_type or "", self.charset)


class CutOffFile(TemporaryUploadedFile):
    """A file of which nothing was kept. ``was_cut_off`` is how `services.attach` knows it from an empty one."""

    was_cut_off = True

    def __init__(self, name: str, content_type: str, charset: str | None) -> None:
        # Not the temporary file that its class makes: there is no room for one.
        super(TemporaryUploadedFile, self).__init__(io.BytesIO(), name, content_type, 0, charset)

    def temporary_file_path(self) -> str:
        """Return nothing: there is none."""
        return ""
