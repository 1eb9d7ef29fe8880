"""One door for every format."""

from __future__ import annotations

import shutil
import tempfile
from os import PathLike
from pathlib import Path

from ..errors import GeodataError, LimitExceeded, Message, gettext_noop
from .base import DEFAULT_LIMITS, MIB, Limits, Source

FORMATS = ("xlsx", "xls", "ods", "csv", "shapefile", "gpkg", "geojson", "kml", "kmz", "gpx", "osm-pbf")

_TOO_LARGE = gettext_noop("The file “{file}” has {size} MB, more than the {limit} MB that are read. Split it.")
_OTHER_NAME = gettext_noop("By its name “{file}” would be another kind of file; by its content it is {format}, and was read so.")

_EXTENSIONS = {
    "xlsx": {".xlsx", ".xlsm", ".xlsb"},
    "xls": {".xls", ".et"},
    "ods": {".ods"},
    "csv": {".csv", ".tsv", ".txt", ".tab"},
    "shapefile": {".shp", ".zip"},
    "gpkg": {".gpkg", ".zip"},
    "geojson": {".geojson", ".json", ".zip"},
    "kml": {".kml", ".zip"},
    "kmz": {".kmz", ".zip"},
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
    folder = Path(tempfile.mkdtemp(prefix="geo-registry-"))
    try:
        source = _open(file, folder, encoding=encoding, layer=layer, header_row=header_row, limits=limits)
    except GeodataError as error:
        shutil.rmtree(folder, ignore_errors=True)
        error.file = error.file or file.name
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    source.folder = folder
    if file.suffix.lower() not in _EXTENSIONS[source.format]:
        source.note(Message(_OTHER_NAME, {"file": file.name, "format": source.format}))
    return source


def _open(
    file: Path, folder: Path, *, encoding: str | None, layer: str | None, header_row: int | None, limits: Limits
) -> Source:
    from .sniffing import sniff

    kind = sniff(file)
    size = file.stat().st_size
    if size > limits.max_file_bytes:
        params = {"file": file.name, "size": size // MIB + 1, "limit": limits.max_file_bytes // MIB}
        raise LimitExceeded(Message(_TOO_LARGE, params), file=file.name)
    if kind == "zip":
        from .archive import unpack

        kind, members = unpack(file, folder, limits=limits)
    else:
        members = (file,)
    if kind in {"xlsx", "xls", "ods"}:
        from .sheets import open_sheet

        return open_sheet(file, format=kind, sheet=layer, header_row=header_row, limits=limits)
    if kind == "csv":
        from .delimited import open_delimited

        return open_delimited(file, content=members[0], encoding=encoding, header_row=header_row, limits=limits)
    if kind == "osm-pbf":
        from .osm import open_osm

        return open_osm(file, limits=limits)
    from .vector import open_vector

    return open_vector(file, format=kind, members=members, encoding=encoding, layer=layer, limits=limits)
