"""Every page of the site, for every role, on a phone and on a desk: nothing fails, nothing comes from elsewhere.

Pages of the administration are opened in ``tests/accounts/test_admin_browser.py``.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from facilities.models import BulkEdit, Post, Scenario
from geo_registry.accounts.models import Role
from geo_registry.reports.models import Report
from geo_registry.reports.services.receiving import digest_of
from maps.models import MapState, MapVersion
from maps.published import making
from maps.published.composition import StoryStep
from maps.published.files import make_all
from placenames.models import (
    NameBatch,
    NameCase,
    NameComparison,
    NameDifference,
    Sign,
    SignBatch,
    SignOrder,
    SignSite,
    Story,
    StoryCollection,
)
from placenames.services.stories import steps, writing
from placenames.services.stories.writing import Words
from tests.accounts.expected_access import EVERYBODY, expected
from tests.accounts.test_every_address import LETTER, addresses
from tests.little_county import LittleCounty
from tests.maps.published import DRAFT, published
from tests.reference_rows import load_shipped_reference

from .conftest import DESK, PHONE

REPORT_CODE = "7Q2M-4XKD-9ZTB"

# Addresses that are no pages: answers to scripts and machines, forms that only take what is sent, files to save.
NO_PAGES = {
    "api:openapi", "api:nothing", "api:download", "api:tilejson", "operations:key_revoke",
    "guide:picture", "sitemap", "sitemap_part",
    "set_language", "health", "ready", "robots", "manifest", "accounts:logout", "accounts:reset_password", "accounts:person_state",
    "accounts:person_unlock", "jobs:state",
    "jobs:cancel", "maps:tile", "maps:facilities_geojson", "maps:planner_start", "maps:planner_layer",
    "maps:planner_file", "maps:planner_file_make",
    "maps:planner_compute",
    "maps:published_data", "maps:published_file", "maps:composed_data", "maps:composed_file", "maps:composed_step",
    "maps:composed_preview",
    "maps:planner_scenario_delete", "maps:planner_scenario_compute", "maps:planner_scenario_save",
    "maps:planner_whatif_answer", "maps:planner_whatif_base", "maps:planner_sites_start",
    "worklist:open", "worklist:mark", "worklist:all_read", "rounds:check", "rounds:leave", "rounds:take", "rounds:export",
    "facilities:bulk_start", "facilities:bulk_preview", "facilities:bulk_apply", "facilities:bulk_undo",
    "facilities:posts_export", "facilities:list_export", "facilities:list_file", "facilities:view_save", "facilities:view_delete",
    "facilities:check", "facilities:life_withdraw", "facilities:publish", "facilities:proposal_decide",
    "facilities:proposal_withdraw", "facilities:duplicates_two", "facilities:merge_undo",
    "search:suggest", "placenames:changes_file",
    "placenames:geometry", "placenames:spelling_confirm", "placenames:spelling_try",
    "naming:check", "naming:roads", "naming:review_preview", "naming:review_apply", "naming:batch_apply", "naming:batch_undo",
    "naming:record_secrecy", "naming:record_relation", "naming:record_relation_remove", "naming:record_file",
    "naming:record_file_change", "naming:describe", "naming:shape",
    "naming:dismiss", "naming:spelling", "naming:step", "naming:paper",
    "naming:comparison_preview", "naming:comparison_open",
    "telling:step", "telling:collection_step", "telling:file", "telling:file_change",
    "maps:name_drawing", "maps:story_drawing", "maps:collection_drawing",
    "signs:keep", "signs:plan_start", "signs:plan_keep_made", "signs:step", "signs:field_send", "signs:field_worker",
    "signs:field_manifest",
    # made for one person, or of one report: walked where they are tested
    "signs:plan_made", "signs:report",
    "signs:face_svg", "signs:face_pdf", "signs:sheet", "signs:sheet_start", "signs:sheet_file", "signs:order_list",
    "signs:claims_file",
    "attachments:original", "attachments:shown", "attachments:small", "attachments:send_ahead",
    "drawing:check", "drawing:feature", "drawing:features", "drawing:operate", "drawing:save", "drawing:set_decide",
    "drawing:set_draft", "drawing:set_undo", "drawing:set_withdraw", "drawing:track", "drawing:where",
    "imports:commit", "imports:decide", "imports:discard", "imports:move", "imports:points", "imports:read", "imports:refused",
    "imports:correct", "imports:exported", "imports:template", "imports:undo",
    "imports:submit", "imports:take_back", "imports:approve", "imports:send_back",
    "assessments:begin", "inspections:start", "inspections:plan", "inspections:ledger", "inspections:call_off",
    "assets:begin", "assets:close", "assets:export",
}  # fmt: skip


def post_of(county: LittleCounty) -> Post:
    """A post that the villages have."""
    del county
    return Post.objects.get_or_create(code="village-director", defaults={"name_zh": "儿童主任", "level": 5})[
        0
    ]


def scenario_of(county: LittleCounty) -> Scenario:
    """A site that a planner thinks of, not computed yet."""
    return Scenario.objects.get_or_create(
        name="丁家庄新站",
        defaults={
            "network": county.run.network,
            "division": county.home,
            "question": {"network": county.run.network.code, "profile": county.run.profile.code},
            "changes": [{"action": "open", "lonlat": [106.03, 38.0]}],
            "created_by": county.people[Role.PLANNER],
        },
    )[0]


def name_case(county: LittleCounty) -> NameCase:
    """A draft of the administrator's, of which nothing stands in the way."""
    author = county.people[Role.ADMINISTRATOR]
    defaults = {"division": county.villages[0], "kind": county.place.kind, "reason": "新建道路"}
    return NameCase.objects.get_or_create(created_by=author, text="兴业路", defaults=defaults)[0]


