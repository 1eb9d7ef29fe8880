"""An event of many facilities: judged as that of one is, written together, with the same rows and the same history."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from facilities.models import (
    BulkEdit,
    BulkRow,
    Facility,
    FacilityFunction,
    FacilityKind,
    FacilityOperator,
    FacilityStatus,
    LifeEvent,
    Proposal,
    Status,
)
from facilities.services import bulk, life, proposing
from facilities.services.bulk_changes import SORTS
from facilities.services.life_rows import Lives
from tests import factories

TODAY = timezone.localdate()
DATED = (FacilityStatus, FacilityOperator, FacilityKind, FacilityFunction, LifeEvent, Proposal)
# What differs between two rounds of the same: keys, clocks, and where the history was written from.
LEFT_OUT = {
    "id",
    "undo",
    "recorded_at",
    "created_at",
    "updated_at",
    "submitted_at",
    "withdrawn_at",
    "withdrawn_reason",
}


def days(n: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=n)


@pytest.fixture
def many(register) -> list[Facility]:
    """Facilities in all sorts of states: in operation, closed, unopened, with what is still to come, merged into another."""
    made = [register.facility]
    for n, (village, status) in enumerate(
        [
            (register.east_village, Status.CLOSED),
            (register.east_village, Status.PAUSED),
            (register.west_village, Status.PLANNED),
            (register.west_village, None),
            (register.east_village, Status.OPEN),
            (register.east_village, Status.OPEN),
        ],
        start=2,
    ):
        facility = factories.FacilityFactory(
            number=f"T-{n}", name=f"点{n}", kind=register.canteen, division=village, status=status or ""
        )
        made.append(facility)
    first, *_rest, waiting, twin = made
    factories.FacilityOperatorFactory(facility=first, name="旧的", valid_from=days(-100))
    factories.FacilityOperatorFactory(facility=waiting, name="后来的", valid_from=days(30))
    factories.FacilityStatusFactory(facility=waiting, status=Status.CLOSED, valid_from=days(10))
    FacilityFunction.objects.create(
        facility=first, function=register.functions["meals"], tier=register.canteen.tier, valid_from=days(-20)
    )
    FacilityKind.objects.create(facility=waiting, kind=register.canteen, valid_from=None)
    FacilityKind.objects.create(facility=waiting, kind=register.home_for_aged, valid_from=days(-1))
    Facility.objects.filter(pk=waiting.pk).update(kind=register.home_for_aged)
    Facility.objects.filter(pk=twin.pk).update(duplicate_of=first)
    return made


def change(sort: str, value: object, day: datetime.date = TODAY) -> dict:
    return {
        "sort": sort, "value": value, "day": day.isoformat(), "reason": "统一办理", "document": "〔2026〕9号",
        "mode": "public_private", "until": days(400).isoformat(),
    }  # fmt: skip


def changes(register) -> dict[str, dict]:
    return {
        "pause": change("status", Status.PAUSED.value),
        "closure": change("status", Status.CLOSED.value, days(5)),
        "operator": change("operator", "夕阳红"),
        "operator from a day long ago": change("operator", "夕阳红", days(-300)) | {"until": ""},
        "kind": change("kind", register.home_for_aged.pk),
        "kind of a day to come": change("kind", register.home_for_aged.pk, days(20)),
    }


def state() -> dict[str, Counter]:
    """All dated rows, the kinds of today, and every table's history, without keys and clocks."""
    found = {}
    for model in (*DATED, Facility):
        names = [f.name for f in model._meta.fields if f.name not in LEFT_OUT and f.name != "location"]
        event = model.pgh_event_model
        found[model.__name__] = Counter(map(repr, model.objects.values_list(*names)))
        found[event.__name__] = Counter(map(repr, event.objects.values_list("pgh_label", *names)))
    found["undo"] = Counter(
        repr(
            {
                key: len(value) if isinstance(value, list) else bool(value)
                for key, value in sorted(undo.items())
            }
        )
        for undo in LifeEvent.objects.values_list("undo", flat=True)
    )
    return found


