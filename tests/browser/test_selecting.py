"""Map and table side by side: what is pressed in one is chosen in the other, and the address keeps it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from geo_registry.accounts.models import Role

from .conftest import DESK
from .test_planning import WORDS

MARKED = "() => document.querySelector('[data-lists] tr[aria-selected=true]')?.dataset.row"


def marked(page: Any, key: str) -> None:
    page.wait_for_function(f"() => ({MARKED})() === {key!r}")


def test_places_and_facilities_are_chosen_on_the_map_and_in_the_table(tab, county) -> None:
    whole = county.run.sets.get()
    whole.facility_ids = [one.pk for one in county.facilities[:4]]
    whole.save()
    facility = county.facilities[0]
    with tab(size=DESK, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open(reverse("maps:planner_run", args=[county.run.pk]))
        page.locator("#map[data-ready=true]").wait_for()

        # By the keyboard: the list of places, then one of them on the map.
        page.locator("[data-list-link=places]").focus()
        page.keyboard.press("Enter")
        first = page.locator("[data-list=places] tr[data-row]").first
        first.wait_for()
        assert page.evaluate("document.activeElement.dataset.listLink") == "places"
        key = first.get_attribute("data-row")
        first.locator("[data-show]").focus()
        page.keyboard.press("Enter")
        marked(page, key)
        assert "人" in page.locator("[data-selected]").inner_text()
        assert f"sel={key}" in page.url
        assert "list=places" in page.url

        # On the map: a facility, whose list takes the place of the other.
        page.locator("#map .site-mark:not(.site-closed)").first.dispatch_event("click")
        page.locator("[data-list=facilities] tr[aria-selected=true]").wait_for()
        assert page.locator("#map .is-selected").count() == 1

        # What is chosen outlasts a reload.
        page.locator(f"tr[data-row=f{facility.pk}] [data-show]").click()
        marked(page, f"f{facility.pk}")
        page.reload(wait_until="networkidle")
        page.locator("#map[data-ready=true]").wait_for()
        marked(page, f"f{facility.pk}")
        assert facility.name in page.locator("[data-selected]").inner_text()

        # A layer that is not shown is shown for what is chosen on it.
        page.locator("[data-layers] input[value=facilities]").uncheck()
        page.locator("#map .site-mark").first.wait_for(state="detached")
        page.locator(f"tr[data-row=f{county.facilities[1].pk}] [data-show]").click()
        page.locator("#map .is-selected").wait_for()
        assert page.locator("[data-layers] input[value=facilities]").is_checked()
        assert opened.problems == []


def test_the_gap_list_and_its_map_choose_in_each_other(tab, county) -> None:
    with tab(size=DESK, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        page.set_default_timeout(60_000)
        opened.open(f"{reverse('maps:planner_gaps')}?{WORDS}")
        page.get_by_role("button", name="现在计算").click()
        page.locator("#map[data-ready=true]").wait_for()
        row = page.locator(".gap-list tbody tr[data-lon]").last
        key = row.get_attribute("data-row")
        row.locator("[data-show]").focus()
        page.keyboard.press("Enter")
        marked(page, key)
        assert row.get_attribute("data-words") == page.locator("[data-selected]").inner_text()
        # The first village's circle, pressed where it is drawn.
        page.locator("#map path.leaflet-interactive").first.dispatch_event("click")
        page.wait_for_function(f"() => ({MARKED})() !== {key!r}")
        assert page.locator("[data-lists] tr[aria-selected=true]").count() == 1
        assert opened.problems == []
