import pytest
from django.db import connection

from facilities.models import Facility
from geo_registry.territory.geography import WithinM
from tests.factories import point

pytestmark = pytest.mark.django_db


def test_facilities_within_some_metres_are_found_by_the_index():
    """The question names the index's own expression, so that PostgreSQL can answer it by that index.

    No order is asked for: on a table this small the planner may as well walk the index of the numbers, which yields the
    order, and test each row. Without an order and without a scan of the table, only an index that knows the metres is left.
    """
    nearby = Facility.objects.filter(WithinM("location", point(), 500)).order_by()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = nearby.explain()
    assert "facilities_location_metres" in plan
    assert "Index Cond" in plan
