"""A network of a million crossings with six hundred thousand populated places, through the planner's own commands.

    DATABASE_URL=… python benchmarks/million.py            makes a database of its own on that server, and drops it
    … --side 200 --places 20000 --facilities 100           a small one
    … --keep                                               leaves the database, to ask it more

Roads lie in ways of eight stretches, as OpenStreetMap has them; people are counted at cells. Tables are filled with ``COPY``
without the triggers that write the history: how fast an import is, ``benchmarks/imports.py`` measures. Told of each command:
time, the largest memory of its process, and that of the database's process that served it.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import datetime
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_registry.settings.test")

import django

django.setup()  # before anything that has models

import numpy as np
import shapely
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from facilities.models import CapacityReading, Facility, FacilityStatus, Kind
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation, PopulatedPlace, PopulationCount, Road

STEP_DEG = 0.001
CORNER = np.array([106.0, 37.5])
STRETCHES = 8
TOWNSHIPS, VILLAGES = 40, 15
DAY = datetime.date(2024, 12, 31)
TABLES: tuple[type[Model], ...] = (
    Division,
    Road,
    PopulatedPlace,
    PopulationCount,
    Facility,
    FacilityStatus,
    CapacityReading,
)


def copy(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Stream rows into a table; columns that may not be empty and are not given get the model's defaults."""
    given = {model._meta.get_field(name).column: position for position, name in enumerate(names)}
    rest = []
    for field in model._meta.concrete_fields:
        if field.primary_key or field.column in given or field.null:
            continue
        value = field.get_default()
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            value = timezone.now().isoformat()
        rest.append((field.column, "{}" if isinstance(value, list) else value))
    columns = ", ".join(f'"{name}"' for name in [*given, *(name for name, _value in rest)])
    tail = "\t" + "\t".join("" if value is None else str(value) for _name, value in rest) if rest else ""
    with connection.cursor() as cursor:
        statement = f"COPY {model._meta.db_table} ({columns}) FROM STDIN"
        stream = io.StringIO()
        for count, row in enumerate(rows, start=1):
            stream.write("\t".join(map(str, row)) + tail + "\n")
            if count % 100_000 == 0:
                stream.seek(0)
                cursor.cursor.copy_expert(statement, stream)
                stream = io.StringIO()
        stream.seek(0)
        cursor.cursor.copy_expert(statement, stream)


def hexes(geometries: Any) -> Any:
    """Well-known binary with the datum, as PostGIS reads it."""
    return shapely.to_wkb(shapely.set_srid(geometries, 4490), hex=True, include_srid=True)


def divisions() -> list[int]:
    """A county of townships of villages, in strips and boxes; the primary keys of the villages, row by row."""
    county = Division.objects.create(code="990201", name="百万县", level=3)
    Installation.objects.update_or_create(pk=1, defaults={"home_division": county})
    keys = []
    for t in range(TOWNSHIPS):
        town = Division.objects.create(code=f"990201{t:03d}", name=f"{t}号镇", level=4, parent=county)
        villages = Division.objects.bulk_create(
            Division(
                code=f"990201{t:03d}{v:03d}",
                name=f"{t}镇{v}村",
                level=5,
                parent=town,
                path=f"{town.path}990201{t:03d}{v:03d}/",
            )
            for v in range(VILLAGES)
        )
        keys += [village.pk for village in villages]
    return keys


def roads(side: int) -> np.ndarray[Any, Any]:
    """Streets east and north, each way eight stretches long; the positions of the crossings."""
    random = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1)
    at = (CORNER + grid * STEP_DEG + random.uniform(-0.3, 0.3, grid.shape) * STEP_DEG).round(7)
    lines: list[Any] = []
    for block in (at, at.transpose(1, 0, 2)):
        lines += [
            shapely.linestrings(block[:, begin : begin + STRETCHES + 1])
            for begin in range(0, side - 1, STRETCHES)
        ]
    ways = np.concatenate(lines)
    ways = ways[random.random(len(ways)) < 0.9]
    classes = random.choice(
        ["residential", "unclassified", "tertiary", "secondary"], len(ways), p=[0.6, 0.2, 0.15, 0.05]
    )
    source = Source.objects.create(code="million", title="a grid made by benchmarks/million.py")
    copy(
        Road,
        ("geometry", "road_class", "source", "source_ref"),
        (
            (line, kind, source.pk, f"way/{number}")
            for number, (line, kind) in enumerate(zip(hexes(ways), classes, strict=True))
        ),
    )
    return at


def places(count: int, side: int, villages: list[int]) -> None:
    """Cells with people, each in the village whose box it lies in."""
    random = np.random.default_rng(2)
    xy = random.uniform(0, side * STEP_DEG, (count, 2))
    town = np.minimum((xy[:, 0] / (side * STEP_DEG) * TOWNSHIPS).astype(int), TOWNSHIPS - 1)
    village = np.minimum((xy[:, 1] / (side * STEP_DEG) * VILLAGES).astype(int), VILLAGES - 1)
    keys = np.array(villages)[town * VILLAGES + village]
    points = hexes(shapely.points(xy + CORNER))
    copy(
        PopulatedPlace,
        ("code", "kind", "division", "point"),
        (
            (f"cell-{number}", "cell", key, point)
            for number, (key, point) in enumerate(zip(keys, points, strict=True))
        ),
    )
    pks = PopulatedPlace.objects.order_by("pk").values_list("pk", flat=True)
    residents = random.integers(1, 40, count)
    elders = (residents * 0.15).astype(int)
    for group, people in (("residents", residents), ("age60", elders)):
        copy(
            PopulationCount,
            ("place", "group", "as_of", "people"),
            (
                (pk, group, "2020-11-01", number)
                for pk, number in zip(pks.iterator(chunk_size=50_000), people, strict=True)
            ),
        )


