"""Ten thousand names accepted as standard ones in one reviewed change, and taken back, as the worker does it; many names reviewed.

``DATABASE_URL=… python benchmarks/name_batches.py`` makes a database of its own on that server, fills it, measures, and drops
it (``--names 1000`` for a small one). The names are streets, lanes and hamlets of a county, of two or three characters of a few
dozen, so that most are like others. Measured are the steps of the change with the checks, progress and history on, by the clock
and by processor time of this process and of the database's; the most memory this process took; and the step from one name to
the next in the review, as the page's script asks for it, through Django's test client.

Stops if a name is not as it should be: accepted with author and day, blocked and left alone, taken back; or if an event is
missing.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import datetime
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_registry.settings.test")

import django

django.setup()  # before anything that has models

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

from geo_registry.accounts.models import Role, User
from geo_registry.territory.models import Division, Road
from placenames.models import Name, NameBatch, NameReview, Place, PlaceKind
from placenames.naming import split_name
from placenames.services import batches, reviewing
from placenames.services.index import refresh_keys
from placenames.services.making import fresh_short_ids
from placenames.services.reviewing import Chosen
from placenames.services.spellings import propose_spellings
from tests import factories
from tests.migrated import kept_database

CHARACTERS = "兴星新信长常昌平安宁康乐东西南北中大太古城金银铜铁木水火土福禄寿喜丰华光明永和顺天地人文武"
TERMS = {"road": "路", "lane": "巷", "hamlet": "庄"}
VILLAGES = 200
MIB = 1024


def fill(count: int) -> tuple[User, User]:
    """A county of two hundred villages in a grid, each street of its own line."""
    chance = random.Random(7)
    call_command("load_reference", verbosity=0)
    county = factories.CountyFactory(code="990101", name="大县")
    factories.InstallationFactory(home_division=county)
    villages = []
    for t in range(VILLAGES // 20):
        town = factories.TownshipFactory(code=f"990101{t:03d}", name=f"{CHARACTERS[t]}河镇", parent=county)
        villages += [
            factories.DivisionFactory(
                code=f"{town.code}{v + 200}", name=f"{CHARACTERS[v]}桥村", parent=town, level=5
            )
            for v in range(20)
        ]
    office = factories.OfficeFactory(division=county)
    kinds = {kind.code: kind for kind in PlaceKind.objects.filter(code__in=TERMS)}
    lexicon = PlaceKind.objects.lexicon()
    codes = [chance.choice(list(TERMS)) for _i in range(count)]
    places, roads, names = [], [], []
    for i, (code, short_id) in enumerate(zip(codes, fresh_short_ids(count), strict=True)):
        west, south = 105.5 + (i % 200) * 0.004, 37.5 + (i // 200) * 0.004
        village = villages[i % len(villages)]
        point = factories.line((west, south), (west + 0.002, south))
        places.append(
            Place(
                kind=kinds[code],
                division=village,
                short_id=short_id,
                geometry=None if code != "hamlet" else point,
            )
        )
        roads.append(Road(geometry=point, division=village, length_m=170.0) if code != "hamlet" else None)
    Place.objects.bulk_create(places)
    Road.objects.bulk_create(road for road in roads if road is not None)
    Place.roads.through.objects.bulk_create(
        Place.roads.through(place_id=place.pk, road_id=road.pk)
        for place, road in zip(places, roads, strict=True)
        if road is not None
    )
    for place, code in zip(places, codes, strict=True):
        text = "".join(chance.choice(CHARACTERS) for _i in range(chance.choice((2, 2, 2, 3)))) + TERMS[code]
        parts = split_name(text, lexicon)
        names.append(
            Name(
                place=place,
                text=text,
                specific=parts.specific,
                generic=parts.generic,
                status=Name.Status.RECORDED,
            )
        )
    Name.objects.bulk_create(names)
    refresh_keys(name_ids=[name.pk for name in names])
    propose_spellings()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return (
        factories.UserFactory(username="审核员", role=Role.REVIEWER, office=office),
        factories.UserFactory(username="地名员", role=Role.NAME_OFFICER, office=office),
    )


def database_s() -> float:
    """Return the processor time of this connection's process in the database, which is on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print how long a step took."""
    clock, own, theirs = time.perf_counter(), time.process_time(), database_s()
    yield
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
    print(
        f"{what:34} {time.perf_counter() - clock:8.1f} s, processor {time.process_time() - own:6.1f} s, "
        f"database {database_s() - theirs:6.1f} s, at most {memory:5.0f} MiB",
        flush=True,
    )


