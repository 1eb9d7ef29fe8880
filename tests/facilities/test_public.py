"""What the public is told of facilities: which, in what order, and what never."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from facilities.models import Measure, Status
from facilities.services import public, public_page
from facilities.services.public import Search
from geo_registry.territory.geography import DistanceM, home_extent
from geo_registry.territory.models import Division
from tests import factories
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2024, 9, 25, 9, 0)
HERE = Point(106.0, 38.0, srid=4490)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def names(what: Search) -> list[str]:
    return [entry.facility.name for entry in public.listing(what, now=NOW).entries]


def test_nearest_comes_first_and_what_is_not_located_last() -> None:
    FacilityFactory(name="远", location=factories.point(106.2, 38.0))
    FacilityFactory(name="近", location=factories.point(106.001, 38.0))
    FacilityFactory(name="没有位置", location=None)
    assert names(Search(position=HERE)) == ["近", "远", "没有位置"]


def test_distance_is_measured_on_the_ellipsoid() -> None:
    FacilityFactory(location=factories.point(106.0, 39.0))
    (entry,) = public.listing(Search(position=HERE), now=NOW).entries
    # One degree of latitude from 38° N on the ellipsoid of CGCS2000: 111,005 m by its meridian arc; a sphere says 111,195.
    assert entry.distance_m == pytest.approx(111_005, abs=5)


def test_a_point_in_another_coordinate_system_is_refused() -> None:
    with pytest.raises(ValueError, match="EPSG:3857"):
        DistanceM("location", Point(1, 1, srid=3857))


def test_many_typed_words_take_no_more_queries_than_one() -> None:
    FacilityFactory(name="西湖助餐点")
    counts = []
    for text in ("xihu", "xihu zhucan hu can zhu dian"):
        with CaptureQueriesContext(connection) as queries:
            names(Search(text=text))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert names(Search(text="zhucan xihu")) == ["西湖助餐点"]


def test_only_what_is_in_operation_is_listed_unless_more_is_asked_for() -> None:
    for status in Status.values:
        FacilityFactory(name=status, status=status)
    assert names(Search()) == ["open"]
    assert set(names(Search(with_not_open=True))) == {"open", "paused", "building", "planned"}


def test_a_place_not_in_operation_is_never_called_open() -> None:
    FacilityFactory(status=Status.PAUSED, opening_hours="24/7")
    (entry,) = public.listing(Search(with_not_open=True), now=NOW).entries
    assert entry.opening is None
    assert entry.status_since == datetime.date(2022, 1, 1)


def test_status_is_that_of_the_day() -> None:
    facility = FacilityFactory(name="戊")
    factories.FacilityStatusFactory(
        facility=facility, status=Status.PAUSED, valid_from=datetime.date(2024, 9, 25)
    )
    assert names(Search()) == []
    before = public.listing(Search(), now=NOW - datetime.timedelta(days=1))
    assert [entry.facility.name for entry in before.entries] == ["戊"]


def test_a_need_is_met_by_what_a_place_declares_or_else_by_what_its_kind_usually_does() -> None:
    meals, care = factories.FunctionFactory(name_zh="吃饭"), factories.FunctionFactory(name_zh="日间照料")
    kind = factories.KindFactory(functions=[meals])
    FacilityFactory(name="照常", kind=kind)
    other = FacilityFactory(name="只照料", kind=kind)
    factories.FacilityFunctionFactory(facility=other, function=care)
    ended = FacilityFactory(name="曾经照料", kind=kind)
    factories.FacilityFunctionFactory(facility=ended, function=care, valid_to=datetime.date(2023, 1, 1))
    assert set(names(Search(need=meals))) == {"照常", "曾经照料"}
    assert names(Search(need=care)) == ["只照料"]


def test_needs_are_offered_only_where_a_public_place_in_operation_meets_them() -> None:
    met, unmet = factories.FunctionFactory(), factories.FunctionFactory()
    internal = factories.FunctionFactory(public=False)
    FacilityFactory(kind=factories.KindFactory(functions=[met, internal]))
    FacilityFactory(kind=factories.KindFactory(functions=[unmet]), status=Status.CLOSED)
    FacilityFactory(kind=factories.KindFactory(functions=[unmet]), published=False)
    assert public.on_offer(day=NOW.date()).needs == [met]


def test_a_need_that_a_place_has_given_up_by_declaring_another_is_not_offered() -> None:
    usual, declared = factories.FunctionFactory(position=1), factories.FunctionFactory(position=2)
    facility = FacilityFactory(kind=factories.KindFactory(functions=[usual]))
    factories.FacilityFunctionFactory(facility=facility, function=declared)
    assert public.on_offer(day=NOW.date()).needs == [declared]
    assert public.search(Search(need=usual), day=NOW.date()).count() == 0


def test_what_is_offered_costs_six_queries(django_assert_num_queries) -> None:
    FacilityFactory(kind=factories.KindFactory(functions=[factories.FunctionFactory()]))
    with django_assert_num_queries(6):
        assert public.on_offer(day=NOW.date()).needs


def test_kinds_are_listed_only_where_a_public_place_in_operation_is_of_them() -> None:
    used = FacilityFactory().kind
    FacilityFactory(secret=True)
    assert public.on_offer(day=NOW.date()).kinds == [used]


@pytest.mark.parametrize(
    "typed", ["西湖", "助餐", "F-77", "xihu", "XHSQ", "西湖 助餐", "huzhucan", "兴业路9号"]
)
def test_a_place_is_found_by_name_number_address_village_and_pinyin(typed: str) -> None:
    village = factories.DivisionFactory(name="西湖社区")
    FacilityFactory(name="西湖助餐点", number="F-77", division=village, address="兴业路9号")
    FacilityFactory(
        name="别处", number="F-78", address="别的路", kind=factories.KindFactory(name_zh="养护院")
    )
    assert names(Search(text=typed)) == ["西湖助餐点"]


def test_villages_are_found_by_pinyin_but_not_by_a_run_of_letters_across_syllables() -> None:
    village = factories.DivisionFactory(name="西湖社区")
    assert public.matching_divisions("hushe", [village]) == [village]
    assert public.matching_divisions("ihu", [village]) == []
    assert public.matching_divisions("", [village]) == []


def test_vacancies_are_the_newest_of_each_measure_with_their_day() -> None:
    facility = FacilityFactory()
    for as_of, vacant in ((datetime.date(2023, 12, 31), 9), (datetime.date(2024, 6, 30), 4)):
        factories.CapacityReadingFactory(
            facility=facility, measure=Measure.BEDS, as_of=as_of, total=40, vacant=vacant
        )
    factories.CapacityReadingFactory(facility=facility, measure=Measure.STAFF, total=5)
    (entry,) = public.listing(Search(), now=NOW).entries
    assert [(r.measure, r.vacant, r.as_of) for r in entry.vacancies] == [
        ("beds", 4, datetime.date(2024, 6, 30))
    ]


def test_a_list_is_cut_into_pages_and_says_how_many_there_are() -> None:
    kind = factories.KindFactory()
    for number in range(5):
        FacilityFactory(name=f"{number}", kind=kind)
    page = public.listing(Search(), now=NOW, first=4, size=3)
    assert (page.total, page.first, page.last) == (5, 4, 5)
    assert [entry.facility.name for entry in page.entries] == ["3", "4"]


def test_nothing_outside_the_home_is_public() -> None:
    home = factories.InstallationFactory().home_division
    FacilityFactory(name="家里", division=factories.DivisionFactory(parent=home))
    FacilityFactory(name="外面", division=factories.DivisionFactory(parent=factories.CountyFactory()))
    assert names(Search()) == ["家里"]
    assert [d.parent for d in public.villages()] == [home]


def test_a_list_costs_the_same_queries_however_long_it_is(django_assert_num_queries) -> None:
    for _i in range(12):
        factories.CapacityReadingFactory(facility=FacilityFactory(), measure=Measure.BEDS, total=9, vacant=1)
    with django_assert_num_queries(7):
        listing = public.listing(Search(position=HERE), now=NOW)
        assert [entry.facility.kind.name for entry in listing.entries]
        assert [
            (entry.facility.division.name, entry.is_demo, len(entry.vacancies)) for entry in listing.entries
        ]


def test_a_page_costs_few_queries(django_assert_num_queries) -> None:
    facility = FacilityFactory()
    factories.FacilityOperatorFactory(facility=facility)
    factories.CapacityReadingFactory(facility=facility)
    with django_assert_num_queries(12):
        public_page.facility_page(number=facility.number, now=NOW)


@pytest.mark.parametrize(
    "column", ["private_phone", "contact_role", '"note"', "social_credit_code", "location_note"]
)
def test_private_columns_never_leave_the_database(column: str) -> None:
    facility = FacilityFactory()
    with CaptureQueriesContext(connection) as queries:
        public.listing(Search(position=HERE), now=NOW)
        public.everything(Search(), now=NOW)
        public_page.facility_page(number=facility.number, now=NOW)
    assert not [query["sql"] for query in queries if column in query["sql"]]


def test_a_page_tells_functions_operator_figures_and_history_without_reasons() -> None:
    meals = factories.FunctionFactory()
    facility = FacilityFactory(status="", kind=factories.KindFactory(functions=[meals]))
    factories.FacilityStatusFactory(
        facility=facility, status=Status.PAUSED, valid_from=datetime.date(2023, 1, 1), reason="消防不合格"
    )
    factories.FacilityStatusFactory(facility=facility, valid_from=datetime.date(2023, 6, 1))
    factories.FacilityStatusFactory(
        facility=facility, status=Status.CLOSED, valid_from=datetime.date(2025, 1, 1)
    )
    factories.FacilityOperatorFactory(facility=facility, name="前任", valid_to=datetime.date(2023, 1, 1))
    factories.FacilityOperatorFactory(facility=facility, name="现任", valid_from=datetime.date(2023, 1, 1))
    old = factories.CapacityReadingFactory(facility=facility, as_of=datetime.date(2023, 1, 1))
    new = factories.CapacityReadingFactory(facility=facility, as_of=datetime.date(2024, 6, 30))
    with CaptureQueriesContext(connection) as queries:
        page = public_page.facility_page(number=facility.number, now=NOW)
    assert page.status == Status.OPEN
    assert page.functions == [meals]
    assert page.operator is not None
    assert page.operator.name == "现任"
    assert page.readings == [new] != [old]
    assert [(row.status, row.valid_from.year) for row in page.statuses] == [("open", 2023), ("paused", 2023)]
    assert page.data_date == datetime.date(2024, 6, 30)
    assert not [query["sql"] for query in queries if "reason" in query["sql"]]


def test_every_status_has_words_for_a_visitor() -> None:
    words = {public_page.status_words(status) for status in [*Status, None]}
    assert len(words) == len(Status) + 1


def test_the_home_extent_is_its_boundary_or_the_points_under_it() -> None:
    assert home_extent() is None
    home = factories.InstallationFactory(home_division__point=None).home_division
    assert home_extent() is None
    factories.DivisionFactory(parent=home, point=factories.point(106.1, 38.1))
    factories.DivisionFactory(parent=home, point=factories.point(106.3, 38.2))
    assert home_extent() == [[38.1, 106.1], [38.2, 106.3]]
    Division.objects.filter(pk=home.pk).update(boundary=factories.square(106.0, 38.0, half_deg=0.5))
    assert home_extent() == [[37.5, 105.5], [38.5, 106.5]]
