"""GeoPackage, shapefile, GeoJSON and KML on the way out."""

from __future__ import annotations

import datetime
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyogrio.raw
import shapely

from geo_registry.geodata.declarations import Column
from geo_registry.geodata.errors import Message, gettext_noop

from ..registry import ExportRow, Kind
from .export_cells import as_text, cell, columns_of, placed, types_of
from .texts import FIELDS_FILE

Rows = Callable[[], Iterable[ExportRow]]
_CHUNK = 5_000
_DBF_NAME, _DBF_BYTES = 10, 254
_CRS = "EPSG:4490"
_SHAPES = {"point": "Point", "line": "MultiLineString", "area": "MultiPolygon"}
_PROMOTED: dict[str, Any] = {"LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}

_CUT = gettext_noop("{count} texts were cut, for a shapefile holds no more than {limit} bytes in one.")
_SPLIT = gettext_noop(
    "A shapefile holds one kind of shape: points, lines and areas are in files of their own ({files}), to be imported one by one."
)
_SHORT_NAMES = gettext_noop(
    "A shapefile's columns have short names; the file {file} beside it says which is which, and an import reads it."
)
_XML_LOST = gettext_noop("{count} characters that XML cannot carry were left out.")


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
    names: dict[str, str] | None = None,
    geometry_type: str = "Unknown",
    layer: str | None = None,
    append: bool = False,
) -> int:
    """Write some rows into a layer; return how many texts had to be cut."""
    data, masks, cut = [], [], 0
    for column in columns:
        values = [cell(kind, column, row) for row in chunk]
        if names is not None and types[column.field] is str:
            fitting = [_fitting(as_text(value)) for value in values]
            cut += sum(a != as_text(b) for a, b in zip(fitting, values, strict=True))
            values = list(fitting)
        made, mask = _array(values, types[column.field])
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
    fields = [column.headers[0] if names is None else names[column.field] for column in columns]
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
    names = _short_names(columns)
    families = {_family(row.geometry) for row in _records(kind, rows())} - {""} or {"point"}
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
            sidecar = {names[column.field]: column.headers[0] for column in columns}
            path.with_suffix(FIELDS_FILE).write_text(
                json.dumps(sidecar, ensure_ascii=False, indent=1), encoding="utf-8"
            )
            files.append(path.name)
            for part in sorted(Path(folder).glob(f"{stem}.*")):
                archive.write(part, part.name)
    losses.append(Message(_SHORT_NAMES, {"file": f"*{FIELDS_FILE}"}))
    if len(files) > 1:
        losses.append(Message(_SPLIT, {"files": "、".join(files)}))
    if cut:
        losses.append(Message(_CUT, {"count": cut, "limit": _DBF_BYTES}))
    return losses


def _family(shape: Any) -> str:
    if shape is None:
        return ""
    return "point" if "Point" in shape.geom_type else "line" if "Line" in shape.geom_type else "area"


def _short_names(columns: Sequence[Column]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        name, number = column.field[:_DBF_NAME], 1
        while name in found.values():
            number += 1
            name = f"{column.field[: _DBF_NAME - 2]}_{number}"
        found[column.field] = name
    return found


def _fitting(text: str | None) -> str | None:
    if text is None or len(text.encode()) <= _DBF_BYTES:
        return text
    return text.encode()[:_DBF_BYTES].decode(errors="ignore")


# -- text files ------------------------------------------------------------------------------------


def _texts(kind: Kind, rows: Iterable[ExportRow]) -> Iterator[tuple[dict[str, Any], Any]]:
    columns = columns_of(kind, table=False)
    for row in _records(kind, rows):
        yield {column.headers[0]: cell(kind, column, row) for column in columns}, row.geometry


def write_geojson(kind: Kind, rows: Rows, target: Path) -> list[Message]:
    """Write GeoJSON, in WGS 84 as its standard says: numerically the same. Nothing is lost."""
    with target.open("w", encoding="utf-8") as stream:
        stream.write('{"type": "FeatureCollection", "features": [\n')
        for number, (values, shape) in enumerate(_texts(kind, rows())):
            feature = {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(shape) if shape is not None else None,
                "properties": {
                    header: value.isoformat() if isinstance(value, datetime.date) else value
                    for header, value in values.items()
                },
            }
            stream.write((",\n" if number else "") + json.dumps(feature, ensure_ascii=False))
        stream.write("\n]}\n")
    return []


def write_kml(kind: Kind, rows: Rows, target: Path) -> list[Message]:
    """Write KML, which is in WGS 84: numerically the same."""
    lost = 0
    with target.open("w", encoding="utf-8") as stream:
        stream.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
        )
        stream.write(f"<name>{escape(str(kind.label))}</name>\n")
        for values, shape in _texts(kind, rows()):
            texts = {header: text for header, value in values.items() if (text := as_text(value)) is not None}
            title = next((text for header, text in texts.items() if header.endswith("名称")), "")
            stream.write(f"<Placemark><name>{_xml(title)}</name><ExtendedData>")
            for header, text in texts.items():
                lost += len(text) - len(_carried(text))
                stream.write(f"<Data name={quoteattr(header)}><value>{_xml(text)}</value></Data>")
            stream.write("</ExtendedData>")
            if shape is not None:
                _kml_shape(stream, shape)
            stream.write("</Placemark>\n")
        stream.write("</Document></kml>\n")
    return [Message(_XML_LOST, {"count": lost})] if lost else []


def _carried(text: str) -> str:
    return "".join(c for c in text if c in "\t\n\r" or (ord(c) >= 0x20 and c not in "\ufffe\uffff"))


def _xml(text: str) -> str:
    return escape(_carried(text), {"\r": "&#13;"})


def _kml_shape(stream: TextIO, shape: Any) -> None:
    parts = list(getattr(shape, "geoms", [shape]))
    many = len(parts) > 1 or shape.geom_type.startswith("Multi")
    if many:
        stream.write("<MultiGeometry>")
    for part in parts:
        if part.geom_type == "Point":
            stream.write(f"<Point>{_kml_points(part.coords)}</Point>")
        elif part.geom_type == "LineString":
            stream.write(f"<LineString>{_kml_points(part.coords)}</LineString>")
        else:
            stream.write(
                f"<Polygon><outerBoundaryIs><LinearRing>{_kml_points(part.exterior.coords)}</LinearRing></outerBoundaryIs>"
            )
            stream.writelines(
                f"<innerBoundaryIs><LinearRing>{_kml_points(ring.coords)}</LinearRing></innerBoundaryIs>"
                for ring in part.interiors
            )
            stream.write("</Polygon>")
    if many:
        stream.write("</MultiGeometry>")


def _kml_points(coordinates: Iterable[Sequence[float]]) -> str:
    return f"<coordinates>{' '.join(f'{float(x)!r},{float(y)!r}' for x, y in coordinates)}</coordinates>"
