"""Lists of fifty thousand facilities: ours beside Django's own changelist on the same rows, the same rows compared.

Run ``script/manage`` is not needed: ``DATABASE_URL=… python benchmarks/lists.py`` makes a database of its own on that server, fills
it, measures, and drops it (``--facilities 5000`` for a small one). Each figure is a whole request through Django's test client,
middleware, policy and template included; ``--rounds`` of each, the first left out. ``--part`` measures one part alone (lists,
sorts, files, changes), ``--keep`` leaves the database for the next part.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import datetime
import io
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_registry.settings.test")

import django

django.setup()  # before anything that has models

import openpyxl
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse
from django.utils import timezone, translation

from facilities.models import (
    CapacityReading,
    Facility,
    FacilityOperator,
    FacilityStatus,
    Kind,
    Measure,
    Status,
)
from facilities.services import bulk, list_export, list_search
from facilities.services.list_columns import COLUMNS
from facilities.services.list_query import ListQuery
from geo_registry.accounts.models import Role, User
from geo_registry.reference import loading
from tests import factories

SURNAMES = "马王李张白崇梧桐郝家桥宁东塔灵武城西湖兴业隆辰人民长流水滩土岗"
TOWNSHIPS, VILLAGES = 40, 25


def fill(count: int) -> User:
    """Forty townships of twenty-five villages, and facilities with two statuses, an operator and readings each.

    Without the triggers that write the history: nothing here reads it.
    """
    with connection.cursor() as cursor:
        for model in (Facility, FacilityStatus, FacilityOperator, CapacityReading):
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DISABLE TRIGGER USER')
    chance = random.Random(7)
    county = factories.CountyFactory(code="990101", name="大县")
    factories.InstallationFactory(home_division=county)
    network = factories.NetworkFactory(code="elderly-care")
    tier = factories.TierFactory(network=network)
    kinds = [factories.KindFactory(code=f"kind-{i}", tier=tier, position=i) for i in range(12)]
    villages = []
    for t in range(TOWNSHIPS):
        town = factories.TownshipFactory(
            code=f"990101{t:03d}", name=f"{chance.choice(SURNAMES)}{t}镇", parent=county
        )
        villages += [
            factories.DivisionFactory(
                code=f"990101{t:03d}{v:03d}", name=f"{chance.choice(SURNAMES)}{v}村", parent=town
            )
            for v in range(VILLAGES)
        ]
    made = Facility.objects.bulk_create(
        [
            Facility(
                number=f"F{i:06d}",
                name="".join(chance.choices(SURNAMES, k=4))
                + chance.choice(["助餐点", "日间照料中心", "养老服务站"]),
                kind=chance.choice(kinds),
                division=chance.choice(villages),
                address=f"{chance.choice(SURNAMES)}路{chance.randrange(900)}号",
                opening_hours="Mo-Su 11:00-13:00" if chance.random() < 0.8 else "",
                location=factories.point(106 + chance.random(), 38 + chance.random())
                if chance.random() < 0.95
                else None,
                published=chance.random() < 0.7,
            )
            for i in range(count)
        ],
        batch_size=2000,
    )
    day = datetime.date(2020, 1, 1)
    statuses = []
    for facility in made:
        statuses.append(FacilityStatus(facility=facility, status=Status.OPEN, valid_from=day))
        if chance.random() < 0.3:
            later = day + datetime.timedelta(days=chance.randrange(1, 1500))
            statuses.append(
                FacilityStatus(
                    facility=facility, status=chance.choice(["paused", "closed"]), valid_from=later
                )
            )
    FacilityStatus.objects.bulk_create(statuses, batch_size=5000)
    FacilityOperator.objects.bulk_create(
        [
            FacilityOperator(facility=f, name=f"{chance.choice(SURNAMES)}{chance.randrange(500)}公司")
            for f in made
        ],
        batch_size=5000,
    )
    CapacityReading.objects.bulk_create(
        [
            CapacityReading(facility=f, measure=Measure.MEALS_SERVED, as_of=day, total=chance.randrange(90))
            for f in made
        ],
        batch_size=5000,
    )
    list_search.refresh_keys()
    loading.load(loading.shipped_files())
    with connection.cursor() as cursor:
        for model in (Facility, FacilityStatus, FacilityOperator, CapacityReading):
            cursor.execute(f'ALTER TABLE "{model._meta.db_table}" ENABLE TRIGGER USER')
        cursor.execute("ANALYZE")
    return User.objects.create_user("bench", role=Role.ADMINISTRATOR)


def measured(act: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the median and the 95th percentile in milliseconds."""
    act()
    times = []
    for _round in range(rounds):
        begun = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - begun))
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(0.95 * len(times)))]


