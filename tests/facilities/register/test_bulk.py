"""Changing many facilities at once: the rules of one hold for each, the preview says what comes of it, and it can be taken back."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from facilities.models import BulkEdit, BulkRow, Facility, LifeEvent, Proposal, Status
from facilities.services import bulk, bulk_walk, deciding
from facilities.services.contact import hours_in_words
from facilities.services.facts import facts_of
from facilities.services.life_words import timeline
from geo_registry.accounts import history
from geo_registry.jobs.models import Job, JobState
from geo_registry.worklist.models import Notification
from tests import factories
from tests.browser.conftest import BACKEND

HOURS = "Mo-Su 11:00-13:00"
OTHER_HOURS = "Mo-Fr 08:00-18:00"


def said(hours: str) -> str:
    return hours_in_words(hours, day=timezone.localdate())


Outcome = BulkRow.Outcome


@pytest.fixture
def three(register) -> list[Facility]:
    """Three open facilities: two in the east, one in the west."""
    made = [register.facility]
    for number, village in (("T-2", register.east_village), ("T-3", register.west_village)):
        made.append(
            factories.FacilityFactory(
                number=number, name=f"{village.name}助餐点", kind=register.canteen, division=village,
                location=village.point, location_method="surveyed", social_credit_code_absent="村级点",
            )
        )  # fmt: skip
    Facility.objects.update(opening_hours=HOURS)
    return made


def chosen(user, rows) -> BulkEdit:
    return bulk.choose(user=user, facility_ids=[row.pk for row in rows], query="")


def fact(code, value):
    return {"sort": code, "value": value, "reason": "全县统一"}


def looked_at(user, rows, change) -> BulkEdit:
    return bulk.preview(edit=chosen(user, rows), change=change, user=user)


def outcomes(edit) -> dict[str, str]:
    return {row.facility.number: row.outcome for row in edit.rows.select_related("facility")}


def why(edit, number) -> str:
    return edit.rows.get(facility__number=number).why


def hours() -> dict[str, str]:
    return dict(Facility.objects.values_list("number", "opening_hours"))


def paused(day=None):
    return {
        "sort": "status", "value": Status.PAUSED, "day": (day or timezone.localdate()).isoformat(),
        "reason": "停电检修", "document": "〔2026〕1号",
    }  # fmt: skip


def days_ago(n: int) -> datetime.date:
    return timezone.localdate() - datetime.timedelta(days=n)


def closed():
    return paused() | {"value": Status.CLOSED, "reason": "停办"}


# The preview


def test_a_preview_says_what_would_become_of_each_and_changes_nothing(register, three):
    Facility.objects.filter(number="T-2").update(opening_hours=OTHER_HOURS)
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    assert outcomes(edit) == {"T-1": Outcome.CHANGED, "T-2": Outcome.SAME, "T-3": Outcome.CHANGED}
    assert edit.state == BulkEdit.State.PREVIEWED
    assert hours() == {"T-1": HOURS, "T-2": OTHER_HOURS, "T-3": HOURS}
    row = edit.rows.get(facility__number="T-1")
    assert (row.before, row.after) == (said(HOURS), said(OTHER_HOURS))


def test_what_is_refused_says_why_and_leaves_the_others_alone(register, three):
    edit = looked_at(register.planner, three, fact("lease_to", "2020-01-01"))
    Facility.objects.filter(number="T-2").update(lease_from=datetime.date(2024, 1, 1))
    edit = bulk.preview(edit=edit, change=fact("lease_to", "2020-01-01"), user=register.planner)
    assert outcomes(edit)["T-2"] == Outcome.REFUSED
    assert why(edit, "T-2")
    bulk.apply(edit=edit, user=register.planner)
    assert Facility.objects.get(number="T-1").lease_to == datetime.date(2020, 1, 1)
    assert Facility.objects.get(number="T-2").lease_to is None


def test_nobody_is_told_by_a_preview(register, three):
    looked_at(register.clerk, three, closed())
    assert not Notification.objects.exists()
    assert not Proposal.objects.exists()


def test_rows_out_of_ones_scope_are_not_even_chosen(register, three):
    edit = chosen(register.clerk, three)
    assert len(edit.facility_ids) == 2
    with pytest.raises(ValidationError):
        chosen(register.clerk, [three[2]])


def test_too_many_or_none_are_said_to_be_so(register, three, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(ValidationError, match="2"):
        chosen(register.planner, three)
    with pytest.raises(ValidationError):
        chosen(register.planner, [])


def test_what_was_begun_and_left_is_forgotten_in_time(register, three):
    left = chosen(register.planner, three)
    BulkEdit.objects.filter(pk=left.pk).update(
        created_at=timezone.now() - bulk.FORGOTTEN_AFTER - datetime.timedelta(hours=1)
    )
    kept = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    bulk.apply(edit=kept, user=register.planner)
    BulkEdit.objects.filter(pk=kept.pk).update(created_at=timezone.now() - datetime.timedelta(days=400))
    chosen(register.planner, three)
    assert not BulkEdit.objects.filter(pk=left.pk).exists()
    assert BulkEdit.objects.filter(pk=kept.pk).exists(), "what was made is kept for good"


# Making it


def test_a_planners_change_holds_at_once_and_stands_in_the_history(register, three):
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    bulk.apply(edit=edit, user=register.planner)
    assert set(hours().values()) == {OTHER_HOURS}
    latest = history.record_history(Facility, three[0].pk)[0]
    assert said(OTHER_HOURS) in latest.where, "the history names the change of many"


def test_a_clerks_change_waits_for_the_county_which_is_told_once(register, three):
    edit = looked_at(register.clerk, three, closed())
    assert set(outcomes(edit).values()) == {Outcome.WAITS}
    edit = bulk.apply(edit=edit, user=register.clerk)
    proposals = Proposal.objects.filter(state=Proposal.State.SUBMITTED, author=register.clerk)
    assert proposals.count() == 2
    told = Notification.objects.filter(code="facilities-proposals-sent")
    # both lie in one village: one word to each role that decides
    assert told.count() == len({note.role for note in told}) == 2
    assert "2" in told.first().text
    assert not Notification.objects.filter(code="facilities-proposal-sent").exists()
    assert Facility.objects.get(number="T-1").status_on().status == Status.OPEN
    first = proposals.first()
    deciding.approve(proposal=first, user=register.reviewer, seen={}, version=first.version)
    assert first.facility.status_on().status == Status.CLOSED


def test_a_clerks_change_of_what_needs_no_approval_holds_at_once(register, three):
    edit = looked_at(register.clerk, three, fact("contact_role", "站长"))
    assert set(outcomes(edit).values()) == {Outcome.CHANGED}
    bulk.apply(edit=edit, user=register.clerk)
    assert Facility.objects.filter(contact_role="站长").count() == 2


def test_only_who_approves_publishes(register, three):
    Facility.objects.update(published=False)
    Facility.objects.filter(number="T-2").update(secret=True)
    change = {"sort": "published", "value": True, "reason": ""}
    refused = looked_at(register.planner, three, change)
    assert set(outcomes(refused).values()) == {Outcome.REFUSED}
    edit = looked_at(register.reviewer, three, change)
    assert outcomes(edit) == {"T-1": Outcome.CHANGED, "T-2": Outcome.REFUSED, "T-3": Outcome.CHANGED}
    bulk.apply(edit=edit, user=register.reviewer)
    assert set(Facility.objects.filter(published=True).values_list("number", flat=True)) == {"T-1", "T-3"}


def test_what_somebody_changed_since_the_preview_is_left_alone_and_named(register, three):
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    Facility.objects.filter(number="T-2").update(opening_hours="24/7")
    edit = bulk.apply(edit=edit, user=register.planner)
    assert hours() == {"T-1": OTHER_HOURS, "T-2": "24/7", "T-3": OTHER_HOURS}
    assert outcomes(edit)["T-2"] == Outcome.REFUSED
    assert "每天 全天" in why(edit, "T-2")


def test_an_event_entered_since_the_preview_stops_that_row(register, three):
    edit = looked_at(register.planner, three, paused())
    factories.FacilityStatusFactory(
        facility=three[1], status=Status.IDLE, valid_from=timezone.localdate() - datetime.timedelta(days=1)
    )
    bulk.apply(edit=edit, user=register.planner)
    assert three[0].status_on().status == Status.PAUSED
    assert three[1].status_on().status == Status.IDLE


def test_it_is_made_once(register, three):
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    bulk.apply(edit=edit, user=register.planner)
    for again in (
        lambda: bulk.apply(edit=edit, user=register.planner),
        lambda: bulk.preview(edit=bulk_of(edit), change=fact("opening_hours", HOURS), user=register.planner),
    ):
        with pytest.raises(ValidationError):
            again()
    with pytest.raises(ValidationError):
        bulk.apply(edit=chosen(register.planner, three), user=register.planner)


def bulk_of(edit) -> BulkEdit:
    return BulkEdit.objects.get(pk=edit.pk)


def test_a_failure_in_the_middle_takes_all_of_it_back(register, three, monkeypatch):
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    seen = []

    def break_at_the_third(*args, **kwargs):
        seen.append(args)
        if len(seen) == 3:
            raise RuntimeError("the machine stops")
        return real(*args, **kwargs)

    real = bulk_walk._stands
    monkeypatch.setattr(bulk_walk, "_stands", break_at_the_third)
    with pytest.raises(RuntimeError):
        bulk.apply(edit=edit, user=register.planner)
    assert set(hours().values()) == {HOURS}
    assert bulk_of(edit).state == BulkEdit.State.PREVIEWED


def test_nobody_makes_or_undoes_anothers(register, three):
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    with pytest.raises(PermissionDenied):
        bulk.apply(edit=edit, user=register.clerk)


# Taking it back


def test_it_is_taken_back_where_nobody_changed_the_same_since(register, three):
    edit = looked_at(register.planner, three, fact("opening_hours", OTHER_HOURS))
    bulk.apply(edit=edit, user=register.planner)
    Facility.objects.filter(number="T-2").update(opening_hours="24/7")
    edit = bulk.undo(edit=edit, user=register.planner)
    assert hours() == {"T-1": HOURS, "T-2": "24/7", "T-3": HOURS}
    assert outcomes(edit) == {"T-1": Outcome.UNDONE, "T-2": Outcome.KEPT, "T-3": Outcome.UNDONE}
    assert "每天 全天" in why(edit, "T-2")
    with pytest.raises(ValidationError):
        bulk.undo(edit=edit, user=register.planner)


def test_events_are_withdrawn_with_their_trace(register, three):
    edit = looked_at(register.planner, three, paused())
    bulk.apply(edit=edit, user=register.planner)
    bulk.undo(edit=edit, user=register.planner)
    assert {row.status_on().status for row in three} == {Status.OPEN}
    assert LifeEvent.objects.filter(withdrawn_at__isnull=False).count() == 3


def test_proposals_that_still_wait_are_withdrawn_and_decided_ones_stay(register, three):
    edit = looked_at(register.clerk, three, closed())
    bulk.apply(edit=edit, user=register.clerk)
    first, second = Proposal.objects.order_by("pk")
    deciding.approve(proposal=first, user=register.reviewer, seen={}, version=first.version)
    edit = bulk.undo(edit=edit, user=register.clerk)
    second.refresh_from_db()
    assert second.state == Proposal.State.WITHDRAWN
    assert sorted(outcomes(edit).values()) == [Outcome.KEPT, Outcome.UNDONE]


@pytest.mark.parametrize(
    ("code", "value"),
    [("ownership", "public"), ("tenure", "leased"), ("medical_insurance", True), ("built_on", "2020-05-01"),
     ("founder", "甲县民政局"), ("grade", "三星"), ("registration", "unregistered"), ("private_phone", "0951-1234567")],
)  # fmt: skip
def test_each_sort_of_fact_goes_there_and_back(register, three, code, value):
    edit = looked_at(register.planner, three, fact(code, value))
    assert set(outcomes(edit).values()) == {Outcome.CHANGED}
    bulk.apply(edit=edit, user=register.planner)
    assert {facts_of(row)[code] for row in Facility.objects.all()} == {value}
    bulk.undo(edit=edit, user=register.planner)
    assert value not in {facts_of(row)[code] for row in Facility.objects.all()}


def test_kind_and_operator_change_on_a_day(register, three):
    day = timezone.localdate()
    change = {"day": day.isoformat(), "reason": "改造", "document": ""}
    edit = looked_at(register.planner, three, change | {"sort": "kind", "value": register.home_for_aged.pk})
    assert set(outcomes(edit).values()) == {Outcome.CHANGED}, [row.why for row in edit.rows.all()]
    bulk.apply(edit=edit, user=register.planner)
    assert set(Facility.objects.values_list("kind__code", flat=True)) == {"aged"}
    bulk.undo(edit=edit, user=register.planner)
    assert set(Facility.objects.values_list("kind__code", flat=True)) == {"canteen"}
    edit = looked_at(
        register.planner, three, change | {"sort": "operator", "value": "夕阳红", "mode": "", "until": ""}
    )
    bulk.apply(edit=edit, user=register.planner)
    assert {row.operators.on(day).get().name for row in three} == {"夕阳红"}


# The pages


def post(client, user, name, data=None, *args):
    client.force_login(user, backend=BACKEND)
    return client.post(reverse(f"facilities:{name}", args=args), data or {})


def test_the_pages_lead_from_the_list_through_the_preview_and_back(client, register, three):
    begun = post(client, register.planner, "bulk_start", {"pk": [row.pk for row in three], "query": "in=99"})
    edit = BulkEdit.objects.get()
    assert begun["Location"] == reverse("facilities:bulk", args=[edit.pk])
    assert "T-3" in client.get(begun["Location"]).content.decode()
    answer = post(
        client, register.planner, "bulk_preview",
        {"sort": "opening_hours", "to-opening_hours": OTHER_HOURS, "reason": ""}, edit.pk,
    )  # fmt: skip
    assert answer.status_code == 302
    html = client.get(begun["Location"]).content.decode()
    assert html.count("data-row=") == 3
    assert reverse("facilities:bulk_apply", args=[edit.pk]) in html
    post(client, register.planner, "bulk_apply", {}, edit.pk)
    assert set(hours().values()) == {OTHER_HOURS}
    post(client, register.planner, "bulk_undo", {}, edit.pk)
    assert set(hours().values()) == {HOURS}
    assert "/office/facilities/?in=99" in client.get(begun["Location"]).content.decode()


def test_all_rows_of_a_list_can_be_taken(client, register, three):
    post(client, register.planner, "bulk_start", {"all": "1", "query": "in=990101100"})
    assert len(BulkEdit.objects.get().facility_ids) == 2


def test_what_a_change_needs_is_asked_for_and_nothing_typed_is_lost(client, register, three):
    edit = chosen(register.planner, three)
    for data, said in (
        ({"sort": "status", "to-status": "paused", "day": "2026-01-01"}, "to-status"),
        ({"sort": "status", "to-status": "paused", "day": "", "reason": "检修"}, "reason"),
        ({"sort": "division", "to-division": ""}, "to-division"),
        ({"sort": "kind", "to-kind": "", "day": "2026-01-01", "reason": "x"}, "day"),
    ):
        answer = post(client, register.planner, "bulk_preview", data, edit.pk)
        assert answer.status_code == 422
        assert answer.context["form"].errors
        assert answer.context["form"][said].value() == data.get(said)
    assert bulk_of(edit).state == BulkEdit.State.CHOSEN


def test_anothers_change_is_not_shown_but_to_an_administrator(client, register, three):
    edit = chosen(register.planner, three)
    for user, status in ((register.clerk, 404), (register.viewer, 403), (register.administrator, 200)):
        client.force_login(user, backend=BACKEND)
        assert client.get(reverse("facilities:bulk", args=[edit.pk])).status_code == status
    assert post(client, register.viewer, "bulk_start", {"pk": [three[0].pk]}).status_code == 403


def test_each_is_offered_what_the_own_role_may_change(client, register, three):
    offered = {}
    for user in (register.clerk, register.reviewer, register.administrator):
        edit = chosen(user, three)
        client.force_login(user, backend=BACKEND)
        form = client.get(reverse("facilities:bulk", args=[edit.pk])).context["form"]
        offered[user.role] = {code for code, _label in form.fields["sort"].choices}
    assert offered["reviewer"] == {"published"}
    assert "published" not in offered["clerk"]
    assert offered["administrator"] == offered["clerk"] | {"published"}


def test_many_are_changed_in_the_background(
    client, register, three, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    edit = chosen(register.planner, three)
    data = {"sort": "opening_hours", "to-opening_hours": OTHER_HOURS, "reason": ""}
    for name in ("bulk_preview", "bulk_apply"):
        with django_capture_on_commit_callbacks(execute=True):
            answer = post(client, register.planner, name, data, edit.pk)
        job = Job.objects.latest("created_at")
        assert answer["Location"] == reverse("jobs:detail", args=[job.pk])
        assert job.state == JobState.SUCCEEDED, job.error
        assert job.result_url == reverse("facilities:bulk", args=[edit.pk])
    assert set(hours().values()) == {OTHER_HOURS}
    latest = history.record_history(Facility, three[0].pk)[0]
    assert latest.who == str(register.planner)


def test_the_page_of_many_rows_takes_as_many_queries_as_of_one(client, register, three):
    def count(rows) -> int:
        edit = looked_at(register.planner, rows, fact("opening_hours", OTHER_HOURS))
        client.force_login(register.planner, backend=BACKEND)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("facilities:bulk", args=[edit.pk]))
        return len(queries)

    assert count(three) == count(three[:1]) <= 16


def test_a_change_is_read_in_the_readers_language(register, three):
    with translation.override("zh-hans"):
        edit = looked_at(register.planner, three, paused())
    rows = list(edit.rows.all())
    with translation.override("en"):
        title = bulk.in_words(edit, rows)
        assert "paused" in title
        assert all("paused" in row.after and "operation" in row.before for row in rows)
    edit = looked_at(register.planner, three, fact("medical_insurance", True))
    with translation.override("en"):
        rows = list(edit.rows.all())
        bulk.in_words(edit, rows)
        assert {(row.before, row.after) for row in rows} == {("", "yes")}


def test_a_refusal_is_read_in_the_readers_language(register, three):
    factories.FacilityStatusFactory(facility=three[0], status=Status.CLOSED, valid_from=days_ago(3))
    with translation.override("zh-hans"):
        edit = looked_at(register.planner, three, paused())
        chinese = why(edit, "T-1")
    assert "“注销”之后不能是" in chinese
    rows = list(edit.rows.all())
    with translation.override("en"):
        bulk.in_words(edit, rows)
        assert {row.why for row in rows if row.why} == {"“paused” cannot follow “closed”."}
    with translation.override("zh-hans"):
        rows = list(edit.rows.all())
        bulk.in_words(edit, rows)
        assert {row.why for row in rows if row.why} == {chinese}
    # One that an earlier version kept.
    edit.rows.update(why_said={})
    rows = list(edit.rows.all())
    bulk.in_words(edit, rows)
    assert {row.why for row in rows if row.why} == {chinese}


def test_why_it_was_taken_back_or_kept_is_read_in_the_readers_language(register, three):
    with translation.override("zh-hans"):
        edit = looked_at(register.planner, three, paused())
        bulk.apply(edit=edit, user=register.planner)
        factories.FacilityStatusFactory(facility=three[1], status=Status.OPEN, valid_from=days_ago(-3))
        LifeEvent.objects.create(
            facility=three[1], what="status", day=days_ago(-3), details={"status": "open"}
        )
        bulk.undo(edit=edit, user=register.planner)
    rows = list(edit.rows.all())
    with translation.override("en"):
        bulk.in_words(edit, rows)
        assert [row.why for row in rows if row.why] == [
            f"It was changed again since; it is now: paused from {date_format(timezone.localdate())}."
        ]
        (moment,) = [one for one in timeline(three[0], day=timezone.localdate()) if not one.holds]
        assert moment.withdrawn_reason == "The change of many facilities was taken back."
        told = {change.where for change in history.record_history(Facility, three[0].pk)}
        assert any("taken back: status: paused" in where for where in told)


def test_a_row_more_costs_three_statements(register, three):
    """Its savepoint, its update and the savepoint's end: what the checks need is read of all rows at once."""

    def statements(rows) -> int:
        with CaptureQueriesContext(connection) as captured:
            looked_at(register.planner, rows, fact("contact_role", "站长"))
        return len(captured.captured_queries)

    statements(three)
    assert statements(three) - statements(three[:1]) == 2 * 3
