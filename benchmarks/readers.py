"""Rows a second and memory of the readers, beside what others use for the same file; answers compared.

Run ``python benchmarks/readers.py`` (``--rows 20000`` for a small one). Files are made first; each reading is a process of
its own, so that its peak of memory is its own. Ours is the reading that the product does: in a separate process with limits,
rows coming over a pipe; its memory is that of the reading process, and the caller's is told beside it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
HEADERS = ("number", "name", "kind", "beds", "lon", "lat", "address", "note")
MIB = 1024**2


def table(rows: int) -> Iterator[tuple[object, ...]]:
    for n in range(rows):
        lon, lat = 106 + n % 9973 / 10_000, 37.5 + n % 7919 / 10_000
        yield (
            f"LW{n:07d}",
            f"第{n}号村服务站",
            "养老院" if n % 3 else "卫生室",
            n % 200,
            lon,
            lat,
            f"崇兴镇第{n % 977}组",
            None,
        )


def make_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(HEADERS) + "\n")
        for row in table(rows):
            stream.write(",".join("" if cell is None else str(cell) for cell in row) + "\n")


def make_xlsx(path: Path, rows: int) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("设施")
    for row in (HEADERS, *table(rows)):
        sheet.append(row)
    book.save(path)


def make_gpkg(path: Path, rows: int) -> None:
    import geopandas
    import pandas as pd

    frame = pd.DataFrame(table(rows), columns=list(HEADERS))
    points = geopandas.points_from_xy(frame["lon"], frame["lat"])
    geopandas.GeoDataFrame(frame, geometry=points, crs="EPSG:4490").to_file(path, engine="pyogrio")


def make_pbf(path: Path, rows: int) -> None:
    import osmium
    from osmium.osm.mutable import Node, Way

    with osmium.SimpleWriter(str(path)) as writer:
        for n in range(rows + 1):
            writer.add_node(
                Node(id=n + 1, location=(106 + n % 9973 / 10_000, 37.5 + n % 7919 / 10_000), version=1)
            )
        for n in range(rows):
            tags = {"highway": "residential", "name": f"第{n}号路"}
            writer.add_way(Way(id=n + 1, nodes=[n + 1, n + 2], tags=tags, version=1))


MAKERS = {"csv": make_csv, "xlsx": make_xlsx, "gpkg": make_gpkg, "pbf": make_pbf}


def summed(names: Iterable[object], numbers: Iterable[object]) -> list[int]:
    """Return what two readings must agree on: how many rows, how long their names, and the sum of their numbers."""
    count = length = total = 0
    for name, number in zip(names, numbers, strict=True):
        count, length, total = count + 1, length + len(str(name)), total + int(number or 0)  # type: ignore[call-overload]
    return [count, length, total]


def ours(path: Path) -> tuple[list[int], int]:
    from geo_registry.geodata.isolation import open_isolated

    count = length = total = 0
    with open_isolated(path) as source:
        for row in source.rows():
            count += 1
            length += len(str(row.values["name"]))
            total += int(row.values.get("beds") or 0)  # type: ignore[arg-type]
        return [count, length, total], source.peak_memory_bytes or 0


def peer(path: Path) -> list[int]:
    if path.suffix == ".gpkg":
        import geopandas

        frame = geopandas.read_file(path, engine="pyogrio")
        return summed(frame["name"], frame["beds"])
    if path.suffix == ".pbf":
        import osmium

        count = length = 0
        for way in osmium.FileProcessor(str(path)).with_locations():
            if way.is_way() and "highway" in way.tags:
                [(node.lon, node.lat) for node in way.nodes]
                count, length = count + 1, length + len(way.tags["name"])
        return [count, length, 0]
    import pandas as pd

    frame = pd.read_excel(path) if path.suffix == ".xlsx" else pd.read_csv(path)
    return summed(frame["name"], frame["beds"])


def measure(who: str, path: Path) -> dict[str, object]:
    """Read a file in a new process and return its time, memory and sums."""
    command = [sys.executable, __file__, "--measure", who, "--file", str(path)]
    found = subprocess.run(command, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)})
    answer: dict[str, object] = json.loads(found.stdout.splitlines()[-1])
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--measure", choices=("ours", "peer"))
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.measure:
        started = time.perf_counter()
        sums, child = ours(options.file) if options.measure == "ours" else (peer(options.file), 0)
        took = time.perf_counter() - started
        # Not ru_maxrss: that counts what the starting process had.
        status = Path("/proc/self/status").read_text()
        own = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) * 1024
        print(json.dumps({"s": took, "sums": sums, "mib": (child or own) // MIB, "caller_mib": own // MIB}))
        return
    print(
        "| format | rows/s | reader (caller), MiB | peer, rows/s | peer, MiB | reader at a tenth of the rows, MiB |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in MAKERS.items():
            path, small = Path(folder) / f"a.osm.{kind}", Path(folder) / f"b.osm.{kind}"
            make(path, options.rows)
            make(small, options.rows // 10)
            mine, theirs, tenth = measure("ours", path), measure("peer", path), measure("ours", small)
            if mine["sums"] != theirs["sums"]:
                raise SystemExit(f"{kind}: answers differ: {mine['sums']} {theirs['sums']}")
            speeds = [options.rows / np.float64(found["s"]) for found in (mine, theirs)]
            print(
                f"| {kind} | {speeds[0]:,.0f} | {mine['mib']} ({mine['caller_mib']}) | {speeds[1]:,.0f} | {theirs['mib']} "
                f"| {tenth['mib']} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
