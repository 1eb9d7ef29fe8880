"""A sign's life: steps and their days, what is seen on site, work, batches, and what a renaming opens."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import replace

import psycopg2
import pytest
from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from placenames.models import Name, Sign, SignInspection, SignOrder, Spelling
from placenames.services.signs import batches, ending, inventory, lists, work
from placenames.services.signs.planning import Scope, plan
from tests.attachments.files import photo

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def inspect(sign, by, *defects, key=None, **more):
    return work.inspect(sign=sign, by=by, key=key or uuid.uuid4(), on_day=today(), defects=defects, **more)


def test_steps_follow_one_another_and_have_their_day(road, people):
    sign = inventory.keep_planned(rows=plan(scope=Scope(place=road)).missing, by=people["officer"])[0]
    with pytest.raises(ValidationError):
        inventory.move(sign=sign, status="accepted", by=people["officer"], on_day=today())
    with pytest.raises(ValidationError, match="on_day"):
        inventory.move(
            sign=sign, status="ordered", by=people["officer"], on_day=today() + datetime.timedelta(days=1)
        )
    with pytest.raises(ValidationError, match="on_day"):
        inventory.move(
            sign=sign, status="ordered", by=people["officer"], on_day=today() - datetime.timedelta(days=1)
        )
    moved = inventory.move(sign=sign, status="ordered", by=people["officer"], on_day=today(), revision=0)
    assert [step.status for step in moved.steps.all()] == ["planned", "ordered"]
    with pytest.raises(inventory.ChangedMeanwhile):
        inventory.move(sign=sign, status="installed", by=people["officer"], on_day=today(), revision=0)


def test_an_asset_number_is_never_used_twice(road, people):
    first = inventory.keep_planned(rows=plan(scope=Scope(place=road)).missing, by=people["officer"])
    Sign.objects.all().delete()
    second = inventory.keep_planned(rows=plan(scope=Scope(place=road)).missing, by=people["officer"])
    assert not {sign.asset_number for sign in first} & {sign.asset_number for sign in second}


def test_poles_of_two_plans_of_one_minute_have_different_numbers(road, named, village, people):
    """Two villages planned one after the other: their poles are not taken for one that they share."""
    crossing = named("横路", village, (106.004, 37.999), (106.004, 38.001)).place
    other = named("二路", village, (106.02, 38.0), (106.03, 38.0)).place
    second = named("三路", village, (106.024, 37.999), (106.024, 38.001)).place
    for pair in ((road, crossing), (other, second)):
        rows = [row for place in pair for row in plan(scope=Scope(place=place)).missing]
        # Each road planned alone has poles of its own; those of a pair that meet are given one number here.
        meeting = [row for row in rows if row.site.kind == "junction"]
        inventory.keep_planned(rows=[replace(row, pole=1) for row in meeting], by=people["officer"])
    numbers = Sign.objects.exclude(site__pole_number="").values_list("site__pole_number", flat=True)
    assert len(numbers) == 4
    assert len(set(numbers)) == 2


def test_what_is_missing_is_planned_once_however_often_it_is_asked_for(road, people):
    assert len(inventory.keep_missing(scope=Scope(place=road), by=people["officer"])) == 4
    assert inventory.keep_missing(scope=Scope(place=road), by=people["officer"]) == []


def test_whoever_asks_by_a_page_does_not_wait_for_another_plan(road, people, monkeypatch):
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [inventory._PLANNING])
        with pytest.raises(inventory.PlanningNow):
            inventory.keep_missing(scope=Scope(place=road), by=people["officer"], waits=False)
    finally:
        other.close()
    assert not Sign.objects.exists()


def test_a_road_through_several_townships_is_one_of_each(road, people, town):
    Name.objects.filter(place=road).update(text="解放路")
    road.division = town.parent
    road.save()
    assert list(lists.roads_called("解放路", people["clerk"])) == [road]
    assert list(lists.places_called("解放路", people["clerk"])) == [road]
    Name.objects.filter(place=road).update(status=Name.Status.DRAFT)
    assert not lists.roads_called("解放路", people["clerk"]).exists()


def test_a_sign_that_was_taken_away_stays_as_it_was(standing, people):
    Sign.objects.filter(pk=standing[0].pk).update(status=Sign.Status.REMOVED)
    with pytest.raises(ValidationError, match="已拆除"):
        inventory.change_sign(
            sign=standing[0], by=people["officer"], values={"faces": 2}, revision=standing[0].revision
        )


def test_a_photo_says_where_somebody_stood_if_the_telephone_does_not(standing, people, settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path
    picture = SimpleUploadedFile("a.jpg", photo(), content_type="image/jpeg")
    seen = inspect(standing[0], people["clerk"], photos=[picture])
    assert (round(seen.point.x, 4), round(seen.point.y, 4)) == (106.3402, 38.0983)
    here = Point(106.0, 38.0, srid=4490)
    picture = SimpleUploadedFile("b.jpg", photo(), content_type="image/jpeg")
    assert inspect(standing[0], people["clerk"], photos=[picture], point=here).point.x == 106.0


def test_an_entry_that_is_sent_twice_is_one(standing, people):
    key = uuid.uuid4()
    assert inspect(standing[0], people["clerk"], "rust", key=key) == inspect(
        standing[0], people["clerk"], "rust", key=key
    )
    assert SignInspection.objects.count() == 1
    assert SignOrder.objects.count() == 1


def test_in_order_opens_nothing_and_rust_opens_a_repair_in_thirty_days(standing, people):
    inspect(standing[0], people["clerk"])
    assert not SignOrder.objects.exists()
    inspect(standing[0], people["clerk"], "rust", "faded")
    order = SignOrder.objects.get()
    assert (order.kind, order.due) == ("repair", today() + datetime.timedelta(days=30))
    standing[0].refresh_from_db()
    assert standing[0].status == "damaged"
    work.finish_order(order=order, by=people["clerk"], on_day=today(), note="已换螺栓")
    standing[0].refresh_from_db()
    assert standing[0].status == "accepted"


def test_a_sign_that_is_gone_is_off_the_inventory_and_planned_anew(road, standing, people):
    inspect(standing[0], people["clerk"], "gone")
    found = plan(scope=Scope(place=road))
    assert (len(found.served), len(found.under_way), len(found.missing)) == (3, 1, 0)
    order = SignOrder.objects.get()
    work.finish_order(order=order, by=people["clerk"], on_day=today())
    assert len(plan(scope=Scope(place=road)).served) == 4


def test_who_does_not_keep_the_place_inspects_nothing(standing, people):
    with pytest.raises(PermissionDenied):
        inspect(standing[0], people["viewer"])
    with pytest.raises(ValidationError):
        inspect(standing[0], people["clerk"], "magic")


def test_a_batch_is_ordered_put_up_and_accepted_and_its_warranty_makes_claims(road, people):
    signs = inventory.keep_planned(rows=plan(scope=Scope(place=road)).missing, by=people["officer"])
    order = batches.Order(number="B1", division=road.division.parent, maker="某标牌厂", warranty_months=24)
    with pytest.raises(PermissionDenied):
        batches.make_batch(order=order, signs=signs, by=people["clerk"])
    batch = batches.make_batch(order=order, signs=signs, by=people["officer"])
    for status in ("ordered", "installed", "accepted"):
        assert batches.carry_on(batch=batch, status=status, on_day=today(), by=people["officer"]) == 4
    with pytest.raises(ValidationError):
        batches.carry_on(batch=batch, status="accepted", on_day=today(), by=people["officer"])
    batch.refresh_from_db()
    assert batch.warranty_until.year == today().year + 2
    inspect(signs[0], people["clerk"], "faded")
    assert SignOrder.objects.get().under_warranty


def test_a_warranty_from_the_31st_ends_on_a_day_that_there_is():
    from placenames.models import SignBatch

    batch = SignBatch(accepted_on=datetime.date(2026, 8, 31), warranty_months=6)
    assert batch.warranty_until == datetime.date(2027, 2, 28)
    assert SignBatch(
        accepted_on=datetime.date(2026, 12, 15), warranty_months=24
    ).warranty_until == datetime.date(2028, 12, 15)
    assert SignBatch(accepted_on=None, warranty_months=6).warranty_until is None


def test_a_renaming_opens_the_replacements_once(road, standing, people):
    old = road.names.get()
    old.status, old.valid_to = Name.Status.FORMER, today()
    old.save()
    new = Name.objects.create(place=road, text="振兴路", status=Name.Status.STANDARD, valid_from=today())
    Spelling.objects.create(name=new, text="Zhènxīng Lù", status=Spelling.Status.CONFIRMED)
    assert work.name_changed(place=road, name=new, on_day=today()) == 4
    work.name_changed(place=road, name=new, on_day=today())
    assert SignOrder.objects.filter(kind="replace", state="open").count() == 4
    planned = Sign.objects.filter(status="planned")
    assert {(sign.text, sign.spelling) for sign in planned} == {("振兴路", "Zhènxīng Lù")}
    found = plan(scope=Scope(place=road))
    assert (len(found.under_way), len(found.surplus), len(found.wrong_name), len(found.missing)) == (
        4,
        0,
        0,
        0,
    )
    work.finish_order(order=SignOrder.objects.first(), by=people["clerk"], on_day=today())
    assert len(plan(scope=Scope(place=road)).served) == 1


def test_replacements_that_are_put_up_end_the_work_and_what_they_replace(road, standing, people):
    inspect(standing[0], people["clerk"], "renamed", "rust")
    inspect(standing[1], people["clerk"], "gone")
    work.open_order(sign=standing[0], kind="repair", by=people["clerk"], reason="锈蚀", on_day=today())
    batch = batches.make_batch(
        order=batches.Order(number="2026-1", division=road.division), signs=batches.waiting_signs(people["officer"]),
        by=people["officer"],
    )  # fmt: skip
    assert batch.signs.count() == 2
    batches.carry_on(batch=batch, status="ordered", on_day=today(), by=people["officer"])
    assert SignOrder.objects.open().count() == 3
    batches.carry_on(batch=batch, status="installed", on_day=today(), by=people["officer"])
    ended = {(order.sign_id, order.kind): order for order in SignOrder.objects.all()}
    assert {key: order.state for key, order in ended.items()} == {
        (standing[0].pk, "replace"): "done",
        (standing[0].pk, "repair"): "cancelled",
        (standing[1].pk, "replace"): "done",
    }
    new = Sign.objects.get(replaces=standing[0])
    order = ended[standing[0].pk, "replace"]
    assert (order.done_on, order.done_by, new.asset_number in order.note) == (
        today(),
        people["officer"],
        True,
    )
    assert set(
        Sign.objects.filter(pk__in=[standing[0].pk, standing[1].pk]).values_list("status", flat=True)
    ) == {"removed"}
    found = plan(scope=Scope(place=road))
    assert (len(found.served), len(found.missing), len(found.surplus)) == (4, 0, 0)


def test_a_sign_that_replaces_none_ends_no_work(standing, people):
    inspect(standing[0], people["clerk"], "rust")
    sign = standing[1]
    sign.status = "ordered"
    sign.save()
    assert ending.take_step(sign=sign, status="installed", by=people["officer"], on_day=today()).stands
    assert SignOrder.objects.open().count() == 1


def test_a_replacement_finished_by_its_order_ends_the_other_work_at_the_sign(standing, people):
    inspect(standing[0], people["clerk"], "rust")
    inspect(standing[0], people["clerk"], "renamed")
    order = SignOrder.objects.get(kind="replace")
    work.finish_order(order=order, by=people["clerk"], on_day=today(), note="已更换")
    assert SignOrder.objects.get(kind="repair").state == "cancelled"
    assert not SignOrder.objects.open().exists()


def test_a_name_that_is_given_up_has_its_signs_taken_down(road, standing, people):
    road.names.update(status=Name.Status.FORMER, valid_to=today())
    work.name_changed(place=road, name=None, on_day=today())
    for order in SignOrder.objects.all():
        work.finish_order(order=order, by=people["clerk"], on_day=today())
    assert not Sign.objects.kept().exists()


def test_a_sign_that_was_found_is_recorded_with_what_it_shows(road, people):
    found = inventory.Found(
        place=road, point=road.roads.get().geometry.centroid, division=road.division, text="旧名路"
    )
    sign = inventory.record_found(found=found, by=people["clerk"])
    assert (sign.status, sign.text, sign.has_qr) == ("installed", "旧名路", False)
    with pytest.raises(PermissionDenied):
        inventory.record_found(found=found, by=people["viewer"])


def test_work_is_called_off_with_a_reason(standing, people):
    inspect(standing[0], people["clerk"], "rust")
    order = SignOrder.objects.get()
    with pytest.raises(ValidationError):
        work.cancel_order(order=order, by=people["clerk"], reason=" ")
    assert work.cancel_order(order=order, by=people["clerk"], reason="看错了").state == "cancelled"


def test_the_campaign_counts_the_signs_that_stand_with_the_name_in_force(
    road, standing, people, village, client
):
    from django.urls import reverse

    from placenames.models import CampaignVillage
    from placenames.services.campaign import village_progress

    CampaignVillage.objects.create(division=village, signs_needed=99, signs_standing=98)
    row = village_progress(people["officer"])[0]
    assert (row.counts["signed"], row.signs_needed) == (4, 4)
    client.force_login(people["officer"], backend="geo_registry.accounts.backends.PolicyBackend")
    page = client.get(reverse("naming:campaign")).content.decode()
    assert "按标志台账统计" in page
    assert "人工清点" not in page
    inspect(standing[0], people["clerk"], "gone")
    Sign.objects.filter(pk=standing[1].pk).update(text="旧名路")
    row = village_progress(people["officer"])[0]
    assert (row.counts["signed"], row.signs_needed) == (2, 4)
    Sign.objects.all().delete()
    row = village_progress(people["officer"])[0]
    assert (row.counts["signed"], row.signs_needed) == (98, 99)
    assert "人工清点" in client.get(reverse("naming:campaign")).content.decode()


def test_what_the_public_reports_of_a_sign_leads_the_clerk_to_it(road, standing, client):
    from django.urls import reverse

    from geo_registry.reports import registry

    kind, subject = registry.find("name", road.short_id)
    assert kind.office_url(subject.key).startswith(reverse("signs:list"))
    page = client.get(
        reverse("reports:new", args=["name", road.short_id]), {"topic": "sign"}
    ).content.decode()
    assert 'value="sign" required id="id_topic_' in page or 'value="sign"' in page
    assert page.count("checked") + page.count(" selected") >= 1
    assert "topic=sign" in client.get(reverse("placenames:place", args=[road.short_id])).content.decode()
