"""Cells on their way out and in: long ones in several, formulas as text, a shapefile's short names."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# A spreadsheet's cell holds 32,767 characters.
CELL_CHARS = 30_000
FIELDS_FILE = ".fields.json"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]", re.DOTALL)
_CONTINUED = re.compile(r"(.+)（续(\d{1,4})）")
_MAX_FIELDS_BYTES = 100_000


def continued(text: str) -> list[str]:
    """Return a text in parts that fit into cells."""
    return [text[at : at + CELL_CHARS] for at in range(0, len(text), CELL_CHARS)]


def continued_header(header: str, at: int) -> str:
    """Return the header of a part of a text that is continued, counted from 0."""
    return header if at == 0 else f"{header}（续{at}）"


def continued_headers(headers: Iterable[str]) -> dict[str, str]:
    """Return which columns continue another one: header → the header of the first."""
    known = list(headers)
    return {h: m[1] for h in known if (m := _CONTINUED.fullmatch(h)) and m[1] in known}


def neutralised(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; one that was written so already gets one mark more."""
    return f"'{text}" if text.startswith(_FORMULA) or _NEUTRALISED.match(text) else text


def as_it_was(text: str) -> str:
    """Undo `neutralised`."""
    return text[1:] if _NEUTRALISED.match(text) else text


def mended(values: dict[str, Any], *, joined: Mapping[str, str], is_csv: bool) -> None:
    """Put the cells of a row together again, in place."""
    for header, first in joined.items():
        part = values.get(header)
        if isinstance(part, str) and isinstance(values.get(first), str):
            values[first] += part
            values[header] = None
    if is_csv:
        for header, value in values.items():
            if isinstance(value, str) and value.startswith("'"):
                values[header] = as_it_was(value)


def fields_of_shapefile(path: Path) -> dict[str, str]:
    """Return short name → header, from the file that an export puts beside a shapefile; empty where there is none."""
    try:
        if path.suffix.lower() == ".shp":
            sidecar = path.with_suffix(FIELDS_FILE)
            raw = sidecar.read_bytes()[:_MAX_FIELDS_BYTES] if sidecar.is_file() else b""
        elif path.suffix.lower() == ".zip":
            raw = _in_archive(path)
        else:
            return {}
        found = json.loads(raw) if raw else {}
    except (OSError, ValueError, zipfile.BadZipFile, KeyError, RuntimeError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(short): str(header) for short, header in found.items()}


def _in_archive(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        name = next((n for n in archive.namelist() if n.endswith(FIELDS_FILE)), None)
        if name is None:
            return b""
        with archive.open(name) as member:
            return member.read(_MAX_FIELDS_BYTES)
