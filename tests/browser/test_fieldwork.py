"""Inspections, assessments and stock-takes in a real browser, each by whoever does it in the office: on site with a telephone, at
the desk by keyboard; a second person looks again."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import Assessment, Asset, Finding, Inspection, ScoreSheet, StockTakeItem
from geo_registry.accounts.models import Office, Role
from geo_registry.attachments.models import Attachment
from tests import factories
from tests.attachments.files import photo

from .conftest import DESK, PHONE

SHOT = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(800, 600))}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"


@pytest.fixture
def other_clerk(county):
    """The clerk of the other township."""
    there = county.home.children.order_by("code").last()
    office = Office.objects.create(name="西镇民政办", division=there)
    return factories.UserFactory(username="other-clerk", role=Role.CLERK, office=office)


def sent(page):
    """Wait until the answer to a form has come."""
    return page.expect_navigation(wait_until="networkidle")


def add_photo(page, name: str) -> None:
    """Choose a file, and wait until it has been sent ahead."""
    with page.expect_response("**/attachments/**"):
        page.set_input_files(f"input[type=file][name='{name}']", files=[SHOT])
    page.wait_for_load_state("networkidle")


def test_a_clerk_inspects_on_a_telephone_and_a_second_person_looks_again(tab, county, other_clerk):
    clerk, reviewer = county.people[Role.CLERK], county.people[Role.REVIEWER]
    planned = Inspection.objects.get(kind="check", state="planned")
    exits, fridge = planned.check_list.items.all()
    address = reverse("inspections:detail", args=[planned.pk])
    with tab(size=PHONE, person=clerk, has_touch=True, is_mobile=True) as t:
        t.open("/work/?kind=inspections")
        t.page.locator(f"a[href='{address}'], a[href*='{address}']").first.tap()
        t.page.wait_for_url(f"**{address}")
        assert t.page.locator(f"[name='t-{exits.pk}']").is_hidden(), "asked for where something is wrong"
        t.page.locator(f"label:has([name='o-{exits.pk}'][value=bad])").tap()
        t.page.fill(f"[name='t-{exits.pk}']", "安全出口上锁")
        add_photo(t.page, f"p-{exits.pk}")
        with sent(t.page):
            t.page.tap("button[name=finish]")
        assert "还没有保存" in t.page.locator("[role=alert]").inner_text()
        assert t.page.input_value(f"[name='t-{exits.pk}']") == "安全出口上锁"
        t.page.locator(f"label:has([name='o-{fridge.pk}'][value=ok])").tap()
        t.page.fill(f"[name='v-{fridge.pk}']", "4.5")
        assert t.overflow_px() == 0
        with sent(t.page):
            t.page.tap("button[name=finish]")
        finding = Finding.objects.get(inspection=planned)
        assert finding.text == "安全出口上锁"
        assert Attachment.objects.of(finding).filter(purpose="before").count() == 1
        t.open(reverse("inspections:finding", args=[finding.pk]))
        t.page.fill("[name=note]", "已开锁，钥匙由值班人员保管")
        add_photo(t.page, "photos")
        with sent(t.page):
            t.page.tap("form.visit button[type=submit]")
        assert t.page.locator("form.visit").count() == 0, "nobody takes the second look at the own work"
        assert t.overflow_px() == 0
        assert t.problems == []
    finding.refresh_from_db()
    assert (finding.state, finding.mended_by) == (Finding.State.MENDED, clerk)
    for person in (county.people[Role.VIEWER], other_clerk):
        with tab(person=person) as t:
            answer = t.open(reverse("inspections:finding", args=[finding.pk]))
            assert answer.status == (404 if person == other_clerk else 200)
            assert t.page.locator("form.visit").count() == 0
    with tab(person=reviewer) as t:
        t.open("/work/?kind=second-looks")
        t.page.keyboard.press("j")
        t.page.keyboard.press("Enter")
        t.page.wait_for_url("**/findings/*/")
        t.page.focus("button[name=mended]")
        with sent(t.page):
            t.page.keyboard.press("Enter")
        assert t.problems == []
    finding.refresh_from_db()
    assert (finding.state, finding.verified_by) == (Finding.State.VERIFIED, reviewer)


def test_a_drill_is_recorded_by_keyboard_alone(tab, county):
    drill = Inspection.objects.get(kind="drill", state="planned")
    with tab(size=DESK, person=county.people[Role.CLERK], locale="en") as t:
        t.open(reverse("inspections:detail", args=[drill.pk]))
        t.page.focus("[name=drill]")
        t.page.keyboard.press("ArrowDown")
        t.page.keyboard.press("Tab")
        t.page.keyboard.type("23")
        t.page.keyboard.press("Tab")
        t.page.keyboard.type("Everybody was out within four minutes.")
        t.page.focus("button[name=finish]")
        with sent(t.page):
            t.page.keyboard.press("Enter")
        assert t.problems == []
    drill.refresh_from_db()
    assert (drill.state, drill.participants, drill.drill) == (Inspection.State.DONE, 23, "fire")


def test_an_administrator_composes_a_sheet_a_clerk_scores_by_it_and_a_reviewer_confirms(tab, county):
    facility = county.facilities[1]
    with tab(person=county.people[Role.ADMINISTRATOR]) as t:
        t.open(reverse("admin:facilities_scoresheet_add"))
        t.page.fill("[name=name_zh]", "老年助餐点考核表")
        t.page.fill("[name=code]", "meals")
        t.page.check(f"[name=kinds][value='{facility.kind_id}']")
        for row, (text, weight) in enumerate((("按时供餐", "60"), ("留样齐全", "40"))):
            if not t.page.locator(f"[name=items-{row}-text_zh]").count():
                t.page.click(".add-row a")
            t.page.fill(f"[name=items-{row}-text_zh]", text)
            t.page.fill(f"[name=items-{row}-weight]", weight)
        t.page.check("[name=items-1-evidence_required]")
        with sent(t.page):
            t.page.click("[name=_save]")
        sheet = ScoreSheet.objects.get(code="meals")
        t.page.check(f"[name=_selected_action][value='{sheet.pk}']")
        t.page.select_option("[name=action]", "put_in_use")
        with sent(t.page):
            t.page.click("button[name=index]")
    sheet.refresh_from_db()
    assert sheet.state == "in_use"
    day = timezone.localdate() - datetime.timedelta(days=10)
    with tab(size=PHONE, person=county.people[Role.CLERK]) as t:
        t.open(reverse("facilities:record", args=[facility.number]))
        t.page.fill("#assess-day", day.isoformat())
        t.page.click("form[action*='/assessments/'] button")
        t.page.wait_for_url("**/office/assessments/*/")
        first, second = sheet.items.all()
        t.page.fill(f"[name='p-{first.pk}']", "9.5")
        t.page.fill(f"[name='p-{second.pk}']", "4")
        with sent(t.page):
            t.page.click("button[name=submit]")
        assert "佐证" in t.page.locator(".errorlist").first.inner_text()
        add_photo(t.page, f"e-{second.pk}")
        assert t.overflow_px() == 0
        with sent(t.page):
            t.page.click("button[name=submit]")
        made = Assessment.objects.get(facility=facility)
        assert (made.day, made.score) == (day, 73), "9.5 of 10 at 60, and 4 of 10 at 40"
        assert t.page.locator("button[name=confirm]").count() == 0, "nobody confirms the own scoring"
        assert [problem for problem in t.problems if "console" in problem] == []
    with tab(person=county.people[Role.REVIEWER]) as t:
        t.open(reverse("assessments:detail", args=[made.pk]))
        assert "60" in t.page.locator("table").inner_text()
        assert "E+" not in t.page.locator("table").inner_text()
        with sent(t.page):
            t.page.click("button[name=confirm]")
        assert t.problems == []
    made.refresh_from_db()
    assert (made.state, made.confirmed_by) == (Assessment.State.CONFIRMED, county.people[Role.REVIEWER])


def test_a_stock_take_is_signed_for_on_site(tab, county, other_clerk):
    clerk = county.people[Role.CLERK]
    building = Asset.objects.get(number="ZC-1")
    address = reverse("assets:stock_take", args=[county.stock_take.pk])
    with tab(size=PHONE, person=clerk, has_touch=True, is_mobile=True) as t:
        t.open("/work/?kind=stock-takes")
        t.page.locator(f"a[href*='{address}']").first.tap()
        t.page.wait_for_url(f"**{address}")
        t.page.get_by_role("link", name=building.name).tap()
        t.page.wait_for_url("**/items/*/")
        assert t.page.locator("[name=area_m2]").is_hidden(), "changes are asked for where there are any"
        t.page.locator("label:has([value=changed])").tap()
        t.page.select_option("[name=use]", "idle")
        t.page.fill("[name=idle_area_m2]", "320")
        add_photo(t.page, "photos")
        assert t.overflow_px() == 0
        t.page.tap("form.visit button[type=submit]")
        t.page.wait_for_url(f"**{address}")
        assert t.problems == []
    building.refresh_from_db()
    assert (building.use, building.idle_area_m2) == ("idle", 320)
    item = StockTakeItem.objects.get(asset=building)
    assert (item.outcome, item.signed_by) == ("changed", clerk)
    left = reverse("assets:item", args=[StockTakeItem.objects.get(asset__number="ZC-2").pk])
    for person, status in ((county.people[Role.VIEWER], 200), (other_clerk, 404)):
        with tab(person=person) as t:
            assert t.open(left).status == status
            assert t.page.locator("form.visit").count() == 0


def test_an_asset_is_entered_and_changed_by_keyboard(tab, county):
    facility = county.facilities[0]
    with tab(person=county.people[Role.CLERK]) as t:
        t.open(reverse("assets:new") + f"?facility={facility.number}")
        t.page.focus("[name=name]")
        t.page.keyboard.type("消毒柜")
        t.page.keyboard.press("Tab")
        t.page.keyboard.type("ZC-9")
        t.page.focus("[name=kind]")
        t.page.keyboard.press("End")
        t.page.focus("form.visit button[type=submit]")
        t.page.keyboard.press("Enter")
        t.page.wait_for_url("**/office/assets/*/")
        assert t.page.locator("h1").inner_text() == "消毒柜"
        assert t.problems == []
    made = Asset.objects.get(number="ZC-9")
    assert (made.kind, made.facility, made.division) == ("equipment", facility, facility.division)
