"""The clerk's queue, the county's queue, and the round as a whole, as pages."""

from __future__ import annotations

import datetime
import io
import uuid

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import (
    Confirmation,
    ConfirmationHold,
    FacilityStatus,
    RoundQuestion,
    Status,
    Verification,
)
from facilities.services.rounds.queue import next_in_queue, take, waiting
from geo_registry.accounts.models import Role
from geo_registry.worklist.registry import Pile
from geo_registry.worklist.services.listing import worklist
from tests.factories import UserFactory

from .conftest import DAY, OPENS_ON

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"
State = Confirmation.State


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """The twentieth of November, at noon."""
    noon = datetime.datetime(2026, 11, 20, 12, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return noon


@pytest.fixture
def rows(town, november):
    return [
        Confirmation.objects.create(round=november, facility=town.facility(f"A{number}"))
        for number in range(1, 4)
    ]


def signed_in(client, person):
    client.force_login(person, backend=BACKEND)
    return client


def form(client, row, **fields):
    """What the page's form would send, with some fields typed over."""
    page = client.get(reverse("rounds:entry", args=[row.pk]))
    context = page.context
    typed = {line["fact"].code: line["value"] for line in context["lines"]}
    typed |= {line["vacant_name"]: line["vacant_value"] for line in context["lines"] if line["has_vacancy"]}
    hidden = {name: str(context[name]) for name in ("token", "version", "seen", "as_of", "method")}
    return typed | hidden | fields


def test_the_queue_goes_from_one_facility_to_the_next_and_ends(client, town, rows):
    signed_in(client, town.clerk)
    address = client.get(reverse("rounds:queue"))["Location"]
    for row in rows:
        assert address == reverse("rounds:entry", args=[row.pk])
        onward = client.post(address, form(client, row))["Location"]
        address = client.get(onward).headers.get("Location")
    assert address is None
    assert "已全部办完" in client.get(reverse("rounds:queue")).content.decode()
    assert {row.state for row in Confirmation.objects.all()} == {State.DONE}


def test_a_wrong_answer_says_what_and_where_and_keeps_all_that_was_typed(client, town, rows):
    signed_in(client, town.clerk)
    typed = form(
        client,
        rows[0],
        **{
            "beds-vacant": "31",
            "opening_hours": "随时",
            "public_phone": "13912345678",
            "private_phone": "x",
            "staff": "-1",
        },
        remark="明天再去",
        as_of="2026-12-24",
    )
    page = client.post(reverse("rounds:entry", args=[rows[0].pk]), typed)
    text = page.content.decode()
    assert page.status_code == 422
    for said in (
        "空余不可能有31",
        "看不懂这个开放时间",
        "像是个人手机号",
        "“x”不是电话号码",
        "“-1”不是整数",
        "这一天还没到",
    ):
        assert said in text
    for kept in (
        'value="31"',
        'value="随时"',
        'value="13912345678"',
        'value="明天再去"',
        'value="2026-12-24"',
    ):
        assert kept in text
    assert Confirmation.objects.get(pk=rows[0].pk).state == State.WAITING
    sent_again = client.post(reverse("rounds:entry", args=[rows[0].pk]), {**typed, "as_of": "2026-10-31"})
    assert "早于本轮核实的开始日期" in sent_again.content.decode()


def test_a_form_that_is_broken_is_asked_for_again(client, town, rows):
    signed_in(client, town.clerk)
    for broken in ({"token": "x"}, {"version": ""}, {"method": "dreamt"}):
        page = client.post(reverse("rounds:entry", args=[rows[0].pk]), form(client, rows[0], **broken))
        assert page.status_code == 422


def test_hours_are_written_in_chinese_and_kept_as_the_map_reads_them(client, town, rows):
    signed_in(client, town.clerk)
    page = client.get(reverse("rounds:entry", args=[rows[0].pk])).content.decode()
    assert 'value="周一至周五 08:30-17:30；节假日 休息"' in page
    client.post(
        reverse("rounds:entry", args=[rows[0].pk]), form(client, rows[0], opening_hours="每天8点到下午6点")
    )
    rows[0].facility.refresh_from_db()
    assert rows[0].facility.opening_hours == "Mo-Su 08:00-18:00"


def test_checks_while_typing_say_what_cannot_be_and_what_will_wait(client, town, rows):
    signed_in(client, town.clerk)
    address = reverse("rounds:check", args=[rows[0].pk])
    said = client.post(address, form(client, rows[0], **{"beds-vacant": "99"})).json()
    assert said["problems"] == {"beds-vacant": "总数30，空余不可能有99。"}
    said = client.post(
        address, form(client, rows[0], **{"beds-vacant": "25", "opening_hours": "24小时"})
    ).json()
    assert said["unusual"] == {"beds": "空余数变动较大"}
    assert said["changed"] == ["opening_hours", "beds"]
    assert said["hours"] == "每天 全天"
    assert client.post(address, form(client, rows[0])).json()["changed"] == []


def test_a_second_person_does_not_get_what_a_first_has_open(client, town, rows):
    others = rows[0]
    take(others, town.planner)
    signed_in(client, town.clerk)
    assert client.get(reverse("rounds:queue"))["Location"] == reverse("rounds:entry", args=[rows[1].pk])
    page = client.get(reverse("rounds:entry", args=[others.pk])).content.decode()
    assert "正在办理这处设施" in page
    assert 'id="confirmation"' not in page
    client.post(reverse("rounds:take", args=[others.pk]))
    assert 'id="confirmation"' in client.get(reverse("rounds:entry", args=[others.pk])).content.decode()
    assert ConfirmationHold.objects.get(confirmation=others).person == town.clerk


def test_a_facility_that_was_left_open_is_free_again_after_a_while(town, rows, today):
    take(rows[0], town.planner, now=today)
    queue = waiting(rows[0].round, town.clerk)
    assert next_in_queue(queue, town.clerk, now=today) == rows[1]
    later = today + datetime.timedelta(minutes=11)
    assert next_in_queue(queue, town.clerk, now=later) == rows[0]


def test_when_all_that_is_left_is_open_with_others_the_page_says_so(client, town, rows):
    for row in rows:
        take(row, town.planner)
    assert "正由同事办理" in signed_in(client, town.clerk).get(reverse("rounds:queue")).content.decode()


def test_what_is_left_for_later_still_waits(client, town, rows):
    signed_in(client, town.clerk)
    client.get(reverse("rounds:queue"))
    onward = client.post(reverse("rounds:leave", args=[rows[0].pk]))["Location"]
    assert client.get(onward)["Location"] == reverse("rounds:entry", args=[rows[1].pk])
    assert not ConfirmationHold.objects.filter(confirmation=rows[0]).exists()
    assert "还有3个放一放的没有办" in client.get(reverse("rounds:queue") + "?after=Z").content.decode()


def test_two_at_once_the_second_sees_the_firsts_answer_and_loses_nothing(client, town, rows):
    signed_in(client, town.clerk)
    mine = form(client, rows[0], **{"beds-vacant": "8", "remark": "我的备注"})
    signed_in(client, town.planner)
    client.post(reverse("rounds:take", args=[rows[0].pk]))
    client.post(reverse("rounds:entry", args=[rows[0].pk]), form(client, rows[0], **{"beds-vacant": "12"}))
    signed_in(client, town.clerk)
    page = client.post(reverse("rounds:entry", args=[rows[0].pk]), mine)
    text = page.content.decode()
    assert page.status_code == 409
    assert "30，其中空余12" in text
    assert 'value="8"' in text
    assert 'value="我的备注"' in text
    again = mine | {name: str(page.context[name]) for name in ("token", "version", "seen")}
    assert client.post(reverse("rounds:entry", args=[rows[0].pk]), again).status_code == 302
    assert rows[0].facility.readings.get(measure="beds", as_of=DAY).vacant == 8


def test_a_script_is_told_where_to_go_on(client, town, rows):
    signed_in(client, town.clerk)
    answer = client.post(
        reverse("rounds:entry", args=[rows[0].pk]),
        form(client, rows[0]),
        headers={"accept": "application/json"},
    )
    assert answer.json() == {"next": "/office/rounds/queue/?after=A1"}


def test_a_clerk_finds_no_facility_of_another_township(client, town, rows):
    signed_in(client, town.west_clerk)
    for name in ("entry", "check", "leave", "take"):
        ask = client.get if name == "entry" else client.post
        assert ask(reverse(f"rounds:{name}", args=[rows[0].pk])).status_code == 404
    assert "您负责的区域本轮没有要核实的设施" in client.get(reverse("rounds:queue")).content.decode()


def test_a_clerk_without_an_office_is_refused(client, rows):
    signed_in(client, UserFactory(role=Role.CLERK))
    for name in ("queue", "list"):
        assert client.get(reverse(f"rounds:{name}")).status_code == 403


def test_what_is_dated_ahead_is_said_beside_the_form(client, town, rows):
    FacilityStatus.objects.create(
        facility=rows[0].facility,
        status=Status.CLOSED,
        valid_from=datetime.date(2026, 12, 1),
        reason="并入新址",
    )
    page = signed_in(client, town.clerk).get(reverse("rounds:entry", args=[rows[0].pk])).content.decode()
    assert "2026年12月1日起：注销" in page
    assert "并入新址" in page


def send_unusual(client, town, row):
    signed_in(client, town.clerk)
    client.post(reverse("rounds:entry", args=[row.pk]), form(client, row, public_phone="0951-7654321"))
    row.refresh_from_db()
    assert row.state == State.APPROVING


def test_the_county_approves_one_after_the_other(client, town, rows):
    for row in rows[:2]:
        send_unusual(client, town, row)
    signed_in(client, town.reviewer)
    assert client.get(reverse("rounds:approvals"))["Location"] == reverse(
        "rounds:approval", args=[rows[0].pk]
    )
    page = client.get(reverse("rounds:approval", args=[rows[0].pk])).content.decode()
    assert "公开电话有变动" in page
    assert "0951-7654321" in page
    after = client.get(reverse("rounds:approvals") + f"?after={rows[0].pk}")
    assert after["Location"] == reverse("rounds:approval", args=[rows[1].pk])
    for row in rows[:2]:
        client.post(
            reverse("rounds:approval", args=[row.pk]), {"version": row.version, "decision": "approve"}
        )
    assert "没有等您审核的填报" in client.get(reverse("rounds:approvals")).content.decode()
    rows[0].facility.refresh_from_db()
    assert rows[0].facility.public_phone == "0951-7654321"


def test_returning_takes_a_reason_and_reaches_the_clerks_work(client, town, rows):
    send_unusual(client, town, rows[0])
    signed_in(client, town.reviewer)
    address = reverse("rounds:approval", args=[rows[0].pk])
    assert client.post(address, {"version": rows[0].version, "decision": "return"}).status_code == 422
    client.post(address, {"version": rows[0].version, "decision": "return", "reason": "号码少一位"})
    work = worklist(user=town.clerk, day=DAY, kind="round")
    returned = work.groups[0][1][0].item
    assert (returned.title, returned.reason, returned.returned) == ("A1养老院", "号码少一位", True)
    assert client.post(address, {"version": rows[0].version, "decision": "approve"}).status_code == 409


def test_ones_own_answers_are_not_offered_for_approval(client, town, rows):
    town.clerk.role = Role.ADMINISTRATOR
    town.clerk.save()
    send_unusual(client, town, rows[0])
    assert "自己不能审核自己的" in client.get(reverse("rounds:approvals")).content.decode()
    page = client.get(reverse("rounds:approval", args=[rows[0].pk])).content.decode()
    assert "须由其他同事审核" in page
    posted = client.post(reverse("rounds:approval", args=[rows[0].pk]), {"version": rows[0].version})
    assert posted.status_code == 403


def test_progress_is_counted_by_township_within_ones_scope(client, town, rows, november):
    Confirmation.objects.create(round=november, facility=town.facility("B1", division=town.west))
    Confirmation.objects.filter(pk=rows[0].pk).update(state=State.DONE, answers={"beds": [30, 9]}, as_of=DAY)
    address = reverse("rounds:detail", args=[OPENS_ON])
    county = signed_in(client, town.reviewer).get(address)
    [east, west] = county.context["progress"].townships
    assert (east.asked, east.answered, east.percent, west.left) == (3, 1, 33, 1)
    assert "3处逾期" in county.content.decode()
    own = signed_in(client, town.west_clerk).get(address)
    assert own.context["progress"].total.asked == 1
    assert "A1养老院" not in own.content.decode()
    narrowed = client.get(address, {"state": "done", "town": "nonsense", "page": "9"})
    assert narrowed.status_code == 200


def test_the_ledger_has_every_township_on_its_own_sheet(client, town, rows, november):
    Confirmation.objects.create(round=november, facility=town.facility("B1", division=town.west))
    signed_in(client, town.clerk)
    client.post(reverse("rounds:entry", args=[rows[0].pk]), form(client, rows[0], **{"beds-vacant": "12"}))
    page = signed_in(client, town.reviewer).get(reverse("rounds:ledger", args=[OPENS_ON])).content.decode()
    assert page.count("round-sheet") == 2
    assert "<b>30，其中空余12</b>" in page


def test_an_address_of_no_round_is_not_found(client, town, november):
    signed_in(client, town.reviewer)
    for day in ("2026-10-01", "2026-13-45"):
        assert client.get(f"/office/rounds/{day}/").status_code == 404


def test_what_waits_for_whom(town, rows, client):
    def titles(user, pile=Pile.MINE):
        return [
            (row.kind.name, row.item.count)
            for _urgency, items in worklist(user=user, day=DAY, pile=pile).groups
            for row in items
        ]

    assert titles(town.clerk) == [("round", 3)]
    assert titles(town.west_clerk) == titles(town.reviewer) == []
    assert titles(town.planner) == [("round", 3)], "overdue: the county sees it"
    send_unusual(client, town, rows[0])
    assert titles(town.reviewer) == [("round-approvals", None)]
    assert titles(town.clerk, Pile.OTHERS) == [("round", None)]


def test_the_pages_take_no_more_queries_for_more_facilities(
    client, town, rows, november, django_assert_num_queries, django_assert_max_num_queries
):
    addresses = {
        reverse("rounds:detail", args=[OPENS_ON]): 20,
        reverse("rounds:ledger", args=[OPENS_ON]): 20,
        reverse("rounds:list"): 12,
        reverse("rounds:entry", args=[rows[0].pk]): 40,
    }
    signed_in(client, town.clerk)
    counted = {}
    for address, most in addresses.items():
        client.get(address)
        with django_assert_max_num_queries(most) as found:
            client.get(address)
        counted[address] = len(found)
    for number in range(20):
        Confirmation.objects.create(round=november, facility=town.facility(f"C{number}"), token=uuid.uuid4())
    for address, count in counted.items():
        with django_assert_num_queries(count):
            client.get(address)


def test_the_sheet_has_each_figure_in_its_column_and_what_was_typed_stays_text(client, town, rows):
    signed_in(client, town.clerk)
    typed = form(client, rows[0], **{"beds-vacant": "12", "remark": "=1+1"})
    client.post(reverse("rounds:entry", args=[rows[0].pk]), typed)
    sheet = client.get(reverse("rounds:export", args=[OPENS_ON]))
    assert sheet["Content-Disposition"] == 'attachment; filename="confirmation-round-2026-11-01.xlsx"'
    [[title, *_rest], head, first, *others] = openpyxl.load_workbook(
        io.BytesIO(sheet.content)
    ).active.iter_rows(values_only=True)
    line = dict(zip(head, first, strict=True))
    assert title == "2026年11月设施核实台账"
    assert (line["床位"], line["有更正"], line["备注说明"]) == ("30，其中空余12", "床位", "=1+1")
    assert len(others) == 2
    signed_in(client, town.west_clerk)
    assert client.get(reverse("rounds:export", args=[OPENS_ON])).status_code == 200


def test_what_makes_a_place_accessible_is_asked_and_what_nobody_chose_stays_unknown(client, town, rows):
    RoundQuestion.objects.create(code="step_free_entrance", position=90)
    RoundQuestion.objects.create(code="lift", position=91)
    signed_in(client, town.clerk)
    row = rows[0]
    page = client.get(reverse("rounds:entry", args=[row.pk])).content.decode()
    assert '<select class="input"\n              id="step_free_entrance"' in page
    answered = client.post(
        reverse("rounds:entry", args=[row.pk]), form(client, row, step_free_entrance="limited")
    )
    assert answered.status_code == 302
    row.refresh_from_db()
    row.facility.refresh_from_db()
    assert row.state == State.DONE, "a fact that was not known before is nothing unusual"
    assert row.facility.step_free_entrance == "limited"
    assert row.facility.lift == ""
    verified = set(Verification.objects.filter(facility=row.facility).values_list("code", flat=True))
    assert "step_free_entrance" in verified
    assert "lift" not in verified
    fresh = client.get(reverse("rounds:entry", args=[row.pk]))
    lines = {line["fact"].code: line for line in fresh.context["lines"]}
    assert lines["step_free_entrance"]["value"] == "limited"
    assert lines["step_free_entrance"]["on_record"] == "部分具备或需协助"


def test_an_answer_that_is_not_in_the_list_is_refused(client, town, rows):
    RoundQuestion.objects.create(code="lift", position=91)
    signed_in(client, town.clerk)
    refused = client.post(reverse("rounds:entry", args=[rows[0].pk]), form(client, rows[0], lift="perhaps"))
    assert refused.status_code == 422
    assert "请从列表中选一项" in refused.content.decode()