def facilities(count: int, side: int, villages: list[int]) -> None:
    """Facilities of three kinds, one in each tier, with beds."""
    random = np.random.default_rng(3)
    of_network = Kind.objects.filter(tier__network__code="elderly-care").order_by("position")
    kinds = [of_network.filter(tier__level=level)[0] for level in (3, 4, 5)]
    kind = random.choice(3, count, p=[0.02, 0.18, 0.8])
    points = hexes(shapely.points(random.uniform(0, side * STEP_DEG, (count, 2)) + CORNER))
    copy(
        Facility,
        ("number", "name", "kind", "division", "location"),
        (
            (f"M{n:06d}", f"{n}号站", kinds[kind[n]].pk, villages[n % len(villages)], points[n])
            for n in range(count)
        ),
    )
    pks = list(Facility.objects.order_by("pk").values_list("pk", flat=True))
    copy(FacilityStatus, ("facility", "status", "valid_from"), ((pk, "open", "2020-01-01") for pk in pks))
    copy(
        CapacityReading,
        ("facility", "measure", "as_of", "total"),
        (
            (pk, "beds", "2024-01-01", int(n))
            for pk, n in zip(pks, random.integers(10, 200, count), strict=True)
        ),
    )


def fill(options: argparse.Namespace) -> None:
    with connection.cursor() as cursor:
        for model in TABLES:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE TRIGGER USER')
    call_command("load_reference", verbosity=0)
    villages = divisions()
    roads(options.side)
    places(options.places, options.side, villages)
    facilities(options.facilities, options.side, villages)
    with connection.cursor() as cursor:
        for model in TABLES:
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ENABLE TRIGGER USER')
        cursor.execute("ANALYZE")


class Watch(threading.Thread):
    """Samples the private memory of the database's own processes that serve one database."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True)
        self._name, self._done, self.most_mb = name, threading.Event(), 0.0

    def run(self) -> None:
        """Look every fifth of a second."""
        while not self._done.wait(0.2):
            for status in Path("/proc").glob("[0-9]*/status"):
                try:
                    if self._name not in (status.parent / "cmdline").read_text(errors="replace"):
                        continue
                    if not (status.parent / "cmdline").read_text(errors="replace").startswith("postgres:"):
                        continue
                    for line in status.read_text().splitlines():
                        if line.startswith("RssAnon:"):
                            self.most_mb = max(self.most_mb, int(line.split()[1]) / 1024)
                except OSError:
                    continue

    def stop(self) -> float:
        """Return the most that one of them had, in megabytes."""
        self._done.set()
        self.join()
        return self.most_mb


def run(command: Sequence[str], name: str, url: str) -> str:
    """Run one command and say how it went, as a line of the table."""
    watch = Watch(name)
    watch.start()
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = process.stdout.read() if process.stdout else ""
    _pid, status, usage = os.wait4(
        process.pid, 0
    )  # its memory is at least that of this program when it began
    taken = time.perf_counter() - begin
    words = " ".join(command)
    if status:
        return f"| `{words}` | FAILED after {taken:.0f} s | {usage.ru_maxrss / 1024:.0f} | {watch.stop():.0f} | {said[-600:]} |"
    first = next((line for line in said.splitlines() if "[" not in line[:2] and line.strip()), "")
    return f"| `{words}` | {taken:.0f} | {usage.ru_maxrss / 1024:.0f} | {watch.stop():.0f} | {first.strip()[:120]} |"


def commands(side: int) -> list[list[str]]:
    middle = CORNER + side * STEP_DEG / 2
    common = ["--network", "elderly-care", "--date", DAY.isoformat()]
    return [
        ["compute_coverage", *common, "--minutes", "5,10,15"],
        ["compute_coverage", *common, "--minutes", "15", "--capacity", "beds", "--accessibility", "e2sfca", "--decay", "zones"],
        ["isochrones", "/tmp/million.geojson", *common, "--minutes", "15"],
        ["propose_sites", "--objective", "max-cover", "--sites", "5", *common, "--set", "tier-5", "--floor", "0.01"],
        ["propose_sites", "--objective", "p-median", "--sites", "5", *common, "--set", "tier-5", "--time-limit", "30"],
        ["compare_scenarios", *common, "--minutes", "15", "--open", f"{middle[0]},{middle[1]}", "--close", "M000005"],
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=1000, help="crossings along one side")
    parser.add_argument("--places", type=int, default=600_000)
    parser.add_argument("--facilities", type=int, default=1000)
    parser.add_argument("--keep", action="store_true", help="leave the database, and use it if it is there")
    parser.add_argument("--only", default="", help="only commands in which this stands, such as --capacity")
    options = parser.parse_args()
    connection.settings_dict["TEST"]["NAME"] = "geo_registry_million"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=options.keep, serialize=False)
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"
    try:
        if not Road.objects.exists():
            begin = time.perf_counter()
            fill(options)
            print(f"filled in {time.perf_counter() - begin:.0f} s", flush=True)
        print(
            f"{Road.objects.count():,} ways, {PopulatedPlace.objects.count():,} places, {Facility.objects.count():,} facilities"
        )
        connection.close()
        print("| command | s | MB | database, MB | |\n|---|---:|---:|---:|---|", flush=True)
        for command in commands(options.side):
            if options.only in " ".join(command):
                print(run(command, name, url), flush=True)
    finally:
        if not options.keep:
            connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    main()
