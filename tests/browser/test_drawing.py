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
    loaded(tab)


def loaded(tab: Any) -> None:
    """Wait until the rows in view are there."""
    tab.page.wait_for_function("() => !/…$/.test(document.getElementById('list-state').textContent.trim())")


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
    return tab.page.inner_text("#check-state")


def save(tab: Any, why: str = "实地核对") -> None:
    tab.page.fill("#why", why)
    with tab.page.expect_response("**/save/"):
        tab.page.click("#save")
    saved(tab)


def saved(tab: Any) -> None:
    """Wait until the editor has taken the answer and shows what is there now."""
    tab.page.wait_for_function("() => !document.getElementById('save').disabled")


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
        assert EditSet.objects.latest("made_at").why == "实地核对"


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
        saved(t)
        assert EditSet.objects.latest("made_at").state == EditSet.State.APPLIED
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
        loaded(t)
        t.page.tap("[data-tool=draw]")
        t.page.tap("#map")
        t.page.fill("#form-hamlet [name=name]", "丁家庄")
        t.page.locator("#form-hamlet [name=name]").blur()
        t.page.wait_for_function(
            "() => document.getElementById('selected-where').textContent.includes('东镇')"
        )
        checked(t)
        save(t)
        waiting = EditSet.objects.latest("made_at")
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
        t.open(f"/office/ground/sets/{EditSet.objects.latest('made_at').pk}/")
        t.page.wait_for_selector("#map path")
        t.page.click("button[value=approve]")
        t.page.wait_for_load_state("networkidle")
        assert PopulatedPlace.objects.filter(name="丁家庄").exists()
        assert t.problems == []


def street(county) -> Road:
    del county
    return Road.objects.get(name="第5路")


def draw_road(t: Any, points: str, why: str = "实地核对") -> None:
    t.page.click("[data-tool=draw]")
    t.page.fill("#type-points", points)
    t.page.click("#take-points")
    checked(t)
    t.page.fill("#why", why)


def test_the_second_of_two_people_on_one_road_sees_both_and_keeps_or_gives_way(tab, county):
    road = street(county)
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(EDITOR)
        look_at(t, lon=106.0, lat=38.0, zoom=14)
        t.page.evaluate(f"groundEditor.select('road:{road.pk}')")
        name = t.page.locator("#form-road [name=name]")
        name.fill("我改的路名")
        name.blur()
        checked(t)
        road.name = "别人改的路名"
        road.save()
        t.page.fill("#why", "实地核对")
        with t.page.expect_response("**/save/") as answer:
            t.page.click("#save")
        assert answer.value.status == 409
        conflict = t.page.locator(".draw-conflict")
        conflict.wait_for()
        assert "没有丢失" in conflict.inner_text() or "不会丢" in conflict.inner_text()
        assert t.page.locator("#draft-list li").count() == 1, "the draft stays"
        conflict.get_by_role("button").first.focus()
        t.page.keyboard.press("Enter")
        checked(t)
        with t.page.expect_response("**/save/") as answer:
            t.page.click("#save")
        assert answer.value.status == 201
        assert [problem for problem in t.problems if "409" not in problem] == []
    road.refresh_from_db()
    assert road.name == "我改的路名"
    assert EditSet.objects.filter(state="applied").count() == 1


def test_an_answer_that_was_lost_on_its_way_loses_no_draft_and_nothing_is_saved_twice(tab, county):
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(EDITOR)
        look_at(t)
        draw_road(t, "106.002, 38.002\n106.004, 38.003")
        # The server does it; what it says never arrives.
        t.page.route("**/save/", lambda route: (route.fetch(), route.abort()))
        t.page.click("#save")
        t.page.wait_for_function("() => document.getElementById('say').textContent.includes('没有网络')")
        assert t.page.locator("#draft-list li").count() == 1
        t.page.unroute("**/save/")
        t.page.reload(wait_until="networkidle")
        t.page.wait_for_function("() => document.querySelectorAll('#draft-list li').length === 1")
        checked(t)
        with t.page.expect_response("**/save/") as answer:
            t.page.click("#save")
        assert answer.value.status == 201
        t.page.wait_for_function("() => document.querySelectorAll('#draft-list li').length === 0")
    assert EditSet.objects.filter(state="applied").count() == 1
    assert Road.objects.filter(source__code="drawn-by-hand").count() == 1


