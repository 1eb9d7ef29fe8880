"""Lists of facilities: what an address asks for, who sees which rows, pages that lose and repeat nothing, files."""

from __future__ import annotations

import datetime
import io
import random
from urllib.parse import parse_qsl

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from facilities.models import (
    Assessment,
    Confirmation,
    Facility,
    FacilityKind,
    FacilityOperator,
    FacilityStatus,
    Kind,
    Measure,
    Network,
    Round,
    SavedView,
    ScoreSheet,
    Status,
    Tier,
    Verification,
)
from facilities.services import list_export, list_page, list_search
from facilities.services.facts import FACTS
from facilities.services.list_columns import COLUMNS, DEFAULT_COLUMNS
from facilities.services.list_filters import matching
from facilities.services.list_query import MISSING, ListQuery, read_query
from facilities.services.list_rows import everything, page, totals
from geo_registry.accounts.models import Role
from geo_registry.jobs.models import Job, JobState
from tests import factories, little_county
from tests.browser.conftest import BACKEND

DAY = datetime.date(2024, 12, 31)


@pytest.fixture
def county(db):
    return little_county.make()


@pytest.fixture
def admin(county):
    return county.people[Role.ADMINISTRATOR]


@pytest.fixture
def clerk(county):
    return county.people[Role.CLERK]


def numbers(query, user):
    return [row.number for row in everything(query, user=user)]


def asked(address):
    return read_query(QueryDict(address))


# The address


def test_an_address_says_all_of_a_list_and_is_read_back():
    query = ListQuery(
        text="东 cun", division="990101100", network="elderly-care", level=5, kind="canteen", function="meals",
        statuses=("open", "none"), day=DAY, published=False, missing=("location", "hours"), sort="-name",
        columns=("number", "beds"),
    )  # fmt: skip
    again, problems = asked(query.encoded())
    assert again == query
    assert problems == []


def test_what_holds_anyway_is_not_said():
    assert ListQuery().encoded() == ""
    assert asked("")[0] == ListQuery()


@pytest.mark.parametrize(
    "address",
    ["day=2024-13-45", "status=lost", "missing=everything",
     "published=maybe", "sort=phone", "sort=;drop", "level=99", "col=password"],
)  # fmt: skip
def test_what_cannot_be_understood_is_left_out_and_said(address):
    query, problems = asked(address)
    assert query == ListQuery()
    assert len(problems) == 1
    assert dict(parse_qsl(address)).popitem()[1] in problems[0]


def test_a_filter_can_be_taken_away_alone():
    query = ListQuery(text="x", statuses=("open",))
    assert asked(query.without("statuses"))[0] == ListQuery(text="x")


# Rows


def test_a_clerk_sees_only_the_own_township(county, clerk, admin):
    east = county.villages[0].parent
    own = set(numbers(ListQuery(), clerk))
    assert own == set(
        Facility.objects.filter(division__path__startswith=east.path).values_list("number", flat=True)
    )
    assert "DRAFT" in own
    assert len(numbers(ListQuery(), admin)) == Facility.objects.count() > len(own)
    west = county.villages[2].parent
    assert numbers(ListQuery(division=west.code), clerk) == []


