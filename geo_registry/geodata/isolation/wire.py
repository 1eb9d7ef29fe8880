"""How the two processes speak: frames of JSON, with geometries as WKB beside it.

Not pickle: whatever a broken child writes can make this process fail to read it, and no more.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from .. import errors
from ..crs_guess import CrsCandidate
from ..errors import GeodataError, LayerChoiceNeeded, Message
from ..geometry import GeometryProblem
from ..looking import Look
from ..readers.base import LayerInfo, Limits, Row, Value
from ..readers.encoding_choice import EncodingCandidate
from ..records import RowIssue, Severity
from .limits import ProcessLimits

HEADER = struct.Struct("<cI")
# A frame holds some rows, cut by their size; a single geometry of a million vertices is 16 MB.
MAX_FRAME_BYTES = 512 * 1024 * 1024

OPENED, ANSWER, ROWS, ERROR, END = b"O", b"A", b"R", b"E", b"Z"

_TYPES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        CrsCandidate,
        EncodingCandidate,
        GeometryProblem,
        LayerInfo,
        Limits,
        Look,
        Message,
        ProcessLimits,
        Row,
        RowIssue,
    )
}
_ERRORS: dict[str, type[GeodataError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, GeodataError)
}


class BrokenFrame(Exception):  # noqa: N818 - says what is wrong
    """The child wrote something that is no frame."""


def pack(value: Any) -> Any:
    """Return something that JSON knows for any value that readers return."""
    if value is None or isinstance(value, bool | int | float | str):
        return str(value) if isinstance(value, Severity) else value
    if isinstance(value, dt.datetime):
        return {"@": "t", "v": value.isoformat()}
    if isinstance(value, dt.date):
        return {"@": "d", "v": value.isoformat()}
    if isinstance(value, shapely.Geometry):
        return {"@": "g", "v": shapely.to_wkb(value, hex=True)}
    if dataclasses.is_dataclass(value) and type(value).__name__ in _TYPES:
        fields = [pack(getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {"@": type(value).__name__, "v": fields}
    if isinstance(value, Mapping):
        return {"@": "m", "v": [[str(key), pack(item)] for key, item in value.items()]}
    if isinstance(value, Sequence):
        return [pack(item) for item in value]
    return str(value)


def unpack(value: Any) -> Any:
    """Return what `pack` was given; sequences come back as tuples.

    Raises
    ------
    BrokenFrame
    """
    if isinstance(value, list):
        return tuple(unpack(item) for item in value)
    if not isinstance(value, dict):
        return value
    kind, held = str(value.get("@")), value.get("v", "")
    try:
        if kind == "t":
            return dt.datetime.fromisoformat(held)
        if kind == "d":
            return dt.date.fromisoformat(held)
        if kind == "g":
            return shapely.from_wkb(held)
        if kind == "m":
            return {str(key): unpack(item) for key, item in held}
        made = _TYPES[kind](*(unpack(item) for item in held))
    except (KeyError, TypeError, ValueError, shapely.errors.GEOSException) as error:
        raise BrokenFrame(kind) from error
    if isinstance(made, RowIssue):
        return dataclasses.replace(made, severity=Severity(made.severity))
    return made


def dumps(value: Any) -> bytes:
    """Return a packed value as bytes."""
    return json.dumps(pack(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def loads(data: bytes) -> Any:
    """Return what `dumps` was given.

    Raises
    ------
    BrokenFrame
    """
    try:
        return unpack(json.loads(data.decode("utf-8", "surrogatepass")))
    except (ValueError, RecursionError) as error:
        raise BrokenFrame("JSON") from error


def pack_error(error: GeodataError) -> bytes:
    """Return an error as bytes."""
    layers = error.layers if isinstance(error, LayerChoiceNeeded) else ()
    kind = type(error).__name__ if type(error).__name__ in _ERRORS else "GeodataError"
    return dumps(
        {"kind": kind, "message": error.message, "file": error.file, "row": error.row, "column": error.column,
         "layers": layers}
    )  # fmt: skip


def unpack_error(data: bytes) -> GeodataError:
    """Return the error that `pack_error` was given.

    Raises
    ------
    BrokenFrame
    """
    found = loads(data)
    try:
        kind = _ERRORS[found["kind"]]
        if kind is LayerChoiceNeeded:
            return LayerChoiceNeeded(found["message"], layers=found["layers"], file=found["file"])
        return kind(found["message"], file=found["file"], row=found["row"], column=found["column"])
    except (KeyError, TypeError) as error:
        raise BrokenFrame("error") from error


# -- rows: the one thing of which there are millions ----------------------------------------------------


def pack_rows(rows: Sequence[Row], columns: tuple[str, ...], issues: Sequence[RowIssue]) -> bytes:
    """Return some rows, and what the reader had to say meanwhile, as bytes."""
    table = [[row.number, *(_plain(row.values.get(name)) for name in columns)] for row in rows]
    geometries = [row.geometry for row in rows]
    wkb = [b""] * len(rows)
    if any(geometry is not None for geometry in geometries):
        wkb = [data or b"" for data in shapely.to_wkb(np.array(geometries, dtype=object))]
    head = json.dumps(
        {"rows": table, "sizes": [len(data) for data in wkb], "issues": pack(list(issues))},
        ensure_ascii=False, separators=(",", ":"),
    ).encode("utf-8", "surrogatepass")  # fmt: skip
    return struct.pack("<I", len(head)) + head + b"".join(wkb)


def _plain(value: Value) -> Any:
    return pack(value) if isinstance(value, dt.date) else value


def unpack_rows(data: bytes, columns: tuple[str, ...]) -> tuple[list[Row], tuple[RowIssue, ...]]:
    """Return what `pack_rows` was given.

    Raises
    ------
    BrokenFrame
    """
    try:
        (length,) = struct.unpack_from("<I", data)
        head = json.loads(data[4 : 4 + length].decode("utf-8", "surrogatepass"))
        rows = [Row(int(cells[0]), _values(columns, cells)) for cells in head["rows"]]
        at = 4 + length
        blobs: list[bytes | None] = []
        for size in head["sizes"]:
            blobs.append(data[at : at + size] if size else None)
            at += size
        if any(blob is not None for blob in blobs):
            for row, geometry in zip(rows, shapely.from_wkb(np.array(blobs, dtype=object)), strict=True):
                row.geometry = geometry
        return rows, unpack(head["issues"])
    except (ValueError, KeyError, TypeError, IndexError, struct.error, RecursionError) as error:
        raise BrokenFrame("rows") from error
    except shapely.errors.GEOSException as error:
        raise BrokenFrame("geometry") from error


def _values(columns: tuple[str, ...], cells: list[Any]) -> dict[str, Value]:
    values: dict[str, Any] = dict(zip(columns, cells[1:], strict=True))
    for name, value in values.items():
        if type(value) is dict:
            values[name] = unpack(value)
    return values
