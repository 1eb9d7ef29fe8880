"""Shapefiles, GeoPackage, GeoJSON and GPX through pyogrio's own GDAL.

Two rules keep hostile files harmless: the content's kind has been told before GDAL sees it (`sniffing`), and
the drivers that open *other* files on a file's command (VRT) are never registered:
``geo_registry/__init__.py`` sets ``GDAL_SKIP`` before anything imports pyogrio, and this module refuses to
work without it.
"""

from __future__ import annotations

import codecs
import datetime as dt
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import HostileFile, LimitExceeded, Message, UnreadableFile, gettext_noop
from ..geometry import MAX_VERTICES
from .base import DEFAULT_CHUNK, MIB, LayerInfo, Limits, Row, Source, Value, too_many_vertices
from .dbf import DbfText, open_dbf_text
from .layers import NO_LAYERS, choose, distinct_names
from .shapefile_check import check_shapefile, find_sidecars, index_of
from .table import clean_cell

SKIPPED_DRIVERS = "OGR_VRT"
os.environ.setdefault("GDAL_SKIP", SKIPPED_DRIVERS)

import pyogrio  # noqa: E402
import pyogrio.errors  # noqa: E402

_DRIVERS = {"shapefile": "ESRI Shapefile", "gpkg": "GPKG", "geojson": "GeoJSON", "gpx": "GPX"}
_LAYERS_FORMATS = {"gpkg", "gpx"}
_DAMAGE = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError)

# Of the file format of SQLite: versions to write and read with, 2 where changes are written ahead into another file.
_SQLITE_HEADER_BYTES, _WRITE_AHEAD = 100, b"\x02\x02"
# GDAL opens a file anew for each block of features, so blocks are large; their bytes bound the memory.
_BLOCK_FEATURES = 50_000
_MIN_BLOCK_FEATURES = 1
_BLOCK_BYTES = 64 * MIB

_DAMAGED = gettext_noop(
    "The {format} file “{file}” is damaged or cut off. Get it once more, or export it again."
)
_NOT_UTF8 = gettext_noop(
    "The text of “{file}” is not in UTF-8, as that of GeoJSON must be. Save it again as UTF-8."
)
# GDAL's words for a GeoJSON feature beyond OGR_GEOJSON_MAX_OBJ_SIZE.
_TOO_COMPLEX = "object too complex"
_ONE_TOO_LARGE = gettext_noop(
    "One feature of “{file}” is too large to be read as GeoJSON. Simplify or split it, or save the file as GeoPackage."
)
_INDEX_MADE = gettext_noop(
    "The .shx part of the shapefile “{file}” is missing; it was made anew from the .shp."
)
_TOO_MANY_LAYERS = gettext_noop("“{file}” has {count} layers, more than the {limit} that are read.")
_TOO_MANY_FEATURES = gettext_noop(
    "“{file}” has {count} features, more than the {limit} that are read at once. Split it."
)
_TOO_MANY_COLUMNS = gettext_noop(
    "“{file}” has {columns} columns, more than the {limit} that are read. Delete those not needed."
)
_OPEN_ELSEWHERE = gettext_noop(
    "“{file}” was copied while it was open in a program (QGIS perhaps): what was changed last may not be in it. Close it there, "
    "copy it again, and compare the number of rows."
)
_PRETENDS = gettext_noop("“{file}” pretends to be another kind of file than it is. It was not read.")
_BAD_GEOMETRY = gettext_noop("The geometry of feature {row} cannot be read; correct or redraw it.")
_GUESSED = gettext_noop(
    "The text encoding was guessed as {encoding}. If the characters look wrong, choose another one."
)
_CPG_LIES = gettext_noop(
    "The file says that its text is {declared}, but it is not; it was read as {encoding}. If the characters "
    "look wrong, choose another one."
)
_CUT_TEXT = gettext_noop(
    "The text in column “{column}” of feature {row} is cut in the middle of a character; it may be "
    "incomplete."
)


