"""GeoJSON and KML on the way out."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import escape, quoteattr

import shapely

from geo_registry.geodata.errors import Message

from ..registry import ExportRow, Kind
from .export_cells import Rows, as_text, cell, columns_of, placed
from .texts import CONTROL_CHARACTERS, carried


def _texts(kind: Kind, rows: Iterable[ExportRow]) -> Iterator[tuple[dict[str, Any], Any]]:
    columns = columns_of(kind, table=False)
    for each in rows:
        row = placed(kind, each, table=False)
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
                lost += carried(text)[1]
                stream.write(f"<Data name={quoteattr(header)}><value>{_xml(text)}</value></Data>")
            stream.write("</ExtendedData>")
            if shape is not None:
                _kml_shape(stream, shape)
            stream.write("</Placemark>\n")
        stream.write("</Document></kml>\n")
    return [Message(CONTROL_CHARACTERS, {"count": lost})] if lost else []


def _xml(text: str) -> str:
    return escape(carried(text)[0], {"\r": "&#13;"})


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
