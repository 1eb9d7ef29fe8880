"""A row without co-ordinates lies where its address says, or at its division: roughly, said so, and movable."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import LineString
from django.urls import reverse

from facilities.models import Facility
from geo_registry.imports.services import flow
from geo_registry.search.geocoding import Asked, locate
from geo_registry.territory.models import LocationMethod
from placenames.models import Name
from tests.factories import (
    FacilityFactory,
    KindFactory,
    NameFactory,
    PlaceFactory,
    PlaceKindFactory,
    RoadFactory,
    point,
)

from .way import facilities_file, previewed

pytestmark = pytest.mark.usefixtures("in_this_process", "limits")
BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def names(county):
    """A hamlet and a road of the west village, the road drawn only, and the village's own name."""
    kind = PlaceKindFactory()

    def named(text, **fields):
        place = PlaceFactory(**{"kind": kind, "geometry": None, **fields})
        NameFactory(place=place, text=text, status=Name.Status.STANDARD)
        return place

    named("兴隆庄", division=county.west, geometry=point(105.951, 38.001))
    road = named("新民路", division=county.west)
    road.roads.add(
        RoadFactory(geometry=LineString((105.94, 38.0), (105.96, 38.0), srid=4490)),
        RoadFactory(geometry=LineString((105.96, 38.0), (105.961, 38.0), srid=4490)),
    )
    named("西村", division=county.town, named_division=county.west)
    named("甲镇", division=county.home, named_division=county.town)
    named("双桥", division=county.west, geometry=point(105.95, 38.0))
    named("双桥", division=county.east, geometry=point(106.05, 38.0))
    return county


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("试验县甲镇西村兴隆庄3号", "兴隆庄"),
        ("甲镇新民路12号", "新民路"),
        ("双桥头", "双桥"),
        ("西村东头", None),
        ("甲镇政府旁", None),
        ("无人知道的地方", None),
        ("", None),
    ],
)
def test_an_address_is_found_by_the_longest_registered_name_that_says_more_than_the_division(
    names, text, name
):
    (found,) = locate([Asked(text=text, path=names.west.path)])
    assert (found.name if found else None) == name


def test_a_name_that_two_places_of_the_division_bear_says_nothing(names):
    assert locate([Asked(text="双桥头", path=names.town.path)]) == [None]


def test_a_road_lies_at_the_middle_of_its_longest_stretch(names):
    (found,) = locate([Asked(text="新民路12号", path=names.west.path)])
    assert (round(found.point.x, 6), found.point.y) == (105.95, 38.0)


def test_a_row_is_placed_by_its_address_the_precision_is_kept_and_shown_and_it_is_moved(
    client, tmp_path, planner, names
):
    kind = KindFactory()
    row = {"类型": kind.code, "行政区划代码": names.west.code}
    path = facilities_file(
        tmp_path,
        [
            {"设施编号": "F1", "名称": "兴隆饭桌", "地址": "西村兴隆庄3号", **row},
            {"设施编号": "F2", "名称": "无址饭桌", "地址": "", **row},
        ],
    )
    batch = previewed(path, planner, "facilities")
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?group=placed").content.decode()
    assert "兴隆庄" in page
    points = client.get(reverse("imports:points", args=[batch.pk])).json()["features"]
    assert {feature["properties"]["placed"] for feature in points} == {"address", "division"}
    flow.commit(user=planner, batch=batch)
    by_address, by_division = Facility.objects.order_by("number")
    assert (by_address.location_method, by_address.location_note) == ("address", "兴隆庄")
    assert (round(by_address.location.x, 6), by_division.location_method) == (105.951, "division")
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?group=placed").content.decode()
    assert "兴隆庄" in page
    points = client.get(reverse("imports:points", args=[batch.pk]) + "?group=placed").json()["features"]
    assert all(feature["properties"]["movable"] for feature in points)
    row_id = next(f["properties"]["pk"] for f in points if f["properties"]["placed"] == "address")
    answer = client.post(
        reverse("imports:move", args=[batch.pk, row_id]), {"lon": "105.9522", "lat": "38.0011"}
    )
    assert answer.status_code == 200
    by_address.refresh_from_db()
    assert (by_address.location_method, by_address.location_note) == ("picked", "")
    # What was put right is no longer among what lies roughly.
    there = client.get(reverse("imports:points", args=[batch.pk]) + "?group=placed").json()["features"]
    assert [f["properties"]["placed"] for f in there] == ["division"]
    # The same file again does not take it back to where the address says.
    again = previewed(path, planner, "facilities")
    assert (again.count_changed, again.count_unchanged) == (0, 2)


