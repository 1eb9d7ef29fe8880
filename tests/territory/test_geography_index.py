import pytest
from django.db import connection

from facilities.models import Facility
from geo_registry.territory.geography import WithinM
from tests.factories import point

pytestmark = pytest.mark.django_db


def test_facilities_within_some_metres_are_found_by_the_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Facility.objects.filter(WithinM("location", point(), 500)).explain()
    assert "facilities_location_metres" in plan
