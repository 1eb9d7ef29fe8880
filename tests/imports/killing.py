"""An import that something is killed in the middle of: how it is brought about, and what must be seen afterwards."""

from __future__ import annotations

import time

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.imports.models import Batch, BatchRow
from geo_registry.imports.registry import kind_of
from geo_registry.imports.services import flow
from geo_registry.jobs.models import Job, JobState
from geo_registry.territory.models import Installation, PopulatedPlace, PopulationCount
from tests.factories import CountyFactory, OfficeFactory, UserFactory, point, square
from tests.jobs.test_worker import worker

ROWS = 15_000
WAIT_S = 240
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
NOTHING_TAKEN_IN = "文件没有导入任何内容，登记库保持原样。"


def make_county():
    home = CountyFactory(
        code="990001", name="试验县", boundary=square(106.0, 38.0, half_deg=0.2), point=point()
    )
    Installation.objects.create(home_division=home)
    return home


def bring_many_rows(county, folder):
    """Return a batch of many rows that is previewed and waits to be taken in, and the person who brought it."""
    planner = UserFactory(role=Role.PLANNER, office=OfficeFactory(division=county))
    lines = ["编号,名称,经度,纬度,统计日期,常住人口,行政区划代码"]
    lines += [
        f"H{n},庄{n},{105.9 + (n % 100) * 1e-3:.4f},38.0,2024-12-31,{n % 200},990001" for n in range(ROWS)
    ]
    file = SimpleUploadedFile("庄.csv", "\n".join(lines).encode("utf-8-sig"))
    batch = flow.upload(user=planner, kind=kind_of("population"), files=[file])
    with worker(folder):
        ended(batch)
        flow.preview(user=planner, batch=batch, options={"source_crs": "EPSG:4490"})
        assert ended(batch).state == JobState.SUCCEEDED
    batch.refresh_from_db()
    assert (batch.state, batch.count_new) == (Batch.State.PREVIEW, ROWS)
    return batch, planner


def wait_for(seen, what):
    deadline = time.monotonic() + WAIT_S
    while not (found := seen()):
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)
    return found


def ended(batch):
    def look():
        job = Job.objects.get(pk=Batch.objects.values_list("job", flat=True).get(pk=batch.pk))
        return job if job.is_finished else None

    return wait_for(look, "the work had ended")


def in_the_middle(batch):
    """Wait until the commit has written some of its rows, and is not done."""

    def look():
        job = Job.objects.get(pk=Batch.objects.values_list("job", flat=True).get(pk=batch.pk))
        assert not job.is_finished, "it was done before anybody could kill it"
        return job.done >= ROWS // 3

    wait_for(look, "the import was in its middle")


def page(batch, person):
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client.get(reverse("imports:batch", args=[batch.pk])).content.decode()


def nothing_is_there(batch, person):
    assert not PopulatedPlace.objects.exists()
    assert not PopulationCount.objects.exists()
    assert not BatchRow.objects.exists()
    batch.refresh_from_db()
    assert batch.state == Batch.State.PREVIEW
    assert NOTHING_TAKEN_IN in page(batch, person)


def all_is_taken_in_at_the_next_try(batch, person, folder):
    flow.commit(user=person, batch=batch)
    with worker(folder):
        assert ended(batch).state == JobState.SUCCEEDED
    batch.refresh_from_db()
    assert batch.state == Batch.State.COMMITTED
    assert PopulatedPlace.objects.count() == ROWS
    assert NOTHING_TAKEN_IN not in page(batch, person)
