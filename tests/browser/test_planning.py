"""The planner's whole story in a real browser: a file brought in, who is in reach, who is not, what if, where next.

What stands on the screen is compared with what stands in the database, step by step. 20 people of 60 and over live at each of four
villages; within four minutes one village reaches a facility at first, a second one once the file is in.
"""

from __future__ import annotations

import openpyxl
import pytest
from django.urls import reverse

from facilities.models import CoverageRun, CoverageShare, Facility, PlanningAnswer, Scenario
from geo_registry.accounts.models import Role
from maps.planning.gaps import gaps_of
from maps.services import coverage_page as page_of_run
from tests.reference_rows import load_shipped_reference

from .conftest import DESK, PHONE
from .test_imports import choose, press, preview

WORDS = "network=elderly-care&profile=test-walk&within=4&group=age60&set=any&day=2024-12-31"


@pytest.fixture
def book(settings, tmp_path, county):
    """A workbook with one meal point, at the middle of the village that is farthest from any."""
    settings.IMPORT_DIR = tmp_path / "imports"
    load_shipped_reference()
    made = openpyxl.Workbook()
    made.active.title = "说明"
    made.active.append(["填表说明", "某某镇"])
    sheet = made.create_sheet("设施")
    sheet.append(["某某镇养老服务设施一览表"])
    sheet.append(["设施编号", "饭桌叫什么", "类型", "行政区划代码", "经度", "纬度", "状态", "状态日期"])
    village = county.villages[3]
    sheet.append(
        [
            "X1",
            "西湖新助餐点",
            "老年助餐点",
            village.code,
            village.point.x,
            village.point.y,
            "运营",
            "2024-01-01",
        ]
    )
    path = tmp_path / "设施一览表.xlsx"
    made.save(path)
    return path


def number(text: str) -> int:
    return int(text.replace(",", "").strip())


