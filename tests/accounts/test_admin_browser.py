"""Every administration page in a real browser, under the Content-Security-Policy, with all other hosts refused."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.policy import RECORDS
from geo_registry.territory.models import Division, Installation, Level
from tests import factories
from tests.reference_rows import load_shipped_reference

# The worker thread of the live server and playwright's loop share a process: Django must not mistake them for one another.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Two English words side by side are a sentence that nobody translated.
ENGLISH = re.compile(r"\b[A-Za-z]{3,} [A-Za-z]{3,}\b.*")

# What stands in a field for English is meant to be English.
WORDS_OUTSIDE_ENGLISH_FIELDS = """() => {
    const hidden = [...document.querySelectorAll(
        '[name$="_en"], td[class$="_en"] p, [class$="_en"] .readonly'
    )];
    for (const field of hidden) field.style.setProperty("display", "none");
    const words = document.body.innerText;
    for (const field of hidden) field.style.removeProperty("display");
    return words;
}"""

SCREENSHOTS = os.environ.get("SCREENSHOTS")


class Watch:
    """What went wrong on the pages that were opened."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.wrong: list[str] = []
        page.on("console", lambda message: self._console(message))
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: script: {error}"))
        page.on("requestfailed", lambda request: self._failed(request))
        page.on("response", lambda response: self._response(response))
        page.on("request", lambda request: self._request(request))

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{self.page.url}: console: {message.text}")

    def _failed(self, request: Any) -> None:
        # A map that is moved, or left, takes its requests for tiles back.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.wrong.append(f"{self.page.url}: failed: {request.url} {request.failure}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.wrong.append(f"{self.page.url}: {response.status}: {response.url}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.wrong.append(f"{self.page.url}: other host: {request.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        started = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield started
        started.close()


@pytest.fixture
def registry() -> dict[str, Any]:
    """A small county with a row of everything."""
    load_shipped_reference()
    county = factories.CountyFactory(name="甲县", boundary=factories.square(half_deg=0.3))
    Installation.objects.create(home_division=county, site_name_zh="甲县民政地图")
    east = factories.TownshipFactory(name="东镇", parent=county, boundary=factories.square(half_deg=0.1))
    village = factories.DivisionFactory(name="东一村", parent=east)
    factories.DenominatorFlagFactory(division=east, reason="国营农场不计入")
    source = factories.DemoSourceFactory()
    road = factories.RoadFactory(name="兴业路", division=village, source=source)
    factories.BuiltUpAreaFactory(division=county)
    people = factories.PopulatedPlaceFactory(name="东一村一组", division=village)
    factories.PopulationCountFactory(place=people, group="age60", people=64)
    from facilities.models import Kind
    from placenames.models import PlaceKind

    facility = factories.FacilityFactory(
        name="东一村老年助餐点", kind=Kind.objects.get(code="meal-point"), division=village, source=source
    )
    factories.FacilityStatusFactory(facility=facility, status="paused", valid_from="2024-03-25")
    factories.CapacityReadingFactory(facility=facility)
    factories.FacilityFunctionFactory(facility=facility)
    factories.FacilityOperatorFactory(facility=facility)
    factories.CoverageRunFactory(network=facility.kind.tier.network, division=county)
    place = factories.PlaceFactory(
        kind=PlaceKind.objects.get(code="road"), division=village, geometry=factories.line()
    )
    place.roads.add(road)
    name = factories.NameFactory(place=place, text="兴业路")
    factories.SpellingFactory(name=name, text="Xīngyè Lù")
    office = factories.OfficeFactory(name="甲县民政局", division=county)
    users = {
        role: factories.UserFactory(
            username=role.value,
            role=role,
            office=factories.OfficeFactory(name="东镇民政办", division=east)
            if role == Role.CLERK
            else office,
        )
        for role in (Role.ADMINISTRATOR, Role.CLERK, Role.VIEWER)
    }
    return {"users": users, "facility": facility, "village": village, "county": county, "road": road}


def signed_in(browser: Any, live_server: Any, user: User, *, width: int = 1366) -> tuple[Any, Watch]:
    """A page with the person's session, watched."""
    client = Client()
    client.force_login(user, backend="geo_registry.accounts.backends.PolicyBackend")
    context = browser.new_context(viewport={"width": width, "height": 768}, locale="zh-CN")
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    return page, Watch(page, live_server.url)


def shoot(page: Any, name: str) -> None:
    """Keep a picture for people to look at, where they asked for one."""
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"), full_page=True)


