"""Small files of every format, made by hand, so that the tests carry no binaries."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import geopandas
import openpyxl
import shapely

LINGWU = (106.33, 38.10)


def xlsx(
    path: Path, rows: Sequence[Sequence[object]], *, sheet: str = "Sheet1", merge: Sequence[str] = ()
) -> Path:
    return workbook(path, {sheet: rows}, merge=merge)


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]], *, merge: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
        for span in merge:
            page.merge_cells(span)
    book.save(path)
    return path


def ods(path: Path, rows: Sequence[Sequence[object]], *, extra: str = "", prolog: str = "") -> Path:
    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="表">{body}{extra}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>',
        )
    return path


def xls(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write a BIFF8 workbook with one sheet in a compound file."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                cells += record(0x0204, struct.pack("<HHHHB", r, c, 0, len(value), 1) + text)
            elif value is not None:
                cells += record(0x0203, struct.pack("<HHHd", r, c, 0, float(value)))  # type: ignore[arg-type]
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    name = "表".encode("utf-16-le")
    globals_length = 4 + len(bof) + 4 + 4 + 2 + 2 + len(name) + 4
    bound = struct.pack("<IBBBB", globals_length, 0, 0, 1, 1) + name
    stream = record(0x0809, bof) + record(0x0085, bound) + record(0x000A, b"")
    assert len(stream) == globals_length
    stream += (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
        + cells
        + record(0x000A, b"")
    )
    path.write_bytes(compound_file({"Workbook": stream}))
    return path


def compound_file(streams: dict[str, bytes]) -> bytes:
    """Pack streams into an OLE compound file of version 3 (each padded to 4096 bytes: no mini stream)."""
    sector = 512
    end, fat_mark, free = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    padded = {
        name: data.ljust(max(4096, -(-len(data) // sector) * sector), b"\0") for name, data in streams.items()
    }
    fat = [fat_mark, end]
    starts, body = {}, b""
    for name, data in padded.items():
        starts[name] = len(fat)
        count = len(data) // sector
        fat += [len(fat) + i + 1 for i in range(count - 1)] + [end]
        body += data
    assert len(fat) <= 128
    fat += [free] * (128 - len(fat))

    def entry(name: str, kind: int, child: int, sibling: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0"
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(raw), kind, 1, free, sibling, child)
            + b"\0" * 36
            + struct.pack("<IQ", start, size)
        )

    names = list(padded)
    directory = entry("Root Entry", 5, 1, free, end, 0)
    for i, name in enumerate(names):
        directory += entry(
            name, 2, free, i + 2 if i + 1 < len(names) else free, starts[name], len(padded[name])
        )
    directory = directory.ljust(sector, b"\0")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    return header + struct.pack("<128I", *fat) + directory + body


def places(*, crs: str | None = "EPSG:4490") -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {"名称": ["崇兴镇", "郝家桥镇", "榛子沟"], "床位": [30, 12, 7], "面积": [220.5, 90.0, 61.25]},
        geometry=[shapely.Point(106.30, 38.02), shapely.Point(106.27, 37.95), shapely.Point(106.61, 37.9)],
        crs=crs,
    )


def shapefile(folder: Path, *, name: str = "设施", encoding: str = "UTF-8", cpg: str | None = None) -> Path:
    """Write a shapefile in an encoding; `cpg` replaces its declaration, and an empty string takes it away."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.shp"
    places().to_file(path, engine="pyogrio", encoding=encoding)
    declaration = path.with_suffix(".cpg")
    if cpg == "":
        declaration.unlink()
    elif cpg is not None:
        declaration.write_text(cpg)
    return path


def zipped(
    path: Path, folder: Path, *, prefix: str = "", upper: bool = False, gbk_names: bool = False
) -> Path:
    """Pack a folder; `gbk_names` as Chinese Windows does it, without the flag that says UTF-8."""
    members = {
        prefix + (part.stem + part.suffix.upper() if upper else part.name): part.read_bytes()
        for part in sorted(folder.iterdir())
    }
    if gbk_names:
        path.write_bytes(stored_zip({name.encode("gb18030"): data for name, data in members.items()}))
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def stored_zip(members: dict[bytes, bytes]) -> bytes:
    """Pack members under names given as bytes: zipfile itself writes UTF-8 with its flag for anything but ASCII."""
    body, directory = b"", b""
    for name, data in members.items():
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0
        )
        directory += (
            b"PK\x01\x02"
            + struct.pack("<H", 20)
            + common
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
            + name
        )
        body += b"PK\x03\x04" + common + name + data
    tail = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + tail


def kml(path: Path, placemarks: str, *, prolog: str = "") -> Path:
    path.write_text(kml_text(placemarks, prolog=prolog), encoding="utf-8")
    return path


def kml_text(placemarks: str, *, prolog: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>doc</name>'
        f"{placemarks}</Document></kml>"
    )