def map_of(county: LittleCounty) -> MapVersion:
    """A story map that is published, with its files."""
    found = MapVersion.objects.public().first()
    if found is None:
        steps = (StoryStep(title="先看全县", text="从这里开始。", layers=("facilities", "divisions")),)
        found = published(county, replace(DRAFT, story=steps))
        make_all(found)
    return found


def draft_of(county: LittleCounty) -> MapVersion:
    """A map that is being drafted."""
    found = MapVersion.objects.filter(state=MapState.DRAFT).first()
    return found or making.create_map(draft=DRAFT, by=county.people[Role.PLANNER])


def change_of_names(county: LittleCounty) -> NameBatch:
    """A change of many names that the owner of the job has made."""
    owner = county.job.created_by or county.people[Role.ADMINISTRATOR]
    return NameBatch.objects.get_or_create(owner=owner, defaults={"act": "fine", "state": "done"})[0]


def sign_of(county: LittleCounty) -> Sign:
    """A sign of the named village that stands, with work to be done, in a batch."""
    site = SignSite.objects.get_or_create(
        place=county.place, division=county.villages[0], defaults={"point": county.villages[0].point}
    )[0]
    batch = SignBatch.objects.get_or_create(number="B1", division=county.villages[0].parent)[0]
    day = datetime.date(2026, 1, 1)
    sign = Sign.objects.get_or_create(
        asset_number="S1",
        defaults={
            "site": site,
            "text": str(county.place),
            "status": "damaged",
            "status_on": day,
            "batch": batch,
        },
    )[0]
    SignOrder.objects.get_or_create(sign=sign, defaults={"kind": "repair", "opened_on": day})
    return sign


def comparison_of(county: LittleCounty) -> NameComparison:
    """A comparison of whoever owns the job, with a name that only the registry has."""
    owner = county.job.created_by or county.people[Role.ADMINISTRATOR]
    found, is_new = NameComparison.objects.get_or_create(
        owner=owner, defaults={"file_name": "国家库导出.xlsx", "state": "done"}
    )
    if is_new:
        NameDifference.objects.create(comparison=found, kind="not_there", name="东一村", place=county.place)
    return found


def story_of(county: LittleCounty) -> Story:
    """A story of the named village that is published."""
    found = Story.objects.filter(state="published").first()
    if found is None:
        words = Words(
            title="井台上的灯", summary="一盏灯。", text="从前。\n后来。", author="张老师", sources="口述"
        )
        writer, reviewer = county.people[Role.NAME_OFFICER], county.people[Role.REVIEWER]
        found = writing.create_story(words=words, places=[county.place], by=writer)
        steps.submit(told=found, by=writer)
        steps.publish(told=found, by=reviewer)
    return found


