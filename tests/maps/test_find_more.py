"""For whom, into other map programs, and in somebody else's page."""

from __future__ import annotations

import datetime
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.contrib.gis.geos import Point
from django.urls import reverse

from facilities.models import Facility, Network
from facilities.services import public
from geo_registry.geodata.chinese_offsets import bd09_to_wgs84, gcj02_to_wgs84
from geo_registry.territory.models import AgeGroup
from maps import finder
from maps.outside import outside_maps
from tests import factories, little_county


@pytest.fixture
def county(db) -> little_county.LittleCounty:
    return little_county.make()


def test_places_are_found_by_whom_they_serve(client, county) -> None:
    Network.objects.filter(code="elderly-care").update(serves=AgeGroup.AGE60)
    children = factories.NetworkFactory(code="children", serves=AgeGroup.CHILDREN)
    kind = factories.KindFactory(
        code="child-corner", tier=factories.TierFactory(network=children), name_zh="儿童之家"
    )
    factories.FacilityFactory(number="CHILD-1", name="东一村儿童之家", kind=kind, division=county.villages[0])
    page = client.get(reverse("maps:home"))
    assert "老年人" in page.content.decode()
    page = client.get(reverse("maps:home"), {"for": "children"}).content.decode()
    assert "CHILD-1" in page
    assert "OPEN-0" not in page
    features = client.get(reverse("maps:facilities_geojson"), {"for": "children"}).json()["features"]
    assert [feature["id"] for feature in features] == ["CHILD-1"]
    assert "没有这个人群" in client.get(reverse("maps:home"), {"for": "giants"}).content.decode()


def test_where_all_serve_the_same_there_is_nothing_to_choose(client, county) -> None:
    assert 'id="groups-title"' not in client.get(reverse("maps:home")).content.decode()


def test_other_map_programs_get_their_own_degrees() -> None:
    here = Point(106.2, 38.4, srid=4490)
    amap, baidu, tencent = outside_maps(name="东镇：助餐点;a", location=here)
    asked = parse_qs(urlsplit(amap.url).query)
    assert asked["coordinate"] == ["gaode"]
    lon, lat = map(float, asked["position"][0].split(","))
    assert 100 < np.hypot((lon - 106.2) * 87_000, (lat - 38.4) * 111_000) < 1000
    back = gcj02_to_wgs84(np.array([lon]), np.array([lat]))
    assert np.allclose([back[0][0], back[1][0]], [106.2, 38.4], atol=2e-6)
    asked = parse_qs(urlsplit(baidu.url).query)
    lat, lon = map(float, asked["location"][0].split(","))
    back = bd09_to_wgs84(np.array([lon]), np.array([lat]))
    assert asked["coord_type"] == ["bd09ll"]
    assert np.allclose([back[0][0], back[1][0]], [106.2, 38.4], atol=2e-6)
    marker = parse_qs(urlsplit(tencent.url).query)["marker"][0]
    assert marker.count(";") == 2
    assert marker.startswith("coord:38.")


def test_a_facilitys_page_links_to_them_and_loads_nothing_from_them(client, county) -> None:
    page = client.get(reverse("maps:facility", args=["OPEN-0"]))
    text = page.content.decode()
    for host in ("uri.amap.com", "api.map.baidu.com", "apis.map.qq.com"):
        assert f'href="https://{host}/' in text
    assert "amap" not in page["Content-Security-Policy"]


def test_the_list_is_embedded_anywhere_and_nothing_else_is(client, county) -> None:
    page = client.get(reverse("maps:embed"), {"need": "meals"})
    assert page.status_code == 200
    assert "X-Frame-Options" not in page
    assert "frame-ancestors *" in page["Content-Security-Policy"]
    assert "public" in page["Cache-Control"]
    assert "<form" not in page.content.decode().partition("<main")[2].partition("</main>")[0]
    home = client.get(reverse("maps:home"))
    assert home["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in home["Content-Security-Policy"]


def test_only_what_is_open_at_this_hour_is_shown_where_that_is_asked(client, county, monkeypatch) -> None:
    """Of the little county's five, one is open, one closed, one keeps hours nobody can read, one is never closed."""
    hours = {
        "OPEN-0": "Mo-Su 08:00-12:00",
        "OPEN-1": "Mo-Su 13:00-17:00",
        "OPEN-2": "when the lamp is lit",
        "OPEN-3": "24/7",
    }
    for number, text in hours.items():
        Facility.objects.filter(number=number).update(opening_hours=text)
    Facility.objects.filter(number="OPEN-4").update(opening_hours="")
    noon = datetime.datetime(2026, 11, 25, 11, 59)
    monkeypatch.setattr(public, "local_now", lambda: noon)
    answer = client.get(reverse("maps:facilities_geojson"), {"now": "1"}).json()
    assert {feature["id"] for feature in answer["features"]} == {"OPEN-0", "OPEN-3"}
    page = client.get(reverse("maps:home"), {"now": "1"}).content.decode()
    assert 'id="place-OPEN-0"' in page
    assert 'id="place-OPEN-1"' not in page
    assert "现在没开的也看" in page
    monkeypatch.setattr(public, "local_now", lambda: noon.replace(hour=12, minute=0))
    answer = client.get(reverse("maps:facilities_geojson"), {"now": "1"}).json()
    assert {feature["id"] for feature in answer["features"]} == {"OPEN-3"}


def test_show_all_takes_every_choice_away_but_the_village(client, county) -> None:
    village = county.villages[0].code
    query = {"village": village, "access": "lift", "now": "1", "q": "zzz", "for": ""}
    page = client.get(reverse("maps:home"), query).content.decode()
    assert f'<a href="/?village={village}">' in page


def test_the_list_of_villages_is_written_once_and_the_chosen_one_marked(county) -> None:
    villages = public.villages()
    villages[0].name = "<东>一村"
    plain, chosen = (finder.village_options(villages, chosen=one) for one in (None, villages[1]))
    assert "selected" not in plain
    assert "&lt;东&gt;一村" in plain
    assert plain.count("<option") == len(villages)
    assert plain.count("<optgroup") == len({village.parent_id for village in villages})
    assert chosen.replace(" selected", "") == plain
    assert f'value="{villages[1].code}" selected>' in chosen