def one_by_one(rows, wanted, user) -> tuple[dict, dict, dict]:
    """Enter the event of each facility by itself, and withdraw it; what was refused, and both states."""
    refused, made = {}, []
    with transaction.atomic():
        for facility in sorted(rows, key=lambda row: row.pk):
            event = SORTS[wanted["sort"]].event(wanted)
            try:
                made.append(life.enter(facility=facility, event=event, user=user))
            except ValidationError as error:
                refused[facility.number] = " ".join(error.messages)
            except PermissionDenied:
                refused[facility.number] = ""
        entered = state()
        for one in made:
            if isinstance(one, Proposal):
                proposing.withdraw(proposal=one, user=user)
            else:
                life.withdraw(event=one, user=user, reason="收回")
        withdrawn = state()
        transaction.set_rollback(True)
    return refused, entered, withdrawn


@pytest.mark.parametrize("who", ["planner", "clerk"])
@pytest.mark.parametrize(
    "what", ["pause", "closure", "operator", "operator from a day long ago", "kind", "kind of a day to come"]
)
def test_many_at_once_are_as_one_after_another(register, many, what, who):
    user, wanted = getattr(register, who), changes(register)[what]
    mine = [row for row in many if who == "planner" or row.division == register.east_village]
    refused, entered, withdrawn = one_by_one(mine, wanted, user)
    edit = bulk.choose(user=user, facility_ids=[row.pk for row in mine], query="")
    bulk.preview(edit=edit, change=wanted, user=user)
    assert {row.facility.number: row.why for row in refusals(edit)} == refused
    assert len(refused) < len(mine)
    bulk.apply(edit=edit, user=user)
    assert state() == entered
    bulk.undo(edit=edit, user=user)
    assert state() == withdrawn


def refusals(edit: BulkEdit) -> list[BulkRow]:
    return list(edit.rows.filter(outcome=BulkRow.Outcome.REFUSED).select_related("facility"))


@pytest.mark.parametrize("what", ["pause", "operator", "kind"])
@pytest.mark.parametrize("who", ["planner", "clerk"])
def test_a_row_more_costs_no_statement(register, what, who):
    rows = [register.facility] + [
        factories.FacilityFactory(number=f"N-{n}", kind=register.canteen, division=register.east_village)
        for n in range(8)
    ]
    user, wanted = getattr(register, who), changes(register)[what]

    def statements(some) -> list[int]:
        edit = bulk.choose(user=user, facility_ids=[row.pk for row in some], query="")
        counts = []
        for step in (
            lambda: bulk.preview(edit=edit, change=wanted, user=user),
            lambda: bulk.apply(edit=edit, user=user),
            lambda: bulk.undo(edit=edit, user=user),
        ):
            with CaptureQueriesContext(connection) as captured:
                step()
            counts.append(len(captured.captured_queries))
        edit.refresh_from_db()
        assert set(edit.rows.values_list("outcome", flat=True)) == {"undone"}
        return counts

    statements(rows[:1])
    few, more = statements(rows[:2]), statements(rows)
    assert few[:2] == more[:2]
    # A proposal is taken back by itself: it may hold more by then.
    a_row = 7 if Proposal.objects.exists() else 0
    assert more[2] - few[2] <= a_row * (len(rows) - 2)
    assert max(more[:2]) < 45


def test_a_row_that_the_database_refuses_is_named_and_leaves_the_others_alone(register, many, monkeypatch):
    """An import, which locks no facility, has written a status of the same day after the rows were read."""
    rows = [many[0], many[2], many[3]]
    edit = bulk.choose(user=register.planner, facility_ids=[row.pk for row in rows], query="")
    bulk.preview(edit=edit, change=change("status", Status.CLOSED.value), user=register.planner)
    factories.FacilityStatusFactory(facility=many[0], status=Status.IDLE, valid_from=TODAY)

    def as_read_before(lives: Lives) -> dict[int, list[FacilityStatus]]:
        rows = FacilityStatus.objects.filter(facility__in=lives._pks).exclude(valid_from=TODAY)
        return lives._by_facility(rows.order_by("valid_from"))

    monkeypatch.setattr(Lives, "statuses", property(as_read_before))
    bulk.apply(edit=edit, user=register.planner)
    said = {row.facility.number: (row.outcome, row.why) for row in edit.rows.select_related("facility")}
    assert said["T-1"][0] == BulkRow.Outcome.REFUSED
    assert said["T-1"][1]
    assert said["T-3"] == (BulkRow.Outcome.CHANGED, "")
    assert many[0].status_on().status == Status.IDLE
    assert many[2].status_on().status == Status.CLOSED
    assert LifeEvent.objects.filter(facility=many[0]).count() == 0
