"""Signs in the field: entries made without a signal are kept over a reload, sent once, and counted once."""

from __future__ import annotations

import datetime
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.drawing.models import EditSet
from geo_registry.territory.models import Division
from placenames.models import Sign, SignInspection, SignOrder, SignSite
from placenames.services.signs import work
from tests import factories
from tests.reference_rows import load_shipped_reference

from .conftest import PHONE


@pytest.fixture
def signs(county):
    """Two signs of the named village that stand in the clerk's township."""
    load_shipped_reference()
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
        # The first request of a page just reloaded may get past the browser's imitation of a lost network; the next does not.
        assert SignInspection.objects.count() < len(signs)
        still_waits(page)
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


HERE = {"longitude": 106.0, "latitude": 38.0, "accuracy": 7}


def ready(page):
    page.wait_for_selector("#field[data-ready]")


def nothing_waits(page):
    page.wait_for_function(
        "() => document.getElementById('field-waiting').textContent === document.getElementById('field').dataset.nothing",
        timeout=40_000,
    )


def waits(page, count):
    page.wait_for_function(f"() => document.getElementById('field-waiting').textContent.includes('{count}')")


def still_waits(page):
    """Wait until the page says that one or two entries wait."""
    page.wait_for_function("() => /[12]/.test(document.getElementById('field-waiting').textContent)")


def kept_for_later(page):
    """Wait until the worker has all that the page is made of: the first visit is enough."""
    page.wait_for_selector("#field[data-offline]", timeout=30_000)
    assert page.is_visible("#field-kept"), "and whoever sets out can see it"


@pytest.mark.slow
def test_a_first_visit_is_enough_for_a_new_sign_and_a_lane_without_a_signal(tab, county, signs):
    """Installed, no network from the second on: a new sign and the track of a lane are kept over a reload, and arrive once."""
    with tab(size=PHONE, person=county.people[Role.CLERK]) as t:
        page = t.page
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation(HERE)
        t.open(reverse("signs:field"))
        ready(page)
        kept_for_later(page)
        page.context.set_offline(True)
        page.reload()
        ready(page)
        page.click("#field-new")
        page.wait_for_function("() => document.getElementById('field-new-where').textContent.includes('7')")
        page.fill("#field-new-name", county.place.current_name().text)
        page.click("#field-new-form button[type=submit]")
        waits(page, 1)
        page.click("#field-track")
        for step in range(12):
            page.context.set_geolocation(HERE | {"longitude": 106.0 + step * 0.0002})
            page.wait_for_function(
                f"() => Number(document.getElementById('field-track-said').textContent.match(/[0-9]+/)?.[0] ?? 0) > {step // 2}"
            )
        page.click("#field-track")
        page.reload()
        ready(page)
        assert page.is_visible("#field-track-end")
        page.fill("#field-track-note", "水井旁")
        page.click("#field-track-send")
        still_waits(page)
        page.reload()
        ready(page)
        # One may have got past the imitation, see above; not both.
        still_waits(page)
        page.context.set_offline(False)
        nothing_waits(page)
        assert Sign.objects.exclude(asset_number__in=["S1", "S2"]).count() == 1
        assert EditSet.objects.filter(method="track").count() == 1
        assert t.overflow_px() == 0


@pytest.mark.slow
def test_a_connection_that_breaks_in_the_middle_leaves_each_entry_once(tab, county, signs):
    """The first of two entries arrives, the second is cut off on its way: after that there are two, not one and not three."""
    with tab(size=PHONE, person=county.people[Role.CLERK], service_workers="block") as t:
        page = t.page
        t.open(reverse("signs:field"))
        ready(page)
        page.context.set_offline(True)
        for sign in signs:
            page.click(f"button[data-sign='{sign.pk}']")
            page.click("#field-fine")
            page.wait_for_selector("#field-dialog", state="hidden")
        waits(page, 2)
        sent = []

        def cut(route):
            sent.append(route.request.post_data_buffer)
            if len(sent) == 2:
                route.abort("connectionreset")
            else:
                route.continue_()

        page.route("**/field/send/", cut)
        page.context.set_offline(False)
        page.wait_for_function(
            "() => document.getElementById('field-waiting').textContent.includes('1')", timeout=40_000
        )
        page.evaluate("() => dispatchEvent(new Event('online'))")
        nothing_waits(page)
        assert SignInspection.objects.count() == 2
        assert len(sent) == 3


