"""Every public page: by WCAG 2.2 AA as axe tells it, light enough for a phone, and readable without scripts."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.reference_rows import load_shipped_reference

from .conftest import DESK, PHONE
from .test_every_page import STATES, pages

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FIRST_VIEW_BYTES = 300_000
# The documentation of the interface for programs is Swagger UI's page: for who writes programs, with its own colours and headings.
FOR_PROGRAMMERS = {"/api/docs"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (script/test installs it)")
@pytest.mark.slow
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_on_any_public_page(tab, county, size) -> None:
    load_shipped_reference()
    found: dict[str, list[tuple[str, list[str]]]] = {}
    with tab(size=size, bypass_csp=True) as opened:
        addresses = [one for one in [*pages(county, None), *STATES] if one not in FOR_PROGRAMMERS]
        assert len(addresses) > 10
        for address in addresses:
            opened.open(address)
            opened.page.add_script_tag(path=str(AXE))
            result = opened.page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            assert result["passes"], "axe ran"
            if result["violations"]:
                found[address] = [
                    (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
                    for rule in result["violations"]
                ]
    assert found == {}


@pytest.mark.slow
def test_the_first_view_of_every_public_page_is_light(tab, county) -> None:
    """What is transferred when a page is opened for the first time, compressed as the proxy does it."""
    load_shipped_reference()
    heavy = {}
    for address in pages(county, None):
        if address in FOR_PROGRAMMERS:
            continue
        with tab(size=PHONE) as opened:
            bodies: dict[str, bytes] = {}
            opened.page.on(
                "response", lambda response, bodies=bodies: bodies.setdefault(response.url, response.body())
            )
            opened.open(address)
            opened.page.wait_for_timeout(200)
            weight = sum(len(gzip.compress(body, 6)) for body in bodies.values())
            assert weight > 1000
            if weight >= FIRST_VIEW_BYTES:
                heavy[address] = weight
    assert heavy == {}


def test_every_public_page_can_be_read_without_scripts(tab, county) -> None:
    load_shipped_reference()
    with tab(size=PHONE, java_script_enabled=False) as opened:
        for address in pages(county, None):
            assert opened.open(address).status == 200
            assert opened.page.locator("h1").first.inner_text().strip(), address
        opened.open("/?village=990101100200")
        assert opened.page.locator(".place a[href^='tel:']").count() > 0
        assert not opened.page.locator("#page-tools").is_visible()


def test_a_report_is_sent_by_keyboard_alone_and_its_code_shows_how_it_stands(tab, county) -> None:
    load_shipped_reference()
    with tab(size=PHONE) as opened:
        page = opened.page
        opened.open("/facility/OPEN-0/")
        page.get_by_role("link", name="这里有不对的？告诉我们").focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        page.get_by_label("电话不对").focus()
        page.keyboard.press("Space")
        page.get_by_label("现在是怎样的？应该是怎样的？").focus()
        page.keyboard.type("电话是空号")
        page.get_by_role("button", name="发出").focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        code = page.locator(".report-code").inner_text()
        assert len(code) == 14
        opened.open("/report/state/")
        page.get_by_label("提交时给您的查询码").fill(code.lower())
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.get_by_text("待办理").is_visible()
        assert opened.problems == []


def test_a_place_is_shown_on_the_map_by_keyboard(tab, county) -> None:
    load_shipped_reference()
    with tab(size=PHONE) as opened:
        page = opened.page
        opened.open("/report/facility/OPEN-0/")
        page.get_by_role("button", name="在地图上指出").focus()
        page.keyboard.press("Enter")
        page.locator("#map.leaflet-container").wait_for()
        page.locator("#map-wait").wait_for(state="hidden")
        page.locator("#map").focus()
        page.keyboard.press("Enter")
        assert page.locator("#id_lat").input_value() != ""
        page.get_by_role("button", name="去掉位置").click()
        assert page.locator("#id_lat").input_value() == ""
