"""The registry out into files that it takes in again without a difference.

A table has the columns of the kind's declaration, in its words. Points of tables stand in their two columns, other shapes as
text in one (continued in more, where a cell would be too long). GeoJSON and KML are in WGS 84, numerically the same; everything
else says EPSG:4490. Text that a spreadsheet would take for a formula is written so that it stays text, and is read back as it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext

from geo_registry.geodata.errors import GeodataError, Message, gettext_noop
from geo_registry.jobs.work import Progress

from ..registry import ExportRow, ExportScope, Kind
from . import writing_markup, writing_shapes, writing_tables
from .export_cells import Rows

FORMATS: Mapping[str, str] = {
    "xlsx": ".xlsx", "csv": ".csv", "gpkg": ".gpkg", "shp": ".zip", "geojson": ".geojson", "kml": ".kml",
}  # fmt: skip
_TELL_EVERY = 500

_NO_FORMAT = gettext_noop("“{name}” is no file that the registry can write. Possible endings: {possible}.")
_NO_EXPORT = gettext_noop("Files of this kind cannot be written: {kind}.")
_NOT_IN_FILE = gettext_noop("Not in the file: {what}")


@dataclass(slots=True)
class ExportReport:
    """What was written.

    Parameters
    ----------
    rows : int
    losses : list of Message
        What the format, or the kind, cannot carry.
    """

    rows: int = 0
    losses: list[Message] = field(default_factory=list)


Writer = Callable[[Kind, Rows, Path], list[Message]]
_WRITERS: Mapping[str, Writer] = {
    "xlsx": writing_tables.write_xlsx, "csv": writing_tables.write_csv, "gpkg": writing_shapes.write_gpkg,
    "shp": writing_shapes.write_shp, "geojson": writing_markup.write_geojson, "kml": writing_markup.write_kml,
}  # fmt: skip


def format_of(path: Path) -> str:
    """Return the format of a file by its name.

    Raises
    ------
    GeodataError
        If it is none that can be written.
    """
    suffix = path.suffix.lower()
    for name, ending in FORMATS.items():
        if suffix == ending:
            return name
    raise GeodataError(Message(_NO_FORMAT, {"name": path.name, "possible": "、".join(FORMATS.values())}))


def formats_for(kind: Kind) -> list[str]:
    """Return the formats that the records of a kind can be written in: what has no place goes into tables only."""
    return list(FORMATS) if kind.declaration.shapes else ["xlsx", "csv"]


def export_kind(
    *, kind: Kind, target: Path, scope: ExportScope | None = None, progress: Progress | None = None
) -> ExportReport:
    """Write the records of a kind into a file, its format told by its name.

    Parameters
    ----------
    kind : Kind
    target : Path
        The file; it appears only once it is whole.
    scope : ExportScope, optional
        Which records; all of them, if not given.
    progress : Progress, optional

    Returns
    -------
    ExportReport

    Raises
    ------
    GeodataError
        If the format or the kind cannot be written.
    """
    name, export = format_of(target), kind.export
    if export is None or name not in formats_for(kind):
        raise GeodataError(Message(_NO_EXPORT, {"kind": f"{kind.label} ({FORMATS[name]})"}))
    report = ExportReport()
    if kind.not_exported:
        report.losses.append(Message(_NOT_IN_FILE, {"what": Message(kind.not_exported)}))
    wanted = scope or ExportScope()

    def rows() -> Iterator[ExportRow]:
        report.rows = 0
        for row in export(wanted):
            report.rows += 1
            if progress is not None and report.rows % _TELL_EVERY == 0:
                progress.step(report.rows, None, gettext("Writing rows"))
            yield row

    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as folder:
        partial = Path(folder) / target.name
        report.losses += _WRITERS[name](kind, rows, partial)
        partial.replace(target)
    return report