def test_each_filter_narrows_to_what_it_says(county, admin):
    def found(**asked_for):
        return set(numbers(ListQuery(**asked_for), admin))

    everyone = found()
    assert found(statuses=("open",)) == everyone - {"PAUSED", "CLOSED"}
    assert found(statuses=("paused", "closed")) == {"PAUSED", "CLOSED"}
    assert found(published=False) == {"DRAFT"}
    assert found(kind="centre") == {"OPEN-0", "OPEN-2", "OPEN-4"}
    assert found(network="elderly-care") == everyone
    assert found(network="nothing") == set()
    assert found(level=5) == everyone
    assert found(level=3) == set()
    assert found(division=county.villages[3].code) == {"OPEN-3"}
    # One that declares a function at another tier serves that tier, too, as the network's figures say.
    town = Tier.objects.create(network=Network.objects.get(code="elderly-care"), level=4, name_zh="乡镇级")
    assert found(network="elderly-care", level=4) == set()
    declared = factories.FacilityFunctionFactory(facility=county.facilities[0], tier=town)
    assert found(network="elderly-care", level=4) == {"OPEN-0"}
    declared.delete()
    # What became a township's centre last year is one from then on, and was a village's before.
    centre = Kind.objects.create(code="town-centre", name_zh="综合养老服务中心", tier=town)
    changed = county.facilities[1]
    FacilityKind.objects.create(facility=changed, kind=changed.kind)
    FacilityKind.objects.create(facility=changed, kind=centre, valid_from=datetime.date(2024, 7, 1))
    for day, level in ((datetime.date(2024, 6, 30), 5), (datetime.date(2024, 7, 1), 4)):
        of_day = {one: found(network="elderly-care", level=one, day=day) for one in (4, 5)}
        assert {one for one, those in of_day.items() if changed.number in those} == {level}
    changed.kinds.all().delete()
    bare = factories.FacilityFactory(
        number="BARE", name="空白", status="", location=None, address="", opening_hours="", public_phone="",
        kind=county.facilities[0].kind, division=county.villages[0], published=False,
    )  # fmt: skip
    today = timezone.localdate()
    Round.objects.update(
        opens_on=today - datetime.timedelta(days=20), due_on=today - datetime.timedelta(days=1)
    )
    Confirmation.objects.create(round=county.round, facility=bare)
    Confirmation.objects.filter(facility__number="OPEN-0").update(state=Confirmation.State.DONE)
    assert "OPEN-0" not in found(missing=("confirmation",))
    Round.objects.filter(pk=county.round.pk).update(due_on=today)
    assert found(missing=("confirmation",)) == set(), "on its last day nothing is late"
    Round.objects.filter(pk=county.round.pk).update(due_on=today - datetime.timedelta(days=1))
    for what in MISSING:
        assert "BARE" in found(missing=(what,)), what
    factories.FacilityFunctionFactory(facility=bare)
    factories.FacilityOperatorFactory(facility=bare, name="某某服务中心")
    assert "BARE" not in found(missing=("functions",)) | found(missing=("operator",))
    assert found(statuses=("none",)) == {"BARE"}
    assert found(text="某某") == {"BARE"}


def test_the_status_is_that_of_the_day_asked_for(county, admin):
    FacilityStatus.objects.create(
        facility=county.facilities[0], status=Status.CLOSED, valid_from=datetime.date(2025, 3, 1)
    )
    closed = ListQuery(statuses=("closed",), day=DAY)
    assert "OPEN-0" not in numbers(closed, admin)
    assert "OPEN-0" in numbers(ListQuery(statuses=("closed",), day=datetime.date(2025, 3, 1)), admin)


@pytest.mark.parametrize(
    "typed", ["东一村日间", "rijian", "dycrj", "OPEN-0", "open-0", "东一村 日间", "dongyicun"]
)
def test_a_facility_is_found_by_characters_pinyin_initials_and_number(county, admin, typed):
    assert "OPEN-0" in numbers(ListQuery(text=typed), admin)
    assert "OPEN-3" not in numbers(ListQuery(text=typed), admin)


def test_a_facility_is_found_by_the_name_it_was_given_by_a_bulk_write(county, admin):
    assert numbers(ListQuery(text="长流水"), admin) == []
    Facility.objects.filter(number="OPEN-3").update(name="长流水助餐点")
    assert numbers(ListQuery(text="changliushui"), admin) == ["OPEN-3"]
    assert numbers(ListQuery(text="xihu"), admin) == ["OPEN-3"], "its village is still the west lake's"
    assert list_search.refresh_keys() == 0


def test_signs_of_a_query_language_are_only_signs(county, admin):
    for typed in ("'", "q & b", "!", "%", "\\", "(:*", "z:*|"):
        assert numbers(ListQuery(text=typed), admin) == []


# Order and pages


def _walk(query, user, size):
    """Every page from the first to the last by its cursors."""
    seen, cursor = [], ""
    for _step in range(100):
        shown = page(query, user=user, after=cursor, size=size)
        seen.append([row.pk for row in shown.rows])
        if not shown.later:
            return seen, shown
        cursor = shown.later
    pytest.fail("the pages do not end")


