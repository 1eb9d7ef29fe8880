"""Which backups there are, as far as this machine can see them."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from .making import MANIFEST, moment_of


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A whole backup: when it was made, how large it is, how many rows it holds."""

    path: Path
    made_at: datetime.datetime
    size: int
    rows: int


def backups(folder: Path) -> list[Backup]:
    """Return the whole backups below a folder, the newest first; none where the folder cannot be read."""
    try:
        found = [(moment, path) for path in folder.iterdir() if (moment := moment_of(path)) is not None]
    except OSError:
        return []
    whole = (_read(path, moment) for moment, path in sorted(found, reverse=True))
    return [backup for backup in whole if backup is not None]


def _read(path: Path, moment: datetime.datetime) -> Backup | None:
    try:
        tables = json.loads((path / MANIFEST).read_text("utf-8"))["tables"]
        size = sum(file.stat().st_size for file in path.iterdir())
    except (OSError, ValueError, KeyError):
        return None
    return Backup(path=path, made_at=moment, size=size, rows=sum(tables.values()))