def collection_of(county: LittleCounty) -> StoryCollection:
    """A collection of that story, published too."""
    found = StoryCollection.objects.first()
    if found is None:
        words = Words(title="古城故事", summary="走一走。", text="导言。", author="张老师", sources="口述")
        writer, reviewer = county.people[Role.NAME_OFFICER], county.people[Role.REVIEWER]
        found = writing.create_collection(words=words, stories=[story_of(county)], by=writer)
        steps.submit(told=found, by=writer)
        steps.publish(told=found, by=reviewer)
    return found


def change_of_many(county: LittleCounty) -> BulkEdit:
    """A change of two facilities that the owner of the job is about to make."""
    owner = county.job.created_by or county.people[Role.ADMINISTRATOR]
    return BulkEdit.objects.get_or_create(
        owner=owner, defaults={"facility_ids": [row.pk for row in county.facilities[:2]]}
    )[0]


def report_of(county: LittleCounty) -> Report:
    """A report of the first facility, with the code that `REPORT_CODE` says."""
    return Report.objects.get_or_create(
        code_digest=digest_of(REPORT_CODE),
        defaults={
            "kind": "facility", "key": county.facilities[0].number, "subject": county.facilities[0].name, "topic": "place",
            "text": "位置不对", "division": county.facilities[0].division, "handler": county.facilities[0].division.parent,
            "due": datetime.date(2026, 1, 1), "point": county.facilities[0].location, "source": county.source,
        },
    )[0]  # fmt: skip


def arguments(county: LittleCounty) -> dict[str, list[object]]:
    """What the address of a page needs, where it needs something."""
    return {
        "api:collection": ["facilities"],
        "api:queryables": ["facilities"],
        "api:items": ["facilities"],
        "api:changes": ["facilities"],
        "api:item": ["facilities", county.facilities[0].number],
        "guide:reader": ["clerk"],
        "guide:page": ["clerk", "work"],
        "maps:facility": [county.facilities[0].number],
        "facilities:record": [county.facilities[0].number],
        "facilities:edit": [county.facilities[0].number],
        "facilities:life": [county.facilities[0].number, "status"],
        "facilities:merge": [county.facilities[0].number, county.facilities[2].number],
        "facilities:proposal": [county.proposal.pk],
        "maps:planner_run": [county.run.pk],
        "maps:planner_scenario": [scenario_of(county).pk],
        "maps:planner_tier": [county.run.network.code, 5],
        "maps:planner_commitment": ["plan-2024-meal-points"],
        "maps:method": ["coverage"],
        "maps:published": [map_of(county).map.code],
        "maps:published_version": [map_of(county).map.code, 1],
        "maps:published_embed": [map_of(county).map.code],
        "maps:published_version_embed": [map_of(county).map.code, 1],
        "maps:composed": [map_of(county).map.code, 1],
        "maps:composed_edit": [draft_of(county).map.code, 1],
        "placenames:place": [county.place.short_id],
        "naming:case": [name_case(county).pk],
        "naming:edit": [name_case(county).pk],
        "naming:batch": [change_of_names(county).pk],
        "naming:comparison": [comparison_of(county).pk],
        "naming:record": [county.place.short_id],
        "naming:record_edit": [county.place.short_id],
        "stories:story": [story_of(county).short_id],
        "stories:collection": [collection_of(county).short_id],
        "telling:story": [story_of(county).short_id],
        "telling:edit": [story_of(county).short_id],
        "telling:collection": [collection_of(county).short_id],
        "telling:edit_collection": [collection_of(county).short_id],
        "signs:sign": [sign_of(county).pk],
        "signs:inspect": [sign_of(county).pk],
        "signs:site": [sign_of(county).site_id],
        "signs:site_edit": [sign_of(county).site_id],
        "signs:sign_edit": [sign_of(county).pk],
        "signs:batch": [sign_of(county).batch_id],
        "signs:order": [sign_of(county).orders.get().pk],
        "jobs:detail": [county.job.pk],
        "facilities:posts_division": [county.villages[0].code],
        "facilities:post_place": [post_of(county).code, "division", county.villages[0].code],
        "facilities:bulk": [change_of_many(county).pk],
        "accounts:person": [county.people[Role.CLERK].pk],
        "accounts:office": [county.people[Role.CLERK].office_id],
        "inspections:detail": [county.facilities[0].inspections.get(kind="check", state="planned").pk],
        "inspections:sheet": [county.finding.inspection_id],
        "inspections:finding": [county.finding.pk],
        "assessments:detail": [county.assessment.pk],
        "assets:asset": [county.stock_take.items.first().asset_id],
        "assets:edit": [county.stock_take.items.first().asset_id],
        "assets:stock_take": [county.stock_take.pk],
        "assets:item": [county.stock_take.items.first().pk],
        "drawing:set": [county.edit_set.pk],
        "reports:new": ["facility", county.facilities[0].number],
        "reports:state": [REPORT_CODE] if report_of(county) else [],
        "reports:report": [report_of(county).pk],
        "imports:batch": [county.batch.pk],
        "rounds:detail": [county.round.opens_on],
        "rounds:ledger": [county.round.opens_on],
        "rounds:entry": [county.round.confirmations.get(facility__number="OPEN-0").pk],
        "rounds:approval": [county.round.confirmations.get(facility__number="OPEN-1").pk],
        "accounts:history": ["facilities", "facility", county.facilities[0].pk],
    }


