"""The public page in a hand: by keyboard, by touch, with and without scripts and position."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role

from .conftest import DESK, PHONE

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
FIRST_VIEW_BYTES = 300_000
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect();
  return {
    tag: e.tagName, id: e.id, text: (e.innerText || e.value || e.getAttribute('aria-label') || '').trim(),
    label: e.labels?.[0]?.innerText ?? '', inMap: Boolean(e.closest('.leaflet-marker-pane')),
    visible: box.width > 0 && box.height > 0, outline: getComputedStyle(e).outlineStyle, tel: (e.href || '').startsWith('tel:'),
  };
}"""


def walk(page, most: int = 200) -> list[dict]:
    """Press the tab key until the page is through; what had the focus, in order."""
    stops = []
    for _i in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        stops.append(stop)
    return stops


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_everything_can_be_reached_by_the_tab_key_and_no_symbol_on_the_map_is_in_the_way(tab, size) -> None:
    with tab(size=size) as opened:
        opened.open("/?village=990101100200")
        stops = walk(opened.page)
        assert stops[0]["text"] == "跳到正文"
        assert len(stops) < 200, "the walk came to an end"
        assert not [stop for stop in stops if stop["inMap"]]
        assert not [stop for stop in stops if stop["outline"] == "none"], "the focus can be seen"
        assert not [stop for stop in stops if not (stop["text"] or stop["label"] or stop["id"] == "map")], (
            "all have names"
        )
        texts = [stop["text"] for stop in stops]
        assert (
            texts.index("老年助餐")
            < texts.index("确定")
            < next(i for i, stop in enumerate(stops) if stop["tel"])
        )
        assert sum(stop["tel"] for stop in stops) == 5


def test_a_search_and_a_need_by_keyboard_alone(tab) -> None:
    with tab(size=PHONE) as opened:
        opened.open("/")
        page = opened.page
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("donghu")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=donghu")
        assert page.locator(".place h3").all_inner_texts() == ["东湖社区助餐点"]
        page.get_by_role("link", name="日间照料", exact=True).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**need=day-care**")
        assert page.get_by_text("没有找到。").is_visible()


def test_without_scripts_list_and_forms_do_everything_but_the_map(tab) -> None:
    with tab(size=PHONE, java_script_enabled=False) as opened:
        page = opened.page
        opened.open("/")
        assert page.locator(".place").count() == 5
        page.select_option("#village", label="西一村")
        page.get_by_role("button", name="确定").click()
        assert "village=990101101200" in page.url
        assert page.locator(".place h3").first.inner_text() == "西一村日间照料中心"
        assert page.locator(".place-distance").first.inner_text().startswith("直线约")
        page.get_by_role("link", name="老年助餐", exact=True).click()
        assert "need=meals" in page.url
        assert "village=990101101200" in page.url
        assert page.locator("[data-reading]").first.is_hidden()
        assert opened.problems == []


def test_a_position_is_rounded_before_it_is_sent(tab) -> None:
    where = {"latitude": 38.0123456, "longitude": 106.0498765}
    with tab(size=PHONE, geolocation=where, permissions=["geolocation"]) as opened:
        sent = []
        opened.page.on("request", lambda request: sent.append(request.url))
        opened.open("/?need=meals")
        opened.page.get_by_role("button", name="用我的位置").click()
        opened.page.wait_for_url("**lat=38.012**")
        assert "lon=106.050" in opened.page.url
        assert "need=meals" in opened.page.url
        assert opened.page.get_by_text("从您所在位置算起").is_visible()
        assert not [url for url in sent if "38.0123" in url or "106.0498" in url]


def test_a_refused_position_leads_to_the_choice_of_a_village(tab) -> None:
    with tab(size=PHONE, permissions=[]) as opened:
        opened.open("/")
        opened.page.get_by_role("button", name="用我的位置").click()
        opened.page.get_by_text("没有得到您的位置，请改选村（社区）。").wait_for()
        assert opened.page.evaluate("document.activeElement.id") == "village"