def test_a_row_is_put_where_it_is_before_it_is_taken_in(client, tmp_path, planner, names):
    """On the map of the preview, by whoever handles the file: the preview is made again with it, and the record lies there."""
    kind = KindFactory()
    row = {"类型": kind.code, "行政区划代码": names.west.code, "地址": ""}
    path = facilities_file(tmp_path, [{"设施编号": "F1", "名称": "无址饭桌", **row}])
    batch = previewed(path, planner, "facilities")
    client.force_login(planner, backend=BACKEND)
    (there,) = client.get(reverse("imports:points", args=[batch.pk])).json()["features"]
    number = there["properties"]["row"]
    assert there["properties"]["movable"]
    address = reverse("imports:decide", args=[batch.pk])
    for wrong in ("10.0,10.0", "105.95", "nan,nan", "a,b"):
        client.post(address, {f"place-{number}": wrong})
        batch.refresh_from_db()
        assert not batch.options.get("positions")
    client.post(address, {f"place-{number}": "105.9512345,38.0023456"})
    (there,) = client.get(reverse("imports:points", args=[batch.pk])).json()["features"]
    assert there["geometry"]["coordinates"] == [105.9512345, 38.0023456]
    assert (there["properties"]["placed"], there["properties"]["movable"]) == ("", True)
    batch.refresh_from_db()
    assert not Facility.objects.exists()
    flow.commit(user=planner, batch=batch)
    facility = Facility.objects.get()
    assert (facility.location_method, facility.location_note) == ("picked", "")
    assert (round(facility.location.x, 7), round(facility.location.y, 7)) == (105.9512345, 38.0023456)


def test_a_row_put_outside_of_its_division_is_said(client, tmp_path, planner, names):
    kind = KindFactory()
    row = {"类型": kind.code, "行政区划代码": names.west.code, "地址": ""}
    path = facilities_file(tmp_path, [{"设施编号": "F1", "名称": "无址饭桌", **row}])
    batch = previewed(path, planner, "facilities")
    client.force_login(planner, backend=BACKEND)
    (there,) = client.get(reverse("imports:points", args=[batch.pk])).json()["features"]
    client.post(
        reverse("imports:decide", args=[batch.pk]), {f"place-{there['properties']['row']}": "106.06,38.0"}
    )
    page = client.get(reverse("imports:batch", args=[batch.pk]) + "?group=warned").content.decode()
    assert "无址饭桌" in page
    assert "西村" in page


def test_a_facility_in_an_address_says_more_than_its_road(names):
    home = FacilityFactory(name="新民路敬老院", division=names.west, location=point(105.9555, 38.0005))
    FacilityFactory(name="新民路保密站", division=names.west, location=point(105.9, 38.0), published=False)
    rough = {"location_method": LocationMethod.DIVISION}
    FacilityFactory(name="新民路饭桌", division=names.west, location=point(105.9, 38.0), **rough)
    asked = [
        Asked(text=text, path=names.west.path)
        for text in ("西村新民路敬老院东侧", "新民路保密站", "新民路饭桌旁", "新民路12号")
    ]
    found = locate(asked)
    assert [one.name if one else None for one in found] == ["新民路敬老院", "新民路", "新民路", "新民路"]
    assert found[0].point.equals(home.location)
