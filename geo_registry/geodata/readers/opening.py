"""One door for every format."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from ..errors import GeodataError, LimitExceeded, Message, gettext_noop
from .archive import Unpacked, unpack
from .base import DEFAULT_LIMITS, MIB, LayerInfo, Limits, Source
from .shapefile_check import find_sidecars
from .sniffing import sniff

FORMATS = (
    "xlsx", "xls", "ods", "csv", "html", "xml-spreadsheet", "shapefile", "gpkg", "geojson", "kml", "kmz", "gpx", "osm-pbf",
)  # fmt: skip

_TOO_LARGE = gettext_noop(
    "The file “{file}” has {size} MB, more than the {limit} MB that are read. Split it."
)
_OTHER_NAME = gettext_noop(
    "By its name “{file}” would be another kind of file; by its content it is {format}, and was read so."
)

_OTHERS = gettext_noop(
    "Besides, “{file}” holds {members}, which was not read. What is in it can be taken in by itself."
)

# What files of each format are called.
EXTENSIONS = {
    "xlsx": {".xlsx", ".xlsm", ".xlsb"},
    "xls": {".xls", ".et"},
    "ods": {".ods"},
    "csv": {".csv", ".tsv", ".txt", ".tab", ".zip"},
    "html": {".html", ".htm"},
    "xml-spreadsheet": {".xml"},
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
    found = find_content(file, limits)
    with _cleared_on_error(file, found):
        source = _open(file, found, encoding=encoding, layer=layer, header_row=header_row, limits=limits)
    if found.folder is not None:
        source.owns(found.folder)
    if file.suffix.lower() not in EXTENSIONS[source.format]:
        source.note(Message(_OTHER_NAME, {"file": file.name, "format": source.format}))
    if found.others:
        source.note(Message(_OTHERS, {"file": file.name, "members": "、".join(found.others)}))
    return source


def list_layers(path: str | PathLike[str], *, limits: Limits = DEFAULT_LIMITS) -> tuple[LayerInfo, ...]:
    """Tell what can be chosen in a file: the sheets of a workbook, the layers of a map file; one where there is no choice.

    Parameters
    ----------
    path : path-like
        The file, as for `open_source`.
    limits : Limits, optional
        What the file may cost.

    Returns
    -------
    tuple of LayerInfo
        In file order, hidden and empty sheets among them.

    Raises
    ------
    GeodataError
        As for `open_source`.
    """
    file = Path(path)
    found = find_content(file, limits)
    try:
        with _cleared_on_error(file, found):
            return _list(file, found, limits)
    finally:
        if found.folder is not None:
            shutil.rmtree(found.folder, ignore_errors=True)


def _list(file: Path, found: Unpacked, limits: Limits) -> tuple[LayerInfo, ...]:
    if found.kind in {"xlsx", "xls", "ods"}:
        from .sheets import list_sheets

        return list_sheets(file, kind=found.kind, limits=limits)
    if found.kind in {"html", "xml-spreadsheet"}:
        from .web_table import list_web_tables

        return list_web_tables(file, kind=found.kind, limits=limits)
    if found.kind in {"shapefile", "gpkg", "gpx"}:
        from .vector import list_vector_layers

        return list_vector_layers(file, kind=found.kind, members=found.members, limits=limits)
    if found.kind in {"kml", "kmz"} and len(found.members) > 1:
        from .kml import list_kml

        return list_kml(file, members=found.members, kind=found.kind, limits=limits)
    with _open(file, found, encoding=None, layer=None, header_row=None, limits=limits) as source:
        return (
            LayerInfo(
                source.layer,
                rows=source.row_count,
                columns=len(source.columns),
                geometry_type=source.geometry_type,
            ),
        )


def find_content(file: Path, limits: Limits) -> Unpacked:
    """Tell a file's kind, and unpack an archive; whoever calls removes the folder.

    Raises
    ------
    GeodataError
    """
    check_size(file, limits)
    kind = sniff(file)
    return unpack(file, limits=limits) if kind == "zip" else Unpacked(kind, (file,))


@contextmanager
def _cleared_on_error(file: Path, found: Unpacked) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if found.folder is not None:
            shutil.rmtree(found.folder, ignore_errors=True)
        if isinstance(error, GeodataError):
            error.file = error.file or file.name
        raise


def check_size(file: Path, limits: Limits) -> None:
    """Refuse a file, or a shapefile with its parts, by its size before a byte of it is read.

    Raises
    ------
    LimitExceeded
    """
    parts = find_sidecars(file).values() if file.suffix.lower() == ".shp" and file.is_file() else (file,)
    size = sum(part.stat().st_size for part in parts if part.is_file())
    if size > limits.max_file_bytes:
        params = {"file": file.name, "size": size // MIB + 1, "limit": limits.max_file_bytes // MIB}
        raise LimitExceeded(Message(_TOO_LARGE, params), file=file.name)


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
    if found.kind in {"html", "xml-spreadsheet"}:
        from .web_table import open_web_table

        return open_web_table(
            file, kind=found.kind, sheet=layer, encoding=encoding, header_row=header_row, limits=limits
        )
    content = found.members[0]
    if found.kind == "csv":
        from .delimited import open_delimited

        return open_delimited(file, content=content, encoding=encoding, header_row=header_row, limits=limits)
    if found.kind == "osm-pbf":
        from .osm import open_osm

        return open_osm(file, limits=limits)
    if found.kind in {"kml", "kmz"}:
        from .kml import open_kml

        return open_kml(file, members=found.members, kind=found.kind, layer=layer, limits=limits)
    from .vector import open_vector

    return open_vector(
        file, kind=found.kind, members=found.members, encoding=encoding, layer=layer, limits=limits
    )
