import datetime as dt

import pytest

from geo_registry.territory.services import divisions_at, outside_of
from tests.factories import CountyFactory, DivisionFactory, TownshipFactory, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    county = CountyFactory(code="990001", boundary=square(106.0, 38.0, half_deg=0.2))
    town = TownshipFactory(code="990001100", parent=county, boundary=square(106.0, 38.0, half_deg=0.1))
    west = DivisionFactory(code="990001100200", parent=town, boundary=square(105.95, 38.0))
    east = DivisionFactory(code="990001100201", parent=town, boundary=square(106.05, 38.0))
    return county, town, west, east


def test_the_lowest_division_wins(tree):
    county, town, west, east = tree
    points = [(105.95, 38.0), (106.05, 38.0), (106.0, 38.08), (106.0, 38.15), (100.0, 30.0)]
    assert divisions_at(points) == [west.pk, east.pk, town.pk, county.pk, None]


def test_a_point_on_a_shared_border_has_one_answer(tree):
    _county, _town, west, _east = tree
    assert divisions_at([(106.0, 38.0)] * 3) == [west.pk] * 3


def test_what_has_ended_holds_no_points(tree):
    *_above, east = tree
    east.valid_to = dt.date(2020, 1, 1)
    east.save()
    assert divisions_at([(106.05, 38.0)]) == [tree[1].pk]


def test_one_statement_answers_for_any_number_of_points(tree, django_assert_num_queries):
    with django_assert_num_queries(1):
        divisions_at([(106.05, 38.0)] * 500)
    with django_assert_num_queries(0):
        assert divisions_at([]) == []


def test_a_point_outside_is_told_with_its_distance(tree):
    *_above, east = tree
    found = outside_of([(106.05, 38.0), (105.99, 38.0)], [east.pk, east.pk])
    assert [(o.index, o.division_id, o.division_name) for o in found] == [(1, east.pk, east.name)]
    # By hand: 0.01 degrees of the parallel of 38 degrees on GRS80.
    assert found[0].distance_m == pytest.approx(878.3, abs=0.5)


def test_where_a_boundary_is_unknown_the_next_above_it_counts(tree):
    _county, town, _west, east = tree
    east.boundary = None
    east.save()
    assert outside_of([(106.0, 38.0)], [east.pk]) == []
    (found,) = outside_of([(106.15, 38.0)], [east.pk])
    assert found.division_id == town.pk


def test_where_no_boundary_is_known_nothing_is_said():
    division = DivisionFactory()
    assert outside_of([(0.0, 0.0)], [division.pk]) == []
