"""Frames and tables to files, with every date that a format puts in pinned, so that a seed gives the same bytes."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

# The day that the formats' own headers carry; GDAL reads it when it is loaded.
STAMP = "2024-12-31"
os.environ["OGR_CURRENT_DATE"] = f"{STAMP}T00:00:00.000Z"

import geopandas as gpd  # noqa: E402
from openpyxl import Workbook  # noqa: E402
from openpyxl.styles import Alignment, Font  # noqa: E402
from openpyxl.utils import get_column_letter  # noqa: E402

CRS = "EPSG:4490"


def write_shapefile(frame: gpd.GeoDataFrame, path: Path, geometry_type: str, encoding: str = "UTF-8") -> None:
    """Write a shapefile with its .cpg and .prj."""
    frame.to_file(
        path, driver="ESRI Shapefile", engine="pyogrio", encoding=encoding, geometry_type=geometry_type,
        layer_options={"RESIZE": "YES", "DBF_DATE_LAST_UPDATE": STAMP},
    )  # fmt: skip
    path.with_suffix(".cpg").write_text(encoding, encoding="ascii")


def write_geopackage(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Write a GeoPackage with one layer."""
    path.unlink(missing_ok=True)
    frame.to_file(path, driver="GPKG", engine="pyogrio", layer=layer)


def write_workbook(
    path: Path,
    *,
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    sheet: str,
    note: str = "",
) -> None:
    """Write a sheet as offices keep them: a title over all columns, then the headers, then rows."""
    book = Workbook()
    page = book.active
    if page is None:
        raise RuntimeError("a new workbook has no sheet")
    page.title = sheet
    page.append([title])
    page.append(list(headers))
    for row in rows:
        page.append(list(row))
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headers))
    page["A1"].font = Font(bold=True, size=14)
    page["A1"].alignment = Alignment(horizontal="center")
    for column, header in enumerate(headers, start=1):
        page.cell(2, column).font = Font(bold=True)
        page.column_dimensions[get_column_letter(column)].width = max(10, 2.2 * len(header) + 4)
    page.freeze_panes = "C3"
    book.properties.creator = "示范数据生成程序"
    book.properties.title = title
    book.properties.description = note
    buffer = BytesIO()
    book.save(buffer)
    _pin(buffer, path)


def _pin(buffer: BytesIO, path: Path) -> None:
    """Copy a workbook with every date in it and on its parts set to the stamp."""
    moment = datetime.datetime.fromisoformat(STAMP).replace(tzinfo=datetime.UTC)
    iso = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            data = source.read(item.filename)
            if item.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + iso.encode(), data)
            info = zipfile.ZipInfo(item.filename, date_time=moment.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, data)


def sha256(path: Path) -> str:
    """Return a file's checksum."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
