"""The public pages under many visitors, and tiles of the base map over a hundred thousand features.

    python benchmarks/public_site.py clients http://127.0.0.1:8000 --clients 200 --each 5
    PYTHONPATH=. python benchmarks/public_site.py tiles --features 100000

``clients``: so many visitors at once on a running site (this machine's only), each asking for pages one after another without a
pause: the page for each village and need, facilities, their GeoJSON, tiles. No proxy stands between, nothing is kept: every request
reaches the application. An answer other than 200, 204 or 304, or one without its body, is an error and ends the run with 1.
Bounded by ``--seconds``.

``tiles``: makes a grid of roads in a transaction that is taken back, and asks PostGIS for tiles of zooms 10 to 15 in it, each once
(cold: nothing of it is in this process or its answer known) and once more (warm). The number of features that a tile has is checked
against a count of the roads that cross it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import re
import statistics
import sys
import time
from typing import Any
from urllib.parse import urlsplit

FINE = {200, 204, 304}
SEED = 7


def p95(values: list[float]) -> float:
    """The value that 95 of 100 do not pass."""
    return statistics.quantiles(values, n=100, method="inclusive")[94] if len(values) > 1 else values[0]


async def fetch(host: str, port: int, path: str) -> tuple[int, bytes, float]:
    """Ask for one page on a connection of its own; status, body, seconds."""
    begun = time.perf_counter()
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        answer = await reader.read(-1)
    finally:
        writer.close()
    head, _gap, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
    return status, body, time.perf_counter() - begun


async def addresses(host: str, port: int) -> dict[str, list[str]]:
    """What visitors ask for, read from the page itself."""
    _status, body, _s = await fetch_plain(host, port, "/")
    page = body.decode("utf-8", "replace")
    villages = re.findall(r'<option value="(\d{9,12})"', page)
    needs = sorted(set(re.findall(r"[?&]need=([a-z-]+)", page)))
    numbers = sorted(set(re.findall(r'href="/facility/([^"/]+)/"', page)))
    if not (villages and needs and numbers):
        raise SystemExit("the page at / names no village, need or facility: is the demo county loaded?")
    return {
        "list": [f"/?village={village}&need={need}" for village in villages for need in needs],
        "home": ["/"],
        "facility": [f"/facility/{number}/" for number in numbers],
        "geojson": [f"/data/facilities.geojson?village={village}" for village in villages],
        "statistics": ["/statistics/"],
        "tile": [
            f"/tiles/base/{z}/{x}/{y}.mvt" for z, x, y in ((10, 814, 394), (11, 1629, 789), (12, 3259, 1579))
        ],
    }


async def fetch_plain(host: str, port: int, path: str) -> tuple[int, bytes, float]:
    """As `fetch`, with the body as text."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    answer = await reader.read(-1)
    writer.close()
    head, _gap, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body, 0.0


async def clients(base: str, count: int, each: int, seconds: float) -> int:
    """Let them ask, and say how long it took them."""
    parts = urlsplit(base)
    host, port = parts.hostname or "", parts.port or 80
    if host not in {"127.0.0.1", "localhost", "::1"}:
        raise SystemExit("only a site on this machine is put under load")
    asked = await addresses(host, port)
    mixture = [*["list"] * 5, "home", *["facility"] * 3, "geojson", "statistics", *["tile"] * 4]
    took: dict[str, list[float]] = {kind: [] for kind in asked}
    errors: list[str] = []
    end = time.monotonic() + seconds

    async def visitor(number: int) -> None:
        chance = random.Random(SEED + number)
        for _i in range(each):
            if time.monotonic() > end:
                return
            kind = chance.choice(mixture)
            path = chance.choice(asked[kind])
            try:
                status, body, spent = await asyncio.wait_for(fetch(host, port, path), timeout=60)
            except (OSError, TimeoutError, ValueError) as error:
                errors.append(f"{path}: {type(error).__name__} {error}")
                continue
            if status not in FINE or (status == 200 and not body):
                errors.append(f"{path}: {status}")
            took[kind].append(spent)

    begun = time.perf_counter()
    await asyncio.gather(*(visitor(number) for number in range(count)))
    wall = time.perf_counter() - begun
    every = list(itertools.chain(*took.values()))
    print(
        f"{count} clients at once, {len(every)} answers in {wall:.1f} s: {len(every) / wall:.0f} a second, {len(errors)} errors"
    )
    for kind, values in {**took, "all": every}.items():
        if values:
            print(
                f"  {kind:10} {len(values):5}  median {statistics.median(values):6.2f} s  p95 {p95(values):6.2f} s"
            )
    for error in errors[:5]:
        print("  error", error)
    return 1 if errors else 0


