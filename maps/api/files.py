"""A collection as one file: GeoPackage, GeoJSON, CSV, zipped shapefile, OpenStreetMap XML.

Rows are read once, as of one moment, and written some thousand at a time: a file of a whole county takes no more memory than one of
a village. Each file says under which licence its data are and whether any of it is invented, within itself: it goes from hand to
hand without the address it came from.
"""

from __future__ import annotations

import csv
import datetime
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio.raw
import shapely
from django.db.models import BinaryField, F, Func
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geo_registry.reference.models import Source

from .answering import matching
from .asking import Asked
from .collections import BOOLEAN, DAY, INTEGER, NUMBER, TEXT, Collection, Property
from .documents import DEMO
from .filtering import PREFIX, SHAPE
from .osm_xml import OSM, write_osm
from .problems import Problem

GPKG, CSV, ZIP, GEOJSON = (
    "application/geopackage+sqlite3", "text/csv", "application/zip", "application/geo+json",
)  # fmt: skip
MOST: Final = 1_000_000
_CHUNK: Final = 2_000
_CRS: Final = "EPSG:4490"
_WKB: Final = "wkb"
_DBF_NAME, _DBF_BYTES = 10, 254
_SHAPES: Final = {"point": "Point", "line": "MultiLineString", "area": "MultiPolygon"}
_PROMOTED: Final[Mapping[str, Any]] = {
    "LineString": shapely.MultiLineString,
    "Polygon": shapely.MultiPolygon,
}