def test_list_and_map_are_a_tap_apart_on_a_phone_and_the_address_follows(tab) -> None:
    with tab(size=PHONE, has_touch=True) as opened:
        page = opened.page
        opened.open("/?village=990101100200")
        assert page.locator(".leaflet-container").count() == 0, "a phone that shows the list loads no map"
        page.locator(".finder-switch [data-view=map]").tap()
        page.locator(".map-point, .map-group").first.wait_for()
        assert "view=map" in page.url
        assert page.locator(".places").is_hidden()
        for always in (".leaflet-control-scale", ".leaflet-control-attribution"):
            assert page.locator(always).is_visible()
        assert "内部使用" in page.locator(".leaflet-control-attribution").inner_text()
        page.locator(".finder-switch [data-view=list]").tap()
        assert page.locator(".places").is_visible()
        assert "view=map" not in page.url
        page.locator(".place [data-show]").first.tap()
        page.locator(".map-sheet h3").wait_for()
        assert page.locator(".map-sheet h3").inner_text() == page.locator(".place h3").first.inner_text()
        assert page.locator(".map-sheet a[href^='tel:']").is_visible()
        assert "sel=OPEN-0" in page.url
        assert page.locator(".leaflet-control-attribution").is_visible(), (
            "the sheet does not cover date and mark"
        )
        page.get_by_role("button", name="关闭").tap()
        assert page.locator(".map-sheet").is_hidden()
        assert "sel=" not in page.url
        assert opened.problems == []


def test_what_is_pressed_on_the_map_is_marked_in_the_list(tab) -> None:
    with tab(size=(1366, 900)) as opened:
        page = opened.page
        opened.open("/?village=990101101201")
        page.locator(".map-point").first.wait_for()
        title = page.locator(".map-point").first.get_attribute("title")
        page.locator(".map-point").first.click()
        marked = page.locator(".place[data-selected]")
        assert marked.count() == 1
        assert marked.locator("h3").inner_text() == title
        assert page.locator(".map-halo").count() == 1
        number = marked.get_attribute("data-number")
        page.reload(wait_until="networkidle")
        assert page.locator(".place[data-selected]").get_attribute("data-number") == number
        assert page.locator(".map-halo").count() == 1
        assert opened.problems == []


def test_points_close_together_are_one_group_with_their_count(tab) -> None:
    with tab(size=(1366, 900), reduced_motion="reduce") as opened:
        opened.open("/")
        page = opened.page
        page.locator(".map-point, .map-group").first.wait_for()
        for _i in range(4):
            page.get_by_role("button", name="缩小").click()
            page.wait_for_timeout(200)
        assert page.locator(".map-group").all_inner_texts() == ["5"]


def test_the_symbol_on_the_map_is_the_one_in_the_list(tab) -> None:
    with tab(size=(1366, 900)) as opened:
        page = opened.page
        opened.open("/?village=990101101201&all=1")
        page.locator(".map-point").first.wait_for()
        on_map = set(page.eval_on_selector_all(".map-point svg", "all => all.map(e => e.outerHTML)"))
        in_list = set(page.eval_on_selector_all(".place svg", "all => all.map(e => e.outerHTML)"))
        assert on_map
        assert on_map <= in_list


COLOURS_DRAWN = """() => {
  const found = new Set();
  for (const tile of document.querySelectorAll('canvas.leaflet-tile')) {
    if (!tile.width) continue;
    const data = tile.getContext('2d').getImageData(0, 0, tile.width, tile.height).data;
    for (let i = 0; i < data.length; i += 4) found.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  }
  return [...found];
}"""


def test_the_base_map_is_drawn(tab) -> None:
    land_main_road_street = {0xFAF9F5, 0xFDF3D3, 0xFFFFFF}
    with tab(size=(1366, 900)) as opened:
        opened.open("/")
        missing = land_main_road_street
        for _look in range(40):
            missing = land_main_road_street - set(opened.page.evaluate(COLOURS_DRAWN))
            if not missing:
                break
            opened.page.wait_for_timeout(250)
        assert not missing, [f"#{colour:06x}" for colour in sorted(missing)]


def test_large_text_and_high_contrast_are_remembered_and_nothing_is_wider_than_the_phone(tab) -> None:
    with tab(size=PHONE) as opened:
        page = opened.page
        for address in ("/?village=990101100200", "/facility/OPEN-0/"):
            opened.open(address)
            if address.startswith("/?"):
                page.get_by_role("button", name="大字版").click()
                page.get_by_role("button", name="高对比").click()
            assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
            assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
            assert page.get_by_role("button", name="大字版").get_attribute("aria-pressed") == "true"
            assert opened.overflow_px() == 0


