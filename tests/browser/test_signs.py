"""Signs in the field: entries made without a signal are kept over a reload, sent once, and counted once."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.reference import loading
from placenames.models import Sign, SignInspection, SignOrder, SignSite

from .conftest import PHONE


@pytest.fixture
def signs(county):
    """Two signs of the named village that stand in the clerk's township."""
    loading.load(loading.shipped_files())
    made = []
    for number in ("S1", "S2"):
        site = SignSite.objects.create(
            place=county.place, division=county.villages[0], point=county.villages[0].point, reason="village"
        )
        made.append(
            Sign.objects.create(
                asset_number=number,
                site=site,
                text=f"牌{number}",
                sort="village",
                status="accepted",
                status_on=datetime.date(2026, 1, 1),
            )
        )
    return made


def test_entries_made_without_a_signal_are_kept_and_sent_once(tab, county, signs):
    with tab(size=PHONE, person=county.people[Role.CLERK]) as t:
        t.open(reverse("signs:field"))
        page = t.page
        page.wait_for_selector("#field[data-ready]")
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        # Once more, so that the worker has seen the page and what it is made of.
        page.reload()
        page.wait_for_selector("#field[data-ready]")
        assert t.overflow_px() == 0
        page.context.set_offline(True)
        page.click(f"button[data-sign='{signs[0].pk}']")
        page.click("#field-fine")
        page.wait_for_function("() => document.getElementById('field-waiting').textContent.includes('1')")
        page.click(f"button[data-sign='{signs[1].pk}']")
        page.check("#field-defect-list input[value='rust']")
        page.click("#field-form button[type=submit]")
        page.wait_for_function("() => document.getElementById('field-waiting').textContent.includes('2')")
        page.reload()
        page.wait_for_selector("#field[data-ready]")
        assert re.search("2", page.inner_text("#field-waiting"))
        assert not SignInspection.objects.exists()
        page.context.set_offline(False)
        page.wait_for_function(
            "() => document.getElementById('field-waiting').textContent === document.getElementById('field').dataset.nothing",
            timeout=40_000,
        )
        assert SignInspection.objects.count() == 2
        assert SignOrder.objects.get().sign == signs[1]


def test_an_answer_that_was_lost_makes_no_second_entry(tab, county, signs):
    with tab(size=PHONE, person=county.people[Role.CLERK], service_workers="block") as t:
        t.open(reverse("signs:field"))
        page = t.page
        page.wait_for_selector("#field[data-ready]")
        lost = []

        def lose(route):
            if not lost:
                # It arrives, and the connection breaks before the answer does.
                lost.append(route.fetch().status)
                route.abort()
            else:
                route.continue_()

        page.route("**/field/send/", lose)
        page.click(f"button[data-sign='{signs[0].pk}']")
        page.click("#field-fine")
        page.wait_for_function("() => document.getElementById('field-waiting').textContent.includes('1')")
        page.wait_for_timeout(500)
        page.evaluate("() => dispatchEvent(new Event('online'))")
        page.wait_for_function(
            "() => document.getElementById('field-waiting').textContent === document.getElementById('field').dataset.nothing",
            timeout=40_000,
        )
        assert lost == [200]
        assert SignInspection.objects.count() == 1
