"""Each asset is seen on site and signed for once; what stands idle and whose lease ends is at hand."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from facilities.models import Asset, StockTakeItem
from facilities.services.assets import lists, stock_take
from facilities.services.conflict import NotYours
from tests.attachments.files import photo
from tests.factories import ReferenceValueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset(facility):
    return Asset.objects.create(
        number="ZC001", kind="building", name="旧校舍", division=facility.division, area_m2=240, use="in_use"
    )


@pytest.fixture
def item(asset, county, planner):
    due = timezone.localdate() + datetime.timedelta(days=30)
    row = stock_take.open_stock_take(title="年终盘点", division=county, due=due, by=planner)
    return row.items.get()


def test_what_is_there_needs_a_photo_and_what_is_missing_a_word(item, clerk):
    for outcome, field in (("found", "photos"), ("changed", "photos"), ("missing", "note")):
        with pytest.raises(ValidationError) as refused:
            stock_take.sign(item=item, by=clerk, outcome=outcome)
        assert field in refused.value.error_dict
    signed = stock_take.sign(item=item, by=clerk, outcome="missing", note="已拆除，村委会告知")
    assert (signed.signed_by, signed.outcome) == (clerk, "missing")


def test_two_people_who_sign_for_the_same_thing_are_one_and_the_second_is_told(
    item, clerk, other_clerk, shot
):
    stock_take.sign(item=item, by=clerk, outcome="found", photos=[shot(clerk)])
    with pytest.raises(NotYours) as refused:
        stock_take.sign(item=item, by=other_clerk, outcome="missing", note="没有")
    assert "clerk" in refused.value.messages[0]
    item.refresh_from_db()
    assert item.outcome == "found"


def test_what_has_changed_goes_into_the_register_and_both_are_kept(item, asset, clerk, shot):
    changes = {"name": "旧校舍", "use": "part_idle", "idle_area_m2": 100.0, "owner": "村委会"}
    signed = stock_take.sign(item=item, by=clerk, outcome="changed", changes=changes, photos=[shot(clerk)])
    asset.refresh_from_db()
    assert (asset.use, asset.idle_m2, asset.owner) == ("part_idle", 100.0, "村委会")
    assert signed.written["use"] == "in_use"
    assert set(signed.changes) == {"use", "idle_area_m2", "owner"}
    assert asset.events.filter(pgh_label="update").exists()


def test_no_more_is_idle_than_there_is(item, clerk, shot):
    with pytest.raises(ValidationError):
        stock_take.sign(
            item=item, by=clerk, outcome="changed", changes={"idle_area_m2": 999.0}, photos=[shot(clerk)]
        )
    assert StockTakeItem.objects.get().signed_at is None


def test_a_closed_stock_take_is_not_signed_any_more(item, clerk, shot):
    stock_take.close(stock_take=item.stock_take)
    with pytest.raises(NotYours):
        stock_take.sign(item=item, by=clerk, outcome="found", photos=[shot(clerk)])


def test_idle_buildings_and_leases_that_end_are_listed_and_taken_away(sign_in, planner, asset, facility):
    ReferenceValueFactory(key="lease-warning-days", value=180)
    today = timezone.localdate()
    Asset.objects.filter(pk=asset.pk).update(use="idle")
    for number, days in (("ZC002", 90), ("ZC003", 400), ("ZC004", -5)):
        Asset.objects.create(
            number=number, kind="room", name=number, division=facility.division, tenure="leased",
            lease_to=today + datetime.timedelta(days=days),
        )  # fmt: skip
    assert list(lists.idle_buildings(Asset.objects.all())) == [asset]
    assert [row.number for row in lists.leases_ending(Asset.objects.all(), today)] == ["ZC004", "ZC002"]
    client = sign_in(planner)
    assert "旧校舍" in client.get(reverse("assets:overview") + "?show=idle").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("assets:export") + "?show=idle").content))
    assert [cell.value for cell in book.active[2]][:3] == ["ZC001", "房屋", "旧校舍"]


def test_the_page_signs_on_site_and_only_for_whoever_keeps_the_place(
    sign_in, clerk, clerk_there, viewer, planner, item, asset
):
    address = reverse("assets:item", args=[item.pk])
    data = {
        "outcome": "found", "name": asset.name, "area_m2": "240", "use": "in_use", "quantity": "1",
        "photos": SimpleUploadedFile("现场.jpg", photo()),
    }  # fmt: skip
    assert sign_in(clerk_there).get(address).status_code == 404
    assert sign_in(viewer).post(address, {"outcome": "found"}).status_code == 403
    client = sign_in(clerk)
    assert "capture=" in client.get(address).content.decode()
    assert client.post(address, {**data, "photos": ""}).context["form"].errors["photos"]
    answer = client.post(address, {**data, "photos": SimpleUploadedFile("现场.jpg", photo())})
    assert answer.status_code == 302, answer.context["form"].errors
    page = client.get(reverse("assets:stock_take", args=[item.stock_take_id])).content.decode()
    assert "与登记一致 1 项" in page
    assert sign_in(planner).post(reverse("assets:close", args=[item.stock_take_id])).status_code == 302


def test_a_planner_begins_a_stock_take(sign_in, planner, clerk, asset, county):
    data = {"title": "年终盘点", "division": county.pk, "due": "2099-12-31"}
    assert sign_in(clerk).post(reverse("assets:begin"), data).status_code == 403
    assert sign_in(planner).post(reverse("assets:begin"), data).status_code == 302
    assert StockTakeItem.objects.get().asset == asset
