"""A national export beside the registry, and a new version of a story: walked as an officer does, on a phone and on a desk."""

from __future__ import annotations

import pytest
from django.urls import reverse

from geo_registry.accounts.models import Role
from geo_registry.reference import loading
from placenames.models import Name, NameCase, NameComparison, Place, PlaceKind, Story
from placenames.services.stories import steps, writing
from placenames.services.stories.writing import Words

from .conftest import DESK, PHONE
from .test_by_keyboard import tab_to
from .test_name_cases import keep

HEADER = "地名代码,标准名称,罗马字母拼写,类别代码,所属政区,地名含义\n"
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture
def hamlets(county, settings, tmp_path):
    """Two hamlets with national codes."""
    settings.IMPORT_DIR = tmp_path / "imports"
    loading.load(loading.shipped_files())
    kind = PlaceKind.objects.get(code="hamlet")
    village = county.villages[0]
    for code, text in (("64018110122110000001", "新庄"), ("64018110122110000002", "老庄")):
        place = Place.objects.create(kind=kind, division=village, place_code=code, published=True)
        Name.objects.create(place=place, text=text, status=Name.Status.STANDARD)
    return county


@SIZES
def test_differences_are_seen_by_kind_and_a_case_is_opened_by_keyboard(tab, hamlets, tmp_path, size):
    file = tmp_path / "国家库导出.csv"
    rows = [
        f"64018110122110000001,新庄子,,22110,{hamlets.villages[0].code},",
        f"64018110122110000009,外庄,,22110,{hamlets.villages[0].code},村外的庄子",
        f"64018110121610000001,{hamlets.villages[0].name},,21610,{hamlets.villages[0].code},",
        f"64018110127610000001,{hamlets.villages[0].name}村民委员会,,27610,{hamlets.villages[0].code},",
    ]
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    with tab(size=size, person=hamlets.people[Role.NAME_OFFICER]) as t:
        page = t.page
        t.open(reverse("naming:comparisons"))
        page.set_input_files("#file", str(file))
        tab_to(page, "main form button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/jobs/**")
        comparison = NameComparison.objects.get()
        t.open(reverse("naming:comparison", args=[comparison.pk]))
        page.wait_for_selector(".differences")
        kinds = set(comparison.differences.values_list("kind", flat=True))
        assert {"doubled", "not_here", "not_there"} <= kinds, kinds
        said = page.inner_text(".differences")
        assert "外庄" in said
        assert "老庄" in said
        assert t.overflow_px() == 0
        keep(page, f"compare-{size[0]}")
        page.focus("button[form=one]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".case-steps")
        assert NameCase.objects.count() == 1
        assert t.problems == []


@SIZES
def test_a_published_story_is_written_anew_while_everybody_reads_it(tab, hamlets, size):
    officer, reviewer = hamlets.people[Role.NAME_OFFICER], hamlets.people[Role.REVIEWER]
    words = Words(
        title="井台上的灯", summary="一盏灯。", text="从前有一口井。", author="张老师", sources="口述，2024年"
    )
    story = writing.create_story(words=words, places=[Place.objects.get(names__text="新庄")], by=officer)
    steps.submit(told=story, by=officer)
    steps.publish(told=story, by=reviewer)
    with tab(size=size, person=officer) as t:
        page = t.page
        t.open(reverse("telling:story", args=[story.short_id]))
        keep(page, f"story-published-{size[0]}")
        tab_to(page, "button[value=revise]")
        page.keyboard.press("Enter")
        page.wait_for_selector("button[value=submit]")
        version = Story.objects.exclude(pk=story.pk).get()
        assert t.overflow_px() == 0
        keep(page, f"story-version-{size[0]}")
        t.open(reverse("telling:edit", args=[version.short_id]))
        page.fill("[name=text]", "从前有一口井。\n后来又挖了一口。")
        page.click("main form button[type=submit]")
        page.wait_for_selector("button[value=submit]")
        page.click("button[value=submit]")
        page.wait_for_selector("#take-back")
        t.open(reverse("stories:story", args=[story.short_id]))
        assert "后来又挖了一口" not in page.inner_text("main")
        steps.publish(told=Story.objects.get(pk=version.pk), by=reviewer)
        # The browser keeps what is public for a minute.
        t.open(reverse("stories:story", args=[story.short_id]) + "?now")
        assert "后来又挖了一口" in page.inner_text("main")
        assert t.overflow_px() == 0
        keep(page, f"story-read-{size[0]}")
        assert t.problems == []