def test_pages_hold_every_row_once_and_lead_back_the_same_way(county, admin):
    for i in range(9):
        factories.FacilityFactory(
            number=f"N{i}", name="同名" if i % 2 else f"名{i}", kind=county.facilities[0].kind,
            division=county.villages[i % 4], status="" if i % 3 else Status.OPEN, published=bool(i % 2),
            floor_area_m2=None if i % 2 else 100 + i % 4, lease_to=DAY if i % 4 == 1 else None,
            opened_on=None if i % 3 else DAY,
        )  # fmt: skip
    for i in range(0, 9, 2):
        row = Facility.objects.get(number=f"N{i}")
        factories.CapacityReadingFactory(facility=row, measure=Measure.BEDS, total=30 - i % 4, as_of=DAY)
        Verification.objects.create(facility=row, code="beds", value=None, as_of=DAY, method="telephone")
    sorts = [code for code, column in COLUMNS.items() if column.order]
    for sort in [*sorts, *(f"-{code}" for code in sorts)]:
        _check_pages(ListQuery(sort=sort), admin)


def _check_pages(query, admin):
    pages, last = _walk(query, admin, 4)
    everyone = [row.pk for row in everything(query, user=admin)]
    assert [pk for part in pages for pk in part] == everyone
    assert len(set(everyone)) == Facility.objects.count() == last.total
    back, cursor = [pages[-1]], last.earlier
    while cursor:
        shown = page(query, user=admin, before=cursor, size=4)
        back.insert(0, [row.pk for row in shown.rows])
        assert shown.later
        cursor = shown.earlier
    assert back == pages
    final = page(query, user=admin, last=True, size=4)
    assert [row.pk for row in final.rows] == everyone[-4:]
    assert not final.later


def test_rows_without_a_value_come_last_whichever_way_it_is_sorted(county, admin):
    Facility.objects.filter(number="OPEN-1").update(floor_area_m2=80)
    Facility.objects.filter(number="OPEN-2").update(floor_area_m2=120)
    assert numbers(ListQuery(sort="area"), admin)[:2] == ["OPEN-1", "OPEN-2"]
    assert numbers(ListQuery(sort="-area"), admin)[:2] == ["OPEN-2", "OPEN-1"]


def test_what_is_looked_up_for_all_at_once_is_what_is_found_for_each(county, admin):
    """Also of days before and after: a status to come holds from its day on, without anybody doing anything."""
    chance = random.Random(3)
    days = [DAY + datetime.timedelta(days=30 * i) for i in range(-3, 30, 4)]
    rows = [
        *county.facilities[:3],
        *factories.FacilityFactory.create_batch(
            12, kind=county.facilities[0].kind, division=county.villages[0], status=""
        ),
    ]
    for row in rows:
        row.statuses.all().delete()
        for day in chance.sample(days, chance.randrange(4)):
            FacilityStatus.objects.create(
                facility=row, status=chance.choice(Status.values[:5]), valid_from=day
            )
            factories.CapacityReadingFactory(
                facility=row, measure=Measure.BEDS, total=chance.choice([None, 5, 9]), as_of=day
            )
    for day in days:
        for sort in ("status", "-since", "beds", "number"):
            query = ListQuery(day=day, sort=sort, columns=("number", "status", "since", "beds"))
            shown = list(everything(query, user=admin))
            paged = [row for pks in _walk(query, admin, 7)[0] for row in pks]
            assert paged == [row.pk for row in shown]
        for row in everything(query, user=admin):
            held = row.status_on(day)
            assert (row.status, row.status_since) == (held and held.status, held and held.valid_from)
            beds = row.readings.filter(measure=Measure.BEDS, as_of__lte=day).order_by("-as_of").first()
            assert COLUMNS["beds"].value(row) == (beds and beds.total)
        held = {
            row.number
            for row in Facility.objects.standing()
            if row.status_on(day) and row.status_on(day).status == "open"
        }
        assert set(numbers(ListQuery(day=day, statuses=("open",)), admin)) == held