def tiles(features: int) -> int:
    """Time tiles over a grid of roads."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_registry.settings.local")
    import django

    django.setup()
    import pgtrigger
    from django.contrib.gis.geos import LineString
    from django.db import connection, transaction

    from geo_registry.reference.models import Source
    from geo_registry.territory.models import Installation, Road, RoadClass
    from maps.tile_shelf import shelf
    from maps.tiles import Tile

    home = Installation.home()
    if home is None or home.boundary is None:
        raise SystemExit("the installation has no home with a boundary")
    with transaction.atomic():
        source, _made = Source.objects.get_or_create(
            code="bench-tiles", defaults={"title": "benchmark", "is_demo": True}
        )
        west, south, east, north = home.boundary.extent
        side = int(features**0.5) + 1
        classes = ["primary", *["tertiary"] * 3, *["residential"] * 12]
        step_x, step_y = (east - west) / side, (north - south) / side

        pattern = Road.objects.create(
            geometry=LineString((west, south), (west + step_x, south), srid=4490), road_class=RoadClass.UNCLASSIFIED,
            source=source, source_ref="bench", division=home,
        )  # fmt: skip
        # Filled by the database itself, without the rows of history: what is measured is reading.
        with pgtrigger.ignore(), connection.cursor() as cursor:
            cursor.execute(fill_sql(Road), [classes, west, step_x, south, step_y, side, features, pattern.pk])
            cursor.execute("ANALYZE territory_road")
        print(f"{Road.objects.public().count()} roads are public")
        wanted = spots(west, south, east, north)
        cold, warm, sizes = [], [], []
        for tile in wanted:
            for into in (cold, warm):
                begun = time.perf_counter()
                content = shelf.get("base", Tile(*tile)).content
                into.append(1000 * (time.perf_counter() - begun))
            sizes.append(len(content))
        inside = Road.objects.public().filter(geometry__intersects=Tile(*wanted[-1]).box()).count()
        if inside and not sizes[-1]:
            raise SystemExit(f"tile {wanted[-1]} is empty, but {inside} roads cross it")
        print(
            f"{len(wanted)} tiles of zooms 10 to 15: cold median {statistics.median(cold):.0f} ms, p95 {p95(cold):.0f} ms; "
            f"warm median {statistics.median(warm):.0f} ms, p95 {p95(warm):.0f} ms; "
            f"median size {statistics.median(sizes) / 1000:.0f} kB"
        )
        transaction.set_rollback(True)
    return 0


def fill_sql(model: Any) -> str:
    """SQL that copies one road to every cell of a grid, by turns along a row and along a column."""
    own = {
        "road_class": "g.classes[1 + mod(i, array_length(g.classes, 1))]",
        "source_ref": "'bench/' || i",
        "geometry": (
            "ST_SetSRID(ST_MakeLine(ST_MakePoint(g.x, g.y), "
            "CASE WHEN mod(i, 2) = 1 THEN ST_MakePoint(g.x + g.dx, g.y) ELSE ST_MakePoint(g.x, g.y + g.dy) END), 4490)"
        ),
    }
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(own.get(column, f"t.{column}") for column in columns)
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} FROM {model._meta.db_table} t, "
        "(SELECT i, c.classes, c.dx, c.dy, c.west + mod(i, c.side) * c.dx AS x, c.south + (i / c.side) * c.dy AS y "
        "FROM (SELECT %s::text[] AS classes, %s::float AS west, %s::float AS dx, %s::float AS south, %s::float AS dy, "
        "%s::int AS side) c, generate_series(0, %s - 1) i) g WHERE t.id = %s"
    )


def spots(west: float, south: float, east: float, north: float) -> list[tuple[int, int, int]]:
    """Tiles anywhere in a box, twenty of each zoom where there are so many."""
    import math

    chance = random.Random(SEED)
    found: dict[tuple[int, int, int], None] = {}
    for z in range(10, 16):
        for _i in range(20):
            lon, lat = chance.uniform(west, east), chance.uniform(south, north)
            columns = 1 << z
            x = int((lon + 180) / 360 * columns)
            y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * columns)
            found[z, x, y] = None
    return list(found)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    sub = parser.add_subparsers(dest="what", required=True)
    many = sub.add_parser("clients")
    many.add_argument("base")
    many.add_argument("--clients", type=int, default=200)
    many.add_argument("--each", type=int, default=5)
    many.add_argument("--seconds", type=float, default=120)
    ground = sub.add_parser("tiles")
    ground.add_argument("--features", type=int, default=100_000)
    asked = parser.parse_args()
    if asked.what == "clients":
        return asyncio.run(clients(asked.base, asked.clients, asked.each, asked.seconds))
    return tiles(asked.features)


if __name__ == "__main__":
    sys.exit(main())