def same_rows(client: Client, ours: str, theirs: str) -> None:
    """Stop where the two lists do not show the same facilities, or do not count the same."""
    a, b = client.get(ours).context, client.get(theirs).context["cl"]
    shown = [row.facility.number for row in a["rows"]]
    listed = [facility.number for facility in b.result_list]
    if shown != listed or a["page"].total != b.result_count:
        raise SystemExit(
            f"{ours} and {theirs} differ: {a['page'].total} {shown[:3]} … {b.result_count} {listed[:3]}"
        )


def plain_xlsx() -> bytes:
    """Write what a script of a few lines would: the same eight columns, one query, openpyxl as it comes."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    rows = Facility.objects.with_status(timezone.localdate()).order_by("number")
    for row in rows.values_list(
        "number",
        "name",
        "kind__name_zh",
        "division__parent__name",
        "division__name",
        "status",
        "status_since",
        "published",
    ).iterator(chunk_size=2000):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cells(content: bytes, first: int) -> list[tuple[object, ...]]:
    """Return number, name, kind, township, village of each row, from the row that is the first facility's."""
    rows = (
        openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True)
    )
    return [row[:5] for row in rows if str(row[0]).startswith("F0")][first:]


def tell(name: str, whose: str, p50: float, p95: float, peer: float | None = None) -> None:
    """Print a line, with how often ours goes into the peer's."""
    ratio = f"   {peer / p50:5.1f} x" if peer is not None else ""
    print(f"{name:32} {whose:10} p50 {p50:7.0f} ms   p95 {p95:7.0f} ms{ratio}", flush=True)


def compare(client: Client, size: int, rounds: int) -> None:
    """Lists that Django's changelist can show as well: the same rows first, then the times of both."""
    page, admin = reverse("facilities:list"), reverse("admin:facilities_facility_changelist")
    last = (size - 1) // 50 + 1
    pairs = {
        "first page": (page, f"{admin}?o=2"),
        "last page": (f"{page}?last=1", f"{admin}?o=2&p={last}"),
        "status: open": (f"{page}?status=open", f"{admin}?o=2&status=open"),
        "status: paused": (f"{page}?status=paused", f"{admin}?o=2&status=paused"),
        "network": (f"{page}?network=elderly-care", f"{admin}?o=2&network=elderly-care"),
        "published": (f"{page}?published=yes", f"{admin}?o=2&published__exact=1"),
        "kind": (f"{page}?kind=kind-3", f"{admin}?o=2&kind__id__exact={Kind.objects.get(code='kind-3').pk}"),
        "without a point": (f"{page}?missing=location", f"{admin}?o=2&location__isempty=1"),
        "search by number": (f"{page}?q=F0123", f"{admin}?o=2&q=F0123"),
    }
    for name, (ours, theirs) in pairs.items():
        if name == "last page":
            ours_last = [row.facility.number for row in client.get(ours).context["rows"]]
            if size % 50 or ours_last != [f.number for f in client.get(theirs).context["cl"].result_list]:
                raise SystemExit("the last pages differ; take a multiple of 50 facilities")
        else:
            same_rows(client, ours, theirs)
        p50, p95 = measured(lambda address=ours: client.get(address), rounds)  # type: ignore[misc]
        peer50, peer95 = measured(lambda address=theirs: client.get(address), rounds)  # type: ignore[misc]
        tell(name, "list", p50, p95, peer50)
        tell(name, "changelist", peer50, peer95)