class VectorSource(Source):
    """One layer of a vector file."""

    def __init__(
        self, path: Path, *, kind: str, content: Path, layers: tuple[str, ...], layer: str, limits: Limits
    ) -> None:
        super().__init__(path, limits=limits)
        self.format = kind
        self.layers = layers
        self.layer = layer
        self._content = content
        self._text: DbfText | None = None

    @property
    def parts(self) -> tuple[Path, ...]:
        """A shapefile's parts, or the one file."""
        if self.format != "shapefile" or self.path.suffix.lower() != ".shp":
            return (self.path,)
        return tuple(part for part in find_sidecars(self.path).values())

    def prepare(self, encoding: str | None) -> None:
        """Read what the layer says of itself: columns, count, co-ordinate system, encoding.

        Raises
        ------
        UnreadableFile, LimitExceeded, HostileFile, UnknownEncoding
        """
        info = self._call(pyogrio.read_info, force_feature_count=True)
        if info["driver"] != _DRIVERS[self.format]:
            raise HostileFile(Message(_PRETENDS, {"file": self.name}), file=self.name)
        names = [str(name) for name in info["fields"]]
        params: dict[str, object] = {"file": self.name, "columns": len(names), "count": info["features"]}
        if len(names) > self.limits.max_columns:
            raise LimitExceeded(
                Message(_TOO_MANY_COLUMNS, params | {"limit": self.limits.max_columns}), file=self.name
            )
        if info["features"] > self.limits.max_rows:
            raise LimitExceeded(
                Message(_TOO_MANY_FEATURES, params | {"limit": self.limits.max_rows}), file=self.name
            )
        self.row_count = int(info["features"])
        self.declared_crs = str(info["crs"]) if info["crs"] else None
        self.geometry_type = str(info["geometry_type"]) if info["geometry_type"] else None
        self.encoding = None
        if self.format == "shapefile":
            self._settle_encoding(encoding)
        self.columns = tuple(self._decode_name(name) for name in names)

    def _settle_encoding(self, declared: str | None) -> None:
        text = open_dbf_text(self._content.with_suffix(".dbf"), declared=declared, file=self.name)
        self._text = text
        self.encoding, self.encoding_guessed = text.encoding, text.guessed
        if text.lied is not None:
            params = {"declared": text.lied, "encoding": text.encoding.upper()}
            self.warn(Message(_CPG_LIES, params))
        elif text.guessed:
            self.note(Message(_GUESSED, {"encoding": text.encoding.upper()}))

    def _decode_name(self, name: str) -> str:
        return self._text.decode(name)[0].strip() if self._text else name

    def rows(self, chunk: int = DEFAULT_CHUNK) -> Iterator[Row]:  # noqa: ARG002 - see _block_features
        """Yield the features in file order (see `Source.rows`)."""
        block = self._block_features()
        start = 0
        while True:
            meta, _, wkb, fields = self._call(
                pyogrio.raw.read, skip_features=start, max_features=block, datetime_as_string=True
            )
            count = len(wkb) if wkb is not None else len(fields[0]) if fields else 0
            yield from self._rows_of_block(start, count, meta, wkb, fields)
            if count < block:
                return
            start += count

    def _rows_of_block(
        self, start: int, count: int, meta: dict[str, Any], wkb: Any, fields: list[Any]
    ) -> Iterator[Row]:
        geometries = self._geometries(start, wkb) if wkb is not None else [None] * count
        converters = [
            _converter(ogr_type, subtype)
            for ogr_type, subtype in zip(meta["ogr_types"], meta["ogr_subtypes"], strict=True)
        ]
        columns = [list(map(convert, field)) for convert, field in zip(converters, fields, strict=True)]
        for index in range(count):
            number = start + index + 1
            values: dict[str, Value] = {}
            for name, column in zip(self.columns, columns, strict=True):
                value = column[index]
                values[name] = self._own_text(value, number, name) if type(value) is str else value
            yield Row(number, values, geometries[index])

    def _own_text(self, value: str, number: int, name: str) -> Value:
        if self._text is not None:
            value, cut = self._text.decode(value)
            if cut:
                self.warn(
                    Message(_CUT_TEXT, {"column": name, "row": number}), row=number, column=name, value=value
                )
        return clean_cell(value)

    def _geometries(self, start: int, wkb: Any) -> list[BaseGeometry | None]:
        geometries = shapely.from_wkb(wkb, on_invalid="ignore")
        for index in np.flatnonzero(shapely.is_missing(geometries)):
            if wkb[index] is not None:
                number = start + int(index) + 1
                self.warn(Message(_BAD_GEOMETRY, {"row": number}), row=number)
        for index in np.flatnonzero(shapely.get_num_coordinates(geometries) > MAX_VERTICES):
            number = start + int(index) + 1
            self.warn(too_many_vertices(number, geometries[index]), row=number)
            geometries[index] = None
        return list(geometries)

    def _block_features(self) -> int:
        size = sum(part.stat().st_size for part in self._content.parent.glob(f"{self._content.stem}.*"))
        average = max(size // max(self.row_count or 1, 1), 1)
        return max(min(_BLOCK_BYTES // average, _BLOCK_FEATURES), _MIN_BLOCK_FEATURES)

    def _call(self, read: Callable[..., Any], **options: Any) -> Any:
        layer = self.layer if self.format in _LAYERS_FORMATS else None
        # ISO-8859-1 keeps every byte, so that a single damaged text does not lose the whole block.
        encoding = "ISO-8859-1" if self.format == "shapefile" else None
        return _guarded(
            read, self._content, self.path, self.format, layer=layer, encoding=encoding, **options
        )


def _guarded(read: Callable[..., Any], content: Path, path: Path, kind: str, **options: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks in English; what matters is checked by us
            return read(content, **options)
    except (
        *_DAMAGE,
        UnboundLocalError,
        ValueError,
        OverflowError,
    ) as error:  # the second: pyogrio on a broken .prj
        if _TOO_COMPLEX in str(error):
            raise LimitExceeded(Message(_ONE_TOO_LARGE, {"file": path.name}), file=path.name) from error
        if kind == "geojson" and not _is_utf8(content):
            raise UnreadableFile(Message(_NOT_UTF8, {"file": path.name}), file=path.name) from error
        raise UnreadableFile(
            Message(_DAMAGED, {"format": kind, "file": path.name}), file=path.name
        ) from error


def _is_utf8(content: Path) -> bool:
    """Tell whether all of a text is UTF-8, as GeoJSON has to be (RFC 8259, 8.1)."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with content.open("rb") as stream:
            while block := stream.read(MIB):
                decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _converter(ogr_type: str, subtype: str) -> Callable[[Any], Value]:
    if subtype == "OFSTBoolean":
        return lambda value: None if value != value else bool(value)
    if ogr_type in {"OFTInteger", "OFTInteger64"}:
        return lambda value: None if value != value else int(value)
    if ogr_type == "OFTReal":
        return lambda value: clean_cell(float(value))
    if ogr_type == "OFTDate":
        return lambda value: _parsed(dt.date.fromisoformat, value)
    if ogr_type == "OFTDateTime":
        return lambda value: _parsed(dt.datetime.fromisoformat, value)
    if ogr_type == "OFTBinary":
        return lambda _value: None
    if ogr_type.endswith("List"):
        return lambda value: None if value is None else ";".join(str(item) for item in value)
    return lambda value: None if value is None else str(value)


def _parsed(parse: Callable[[str], Value], value: Any) -> Value:
    if value is None:
        return None
    try:
        return parse(str(value))
    except ValueError:
        return str(value)


def open_vector(
    path: Path,
    *,
    kind: str,
    members: tuple[Path, ...],
    encoding: str | None,
    layer: str | None,
    limits: Limits,
) -> VectorSource:
    """Open a vector file with its layer chosen (see `open_source`).

    Parameters
    ----------
    path : Path
        The file as given.
    kind : str
        ``shapefile``, ``gpkg``, ``geojson`` or ``gpx``.
    members : tuple of Path
        Where the content is: `path` itself, or what was unpacked from it.

    Raises
    ------
    GeodataError
    """
    if "OGR_VRT" in pyogrio.list_drivers():
        raise RuntimeError(f"Set GDAL_SKIP={SKIPPED_DRIVERS} before anything imports pyogrio.")
    if kind == "shapefile":
        layers = distinct_names(members)
        chosen = choose(path, layers, layer)
        content = members[layers.index(chosen)]
        check_shapefile(find_sidecars(content), name=path.name)
    else:
        content = members[0]
        layers = _layers_in(path, content, kind, limits)
        chosen = choose(path, layers, layer)
    folder = Path(tempfile.mkdtemp(prefix="geo-registry-"))
    source = VectorSource(
        path,
        kind=kind,
        content=_plainly_named(content, kind, folder),
        layers=layers,
        layer=chosen,
        limits=limits,
    )
    source.owns(folder)
    if kind == "shapefile" and ".shx" not in find_sidecars(content):
        source.note(Message(_INDEX_MADE, {"file": path.name}))
    if kind == "gpkg" and _is_open_elsewhere(content):
        source.warn(Message(_OPEN_ELSEWHERE, {"file": path.name}))
    try:
        source.prepare(encoding)
    except BaseException:
        source.close()
        raise
    return source


def _is_open_elsewhere(gpkg: Path) -> bool:
    """Tell a database that keeps its latest changes in a file beside it: a program puts them in when it closes the file."""
    with gpkg.open("rb") as stream:
        return stream.read(_SQLITE_HEADER_BYTES)[18:20] == _WRITE_AHEAD


def _plainly_named(content: Path, kind: str, folder: Path) -> Path:
    """Link the parts under a name without ``!``, ``?``, ``.zip``: pyogrio takes those for instructions."""
    parts = find_sidecars(content) if kind == "shapefile" else {f".{kind}": content}
    for extension, part in parts.items():
        (folder / f"content{extension}").symlink_to(part.resolve())
    if kind == "shapefile" and ".shx" not in parts:
        (folder / "content.shx").write_bytes(index_of(parts[".shp"], name=content.name))
    return folder / ("content.shp" if kind == "shapefile" else f"content.{kind}")


def _layers_in(path: Path, content: Path, kind: str, limits: Limits) -> tuple[str, ...]:
    if kind not in _LAYERS_FORMATS:
        return (content.stem,)
    with tempfile.TemporaryDirectory(prefix="geo-registry-") as folder:
        plain = _plainly_named(content, kind, Path(folder))
        names = tuple(str(name) for name, _ in _guarded(pyogrio.list_layers, plain, path, kind))
        if len(names) > limits.max_layers:
            params = {"file": path.name, "count": len(names), "limit": limits.max_layers}
            raise LimitExceeded(Message(_TOO_MANY_LAYERS, params), file=path.name)
        if kind == "gpx":  # always has its five layers, most of them empty
            names = tuple(
                name
                for name in names
                if _guarded(pyogrio.read_info, plain, path, kind, layer=name, force_feature_count=True)[
                    "features"
                ]
            )
    return names


def list_vector_layers(
    path: Path, *, kind: str, members: tuple[Path, ...], limits: Limits
) -> tuple[LayerInfo, ...]:
    """Return the layers of a vector file (see `list_layers`).

    Raises
    ------
    GeodataError
    """
    if kind == "shapefile":
        contents = dict(zip(distinct_names(members), members, strict=True))
        for content in members:
            check_shapefile(find_sidecars(content), name=path.name)
    else:
        contents = dict.fromkeys(_layers_in(path, members[0], kind, limits), members[0])
    if not contents:
        raise UnreadableFile(Message(NO_LAYERS, {"file": path.name}), file=path.name)
    found = []
    for name, content in contents.items():
        with tempfile.TemporaryDirectory(prefix="geo-registry-") as folder:
            plain = _plainly_named(content, kind, Path(folder))
            layer = None if kind == "shapefile" else name
            # What the table says of its text may be a lie: every byte is kept, as where it is read.
            encoding = "ISO-8859-1" if kind == "shapefile" else None
            info = _guarded(
                pyogrio.read_info, plain, path, kind, layer=layer, encoding=encoding, force_feature_count=True
            )
        geometry_type = str(info["geometry_type"]) if info["geometry_type"] else None
        found.append(
            LayerInfo(
                name, rows=int(info["features"]), columns=len(info["fields"]), geometry_type=geometry_type
            )
        )
    return tuple(found)
