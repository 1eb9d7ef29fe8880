"""What goes wrong on a server goes wrong here, under load: nothing that was answered is lost, and it recovers without a hand."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

import pytest
import requests

from benchmarks.load import MIX, PATIENCE_S, Figures, Request, load
from tests.load.faults import Site, find_programs, running_site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_programs() is None, reason="PostgreSQL's server programs are not installed"),
]

SETUP = """
from geo_registry.accounts.models import Office, Role, User
from geo_registry.territory.models import Division, Installation, Level
from django.contrib.gis.geos import Point
from facilities.models import Network, Tier, Kind, Facility
import datetime
home = Division.objects.create(code="990101", name="甲县", level=Level.COUNTY)
village = Division.objects.create(code="990101101", name="东镇", level=Level.TOWNSHIP, parent=home)
Installation.objects.create(home_division=home)
Office.objects.create(name="甲县民政局", division=home)
User.objects.create_user("admin", "correct-horse-battery", role=Role.ADMINISTRATOR)
kind = Kind.objects.filter(tier__network__public=True).first()
if kind is None:
    network = Network.objects.create(code="n", name_zh="网", public=True)
    tier = Tier.objects.create(network=network, level=4, name_zh="镇级")
    kind = Kind.objects.create(tier=tier, code="k", name_zh="站")
Facility.objects.bulk_create([
    Facility(number=f"F-{n:04}", name=f"{n}号站", kind=kind, division=village, published=True,
             location=Point(106 + n / 10000, 38, srid=4490)) for n in range(300)
])
"""


@pytest.fixture(scope="module")
def disk(tmp_path_factory) -> Iterator[Path | None]:
    """A small disk of the cluster's own that can be filled; none where this user may not mount one."""
    if os.geteuid() != 0:
        yield None
        return
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/geo-disk-XXXXXX"], text=True).strip())
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=420m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        yield folder if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory, disk: Path | None) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site"), database_folder=disk) as made:
        made.manage("collectstatic", "--noinput", "--verbosity", "0")
        made.manage("shell", "-c", SETUP)
        made.start_web()
        made.wait_until("/health/")
        made.start_worker()
        made.wait_until("/ready/")
        yield made


