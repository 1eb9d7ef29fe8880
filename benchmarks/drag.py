"""Drag one facility over the map and see the county's coverage again: the round trip as the browser has it.

    DATABASE_URL=… python benchmarks/drag.py               makes a database of its own on that server, and drops it
    … --side 60 --places 2000 --facilities 20              a small one

About 100 thousand crossings. A server of one process is started, a planner opens “what if” in Chromium, takes a facility and moves
it step by step; the next step is made when the answer of the last one is on the screen. Told of each step: from the asking of the
question until the figures and the circles are painted, and how much of it passed until the answer was there. Aim: under 200 ms.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import million  # sets Django up
from django.conf import settings
from django.db import connection
from django.test import Client

from facilities.models import Facility
from geo_registry.accounts.models import Office, Role, User
from geo_registry.territory.models import Division, Road

BACKEND = "geo_registry.accounts.backends.PolicyBackend"
WATCH = """() => {
  window.painted = [];
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    const asked = performance.getEntriesByType('resource').filter(one => one.name.includes('/what-if/answer/')).at(-1);
    window.painted.push([performance.now() - asked.startTime, asked.responseEnd - asked.startTime]);
  }))).observe(document.querySelector('[data-whatif]'), { attributes: true, attributeFilter: ['data-took'] });
}"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def cookie() -> dict[str, str]:
    """Return the session of a planner of the county."""
    home = Division.objects.get(code="990201")
    office, _new = Office.objects.get_or_create(name="民政局", division=home)
    person, _new = User.objects.get_or_create(
        username="dragging", defaults={"role": Role.PLANNER, "office": office}
    )
    client = Client()
    client.force_login(person, backend=BACKEND)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
    }


def serving(url: str, port: int) -> subprocess.Popen[bytes]:
    """Start a server on the database and wait until it answers."""
    process = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "manage.py"),
            "runserver",
            "--noreload",
            "--insecure",
            f"127.0.0.1:{port}",
        ],
        env=os.environ | {"DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        if process.poll() is not None:
            break
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.2)
    process.kill()
    raise SystemExit("the server did not begin to answer")


def dragged(port: int, session: dict[str, str], steps: int) -> list[list[float]]:
    """Drag a facility near the middle of the map; return milliseconds until painted and until answered, a step each."""
    from playwright.sync_api import sync_playwright

    origin = f"http://127.0.0.1:{port}"
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"]
        )
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        context.add_cookies([{**session, "url": origin}])
        page: Any = context.new_page()
        page.set_default_timeout(300_000)
        page.goto(
            f"{origin}/planner/what-if/?network=elderly-care&within=15&group=age60&day={million.DAY.isoformat()}"
        )
        page.locator("[data-loaded=true]").wait_for()
        page.evaluate(WATCH)
        area = page.locator("#map").bounding_box()
        middle = (area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
        boxes = [one.bounding_box() for one in page.locator("#map .what-mark").all()]
        near = min(
            (one for one in boxes if one), key=lambda b: abs(b["x"] - middle[0]) + abs(b["y"] - middle[1])
        )
        x, y = near["x"] + near["width"] / 2, near["y"] + near["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(1, steps + 4):
            before = page.evaluate("window.painted.length")
            page.mouse.move(x + 4 * step, y + 2 * step)
            page.wait_for_function(f"() => window.painted.length > {before}")
        page.mouse.up()
        found: list[list[float]] = page.evaluate("window.painted")
        browser.close()
    # The first ones wait for what is compiled when first used.
    return found[3 : 3 + steps]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=320, help="crossings along one side")
    parser.add_argument("--places", type=int, default=20_000)
    parser.add_argument("--facilities", type=int, default=100)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--keep", action="store_true", help="leave the database, and use it if it is there")
    options = parser.parse_args()
    connection.settings_dict["TEST"]["NAME"] = "geo_registry_drag"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=options.keep, serialize=False)
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{connection.settings_dict['NAME']}"
    server = None
    try:
        if not Road.objects.exists():
            million.fill(options)
        session, port = cookie(), free_port()
        print(
            f"{options.side**2:,} crossings, {options.places:,} places, {Facility.objects.count():,} facilities"
        )
        connection.close()
        server = serving(url, port)
        found = dragged(port, session, options.steps)
        painted, answered = (sorted(column) for column in zip(*found, strict=True))
        print("| a step, ms | median | 90 % | longest |\n|---|---:|---:|---:|")
        for name, values in (("until painted", painted), ("until answered", answered)):
            print(
                f"| {name} | {statistics.median(values):.0f} | {values[int(0.9 * (len(values) - 1))]:.0f} | {values[-1]:.0f} |"
            )
        print(f"under 200 ms: {sum(value < 200 for value in painted)} of {len(painted)}")
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)
        if not options.keep:
            connection.creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    main()
