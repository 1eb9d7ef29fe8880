"""A map is composed, looked at and read: by keyboard, on a phone, without scripts; a story's map follows what is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role
from maps.models import MapVersion
from maps.published.composition import StoryStep
from maps.published.files import make_all
from maps.services import public_coverage
from tests.maps.published import DRAFT, make_whole, published, with_coverage
from tests.reference_rows import load_shipped_reference

from .conftest import DESK, PHONE


def test_a_planner_composes_a_map_on_a_phone_by_keyboard_and_sees_it_at_once(tab, county) -> None:
    load_shipped_reference()
    with tab(size=PHONE, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open(reverse("maps:composed_new"))
        page.locator("#map.leaflet-container").wait_for()
        page.get_by_label("标题", exact=True).focus()
        page.keyboard.type("镇上的助餐点")
        box = page.locator("input[name=kinds]").first
        box.focus()
        page.keyboard.press("Space")
        page.locator("#preview-legend .legend-group").wait_for()
        page.locator(".map-point, .map-group").first.wait_for(state="attached")
        assert opened.overflow_px() == 0
        # What is typed and not saved is there again.
        page.reload()
        page.locator("#compose-kept").wait_for()
        assert page.get_by_label("标题", exact=True).input_value() == "镇上的助餐点"
        assert page.locator("input[name=kinds]").first.is_checked()
        page.get_by_role("button", name="添加一步").focus()
        page.keyboard.press("Enter")
        page.keyboard.type("从东镇看起")
        page.get_by_role("button", name="保存草稿").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert MapVersion.objects.get().story[0]["title"] == "从东镇看起"
        with page.expect_navigation():
            page.get_by_role("button", name="提交审核").click()
        assert "审图号" in page.locator(".message-error").inner_text()
        opened.problems = [one for one in opened.problems if "422" not in one]
        assert opened.problems == []


def test_a_published_map_shows_its_layers_and_a_facility_is_pressed(tab, county) -> None:
    load_shipped_reference()
    make_whole(county)
    public_coverage.compute(county.run)
    version = published(county, with_coverage(county))
    with tab(size=DESK) as opened:
        page = opened.page
        opened.open(reverse("maps:published", args=[version.map.code]))
        page.locator("#map-wait").wait_for(state="hidden")
        page.locator(".map-point, .map-group").first.wait_for()
        filled = page.locator("#map path[fill^='#f']")
        filled.first.wait_for(state="attached")
        assert page.get_by_text(version.review_number).first.is_visible()
        assert page.locator(".leaflet-control-attribution").inner_text().count("审图号") == 1
        assert opened.problems == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_map_of_a_story_follows_what_is_read(tab, county, size) -> None:
    load_shipped_reference()
    steps = (
        StoryStep(title="全县", text="一共五处。" * 40, layers=("facilities",), extent=(105.9, 37.9, 106.1, 38.1)),
        StoryStep(title="东镇", text="东边。" * 40, layers=("divisions",), extent=(106.04, 37.98, 106.06, 38.02)),
    )  # fmt: skip
    version = published(county, replace(DRAFT, story=steps))
    with tab(size=size) as opened:
        page = opened.page
        opened.open(reverse("maps:published", args=[version.map.code]))
        page.locator("#map-wait").wait_for(state="hidden")
        page.locator("#step-1.is-read").wait_for()
        page.locator(".map-point, .map-group").first.wait_for(state="attached")
        page.locator("#step-2 h2").evaluate("node => node.scrollIntoView({block: 'end'})")
        page.locator("#step-2 p").first.evaluate("node => node.scrollIntoView({block: 'center'})")
        page.locator("#step-2.is-read").wait_for()
        page.wait_for_function("() => !document.querySelector('.map-point, .map-group')")
        box = page.locator(".story-map").bounding_box()
        assert box["y"] < size[1] / 2, "the map stays in sight"
        assert opened.overflow_px() == 0
        assert opened.problems == []


def test_without_scripts_each_step_has_its_own_picture(tab, county) -> None:
    load_shipped_reference()
    steps = (StoryStep(title="全县", text="一共五处。", layers=("facilities", "divisions")),)
    version = published(county, replace(DRAFT, story=steps))
    make_all(version)
    with tab(size=PHONE, java_script_enabled=False) as opened:
        page = opened.page
        opened.open(reverse("maps:published", args=[version.map.code]))
        picture = page.locator("#step-1 .map-picture")
        picture.scroll_into_view_if_needed()
        assert picture.bounding_box()["height"] > 150
        opened.open(reverse("maps:published", args=[version.map.code]) + "?view=paper")
        assert page.locator("#step-1 img.map-picture").is_visible()
        assert page.locator(".composed-map").count() == 0
        assert opened.problems == []
