"""What a clerk brings waits for somebody else: nobody approves the own file, and what was looked at is what is taken in."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from facilities.models import Facility
from geo_registry.accounts.models import Role
from geo_registry.geodata.errors import GeodataError
from geo_registry.imports import jobs
from geo_registry.imports.models import Batch
from geo_registry.imports.registry import kinds
from geo_registry.imports.services import flow, run_import
from geo_registry.imports.services.approval import may_decide, needs_approval, token
from geo_registry.worklist.models import Notification
from geo_registry.worklist.registry import Asked, Pile, providers
from placenames.models import Place
from tests.factories import FacilityFactory, KindFactory, OfficeFactory, PlaceKindFactory, UserFactory

from .way import bring, committed, counts_of, facilities_file, previewed

pytestmark = pytest.mark.usefixtures("in_this_process", "limits")
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def clerk(county):
    return UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))


@pytest.fixture
def reviewer(county):
    return UserFactory(role=Role.REVIEWER, office=OfficeFactory(division=county.home))


@pytest.fixture
def path(tmp_path, county):
    kind = KindFactory(code="the-kind")
    FacilityFactory(number="F1", name="甲站", kind=kind, division=county.west, address="旧路1号")
    row = {"类型": kind.code, "公开": "是"}
    return facilities_file(
        tmp_path,
        [
            {"设施编号": "F1", "名称": "甲站", **row, "地址": "新路2号", "行政区划代码": county.west.code},
            {"设施编号": "F2", "名称": "乙站", **row, "行政区划代码": county.east.code},
            {"设施编号": "F3", "名称": "丙站", **row, "行政区划代码": county.home.code},
        ],
    )


def submitted(path, clerk, kind="facilities", **options):
    batch = previewed(path, clerk, kind, **options)
    flow.submit(user=clerk, batch=batch)
    batch.refresh_from_db()
    return batch


def work_of(user, pile=Pile.MINE):
    asked = Asked(user=user, day=datetime.date(2026, 1, 1), pile=pile)
    provider = providers()["imports"]
    items = list(provider.items(asked, first=0, size=10))
    assert provider.counts(asked).total == len(items)
    return items


def addresses():
    return sorted(Facility.objects.values_list("number", "address"))


# -- who needs it ----------------------------------------------------------------------------------


def test_a_clerk_s_files_need_approval_and_those_of_whoever_keeps_the_records_do_not(clerk, planner):
    for code in ("facilities", "facility-status", "place-names"):
        assert needs_approval(clerk, kinds()[code])
    assert not needs_approval(planner, kinds()["facilities"])
    assert not needs_approval(UserFactory(role=Role.NAME_OFFICER), kinds()["place-names"])
    for kind in kinds().values():
        assert not needs_approval(UserFactory(role=Role.ADMINISTRATOR), kind)


def test_what_a_clerk_changes_alone_a_clerk_brings_alone_and_nothing_else(clerk):
    assert [kind.code for kind in flow.kinds_for(clerk) if not needs_approval(clerk, kind)] == ["assets"]


def test_neither_the_page_nor_the_core_takes_a_clerk_s_file_in_at_once(path, clerk, client):
    before = addresses()
    batch = previewed(path, clerk, "facilities")
    with pytest.raises(GeodataError, match="approval"):
        flow.commit(user=clerk, batch=batch)
    client.force_login(clerk, backend=BACKEND)
    client.post(reverse("imports:commit", args=[batch.pk]))
    with pytest.raises(GeodataError, match="approval"):
        jobs.commit.body(jobs_progress(), batch=str(batch.pk), user=clerk.pk)
    with pytest.raises(GeodataError, match="approval"):
        run_import(kind="facilities", path=path, source_crs="EPSG:4490", user=clerk)
    assert addresses() == before
    assert (
        run_import(kind="facilities", path=path, source_crs="EPSG:4490", user=clerk, dry_run=True).rows == 3
    )


def jobs_progress():
    class Quiet:
        def step(self, *args):
            """Nobody looks."""

    return Quiet()


# -- the way ---------------------------------------------------------------------------------------


def test_it_waits_with_the_same_preview_and_is_taken_in_when_somebody_else_approves(
    path, clerk, reviewer, client, county
):
    before = addresses()
    batch = submitted(path, clerk)
    assert (batch.state, counts_of(batch)) == (Batch.State.SUBMITTED, (1, 1, 0, 1))
    assert addresses() == before
    assert [item.waits_for for item in work_of(clerk, Pile.OTHERS)] != [""]
    assert len(work_of(reviewer)) == 1
    assert work_of(clerk) == []
    client.force_login(reviewer, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?group=changed").content.decode()
    assert "新路2号" in page
    assert "旧路1号" in page
    assert client.get(reverse("imports:points", args=[batch.pk])).status_code == 200
    client.post(reverse("imports:approve", args=[batch.pk]), {"seen": token(batch)})
    batch.refresh_from_db()
    assert (batch.state, batch.decided_by, batch.created_by) == (Batch.State.COMMITTED, reviewer, clerk)
    assert addresses() == [("F1", "新路2号"), ("F2", "")]
    # On behalf of the clerk: the row outside of the township stays out, and nothing is published by it.
    assert not Facility.objects.filter(number="F3").exists()
    assert not Facility.objects.filter(number="F2", published=True).exists()
    told = Notification.objects.filter(person=clerk, code="imports-batch-approved")
    assert told.count() == 1
    assert client.get(told.get().link).status_code == 200


def test_history_says_who_brought_it_and_who_approved_it(path, clerk, reviewer):
    batch = submitted(path, clerk)
    flow.approve(user=reviewer, batch=batch, seen=token(batch))
    event = Facility.pgh_event_model.objects.filter(pgh_obj__number="F2").latest("pgh_id")
    assert event.pgh_context["user"] == clerk.pk
    assert event.pgh_context["approved_by"] == reviewer.pk


def test_it_is_returned_with_reasons_and_can_be_mended_and_sent_again(path, clerk, reviewer, client):
    batch = submitted(path, clerk)
    client.force_login(reviewer, backend=BACKEND)
    client.post(reverse("imports:send_back", args=[batch.pk]), {"reasons": "  "})
    batch.refresh_from_db()
    assert batch.waits
    client.post(reverse("imports:send_back", args=[batch.pk]), {"reasons": "第二行地址不全"})
    batch.refresh_from_db()
    assert (batch.state, batch.decision) == (Batch.State.PREVIEW, "第二行地址不全")
    (item,) = work_of(clerk)
    assert item.returned
    assert item.reason == "第二行地址不全"
    # Whoever returned it sees it no longer: it is on its author's desk.
    assert client.get(reverse("imports:batch", args=[batch.pk])).status_code == 404
    client.force_login(clerk, backend=BACKEND)
    assert "第二行地址不全" in client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    flow.submit(user=clerk, batch=batch)
    batch.refresh_from_db()
    assert (batch.waits, batch.decision) == (True, "")


def test_while_it_waits_nothing_about_it_can_be_changed_but_it_can_be_taken_back(path, clerk, client):
    batch = submitted(path, clerk)
    client.force_login(clerk, backend=BACKEND)
    for name in ("read", "decide", "commit", "discard", "undo"):
        client.post(reverse(f"imports:{name}", args=[batch.pk]), {"source_crs": "GCJ-02"})
    batch.refresh_from_db()
    assert (batch.state, batch.options["source_crs"]) == (Batch.State.SUBMITTED, "EPSG:4490")
    client.post(reverse("imports:take_back", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == Batch.State.PREVIEW


# -- who decides -----------------------------------------------------------------------------------


def test_nobody_approves_what_he_or_she_has_brought_or_sent(path, clerk, county):
    both = UserFactory(role=Role.CLERK, office=OfficeFactory(division=county.town))
    batch = previewed(path, clerk, "facilities")
    flow.submit(user=both, batch=batch)
    for person in (clerk, both):
        # Even if they become reviewers meanwhile.
        person.role = Role.REVIEWER
        person.save()
        batch.refresh_from_db()
        assert not may_decide(person, batch)
        with pytest.raises(GeodataError, match="nobody approves"):
            flow.approve(user=person, batch=batch, seen=token(batch))
        with pytest.raises(GeodataError, match="nobody approves"):
            flow.send_back(user=person, batch=batch, reasons="x")
        with pytest.raises(IntegrityError), transaction.atomic():
            Batch.objects.filter(pk=batch.pk).update(decided_by=person)


@pytest.mark.parametrize("role", [Role.PLANNER, Role.NAME_OFFICER, Role.CLERK, Role.VIEWER])
def test_other_roles_do_not_decide_on_facilities(path, clerk, county, client, role):
    batch = submitted(path, clerk)
    other = UserFactory(role=role, office=OfficeFactory(division=county.town))
    client.force_login(other, backend=BACKEND)
    for name in ("approve", "send_back"):
        client.post(reverse(f"imports:{name}", args=[batch.pk]), {"seen": token(batch), "reasons": "x"})
    batch.refresh_from_db()
    assert batch.waits


def test_a_reviewer_of_another_division_neither_sees_nor_decides(path, clerk, county, client):
    batch = submitted(path, clerk)
    other = UserFactory(role=Role.REVIEWER, office=OfficeFactory(division=county.east))
    client.force_login(other, backend=BACKEND)
    assert client.get(reverse("imports:batch", args=[batch.pk])).status_code == 404
    assert client.post(reverse("imports:approve", args=[batch.pk]), {"seen": token(batch)}).status_code == 404
    with pytest.raises(GeodataError):
        flow.approve(user=other, batch=batch, seen=token(batch))
    assert work_of(other) == []


def test_a_reviewer_sees_no_file_that_was_not_sent(path, clerk, planner, reviewer, client):
    draft = previewed(path, clerk, "facilities")
    mine = committed(path, planner, "facilities")
    client.force_login(reviewer, backend=BACKEND)
    for batch in (draft, mine):
        assert client.get(reverse("imports:batch", args=[batch.pk])).status_code == 404
    assert client.get(reverse("imports:new")).status_code == 403


def test_names_that_a_clerk_brings_wait_for_the_name_officer(tmp_path, clerk, reviewer, county):
    PlaceKindFactory(code="test-road")
    rows = [{"标准名称": "兴隆", "类别": "test-road", "所属政区": county.west.code}]
    batch = submitted(facilities_file(tmp_path, rows), clerk, "place-names")
    assert not may_decide(reviewer, batch)
    officer = UserFactory(role=Role.NAME_OFFICER, office=OfficeFactory(division=county.home))
    flow.approve(user=officer, batch=batch, seen=token(batch))
    assert Place.objects.get().division == county.west


# -- what was looked at ------------------------------------------------------------------------------


def test_a_preview_that_was_made_anew_is_not_approved_by_an_old_page(path, clerk, reviewer):
    batch = submitted(path, clerk)
    old = token(batch)
    flow.take_back(batch=batch)
    flow.preview(user=clerk, batch=batch, options={"source_crs": "EPSG:4490", "blank_empty": True})
    batch.refresh_from_db()
    flow.submit(user=clerk, batch=batch)
    batch.refresh_from_db()
    with pytest.raises(GeodataError, match="another preview"):
        flow.approve(user=reviewer, batch=batch, seen=old)
    assert not Facility.objects.filter(number="F2").exists()


def test_if_the_registry_has_changed_meanwhile_it_waits_on_with_the_new_preview(
    path, clerk, reviewer, planner
):
    batch = submitted(path, clerk)
    seen = token(batch)
    committed(path, planner, "facilities")
    flow.approve(user=reviewer, batch=batch, seen=seen)
    batch.refresh_from_db()
    assert (batch.state, counts_of(batch)) == (Batch.State.SUBMITTED, (0, 0, 2, 1))
    assert batch.changed_meanwhile
    assert token(batch) != seen
    flow.approve(user=reviewer, batch=batch, seen=token(batch))
    batch.refresh_from_db()
    assert batch.state == Batch.State.COMMITTED


def test_what_was_approved_is_not_the_clerk_s_to_undo_but_the_planner_s(
    path, clerk, reviewer, planner, client
):
    batch = submitted(path, clerk)
    flow.approve(user=reviewer, batch=batch, seen=token(batch))
    batch.refresh_from_db()
    with pytest.raises(GeodataError, match="not yours to undo"):
        flow.undo(user=clerk, batch=batch)
    client.force_login(clerk, backend=BACKEND)
    assert (
        reverse("imports:undo", args=[batch.pk])
        not in client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    )
    flow.undo(user=planner, batch=batch)
    assert addresses() == [("F1", "旧路1号")]


def test_a_planner_may_take_in_what_a_clerk_has_prepared_and_it_is_said_who_did(path, clerk, planner):
    batch = previewed(path, clerk, "facilities")
    with pytest.raises(GeodataError):
        jobs.commit.body(jobs_progress(), batch=str(batch.pk), user=planner.pk)
    # Another person's scope does otherwise with the third row: the planner looks at it, and then takes it in.
    batch.refresh_from_db()
    flow.commit(user=planner, batch=batch)
    batch.refresh_from_db()
    assert (batch.state, batch.created_by, batch.decided_by) == (Batch.State.COMMITTED, clerk, planner)


def test_a_batch_that_waits_is_never_tidied_away(path, clerk):
    batch = submitted(path, clerk)
    Batch.objects.filter(pk=batch.pk).update(created_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    bring(path, clerk, "facilities")
    assert Batch.objects.filter(pk=batch.pk).exists()
