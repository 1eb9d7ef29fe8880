"""GeoPackage and shapefile on the way out."""

from __future__ import annotations

import datetime
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from geo_registry.geodata.declarations import Column
from geo_registry.geodata.errors import Message, gettext_noop

from ..registry import ExportRow, Kind
from .export_cells import Rows, as_text, cell, columns_of, placed, types_of
from .texts import DBF_BYTES, DBF_NAME, FIELDS_FILE, continued_header, parts_for_dbf

_CHUNK = 5_000
# What the format of such a table allows.
_DBF_COLUMNS = 255
_CRS = "EPSG:4490"
_SHAPES = {"point": "Point", "points": "MultiPoint", "line": "MultiLineString", "area": "MultiPolygon"}
_PROMOTED: dict[str, Any] = {"LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}

_CUT = gettext_noop("{count} texts were cut, for the columns of a shapefile did not hold them.")
_CONTINUED = gettext_noop(
    "A column of a shapefile holds no more than {limit} bytes of a text: longer ones go on in columns of their own, and an import "
    "puts them together again."
)
_SPLIT = gettext_noop(
    "A shapefile holds one kind of shape: points, lines and areas are in files of their own ({files}), to be imported one by one."
)
_SHORT_NAMES = gettext_noop(
    "A shapefile's columns have short names; the file {file} beside it says which is which, and an import reads it."
)


def _records(kind: Kind, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
    for row in rows:
        yield placed(kind, row, table=False)


def _chunked(records: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


# -- files of GDAL ---------------------------------------------------------------------------------


def write_gpkg(kind: Kind, rows: Rows, target: Path) -> list[Message]:
    """Write a GeoPackage of one layer with typed columns; nothing is lost."""
    columns = columns_of(kind, table=False)
    types = types_of(columns, kind, rows())
    written = False
    for chunk in _chunked(_records(kind, rows())):
        _append(target, kind, chunk, columns, types, driver="GPKG", layer=kind.code, append=written)
        written = True
    if not written:
        _append(target, kind, [], columns, types, driver="GPKG", layer=kind.code, append=False)
    return []


def _append(
    target: Path,
    kind: Kind,
    chunk: Sequence[ExportRow],
    columns: Sequence[Column],
    types: dict[str, type],
    *,
    driver: str,
    names: dict[str, list[str]] | None = None,
    geometry_type: str = "Unknown",
    layer: str | None = None,
    append: bool = False,
) -> int:
    """Write some rows into a layer, a text in as many columns as it has ``names``; return how many texts had to be cut."""
    data, masks, fields, cut = [], [], [], 0
    for column in columns:
        wanted = types[column.field]
        values = [cell(kind, column, row) for row in chunk]
        called = [column.headers[0]] if names is None else names[column.field]
        fields += called
        if names is None or wanted is not str:
            spread = [values]
        else:
            parts = [parts_for_dbf(as_text(value) or "") for value in values]
            cut += sum(len(one) > len(called) for one in parts)
            spread = [
                [one[at] or None if at < len(one) else None for one in parts] for at in range(len(called))
            ]
        for part in spread:
            made, mask = _array(part, wanted)
            data.append(made)
            masks.append(mask)
    shapes = [row.geometry for row in chunk]
    if geometry_type != "Unknown":
        shapes = [
            _PROMOTED[shape.geom_type]([shape])
            if shape is not None and shape.geom_type in _PROMOTED
            else shape
            for shape in shapes
        ]
    pyogrio.raw.write(
        str(target), np.array(shapely.to_wkb(shapes), dtype=object), data, fields, field_mask=masks, layer=layer,
        driver=driver, geometry_type=geometry_type, crs=_CRS, encoding="UTF-8", append=append,
    )  # fmt: skip
    return cut


def _array(values: Sequence[Any], wanted: type) -> tuple[Any, Any]:
    """Return values as an array, and where there are none; texts carry that themselves."""
    mask = np.array([value is None for value in values], dtype=bool)
    if wanted is int:
        return np.array([value or 0 for value in values], dtype=np.int64), mask
    if wanted is float:
        return np.array([0.0 if value is None else float(value) for value in values], dtype=np.float64), mask
    if wanted is datetime.date:
        return np.array([value or "NaT" for value in values], dtype="datetime64[D]"), None
    return np.array([as_text(value) for value in values], dtype=object), None


def write_shp(kind: Kind, rows: Rows, target: Path) -> list[Message]:
    """Write a zipped shapefile (one for each kind of shape), each with a file that tells its short names."""
    columns = columns_of(kind, table=False)
    types = types_of(columns, kind, rows())
    families, breadths = _surveyed(kind, rows, [column for column in columns if types[column.field] is str])
    names = _short_names(columns, breadths)
    # Rows without a shape go with those that have one.
    first = min(families)
    losses, cut, files = [], 0, []
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as folder,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for family in sorted(families):
            stem = kind.code if len(families) == 1 else f"{kind.code}-{family}"
            path = Path(folder) / f"{stem}.shp"
            mine = (row for row in _records(kind, rows()) if (_family(row.geometry) or first) == family)
            for number, chunk in enumerate(_chunked(mine)):
                cut += _append(
                    path, kind, chunk, columns, types, driver="ESRI Shapefile", names=names,
                    geometry_type=_SHAPES[family], append=number > 0,
                )  # fmt: skip
            if not path.exists():
                _append(
                    path,
                    kind,
                    [],
                    columns,
                    types,
                    driver="ESRI Shapefile",
                    names=names,
                    geometry_type=_SHAPES[family],
                )
            sidecar = {
                name: continued_header(column.headers[0], at)
                for column in columns
                for at, name in enumerate(names[column.field])
            }
            path.with_suffix(FIELDS_FILE).write_text(
                json.dumps(sidecar, ensure_ascii=False, indent=1), encoding="utf-8"
            )
            files.append(path.name)
            for part in sorted(Path(folder).glob(f"{stem}.*")):
                archive.write(part, part.name)
    losses.append(Message(_SHORT_NAMES, {"file": f"*{FIELDS_FILE}"}))
    if len(files) > 1:
        losses.append(Message(_SPLIT, {"files": "、".join(files)}))
    if any(len(parts) > 1 for parts in names.values()):
        losses.append(Message(_CONTINUED, {"limit": DBF_BYTES}))
    if cut:
        losses.append(Message(_CUT, {"count": cut}))
    return losses


def _family(shape: Any) -> str:
    if shape is None:
        return ""
    if shape.geom_type == "MultiPoint":
        return "points"
    return "point" if shape.geom_type == "Point" else "line" if "Line" in shape.geom_type else "area"


def _surveyed(kind: Kind, rows: Rows, texts: Sequence[Column]) -> tuple[set[str], dict[str, int]]:
    """Return which families of shapes there are, and how many columns the longest text of each column needs."""
    families: set[str] = set()
    breadths = {column.field: 1 for column in texts}
    for row in _records(kind, rows()):
        families.add(_family(row.geometry))
        for column in texts:
            text = as_text(cell(kind, column, row))
            if text is not None and len(text) * 4 > DBF_BYTES:
                breadths[column.field] = max(breadths[column.field], len(parts_for_dbf(text)))
    return families - {""} or {"point"}, breadths


def _short_names(columns: Sequence[Column], breadths: Mapping[str, int]) -> dict[str, list[str]]:
    """Return field → names in the table, one for each part of a long text, as far as there is room for so many columns."""
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for column in columns:
        name, number = column.field[:DBF_NAME], 1
        while name in taken:
            number += 1
            name = f"{column.field[: DBF_NAME - 2]}_{number}"
        taken.add(name)
        found[column.field] = [name]
    for column in columns:
        for at in range(1, breadths.get(column.field, 1)):
            if len(taken) == _DBF_COLUMNS:
                return found
            ending = f"_{at}"
            name = f"{column.field[: DBF_NAME - len(ending)]}{ending}"
            while name in taken:
                ending = f"x{ending}"
                name = f"{column.field[: DBF_NAME - len(ending)]}{ending}"
            taken.add(name)
            found[column.field].append(name)
    return found
