"""``script/server`` as a person meets it: the first start, the second, Ctrl-C, a kill, two at once.

Everything happens in a folder of data of its own: another database cluster, another port.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from geo_registry.accounts.models import Role

ROOT = Path(__file__).resolve().parents[2]
OURS = ("GEO_REGISTRY_VAR", "DATABASE_URL", "DJANGO_SETTINGS_MODULE", "NUMBA_CACHE_DIR", "BIND", "DEMO")

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One run of ``script/server``."""

    def __init__(self, var: Path, port: int, **environment: str) -> None:
        self.var, self.port = var, port
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {"GEO_REGISTRY_VAR": str(var), "PORT": str(port)} | environment
        self.said = var.parent / f"said-{time.monotonic_ns()}.txt"
        self.begun = time.monotonic()
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [str(ROOT / "script" / "server")],
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def wait_until_serving(self, seconds: float) -> float:
        """Wait for the address to be printed, and return how long that took."""
        while time.monotonic() - self.begun < seconds:
            if "Geo Registry serves at" in self.output:
                return time.monotonic() - self.begun
            if self.process.poll() is not None:
                pytest.fail(f"it ended with {self.process.returncode}:\n{self.output}")
            time.sleep(0.02)
        return pytest.fail(f"it does not serve after {seconds} s:\n{self.output}")

    def get(self, path: str = "/") -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return int(answer.status)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=120)  # a machine may be busy; that it ends is what is tested

    def ids(self) -> set[int]:
        """Processes that work on this folder of data, database included."""
        found = set()
        database = database_home(self.var)
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    command = (entry / "cmdline").read_bytes()
                    environment = (entry / "environ").read_bytes().split(b"\0")
                    ours = f"GEO_REGISTRY_VAR={self.var}".encode() in environment
                    if (ours and b"script/test" not in command) or str(database).encode() in command:
                        found.add(int(entry.name))
        return found - {os.getpid()}


def database_home(var: Path) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/geo-registry") / (
            hashlib.sha256(str(var).encode()).hexdigest()[:12] + "-server"
        )
    return var / "db-server"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """A folder of data, with what was made of it elsewhere taken away at the end."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("PostgreSQL is not installed on this machine")
    folder = tmp_path_factory.mktemp("served") / "var"
    yield folder
    if os.geteuid() == 0:
        shutil.rmtree(database_home(folder), ignore_errors=True)


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def first(var, port):
    """What the first start printed, and what it took."""
    server = Server(var, port)
    server.seconds = server.wait_until_serving(300)
    server.pages = {path: server.get(path) for path in ("/", "/accounts/login/", "/health/")}
    server.people = {
        line.split()[0]: line.split()[1]
        for line in server.output.splitlines()
        if line.strip().startswith("demo-")
    }
    server.signed_in = {name: sign_in(server, name, password) for name, password in server.people.items()}
    server.status = server.stop()
    server.left = server.ids()
    return server


def sign_in(server: Server, name: str, password: str) -> str:
    """Sign in as a browser does, and return the address that this ends at."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{server.port}/accounts/login/?next=/accounts/"
    page = browser.open(address, timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {
        "csrfmiddlewaretoken": token.group(1),
        "username": name,
        "password": password,
        "next": "/accounts/",
    }
    with browser.open(address, urllib.parse.urlencode(form).encode(), timeout=20) as answer:
        return str(answer.url)


@pytest.fixture
def server(first, var, port):
    """A start after the first; stopped in any case."""
    running = Server(var, port)
    running.seconds = running.wait_until_serving(60)
    yield running
    if running.process.poll() is None:
        running.stop()


def test_the_first_start_serves_the_demo_county(first):
    assert "载入示范县" in first.output
    assert set(first.pages.values()) == {200}


def test_it_prints_an_account_of_each_role_and_each_can_sign_in(first):
    assert len(first.people) == len(Role)
    assert {urllib.parse.urlparse(address).path for address in first.signed_in.values()} == {"/accounts/"}


def test_ctrl_c_stops_all_that_it_started(first):
    assert first.status == 130
    assert "Stopped." in first.output
    assert first.left == set()


def test_a_second_start_installs_and_loads_nothing_again(server, var, port):
    assert server.get() == 200
    server.stop()
    # Each step that has something to do says so with dots; how long a start takes is measured, not tested.
    assert "..." not in server.output.split("Geo Registry serves at")[0]
    assert "demo-planner" in server.output


def test_a_request_to_end_is_obeyed_too(server):
    assert server.stop(signal.SIGTERM) == 143
    assert server.ids() == set()


def test_a_second_one_beside_it_says_so_in_a_sentence(server, var):
    other = Server(var, free_port())
    assert other.process.wait(timeout=20) == 1
    lines = [line for line in other.output.splitlines() if line]
    assert lines[0].startswith("script/server runs in this checkout already")
    assert len(lines) == 2
    assert server.get() == 200


def test_a_busy_port_is_named(first, var):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        other = Server(var, busy.getsockname()[1])
        assert other.process.wait(timeout=20) == 1
    lines = [line for line in other.output.splitlines() if line]
    assert re.match(r"Port \d+ is busy", lines[0])
    assert len(lines) == 2
    assert other.ids() == set()


def test_after_a_kill_the_next_start_recovers(server, var, port):
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    after = Server(var, port)
    after.wait_until_serving(30)
    assert after.get() == 200
    after.stop()
    assert after.ids() == set()


def test_after_everything_is_killed_the_next_start_recovers(server, var, port):
    for pid in server.ids() | {server.process.pid}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    after = Server(var, port)
    after.wait_until_serving(60)
    assert after.get() == 200
    after.stop()


def test_a_worker_that_dies_is_started_again(server, var):
    pid_file = var / "run" / "worker.pid"
    before = int(pid_file.read_text())
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while int(pid_file.read_text() or before) == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert int(pid_file.read_text()) != before
    assert "The background worker was killed (signal 9); it is started again." in server.output
    assert server.get() == 200
