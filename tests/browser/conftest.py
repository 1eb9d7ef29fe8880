"""A real browser that reaches no other host, and notices everything that goes wrong on a page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from geo_registry.accounts.models import User
from tests import little_county

# The live server's thread and playwright's loop share a process: Django must not mistake them for one another.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

PHONE, DESK = (390, 844), (1366, 768)
CHINESE = ("zh-CN", "zh-hans")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.hookimpl(tryfirst=True)  # before -m chooses among the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test; ``BROWSER_RERUNS`` says how often one that failed is tried again.

    A walk that is done in several windows and languages is done once in a quick run, on a phone and in Chinese where it has these;
    the others are slow tests.
    """
    here = Path(__file__).parent
    reruns = int(os.environ.get("BROWSER_RERUNS", "0"))
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
        if reruns:
            item.add_marker(pytest.mark.flaky(reruns=reruns))
    for item in repeated_walks(ours):
        item.add_marker(pytest.mark.slow)


def repeated_walks(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests that differ from another one in nothing but the size of the window or the language."""
    walks: dict[tuple[object, ...], list[tuple[int, pytest.Item]]] = {}
    for item in items:
        call = getattr(item, "callspec", None)
        if call is None:
            continue
        rest, distance = [], 0
        for name, value in sorted(call.params.items()):
            if name in {"size", "language"}:
                distance += value not in (PHONE, *CHINESE)
            else:
                rest.append((name, repr(value)))
        walk = (item.path, getattr(item, "originalname", item.name), *rest)
        walks.setdefault(walk, []).append((distance, item))
    repeated = []
    for found in walks.values():
        found.sort(key=lambda one: one[0])
        repeated += [item for _distance, item in found[1:]]
    return repeated


class Tab:
    """A page and all that went wrong on it."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.problems: list[str] = []
        self.weight: dict[str, bytes] = {}
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def open(self, address: str) -> Any:
        """Open an address of the live server and wait until nothing is loading any more."""
        response = self.page.goto(self.origin + address, wait_until="networkidle")
        assert response is not None
        return response

    def overflow_px(self) -> int:
        """How far the page can be scrolled sideways."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self.page.url}: {problem}")

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self._note(f"another host: {request.url}")

    def _failed(self, request: Any) -> None:
        # A page that is left, or a map that is moved, takes back what it asked for. What a server or a network
        # fails to answer has another name, and a refused answer has a status.
        if "ERR_ABORTED" not in (request.failure or ""):
            self._note(f"failed: {request.url} {request.failure}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.url}")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """One browser for all tests here; every host but this machine is unknown to it."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
        )
        yield browser
        browser.close()


@pytest.fixture
def county(transactional_db) -> little_county.LittleCounty:
    """The little county, where the live server sees it."""
    return little_county.make()


@pytest.fixture
def tab(chromium, live_server, county) -> Callable[..., Any]:
    """Open a tab: ``with tab(size=PHONE, person=…) as t: t.open("/")``."""
    origin = live_server.url.replace("localhost", "127.0.0.1")

    @contextmanager
    def opened(
        *, size: tuple[int, int] = DESK, person: User | None = None, **context_options: Any
    ) -> Iterator[Tab]:
        options = {"viewport": {"width": size[0], "height": size[1]}, "locale": "zh-CN", **context_options}
        context = chromium.new_context(**options)
        context.set_default_timeout(10_000)
        if person is not None:
            client = Client()
            client.force_login(person, backend=BACKEND)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": origin}])
        try:
            yield Tab(context.new_page(), origin)
        finally:
            context.close()

    return opened
