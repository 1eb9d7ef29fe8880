"""One straight road where every time can be computed by hand.

The road runs east along the parallel of 37° N, from 106° E. People walk 1 m/s and places lie on the road itself, so that a
place's time in seconds is its distance from the facility in metres.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.gis.geos import LineString, Point
from pyproj import Geod

from facilities.models import Facility, FacilityStatus, Kind, Network, Status, Tier
from facilities.services.coverage import CoverageRequest
from geo_registry.reference.models import TravelProfile
from geo_registry.territory.models import Division, Installation, PopulatedPlace, PopulationCount, Road

DAY = dt.date(2024, 12, 31)
LAT = 37.0
GEOD = Geod(ellps="GRS80")


def east(metres: float) -> Point:
    """Return the point so many metres east of 106° E along the parallel, near enough to its geodesic for a kilometre."""
    lon, lat, _back = GEOD.fwd(106.0, LAT, 90.0, metres)
    return Point(lon, lat, srid=4490)


@pytest.fixture
def county() -> Division:
    county = Division.objects.create(code="990001", name="测试县", level=3)
    Installation.objects.create(home_division=county)
    return county


@pytest.fixture
def towns(county: Division) -> list[Division]:
    return [
        Division.objects.create(code=f"99000110{i}", name=f"{i}号镇", level=4, parent=county) for i in (1, 2)
    ]


@pytest.fixture
def walk() -> TravelProfile:
    return TravelProfile.objects.create(
        code="metre-a-second", name_zh="每秒一米", name_en="One metre a second", mode="foot", speed_m_s=1,
        off_road_speed_m_s=1, snap_limit_m=200, detour_factor=1.3,
    )  # fmt: skip


@pytest.fixture
def network() -> Network:
    network = Network.objects.create(code="care-test", name_zh="测试网络")
    county_tier = Tier.objects.create(network=network, level=3, name_zh="县级")
    village_tier = Tier.objects.create(network=network, level=5, name_zh="村级")
    Kind.objects.create(code="home-test", name_zh="院", tier=county_tier)
    Kind.objects.create(code="station-test", name_zh="站", tier=village_tier)
    return network


def make_facility(
    number: str, kind: str, at: Point | None, division: Division, *, since: dt.date
) -> Facility:
    facility = Facility.objects.create(
        number=number, name=number, kind=Kind.objects.get(code=kind), division=division, location=at
    )
    FacilityStatus.objects.create(facility=facility, status=Status.OPEN, valid_from=since)
    return facility


def make_place(code: str, at: Point, division: Division, residents: int, age60: int = 0) -> PopulatedPlace:
    place = PopulatedPlace.objects.create(code=code, point=at, division=division)
    for group, people in (("residents", residents), ("age60", age60)):
        PopulationCount.objects.create(place=place, group=group, as_of=dt.date(2020, 11, 1), people=people)
    return place


@pytest.fixture
def world(county: Division, towns: list[Division], walk: TravelProfile, network: Network) -> None:
    vertices = [(east(m).x, east(m).y) for m in range(0, 2001, 100)]
    Road.objects.create(geometry=LineString(vertices, srid=4490), road_class="residential")
    make_facility("S1", "station-test", east(0), towns[0], since=dt.date(2022, 3, 1))
    make_place("near", east(300), towns[0], 100, 30)
    make_place("edge", east(600), towns[0], 200, 50)
    make_place("far", east(1500), towns[1], 400, 120)
    off = GEOD.fwd(106.01, LAT, 0.0, 900)
    make_place("off", Point(off[0], off[1], srid=4490), towns[1], 50, 10)


def request_for(network: Network, walk: TravelProfile, **changes: object) -> CoverageRequest:
    values: dict[str, object] = {"network": network, "profile": walk, "thresholds_s": (300, 601), "day": DAY}
    return CoverageRequest(**(values | changes))
