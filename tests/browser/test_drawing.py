"""Drawing in a real browser: with the mouse, with the keyboard alone, with a finger; two people on one road."""

from __future__ import annotations

from typing import Any

import pytest

from geo_registry.accounts.models import Role
from geo_registry.drawing.models import EditSet
from geo_registry.territory.models import PopulatedPlace, Road
from tests.drawing.conftest import reference_values

from .conftest import PHONE

EDITOR = "/office/ground/"


@pytest.fixture(autouse=True)
def values(county):
    reference_values()


def look_at(tab: Any, lon: float = 106.005, lat: float = 38.005, zoom: int = 16) -> None:
    tab.page.wait_for_function("() => window.groundEditor?.targets.length > 0")
    tab.page.evaluate(f"groundEditor.canvas.map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
    tab.page.wait_for_load_state("networkidle")


def press(tab: Any, lon: float, lat: float) -> None:
    """Press the map at a position."""
    x, y = tab.page.evaluate(
        "([lon, lat]) => { const m = groundEditor.canvas.map, p = m.latLngToContainerPoint([lat, lon]);"
        " const b = m.getContainer().getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; }",
        [lon, lat],
    )
    tab.page.mouse.click(x, y)


def checked(tab: Any) -> str:
    tab.page.wait_for_function("() => !/…$/.test(document.getElementById('check-state').textContent.trim())")
    tab.page.wait_for_load_state("networkidle")
    return tab.page.inner_text("#check-state")


def save(tab: Any, why: str = "实地核对") -> None:
    tab.page.fill("#why", why)
    with tab.page.expect_response("**/save/"):
        tab.page.click("#save")
    tab.page.wait_for_load_state("networkidle")


def test_a_road_is_drawn_snapped_split_undone_and_saved(tab, county):
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(EDITOR)
        look_at(t)
        t.page.click("[data-tool=draw]")
        # The end lies some metres beside the street along 106.0: it snaps there.
        press(t, 106.00004, 38.005)
        press(t, 106.006, 38.0062)
        assert "2" in t.page.inner_text("#measure")
        t.page.click("#finish")
        name = t.page.locator("#form-road [name=name]")
        name.fill("新开路")
        name.blur()
        checked(t)
        t.page.click("[data-tool=split]")
        press(t, 106.003, 38.0056)
        t.page.wait_for_function("() => document.querySelectorAll('#draft-list li').length === 2")
        t.page.keyboard.press("Control+z")
        assert t.page.locator("#draft-list li").count() == 1
        checked(t)
        save(t)
        assert "已生效" in t.page.inner_text("#say")
        made = Road.objects.get(name="新开路")
        assert made.geometry[0][0] == pytest.approx(106.0, abs=1e-9)
        street = Road.objects.get(name="第5街")
        assert made.geometry[0] in street.geometry.coords
        assert t.problems == []


def test_a_draft_outlives_a_reload(tab, county):
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(EDITOR)
        look_at(t)
        t.page.click("[data-tool=draw]")
        press(t, 106.003, 38.0055)
        press(t, 106.006, 38.006)
        t.page.keyboard.press("Escape")
        assert t.page.locator("#draft-list li").count() == 0
        t.page.click("[data-tool=draw]")
        press(t, 106.003, 38.0055)
        press(t, 106.006, 38.006)
        t.page.click("#finish")
        checked(t)
        t.page.reload(wait_until="networkidle")
        t.page.wait_for_function("() => document.querySelectorAll('#draft-list li').length === 1")
        assert "草稿" in t.page.inner_text("#say")
        t.page.context.set_offline(True)
        t.page.fill("#why", "断网")
        t.page.click("#save")
        t.page.wait_for_function("() => document.getElementById('say').textContent.includes('没有网络')")
        t.page.context.set_offline(False)
        save(t)
        assert EditSet.objects.get().why == "实地核对"


def test_without_a_mouse_everything_can_be_typed(tab, county):
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(EDITOR)
        look_at(t)
        t.page.focus("[data-tool=draw]")
        t.page.keyboard.press("Enter")
        t.page.fill("#type-points", "106.002, 38.002\n106.004，38.003")
        t.page.focus("#take-points")
        t.page.keyboard.press("Enter")
        assert t.page.locator("#draft-list li").count() == 1
        assert "243" in t.page.inner_text("#selected-measure") or "米" in t.page.inner_text(
            "#selected-measure"
        )
        t.page.focus("[data-tool=adjust]")
        t.page.keyboard.press("Enter")
        t.page.locator(".draw-vertex").first.focus()
        before = t.page.input_value("#type-points")
        t.page.keyboard.press("ArrowUp")
        assert t.page.input_value("#type-points") != before
        t.page.keyboard.press("Control+z")
        assert t.page.input_value("#type-points") == before
        checked(t)
        t.page.fill("#why", "键盘")
        with t.page.expect_response("**/save/"):
            t.page.keyboard.press("Enter")
        t.page.wait_for_load_state("networkidle")
        assert EditSet.objects.get().state == EditSet.State.APPLIED
        assert t.problems == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_clerk_places_a_hamlet_by_finger_in_either_language(tab, county, language):
    home = county.villages[0].point
    with tab(person=county.people[Role.CLERK], size=PHONE, has_touch=True, is_mobile=True) as t:
        t.page.context.add_cookies([{"name": "django_language", "value": language, "url": t.origin}])
        t.open(f"{EDITOR}?layer=hamlet")
        t.page.wait_for_function("() => window.groundEditor?.layer.code === 'hamlet'")
        assert t.overflow_px() == 0
        t.page.evaluate(f"groundEditor.canvas.map.setView([{home.y}, {home.x}], 15, {{animate: false}})")
        t.page.wait_for_load_state("networkidle")
        t.page.tap("[data-tool=draw]")
        t.page.tap("#map")
        t.page.fill("#form-hamlet [name=name]", "丁家庄")
        t.page.locator("#form-hamlet [name=name]").blur()
        t.page.wait_for_function(
            "() => document.getElementById('selected-where').textContent.includes('东镇')"
        )
        checked(t)
        save(t)
        waiting = EditSet.objects.get()
        assert waiting.state == EditSet.State.PROPOSED
        assert not PopulatedPlace.objects.filter(name="丁家庄").exists()
        assert t.overflow_px() == 0
        assert t.problems == []


def test_a_keeper_looks_at_before_and_after_and_approves(tab, county):
    with tab(person=county.people[Role.CLERK]) as t:
        t.open(f"{EDITOR}?layer=hamlet")
        t.page.wait_for_function("() => window.groundEditor?.layer.code === 'hamlet'")
        t.page.click("[data-tool=draw]")
        village = county.villages[0].point
        t.page.fill("#type-points", f"{village.x}, {village.y}")
        t.page.click("#take-points")
        t.page.fill("#form-hamlet [name=name]", "丁家庄")
        t.page.locator("#form-hamlet [name=name]").blur()
        checked(t)
        save(t)
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(f"/office/ground/sets/{EditSet.objects.get().pk}/")
        t.page.wait_for_selector("#map path")
        t.page.click("button[value=approve]")
        t.page.wait_for_load_state("networkidle")
        assert PopulatedPlace.objects.filter(name="丁家庄").exists()
        assert t.problems == []
