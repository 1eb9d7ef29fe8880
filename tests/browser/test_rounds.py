"""The queues of confirmation rounds in a real browser: by keyboard, with the thumb, and when the connection is gone."""

from __future__ import annotations

import pytest
from django.urls import reverse

from facilities.models import Confirmation
from geo_registry.accounts.models import Role

from .conftest import DESK, PHONE

State = Confirmation.State


@pytest.fixture
def entry(county):
    """The first facility of the clerk's township that is still to be confirmed."""
    return county.round.confirmations.get(facility__number="OPEN-0")


@pytest.fixture
def address(entry) -> str:
    return reverse("rounds:entry", args=[entry.pk])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_clerk_comes_from_my_work_to_the_last_facility_by_keyboard(tab, county, size, language):
    with tab(size=size, person=county.people[Role.CLERK], locale=language) as opened:
        opened.open("/work/?kind=round")
        opened.page.keyboard.press("j")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**/office/rounds/facilities/*/")
        left = county.round.confirmations.filter(
            state=State.WAITING, facility__division__parent=county.people[Role.CLERK].office.division
        ).count()
        assert left > 1
        for _each in range(left):
            before = opened.page.url
            opened.page.locator("#confirmation").wait_for()
            assert opened.overflow_px() == 0
            opened.page.wait_for_timeout(500)  # an Enter that comes at once is not taken
            opened.page.keyboard.press("Enter")
            opened.page.wait_for_url(lambda url, before=before: url != before)
            opened.page.wait_for_load_state("networkidle")
        assert opened.page.locator("#confirmation").count() == 0
        assert opened.problems == []
    waiting = county.round.confirmations.filter(state=State.WAITING)
    assert not waiting.filter(facility__division__parent=county.people[Role.CLERK].office.division).exists()


def test_an_enter_held_down_confirms_nothing_unseen(tab, county, address, entry):
    with tab(person=county.people[Role.CLERK]) as opened:
        opened.open(address)
        opened.page.wait_for_timeout(500)
        opened.page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', repeat: true, bubbles: true}))"
        )
        opened.page.wait_for_timeout(300)
    entry.refresh_from_db()
    assert entry.state == State.WAITING


def test_what_was_typed_survives_a_lost_connection(tab, county, address, entry):
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(address)
        opened.page.fill("#staff", "7")
        opened.page.wait_for_timeout(600)
        opened.page.context.set_offline(True)
        opened.page.fill("#staff", "8")
        opened.page.click("#send")
        trouble = opened.page.locator("#trouble")
        trouble.wait_for()
        assert "已存在这台设备上" in trouble.inner_text()
        opened.page.context.set_offline(False)
        opened.page.reload(wait_until="networkidle")
        assert opened.page.input_value("#staff") == "8"
        assert opened.page.locator("#draft").is_visible()
        opened.page.click("#send")
        opened.page.wait_for_url(lambda url: url != opened.origin + address)
        opened.open(address)
        assert not opened.page.locator("#draft").is_visible()
    entry.refresh_from_db()
    assert (entry.state, entry.answers["staff"]) == (State.DONE, [8, None])


def test_a_draft_does_not_silently_overwrite_what_a_colleague_said_since(tab, county, address, entry):
    with tab(person=county.people[Role.CLERK]) as opened:
        opened.open(address)
        opened.page.fill("#staff", "8")
        opened.page.wait_for_timeout(600)
        Confirmation.objects.filter(pk=entry.pk).update(
            version=1,
            state=State.DONE,
            answers={"staff": [5, None]},
            confirmed_by=county.people[Role.PLANNER],
        )
        opened.page.reload(wait_until="networkidle")
        opened.page.click("#send")
        opened.page.locator(".message-error:not(#trouble)").wait_for()
        assert "刚才已经提交过" in opened.page.locator(".message-error:not(#trouble)").inner_text()
        assert opened.page.input_value("#staff") == "8"
    entry.refresh_from_db()
    assert entry.answers == {"staff": [5, None]}


def test_typing_is_checked_at_once_and_says_what_will_wait(tab, county, address):
    with tab(person=county.people[Role.CLERK]) as opened:
        opened.open(address)
        opened.page.fill("#daycare_places-vacant", "99")
        opened.page.locator("#daycare_places-vacant-problem:not([hidden])").wait_for()
        opened.page.fill("#daycare_places-vacant", "0")
        opened.page.locator("#daycare_places-vacant-problem").wait_for(state="hidden")
        opened.page.fill("#public_phone", "0951-7654321")
        opened.page.get_by_text("公开电话有变动").wait_for()
        assert opened.page.locator("#send").inner_text() == "提交更正，下一个"
        assert opened.problems == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_reviewer_approves_with_enter_and_a_typed_reason_never_approves(tab, county, size):
    row = county.round.confirmations.get(facility__number="OPEN-1")
    with tab(size=size, person=county.people[Role.REVIEWER]) as opened:
        opened.open(reverse("rounds:approvals"))
        assert opened.overflow_px() == 0
        opened.page.keyboard.press("Alt+r")
        opened.page.keyboard.type("打不通")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**/approvals/")
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.RETURNED, "打不通")
    Confirmation.objects.filter(pk=row.pk).update(state=State.APPROVING, decided_by=None)
    with tab(size=size, person=county.people[Role.REVIEWER]) as opened:
        opened.open(reverse("rounds:approvals"))
        opened.page.wait_for_timeout(500)
        opened.page.keyboard.press("Enter")
        opened.page.locator("#decision").wait_for(state="detached")
    row.refresh_from_db()
    assert row.state == State.DONE


def test_a_reviewer_doubts_one_fact_by_keyboard_and_the_clerk_reads_it_beside_the_field(tab, county):
    row = county.round.confirmations.get(facility__number="OPEN-1")
    with tab(size=PHONE, person=county.people[Role.REVIEWER]) as opened:
        opened.open(reverse("rounds:approval", args=[row.pk]))
        doubt = opened.page.locator("tr", has_text="公开电话").locator("summary")
        doubt.focus()
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_timeout(500)
        opened.page.keyboard.type("打不通")
        assert opened.page.locator("#send").inner_text() == "退回存疑项，其余生效"
        assert opened.overflow_px() == 0
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_url("**/approvals/")
        assert opened.problems == []
    row.refresh_from_db()
    assert (row.state, row.disputed) == (State.RETURNED, {"public_phone": "打不通"})
    with tab(size=PHONE, person=county.people[Role.CLERK]) as opened:
        opened.open(reverse("rounds:entry", args=[row.pk]))
        assert "打不通" in opened.page.locator('[data-code="public_phone"] .round-doubt').inner_text()
        assert opened.overflow_px() == 0