def model_pages(site: Any) -> Iterator[tuple[str, str]]:
    """Address and a name for the picture, for list, empty form and form of each model."""
    for model in site._registry:
        info = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{info}_changelist"), f"{info}_list"
        record = RECORDS[model._meta.label_lower]
        if model is not Installation and record.add is not None:
            yield reverse(f"admin:{info}_add"), f"{info}_add"
        row = model._default_manager.first()
        if row is not None:
            yield reverse(f"admin:{info}_change", args=[row.pk]), f"{info}_form"


@pytest.mark.slow
def test_every_administration_page_opens_without_a_console_error(browser, live_server, registry):
    page, watch = signed_in(browser, live_server, registry["users"][Role.ADMINISTRATOR])
    opened = 0
    english: list[str] = []
    for address, name in [("/admin/", "index"), *model_pages(admin.site)]:
        answer = page.goto(live_server.url + address, wait_until="networkidle")
        assert answer.status == 200, address
        shoot(page, name)
        english += [
            f"{address}: {words}" for words in ENGLISH.findall(page.evaluate(WORDS_OUTSIDE_ENGLISH_FIELDS))
        ]
        opened += 1
    assert watch.wrong == []
    assert sorted(set(english)) == []
    assert opened > 2 * len(admin.site._registry)


def test_a_viewer_reads_forms_without_a_console_error_and_changes_nothing(browser, live_server, registry):
    page, watch = signed_in(browser, live_server, registry["users"][Role.VIEWER])
    for address in (
        reverse("admin:facilities_facility_change", args=[registry["facility"].pk]),
        reverse("admin:territory_division_change", args=[registry["county"].pk]),
    ):
        page.goto(live_server.url + address, wait_until="networkidle")
        shoot(page, f"viewer_{address.strip('/').replace('/', '_')}")
        assert page.locator("input[name=_save]").count() == 0
        assert page.locator(".leaflet-container").count() == 0
    assert watch.wrong == []


def test_a_point_is_moved_on_the_map_and_the_history_says_how_far(browser, live_server, registry):
    page, watch = signed_in(browser, live_server, registry["users"][Role.ADMINISTRATOR])
    facility = registry["facility"]
    page.goto(
        live_server.url + reverse("admin:facilities_facility_change", args=[facility.pk]),
        wait_until="networkidle",
    )
    icon = page.locator("#id_location-map .leaflet-marker-icon")
    assert icon.evaluate("image => image.naturalWidth") > 0, "the marker's picture is missing"
    page.locator("#id_location-map .leaflet-draw-edit-edit").click()
    box = icon.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.locator("#id_location-map .leaflet-draw-actions a").first.click()
    with page.expect_navigation():
        page.locator("input[name=_save]").click()
    facility.refresh_from_db()
    assert facility.location.srid == 4490
    assert facility.location.x > 106.0
    assert facility.location.y == pytest.approx(38.0, abs=1e-4)
    page.goto(
        live_server.url + reverse("admin:facilities_facility_history", args=[facility.pk]),
        wait_until="networkidle",
    )
    assert "向东移动" in page.content()
    assert "administrator" in page.content()
    shoot(page, "history")
    assert watch.wrong == []


def test_a_new_account_is_made_and_its_password_shown_once(browser, live_server, registry):
    page, watch = signed_in(browser, live_server, registry["users"][Role.ADMINISTRATOR])
    page.goto(live_server.url + reverse("admin:accounts_user_add"), wait_until="networkidle")
    page.fill("input[name=username]", "李经办")
    page.select_option("select[name=role]", Role.VIEWER.value)
    with page.expect_navigation():
        page.locator("input[name=_save]").click()
    shoot(page, "new_account")
    password = page.locator(".password-once").inner_text()
    assert User.objects.get(username="李经办").check_password(password)
    assert watch.wrong == []


def test_a_clerk_on_a_phone_finds_only_the_own_township(browser, live_server, registry):
    other = Division.objects.create(
        code="990199", name="西镇", level=Level.TOWNSHIP, parent=registry["county"]
    )
    factories.FacilityFactory(name="西镇的设施", division=other)
    page, watch = signed_in(browser, live_server, registry["users"][Role.CLERK], width=390)
    page.goto(live_server.url + reverse("admin:facilities_facility_changelist"), wait_until="networkidle")
    shoot(page, "clerk_phone_list")
    assert "东一村老年助餐点" in page.content()
    assert "西镇" not in page.content()
    assert watch.wrong == []
