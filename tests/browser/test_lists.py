"""Lists, changes of many, My work and accounts in a real browser: as each role, by keyboard, on a phone and a desk."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from facilities.models import BulkEdit, Facility, Function, Proposal, SavedView
from geo_registry.accounts.models import Role, User
from tests import factories
from tests.facilities.register.conftest import load_rules

from .conftest import DESK, PHONE

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
LIST = "/office/facilities/"


@pytest.fixture
def rules(county):
    """What may follow what, and what waits for the county, as every installation has it."""
    for code in (
        "residential-care",
        "nursing",
        "day-care",
        "home-care",
        "mutual-help",
        "child-protection",
        "rehabilitation",
    ):
        if not Function.objects.filter(code=code).exists():
            factories.FunctionFactory(code=code)
    load_rules()


def tab_to(page, wanted: str, most: int = 80) -> None:
    """Press Tab until something that the selector fits has the focus."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"Tab does not reach {wanted}")


@SIZES
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("role", list(Role))
def test_the_header_fits_and_its_menus_open_by_keyboard(tab, county, role, size, language):
    with tab(size=size, person=county.people[role], locale=language) as opened:
        opened.open(reverse("accounts:account"))
        page = opened.page
        assert opened.overflow_px() == 0
        assert page.locator(".site-header").bounding_box()["height"] < (140 if size == PHONE else 70)
        if size == PHONE:
            tab_to(page, ".nav-toggle")
            page.keyboard.press("Enter")
        tab_to(page, ".office-nav summary")
        menu = page.locator(".office-nav details.menu").first
        page.keyboard.press("Enter")
        assert menu.get_attribute("open") is not None
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.closest('.menu-links') !== null")
        assert opened.overflow_px() == 0
        page.keyboard.press("Escape")
        assert menu.get_attribute("open") is None
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        if size == PHONE:
            page.keyboard.press("Escape")
            assert page.locator("#office-nav").is_hidden()
            page.keyboard.press("Enter")
            tab_to(page, ".office-nav summary")
        page.keyboard.press("Enter")
        tab_to(page, ".site-tools summary, .bell")
        assert menu.get_attribute("open") is None, "a menu closes behind whoever tabs on"
        assert opened.problems == []


