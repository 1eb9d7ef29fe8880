"""Cells on their way out and in: long ones in several, formulas as text, a shapefile's short names and short texts."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geo_registry.geodata.errors import gettext_noop
from geo_registry.geodata.readers.table import visible

# A spreadsheet's cell holds 32,767 characters.
CELL_CHARS = 30_000
FIELDS_FILE = ".fields.json"
# A column of a shapefile's table.
DBF_NAME, DBF_BYTES = 10, 254
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]", re.DOTALL)
_CONTINUED = re.compile(r"(.+)（续(\d{1,4})）")
_MAX_FIELDS_BYTES = 100_000


CONTROL_CHARACTERS = gettext_noop(
    "{count} characters that the file cannot carry were left out, or became line ends."
)
# Line ends of word processors among what neither XML nor a spreadsheet's cell can hold.
_LINE_ENDS = str.maketrans({"\x0b": "\n", "\x0c": "\n"})
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def carried(text: str) -> tuple[str, int]:
    """Return a text as XML and spreadsheets can carry it, and how many of its characters they cannot.

    A line end within a paragraph, as word processors have it, becomes one; other control characters are left out.
    """
    lost = len(_NOT_IN_XML.findall(text))
    return (_NOT_IN_XML.sub("", text.translate(_LINE_ENDS)), lost) if lost else (text, 0)


def reads_as(text: str) -> frozenset[str]:
    """Return what a text of the registry may be once it was written into a file and read again as text of one or more lines."""
    forms: set[str] = set()
    # A spreadsheet carries less of it than CSV does, and of what came along the reader leaves out what nobody sees.
    for written in (text, carried(text)[0]):
        plain = visible(written).replace("\r\n", "\n").replace("\r", "\n")
        forms |= {plain.strip(), " ".join(plain.split())}
    return frozenset({*forms, " ".join(text.split())})


def continued(text: str) -> list[str]:
    """Return a text in parts that fit into cells."""
    return [text[at : at + CELL_CHARS] for at in range(0, len(text), CELL_CHARS)]


def continued_header(header: str, at: int) -> str:
    """Return the header of a part of a text that is continued, counted from 0."""
    return header if at == 0 else f"{header}（续{at}）"


def continued_headers(headers: Iterable[str], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return which columns continue another one: header → the header of the first.

    Parameters
    ----------
    headers
        As they stand in the file, in its order.
    names
        Short name → header, from `fields_of_shapefile`.
    """
    names = names or {}
    by_name = {names.get(header, header): header for header in headers}
    return {
        header: by_name[part[1]]
        for name, header in by_name.items()
        if (part := _CONTINUED.fullmatch(name)) and part[1] in by_name
    }


def parts_for_dbf(text: str) -> list[str]:
    """Return a text in parts of at most `DBF_BYTES` bytes of UTF-8; none but the first and the last has a blank at its edge.

    Readers of such tables take blanks at the edges for filling.
    """
    found = []
    while len(rest := text.encode()) > DBF_BYTES:
        part = rest[:DBF_BYTES].decode(errors="ignore")
        end = len(part)
        while end > 1 and (text[end - 1].isspace() or text[end].isspace()):
            end -= 1
        # Nothing but blanks: they are lost wherever it is parted.
        end = end if end > 1 else len(part)
        found.append(text[:end])
        text = text[end:]
    return [*found, text]


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
