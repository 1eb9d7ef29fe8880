"""The longest forms of the register from end to end by keyboard alone: Tab, arrows, space, Enter, and nothing else."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import Assessment, Asset, Facility, ScoreSheet, StockTakeItem
from geo_registry.accounts.models import Role
from geo_registry.attachments.models import Attachment
from tests.attachments.files import photo
from tests.reference_rows import load_shipped_reference

SHOT = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(800, 600))}
MOST_STEPS = 160
FOCUSED = "document.activeElement.name || document.activeElement.id || document.activeElement.tagName"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


def tab_to(page: Any, wanted: str) -> list[str]:
    """Press Tab until what a selector fits has the focus; return the names of what was passed, and of that."""
    passed = []
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return passed
    pytest.fail(f"Tab does not reach {wanted}; it passed {passed}")


def visible_focus(page: Any) -> bool:
    """Whether one sees what has the focus: an outline or a shadow, and within the window."""
    found: bool = page.evaluate(
        """() => {
          const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
          const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
          return marked && box.bottom > 0 && box.top < innerHeight;
        }"""
    )
    return found


def choose_file(page: Any) -> None:
    """Open the file chooser by the key, as the browser does it for a focused file field."""
    with page.expect_response("**/attachments/**"):
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files([SHOT])
    page.wait_for_load_state("networkidle")


def test_the_whole_card_is_edited_by_keyboard(tab, county):
    load_shipped_reference()
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(reverse("facilities:edit", args=["OPEN-0"]))
        page = t.page
        asked = page.evaluate(
            """() => [...document.getElementById("card-form").elements]
                 .filter((e) => e.offsetParent && !e.disabled && e.type !== "hidden" && e.tagName !== "FIELDSET")
                 .map((e) => e.name || e.id || e.tagName)"""
        )
        passed = tab_to(page, "#id_name")
        page.keyboard.press("End")
        page.keyboard.type("（新）")
        passed += tab_to(page, "#id_ownership")
        page.keyboard.press("ArrowDown")
        passed += tab_to(page, "[name=clients]")
        page.keyboard.press("Space")
        passed += tab_to(page, "#id_address")
        page.keyboard.press("Control+a")
        page.keyboard.type("文化路8号")
        assert visible_focus(page)
        passed += tab_to(page, "#id_lon")
        page.keyboard.press("ArrowUp")
        passed += tab_to(page, "#id_opening_hours")
        page.keyboard.press("Control+a")
        page.keyboard.type("周一至周五 8:30-17:30")
        passed += tab_to(page, "#id_daycare_places_total")
        page.keyboard.press("Control+a")
        page.keyboard.type("30")
        passed += tab_to(page, "#id_built_on")
        page.keyboard.type("20100501")
        passed += tab_to(page, "#card-form button[type=submit]")
        assert [name for name in asked if name not in passed] == [], "what Tab does not reach"
        assert visible_focus(page)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/edit/" not in url)
        assert t.problems == []
    facility = Facility.objects.get(number="OPEN-0")
    assert (facility.address, facility.opening_hours) == ("文化路8号", "Mo-Fr 08:30-17:30")
    assert facility.name.endswith("（新）")
    assert facility.clients
    assert facility.ownership
    assert facility.readings.order_by("-as_of", "-pk").filter(measure="daycare_places").first().total == 30


def test_an_assessment_is_scored_by_keyboard(tab, county):
    facility, sheet = county.facilities[0], ScoreSheet.objects.filter(state="in_use").first()
    day = timezone.localdate() - datetime.timedelta(days=3)
    made = Assessment.objects.create(
        facility=facility, sheet=sheet, day=day, scored_by=county.people[Role.CLERK], state="draft"
    )
    with tab(person=county.people[Role.CLERK]) as t:
        t.open(reverse("assessments:detail", args=[made.pk]))
        page = t.page
        for item in sheet.items.all():
            tab_to(page, f"[name='p-{item.pk}']")
            page.keyboard.type("8")
            if item.evidence_required:
                tab_to(page, f"input[type=file][name='e-{item.pk}']")
                choose_file(page)
        tab_to(page, "button[name=submit]")
        assert visible_focus(page)
        with page.expect_navigation(wait_until="networkidle"):
            page.keyboard.press("Enter")
        assert t.problems == []
    made.refresh_from_db()
    assert made.state == Assessment.State.SUBMITTED
    assert made.score is not None


def test_an_asset_of_a_stock_take_is_signed_for_by_keyboard(tab, county):
    item = StockTakeItem.objects.get(asset__number="ZC-1")
    with tab(person=county.people[Role.CLERK]) as t:
        t.open(reverse("assets:item", args=[item.pk]))
        page = t.page
        tab_to(page, "[name=outcome]")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        tab_to(page, "[name=use]")
        page.keyboard.press("End")
        tab_to(page, "[name=note]")
        page.keyboard.type("二楼空着")
        tab_to(page, "input[type=file]")
        choose_file(page)
        tab_to(page, "form.visit button[type=submit]")
        assert visible_focus(page)
        with page.expect_navigation(wait_until="networkidle"):
            page.keyboard.press("Enter")
        assert t.problems == []
    item.refresh_from_db()
    assert (item.outcome, item.note, item.signed_by) == ("changed", "二楼空着", county.people[Role.CLERK])
    assert Asset.objects.get(number="ZC-1").use == "idle"
    assert Attachment.objects.of(item).count() == 1