class Writer:
    """An administrator who makes one key after another, and remembers those that the site said it had made."""

    def __init__(self, site: Site) -> None:
        self.site, self.session = site, requests.Session()
        self.session.trust_env = False
        self.made: list[str] = []
        self.refused = 0
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Self:
        address = f"{self.site.address}/accounts/login/"
        page = self.session.get(address, timeout=30)
        form = {
            "username": "admin",
            "password": "correct-horse-battery",
            "csrfmiddlewaretoken": self._token(page.text),
        }
        assert self.session.post(address, form, headers={"Referer": address}, timeout=30).ok
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self._thread.join()

    def _token(self, page: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        return found[1] if found else ""

    def _write(self) -> None:
        while not self.stop.is_set():
            if not self.write():
                self.refused += 1
                time.sleep(0.2)

    def write(self) -> bool:
        """Make one key; say whether the site said that it had."""
        address = f"{self.site.address}/office/operations/keys/"
        with contextlib.suppress(requests.RequestException):
            token = self.session.cookies.get("csrftoken", "")
            day = datetime.date.today() + datetime.timedelta(days=30)
            form = {
                "office": "1", "label": "load", "scopes": "facilities", "expires_on": day.isoformat(),
                "csrfmiddlewaretoken": token,
            }  # fmt: skip
            answer = self.session.post(address, form, headers={"Referer": address}, timeout=30)
            found = re.search(r"data-key>(gr_[0-9a-f]{8})_", answer.text)
            if answer.status_code == 200 and found:
                self.made.append(found[1])
                return True
        return False

    def ask_for_file(self) -> str:
        """Ask for the register as a file, and return the address of the job that is to write it."""
        address = f"{self.site.address}/office/imports/export/"
        form = {
            "kind": "facilities", "format": "csv", "csrfmiddlewaretoken": self.session.cookies.get("csrftoken", ""),
        }  # fmt: skip
        answer = self.session.post(address, form, headers={"Referer": address}, timeout=60)
        assert "/jobs/" in answer.url, (answer.status_code, answer.url)
        return answer.url

    def state_of(self, job: str) -> str:
        """What has become of a job."""
        with contextlib.suppress(requests.RequestException, ValueError):
            return str(self.session.get(f"{job}state", timeout=30).json()["state"])
        return ""

    def lost(self) -> set[str]:
        """What the site said it had made and the database does not have."""
        with contextlib.closing(self.site.cluster.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT prefix FROM operations_accesskey")
            return set(self.made) - {prefix for (prefix,) in cursor.fetchall()}


class Visitors:
    """Visitors who come while something goes wrong; ``figures`` are known once they have gone."""

    def __init__(
        self,
        site: Site,
        state: Callable[[Figures], None],
        *,
        clients: int,
        seconds: float,
        mix: Sequence[Request],
    ) -> None:
        self.figures = Figures()
        self._state = state
        self._thread = threading.Thread(
            target=lambda: self._keep(load(site.address, clients=clients, seconds=seconds, mix=mix)), daemon=True
        )  # fmt: skip

    def _keep(self, figures: Figures) -> None:
        self.figures = figures

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join()
        self._state(self.figures)


@pytest.fixture
def state(record_property, request) -> Callable[[Figures], None]:
    """State how long visitors waited, and hold it to what a client waits at all: a bound that a busy machine keeps.

    docs/benchmarks.md has the figures of a calm one.
    """

    def stated(figures: Figures) -> None:
        said = (
            f"{figures.answered} answers, median {figures.percentile_s(0.5):.2f} s, p95 {figures.percentile_s(0.95):.2f} s,"
            f" failed: {dict(figures.wrong) or 'none'}"
        )
        record_property("figures", said)
        print(f"\n{request.node.name}: {said}")  # noqa: T201 - figures are what such a run is for
        assert figures.answered
        assert figures.percentile_s(0.95) < PATIENCE_S
        assert not [what for what in figures.wrong if what.startswith("wrong answer")]

    return stated


@pytest.fixture
def visitors(site: Site, state) -> Callable[..., Visitors]:
    """Send visitors while something happens."""

    def come(*, clients: int = 20, seconds: float = 8, mix: Sequence[Request] = MIX) -> Visitors:
        return Visitors(site, state, clients=clients, seconds=seconds, mix=mix)

    return come


def test_two_hundred_visitors_are_served_and_nothing_is_wrong(site: Site, state) -> None:
    figures = load(site.address, clients=200, seconds=10)
    state(figures)
    assert dict(figures.wrong) == {}
    assert figures.answered >= 200


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_the_database_restarts_under_load(site: Site, visitors, mode: str) -> None:
    """Visitors may see a failure while it is away, never a wrong answer; what was confirmed is there, also after a crash."""
    with Writer(site) as writer:
        with visitors():
            time.sleep(2)
            site.cluster.restart(mode)
        before = len(writer.made)
        site.wait_until("/ready/")
        until = time.monotonic() + 30
        while len(writer.made) < before + 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(writer.made) >= before + 2
    assert writer.made
    assert writer.lost() == set()
    after = load(site.address, clients=5, seconds=2)
    assert dict(after.wrong) == {}


def test_a_worker_that_is_killed_is_missed_and_another_takes_over(site: Site, visitors) -> None:
    """What was asked for while there was none is done by the next; visitors notice nothing."""
    assert site.get("/ready/")[0] == 200
    with Writer(site) as writer:
        writer.stop.set()
    with visitors() as seen:
        site.kill("worker")
        job = writer.ask_for_file()
        site.wait_until("/ready/", 503, seconds=30)
        assert b"worker" in site.get("/ready/")[1]
        site.start_worker()
        site.wait_until("/ready/", 200, seconds=60)
    assert dict(seen.figures.wrong) == {}
    until = time.monotonic() + 60
    while (found := writer.state_of(job)) != "succeeded" and time.monotonic() < until:
        time.sleep(0.5)
    assert found == "succeeded"


def test_slow_visitors_do_not_stop_the_others(site: Site, state) -> None:
    """Two who never end their question, two who do not read their answer: the proxy in front of a real site keeps off more."""
    slow = []
    for text in (
        b"GET / HTTP/1.1\r\nHost: 127.0",
        b"GET /api/collections/facilities/items?limit=10000&f=json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ):
        for _number in range(2):
            one = socket.create_connection(("127.0.0.1", site.port))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(text)
            slow.append(one)
    try:
        figures = load(site.address, clients=4, seconds=3, mix=MIX[:1] + MIX[-1:])
        state(figures)
        assert dict(figures.wrong) == {}
        assert figures.answered > 4
    finally:
        for one in slow:
            one.close()


@pytest.mark.parametrize("path", ["/api/", "/accounts/login/"])
def test_a_request_of_a_hundred_megabytes_is_refused_and_harms_nobody(
    site: Site, visitors, path: str
) -> None:
    block = b"x" * (1 << 20)
    statuses: list[int] = []
    with visitors(clients=5, seconds=4) as seen, contextlib.suppress(requests.RequestException):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(100 << 20)}
        answer = requests.post(f"{site.address}{path}", data=iter([block] * 100), headers=headers, timeout=60)
        statuses.append(answer.status_code)
    # Refused with a word, or cut off while it was still being sent.
    assert statuses in ([], [400], [403], [405], [413])
    assert dict(seen.figures.wrong) == {}


def test_a_full_disk_refuses_what_it_cannot_keep_and_recovers(
    site: Site, visitors, disk: Path | None
) -> None:
    if disk is None:
        pytest.skip("a small disk can only be made by root, where mounting is allowed")
    writer = Writer(site)
    writer.__enter__()
    writer.stop.set()
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * (1 << 20))
        # What is read is still answered; what is written is kept or refused, never claimed.
        assert site.get("/api/collections/facilities/items?limit=5&f=json")[0] == 200
        with visitors(clients=5, seconds=5):
            for _number in range(40):
                writer.write()
    finally:
        ballast.unlink()
    site.wait_until("/ready/", seconds=60)
    until = time.monotonic() + 60
    while not writer.write() and time.monotonic() < until:
        time.sleep(0.5)
    assert writer.lost() == set()
    assert dict(load(site.address, clients=5, seconds=2).wrong) == {}