def test_targets_are_large_enough_for_a_thumb(tab) -> None:
    with tab(size=PHONE, has_touch=True) as opened:
        opened.open("/?village=990101100200")
        small = opened.page.eval_on_selector_all(
            ".button, .need, .site-nav a, .site-nav button, summary, select, input[type=search]",
            """all => all.filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44)
                      .map(e => e.outerHTML.slice(0, 80))""",
        )
        assert small == []


def test_the_language_is_changed_and_the_state_kept(tab) -> None:
    with tab(size=DESK) as opened:
        page = opened.page
        opened.open("/?need=meals")
        page.get_by_role("button", name="English").click()
        page.wait_for_load_state("networkidle")
        assert page.url.endswith("/?need=meals")
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.get_by_text("What do you need?").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_first_view_is_light(tab, size) -> None:
    with tab(size=size) as opened:
        bodies: dict[str, bytes] = {}
        opened.page.on("response", lambda response: bodies.setdefault(response.url, response.body()))
        opened.open("/")
        opened.page.wait_for_timeout(300)
        weights = {url: len(gzip.compress(body, 6)) for url, body in bodies.items()}
        assert sum(weights.values()) < FIRST_VIEW_BYTES, json.dumps(weights, indent=1)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (script/test installs it)")
@pytest.mark.parametrize(
    "address", ["/?village=990101100200", "/facility/OPEN-0/", "/?q=nothing-like-it", "/nowhere/"]
)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_against_wcag_2_2_aa(tab, size, address: str) -> None:
    with tab(size=size, bypass_csp=True) as opened:
        opened.open(address)
        opened.page.add_script_tag(path=str(AXE))
        result = opened.page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        found = [
            (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in result["violations"]
        ]
        assert found == []


def test_on_a_phone_the_bar_of_list_and_map_covers_neither_a_chosen_place_nor_the_foot(tab) -> None:
    covered = """name => {
      const [bar, other] = [".finder-switch", name].map(one => document.querySelector(one).getBoundingClientRect());
      return Math.max(0, Math.min(bar.bottom, other.bottom) - Math.max(bar.top, other.top));
    }"""
    with tab(size=PHONE, has_touch=True) as opened:
        page = opened.page
        opened.open("/")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        assert page.evaluate(covered, ".site-footer") == 0
        opened.open("/?view=map&sel=OPEN-0")
        page.locator(".map-sheet h3").wait_for()
        assert page.evaluate(covered, ".map-sheet") == 0
        assert page.evaluate(covered, ".leaflet-control-attribution") == 0


def test_on_a_desk_there_is_nothing_below_the_foot_of_the_page(tab) -> None:
    """The list scrolls beside the map; words for screen readers once lengthened the page by several empty windows."""
    with tab(size=DESK) as opened:
        opened.open("/")
        assert opened.page.locator(".finder-side").evaluate("e => e.scrollHeight > e.clientHeight")
        assert opened.page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0


def test_no_shape_on_the_planners_map_is_a_stop_of_the_tab_key_before_the_table(tab, county) -> None:
    with tab(person=county.people[Role.PLANNER]) as opened:
        opened.open(reverse("maps:planner_run", args=[county.run.pk]))
        opened.page.locator("#map[data-ready]").wait_for()
        assert opened.page.locator("#map path.leaflet-interactive").count() > 0
        stops = walk(opened.page)
        assert [stop["tag"] for stop in stops].count("path") == 0
        assert "怎么算的" in [stop["text"] for stop in stops]


def test_the_planners_table_shows_the_limit_asked_for_on_a_phone_without_being_pushed_sideways(
    tab, county
) -> None:
    with tab(size=PHONE, person=county.people[Role.PLANNER]) as opened:
        opened.open(reverse("maps:planner_run", args=[county.run.pk]))
        table = opened.page.locator(".table-scroll").first
        assert table.locator("th.limit[aria-current]").is_visible()
        assert table.evaluate("e => e.scrollWidth - e.clientWidth") == 0
