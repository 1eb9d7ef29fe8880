"""Which program this is, and on what it runs."""

from __future__ import annotations

import platform
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import django
from django.conf import settings
from django.db import connection


def release() -> str:
    """Return the number of the release, as ``pyproject.toml`` has it."""
    with (Path(settings.BASE_DIR) / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def revision() -> str:
    """Return the first digits of the commit, or "" where the program was not installed from a repository."""
    folder = Path(settings.BASE_DIR) / ".git"
    try:
        if folder.is_file():
            folder = Path(folder.read_text("utf-8").partition(":")[2].strip())
        head = (folder / "HEAD").read_text("utf-8").strip()
        if head.startswith("ref: "):
            head = _of_reference(folder, head.removeprefix("ref: "))
    except OSError:
        return ""
    return head[:10] if re.fullmatch(r"[0-9a-f]{40,64}", head) else ""


def _of_reference(folder: Path, name: str) -> str:
    common = folder / "commondir"
    roots = [folder, *([folder / common.read_text("utf-8").strip()] if common.is_file() else [])]
    for root in roots:
        if (root / name).is_file():
            return (root / name).read_text("utf-8").strip()
        packed = root / "packed-refs"
        for line in packed.read_text("utf-8").splitlines() if packed.is_file() else ():
            if line.endswith(f" {name}"):
                return line.partition(" ")[0]
    return ""


def stands_on() -> Sequence[tuple[str, str]]:
    """Return the names and versions of what the program runs on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), postgis_lib_version()")
        postgres, postgis = cursor.fetchone()
    return (
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("PostgreSQL", postgres),
        ("PostGIS", postgis),
    )