@pytest.mark.slow
def test_what_a_colleague_did_meanwhile_is_shown_beside_ones_own(tab, county, signs):
    with tab(size=PHONE, person=county.people[Role.CLERK], service_workers="block") as t:
        page = t.page
        t.open(reverse("signs:field"))
        ready(page)
        page.context.set_offline(True)
        page.click(f"button[data-sign='{signs[0].pk}']")
        page.click("#field-fine")
        waits(page, 1)
        work.inspect(
            sign=signs[0],
            by=county.people[Role.NAME_OFFICER],
            key=uuid.uuid4(),
            on_day=timezone.localdate(),
            defects=["rust"],
        )
        page.context.set_offline(False)
        refused = page.locator("#field-refused li")
        refused.wait_for(timeout=40_000)
        said = refused.inner_text()
        assert str(county.people[Role.NAME_OFFICER]) in said
        assert SignInspection.objects.count() == 1
        refused.locator("button").first.click()
        nothing_waits(page)
        assert SignInspection.objects.count() == 2
        signs[0].refresh_from_db()
        assert signs[0].status == "damaged"


@pytest.mark.slow
def test_the_days_round_is_taken_along_and_goes_on_without_a_signal(tab, county, signs):
    profile = factories.TravelProfileFactory(code="ebike", mode="bicycle", snap_limit_m=50_000)
    town = county.villages[0].parent
    Division.objects.filter(pk=town.pk).update(point=county.villages[0].point)
    with tab(size=PHONE, person=county.people[Role.CLERK]) as t:
        page = t.page
        asked = f"in={town.code}&what=all&travel={profile.code}&hours=8&minutes=5"
        t.open(f"{reverse('signs:round')}?{asked}")
        page.click(f"a[href*='{reverse('signs:field')}']")
        ready(page)
        kept_for_later(page)
        first = page.inner_text("#field-next")
        page.context.set_offline(True)
        page.click("#field-next-inspect")
        page.click("#field-fine")
        page.wait_for_function(f"() => document.getElementById('field-next').textContent !== {first!r}")
        page.reload()
        ready(page)
        assert page.inner_text("#field-next") != first
        page.click("#field-next-been")
        page.wait_for_selector("#field-next-been", state="hidden")
        page.context.set_offline(False)
        nothing_waits(page)
        assert SignInspection.objects.count() == 1


@pytest.mark.slow
def test_what_was_refused_is_put_right_and_nothing_of_it_is_typed_again(tab, county, signs):
    with tab(size=PHONE, person=county.people[Role.CLERK], service_workers="block") as t:
        page = t.page
        page.context.grant_permissions(["geolocation"])
        page.context.set_geolocation(HERE)
        t.open(reverse("signs:field"))
        ready(page)
        page.click("#field-new")
        page.wait_for_function("() => document.getElementById('field-new-where').textContent.includes('7')")
        page.fill("#field-new-name", "没有这条路")
        page.fill("#field-new-note", "井边")
        page.click("#field-new-form button[type=submit]")
        refused = page.locator("#field-refused li")
        refused.wait_for()
        page.context.set_geolocation(HERE | {"longitude": 106.5})
        refused.locator("button").first.click()
        assert page.input_value("#field-new-note") == "井边"
        page.fill("#field-new-name", county.place.current_name().text)
        page.click("#field-new-form button[type=submit]")
        nothing_waits(page)
        made = Sign.objects.exclude(asset_number__in=["S1", "S2"]).get()
        assert made.site.point.x == HERE["longitude"], "where it was seen, not where it was put right"
        assert made.inspections.get().note == "井边"


@pytest.mark.slow
def test_entries_of_a_page_that_is_older_than_the_sign_in_are_sent(tab, county, signs):
    """Whoever signs in again has another token than the page that lay open in the pocket."""
    with tab(size=PHONE, person=county.people[Role.CLERK], service_workers="block") as t:
        page = t.page
        t.open(reverse("signs:field"))
        ready(page)
        kept = next(one for one in page.context.cookies() if one["name"] == "csrftoken")
        page.context.add_cookies([kept | {"value": "n" * 32}])
        page.click(f"button[data-sign='{signs[0].pk}']")
        with page.expect_response(lambda answer: answer.url.endswith("/field/send/") and answer.ok):
            page.click("#field-fine")
        nothing_waits(page)
        assert SignInspection.objects.count() == 1