class Told:
    """Progress as the job shows it: how often it was told, and the longest silence."""

    def __init__(self) -> None:
        self.times, self.last, self.longest = 0, time.perf_counter(), 0.0

    def step(self, _done: int, _total: int | None, _message: str = "") -> None:
        """Take a step in."""
        now = time.perf_counter()
        self.times, self.longest, self.last = self.times + 1, max(self.longest, now - self.last), now


def change(reviewer: User, count: int) -> None:
    """Check, accept and take back all names."""
    told = Told()
    with measured("preview"):
        shown = reviewing.preview(user=reviewer, action="accept", chosen=Chosen())
    batch = batches.begin(user=reviewer, action="accept", chosen=Chosen(), token=shown.token)
    with measured("checks of all names"):
        batches.check(batch=batch, user=reviewer, progress=told)  # type: ignore[arg-type]
    counts = batches.counts(batch)
    print(f"{counts}, progress told {told.times} times, longest silence {told.longest:.1f} s")
    batch.refresh_from_db()
    batch = batches.decide(
        batch=batch, user=reviewer, authority="大县人民政府", approved_on=datetime.date(2025, 5, 1)
    )
    with measured("the change"):
        batches.carry_out(batch=batch, user=reviewer, progress=told)  # type: ignore[arg-type]
    accepted = Name.objects.filter(status="standard", place__approved_by="大县人民政府").count()
    left = Name.objects.filter(status="recorded").count()
    assert (accepted, left) == (counts["chosen"], counts["left"]), (accepted, left, counts)
    events = Name.pgh_event_model.objects.filter(pgh_label="update", status="standard")
    assert events.count() == accepted, "a change without its event"
    batch.refresh_from_db()
    with measured("taking it back"):
        batches.undo(batch=batch, user=reviewer, progress=told)  # type: ignore[arg-type]
    assert Name.objects.filter(status="recorded").count() == count
    assert not Place.objects.exclude(approved_by="").exists()
    NameBatch.objects.all().delete()


def review(officer: User, steps: int) -> None:
    """Go from name to name as Enter does."""
    client = Client()
    client.force_login(officer, backend="geo_registry.accounts.backends.PolicyBackend")
    address = reverse("naming:review")
    page = client.get(address)
    clocks, owns, queries = [], [], []
    for _step in range(steps):
        name = page.context["name"]
        clock, own = time.perf_counter(), time.process_time()
        with CaptureQueriesContext(connection) as context:
            page = client.post(address, {"name": name.pk, "outcome": "fine"}, headers={"X-Part": "queue"})
        clocks.append(time.perf_counter() - clock)
        owns.append(time.process_time() - own)
        queries.append(len(context.captured_queries))
    assert NameReview.objects.count() == steps
    print(
        f"{'from one name to the next':34} {statistics.median(clocks) * 1000:.0f} ms (median), processor "
        f"{statistics.median(owns) * 1000:.0f} ms, {statistics.median(queries):.0f} statements; slowest {max(clocks) * 1000:.0f} ms"
    )


def main() -> None:
    """Fill, measure, drop."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--only", choices=["change", "review"])
    options = parser.parse_args()
    setup_test_environment()
    connection.settings_dict["TEST"]["TEMPLATE"] = kept_database()
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with measured("filling"):
            reviewer, officer = fill(options.names)
        print(f"{Name.objects.count():,} names, {Division.objects.count():,} divisions")
        if options.only != "review":
            change(reviewer, options.names)
        if options.only != "change":
            review(officer, options.steps)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
