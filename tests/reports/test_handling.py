"""The office has a report: who may act, how it climbs, what the reporter reads, what is forgotten."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from geo_registry.accounts.models import Role
from geo_registry.imports.registry import holdings
from geo_registry.reports.models import Contact, Report, State, Step
from geo_registry.reports.services import handling, upkeep
from geo_registry.reports.services.work import Reports, mine
from geo_registry.worklist.models import Notification
from geo_registry.worklist.registry import Asked, Pile

BACKEND = "geo_registry.accounts.backends.PolicyBackend"
TODAY = timezone.localdate()


def page(report: Report) -> str:
    return reverse("reports:report", args=[report.pk])


def test_a_clerk_takes_it_up_and_answers_and_the_reporter_reads_the_answer(client, send, county) -> None:
    report, code = send()
    clerk = county.people[Role.CLERK]
    client.force_login(clerk, backend=BACKEND)
    client.post(page(report), {"take": "", "revision": 0})
    client.post(page(report), {"done": "", "answer": "已经改好", "revision": 1})
    report.refresh_from_db()
    assert (report.state, report.answer) == (State.DONE, "已经改好")
    assert list(report.steps.values_list("what", "by")) == [
        ("received", None),
        ("taken", clerk.pk),
        ("done", clerk.pk),
    ]
    client.logout()
    told = client.get(reverse("reports:state", args=[code])).content.decode()
    assert "已经改好" in told
    assert str(clerk) not in told


def test_an_answer_needs_words(send, county) -> None:
    report, _code = send()
    for done in (True, False):
        with pytest.raises(ValidationError):
            handling.finish(report=report, by=county.people[Role.CLERK], answer=" ", done=done)
    assert Report.objects.get().state == State.OPEN


def test_who_is_slower_is_told_and_keeps_what_was_typed(client, send, county) -> None:
    report, _code = send()
    handling.take_up(report=report, by=county.people[Role.PLANNER])
    client.force_login(county.people[Role.CLERK], backend=BACKEND)
    answer = client.post(page(report), {"refuse": "", "answer": "不是我们管的", "revision": 0})
    assert "不是我们管的" in answer.content.decode()
    assert Report.objects.get().state == State.DOING


def test_passed_up_with_a_reason_it_is_the_countys_and_the_clerk_only_follows(client, send, county) -> None:
    report, _code = send()
    clerk = county.people[Role.CLERK]
    with pytest.raises(ValidationError):
        handling.pass_up(report=report, by=clerk, reason="")
    passed = handling.pass_up(report=report, by=clerk, reason="要县里定")
    assert (passed.handler, passed.state, passed.due) == (
        None,
        State.OPEN,
        TODAY + datetime.timedelta(days=10),
    )
    assert (
        Notification.objects.filter(code="report-passed-up", role=Role.PLANNER, division=county.home).count()
        == 1
    )
    client.force_login(clerk, backend=BACKEND)
    assert client.get(page(report)).status_code == 200
    assert client.post(page(report), {"take": "", "revision": 1}).status_code == 403
    with pytest.raises(handling.NotYours):
        handling.pass_up(report=report, by=county.people[Role.PLANNER], reason="再往上")


def test_when_its_day_has_passed_it_climbs_by_itself_once(send, county) -> None:
    report, _code = send()
    late = report.due + datetime.timedelta(days=1)
    assert handling.climb_overdue(day=report.due) == 0
    assert handling.climb_overdue(day=late) == 1
    assert handling.climb_overdue(day=late) == 0
    report.refresh_from_db()
    assert (report.handler, report.due) == (None, late + datetime.timedelta(days=10))
    assert list(report.steps.values_list("what", "by")) == [("received", None), ("climbed", None)]
    assert Notification.objects.filter(code="report-climbed").count() == 1
    # Late at the county it stays there, as overdue.
    assert handling.climb_overdue(day=late + datetime.timedelta(days=99)) == 0


def test_it_can_be_taken_up_again_with_a_reason(send, county) -> None:
    report, _code = send()
    clerk = county.people[Role.CLERK]
    handling.finish(report=report, by=clerk, answer="不办", done=False)
    again = handling.take_up_again(report=report, by=clerk, reason="弄错了")
    assert (again.state, again.answer, again.ended_at) == (State.DOING, "", None)


def test_the_clerk_of_another_township_sees_nothing_of_it(client, send, county) -> None:
    report, _code = send("OPEN-2")  # the western township, which has no clerk
    client.force_login(county.people[Role.CLERK], backend=BACKEND)
    assert client.get(page(report)).status_code == 404
    assert report.subject not in client.get(reverse("reports:queue") + "?show=waiting").content.decode()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_who_handles_no_reports_sees_none(client, send, county, role: Role) -> None:
    report, _code = send()
    client.force_login(county.people[role], backend=BACKEND)
    assert client.get(page(report)).status_code == 403
    assert client.get(reverse("reports:queue")).status_code == 403


def test_a_contact_is_shown_to_who_has_the_report_and_deleted_in_time(client, send, county) -> None:
    report, code = send(contact="13800000000")
    clerk = county.people[Role.CLERK]
    client.force_login(clerk, backend=BACKEND)
    assert "13800000000" in client.get(page(report)).content.decode()
    handling.pass_up(report=report, by=clerk, reason="要县里定")
    assert "13800000000" not in client.get(page(report)).content.decode()
    client.logout()
    assert "13800000000" not in client.get(reverse("reports:state", args=[code])).content.decode()
    report.refresh_from_db()
    handling.finish(report=report, by=county.people[Role.PLANNER], answer="好了", done=True)
    assert upkeep.forget_contacts(day=TODAY + datetime.timedelta(days=30)) == 0
    assert upkeep.forget_contacts(day=TODAY + datetime.timedelta(days=32)) == 1
    assert not Contact.objects.exists()


def test_my_work_has_it_where_it_waits(send, county, django_assert_max_num_queries) -> None:
    send()
    send("OPEN-2")
    people = county.people
    assert [mine(people[role]).count() for role in (Role.CLERK, Role.PLANNER, Role.ADMINISTRATOR)] == [
        1,
        1,
        1,
    ]
    assert mine(people[Role.NAME_OFFICER]).count() == 0
    work, asked = Reports(), Asked(user=people[Role.CLERK], day=TODAY)
    with django_assert_max_num_queries(8):
        items = work.items(asked, first=0, size=10)
    assert [item.due for item in items] == [TODAY + datetime.timedelta(days=5)]
    handling.climb_overdue(day=TODAY + datetime.timedelta(days=6))
    assert work.counts(asked).total == 0
    assert work.counts(Asked(user=people[Role.CLERK], day=TODAY, pile=Pile.OTHERS)).total == 1


def test_the_queue_is_searched_and_the_facilitys_card_names_it(client, send, county) -> None:
    report, _code = send()
    client.force_login(county.people[Role.CLERK], backend=BACKEND)
    assert report.subject in client.get(reverse("reports:queue")).content.decode()
    assert report.subject not in client.get(reverse("reports:queue"), {"q": "没有这个"}).content.decode()
    assert page(report) in client.get(reverse("facilities:record", args=["OPEN-0"])).content.decode()


def test_reports_of_a_demo_record_go_with_the_demo(send, county) -> None:
    report, _code = send()
    going = {row for holding in holdings() for row in holding.rows([county.source])}
    assert report in going
    report.delete()
    assert not Step.objects.exists()
