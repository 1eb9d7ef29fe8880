"""A site in processes of its own, with a database cluster of its own that may be restarted, filled and killed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from tests.migrated import kept_database
from tests.upgrade.dump import client, client_environment

ROOT = Path(__file__).resolve().parents[2]
_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{socket}'
max_connections = 60
shared_buffers = 64MB
jit = off
lc_messages = 'C'
"""


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, the newest with PostGIS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


@dataclass
class Cluster:
    """A PostgreSQL server that belongs to the test alone; run by root it runs as the system's user postgres."""

    folder: Path
    programs: Path
    role: str = "postgres"
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": f"{os.defpath}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    )

    @property
    def url(self) -> str:
        """DATABASE_URL of its database."""
        return f"postgis://{self.role}@/{self.folder}/registry"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = [
                "runuser",
                "-u",
                "postgres",
                "--",
                "env",
                *(f"{k}={v}" for k, v in self.environment.items()),
                *command,
            ]
        done = subprocess.run(
            command, cwd="/", env=self.environment, capture_output=True, text=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-600:]}")
        return done

    def make(self) -> None:
        """Make the cluster and its database, empty but for the extensions."""
        if os.geteuid() == 0:
            who = pwd.getpwnam("postgres")
            os.chown(self.folder, who.pw_uid, who.pw_gid)
        data = self.folder / "data"
        self._run(
            "initdb",
            "-D",
            str(data),
            "-U",
            "postgres",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--auth",
            "trust",
            "-N",
        )
        with (data / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION.format(socket=self.folder))
        self.start()
        with contextlib.closing(self.connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE registry")
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            for extension in ("postgis", "pg_trgm", "btree_gist"):
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")

    def connect(self, database: str = "registry") -> Any:
        """Open a connection, outside transactions."""
        connection = psycopg2.connect(host=str(self.folder), user=self.role, dbname=database)
        connection.autocommit = True
        return connection

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        # What it writes must not go into our pipe, which it would keep open.
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-l",
            str(self.folder / "log"),
            "-w",
            "-t",
            "60",
            "start",
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "-t", "60", "stop")

    def restart(self, mode: str = "fast") -> None:
        """Stop and start it."""
        self.stop(mode)
        self.start()


@dataclass
class Site:
    """A web server and a worker on a cluster."""

    cluster: Cluster
    folder: Path
    port: int
    environment: Mapping[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def start_web(self) -> None:
        """Start the web server."""
        self._start(
            "web",
            [sys.executable, "-m", "gunicorn", "-c", "python:geo_registry.gunicorn", "geo_registry.wsgi"],
        )

    def start_worker(self) -> None:
        """Start a worker."""
        self._start("worker", [sys.executable, "manage.py", "work_jobs", "--poll", "0.2", "--reap", "1"])

    def _start(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Kill one of them without a word."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def get(self, path: str, *, timeout: float = 30) -> tuple[int, bytes]:
        """Return status and body of a page; status 0 where there was no answer."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, ValueError):
            return 0, b""

    def wait_until(self, path: str, status: int = 200, *, seconds: float = 60) -> float:
        """Wait until a page answers so; return how long that took.

        Raises
        ------
        TimeoutError
            If it does not.
        """
        begun = time.monotonic()
        while (found := self.get(path, timeout=5))[0] != status:
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"{path} answers {found} and not {status} after {seconds} s")
            time.sleep(0.2)
        return time.monotonic() - begun

    def manage(self, *arguments: str) -> str:
        """Run a management command."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True,
            timeout=240, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stderr[-1500:]}")
        return done.stdout


def copied_tables(cluster: Cluster) -> None:
    """Give a cluster's empty database the tables of the kept, migrated one: a fraction of the time that migrations take."""
    name = kept_database()
    dump = subprocess.run(
        client(name, "pg_dump", "--no-owner", "--no-comments", "--exclude-table=spatial_ref_sys"),
        env=client_environment(), capture_output=True, check=True,
    ).stdout  # fmt: skip
    command = ["psql", "-q", "-X", "-h", str(cluster.folder), "-U", cluster.role, "-d", "registry", "-f", "-"]
    subprocess.run(command, input=dump, capture_output=True, check=True)


def free_port() -> int:
    """Return a port that nobody serves at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_site(folder: Path, *, database_folder: Path | None = None, **environment: str) -> Iterator[Site]:
    """Make a cluster and a migrated, empty registry; serve it; end all of it.

    Parameters
    ----------
    folder
        For the site's files and logs.
    database_folder
        For the cluster; a folder that the system's user postgres can enter.

    Raises
    ------
    RuntimeError
        If PostgreSQL's server programs are not installed.
    """
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL's server programs are not installed")
    # The address of a socket may have a hundred letters.
    own = database_folder or Path(
        subprocess.check_output(["mktemp", "-d", "/tmp/geo-faults-XXXXXX"], text=True).strip()
    )
    own.chmod(0o755)
    cluster = Cluster(own, programs)
    try:
        cluster.make()
        copied_tables(cluster)
        port = free_port()
        site = Site(
            cluster, folder, port,
            {
                **os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "geo_registry.settings.local",
                "GEO_REGISTRY_VAR": str(folder / "var"), "PORT": str(port), "BIND": "127.0.0.1", "WEB_WORKERS": "2",
                "API_RATE_PER_MINUTE": "0", "JOB_HEARTBEAT_TIMEOUT_S": "6", "LOG_FORMAT": "json", "LOG_LEVEL": "WARNING",
                "PYTHONPATH": str(ROOT), "ATTACHMENTS_RESERVE_MB": "0", **environment,
            },
        )  # fmt: skip
        try:
            yield site
        finally:
            for name in list(site.processes):
                site.kill(name)
    finally:
        with contextlib.suppress(RuntimeError):
            cluster.stop("immediate")
        if database_folder is None:
            shutil.rmtree(own, ignore_errors=True)
