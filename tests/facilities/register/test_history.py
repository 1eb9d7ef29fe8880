"""What people did to a facility reads as sentences in its history: acts, proposals, merges, confirmations."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.formats import date_format

from facilities.models import FacilityKind, Likeness, Proposal, Status, What
from facilities.services import deciding, kinds, life, merging, proposing
from facilities.services.life_words import Event
from geo_registry.accounts import history
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def told(record) -> list[tuple[history.What, str, dict[str, str]]]:
    return [
        (row.what, row.title, {field.label: field.after for field in row.fields})
        for change in history.record_history(type(record), record.pk)
        for row in change.rows
    ]


def paused(**changes) -> Event:
    values = {"what": What.STATUS, "day": TODAY, "details": {"status": Status.PAUSED.value}, "reason": "装修"}
    return Event(**values | changes)


def test_an_act_is_told_in_words_and_so_is_its_withdrawal(register):
    made = life.enter(facility=register.facility, event=paused(document="1号"), user=register.planner)
    rows = {title: fields for _what, title, fields in told(register.facility)}
    act = rows[f"event of a facility: status {TODAY}"]
    assert act["details"] == "paused"
    assert (act["reason"], act["document"], act["entered by"]) == ("装修", "1号", str(register.planner))
    life.withdraw(event=made, user=register.planner, reason="登记错了")
    fields = [
        fields for what, title, fields in told(register.facility) if title.startswith("event") and fields
    ]
    assert any(
        row.get("why it was withdrawn") == "登记错了" and row["withdrawn by"] == str(register.planner)
        for row in fields
    )


def test_a_proposal_is_told_once_it_is_sent_and_never_as_a_draft(register):
    draft = proposing.propose_facts(
        facility=register.facility, base={"name": "东一村老饭桌"}, facts={"name": "草稿名"}, author=register.clerk,
        send=False,
    )  # fmt: skip
    assert not [title for _what, title, _fields in told(register.facility) if title.startswith("proposal")]
    assert told(draft) == []
    proposing.propose_facts(
        facility=register.facility, base={"name": "东一村老饭桌"}, facts={"name": "新名", "published": True},
        author=register.clerk, proposal=draft,
    )  # fmt: skip
    ((what, title, fields),) = [row for row in told(register.facility) if row[1].startswith("proposal")]
    assert what is history.What.ADDED
    assert title == "proposal: 东一村老饭桌"
    assert fields["facts as the author wants them"] == "name: 新名; published: yes"
    assert "草稿名" not in str(told(register.facility))


def test_who_decided_and_why_is_told(register):
    made = proposing.propose_event(
        facility=register.facility, event=paused().as_json(), author=register.clerk
    )
    deciding.return_(proposal=made, user=register.reviewer, version=made.version, reasons="缺文件")
    made.refresh_from_db()
    wanted = {row[2].get("facts as the author wants them") for row in told(made)}
    assert f"status: paused; takes effect: {date_format(TODAY)}; reason: 装修" in wanted
    decided = next(fields for _what, _title, fields in told(made) if "decided by" in fields)
    assert (decided["state"], decided["the county's reasons"]) == ("returned", "缺文件")


def test_a_merge_is_told_by_both_records_and_a_guess_by_none(register):
    twin = factories.FacilityFactory(
        number="T-2", name="东一村饭桌", kind=register.canteen, division=register.east_village,
        location=register.facility.location,
    )  # fmt: skip
    first, second = sorted((register.facility, twin), key=lambda row: row.pk)
    pair = Likeness.objects.create(first=first, second=second, similarity=0.9, distance_m=3)
    assert not [row for row in told(twin) if row[1].startswith("possible duplicate")]
    merging.merge_records(
        kept=register.facility, dropped=twin, sides={}, user=register.planner, reason="同一处"
    )
    for record in (register.facility, twin):
        titles = {title: fields for _what, title, fields in told(record)}
        merge = titles["merged duplicate: T-2 东一村饭桌 → T-1 东一村老饭桌"]
        assert (merge["reason"], merge["merged by"]) == ("同一处", str(register.planner))
        judged = titles[f"possible duplicate: {first.number} {first.name} ~ {second.number} {second.name}"]
        assert judged["judged by"] == str(register.planner)
    assert pair.pk


def test_ten_acts_cost_as_many_questions_as_two(register, django_assert_max_num_queries):
    def act(n: int) -> None:
        life.enter(
            facility=register.facility,
            event=Event(
                what=What.OPERATOR, day=TODAY + datetime.timedelta(days=n), details={"name": f"{n}号"}, reason="换"
            ),
            user=register.planner,
        )  # fmt: skip

    act(1)
    act(2)
    with CaptureQueriesContext(connection) as few:
        told(register.facility)
    for n in range(3, 11):
        act(n)
    with django_assert_max_num_queries(len(few)):
        told(register.facility)


class TestKinds:
    """What a file says of a kind holds, also where kinds are dated."""

    def changed(self, register):
        life.enter(
            facility=register.facility,
            event=Event(
                what=What.KIND, day=TODAY - datetime.timedelta(days=5),
                details={"kind": register.home_for_aged.pk, "functions": [register.functions["meals"].pk]}, reason="改建",
            ),
            user=register.planner,
        )  # fmt: skip
        register.facility.refresh_from_db()
        return register.facility

    def test_the_row_of_today_follows_and_the_past_stays(self, register):
        facility = self.changed(register)
        other = factories.KindFactory(code="other", tier=register.canteen.tier)
        type(facility).objects.filter(pk=facility.pk).update(kind=other)
        assert kinds.take_kinds_as_said([facility.pk]) == 1
        assert kinds.settle_kinds() == 0
        facility.refresh_from_db()
        assert facility.kind == other
        assert factories.kind_of(facility, TODAY - datetime.timedelta(days=6)) == register.canteen.pk

    def test_a_facility_without_dated_kinds_needs_none(self, register):
        assert kinds.take_kinds_as_said([register.facility.pk]) == 0
        assert not FacilityKind.objects.exists()


def test_proposals_of_others_are_told_by_their_own_page_too(register):
    made = proposing.propose_new(
        facts={"name": "新站", "kind": register.canteen.pk, "functions": [register.functions["meals"].pk],
               "status": "planned", "status_from": TODAY.isoformat(), "number": ""},
        division=register.east_village, title="新站", author=register.clerk,
    )  # fmt: skip
    ((_what, _title, fields),) = told(made)
    words = fields["facts as the author wants them"]
    assert words.startswith("facility number: the next free one; kind: ")
    assert "name: 新站" in words
    assert Proposal.objects.get().author == register.clerk
