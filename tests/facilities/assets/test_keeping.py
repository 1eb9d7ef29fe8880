"""Entering and changing an asset, its page, its place on the facility's card, and the stock-take among what waits."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import Asset
from facilities.services.assets import card, stock_take, work
from geo_registry.worklist.registry import Asked, Pile
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset(facility):
    return Asset.objects.create(
        number="ZC001",
        kind="building",
        name="旧校舍",
        division=facility.division,
        facility=facility,
        area_m2=240,
    )


def form_of(asset=None, **changes):
    data = {
        "number": asset.number if asset else "ZC009",
        "kind": "building",
        "name": "旧校舍",
        "use": "in_use",
        "quantity": "1",
        "seen": asset.updated_at.isoformat() if asset else "",
        "division": asset.division_id if asset else "",
    }
    return data | changes


def test_a_clerk_enters_an_asset_from_the_facilitys_card(sign_in, clerk, facility):
    client = sign_in(clerk)
    address = reverse("assets:new") + f"?facility={facility.number}"
    page = client.get(address)
    assert page.context["form"].initial["division"] == facility.division_id
    answer = client.post(
        address,
        form_of(division=facility.division_id, facility=facility.number, area_m2="88", idle_area_m2="8"),
    )
    assert answer.status_code == 302, answer.context["form"].errors
    made = Asset.objects.get()
    assert (made.facility, made.area_m2, made.idle_area_m2) == (facility, 88, 8)
    assert "旧校舍" in client.get(answer.url).content.decode()


def test_where_an_asset_is_can_be_put_on_the_map_moved_and_taken_away(sign_in, clerk, asset):
    client = sign_in(clerk)
    address = reverse("assets:edit", args=[asset.pk])
    for lon, lat in (("106.12345678", "38.2"), ("106.13", "38.21")):
        asset.refresh_from_db()
        assert client.post(address, form_of(asset, lon=lon, lat=lat)).status_code == 302
        asset.refresh_from_db()
        assert (asset.location.x, asset.location.y) == (float(lon), float(lat))
    exact = "106.123456789"
    Asset.objects.filter(pk=asset.pk).update(location=f"SRID=4490;POINT({exact} 38.2)")
    asset.refresh_from_db()
    shown = client.get(address).context["form"].initial
    client.post(address, form_of(asset, lon=shown["lon"], lat=shown["lat"], note="看过"))
    asset.refresh_from_db()
    assert asset.location.x == float(exact), "what nobody touched stays as exact as it was"
    page = client.get(reverse("assets:asset", args=[asset.pk]))
    assert page.context["point"]["features"][0]["properties"]["number"] == "ZC001"
    for lon, lat in (("106.1", ""), ("206", "38"), ("x", "38")):
        assert client.post(address, form_of(asset, lon=lon, lat=lat)).context["form"].errors
    assert client.post(address, form_of(asset, lon="", lat="")).status_code == 302
    asset.refresh_from_db()
    assert asset.location is None


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(sign_in, clerk, asset):
    client = sign_in(clerk)
    address = reverse("assets:edit", args=[asset.pk])
    for changes, field in (
        ({"idle_area_m2": "9"}, "idle_area_m2"),
        ({"facility": "NO-SUCH"}, "facility"),
        ({"parent": asset.number}, "parent"),
        ({"lease_to": "2030-01-01"}, "tenure"),
        ({"acquired_on": "2020-01-01", "retired_on": "2019-01-01"}, "retired_on"),
        ({"area_m2": "-1"}, "area_m2"),
    ):
        data = form_of(asset, area_m2="8", note="写了很久的备注") | changes
        answer = client.post(address, data)
        assert answer.status_code == 200, field
        assert answer.context["form"].errors[field]
        assert "写了很久的备注" in answer.content.decode()
    asset.refresh_from_db()
    assert asset.area_m2 == 240


def test_the_second_of_two_people_is_told_and_keeps_what_was_typed(sign_in, clerk, asset):
    data = form_of(asset, note="我的备注")
    Asset.objects.get(pk=asset.pk).save()
    html = sign_in(clerk).post(reverse("assets:edit", args=[asset.pk]), data).content.decode()
    assert "我的备注" in html
    assert "别人保存过" in html
    asset.refresh_from_db()
    assert asset.note == ""


def test_a_number_stays(sign_in, clerk, asset):
    sign_in(clerk).post(reverse("assets:edit", args=[asset.pk]), form_of(asset, number="OTHER"))
    asset.refresh_from_db()
    assert asset.number == "ZC001"


def test_only_whoever_keeps_the_place_changes_it(sign_in, clerk, clerk_there, viewer, reviewer, there, asset):
    address, page = reverse("assets:edit", args=[asset.pk]), reverse("assets:asset", args=[asset.pk])
    assert sign_in(clerk_there).get(page).status_code == 404
    assert sign_in(clerk_there).post(address, form_of(asset)).status_code == 404
    for person in (viewer, reviewer):
        client = sign_in(person)
        html = client.get(page).content.decode()
        assert address not in html
        assert client.post(address, form_of(asset)).status_code == 403
    elsewhere = FacilityFactory(division=there)
    answer = sign_in(clerk).post(address, form_of(asset, facility=elsewhere.number))
    assert answer.context["form"].errors["division"], "nobody gives a building to another township's facility"
    answer = sign_in(clerk).post(address, form_of(asset, division=there.pk))
    assert answer.context["form"].errors["division"]


def test_the_card_of_a_facility_shows_its_assets_to_all_and_the_button_to_whoever_keeps_it(
    sign_in, clerk, viewer, asset, facility, county, planner
):
    for number in range(15):
        Asset.objects.create(
            number=f"E{number:02}",
            kind="equipment",
            name="椅子",
            division=facility.division,
            facility=facility,
        )
    due = timezone.localdate() + datetime.timedelta(days=9)
    stock_take.open_stock_take(title="盘点", division=county, due=due, by=planner)
    shown = card.read(facility, clerk)
    assert shown is not None
    assert (shown["assets"][0], shown["more"], shown["unsigned"]) == (asset, 4, 16)
    address = reverse("facilities:record", args=[facility.number])
    assert reverse("assets:new") in sign_in(clerk).get(address).content.decode()
    html = sign_in(viewer).get(address).content.decode()
    assert "旧校舍" in html
    assert reverse("assets:new") not in html
    assert card.read(FacilityFactory(division=facility.division), viewer) is None


def test_a_stock_take_waits_for_the_clerk_and_once_late_for_the_county(
    clerk, clerk_there, planner, viewer, asset, county, django_assert_num_queries
):
    today = timezone.localdate()
    due = today + datetime.timedelta(days=9)
    row = stock_take.open_stock_take(title="盘点", division=county, due=due, by=planner)
    provider = work.ThingsToSee()
    mine = Asked(user=clerk, day=today)
    (item,) = provider.items(mine, first=0, size=25)
    assert (item.title, item.due, item.count) == ("盘点", due, 1)
    assert item.url == reverse("assets:stock_take", args=[row.pk])
    for person in (clerk_there, planner, viewer):
        assert provider.counts(Asked(user=person, day=today)).total == 0
    later = due + datetime.timedelta(days=1)
    assert provider.counts(Asked(user=clerk, day=later)).overdue == 1
    late = Asked(user=planner, day=later, pile=Pile.OTHERS)
    assert provider.counts(Asked(user=planner, day=today, pile=Pile.OTHERS)).total == 0
    assert provider.counts(late).overdue == 1
    stock_take.sign(item=row.items.get(), by=clerk, outcome="missing", note="没有")
    assert provider.counts(late).total == provider.counts(mine).total == 0
    Asset.objects.create(number="ZC002", kind="room", name="库房", division=asset.division)
    for title in ("第二次", "第三次"):
        stock_take.open_stock_take(title=title, division=county, due=due, by=planner)
    with django_assert_num_queries(2):  # the policy's own, and one for however many there are
        assert len(provider.items(Asked(user=clerk, day=today), first=0, size=25)) == 2


def test_a_clerk_finds_the_countys_stock_take_on_the_page_of_assets(
    sign_in, clerk, clerk_there, county, asset, planner
):
    due = timezone.localdate() + datetime.timedelta(days=9)
    running = stock_take.open_stock_take(title="年终盘点", division=county, due=due, by=planner)
    address = reverse("assets:stock_take", args=[running.pk])
    assert address in sign_in(clerk).get(reverse("assets:overview")).content.decode()
    assert address not in sign_in(clerk_there).get(reverse("assets:overview")).content.decode()
