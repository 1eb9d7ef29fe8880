"""Rows for tests: each factory makes the smallest row that is valid, at a place that no real county has.

Coordinates are in EPSG:4490, longitude first. ``Point(106.0, 38.0)`` is where everything lies unless a test says otherwise.
"""

from __future__ import annotations

import datetime

import factory
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from factory.django import DjangoModelFactory

from facilities.models import (
    CapacityReading,
    CheckItem,
    CheckList,
    CoverageReach,
    CoverageRun,
    CoverageSet,
    CoverageShare,
    Facility,
    FacilityFunction,
    FacilityOperator,
    FacilityStatus,
    Finding,
    Function,
    Inspection,
    Kind,
    Measure,
    Network,
    ReachState,
    Status,
    Tier,
    VersionState,
)
from geo_registry.accounts.models import Office, Role, User
from geo_registry.reference.models import CalendarDay, ReferenceValue, Source, TravelMode, TravelProfile
from geo_registry.territory.models import (
    AgeGroup,
    BuiltUpArea,
    DenominatorFlag,
    Division,
    Installation,
    Level,
    PopulatedPlace,
    PopulationCount,
    Road,
    RoadClass,
)
from placenames.models import Name, Place, PlaceKind, Spelling

SRID = 4490
PASSWORD = "correct horse battery"


def point(lon: float = 106.0, lat: float = 38.0) -> Point:
    """A point in degrees."""
    return Point(lon, lat, srid=SRID)


def square(lon: float = 106.0, lat: float = 38.0, *, half_deg: float = 0.05) -> MultiPolygon:
    """A square around a point, ``half_deg`` degrees from centre to side."""
    ring = [
        (lon + dx * half_deg, lat + dy * half_deg)
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]
    return MultiPolygon(Polygon(ring, srid=SRID), srid=SRID)


def line(*coordinates: tuple[float, float]) -> LineString:
    """A line through (lon, lat) pairs, in degrees."""
    return LineString(*(coordinates or ((106.0, 38.0), (106.01, 38.0))), srid=SRID)


def kind_of(facility: Facility, day: datetime.date) -> int:
    """The key of the kind that a facility has on a day, as lists and maps ask for it."""
    return Facility.objects.with_kind(day).get(pk=facility.pk).kind_on_day


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source
        django_get_or_create = ("code",)

    code = "a-source"
    title = "来源"
    is_demo = False


class DemoSourceFactory(SourceFactory):
    code = "demo"
    title = "示范数据"
    is_demo = True


class DivisionFactory(DjangoModelFactory):
    class Meta:
        model = Division

    code = factory.Sequence(lambda n: f"99{n:010d}")
    name = factory.Sequence(lambda n: f"甲{n}村")
    level = Level.VILLAGE
    kind = "村"
    point = factory.LazyFunction(point)


class CountyFactory(DivisionFactory):
    code = factory.Sequence(lambda n: f"{990000 + n}")
    name = factory.Sequence(lambda n: f"试验{n}县")
    level = Level.COUNTY
    kind = "县"


class TownshipFactory(DivisionFactory):
    code = factory.Sequence(lambda n: f"99{n:07d}")
    name = factory.Sequence(lambda n: f"乙{n}镇")
    level = Level.TOWNSHIP
    kind = "镇"


class InstallationFactory(DjangoModelFactory):
    class Meta:
        model = Installation
        django_get_or_create = ("singleton",)

    singleton = True
    home_division = factory.SubFactory(CountyFactory)
    site_name_zh = "试验县民政地图"
    site_name_en = "Test County Services"
    office_name = "试验县民政局"
    office_phone = "0000-0000000"


class DenominatorFlagFactory(DjangoModelFactory):
    class Meta:
        model = DenominatorFlag

    division = factory.SubFactory(TownshipFactory)
    counted = False


class BuiltUpAreaFactory(DjangoModelFactory):
    class Meta:
        model = BuiltUpArea

    code = factory.Sequence(lambda n: f"B{n}")
    name = "城区"
    geometry = factory.LazyFunction(lambda: square(half_deg=0.02))


class RoadFactory(DjangoModelFactory):
    class Meta:
        model = Road

    name = factory.Sequence(lambda n: f"丙{n}路")
    road_class = RoadClass.RESIDENTIAL
    geometry = factory.LazyFunction(line)


