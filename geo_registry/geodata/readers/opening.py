"""One door for every format."""

from __future__ import annotations

import shutil
from os import PathLike
from pathlib import Path

from ..errors import GeodataError, LimitExceeded, Message, gettext_noop
from .archive import Unpacked, unpack
from .base import DEFAULT_LIMITS, MIB, Limits, Source
from .sniffing import sniff

FORMATS = ("xlsx", "xls", "ods", "csv", "shapefile", "gpkg", "geojson", "kml", "kmz", "gpx", "osm-pbf")

_TOO_LARGE = gettext_noop(
    "The file “{file}” has {size} MB, more than the {limit} MB that are read. Split it."
)
_OTHER_NAME = gettext_noop(
    "By its name “{file}” would be another kind of file; by its content it is {format}, and was read so."
)

_EXTENSIONS = {
    "xlsx": {".xlsx", ".xlsm", ".xlsb"},
    "xls": {".xls", ".et"},
    "ods": {".ods"},
    "csv": {".csv", ".tsv", ".txt", ".tab", ".zip"},
    "shapefile": {".shp", ".zip"},
    "gpkg": {".gpkg", ".zip"},
    "geojson": {".geojson", ".json", ".zip"},
    "kml": {".kml", ".zip"},
    "kmz": {".kmz"},
    "gpx": {".gpx", ".zip"},
    "osm-pbf": {".pbf"},
}


def open_source(
    path: str | PathLike[str],
    *,
    encoding: str | None = None,
    layer: str | None = None,
    header_row: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Source:
    """Open a file, whatever its format, with its sheet or layer chosen.

    Parameters
    ----------
    path : path-like
        The file. A shapefile is given as its ``.shp`` with the other parts beside it, or as a ZIP.
    encoding : str, optional
        Text encoding, as declared by the user; it outranks what the file says of itself.
    layer : str, optional
        Name of the sheet or layer; needed only if there are several.
    header_row : int, optional
        Row of the headers in a table as the user sees it; found by itself if not given.
    limits : Limits, optional
        What the file may cost.

    Returns
    -------
    Source
        To be used as a context manager.

    Raises
    ------
    GeodataError
        One of its kinds, with a whole sentence; nothing stays open and no temporary folder is left.
    """
    file = Path(path)
    kind = sniff(file)
    size = file.stat().st_size
    if size > limits.max_file_bytes:
        params = {"file": file.name, "size": size // MIB + 1, "limit": limits.max_file_bytes // MIB}
        raise LimitExceeded(Message(_TOO_LARGE, params), file=file.name)
    found = unpack(file, limits=limits) if kind == "zip" else Unpacked(kind, (file,))
    try:
        source = _open(file, found, encoding=encoding, layer=layer, header_row=header_row, limits=limits)
    except BaseException as error:
        if found.folder is not None:
            shutil.rmtree(found.folder, ignore_errors=True)
        if isinstance(error, GeodataError):
            error.file = error.file or file.name
        raise
    if found.folder is not None:
        source.owns(found.folder)
    if file.suffix.lower() not in _EXTENSIONS[source.format]:
        source.note(Message(_OTHER_NAME, {"file": file.name, "format": source.format}))
    return source


def _open(
    file: Path,
    found: Unpacked,
    *,
    encoding: str | None,
    layer: str | None,
    header_row: int | None,
    limits: Limits,
) -> Source:
    # The libraries behind the readers are heavy: only the one that is needed is loaded.
    if found.kind in {"xlsx", "xls", "ods"}:
        from .sheets import open_sheet

        return open_sheet(file, kind=found.kind, sheet=layer, header_row=header_row, limits=limits)
    content = found.members[0]
    if found.kind == "csv":
        from .delimited import open_delimited

        return open_delimited(file, content=content, encoding=encoding, header_row=header_row, limits=limits)
    if found.kind == "osm-pbf":
        from .osm import open_osm

        return open_osm(file, limits=limits)
    if found.kind in {"kml", "kmz"}:
        from .kml import open_kml

        return open_kml(file, content=content, kind=found.kind, limits=limits)
    from .vector import open_vector

    return open_vector(
        file, kind=found.kind, members=found.members, encoding=encoding, layer=layer, limits=limits
    )