def alone(client: Client, rounds: int) -> None:
    """What no changelist shows: every sort from both ends, and the other filters."""
    page = reverse("facilities:list")
    addresses = {
        "a township, in operation": f"{page}?in=990101007&status=open",
        "tier": f"{page}?level=5",
        "status on a day long ago": f"{page}?status=open&day=2021-06-30",
        "no hours": f"{page}?missing=hours",
        "no operator": f"{page}?missing=operator",
        "no figure": f"{page}?missing=capacity",
        "search in Pinyin": f"{page}?q=changliu",
        "search in characters": f"{page}?q=长流水",
        "figures, operator and totals": f"{page}?col=number&col=name&col=meals_served&col=operator",
        "all columns": f"{page}?" + "&".join(f"col={code}" for code in COLUMNS),
    }
    for code, column in COLUMNS.items():
        if column.order and column.measure is None:
            addresses[f"sorted by {code}"] = f"{page}?sort={code}"
    addresses |= {
        "sorted by meals served": f"{page}?sort=-meals_served",
        "sorted by name, last page": f"{page}?sort=name&last=1",
        "sorted by status, last page": f"{page}?sort=status&last=1",
    }
    for name, address in addresses.items():
        tell(name, "list", *measured(lambda address=address: client.get(address), rounds))  # type: ignore[misc]


def files(user: User) -> None:
    """All rows as XLSX, ours and a bare script's."""
    begun = time.perf_counter()
    content = list_export.list_xlsx(ListQuery(), user=user)
    took = time.perf_counter() - begun
    begun = time.perf_counter()
    plain = plain_xlsx()
    peer = time.perf_counter() - begun
    if cells(content, 0) != cells(plain, 0):
        raise SystemExit("the two spreadsheets differ")
    print(f"{'all as XLSX':32} {'list':10} {took:7.1f} s, {len(content) / 1e6:.1f} MB   {peer / took:5.1f} x")
    print(f"{'all as XLSX':32} {'bare':10} {peer:7.1f} s, {len(plain) / 1e6:.1f} MB")


def changes(user: User, count: int) -> None:
    """Many facilities changed at once: looked at, changed, taken back; the clock, and the processor time of this process."""
    pks = list(Facility.objects.order_by("number").values_list("pk", flat=True)[:count])
    for name, change in (
        ("a contact's role", {"sort": "contact_role", "value": "站长", "reason": "统一称谓"}),
        (
            "a status",
            {
                "sort": "status",
                "value": "idle",
                "day": timezone.localdate().isoformat(),
                "reason": "普查",
                "document": "",
            },
        ),
    ):
        edit = bulk.choose(user=user, facility_ids=pks, query="")
        for step, act in (
            ("looked at", lambda edit=edit, change=change: bulk.preview(edit=edit, change=change, user=user)),
            ("changed", lambda edit=edit: bulk.apply(edit=edit, user=user)),
            ("taken back", lambda edit=edit: bulk.undo(edit=edit, user=user)),
        ):
            begun, processor = time.perf_counter(), time.process_time()
            act()  # type: ignore[no-untyped-call]
            took, processor = time.perf_counter() - begun, time.process_time() - processor
            said = ", ".join(f"{count} {outcome}" for outcome, _label, count in bulk.counts(edit.rows.all()))
            print(f"{name}, {len(pks)} {step:12} {took:6.1f} s ({processor:.1f} s)   {said}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--facilities", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--part", choices=["lists", "sorts", "files", "changes"])
    parser.add_argument("--changes", type=int, default=bulk.MOST)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=True)
    try:
        if Facility.objects.count() == options.facilities:
            user = User.objects.get(username="bench")
        else:
            begun = time.perf_counter()
            user = fill(options.facilities)
            print(f"{options.facilities} facilities made in {time.perf_counter() - begun:.0f} s", flush=True)
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(user, backend="geo_registry.accounts.backends.PolicyBackend")
        parts = {
            "lists": lambda: compare(client, options.facilities, options.rounds),
            "sorts": lambda: alone(client, options.rounds),
            "files": lambda: files(user),
            "changes": lambda: changes(user, options.changes),
        }
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
        with translation.override("zh-hans"):
            for name, measure in parts.items():
                if options.part in {None, name}:
                    measure()
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    finally:
        if not options.keep:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    main()
