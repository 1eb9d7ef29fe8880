"""KML and KMZ, read here and not by GDAL, whose drivers lose Chinese names of columns, or all columns."""

from __future__ import annotations

import math
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import HostileFile, LimitExceeded, Message, UnreadableFile, gettext_noop
from ..geometry import MAX_VERTICES
from .base import DEFAULT_CHUNK, LayerInfo, Limits, Row, Source, Value, too_many_vertices
from .kml_descriptions import is_page, read_description
from .layers import choose, distinct_names
from .table import clean_cell, too_many_columns
from .xml_text import open_xml

_BLOCK_BYTES = 256 * 1024
# No vertex with its height takes more characters.
_VERTEX_CHARS = 64
# Folders in folders; parts in parts, each of which is made anew for the one around it.
_MAX_DEPTH = 100
_SIMPLE = {"Point", "LineString", "LinearRing"}
# Google's extension, in which phones write what they recorded: a time and a position for each vertex.
_TRACK, _TRACKS = "Track", "MultiTrack"
_GEOMETRIES = _SIMPLE | {"Polygon", "MultiGeometry", _TRACK, _TRACKS}
_TEXTS = {"name", "description", "value", "SimpleData", "coordinates", "when", "coord"}

NAME, DESCRIPTION, FOLDER = "name", "description", "folder"

_DAMAGED = gettext_noop("The KML file “{file}” is damaged or cut off near line {line}. Export it again.")
_EMPTY = gettext_noop("“{file}” has no placemarks in it. Check that the right file was exported.")
_TOO_MANY = gettext_noop("“{file}” has more than the {limit} placemarks that are read at once. Split it.")
_TEXT_TOO_LONG = gettext_noop(
    "A text near line {line} of “{file}” is longer than {limit} characters. Shorten it."
)
_DESCRIBED = gettext_noop("These columns were read from the tables in the descriptions: {columns}.")
_TOO_DEEP = gettext_noop(
    "Near line {line} of “{file}” things stand in one another deeper than in any map. Export it again, without so many folders."
)
_BAD_GEOMETRY = gettext_noop("The geometry of placemark {row} cannot be read; correct or redraw it.")


@dataclass(slots=True)
class _Shape:
    """A geometry being read: its element, its rings or parts; of a track its positions and their times."""

    element: str
    parts: list[BaseGeometry] = field(default_factory=list)
    positions: list[tuple[float, float]] = field(default_factory=list)
    times: list[str] = field(default_factory=list)


