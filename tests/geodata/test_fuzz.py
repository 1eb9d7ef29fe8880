"""Damaged files of every format: each ends in rows or in one sentence, never in anything else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import shapely

from geo_registry.geodata.errors import GeodataError
from geo_registry.geodata.readers import Limits, list_layers, open_source

from .files import kml_text, ods, places, shapefile, xls, xlsx, zipped

SMALL = Limits(
    max_cells=200_000, max_rows=20_000, max_unpacked_bytes=32 * 1024**2, max_spreadsheet_bytes=32 * 1024**2
)
ROWS = [["名称", "床位", "经度", "纬度"], ["甲敬老院", 30, 106.3, 38.0], ["乙敬老院", 12, 106.2, 37.9]]
PLACEMARK = "<Placemark><name>甲</name><Point><coordinates>106.3,38,1</coordinates></Point></Placemark>"
FORMATS = ("xlsx", "xls", "ods", "csv", "gbk", "zip", "gpkg", "geojson", "kml", "gpx")


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
    elif kind == "kml":
        path.write_text(kml_text(PLACEMARK * 3))
    elif kind == "gpx":
        path.write_text('<gpx version="1.1" creator="x"><wpt lat="38" lon="106"><name>甲</name></wpt></gpx>')
    else:
        places().to_file(path, engine="pyogrio")
    return path


def mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(data)), chance.choice((1, 1, 2, 4, 16))
        match chance.randrange(6):
            case 0:
                data[at : at + length] = chance.randbytes(length)
            case 1:
                data[at : at + length] = bytes([chance.choice((0x00, 0xFF, 0x7F, 0x80))]) * length
            case 2:
                data[at : at + length] = b""
            case 3:
                data[at:at] = data[at : at + length * 8]
            case 4:
                data[at] ^= 1 << chance.randrange(8)
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


def fuzz(folder: Path, kind: str, rounds: int) -> None:
    content = seed_file(folder, kind).read_bytes()
    path = folder / f"b.{'csv' if kind == 'gbk' else kind}"
    chance = random.Random(f"geo-registry {kind}")
    seen = set()
    for _ in range(rounds):
        path.write_bytes(mutated(content, chance))
        seen.add(outcome(path))
    assert seen


@pytest.mark.parametrize("kind", FORMATS)
def test_some_damaged_files_of_each_format(tmp_path, kind):
    fuzz(tmp_path, kind, 25)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_many_damaged_files_of_each_format(tmp_path, kind):
    fuzz(tmp_path, kind, 800)
