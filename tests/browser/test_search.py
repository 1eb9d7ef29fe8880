"""Suggestions while typing: by keyboard, by finger, and the plain form without scripts."""

from __future__ import annotations

import pytest

from geo_registry.accounts.models import Role

from .conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def test_a_name_is_typed_chosen_and_opened_by_keyboard(tab) -> None:
    with tab(size=PHONE) as opened:
        page = opened.page
        page.set_default_timeout(30_000)
        opened.open("/find/")
        box = page.get_by_role("combobox")
        box.focus()
        page.keyboard.type("donghu")
        options = page.locator(".suggestions li")
        options.first.wait_for()
        assert box.get_attribute("aria-expanded") == "true"
        assert opened.overflow_px() == 0
        page.keyboard.press("Escape")
        assert box.get_attribute("aria-expanded") == "false"
        page.keyboard.press("ArrowDown")
        assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
        name = options.first.locator(".suggestion-name").inner_text()
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name=name).wait_for()


def test_without_scripts_it_is_a_form(tab) -> None:
    with tab(size=DESK, java_script_enabled=False) as opened:
        opened.open("/find/")
        opened.page.locator("#q").fill("dong hu")
        opened.page.get_by_role("button", name="查找").click()
        assert "东湖社区助餐点" in opened.page.locator(".search-hits").inner_text()


def test_the_map_of_a_case_goes_to_a_place(tab, county) -> None:
    with tab(person=county.people[Role.NAME_OFFICER], size=DESK) as opened:
        page = opened.page
        page.set_default_timeout(30_000)
        opened.open("/office/names/new/")
        box = page.locator("#place-box")
        box.fill("东湖")
        page.locator(".suggestions li").first.click()
        page.locator(".leaflet-tooltip").wait_for()
        assert page.url.endswith("/office/names/new/")