class _Placemarks:
    """Collects placemarks from expat's events; finished ones wait in `done`."""

    def __init__(self, path: Path, limits: Limits, *, encoding: str | None = None) -> None:
        self.path, self.limits = path, limits
        self.done: list[Row] = []
        self.broken: list[int] = []
        self.huge: list[int] = []
        self._huge, self._vertices = False, 0
        self.count = 0
        self._stack: list[str] = []
        self._folders: list[str | None] = []
        self._values: dict[str, Value] | None = None
        self._shapes: list[_Shape] = []
        self._geometry: BaseGeometry | None = None
        self._bad = False
        self._times: list[str] = []
        self._text: list[str] | None = None
        self._text_length = 0
        self._data_name = ""
        # Rows of tables in the description of this placemark, and their names in all of them.
        self._pairs: dict[str, str] = {}
        self.described: dict[str, None] = {}
        self.parser = xml.parsers.expat.ParserCreate(encoding, namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        self._stack.append(tag)
        if len(self._stack) > _MAX_DEPTH:
            params = {"file": self.path.name, "line": self.parser.CurrentLineNumber}
            raise HostileFile(Message(_TOO_DEEP, params), file=self.path.name)
        self._text = None
        if tag in {"Folder", "Document"}:
            self._folders.append(None)
        elif tag == "Placemark":
            self._values, self._geometry, self._shapes, self._bad = {}, None, [], False
            self._pairs = {}
            self._times = []
            self._huge, self._vertices = False, 0
        elif tag in _GEOMETRIES and self._values is not None:
            self._shapes.append(_Shape(tag))
        elif tag in {"Data", "SimpleData"}:
            self._data_name = attributes.get("name", "")
        if tag in _TEXTS:
            self._text, self._text_length = [], 0

    def _characters(self, text: str) -> None:
        if self._text is None:
            return
        self._text_length += len(text)
        if self._stack[-1] == "coordinates" and self._text_length > _VERTEX_CHARS * MAX_VERTICES:
            self._text, self._huge = None, True
            return
        self._text.append(text)
        if self._stack[-1] != "coordinates" and self._text_length > self.limits.max_text_chars:
            params = {
                "file": self.path.name,
                "line": self.parser.CurrentLineNumber,
                "limit": self.limits.max_text_chars,
            }
            raise LimitExceeded(Message(_TEXT_TOO_LONG, params), file=self.path.name)

    def _end(self, name: str) -> None:
        tag = name.rsplit(" ", 1)[-1]
        self._stack.pop()
        parent = self._stack[-1] if self._stack else ""
        text = "".join(self._text) if self._text is not None else None
        self._text = None
        if tag in {"Folder", "Document"}:
            self._folders.pop()
        elif tag == "name" and parent == "Folder" and text:
            self._folders[-1] = text.strip()
        elif self._values is None:
            return
        elif tag == "Placemark":
            self._finish(self._values)
        elif text is not None:
            self._take_text(self._values, tag, parent, text)
        elif tag in _GEOMETRIES and self._shapes:
            self._close_shape()

    def _take_text(self, values: dict[str, Value], tag: str, parent: str, text: str) -> None:
        if tag in {NAME, DESCRIPTION} and parent == "Placemark":
            values[tag] = clean_cell(self._described(text) if tag == DESCRIPTION else text)
        elif tag == "SimpleData" or (tag == "value" and parent == "Data"):
            if self._data_name:
                values[self._data_name] = clean_cell(text)
        elif tag == "coordinates" and self._shapes:
            self._take_coordinates(text)
        elif parent == _TRACK and self._shapes:
            self._take_of_track(self._shapes[-1], tag, text)

    def _described(self, text: str) -> str:
        """Return a description without its tags; the tables in it are columns, and no text."""
        if not is_page(text):
            return text
        found = read_description(text)
        self._pairs = found.pairs
        self.described.update(dict.fromkeys(found.pairs))
        return found.text

    def _take_of_track(self, shape: _Shape, tag: str, text: str) -> None:
        if tag == "when":
            shape.times.append(text.strip())
        elif tag == "coord" and not self._huge:
            self._vertices += 1
            self._huge = self._vertices > MAX_VERTICES
            try:
                shape.positions.append(_finite_pair(text, separator=None))
            except ValueError:
                self._bad = True

    def _take_coordinates(self, text: str) -> None:
        shape = self._shapes[-1]
        self._vertices += len(text.split())
        if self._huge or self._vertices > MAX_VERTICES:
            self._huge = True
            return
        try:
            points = [_finite_pair(point) for point in text.split() or [text]]
            if shape.element == "Point":
                shape.parts.append(shapely.Point(points[0]))
            elif shape.element == "LinearRing":
                shape.parts.append(shapely.LinearRing(points))
            else:
                shape.parts.append(shapely.LineString(points))
        except (ValueError, IndexError, shapely.errors.GEOSException):
            self._bad = True

    def _close_shape(self) -> None:
        shape = self._shapes.pop()
        if shape.element == _TRACK:
            self._close_track(shape)
        made = _made(shape)
        if made is None:
            return
        if self._shapes:
            self._shapes[-1].parts.append(made)
        else:
            self._geometry = made

    def _close_track(self, shape: _Shape) -> None:
        """A track of one position is a point; times count only where each position has its own."""
        if len(shape.positions) > 1:
            shape.parts.append(shapely.LineString(shape.positions))
        elif shape.positions:
            shape.parts.append(shapely.Point(shape.positions[0]))
        if len(shape.times) == len(shape.positions):
            self._times += shape.times

    def _finish(self, own: dict[str, Value]) -> None:
        self.count += 1
        if self.count > self.limits.max_rows:
            params = {"file": self.path.name, "limit": self.limits.max_rows}
            raise LimitExceeded(Message(_TOO_MANY, params), file=self.path.name)
        folder = " / ".join(name for name in self._folders if name)
        values: dict[str, Value] = {NAME: None, DESCRIPTION: None, FOLDER: folder or None, **own}
        if len(values) > self.limits.max_columns:
            raise too_many_columns(self.path.name, len(values), self.limits)
        for name, text in self._pairs.items():
            values.setdefault(name, clean_cell(text))
        if self._huge:
            self.huge.append(self.count)
        elif self._bad:
            self.broken.append(self.count)
        geometry = None if self._bad or self._huge else self._geometry
        self.done.append(Row(self.count, values, geometry, tuple(self._times)))
        self._values = None


def _finite_pair(text: str, *, separator: str | None = ",") -> tuple[float, float]:
    lon, lat = (float(number) for number in text.split(separator)[:2])
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError(text)
    return lon, lat


def _made(shape: _Shape) -> BaseGeometry | None:
    if not shape.parts:
        return None
    if shape.element == "Polygon":
        rings = [part for part in shape.parts if isinstance(part, shapely.LinearRing)]
        return shapely.Polygon(rings[0], rings[1:]) if rings else None
    if shape.element == "LinearRing":
        return shape.parts[0]
    if shape.element in {"MultiGeometry", _TRACKS}:
        kinds = {part.geom_type for part in shape.parts}
        if kinds == {"Point"}:
            return shapely.MultiPoint(shape.parts)  # type: ignore[arg-type]
        if kinds == {"LineString"}:
            return shapely.MultiLineString(shape.parts)  # type: ignore[arg-type]
        if kinds == {"Polygon"}:
            return shapely.MultiPolygon(shape.parts)  # type: ignore[arg-type]
        return shapely.GeometryCollection(shape.parts)
    return shape.parts[0]


class KmlSource(Source):
    """All placemarks of a KML file, of whatever folder; its folders are a column."""

    encoding = "utf-8"
    declared_crs = "EPSG:4326"  # by the standard

    def __init__(
        self, path: Path, *, content: Path, kind: str, limits: Limits, layers: tuple[str, ...], layer: str
    ) -> None:
        super().__init__(path, limits=limits)
        self.format = kind
        self.layers = layers
        self.layer = layer
        self._content = content
        names: dict[str, None] = {}
        shapes: set[str] = set()
        count = 0
        for row in self._placemarks(note=True):
            names.update(dict.fromkeys(row.values))
            if len(names) > limits.max_columns:
                raise too_many_columns(self.name, len(names), limits)
            if row.geometry is not None:
                shapes.add(row.geometry.geom_type)
            count += 1
        if not count:
            raise UnreadableFile(Message(_EMPTY, {"file": self.name}), file=self.name)
        self.columns = tuple(names)
        self.row_count = count
        if shapes:
            self.geometry_type = shapes.pop() if len(shapes) == 1 else "Unknown"

    def rows(self, chunk: int = DEFAULT_CHUNK) -> Iterator[Row]:  # noqa: ARG002 - expat streams by itself
        """Yield the placemarks in file order (see `Source.rows`)."""
        empty: dict[str, Value] = dict.fromkeys(self.columns)
        for row in self._placemarks(note=False):
            row.values = empty | row.values
            yield row

    def _placemarks(self, *, note: bool) -> Iterator[Row]:
        stream, recoded = open_xml(self._content)
        self.encoding = recoded or "utf-8"
        reader = _Placemarks(self.path, self.limits, encoding="utf-8" if recoded else None)
        with stream:
            more = True
            while more:
                block = stream.read(_BLOCK_BYTES)
                more = bool(block)
                try:
                    reader.parser.Parse(block, not more)
                except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
                    params = {"file": self.name, "line": reader.parser.CurrentLineNumber}
                    raise UnreadableFile(Message(_DAMAGED, params), file=self.name) from error
                if note:
                    for number in reader.broken:
                        self.warn(Message(_BAD_GEOMETRY, {"row": number}), row=number)
                    for number in reader.huge:
                        self.warn(too_many_vertices(number), row=number)
                reader.broken.clear()
                reader.huge.clear()
                yield from reader.done
                reader.done.clear()
        if note and reader.described:
            self.note(Message(_DESCRIBED, {"columns": "、".join(reader.described)}))


def open_kml(
    path: Path, *, members: tuple[Path, ...], kind: str, layer: str | None, limits: Limits
) -> KmlSource:
    """Open a KML or KMZ (see `open_source`).

    Parameters
    ----------
    members : tuple of Path
        Where its XML is; an archive may hold several, each of which is a layer.

    Raises
    ------
    UnreadableFile, LimitExceeded, LayerChoiceNeeded
    """
    if len(members) == 1:
        (content,) = members
        return KmlSource(
            path, content=content, kind=kind, limits=limits, layers=(path.stem,), layer=path.stem
        )
    filled = _filled(path, members, kind, limits)
    names = tuple(filled)
    chosen = choose(path, names, layer)
    return KmlSource(path, content=filled[chosen][0], kind=kind, limits=limits, layers=names, layer=chosen)


def list_kml(path: Path, *, members: tuple[Path, ...], kind: str, limits: Limits) -> tuple[LayerInfo, ...]:
    """Return the layers of an archive of KML files (see `list_layers`).

    Raises
    ------
    UnreadableFile, LimitExceeded
    """
    return tuple(info for _content, info in _filled(path, members, kind, limits).values())


def _filled(
    path: Path, members: tuple[Path, ...], kind: str, limits: Limits
) -> dict[str, tuple[Path, LayerInfo]]:
    """Return those files of an archive that have placemarks: often the first has nothing but links to the others."""
    found: dict[str, tuple[Path, LayerInfo]] = {}
    for name, content in zip(distinct_names(members), members, strict=True):
        try:
            source = KmlSource(path, content=content, kind=kind, limits=limits, layers=(name,), layer=name)
        except UnreadableFile as error:
            if error.message.template != _EMPTY:
                raise
            continue
        found[name] = (
            content,
            LayerInfo(
                name, rows=source.row_count, columns=len(source.columns), geometry_type=source.geometry_type
            ),
        )
    if not found:
        raise UnreadableFile(Message(_EMPTY, {"file": path.name}), file=path.name)
    return found
