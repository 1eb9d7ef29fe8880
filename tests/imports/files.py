"""Small files of several formats, made by hand, of a county that no real one is."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas
from shapely.geometry.base import BaseGeometry

Rows = Sequence[dict[str, Any]]


def csv_file(path: Path, rows: Rows, *, encoding: str = "utf-8-sig") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def xlsx_file(path: Path, rows: Rows, *, title: str = "") -> Path:
    book = openpyxl.Workbook()
    if title:
        book.active.append([title])
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(path)
    return path


DRIVERS = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}


def vector_file(
    path: Path,
    rows: Rows,
    geometries: Sequence[BaseGeometry | None],
    *,
    crs: str | None = "EPSG:4490",
    **options: Any,
) -> Path:
    frame = geopandas.GeoDataFrame(
        pandas.DataFrame(rows), geometry=geopandas.GeoSeries(list(geometries), crs=crs)
    )
    frame.to_file(path, driver=DRIVERS[path.suffix], engine="pyogrio", **options)
    return path
