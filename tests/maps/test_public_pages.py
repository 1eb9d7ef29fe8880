"""The public page, a facility's page and its files: what they show, what never, and what they depend on."""

from __future__ import annotations

import datetime
import json
import re

import pytest
from django.test import Client

from facilities.models import Facility, Measure, Status
from geo_registry.territory.models import Installation, Level
from tests import factories
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def home():
    return factories.InstallationFactory().home_division


@pytest.fixture
def village(home):
    township = factories.TownshipFactory(parent=home, name="乙镇")
    return factories.DivisionFactory(
        parent=township, name="西湖社区", code="990000000001", point=factories.point(106.0, 38.0)
    )


@pytest.fixture
def facility(village):
    meals = factories.FunctionFactory(code="meals", name_zh="吃饭", name_en="A meal")
    kind = factories.KindFactory(code="canteen", functions=[meals])
    return FacilityFactory(
        number="F-1", name="西湖助餐点", kind=kind, division=village, location=factories.point(106.01, 38.0),
        private_phone="139-PRIVATE", contact_role="PRIVATE-ROLE", note="PRIVATE-NOTE", social_credit_code="PRIVATE-CODE",
        location_note="PRIVATE-PLACE",
    )  # fmt: skip


def page(client: Client, address: str) -> str:
    response = client.get(address, headers=ENGLISH)
    assert response.status_code == 200, address
    return response.content.decode()


SURFACES = [
    "/", "/?all=1&q=F", "/?view=map&sel=F-1", "/facility/F-1/", "/data/facilities.geojson", "/data/facilities.geojson?all=1",
    "/tiles/base/14/13016/6323.mvt", "/tiles/base/9/406/197.mvt",
]  # fmt: skip


@pytest.mark.parametrize("address", SURFACES)
def test_no_surface_tells_what_is_for_the_office_only(client: Client, facility, address: str) -> None:
    factories.FacilityStatusFactory(
        facility=facility,
        valid_from=datetime.date(2023, 1, 1),
        reason="PRIVATE-REASON",
        document="PRIVATE-DOCUMENT",
    )
    response = client.get(address)
    assert response.status_code in (200, 204)
    assert b"PRIVATE" not in response.content


