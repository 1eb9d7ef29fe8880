"""Damaged files of every format: each ends in rows or in one sentence, never in anything else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import osmium
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osmium.osm.mutable import Node, Way

from geo_registry.geodata.errors import GeodataError
from geo_registry.geodata.readers import Limits, list_layers, open_source

from .files import kml_text, ods, places, shapefile, xls, xlsx, zipped
from .test_web_tables import BOOK, PAGE

SMALL = Limits(
    max_cells=200_000, max_rows=20_000, max_unpacked_bytes=32 * 1024**2, max_spreadsheet_bytes=32 * 1024**2
)
ROWS = [["名称", "床位", "经度", "纬度"], ["甲敬老院", 30, 106.3, 38.0], ["乙敬老院", 12, 106.2, 37.9]]
PLACEMARK = "<Placemark><name>甲</name><Point><coordinates>106.3,38,1</coordinates></Point></Placemark>"
FORMATS = (
    "xlsx",
    "xls",
    "ods",
    "csv",
    "gbk",
    "zip",
    "shp",
    "gpkg",
    "geojson",
    "kml",
    "kmz",
    "gpx",
    "pbf",
    "html",
    "xml",
)


def seed_file(folder: Path, kind: str) -> Path:
    path = folder / f"a.{'csv' if kind == 'gbk' else kind}"
    if kind in {"xlsx", "xls", "ods"}:
        return {"xlsx": xlsx, "xls": xls, "ods": ods}[kind](path, ROWS)
    if kind in {"csv", "gbk"}:
        text = "\n".join(",".join(map(str, row)) for row in ROWS)
        path.write_bytes(text.encode("utf-8" if kind == "csv" else "gbk"))
    elif kind == "zip":
        shapefile(folder / "shp", encoding="GBK")
        return zipped(path, folder / "shp")
    elif kind == "shp":
        shapefile(folder / "parts", encoding="GBK")
        return next((folder / "parts").glob("*.shp"))
    elif kind == "kmz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", kml_text(PLACEMARK * 3))
    elif kind == "pbf":
        path = folder / "a.osm.pbf"
        with osmium.SimpleWriter(str(path)) as writer:
            for n in range(1, 40):
                writer.add_node(Node(id=n, location=(106 + n / 1000, 38), version=1))
            for n in range(1, 30):
                tags = {"highway": "residential", "name": f"第{n}号路"}
                writer.add_way(Way(id=n, nodes=[n, n + 1, n + 2], tags=tags, version=1))
    elif kind == "kml":
        path.write_text(kml_text(PLACEMARK * 3))
    elif kind in {"html", "xml"}:
        path = folder / "a.xls"
        path.write_text({"html": PAGE, "xml": BOOK}[kind], encoding="utf-8")
    elif kind == "gpx":
        path.write_text('<gpx version="1.1" creator="x"><wpt lat="38" lon="106"><name>甲</name></wpt></gpx>')
    else:
        places().to_file(path, engine="pyogrio")
    return path


# One change: what is done, where (a part of the file's length), how much, and with which byte.
CHANGES = st.tuples(
    st.sampled_from(("bytes", "same", "cut", "repeat", "flip", "end")),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from((1, 2, 4, 16)),
    st.integers(0, 255),
)


def mutated(content: bytes, changes) -> bytes:
    data = bytearray(content)
    for what, place, length, byte in changes:
        at = int(place * len(data))
        match what:
            case "bytes":
                data[at : at + length] = bytes((byte * (n + 1) + 31 * n) % 256 for n in range(length))
            case "same":
                data[at : at + length] = bytes([byte]) * length
            case "cut":
                data[at : at + length] = b""
            case "repeat":
                data[at:at] = data[at : at + length * 8]
            case "flip":
                data[at] ^= 1 << byte % 8
            case _:
                del data[max(at, len(data) // 2) :]
        if not data:
            return b"\0"
    return bytes(data)


def outcome(path: Path) -> str:
    """Read a file as the product would; anything but rows and its own errors fails the test."""
    try:
        list_layers(path, limits=SMALL)
        with open_source(path, limits=SMALL) as source:
            for row in source.rows():
                assert row.geometry is None or isinstance(row.geometry, shapely.Geometry)
    except GeodataError as error:
        return type(error).__name__
    return "rows"


def fuzz(folder: Path, kind: str, examples: int) -> None:
    """Damage a file in so many ways, the same ones at each run; what fails is made as small as it can be."""
    whole = seed_file(folder, kind)
    content = whole.read_bytes()
    parts = {path.name: path.read_bytes() for path in whole.parent.iterdir()} if kind == "shp" else {}
    suffix = {"gbk": "csv", "pbf": "osm.pbf"}.get(kind, kind)
    seen = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(CHANGES, min_size=1, max_size=6), st.sampled_from(sorted(parts) or [""]))
    def damage(changes, part):
        if parts:  # one of the parts is damaged, or gone
            for name, intact in parts.items():
                (whole.parent / name).write_bytes(intact)
            (whole.parent / part).write_bytes(mutated(parts[part], changes))
            if len(changes) == 6 and part != whole.name:
                (whole.parent / part).unlink()
            seen.add(outcome(whole))
        else:
            path = folder / f"b.{suffix}"
            path.write_bytes(mutated(content, changes))
            seen.add(outcome(path))

    damage()
    assert seen


@pytest.mark.parametrize("kind", FORMATS)
def test_some_damaged_files_of_each_format(tmp_path, kind):
    fuzz(tmp_path, kind, 25)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_many_damaged_files_of_each_format(tmp_path, kind):
    fuzz(tmp_path, kind, 500)