def test_names_are_sorted_by_pinyin(county, admin):
    for number, name in (("Z", "张村点"), ("B", "白村点"), ("M", "马村点")):
        factories.FacilityFactory(
            number=number, name=name, kind=county.facilities[0].kind, division=county.villages[0]
        )
    assert numbers(ListQuery(text="村点", sort="name"), admin) == ["B", "M", "Z"]


def test_a_row_added_before_shifts_nothing_on_the_next_page(county, admin):
    first = page(ListQuery(), user=admin, size=3)
    factories.FacilityFactory(number="A-FIRST", kind=county.facilities[0].kind, division=county.villages[0])
    second = page(ListQuery(), user=admin, after=first.later, size=3)
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}


@pytest.mark.parametrize(
    "cursor",
    ["x", "W10", "WzEsMl0", "bnVsbA", "WyJhIiwiYiJd", "é", "WyJPUEVOLTAiLDk5OTk5OTk5OTk5OTk5OTk5OTk5OTldXQ"],
)
def test_a_page_that_somebody_invented_is_the_first(county, admin, cursor):
    first = page(ListQuery(), user=admin, size=3)
    for where in ("after", "before"):
        shown = page(ListQuery(), user=admin, size=3, **{where: cursor})
        assert [row.pk for row in shown.rows] == [row.pk for row in first.rows]


def test_totals_are_of_all_rows_and_of_each_facility_once(county, admin):
    factories.CapacityReadingFactory(
        facility=county.facilities[1], measure=Measure.BEDS, total=10, vacant=2, as_of=DAY
    )
    factories.CapacityReadingFactory(
        facility=county.facilities[1], measure=Measure.BEDS, total=99, as_of=datetime.date(2023, 1, 1)
    )
    factories.CapacityReadingFactory(facility=county.facilities[2], measure=Measure.BEDS, total=5, as_of=DAY)
    Facility.objects.filter(number="OPEN-1").update(floor_area_m2=80)
    query = ListQuery(columns=("number", "beds", "beds_vacant", "daycare_places", "area"), day=DAY)
    assert totals(query, matching(query, user=admin)) == {
        "beds": 15, "beds_vacant": 2, "daycare_places": 100, "area": 80,
    }  # fmt: skip
    earlier = ListQuery(columns=("number", "beds"), day=datetime.date(2023, 6, 1))
    assert totals(earlier, matching(earlier, user=admin)) == {"beds": 99}


def test_every_fact_of_the_card_is_a_column(county):
    said = {str(column.label) for column in COLUMNS.values()}
    # Two co-ordinates stand for the point, township and village for the division.
    missing = {fact.label for fact in FACTS.values() if fact.code not in {"location", "division"}} - said
    assert missing == set()


def test_columns_say_what_the_card_says(county, admin, clerk):
    row = county.facilities[0]
    Facility.objects.filter(pk=row.pk).update(
        founder="甲县民政局", registration="unregistered", clients=["independent", "dependent"], grade="三星",
        grade_scheme="养老机构等级", medical_service="contracted", medical_insurance=True, funding="县财政",
        built_on=DAY, lease_from=DAY, note="门前修路", social_credit_code_absent="村级点", secret=False,
    )  # fmt: skip
    row.operators.all().delete()
    factories.FacilityOperatorFactory(
        facility=row, name="夕阳红", mode="public_private", valid_from=datetime.date(2023, 1, 1),
        valid_to=datetime.date(2030, 1, 1),
    )  # fmt: skip
    factories.CapacityReadingFactory(
        facility=row, measure=Measure.NURSING_BEDS, total=12, vacant=3, as_of=DAY
    )
    sheet_ = ScoreSheet.objects.create(code="meals", name_zh="考核表")
    for day, score, state in (
        (datetime.date(2023, 6, 1), 61, "confirmed"), (DAY, 88, "confirmed"),
        (datetime.date(2025, 1, 1), 99, "submitted"),
    ):  # fmt: skip
        Assessment.objects.create(
            facility=row, sheet=sheet_, day=day, score=score, passed=True, state=state, scored_by=clerk
        )
    wanted = {
        "founder": "甲县民政局", "grade": "三星", "insured": True, "built_on": DAY,
        "lease_from": DAY, "note": "门前修路", "no_code": "村级点", "secret": False,
        "contract_from": datetime.date(2023, 1, 1), "contract_to": datetime.date(2030, 1, 1), "nursing_beds": 12,
        "nursing_beds_vacant": 3, "score": 88.0, "scored_on": DAY, "funding": "县财政",
    }  # fmt: skip
    query = ListQuery(columns=("number", *wanted, "registration", "operation"))
    (found,) = [one for one in everything(query, user=admin) if one.pk == row.pk]
    with translation.override("zh-hans"):
        got = {code: COLUMNS[code].value(found) for code in query.columns if code != "number"}
        clients = COLUMNS["clients"].value(found)
    with translation.override("zh-hans"):
        wanted |= {"registration": str(Facility.Registration("unregistered").label)}
        wanted |= {"operation": str(FacilityOperator.Mode("public_private").label)}
    assert got == wanted
    assert clients.count("、") == 1
    earlier = ListQuery(columns=("score",), day=datetime.date(2024, 1, 1))
    assert {one.pk: one.latest_score for one in everything(earlier, user=admin)}[row.pk] == 61.0


