import pytest

from facilities.models import CoverageRun, Facility, FacilityStatus
from geo_registry.accounts.models import Office
from geo_registry.imports.models import Batch
from geo_registry.imports.services import RemovalRefused, remove_demo, run_import
from geo_registry.reference.models import Source
from geo_registry.territory.models import Division, Installation, PopulatedPlace, Road
from placenames.models import Place
from tests.factories import (
    CountyFactory,
    CoverageReachFactory,
    CoverageRunFactory,
    CoverageSetFactory,
    DemoSourceFactory,
    DivisionFactory,
    FacilityFactory,
    FacilityStatusFactory,
    OfficeFactory,
    PlaceFactory,
    PopulatedPlaceFactory,
    RoadFactory,
    SourceFactory,
    TownshipFactory,
)

from .files import csv_file
from .test_divisions import TREE

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db):
    return DemoSourceFactory()


def test_everything_invented_goes_and_everything_real_stays(demo):
    real = SourceFactory()
    home = CountyFactory(code="990001", source=demo)
    town = TownshipFactory(code="990001100", parent=home, source=demo)
    village = DivisionFactory(code="990001100200", parent=town, source=demo)
    Installation.objects.create(home_division=home)
    FacilityFactory(division=village, source=demo)
    PopulatedPlaceFactory(division=village, source=demo)
    RoadFactory(source=demo)
    PlaceFactory(division=village, named_division=village, source=demo)
    other = CountyFactory(code="980001", source=real)
    kept = FacilityFactory(division=other, source=real)
    kept_road, by_hand = RoadFactory(source=real), PopulatedPlaceFactory(division=None, source=None)
    report = remove_demo()
    assert report.sources == ["示范数据"]
    assert list(Division.objects.all()) == [other]
    assert list(Facility.objects.all()) == [kept]
    assert list(Road.objects.all()) == [kept_road]
    assert list(PopulatedPlace.objects.all()) == [by_hand]
    assert not Place.objects.exists()
    assert Installation.home() is None
    assert list(Source.objects.all()) == [real]


def test_a_real_row_on_demo_ground_is_named_and_nothing_is_removed(demo):
    town = TownshipFactory(name="示范镇", source=demo)
    village = DivisionFactory(parent=town, source=demo)
    FacilityFactory(name="真实的养老院", division=village)
    DivisionFactory(name="真实的村", parent=town)
    PopulatedPlaceFactory(division=village, source=demo)
    with pytest.raises(RemovalRefused) as refusal:
        remove_demo()
    told = "\n".join(refusal.value.dependents)
    assert "真实的养老院" in told
    assert "真实的村" in told
    assert Division.objects.filter(source=demo).count() == 2
    assert PopulatedPlace.objects.exists()
    assert Source.objects.filter(is_demo=True).exists()


def test_an_office_of_people_keeps_its_demo_division(demo):
    OfficeFactory(name="真实的民政办", division=TownshipFactory(source=demo))
    with pytest.raises(RemovalRefused, match="真实的民政办"):
        remove_demo()
    assert Office.objects.exists()


def test_coverage_runs_that_counted_invented_people_or_places_go(demo):
    counted, marked, clean = (
        CoverageRunFactory(),
        CoverageRunFactory(has_demo_data=True),
        CoverageRunFactory(),
    )
    CoverageReachFactory(
        set=CoverageSetFactory(run=counted),
        place=PopulatedPlaceFactory(),
        facility=FacilityFactory(source=demo),
    )
    CoverageReachFactory(set=CoverageSetFactory(run=clean), place=PopulatedPlaceFactory())
    remove_demo()
    assert list(CoverageRun.objects.all()) == [clean]
    assert not CoverageRun.objects.filter(pk=marked.pk).exists()


def test_an_invented_status_of_a_real_facility_goes_and_the_facility_stays(demo):
    facility = FacilityFactory(source=SourceFactory())
    FacilityStatusFactory(facility=facility, valid_from="2024-05-01", status="paused", source=demo)
    remove_demo()
    assert list(FacilityStatus.objects.values_list("status", flat=True)) == ["open"]


def test_imports_of_the_demo_go_with_it_and_others_stay(tmp_path, demo):
    path = csv_file(tmp_path / "d.csv", TREE)
    run_import(kind="divisions", path=path, source_crs="EPSG:4490", source=demo)
    rows = [{"代码": "980001", "名称": "真县"}]
    run_import(kind="divisions", path=csv_file(tmp_path / "e.csv", rows), source="real", home="980001")
    remove_demo()
    assert list(Batch.objects.values_list("file_name", flat=True)) == ["e.csv"]
    assert Division.objects.get().name == "真县"
    assert Installation.home().name == "真县"


def test_without_demo_data_nothing_happens(db):
    FacilityFactory()
    assert remove_demo().sources == []
    assert Facility.objects.exists()