def pages(county: LittleCounty, role: Role | None) -> list[str]:
    """The addresses that somebody may open."""
    table = expected()
    found = []
    needs = arguments(county)
    for name in sorted(set(addresses(get_resolver()))):
        letters = table.get(name, "")
        if name in NO_PAGES or name.startswith("admin:"):
            continue
        if letters == EVERYBODY or (role is not None and LETTER[role] in letters):
            try:
                found.append(reverse(name, args=needs.get(name, [])))
            except NoReverseMatch:
                pytest.fail(f"say in NO_PAGES or arguments() what becomes of the address {name}")
    return found


# States of the public page that look different from its first view.
STATES = [
    "/?village=990101100200",
    "/?need=meals&view=map&sel=OPEN-0",
    "/?q=nothing-like-it",
    "/?all=1&lat=38.000&lon=106.000",
    "/facility/PAUSED/",
    "/methods/capacity/",
]


# Whoever opens the most pages, and whoever may open the fewest; what lies between is walked in full runs.
IN_EVERY_RUN = (None, Role.ADMINISTRATOR)
WALKS = [
    pytest.param(role, size, id=f"{role or 'nobody'}-{name}", marks=marks)
    for role in (None, *Role)
    for size, name, marks in (
        (PHONE, "phone", () if role in IN_EVERY_RUN else pytest.mark.slow),
        (DESK, "desk", pytest.mark.slow),
    )
]


@pytest.mark.parametrize(("role", "size"), WALKS)
def test_every_page_opens_without_a_fault(
    tab, county: LittleCounty, role: Role | None, size: tuple[int, int]
) -> None:
    """Each page is loaded in one window and then stretched or narrowed to the other: it fits both."""
    load_shipped_reference()  # pages read their limits there
    if role is not None:
        county.job.created_by = county.people[role]
        county.job.save()
    with tab(size=size, person=county.people[role] if role else None) as opened:
        for address in [*pages(county, role), *(STATES if role is None else [])]:
            response = opened.open(address)
            if response.status != 200:
                opened.problems.append(f"{address}: {response.status}")
            for width, height in (size, DESK if size == PHONE else PHONE):
                opened.page.set_viewport_size({"width": width, "height": height})
                if opened.overflow_px() > 0:
                    opened.problems.append(
                        f"{address}: {opened.overflow_px()} px wider than a window of {width} px"
                    )
            opened.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert opened.problems == []


def test_error_pages_are_pages_of_the_site(tab) -> None:
    with tab(size=PHONE) as opened:
        assert opened.open("/nowhere/").status == 404
        assert opened.page.locator("h1").inner_text() == "没有这一页"
        assert opened.overflow_px() == 0
        assert [problem for problem in opened.problems if "404" not in problem] == []


def test_whoever_may_not_is_told_so_in_the_frame_of_the_site(tab, county: LittleCounty) -> None:
    with tab(person=county.people[Role.CLERK]) as opened:
        response = opened.open(reverse("accounts:reset_password", args=[1]))
        assert response.status == 403
        assert opened.page.locator("h1").inner_text() == "您不能打开这一页"
        opened.page.locator(".site-tools summary").click()
        assert opened.page.get_by_role("button", name="退出").is_visible()
