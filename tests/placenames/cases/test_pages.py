"""The pages of cases: a draft by the form with its checks, steps by their buttons, papers with the fields of the law."""

from __future__ import annotations

import datetime
import io

import pytest
from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.worklist.registry import Asked, providers
from placenames.models import ListWord, Name, NameCase, Place, Spelling, WordList
from placenames.models.cases import State
from placenames.services.cases import flow
from placenames.services.papers import announcement, application
from tests.factories import RoadFactory, UserFactory, line

from .test_flow import announced, draft, people, road_at, seen, to_reported

pytestmark = pytest.mark.django_db
__all__ = ["people"]


@pytest.fixture
def signed_in(client, people):
    def sign_in(who):
        client.force_login(people[who], backend="geo_registry.accounts.backends.PolicyBackend")
        return client

    return sign_in


def form(village, kinds, road, **more):
    values = {
        "act": "naming", "kind": kinds["road"].pk, "division": village.pk, "text": "兴业路", "reason": "新建道路",
        "roads": str(road.pk), "spelling": "Xīngyè Lù",
    }  # fmt: skip
    return values | more


def test_the_form_is_checked_while_one_types(signed_in, village, named, kinds):
    named("星业路", village, (106.01, 38.0), (106.015, 38.0))
    road = road_at(village, 38.0)
    answer = signed_in("clerk").post(reverse("naming:check"), form(village, kinds, road)).json()
    assert "星业路" in answer["html"]
    assert answer["spelling"] == "Xīngyè Lù"
    assert [s["characters"] for s in answer["syllables"]] == ["兴"]
    assert answer["points"][0]["text"] == "星业路"
    chosen = (
        signed_in("clerk")
        .post(reverse("naming:check"), form(village, kinds, road, **{"reading-0": "xìng"}))
        .json()
    )
    assert chosen["spelling"] == "Xìngyè Lù"
    # A reading that was chosen for a character typed over since is none of the new one.
    other = form(village, kinds, road, text="任家村", **{"reading-1": "jié", "reading-0": "rèn"})
    assert signed_in("clerk").post(reverse("naming:check"), other).json()["spelling"] == "Rènjiā Cūn"


def test_a_draft_is_kept_changed_and_handed_in(signed_in, village, kinds):
    client, road = signed_in("clerk"), road_at(village, 38.0)
    refused = client.post(reverse("naming:new"), form(village, kinds, road, text=""))
    assert refused.status_code == 422
    client.post(reverse("naming:new"), form(village, kinds, road))
    case = NameCase.objects.get()
    assert client.get(reverse("naming:edit", args=[case.pk])).context["form"].initial["roads"] == str(road.pk)
    client.post(reverse("naming:edit", args=[case.pk]), form(village, kinds, road, text="星光路"))
    client.post(reverse("naming:step", args=[case.pk, "submit"]), {"note": ""})
    case.refresh_from_db()
    assert (case.text, case.state) == ("星光路", State.SUBMITTED)
    assert client.get(reverse("naming:queue")).context["listed"][0][0] == case


def test_a_name_to_be_changed_is_found_from_the_queue(signed_in, village, named, kinds):
    name = named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    client = signed_in("clerk")
    page = client.get(reverse("naming:queue"), {"q": "xingye"})
    assert [found for _place, found in page.context["places"]] == [name]
    form = client.get(reverse("naming:new"), {"act": "renaming", "place": name.place.short_id}).context[
        "form"
    ]
    assert (form.initial["act"], form.initial["kind"]) == ("renaming", kinds["road"].pk)
    road = name.place.roads.get()
    assert form.initial["roads"] == str(road.pk)


def test_a_clerk_of_another_township_sees_nothing_of_it(client, signed_in, village, people):
    from geo_registry.territory.models import Division
    from tests.factories import OfficeFactory

    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    other = UserFactory(role=Role.CLERK, office=OfficeFactory(division=Division.objects.get(name="乙二镇")))
    client.force_login(other, backend="geo_registry.accounts.backends.PolicyBackend")
    assert client.get(reverse("naming:case", args=[case.pk])).status_code == 404
    assert client.post(reverse("naming:step", args=[case.pk, "submit"])).status_code == 404


