import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from geo_registry.territory.models import Division
from geo_registry.territory.services import move_division
from tests.factories import CountyFactory, DivisionFactory, TownshipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    county = CountyFactory(code="990001")
    east, west = (
        TownshipFactory(code="990001100", parent=county),
        TownshipFactory(code="990001101", parent=county),
    )
    village = DivisionFactory(code="990001100200", parent=east)
    return county, east, west, village


def test_a_subtree_takes_its_paths_with_it(tree):
    _county, east, west, village = tree
    assert move_division(division=east, parent=west) == 2
    village.refresh_from_db()
    assert village.path == "990001/990001101/990001100/990001100200/"
    assert list(Division.objects.under(west).order_by("code")) == [east, village, west]
    assert east.path == "990001/990001101/990001100/"


def test_a_division_may_become_a_root(tree):
    _county, east, _west, village = tree
    move_division(division=east, parent=None)
    village.refresh_from_db()
    assert village.path == "990001100/990001100200/"
    assert Division.objects.get(pk=east.pk).parent is None


def test_nothing_lies_below_itself(tree):
    county, east, _west, village = tree
    for parent in (county, east, village):
        with pytest.raises(ValidationError):
            move_division(division=county, parent=parent)
    assert Division.objects.get(pk=village.pk).path == "990001/990001100/990001100200/"


def test_a_stale_object_does_not_spoil_paths(tree):
    _county, east, west, village = tree
    stale = Division.objects.get(pk=village.pk)
    move_division(division=east, parent=west)
    move_division(division=stale, parent=west)
    assert Division.objects.get(pk=village.pk).path == "990001/990001101/990001100200/"


def test_a_code_that_begins_like_another_is_left_alone(tree):
    county, east, west, _village = tree
    longer = TownshipFactory(code="9900011001", parent=county)
    move_division(division=east, parent=west)
    longer.refresh_from_db()
    assert longer.path == "990001/9900011001/"


def test_the_number_of_queries_does_not_grow_with_the_subtree(tree):
    _county, east, west, _village = tree
    DivisionFactory.create_batch(30, parent=east)
    with CaptureQueriesContext(connection) as seen:
        assert move_division(division=east, parent=west) == 32
    assert len(seen) <= 9