def test_a_walk_is_recorded_on_the_phone_and_becomes_a_road(tab, county):
    with tab(
        person=county.people[Role.PLANNER], size=PHONE, has_touch=True, is_mobile=True, permissions=["geolocation"],
        geolocation={"longitude": 106.002, "latitude": 38.002, "accuracy": 5},
    ) as t:  # fmt: skip
        t.open(EDITOR)
        look_at(t)
        t.page.tap("[data-tool=track]")
        t.page.tap("#track-record")
        for step in range(1, 6):
            t.page.wait_for_function(
                f"() => document.getElementById('track-recorded').textContent.includes('{step}')"
            )
            t.page.context.set_geolocation(
                {"longitude": 106.002 + step * 0.0002, "latitude": 38.002 + step * 0.0001, "accuracy": 5}
            )
        t.page.wait_for_function("() => document.getElementById('track-recorded').textContent.includes('6')")
        t.page.tap("#track-form summary")
        t.page.fill("#track-max_speed_kmh", "10000")  # this walker is quick
        with t.page.expect_response("**/track/"):
            t.page.tap("#track-record")
        t.page.locator("#track-pieces button").first.tap()
        t.page.wait_for_function("() => document.querySelectorAll('#draft-list li').length === 1")
        assert t.page.locator("#track-forget").is_hidden()
        assert t.page.input_value("#method") == "track"
        checked(t)
        assert t.overflow_px() == 0
        save(t)
        assert t.problems == []
    made = Road.objects.get(source__code="drawn-by-hand")
    assert made.geometry_method == "track"
    assert made.length_m > 80


def test_a_recorded_kml_is_read_with_its_times(tab, county, tmp_path):
    from tests.geodata.test_kml import TRACK, kml, placemark

    fixes = "".join(
        f"<gx:coord>{106.002 + i * 0.0004} {38.002 + i * 0.0002} 1100</gx:coord>" for i in range(8)
    )
    times = "".join(f"<when>2026-05-01T08:0{i}:00Z</when>" for i in range(8))
    head = TRACK[: TRACK.index(">") + 1]
    path = kml(tmp_path / "巡查.kml", placemark(f"{head}{times}{fixes}</gx:Track>"))
    with tab(person=county.people[Role.CLERK]) as t:
        t.open(EDITOR)
        look_at(t)
        t.page.click("[data-tool=track]")
        t.page.set_input_files("#track-file", path)
        with t.page.expect_response("**/track/"):
            t.page.click("#track-form button[type=submit]")
        t.page.locator("#track-pieces li").first.wait_for()
        assert "没有时间" not in t.page.inner_text("#track-counts")
        assert t.problems == []


def test_a_facility_is_placed_by_pressing_the_map_and_entered_on_its_page(tab, county):
    place = county.villages[0].point
    with tab(person=county.people[Role.CLERK]) as t:
        t.open(f"{EDITOR}?layer=facility")
        t.page.wait_for_function("() => window.groundEditor?.layer.code === 'facility'")
        t.page.evaluate(f"groundEditor.canvas.map.setView([{place.y}, {place.x}], 16, {{animate: false}})")
        loaded(t)
        t.page.click("[data-tool=draw]")
        press(t, place.x + 0.001, place.y)
        t.page.click("#selected-more")
        t.page.wait_for_url("**/office/facilities/new/**")
        assert float(t.page.input_value("#id_lon")) == pytest.approx(place.x + 0.001, abs=1e-4)
        assert float(t.page.input_value("#id_lat")) == pytest.approx(place.y, abs=1e-4)
        assert t.problems == []


def test_two_roads_are_joined_and_are_one_from_then_on(tab, county):
    with tab(person=county.people[Role.PLANNER]) as t:
        t.open(EDITOR)
        look_at(t)
        draw_road(t, "106.0022, 38.0052\n106.0042, 38.0056")
        save(t)
        draw_road(t, "106.0042, 38.0056\n106.0062, 38.0060")
        save(t)
        first, second = Road.objects.filter(source__code="drawn-by-hand").order_by("pk")
        t.page.evaluate(f"groundEditor.select('road:{first.pk}')")
        t.page.click("[data-tool=join]")
        with t.page.expect_response("**/operate/**"):
            press(t, 106.0052, 38.0058)
        t.page.wait_for_function("() => document.querySelectorAll('#draft-list li').length === 2")
        checked(t)
        save(t, "本是一条路")
        assert t.problems == []
    assert not Road.objects.filter(pk=second.pk).exists()
    first.refresh_from_db()
    assert len(first.geometry) == 3
    assert first.geometry[0] == pytest.approx((106.0022, 38.0052), abs=1e-6)
    assert first.geometry[-1] == pytest.approx((106.0062, 38.0060), abs=1e-6)
