"""The register in a real browser, as each role: the card, editing it, its life, proposals, duplicates."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import (
    Facility,
    LifeEvent,
    Likeness,
    Merge,
    Method,
    Proposal,
    Status,
    Verification,
)
from facilities.services.likely_duplicates import look_for_duplicates
from geo_registry.accounts.models import Role
from tests import factories
from tests.attachments.files import pdf
from tests.reference_rows import load_shipped_reference

from .conftest import DESK, PHONE

NUMBER = "OPEN-0"


@pytest.fixture(autouse=True)
def rules(county) -> None:
    """What an installation is set up with: which facts need approval, which status may follow, the limits of the checks."""
    load_shipped_reference()


def record(number: str = NUMBER) -> str:
    return reverse("facilities:record", args=[number])


def edit(number: str = NUMBER) -> str:
    return reverse("facilities:edit", args=[number])


def finding(opened, fact: str, text: str):
    return opened.page.locator(f'[data-findings="{fact}"]', has_text=text)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_card_reads_for_everybody_and_offers_what_each_may_do(tab, county, size):
    for role in (Role.CLERK, Role.ADMINISTRATOR, Role.PLANNER, Role.REVIEWER, Role.VIEWER):
        with tab(size=size, person=county.people[role]) as opened:
            opened.open(record())
            page = opened.page
            assert page.locator("h1").inner_text() == "东一村日间照料中心"
            assert page.locator(".card-under .state").inner_text() == "运营中"
            for part in ("基本信息", "位置", "对外公开", "设施变更", "变动记录"):
                assert page.get_by_role("heading", name=part, exact=True).count() == 1, (role, part)
            assert page.get_by_text("每天 全天").count() > 0
            may_edit = role in {Role.CLERK, Role.ADMINISTRATOR, Role.PLANNER}
            assert page.get_by_role("link", name="编辑", exact=True).count() == may_edit, role
            assert page.locator("a", has_text="状态变更").count() == may_edit, role
            may_publish = role in {Role.ADMINISTRATOR, Role.REVIEWER}
            assert page.get_by_role("button", name="取消公开").count() == may_publish, role
            page.locator("#map-wait").wait_for(state="hidden")
            assert opened.overflow_px() == 0
            assert opened.problems == []


def test_the_card_fits_a_phone_in_english_where_facts_say_at_length_how_they_are_known(tab, county):
    Verification.objects.create(
        facility=county.facilities[0],
        code="opening_hours",
        value="24/7",
        as_of=datetime.date(2026, 9, 27),
        method=Method.REPORTED,
    )
    with tab(size=PHONE, person=county.people[Role.VIEWER], locale="en") as opened:
        opened.open(record())
        assert "reported by the facility" in opened.page.locator("main").inner_text()
        assert opened.overflow_px() == 0


def test_what_cannot_be_is_said_while_one_types(tab, county):
    with tab(person=county.people[Role.CLERK]) as opened:
        opened.open(edit())
        page = opened.page
        page.fill("#id_daycare_places_vacant", "99")
        finding(opened, "daycare_places", "超过").wait_for()
        page.fill("#id_social_credit_code", "91350100M000100Y44")
        finding(opened, "social_credit_code", "校验").wait_for()
        page.fill("#id_lon", "105.95")
        finding(opened, "location", "东镇").wait_for()
        page.fill("#id_opening_hours", "看情况")
        finding(opened, "opening_hours", "看不懂").wait_for()
        # Nothing is saved so, and nothing is lost.
        page.get_by_role("button", name="保存，并把需批准的送审").click()
        page.locator("#errors").wait_for()
        assert page.input_value("#id_daycare_places_vacant") == "99"
        assert page.input_value("#id_opening_hours") == "看情况"
        page.fill("#id_daycare_places_vacant", "3")
        page.fill("#id_social_credit_code", "91350100M000100Y43")
        page.fill("#id_opening_hours", "周一至周五 8:30-17:30；节假日休息")
        page.locator("#hours-preview:not([hidden])").wait_for()
        finding(opened, "daycare_places", "超过").wait_for(state="detached")
        finding(opened, "social_credit_code", "校验").wait_for(state="detached")
    facility = Facility.objects.get(number=NUMBER)
    assert (facility.opening_hours, facility.social_credit_code) == ("24/7", "")


def test_a_likely_duplicate_nearby_is_said_while_a_new_one_is_entered(tab, county):
    there = county.facilities[0]
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(reverse("facilities:list"))
        opened.page.get_by_role("link", name="登记新设施").click()
        opened.page.wait_for_load_state("networkidle")
        opened.page.fill("#id_name", "东一村日间照料中心（新）")
        opened.page.fill("#id_lon", f"{there.location.x:.6f}")
        opened.page.fill("#id_lat", f"{there.location.y + 0.0003:.6f}")
        finding(opened, "name", NUMBER).wait_for()
        assert opened.overflow_px() == 0


def test_the_second_editor_sees_what_changed_and_loses_nothing(tab, county):
    with (
        tab(person=county.people[Role.PLANNER]) as first,
        tab(person=county.people[Role.ADMINISTRATOR]) as second,
    ):
        for opened in (first, second):
            opened.open(edit())
        first.page.fill("#id_address", "文化路1号")
        first.page.fill("#id_founder", "甲县民政局")
        first.page.get_by_role("button", name="保存").click()
        first.page.wait_for_url(lambda url: "/edit/" not in url)
        second.page.fill("#id_address", "文化路2号")
        second.page.fill("#id_note", "两人同时改")
        second.page.get_by_role("button", name="保存").click()
        second.page.locator("#conflicts").wait_for()
        assert second.page.input_value("#id_address") == "文化路2号"
        assert second.page.input_value("#id_note") == "两人同时改"
        assert "文化路1号" in second.page.locator("#fact-address").inner_text()
        assert second.page.input_value("#id_founder") == "甲县民政局"
        # Without a choice it is asked again; with one both have what they typed.
        second.page.get_by_role("button", name="保存").click()
        second.page.locator("#conflicts").wait_for()
        second.page.locator('input[name="choice-address"][value="mine"]').check()
        second.page.get_by_role("button", name="保存").click()
        second.page.wait_for_url(lambda url: "/edit/" not in url)
    facility = Facility.objects.get(number=NUMBER)
    assert (facility.address, facility.founder, facility.note) == ("文化路2号", "甲县民政局", "两人同时改")


def test_what_was_typed_survives_a_reload_and_a_lost_connection(tab, county):
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(edit())
        opened.page.fill("#id_contact_role", "站长")
        opened.page.reload(wait_until="networkidle")
        assert opened.page.input_value("#id_contact_role") == "站长"
        assert opened.page.locator("#draft-note").is_visible()
        opened.page.context.set_offline(True)
        opened.page.get_by_role("button", name="保存，并把需批准的送审").click()
        opened.page.wait_for_timeout(300)
        opened.page.context.set_offline(False)
        opened.open(edit())
        assert opened.page.input_value("#id_contact_role") == "站长"
        opened.page.get_by_role("button", name="保存，并把需批准的送审").click()
        opened.page.wait_for_url(lambda url: url.endswith(record()))
        opened.open(edit())
        assert not opened.page.locator("#draft-note").is_visible()
    assert Facility.objects.get(number=NUMBER).contact_role == "站长"


def test_a_clerks_edit_waits_and_the_county_approves_it_by_keyboard(tab, county):
    Proposal.objects.all().delete()
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(edit())
        opened.page.fill("#id_name", "东一村幸福院")
        opened.page.fill("#id_public_phone", "0000-0000002")
        opened.page.fill("#id_note_to_county", "挂牌改名")
        opened.page.get_by_role("button", name="保存，并把需批准的送审").click()
        opened.page.locator(".message", has_text="已送区县审批").wait_for()
        assert opened.page.locator("h1").inner_text() == "东一村日间照料中心"
        assert opened.overflow_px() == 0
    made = Proposal.objects.get()
    facility = Facility.objects.get(number=NUMBER)
    assert (facility.public_phone, made.facts) == ("0000-0000002", {"name": "东一村幸福院"})
    with tab(person=county.people[Role.REVIEWER]) as opened:
        opened.open("/work/")
        opened.page.get_by_role("link", name="东一村日间照料中心").first.focus()
        opened.page.keyboard.press("Enter")
        opened.page.locator("#decision").wait_for()
        assert "挂牌改名" in opened.page.locator("main").inner_text()
        # A word is needed only for what goes back.
        opened.page.locator("#decision").focus()
        opened.page.keyboard.press("Tab")
        opened.page.keyboard.press("Enter")
        opened.page.locator(".message", has_text="已批准").wait_for()
        assert opened.problems == []
    assert Facility.objects.get(number=NUMBER).name == "东一村幸福院"


def test_nobody_decides_on_the_own_proposal_and_what_comes_back_says_why(tab, county):
    made = county.proposal
    Proposal.objects.filter(pk=made.pk).update(author=county.people[Role.ADMINISTRATOR])
    with tab(person=county.people[Role.ADMINISTRATOR]) as opened:
        opened.open(reverse("facilities:proposal", args=[made.pk]))
        assert opened.page.get_by_role("button", name="批准").count() == 0
        assert "自己申报的不能自己批准" in opened.page.locator("main").inner_text()
    Proposal.objects.filter(pk=made.pk).update(author=county.people[Role.CLERK])
    with tab(size=PHONE, person=county.people[Role.REVIEWER]) as opened:
        opened.open(reverse("facilities:proposal", args=[made.pk]))
        opened.page.get_by_role("button", name="退回").click()
        opened.page.locator(".error").wait_for()
        opened.page.fill("#decision", "请附批文")
        opened.page.get_by_role("button", name="退回").click()
        opened.page.wait_for_url("**/proposals/")
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open("/work/")
        assert "请附批文" in opened.page.locator("main").inner_text()
        opened.open(reverse("facilities:proposal", args=[made.pk]))
        opened.page.get_by_role("link", name="继续填写").click()
        opened.page.wait_for_load_state("networkidle")
        assert opened.page.input_value("#id_name") == "改过的名字"


def test_a_pause_and_its_planned_end_take_effect_on_their_days(tab, county):
    today = timezone.localdate()
    opens = today + datetime.timedelta(days=20)
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        for status, day, reason in (("paused", today, "厨房改造"), ("open", opens, "改造完工")):
            opened.open(reverse("facilities:life", args=[NUMBER, "status"]))
            assert not opened.page.locator("#field-merged_into").is_visible()
            opened.page.select_option("#id_status", status)
            opened.page.fill("#id_day", day.isoformat())
            opened.page.get_by_role("button", name="登记", exact=False).click()
            opened.page.locator(".field.has-error").wait_for()  # not without a reason
            assert opened.page.input_value("#id_day") == day.isoformat()
            opened.page.fill("#id_reason", reason)
            opened.page.get_by_role("button", name="登记", exact=False).click()
            opened.page.wait_for_url(lambda url: url.endswith(record()))
        assert opened.page.locator(".card-under .state").inner_text() == "暂停"
        assert "厨房改造" in opened.page.locator("#life").inner_text()
        assert opened.page.locator("#life .tag", has_text="未到").count() == 1
        assert opened.overflow_px() == 0
    facility = Facility.objects.get(number=NUMBER)
    assert facility.status_on(today).status == Status.PAUSED
    assert facility in Facility.objects.open_on(opens)
    with tab() as opened:
        opened.open(f"/facility/{NUMBER}/")
        assert "暂停" in opened.page.locator("main").inner_text()


def test_an_event_takes_its_document_along_to_the_county_and_onto_the_card(tab, county, settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    paper = {"name": "批复.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(reverse("facilities:life", args=[NUMBER, "status"]))
        page = opened.page
        page.select_option("#id_status", "closed")
        with page.expect_response("**/attachments/**"):
            page.set_input_files("input[type=file][name=papers]", files=[paper])
        page.get_by_role("button", name="登记", exact=False).click()
        page.locator(
            ".field.has-error"
        ).first.wait_for()  # not without a reason; the file is not chosen again
        page.fill("#id_reason", "房屋收回")
        page.get_by_role("button", name="登记", exact=False).click()
        page.locator(".message", has_text="已送区县审批").wait_for()
        assert opened.overflow_px() == 0
    made = Proposal.objects.get(subject=Proposal.Subject.LIFE)
    with tab(person=county.people[Role.REVIEWER]) as opened:
        opened.open(reverse("facilities:proposal", args=[made.pk]))
        assert opened.page.get_by_role("link", name="批复.pdf").count() == 1
        opened.page.get_by_role("button", name="批准").click()
        opened.page.locator(".message", has_text="已批准").wait_for()
        opened.open(record())
        link = opened.page.locator("#life").get_by_role("link", name="批复.pdf")
        with opened.page.expect_download() as download:
            link.click()
        assert Path(download.value.path()).read_bytes() == paper["buffer"]
        assert opened.problems == []


def test_closing_needs_a_document_and_the_county(tab, county):
    with tab(person=county.people[Role.CLERK]) as opened:
        opened.open(reverse("facilities:life", args=[NUMBER, "status"]))
        opened.page.select_option("#id_status", "closed")
        opened.page.fill("#id_reason", "房屋收回")
        opened.page.get_by_role("button", name="登记", exact=False).click()
        opened.page.locator("#field-document.has-error").wait_for()
        assert opened.page.input_value("#id_reason") == "房屋收回"
        opened.page.fill("#id_document", "甲民发〔2026〕1号")
        opened.page.get_by_role("button", name="登记", exact=False).click()
        opened.page.locator(".message", has_text="已送区县审批").wait_for()
    made = Proposal.objects.get(subject=Proposal.Subject.LIFE)
    assert not LifeEvent.objects.exists()
    with tab(person=county.people[Role.REVIEWER]) as opened:
        opened.open(reverse("facilities:proposal", args=[made.pk]))
        assert "甲民发〔2026〕1号" in opened.page.locator("main").inner_text()
        opened.page.get_by_role("button", name="批准").click()
        opened.page.locator(".message", has_text="已批准").wait_for()
    assert Facility.objects.get(number=NUMBER).status_on().status == Status.CLOSED


def test_a_wrong_act_is_withdrawn_and_its_trace_stays(tab, county):
    with tab(person=county.people[Role.PLANNER]) as opened:
        opened.open(reverse("facilities:life", args=[NUMBER, "operator"]))
        opened.page.fill("#id_name", "错的运营方")
        opened.page.fill("#id_reason", "签约")
        opened.page.get_by_role("button", name="登记", exact=False).click()
        opened.page.locator("#operation", has_text="错的运营方").wait_for()
        opened.page.locator(".life-mend summary").first.click()
        opened.page.locator('.life-mend input[name="reason"]').first.fill("登记错了设施")
        opened.page.get_by_role("button", name="撤销").first.click()
        opened.page.locator(".life-withdrawn", has_text="登记错了设施").wait_for()
        assert opened.page.locator("#operation", has_text="错的运营方").count() == 0
        assert opened.problems == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_two_records_are_merged_both_numbers_lead_on_and_it_is_taken_back(tab, county, size):
    kept = county.facilities[0]
    factories.FacilityFactory(
        number="TWICE", name="东一村日间照料中心（新）", kind=kept.kind, division=kept.division, source=county.source,
        location=factories.point(kept.location.x + 0.0002, kept.location.y), public_phone="0000-0000007",
    )  # fmt: skip
    look_for_duplicates()
    assert Likeness.objects.open().filter(first=kept, second__number="TWICE").exists()
    with tab(size=size, person=county.people[Role.ADMINISTRATOR]) as opened:
        opened.open(reverse("facilities:merge", args=[NUMBER, "TWICE"]))
        assert opened.overflow_px() == 0
        opened.page.locator('input[name="side-public_phone"][value="dropped"]').check()
        opened.page.fill("#reason", "同一处")
        opened.page.get_by_role("button", name="合并", exact=True).click()
        opened.page.locator(".message", has_text="TWICE").first.wait_for()
        assert opened.page.get_by_text("0000-0000007").count() > 0
        opened.open(record("TWICE"))
        assert opened.page.url.endswith(record())
        opened.open("/facility/TWICE/")
        assert opened.page.url.endswith(f"/facility/{NUMBER}/")
        opened.open(record("TWICE") + "?as-it-was")
        assert "TWICE" in opened.page.locator(".card-under").inner_text()
        opened.open(record())
        opened.page.get_by_role("button", name="撤回合并，恢复为两条").click()
        opened.page.locator(".message", has_text="两条记录").first.wait_for()
        assert opened.problems == []
    assert Merge.objects.get().undone_by == county.people[Role.ADMINISTRATOR]
    assert Facility.objects.standing().filter(number="TWICE").exists()
    assert Facility.objects.get(number=NUMBER).public_phone != "0000-0000007"