class PopulatedPlaceFactory(DjangoModelFactory):
    class Meta:
        model = PopulatedPlace

    code = factory.Sequence(lambda n: f"P{n}")
    name = factory.Sequence(lambda n: f"丁家庄{n}")
    point = factory.LazyFunction(point)


class PopulationCountFactory(DjangoModelFactory):
    class Meta:
        model = PopulationCount

    place = factory.SubFactory(PopulatedPlaceFactory)
    group = AgeGroup.RESIDENTS
    as_of = datetime.date(2024, 12, 31)
    people = 100


class NetworkFactory(DjangoModelFactory):
    class Meta:
        model = Network

    code = factory.Sequence(lambda n: f"network-{n}")
    name_zh = "养老服务"
    name_en = "Elderly care"
    public = True


class TierFactory(DjangoModelFactory):
    class Meta:
        model = Tier

    network = factory.SubFactory(NetworkFactory)
    level = Level.VILLAGE
    name_zh = "村级"
    name_en = "Village"


class FunctionFactory(DjangoModelFactory):
    class Meta:
        model = Function

    code = factory.Sequence(lambda n: f"function-{n}")
    name_zh = "吃饭"
    name_en = "A meal"


class KindFactory(DjangoModelFactory):
    class Meta:
        model = Kind
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"kind-{n}")
    name_zh = "老年助餐点"
    name_en = "Meal point"
    tier = factory.SubFactory(TierFactory)
    shape = Kind.Shape.CIRCLE
    glyph = "餐"

    @factory.post_generation
    def functions(self, create: bool, extracted: list[Function] | None, **kwargs: object) -> None:
        """Add the functions given."""
        if create and extracted:
            self.functions.set(extracted)


class FacilityFactory(DjangoModelFactory):
    """A published facility, in operation since 2022 unless ``status`` says otherwise (``status=""``: no status row)."""

    class Meta:
        model = Facility
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"F{n:04d}")
    name = factory.Sequence(lambda n: f"戊{n}助餐点")
    kind = factory.SubFactory(KindFactory)
    division = factory.SubFactory(DivisionFactory)
    address = "试验路1号"
    location = factory.LazyFunction(point)
    opening_hours = "Mo-Su 11:00-13:00"
    public_phone = "0000-0000001"
    published = True

    @factory.post_generation
    def status(self, create: bool, extracted: str | None, **kwargs: object) -> None:
        """Give it a status since the start of 2022."""
        status = Status.OPEN if extracted is None else extracted
        if create and status:
            FacilityStatusFactory(facility=self, status=status)


class FacilityStatusFactory(DjangoModelFactory):
    class Meta:
        model = FacilityStatus

    facility = factory.SubFactory(FacilityFactory, status="")
    status = Status.OPEN
    valid_from = datetime.date(2022, 1, 1)


class FacilityFunctionFactory(DjangoModelFactory):
    class Meta:
        model = FacilityFunction

    facility = factory.SubFactory(FacilityFactory)
    function = factory.SubFactory(FunctionFactory)
    tier = factory.SelfAttribute("facility.kind.tier")


class FacilityOperatorFactory(DjangoModelFactory):
    class Meta:
        model = FacilityOperator

    facility = factory.SubFactory(FacilityFactory)
    name = "己养老服务中心"
    mode = FacilityOperator.Mode.PUBLIC_PRIVATE


class CapacityReadingFactory(DjangoModelFactory):
    class Meta:
        model = CapacityReading

    facility = factory.SubFactory(FacilityFactory)
    measure = Measure.MEALS_CAPACITY
    as_of = datetime.date(2024, 12, 31)
    total = 50


class CalendarDayFactory(DjangoModelFactory):
    class Meta:
        model = CalendarDay
        django_get_or_create = ("day",)

    day = datetime.date(2024, 10, 1)
    kind = CalendarDay.Kind.HOLIDAY
    name = "国庆节"


class ReferenceValueFactory(DjangoModelFactory):
    class Meta:
        model = ReferenceValue

    key = factory.Sequence(lambda n: f"value-{n}")
    title_zh = "数值"
    value = 15


