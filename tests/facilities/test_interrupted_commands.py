"""Ctrl-C in the middle of a long command, in a process of its own: it ends in a sentence and leaves nothing behind.

Another connection holds a lock, so that the command stands still exactly where the test wants to interrupt it.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from facilities.models import CoveragePlace, CoverageRun, PlanningAnswer
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, east, make_facility

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 120

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world")]


def database_url() -> str:
    settings = connection.settings_dict
    host = settings["HOST"]
    login = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    where = f"{login}@{host}:{settings['PORT'] or 5432}" if not host.startswith("/") else f"{login}@/{host}"
    return f"postgis://{where}/{settings['NAME']}"


def interrupted(table: str, word: str, *command: str) -> tuple[int, str]:
    """Run a command while ``table`` is locked, press Ctrl-C once ``word`` was said, let the table go."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
        process = subprocess.Popen(
            [sys.executable, "-u", str(ROOT / "manage.py"), *command],
            env=os.environ | {"DATABASE_URL": database_url()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        said: list[str] = []
        heard = threading.Event()

        def listen() -> None:
            for line in process.stderr:
                said.append(line)
                if line.startswith(word):
                    heard.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        assert heard.wait(WAIT_S), "".join(said)
        time.sleep(1.0)  # until it stands before the lock
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    process.wait(WAIT_S)
    listener.join(WAIT_S)
    process.stderr.close()
    return process.returncode, "".join(said)


def asked(network, walk, *more):
    return ["--network", network.code, "--profile", walk.code, "--date", DAY.isoformat(), *more]


def test_coverage_interrupted_while_it_saves_leaves_no_half_run(network, walk):
    table = CoveragePlace._meta.db_table
    code, said = interrupted(table, "[4/5]", "compute_coverage", *asked(network, walk))
    assert code == 130, said
    assert "什么都没有保存" in said or "nothing was saved" in said
    assert "Traceback" not in said
    assert not CoverageRun.objects.exists()
    assert not CoveragePlace.objects.exists()


def test_siting_interrupted_while_it_reads_saves_no_answer(network, walk, towns):
    make_facility("S2", "station-test", east(1500), towns[1], since=dt.date(2020, 1, 1))
    command = ["propose_sites", "--objective", "p-median", "--sites", "1", *asked(network, walk)]
    code, said = interrupted("territory_populatedplace", "[0/4]", *command)
    assert code == 130, said
    assert "Traceback" not in said
    assert not PlanningAnswer.objects.exists()


def test_scenarios_interrupted_while_they_are_saved_leave_no_answer(network, walk):
    table = PlanningAnswer._meta.db_table
    code, said = interrupted(table, "[2/3]", "compare_scenarios", *asked(network, walk, "--close", "S1"))
    assert code == 130, said
    assert "什么都没有保存" in said or "nothing was saved" in said
    assert "Traceback" not in said
    assert not PlanningAnswer.objects.exists()