# The page


def get(client, person, address):
    client.force_login(person, backend=BACKEND)
    return client.get(address)


def test_the_number_of_queries_does_not_grow_with_the_rows(client, county, admin):
    every = "&".join(f"col={code}" for code in COLUMNS)
    address = f"{reverse('facilities:list')}?{every}&q=dian&status=open&missing=operator"
    get(client, admin, address)

    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few = count()
    for i in range(30):
        factories.FacilityFactory(
            number=f"N{i}",
            kind=county.facilities[0].kind,
            division=county.villages[i % 4],
            source=county.source,
        )
    list_search.refresh_keys()
    many = count()
    assert many == few
    assert many <= 28


def test_a_bare_list_takes_few_queries(client, county, admin, django_assert_max_num_queries):
    get(client, admin, reverse("facilities:list"))
    with django_assert_max_num_queries(20):
        client.get(reverse("facilities:list"))


def test_every_column_shows_on_the_page_and_on_paper(client, county, admin):
    every = "&".join(f"col={code}" for code in COLUMNS)
    for name in ("facilities:list", "facilities:list_print"):
        answer = get(client, admin, f"{reverse(name)}?{every}")
        assert answer.status_code == 200
        assert answer.context["rows"][0].cells[0].column.code == "number"
        assert len(answer.context["headings"]) == len(COLUMNS)


def test_a_bad_address_says_what_was_left_out_and_shows_the_rest(client, county, admin):
    answer = get(client, admin, reverse("facilities:list") + "?day=2024-02-31&status=open&after=%00")
    assert answer.status_code == 200
    assert "2024-02-31" in next(str(message) for message in answer.context["messages"])
    assert answer.context["page"].total == 7


def test_the_print_view_ends_somewhere_and_says_so(client, county, admin, monkeypatch):
    monkeypatch.setattr("facilities.views.lists.MOST_PRINTED", 3)
    answer = get(client, admin, reverse("facilities:list_print"))
    assert len(answer.context["rows"]) == 3
    assert answer.context["left_out"] == Facility.objects.count() - 3


# The spreadsheet


def sheet(content):
    return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_the_spreadsheet_has_the_rows_columns_order_and_totals_of_the_page(county, admin):
    query = ListQuery(
        statuses=("open",), sort="-number", columns=("number", "name", "daycare_places"), day=DAY
    )
    rows = sheet(list_export.list_xlsx(query, user=admin))
    assert "示范数据" in rows[0][0]
    assert rows[1] == ("设施编号", "名称", "日间照料位", "示范数据")
    assert [row[0] for row in rows[2:-1]] == numbers(query, admin)
    assert {row[3] for row in rows[2:-1]} == {"示范数据"}
    assert rows[-1][2] == sum(row[2] or 0 for row in rows[2:-1]) == 100
    assert str(len(rows) - 3) in rows[-1][0]