def test_from_a_file_to_the_next_site(tab, county, book) -> None:
    with tab(size=DESK, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        page.set_default_timeout(60_000)
        choose(opened, book)
        preview(opened)
        press(page, "导入：新增1")
        assert Facility.objects.get(number="X1").status_on().status == "open"

        # Who is in reach: nobody has asked this yet, so it is computed, and the page comes to the answer.
        opened.open(f"{reverse('maps:planner_coverage')}?{WORDS}")
        page.get_by_role("button", name="现在计算").focus()
        page.keyboard.press("Enter")
        page.locator(".answer .big").wait_for()
        run = (
            CoverageRun.objects.finished()
            .filter(thresholds_s__contains=[240])
            .order_by("-created_at")
            .first()
        )
        share = CoverageShare.objects.get(
            set__run=run, set__position=0, division=county.home, group="age60", threshold_s=240
        )
        assert (share.covered, share.people) == (40, 80)
        assert "40" in page.locator(".answer").inner_text()
        assert "50.0%" in page.locator(".answer .big").inner_text()
        page.locator("#map[data-ready=true]").wait_for()

        # The gap list adds up to the same run.
        opened.open(f"{reverse('maps:planner_gaps')}?{WORDS}")
        gaps = gaps_of(page_of_run.choose(run, {"set": "any", "limit": "240", "group": "age60"}))
        assert number(page.locator(".verdict .big").inner_text()) == gaps.uncovered == 40
        rows = page.locator(".gap-list tbody tr")
        assert rows.count() == len(gaps.rows) == 2
        assert [rows.nth(at).locator("strong").inner_text() for at in range(2)] == ["20", "20"]

        # What if one opened in the first of them, without the map and by the keyboard alone.
        page.get_by_role("link", name="假如在这里开一处").first.focus()
        page.keyboard.press("Enter")
        page.locator("[data-loaded=true]").wait_for()
        page.wait_for_function("() => document.querySelector('[data-after]').textContent === '60'")
        assert "+20" in page.locator("[data-gain]").inner_text()
        assert "do=open" in page.url
        page.reload(wait_until="networkidle")
        page.wait_for_function("() => document.querySelector('[data-after]').textContent === '60'")
        page.get_by_label("名称").fill("东湖新站")
        page.keyboard.press("Enter")
        page.locator("table.comparison").wait_for()
        scenario = Scenario.objects.get()
        saved = scenario.answers.get(profile__code="test-walk").answer["rows"]
        whole = next(
            row for row in saved if row["division"] == county.home.code and row["threshold_s"] == 240
        )
        cells = page.locator("table.comparison tr.whole td")
        assert [number(cells.nth(at).inner_text()) for at in range(2)] == [whole["today"], 60] == [40, 60]

        # Where next: the two answers side by side, each gaining the 20 of one village.
        opened.open(f"{reverse('maps:planner_sites')}?{WORDS}")
        page.get_by_label("新开几处").fill("1")
        page.get_by_label("送到家（流动服务、配送上门）").uncheck()
        press(page, "开始选址")
        answers = list(PlanningAnswer.objects.filter(subject="sites"))
        shown = page.locator(".answer-column .big")
        assert [shown.nth(at).inner_text() for at in range(shown.count())] == ["+20", "+20"]
        assert {one.answer["covered_after"] - one.answer["covered_before"] for one in answers} == {20}
        assert [one for one in opened.problems if "favicon" not in one] == []


@pytest.mark.parametrize("size", [PHONE, DESK, (1920, 1080)], ids=["phone", "desk", "wide"])
def test_a_site_is_opened_and_dragged_on_the_map_and_counted_while_it_moves(tab, county, size) -> None:
    with tab(size=size, person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        page.set_default_timeout(60_000)
        opened.open(f"{reverse('maps:planner_whatif')}?{WORDS}")
        page.locator("[data-loaded=true]").wait_for()
        page.locator("[data-open-mode]").click()
        page.locator("#map").scroll_into_view_if_needed()
        box = page.locator("#map").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
        page.locator("[data-whatif][data-settled='1']").wait_for()
        mark = page.locator(".what-new").bounding_box()
        page.mouse.move(mark["x"] + 13, mark["y"] + 13)
        page.mouse.down()
        for step in range(1, 9):
            page.mouse.move(mark["x"] + 13 - 6 * step, mark["y"] + 13)
        page.mouse.up()
        page.wait_for_function("() => new URL(location.href).searchParams.get('do')?.startsWith('open,')")
        first = page.url
        page.get_by_role("button", name="撤销").click()
        page.wait_for_function(f"() => location.href !== {first!r}")
        assert opened.overflow_px() <= 0
        assert opened.problems == []


def test_what_is_taken_back_before_the_server_has_answered_is_taken_back(tab, county) -> None:
    load_shipped_reference()
    with tab(person=county.people[Role.PLANNER]) as opened:
        page, begun, cancelled = opened.page, [], []
        page.route("**/planner/coverage/compute/**", lambda route: begun.append(route))
        page.route(
            "**/a-job/cancel/",
            lambda route: (cancelled.append(route.request.method), route.fulfill(status=204)),
        )
        page.route(
            "**/a-job/state/**",
            lambda route: route.fulfill(
                json={"finished": True, "state": "cancelled", "state_label": "已取消"}
            ),
        )
        opened.open(f"{reverse('maps:planner_coverage')}?{WORDS}")
        page.get_by_role("button", name="现在计算").click()
        page.get_by_role("button", name="取消").click()
        page.wait_for_function("() => document.querySelector('[data-cancel] button').disabled")
        assert (len(begun), cancelled) == (1, [])
        begun[0].fulfill(json={"state_url": "/a-job/state/", "cancel_url": "/a-job/cancel/"})
        page.get_by_text("已取消").wait_for()
        assert cancelled == ["POST"]
        # It can be begun anew; and what fails on its way is said.
        page.get_by_role("button", name="现在计算").click()
        page.wait_for_function("() => !document.querySelector('[data-cancel] button').disabled")
        begun[1].abort()
        page.locator("[data-error]:not(:empty)").wait_for()
        assert page.get_by_role("button", name="现在计算").is_visible()


FOCUSED = "() => document.activeElement.name || Object.keys(document.activeElement.dataset).join()"


def test_a_key_stays_where_it_was_when_a_word_is_changed_or_a_step_taken_back(tab, county) -> None:
    load_shipped_reference()
    with tab(person=county.people[Role.PLANNER]) as opened:
        page = opened.page
        opened.open(f"{reverse('maps:planner_sites')}?{WORDS}")
        page.locator("[name=winter]").focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_url("**winter=1**")
        page.wait_for_function("() => document.activeElement.name === 'winter'")
        where = county.villages[0].point
        opened.open(f"{reverse('maps:planner_whatif')}?{WORDS}&do=open,{where.x},{where.y}")
        page.locator("[data-loaded=true]").wait_for(timeout=60_000)
        page.locator("[data-changes] button").click()
        page.locator("[data-undo-last]:enabled").focus()
        page.keyboard.press("Enter")
        page.locator("[data-redo]:enabled").wait_for()
        assert page.evaluate(FOCUSED) == "redo"
        page.keyboard.press("Enter")
        page.locator("[data-undo-last]:enabled").wait_for()
        assert page.evaluate(FOCUSED) == "undoLast"
        assert opened.problems == []


@pytest.mark.parametrize("size", [PHONE, (1920, 1080)], ids=["phone", "wide"])
def test_every_room_fits_and_its_tables_are_reached_by_keyboard(tab, county, size) -> None:
    load_shipped_reference()
    with tab(size=size, person=county.people[Role.PLANNER]) as opened:
        for name in (
            "planner",
            "planner_gaps",
            "planner_sites",
            "planner_quality",
            "planner_whatif",
            "planner_runs",
        ):
            opened.open(reverse(f"maps:{name}"))
            assert opened.overflow_px() <= 0, name
            assert opened.page.locator(".rooms [aria-current=page]").count() == 1, name
        assert opened.problems == []
