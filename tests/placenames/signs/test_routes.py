"""The round of an inspection day: along the roads, from the office and back, and what is on no day said with why."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.gis.geos import Point
from django.urls import reverse

from geo_registry.territory.models import Division
from placenames.models import Sign, SignSite
from placenames.services.signs import routes, work
from tests.factories import RoadFactory, TravelProfileFactory, line

pytestmark = pytest.mark.django_db
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def profile(db):
    return TravelProfileFactory(
        code="round-on-wheels",
        mode="bicycle",
        speed_m_s="4.000",
        off_road_speed_m_s="1.000",
        snap_limit_m=300,
    )


@pytest.fixture
def signs(road, town, village):
    """Eight signs along the road and one far from any, due for inspection; the office lies at the road's start."""
    Division.objects.filter(pk=town.pk).update(point=Point(106.0, 38.0, srid=4490))
    made = []
    for number, lon in enumerate((106.009, 106.001, 106.007, 106.003, 106.005, 106.002, 106.008, 106.004), 1):
        made.append(sign(road, village, f"S{number}", lon, 38.0))
    made.append(sign(road, village, "FAR", 106.0, 38.4))
    return made


def sign(place, division, number, lon, lat):
    site = SignSite.objects.create(
        place=place, division=division, point=Point(lon, lat, srid=4490), reason="repeat"
    )
    return Sign.objects.create(
        asset_number=number, site=site, text="兴业路", status="accepted", status_on=datetime.date(2020, 1, 1)
    )


def question(town, profile, **values):
    town.refresh_from_db()
    return routes.Question(
        **{"division": town, "profile": profile, "what": "due", "hours": 6, "minutes": 5, **values}
    )


def test_signs_are_visited_along_the_road_and_the_far_one_is_named(signs, town, profile, people):
    found = routes.plan_round(question=question(town, profile), user=people["clerk"])
    (day,) = found.days
    lons = [stop.sign.site.point.x for stop in day.stops]
    # One road out and home: each stretch is gone along once in each direction.
    assert day.travel_s == pytest.approx(2 * 0.009 * 87_800 / 4, rel=0.02)
    turn = lons.index(max(lons))
    assert lons[: turn + 1] == sorted(lons[: turn + 1])
    assert lons[turn:] == sorted(lons[turn:], reverse=True)
    assert [(row.asset_number, bool(why)) for row, why in found.left] == [("FAR", True)]
    assert day.total_s == pytest.approx(day.travel_s + 8 * 300)
    assert routes.plan_round(question=question(town, profile), user=people["clerk"]) == found


def test_a_short_day_makes_several(signs, town, profile, people):
    found = routes.plan_round(question=question(town, profile, hours=0.5), user=people["clerk"])
    assert len(found.days) == 2
    assert all(day.total_s <= 1800 for day in found.days)
    assert sorted(stop.sign.asset_number for day in found.days for stop in day.stops) == [
        f"S{n}" for n in range(1, 9)
    ]


def test_what_no_road_reaches_is_said(signs, road, town, village, profile, people):
    RoadFactory(geometry=line((106.02, 38.02), (106.03, 38.02)), division=village)
    sign(road, village, "ISLAND", 106.025, 38.02)
    found = routes.plan_round(question=question(town, profile), user=people["clerk"])
    said = {row.asset_number: why for row, why in found.left}
    assert set(said) == {"FAR", "ISLAND"}
    assert said["FAR"] != said["ISLAND"]


def test_only_what_is_due_or_has_work(signs, town, profile, people):
    today = datetime.date.today()
    for row in signs[:7]:
        work.inspect(sign=row, by=people["clerk"], key=uuid_of(row), on_day=today)
    work.open_order(sign=signs[0], kind="repair", by=people["clerk"], reason="锈", on_day=today)
    due = routes.plan_round(question=question(town, profile), user=people["clerk"]).days[0]
    assert {stop.sign.asset_number for stop in due.stops} == {"S1", "S8"}
    only = routes.plan_round(question=question(town, profile, what="work"), user=people["clerk"]).days[0]
    assert [(stop.sign.asset_number, len(stop.orders)) for stop in only.stops] == [("S1", 1)]


def uuid_of(row):
    import uuid

    return uuid.uuid5(uuid.NAMESPACE_OID, row.asset_number)


def test_an_office_without_a_place_and_a_county_without_roads_are_said(signs, town, profile, people):
    from geo_registry.territory.models import Road

    Division.objects.filter(pk=town.pk).update(point=None)
    assert routes.plan_round(question=question(town, profile), user=people["clerk"]).problem
    Division.objects.filter(pk=town.pk).update(point=Point(106.0, 38.0, srid=4490))
    Road.objects.all().delete()
    assert routes.plan_round(question=question(town, profile), user=people["clerk"]).problem


def test_the_page_shows_the_day_and_the_telephone_takes_it_along(client, signs, town, profile, people):
    client.force_login(people["clerk"], backend=BACKEND)
    assert client.get(reverse("signs:round")).status_code == 200
    asked = {"in": town.code, "what": "due", "travel": "ebike", "hours": "6", "minutes": "5"}
    page = client.get(reverse("signs:round"), asked)
    assert page.context["day"].stops[0].number == 1
    assert page.content.decode().count("S1") >= 1
    taken = client.get(reverse("signs:field"), asked | {"day": "1"}).context["round"]
    assert [stop["number"] for stop in taken["stops"]] == [
        stop.sign.asset_number for stop in page.context["day"].stops
    ]
    assert client.get(reverse("signs:round"), asked | {"hours": "never"}).status_code == 422


def test_two_signs_on_one_pole_have_no_way_between_them(signs, road, town, village, profile, people):
    sign(road, village, "ONE", 106.009, 38.0)
    sign(road, village, "TWO", 106.009, 38.0)
    found = routes.plan_round(question=question(town, profile), user=people["clerk"])
    (day,) = found.days
    legs = routes.way_of(found=found, day=day, profile=profile)
    assert len(legs) == len(day.stops) + 1
    assert all(len(leg) >= 2 for leg in legs)


def test_the_way_of_a_day_follows_the_roads(signs, road, town, village, profile, people):
    """Round a block: straight from stop to stop it would cut across."""
    RoadFactory(geometry=line((106.009, 38.0), (106.015, 38.0), (106.015, 38.01)), division=village)
    sign(road, village, "CORNER", 106.015, 38.01)
    found = routes.plan_round(question=question(town, profile), user=people["clerk"])
    (day,) = found.days
    legs = routes.way_of(found=found, day=day, profile=profile)
    assert len(legs) == len(day.stops) + 1
    whole = [point for leg in legs for point in leg]
    assert (whole[0], whole[-1]) == (found.start, found.start)
    turns = [point for point in whole if point == pytest.approx((106.015, 38.0), abs=1e-6)]
    assert len(turns) == 2
    for leg, stop in zip(legs, day.stops, strict=False):
        assert leg[-1] == pytest.approx(stop.sign.site.point.coords, abs=1e-6)