@SIZES
def test_a_planner_changes_many_by_keyboard_and_takes_it_back(tab, county, rules, size):
    with tab(size=size, person=county.people[Role.PLANNER]) as opened:
        opened.open(LIST)
        page = opened.page
        tab_to(page, 'input[name="pk"]')
        page.keyboard.press("Space")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("x")
        assert page.locator('input[name="pk"]:checked').count() == 2
        assert opened.overflow_px() == 0
        page.locator("[data-chosen]").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/lists/change/*/")
        page.select_option("#id_sort", "contact_role")
        page.fill("#id_to-contact_role", "站长")
        page.keyboard.press("Enter")
        page.wait_for_load_state("networkidle")
        page.locator("tr[data-row]").first.wait_for()
        assert page.locator("tr[data-row]").count() == 2
        assert not Facility.objects.filter(contact_role="站长").exists(), "nothing is changed by looking"
        assert opened.overflow_px() == 0
        page.locator("form[action$='/apply/'] button").focus()
        page.keyboard.press("Enter")
        page.locator("form[action$='/undo/'] button").wait_for()
        assert Facility.objects.filter(contact_role="站长").count() == 2
        page.locator("form[action$='/undo/'] button").focus()
        page.keyboard.press("Enter")
        page.locator(".state-good").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert not Facility.objects.filter(contact_role="站长").exists()
        assert BulkEdit.objects.get().state == BulkEdit.State.UNDONE
        assert opened.problems == []


def test_a_clerks_change_of_many_goes_to_the_county(tab, county, rules):
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(f"{LIST}?status=open")
        page = opened.page
        page.locator('input[name="pk"]').first.check()
        page.locator("[data-chosen]").click()
        page.wait_for_url("**/lists/change/*/")
        page.select_option("#id_sort", "status")
        page.select_option("#id_to-status", "closed")
        page.fill("#id_reason", "停办")
        page.fill("#id_document", "〔2026〕1号")
        page.locator("form[data-bulk] button").click()
        page.locator("tr[data-row]").first.wait_for()
        page.locator("form[action$='/apply/'] button").click()
        page.locator("form[action$='/undo/'] button").wait_for()
        assert opened.problems == []
    assert Proposal.objects.filter(state=Proposal.State.SUBMITTED, subject=Proposal.Subject.LIFE).exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.NAME_OFFICER])
def test_who_may_change_nothing_is_offered_no_boxes(tab, county, role):
    with tab(person=county.people[role]) as opened:
        opened.open(LIST)
        assert opened.page.locator('input[name="pk"]').count() == 0
        assert opened.page.locator("#list tbody tr").count() > 5
        assert opened.problems == []


@SIZES
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_columns_are_chosen_a_view_saved_and_printed(tab, county, size, language):
    with tab(size=size, person=county.people[Role.CLERK], locale=language) as opened:
        opened.open(f"{LIST}?status=open")
        page = opened.page
        page.locator("details.list-more summary").nth(1).click()
        page.check('input[name="col"][value="grade"]')
        page.check('input[name="col"][value="beds"]')
        page.locator("details.list-more button").click()
        page.wait_for_url("**col=grade**")
        assert page.locator("#list tbody tr").count() > 0
        assert opened.overflow_px() == 0
        page.locator(".list-save summary").click()
        page.fill("#view-name", "我的名册")
        page.keyboard.press("Enter")
        page.locator(".list-views li a").first.wait_for()
        assert SavedView.objects.get().name == "我的名册"
        page.locator(".list-tools a", has_text=re.compile("打印|Print")).click()
        page.wait_for_load_state("networkidle")
        assert page.locator("table tbody tr").count() > 0
        assert opened.problems == []


@SIZES
def test_an_administrator_makes_disables_and_resets_an_account_by_keyboard(tab, county, size):
    with tab(size=size, person=county.people[Role.ADMINISTRATOR]) as opened:
        page = opened.page
        opened.open(reverse("accounts:person_new"))
        assert opened.overflow_px() == 0
        page.fill("[name=username]", "xin-ren")
        if page.locator("[name=display_name]").count():
            page.fill("[name=display_name]", "新人")
        page.select_option("[name=role]", "viewer")
        page.locator("[name=username]").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        made = User.objects.get(username="xin-ren")
        assert made.must_change_password
        opened.open(reverse("accounts:person", args=[made.pk]))
        assert opened.overflow_px() == 0
        page.locator("form[action$='/state/'] button").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        made.refresh_from_db()
        assert not made.is_active
        assert opened.problems == []


def try_to_sign_in(opened, password: str) -> None:
    opened.page.fill("[name=username]", "xin-ren")
    opened.page.fill("[name=password]", password)
    with opened.page.expect_navigation():
        opened.page.keyboard.press("Enter")


def test_who_is_locked_out_is_unlocked_and_given_a_new_password_without_mail(tab, county, settings):
    settings.AXES_FAILURE_LIMIT = 3
    locked = factories.UserFactory(username="xin-ren", role=Role.VIEWER)
    with tab(size=PHONE) as theirs, tab(person=county.people[Role.ADMINISTRATOR]) as opened:
        for _time in range(3):
            theirs.open(reverse("accounts:login"))
            try_to_sign_in(theirs, "not the password")
        assert theirs.page.locator("[name=password]").count() == 0
        assert theirs.overflow_px() == 0
        page = opened.page
        opened.open(reverse("accounts:person", args=[locked.pk]))
        assert page.locator(".state-bad").count() == 1
        page.locator("form[action$='/unlock/'] button").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.locator("form[action$='/unlock/']").count() == 0
        page.locator("form[action$='/reset-password/'] button").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        password = page.inner_text(".password-once")
        assert opened.overflow_px() == 0
        assert opened.problems == []
        theirs.open(reverse("accounts:login"))
        try_to_sign_in(theirs, password)
        assert theirs.page.url.endswith(reverse("accounts:password")), "it must be changed at once"


@SIZES
@pytest.mark.parametrize("role", list(Role))
def test_my_work_notifications_and_posts_open_for_each_role(tab, county, role, size):
    with tab(size=size, person=county.people[role]) as opened:
        for name in ("worklist:mine", "worklist:notifications", "facilities:posts", "facilities:list"):
            opened.open(reverse(name))
            assert opened.overflow_px() == 0, name
        assert opened.problems == []
