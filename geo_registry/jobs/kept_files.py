"""Files that background work writes for whoever asked for it: kept for some days, handed to nobody else."""

from __future__ import annotations

import datetime
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from .models import Job
from .work import JobTask

# What processes that were killed leave beside the files: folders that an export is put together in.
_UNFINISHED_FOLDERS = (".export-", "download-")


@dataclass(frozen=True, kw_only=True)
class KeptFiles:
    """Where one kind of work puts its files. The job's argument ``file``, a UUID, is what each is called by.

    Parameters
    ----------
    folder : str
        Below ``EXPORTS_DIR``; empty for that folder itself.
    days : int
        How long a file is kept.
    """

    folder: str
    days: int

    def path(self, file: uuid.UUID | str, ending: str) -> Path:
        """Return where a file is, or would be."""
        return Path(settings.EXPORTS_DIR) / self.folder / f"{uuid.UUID(str(file)).hex}{ending}"

    @contextmanager
    def writing(self, file: uuid.UUID | str, ending: str) -> Iterator[Path]:
        """Give a path of that ending to write to; only what was written to its end is there afterwards. Old files go.

        Parameters
        ----------
        file
            What the file is called by.
        ending
            With its dot.
        """
        whole = self.path(file, ending)
        whole.parent.mkdir(parents=True, exist_ok=True)
        self._remove_old(whole.parent)
        unfinished = whole.with_name(f"unfinished-{whole.name}")
        try:
            yield unfinished
            unfinished.rename(whole)
        finally:
            unfinished.unlink(missing_ok=True)

    def asked_for(
        self, file: uuid.UUID, ending: str, *, task: JobTask, user: AbstractBaseUser
    ) -> tuple[Path, Job] | None:
        """Return a file that a person asked for, with the work that wrote it, while it is kept; nobody else's."""
        job = Job.objects.filter(kind=task.path, created_by_id=user.pk, arguments__file=file.hex).first()
        path = self.path(file, ending)
        return (path, job) if job is not None and path.is_file() else None

    def _remove_old(self, folder: Path) -> None:
        before = (timezone.now() - datetime.timedelta(days=self.days)).timestamp()
        for path in folder.iterdir():
            # Another process may finish, or remove, a file meanwhile.
            with suppress(FileNotFoundError):
                found = path.stat()
                if found.st_mtime >= before:
                    continue
                if stat.S_ISREG(found.st_mode):
                    path.unlink(missing_ok=True)
                elif path.name.startswith(_UNFINISHED_FOLDERS):
                    shutil.rmtree(path, ignore_errors=True)
