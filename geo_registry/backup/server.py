"""PostgreSQL's own programs, run on the site's database."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _


class BackupError(Exception):
    """A backup that cannot be made or restored: the message says why."""


def run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's on the site's database.

    Raises
    ------
    BackupError
        If it is not installed or fails; the message is its own.
    """
    done = subprocess.run(  # noqa: S603 - no shell, and only what this package names
        [_path_of(program), *arguments],
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()[-800:]}")


def _path_of(program: str) -> str:
    """Return the one of the server's own version, or else the newest.

    An older one refuses to dump; what a newer one restores may begin with settings that the server does not know.
    """
    installed = {
        int(path.parts[4]): str(path) for path in Path("/usr/lib/postgresql").glob(f"[1-9]*/bin/{program}")
    }
    with connection.cursor():
        server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    found = installed.get(server) or (installed[max(installed)] if installed else shutil.which(program))
    if not found:
        raise BackupError(
            _("%(program)s is not installed (Debian: postgresql-client).") % {"program": program}
        )
    return found


def _environment() -> dict[str, str]:
    found = connection.get_connection_params()
    names = {
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGPASSWORD": "password",
        "PGDATABASE": "dbname",
        "PGSSLMODE": "sslmode",
        "PGSSLROOTCERT": "sslrootcert",
    }
    given = {name: str(found[key]) for name, key in names.items() if found.get(key)}
    # What else is set for the site (its secret key) is no business of these programs.
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **given}