@dataclass
class Rows:
    """The rows of a file, read one after the other; what they are from is known once they have all been read."""

    collection: Collection
    asked: Asked
    count: int = 0
    _source_ids: set[int] = field(default_factory=set)

    @property
    def properties(self) -> Sequence[Property]:
        """The columns."""
        return self.collection.properties if self.asked.fields is None else self.asked.fields

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield properties by their names, with the geometry as WKB (EPSG:4490, longitude first) under ``wkb``.

        Raises
        ------
        Problem
            If there are more than a file may hold.
        """
        names = [one.name for one in self.properties]
        key = f"{PREFIX}{self.collection.key}"
        shape = Func(F(SHAPE), function="ST_AsBinary", output_field=BinaryField())
        rows = matching(self.collection, self.asked).annotate(**{_WKB: shape})
        columns = {f"{PREFIX}{name}" for name in names} | {key, _WKB, "source_id"}
        columns |= set(self.collection.for_files)
        for row in rows.order_by(key).values(*columns).iterator(chunk_size=_CHUNK):
            self.count += 1
            if self.count > MOST:
                detail = _("A file holds %(most)d features at most. Ask for a part: a box, a filter.")
                raise Problem(413, detail % {"most": MOST})
            if row["source_id"] is not None:
                self._source_ids.add(row["source_id"])
            wkb = row[_WKB]
            extra = {name: row[name] for name in self.collection.for_files}
            yield {
                **{name: row[f"{PREFIX}{name}"] for name in names},
                **extra,
                _WKB: bytes(wkb) if wkb is not None else None,
            }

    def sources(self) -> list[Source]:
        """Return what the rows that were read are from."""
        return list(Source.objects.filter(pk__in=self._source_ids).order_by("code"))

    def is_demo(self) -> bool:
        """Whether anything that was read is openly invented."""
        return any(source.is_demo for source in self.sources())

    def about(self) -> dict[str, str]:
        """Return what a file says of itself."""
        sources = self.sources()
        facts = {
            str(_("Data")): str(self.collection.title),
            str(_("Features")): str(self.count),
            str(_("Co-ordinates")): "CGCS2000 (EPSG:4490)",
            str(_("Made on")): timezone.localdate().isoformat(),
            str(_("Sources and licences")): licences_in_words(sources),
        }
        return facts | ({"示范数据": _("Openly invented, for demonstration only.")} if self.is_demo() else {})


def licences_in_words(sources: Sequence[Source]) -> str:
    """Return sources with publisher and licence as one sentence."""
    unknown = _("licence not stated")
    words = [
        f"{source.title}{f'（{source.publisher}）' if source.publisher else ''}: {source.licence or unknown}"
        for source in sources
    ]
    return "; ".join(words)


def _plain(value: Any) -> Any:
    """Return a value as text files have it."""
    return value.isoformat() if isinstance(value, datetime.date) else value


def write_geojson(rows: Rows, target: Path) -> None:
    """Write GeoJSON (RFC 7946); what the file says of itself stands at its end, as further members."""
    with target.open("w", encoding="utf-8") as stream:
        stream.write(
            f'{{"type": "FeatureCollection", "name": {json.dumps(rows.collection.id)}, "features": [\n'
        )
        for number, row in enumerate(rows):
            wkb = row[_WKB]
            shape = shapely.from_wkb(wkb) if wkb is not None else None
            feature = {
                "type": "Feature",
                "id": row.get(rows.collection.key),
                "geometry": json.loads(shapely.to_geojson(shape)) if shape is not None else None,
                "properties": {one.name: _plain(row[one.name]) for one in rows.properties},
            }
            stream.write((",\n" if number else "") + json.dumps(feature, ensure_ascii=False))
        about = {"licences": licences_in_words(rows.sources()), "demo": rows.is_demo()}
        about["notice"] = DEMO if rows.is_demo() else None
        stream.write(
            "\n]"
            + "".join(f", {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in about.items())
        )
        stream.write("}\n")


def write_csv(rows: Rows, target: Path) -> None:
    """Write a table that spreadsheets open: UTF-8 with a mark; no cell can be a formula; licence and mark in each row."""
    points = set(rows.collection.geometry_types) == {"Point"}
    places = ["lon", "lat"] if points else ["wkt"]
    sources = {source.title: source for source in Source.objects.all()}
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(one.name for one in rows.properties), *places, "licence", "notice"])
        for row in rows:
            wkb = row[_WKB]
            shape = shapely.from_wkb(wkb) if wkb is not None else None
            if points:
                where = [round(shape.x, 7), round(shape.y, 7)] if shape is not None else ["", ""]
            else:
                where = [shapely.to_wkt(shape, rounding_precision=7) if shape is not None else ""]
            source = sources.get(row.get("source") or "")
            licence = source.licence if source is not None else ""
            mark = DEMO if source is not None and source.is_demo else ""
            writer.writerow([*(_cell(row[one.name]) for one in rows.properties), *where, licence, mark])


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _plain(value)


def _chunks(rows: Rows) -> Iterator[Sequence[Mapping[str, Any]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def write_gpkg(rows: Rows, target: Path) -> None:
    """Write a GeoPackage: one layer with typed columns, and a table ``about``."""
    written = False
    for chunk in _chunks(rows):
        _append(rows, chunk, target, driver="GPKG", layer=rows.collection.id, append=written)
        written = True
    if not written:
        _append(rows, (), target, driver="GPKG", layer=rows.collection.id, append=False)
    about = rows.about()
    pyogrio.raw.write(
        str(target), None, [np.array(list(about), dtype=object), np.array(list(about.values()), dtype=object)],
        ["fact", "value"], layer="about", driver="GPKG", append=True, geometry_type=None, encoding="UTF-8",
    )  # fmt: skip


def _append(
    rows: Rows,
    chunk: Sequence[Mapping[str, Any]],
    target: Path,
    *,
    driver: str,
    layer: str | None = None,
    append: bool,
    names: Mapping[str, str] | None = None,
    geometry_type: str = "Unknown",
) -> None:
    data, masks = [], []
    for one in rows.properties:
        values = [row[one.name] for row in chunk]
        if names is not None and one.type == TEXT:
            values = [_fitting(value) for value in values]
        made, mask = _array(values, one.type)
        data.append(made)
        masks.append(mask)
    shapes: Any = [row[_WKB] for row in chunk]
    if geometry_type.startswith("Multi"):
        shapes = [_promoted(shape) for shape in shapes]
    fields = [one.name if names is None else names[one.name] for one in rows.properties]
    pyogrio.raw.write(
        str(target), np.array(shapes, dtype=object), data, fields, field_mask=masks, layer=layer, driver=driver,
        geometry_type=geometry_type, crs=_CRS, encoding="UTF-8", append=append,
    )  # fmt: skip


def _promoted(wkb: bytes | None) -> bytes | None:
    if wkb is None:
        return None
    shape = shapely.from_wkb(wkb)
    made = _PROMOTED[shape.geom_type]([shape]) if shape.geom_type in _PROMOTED else shape
    return bytes(shapely.to_wkb(made))


def _array(values: Sequence[Any], wanted: str) -> tuple[Any, Any]:
    """Return values as an array, and where there are none; texts carry that themselves."""
    mask = np.array([value is None for value in values], dtype=bool)
    if wanted == INTEGER:
        return np.array([value or 0 for value in values], dtype=np.int64), mask
    if wanted == NUMBER:
        return np.array([0.0 if value is None else float(value) for value in values], dtype=np.float64), mask
    if wanted == BOOLEAN:
        return np.array([bool(value) for value in values], dtype=bool), mask
    if wanted == DAY:
        return np.array([value or "NaT" for value in values], dtype="datetime64[D]"), None
    return np.array([value or None for value in values], dtype=object), None


def write_shapefile(rows: Rows, target: Path) -> None:
    """Write a zip with a shapefile for each kind of shape, its sidecars (.prj, .cpg), and a text that says what it is.

    The text tells which short name of a column stands for which; texts of more than 254 bytes are cut, and counted there.
    """
    names = _short_names([one.name for one in rows.properties])
    without: list[Mapping[str, Any]] = []
    cut = 0
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        folder = Path(place)

        def put(family: str, some: Sequence[Mapping[str, Any]]) -> None:
            path = folder / f"{rows.collection.id}-{family}.shp"
            _append(
                rows, some, path, driver="ESRI Shapefile", append=path.exists(), names=names, geometry_type=_SHAPES[family]
            )  # fmt: skip

        for chunk in _chunks(rows):
            families: dict[str, list[Mapping[str, Any]]] = {}
            for row in chunk:
                cut += sum(_is_cut(row[one.name]) for one in rows.properties if one.type == TEXT)
                if row[_WKB] is None:
                    without.append(row)
                else:
                    families.setdefault(_family(row[_WKB]), []).append(row)
            for family, some in families.items():
                put(family, some)
        written = sorted(path.stem.rpartition("-")[2] for path in folder.glob("*.shp"))
        if without or not written:
            # What has no place goes with those that have one.
            put(written[0] if written else "point", without)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(folder.iterdir()):
                archive.write(part, part.name)
            archive.writestr("README.txt", _readme(rows, names, cut))


def _readme(rows: Rows, names: Mapping[str, str], cut: int) -> bytes:
    lines = [f"{fact}: {value}" for fact, value in rows.about().items()]
    lines += ["", *(f"{short}: {name}" for name, short in names.items())]
    if cut:
        lines += ["", _("%(count)d texts were cut: a shapefile holds 254 bytes in one.") % {"count": cut}]
    return "\r\n".join(lines).encode("utf-8-sig")


def _family(wkb: bytes) -> str:
    kind = shapely.from_wkb(wkb).geom_type
    return "point" if "Point" in kind else "line" if "Line" in kind else "area"


def _short_names(names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        short, number = name[:_DBF_NAME], 1
        while short in found.values():
            number += 1
            short = f"{name[: _DBF_NAME - 2]}_{number}"
        found[name] = short
    return found


def _is_cut(text: str | None) -> bool:
    return text is not None and len(text.encode()) > _DBF_BYTES


def _fitting(text: str | None) -> str | None:
    return text if text is None or not _is_cut(text) else text.encode()[:_DBF_BYTES].decode(errors="ignore")


def _osm(rows: Rows, target: Path) -> None:
    write_osm(rows.collection.id, rows, target, licence=lambda: licences_in_words(rows.sources()))


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file."""

    words: str | Promise
    media: str
    suffix: str
    write: Callable[[Rows, Path], None]


FORMATS: Final[Mapping[str, Format]] = {
    "gpkg": Format(words="GeoPackage", media=GPKG, suffix="gpkg", write=write_gpkg),
    "geojson": Format(words="GeoJSON", media=GEOJSON, suffix="geojson", write=write_geojson),
    "csv": Format(words=gettext_lazy("CSV, for spreadsheets"), media=CSV, suffix="csv", write=write_csv),
    "shp": Format(words=gettext_lazy("Shapefile (zip)"), media=ZIP, suffix="shp.zip", write=write_shapefile),
    "osm": Format(
        words=gettext_lazy("OpenStreetMap XML, with its tags"), media=OSM, suffix="osm", write=_osm
    ),
}


def formats_of(collection: Collection) -> Mapping[str, Format]:
    """Return the kinds of file that a collection can be had as: OpenStreetMap's only where its tags are known."""
    return {name: one for name, one in FORMATS.items() if name != "osm" or collection.has_osm_tags}
