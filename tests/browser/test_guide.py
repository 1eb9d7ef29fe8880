"""The guide's pictures, made from the pages themselves: a page that has gone, or fails, has no picture and fails here.

They are written into ``docs/guide/images`` only when asked for, so that a run of the tests leaves the checkout as it was:
``GUIDE_PICTURES=1 script/test --full tests/browser/test_guide.py``.
"""

from __future__ import annotations

import datetime
import io
import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from facilities.services.coverage import compute_coverage
from facilities.services.coverage_inputs import CoverageRequest
from facilities.services.site_study import StudyRequest, Way, study_sites
from geo_registry.accounts.models import Role
from geo_registry.guide.library import READERS, folder, pages_of
from geo_registry.guide.markup import pictures
from geo_registry.reports.models import Report
from geo_registry.reports.services.receiving import digest_of
from maps.planning.question import Question, read_question
from maps.planning.sites import Wish
from tests.little_county import LittleCounty
from tests.reference_rows import load_shipped_reference

from .conftest import PHONE
from .test_every_page import REPORT_CODE, name_case

pytestmark = pytest.mark.slow

WINDOW = (1100, 760)


@dataclass(frozen=True)
class Picture:
    """What a picture shows: a page as a role sees it, from ``at`` on, once ``ready`` is there."""

    name: str
    role: Role | None
    address: str
    arguments: Callable[[LittleCounty], list[object]] = lambda county: []
    size: tuple[int, int] = WINDOW
    query: str = ""
    at: str = ""
    queried: Callable[[LittleCounty], str] = lambda county: ""
    ready: str = ""


def first_facility(county: LittleCounty) -> list[object]:
    return [county.facilities[0].number]


def question(county: LittleCounty) -> Question:
    run = compute_coverage(
        request=CoverageRequest(
            network=county.run.network,
            profile=county.run.profile,
            thresholds_s=(240, 600),
            day=county.run.day,
        )
    )
    return read_question(
        {
            "network": run.network.code,
            "profile": run.profile.code,
            "within": "4",
            "group": "age60",
            "day": run.day.isoformat(),
        }
    )


def a_report(county: LittleCounty) -> list[object]:
    """The code of a report that is being looked into."""
    of = county.facilities[0]
    Report.objects.get_or_create(
        code_digest=digest_of(REPORT_CODE),
        defaults={
            "kind": "facility", "key": of.number, "subject": of.name, "topic": "hours", "text": "门上写着周六也开",
            "division": of.division, "handler": of.division.parent, "source": county.source,
            "due": timezone.localdate() + datetime.timedelta(days=5),
        },
    )  # fmt: skip
    return [REPORT_CODE]


def asked(county: LittleCounty) -> str:
    return f"?{question(county).query()}"


def answered(county: LittleCounty) -> str:
    """The competing answers to where one more site goes."""
    of = question(county)
    wish = Wish(sites=1, objective="max-cover", candidates=("villages",), ways=("people", "townships"))
    made = study_sites(request=StudyRequest(siting=wish.siting(of), ways=(Way.PEOPLE, Way.TOWNSHIPS)))
    return f"?{of.query(answers=','.join(str(one.pk) for one in made))}"


PICTURES = [
    Picture("planner-overview", Role.PLANNER, "maps:planner", query="?network=elderly-care"),
    Picture(
        "planner-coverage", Role.PLANNER, "maps:planner_run", lambda county: [county.run.pk], ready="#map[data-ready=true]"
    ),
    Picture("planner-gaps", Role.PLANNER, "maps:planner_gaps", queried=asked, ready="#map[data-ready=true]"),
    Picture("planner-whatif", Role.PLANNER, "maps:planner_whatif", queried=asked, ready="[data-loaded=true]"),
    Picture("planner-sites", Role.PLANNER, "maps:planner_sites", queried=answered, ready=".answer-column"),
    Picture("planner-files", Role.PLANNER, "maps:planner_run", lambda county: [county.run.pk], at="#take-away"),
    Picture("planner-list", Role.PLANNER, "facilities:list"),
    Picture("clerk-work", Role.CLERK, "worklist:mine"),
    Picture(
        "clerk-confirm", Role.CLERK, "rounds:entry",
        lambda county: [county.round.confirmations.get(facility__number="OPEN-0").pk],
    ),
    Picture("clerk-record", Role.CLERK, "facilities:record", first_facility),
    Picture("clerk-import", Role.CLERK, "imports:new"),
    Picture("clerk-draw", Role.CLERK, "drawing:editor"),
    Picture("names-search", Role.NAME_OFFICER, "placenames:search"),
    Picture("names-place", Role.NAME_OFFICER, "placenames:place", lambda county: [county.place.short_id]),
    Picture("names-spellings", Role.NAME_OFFICER, "placenames:spellings"),
    # The queue after the case, which it lists.
    Picture("names-case", Role.NAME_OFFICER, "naming:case", lambda county: [name_case(county).pk]),
    Picture("names-cases", Role.NAME_OFFICER, "naming:queue"),
    Picture("reviewer-proposals", Role.REVIEWER, "facilities:proposals"),
    Picture("reviewer-proposal", Role.REVIEWER, "facilities:proposal", lambda county: [county.proposal.pk]),
    Picture("reviewer-public", None, "maps:facility", first_facility),
    Picture("admin-people", Role.ADMINISTRATOR, "accounts:people"),
    Picture("admin-index", Role.ADMINISTRATOR, "admin:index"),
    Picture("public-home", None, "maps:home", size=PHONE),
    Picture("public-facility", None, "maps:facility", first_facility, size=PHONE),
    Picture("public-names", None, "placenames:search", size=PHONE),
    Picture(
        "public-report", None, "reports:new",
        lambda county: ["facility", county.facilities[0].number], size=PHONE,
    ),
    Picture("public-report-state", None, "reports:state", a_report, size=PHONE),
]  # fmt: skip


def test_every_picture_of_the_guide_is_made_here() -> None:
    shown = {name for reader in READERS for page in pages_of(reader) for name in pictures(page.text())}
    assert shown == {f"images/{picture.name}.png" for picture in PICTURES}


def test_the_pages_of_the_pictures_open_and_can_be_drawn(tab, county: LittleCounty) -> None:
    load_shipped_reference()
    problems: list[str] = []
    for picture in PICTURES:
        cache.clear()
        person = county.people[picture.role] if picture.role else None
        with tab(size=picture.size, person=person) as opened:
            query = picture.query or picture.queried(county)
            response = opened.open(reverse(picture.address, args=picture.arguments(county)) + query)
            if response.status != 200:
                problems.append(f"{picture.name}: {response.status}")
                continue
            if picture.ready:
                opened.page.locator(picture.ready).first.wait_for(timeout=60_000)
            if picture.at:
                opened.page.locator(picture.at).scroll_into_view_if_needed()
            drawn = opened.page.screenshot()
            problems += [f"{picture.name}: {problem}" for problem in opened.problems]
        shades = Image.open(io.BytesIO(drawn)).convert("L").histogram()
        if sum(count > 0 for count in shades) <= 8:
            problems.append(f"{picture.name} is empty")
        if os.environ.get("GUIDE_PICTURES"):
            keep(picture.name, drawn)
    assert problems == []


def keep(name: str, drawn: bytes) -> None:
    """Write a picture with no more colours than it needs: the guide is read over bad connections, too."""
    image = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(96)
    (folder() / "images").mkdir(parents=True, exist_ok=True)
    image.save(folder() / "images" / f"{name}.png", optimize=True)