class TravelProfileFactory(DjangoModelFactory):
    class Meta:
        model = TravelProfile
        django_get_or_create = ("code",)

    code = "test-walk"
    name_zh = "步行"
    name_en = "Walking"
    mode = TravelMode.FOOT
    speed_m_s = "0.800"
    off_road_speed_m_s = "0.800"
    snap_limit_m = 500
    detour_factor = "1.30"


class CoverageRunFactory(DjangoModelFactory):
    """A run whose answer is complete."""

    class Meta:
        model = CoverageRun

    network = factory.SubFactory(NetworkFactory)
    profile = factory.SubFactory(TravelProfileFactory)
    day = datetime.date(2024, 12, 31)
    population_as_of = datetime.date(2024, 12, 31)
    thresholds_s = factory.LazyFunction(lambda: [300, 600, 900])
    parameters = factory.LazyFunction(lambda: {"winter": False})
    input_versions = factory.LazyFunction(lambda: {"roads": 1})
    summary = factory.LazyFunction(lambda: {"people": 100})
    finished_at = datetime.datetime(2025, 1, 2, tzinfo=datetime.UTC)
    duration_s = 1.0


class CoverageSetFactory(DjangoModelFactory):
    class Meta:
        model = CoverageSet

    run = factory.SubFactory(CoverageRunFactory)
    facility_count = 1
    facility_ids = factory.LazyFunction(lambda: [1])


class CoverageReachFactory(DjangoModelFactory):
    class Meta:
        model = CoverageReach

    set = factory.SubFactory(CoverageSetFactory)
    place = factory.SubFactory(PopulatedPlaceFactory)
    state = ReachState.REACHED
    time_ms = 300_000


class CoverageShareFactory(DjangoModelFactory):
    class Meta:
        model = CoverageShare

    set = factory.SubFactory(CoverageSetFactory)
    division = factory.SubFactory(DivisionFactory)
    group = AgeGroup.AGE60
    threshold_s = 900
    people = 100
    covered = 60
    uncovered = 30
    unknown = 10


class PlaceKindFactory(DjangoModelFactory):
    class Meta:
        model = PlaceKind
        django_get_or_create = ("code",)

    code = "test-road"
    name_zh = "道路"
    name_en = "Road"


class PlaceFactory(DjangoModelFactory):
    """A published place."""

    class Meta:
        model = Place

    kind = factory.SubFactory(PlaceKindFactory)
    division = factory.SubFactory(DivisionFactory)
    geometry = factory.LazyFunction(point)
    published = True


class NameFactory(DjangoModelFactory):
    class Meta:
        model = Name

    place = factory.SubFactory(PlaceFactory)
    text = factory.Sequence(lambda n: f"庚{n}路")
    status = Name.Status.STANDARD


class SpellingFactory(DjangoModelFactory):
    class Meta:
        model = Spelling

    name = factory.SubFactory(NameFactory)
    text = "Gēng Lù"
    status = Spelling.Status.CONFIRMED


class OfficeFactory(DjangoModelFactory):
    class Meta:
        model = Office

    name = factory.Sequence(lambda n: f"辛{n}民政办")
    division = factory.SubFactory(TownshipFactory)


class UserFactory(DjangoModelFactory):
    """A person with an account; the password is ``PASSWORD``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    role = Role.VIEWER
    password = factory.django.Password(PASSWORD)


class CheckListFactory(DjangoModelFactory):
    """A list in use, for every kind, without items."""

    class Meta:
        model = CheckList

    code = factory.Sequence(lambda n: f"list-{n}")
    name_zh = "安全检查表"
    state = VersionState.IN_USE


class CheckItemFactory(DjangoModelFactory):
    class Meta:
        model = CheckItem

    check_list = factory.SubFactory(CheckListFactory)
    text_zh = factory.Sequence(lambda n: f"检查项{n}")


class InspectionFactory(DjangoModelFactory):
    class Meta:
        model = Inspection

    facility = factory.SubFactory(FacilityFactory)
    period_from = datetime.date(2026, 10, 1)
    due = datetime.date(2026, 12, 31)


class FindingFactory(DjangoModelFactory):
    class Meta:
        model = Finding

    inspection = factory.SubFactory(InspectionFactory)
    text = "灭火器过期"
    deadline = datetime.date(2026, 12, 1)