@pytest.mark.parametrize("address", SURFACES)
@pytest.mark.parametrize(
    "changes",
    [
        {"published": False},
        {"secret": True},
        {"kind__protective": True},
        {"kind__tier__network__public": False},
        {"division__parent": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_no_surface_tells_of_what_is_not_public(
    client: Client, facility, village, address: str, changes
) -> None:
    hidden = FacilityFactory(number="F-2", name="HIDDEN", **{"division": village, **_outside(changes)})
    assert Facility.objects.filter(pk=hidden.pk).exists()
    response = client.get(address)
    assert b"HIDDEN" not in response.content
    assert client.get("/facility/F-2/").status_code == 404
    assert client.get(f"/?q={hidden.number}", headers=ENGLISH).content.count(b"HIDDEN") == 0


def _outside(changes):
    if "division__parent" in changes:
        return {"division": factories.DivisionFactory(parent=factories.CountyFactory())}
    return changes


@pytest.mark.parametrize(
    "address", ["/", "/?village=990000000001&need=meals", "/facility/F-1/", "/data/facilities.geojson"]
)
def test_a_public_page_is_the_same_for_everybody_and_may_be_kept(
    client: Client, facility, address: str
) -> None:
    response = client.get(address, headers=ENGLISH)
    assert "public" in response["Cache-Control"]
    assert "max-age=60" in response["Cache-Control"]
    assert not response.cookies
    officer = Client()
    officer.force_login(
        factories.UserFactory(role="administrator"), backend="geo_registry.accounts.backends.PolicyBackend"
    )
    assert officer.get(address, headers=ENGLISH).content == response.content


@pytest.mark.parametrize(("address", "most"), [("/?lat=38.000&lon=106.000", 12), ("/facility/F-1/", 16)])
def test_a_public_page_costs_a_fixed_number_of_queries(
    client: Client, facility, address: str, most: int, django_assert_max_num_queries
) -> None:
    for _i in range(5):
        FacilityFactory(kind=facility.kind, division=facility.division)
    # What a process looks up once (content types, what is the same on each page until the register changes) is no cost of a page.
    client.get(address)
    with django_assert_max_num_queries(most) as first:
        client.get(address)
    for _i in range(20):
        FacilityFactory(kind=facility.kind, division=facility.division)
    client.get(address)
    with django_assert_max_num_queries(most) as second:
        client.get(address)
    assert len(first) == len(second)


def test_the_list_says_what_a_visitor_needs_first(client: Client, facility) -> None:
    factories.CapacityReadingFactory(
        facility=facility, measure=Measure.BEDS, total=40, vacant=4, as_of=datetime.date(2024, 6, 30)
    )
    html = page(client, "/?village=990000000001")
    assert 'href="tel:00000000001"' in html
    assert "about 900 m in a straight line" in html
    assert "Vacant beds: <b>4</b>" in html
    assert "as of 30 June 2024" in html
    assert 'href="/facility/F-1/"' in html


def test_distance_is_counted_from_the_position_and_the_position_is_kept_rounded(
    client: Client, facility
) -> None:
    response = client.get("/?lat=38.0000049&lon=106.0099951&need=meals")
    assert response["Location"] == "/?need=meals&lat=38.000&lon=106.010"
    html = page(client, response["Location"])
    assert "less than 100 m" in html


def test_a_position_takes_the_place_of_a_village(client: Client, facility) -> None:
    html = page(client, "/?lat=38.000&lon=106.010&village=990000000001")
    assert "Counted from where you are" in html
    assert "selected" not in re.search(r'<option value="990000000001"[^>]*>', html)[0]


@pytest.mark.parametrize(
    "query", ["lat=x&lon=1", "lat=38", "lat=nan&lon=106", "lat=91&lon=0", "lat=inf&lon=0"]
)
def test_a_position_that_cannot_be_read_is_said_and_the_list_still_shown(
    client: Client, facility, query: str
) -> None:
    html = page(client, f"/?{query}")
    assert "The position in the address cannot be read" in html
    assert "西湖助餐点" in html


@pytest.mark.parametrize(
    "query",
    ["need=nothing", "kind=nothing", "village=nothing", "page=x", "page=-1", "page=99999999", "q=%00"],
)
def test_an_address_with_what_is_not_offered_still_gives_a_page(client: Client, facility, query: str) -> None:
    assert "西湖助餐点" in page(client, f"/?{query}")


def test_links_keep_the_state_and_change_one_thing(client: Client, facility) -> None:
    factories.FunctionFactory(code="care")
    FacilityFactory(
        kind=factories.KindFactory(functions=[factories.FunctionFactory(code="day-care")]),
        division=facility.division,
    )
    html = page(client, "/?village=990000000001&q=F&view=map&page=2")
    assert 'href="/?q=F&amp;need=day-care&amp;village=990000000001&amp;view=map"' in html
    assert '<input type="hidden" name="village" value="990000000001">' in html


def test_a_page_past_the_end_says_what_to_do(client: Client, facility) -> None:
    html = page(client, "/?q=nowhere")
    assert "Nothing was found." in html
    assert "Try fewer characters" in html


def test_an_empty_registry_still_has_a_page(client: Client) -> None:
    html = page(client, "/")
    assert "No place has been published yet." in html


def test_places_not_in_operation_are_listed_only_when_asked_for_and_said_to_be_so(
    client: Client, facility
) -> None:
    FacilityFactory(name="修着的", status=Status.PAUSED, division=facility.division, kind=facility.kind)
    assert "修着的" not in page(client, "/")
    html = page(client, "/?all=1")
    assert "修着的" in html
    assert "Closed for the time being" in html
    assert "symbol-hollow" in html


def test_a_typed_village_is_offered_as_where_to_count_from(client: Client, facility) -> None:
    html = page(client, "/?q=xihu")
    assert 'href="/?village=990000000001">西湖社区</a>' in html


def test_invented_places_are_marked_wherever_they_are_shown(client: Client, facility) -> None:
    for address in ("/", "/facility/F-1/"):
        assert "demo-note" not in page(client, address)
    Facility.objects.filter(pk=facility.pk).update(source=factories.DemoSourceFactory())
    for address in ("/", "/facility/F-1/"):
        html = page(client, address)
        assert "demo-note" in html
        assert "tag-demo" in html[html.index("西湖助餐点</") :].partition("</li>")[0]
        assert "Demo number, cannot be dialled" in html
    assert "say nothing of any real institution" in page(client, "/facility/F-1/")
    data = json.loads(page(client, "/data/facilities.geojson"))
    assert data["demo"] is True
    assert data["features"][0]["properties"]["data"] == "示范数据"


def test_geojson_is_longitude_first_with_six_decimals_and_no_crs(client: Client, facility) -> None:
    Facility.objects.filter(pk=facility.pk).update(location=factories.point(106.12345678, 38.87654321))
    response = client.get("/data/facilities.geojson")
    assert response["Content-Type"] == "application/geo+json"
    data = json.loads(response.content)
    assert set(data) == {"type", "features", "demo"}
    assert data["features"][0]["geometry"] == {"type": "Point", "coordinates": [106.123457, 38.876543]}


def test_geojson_keeps_places_without_a_location(client: Client, facility) -> None:
    Facility.objects.filter(pk=facility.pk).update(location=None)
    data = json.loads(client.get("/data/facilities.geojson").content)
    assert data["features"][0]["geometry"] is None


def test_geojson_has_the_fields_that_are_promised_and_no_other(client: Client, facility) -> None:
    data = json.loads(client.get("/data/facilities.geojson?village=990000000001").content)
    assert set(data["features"][0]["properties"]) == {
        "number", "name", "kind", "kind_code", "shape", "glyph", "division", "division_code", "address", "phone",
        "opening_hours", "opening", "status", "status_words", "in_operation", "updated_on", "url", "data", "distance_m",
    }  # fmt: skip


def test_geojson_follows_the_same_choices_as_the_page(client: Client, facility) -> None:
    FacilityFactory(number="F-9", division=facility.division)
    data = json.loads(client.get("/data/facilities.geojson?need=meals").content)
    assert [feature["id"] for feature in data["features"]] == ["F-1"]


def test_a_facility_page_tells_hours_figures_and_history(client: Client, facility) -> None:
    factories.CapacityReadingFactory(facility=facility, measure=Measure.BEDS, total=1040, vacant=4)
    html = page(client, "/facility/F-1/")
    assert "Every day" in html
    assert "11:00–13:00" in html
    assert "1,040" in html
    assert "31 December 2024" in html
    assert 'datetime="2022-01-01"' in html
    assert "试验路1号" in html


def test_a_facility_that_is_closed_has_a_page_that_says_so(client: Client, village) -> None:
    FacilityFactory(number="F-7", status=Status.CLOSED, division=village)
    html = page(client, "/facility/F-7/")
    assert "closed for good" in html
    assert "Opening hours" not in html


def test_a_facility_without_location_or_hours_or_phone_has_a_page(client: Client, village) -> None:
    FacilityFactory(
        number="F-8", division=village, location=None, opening_hours="早上", public_phone="", address=""
    )
    html = page(client, "/facility/F-8/")
    assert "Its place on the map is not on record." in html
    assert "As reported: 早上" in html
    assert "No telephone on record" in html


@pytest.mark.parametrize("number", ["nothing", "F-1%00", "<script>"])
def test_an_unknown_number_is_not_found(client: Client, facility, number: str) -> None:
    response = client.get(f"/facility/{number}/", headers=ENGLISH)
    assert response.status_code == 404
    assert b"This page does not exist" in response.content


def test_what_was_typed_is_written_back_harmless(client: Client, facility) -> None:
    html = page(client, '/?q="><script>alert(1)</script>')
    assert "<script>alert" not in html
    assert "&quot;&gt;&lt;script&gt;" in html


@pytest.mark.parametrize("address", ["/", "/facility/F-1/", "/nowhere/"])
def test_no_page_has_inline_styles_handlers_or_scripts_without_a_source(
    client: Client, facility, address: str
) -> None:
    html = client.get(address).content.decode()
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    for script in re.findall(r"<script[^>]*>", html):
        assert " src=" in script or 'type="application/json"' in script
    # Nothing is loaded from elsewhere; links into other companies' maps are pressed, and marked so.
    own = re.sub(r'<a href="https://[^"]+"\s+rel="noopener noreferrer external">', "", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', own)


def test_a_map_carries_its_review_number_or_the_mark_for_internal_use(client: Client, facility) -> None:
    assert "Internal use only" in page(client, "/")
    Installation.objects.update(map_review_number="宁S（2026）001号")
    html = page(client, "/")
    assert "宁S（2026）001号" in html
    assert "Internal use only" not in html


def test_a_village_far_from_any_township_is_still_offered(client: Client, home) -> None:
    factories.DivisionFactory(parent=home, name="直属村", level=Level.VILLAGE)
    assert "直属村" in page(client, "/")


PAGES = [
    *SURFACES, "/embed/", "/statistics/", "/names/", "/names/changes/", "/maps/", "/find/?q=F", "/find/suggest/?q=F",
    "/report/facility/F-1/", "/report/state/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_no_public_page_looks_into_the_session_even_of_somebody_who_is_signed_in(
    client: Client, facility, address: str
) -> None:
    client.force_login(factories.UserFactory(), backend="geo_registry.accounts.backends.PolicyBackend")
    response = client.get(address)
    assert response.status_code in {200, 204}
    assert not response.wsgi_request.session.accessed
    assert "sessionid" not in response.cookies
