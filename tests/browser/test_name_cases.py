"""A name from an empty form to a submitted case by keyboard alone, with the checks beside the field; many names by Enter."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.territory.models import Road
from placenames.models import Name, NameCase, NameReview, Place, PlaceKind
from placenames.models.cases import State
from placenames.services.places import ensure_places_for_roads
from tests.reference_rows import load_shipped_reference

from .conftest import DESK, PHONE
from .test_by_keyboard import tab_to


@pytest.fixture
def named_roads(county):
    """The county's roads with their places and kinds."""
    load_shipped_reference()
    Road.objects.filter(name="第5路").update(name="星业路")
    ensure_places_for_roads()
    return county


def keep(page, name):
    """Keep a picture where somebody asks for it."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_name_is_proposed_by_keyboard_and_checked_while_one_types(tab, named_roads, size):
    village = named_roads.villages[0]
    with tab(size=size, person=named_roads.people[Role.NAME_OFFICER]) as t:
        road = Road.objects.exclude(name="星业路").first()
        t.open(reverse("naming:new") + f"?in={village.code}&roads={road.pk}")
        page = t.page
        tab_to(page, "#id_kind")
        # As the arrow keys do it, however many kinds an office has.
        page.select_option("#id_kind", label="道路")
        tab_to(page, "#id_text")
        with page.expect_response("**/office/names/check/"):
            page.keyboard.type("兴业路")
        page.wait_for_selector("#findings .finding")
        page.wait_for_function("() => document.getElementById('id_spelling').value === 'Xīngyè Lù'")
        assert "星业路" in page.inner_text("#findings")
        keep(page, f"edit-{size[0]}")
        tab_to(page, "#readings input")
        tab_to(page, "#id_reason")
        page.keyboard.type("新建道路")
        assert t.overflow_px() == 0
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".case-steps")
        case = NameCase.objects.get()
        assert (case.text, list(case.roads.all()), case.spelling) == ("兴业路", [road], "Xīngyè Lù")
        assert t.overflow_px() == 0
        keep(page, f"case-{size[0]}")
        tab_to(page, ".case-actions button")
        page.keyboard.press("Enter")
        page.wait_for_selector(".case-actions summary")
        case.refresh_from_db()
        assert case.state == State.SUBMITTED
        assert t.problems == []


def test_roads_are_chosen_on_the_map_and_described(tab, named_roads):
    with tab(person=named_roads.people[Role.NAME_OFFICER]) as t:
        road = Road.objects.order_by("pk").first()
        t.open(reverse("naming:new") + f"?roads={road.pk}")
        page = t.page
        page.wait_for_selector("#road-list input:checked", state="attached")
        page.click("summary:has-text('从列表中选路段')")
        with page.expect_response("**/describe/**"):
            page.locator("#road-list input:not(:checked)").first.check()
        page.wait_for_function("() => document.getElementById('id_course_text').value !== ''")
        assert len(page.input_value("[name=roads]").split(",")) == 2
        assert t.problems == []


SELECTED = "path[stroke='#1c5fd0']"
THERE = "path[stroke='#3d5a80']"


def free_road(page, clear_px):
    """Where in the window a road lies that is not chosen and has no other so near, and which way is across it there."""
    return page.evaluate(
        """([selector, clear]) => {
            const map = document.getElementById("map").getBoundingClientRect();
            // The roads of the little county are straight.
            const lineOf = (path) => [0, 1].map((share) => {
                const { x, y } = path.getPointAtLength(path.getTotalLength() * share).matrixTransform(path.getScreenCTM());
                return [x, y];
            });
            const away = ([x, y], [[ax, ay], [bx, by]]) => {
                const [dx, dy] = [bx - ax, by - ay];
                const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
                return Math.hypot(ax + dx * t - x, ay + dy * t - y);
            };
            const all = [...document.querySelectorAll("#map path.leaflet-interactive")].map((path) => [path, lineOf(path)]);
            for (const [path, line] of all) {
                if (!path.matches(selector)) continue;
                const [[ax, ay], [bx, by]] = line;
                for (let i = 1; i < 100; i += 1) {
                    const [x, y] = [ax + ((bx - ax) * i) / 100, ay + ((by - ay) * i) / 100];
                    if (x < map.left + 60 || x > map.right - 60 || y < map.top + 60 || y > map.bottom - 60) continue;
                    if (!all.every(([other, its]) => other === path || away([x, y], its) >= clear)) continue;
                    const length = Math.hypot(bx - ax, by - ay);
                    return { x, y, across: [-(by - ay) / length, (bx - ax) / length] };
                }
            }
            return null;
        }""",
        [THERE, clear_px],
    )


def still(page):
    """Wait until the map neither zooms nor waits for roads."""
    page.wait_for_function("() => !document.querySelector('#map .leaflet-zoom-anim')")
    page.wait_for_function("() => document.querySelectorAll('#map path.leaflet-interactive').length > 1")


def chosen(page):
    return {pk for pk in page.input_value("[name=roads]").split(",") if pk}


def wait_for_chosen(page, count):
    page.wait_for_function(
        "(count) => document.querySelector('[name=roads]').value.split(',').filter(Boolean).length === count",
        arg=count,
    )


@pytest.mark.parametrize("touch", [False, True], ids=["mouse", "finger"])
def test_a_road_is_chosen_by_a_press_on_the_map_or_a_little_beside_it(tab, named_roads, touch):
    """At several zooms; a second press lets the road go; a press in the open chooses nothing."""
    size = PHONE if touch else DESK
    person = named_roads.people[Role.NAME_OFFICER]
    with tab(size=size, person=person, has_touch=touch, is_mobile=touch) as t:
        page = t.page
        road = Road.objects.order_by("pk").first()
        t.open(reverse("naming:new") + f"?roads={road.pk}&in={named_roads.villages[0].code}")
        page.wait_for_selector(f"#map {SELECTED}", state="attached")

        def press(x, y):
            if touch:
                page.touchscreen.tap(x, y)
            else:
                page.mouse.move(x, y)
                page.mouse.click(x, y)

        page.locator("#map").scroll_into_view_if_needed()
        # The roads lie close at first; nearer, a hand may be farther off.
        for clear_px in (16, 34, 60):
            still(page)
            while (spot := free_road(page, clear_px)) is None:
                with page.expect_response("**/roads/?bbox*"):
                    page.click("#map .leaflet-control-zoom-in")
                still(page)
            for off in (0, 6 if clear_px == 16 else 15 if touch else 9):
                x, y = spot["x"] + spot["across"][0] * off, spot["y"] + spot["across"][1] * off
                press(x, y)
                wait_for_chosen(page, 2)
                assert str(road.pk) in chosen(page)
                press(x, y)
                wait_for_chosen(page, 1)
        press(spot["x"] + spot["across"][0] * 30, spot["y"] + spot["across"][1] * 30)
        page.wait_for_timeout(300)
        assert chosen(page) == {str(road.pk)}
        assert t.problems == []


def ends_on_screen(page):
    """Where the first and the last point of the chosen road are in the window."""
    return page.evaluate(
        """(selector) => {
            const path = document.querySelector(`#map ${selector}`);
            const at = (length) => path.getPointAtLength(length).matrixTransform(path.getScreenCTM());
            return [at(0), at(path.getTotalLength())].map(({ x, y }) => [x, y]);
        }""",
        SELECTED,
    )


def test_what_is_drawn_near_a_road_begins_and_ends_on_it(tab, named_roads):
    """A hand is some pixels off; the line is not. A point far from every road stays where it was put."""
    with tab(person=named_roads.people[Role.NAME_OFFICER]) as t:
        road = Road.objects.order_by("pk").first()
        t.open(reverse("naming:new") + f"?roads={road.pk}&in={named_roads.villages[0].code}")
        page = t.page
        page.wait_for_selector(f"#map {SELECTED}", state="attached")
        page.locator("#map").scroll_into_view_if_needed()
        page.check("input[name=tool][value=line]")
        first, last = ends_on_screen(page)
        for (x, y), (dx, dy) in ((first, (5, -6)), (last, (-6, 4))):
            page.mouse.move(x + dx, y + dy)
            page.mouse.click(x + dx, y + dy)
        page.click("#finish")
        page.wait_for_function("() => document.querySelector('[name=geometry]').value !== ''")
        drawn = json.loads(page.input_value("[name=geometry]"))["coordinates"]
        assert drawn[0] == pytest.approx(road.geometry.coords[0], abs=1e-9)
        assert drawn[-1] == pytest.approx(road.geometry.coords[-1], abs=1e-9)
        page.click("#clear")
        page.check("input[name=tool][value=point]")
        x, y = (first[0] + last[0]) / 2, (first[1] + last[1]) / 2
        page.mouse.click(x + 31, y + 31)
        page.wait_for_function("() => document.querySelector('[name=geometry]').value !== ''")
        free = json.loads(page.input_value("[name=geometry]"))["coordinates"]
        line = road.geometry
        assert line.distance(Point(*free, srid=line.srid)) > 1e-6
        assert t.problems == []


def test_a_name_is_for_the_stretches_that_are_chosen_and_the_words_stay_the_officer_s(tab, named_roads):
    with tab(person=named_roads.people[Role.NAME_OFFICER]) as t:
        road = Road.objects.order_by("pk").first()
        t.open(reverse("naming:new") + f"?roads={road.pk}&in={named_roads.villages[0].code}")
        page = t.page
        page.wait_for_selector(f"#map {SELECTED}", state="attached")
        page.wait_for_function("() => document.getElementById('id_course_text').value !== ''")
        page.locator("#map").scroll_into_view_if_needed()
        assert page.input_value("[name=roads]") == str(road.pk)
        page.fill("#id_extent_text", "东起村委会，西至老桥")
        page.click("summary:has-text('从列表中选路段')")
        with page.expect_response("**/describe/**"):
            page.locator("#road-list input:not(:checked)").first.check()
        page.wait_for_function("() => document.querySelector('[name=roads]').value.includes(',')")
        assert page.input_value("#id_extent_text") == "东起村委会，西至老桥"
        # Hundreds of roads on the map are no stops on the way from field to field.
        page.focus("#undo")
        for _step in range(12):
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.tagName.toLowerCase()") != "path"
        page.select_option("#id_kind", label="道路")
        page.fill("#id_text", "兴业路")
        page.fill("#id_reason", "新建道路")
        page.click("main .actions button[type=submit]")
        page.wait_for_selector(".case-steps")
        case = NameCase.objects.get()
        assert (case.roads.count(), case.extent_text) == (2, "东起村委会，西至老桥")
        assert "东起村委会，西至老桥" in page.inner_text("main")
        assert t.problems == []


def test_a_line_is_drawn_undone_drawn_again_and_kept(tab, named_roads):
    """Drawing lets go of the chosen road, undoing brings it back; the program says where a line leads; two lines stay two."""
    with tab(person=named_roads.people[Role.NAME_OFFICER]) as t:
        road = Road.objects.order_by("pk").first()
        t.open(reverse("naming:new") + f"?roads={road.pk}&in={named_roads.villages[0].code}")
        page = t.page
        page.wait_for_selector("#road-list input:checked", state="attached")
        page.check("input[name=tool][value=line]")
        page.locator("#map").scroll_into_view_if_needed()
        page.wait_for_function("() => document.querySelectorAll('#road-list input').length > 1")
        box = page.locator("#map").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

        def draw(dy):
            for dx in (-60, 60):
                page.mouse.click(middle[0] + dx, middle[1] + dy)
            page.click("#finish")
            page.wait_for_function("() => document.querySelector('[name=geometry]').value !== ''")

        draw(4)
        assert page.input_value("[name=roads]") == ""
        page.click("#undo")
        page.wait_for_function("() => document.querySelector('[name=geometry]').value === ''")
        assert page.input_value("[name=roads]") == str(road.pk)
        draw(4)
        # Beside the first, whose points are handles now.
        draw(40)
        assert page.locator(".draw-vertex").count() >= 2
        page.wait_for_function("() => document.getElementById('id_course_text').value.includes('走向')")
        page.select_option("#id_kind", label="道路")
        page.fill("#id_text", "兴业路")
        page.fill("#id_reason", "新建道路")
        keep(page, "drawn")
        page.click("main .actions button[type=submit]")
        page.wait_for_selector(".case-steps")
        case = NameCase.objects.get()
        assert (case.geometry.geom_type, len(case.geometry), case.roads.count()) == ("MultiLineString", 2, 0)
        assert t.problems == []


def test_an_area_is_read_from_a_file(tab, named_roads, tmp_path):
    file = tmp_path / "小区.geojson"
    ring = [[106.001, 38.001], [106.003, 38.001], [106.003, 38.003], [106.001, 38.003], [106.001, 38.001]]
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    with tab(size=PHONE, person=named_roads.people[Role.NAME_OFFICER]) as t:
        t.open(reverse("naming:new"))
        page = t.page
        page.click("summary:has-text('从文件或手机轨迹读入')")
        page.set_input_files("#shape-file", str(file))
        page.click("#read-shape")
        page.wait_for_function("() => document.querySelector('[name=geometry]').value !== ''")
        assert page.is_checked("input[name=tool][value=area]")
        assert t.overflow_px() == 0
        keep(page, "area-390")
        assert t.problems == []


def test_names_are_reviewed_by_enter(tab, named_roads):
    kind = PlaceKind.objects.get(code="hamlet")
    for i in range(3):
        place = Place.objects.create(kind=kind, division=named_roads.villages[0])
        Name.objects.create(place=place, text=f"{'甲乙丙'[i]}家庄", status=Name.Status.RECORDED)
    with tab(size=PHONE, person=named_roads.people[Role.NAME_OFFICER]) as t:
        t.open(reverse("naming:review") + "?kind=hamlet")
        page = t.page
        keep(page, "review-390")
        for name in ("甲家庄", "乙家庄", "丙家庄"):
            page.wait_for_selector(f".queue-characters:has-text('{name}')")
            page.wait_for_function("() => document.activeElement.value === 'fine'")
            page.keyboard.press("Enter")
        page.wait_for_selector(".empty")
        assert page.locator(".queue-characters").count() == 0
        assert NameReview.objects.filter(outcome="fine").count() == 3
        t.open(reverse("naming:campaign"))
        keep(page, "campaign-390")
        t.open(reverse("naming:queue"))
        keep(page, "queue-390")
        assert t.overflow_px() == 0
        assert t.problems == []