def test_the_approver_decides_by_what_the_page_showed(signed_in, village, people):
    case = to_reported(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    client = signed_in("reviewer")
    page = client.get(reverse("naming:case", args=[case.pk]))
    assert page.context["seen"] == sorted(seen(case))
    body = {"number": "甲政函1号", "on_day": "2026-01-05", "authority": "甲县人民政府"}
    assert (
        client.post(reverse("naming:step", args=[case.pk, "approve"]), body | {"number": ""}).status_code
        == 422
    )
    client.post(reverse("naming:step", args=[case.pk, "approve"]), body)
    case.refresh_from_db()
    assert (case.state, case.authority) == (State.APPROVED, "甲县人民政府")


def test_a_finding_is_set_aside_on_the_page(signed_in, village, named, people):
    named("星业路", village, (106.01, 38.0), (106.015, 38.0))
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    client = signed_in("clerk")
    key = client.get(reverse("naming:case", args=[case.pk])).context["checked"].findings[2].evidence[0].key
    client.post(
        reverse("naming:dismiss", args=[case.pk]), {"code": "homophone", "against": key, "reason": "方向不同"}
    )
    assert "方向不同" in client.get(reverse("naming:case", args=[case.pk])).content.decode()


def test_roads_are_offered_and_described(signed_in, village):
    first = RoadFactory(name="", geometry=line((106.0, 38.0), (106.005, 38.0)), division=village)
    RoadFactory(name="解放路", geometry=line((106.0, 37.999), (106.0, 38.001)), division=village)
    client = signed_in("clerk")
    found = client.get(reverse("naming:roads"), {"bbox": "105.99,37.99,106.02,38.01"}).json()
    assert {row["properties"]["name"] for row in found["features"]} == {"", "解放路"}
    assert client.get(reverse("naming:roads"), {"bbox": "a"}).status_code == 400
    told = client.get(reverse("naming:describe"), {"roads": str(first.pk)}).json()
    assert told == {"extent": "东起端点，西至解放路", "course": "东西走向，长约440米", "division": None}


def test_cases_are_narrowed_to_a_state_and_a_name_and_days_are_counted(signed_in, village, people):
    drawn = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    other = draft("星光路", village, people["clerk"], road_at(village, 38.01))
    days = timezone.localdate() - datetime.timedelta(days=10)
    NameCase.objects.filter(pk=other.pk).update(state=State.APPROVED, approved_on=days)
    client = signed_in("officer")

    def listed(**choice):
        return [row[0] for row in client.get(reverse("naming:queue"), choice).context["listed"]]

    assert listed() == [other, drawn]
    assert listed(state="draft") == [drawn]
    assert listed(name="星光") == [other]
    assert listed(state="draft", name="星光") == []
    assert "还有5天" in client.get(reverse("naming:queue")).content.decode()
    NameCase.objects.filter(pk=other.pk).update(approved_on=days - datetime.timedelta(days=8))
    # The most urgent stands first, however old it is.
    NameCase.objects.filter(pk=drawn.pk).update(
        state=State.FILED, approved_on=days - datetime.timedelta(days=20)
    )
    assert listed() == [drawn, other]
    assert "已逾期3天" in client.get(reverse("naming:case", args=[other.pk])).content.decode()


def test_a_place_that_has_a_name_is_shown_and_told_where_it_is(signed_in, village, named, people, kinds):
    place = Place.objects.create(
        kind=kinds["hamlet"], division=village, geometry=Point(106.001, 38.001, srid=4490)
    )
    Name.objects.create(place=place, text="古城子", specific="古城", generic="子", status="recorded")
    named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    page = signed_in("clerk").get(reverse("naming:new"), {"act": "renaming", "place": place.short_id})
    assert 'data-there="106.001000,38.001000"' in page.content.decode()
    assert "兴业路" in page.context["form"].initial["extent_text"]
    case = draft(
        "新城子", village, people["clerk"], None, act="renaming", kind=kinds["hamlet"], place=place, roads=[],
        reason="更名", spelling="",
    )  # fmt: skip
    assert flow.subject_of(case).geometry == place.geometry
    assert "东经106.00100度" in dict(application(case).rows)["位置（起止点、走向）"]


def test_a_retired_name_is_checked_while_one_writes(signed_in, village, named, kinds):
    old = named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    ListWord.objects.create(list=WordList.PROTECTED, text="兴业路", verified=True)
    road = old.place.roads.get()
    sent = form(village, kinds, road, act="retiring", text="", place=old.place.short_id)
    assert "兴业路" in signed_in("clerk").post(reverse("naming:check"), sent).json()["html"]


@pytest.mark.parametrize("paper", ["form", "announcement"])
def test_papers_have_the_fields_of_the_law(signed_in, village, people, paper):
    import docx

    case = announced(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    client = signed_in("officer")
    body = client.get(reverse("naming:paper", args=[case.pk, paper, "docx"])).content
    cells = {row.cells[0].text: row.cells[1].text for row in docx.Document(io.BytesIO(body)).tables[0].rows}
    expected = {
        "announcement": {"标准名称", "罗马字母拼写", "所属政区", "位置描述", "批准机关", "批准时间"},
        "form": {
            "方案及理由",
            "位置（起止点、走向）",
            "规模",
            "性质",
            "综合评估报告",
            "专家论证报告",
            "征求意见报告",
        },
    }[paper]
    assert expected <= set(cells)
    assert cells["罗马字母拼写"] == "Xīngyè Lù"
    assert client.get(reverse("naming:paper", args=[case.pk, paper, "pdf"])).content.startswith(b"%PDF")
    assert client.get(reverse("naming:paper", args=[case.pk, paper, "exe"])).status_code == 404


def test_nothing_is_announced_that_is_not_approved(signed_in, village, people):
    case = draft("兴业路", village, people["clerk"], road_at(village, 38.0))
    client = signed_in("officer")
    paper = reverse("naming:paper", args=[case.pk, "announcement", "docx"])
    assert client.get(paper).status_code == 404
    assert paper not in client.get(reverse("naming:case", args=[case.pk])).content.decode()
    NameCase.objects.filter(pk=case.pk).update(approved_on=datetime.date(2026, 1, 30))
    assert paper in client.get(reverse("naming:case", args=[case.pk])).content.decode()
    assert client.get(paper).status_code == 200


def test_the_announcement_of_a_retired_name_says_which_and_how_it_was_spelled(village, named, people):
    old = named("兴业路", village, (106.0, 38.0), (106.005, 38.0))
    Spelling.objects.create(name=old, text="Xīngyè Lù", status=Spelling.Status.CONFIRMED)
    case = NameCase.objects.create(
        act="retiring", kind=old.place.kind, division=village, place=old.place, old_text="兴业路", reason="拆除",
        approved_on=datetime.date(2026, 1, 30), approval_number="甲政函〔2026〕1号", created_by=people["clerk"],
    )  # fmt: skip
    paper = announcement(case)
    rows = dict(paper.rows)
    assert (rows["注销的标准名称"], rows["罗马字母拼写"]) == ("兴业路", "Xīngyè Lù")
    assert (rows["批准文号"], rows["批准时间"]) == ("甲政函〔2026〕1号", "2026年1月30日")
    assert "注销" in paper.lead[0]


def test_what_is_late_stands_in_my_work(signed_in, village, people):
    case = to_reported(draft("兴业路", village, people["clerk"], road_at(village, 38.0)), people)
    assert "兴业路" in signed_in("reviewer").get(reverse("worklist:mine")).content.decode()
    NameCase.objects.filter(pk=case.pk).update(state=State.APPROVED, approved_on=datetime.date(2026, 1, 30))
    page = signed_in("officer").get(reverse("worklist:mine")).content.decode()
    assert "2026" in page
    asked = Asked(user=people["officer"], day=datetime.date(2026, 2, 14))
    assert (
        providers()["name-cases"].counts(asked).total,
        providers()["name-cases"].counts(asked).overdue,
    ) == (1, 0)
    late = Asked(user=people["officer"], day=datetime.date(2026, 2, 15))
    assert providers()["name-cases"].counts(late).overdue == 1
    case.refresh_from_db()
    assert case.due_on({"filing": 15, "announcing": 15}) == datetime.date(2026, 2, 14)