def test_what_looks_like_a_formula_stays_text(county, admin):
    evil = ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
    for i, text in enumerate(evil):
        Facility.objects.filter(pk=county.facilities[i].pk).update(name=text, address=f"a{text}")
    query = ListQuery(columns=("number", "name", "address"))
    book = openpyxl.load_workbook(io.BytesIO(list_export.list_xlsx(query, user=admin)))
    cells = [cell for row in book.worksheets[0].iter_rows(min_row=3) for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    found = {cell.value: cell.quotePrefix for cell in cells if cell.value in evil}
    assert found == dict.fromkeys(evil, True)


def test_control_characters_do_not_break_the_file(county, admin):
    Facility.objects.filter(number="OPEN-1").update(address="路\x0b1号")
    rows = sheet(list_export.list_xlsx(ListQuery(columns=("address",)), user=admin))
    assert ("路1号", "示范数据") in rows


def test_a_clerk_takes_out_the_own_township_only(client, county, clerk):
    client.force_login(clerk, backend=BACKEND)
    answer = client.post(reverse("facilities:list_export"), {"query": f"in={county.villages[2].parent.code}"})
    assert answer["Content-Type"] == list_export.XLSX
    rows = sheet(answer.content)
    assert not any("OPEN-2" in row or "OPEN-3" in row for row in rows)
    answer = client.post(reverse("facilities:list_export"), {"query": ""})
    assert {row[0] for row in sheet(answer.content)} >= {"OPEN-0", "OPEN-1", "DRAFT"}


def test_a_long_list_is_written_in_the_background_for_whoever_asked(
    client, county, admin, clerk, monkeypatch, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.EXPORTS_DIR = tmp_path / "exports"
    monkeypatch.setattr(list_export, "AT_ONCE", 2)
    client.force_login(admin, backend=BACKEND)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("facilities:list_export"), {"query": "sort=-number"})
    job = Job.objects.get(kind=list_export.export_job.path)
    assert answer["Location"] == reverse("jobs:detail", args=[job.pk])
    assert job.state == JobState.SUCCEEDED
    sent = client.get(job.result_url)
    assert sent.status_code == 200
    rows = sheet(b"".join(sent.streaming_content))
    assert [row[0] for row in rows[2:-1]] == numbers(ListQuery(sort="-number"), admin)
    client.force_login(clerk, backend=BACKEND)
    assert client.get(job.result_url).status_code == 404
    assert not list((tmp_path / "exports").glob("unfinished-*"))


# Saved views


def test_a_view_is_ones_own_until_it_is_shared_within_the_office(county, admin, clerk):
    planner = county.people[Role.PLANNER]
    query = ListQuery(text="助餐", columns=("number", "name"))
    list_page.save_view(user=admin, name=" 助餐点 ", query=query, shared=False)
    assert [view.name for view, _here in list_page.views_of(admin, query)] == ["助餐点"]
    assert list_page.views_of(planner, query) == []
    view, is_new = list_page.save_view(user=admin, name="助餐点", query=query, shared=True)
    assert not is_new
    assert list_page.views_of(planner, query) == [(view, True)]
    assert list_page.views_of(clerk, query) == [], "the clerk is of another office"
    assert not list_page.delete_view(user=planner, view=view)
    assert list_page.delete_view(user=admin, view=view)


def test_a_view_without_a_name_or_an_office_to_share_with_is_refused(county, admin):
    with pytest.raises(ValidationError):
        list_page.save_view(user=admin, name=" ", query=ListQuery(), shared=False)
    admin.office = None
    with pytest.raises(ValidationError):
        list_page.save_view(user=admin, name="x", query=ListQuery(), shared=True)
    assert not SavedView.objects.exists()


def test_a_view_saved_from_the_page_opens_the_same_list(client, county, clerk):
    client.force_login(clerk, backend=BACKEND)
    query = ListQuery(text="一村", sort="-name", columns=(*DEFAULT_COLUMNS[:3], "beds"))
    client.post(reverse("facilities:view_save"), {"name": "一村的", "query": query.encoded()})
    view = SavedView.objects.get()
    answer = client.get(list_page.address(view.query))
    assert answer.context["query"] == query
    assert answer.context["views"] == [(view, True)]
    client.post(reverse("facilities:view_delete", args=[view.pk]), {"query": view.query})
    assert not SavedView.objects.exists()
